/* SPDX-License-Identifier: ISC */
/*
 * cmd_append - APPEND (RFC 9051 6.3.12), several messages at once (RFC 3502), literal8 and UTF8 (RFC 3516, RFC 6855),
 * and REPLACE (RFC 8508).
 *
 * What is parsed up to a literal only takes effect when the literal is taken: one that belongs to a name is gathered,
 * and then the same words are parsed again, with more behind them.
 */
#include <errno.h>
#include <string.h>

#include "imap/catenate.h"
#include "imap/cmd.h"
#include "imap/lookout.h"
#include "store/quota.h"
#include "store/save.h"

/* Where in the command the next words stand. */
enum where {
	AT_START,
	BEHIND_MESSAGE,	  /* another may follow */
	BEHIND_UTF8,	  /* ")" comes */
	BEHIND_TEXT,	  /* ")" or another part */
	BEHIND_UTF8_TEXT, /* ")", and then the same */
};

/* What is to be done before the next literal comes, or at the end. */
struct step {
	enum { STEP_BEGIN, STEP_URL, STEP_END } what;
	struct imap_flags flags; /* of STEP_BEGIN */
	int64_t when;
	struct span url; /* of STEP_URL */
	struct step *next;
};

struct append {
	enum where where;
	bool replaces;
	const char *name; /* of the mailbox */
	uint32_t uid;	  /* REPLACE: of the message that is to go */
	size_t begun;	  /* messages */
	struct step *steps, **last;
	struct save_terms terms; /* of the message at hand */
	uint64_t room;		 /* octets that it may still have */
	bool may_have_nul, has_nul;
	bool is_open;
	struct save save;
};

static void give_back(struct imap_session *s)
{
	struct append *a = s->work;

	if (a->is_open)
		save_close(&a->save);
	a->is_open = false;
}

static struct append *work_of(struct imap_session *s)
{
	struct append *a = s->work;

	if (a)
		return a;
	a = arena_alloc(&s->command, sizeof(*a));
	a->replaces = span_is(span_str(s->running->name), SPAN("REPLACE"));
	s->work = a;
	s->abandon = give_back;
	return a;
}

/* ---- words ---- */

/* How far it could be parsed, beside -1: up to a literal that is to be gathered, or taken; or all of it. */
enum { GATHER, TAKE, WHOLE };

/* REPLACE: which message. */
static int parse_number(struct imap_session *s, struct imap_parse *p, struct append *a)
{
	uint32_t number;
	size_t i;

	if (imap_parse_nz_number(p, &number) < 0 || imap_parse_sp(p) < 0)
		return -1;
	if (s->how & IMAP_UID ? mailbox_find(s->box, number, &i) : number <= s->box->view.n) {
		a->uid = s->how & IMAP_UID ? number : s->box->view.uid[number - 1];
		return 0;
	}
	if (!(s->how & IMAP_UID))
		return imap_parse_fail(p, "There are not so many messages");
	imap_no(s, "NONEXISTENT", "There is no such message");
	return -1;
}

static int parse_start(struct imap_session *s, struct imap_parse *p, struct append *a)
{
	if (imap_parse_sp(p) < 0 || (a->replaces && parse_number(s, p, a) < 0))
		return -1;
	if (imap_parse_is_announced(p))
		return GATHER;
	return imap_parse_mailbox(p, &a->name) < 0 ? -1 : TAKE;
}

static struct step *add_step(struct imap_parse *p, struct append *a, int what)
{
	struct step *step = arena_alloc(p->arena, sizeof(*step));

	step->what = what;
	*a->last = step;
	a->last = &step->next;
	return step;
}

/* "(\Seen) "17-Jul-1996 02:44:25 -0700" " */
static int parse_terms(struct imap_parse *p, struct append *a)
{
	struct step *step = add_step(p, a, STEP_BEGIN);
	struct date date;

	step->when = SAVE_NOW;
	if (imap_parse_is(p, '(') && (imap_parse_flags(p, &step->flags) < 0 || imap_parse_sp(p) < 0))
		return -1;
	if (!imap_parse_is(p, '"'))
		return 0;
	if (imap_parse_date_time(p, &date) < 0 || imap_parse_sp(p) < 0)
		return -1;
	step->when = date.when;
	return 0;
}

