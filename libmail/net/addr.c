/* SPDX-License-Identifier: ISC */
/*
 * addr - socket addresses as text, and lists of networks.
 */
#include "net/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static struct addr from_v4(const void *four)
{
	struct addr a;

	memcpy(a.bytes, mapped, sizeof(mapped));
	memcpy(a.bytes + sizeof(mapped), four, 4);
	return a;
}

bool addr_from(const struct sockaddr *sa, struct addr *out)
{
	*out = (struct addr){ { 0 } };
	if (sa->sa_family == AF_INET)
		*out = from_v4(&((const struct sockaddr_in *)(const void *)sa)->sin_addr);
	else if (sa->sa_family == AF_INET6)
		memcpy(out->bytes, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, sizeof(out->bytes));
	return sa->sa_family == AF_INET || sa->sa_family == AF_INET6;
}

bool addr_is_v4(const struct addr *a)
{
	return memcmp(a->bytes, mapped, sizeof(mapped)) == 0;
}

int addr_parse(const char *text, struct addr *out)
{
	struct in_addr four;

	if (inet_pton(AF_INET, text, &four) == 1) {
		*out = from_v4(&four);
		return 0;
	}
	return inet_pton(AF_INET6, text, out->bytes) == 1 ? 0 : -1;
}

void addr_text(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	if (addr_is_v4(a))
		inet_ntop(AF_INET, a->bytes + sizeof(mapped), out, ADDR_TEXT_MAX);
	else
		inet_ntop(AF_INET6, a->bytes, out, ADDR_TEXT_MAX);
}

void addr_literal(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	char text[ADDR_TEXT_MAX];

	addr_text(a, text);
	snprintf(out, ADDR_TEXT_MAX, "%s%.48s", addr_is_v4(a) ? "" : "IPv6:", text);
}

static struct addr first_bits(const struct addr *a, unsigned bits)
{
	struct addr out = { { 0 } };

	memcpy(out.bytes, a->bytes, bits / 8);
	if (bits % 8)
		out.bytes[bits / 8] = (uint8_t)(a->bytes[bits / 8] & 0xff << (8 - bits % 8));
	return out;
}

struct addr addr_client(const struct addr *a)
{
	return addr_is_v4(a) ? *a : first_bits(a, ADDR_CLIENT_PREFIX);
}

/* An element without blanks. */
static int parse_network(struct arena *a, struct span word, struct addr_network *out, struct fault *f)
{
	struct span rest = word, host;
	struct addr cut;
	uint64_t bits, all;

	out->not = rest.n && rest.p[0] == '!';
	rest = span_from(rest, out->not );
	host = span_cut(&rest, '/');
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = span_of(host.p + 1, host.n - 2);
	if (addr_parse(arena_span(a, host), &out->address) < 0)
		return fault_usage(f, "\"%.*s\" is no address or network", SPAN_ARG(word));
	bits = all = addr_is_v4(&out->address) ? 32 : 128;
	if (span_find(word, '/') < word.n && span_number(rest, all, &bits) < 0)
		return fault_usage(f, "\"%.*s\": the prefix length is not 0 to %u", SPAN_ARG(word), (unsigned)all);
	out->bits = (unsigned)(bits + 128 - all);
	cut = first_bits(&out->address, out->bits);
	if (memcmp(&cut, &out->address, sizeof(cut)) != 0) {
		char text[ADDR_TEXT_MAX];

		addr_text(&cut, text);
		return fault_usage(f, "\"%.*s\" has bits set behind its prefix; did you mean %s/%u?", SPAN_ARG(word),
				   text, (unsigned)bits);
	}
	return 0;
}

/* Up to the next comma or blank. */
static struct span next_word(struct span *rest)
{
	struct span word = { NULL, 0 };

	while (rest->n && word.n == 0) {
		size_t n = strcspn(rest->p, ", \t\r\n");

		word = span_of(rest->p, n);
		*rest = span_from(*rest, n + 1);
	}
	return word;
}

int addr_networks_parse(struct arena *a, const char *text, struct addr_networks *out, struct fault *f)
{
	struct span rest = span_str(text), word;
	size_t n = 0;

	while (next_word(&rest).n)
		n++;
	if (n > ADDR_NETWORKS_MAX)
		return fault_usage(f, "%zu networks are more than %d", n, ADDR_NETWORKS_MAX);
	*out = (struct addr_networks){ arena_alloc(a, n * sizeof(*out->v)), 0 };
	rest = span_str(text);
	while ((word = next_word(&rest)).n) {
		if (parse_network(a, word, &out->v[out->n], f) < 0)
			return -1;
		out->n++;
	}
	return 0;
}

bool addr_networks_match(const struct addr_networks *list, const struct addr *a)
{
	for (size_t i = 0; i < list->n; i++) {
		struct addr cut = first_bits(a, list->v[i].bits);

		if (memcmp(&cut, &list->v[i].address, sizeof(cut)) == 0)
			return !list->v[i].not ;
	}
	return false;
}
