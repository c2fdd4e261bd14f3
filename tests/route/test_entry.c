/* SPDX-License-Identifier: ISC */
#include "route/entry.h"

#include "base/buf.h"
#include "support/check_main.h"

struct row {
	enum entries_form form;
	const char *text;
	const char *want; /* "LINE KIND text|...", "! fault" for a wrong one */
};

static const struct row rows[] = {
	{ ENTRIES_ALIAS, " al", "7 address al|" },
	{ ENTRIES_ALIAS, "al, bo@example.org,carla\n", "7 address al|7 address bo@example.org|7 address carla|" },
	{ ENTRIES_ALIAS, " al,\n\tbo\n", "7 address al|8 address bo|" },
	{ ENTRIES_ALIAS, " al\n\t, bo, \n", "7 address al|8 address bo|" },
	{ ENTRIES_ALIAS, " al,\n# comment, x\n  # too\n\n\tbo\r\n", "7 address al|11 address bo|" },
	{ ENTRIES_ALIAS, " , ,,al,", "7 address al|" },
	{ ENTRIES_ALIAS, "", "" },
	{ ENTRIES_ALIAS, " \n\t\n#x\n", "" },
	{ ENTRIES_ALIAS, "\\al, \\bo", "7 user al|7 user bo|" },
	{ ENTRIES_ALIAS, "/var/mail/x, /srv/box/, \"/with blank, and comma\"",
	  "7 file /var/mail/x|7 file /srv/box/|7 file /with blank, and comma|" },
	{ ENTRIES_ALIAS, "/dev/null", "7 file /dev/null|" },
	{ ENTRIES_ALIAS, "|/bin/true", "7 command /bin/true|" },
	{ ENTRIES_ALIAS, "|/bin/echo a b", "7 command /bin/echo a b|" },
	{ ENTRIES_ALIAS, "\"|/bin/echo \\\"a, b\\\" \\\\x (y\", al",
	  "7 command /bin/echo \"a, b\" \\x (y|7 address al|" },
	{ ENTRIES_ALIAS, "|\"/bin/echo a, b\"", "7 command /bin/echo a, b|" },
	{ ENTRIES_ALIAS, "|/bin/echo \"a, b\" c, al", "7 command /bin/echo \"a, b\" c|7 address al|" },
	{ ENTRIES_ALIAS, "|IFS=' ' && exec /bin/x || exit 75 #al", "7 command IFS=' ' && exec /bin/x || exit 75 #al|" },
	{ ENTRIES_ALIAS, "\"|/bin/x \n  -y\n # no\n  -z\"\n", "7 command /bin/x   -y  -z|" },
	{ ENTRIES_ALIAS, ":include:/etc/list, \":include:/a b\", :INCLUDE:/c",
	  "7 include /etc/list|7 include /a b|7 include /c|" },
	{ ENTRIES_ALIAS, "Al Example <al@example.org>, <bo@x.example> (Bo, of X)",
	  "7 address al@example.org|7 address bo@x.example|" },
	{ ENTRIES_ALIAS, "\"Example, Al\" <al@example.org>", "7 address al@example.org|" },
	{ ENTRIES_ALIAS, "\"a b\"@example.org, \"|x\"@example.org",
	  "7 address \"a b\"@example.org|7 address \"|x\"@example.org|" },
	{ ENTRIES_ALIAS, "al+detail, o'neil, j\xc3\xb6rg@example.org",
	  "7 address al+detail|7 address o'neil|7 address j\xc3\xb6rg@example.org|" },
	/* wrong ones do not hide what follows */
	{ ENTRIES_ALIAS, "a b, al", "! F:7: an address has a blank in it; a comma separates addresses|7 address al|" },
	{ ENTRIES_ALIAS, "al,\n \"|open", "7 address al|! F:8: a quote, parenthesis or angle bracket is not closed|" },
	{ ENTRIES_ALIAS, "(open, al", "! F:7: a quote, parenthesis or angle bracket is not closed|" },
	{ ENTRIES_ALIAS, "al # no", "! F:7: an address has a blank in it; a comma separates addresses|" },
	{ ENTRIES_ALIAS, " #x, al", "! F:7: a comment begins at the start of a line|7 address al|" },
	{ ENTRIES_ALIAS, "|, al", "! F:7: there is no command behind the \"|\"|7 address al|" },
	{ ENTRIES_ALIAS, "|\"\"", "! F:7: there is no command behind the \"|\"|" },
	{ ENTRIES_ALIAS, "\\", "! F:7: there is no user behind the backslash|" },
	{ ENTRIES_ALIAS, "/a b", "! F:7: a name with a blank in it must be in double quotes|" },
	{ ENTRIES_ALIAS, ":include:relative", "! F:7: :include: needs a file name that begins with a slash|" },
	{ ENTRIES_ALIAS, ":fail: no", "! F:7: \":include:/file\" is the only word that begins with a colon|" },
	{ ENTRIES_ALIAS, "@example.org", "! F:7: this is not an address|" },
	{ ENTRIES_ALIAS, "a@b@c, <>, a..b",
	  "! F:7: this is not an address|! F:7: this is not an address|"
	  "! F:7: this is not an address|" },
	{ ENTRIES_ALIAS,
	  "a\x01"
	  "b, |x\x7f, /x\x1b",
	  "! F:7: there is a control byte|! F:7: there is a control byte|"
	  "! F:7: there is a control byte|" },
	/* forward and include files */
	{ ENTRIES_FILE, "al\nbo, carla\n", "7 address al|8 address bo|8 address carla|" },
	{ ENTRIES_FILE, "# comment\n \t# too\n\\al\r\n\n\"|/bin/x y\"\n", "9 user al|11 command /bin/x y|" },
	{ ENTRIES_FILE, "\"|open\nal\n", "! F:7: a quote, parenthesis or angle bracket is not closed|8 address al|" },
	{ ENTRIES_FILE, "|/bin/x, y\n", "7 command /bin/x|7 address y|" },
	{ ENTRIES_FILE, "al # no\nbo",
	  "! F:7: an address has a blank in it; a comma separates addresses|8 address bo|" },
};

