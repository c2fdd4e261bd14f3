/* SPDX-License-Identifier: ISC */
/*
 * cmd_search - SEARCH and UID SEARCH: RFC 3501 6.4.4, RFC 9051 6.4.4, and what search.h and search_return.h name.
 */
#include "imap/search_run.h"

enum {
	RETURNS = SEARCH_RETURN_MIN | SEARCH_RETURN_MAX | SEARCH_RETURN_ALL | SEARCH_RETURN_COUNT |
		  SEARCH_RETURN_PARTIAL | SEARCH_RETURN_SAVE,
};

static void put_search(struct search_run *w)
{
	search_run_put(w, "SEARCH", NULL, search_run_correlator(w->s));
}

void imap_cmd_search(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct search_run *w = search_run_new(s, sizeof(*w), how);
	unsigned charset = s->enabled & IMAP_UTF8 ? SEARCH_NO_CHARSET : 0;

	if (imap_parse_sp(p) < 0 || search_return_parse(p, RETURNS, &w->ret) < 0 ||
	    search_run_parse(w, p, charset, span_of(NULL, 0)) < 0)
		return;
	w->finish = put_search;
	search_run_start(w);
}
