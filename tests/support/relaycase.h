/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_RELAYCASE_H
#define TESTS_SUPPORT_RELAYCASE_H

/*
 * relaycase - what the tests of a whole relay begin with: a station, and a scripted server that takes all mail for
 * other machines.
 */

#include "base/clock.h"
#include "support/check_main.h"
#include "support/scripted.h"
#include "support/station.h"
#include "support/tempdir.h"

static struct station s;
static struct scripted server;
static struct fault fault;

#define MESSAGE "Subject: x\n\nbody\n"
#define MX	"127.0.0.1[127.0.0.1]"

/* A relay with these aliases and a server with these rules for all other machines. */
static inline void begin(const char *aliases, const struct scripted_rule *rules)
{
	server = (struct scripted){ .extensions = "PIPELINING DSN", .rules = rules };
	ck_assert_int_eq(scripted_listen(&server), 0);
	station_init(&s, aliases);
	station_relay_to(&s, server.port);
	station_start(&s);
}

static inline void teardown(void)
{
	scripted_forget(&server);
	station_clear(&s);
}

static inline const char *letter(const char *recipients)
{
	return station_enqueue(&s, "al@m.example", recipients, MESSAGE);
}

static inline bool has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

/* Everything that is deferred becomes due. */
static inline void make_due(void)
{
	struct spool_scan scan;
	struct spool_entry e;
	struct timespec past[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = clock_wall() - 5 } };

	ck_assert_int_eq(spool_scan_open(&scan, &s.spool, SPOOL_DEFERRED, &fault), 0);
	while (spool_scan_next(&scan, &e) > 0)
		ck_assert_int_eq(utimensat(s.spool.box[SPOOL_DEFERRED], e.id, past, 0), 0);
	spool_scan_close(&scan);
}

#endif
