/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_OUTCOME_H
#define APPLETS_OUTCOME_H

/*
 * outcome - tell a script what became of the message that it submitted (sendmail --wait).
 *
 * One line a recipient on standard output:
 *
 *	bo@example.net... delivered (250 2.0.0 Ok: queued as 4F2)
 *
 * or one JSON object: queue_id, address, state ("queued" "delivered" "failed" "deleted"), status, reply.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "queue/envelope.h"
#include "queue/await.h"

void outcome_put(const struct envelope *e, const struct envelope_rcpt *r, const char *state, bool json);
void outcome_put_all(const struct envelope *e, const char *state, bool json);
/* What has been delivered without a queue file: status and reply become what the relay would have said. */
void outcome_set_delivered(struct arena *a, struct envelope *e, const char *const *places);

/*
 * Wait until the monotonic time for the outcome of every recipient, and print it. The exit code: EX_OK when all
 * are delivered; that of the first failure; EX_TEMPFAIL when some are still in the queue. -1: it cannot be known.
 */
int outcome_wait(struct await *w, int64_t deadline_ms, bool json, struct fault *f);

#endif
