/* SPDX-License-Identifier: ISC */
#include "auth/scheme.h"

#include "support/check_main.h"

#define SCRAM                                                                                                          \
	"4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"                                  \
	"wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

/* The password is "pencil". 1: it fits, 0: nothing does, -1: the secret is broken. */
static const struct {
	const char *secret;
	int rc;
} rows[] = {
	{ "{PLAIN}pencil", 1 },
	{ "{plain}pencil", 1 },
	{ "{CLEARTEXT}pencil", 1 },
	{ "$y$j9T$abcdefghijklmnopqrst$xS.mndienfRs01Ux4XYDBfpwPziuMo7GmUVRGKWSwOC", 1 },
	{ "{CRYPT}$y$j9T$abcdefghijklmnopqrst$xS.mndienfRs01Ux4XYDBfpwPziuMo7GmUVRGKWSwOC", 1 },
	{ "$6$abcdefgh$BPABm5D7ZFU2YVfMLyE5XRqe91qwdcZ6APg7kB/YBeADxUUqXXhg3mlHBbjpyHcrE9xl/9BuqqivCjN2qGEi30", 1 },
	{ "{SHA512-CRYPT}$6$abcdefgh$BPABm5D7ZFU2YVfMLyE5XRqe91qwdcZ6APg7kB/"
	  "YBeADxUUqXXhg3mlHBbjpyHcrE9xl/9BuqqivCjN2qGEi30",
	  1 },
	{ "{SHA256-CRYPT}$5$abcdefgh$2fBC4A6a5zMUaFynrzCXz1gz3QtUtBsVxjmcncJUE67", 1 },
	{ "{BLF-CRYPT}$2b$04$abcdefghijklmnopqrstuu/FyAyuZSl3DbPdvio4KrIBdz2k2yhV2", 1 },
	{ "{MD5-CRYPT}$1$abcdefgh$Gqo0dW5ZZwRMuhky6A93q0", 1 },
	{ "{SCRAM-SHA-256}" SCRAM, 1 },
	{ "{SSHA256}IYelL73vS+N1Dkg7GnOUyJVYF5JifvEjClIz+j2xsMtzYWx0", 1 },
	{ "{PLAIN}penci", 0 },
	{ "{PLAIN}", 0 },
	{ "$5$abcdefgh$2fBC4A6a5zMUaFynrzCXz1gz3QtUtBsVxjmcncJUE68", 0 },
	{ "{SSHA256}IYelL73vS+N1Dkg7GnOUyJVYF5JifvEjClIz+j2xsMtzYWy0", 0 },
	{ "{SCRAM-SHA-256}4095,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
	  "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
	  0 },
	{ "", 0 },
	{ "x", 0 },
	{ "*", 0 },
	{ "!", 0 },
	{ "!$5$abcdefgh$2fBC4A6a5zMUaFynrzCXz1gz3QtUtBsVxjmcncJUE67", 0 },
	{ "{CRYPT}!$5$abcdefgh$2fBC4A6a5zMUaFynrzCXz1gz3QtUtBsVxjmcncJUE67", 0 },
	{ "{CRYPT}*", 0 },
	{ "{ROT13}crapvy", -1 },
	{ "{}pencil", -1 },
	{ "{PLAIN.b64}cGVuY2ls", 1 },
	{ "{plain.BASE64}cGVuY2ls", 1 },
	{ "{CLEARTEXT.hex}70656e63696C", 1 },
	{ "{SHA256-CRYPT.b64}"
	  "JDUkYWJjZGVmZ2gkMmZCQzRBNmE1ek1VYUZ5bnJ6Q1h6MWd6M1F0VXRCc1Z4am1jbmNKVUU2Nw==",
	  1 },
	{ "{SSHA256.b64}IYelL73vS+N1Dkg7GnOUyJVYF5JifvEjClIz+j2xsMtzYWx0", 1 },
	{ "{SSHA256.hex}2187a52fbdef4be3750e483b1a7394c89558179262"
	  "7ef1230a5233fa3db1b0cb73616c74",
	  1 },
	{ "{PLAIN.b64}cGVuY2lx", 0 },
	{ "{PLAIN.b64}????", -1 },
	{ "{PLAIN.b64}", -1 },
	{ "{PLAIN.hex}7065x", -1 },
	{ "{PLAIN.hex}706", -1 },
	{ "{PLAIN.hex}706x", -1 },
	{ "{PLAIN.rot13}crapvy", -1 },
	{ "{SSHA256}cGVuY2ls", -1 },
	{ "{SSHA256}???", -1 },
	{ "{SCRAM-SHA-256}", -1 },
	{ "{SCRAM-SHA-256}0,W22ZaJ0SNY7soEsUEjb6gQ==,x,y", -1 },
	{ "{SCRAM-SHA-256}4096,,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
	  "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
	  -1 },
	{ "{SCRAM-SHA-256}99999999999999999999,W22ZaJ0SNY7soEsUEjb6gQ==,x,y", -1 },
	{ "{SCRAM-SHA-256}" SCRAM ",more", -1 },
	{ "{SCRAM-SHA-256}0,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
	  "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
	  -1 },
	{ "{SCRAM-SHA-256}many,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
	  "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
	  -1 },
	{ "{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,AAAA,wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=", -1 },
	{ "$nosuch$pencil", -1 },
};

