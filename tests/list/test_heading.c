/* SPDX-License-Identifier: ISC */
#include "list/heading.h"

#include "message/header.h"
#include "support/check_main.h"
#include "support/mailing_list.h"
#include "support/tempdir.h"

static struct list list;
static struct arena arena;
static struct buf out;
static struct heading_result result;

static void setup(void)
{
	buf_init(&out, HEADING_MAX);
}

static void teardown(void)
{
	buf_clear(&out);
	arena_clear(&arena);
	tempdir_remove();
}

/* What comes of the header in a list whose config has these lines. */
static const char *make(const char *config, const char *header, struct heading h)
{
	const char *assignments[5] = { NULL };
	struct span rest = span_str(config);

	for (int i = 0; rest.n; i++)
		assignments[i] = arena_span(&arena, span_cut(&rest, '\n'));
	mailing_list_open(&list, "friends", assignments);
	h.list = &list;
	h.number = 12;
	if (!h.http_url)
		h.http_url = "";
	heading_put(&arena, &out, &h, span_str(header), &result);
	list_close(&list);
	tempdir_remove();
	return buf_str(&out);
}

/* The fields that every post gets, as one text behind what is its own. */
#define SENDER "Sender: friends+bounces@example.org\n"
#define ID     "List-Id: <friends.example.org>\n"
#define HELP   "List-Help: <mailto:friends+help@example.org>\nList-Subscribe: <mailto:friends+subscribe@example.org>\n"
#define LEAVE  "List-Unsubscribe: <mailto:friends+unsubscribe@example.org>\n"
#define POST   "List-Post: <mailto:friends@example.org>\n"
#define OWNER  "List-Owner: <mailto:friends+owner@example.org>\n"
#define END    "Precedence: list\nX-BeenThere: friends@example.org\n\n"
#define ADDED  SENDER ID HELP LEAVE POST OWNER END
#define MUNGED ID HELP LEAVE POST OWNER END

static const struct {
	const char *config, *in, *want;
} rows[] = {
	/* Byte for byte, in its order. */
	{ "", "Received: from x\n\tby y\nDKIM-Signature: v=1;\n  a=x\nfrom : Al <al@x>\nSubject:  hi\nX-Y: z\n\n",
	  "Received: from x\n\tby y\nDKIM-Signature: v=1;\n  a=x\nfrom : Al <al@x>\nSubject:  hi\nX-Y: z\n" ADDED },
	{ "", "", ADDED },
	{ "", "no field at all\nFrom: al@x\n", "From: al@x\n" ADDED },
	/* What is not the members' business, or was another list's. */
	{ "",
	  "Return-Path: <al@x>\nDelivered-To: friends@example.org\nBcc: secret@x\nApproved: password\nX-Approve: "
	  "password\n"
	  "Return-Receipt-To: al@x\nDisposition-Notification-To: al@x\nList-Id: other\nList-Post: NO\n"
	  "List-Unsubscribe: <mailto:other@x>\nPrecedence: bulk\nSender: other@x\nErrors-To: al@x\nFrom: al@x\n",
	  "From: al@x\n" ADDED },
	{ "", "X-BeenThere: other@x\nFrom: al@x\n", "X-BeenThere: other@x\nFrom: al@x\n" ADDED },
	{ "remove_headers=X-Mailer, Organization\n", "x-mailer: y\nOrganization: z\nX-Mailer2: w\n",
	  "X-Mailer2: w\n" ADDED },
	{ "add_headers=X-A: b | X-C: d e\n", "From: al@x\n",
	  "From: al@x\n" SENDER ID HELP LEAVE POST OWNER
	  "Precedence: list\nX-BeenThere: friends@example.org\nX-A: b\nX-C: d e\n\n" },
	{ "list_headers=no\n", "From: al@x\n", "From: al@x\n" SENDER ID END },
	{ "posting=moderators\n", "From: al@x\n", "From: al@x\n" SENDER ID HELP LEAVE "List-Post: NO\n" OWNER END },
	{ "description=Friends, Grün\narchive_url=https://example.org/a\n", "From: al@x\n",
	  "From: al@x\n" SENDER
	  "List-Id: =?UTF-8?Q?Friends=2C_Gr=C3=BCn?=\n <friends.example.org>\n" HELP LEAVE POST OWNER
	  "List-Archive: <https://example.org/a>\n" END },
	{ "subject_prefix=[friends]\n", "Subject: Re: [friends] Re: [friends] hi\n",
	  "Subject: Re: [friends] hi\n" ADDED },
	{ "subject_prefix=[friends %d]\n", "From: al@x\n", "From: al@x\nSubject: [friends 12] (no subject)\n" ADDED },
	/* Where answers go. */
	{ "reply_to=list\n", "Reply-To: al@y\nFrom: al@x\n", "Reply-To: friends@example.org\nFrom: al@x\n" ADDED },
	{ "reply_to=list\n", "From: al@x\n", "From: al@x\nReply-To: friends@example.org\n" ADDED },
	{ "reply_to=list\n", "Reply-To: a@y\nReply-To: b@y\n", "Reply-To: friends@example.org\n" ADDED },
	{ "reply_to=boss@example.org\n", "Reply-To: al@y\n", "Reply-To: boss@example.org\n" ADDED },
	{ "reply_to=poster\n", "From: \"A, l\"\n <al@x>\n",
	  "From: \"A, l\"\n <al@x>\nReply-To: \"A, l\"\n <al@x>\n" ADDED },
	{ "reply_to=poster\n", "From: al@x\nReply-To: al@y\n", "From: al@x\nReply-To: al@y\n" ADDED },
};

