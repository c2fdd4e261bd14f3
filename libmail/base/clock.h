/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_CLOCK_H
#define LIBMAIL_BASE_CLOCK_H

/*
 * clock - wall time for people and files, monotonic time for deadlines.
 *
 * Wall time may jump; nothing that waits uses it.
 */

#include <stdint.h>

/* Microseconds since 1970. */
int64_t clock_wall_us(void);
/* Seconds since 1970. */
int64_t clock_wall(void);
/* Milliseconds since some point in the past; never goes back. */
int64_t clock_mono_ms(void);

/* Milliseconds from now until a monotonic deadline, for poll(): at least 0, at most INT_MAX. */
int clock_until_ms(int64_t deadline_ms);

#endif
