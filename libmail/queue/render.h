/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_QUEUE_RENDER_H
#define LIBMAIL_QUEUE_RENDER_H

/*
 * render - a message of the queue as people read it, and as scripts do.
 *
 * For people:
 *
 *	Queue ID           Size   Age  Sender, recipients
 *	1GQ8M0D4V7WYC2K3   2.1K    3m  al@example.org
 *	                               bo@example.net
 *	                                 4.4.1 connect to mx.example.net: timed out (2 attempts, next in 4m)
 *
 * Behind the id "*" means that it is being delivered, "!" that it is held, as in Postfix.
 * Whatever addresses and replies hold, a terminal can show it (base/printable.h).
 *
 * For scripts: one JSON object, with Postfix's names where its postqueue -j has them:
 * queue_name, queue_id, arrival_time, message_size, sender, recipients (address, delay_reason); and
 * origin, active, next_attempt (null: none is set), and for each recipient state
 * ("queued" "delivered" "failed"), status, attempts, last_attempt. Times are seconds since 1970.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "queue/spool.h"

enum { RENDER_MAX = 4 * ENVELOPE_TEXT_MAX /* bytes that one message may become */ };

struct render {
	int64_t now;  /* seconds since 1970 */
	size_t width; /* of the terminal; lines are wrapped, never cut. 0: not wrapped */
	bool verbose; /* the recipients that are done, too, and where it came from */
};

void render_put_head(struct buf *out);
void render_put_row(struct buf *out, const struct render *how, const struct spool_message *m, bool active);
void render_put_json(struct buf *out, const struct spool_message *m, bool active);

/* "queued", "delivered", "failed" */
const char *render_state(enum envelope_state state);

/* "937", "2.1K", "14M": at most five characters. */
void render_put_size(struct buf *out, int64_t octets);
/* "now", "42s", "3m", "5h", "12d" */
void render_put_age(struct buf *out, int64_t seconds);
/* Text that continues in column `indent` when it does not fit. Escaped; ends with a line end. */
void render_put_wrapped(struct buf *out, const char *text, size_t indent, size_t width);

#endif
