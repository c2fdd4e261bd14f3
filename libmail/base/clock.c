/* SPDX-License-Identifier: ISC */
/*
 * clock - wall time for people and files, monotonic time for deadlines.
 */
#include "base/clock.h"

#include <limits.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_wall_us(void)
{
	return read_us(CLOCK_REALTIME);
}

int64_t clock_wall(void)
{
	return clock_wall_us() / 1000000;
}

int64_t clock_mono_ms(void)
{
	return read_us(CLOCK_MONOTONIC) / 1000;
}

int clock_until_ms(int64_t deadline_ms)
{
	int64_t left = deadline_ms - clock_mono_ms();

	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}
