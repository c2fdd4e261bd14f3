/* SPDX-License-Identifier: ISC */
#include "auth/sasl.h"

#include <stdio.h>

#include "base/base64.h"
#include "support/check_main.h"
#include "support/tempdir.h"

#define SCRAM                                                                                                          \
	"{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"                   \
	"wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

static const char users_text[] = "al:{PLAIN}pencil:::::\n"
				 "user:" SCRAM ":::::\n"
				 "b,o=:{PLAIN}pencil:::::\n"
				 "cy:$5$abcdefgh$2fBC4A6a5zMUaFynrzCXz1gz3QtUtBsVxjmcncJUE67:::::\n"
				 "dora:{PLAIN}pencil::::::nologin\n"
				 "gus:{ROT13}x:::::\n"
				 "kay:{PLAIN}x:::::\n"
				 "lea:::::::proxy host=mx1 nopassword\n"
				 "mia:::::::proxy host=mx1 nopassword nologin\n"
				 "noa:{PLAIN}pencil::::::proxy host=mx1\n";

#define ALL "plain login scram-sha-256 scram-sha-256-plus external"

struct host {
	struct users users;
	struct authority_local local;
	struct authority authority;
	struct penalty penalty;
	struct sasl_rules rules;
};

static void init(struct host *h)
{
	users_init(&h->users, tempdir_write("users", users_text, 0600), "maildir:/v/%u");
	h->local = (struct authority_local){ .users = &h->users };
	h->authority = authority_local(&h->local);
	ck_assert_int_eq(penalty_share(&h->penalty, NULL), 0);
	h->rules = (struct sasl_rules){ .authority = &h->authority,
					.mechanisms = ALL,
					.is_private = true,
					.is_network = true,
					.penalty = &h->penalty,
					.failure_delay = 2,
					.failure_limit = 10 };
}

static void clear(struct host *h)
{
	users_clear(&h->users);
	penalty_close(&h->penalty);
}

/* ---- what is offered ---- */

static const struct {
	const char *mechanisms;
	bool is_private, bound;
	const char *certificate, *want;
} offers[] = {
	{ ALL, true, true, "al", " PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS EXTERNAL" },
	{ ALL, true, true, "", " PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS" },
	{ ALL, true, false, "", " PLAIN LOGIN SCRAM-SHA-256" },
	{ ALL, false, false, "", "" },
	{ "EXTERNAL, Plain", true, true, "al", " EXTERNAL PLAIN" },
	{ "login", true, true, "al", " LOGIN" },
	{ "", true, true, "al", "" },
};

START_TEST(test_offers)
{
	struct host h;
	struct buf out;

	init(&h);
	h.rules.mechanisms = offers[_i].mechanisms;
	h.rules.is_private = offers[_i].is_private;
	h.rules.tls_exporter = offers[_i].bound ? SPAN("0123456789abcdef0123456789abcdef") : span_of(NULL, 0);
	h.rules.certificate_user = span_str(offers[_i].certificate);
	buf_init(&out, 1000);
	sasl_put_offers(&out, &h.rules);
	ck_assert_str_eq(buf_str(&out), offers[_i].want);
	buf_clear(&out);
	clear(&h);
}
END_TEST

START_TEST(test_check_mechanisms)
{
	struct fault f;

	ck_assert_int_eq(sasl_check_mechanisms(ALL, &f), 0);
	ck_assert_int_eq(sasl_check_mechanisms("", &f), 0);
	ck_assert_int_eq(sasl_check_mechanisms("plain cram-md5", &f), -1);
	ck_assert_str_eq(f.text, "there is no mechanism \"cram-md5\"");
}
END_TEST

/* ---- exchanges of given words ---- */

#define RESPONSE(text)                                                                                                 \
	{                                                                                                              \
		text, sizeof(text) - 1                                                                                 \
	}