START_TEST(test_verify)
{
	struct fault f = { .text = "" };
	int rc = scheme_verify(span_str(rows[_i].secret), "al", SPAN("pencil"), &f);

	ck_assert_msg(rc == rows[_i].rc, "%s: %d %s", rows[_i].secret, rc, f.text);
	if (rc < 0)
		ck_assert_msg(f.kind == FAULT_TEMP && !strstr(f.text, "pencil"), "%s", f.text);
	/* What fits one password fits no other. */
	rc = scheme_verify(span_str(rows[_i].secret), "al", SPAN("Pencil"), &f);
	ck_assert_int_eq(rc, rows[_i].rc < 0 ? -1 : 0);
}
END_TEST

START_TEST(test_fault_names_the_user)
{
	struct fault f;

	ck_assert_int_eq(scheme_verify(SPAN("{ROT13}x"), "al@example.org", SPAN("x"), &f), -1);
	ck_assert_str_eq(f.text, "the secret of al@example.org has a scheme that is not known here");
	ck_assert_int_eq(f.reply, 454);
}
END_TEST

/* However the keyboard has written it, it is the same password to SCRAM. */
START_TEST(test_normalised)
{
	struct scheme_keys one, other;

	ck_assert_int_eq(scheme_make_keys(SPAN("caf\xc3\xa9 IX"), SPAN("salt"), 10, &one, NULL), 0);
	ck_assert_int_eq(scheme_make_keys(SPAN("cafe\xcc\x81\xc2\xa0\xe2\x85\xa8"), SPAN("salt"), 10, &other, NULL), 0);
	ck_assert_int_eq(memcmp(one.stored, other.stored, sizeof(one.stored)), 0);
}
END_TEST

START_TEST(test_no_password)
{
	static const char long_one[DIGEST_PASSWORD_MAX + 1] = "";

	ck_assert_int_eq(scheme_verify(SPAN("{PLAIN}"), "al", SPAN(""), NULL), 0);
	ck_assert_int_eq(scheme_verify(SPAN("{PLAIN}x"), "al", SPAN("x\0"), NULL), 0);
	ck_assert_int_eq(scheme_verify(SPAN("{PLAIN}x"), "al", span_of(long_one, sizeof(long_one)), NULL), 0);
}
END_TEST

/* A password that SCRAM can not have fits no secret; that is not the secret's fault. */
START_TEST(test_odd_password)
{
	ck_assert_int_eq(scheme_verify(SPAN("{SCRAM-SHA-256}" SCRAM), "al", SPAN("pencil\x01"), NULL), 0);
}
END_TEST

START_TEST(test_long_secret)
{
	static const struct {
		const char *scheme;
		size_t room;
	} rows_long[] = { { "{CRYPT}$5$", DIGEST_CRYPT_MAX }, { "{PLAIN}", SCHEME_SECRET_MAX } };
	char secret[SCHEME_SECRET_MAX + 20] = "";
	size_t n = strlen(rows_long[_i].scheme);
	struct fault f;

	memset(secret, 'a', n + rows_long[_i].room);
	memcpy(secret, rows_long[_i].scheme, n);
	ck_assert_int_eq(scheme_verify(span_str(secret), "al", SPAN("pencil"), &f), -1);
	ck_assert_msg(strstr(f.text, "the secret of al is no {"), "%s", f.text);
}
END_TEST

