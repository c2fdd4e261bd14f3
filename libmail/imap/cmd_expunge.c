/* SPDX-License-Identifier: ISC */
/*
 * cmd_expunge - EXPUNGE, and UID EXPUNGE (RFC 9051 6.4.3, 6.4.9).
 *
 * What was removed is told by the look at the mailbox that ends the command, with what others removed.
 */
#include "imap/cmd.h"

#include <stdio.h>

/* Those that are in `numbers` (NULL: all) and have the flags. */
static int remove_with(struct imap_session *s, const struct seqset *numbers, uint32_t flags, struct fault *f)
{
	struct cache *view = &s->box->view;
	bool counts = s->modseq.loaded;
	int rc = 0;

	if (counts && modseq_begin(&s->modseq, s->box, f) < 0)
		return -1;
	mailbox_begin_change(s->box);
	for (size_t i = 0; i < view->n && rc == 0; i++) {
		if (cache_is_gone(view, i) || (view->flags[i] & flags) != flags ||
		    (numbers && !seqset_has(numbers, (uint32_t)i + 1)))
			continue;
		rc = mailbox_remove(s->box, i, f);
		if (rc == 0 && counts)
			modseq_note(&s->modseq, s->box, i);
	}
	if (counts)
		modseq_commit(&s->modseq, s->box);
	return rc;
}

int imap_remove_deleted(struct imap_session *s, const struct seqset *numbers, struct fault *f)
{
	return remove_with(s, numbers, MSGNAME_DELETED, f);
}

int imap_remove(struct imap_session *s, const struct seqset *numbers, struct fault *f)
{
	return remove_with(s, numbers, 0, f);
}

void imap_cmd_expunge(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct seqset numbers;
	char code[64];
	struct fault f;

	if (how & IMAP_UID && (imap_parse_sp(p) < 0 || imap_parse_messages(s, p, how, &numbers) < 0))
		return;
	if (imap_parse_end(p) < 0)
		return;
	if (imap_remove_deleted(s, how & IMAP_UID ? &numbers : NULL, &f) < 0) {
		imap_fail(s, NULL, &f);
		return;
	}
	snprintf(code, sizeof(code), "HIGHESTMODSEQ %llu", (unsigned long long)s->modseq.highest);
	imap_ok(s, s->modseq.loaded ? code : NULL, "Removed");
}