static const struct {
	const char *mechanism;
	struct span in[3]; /* the first is the initial response; p NULL: none */
	int reply;	   /* 0: success */
	const char *user;
} rows[] = {
	{ "PLAIN", { RESPONSE("\0al\0pencil") }, 0, "al" },
	{ "plain", { RESPONSE("al\0al\0pencil") }, 0, "al" },
	{ "PLAIN", { { NULL, 0 }, RESPONSE("\0AL\0pencil") }, 0, "al" },
	{ "PLAIN", { RESPONSE("al\0AL\0pencil") }, 0, "al" },
	{ "PLAIN", { RESPONSE("\0cy\0pencil") }, 0, "cy" },
	{ "PLAIN", { RESPONSE("\0user\0pencil") }, 0, "user" },
	{ "PLAIN", { RESPONSE("\0kay\0x") }, 0, "kay" },
	{ "PLAIN", { RESPONSE("\0kay\0") }, 501, "" },
	{ "PLAIN", { RESPONSE("cy\0al\0pencil") }, 535, "al" },
	{ "PLAIN", { RESPONSE("\0al\0Pencil") }, 535, "al" },
	{ "PLAIN", { RESPONSE("\0nobody\0pencil") }, 535, "" },
	{ "PLAIN", { RESPONSE("\0dora\0pencil") }, 535, "dora" },
	{ "PLAIN", { RESPONSE("\0al\tx\0pencil") }, 535, "" },
	{ "PLAIN", { RESPONSE("\0../al\0pencil") }, 535, "" },
	{ "PLAIN", { RESPONSE("\0gus\0pencil") }, 454, "" },
	{ "PLAIN", { RESPONSE("") }, 501, "" },
	{ "PLAIN", { RESPONSE("al") }, 501, "" },
	{ "PLAIN", { RESPONSE("\0al") }, 501, "" },
	{ "PLAIN", { RESPONSE("\0al\0") }, 501, "" },
	{ "PLAIN", { RESPONSE("\0\0pencil") }, 501, "" },
	{ "PLAIN", { RESPONSE("\0al\0pencil\0") }, 501, "" },
	{ "PLAIN", { RESPONSE("\0\0\0\0") }, 501, "" },
	{ "LOGIN", { { NULL, 0 }, RESPONSE("al"), RESPONSE("pencil") }, 0, "al" },
	{ "LOGIN", { RESPONSE("al"), RESPONSE("pencil") }, 0, "al" },
	{ "LOGIN", { RESPONSE("al"), RESPONSE("x") }, 535, "al" },
	{ "LOGIN", { RESPONSE("al"), RESPONSE("") }, 501, "" },
	{ "LOGIN", { RESPONSE("") }, 501, "" },
	{ "LOGIN", { RESPONSE("a\0l") }, 501, "" },
	{ "EXTERNAL", { RESPONSE("") }, 0, "al" },
	{ "EXTERNAL", { { NULL, 0 }, RESPONSE("al") }, 0, "al" },
	{ "EXTERNAL", { RESPONSE("cy") }, 535, "al" },
	{ "EXTERNAL", { RESPONSE("al\0") }, 501, "" },
	{ "CRAM-MD5", { RESPONSE("") }, 504, "" },
	{ "", { RESPONSE("") }, 504, "" },
	{ "SCRAM-SHA-256", { RESPONSE("") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("n,,") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("n,n=al,r=abc") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("x,,n=al,r=abc") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("n,,n=al") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("n,,n=,r=abc") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("n,,n=a=l,r=abc") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("n,,n=al,r=") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("n,,n=al,r=a b") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("n,,n=al,r=a\x7f") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("n,a=a=l,n=al,r=abc") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("n,,n=al\x01,r=abc") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("n,,n=\xff,r=abc") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("n,,m=x,n=al,r=abc") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("n,b=al,n=al,r=abc") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("p=tls-exporter,,n=al,r=abc") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("n,,n=gus,r=abc") }, 454, "" },
	{ "SCRAM-SHA-256", { RESPONSE("n,,n=al,r=abc"), RESPONSE("") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("n,,n=al,r=abc"), RESPONSE("c=biws") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("n,,n=al,r=abc"), RESPONSE("c=biws,r=abc,p=") }, 501, "" },
	{ "SCRAM-SHA-256", { RESPONSE("n,,n=al,r=abc"), RESPONSE("c=biws,r=abc,p=AAAA") }, 501, "" },
	{ "SCRAM-SHA-256",
	  { RESPONSE("n,,n=al,r=abc"), RESPONSE("c=biws,r=abc,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=") },
	  535,
	  "al" },
	/* The server has offered -PLUS, and the client says that it did not. */
	{ "SCRAM-SHA-256", { RESPONSE("y,,n=al,r=abc") }, 535, "" },
	{ "SCRAM-SHA-256-PLUS", { RESPONSE("n,,n=al,r=abc") }, 501, "" },
	{ "SCRAM-SHA-256-PLUS", { RESPONSE("p=tls-unique,,n=al,r=abc") }, 535, "" },
	{ "SCRAM-SHA-256-PLUS",
	  { { NULL, 0 },
	    RESPONSE("p=tls-exporter,,n=al,r=abc"),
	    RESPONSE("c=biws,r=abc,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=") },
	  535,
	  "al" },
};

