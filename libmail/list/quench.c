/* SPDX-License-Identifier: ISC */
/*
 * quench - how much an address gets within a day.
 */
#include "list/quench.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/tally.h"
#include "list/member.h"

static const struct tally_form form = {
	.magic = "letterbox reply1",
	.what = "replies of lists",
	.words = QUENCH_ADDRESSES,
	.seconds = 24 * 3600,
	.from_first = true,
};

static int open_table(const struct list_run *r, struct tally *t, struct fault *f)
{
	int dir = disk_open_dir(AT_FDCWD, r->places->directory, f), rc;

	if (dir < 0)
		return -1;
	rc = tally_open(t, &form, dir, QUENCH_FILE, f);
	close(dir);
	return rc;
}

/* What is counted: "reply IDENTITY", "QUESTION LIST IDENTITY". */
static struct span key_of(const struct list_run *r, struct arena *a, const char *question, const char *address)
{
	const char *identity = member_identity(a, span_str(address));

	if (!identity)
		identity = address;
	if (!question)
		return span_str(arena_printf(a, "reply %s", identity));
	return span_str(arena_printf(a, "%s %s %s", question, r->list->name, identity));
}

static bool is_below(const struct list_run *r, const struct tally *t, struct arena *a, const char *question,
		     const char *address)
{
	long limit = QUENCH_SITE_REPLIES;

	if (r->list)
		limit = question ? r->list->settings.subscribe_rate : r->list->settings.reply_rate;
	return tally_count(t, key_of(r, a, question, address)) < (unsigned long)limit;
}

int quench_allows(const struct list_run *r, const char *question, const char *address, struct fault *f)
{
	struct arena a = { 0 };
	struct tally t;
	bool is;

	if (open_table(r, &t, f) < 0)
		return -1;
	is = is_below(r, &t, &a, NULL, address) && (!question || is_below(r, &t, &a, question, address));
	tally_close(&t);
	arena_clear(&a);
	return is;
}

int quench_note(const struct list_run *r, const char *question, const char *address, struct fault *f)
{
	struct arena a = { 0 };
	struct tally t;

	if (open_table(r, &t, f) < 0)
		return -1;
	tally_add(&t, key_of(r, &a, NULL, address));
	if (question)
		tally_add(&t, key_of(r, &a, question, address));
	tally_close(&t);
	arena_clear(&a);
	return 0;
}
