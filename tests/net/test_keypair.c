/* SPDX-License-Identifier: ISC */
#include "net/keypair.h"

#include <stdio.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"

static struct keypairs k;
static struct fault fault;

/* "T" stands for the directory. */
static const char *expand(char out[1000], const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += (size_t)snprintf(out + n, 1000 - n, *text == 'T' ? "%s" : "%.1s", *text == 'T' ? tempdir() : text);
	out[n] = '\0';
	return out;
}

static const struct {
	const char *certs, *keys, *want; /* pairs as "cert+key", or a fault */
	bool fails;
} rows[] = {
	{ "", "", "", false },
	{ " , ", " ", "", false },
	{ "T/a", "T/b", "aa+bbb", false },
	{ "T/a", "", "aa+aa", false },
	{ "T/a T/b", "T/b,T/a", "aa+bbb bbb+aa", false },
	{ "T/a, T/b", "", "aa+aa bbb+bbb", false },
	{ "T/a T/b", "T/a", "tls_key_file has no key for T/b", true },
	{ "T/a", "T/a T/b", "tls_key_file names more files than tls_cert_file", true },
	{ "", "T/a", "tls_key_file names more files than tls_cert_file", true },
	{ "T/none", "T/a", "cannot open T/none: No such file or directory", true },
	{ "T/a", "T/none", "cannot open T/none: No such file or directory", true },
	{ "T", "T/a", "T is not a regular file", true },
};

static void make_files(void)
{
	tempdir_write("a", "aa", 0644);
	tempdir_write("b", "bbb", 0600);
}

START_TEST(test_read)
{
	char certs[1000], keys[1000], got[1000] = "";
	int rc;
	size_t n = 0;

	make_files();
	rc = keypair_read(&k, expand(certs, rows[_i].certs), expand(keys, rows[_i].keys), &fault);
	ck_assert_int_eq(rc, rows[_i].fails ? -1 : 0);
	for (size_t i = 0; i < k.n; i++)
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%.*s+%.*s", i ? " " : "", SPAN_ARG(k.v[i].cert),
				      SPAN_ARG(k.v[i].key));
	ck_assert_str_eq(rc < 0 ? tempdir_hide(fault.text) : got, rows[_i].want);
	ck_assert(rc == 0 || k.n == 0);
	ck_assert(!keypair_is_changed(&k));
	keypair_clear(&k);
	ck_assert_uint_eq(k.n, 0);
}
END_TEST

START_TEST(test_many)
{
	char list[(KEYPAIR_MAX + 1) * 300] = "";
	size_t n = 0;

	make_files();
	for (int i = 0; i <= KEYPAIR_MAX; i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s ", tempdir_path("a"));
	ck_assert_int_eq(keypair_read(&k, list, "", &fault), -1);
	ck_assert_str_eq(fault.text, "tls_cert_file names more than 32 files");
}
END_TEST

/* Written, replaced by another file (of the same size), gone, and back. */
START_TEST(test_changes)
{
	make_files();
	ck_assert_int_eq(keypair_read(&k, tempdir_path("a"), tempdir_path("b"), &fault), 0);
	ck_assert(!keypair_is_changed(&k));
	tempdir_write("b", "bbbb", 0600);
	ck_assert(keypair_is_changed(&k));
	keypair_ignore(&k);
	ck_assert(!keypair_is_changed(&k));
	tempdir_write("new", "zz", 0644);
	ck_assert_int_eq(rename(tempdir_path("new"), tempdir_path("a")), 0);
	ck_assert(keypair_is_changed(&k));
	keypair_ignore(&k);
	unlink(tempdir_path("a"));
	ck_assert(keypair_is_changed(&k));
	keypair_ignore(&k);
	tempdir_write("a", "zz", 0644);
	ck_assert(keypair_is_changed(&k));
	keypair_clear(&k);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_read, 0, COUNT(rows));
	tcase_add_test(tc, test_many);
	tcase_add_test(tc, test_changes);
}

CHECK_MAIN(keypair, add_tests)