static enum sasl_turn play(struct sasl *s, const struct sasl_rules *r, const char *mechanism, const struct span *in,
			   struct fault *f)
{
	enum sasl_turn turn = sasl_begin(s, r, span_str(mechanism), in[0].p ? &in[0] : NULL, f);

	for (int i = 1; i < 3 && in[i].p && turn == SASL_CONTINUE; i++)
		turn = sasl_step(s, in[i], f);
	return turn;
}

START_TEST(test_exchange)
{
	struct host h;
	struct sasl s;
	struct fault f = { .text = "" };
	enum sasl_turn turn;

	init(&h);
	h.rules.tls_exporter = SPAN("0123456789abcdef0123456789abcdef");
	h.rules.certificate_user = SPAN("al");
	turn = play(&s, &h.rules, rows[_i].mechanism, rows[_i].in, &f);
	if (rows[_i].reply == 0) {
		ck_assert_msg(turn == SASL_SUCCESS, "%s", f.text);
		ck_assert_str_eq(s.user, rows[_i].user);
	} else {
		ck_assert_int_eq(turn, SASL_FAILURE);
		ck_assert_msg(f.reply == rows[_i].reply, "%d %s", f.reply, f.text);
		ck_assert_str_eq(s.tried, rows[_i].user);
		ck_assert_ptr_null(strstr(f.text, "encil"));
	}
	ck_assert_int_eq(s.pause_ms, rows[_i].reply == 535 ? 2000 : 0);
	ck_assert_uint_eq(penalty_count(&h.penalty, h.rules.counted_as), rows[_i].reply == 535);
	sasl_clear(&s);
	clear(&h);
}
END_TEST

/* Why it was refused is for the log; and who is on this machine is no guesser from the network. */
START_TEST(test_reason)
{
	static const struct {
		const char *mechanism;
		struct span in;
		const char *want;
	} refusals[] = {
		{ "PLAIN", RESPONSE("\0dora\0pencil"), "nologin" },
		{ "PLAIN", RESPONSE("\0al\0wrong"), NULL },
		{ "SCRAM-SHA-256", RESPONSE("y,,n=al,r=abc"), "wrong channel binding, or somebody in between" },
	};
	struct host h;
	struct sasl s;
	struct fault f;

	init(&h);
	h.rules.tls_exporter = SPAN("0123456789abcdef0123456789abcdef");
	h.rules.is_network = false;
	for (int i = 0; i < COUNT(refusals); i++) {
		ck_assert_int_eq(sasl_begin(&s, &h.rules, span_str(refusals[i].mechanism), &refusals[i].in, &f),
				 SASL_FAILURE);
		if (refusals[i].want)
			ck_assert_str_eq(s.reason, refusals[i].want);
		else
			ck_assert_ptr_null(s.reason);
		ck_assert_int_eq(s.pause_ms, 2000);
		sasl_clear(&s);
	}
	ck_assert_uint_eq(penalty_count(&h.penalty, h.rules.counted_as), 0);
	clear(&h);
}
END_TEST

