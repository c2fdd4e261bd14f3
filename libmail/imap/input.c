/* SPDX-License-Identifier: ISC */
/*
 * input - what the client sends, cut into commands, their literals, and lines that are no commands.
 *
 * A command stays where it was received until it is answered, then it is overwritten, as it may have been a password. A
 * literal that a command takes as a stream is passed on as it comes, and what stood before it is forgotten.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "imap/cmd.h"

enum {
	TLS_HANDSHAKE = 0x16, /* first byte of a TLS ClientHello: RFC 8446 5.1 */
	KEPT = 4096,	      /* octets of memory that a session may keep while it rests */
};

struct imap_input {
	struct buf bytes;
	size_t at;	 /* where the command, or what is left of it, begins */
	size_t line;	 /* where its last line begins: behind its last literal, maybe behind the end */
	size_t looked;	 /* from `line` to here there is no line end */
	size_t held;	 /* the command to here is being carried out; 0: none is */
	size_t literals; /* gathered with the command */
	uint64_t stream; /* octets of a literal that are passed on, or skipped, and not gathered */
	bool is_streaming;
	bool is_begun;	 /* tag and name are read: s->running is it, and `at` is behind them */
	bool is_skipped; /* it was answered before it was whole */
};

/* Room for all that can come before login, so that no password is left behind by growing. */
void imap_input_init(struct imap_session *s)
{
	struct imap_input *in = s->input = arena_heap(sizeof(*in));

	memset(in, 0, sizeof(*in));
	buf_init(&in->bytes, IMAP_LINE_MAX + 2 * IMAP_PIECE);
}

void imap_input_clear(struct imap_session *s)
{
	buf_wipe(&s->input->bytes);
	free(s->input);
	s->input = NULL;
}

bool imap_input_is_empty(const struct imap_session *s)
{
	const struct imap_input *in = s->input;

	return in->at == in->bytes.n && !in->is_begun && !in->is_skipped && !in->is_streaming;
}

struct span imap_input_unused(const struct imap_session *s)
{
	return span_from(buf_span(&s->input->bytes), s->input->at);
}

bool imap_input_is_last(const struct imap_session *s)
{
	return s->input->held == s->input->bytes.n;
}

void imap_input_rest(struct imap_session *s)
{
	if (imap_input_is_empty(s) && s->input->bytes.size > KEPT) {
		imap_input_drop(s);
		buf_wipe(&s->input->bytes);
	}
}

void imap_input_drop(struct imap_session *s)
{
	struct imap_input *in = s->input;
	struct buf bytes = in->bytes;

	if (bytes.n)
		explicit_bzero(bytes.p, bytes.n);
	buf_reset(&bytes);
	*in = (struct imap_input){ .bytes = bytes };
}

/* Overwrite what is before `at`, and move the rest to the front. */
static void move_up(struct imap_input *in)
{
	size_t left = in->bytes.n - in->at;

	if (in->at == 0)
		return;
	memmove(in->bytes.p, in->bytes.p + in->at, left);
	explicit_bzero(in->bytes.p + left, in->bytes.n - left);
	in->bytes.n = left;
	in->line -= in->at;
	in->looked -= in->at;
	in->at = 0;
}

void imap_input_feed(struct imap_session *s, const char *p, size_t n)
{
	struct imap_input *in = s->input;

	move_up(in);
	if (!s->user)
		buf_room(&in->bytes, IMAP_LINE_LOGIN_MAX + 2 * IMAP_PIECE - in->bytes.n);
	buf_put(&in->bytes, p, n);
	assert(!in->bytes.overflow);
}

/* ---- the end of a command ---- */

static void forget(struct imap_input *in, size_t to)
{
	explicit_bzero(in->bytes.p + in->at, to - in->at);
	in->at = in->line = in->looked = to;
	in->held = in->literals = 0;
	in->is_begun = in->is_skipped = false;
}

static size_t line_limit(const struct imap_session *s)
{
	return s->user ? IMAP_LINE_MAX : IMAP_LINE_LOGIN_MAX;
}

/* What follows cannot be told from commands any more. */
static void give_up(struct imap_session *s, const char *text)
{
	if (s->tag && !s->is_answered)
		imap_bad(s, "TOOBIG", "%s", text);
	if (s->is_answered)
		buf_put_span(s->out, buf_span(&s->tagged));
	imap_session_stop(s, text);
}

/* ---- literals ---- */

struct announcement {
	uint64_t octets;
	bool waits; /* for us to say that it may come */
	bool is_literal8;
};

/*
 * Does the line end in "{12}", "{12+}", "~{12}"? A number that is too large for any is UINT64_MAX, as what follows such
 * a one is no command all the same.
 */
