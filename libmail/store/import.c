/* SPDX-License-Identifier: ISC */
/*
 * import - the messages of an mbox file go into a folder of a Maildir.
 *
 * A message gets its name in new/, as one that is delivered does, and is then moved to cur/ if it has flags: that is
 * what an MUA does, and nobody is surprised by it.
 */
#include "store/import.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/disk.h"
#include "base/hex.h"
#include "message/date.h"
#include "message/header.h"
#include "store/mailbox.h"
#include "store/maildir.h"
#include "store/mboxread.h"

struct import {
	struct mboxread mbox;
	struct mailbox folder; /* for keywords, and its directories */
	struct maildir maildir;
	struct arena arena; /* of a message */
	struct buf header;
	struct maildir_parked unsettled[IMPORT_BATCH];
	size_t n;
};

/* What the fields of an mbox say of a message. */
struct marks {
	uint32_t flags;
	int64_t date; /* of the header; 0 if it has none */
	bool is_old, is_internal;
};

/* ---- the header ---- */

static const struct {
	const char *field;
	char letter;
	uint32_t flag;
} letters[] = {
	{ "Status", 'R', MSGNAME_SEEN },    { "X-Status", 'A', MSGNAME_ANSWERED }, { "X-Status", 'F', MSGNAME_FLAGGED },
	{ "X-Status", 'T', MSGNAME_DRAFT }, { "X-Status", 'D', MSGNAME_DELETED },
};

static void read_letters(struct span name, struct span body, struct marks *m)
{
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (span_is_nocase(name, span_str(letters[i].field)) && memchr(body.p, letters[i].letter, body.n))
			m->flags |= letters[i].flag;
	if (span_is_nocase(name, SPAN("Status")) && memchr(body.p, 'O', body.n))
		m->is_old = true;
}

/* Thunderbird's, in hexadecimal; a deleted message stays in its file until that is compacted. */
static void read_mozilla(struct span body, struct marks *m)
{
	static const uint32_t bits[] = { MSGNAME_SEEN, MSGNAME_ANSWERED, MSGNAME_FLAGGED, MSGNAME_DELETED };
	struct span digits = span_trim(body);
	int last = digits.n > 0 ? hex_value(digits.p[digits.n - 1]) : -1;

	for (size_t i = 0; last > 0 && i < sizeof(bits) / sizeof(bits[0]); i++)
		if (last & (1 << i))
			m->flags |= bits[i];
}

/* More keywords than there are letters for are left out: the message matters more. */
static void read_keywords(struct import *x, struct span body, struct marks *m)
{
	struct span rest = span_str(header_unfold(&x->arena, body));

	for (struct span word = span_word(&rest); word.n; word = span_word(&rest))
		m->flags |= mailbox_add_keyword(&x->folder, word, NULL);
}