/* " (~{12}": RFC 6855 4. */
static int parse_utf8(struct imap_parse *p, struct append *a, enum where behind)
{
	if (imap_parse_sp(p) < 0 || imap_parse_open(p) < 0)
		return -1;
	a->where = behind;
	return imap_parse_is_announced(p) ? TAKE : imap_parse_fail(p, "Expected a text, as a literal");
}

static int parse_part(struct imap_parse *p, struct append *a)
{
	struct step *step;

	if (imap_parse_take_word(p, "TEXT")) {
		a->where = BEHIND_TEXT;
		if (imap_parse_sp(p) < 0)
			return -1;
		return imap_parse_is_announced(p) ? TAKE : imap_parse_fail(p, "Expected a text, as a literal");
	}
	if (imap_parse_take_word(p, "UTF8"))
		return parse_utf8(p, a, BEHIND_UTF8_TEXT);
	if (!imap_parse_take_word(p, "URL"))
		return imap_parse_fail(p, "A part of CATENATE is URL, TEXT or UTF8");
	if (imap_parse_sp(p) < 0)
		return -1;
	if (imap_parse_is_announced(p))
		return GATHER;
	step = add_step(p, a, STEP_URL);
	return imap_parse_astring(p, &step->url) < 0 ? -1 : WHOLE;
}

/* "URL /x/;UID=1 TEXT {4}": up to a literal, or the end of the message. `first`: no blank comes before the next. */
static int parse_parts(struct imap_parse *p, struct append *a, bool first)
{
	int rc = WHOLE;

	while (rc == WHOLE && (first || !imap_parse_is(p, ')'))) {
		if (!first && imap_parse_sp(p) < 0)
			return -1;
		first = false;
		rc = parse_part(p, a);
	}
	if (rc != WHOLE)
		return rc;
	add_step(p, a, STEP_END);
	a->where = BEHIND_MESSAGE;
	return imap_parse_close(p) < 0 ? -1 : WHOLE;
}

/* Up to the literal of a message, or the end of one that has none. */
static int parse_message(struct imap_parse *p, struct append *a)
{
	if (imap_parse_sp(p) < 0 || parse_terms(p, a) < 0)
		return -1;
	if (imap_parse_take_word(p, "CATENATE"))
		return imap_parse_sp(p) < 0 || imap_parse_open(p) < 0 ? -1 : parse_parts(p, a, true);
	if (imap_parse_take_word(p, "UTF8"))
		return parse_utf8(p, a, BEHIND_UTF8);
	a->where = BEHIND_MESSAGE;
	return imap_parse_is_announced(p) ? TAKE : imap_parse_fail(p, "Expected the message, as a literal");
}

/* The literal is a piece of the message. */
static bool is_in_parts(const struct append *a)
{
	return a->where == BEHIND_TEXT || a->where == BEHIND_UTF8_TEXT;
}

/* Go on as far as the text does. */
static int parse(struct imap_session *s, struct imap_parse *p, struct append *a)
{
	int rc = WHOLE;

	if (a->where == AT_START) {
		rc = parse_start(s, p, a);
		if (rc == TAKE)
			rc = parse_message(p, a);
	} else if ((a->where == BEHIND_UTF8 || a->where == BEHIND_UTF8_TEXT) && imap_parse_close(p) < 0) {
		return -1;
	} else if (is_in_parts(a)) {
		rc = parse_parts(p, a, false);
	}
	while (rc == WHOLE && !imap_parse_is_end(p))
		rc = parse_message(p, a);
	if (rc == WHOLE)
		return imap_parse_end(p) < 0 ? -1 : WHOLE;
	return rc;
}

/* ---- messages ---- */

