/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_AUTH_PENALTY_H
#define LIBMAIL_AUTH_PENALTY_H

/*
 * penalty - failed logins, counted by client address for all processes of all servers.
 *
 * They are kept in a table in a file (base/tally.h), which forgets who has not failed for PENALTY_SECONDS.
 *
 * The same wrong password again is no other guess, and is not counted: a telephone that has an old one does not
 * lock out the family behind its address.
 */

#include <stdint.h>

#include "base/fault.h"
#include "base/span.h"
#include "base/tally.h"

enum {
	PENALTY_ADDRESS = 16,	/* octets, IPv4 mapped into IPv6: the part that stands for one client (addr_client()) */
	PENALTY_CLIENTS = 4096, /* in the table */
	PENALTY_SECONDS = 3600, /* after which failures are forgotten */
	PENALTY_MAX = TALLY_COUNT_MAX, /* what is counted up to */
	PENALTY_SECRET = TALLY_SECRET, /* octets */
	PENALTY_DELAY_MAX = 15,	       /* seconds */
};

struct penalty {
	struct tally tally;
};

/* Open or make the file `name` in a directory. */
int penalty_open(struct penalty *p, int dir, const char *name, struct fault *f);
/* Where there can be no file: for this process and those that it forks from now on. */
int penalty_share(struct penalty *p, struct fault *f);
void penalty_close(struct penalty *p);

/* How often has the client failed? */
unsigned penalty_count(const struct penalty *p, const uint8_t client[PENALTY_ADDRESS]);
/* It has, with this guess (name and password): the new count, the old one if the guess is the last again (or one in 256
 * others). */
unsigned penalty_add(struct penalty *p, const uint8_t client[PENALTY_ADDRESS], struct span guess);

/* How long a client waits for the answer to its `count`th failure: `seconds`, then twice that, to PENALTY_DELAY_MAX. */
long penalty_delay_ms(unsigned count, long seconds);

/* Bytes that nobody else knows, the same for all who use the file, as long as it is there. */
struct span penalty_secret(const struct penalty *p);

#endif
