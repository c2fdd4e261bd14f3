/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_RATE_H
#define LIBMAIL_NET_RATE_H

/*
 * rate - how often each client has come within a minute, counted by many processes together.
 *
 * The counts are in memory that processes share from the fork on, a place for each of RATE_CLIENTS clients; where there
 * are more, who has not come for longest gives up his. Nobody waits for anybody: two that count at once may miss one,
 * and a process that is killed leaves nothing wrong. Whom a place is for is chosen with a secret, so that nobody can
 * choose addresses that drive a certain client's count out.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "net/addr.h"

enum {
	RATE_CLIENTS = 4096, /* 40 octets each */
	RATE_WAYS = 8,	     /* places that one client can have */
	RATE_SECONDS = 60,
};

struct rate {
	uint64_t seed;
	struct rate_place *places; /* NULL: nothing is counted */
};

/* Before the processes are forked. */
int rate_init(struct rate *r, struct fault *f);
void rate_clear(struct rate *r);

/*
 * The client (addr_client()) is here at that time, in monotonic ms: how often was that, now included, since the minute
 * began that the first of them began?
 */
uint32_t rate_count(struct rate *r, const struct addr *client, int64_t now_ms);

#endif
