/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "smtp/client.h"
#include "support/certs.h"
#include "support/check_main.h"
#include "support/scripted.h"

/*
 * A server in a process of its own, by script: for each connection a list of steps. Text is sent (after a line was
 * read, but for the first), TLS is a handshake, GARBAGE is sent where a handshake should be, and at NULL it hangs up.
 */
#define TLS	"tls"
#define GARBAGE "garbage"
#define SILENCE "silence"
#define HELLO	"220 mx ESMTP\r\n"
#define OFFER	"250-mx\r\n250-PIPELINING\r\n250 STARTTLS\r\n"
#define PLAIN	"250-mx\r\n250 SIZE 1000\r\n"
#define READY	"220 Go ahead\r\n"
#define BYE	"221 bye\r\n"

enum { STEPS = 10, CONNECTIONS = 3, CLIENT_SECONDS = 1 };

struct row {
	const char *name;
	const char *cert;
	enum client_tls_level level;
	bool wrapper;
	const char *script[CONNECTIONS][STEPS];
	const char *fault; /* NULL: it succeeds */
	const char *status;
	enum { CLEAR, SECURE, VERIFIED } became;
	int greetings; /* that came */
};

static const struct row rows[] = {
	{ "offered", "mx", CLIENT_TLS_MAY, false, { { HELLO, OFFER, READY, TLS, PLAIN, BYE } }, NULL, "", SECURE, 1 },
	{ "not offered", "mx", CLIENT_TLS_MAY, false, { { HELLO, PLAIN, BYE } }, NULL, "", CLEAR, 1 },
	{ "not wanted", "mx", CLIENT_TLS_NONE, false, { { HELLO, OFFER, BYE } }, NULL, "", CLEAR, 1 },
	{ "refused", "mx", CLIENT_TLS_MAY, false, { { HELLO, OFFER, "454 4.7.0 No\r\n", BYE } }, NULL, "", CLEAR, 1 },
	{ "garbage",
	  "mx",
	  CLIENT_TLS_MAY,
	  false,
	  { { HELLO, OFFER, READY, GARBAGE }, { HELLO, OFFER, BYE } },
	  NULL,
	  "",
	  CLEAR,
	  2 },
	{ "hangs up instead",
	  "mx",
	  CLIENT_TLS_MAY,
	  false,
	  { { HELLO, OFFER, READY }, { HELLO, OFFER, BYE } },
	  NULL,
	  "",
	  CLEAR,
	  2 },
	{ "stalls",
	  "mx",
	  CLIENT_TLS_MAY,
	  false,
	  { { HELLO, OFFER, READY, SILENCE }, { HELLO, OFFER, BYE } },
	  NULL,
	  "",
	  CLEAR,
	  2 },
	{ "expired, and nobody asks",
	  "expired",
	  CLIENT_TLS_MAY,
	  false,
	  { { HELLO, OFFER, READY, TLS, PLAIN, BYE } },
	  NULL,
	  "",
	  SECURE,
	  1 },

	{ "demanded",
	  "mx",
	  CLIENT_TLS_ENCRYPT,
	  false,
	  { { HELLO, OFFER, READY, TLS, PLAIN, BYE } },
	  NULL,
	  "",
	  SECURE,
	  1 },
	{ "demanded, not offered",
	  "mx",
	  CLIENT_TLS_ENCRYPT,
	  false,
	  { { HELLO, PLAIN, BYE } },
	  "TLS is demanded, and 127.0.0.1[127.0.0.1] does not offer it",
	  "4.7.4",
	  CLEAR,
	  1 },
	{ "demanded, HELO only",
	  "mx",
	  CLIENT_TLS_ENCRYPT,
	  false,
	  { { HELLO, "500 What\r\n", "250 mx\r\n", BYE } },
	  "TLS is demanded, and 127.0.0.1[127.0.0.1] does not offer it",
	  "4.7.4",
	  CLEAR,
	  1 },
	{ "demanded, refused",
	  "mx",
	  CLIENT_TLS_ENCRYPT,
	  false,
	  { { HELLO, OFFER, "454 4.7.0 No\r\n", BYE } },
	  "TLS is demanded, and 127.0.0.1[127.0.0.1] refuses it: 454 No",
	  "4.7.5",
	  CLEAR,
	  1 },
	{ "demanded, garbage",
	  "mx",
	  CLIENT_TLS_ENCRYPT,
	  false,
	  { { HELLO, OFFER, READY, GARBAGE } },
	  "the handshake failed: ",
	  "4.7.0",
	  CLEAR,
	  1 },
	{ "demanded, stalls",
	  "mx",
	  CLIENT_TLS_ENCRYPT,
	  false,
	  { { HELLO, OFFER, READY, SILENCE } },
	  "conversation timed out with 127.0.0.1[127.0.0.1] while the TLS handshake",
	  "4.4.2",
	  CLEAR,
	  1 },
	{ "lost after it",
	  "mx",
	  CLIENT_TLS_MAY,
	  false,
	  { { HELLO, OFFER, READY, TLS } },
	  "lost connection with ",
	  "4.4.2",
	  CLEAR,
	  1 },

	/* 40 products did not notice: what is said in clear behind the reply is not the server's word. */
	{ "injected",
	  "mx",
	  CLIENT_TLS_ENCRYPT,
	  false,
	  { { HELLO, OFFER, READY "250-mx\r\n250 AUTH PLAIN\r\n", TLS } },
	  "data came in clear behind the reply",
	  "4.4.2",
	  CLEAR,
	  1 },
	{ "injected, may",
	  "mx",
	  CLIENT_TLS_MAY,
	  false,
	  { { HELLO, OFFER, READY "250 mx\r\n", TLS }, { HELLO, OFFER, BYE } },
	  "data came in clear behind the reply",
	  "4.4.2",
	  CLEAR,
	  1 },

	{ "verified",
	  "mx",
	  CLIENT_TLS_VERIFY,
	  false,
	  { { HELLO, OFFER, READY, TLS, PLAIN, BYE } },
	  NULL,
	  "",
	  VERIFIED,
	  1 },
	{ "wrong name",
	  "other",
	  CLIENT_TLS_VERIFY,
	  false,
	  { { HELLO, OFFER, READY, TLS }, { HELLO, OFFER, BYE } },
	  "its certificate is not accepted: hostname mismatch",
	  "4.7.5",
	  CLEAR,
	  1 },
	{ "expired",
	  "expired",
	  CLIENT_TLS_VERIFY,
	  false,
	  { { HELLO, OFFER, READY, TLS } },
	  "certificate has expired",
	  "4.7.5",
	  CLEAR,
	  1 },
	{ "by itself",
	  "alone",
	  CLIENT_TLS_VERIFY,
	  false,
	  { { HELLO, OFFER, READY, TLS } },
	  "self-signed certificate",
	  "4.7.5",
	  CLEAR,
	  1 },
	{ "DANE",
	  "expired",
	  CLIENT_TLS_DANE,
	  false,
	  { { HELLO, OFFER, READY, TLS } },
	  "its certificate is not accepted: ",
	  "4.7.5",
	  CLEAR,
	  1 },
	{ "DANE", "mx", CLIENT_TLS_DANE, false, { { HELLO, OFFER, READY, TLS, PLAIN, BYE } }, NULL, "", VERIFIED, 1 },

	{ "wrapper", "mx", CLIENT_TLS_ENCRYPT, true, { { TLS, HELLO, OFFER, BYE } }, NULL, "", SECURE, 1 },
	{ "wrapper, verified", "mx", CLIENT_TLS_VERIFY, true, { { TLS, HELLO, PLAIN, BYE } }, NULL, "", VERIFIED, 1 },
	{ "wrapper, in clear",
	  "mx",
	  CLIENT_TLS_ENCRYPT,
	  true,
	  { { HELLO, PLAIN } },
	  "the handshake failed: ",
	  "4.7.0",
	  CLEAR,
	  0 },
};