/* Is the field the mbox's own, and not the message's? */
static bool take_field(struct import *x, const struct header_field *field, struct marks *m)
{
	static const char *const others[] = { "X-UID", "X-IMAP", "X-IMAPbase", "X-Mozilla-Status2" };
	struct date date;

	if (span_is_nocase(field->name, SPAN("Status")) || span_is_nocase(field->name, SPAN("X-Status"))) {
		read_letters(field->name, field->body, m);
		return true;
	}
	if (span_is_nocase(field->name, SPAN("X-Mozilla-Status"))) {
		read_mozilla(field->body, m);
		return true;
	}
	if (span_is_nocase(field->name, SPAN("X-Keywords")) || span_is_nocase(field->name, SPAN("X-Mozilla-Keys"))) {
		read_keywords(x, field->body, m);
		return true;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (span_is_nocase(field->name, span_str(others[i])))
			return true;
	if (span_is_nocase(field->name, SPAN("Date")))
		m->date = date_parse(field->body, &date) == 0 ? date.when : 0;
	m->is_internal = m->is_internal || (span_is_nocase(field->name, SPAN("Subject")) &&
					    span_starts(span_trim(field->body), SPAN("DON'T DELETE THIS MESSAGE -- "
										     "FOLDER INTERNAL DATA")));
	return false;
}

/* What is left of it; a line that is no field is part of what is left, and ends the looking. */
static void put_header(struct import *x, struct maildir_writer *w, struct marks *m)
{
	struct span rest = buf_span(&x->header);
	struct header_field field;
	const char *end;

	/* Of a mailbox that it was in before; it would make a text of the header. */
	while (span_starts(rest, SPAN("From ")))
		span_cut(&rest, '\n');
	for (;;) {
		struct span before = rest;

		if (header_next(&rest, &field) <= 0) {
			maildir_put(w, before.p, before.n);
			return;
		}
		end = field.whole.p + field.whole.n;
		if (!take_field(x, &field, m))
			maildir_put(w, before.p, (size_t)(end - before.p));
	}
}

/* ---- a message ---- */

static struct span without_cr(struct arena *a, struct span line)
{
	char *p;

	if (line.n < 2 || line.p[line.n - 2] != '\r' || line.p[line.n - 1] != '\n')
		return line;
	p = arena_span(a, span_of(line.p, line.n - 1));
	p[line.n - 2] = '\n';
	return span_of(p, line.n - 1);
}

/* The header is kept until its end, the rest goes through. */
static int copy(struct import *x, struct maildir_writer *w, struct marks *m, struct fault *f)
{
	bool in_header = true;
	struct span piece;
	int rc;

	buf_reset(&x->header);
	while ((rc = mboxread_piece(&x->mbox, &piece, f)) > 0) {
		struct span line = without_cr(&x->arena, piece);

		if (in_header && x->header.n + line.n <= IMPORT_HEADER_MAX) {
			buf_put_span(&x->header, line);
			in_header = !span_is(line, SPAN("\n"));
			if (in_header)
				continue;
			put_header(x, w, m);
			continue;
		}
		if (in_header)
			maildir_put(w, x->header.p, x->header.n);
		in_header = false;
		maildir_put(w, line.p, line.n);
	}
	if (rc == 0 && in_header)
		put_header(x, w, m);
	return rc;
}

/* From new/ to cur/, with its flags. */
static int move(struct import *x, const char *name, uint32_t flags, struct fault *f)
{
	char moved[NAME_MAX + 1];

	if (msgname_set_flags(moved, span_str(name), flags) == 0 &&
	    renameat(x->maildir.new, name, x->folder.cur, moved) == 0)
		return 0;
	return fault_errno(f, "cannot rename into %s/cur", x->maildir.path);
}

static int settle(struct import *x, struct fault *f)
{
	for (size_t i = 1; i < x->n; i++)
		x->unsettled[i - 1].next = &x->unsettled[i];
	x->n = 0;
	return maildir_settle(&x->maildir, x->unsettled, f) < 0 ? -1 : disk_sync(x->folder.cur, x->maildir.path, f);
}

static int publish(struct import *x, struct maildir_writer *w, const struct mboxread_message *message,
		   const struct marks *m, struct fault *f)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
				     { .tv_sec = message->date > 0 ? message->date : m->date } };
	struct maildir_parked *p = &x->unsettled[x->n];

	if (maildir_park(w, p, f) < 0)
		return -1;
	if (times[1].tv_sec > 0)
		futimens(p->fd, times);
	if (maildir_publish(&x->maildir, p, f) < 0)
		return -1;
	if ((m->flags || m->is_old) && move(x, p->final, m->flags, f) < 0) {
		maildir_retract(&x->maildir, p->final);
		close(p->fd);
		return -1;
	}
	return ++x->n < IMPORT_BATCH ? 0 : settle(x, f);
}

/* 1, 0: it is no message of anybody's, -1. */
static int import_one(struct import *x, const struct mboxread_message *message, struct fault *f)
{
	struct marks m = { 0 };
	struct maildir_writer w;

	if (maildir_begin(&x->maildir, &w, f) < 0)
		return -1;
	if (copy(x, &w, &m, f) < 0) {
		maildir_abort(&w);
		return -1;
	}
	if (!m.is_internal)
		return publish(x, &w, message, &m, f) < 0 ? -1 : 1;
	maildir_abort(&w);
	return 0;
}

/* ---- all of them ---- */

static int import_all(struct import *x, size_t *count, struct fault *f)
{
	struct mboxread_message message;
	int rc;

	while ((rc = mboxread_next(&x->mbox, &message, f)) > 0) {
		rc = import_one(x, &message, f);
		arena_clear(&x->arena);
		if (rc < 0)
			break;
		*count += rc > 0;
	}
	if (x->n > 0 && settle(x, rc < 0 ? NULL : f) < 0)
		rc = -1;
	return rc;
}

static int open_folder(struct import *x, const char *folder, struct fault *f)
{
	if (maildir_open(&x->maildir, folder, true, f) < 0)
		return -1;
	if (mailbox_open(&x->folder, folder, MAILBOX_CREATE, f) == 0) {
		if (mailbox_load_keywords(&x->folder, f) == 0)
			return 0;
		mailbox_close(&x->folder);
	}
	maildir_close(&x->maildir);
	return -1;
}

int import_mbox(const char *mbox, const char *folder, size_t *count, struct fault *f)
{
	struct import x = { .n = 0 };
	int rc;

	*count = 0;
	if (mboxread_open(&x.mbox, mbox, f) < 0)
		return -1;
	if (open_folder(&x, folder, f) < 0) {
		mboxread_close(&x.mbox);
		return -1;
	}
	buf_init(&x.header, IMPORT_HEADER_MAX);
	rc = import_all(&x, count, f);
	buf_clear(&x.header);
	mailbox_close(&x.folder);
	maildir_close(&x.maildir);
	mboxread_close(&x.mbox);
	return rc;
}
