/* SPDX-License-Identifier: ISC */
/*
 * uucp - the sender of a message that came by UUCP.
 */
#include "message/uucp.h"

static bool is_from(struct span *line)
{
	if (span_starts(*line, SPAN("From ")))
		*line = span_from(*line, 5);
	else if (span_starts(*line, SPAN(">From ")))
		*line = span_from(*line, 6);
	else
		return false;
	return true;
}

bool uucp_parse_from(struct span line, struct uucp_from *out)
{
	struct span word, next;

	*out = (struct uucp_from){ 0 };
	line = span_trim(line);
	if (!is_from(&line))
		return false;
	out->user = span_word(&line);
	/* The date has blanks; "remote from" can only be the last words. */
	for (word = span_word(&line); word.n; word = next) {
		next = span_word(&line);
		if (span_is(word, SPAN("remote")) && span_is(next, SPAN("from")))
			out->host = span_word(&line);
	}
	return out->user.n > 0;
}

static bool ends_with_host(struct span path, struct span host)
{
	struct span last = span_from(path, span_find_last(path, '!') + 1);

	return span_is_nocase(span_find_last(path, '!') < path.n ? last : path, host);
}

/* "hosta!al@domain": where hosts say who they are they have put themselves in front. */
static const char *without_path(struct arena *a, struct span address)
{
	struct span local = span_of(address.p, span_find(address, '@'));
	size_t bang = span_find_last(local, '!');

	return arena_span(a, bang < local.n ? span_from(address, bang + 1) : address);
}

/*
 * Each line tells the way to the host that the one before came from, so it replaces the user at the end of the path.
 * Some hosts have put the path they knew into the line, so its host may be there already.
 */
static const char *extend(struct arena *a, const char *path, const struct uucp_from *from)
{
	struct span before = { "", 0 };
	bool known;

	/* Whoever has a domain is found without the way by which the message came. */
	if (from->host.n && span_find(from->user, '@') < from->user.n)
		return without_path(a, from->user);
	if (path && strchr(path, '!'))
		before = span_of(path, span_find_last(span_str(path), '!'));
	known = from->host.n == 0 || (before.n && ends_with_host(before, from->host));
	return arena_printf(a, "%.*s%s%.*s%s%.*s", SPAN_ARG(before), before.n ? "!" : "",
			    SPAN_ARG(known ? span_of("", 0) : from->host), known ? "" : "!", SPAN_ARG(from->user));
}

int uucp_path(struct arena *a, struct span *rest, const char **path)
{
	const char *so_far = NULL;
	struct span look = *rest;
	struct uucp_from from;

	for (unsigned lines = 0; look.n; lines++) {
		struct span line = span_cut(&look, '\n');

		if (!uucp_parse_from(line, &from))
			break;
		if (lines == UUCP_LINES_MAX || line.n > UUCP_LINE_MAX)
			return -1;
		so_far = extend(a, so_far, &from);
		*rest = look;
	}
	if (!so_far)
		return 0;
	*path = so_far;
	return 1;
}

const char *uucp_address(struct arena *a, const char *path)
{
	size_t n = span_find(span_str(path), '!');

	if (!path[n] || strchr(path, '@') || n == 0 || !path[n + 1])
		return path;
	return arena_printf(a, "%s@%.*s", path + n + 1, (int)n, path);
}
