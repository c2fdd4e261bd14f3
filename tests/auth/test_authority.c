/* SPDX-License-Identifier: ISC */
#include "auth/authority.h"

#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/pam.h"
#include "support/check_main.h"
#include "support/tempdir.h"

#define SCRAM                                                                                                          \
	"{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"                   \
	"wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

static const char users_text[] = "al:{PLAIN}pencil:::::\n"
				 "Bo@example.org:" SCRAM ":::::\n"
				 "cy:$5$abcdefgh$2fBC4A6a5zMUaFynrzCXz1gz3QtUtBsVxjmcncJUE67:::::\n"
				 "dora:{PLAIN}pencil::::::nologin\n"
				 "emil:{PLAIN}pencil::::::allow_nets=192.0.2.0/24\n"
				 "fay:{PLAIN}pencil::::::x=y allow_nets=local,192.0.2.0/24 proxy=y host=mx1\n"
				 "gus:{ROT13}crapvy:::::\n"
				 "hal::::::\n"
				 "ida:{PLAIN}pencil::::::allow_nets=nonsense\n"
				 "kim:{SCRAM-SHA-256}broken:::::\n"
				 "lee:{PLAIN}pencil::::::proxy=y host=mx1 port=what\n";

struct host {
	struct users users;
	struct authority_local local;
	struct authority authority;
};

/* The one network that the tests know. */
static int is_in_networks(const char *list, const uint8_t client[AUTHORITY_CLIENT], struct fault *f)
{
	if (strstr(list, "nonsense"))
		return fault_temp(f, 454, "4.3.5", "nonsense");
	return strstr(list, "192.0.2.0/24") && client[12] == 192;
}

static void init(struct host *h, const char *text)
{
	users_init(&h->users, tempdir_write("users", text, 0600), "maildir:/v/%u");
	h->local = (struct authority_local){ .users = &h->users, .is_in_networks = is_in_networks, .secret = { 7 } };
	h->authority = authority_local(&h->local);
}

static int ask(struct host *h, enum authority_form form, const char *name, const char *password, int network,
	       struct authority_answer *out, struct fault *f)
{
	struct authority_question q = { .form = form, .name = span_str(name), .password = span_str(password) };

	q.is_network = network > 0;
	q.client[12] = (uint8_t)network;
	return h->authority.ask(h->authority.ctx, &q, out, f);
}

static const struct {
	const char *name, *password;
	int network; /* 0: a process of this machine */
	int rc;
	const char *known, *refused;
} rows[] = {
	{ "al", "pencil", 192, 1, "al", "" },
	{ "AL", "pencil", 0, 1, "al", "" },
	{ "al", "Pencil", 192, 0, "al", "" },
	{ "al", "", 192, 0, "al", "" },
	{ "Bo@example.org", "pencil", 192, 1, "Bo@example.org", "" },
	{ "Bo@example.org", "pen", 192, 0, "Bo@example.org", "" },
	{ "cy", "pencil", 192, 1, "cy", "" },
	{ "cy", "pencils", 192, 0, "cy", "" },
	{ "dora", "pencil", 192, 0, "dora", "nologin" },
	{ "emil", "pencil", 192, 1, "emil", "" },
	{ "emil", "pencil", 10, 0, "emil", "the client is not in allow_nets" },
	{ "emil", "pencil", 0, 0, "emil", "the client is not in allow_nets" },
	{ "emil", "wrong", 192, 0, "emil", "" },
	{ "fay", "pencil", 0, 1, "fay", "" },
	{ "fay", "pencil", 192, 1, "fay", "" },
	{ "fay", "pencil", 10, 0, "fay", "the client is not in allow_nets" },
	{ "gus", "pencil", 192, -1, NULL, NULL },
	{ "hal", "", 192, 0, "hal", "" },
	{ "hal", "x", 192, 0, "hal", "" },
	{ "ida", "pencil", 192, -1, NULL, NULL },
	{ "lee", "pencil", 192, -1, NULL, NULL },
	{ "nobody", "pencil", 192, 0, "", "" },
	{ "", "pencil", 192, 0, "", "" },
	{ "../al", "pencil", 192, 0, "", "" },
	{ "al:{PLAIN}pencil", "x", 192, 0, "", "" },
	{ "al\tx", "pencil", 192, 0, "", "" },
};

