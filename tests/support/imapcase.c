/* SPDX-License-Identifier: ISC */
/*
 * imapcase - an IMAP session with a Maildir behind it.
 */
#include "support/imapcase.h"

#include <check.h>
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/maildir.h"
#include "support/tempdir.h"

enum { MUCH = 64 << 20, LOOK_MS = 5000 };

static int on_start_deflate(void *ctx, struct fault *f)
{
	const struct imapcase *c = ctx;

	return c->login.fail_tls ? fault_temp(f, 451, "4.3.0", "There is no zlib") : 0;
}

static int on_open(void *ctx, const char *user, struct imap_mail *out, struct fault *f)
{
	struct imapcase *c = ctx;

	buf_printf(&c->login.log, "open %s\n", user);
	if (strcmp(user, "busy") == 0)
		return fault_temp(f, 451, "4.3.0", "No disk");
	if (strcmp(user, "mbox") == 0)
		return fault_perm(f, 550, "5.3.5", "No Maildir");
	/* Its directory cannot be made: there is a file in the way. */
	if (strcmp(user, "blocked") == 0)
		*out = (struct imap_mail){ .root = arena_str(&c->arena, "/dev/null/m") };
	else
		*out = (struct imap_mail){ .root = arena_str(&c->arena, tempdir_path("m")) };
	return 0;
}

static void on_leave(void *ctx, const char *user)
{
	struct imapcase *c = ctx;

	buf_printf(&c->login.log, "leave %s\n", user);
}

static void on_failed(void *ctx, const struct fault *f)
{
	struct imapcase *c = ctx;

	buf_printf(&c->login.log, "failed %s\n", f->text);
}

static const struct imap_callbacks callbacks = {
	.start_tls = fake_login_start_tls,
	.start_deflate = on_start_deflate,
	.authenticated = fake_login_authenticated,
	.hand_over = fake_login_hand_over,
	.open = on_open,
	.failed = on_failed,
};

void imapcase_may_leave(struct imapcase *c)
{
	c->callbacks.leave = on_leave;
}

void imapcase_init(struct imapcase *c)
{
	memset(c, 0, sizeof(*c));
	c->server = (struct imap_server){ .greeting = "ready", .offers_tls = true, .append_limit = 1000000 };
	fake_login_init(&c->login);
	buf_init(&c->out, IMAP_OUT_MAX);
	buf_init(&c->said, MUCH);
	imapcase_make_folder(c, "");
	c->callbacks = callbacks;
	imap_session_init(&c->s, &c->server, &c->login.rules, &c->callbacks, c, &c->out);
}

void imapcase_clear(struct imapcase *c)
{
	imap_session_clear(&c->s);
	buf_clear(&c->out);
	fake_login_clear(&c->login);
	buf_clear(&c->said);
	arena_clear(&c->arena);
}

/* ---- the Maildir ---- */

static const char *path_of(struct imapcase *c, const char *name)
{
	return tempdir_path(arena_printf(&c->arena, "m/%s", name));
}

void imapcase_make_folder(struct imapcase *c, const char *disk_name)
{
	const char *name = disk_name[0] ? arena_printf(&c->arena, "m/.%s", disk_name) : "m";
	struct maildir md;
	struct fault f;

	ck_assert_int_eq(maildir_open(&md, tempdir_path(name), true, &f), 0);
	maildir_close(&md);
}

void imapcase_put(struct imapcase *c, const char *name, const char *text)
{
	tempdir_write(arena_printf(&c->arena, "m/%s", name), text, 0600);
}

void imapcase_move(struct imapcase *c, const char *from, const char *to)
{
	const char *old = arena_str(&c->arena, path_of(c, from));

	ck_assert_int_eq(rename(old, path_of(c, to)), 0);
}

void imapcase_remove(struct imapcase *c, const char *name)
{
	ck_assert_int_eq(unlink(path_of(c, name)), 0);
}

bool imapcase_is_there(struct imapcase *c, const char *name)
{
	return access(path_of(c, name), F_OK) == 0;
}

/* ---- what is said ---- */