START_TEST(test_challenges_of_login)
{
	struct host h;
	struct sasl s;
	struct fault f;

	init(&h);
	ck_assert_int_eq(sasl_begin(&s, &h.rules, SPAN("LOGIN"), NULL, &f), SASL_CONTINUE);
	ck_assert_str_eq(buf_str(&s.challenge), "Username:");
	ck_assert_int_eq(sasl_step(&s, SPAN("al"), &f), SASL_CONTINUE);
	ck_assert_str_eq(buf_str(&s.challenge), "Password:");
	sasl_clear(&s);
	ck_assert_int_eq(sasl_begin(&s, &h.rules, SPAN("PLAIN"), NULL, &f), SASL_CONTINUE);
	ck_assert_str_eq(buf_str(&s.challenge), "");
	sasl_clear(&s);
	clear(&h);
}
END_TEST

START_TEST(test_not_private)
{
	struct host h;
	struct sasl s;
	struct fault f;
	struct span initial = SPAN("\0al\0pencil");

	init(&h);
	h.rules.is_private = false;
	ck_assert_int_eq(sasl_begin(&s, &h.rules, SPAN("PLAIN"), &initial, &f), SASL_FAILURE);
	ck_assert_int_eq(f.reply, 538);
	sasl_clear(&s);
	ck_assert_int_eq(sasl_login(&s, &h.rules, SPAN("al"), SPAN("pencil"), &f), SASL_FAILURE);
	ck_assert_int_eq(f.reply, 538);
	sasl_clear(&s);
	clear(&h);
}
END_TEST

START_TEST(test_password)
{
	struct host h;
	struct sasl s;
	struct fault f;

	init(&h);
	ck_assert_int_eq(sasl_login(&s, &h.rules, SPAN("al"), SPAN("pencil"), &f), SASL_SUCCESS);
	ck_assert_str_eq(s.user, "al");
	ck_assert_str_eq(sasl_name(&s), "password");
	sasl_clear(&s);
	ck_assert_int_eq(sasl_login(&s, &h.rules, SPAN("al"), SPAN("pen"), &f), SASL_FAILURE);
	ck_assert_int_eq(s.pause_ms, 2000);
	sasl_clear(&s);
	clear(&h);
}
END_TEST

/* Longer and longer, and in the end not at all; by another address, and by a process of this machine, as before. */
START_TEST(test_limit)
{
	static const long pauses[] = { 2000, 4000, 8000, 15000, 15000 };
	static const struct span right = RESPONSE("\0al\0pencil");
	struct host h;
	struct sasl s;
	struct fault f;
	char guess[32];

	init(&h);
	h.rules.failure_limit = COUNT(pauses);
	for (int i = 0, n = 0; i < COUNT(pauses); i++) {
		/* One of 256 looks like the one before, and is not counted. */
		do {
			snprintf(guess, sizeof(guess), "guess%d", n++);
			ck_assert_int_eq(sasl_login(&s, &h.rules, SPAN("al"), span_str(guess), &f), SASL_FAILURE);
			ck_assert_int_eq(f.reply, 535);
			sasl_clear(&s);
		} while (penalty_count(&h.penalty, h.rules.counted_as) == (unsigned)i);
		ck_assert_int_eq(s.pause_ms, pauses[i]);
	}
	ck_assert_int_eq(sasl_login(&s, &h.rules, SPAN("al"), SPAN("pencil"), &f), SASL_FAILURE);
	ck_assert_int_eq(f.reply, 454);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	sasl_clear(&s);
	/* However it is tried. */
	ck_assert_int_eq(sasl_begin(&s, &h.rules, SPAN("PLAIN"), &right, &f), SASL_FAILURE);
	ck_assert_int_eq(f.reply, 454);
	sasl_clear(&s);
	h.rules.counted_as[0] = 1;
	ck_assert_int_eq(sasl_login(&s, &h.rules, SPAN("al"), SPAN("pencil"), &f), SASL_SUCCESS);
	sasl_clear(&s);
	h.rules.counted_as[0] = 0;
	h.rules.is_network = false;
	ck_assert_int_eq(sasl_login(&s, &h.rules, SPAN("al"), SPAN("pencil"), &f), SASL_SUCCESS);
	sasl_clear(&s);
	clear(&h);
}
END_TEST

