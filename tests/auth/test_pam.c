/* SPDX-License-Identifier: ISC */
#include "auth/pam.h"

#include "support/check_main.h"

/* What PAM says depends on the machine; that nobody gets in without a right password does not. */
START_TEST(test_check)
{
	static char longer[300];
	struct fault f = { .kind = FAULT_NONE };
	int rc = pam_check(SPAN("no-such-user-here"), SPAN("secret"), &f);

	memset(longer, 'a', sizeof(longer));
	if (!pam_is_built_in()) {
		ck_assert_int_eq(rc, -1);
		ck_assert_int_eq(f.kind, FAULT_TEMP);
		return;
	}
	ck_assert_int_le(rc, 0);
	ck_assert_int_eq(pam_check(SPAN(""), SPAN("x"), &f), 0);
	ck_assert_int_eq(pam_check(SPAN("root"), SPAN("a\nb"), &f), 0);
	ck_assert_int_eq(pam_check(SPAN("ro\0ot"), SPAN("x"), &f), 0);
	ck_assert_int_eq(pam_check(span_of(longer, sizeof(longer)), SPAN("x"), &f), 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_check);
}

CHECK_MAIN(pam, add_tests)
