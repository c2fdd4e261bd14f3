/* SPDX-License-Identifier: ISC */
#include "support/mailing_list.h"

#include "base/disk.h"
#include "support/check_main.h"
#include "support/tempdir.h"

enum { FILE_MAX = 64 << 20 };

const struct list_places *mailing_list_places(void)
{
	static struct list_places places = { .origin = "example.org", .delimiters = "+", .request_address = "listmgr" };

	places.directory = tempdir_path("lists");
	return &places;
}

void mailing_list_create(const char *name, const char *const *assignments)
{
	static const char *const owner = "boss@example.net";
	struct list_terms terms = { .owners = &owner, .nowners = 1, .assignments = assignments };
	struct fault f = { 0 };

	while (assignments && assignments[terms.nassignments])
		terms.nassignments++;
	ck_assert_msg(list_create(mailing_list_places(), name, &terms, &f) == 0, "%s", f.text);
}

void mailing_list_open(struct list *l, const char *name, const char *const *assignments)
{
	struct fault f = { 0 };

	mailing_list_create(name, assignments);
	ck_assert_msg(list_open(l, mailing_list_places(), name, &f) == 0, "%s", f.text);
}

const char *mailing_list_file(struct list *l, const char *name)
{
	struct span text;

	return disk_read_file(&l->arena, l->dir, name, FILE_MAX, &text, NULL) == 0 ? arena_span(&l->arena, text) : "";
}
