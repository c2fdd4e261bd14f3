/* SPDX-License-Identifier: ISC */
/*
 * blame - what the enhanced status of a bounce says about the address.
 *
 * The rows are RFC 3463's and the registry's of RFC 5248, and what large hosts are known to mean by them. The first
 * row that fits counts.
 */
#include "list/blame.h"

enum { ANY = -1 };

/* Subject and detail; the class only limits what comes of it, see below. */
static const struct row {
	int subject, detail;
	enum blame blame;
} rows[] = {
	/* Other, undefined: hosts without enhanced status, for anything at all. */
	{ 0, ANY, BLAME_HALF },
	/* Addresses: 7 and 8 are the sender's, 9 is "cannot be relayed to a system of that kind". */
	{ 1, 7, BLAME_NONE },
	{ 1, 8, BLAME_NONE },
	{ 1, 9, BLAME_NONE },
	{ 1, ANY, BLAME_WHOLE },
	/* Mailboxes: 1 is disabled, 3 is a message that is too long for it. */
	{ 2, 1, BLAME_WHOLE },
	{ 2, 3, BLAME_NONE },
	{ 2, ANY, BLAME_HALF },
	/* Systems: 2 accepts nothing at present, 3 to 6 are about the message or the configuration. */
	{ 3, 0, BLAME_HALF },
	{ 3, 2, BLAME_HALF },
	{ 3, ANY, BLAME_NONE },
	/* Routes: 1 is also Exchange Online's "no such recipient", 4 is a domain without a host, 6 is a loop. */
	{ 4, 1, BLAME_WHOLE },
	{ 4, 4, BLAME_WHOLE },
	{ 4, ANY, BLAME_HALF },
	/* Protocol: 5.5.0 is Outlook.com's "mailbox unavailable". */
	{ 5, 0, BLAME_HALF },
	/* All others are about the message: 5 protocol, 6 content, 7 policy. */
	{ ANY, ANY, BLAME_NONE },
};

static bool fits(const struct row *row, const unsigned status[3])
{
	return (row->subject == ANY || row->subject == (int)status[1]) &&
	       (row->detail == ANY || row->detail == (int)status[2]);
}

enum blame blame_of_status(const char *status)
{
	const struct row *row = rows;
	unsigned numbers[3];

	if (dsn_parse_status(span_str(status), numbers) < 0)
		return BLAME_HALF;
	if (numbers[0] == 2)
		return BLAME_NONE;
	while (!fits(row, numbers))
		row++;
	/* What was only ever temporary, until somebody gave up. */
	return numbers[0] == 4 && row->blame == BLAME_WHOLE ? BLAME_HALF : row->blame;
}

enum blame blame_of(const struct dsn_recipient *r)
{
	return r->known && r->action == REPORT_FAILED ? blame_of_status(r->status) : BLAME_NONE;
}
