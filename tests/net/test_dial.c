/* SPDX-License-Identifier: ISC */
#include "net/dial.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct fault fault;

static void teardown(void)
{
	tempdir_remove();
}

#define TEXT(literal)                                                                                                  \
	{                                                                                                              \
		(literal), sizeof(literal) - 1                                                                         \
	}

static const struct {
	struct span text;
	const char *host; /* NULL: refused */
	const char *port;
	bool is_unix;
} rows[] = {
	{ TEXT("mail.example.org"), "mail.example.org", "25", false },
	{ TEXT("mail.example.org:587"), "mail.example.org", "587", false },
	{ TEXT("mail.example.org:submission"), "mail.example.org", "submission", false },
	{ TEXT("[mail.example.org]"), "mail.example.org", "25", false },
	{ TEXT("[mail.example.org]:587"), "mail.example.org", "587", false },
	{ TEXT("[192.0.2.1]:26"), "192.0.2.1", "26", false },
	{ TEXT("192.0.2.1"), "192.0.2.1", "25", false },
	{ TEXT("[::1]:25"), "::1", "25", false },
	{ TEXT("[::1]"), "::1", "25", false },
	{ TEXT("[IPv6:2001:db8::1]:2525"), "2001:db8::1", "2525", false },
	{ TEXT("[ipv6:::1]"), "::1", "25", false },
	{ TEXT("unix:/run/lmtp.sock"), "/run/lmtp.sock", "", true },
	{ TEXT("/run/lmtp.sock"), "/run/lmtp.sock", "", true },
	{ TEXT("unix:relative.sock"), "relative.sock", "", true },
	{ TEXT(""), NULL, NULL, false },
	{ TEXT("unix:"), NULL, NULL, false },
	{ TEXT(":25"), NULL, NULL, false },
	{ TEXT("[]:25"), NULL, NULL, false },
	{ TEXT("[]"), NULL, NULL, false },
	{ TEXT("[::1"), NULL, NULL, false },
	{ TEXT("[::1]25"), NULL, NULL, false },
	{ TEXT("::1"), NULL, NULL, false },
	{ TEXT("host:65535"), "host", "65535", false },
	{ TEXT("host:65536"), NULL, NULL, false },
	{ TEXT("[::1]:99999"), NULL, NULL, false },
	{ TEXT("host:25:26"), NULL, NULL, false },
	{ TEXT("host\n:25"), NULL, NULL, false },
	{ TEXT("ho\0st"), NULL, NULL, false },
	{ TEXT("host:a-port-name-that-is-longer-than-any"), NULL, NULL, false },
};

START_TEST(test_parse)
{
	struct dial_target t;

	if (!rows[_i].host) {
		ck_assert_int_eq(dial_parse(rows[_i].text, "25", &t, &fault), -1);
		ck_assert_int_eq(fault.kind, FAULT_USAGE);
		ck_assert_ptr_nonnull(strstr(fault.text, "is not host, [host]:port or unix:path"));
		return;
	}
	ck_assert_msg(dial_parse(rows[_i].text, "25", &t, &fault) == 0, "%s", fault.text);
	ck_assert_str_eq(t.host, rows[_i].host);
	ck_assert_str_eq(t.port, rows[_i].port);
	ck_assert_int_eq(t.is_unix, rows[_i].is_unix);
	ck_assert_int_eq(t.is_bracketed, rows[_i].text.p[0] == '[');
}
END_TEST

START_TEST(test_too_long)
{
	char text[600];
	struct dial_target t;

	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(dial_parse(span_of(text, DIAL_HOST_MAX), "25", &t, &fault), 0);
	ck_assert_int_eq(dial_parse(span_of(text, DIAL_HOST_MAX + 1), "25", &t, &fault), -1);
	text[0] = '/';
	ck_assert_int_eq(dial_parse(span_of(text, sizeof(((struct sockaddr_un *)0)->sun_path) - 1), "", &t, &fault), 0);
	ck_assert_int_eq(dial_parse(span_of(text, sizeof(((struct sockaddr_un *)0)->sun_path)), "", &t, &fault), -1);
}
END_TEST

/* ---- connecting ---- */

