/* SPDX-License-Identifier: ISC */
/*
 * author - who a message from this machine is from.
 */
#include "relay/author.h"

#include <stdlib.h>

#include "base/buf.h"
#include "message/address.h"

int author_check(const char *option, const char *text, size_t max, struct fault *f)
{
	if (!text)
		return 0;
	if (span_has_control(span_str(text)))
		return fault_perm(f, 501, "5.5.4", "%s: there is a control character in \"%s\"", option, text);
	if (strlen(text) > max)
		return fault_perm(f, 501, "5.5.4", "%s: longer than %zu octets", option, max);
	return 0;
}

int author_parse_sender(struct arena *a, const struct route *r, const char *text, const char **out, struct fault *f)
{
	struct span rest = span_str(text);
	struct address address, more;

	if (author_check("-f", text, ADDRESS_MAX, f) < 0)
		return -1;
	*out = "";
	if (text[0] == '\0' || strcmp(text, "<>") == 0)
		return 0;
	if (address_next(&rest, a, &address) != 1 || address_next(&rest, a, &more) != 0 ||
	    !address_is_valid(span_str(address.mailbox), true, true))
		return fault_perm(f, 501, "5.1.7", "-f: \"%s\" is no address", text);
	*out = route_qualify(r, a, span_str(address.mailbox));
	return 0;
}

/* What has no place in a header becomes a blank. */
static const char *make_harmless(struct arena *a, const char *text)
{
	char *copy = arena_str(a, strlen(text) > AUTHOR_NAME_MAX ? "" : text);

	for (char *p = copy; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	return copy;
}

/* The login name with a capital, as finger(1) has always shown "&". */
static void put_login(struct buf *out, const char *login)
{
	bool is_lower = login[0] >= 'a' && login[0] <= 'z';

	if (is_lower)
		buf_put_char(out, (char)(login[0] - 'a' + 'A'));
	buf_put_str(out, login + is_lower);
}

/* The first of the entry's fields, which commas separate. */
static const char *entry_name(struct arena *a, const struct account *who)
{
	struct buf name;
	const char *result;

	buf_init(&name, AUTHOR_NAME_MAX);
	for (const char *p = who->full_name ? who->full_name : ""; *p && *p != ','; p++) {
		if (*p == '&')
			put_login(&name, who->name);
		else
			buf_put_char(&name, *p);
	}
	result = make_harmless(a, name.overflow ? "" : buf_str(&name));
	buf_clear(&name);
	return result;
}

int author_find(struct arena *a, struct users *u, const struct route *r, const char *sender, const char *full_name,
		bool need_name, struct author *out, struct fault *f)
{
	const char *name = getenv("NAME");
	struct account self = { 0 };

	if (author_check("-F", full_name, AUTHOR_NAME_MAX, f) < 0)
		return -1;
	if (!full_name && name && name[0])
		full_name = make_harmless(a, name);
	if ((!sender || (need_name && !full_name)) && users_self(u, a, &self, f) < 0)
		return -1;
	if (!full_name)
		full_name = self.name && need_name ? entry_name(a, &self) : "";
	out->full_name = full_name;
	return author_parse_sender(a, r, sender ? sender : self.name, &out->sender, f);
}