START_TEST(test_long_response)
{
	static char bytes[SASL_RESPONSE_MAX + 1];
	struct host h;
	struct sasl s;
	struct fault f;
	struct span much = span_of(bytes, sizeof(bytes)), whole = span_of(bytes, SASL_RESPONSE_MAX);

	memset(bytes, 'a', sizeof(bytes));
	init(&h);
	ck_assert_int_eq(sasl_begin(&s, &h.rules, SPAN("PLAIN"), &much, &f), SASL_FAILURE);
	ck_assert_int_eq(f.reply, 501);
	sasl_clear(&s);
	bytes[0] = bytes[3] = '\0';
	ck_assert_int_eq(sasl_begin(&s, &h.rules, SPAN("PLAIN"), &whole, &f), SASL_FAILURE);
	ck_assert_int_eq(f.reply, 535);
	sasl_clear(&s);
	clear(&h);
}
END_TEST

/* ---- SCRAM ---- */

/* A client, written from RFC 5802 and not from the server. */
struct client {
	const char *gs2, *name, *password, *binding;
	char first[256], final[2048];
	uint8_t server_signature[DIGEST_SHA256];
};

static struct span first_of(struct client *c)
{
	snprintf(c->first, sizeof(c->first), "%sn=%s,r=rOprNGfwEbeRWgbNEkqO", c->gs2, c->name);
	return span_str(c->first);
}

static struct span value_of(struct span message, char name)
{
	struct span word;

	while ((word = span_cut(&message, ',')).n)
		if (word.p[0] == name)
			return span_from(word, 2);
	ck_abort_msg("no attribute %c", name);
	return word;
}

static struct span final_of(struct client *c, struct span server_first)
{
	uint8_t salted[32], key[32], stored[32], signature[32];
	struct span k = span_of((char *)salted, 32);
	struct buf salt, out, message;
	uint64_t iterations;

	buf_init(&salt, 100);
	buf_init(&out, sizeof(c->final));
	buf_init(&message, 4096);
	ck_assert_int_eq(base64_parse(&salt, value_of(server_first, 's'), 0), 0);
	ck_assert_int_eq(span_number(value_of(server_first, 'i'), 100000, &iterations), 0);
	digest_pbkdf2_sha256(span_str(c->password), buf_span(&salt), (unsigned)iterations, salted, NULL);
	digest_hmac_sha256(k, SPAN("Client Key"), key, NULL);
	digest_sha256(span_of((char *)key, 32), stored, NULL);
	buf_printf(&message, "%s%s", c->gs2, c->binding);
	buf_put_str(&out, "c=");
	base64_put(&out, buf_span(&message));
	buf_put_str(&out, ",r=");
	buf_put_span(&out, value_of(server_first, 'r'));
	buf_reset(&message);
	buf_printf(&message, "%s,%.*s,%s", c->first + strlen(c->gs2), SPAN_ARG(server_first), buf_str(&out));
	digest_hmac_sha256(span_of((char *)stored, 32), buf_span(&message), signature, NULL);
	for (int i = 0; i < 32; i++)
		key[i] ^= signature[i];
	buf_put_str(&out, ",p=");
	base64_put(&out, span_of((char *)key, 32));
	digest_hmac_sha256(k, SPAN("Server Key"), stored, NULL);
	digest_hmac_sha256(span_of((char *)stored, 32), buf_span(&message), c->server_signature, NULL);
	snprintf(c->final, sizeof(c->final), "%s", buf_str(&out));
	buf_clear(&salt);
	buf_clear(&out);
	buf_clear(&message);
	return span_str(c->final);
}