static bool is_announcement(struct span line, struct announcement *out)
{
	size_t open = span_find_last(line, '{');
	struct span number = span_from(line, open + 1);
	size_t digits = 0;

	if (open == line.n || number.n < 2 || number.p[number.n - 1] != '}')
		return false;
	number.n--;
	out->waits = number.p[number.n - 1] != '+';
	number.n -= !out->waits;
	while (digits < number.n && number.p[digits] >= '0' && number.p[digits] <= '9')
		digits++;
	if (digits == 0 || digits < number.n)
		return false;
	if (span_number(number, INT64_MAX, &out->octets) < 0)
		out->octets = UINT64_MAX;
	out->is_literal8 = open > 0 && line.p[open - 1] == '~';
	return true;
}

static void invite(struct imap_session *s, const struct announcement *a)
{
	if (a->waits)
		buf_put_str(s->out, "+ Ready for it\r\n");
}

/* It was answered already. The literal comes all the same, unless the client waits, and then nothing comes. */
static void skip(struct imap_session *s, const struct announcement *a, size_t end)
{
	struct imap_input *in = s->input;

	if (a->waits) {
		forget(in, end);
		return;
	}
	if (a->octets == UINT64_MAX || !s->user) {
		give_up(s, "The literal is too large");
		return;
	}
	forget(in, end);
	in->is_skipped = in->is_streaming = true;
	in->stream = a->octets;
}

static void gather(struct imap_session *s, const struct announcement *a, size_t end)
{
	struct imap_input *in = s->input;
	uint64_t limit = s->user ? IMAP_LINE_MAX : IMAP_LITERAL_LOGIN_MAX;

	if (a->octets <= limit && end - in->at + a->octets <= line_limit(s) && in->literals < IMAP_LITERALS_MAX) {
		in->literals++;
		in->line = in->looked = end + a->octets;
		invite(s, a);
	} else if (a->waits) {
		imap_bad(s, "TOOBIG", "The literal is too large");
		forget(in, end);
	} else {
		give_up(s, "The literal is too large");
	}
}

static struct span command_text(const struct imap_session *s, size_t end)
{
	const struct imap_input *in = s->input;

	return span_of(in->bytes.p + in->at, end - in->at);
}

static void answer_wrong(struct imap_session *s, const struct imap_parse *p)
{
	if (s->is_answered)
		return;
	assert(p->wrong);
	if (p->cannot)
		imap_no(s, "CANNOT", "%s", p->wrong);
	else
		imap_bad(s, NULL, "%s", p->wrong);
}

static void stream(struct imap_session *s, const struct announcement *a, size_t end)
{
	struct imap_input *in = s->input;
	struct imap_parse p;
	int rc;

	imap_parse_init(&p, &s->command, command_text(s, end), imap_utf8(s));
	rc = a->octets == UINT64_MAX ? imap_parse_fail(&p, "The literal is too large")
				     : s->running->stream->begin(s, &p, a->octets, a->is_literal8);
	if (rc == 0) {
		gather(s, a, end);
	} else if (rc < 0) {
		answer_wrong(s, &p);
		skip(s, a, end);
	} else {
		invite(s, a);
		forget(in, end);
		in->is_begun = in->is_streaming = true;
		in->stream = a->octets;
	}
}

/* The literal is whole. */
static void end_stream(struct imap_session *s)
{
	struct imap_input *in = s->input;
	struct imap_parse p;

	in->is_streaming = false;
	if (in->is_skipped)
		return;
	imap_parse_init(&p, &s->command, command_text(s, in->at), imap_utf8(s));
	if (s->running->stream->end(s, &p) == 0)
		return;
	answer_wrong(s, &p);
	in->is_begun = false;
	in->is_skipped = true;
}

static bool pass_on(struct imap_session *s)
{
	struct imap_input *in = s->input;
	size_t n = in->bytes.n - in->at;

	if (n > in->stream)
		n = (size_t)in->stream;
	if (n == 0 && in->stream > 0)
		return false;
	if (n > 0 && !in->is_skipped)
		s->running->stream->put(s, in->bytes.p + in->at, n);
	in->at += n;
	in->line = in->looked = in->at;
	in->stream -= n;
	if (in->stream == 0)
		end_stream(s);
	return true;
}

/* ---- commands ---- */

/*
 * A browser that was lured here would send what it was told as the body of a request, with commands in it: what begins
 * like another protocol must not be read to its end.
 */
static bool is_foreign(struct span word)
{
	static const char *const words[] = { "GET",	"POST",	 "PUT", "HEAD", "OPTIONS",
					     "CONNECT", "PATCH", "PRI", "EHLO", "HELO" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_is_nocase(word, span_str(words[i])))
			return true;
	return false;
}

static int parse_tag(struct imap_session *s, struct imap_parse *p)
{
	const char *start = p->p;
	struct span tag;

	if (imap_parse_astring(p, &tag) < 0 || tag.p != start || tag.n > IMAP_TAG_MAX || memchr(start, '+', tag.n))
		return imap_parse_fail(p, "A command begins with a tag");
	s->tag = arena_span(&s->command, tag);
	return imap_parse_sp(p);
}

