/* SPDX-License-Identifier: ISC */
/*
 * cmd_store - STORE and UID STORE (RFC 9051 6.4.6, RFC 7162 3.1.3).
 *
 * Messages are changed and told of in parts, so that a long one neither keeps the folder locked nor fills memory.
 */
#include "imap/cmd.h"

#include <errno.h>

enum { PART = 500 /* messages */ };

enum store_how { REPLACE, ADD, REMOVE };

struct store {
	struct seqset numbers;
	struct seqset_iter at;
	unsigned how;
	enum store_how mode;
	bool silent;
	bool has_since;
	uint64_t since;
	struct imap_flags flags;
	uint32_t bits; /* with keywords */
	struct seqset modified;
	bool missed;	   /* a message is gone */
	bool had_keywords; /* none was new */
	size_t n;
	struct part {
		uint32_t i;
		bool tells; /* its flags, and not only its mod-sequence */
	} part[PART];
};

/* ---- arguments ---- */

static int parse_since(struct imap_parse *p, struct store *w)
{
	if (!imap_parse_take(p, '('))
		return 0;
	if (!imap_parse_take_word(p, "UNCHANGEDSINCE"))
		return imap_parse_fail(p, "Unknown modifier of STORE");
	w->has_since = true;
	if (imap_parse_sp(p) < 0 || imap_parse_number64(p, &w->since) < 0 || imap_parse_close(p) < 0)
		return -1;
	return imap_parse_sp(p);
}

static int parse_item(struct imap_parse *p, struct store *w)
{
	static const struct {
		const char *name;
		enum store_how mode;
		bool silent;
	} items[] = {
		{ "FLAGS", REPLACE, false },	   { "+FLAGS", ADD, false },	   { "-FLAGS", REMOVE, false },
		{ "FLAGS.SILENT", REPLACE, true }, { "+FLAGS.SILENT", ADD, true }, { "-FLAGS.SILENT", REMOVE, true },
	};

	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++)
		if (imap_parse_take_word(p, items[i].name)) {
			w->mode = items[i].mode;
			w->silent = items[i].silent;
			return 0;
		}
	return imap_parse_fail(p, "Expected FLAGS, +FLAGS or -FLAGS, with .SILENT or without");
}

static int parse(struct imap_session *s, struct imap_parse *p, struct store *w)
{
	if (imap_parse_sp(p) < 0 || imap_parse_messages(s, p, w->how, &w->numbers) < 0 || imap_parse_sp(p) < 0 ||
	    parse_since(p, w) < 0 || parse_item(p, w) < 0 || imap_parse_sp(p) < 0 || imap_parse_flags(p, &w->flags) < 0)
		return -1;
	return imap_parse_end(p);
}

/* ---- flags ---- */

static int find_bits(struct imap_session *s, struct store *w, struct fault *f)
{
	struct stamp before = s->box->keywords.stamp;

	w->bits = w->flags.bits;
	for (size_t i = 0; i < w->flags.n; i++) {
		uint32_t bit;

		if (w->mode == REMOVE) {
			int letter = keywords_find(&s->box->keywords, w->flags.keywords[i]);

			w->bits |= letter < 0 ? 0 : UINT32_C(1) << letter;
			continue;
		}
		bit = mailbox_add_keyword(s->box, w->flags.keywords[i], f);
		if (bit == 0)
			return -1;
		w->bits |= bit;
	}
	w->had_keywords = stamp_is(&before, &s->box->keywords.stamp);
	return 0;
}

/* What nobody can set here stays: a flag of the file that has no name in IMAP. */
static uint32_t removed_by(const struct store *w)
{
	if (w->mode == REPLACE)
		return ~w->bits & ~MSGNAME_PASSED;
	return w->mode == REMOVE ? w->bits : 0;
}

static uint32_t wanted(const struct store *w, uint32_t flags)
{
	return (flags & ~removed_by(w)) | (w->mode == REMOVE ? 0 : w->bits);
}

/* 0; 1 it is gone; -1. */
static int change(struct imap_session *s, struct store *w, size_t i, struct fault *f)
{
	uint32_t before = s->box->view.flags[i], want = wanted(w, before);

	if (want != before && mailbox_set_flags(s->box, i, want & ~before, before & ~want, f) < 0)
		return errno == ENOENT ? 1 : -1;
	if (s->modseq.loaded && s->box->view.flags[i] != before)
		modseq_note(&s->modseq, s->box, i);
	w->part[w->n++] = (struct part){ .i = (uint32_t)i, .tells = !w->silent || s->box->view.flags[i] != want };
	return 0;
}

static int change_part(struct imap_session *s, struct store *w, struct fault *f)
{
	uint32_t number;
	int rc = 0;

	w->n = 0;
	mailbox_begin_change(s->box);
	while (rc == 0 && w->n < PART && seqset_next(&w->numbers, &w->at, &number)) {
		size_t i = number - 1;

		if (w->has_since && !modseq_is_unchanged(&s->modseq, s->box, i, w->since)) {
			uint32_t name = w->how & IMAP_UID ? s->box->view.uid[i] : number;

			seqset_add(&s->command, &w->modified, name, name);
			continue;
		}
		rc = change(s, w, i, f);
		w->missed |= rc > 0;
		rc = rc > 0 ? 0 : rc;
	}
	return rc;
}

/* ---- answers ---- */

static void tell(struct imap_session *s, const struct store *w, const struct part *c)
{
	bool with_uid = w->how & IMAP_UID || imap_tells_uid(s);

	if (c->tells) {
		imap_say_flags(s, c->i, with_uid);
	} else if (s->enabled & IMAP_CONDSTORE) {
		imap_fetch_begin(s, c->i, with_uid, true);
		imap_put_modseq(s, s->out, c->i);
		imap_fetch_end(s);
	}
}

static void finish(struct imap_session *s, struct store *w)
{
	struct buf code;

	buf_init(&code, 1 << 20);
	if (w->modified.n) {
		buf_put_str(&code, "MODIFIED ");
		imap_put_seqset(&code, &w->modified);
	}
	if (w->missed)
		imap_no(s, "EXPUNGEISSUED", "Some of the messages are gone");
	else if (w->modified.n)
		imap_ok(s, buf_str(&code), "Some have changed since");
	else
		imap_ok(s, NULL, "Stored");
	buf_clear(&code);
}

static bool go_on(struct imap_session *s)
{
	struct store *w = s->work;
	struct fault f;
	int rc = s->modseq.loaded ? modseq_begin(&s->modseq, s->box, &f) : 0;

	if (rc == 0) {
		rc = change_part(s, w, &f);
		if (s->modseq.loaded)
			modseq_commit(&s->modseq, s->box);
		for (size_t i = 0; i < w->n; i++)
			tell(s, w, &w->part[i]);
	}
	if (rc == 0 && w->n == PART)
		return true;
	if (rc < 0)
		imap_fail(s, NULL, &f);
	else
		finish(s, w);
	return false;
}

void imap_cmd_store(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct store *w = arena_alloc(&s->command, sizeof(*w));
	struct fault f;

	w->how = how;
	if (parse(s, p, w) < 0)
		return;
	if (w->has_since)
		imap_use_condstore(s);
	if (find_bits(s, w, &f) < 0) {
		imap_fail(s, "LIMIT", &f);
	} else {
		if (!w->had_keywords)
			imap_say_keywords(s);
		s->work = w;
		s->more = go_on;
	}
}
