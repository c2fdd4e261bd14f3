/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_LIFETIME_H
#define LIBMAIL_RELAY_LIFETIME_H

/*
 * lifetime - how long a message has been tried, when it is tried again, and when it is given up.
 *
 * The clock is not believed: a machine may be off for a week, be suspended, start in 1970 or be set right by a year.
 * So what counts is the time between attempts, as the journal has it: each pause counts as what it was, but at
 * most as LIFETIME_SHARE of the lifetime (or maximal_backoff where that is longer), a pause that goes back in time
 * counts nothing, and neither does one that ends with an attempt without a network. Hence nothing is given up at its
 * first attempt (unless the lifetime is 0), nor before LIFETIME_SHARE pauses between attempts.
 */

#include "queue/envelope.h"
#include "relay/relay.h"

enum { LIFETIME_SHARE = 5 };

/* 2020: a clock that says less is not set. */
#define LIFETIME_PLAUSIBLE INT64_C(1577836800)

/*
 * Seconds since the message arrived, or since it was to be tried (hold_until), whichever is later; where the clock was
 * wrong about that, since the first attempt at a time that can be true, or 0.
 */
int64_t lifetime_age(const struct envelope *e, int64_t now);

/* Seconds of its lifetime that are used up by now, which is the time of an attempt: `offline` if without a network. */
int64_t lifetime_used(const struct relay_rules *rules, const struct envelope *e, int64_t now, bool offline);
/* Is this attempt the last one? maximal_queue_lifetime, or bounce_queue_lifetime for the null sender. */
bool lifetime_is_over(const struct relay_rules *rules, const struct envelope *e, int64_t now, bool offline);
/* When that will be if nothing is interrupted, seconds since 1970: Will-Retry-Until. */
int64_t lifetime_end(const struct relay_rules *rules, const struct envelope *e, int64_t now);

/*
 * When to try it again: in its age, so that the time since it arrived doubles, but at least in minimal_backoff and at
 * most in maximal_backoff seconds.
 */
int64_t lifetime_due(const struct relay_rules *rules, const struct envelope *e, int64_t now);

/* Is the time over that it was to be delivered by? */
bool lifetime_is_late(const struct envelope *e, int64_t now);

#endif
