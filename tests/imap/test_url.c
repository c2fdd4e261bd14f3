/* SPDX-License-Identifier: ISC */
#include "imap/url.h"

#include "support/check_main.h"

/* "user|mailbox|uidvalidity|uid|section|from+octets"; NULL: it is wrong. */
static const struct {
	const char *text, *want;
} rows[] = {
	{ "/INBOX/;UID=20", "-|INBOX|0|20||" },
	{ "/INBOX;UIDVALIDITY=5/;UID=20", "-|INBOX|5|20||" },
	{ "/INBOX;UIDVALIDITY=5/;uid=20/;section=1.2.MIME", "-|INBOX|5|20|1.2.MIME|" },
	{ "/a/b/;UID=1/;SECTION=HEADER.FIELDS%20(DATE)/;PARTIAL=0.1024", "-|a/b|0|1|HEADER.FIELDS (DATE)|0+1024" },
	{ "/a%2fb%20%C3%A4/;UID=1/;PARTIAL=7", "-|a/b \xc3\xa4|0|1||7+" },
	{ ";UID=3/;SECTION=1", "-|-|0|3|1|" },
	{ "/;UID=3", "-|-|0|3||" },
	{ "imap://al@host.example:143/INBOX;UIDVALIDITY=9/;UID=3", "al|INBOX|9|3||" },
	{ "IMAP://host/INBOX/;UID=3", "-|INBOX|0|3||" },
	{ "imap://al;AUTH=PLAIN@host/INBOX/;UID=3", "al|INBOX|0|3||" },
	{ "imap://a%40b@host/INBOX/;UID=3", "a@b|INBOX|0|3||" },
	{ "", NULL },
	{ "/", NULL },
	{ "/INBOX", NULL },
	{ "/INBOX/", NULL },
	{ "INBOX/;UID=3", NULL },
	{ "/INBOX/;UID=0", NULL },
	{ "/INBOX/;UID=", NULL },
	{ "/INBOX/;UID=4294967296", NULL },
	{ "/INBOX/;UID=x", NULL },
	{ "/INBOX;UIDVALIDITY=0/;UID=1", NULL },
	{ "/INBOX;UIDVALIDITY=/;UID=1", NULL },
	{ "/INBOX/;UID=1/", NULL },
	{ "/INBOX/;UID=1/;PARTIAL=", NULL },
	{ "/INBOX/;UID=1/;PARTIAL=1.0", NULL },
	{ "/INBOX/;UID=1/;PARTIAL=1.", NULL },
	{ "/INBOX/;UID=1/;PARTIAL=1.2.3", NULL },
	{ "/INBOX/;UID=1;URLAUTH=anonymous:INTERNAL:0", NULL },
	{ "/INBOX/;UID=1/;OTHER=1", NULL },
	{ "/IN%00BOX/;UID=1", NULL },
	{ "/IN%zzBOX/;UID=1", NULL },
	{ "/INBOX%/;UID=1", NULL },
	{ "/INBOX%4", NULL },
	{ "imap://", NULL },
	{ "imap:///INBOX/;UID=1", NULL },
	{ "imaps://host/INBOX/;UID=1", NULL },
	{ "http://host/INBOX/;UID=1", NULL },
	{ "/some-url", NULL },
};

START_TEST(test_rows)
{
	struct arena a = { 0 };
	struct imap_url u;
	const char *partial = "", *said;
	int rc = imap_url_parse(&a, span_str(rows[_i].text), &u);

	ck_assert_int_eq(rc == 0, rows[_i].want != NULL);
	if (rc == 0) {
		if (u.is_partial)
			partial = u.octets == UINT64_MAX ? arena_printf(&a, "%d+", (int)u.from)
							 : arena_printf(&a, "%d+%d", (int)u.from, (int)u.octets);
		said = arena_printf(&a, "%s|%s|%u|%u|%s|%s", u.user ? u.user : "-", u.mailbox ? u.mailbox : "-",
				    u.uidvalidity, u.uid, u.section, partial);
		ck_assert_str_eq(said, rows[_i].want);
	}
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
}

CHECK_MAIN(url, add_tests)
