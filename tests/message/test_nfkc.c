/* SPDX-License-Identifier: ISC */
#include "message/nfkc.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "support/check_main.h"

static const struct {
	const char *in, *want; /* NULL: it is refused */
} rows[] = {
	{ "", "" },
	{ "plain", "plain" },
	{ "e\xcc\x81", "\xc3\xa9" },
	{ "\xc3\xa9", "\xc3\xa9" },
	{ "\xe2\x85\xa8", "IX" },				    /* RFC 4013 3: ROMAN NUMERAL NINE */
	{ "\xef\xbc\xa1\xef\xbd\x82", "Ab" },			    /* full width */
	{ "\xef\xac\x81", "fi" },				    /* a ligature */
	{ "\xe2\x84\xab", "\xc3\x85" },				    /* ANGSTROM SIGN */
	{ "a\xcc\x82\xcc\xa3", "\xe1\xba\xad" },		    /* marks in another order */
	{ "q\xcc\x87\xcc\xa3", "q\xcc\xa3\xcc\x87" },		    /* nothing to compose, an order to keep */
	{ "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c" }, /* Hangul */
	{ "\xed\x95\x9c", "\xed\x95\x9c" },
	{ "\xe0\xa5\x98", "\xe0\xa4\x95\xe0\xa4\xbc" }, /* excluded from composition */
	{ "\xcc\x88\xcc\x81", "\xcc\x88\xcc\x81" },	/* marks on nothing */
	{ "\xcd\x84", "\xcc\x88\xcc\x81" },
	{ "\xff", NULL },
	{ "caf\xe9", NULL },
};

START_TEST(test_rows)
{
	struct buf out;
	int rc;

	buf_init(&out, 1000);
	rc = nfkc_put(&out, span_str(rows[_i].in));
	ck_assert_int_eq(rc, rows[_i].want ? 0 : -1);
	if (rows[_i].want)
		ck_assert_str_eq(buf_str(&out), rows[_i].want);
	buf_clear(&out);
}
END_TEST

/* What grows most, and what is too long. */
START_TEST(test_limits)
{
	static char text[NFKC_MAX + 1];
	struct buf out;

	buf_init(&out, (size_t)NFKC_GROWTH * NFKC_MAX);
	for (size_t i = 0; i + 3 <= NFKC_MAX; i += 3)
		memcpy(text + i, "\xef\xb7\xba", 3);
	ck_assert_int_eq(nfkc_put(&out, span_of(text, NFKC_MAX / 3 * 3)), 0);
	ck_assert(!out.overflow);
	buf_reset(&out);
	memset(text, 'a', sizeof(text));
	ck_assert_int_eq(nfkc_put(&out, span_of(text, NFKC_MAX)), 0);
	ck_assert_int_eq(nfkc_put(&out, span_of(text, NFKC_MAX + 1)), -1);
	buf_clear(&out);
}
END_TEST

/* A line of Unicode's NormalizationTest.txt: five columns of characters in hexadecimal. */
static bool read_column(char **line, struct buf *out)
{
	char *end = strchr(*line, ';');

	if (!end)
		return false;
	buf_reset(out);
	for (char *p = *line; p < end;)
		utf8_put(out, (uint32_t)strtoul(p, &p, 16));
	*line = end + 1;
	return true;
}

/* Unicode's own test, where it is on the machine: every column becomes the fourth. */
START_TEST(test_unicode)
{
	FILE *file = popen("bzcat /usr/share/unicode/NormalizationTest.txt.bz2 2>/dev/null", "r");
	struct buf columns[5], got;
	char line[4096];
	size_t n = 0;

	buf_init(&got, 4096);
	for (size_t i = 0; i < COUNT(columns); i++)
		buf_init(&columns[i], 1024);
	while (file && fgets(line, sizeof(line), file)) {
		char *p = line;
		size_t k = 0;

		while (line[0] != '#' && line[0] != '@' && k < COUNT(columns) && read_column(&p, &columns[k]))
			k++;
		for (size_t i = 0; k == COUNT(columns) && i < k; i++, n++) {
			buf_reset(&got);
			ck_assert_int_eq(nfkc_put(&got, buf_span(&columns[i])), 0);
			ck_assert_msg(span_is(buf_span(&got), buf_span(&columns[3])), "%s", line);
		}
	}
	if (file)
		pclose(file);
	ck_assert(n == 0 || n > 90000);
	for (size_t i = 0; i < COUNT(columns); i++)
		buf_clear(&columns[i]);
	buf_clear(&got);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_test(tc, test_limits);
	tcase_add_test(tc, test_unicode);
}

CHECK_MAIN(nfkc, add_tests)