/* ---- the server ---- */

static bool finish(struct stream *s)
{
	struct fault f;
	int rc;

	while ((rc = tlsio_handshake(s, &f)) == 0) {
		struct pollfd p = { .fd = s->in, .events = stream_events(s, POLLIN) };

		poll(&p, 1, 5000);
	}
	return rc > 0;
}

/* -1 at the end. */
static int read_octet(struct stream *s)
{
	struct pollfd p = { .fd = s->in, .events = POLLIN };
	unsigned char c;
	ssize_t n;

	do {
		if (!stream_is_pending(s) && poll(&p, 1, 10000) <= 0)
			return -1;
		n = stream_read(s, &c, 1);
	} while (n < 0 && errno == EAGAIN);
	return n > 0 ? c : -1;
}

static bool read_line(struct stream *s)
{
	int c;

	do
		c = read_octet(s);
	while (c >= 0 && c != '\n');
	return c >= 0;
}

static void serve(struct tlsio_server *tls, int fd, const char *const *step)
{
	struct stream s;
	struct fault f;
	bool talks = false;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	stream_plain(&s, fd, fd);
	for (; *step; step++) {
		if (strcmp(*step, TLS) == 0) {
			if (tlsio_accept(tls, &s, "client", &f) < 0 || !finish(&s))
				break;
			continue;
		}
		if (strcmp(*step, SILENCE) == 0)
			break;
		/* The greeting answers nothing, garbage the ClientHello. */
		if (talks && (strcmp(*step, GARBAGE) == 0 ? read_octet(&s) < 0 : !read_line(&s)))
			break;
		talks = true;
		stream_write(&s, *step, strlen(*step));
	}
	/* So that the last words are read. */
	if (!*step)
		shutdown(fd, SHUT_WR);
	while (read_octet(&s) >= 0)
		continue;
	stream_close(&s);
}

