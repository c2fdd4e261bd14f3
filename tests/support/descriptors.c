/* SPDX-License-Identifier: ISC */
#include "support/descriptors.h"

#include <check.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

static struct rlimit before;
static bool limited;

void descriptors_restore(void)
{
	if (limited)
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	limited = false;
}

void descriptors_allow(unsigned n)
{
	struct rlimit few;
	int next;

	descriptors_restore();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	next = dup(0);
	ck_assert_int_ge(next, 0);
	close(next);
	few = (struct rlimit){ .rlim_cur = (rlim_t)next + n, .rlim_max = before.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	limited = true;
}