static void put_entries(struct buf *out, enum entries_form form, struct span text)
{
	static const char *const kinds[ENTRY_KINDS] = { "address", "user", "file", "command", "include" };
	struct arena a = { 0 };
	struct entries list;
	struct entry e;
	struct fault f;
	int rc;

	entries_init(&list, form, "F", 7, text);
	while ((rc = entry_next(&list, &a, &e, &f)) != 0) {
		if (rc > 0)
			buf_printf(out, "%zu %s %s|", e.line, kinds[e.kind], e.text);
		else
			buf_printf(out, "! %s|", f.text);
		if (rc < 0)
			ck_assert_int_eq(f.kind, FAULT_TEMP);
	}
	arena_clear(&a);
}

START_TEST(test_next)
{
	const struct row *row = &rows[_i];
	/* Without the byte behind it, so that reading that is seen. */
	size_t n = strlen(row->text);
	char *exact = memcpy(arena_heap(n), row->text, n);
	struct buf out;

	buf_init(&out, 10000);
	put_entries(&out, row->form, span_of(exact, n));
	ck_assert_str_eq(buf_str(&out), row->want);
	buf_clear(&out);
	free(exact);
}
END_TEST

START_TEST(test_limit)
{
	struct buf text, out;

	buf_init(&text, 100000);
	buf_init(&out, 100000);
	buf_put_str(&text, "|");
	for (int i = 0; i < ENTRY_MAX; i++)
		buf_put_char(&text, 'x');
	buf_put_str(&text, ", al");
	put_entries(&out, ENTRIES_ALIAS, buf_span(&text));
	ck_assert_str_eq(buf_str(&out), "! F:7: this is longer than 4096 bytes|7 address al|");
	buf_clear(&text);
	buf_clear(&out);
}
END_TEST

START_TEST(test_nul)
{
	struct buf out;

	buf_init(&out, 1000);
	put_entries(&out, ENTRIES_ALIAS, SPAN("|/bin/x\0/bin/y, /x\0, a\0b"));
	ck_assert_str_eq(buf_str(&out), "! F:7: there is a control byte|! F:7: there is a control byte|"
					"! F:7: there is a control byte|");
	buf_clear(&out);
}
END_TEST

/* Linear whatever is in it: two megabytes of what is worst. */
START_TEST(test_linear)
{
	static const char *const pieces[] = { "a,", "(", "\"", "<", "\\", "|\"", "# \n", ",,\n ", "\"a\" " };
	const char *piece = pieces[_i];
	struct arena a = { 0 };
	struct entries list;
	struct entry e;
	struct buf text;

	buf_init(&text, 3 << 20);
	while (text.n < 2 << 20)
		buf_put_str(&text, piece);
	for (int form = ENTRIES_ALIAS; form <= ENTRIES_FILE; form++) {
		entries_init(&list, (enum entries_form)form, "F", 1, buf_span(&text));
		while (entry_next(&list, &a, &e, NULL) != 0)
			arena_reset(&a);
	}
	buf_clear(&text);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_next, 0, COUNT(rows));
	tcase_add_test(tc, test_limit);
	tcase_add_test(tc, test_nul);
	tcase_add_loop_test(tc, test_linear, 0, 9);
}

CHECK_MAIN(entry, add_tests)
