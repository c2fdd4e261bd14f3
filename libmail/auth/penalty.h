/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_AUTH_PENALTY_H
#define LIBMAIL_AUTH_PENALTY_H

/*
 * penalty - failed logins, counted by client address for all processes of all servers.
 *
 * A table of fixed size in a file that they map: each client is one 64-bit word that is only changed as a
 * whole, so there is no lock that somebody could hold, and a process that is killed leaves nothing half done. When
 * a part of the table is full the client that failed longest ago is forgotten. So is who has
 * not failed for PENALTY_SECONDS.
 *
 * The same wrong password again is no other guess, and is not counted: a telephone that has an old one does not
 * lock out the family behind its address.
 *
 * A file of another form is made anew. What is in the words may be anything: at worst a count is lost or
 * a stranger has one. The file is private to its owner (mode 0600), as a secret is in it too.
 */

#include <stdint.h>

#include "base/fault.h"
#include "base/span.h"

enum {
	PENALTY_ADDRESS = 16,	/* octets, IPv4 mapped into IPv6: the part that stands for one client (addr_client()) */
	PENALTY_CLIENTS = 4096, /* in the table */
	PENALTY_SECONDS = 3600, /* after which failures are forgotten */
	PENALTY_MAX = 250,	/* what is counted up to */
	PENALTY_SECRET = 32,	/* octets */
	PENALTY_DELAY_MAX = 15, /* seconds */
};

struct penalty {
	struct penalty_table *table; /* NULL: not open, nothing is counted */
};

/* Open or make the file `name` in a directory. */
int penalty_open(struct penalty *p, int dir, const char *name, struct fault *f);
/* Where there can be no file: for this process and those that it forks from now on. */
int penalty_share(struct penalty *p, struct fault *f);
void penalty_close(struct penalty *p);

/* How often has the client failed? */
unsigned penalty_count(const struct penalty *p, const uint8_t client[PENALTY_ADDRESS]);
/* It has, with this guess (name and password): the new count. */
unsigned penalty_add(struct penalty *p, const uint8_t client[PENALTY_ADDRESS], struct span guess);

/* How long a client waits for the answer to its `count`th failure: `seconds`, then twice that, to PENALTY_DELAY_MAX. */
long penalty_delay_ms(unsigned count, long seconds);

/* Bytes that nobody else knows, the same for all who use the file, as long as it is there. */
struct span penalty_secret(const struct penalty *p);

#endif
