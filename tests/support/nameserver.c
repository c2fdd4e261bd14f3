/* SPDX-License-Identifier: ISC */
/*
 * nameserver - a DNS server by script. What it cannot do fails the test.
 */
#include "support/nameserver.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "net/dnsmsg.h"

/* Scripts use it, too, where no test of Check runs (fakedns.c). */
static void must(bool it, const char *what)
{
	if (it)
		return;
	perror(what);
	abort();
}

enum { HEADER = 12, TTL = 300, LINKS = 30 };

struct question {
	char name[256];
	unsigned type;
	size_t end;
	bool edns;
};

static void put16(struct buf *b, unsigned v)
{
	buf_put_char(b, (char)(v >> 8));
	buf_put_char(b, (char)v);
}

static void put_name(struct buf *b, struct span name)
{
	if (span_is(name, SPAN(".")))
		name.n = 0;
	while (name.n) {
		struct span label = span_cut(&name, '.');

		buf_put_char(b, (char)label.n);
		buf_put_span(b, label);
	}
	buf_put_char(b, 0);
}

static unsigned type_of(struct span word)
{
	static const enum dns_type types[] = { DNS_A, DNS_CNAME, DNS_MX, DNS_TXT, DNS_AAAA, DNS_TLSA };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (span_is(word, span_str(dnsmsg_type_name(types[i]))))
			return types[i];
	return 0;
}

static unsigned long number(struct span word)
{
	uint64_t n = 0;

	span_number(word, UINT32_MAX, &n);
	return (unsigned long)n;
}

static void put_hex(struct buf *b, struct span hex)
{
	for (size_t i = 0; i + 1 < hex.n; i += 2)
		buf_put_char(b, (char)strtoul((char[]){ hex.p[i], hex.p[i + 1], '\0' }, NULL, 16));
}

static void put_data(struct buf *b, unsigned type, struct span data)
{
	unsigned char address[16];
	struct span word;
	char text[64];

	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		word = span_word(&data);
		snprintf(text, sizeof(text), "%.*s", SPAN_ARG(word));
		must(inet_pton(type == DNS_A ? AF_INET : AF_INET6, text, address) == 1, "address");
		buf_put(b, address, type == DNS_A ? 4 : 16);
		break;
	case DNS_MX:
		put16(b, (unsigned)number(span_word(&data)));
		put_name(b, span_word(&data));
		break;
	case DNS_CNAME:
		put_name(b, span_word(&data));
		break;
	case DNS_TXT:
		buf_put_char(b, (char)data.n);
		buf_put_span(b, data);
		break;
	case DNS_TLSA:
		for (int i = 0; i < 3; i++)
			buf_put_char(b, (char)number(span_word(&data)));
		put_hex(b, span_word(&data));
		break;
	default:
		break;
	}
}

static void put_record(struct buf *b, struct span owner, unsigned type, struct span data)
{
	size_t star = span_find(data, '*');
	unsigned long times = star < data.n ? number(span_trim(span_from(data, star + 1))) : 1;
	struct buf rdata;

	buf_init(&rdata, 1 << 16);
	put_data(&rdata, type, span_trim(span_of(data.p, star)));
	while (times-- > 0) {
		put_name(b, owner);
		put16(b, type);
		put16(b, 1);
		put16(b, 0);
		put16(b, TTL);
		put16(b, (unsigned)rdata.n);
		buf_put_span(b, buf_span(&rdata));
		b->p[7]++;
		if (b->p[7] == 0)
			b->p[6]++;
	}
	buf_clear(&rdata);
}

static bool read_question(const unsigned char *p, size_t n, struct question *q)
{
	size_t at = HEADER, length = 0;

	*q = (struct question){ .edns = n > HEADER && p[11] };
	while (at < n && p[at]) {
		if (length)
			q->name[length++] = '.';
		memcpy(q->name + length, p + at + 1, p[at]);
		length += p[at];
		at += 1U + p[at];
	}
	if (at + 5 > n)
		return false;
	q->type = (unsigned)p[at + 1] << 8 | p[at + 2];
	q->end = at + 5;
	return true;
}

/* What the script says of a name; false: nothing. */
struct said {
	bool exists, is_signed, silent, no_edns, referral, garbage;
	int rcode;
	struct span alias;
};

static struct said look(const char *script, struct span name)
{
	struct span rest = span_str(script);
	struct said s = { 0 };

	while (rest.n) {
		struct span line = span_cut(&rest, '\n'), owner = span_word(&line), type = span_word(&line);

		if (!span_is_nocase(owner, name))
			continue;
		s.exists = true;
		s.is_signed |= span_is(type, SPAN("AD"));
		s.silent |= span_is(type, SPAN("SILENT"));
		s.no_edns |= span_is(type, SPAN("EDNS"));
		s.referral |= span_is(type, SPAN("REFERRAL"));
		s.garbage |= span_is(type, SPAN("GARBAGE"));
		if (span_is(type, SPAN("RCODE")))
			s.rcode = (int)number(span_word(&line));
		if (span_is(type, SPAN("CNAME")))
			s.alias = span_trim(line);
	}
	return s;
}

