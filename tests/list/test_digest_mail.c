/* SPDX-License-Identifier: ISC */
#include "list/digest_mail.h"

#include <dirent.h>

#include "message/mime_tree.h"
#include "store/mailbox.h"
#include "support/check_main.h"
#include "support/mailroom.h"
#include "support/tempdir.h"

static const char *const messages[] = {
	"Received: x\nFrom: Carla <carla@example.org>\nSubject: lunch\nMessage-ID: <1@x>\n\nWho comes?\n",
	"From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\nSubject: =?utf-8?q?=C3=B6l?=\nMIME-Version: 1.0\n"
	"Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\nJ\374rgen\n",
	"From: <x@example.org>\nSubject: nested\nMIME-Version: 1.0\nContent-Type: multipart/digest; boundary=\"=_\"\n\n"
	"--=_\n\nSubject: one\n\nfirst\n--=_--\n",
};

static const struct post posts[] = {
	{ .number = 1,
	  .when = MAILROOM_NOW,
	  .octets = 90,
	  .from = SPAN_INIT("carla@example.org"),
	  .subject = SPAN_INIT("lunch") },
	{ .number = 2,
	  .when = MAILROOM_NOW,
	  .octets = 90,
	  .from = SPAN_INIT("j@example.org"),
	  .subject = SPAN_INIT("\303\266l") },
	{ .number = 3, .when = MAILROOM_NOW, .octets = 90, .subject = SPAN_INIT("nested") },
};

static const struct digest_mail usual = { .posts = posts, .n = 3, .volume = 2026, .issue = 12 };

static void begin(struct mailroom *c, const char *members, const char *term)
{
	const char *const terms[] = { "digest=daily", term, NULL };
	struct mailbox box;

	mailroom_begin(c, members, terms);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(mailbox_open(&box, tempdir_path("lists/friends/archive"), MAILBOX_CREATE, NULL), 0);
		tempdir_write(arena_printf(&c->arena, "lists/friends/archive/cur/%d.M1P1.x:2,", i + 1), messages[i],
			      0600);
		ck_assert_int_eq(mailbox_refresh(&box, NULL, NULL), 1);
		mailbox_close(&box);
	}
}

/* The draft of this form: its name is checked, and its text returned. */
static const char *draft(struct mailroom *c, const char *form)
{
	const char *prefix = arena_printf(&c->arena, "0000000003-%s.", form), *found = NULL;
	DIR *dir = opendir(tempdir_path("lists/friends/digests"));
	struct dirent *e;

	ck_assert_ptr_nonnull(dir);
	while ((e = readdir(dir)) != NULL)
		if (strncmp(e->d_name, prefix, strlen(prefix)) == 0) {
			ck_assert(spool_is_id(span_str(e->d_name + strlen(prefix))));
			found = mailing_list_file(&c->list, arena_printf(&c->arena, "digests/%s", e->d_name));
		}
	closedir(dir);
	ck_assert_ptr_nonnull(found);
	return found;
}

START_TEST(test_mime)
{
	struct mailroom c;
	struct mime_node *root, *part;
	const char *text;

	begin(&c, "al@example.net digest\nbo@example.net digest\n", "digest_form=mime");
	ck_assert_int_eq(digest_mail_write(&c.run, &usual, NULL), 2);
	ck_assert_uint_eq(c.n, 0);
	text = draft(&c, "mime");
	ck_assert_ptr_nonnull(strstr(text, "body 8bitmime\n"));
	ck_assert_ptr_nonnull(strstr(text, "-digest-2026-12\n"));
	ck_assert_ptr_nonnull(strstr(text, "al+3Dexample.net@example.org <al@example.net>\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nSubject: Friends Digest, Vol 2026, Issue 12\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nReply-To: friends@example.org\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nList-Id: "));
	ck_assert_ptr_nonnull(strstr(text, "\nList-Unsubscribe: <mailto:friends+unsubscribe@example.org>\n"));
	root = mime_tree_parse(&c.arena, span_str(strstr(text, "\n\n") + 2));
	ck_assert(entity_is(&root->part.entity, "multipart", "mixed"));
	part = root->children->next;
	ck_assert(entity_is(&part->part.entity, "multipart", "digest") && !part->next);
	part = part->children;
	ck_assert_str_eq(part->children->envelope->subject, "lunch");
	ck_assert_str_eq(part->next->children->envelope->subject, "=?utf-8?q?=C3=B6l?=");
	part = part->next->next->children;
	ck_assert_str_eq(part->envelope->subject, "nested");
	ck_assert_str_eq(part->children->children->envelope->subject, "one");
	ck_assert_ptr_null(strstr(text, "Received: x"));
	ck_assert_ptr_nonnull(strstr(text, "J\374rgen"));
	mailroom_end(&c);
}
END_TEST

START_TEST(test_plain)
{
	struct mailroom c;
	const char *text;

	begin(&c, "al@example.net plain\nbo@example.net digest\n", "digest_form=plain");
	ck_assert_int_eq(digest_mail_write(&c.run, &usual, NULL), 2);
	text = draft(&c, "plain");
	ck_assert_ptr_nonnull(strstr(text, "\nContent-Type: text/plain; charset=utf-8\n"));
	ck_assert_ptr_nonnull(strstr(text, "    1. lunch (carla@example.org)\n"));
	ck_assert_ptr_nonnull(strstr(text, "    3. nested\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nWho comes?\n\n------------------------------\n\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nEnd of Friends Digest, Vol 2026, Issue 12\n*******"));
	mailroom_end(&c);
}
END_TEST

START_TEST(test_senders)
{
	struct mailroom c;

	begin(&c, "al@example.net digest\n", "verp=no");
	ck_assert_int_eq(digest_mail_write(&c.run, &usual, NULL), 1);
	ck_assert_ptr_nonnull(strstr(draft(&c, "mime"), "sender <friends+bounces@example.org>\n"));
	mailroom_end(&c);
}
END_TEST

START_TEST(test_nobody)
{
	const struct post gone = { .number = 9, .when = MAILROOM_NOW };
	const struct digest_mail none = { .posts = &gone, .n = 1, .volume = 2026, .issue = 1 };
	struct mailroom c;

	begin(&c, "al@example.net\nbo@example.net digest paused\n", NULL);
	ck_assert_int_eq(digest_mail_write(&c.run, &usual, NULL), 0);
	tempdir_write("lists/friends/members", "al@example.net digest\n", 0600);
	ck_assert_int_eq(digest_mail_write(&c.run, &none, NULL), 0);
	mailroom_end(&c);
}
END_TEST

START_TEST(test_forget)
{
	struct mailbox box;
	struct mailroom c;

	begin(&c, "", NULL);
	ck_assert_int_eq(digest_mail_forget(&c.list, 2, NULL), 0);
	ck_assert_int_eq(rename(tempdir_path("lists/friends/archive"), tempdir_path("lists/friends/undigested")), 0);
	ck_assert_int_eq(digest_mail_forget(&c.list, 2, NULL), 0);
	ck_assert_int_eq(mailbox_open(&box, tempdir_path("lists/friends/undigested"), 0, NULL), 0);
	ck_assert(box.view.n == 1 && box.view.uid[0] == 3);
	mailbox_close(&box);
	mailroom_end(&c);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_mime);
	tcase_add_test(tc, test_plain);
	tcase_add_test(tc, test_senders);
	tcase_add_test(tc, test_nobody);
	tcase_add_test(tc, test_forget);
}

CHECK_MAIN(digest_mail, add_tests)