START_TEST(test_fields)
{
	ck_assert_str_eq(make(rows[_i].config, rows[_i].in, (struct heading){ .munge = false }), rows[_i].want);
	ck_assert_uint_eq(result.patch_size, 0);
}
END_TEST

/* From becomes the list's; the author is not lost. */
static const struct {
	const char *config, *in, *want;
} munged[] = {
	{ "", "From: Al Green <al@x>\n",
	  "From: Al Green via friends <friends@example.org>\nAuthor: Al Green <al@x>\nReply-To: Al Green "
	  "<al@x>\n" MUNGED },
	{ "", "From: al@x\nReply-To: al@y\n",
	  "From: al via friends <friends@example.org>\nAuthor: al@x\nReply-To: al@y\n" MUNGED },
	{ "", "From: =?iso-8859-1?q?Gr=FCn?= <al@x>\n",
	  "From: =?UTF-8?Q?Gr=C3=BCn_via_friends?= <friends@example.org>\nAuthor: =?iso-8859-1?q?Gr=FCn?= <al@x>\n"
	  "Reply-To: =?iso-8859-1?q?Gr=FCn?= <al@x>\n" MUNGED },
	{ "", "From: \"Green, Al\" <al@x>\nFrom: evil@x\n",
	  "From: \"Green, Al via friends\" <friends@example.org>\nAuthor: \"Green, Al\" <al@x>\nReply-To: \"Green, "
	  "Al\" "
	  "<al@x>\n" MUNGED },
	{ "", "Subject: x\n", "Subject: x\nFrom: somebody via friends <friends@example.org>\n" MUNGED },
	/* Who wants to answer the author alone finds him in Cc. */
	{ "reply_to=list\n", "From: Al <al@x>\nTo: friends@example.org\n",
	  "From: Al via friends <friends@example.org>\nAuthor: Al <al@x>\nTo: friends@example.org\n"
	  "Reply-To: friends@example.org\nCc: Al <al@x>\n" MUNGED },
	{ "reply_to=list\n", "From: Al <al@x>\nCc: bo@y,\n  carla@z\n",
	  "From: Al via friends <friends@example.org>\nAuthor: Al <al@x>\nCc: bo@y,\n  carla@z,\n Al <al@x>\n"
	  "Reply-To: friends@example.org\n" MUNGED },
	{ "reply_to=list\n", "From: Al <al@x>\nTo: AL@X\n",
	  "From: Al via friends <friends@example.org>\nAuthor: Al <al@x>\nTo: AL@X\nReply-To: "
	  "friends@example.org\n" MUNGED },
};

START_TEST(test_munged)
{
	ck_assert_str_eq(make(munged[_i].config, munged[_i].in, (struct heading){ .munge = true }), munged[_i].want);
}
END_TEST