static void put_records(struct buf *b, const char *script, struct span name, unsigned want)
{
	struct span rest = span_str(script);

	while (rest.n) {
		struct span line = span_cut(&rest, '\n'), owner = span_word(&line);

		if (span_is_nocase(owner, name) && type_of(span_word(&line)) == want)
			put_record(b, owner, want, span_trim(line));
	}
}

/* false: no answer. */
static bool answer(const char *script, const unsigned char *p, size_t n, bool by_udp, struct buf *out)
{
	struct question q;
	struct span name;
	struct said said;
	bool is_signed = true;

	buf_reset(out);
	if (!read_question(p, n, &q))
		return false;
	name = span_str(q.name);
	said = look(script, name);
	buf_put(out, p, q.end);
	memset(out->p + 6, 0, 6);
	for (int i = 0; i < LINKS && said.alias.n && q.type != DNS_CNAME; i++) {
		is_signed &= said.is_signed;
		put_record(out, name, DNS_CNAME, said.alias);
		name = said.alias;
		said = look(script, name);
	}
	put_records(out, script, name, q.type);
	out->p[2] = (char)0x81;
	out->p[3] = (char)((said.referral ? 0 : 0x80) | (is_signed && said.is_signed ? 0x20 : 0));
	if (said.no_edns && q.edns)
		out->p[3] |= 1;
	else
		out->p[3] |= (char)(said.rcode ? said.rcode : said.exists ? 0 : 3);
	if (by_udp && out->n > DNSMSG_UDP) {
		buf_cut(out, q.end);
		memset(out->p + 6, 0, 2);
		out->p[2] |= 2;
	}
	if (said.garbage)
		out->p[7]++;
	return !said.silent;
}

static void serve_udp(struct nameserver *s, int fd, struct buf *out)
{
	unsigned char packet[512];
	struct sockaddr_in from;
	socklen_t n = sizeof(from);
	ssize_t got = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &n);

	if (got < HEADER)
		return;
	s->heard->udp++;
	if (answer(s->script, packet, (size_t)got, true, out))
		sendto(fd, out->p, out->n, 0, (struct sockaddr *)&from, n);
}

static void serve_tcp(struct nameserver *s, int listener, struct buf *out)
{
	unsigned char packet[514], length[2];
	int fd = accept(listener, NULL, NULL);
	ssize_t got = recv(fd, packet, sizeof(packet), 0);

	if (got > HEADER + 2) {
		s->heard->tcp++;
		if (answer(s->script, packet + 2, (size_t)got - 2, false, out)) {
			length[0] = (unsigned char)(out->n >> 8);
			length[1] = (unsigned char)out->n;
			send(fd, length, 2, MSG_NOSIGNAL | MSG_MORE);
			send(fd, out->p, out->n, MSG_NOSIGNAL);
		}
	}
	close(fd);
}

static void serve(struct nameserver *s, int udp, int tcp)
{
	struct pollfd fds[2] = { { .fd = udp, .events = POLLIN }, { .fd = tcp, .events = POLLIN } };
	struct buf out;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	buf_init(&out, DNSMSG_MAX);
	for (;;) {
		poll(fds, 2, -1);
		if (fds[0].revents)
			serve_udp(s, udp, &out);
		if (fds[1].revents)
			serve_tcp(s, tcp, &out);
	}
}

void nameserver_start(struct nameserver *s, const char *script)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(sa);
	int udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = -1;

	*s = (struct nameserver){ .script = script };
	s->heard = mmap(NULL, sizeof(*s->heard), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* The same port for both. */
	for (int tries = 0; tries < 50; tries++) {
		tcp = socket(AF_INET, SOCK_STREAM, 0);
		sa.sin_port = 0;
		must(bind(tcp, (struct sockaddr *)&sa, sizeof(sa)) == 0, "bind");
		must(getsockname(tcp, (struct sockaddr *)&sa, &n) == 0, "getsockname");
		if (bind(udp, (struct sockaddr *)&sa, sizeof(sa)) == 0)
			break;
		close(tcp);
	}
	must(listen(tcp, 5) == 0, "listen");
	s->port = ntohs(sa.sin_port);
	snprintf(s->address, sizeof(s->address), "127.0.0.1:%d", s->port);
	s->pid = fork();
	must(s->pid >= 0, "fork");
	if (s->pid == 0)
		serve(s, udp, tcp);
	close(udp);
	close(tcp);
}

void nameserver_end(struct nameserver *s)
{
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	if (s->heard)
		munmap(s->heard, sizeof(*s->heard));
	*s = (struct nameserver){ 0 };
}