static int fail(struct imap_session *s, const struct fault *f)
{
	imap_fail(s, NULL, f);
	return -1;
}

static int open_mailbox(struct imap_session *s, struct append *a)
{
	char path[PATH_MAX];
	struct fault f;
	int rc = folders_find(&s->folders, span_str(a->name), path, &f);

	if (rc < 0)
		return fail(s, &f);
	if (rc > 0 && save_open(&a->save, path, &f) == 0) {
		a->is_open = true;
		return 0;
	}
	if (rc > 0 && errno != ENOENT)
		return fail(s, &f);
	imap_no(s, "TRYCREATE", "There is no such mailbox");
	return -1;
}

/* The words that flags were read from are forgotten with the literal. */
static void keep_terms(struct imap_session *s, struct append *a, const struct step *step)
{
	struct span *keywords = arena_alloc(&s->command, step->flags.n * sizeof(*keywords));

	for (size_t i = 0; i < step->flags.n; i++)
		keywords[i] = span_str(arena_span(&s->command, step->flags.keywords[i]));
	a->terms = (struct save_terms){ step->flags.bits, keywords, step->flags.n, step->when };
}

static int begin_message(struct imap_session *s, struct append *a, const struct step *step)
{
	struct fault f;

	if (a->replaces && a->begun > 0) {
		imap_bad(s, NULL, "REPLACE takes one message");
		return -1;
	}
	if (!a->is_open && open_mailbox(s, a) < 0)
		return -1;
	keep_terms(s, a, step);
	a->begun++;
	a->room = s->server->append_limit ? s->server->append_limit : UINT64_MAX;
	return save_begin(&a->save, &f) < 0 ? fail(s, &f) : 0;
}

static int end_message(struct imap_session *s, struct append *a)
{
	struct fault f;

	return save_end(&a->save, &a->terms, &f) < 0 ? fail(s, &f) : 0;
}

static int too_big(struct imap_session *s)
{
	imap_no(s, "TOOBIG", "A message has at most %llu octets", (unsigned long long)s->server->append_limit);
	return -1;
}

static int put_url(struct imap_session *s, struct append *a, struct span url)
{
	struct fault f;
	struct buf code;
	int rc = imap_catenate_url(s, url, &a->save, &a->room, &f);

	if (rc > 0)
		return 0;
	if (rc < 0)
		return f.kind == FAULT_PERM ? too_big(s) : fail(s, &f);
	buf_init(&code, IMAP_LINE_MAX * 2);
	buf_put_str(&code, "BADURL ");
	imap_put_string(&code, url, imap_utf8(s));
	imap_no(s, memchr(buf_str(&code), '\r', code.n) ? "BADURL" : buf_str(&code), "There is nothing of that name");
	buf_clear(&code);
	return -1;
}

static int run_steps(struct imap_session *s, struct append *a)
{
	int rc = 0;

	for (const struct step *step = a->steps; step && rc == 0; step = step->next) {
		if (step->what == STEP_BEGIN)
			rc = begin_message(s, a, step);
		else if (step->what == STEP_URL)
			rc = put_url(s, a, step->url);
		else
			rc = end_message(s, a);
	}
	return rc;
}

/* The steps up to the next literal, or the end. */
static int go_on(struct imap_session *s, struct imap_parse *p, struct append *a)
{
	struct append *next = arena_alloc(&s->command, sizeof(*next));
	int rc;

	next->where = a->where;
	next->replaces = a->replaces;
	next->name = a->name;
	next->uid = a->uid;
	next->last = &next->steps;
	rc = parse(s, p, next);
	if (rc != TAKE && rc != WHOLE)
		return rc;
	a->where = next->where;
	a->name = next->name;
	a->uid = next->uid;
	a->steps = next->steps;
	return rc;
}

