/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_SOURCETEST_H
#define TESTS_SUPPORT_SOURCETEST_H

/*
 * sourcetest - what tests of the facts about messages begin with: a mailbox, "box" in tempdir(), and what reads it.
 *
 *	make_box();                          once, empty
 *	write_message("1.a", SPAN(...));
 *	open_box();                          messages are numbered as they are named
 *	imap_source_turn(&source, 0);
 */

#include <stdio.h>
#include <sys/time.h>

#include "imap/source.h"
#include "support/check_main.h"
#include "support/tempdir.h"

enum { WHEN = 1700000000 /* write_message()'s messages came */ };

static struct fault fault;
static struct mailbox box;
static struct imap_source source;

static inline void open_box(void)
{
	if (mailbox_open(&box, tempdir_path("box"), MAILBOX_CREATE, &fault) < 0)
		ck_abort_msg("%s", fault.text);
	imap_source_init(&source, &box);
}

static inline void close_box(void)
{
	imap_source_clear(&source);
	mailbox_close(&box);
}

static inline void make_box(void)
{
	open_box();
	close_box();
}

static inline void write_message(const char *name, struct span text)
{
	char path[200];
	struct timeval times[2] = { { .tv_sec = WHEN }, { .tv_sec = WHEN } };

	snprintf(path, sizeof(path), "box/cur/%s:2,", name);
	ck_assert_int_eq(utimes(tempdir_write_bytes(path, text.p, text.n, 0600), times), 0);
}

/* Whether it is open or closed. */
static inline void teardown(void)
{
	close_box();
	tempdir_remove();
}

#endif