START_TEST(test_verify)
{
	struct host h;
	struct authority_answer a;
	struct fault f = { .text = "" };
	int rc;

	init(&h, users_text);
	rc = ask(&h, AUTHORITY_VERIFY, rows[_i].name, rows[_i].password, rows[_i].network, &a, &f);
	ck_assert_msg(rc == rows[_i].rc, "%s: %d %s", rows[_i].name, rc, f.text);
	if (rc >= 0) {
		ck_assert_str_eq(a.name, rows[_i].known);
		ck_assert_str_eq(a.refused, rows[_i].refused);
	} else {
		ck_assert_int_eq(f.kind, FAULT_TEMP);
	}
	users_clear(&h.users);
}
END_TEST

START_TEST(test_find)
{
	struct host h;
	struct authority_answer a;
	struct fault f;

	init(&h, users_text);
	ck_assert_int_eq(ask(&h, AUTHORITY_FIND, "cy", "", 192, &a, &f), 1);
	ck_assert_int_eq(ask(&h, AUTHORITY_FIND, "hal", "", 192, &a, &f), 1);
	ck_assert_int_eq(ask(&h, AUTHORITY_FIND, "dora", "", 192, &a, &f), 0);
	ck_assert_int_eq(ask(&h, AUTHORITY_FIND, "nobody", "", 192, &a, &f), 0);
	users_clear(&h.users);
}
END_TEST

START_TEST(test_keys)
{
	struct host h;
	struct authority_answer a, again;
	struct scheme_keys made;
	struct fault f;

	init(&h, users_text);
	ck_assert_int_eq(ask(&h, AUTHORITY_KEYS, "Bo@example.org", "", 192, &a, &f), 1);
	ck_assert_int_eq(a.keys.salt[0], 0x5b);
	ck_assert_int_eq(ask(&h, AUTHORITY_KEYS, "al", "", 192, &a, &f), 1);
	ck_assert_int_eq(scheme_make_keys(SPAN("pencil"), span_of((char *)a.keys.salt, a.keys.salt_n),
					  a.keys.iterations, &made, &f),
			 0);
	ck_assert_mem_eq(&made, &a.keys, sizeof(made));
	ck_assert_int_eq(ask(&h, AUTHORITY_KEYS, "al", "", 192, &again, &f), 1);
	ck_assert_mem_eq(&again.keys, &a.keys, sizeof(made));
	ck_assert_int_eq(ask(&h, AUTHORITY_KEYS, "kim", "", 192, &a, &f), -1);
	users_clear(&h.users);
}
END_TEST

/* Nobody, and who has no keys, look like who has some; always the same for the same name. */
START_TEST(test_keys_of_nobody)
{
	static const char *const names[] = { "nobody", "cy", "hal", "dora" };
	struct host h;
	struct authority_answer real, a, b, other;
	struct fault f;

	init(&h, users_text);
	ck_assert_int_eq(ask(&h, AUTHORITY_KEYS, "al", "", 192, &real, &f), 1);
	ck_assert_int_eq(ask(&h, AUTHORITY_KEYS, "somebody", "", 192, &other, &f), 0);
	for (int i = 0; i < COUNT(names); i++) {
		ck_assert_int_eq(ask(&h, AUTHORITY_KEYS, names[i], "", 192, &a, &f), 0);
		ck_assert_int_eq(ask(&h, AUTHORITY_KEYS, names[i], "", 192, &b, &f), 0);
		ck_assert_uint_eq(a.keys.iterations, real.keys.iterations);
		ck_assert_uint_eq(a.keys.salt_n, real.keys.salt_n);
		ck_assert_mem_eq(a.keys.salt, b.keys.salt, a.keys.salt_n);
		ck_assert_mem_ne(a.keys.salt, other.keys.salt, a.keys.salt_n);
	}
	users_clear(&h.users);
}
END_TEST