static int parse_name(struct imap_session *s, struct imap_parse *p)
{
	struct span name;

	if (imap_parse_take_word(p, "UID")) {
		s->how = IMAP_UID;
		if (imap_parse_sp(p) < 0)
			return -1;
	}
	if (imap_parse_atom(p, &name) < 0)
		return imap_parse_fail(p, "Expected the name of a command");
	s->running = imap_command_find(name);
	if (!s->running || (s->how && !(s->running->flags & IMAP_HAS_UID)))
		return imap_parse_fail(p, "Unknown command");
	return 0;
}

static const char *wrong_state(const struct imap_session *s)
{
	if (!s->user)
		return "Log in first";
	return s->running->flags & IMAP_IN_BOX ? "Select a mailbox first" : "Only before login";
}

/* May it be carried out now? 0, or -1 and the answer was given. */
static int check_command(struct imap_session *s)
{
	unsigned flags = s->running->flags;

	if (!(flags & 1u << s->state))
		imap_bad(s, NULL, "%s", wrong_state(s));
	else if (flags & IMAP_NUMBERS && !s->how && s->enabled & IMAP_UIDONLY)
		imap_bad(s, "UIDREQUIRED", "UIDONLY is enabled: say UID %s", s->running->name);
	else if (flags & IMAP_WRITES && s->read_only)
		imap_no(s, "READ-ONLY", "The mailbox was opened for reading only");
	else
		return 0;
	return -1;
}

/* Read tag and name: 0, or -1 and the answer was given. */
static int begin_command(struct imap_session *s, size_t end)
{
	struct imap_input *in = s->input;
	struct imap_parse p;

	s->how = 0;
	s->running = NULL;
	imap_parse_init(&p, &s->command, command_text(s, end), imap_utf8(s));
	if (parse_tag(s, &p) < 0 || parse_name(s, &p) < 0) {
		if (!s->user && s->tag && is_foreign(span_str(s->tag)))
			imap_session_stop(s, "This is IMAP");
		else
			answer_wrong(s, &p);
		return -1;
	}
	in->at = (size_t)(p.p - in->bytes.p);
	in->is_begun = true;
	return check_command(s);
}

static void run(struct imap_session *s, size_t end, size_t text_end)
{
	struct imap_input *in = s->input;
	struct imap_parse p;

	imap_parse_init(&p, &s->command, command_text(s, text_end), imap_utf8(s));
	in->held = end;
	if (!(s->running->flags & IMAP_ALONE) || imap_parse_end(&p) == 0)
		s->running->run(s, &p, s->how);
	if (!s->more && !s->line)
		answer_wrong(s, &p);
	/* Who takes lines keeps nothing of what came before them. */
	if (!s->more)
		imap_input_done(s);
}

void imap_input_done(struct imap_session *s)
{
	if (s->input->held)
		forget(s->input, s->input->held);
}

/* A line that is the end of a command, or its end as far as a literal. */
static void take_line(struct imap_session *s, size_t end, size_t text_end)
{
	struct imap_input *in = s->input;
	struct announcement a;
	bool goes_on = is_announcement(span_of(in->bytes.p + in->line, text_end - in->line), &a);

	if (in->is_skipped || (!in->is_begun && begin_command(s, text_end) < 0)) {
		if (goes_on && s->state != IMAP_CLOSED)
			skip(s, &a, end);
		else
			forget(in, end);
	} else if (goes_on && s->running->stream) {
		stream(s, &a, end);
	} else if (goes_on) {
		gather(s, &a, end);
	} else {
		run(s, end, text_end);
	}
}

static bool is_handshake(const struct imap_session *s)
{
	const struct imap_input *in = s->input;

	return s->state == IMAP_NOT_AUTHENTICATED && in->at < in->bytes.n && in->line == in->at && !in->is_begun &&
	       (unsigned char)in->bytes.p[in->at] == TLS_HANDSHAKE;
}

bool imap_input_take(struct imap_session *s)
{
	struct imap_input *in = s->input;
	size_t end, text_end;

	if (in->is_streaming)
		return pass_on(s);
	if (in->looked > in->bytes.n)
		return false;
	if (is_handshake(s)) {
		imap_session_stop(s, "TLS is not spoken here before STARTTLS");
		return true;
	}
	end = in->looked + span_find(span_of(in->bytes.p + in->looked, in->bytes.n - in->looked), '\n');
	if (end - in->at > line_limit(s)) {
		give_up(s, "The command is too long");
		return true;
	}
	if (end == in->bytes.n) {
		in->looked = end;
		return false;
	}
	text_end = end > in->line && in->bytes.p[end - 1] == '\r' ? end - 1 : end;
	if (s->line) {
		s->line(s, command_text(s, text_end));
		forget(in, end + 1);
	} else {
		take_line(s, end + 1, text_end);
	}
	return true;
}
