/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_IMAPTEST_H
#define TESTS_SUPPORT_IMAPTEST_H

/*
 * imaptest - what tests of IMAP commands begin with: one session, c, before each test and not after it.
 *
 *	tcase_add_checked_fixture(tc, connect_client, teardown);
 */

#include "support/check_main.h"
#include "support/imapcase.h"
#include "support/tempdir.h"

#define CR "\r\n"

static struct imapcase c;

/* Nobody has logged in; or al has. A setup of the test's own begins with imapcase_init() and puts messages there. */
static inline void connect_client(void)
{
	imapcase_init(&c);
}

static inline void log_in_client(void)
{
	imapcase_init(&c);
	imapcase_log_in(&c);
}

static inline void teardown(void)
{
	imapcase_clear(&c);
	tempdir_remove();
}

#endif
