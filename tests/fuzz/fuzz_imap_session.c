/* SPDX-License-Identifier: ISC */
/*
 * A client that sends anything to a session with a Maildir behind it: the session does the same however its bytes are
 * cut, and what it says are whole lines and literals, in which nothing stands that could be taken for something else.
 */
#include <assert.h>
#include <ctype.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "imap/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MUCH = 256 << 20, PIECES = 3, INPUT_MAX = 1 << 16 };

static const size_t pieces[PIECES] = { IMAP_PIECE, 1, 13 };
static char root[50];

/* ---- the Maildir ---- */

static const struct {
	const char *name, *text;
} files[] = {
	{ "dovecot-uidlist", "3 V5 N9 G18cf150821ab026ba014000083ecc375\n2 :1.h\n7 :2.h\n" },
	{ "dovecot-keywords", "0 $Junk\n" },
	{ "cur/1.h:2,Sa", "From: a@b\nSubject: one\nMessage-ID: <1@b>\n\nText\n" },
	{ "cur/2.h:2,",
	  "From: a@b\nSubject: =?utf-8?q?tw=C3=B6?=\nReferences: <1@b>\n"
	  "Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x\nContent-Type: text/html\n\n<p>\n--x--\n" },
	{ "new/3.h", "no header\n" },
	{ ".a.b/cur/1.h:2,T", "Subject: below\n\n" },
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *w)
{
	(void)st;
	(void)type;
	(void)w;
	return remove(path);
}

static void remove_all(void)
{
	nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void make_dirs(const char *below)
{
	static const char *const names[] = { "", "/cur", "/new", "/tmp" };
	char path[200];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s%s%s", root, below, names[i]);
		assert(mkdir(path, 0700) == 0);
	}
}

static void prepare(void)
{
	static bool is_first = true;
	char path[200];

	/* In memory, where that can be: what is synced to a disk takes most of the time. */
	if (is_first) {
		snprintf(root, sizeof(root), "%s/fuzz-imap.XXXXXX",
			 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
		assert(mkdtemp(root));
		atexit(remove_all);
		is_first = false;
	}
	remove_all();
	make_dirs("");
	make_dirs("/.a.b");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int fd;

		snprintf(path, sizeof(path), "%s/%s", root, files[i].name);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		assert(fd >= 0 && write(fd, files[i].text, strlen(files[i].text)) == (ssize_t)strlen(files[i].text));
		close(fd);
	}
}

/* ---- the session ---- */

static int ask(void *ctx, const struct authority_question *q, struct authority_answer *out, struct fault *f)
{
	(void)ctx;
	(void)f;
	assert(q->form == AUTHORITY_VERIFY);
	*out = (struct authority_answer){ .name = "" };
	snprintf(out->name, sizeof(out->name), "al");
	return span_is(q->password, SPAN("p"));
}

static int on_start_tls(void *ctx, struct fault *f)
{
	(void)ctx;
	return fault_temp(f, 454, "4.7.0", "Not now");
}

static int on_open(void *ctx, const char *user, struct imap_mail *out, struct fault *f)
{
	(void)ctx;
	(void)f;
	assert(strcmp(user, "al") == 0);
	*out = (struct imap_mail){ .root = root };
	return 0;
}

static const struct imap_callbacks callbacks = { .start_tls = on_start_tls, .open = on_open };

static void produce(struct imap_session *s, struct buf *out, struct buf *replies)
{
	bool more;

	do {
		more = imap_session_produce(s);
		imap_session_pause_ms(s);
		assert(!out->overflow);
		buf_put_span(replies, buf_span(out));
		buf_reset(out);
	} while (more);
}

static void run(struct span in, size_t piece, struct buf *replies)
{
	struct authority authority = { .ask = ask };
	struct sasl_rules rules = { .authority = &authority, .mechanisms = "plain login", .is_private = true };
	struct imap_server server = { .greeting = "ready", .append_limit = 1000 };
	struct imap_session *s = arena_heap(sizeof(*s));
	struct buf out;

	prepare();
	buf_init(&out, IMAP_OUT_MAX);
	imap_session_init(s, &server, &rules, &callbacks, NULL, &out);
	imap_session_greet(s);
	while (in.n) {
		size_t n = in.n < piece ? in.n : piece;

		imap_session_feed(s, in.p, n);
		produce(s, &out, replies);
		in = span_from(in, n);
	}
	imap_session_rest(s);
	imap_session_clear(s);
	buf_clear(&out);
	free(s);
}

/* ---- what it says ---- */

static bool ends_in_literal(struct span line, uint64_t *octets)
{
	size_t open = span_find_last(line, '{');

	return open < line.n && line.p[line.n - 1] == '}' &&
	       span_number(span_of(line.p + open + 1, line.n - open - 2), UINT32_MAX, octets) == 0;
}

static void check(struct span rest)
{
	while (rest.n) {
		size_t n = span_find(rest, '\n');
		uint64_t octets;

		assert(n < rest.n && n > 0 && rest.p[n - 1] == '\r');
		assert(!memchr(rest.p, '\0', n) && !memchr(rest.p, '\r', n - 1));
		if (ends_in_literal(span_of(rest.p, n - 1), &octets)) {
			assert(octets <= rest.n - n - 1);
			n += octets;
		}
		rest = span_from(rest, n + 1);
	}
}

/* Ids and times are others each time. */
static void hide_numbers(struct buf *text)
{
	size_t to = 0;
	bool hides = false;

	for (size_t i = 0; i < text->n; i++) {
		struct span at = span_from(buf_span(text), i);

		hides |= span_starts(at, SPAN("MAILBOXID (")) || span_starts(at, SPAN("EMAILID (")) ||
			 span_starts(at, SPAN("THREADID ("));
		hides &= text->p[i] != ')';
		if (!hides && !isdigit((unsigned char)text->p[i]))
			text->p[to++] = text->p[i];
	}
	buf_cut(text, to);
}

/* The login, which is hard to guess, is made. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char login[] = "a LOGIN al p\r\n";
	struct buf in, replies[PIECES];

	if (size == 0 || size > INPUT_MAX)
		return 0;
	buf_init(&in, 2 * INPUT_MAX);
	if (data[0] != '-')
		buf_put_str(&in, login);
	buf_put(&in, data + 1, size - 1);
	for (size_t i = 0; i < PIECES; i++) {
		buf_init(&replies[i], MUCH);
		run(buf_span(&in), pieces[i], &replies[i]);
		assert(!replies[i].overflow);
		check(buf_span(&replies[i]));
		hide_numbers(&replies[i]);
		assert(span_is(buf_span(&replies[i]), buf_span(&replies[0])));
	}
	for (size_t i = 0; i < PIECES; i++)
		buf_clear(&replies[i]);
	buf_clear(&in);
	return 0;
}
