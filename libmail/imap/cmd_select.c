/* SPDX-License-Identifier: ISC */
/*
 * cmd_select - SELECT and EXAMINE (RFC 9051 6.3.2, RFC 7162 3.1.8, 3.2.5, RFC 8474 4.2), CLOSE, UNSELECT (RFC 3691).
 */
#include "imap/cmd.h"
#include "imap/lookout.h"
#include "imap/search_update.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a client that was here before knows: RFC 7162 3.2.5. */
struct select {
	const char *name;
	bool condstore, qresync;
	uint32_t uidvalidity;
	uint64_t since;
	bool has_known;
	struct seqset known;	     /* UIDs that it wants to hear of */
	struct seqset numbers, uids; /* samples of which message had which UID */
	size_t at;		     /* messages told of */
};

/* ---- parameters ---- */

static int parse_known(struct imap_parse *p, struct seqset *out)
{
	if (imap_parse_seqset(p, out) < 0)
		return -1;
	for (size_t i = 0; i < out->n; i++)
		if (out->v[i].first == SEQSET_STAR || out->v[i].last == SEQSET_STAR)
			return imap_parse_fail(p, "What is known cannot have * in it");
	if (out->is_saved)
		return imap_parse_fail(p, "What is known cannot be $");
	seqset_resolve(out, 0);
	return 0;
}

/* " (1:9 11:19)" */
static int parse_samples(struct imap_parse *p, struct select *q)
{
	if (imap_parse_open(p) < 0 || parse_known(p, &q->numbers) < 0 || imap_parse_sp(p) < 0 ||
	    parse_known(p, &q->uids) < 0 || imap_parse_close(p) < 0)
		return -1;
	if (seqset_count(&q->numbers) != seqset_count(&q->uids))
		return imap_parse_fail(p, "There are not as many UIDs as numbers");
	return 0;
}

static int parse_qresync(struct imap_session *s, struct imap_parse *p, struct select *q)
{
	if (!(s->enabled & IMAP_QRESYNC))
		return imap_parse_fail(p, "Say ENABLE QRESYNC first");
	if (imap_parse_sp(p) < 0 || imap_parse_open(p) < 0 || imap_parse_nz_number(p, &q->uidvalidity) < 0 ||
	    imap_parse_sp(p) < 0 || imap_parse_number64(p, &q->since) < 0)
		return -1;
	if (imap_parse_is(p, ' ') && imap_parse_sp(p) == 0 && !imap_parse_is(p, '(')) {
		if (parse_known(p, &q->known) < 0)
			return -1;
		q->has_known = true;
		if (imap_parse_is(p, ' '))
			imap_parse_sp(p);
	}
	if (imap_parse_is(p, '(') && parse_samples(p, q) < 0)
		return -1;
	q->qresync = true;
	return imap_parse_close(p);
}

static int parse_parameters(struct imap_session *s, struct imap_parse *p, struct select *q)
{
	if (imap_parse_open(p) < 0)
		return -1;
	do {
		if (imap_parse_take_word(p, "CONDSTORE"))
			q->condstore = true;
		else if (!imap_parse_take_word(p, "QRESYNC"))
			return imap_parse_fail(p, "Unknown parameter of SELECT");
		else if (parse_qresync(s, p, q) < 0)
			return -1;
	} while (imap_parse_is(p, ' ') && imap_parse_sp(p) == 0);
	return imap_parse_close(p);
}

/* ---- opening ---- */

void imap_unselect(struct imap_session *s, bool tell)
{
	if (!s->box)
		return;
	imap_report_drop(s);
	search_update_drop(s);
	imap_lookout_leave(s);
	if (s->box_watched)
		watch_remove(&s->watch, IMAP_WATCH_BOX);
	s->box_watched = s->box_changed = s->box_arrived = false;
	modseq_clear(&s->modseq);
	imap_session_drop_source(s);
	mailbox_close(s->box);
	s->box = NULL;
	free(s->name);
	s->name = NULL;
	s->told = 0;
	s->recent = (struct seqset){ 0 };
	arena_clear(&s->recent_in);
	s->saved = (struct seqset){ 0 };
	arena_clear(&s->saved_in);
	imap_set_state(s, IMAP_AUTHENTICATED);
	if (tell)
		imap_say(s, "OK [CLOSED] The mailbox from before is closed");
}

/* Before the client is told of any number, as looking for the highest may bring new messages. */
static int open_box(struct imap_session *s, struct select *q, const char *path, bool read_only, struct fault *f)
{
	bool writable = access(path, W_OK) == 0;
	/* EXAMINE leaves what is new in new/, and gives it UIDs all the same. */
	unsigned how = !writable ? MAILBOX_READ_ONLY : read_only ? 0 : MAILBOX_MOVE_NEW;

	if (strcmp(q->name, "INBOX") == 0)
		how |= MAILBOX_CREATE;
	if (mailbox_open(&s->mailbox, path, how, f) < 0)
		return -1;
	modseq_init(&s->modseq);
	if ((s->enabled & IMAP_CONDSTORE ? modseq_load(&s->modseq, &s->mailbox, f)
					 : modseq_load_highest(&s->modseq, &s->mailbox, f)) < 0 ||
	    mailbox_load_keywords(&s->mailbox, f) < 0) {
		modseq_clear(&s->modseq);
		mailbox_close(&s->mailbox);
		return -1;
	}
	s->box = &s->mailbox;
	s->read_only = read_only || !writable;
	s->told = s->box->view.n;
	imap_find_recent(s);
	s->name = arena_heap(strlen(q->name) + 1);
	memcpy(s->name, q->name, strlen(q->name) + 1);
	imap_set_state(s, IMAP_SELECTED);
	imap_watch_box(s);
	return 0;
}

