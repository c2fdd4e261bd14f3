/* SPDX-License-Identifier: ISC */
/*
 * cmd_status - STATUS (RFC 9051 6.3.11).
 */
#include "imap/cmd.h"
#include "imap/status.h"

void imap_cmd_status(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	const char *name;
	struct fault f;
	unsigned items;

	(void)how;
	if (imap_parse_sp(p) < 0 || imap_parse_mailbox(p, &name) < 0 || imap_parse_sp(p) < 0 ||
	    imap_status_parse(p, &items) < 0 || imap_parse_end(p) < 0)
		return;
	if (items & IMAP_STATUS_HIGHESTMODSEQ)
		imap_use_condstore(s);
	if (imap_status_say(s, name, items, &f) < 0)
		imap_fail(s, "NONEXISTENT", &f);
	else
		imap_ok(s, NULL, "That is it");
}
