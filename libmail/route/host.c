/* SPDX-License-Identifier: ISC */
/*
 * host - what a host may be called.
 */
#include "route/host.h"

#include <arpa/inet.h>
#include <string.h>

bool host_is_name(struct span s)
{
	if (s.n == 0 || s.n > HOST_NAME_MAX_OCTETS || s.p[0] == '.' || s.p[0] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x80 && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    !strchr("-_.", c))
			return false;
		if (c == '.' && i > 0 && s.p[i - 1] == '.')
			return false;
	}
	return true;
}

bool host_is_domain(struct span s)
{
	return host_is_name(s) && s.p[s.n - 1] != '.';
}

bool host_parse_address(struct span s, struct host_address *out)
{
	if (span_starts_nocase(s, SPAN("IPv6:")))
		s = span_from(s, 5);
	if (s.n == 0 || s.n >= sizeof(out->text) || span_has_control(s))
		return false;
	memcpy(out->text, s.p, s.n);
	out->text[s.n] = '\0';
	out->family = memchr(s.p, ':', s.n) ? AF_INET6 : AF_INET;
	return inet_pton(out->family, out->text, out->bytes) == 1;
}

bool host_cut_brackets(struct span *rest, struct span *inside)
{
	size_t end = span_find(*rest, ']');

	if (rest->n == 0 || rest->p[0] != '[' || end == rest->n)
		return false;
	*inside = span_of(rest->p + 1, end - 1);
	*rest = span_from(*rest, end + 1);
	return true;
}

bool host_parse_literal(struct span s, struct host_address *out)
{
	struct span inside;

	return host_cut_brackets(&s, &inside) && s.n == 0 && host_parse_address(inside, out);
}