#define EXPORTER  "0123456789abcdef0123456789abcdef"
#define END_POINT "fedcba9876543210fedcba9876543210"

static const struct {
	const char *mechanism, *gs2, *name, *password, *binding;
	bool bound;	  /* the connection has channel bindings */
	const char *user; /* NULL: refused */
} scrams[] = {
	{ "SCRAM-SHA-256", "n,,", "user", "pencil", "", false, "user" },
	{ "SCRAM-SHA-256", "n,,", "al", "pencil", "", false, "al" },
	{ "SCRAM-SHA-256", "n,,", "AL", "pencil", "", false, "al" },
	{ "SCRAM-SHA-256", "n,,", "b=2Co=3D", "pencil", "", false, "b,o=" },
	{ "SCRAM-SHA-256", "n,a=al,", "al", "pencil", "", false, "al" },
	{ "SCRAM-SHA-256", "y,,", "al", "pencil", "", false, "al" },
	{ "SCRAM-SHA-256", "n,,", "al", "pencil", "", true, "al" },
	{ "SCRAM-SHA-256-PLUS", "p=tls-exporter,,", "al", "pencil", EXPORTER, true, "al" },
	{ "SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,", "user", "pencil", END_POINT, true, "user" },
	{ "SCRAM-SHA-256-PLUS", "p=tls-exporter,,", "al", "pencil", END_POINT, true, NULL },
	{ "SCRAM-SHA-256-PLUS", "p=tls-exporter,,", "al", "pencil", "", true, NULL },
	{ "SCRAM-SHA-256", "n,,", "al", "pencil", "x", false, NULL },
	{ "SCRAM-SHA-256", "n,,", "al", "Pencil", "", false, NULL },
	{ "SCRAM-SHA-256", "n,,", "nobody", "pencil", "", false, NULL },
	{ "SCRAM-SHA-256", "n,,", "cy", "pencil", "", false, NULL },
	{ "SCRAM-SHA-256", "n,,", "dora", "pencil", "", false, NULL },
	{ "SCRAM-SHA-256", "n,a=user,", "al", "pencil", "", false, NULL },
};

static enum sasl_turn play_scram(struct sasl *s, const struct sasl_rules *r, struct client *c, const char *mechanism,
				 struct fault *f)
{
	struct span first = first_of(c);
	enum sasl_turn turn = sasl_begin(s, r, span_str(mechanism), &first, f);
	struct buf want;

	ck_assert_msg(turn == SASL_CONTINUE, "%s", f->text);
	ck_assert_int_eq(strncmp(buf_str(&s->challenge), "r=rOprNGfwEbeRWgbNEkqO", 22), 0);
	turn = sasl_step(s, final_of(c, span_str(arena_str(&s->arena, buf_str(&s->challenge)))), f);
	if (turn == SASL_FAILURE)
		return turn;
	ck_assert_int_eq(turn, SASL_CONTINUE);
	buf_init(&want, 100);
	buf_put_str(&want, "v=");
	base64_put(&want, span_of((char *)c->server_signature, 32));
	ck_assert_str_eq(buf_str(&s->challenge), buf_str(&want));
	buf_clear(&want);
	return sasl_step(s, span_of(NULL, 0), f);
}

START_TEST(test_scram)
{
	struct client c = { scrams[_i].gs2, scrams[_i].name, scrams[_i].password, scrams[_i].binding, "", "", { 0 } };
	struct host h;
	struct sasl s;
	struct fault f = { .text = "" };
	enum sasl_turn turn;

	init(&h);
	if (scrams[_i].bound) {
		h.rules.tls_exporter = SPAN(EXPORTER);
		h.rules.tls_server_end_point = SPAN(END_POINT);
	}
	turn = play_scram(&s, &h.rules, &c, scrams[_i].mechanism, &f);
	if (scrams[_i].user) {
		ck_assert_msg(turn == SASL_SUCCESS, "%s", f.text);
		ck_assert_str_eq(s.user, scrams[_i].user);
	} else {
		ck_assert_int_eq(turn, SASL_FAILURE);
		ck_assert_int_eq(f.reply, 535);
	}
	sasl_clear(&s);
	clear(&h);
}
END_TEST

