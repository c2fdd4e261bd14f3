/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_VILLAGE_H
#define TESTS_SUPPORT_VILLAGE_H

/*
 * village - a route with users and alias files of its own, in the test's directory (called T in texts).
 *
 * Users al, bo and carla live in T/home/NAME with a Maildir each; theirs are the ids of the
 * test's process. eve's are nobody's (65534), so she exists for tests that run as root. The machine is
 * m.example, and relays through [relay].
 */

#include "auth/users.h"
#include "base/buf.h"
#include "route/route.h"

struct village {
	struct users users;
	struct route route;
	struct route_callbacks call;
	struct arena arena; /* of results */
	struct buf steps;   /* "DEPTH text\n" */
	struct buf warnings;
	size_t lookups; /* of accounts */
};

/*
 * Make one with this text as T/aliases, and start listening to its steps. Parameters may be changed before
 * village_start().
 */
void village_init(struct village *v, const char *aliases);
void village_start(struct village *v);
void village_clear(struct village *v);

/* Write NAME/.forward with mode 0600 (or as given), the home with 0700. */
void village_forward(struct village *v, const char *user, const char *text);

/*
 * Expand the recipient; its targets, one a line: "RECIPIENT step text [from SENDER]", with T for the
 * directory. A fault of the whole is "-1: text".
 */
const char *village_expand(struct village *v, const char *recipient);

/* "ok", or "CODE STATUS text" of the fault. */
const char *village_check(struct village *v, const char *recipient);

#endif