static pid_t start(const struct row *row, int listener)
{
	const struct tlsio_server_rules rules = { .keys = certs_pair(row->cert), .alpn = "smtp" };
	struct fault f;
	pid_t pid = fork();

	if (pid == 0) {
		struct tlsio_server *tls = tlsio_server_open(&rules, &f);

		for (int i = 0; tls && i < CONNECTIONS && row->script[i][0]; i++)
			serve(tls, accept(listener, NULL, NULL), row->script[i]);
		_exit(0);
	}
	return pid;
}

/* ---- the client ---- */

static int greeted;

static void on_line(void *ctx, char direction, struct span line)
{
	(void)ctx;
	(void)line;
	greeted += direction == '<' && span_is(line, SPAN("220 mx ESMTP"));
}

static void set_rules(struct client_rules *r, const struct row *row, struct tlsio_tlsa *record)
{
	struct span spki = certs_spki("mx");

	*record = (struct tlsio_tlsa){ 3, 1, 1, (const uint8_t *)spki.p, spki.n };
	*r = (struct client_rules){
		.helo = "client.example",
		.connect_timeout = CLIENT_SECONDS,
		.helo_timeout = CLIENT_SECONDS,
		.quit_timeout = CLIENT_SECONDS,
		.trace = on_line,
		.tls = { .level = row->level,
			 .wrapper = row->wrapper,
			 .ca_file = certs_path("ca.pem"),
			 .timeout = CLIENT_SECONDS,
			 .host = "mx.example",
			 .tlsa = record,
			 .n_tlsa = 1 },
	};
}

START_TEST(test_levels)
{
	const struct row *row = &rows[_i];
	struct dial_target to;
	struct client_rules rules;
	struct tlsio_tlsa record;
	struct client c;
	struct fault f = { 0 };
	char text[64];
	int port, status, listener = scripted_listener(&port), rc;
	pid_t pid;

	pid = start(row, listener);
	set_rules(&rules, row, &record);
	snprintf(text, sizeof(text), "127.0.0.1:%d", port);
	ck_assert_int_eq(dial_parse(span_str(text), "25", &to, &f), 0);
	client_init(&c, &rules);
	greeted = 0;
	rc = client_open(&c, &to, &f);
	if (row->fault) {
		ck_assert_msg(rc == -1, "%s: it works", row->name);
		ck_assert_int_eq(f.kind, FAULT_TEMP);
		ck_assert_msg(strstr(f.text, row->fault) != NULL, "%s: %s", row->name, f.text);
		ck_assert_str_eq(f.status, row->status);
		ck_assert(!client_is_connected(&c));
	} else {
		ck_assert_msg(rc == 0, "%s: %s", row->name, f.text);
		ck_assert_int_eq(client_is_secure(&c), row->became != CLEAR);
		ck_assert_int_eq(c.secure.verified && client_is_secure(&c), row->became == VERIFIED);
		/* What counts is what was said last. */
		if (row->became != CLEAR && !row->wrapper)
			ck_assert_int_eq(c.extensions, SMTP_SIZE);
		ck_assert(!client_is_stale(&c));
		client_quit(&c);
	}
	ck_assert_int_eq(greeted, row->greetings);
	ck_assert_ptr_eq(c.rules, &rules);
	client_clear(&c);
	close(listener);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}
END_TEST

static void make_certs(void)
{
	certs_path("");
}

static void add_tests(TCase *tc)
{
	tcase_add_unchecked_fixture(tc, make_certs, NULL);
	tcase_add_loop_test(tc, test_levels, 0, COUNT(rows));
}

CHECK_MAIN(client_tls, add_tests)
