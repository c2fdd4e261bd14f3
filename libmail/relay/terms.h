/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_TERMS_H
#define LIBMAIL_RELAY_TERMS_H

/*
 * terms - when a local program's message is to be delivered, until when, and how urgently: sendmail's --at, --expires
 * and --priority, as they go into the envelope. Each may be NULL. Faults are the caller's usage.
 *
 * A time is "+2h" (from now; units as in parameters), "@1764000000" (seconds since 1970), or "2026-11-23T08:00" with
 * or without seconds, a blank instead of the T, and "Z" or "+01:00" behind it; without one it is local time.
 */

#include <stdint.h>

#include "base/fault.h"
#include "queue/envelope.h"

enum { TERMS_SECONDS_MAX = 999999999 /* from now; nine digits, RFC 4865 and RFC 2852 */ };

/* Not before this time. */
int terms_set_hold(struct envelope *e, const char *at, int64_t now, struct fault *f);
/* "DURATION", "DURATION,return" or "DURATION,notify": so long after it was sent, or after `hold_until`. */
int terms_set_deadline(struct envelope *e, const char *expires, int64_t now, struct fault *f);
int terms_set_priority(struct envelope *e, const char *priority, struct fault *f);

#endif