/* Nor does the salt of the one account that there is stand for theirs. */
START_TEST(test_keys_of_nobody_else)
{
	static const char one[] = "bo:{SCRAM-SHA-256}5000,W22ZaJ0SNY7soEsUEjb6gQ==,"
				  "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
				  "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=:::::\n";
	struct host h;
	struct authority_answer bo, nobody, again;
	struct fault f;

	init(&h, one);
	ck_assert_int_eq(ask(&h, AUTHORITY_KEYS, "bo", "", 192, &bo, &f), 1);
	ck_assert_int_eq(ask(&h, AUTHORITY_KEYS, "nobody", "", 192, &nobody, &f), 0);
	ck_assert_int_eq(ask(&h, AUTHORITY_KEYS, "nobody", "", 192, &again, &f), 0);
	ck_assert_uint_eq(nobody.keys.iterations, 5000);
	ck_assert_uint_eq(nobody.keys.salt_n, bo.keys.salt_n);
	ck_assert_mem_ne(nobody.keys.salt, bo.keys.salt, bo.keys.salt_n);
	ck_assert_mem_eq(nobody.keys.salt, again.keys.salt, bo.keys.salt_n);
	ck_assert_mem_ne(nobody.keys.stored, bo.keys.stored, sizeof(bo.keys.stored));
	ck_assert_mem_ne(nobody.keys.server, bo.keys.server, sizeof(bo.keys.server));
	users_clear(&h.users);
}
END_TEST

/* Who logs in, or may: has the system an account of his name? */
START_TEST(test_virtual)
{
	static const char text[] =
		"letterbox-al:{PLAIN}pencil:::::\nroot:{PLAIN}pencil:::::\nroot@example.org:" SCRAM ":::::\n";
	static const struct {
		enum authority_form form;
		const char *name, *password;
		int rc;
		bool is_virtual;
	} cases[] = {
		{ AUTHORITY_VERIFY, "letterbox-al", "pencil", 1, true },
		{ AUTHORITY_VERIFY, "letterbox-al", "wrong", 0, false },
		{ AUTHORITY_VERIFY, "root", "pencil", 1, false },
		{ AUTHORITY_KEYS, "letterbox-al", "", 1, true },
		{ AUTHORITY_KEYS, "root", "", 1, false },
		{ AUTHORITY_KEYS, "root@example.org", "", 1, true },
		{ AUTHORITY_FIND, "letterbox-al", "", 1, true },
		{ AUTHORITY_FIND, "root", "", 1, false },
	};
	struct authority_answer a;
	struct host h;
	struct fault f;

	init(&h, text);
	for (int i = 0; i < COUNT(cases); i++) {
		ck_assert_int_eq(ask(&h, cases[i].form, cases[i].name, cases[i].password, 192, &a, &f), cases[i].rc);
		ck_assert_msg(a.is_virtual == cases[i].is_virtual, "%d: %s", i, cases[i].name);
	}
	users_clear(&h.users);
}
END_TEST

/* For a name that nobody has the work is that of the commonest scheme, whatever the others are. */
START_TEST(test_sample)
{
	static const char mixed[] = "a:{PLAIN}x:::::\n"
				    "# comment\n"
				    "no entry\n"
				    "b:!:::::\n"
				    "c:$5$salt$one:::::\n"
				    "d:{SHA256-CRYPT}$5$salt$two:::::\n"
				    "e:$6$salt$three:::::\n";
	struct host h;
	struct arena a = { 0 };
	struct span secret;

	init(&h, mixed);
	ck_assert_int_eq(users_find_sample(&h.users, &a, &secret), 1);
	ck_assert(span_is(secret, SPAN("$5$salt$one")));
	users_clear(&h.users);
	init(&h, "b:!:::::\n");
	ck_assert_int_eq(users_find_sample(&h.users, &a, &secret), 0);
	users_clear(&h.users);
	arena_clear(&a);
}
END_TEST