/* ---- what a client is told of it ---- */

static void say_unseen(struct imap_session *s)
{
	const struct cache *view = &s->box->view;

	for (size_t i = 0; i < view->n; i++)
		if (!(view->flags[i] & MSGNAME_SEEN)) {
			imap_say(s, "OK [UNSEEN %zu] The first that is not seen", i + 1);
			return;
		}
}

static void say_box(struct imap_session *s)
{
	const struct cache *view = &s->box->view;

	imap_say_keywords(s);
	imap_say_exists(s);
	if (!(s->enabled & (IMAP_REV2 | IMAP_UIDONLY)))
		say_unseen(s);
	imap_say(s, "OK [UIDVALIDITY %u] UIDs are valid", view->uidvalidity);
	imap_say(s, "OK [UIDNEXT %u] The next UID", view->next_uid);
	imap_say(s, "OK [HIGHESTMODSEQ %llu] The last change", (unsigned long long)s->modseq.highest);
	if (view->guid[0])
		imap_say(s, "OK [MAILBOXID (%s)] Its id", view->guid);
	if (s->enabled & IMAP_REV2) {
		imap_begin(s, "LIST () \"/\" ");
		imap_put_mailbox(s->out, s->name, true);
		imap_end(s);
	}
}

static void finish(struct imap_session *s)
{
	imap_ok(s, s->read_only ? "READ-ONLY" : "READ-WRITE", "Selected");
}

/* ---- what happened meanwhile: RFC 7162 3.2.5.1 ---- */

/*
 * Up to the last message whose number is what it was, nothing went away. That spares clients the UIDs of what they
 * never knew, when it is too long ago to be known.
 */
static uint32_t last_in_place(const struct imap_session *s, const struct select *q)
{
	struct seqset_iter a = { 0 }, b = { 0 };
	uint32_t number, uid, last = 0;

	while (seqset_next(&q->numbers, &a, &number) && seqset_next(&q->uids, &b, &uid) && number <= s->box->view.n)
		if (s->box->view.uid[number - 1] == uid)
			last = uid;
	return last;
}

static bool say_changed(struct imap_session *s)
{
	struct select *q = s->work;
	const struct cache *view = &s->box->view;

	for (; q->at < view->n && s->out->n < IMAP_FULL; q->at++)
		if (modseq_of(&s->modseq, s->box, q->at) > q->since &&
		    (!q->has_known || seqset_has(&q->known, view->uid[q->at])))
			imap_say_flags(s, q->at, true);
	if (q->at < view->n)
		return true;
	finish(s);
	return false;
}

/* ---- the commands ---- */

static int find(struct imap_session *s, const char *name, char path[PATH_MAX])
{
	struct fault f;
	int rc = folders_find(&s->folders, span_str(name), path, &f);

	if (rc < 0)
		imap_fail(s, "CANNOT", &f);
	else if (rc == 0)
		imap_no(s, "NONEXISTENT", "There is no such mailbox");
	return rc > 0 ? 0 : -1;
}

static void open_and_tell(struct imap_session *s, struct select *q, bool read_only)
{
	char path[PATH_MAX];
	struct fault f;

	imap_unselect(s, true);
	if (find(s, q->name, path) < 0)
		return;
	if (q->condstore)
		s->enabled |= IMAP_CONDSTORE;
	if (open_box(s, q, path, read_only, &f) < 0) {
		imap_fail(s, NULL, &f);
		return;
	}
	say_box(s);
	if (!q->qresync || q->uidvalidity != s->box->view.uidvalidity) {
		finish(s);
		return;
	}
	imap_say_vanished(s, q->has_known ? &q->known : NULL, last_in_place(s, q), q->since);
	s->work = q;
	s->more = say_changed;
}

static void run(struct imap_session *s, struct imap_parse *p, bool read_only)
{
	struct select *q = arena_alloc(&s->command, sizeof(*q));

	if (imap_parse_sp(p) < 0 || imap_parse_mailbox(p, &q->name) < 0)
		return;
	if (!imap_parse_is_end(p) && (imap_parse_sp(p) < 0 || parse_parameters(s, p, q) < 0))
		return;
	if (imap_parse_end(p) == 0)
		open_and_tell(s, q, read_only);
}

void imap_cmd_select(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	(void)how;
	run(s, p, false);
}

void imap_cmd_examine(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	(void)how;
	run(s, p, true);
}

void imap_cmd_unselect(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	(void)p, (void)how;
	imap_unselect(s, false);
	imap_ok(s, NULL, "Closed, nothing was removed");
}

void imap_cmd_close(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct fault f;

	(void)p, (void)how;
	if (!s->read_only && imap_remove_deleted(s, NULL, &f) < 0) {
		imap_fail(s, NULL, &f);
		return;
	}
	imap_unselect(s, false);
	imap_ok(s, NULL, "Closed");
}