/* Each member's own address has its place; without it nothing is promised. */
START_TEST(test_oneclick)
{
	const struct heading own = { .http_url = "https://lists.example.org", .oneclick = true },
			     shared = { .http_url = "https://lists.example.org" };
	const char *text = make("", "From: al@x\n", own), *place;

	place = strstr(text, "\nList-Unsubscribe: <https://lists.example.org/friends/oneclick-"
			     "000000000000000000000000000000000>,\n <mailto:friends+unsubscribe@example.org>\n"
			     "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n");
	ck_assert_ptr_nonnull(place);
	ck_assert_uint_eq(result.patch_size, HEADING_ONECLICK);
	ck_assert_str_eq(arena_span(&arena, span_of(text + result.patch_at - 2, 4)), "k-00");
	ck_assert_int_eq(text[result.patch_at + result.patch_size], '>');
	buf_reset(&out);
	text = make("", "From: al@x\n", shared);
	ck_assert_ptr_nonnull(
		strstr(text, "\nList-Unsubscribe: <https://lists.example.org/friends/unsubscribe>,\n <mailto:"));
	ck_assert_ptr_null(strstr(text, "List-Unsubscribe-Post"));
	ck_assert_uint_eq(result.patch_size, 0);
	buf_reset(&out);
	text = make("list_http=no\n", "From: al@x\n", own);
	ck_assert_ptr_nonnull(strstr(text, "\n" LEAVE));
	ck_assert_ptr_null(strstr(text, "List-Unsubscribe-Post"));
}
END_TEST

START_TEST(test_archived_at)
{
	ck_assert_ptr_nonnull(strstr(make("", "", (struct heading){ .archived_at = "https://example.org/a/x.html" }),
				     "\nArchived-At: <https://example.org/a/x.html>\n"));
}
END_TEST

/* The content is another one. */
START_TEST(test_type)
{
	static const char header[] = "MIME-Version: 1.0\nContent-Type: text/html;\n charset=x\nX-Y: z\n"
				     "content-transfer-encoding: base64\nContent-Length: 7\n\n";
	const char *text = make("", header, (struct heading){ .type = "Content-Type: a/b\n" });

	ck_assert_str_eq(
		text, "X-Y: z\n" SENDER ID HELP LEAVE POST OWNER
		      "Precedence: list\nX-BeenThere: friends@example.org\nMIME-Version: 1.0\nContent-Type: a/b\n\n");
	ck_assert_str_eq(heading_content(&arena, span_str(header)).p,
			 "Content-Type: text/html;\n charset=x\ncontent-transfer-encoding: base64\n");
}
END_TEST

/* In front of a message that is a part: what both have. */
START_TEST(test_wrap)
{
	static const char header[] =
		"Return-Path: <al@x>\nReceived: x\nFrom: Al <al@x>\nDKIM-Signature: y\nX-Y: z\nBcc: b@x\n"
		"Subject: hi\nMessage-ID: <1@x>\n\n";
	const char *text =
		make("", header, (struct heading){ .munge = true, .wrap = true, .type = "Content-Type: a/b\n" });

	ck_assert_str_eq(
		text, "Received: x\nFrom: Al via friends <friends@example.org>\nAuthor: Al <al@x>\nSubject: hi\n"
		      "Message-ID: <1@x>\nReply-To: Al <al@x>\n" ID HELP LEAVE POST OWNER
		      "Precedence: list\nX-BeenThere: friends@example.org\nMIME-Version: 1.0\nContent-Type: a/b\n\n");
	buf_reset(&out);
	heading_put_inner(&out, span_str(header));
	ck_assert_str_eq(buf_str(&out),
			 "Received: x\nFrom: Al <al@x>\nDKIM-Signature: y\nX-Y: z\nSubject: hi\nMessage-ID: "
			 "<1@x>\n\n");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_fields, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_munged, 0, COUNT(munged));
	tcase_add_test(tc, test_oneclick);
	tcase_add_test(tc, test_archived_at);
	tcase_add_test(tc, test_type);
	tcase_add_test(tc, test_wrap);
}

CHECK_MAIN(heading, add_tests)