static int on_begin(struct imap_session *s, struct imap_parse *p, uint64_t octets, bool is_literal8)
{
	struct append *a = work_of(s);
	int rc = go_on(s, p, a);

	if (rc == WHOLE)
		rc = imap_parse_fail(p, "Expected the message, as a literal");
	if (rc != TAKE)
		return rc;
	if (octets == 0 && !is_in_parts(a)) {
		imap_no(s, NULL, "A message without any octet is none");
		return -1;
	}
	/* Before anything is done: the client may wait to be asked for it. */
	if (s->server->append_limit && octets > s->server->append_limit)
		return too_big(s);
	if (run_steps(s, a) < 0)
		return -1;
	if (octets > a->room)
		return too_big(s);
	a->room -= octets;
	a->may_have_nul = is_literal8;
	a->has_nul = false;
	return 1;
}

static void on_put(struct imap_session *s, const char *p, size_t n)
{
	struct append *a = s->work;

	a->has_nul |= memchr(p, '\0', n) != NULL;
	save_put(&a->save, p, n);
}

/* RFC 9051 9: a literal has no NUL. */
static int on_end(struct imap_session *s, struct imap_parse *p)
{
	struct append *a = s->work;

	if (a->has_nul && !a->may_have_nul) {
		save_drop(&a->save);
		return imap_parse_fail(p, "A message with a NUL in it has to come as a literal8 (~{n})");
	}
	return is_in_parts(a) ? 0 : end_message(s, a);
}

const struct imap_stream imap_stream_append = { on_begin, on_put, on_end };

/* ---- the end ---- */

static void put_code(struct buf *out, const struct save *save)
{
	buf_printf(out, "APPENDUID %u %u", save->uidvalidity, save->first);
	if (save->n > 1)
		buf_printf(out, ":%zu", save->first + save->n - 1);
}

/* It needs room only for what it is larger than the other: RFC 8508 3.4. */
static void count_replaced(struct imap_session *s, struct append *a)
{
	size_t i;

	if (!mailbox_find(s->box, a->uid, &i))
		return;
	a->save.into.freed_octets = mailbox_file_size(s->box, i);
	a->save.into.freed_messages = 1;
}

/* Parse what is behind the last literal, and put all messages into the mailbox: 0; -1 and it was said why not. */
static int commit(struct imap_session *s, struct imap_parse *p, struct append *a)
{
	struct quota_limits limits;
	struct fault f;
	int rc = go_on(s, p, a);

	if (rc != WHOLE) {
		if (rc >= 0)
			imap_parse_fail(p, "Expected the message, as a literal");
		return -1;
	}
	if (run_steps(s, a) < 0)
		return -1;
	if (a->begun == 0) {
		imap_parse_fail(p, "Expected the message, as a literal");
		return -1;
	}
	if (a->replaces)
		count_replaced(s, a);
	if (imap_quota_limits(s, &limits, &f) < 0 || save_commit(&a->save, &limits, &f) < 0)
		return fail(s, &f);
	imap_lookout_own_messages(s, a->name, a->save.first, a->save.n);
	return 0;
}

void imap_cmd_append(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct append *a = work_of(s);
	struct buf code;

	(void)how;
	if (commit(s, p, a) < 0)
		return;
	buf_init(&code, 100);
	put_code(&code, &a->save);
	imap_ok(s, buf_str(&code), "Saved");
	buf_clear(&code);
}

/* The new message is there; only then the old one goes, which is told with what others did. */
void imap_cmd_replace(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct append *a = work_of(s);
	struct seqset numbers = { 0 };
	struct fault f;
	size_t i;

	(void)how;
	if (commit(s, p, a) < 0)
		return;
	imap_begin(s, "OK [");
	put_code(s->out, &a->save);
	buf_put_str(s->out, "] The new message is there");
	imap_end(s);
	if (mailbox_find(s->box, a->uid, &i))
		seqset_add(&s->command, &numbers, (uint32_t)i + 1, (uint32_t)i + 1);
	if (imap_remove(s, &numbers, &f) < 0)
		fail(s, &f);
	else
		imap_ok(s, NULL, "Replaced");
}
