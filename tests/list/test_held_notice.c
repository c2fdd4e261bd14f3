/* SPDX-License-Identifier: ISC */
#include "list/held_notice.h"

#include "list/token.h"
#include "message/header.h"
#include "message/mime_tree.h"
#include "support/check_main.h"
#include "support/post_case.h"

static struct post_case c;
static const struct policy policy = {
	.verdict = POLICY_HOLD, .rule = "members", .why = "of a reason", .author = "eve@x.example"
};

static void hold(const char *config, const char *message)
{
	struct fault f;

	post_case_open(&c, config, "al@a\n");
	post_case_write(&c, "moderators", "mo@example.net\nna@example.net nomail\npi@example.net\n");
	post_case_receive(&c, "eve@x.example", message);
	ck_assert_msg(held_add(&c.run, &policy, "", "0123456789abcdef", &f) == 0, "%s", f.text);
}

/* A reply accepts: the address that it goes to says so, and it can be nobody else's. */
START_TEST(test_moderators)
{
	static const char front[] = "\nReply-To: friends+accept-";
	static const char message[] = "From: Eve <eve@x.example>\nSubject: hi\n\nhello\n\33[2J there\n";
	const char *text, *word;
	struct mime_node *root;
	struct token token;
	struct fault f;

	hold("", message);
	ck_assert_str_eq(post_case_queue(&c), "<> mo@example.net pi@example.net\n<> eve@x.example\n");
	text = post_case_text(&c, 0);
	word = strstr(text, front);
	ck_assert_ptr_nonnull(word);
	word += sizeof(front) - 1;
	ck_assert_int_eq(token_check(&c.list, &c.arena, "accept",
				     arena_span(&c.arena, span_of(word, strcspn(word, "@"))), c.run.now, &token, &f),
			 0);
	ck_assert_str_eq(token.who, "0123456789abcdef");
	ck_assert_ptr_nonnull(strstr(text, "mailto:friends+reject-"));
	ck_assert_ptr_nonnull(strstr(text, "of a reason"));
	/* What it says is shown, and does nothing to a terminal. */
	ck_assert_ptr_nonnull(strstr(text, "\n> hello\n> "));
	ck_assert_ptr_null(strstr(text, "> \33"));
	root = mime_tree_parse(&c.arena, span_str(text));
	ck_assert_ptr_nonnull(root->children->next);
	ck_assert(root->children->next->part.entity.kind == ENTITY_MESSAGE);
	ck_assert(span_is(span_of(text + root->children->next->part.body.at, sizeof(message) - 2),
			  span_of(message, sizeof(message) - 2)));
	post_case_close(&c);
}
END_TEST

/* Who may not be answered is not told; the moderators are. */
START_TEST(test_no_answer)
{
	hold("", "From: Eve <eve@x.example>\nPrecedence: bulk\n\nhello\n");
	ck_assert_str_eq(post_case_queue(&c), "<> mo@example.net pi@example.net\n");
	post_case_close(&c);
}
END_TEST

/* Of a large message its header. */
START_TEST(test_large)
{
	static char message[HELD_ATTACHED_MAX + 100];
	const char *text;

	memset(message, 'x', sizeof(message) - 1);
	memcpy(message, "From: eve@x.example\nSubject: large\n\n", 36);
	for (size_t i = 100; i < sizeof(message) - 1; i += 70)
		message[i] = '\n';
	hold("", message);
	text = post_case_text(&c, 0);
	ck_assert_uint_lt(strlen(text), 4000);
	ck_assert_ptr_nonnull(strstr(text, "\nContent-Type: text/rfc822-headers"));
	ck_assert_ptr_nonnull(strstr(text, "\nSubject: large\n"));
	post_case_close(&c);
}
END_TEST

/* Every language has the same to say. */
START_TEST(test_languages)
{
	static const char *const languages[] = { "language=en", "language=fr", "language=de" };
	const char *text;

	hold(languages[_i], "From: Eve <eve@x.example>\nSubject: hi\n\nhello\n");
	text = post_case_text(&c, 0);
	ck_assert_ptr_nonnull(strstr(text, "friends+accept-"));
	ck_assert_ptr_nonnull(strstr(text, "friends+reject-"));
	ck_assert_ptr_null(strchr(text, '$'));
	ck_assert_ptr_null(strchr(post_case_text(&c, 1), '$'));
	post_case_close(&c);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_moderators);
	tcase_add_test(tc, test_no_answer);
	tcase_add_test(tc, test_large);
	tcase_add_loop_test(tc, test_languages, 0, 3);
}

CHECK_MAIN(held_notice, add_tests)