/* RFC 7677 3: what its server says, with its nonce, is what the stored keys of its user give. */
START_TEST(test_rfc7677)
{
	struct client c = { "n,,", "user", "pencil", "", "", "", { 0 } };
	struct scheme_keys keys;
	struct buf v;

	first_of(&c);
	final_of(&c, SPAN("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
	ck_assert_str_eq(c.final, "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
				  "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
	buf_init(&v, 100);
	base64_put(&v, span_of((char *)c.server_signature, 32));
	ck_assert_str_eq(buf_str(&v), "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
	buf_clear(&v);
	ck_assert_int_eq(scheme_find_keys(SPAN(SCRAM), "user", SPAN(""), &keys, NULL), 1);
}
END_TEST

/* After the server's proof only an empty response may come, and two exchanges never have the same nonce. */
START_TEST(test_scram_end)
{
	struct client c = { "n,,", "al", "pencil", "", "", "", { 0 } };
	struct host h;
	struct sasl s;
	struct fault f;
	struct span first = first_of(&c);
	char nonce[200];

	init(&h);
	ck_assert_int_eq(sasl_begin(&s, &h.rules, SPAN("SCRAM-SHA-256"), &first, &f), SASL_CONTINUE);
	snprintf(nonce, sizeof(nonce), "%s", buf_str(&s.challenge));
	ck_assert_int_eq(sasl_step(&s, final_of(&c, span_str(nonce)), &f), SASL_CONTINUE);
	ck_assert_int_eq(sasl_step(&s, SPAN("x"), &f), SASL_FAILURE);
	ck_assert_int_eq(f.reply, 501);
	sasl_clear(&s);
	ck_assert_int_eq(sasl_begin(&s, &h.rules, SPAN("SCRAM-SHA-256"), &first, &f), SASL_CONTINUE);
	ck_assert_str_ne(nonce, buf_str(&s.challenge));
	/* The answer of the other exchange is worth nothing in this one. */
	ck_assert_int_eq(sasl_step(&s, span_str(c.final), &f), SASL_FAILURE);
	ck_assert_int_eq(f.reply, 535);
	sasl_clear(&s);
	clear(&h);
}
END_TEST

/* Accounts of another host: the password, and whether it is good enough for us. */
static const struct {
	const char *name, *password;
	bool hands_over, is_good, is_kept;
} far[] = {
	{ "lea", "any", true, true, true },	 { "lea", "any", false, false, false },
	{ "mia", "any", true, false, false },	 { "noa", "pencil", true, true, true },
	{ "noa", "pencil", false, true, false }, { "noa", "any", true, false, false },
	{ "al", "pencil", true, true, false },
};

START_TEST(test_far)
{
	struct host h;
	struct sasl s;
	struct fault f;

	init(&h);
	h.rules.hands_over = far[_i].hands_over;
	ck_assert_int_eq(sasl_login(&s, &h.rules, span_str(far[_i].name), span_str(far[_i].password), &f),
			 far[_i].is_good ? SASL_SUCCESS : SASL_FAILURE);
	ck_assert(span_is(buf_span(&s.password), far[_i].is_kept ? span_str(far[_i].password) : span_of(NULL, 0)));
	if (far[_i].is_kept) {
		ck_assert_str_eq(s.answer.proxied.host, "mx1");
		ck_assert_int_eq(sasl_refuse(&s, &f), SASL_FAILURE);
		ck_assert_int_eq(f.reply, 535);
		ck_assert_int_gt(s.pause_ms, 0);
	}
	sasl_clear(&s);
	clear(&h);
}
END_TEST

/* ---- lines ---- */

static const struct {
	const char *text, *response, *initial; /* NULL: it is none */
} lines[] = {
	{ "", "", "" },
	{ "=", NULL, "" },
	{ "AGFsAHBlbmNpbA==", "|al|pencil", "|al|pencil" },
	{ "cGVuY2ls", "pencil", "pencil" },
	{ "cGVuY2l", NULL, NULL },
	{ "cGVuY2ls ", NULL, NULL },
	{ "*", NULL, NULL },
	{ "==", NULL, NULL },
};

static void check_line(int rc, const struct buf *bytes, const char *want)
{
	ck_assert_int_eq(rc, want ? 0 : -1);
	if (!want)
		return;
	ck_assert_uint_eq(bytes->n, strlen(want));
	for (size_t i = 0; i < bytes->n; i++)
		ck_assert_int_eq(bytes->p[i] ? bytes->p[i] : '|', want[i]);
}

START_TEST(test_parse)
{
	struct span text = span_str(lines[_i].text);
	struct buf bytes;
	int rc = sasl_parse_response(&bytes, text);

	check_line(rc, &bytes, lines[_i].response);
	buf_wipe(&bytes);
	rc = sasl_parse_initial(&bytes, text);
	check_line(rc, &bytes, lines[_i].initial);
	buf_wipe(&bytes);
}
END_TEST

/* What fits into a line of the protocols, and what is too long. */
static const struct {
	size_t n;
	int rc;
} lengths[] = { { SASL_RESPONSE_MAX - 1, 0 }, { SASL_RESPONSE_MAX, 0 }, { SASL_RESPONSE_MAX + 1, -1 } };

START_TEST(test_parse_long)
{
	static char zeros[SASL_RESPONSE_MAX + 1];
	struct buf text, bytes;

	buf_init(&text, base64_size(sizeof(zeros)));
	base64_put(&text, span_of(zeros, lengths[_i].n));
	ck_assert_int_eq(sasl_parse_response(&bytes, buf_span(&text)), lengths[_i].rc);
	ck_assert_uint_eq(bytes.n, lengths[_i].rc ? 0 : lengths[_i].n);
	buf_wipe(&bytes);
	buf_clear(&text);
}
END_TEST

static const struct {
	const char *challenge, *want;
} challenges[] = { { "", "334 \r\n" }, { "Username:", "334 VXNlcm5hbWU6\r\n" } };

START_TEST(test_put_challenge)
{
	struct sasl s = { .steps = 0 };
	struct buf out;

	buf_init(&out, 100);
	buf_init(&s.challenge, SASL_CHALLENGE_MAX);
	buf_put_str(&s.challenge, challenges[_i].challenge);
	sasl_put_challenge(&out, "334 ", &s);
	ck_assert_str_eq(buf_str(&out), challenges[_i].want);
	buf_clear(&s.challenge);
	buf_clear(&out);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse, 0, COUNT(lines));
	tcase_add_loop_test(tc, test_parse_long, 0, COUNT(lengths));
	tcase_add_loop_test(tc, test_put_challenge, 0, COUNT(challenges));
	tcase_add_loop_test(tc, test_far, 0, COUNT(far));
	tcase_add_loop_test(tc, test_offers, 0, COUNT(offers));
	tcase_add_test(tc, test_check_mechanisms);
	tcase_add_loop_test(tc, test_exchange, 0, COUNT(rows));
	tcase_add_test(tc, test_reason);
	tcase_add_test(tc, test_challenges_of_login);
	tcase_add_test(tc, test_not_private);
	tcase_add_test(tc, test_password);
	tcase_add_test(tc, test_limit);
	tcase_add_test(tc, test_long_response);
	tcase_add_loop_test(tc, test_scram, 0, COUNT(scrams));
	tcase_add_test(tc, test_rfc7677);
	tcase_add_test(tc, test_scram_end);
}

CHECK_MAIN(sasl, add_tests)