static int listen_on(int family, char port[16])
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr *sa = family == AF_INET6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
	socklen_t n = family == AF_INET6 ? sizeof(six) : sizeof(four);
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, sa, n) < 0 || listen(fd, 5) < 0 || getsockname(fd, sa, &n) < 0)
		return -1;
	snprintf(port, 16, "%u", ntohs(family == AF_INET6 ? six.sin6_port : four.sin_port));
	return fd;
}

static unsigned port_of(const char *port)
{
	return (unsigned)strtoul(port, NULL, 10);
}

START_TEST(test_connect)
{
	static const struct {
		int family;
		const char *host, *address;
	} hosts[] = {
		{ AF_INET, "127.0.0.1", "127.0.0.1" },
		{ AF_INET6, "::1", "IPv6:::1" },
		{ AF_INET, "localhost", "127.0.0.1" },
	};
	struct dial_target t = { .is_unix = false };
	char address[DIAL_ADDRESS_MAX];
	int listener = listen_on(hosts[_i].family, t.port), fd, on = 0;
	socklen_t n = sizeof(on);

	if (listener < 0)
		return;
	snprintf(t.host, sizeof(t.host), "%s", hosts[_i].host);
	/* localhost may be ::1 first, where nobody listens: then the next address is tried. */
	fd = dial_connect(&t, 5, address, &fault);
	ck_assert_msg(fd >= 0, "%s", fault.text);
	ck_assert_str_eq(address, hosts[_i].address);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &n), 0);
	ck_assert_int_ne(on, 0);
	dial_quick_ack(fd);
	close(fd);
	close(listener);
}
END_TEST

