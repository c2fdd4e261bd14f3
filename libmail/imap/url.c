/* SPDX-License-Identifier: ISC */
/*
 * url - IMAP URLs that name a message or a piece of one.
 */
#include "imap/url.h"

#include "base/hex.h"

/* With "%XX" undone; NULL when it is not that, or a NUL. */
static const char *decode(struct arena *a, struct span text)
{
	char *out = arena_alloc(a, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '%') {
			int high = i + 2 < text.n ? hex_value(text.p[i + 1]) : -1;
			int low = high < 0 ? -1 : hex_value(text.p[i + 2]);

			if (low < 0)
				return NULL;
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (c == '\0')
			return NULL;
		out[n++] = c;
	}
	return out;
}

/* "imap://user;AUTH=x@host:143": up to the path. */
static int take_server(struct arena *a, struct span *rest, struct imap_url *out)
{
	struct span server;
	size_t at;

	if (!span_starts_nocase(*rest, SPAN("imap://")))
		return 0;
	server = span_from(*rest, sizeof("imap://") - 1);
	server.n = span_find(server, '/');
	*rest = span_from(*rest, sizeof("imap://") - 1 + server.n);
	at = span_find(server, '@');
	if (at == server.n)
		return server.n > 0 ? 0 : -1;
	server.n = at;
	server.n = span_find(server, ';');
	out->user = decode(a, server);
	return out->user ? 0 : -1;
}

/* ";NAME=value", up to the next "/" or ";": is it there? */
static bool take_field(struct span *rest, struct span name, struct span *value)
{
	size_t slash;

	if (!span_starts_nocase(*rest, name))
		return false;
	*rest = span_from(*rest, name.n);
	slash = span_find(*rest, '/');
	*value = span_of(rest->p, slash);
	value->n = span_find(*value, ';');
	*rest = span_from(*rest, value->n);
	return true;
}

static int parse_number(struct span text, uint64_t max, uint64_t *out)
{
	return span_number(text, max, out) == 0 && *out > 0 ? 0 : -1;
}

static int take_mailbox(struct arena *a, struct span *rest, struct imap_url *out)
{
	struct span value, name;
	uint64_t number;
	size_t end = 0;

	if (span_starts_nocase(*rest, SPAN(";UID=")) || span_starts_nocase(*rest, SPAN("/;UID=")))
		return 0;
	if (!span_starts(*rest, SPAN("/")))
		return -1;
	*rest = span_from(*rest, 1);
	/* The name ends where its UIDVALIDITY or the UID begins: it may have "/" in it. */
	while (end < rest->n && rest->p[end] != ';')
		end++;
	name = span_of(rest->p, end);
	if (end > 0 && name.p[end - 1] == '/')
		name.n--;
	*rest = span_from(*rest, name.n);
	out->mailbox = decode(a, name);
	if (!out->mailbox || name.n == 0)
		return -1;
	if (!take_field(rest, SPAN(";UIDVALIDITY="), &value))
		return 0;
	if (parse_number(value, UINT32_MAX, &number) < 0)
		return -1;
	out->uidvalidity = (uint32_t)number;
	return 0;
}

/* "0.1024", "100": from which octet on, and how many. */
static int parse_partial(struct span value, struct imap_url *out)
{
	bool has_length = span_find(value, '.') < value.n;
	struct span from = span_cut(&value, '.');

	if (span_number(from, INT64_MAX, &out->from) < 0)
		return -1;
	out->is_partial = true;
	return has_length ? parse_number(value, INT64_MAX, &out->octets) : 0;
}

int imap_url_parse(struct arena *a, struct span text, struct imap_url *out)
{
	struct span rest = text, value;
	uint64_t number;

	*out = (struct imap_url){ .section = "", .octets = UINT64_MAX };
	if (take_server(a, &rest, out) < 0 || take_mailbox(a, &rest, out) < 0)
		return -1;
	if (span_starts(rest, SPAN("/")))
		rest = span_from(rest, 1);
	if (!take_field(&rest, SPAN(";UID="), &value) || parse_number(value, UINT32_MAX, &number) < 0)
		return -1;
	out->uid = (uint32_t)number;
	if (take_field(&rest, SPAN("/;SECTION="), &value) && (out->section = decode(a, value)) == NULL)
		return -1;
	if (take_field(&rest, SPAN("/;PARTIAL="), &value) && parse_partial(value, out) < 0)
		return -1;
	return rest.n == 0 ? 0 : -1;
}
