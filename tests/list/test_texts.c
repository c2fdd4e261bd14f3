/* SPDX-License-Identifier: ISC */
#include "list/texts.h"

#include <string.h>

#include "base/utf8.h"
#include "support/check_main.h"

static struct texts_vars vars(void)
{
	struct texts_vars v = { .n = 0 };

	texts_set(&v, "list", "friends");
	texts_set(&v, "address", "al@example.net");
	texts_set(&v, "archive_url", "");
	texts_set(&v, "bad", "one\nBcc: two\x1b[2J");
	texts_set_block(&v, "lines", SPAN("one\n  two\n\n"));
	return v;
}

static const struct {
	const char *text, *want;
} rows[] = {
	{ "", "" },
	{ "no line end", "no line end\n" },
	{ "to $list.\n", "to friends.\n" },
	{ "${list}s $$list $ $- $unknown ${list\n", "friendss $list $ $- $unknown ${list\n" },
	{ "$list$address\n", "friendsal@example.net\n" },
	{ "a\n\nArchive: $archive_url\n\nb\n", "a\n\nb\n" },
	{ "\n\na\n\n\n\nb\n\n", "a\n\nb\n" },
	{ "a\r\n\r\nb\r\n", "a\n\nb\n" },
	{ "    $list\n", "    friends\n" },
	{ "$bad\n", "one\\012Bcc: two\\033[2J\n" },
	{ "$lines\nend\n", "one\n  two\nend\n" },
	{ "$", "$\n" },
	{ "${", "${\n" },
	{ "$list", "friends\n" },
};

START_TEST(test_put)
{
	struct texts_vars v = vars();
	struct buf out;

	buf_init(&out, 1000);
	texts_put(&out, span_str(rows[_i].text), &v);
	ck_assert_str_eq(buf_str(&out), rows[_i].want);
	buf_clear(&out);
}
END_TEST

static const struct {
	const char *text, *subject, *body;
} splits[] = {
	{ "Subject: a\n\nb\n", "a", "b\n" }, { "subject:a\nb\n", "a", "b\n" }, { "a\n\nb\n", "", "a\n\nb\n" },
	{ "Subject: a", "a", "" },	     { "Subject:\r\n\r\nb", "", "b" }, { "", "", "" },
};

START_TEST(test_split)
{
	struct span subject, body;

	texts_split(span_str(splits[_i].text), &subject, &body);
	ck_assert(span_is(subject, span_str(splits[_i].subject)));
	ck_assert(span_is(body, span_str(splits[_i].body)));
}
END_TEST

static const struct {
	const char *language, *first;
} languages[] = {
	{ "en", "Done." },	  { "fr", "C'est fait." },    { "de", "Erledigt." },
	{ "de_AT", "Erledigt." }, { "fr-CA", "C'est fait." }, { "ja", "Done." },
	{ "", "Done." },	  { NULL, "Done." },	      { "deu", "Done." },
};

START_TEST(test_language)
{
	ck_assert(span_is(texts_default(languages[_i].language, "line-done"), span_str(languages[_i].first)));
	ck_assert_ptr_null(texts_default(languages[_i].language, "no-such-text").p);
}
END_TEST

/* The variables of a text, in order of the names, each once. */
static unsigned long variables(const char *text)
{
	static const char *const names[] = { "list",	    "list_address", "description",   "owner",
					     "request",	    "subscribe",    "unsubscribe",   "help",
					     "archive_url", "address",	    "confirm",	     "confirm_url",
					     "days",	    "approve",	    "results",	     "count",
					     "last",	    "line",	    "options",	     "info_address",
					     "faq_address", "who_address",  "index_address", "get_address" };
	unsigned long seen = 0;

	for (const char *at = strchr(text, '$'); at; at = strchr(at + 1, '$')) {
		size_t n = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_");

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strlen(names[i]) == n && strncmp(names[i], at + 1, n) == 0)
				seen |= 1ul << i;
	}
	return seen;
}

/* Each language says the same: it has a text, the same variables, lines of a width that is read well. */
START_TEST(test_words)
{
	const struct texts_words *row = &texts_words[_i];
	struct span first, other, body, line;

	texts_split(span_str(row->text[0]), &first, &body);
	for (size_t i = 0; i < TEXTS_LANGUAGES; i++) {
		ck_assert_ptr_nonnull(row->text[i]);
		ck_assert(utf8_is_valid(span_str(row->text[i])));
		ck_assert_msg(variables(row->text[i]) == variables(row->text[0]), "%s in %s", row->name,
			      texts_languages[i]);
		texts_split(span_str(row->text[i]), &other, &body);
		ck_assert_msg((first.n > 0) == (other.n > 0), "%s in %s", row->name, texts_languages[i]);
		while (first.n && body.n) {
			line = span_cut(&body, '\n');
			ck_assert_msg(line.n <= 90, "%s in %s: %.*s", row->name, texts_languages[i], SPAN_ARG(line));
		}
	}
}
END_TEST

START_TEST(test_names)
{
	const char *name, *before = "";
	size_t n = 0;

	for (; texts_name(n, &name); n++) {
		ck_assert_str_ne(name, before);
		ck_assert_uint_le(strlen(name), TEXTS_NAME_MAX);
		ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
		before = name;
	}
	ck_assert_uint_eq(n, texts_words_n);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_put, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_split, 0, COUNT(splits));
	tcase_add_loop_test(tc, test_language, 0, COUNT(languages));
	tcase_add_loop_test(tc, test_words, 0, (int)texts_words_n);
	tcase_add_test(tc, test_names);
}

CHECK_MAIN(texts, add_tests)
