/* SPDX-License-Identifier: ISC */
/*
 * cmd_folder - CREATE (RFC 9051 6.3.4, RFC 6154 3, RFC 8474 4.1), DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE.
 */
#include "imap/cmd.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "imap/lookout.h"
#include "store/metadata.h"
#include "store/specialuse.h"
#include "store/subscriptions.h"

/* ---- CREATE ---- */

/* " (USE (\Sent \Flagged))" */
static int parse_uses(struct imap_session *s, struct imap_parse *p, unsigned *uses)
{
	struct span word;
	unsigned bit;

	if (imap_parse_sp(p) < 0 || imap_parse_open(p) < 0)
		return -1;
	if (!imap_parse_take_word(p, "USE"))
		return imap_parse_fail(p, "Unknown parameter of CREATE");
	if (imap_parse_sp(p) < 0 || imap_parse_open(p) < 0)
		return -1;
	while (!imap_parse_is(p, ')')) {
		char *attribute;

		if (imap_parse_char(p, '\\') < 0 || imap_parse_atom(p, &word) < 0)
			return -1;
		attribute = arena_printf(p->arena, "\\%.*s", SPAN_ARG(word));
		bit = specialuse_find(span_str(attribute));
		if (bit == 0) {
			imap_no(s, "USEATTR", "There is no such use of a mailbox");
			return -1;
		}
		*uses |= bit;
		if (!imap_parse_is(p, ')') && imap_parse_sp(p) < 0)
			return -1;
	}
	return imap_parse_close(p) < 0 || imap_parse_close(p) < 0 ? -1 : 0;
}

/* The id comes with the uidlist, which is made when the folder is opened. */
static int put_id(struct imap_session *s, const char *name, struct buf *code, struct fault *f)
{
	char path[PATH_MAX];
	struct mailbox m;

	if (folders_find(&s->folders, span_str(name), path, f) <= 0 || mailbox_open(&m, path, 0, f) < 0)
		return -1;
	buf_printf(code, "MAILBOXID (%s)", m.view.guid);
	mailbox_close(&m);
	return 0;
}

static bool is_there(struct imap_session *s, const char *name)
{
	char path[PATH_MAX];
	struct fault f;

	return folders_find(&s->folders, span_str(name), path, &f) > 0;
}

static void create(struct imap_session *s, const char *name, unsigned uses)
{
	struct fault f = { .kind = FAULT_NONE };
	struct buf code;

	if (is_there(s, name)) {
		imap_no(s, "ALREADYEXISTS", "There is a mailbox of that name already");
		return;
	}
	buf_init(&code, 200);
	imap_lookout_before_names(s);
	if (folders_create(&s->folders, span_str(name), &f) < 0 ||
	    (uses && specialuse_set(&s->folders, span_str(name), uses, &f) < 0))
		imap_fail(s, NULL, &f);
	else
		imap_ok(s, put_id(s, name, &code, &f) == 0 ? buf_str(&code) : NULL, "Created");
	imap_lookout_own_names(s);
	buf_clear(&code);
}

void imap_cmd_create(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	unsigned uses = 0;
	const char *name;

	(void)how;
	if (imap_parse_sp(p) < 0 || imap_parse_new_mailbox(p, &name) < 0 ||
	    (!imap_parse_is_end(p) && parse_uses(s, p, &uses) < 0) || imap_parse_end(p) < 0)
		return;
	create(s, name, uses);
}

/* ---- DELETE ---- */

/* What was in it counts no more. */
static void recount(struct imap_session *s)
{
	struct quota_limits limits;
	struct fault ignored;
	struct quota q;

	if (imap_quota_limits(s, &limits, &ignored) == 0 && quota_read(&q, s->folders.fd, &limits, &ignored) == 0 &&
	    (q.limits.octets || q.limits.messages))
		quota_recalculate(&q, s->folders.fd, &limits, &ignored);
}

void imap_cmd_delete(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	const char *name;
	struct fault f;

	(void)how;
	if (imap_parse_sp(p) < 0 || imap_parse_mailbox(p, &name) < 0 || imap_parse_end(p) < 0)
		return;
	if (!is_there(s, name)) {
		imap_no(s, "NONEXISTENT", "There is no such mailbox");
		return;
	}
	if (s->box && strcmp(s->name, name) == 0 && strcmp(name, "INBOX") != 0)
		imap_unselect(s, true);
	imap_lookout_before_names(s);
	if (folders_remove(&s->folders, span_str(name), &f) < 0) {
		imap_fail(s, NULL, &f);
		return;
	}
	imap_lookout_own_names(s);
	recount(s);
	imap_ok(s, NULL, "Deleted");
}

