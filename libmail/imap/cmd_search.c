/* SPDX-License-Identifier: ISC */
/*
 * cmd_search - SEARCH, UID SEARCH, CANCELUPDATE: RFC 3501 6.4.4, RFC 9051 6.4.4, RFC 5267, and what search.h and
 * search_return.h name.
 */
#include "imap/search_run.h"
#include "imap/search_update.h"

enum {
	RETURNS = SEARCH_RETURN_MIN | SEARCH_RETURN_MAX | SEARCH_RETURN_ALL | SEARCH_RETURN_COUNT |
		  SEARCH_RETURN_PARTIAL | SEARCH_RETURN_SAVE | SEARCH_RETURN_CONTEXT | SEARCH_RETURN_UPDATE,
};

struct searching {
	struct search_run run;
	struct search_update_text text;
};

static void put_search(struct search_run *w)
{
	struct span correlator = search_run_correlator(w->s);

	search_run_put(w, "SEARCH", NULL, correlator);
	if (w->ret.what & SEARCH_RETURN_UPDATE)
		search_update_add(w, &((struct searching *)w)->text, NULL, correlator);
}

void imap_cmd_search(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct searching *w = search_run_new(s, sizeof(*w), how);
	unsigned charset = s->enabled & IMAP_UTF8 ? SEARCH_NO_CHARSET : 0;

	if (imap_parse_sp(p) < 0 || search_run_parse_return(&w->run, p, RETURNS) < 0)
		return;
	w->text.program = span_of(p->p, (size_t)(p->end - p->p));
	if (search_run_parse(&w->run, p, charset, span_of(NULL, 0)) < 0)
		return;
	w->run.finish = put_search;
	search_run_start(&w->run);
}

void imap_cmd_cancelupdate(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct span tag;
	bool known = true;

	(void)how;
	do {
		if (imap_parse_sp(p) < 0 || imap_parse_string(p, &tag) < 0)
			return;
		known &= search_update_cancel(s, tag);
	} while (!imap_parse_is_end(p));
	if (known)
		imap_ok(s, NULL, "Done");
	else
		imap_bad(s, NULL, "There is no search with that tag to be updated");
}