START_TEST(test_unix)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd;
	char address[DIAL_ADDRESS_MAX];
	struct dial_target t;

	ck_assert_uint_lt((size_t)snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", tempdir_path("s")),
			  sizeof(sa.sun_path));
	ck_assert_int_eq(dial_parse(span_str(sa.sun_path), "", &t, &fault), 0);
	ck_assert_int_eq(dial_connect(&t, 5, address, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert_str_eq(fault.status, "4.4.1");
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
	ck_assert_int_eq(listen(listener, 5), 0);
	fd = dial_connect(&t, 5, address, &fault);
	ck_assert_int_ge(fd, 0);
	ck_assert_str_eq(address, "local");
	dial_quick_ack(fd);
	close(fd);
	close(listener);
	ck_assert_int_eq(dial_connect(&t, 5, address, &fault), -1);
}
END_TEST

START_TEST(test_refused)
{
	struct dial_target t = { .host = "127.0.0.1" };
	char address[DIAL_ADDRESS_MAX], want[100];

	close(listen_on(AF_INET, t.port));
	ck_assert_int_eq(dial_connect(&t, 5, address, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert_int_eq(fault.reply, 450);
	ck_assert_str_eq(fault.status, "4.4.1");
	snprintf(want, sizeof(want), "connect to 127.0.0.1[127.0.0.1]:%s: Connection refused", t.port);
	ck_assert_str_eq(fault.text, want);
}
END_TEST

/* A listener whose queue is full answers nobody. */
START_TEST(test_timeout)
{
	struct dial_target t = { .host = "127.0.0.1" };
	char address[DIAL_ADDRESS_MAX];
	int listener = listen_on(AF_INET, t.port), fds[20], n = 0;
	int64_t begin = clock_mono_ms(), took = 0;

	ck_assert_int_eq(listen(listener, 0), 0);
	for (; n < COUNT(fds); n++) {
		begin = clock_mono_ms();
		fds[n] = dial_connect(&t, 1, address, &fault);
		took = clock_mono_ms() - begin;
		if (fds[n] < 0)
			break;
	}
	ck_assert_int_lt(n, COUNT(fds));
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert_ptr_nonnull(strstr(fault.text, "Connection timed out"));
	ck_assert_int_ge(took, 900);
	ck_assert_int_lt(took, 30000);
	while (n > 0)
		close(fds[--n]);
	close(listener);
}
END_TEST

/* A listener that answers nobody any more: its queue is filled by connections that are returned in fds. */
static int silent_listener(int family, char port[16], int fds[], int n)
{
	int listener = listen_on(family, port);
	struct dial_target t = { .is_unix = false };
	char address[DIAL_ADDRESS_MAX];

	if (listener < 0 || listen(listener, 0) < 0)
		return -1;
	snprintf(t.host, sizeof(t.host), "%s", family == AF_INET6 ? "::1" : "127.0.0.1");
	snprintf(t.port, sizeof(t.port), "%s", port);
	for (int i = 0; i < n; i++)
		fds[i] = -1;
	for (int i = 0; i < n && (fds[i] = dial_connect(&t, 1, address, NULL)) >= 0;)
		i++;
	return listener;
}

/* A listener on that port of 127.0.0.1; -1: somebody has it. */
static int listener_on_four(long port)
{
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	four.sin_port = htons((uint16_t)port);
	if (bind(fd, (struct sockaddr *)&four, sizeof(four)) == 0 && listen(fd, 5) == 0)
		return fd;
	close(fd);
	return -1;
}

static void close_all(int fds[], int n)
{
	for (int i = 0; i < n && fds[i] >= 0; i++)
		close(fds[i]);
}

/* IPv6 does not answer, IPv4 does on the same port: it takes the stagger, and not the time-out. */
START_TEST(test_happy_eyeballs)
{
	int fds[20], listener = -1, silent = -1, fd;
	char port[16], address[DIAL_ADDRESS_MAX];
	struct addr v[3];

	/* The kernel gives a port that is free on ::1; another test may have it on 127.0.0.1. */
	for (int i = 0; i < 10 && listener < 0; i++) {
		silent = silent_listener(AF_INET6, port, fds, COUNT(fds));
		if (silent < 0)
			return;
		listener = listener_on_four(port_of(port));
		if (listener < 0) {
			close_all(fds, COUNT(fds));
			close(silent);
		}
	}
	ck_assert_int_ge(listener, 0);
	addr_parse("::1", &v[0]);
	addr_parse("127.0.0.2", &v[1]); /* refuses at once */
	addr_parse("127.0.0.1", &v[2]);
	fd = dial_addresses("mx.example", v, 3, port_of(port), 30, address, &fault);
	ck_assert_msg(fd >= 0, "%s", fault.text);
	ck_assert_str_eq(address, "127.0.0.1");
	close(fd);
	/* Nobody answers: the reason is the time. */
	ck_assert_int_eq(dial_addresses("mx.example", v, 1, port_of(port), 1, address, &fault), -1);
	ck_assert_str_eq(fault.status, "4.4.1");
	ck_assert_ptr_nonnull(strstr(fault.text, "connect to mx.example[IPv6:::1]:"));
	ck_assert_ptr_nonnull(strstr(fault.text, "Connection timed out"));
	close_all(fds, COUNT(fds));
	close(silent);
	close(listener);
}
END_TEST

START_TEST(test_no_address)
{
	char address[DIAL_ADDRESS_MAX];

	ck_assert_int_eq(dial_addresses("mx.example", NULL, 0, 25, 1, address, &fault), -1);
	ck_assert_str_eq(fault.text, "host mx.example has no address");
}
END_TEST

/* All of them refuse: the last one is named. */
START_TEST(test_all_refuse)
{
	char address[DIAL_ADDRESS_MAX], port[16], want[100];
	struct addr v[20];

	close(listen_on(AF_INET, port));
	for (int i = 0; i < COUNT(v); i++)
		addr_parse(i == DIAL_ADDRESSES_MAX - 1 ? "127.0.0.3" : "127.0.0.2", &v[i]);
	ck_assert_int_eq(dial_addresses("mx.example", v, COUNT(v), port_of(port), 5, address, &fault), -1);
	snprintf(want, sizeof(want), "connect to mx.example[127.0.0.3]:%s: Connection refused", port);
	ck_assert_str_eq(fault.text, want);
}
END_TEST

START_TEST(test_no_such_port)
{
	struct dial_target t = { .host = "127.0.0.1", .port = "no-such-service" };
	char address[DIAL_ADDRESS_MAX];

	ck_assert_int_eq(dial_connect(&t, 1, address, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_PERM);
	ck_assert_str_eq(fault.status, "5.1.2");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, test_parse, 0, COUNT(rows));
	tcase_add_test(tc, test_too_long);
	tcase_add_loop_test(tc, test_connect, 0, 3);
	tcase_add_test(tc, test_unix);
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_timeout);
	tcase_add_test(tc, test_happy_eyeballs);
	tcase_add_test(tc, test_no_address);
	tcase_add_test(tc, test_all_refuse);
	tcase_add_test(tc, test_no_such_port);
}

CHECK_MAIN(dial, add_tests)