/* ---- RENAME ---- */

/* RFC 5464 4.1: INBOX keeps its annotations, and the new mailbox has them, too. */
static int copy_notes(struct imap_session *s, const char *from_path, const char *to_path, struct fault *f)
{
	int from = disk_open_dir(AT_FDCWD, from_path, f), to = from < 0 ? -1 : disk_open_dir(AT_FDCWD, to_path, f);
	struct metadata notes;
	int rc = -1;

	if (to >= 0 && metadata_read(&s->command, from, METADATA_FOLDER, &notes, f) == 0)
		rc = notes.n > 0 ? metadata_set(to, METADATA_FOLDER, notes.entries, notes.n, f) : 0;
	if (to >= 0)
		close(to);
	if (from >= 0)
		close(from);
	return rc;
}

/* RFC 9051 6.3.6: its messages go to a new mailbox, and it stays. */
static int empty_inbox(struct imap_session *s, const char *to, struct fault *f)
{
	char from_path[PATH_MAX], to_path[PATH_MAX];
	struct mailbox_copied copied;
	struct mailbox m;
	size_t *which;
	int rc;

	if (folders_create(&s->folders, span_str(to), f) < 0 ||
	    folders_find(&s->folders, SPAN("INBOX"), from_path, f) < 0 ||
	    folders_find(&s->folders, span_str(to), to_path, f) < 0 || copy_notes(s, from_path, to_path, f) < 0 ||
	    mailbox_open(&m, from_path, MAILBOX_MOVE_NEW, f) < 0)
		return -1;
	which = arena_alloc(&s->command, m.view.n * sizeof(*which));
	for (size_t i = 0; i < m.view.n; i++)
		which[i] = i;
	rc = mailbox_move(&m, &s->command, which, m.view.n, to_path, &copied, f);
	mailbox_close(&m);
	return rc;
}

/* The selected mailbox, or one above it, has another name. */
static void follow(struct imap_session *s, const char *from, const char *to)
{
	size_t n = strlen(from);
	struct fault ignored;
	char *name;

	if (!s->box || strncmp(s->name, from, n) != 0 || (s->name[n] != '\0' && s->name[n] != '/'))
		return;
	name = arena_heap(strlen(to) + strlen(s->name + n) + 1);
	snprintf(name, strlen(to) + strlen(s->name + n) + 1, "%s%s", to, s->name + n);
	free(s->name);
	s->name = name;
	folders_find(&s->folders, span_str(name), s->box->path, &ignored);
	if (!s->box_watched)
		return;
	watch_remove(&s->watch, IMAP_WATCH_BOX);
	s->box_watched = false;
	imap_watch_box(s);
}

void imap_cmd_rename(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	const char *from, *to;
	struct fault f;
	bool is_inbox;

	(void)how;
	if (imap_parse_sp(p) < 0 || imap_parse_mailbox(p, &from) < 0 || imap_parse_sp(p) < 0 ||
	    imap_parse_new_mailbox(p, &to) < 0 || imap_parse_end(p) < 0)
		return;
	is_inbox = strcmp(from, "INBOX") == 0;
	if (is_there(s, to)) {
		imap_no(s, "ALREADYEXISTS", "There is a mailbox of that name already");
		return;
	}
	imap_lookout_before_names(s);
	if ((is_inbox ? empty_inbox(s, to, &f) : folders_rename(&s->folders, span_str(from), span_str(to), &f)) < 0) {
		imap_fail(s, is_there(s, from) ? NULL : "NONEXISTENT", &f);
	} else {
		if (!is_inbox)
			follow(s, from, to);
		imap_ok(s, NULL, "Renamed");
	}
	imap_lookout_own_names(s);
}

/* ---- SUBSCRIBE ---- */

/* A name need not be that of a mailbox: it may be one that comes back (RFC 9051 6.3.7). */
static void subscribe(struct imap_session *s, struct imap_parse *p, bool subscribed)
{
	const char *name;
	struct fault f;

	if (imap_parse_sp(p) < 0 || imap_parse_mailbox(p, &name) < 0 || imap_parse_end(p) < 0)
		return;
	imap_lookout_before_names(s);
	if (subscriptions_set(&s->folders, span_str(name), subscribed, &f) < 0)
		imap_fail(s, NULL, &f);
	else
		imap_ok(s, NULL, subscribed ? "Subscribed" : "Not subscribed any more");
	imap_lookout_own_names(s);
}

void imap_cmd_subscribe(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	(void)how;
	subscribe(s, p, true);
}

void imap_cmd_unsubscribe(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	(void)how;
	subscribe(s, p, false);
}
