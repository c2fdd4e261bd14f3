/* SPDX-License-Identifier: ISC */
/*
 * proxyproto - the header that a proxy puts in front of a connection.
 *
 * Strict: addresses are compared with the protocol that they are said to be of, numbers have no
 * leading zeros, and no blank may be missing or too many.
 */
#include "net/proxyproto.h"

#include <stdint.h>
#include <string.h>

enum {
	V2_HEAD = 16,	   /* signature, version and command, family, length */
	V2_LENGTH_AT = 14, /* of two octets */
	V2_IPV4 = 12,	   /* octets of two addresses and two ports */
	V2_IPV6 = 36,
	V2_UNIX = 216,
	LOCAL = 0x20,
	PROXY = 0x21,
};

static const char signature[12] = "\r\n\r\n\0\r\nQUIT\n";

static int bad(const char *what, struct fault *f)
{
	return fault_perm(f, 501, "5.5.2", "bad PROXY header: %s", what);
}

/* ---- version 1 ---- */

static int parse_port(struct span word)
{
	uint64_t port;

	return word.n == 0 || (word.n > 1 && word.p[0] == '0') ? -1 : span_number(word, 65535, &port);
}

static int parse_address(struct span word, bool v4, struct addr *out)
{
	char text[ADDR_TEXT_MAX];

	if (word.n == 0 || word.n >= sizeof(text))
		return -1;
	memcpy(text, word.p, word.n);
	text[word.n] = '\0';
	if ((span_find(word, ':') == word.n) != v4)
		return -1;
	return addr_parse(text, out);
}

static int parse_line(struct span line, struct proxyproto *out, struct fault *f)
{
	struct span protocol = span_cut(&line, ' '), source, target;
	struct addr ignored;
	bool v4 = span_is(protocol, SPAN("TCP4"));

	/* What follows is to be ignored. */
	if (span_is(protocol, SPAN("UNKNOWN"))) {
		out->is_nameless = true;
		return 1;
	}
	if (!v4 && !span_is(protocol, SPAN("TCP6")))
		return bad("the protocol is neither TCP4, TCP6 nor UNKNOWN", f);
	source = span_cut(&line, ' ');
	target = span_cut(&line, ' ');
	if (parse_address(source, v4, &out->client) < 0 || parse_address(target, v4, &ignored) < 0)
		return bad("an address is wrong", f);
	source = span_cut(&line, ' ');
	if (parse_port(source) < 0 || parse_port(line) < 0)
		return bad("a port is wrong", f);
	return 1;
}

static int parse_v1(struct span bytes, size_t *used, struct proxyproto *out, struct fault *f)
{
	struct span line = span_of(bytes.p, bytes.n < PROXYPROTO_LINE_MAX ? bytes.n : PROXYPROTO_LINE_MAX);
	size_t n = span_find(line, '\n');

	if (n == line.n)
		return line.n < PROXYPROTO_LINE_MAX ? 0 : bad("the line is too long", f);
	if (bytes.p[n - 1] != '\r')
		return bad("the line does not end with CR LF", f);
	*used = n + 1;
	line.n = n - 1;
	if (span_has_control(line))
		return bad("there are control bytes in it", f);
	return parse_line(span_from(line, sizeof("PROXY ") - 1), out, f);
}

/* ---- version 2 ---- */

static int parse_addresses(unsigned family, struct span body, struct proxyproto *out, struct fault *f)
{
	static const size_t sizes[] = { 0, V2_IPV4, V2_IPV6, V2_UNIX };
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (family >> 4 >= sizeof(sizes) / sizeof(sizes[0]) || (family & 0xf) > 2)
		return bad("the address family is not known", f);
	if (body.n < sizes[family >> 4])
		return bad("it is too short for its addresses", f);
	switch (family >> 4) {
	case 1:
		memcpy(out->client.bytes, mapped, sizeof(mapped));
		memcpy(out->client.bytes + sizeof(mapped), body.p, 4);
		return 1;
	case 2:
		memcpy(out->client.bytes, body.p, sizeof(out->client.bytes));
		return 1;
	}
	out->is_nameless = true;
	return 1;
}

static int parse_v2(struct span bytes, size_t *used, struct proxyproto *out, struct fault *f)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	size_t length;

	if (bytes.n < V2_HEAD)
		return 0;
	length = (size_t)p[V2_LENGTH_AT] << 8 | p[V2_LENGTH_AT + 1];
	if (p[12] != LOCAL && p[12] != PROXY)
		return bad("neither the command LOCAL nor PROXY of version 2", f);
	if (length > PROXYPROTO_MAX - V2_HEAD)
		return bad("it is too long", f);
	if (bytes.n - V2_HEAD < length)
		return 0;
	*used = V2_HEAD + length;
	out->is_nameless = p[12] == LOCAL;
	return out->is_nameless ? 1 : parse_addresses(p[13], span_of(bytes.p + V2_HEAD, length), out, f);
}

/* Do the bytes begin with it, as far as they go? */
static bool may_be(struct span bytes, struct span prefix)
{
	size_t n = bytes.n < prefix.n ? bytes.n : prefix.n;

	return memcmp(bytes.p, prefix.p, n) == 0;
}

int proxyproto_parse(struct span bytes, size_t *used, struct proxyproto *out, struct fault *f)
{
	struct span v1 = SPAN("PROXY "), v2 = span_of(signature, sizeof(signature));

	*out = (struct proxyproto){ .is_nameless = false };
	if (bytes.n == 0)
		return 0;
	if (may_be(bytes, v1))
		return bytes.n < v1.n ? 0 : parse_v1(bytes, used, out, f);
	if (may_be(bytes, v2))
		return parse_v2(bytes, used, out, f);
	return bad("there is none", f);
}