/* Each scheme that can be written can be read, and two of the same password differ. */
START_TEST(test_put)
{
	static const char *const begins[] = { "{CRYPT}$y$",
					      "{SCRAM-SHA-256}4096,",
					      "{SHA512-CRYPT}$6$",
					      "{SHA256-CRYPT}$5$",
					      "{BLF-CRYPT}$2b$12$",
					      "{SSHA256}",
					      "{PLAIN}" };
	const char *name = scheme_names[_i];
	struct buf one, two;
	struct fault f;

	buf_init(&one, SCHEME_SECRET_MAX);
	buf_init(&two, SCHEME_SECRET_MAX);
	ck_assert_msg(scheme_put(&one, name, SPAN("gr\xc3\xbc\xc3\x9f dich"), &f) == 0, "%s", f.text);
	ck_assert_int_eq(scheme_put(&two, name, SPAN("gr\xc3\xbc\xc3\x9f dich"), &f), 0);
	ck_assert(span_starts(buf_span(&one), span_str(begins[_i])));
	ck_assert(span_find(buf_span(&one), ':') == one.n && !one.overflow);
	ck_assert_int_eq(strcmp(buf_str(&one), buf_str(&two)) == 0, strcmp(name, "PLAIN") == 0);
	ck_assert_int_eq(scheme_verify(buf_span(&one), "al", SPAN("gr\xc3\xbc\xc3\x9f dich"), &f), 1);
	ck_assert_int_eq(scheme_verify(buf_span(&two), "al", SPAN("gr\xc3\xbc\xc3\x9f dicH"), &f), 0);
	buf_clear(&one);
	buf_clear(&two);
}
END_TEST

START_TEST(test_put_refused)
{
	static const struct {
		const char *scheme, *password, *want;
	} bad[] = {
		{ "ROT13", "x", "no password can be stored by the scheme ROT13" },
		{ "MD5-CRYPT", "x", "no password can be stored by the scheme MD5-CRYPT" },
		{ "PLAIN", "", "the password is empty" },
		{ "PLAIN", "a:b", "a password with a colon in it cannot be stored as {PLAIN}" },
		{ "CRYPT", "a\nb", "there is a control byte in the password" },
	};
	struct fault f;
	struct buf out;

	buf_init(&out, SCHEME_SECRET_MAX);
	for (int i = 0; i < COUNT(bad); i++) {
		ck_assert_int_eq(scheme_put(&out, bad[i].scheme, span_str(bad[i].password), &f), -1);
		ck_assert_int_eq(f.kind, FAULT_USAGE);
		ck_assert_str_eq(f.text, bad[i].want);
	}
	buf_clear(&out);
}
END_TEST

START_TEST(test_keys)
{
	struct scheme_keys stored, made;
	struct fault f;
	struct span salt;

	ck_assert_int_eq(scheme_find_keys(SPAN("{SCRAM-SHA-256}" SCRAM), "al", SPAN("ignored"), &stored, &f), 1);
	ck_assert_uint_eq(stored.iterations, 4096);
	ck_assert_uint_eq(stored.salt_n, 16);
	salt = span_of((const char *)stored.salt, stored.salt_n);
	ck_assert_int_eq(scheme_find_keys(SPAN("{PLAIN}pencil"), "al", salt, &made, &f), 1);
	ck_assert_mem_eq(&stored, &made, sizeof(made));
	ck_assert_int_eq(scheme_find_keys(SPAN("$6$abc$x"), "al", salt, &made, &f), 0);
	ck_assert_int_eq(scheme_find_keys(SPAN("!"), "al", salt, &made, &f), 0);
	ck_assert_int_eq(scheme_find_keys(SPAN("{NONE}"), "al", salt, &made, &f), -1);
	ck_assert_int_eq(scheme_make_keys(SPAN("a\x01"), salt, 1, &made, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_PERM);
}
END_TEST

START_TEST(test_kinds)
{
	static const char *const one_each[] = { "{ROT13}x",   "{PLAIN}x", "{SCRAM-SHA-256}x",
						"{SSHA256}x", "$y$x",	  "$6$x",
						"$5$x",	      "$2b$x",	  "$1$x",
						"abDESxyz" };

	for (int i = 0; i < COUNT(one_each); i++) {
		ck_assert_uint_lt(scheme_kind(span_str(one_each[i])), SCHEME_KINDS);
		for (int j = 0; j < i; j++)
			ck_assert_uint_ne(scheme_kind(span_str(one_each[i])), scheme_kind(span_str(one_each[j])));
	}
	ck_assert_uint_eq(scheme_kind(SPAN("{SHA512-CRYPT}$6$x")), scheme_kind(SPAN("$6$y")));
	ck_assert_uint_eq(scheme_kind(SPAN("{ROT13}x")), 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_normalised);
	int names = 0;

	while (scheme_names[names])
		names++;
	tcase_add_loop_test(tc, test_verify, 0, COUNT(rows));
	tcase_add_test(tc, test_fault_names_the_user);
	tcase_add_test(tc, test_no_password);
	tcase_add_test(tc, test_odd_password);
	tcase_add_loop_test(tc, test_long_secret, 0, 2);
	tcase_add_loop_test(tc, test_put, 0, names);
	tcase_add_test(tc, test_put_refused);
	tcase_add_test(tc, test_keys);
	tcase_add_test(tc, test_kinds);
}

CHECK_MAIN(scheme, add_tests)
