/* SPDX-License-Identifier: ISC */
/*
 * flaws - what is wrong with a header field as it is written.
 */
#include "message/flaws.h"

/* One line, without its LF and the CR in front of that. */
static unsigned find_in_line(struct span line, bool continued)
{
	unsigned flaws = line.n > HEADER_LINE_MAX ? FLAW_LONG : 0;

	if (continued && span_trim(line).n == 0)
		flaws |= FLAW_BLANK_LINE;
	for (size_t i = 0; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i];

		if (c >= 0x80)
			flaws |= FLAW_8BIT;
		else if (c == '\r')
			flaws |= FLAW_BARE_CR;
		else if ((c < 0x20 && c != '\t') || c == 0x7f)
			flaws |= FLAW_CONTROL;
	}
	return flaws;
}

unsigned flaws_find(const struct header_field *field, size_t *line)
{
	struct span rest = field->whole;
	unsigned flaws = 0;

	*line = 0;
	if (field->name.n < rest.n && rest.p[field->name.n] != ':')
		flaws |= FLAW_BLANK_COLON;
	for (size_t n = 0; rest.n > 0; n++) {
		struct span one = span_cut(&rest, '\n');

		if (one.n > 0 && one.p[one.n - 1] == '\r')
			one.n--;
		if (flaws == 0)
			*line = n;
		flaws |= find_in_line(one, n > 0);
	}
	if (flaws == 0)
		*line = 0;
	return flaws;
}

unsigned flaws_single(struct span name, bool message)
{
	static const struct {
		const char *name;
		bool message;
	} rows[] = {
		{ "Date", true },
		{ "From", true },
		{ "Sender", true },
		{ "Reply-To", true },
		{ "To", true },
		{ "Cc", true },
		{ "Bcc", true },
		{ "Message-ID", true },
		{ "In-Reply-To", true },
		{ "References", true },
		{ "Subject", true },
		{ "MIME-Version", true },
		{ "Content-Type", false },
		{ "Content-Transfer-Encoding", false },
		{ "Content-ID", false },
		{ "Content-Disposition", false },
		{ "Content-Description", false },
		{ "Content-Location", false },
		{ "Content-MD5", false },
		{ "Content-Language", false },
	};

	_Static_assert(sizeof(rows) / sizeof(rows[0]) == FLAWS_SINGLE_MAX, "each has a number");
	for (unsigned i = 0; i < FLAWS_SINGLE_MAX; i++)
		if ((message || !rows[i].message) && span_is_nocase(name, span_str(rows[i].name)))
			return i + 1;
	return 0;
}