START_TEST(test_no_file)
{
	struct host h;
	struct authority_answer a;
	struct fault f;

	init(&h, users_text);
	ck_assert_int_eq(unlink(tempdir_path("users")), 0);
	ck_assert_int_eq(ask(&h, AUTHORITY_VERIFY, "al", "pencil", 192, &a, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	users_clear(&h.users);
}
END_TEST

/* ---- the system's accounts ---- */

#define HASH "$5$abcdefgh$2fBC4A6a5zMUaFynrzCXz1gz3QtUtBsVxjmcncJUE67"

/* Of root, in shadow(5): whose time is over is refused, whatever the password. */
static const struct {
	const char *line, *password;
	const char *want; /* the answer, and why it was refused */
} shadows[] = {
	{ "root:" HASH ":19000:0:99999:7:::", "pencil", "1 " },
	{ "root:" HASH ":19000:0:99999:7:::", "wrong", "0 " },
	{ "root:" HASH ":::::::", "pencil", "1 " },
	{ "root:" HASH ":0:0:10:7:5::", "pencil", "1 " },
	{ "root:" HASH ":1:0:10:7:::", "pencil", "1 " },
	{ "root:" HASH ":19000:0:99999:7:5::", "pencil", "1 " },
	{ "root:" HASH ":1:0:10:7:5::", "pencil", "0 the password has expired" },
	{ "root:" HASH ":19000:0:99999:7::1:", "pencil", "0 the account has expired" },
	{ "root:" HASH ":19000:0:99999:7::99999:", "pencil", "1 " },
	{ "root:!" HASH ":19000:0:99999:7:::", "pencil", "0 " },
	{ "root::19000:0:99999:7:::", "", "0 " },
	{ "daemon:" HASH ":19000:0:99999:7:::", "pencil", "0 " },
};

/* In a process with a shadow(5) of its own: the answer, or "skip". */
static void ask_system(const char *shadow, const char *password, int out)
{
	struct users users;
	struct authority_local local = { .users = &users, .is_in_networks = is_in_networks, .secret = { 7 } };
	struct authority authority = authority_local(&local);
	struct authority_question q = { .name = SPAN("root"), .password = span_str(password) };
	struct authority_answer a;
	struct fault f;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(shadow, "/etc/shadow", NULL, MS_BIND, NULL) < 0) {
		dprintf(out, "skip");
		return;
	}
	users_init(&users, "", "maildir:~/Maildir");
	int rc = authority.ask(authority.ctx, &q, &a, &f);

	dprintf(out, "%d %s", rc, rc < 0 ? f.text : a.refused);
}

START_TEST(test_system)
{
	const char *shadow = tempdir_write("shadow", shadows[_i].line, 0600);
	char got[300] = "";
	int out[2];
	pid_t pid;

	if (geteuid() != 0 || pam_is_built_in())
		return;
	ck_assert_int_eq(pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		ask_system(shadow, shadows[_i].password, out[1]);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_gt(read(out[0], got, sizeof(got) - 1), 0);
	if (strcmp(got, "skip") != 0)
		ck_assert_str_eq(got, shadows[_i].want);
	close(out[0]);
	close(out[1]);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_verify, 0, COUNT(rows));
	tcase_add_test(tc, test_find);
	tcase_add_test(tc, test_keys);
	tcase_add_test(tc, test_keys_of_nobody);
	tcase_add_test(tc, test_keys_of_nobody_else);
	tcase_add_test(tc, test_virtual);
	tcase_add_test(tc, test_sample);
	tcase_add_test(tc, test_no_file);
	tcase_add_loop_test(tc, test_system, 0, COUNT(shadows));
}

CHECK_MAIN(authority, add_tests)