static void take_out(struct imapcase *c)
{
	ck_assert(!c->out.overflow);
	buf_put_span(&c->said, buf_span(&c->out));
	buf_reset(&c->out);
}

static void produce(struct imapcase *c)
{
	bool more;

	do {
		more = imap_session_produce(&c->s);
		imap_session_pause_ms(&c->s);
		take_out(c);
	} while (more);
}

static void say(struct imapcase *c, struct span text, size_t piece)
{
	buf_reset(&c->said);
	take_out(c);
	for (size_t at = 0; at < text.n; at += piece) {
		imap_session_feed(&c->s, text.p + at, text.n - at < piece ? text.n - at : piece);
		produce(c);
	}
}

/* Where one of the names ends; with it the letter that takes the place of what follows. */
static size_t find_varying(struct span text, char *letter)
{
	static const struct {
		struct span name;
		char letter;
	} varying[] = {
		{ SPAN_INIT("UIDVALIDITY "), 'N' },   { SPAN_INIT("APPENDUID "), 'N' },
		{ SPAN_INIT("COPYUID "), 'N' },	      { SPAN_INIT("MODSEQ ("), 'N' },
		{ SPAN_INIT("HIGHESTMODSEQ "), 'N' }, { SPAN_INIT("MAILBOXID ("), 'G' },
	};

	for (size_t i = 0; i < sizeof(varying) / sizeof(varying[0]); i++)
		if (span_starts(text, varying[i].name) && text.n > varying[i].name.n &&
		    isxdigit((unsigned char)text.p[varying[i].name.n])) {
			*letter = varying[i].letter;
			return varying[i].name.n;
		}
	return 0;
}

static const char *equal(struct imapcase *c)
{
	struct buf equal;
	size_t at = 0;

	buf_init(&equal, MUCH);
	while (at < c->said.n) {
		char letter = 0;
		size_t n = find_varying(span_from(buf_span(&c->said), at), &letter);

		buf_put(&equal, c->said.p + at, n ? n : 1);
		at += n ? n : 1;
		if (n == 0)
			continue;
		buf_put_char(&equal, letter);
		while (at < c->said.n && isxdigit((unsigned char)c->said.p[at]))
			at++;
	}
	buf_clear(&c->said);
	c->said = equal;
	return buf_str(&c->said);
}

const char *imapcase_say(struct imapcase *c, struct span text, size_t piece)
{
	say(c, text, piece);
	return equal(c);
}

const char *imapcase_ask(struct imapcase *c, const char *text)
{
	return imapcase_say(c, span_str(text), IMAP_PIECE);
}

const char *imapcase_ask_raw(struct imapcase *c, const char *text)
{
	say(c, span_str(text), IMAP_PIECE);
	return buf_str(&c->said);
}

const char *imapcase_look(struct imapcase *c)
{
	int ms, fd = imap_session_watched(&c->s, &ms);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	buf_reset(&c->said);
	poll(&p, 1, ms >= 0 && ms < LOOK_MS ? ms : fd >= 0 ? LOOK_MS : 0);
	imap_session_look(&c->s);
	produce(c);
	return equal(c);
}

const char *imapcase_glance(struct imapcase *c)
{
	buf_reset(&c->said);
	imap_session_look(&c->s);
	produce(c);
	return equal(c);
}

void imapcase_log_in(struct imapcase *c)
{
	const char *said = imapcase_ask(c, "x LOGIN al secret\r\n");

	ck_assert_msg(strstr(said, "x OK ") != NULL, "%s", said);
}

void imapcase_select(struct imapcase *c)
{
	if (!c->s.user)
		imapcase_log_in(c);
	ck_assert_ptr_nonnull(strstr(imapcase_ask(c, "x SELECT INBOX\r\n"), "x OK "));
}

uint64_t imapcase_number(struct imapcase *c, const char *name)
{
	const char *at = strstr(buf_str(&c->said), name);

	ck_assert_ptr_nonnull(at);
	return strtoull(at + strlen(name) + strspn(at + strlen(name), " ("), NULL, 10);
}
