/* SPDX-License-Identifier: ISC */
#include "base/digest.h"

#include <stdio.h>

#include "support/check_main.h"

static const char *hex(const uint8_t *p, size_t n)
{
	static char text[2 * DIGEST_SHA256 + 1];

	for (size_t i = 0; i < n; i++)
		snprintf(text + 2 * i, 3, "%02x", p[i]);
	return text;
}

/* FIPS 180, RFC 4231 4.3, RFC 7914 11 */
START_TEST(test_vectors)
{
	uint8_t out[DIGEST_SHA256];
	struct fault f;

	ck_assert_int_eq(digest_sha1(SPAN("abc"), out, &f), 0);
	ck_assert_str_eq(hex(out, DIGEST_SHA1), "a9993e364706816aba3e25717850c26c9cd0d89d");
	ck_assert_int_eq(digest_sha256(SPAN("abc"), out, &f), 0);
	ck_assert_str_eq(hex(out, sizeof(out)), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	ck_assert_int_eq(digest_sha256(span_of(NULL, 0), out, &f), 0);
	ck_assert_str_eq(hex(out, sizeof(out)), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	ck_assert_int_eq(digest_hmac_sha256(SPAN("Jefe"), SPAN("what do ya want for nothing?"), out, &f), 0);
	ck_assert_str_eq(hex(out, sizeof(out)), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	ck_assert_int_eq(digest_pbkdf2_sha256(SPAN("passwd"), SPAN("salt"), 1, out, &f), 0);
	ck_assert_str_eq(hex(out, sizeof(out)), "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
}
END_TEST

START_TEST(test_iterations)
{
	uint8_t out[DIGEST_SHA256];
	struct fault f;

	ck_assert_int_eq(digest_pbkdf2_sha256(SPAN("x"), SPAN("y"), 0, out, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert_int_eq(digest_pbkdf2_sha256(SPAN("x"), SPAN("y"), DIGEST_ITERATIONS_MAX + 1, out, &f), -1);
	ck_assert_str_eq(f.text, "10000001 iterations are not 1 to 10000000");
}
END_TEST

static const struct {
	const char *password, *setting, *want; /* NULL: a fault */
} crypts[] = {
	/* Ulrich Drepper's own example. */
	{ "Hello world!", "$6$saltstring",
	  "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1" },
	{ "pencil", "$2b$04$abcdefghijklmnopqrstuu", "$2b$04$abcdefghijklmnopqrstuu/FyAyuZSl3DbPdvio4KrIBdz2k2yhV2" },
	{ "pencil", "$nosuch$secretsalt", NULL },
	{ "pencil", "*", NULL },
	{ "pencil", "", NULL },
};

START_TEST(test_crypt)
{
	char out[DIGEST_CRYPT_MAX];
	struct fault f;
	int rc = digest_crypt(crypts[_i].password, crypts[_i].setting, out, &f);

	ck_assert_int_eq(rc, crypts[_i].want ? 0 : -1);
	if (rc == 0)
		ck_assert_str_eq(out, crypts[_i].want);
	else
		ck_assert_msg(f.kind == FAULT_TEMP && !strstr(f.text, "secret"), "%s", f.text);
}
END_TEST

static const struct {
	struct span secret, given;
	bool equal;
} pairs[] = {
	{ SPAN_INIT("abc"), SPAN_INIT("abc"), true },	 { SPAN_INIT("abc"), SPAN_INIT("abd"), false },
	{ SPAN_INIT("abc"), SPAN_INIT("ab"), false },	 { SPAN_INIT("ab"), SPAN_INIT("abc"), false },
	{ SPAN_INIT("ab"), SPAN_INIT("abab"), false },	 { SPAN_INIT(""), SPAN_INIT(""), true },
	{ SPAN_INIT(""), SPAN_INIT("a"), false },	 { SPAN_INIT("a"), SPAN_INIT(""), false },
	{ SPAN_INIT(""), SPAN_INIT("\0"), false },	 { SPAN_INIT("a\0b"), SPAN_INIT("a\0b"), true },
	{ SPAN_INIT("a\0b"), SPAN_INIT("a\0c"), false },
};

START_TEST(test_equal)
{
	ck_assert_int_eq(digest_is_equal(pairs[_i].secret, pairs[_i].given), pairs[_i].equal);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_vectors);
	tcase_add_test(tc, test_iterations);
	tcase_add_loop_test(tc, test_crypt, 0, COUNT(crypts));
	tcase_add_loop_test(tc, test_equal, 0, COUNT(pairs));
}

CHECK_MAIN(digest, add_tests)
