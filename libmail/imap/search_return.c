/* SPDX-License-Identifier: ISC */
/*
 * search_return - what SEARCH, SORT and ESEARCH return.
 */
#include "imap/search_return.h"

#include "imap/fetch.h"
#include "imap/put.h"

enum {
	RESULTS =
		SEARCH_RETURN_MIN | SEARCH_RETURN_MAX | SEARCH_RETURN_ALL | SEARCH_RETURN_COUNT | SEARCH_RETURN_PARTIAL
};

static const struct {
	const char *name;
	unsigned bit;
} options[] = {
	/* RFC 4731 */
	{ "MIN", SEARCH_RETURN_MIN },
	{ "MAX", SEARCH_RETURN_MAX },
	{ "ALL", SEARCH_RETURN_ALL },
	{ "COUNT", SEARCH_RETURN_COUNT },
	/* RFC 9394, 5267 */
	{ "PARTIAL", SEARCH_RETURN_PARTIAL },
	/* RFC 5182 */
	{ "SAVE", SEARCH_RETURN_SAVE },
	/* RFC 5267 */
	{ "CONTEXT", SEARCH_RETURN_CONTEXT },
	{ "UPDATE", SEARCH_RETURN_UPDATE },
};

/* "1:500" or "-1:-100". */
static int parse_range(struct imap_parse *p, struct search_return *out)
{
	uint32_t a, b;
	const char *start;
	bool ends;

	if (imap_parse_sp(p) < 0)
		return -1;
	start = p->p;
	out->from_end = imap_parse_take(p, '-');
	if (imap_parse_nz_number(p, &a) < 0 || imap_parse_char(p, ':') < 0)
		return -1;
	ends = imap_parse_take(p, '-');
	if (imap_parse_nz_number(p, &b) < 0)
		return -1;
	if (ends != out->from_end)
		return imap_parse_fail(p, "Both ends of PARTIAL count from the same side");
	out->first = a < b ? a : b;
	out->last = a < b ? b : a;
	out->range = span_of(start, (size_t)(p->p - start));
	return 0;
}

/* " (UID BODY.PEEK[HEADER])", or nothing. */
static int parse_update(struct imap_parse *p, struct search_return *out)
{
	struct imap_parse at = *p;
	struct imap_fetch fetch;

	if (!imap_parse_take(&at, ' ') || !imap_parse_is(&at, '('))
		return 0;
	imap_parse_sp(p);
	at = *p;
	if (imap_fetch_parse_list(p, &fetch) < 0)
		return -1;
	out->fetch = span_of(at.p, (size_t)(p->p - at.p));
	return 0;
}

static int parse_option(struct imap_parse *p, unsigned allowed, struct search_return *out)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!(options[i].bit & allowed) || !imap_parse_take_word(p, options[i].name))
			continue;
		/* RFC 9394: one at most. */
		if (out->what & options[i].bit & SEARCH_RETURN_PARTIAL)
			return imap_parse_fail(p, "PARTIAL is there twice");
		out->what |= options[i].bit;
		if (options[i].bit == SEARCH_RETURN_UPDATE)
			return parse_update(p, out);
		return options[i].bit == SEARCH_RETURN_PARTIAL ? parse_range(p, out) : 0;
	}
	return imap_parse_fail(p, "Unknown return option");
}

int search_return_parse(struct imap_parse *p, unsigned allowed, struct search_return *out)
{
	*out = (struct search_return){ .what = SEARCH_RETURN_ALL };
	if (!imap_parse_take_word(p, "RETURN"))
		return 0;
	out->is_extended = true;
	out->what = 0;
	if (imap_parse_sp(p) < 0 || imap_parse_open(p) < 0)
		return -1;
	while (!imap_parse_take(p, ')')) {
		if ((out->what && imap_parse_sp(p) < 0) || parse_option(p, allowed, out) < 0)
			return -1;
	}
	if ((out->what & SEARCH_RETURN_ALL) && (out->what & SEARCH_RETURN_PARTIAL))
		return imap_parse_fail(p, "ALL and PARTIAL exclude each other");
	if (!(out->what & (RESULTS | SEARCH_RETURN_SAVE)))
		out->what |= SEARCH_RETURN_ALL;
	return imap_parse_sp(p);
}

void search_return_part(const struct search_return *r, uint64_t n, uint64_t *from, uint64_t *to)
{
	uint64_t first = r->first < n + 1 ? r->first - 1 : n, last = r->last < n ? r->last : n;

	*from = r->from_end ? n - last : first;
	*to = r->from_end ? n - first : last;
	if (*from > *to)
		*from = *to;
}

/* The results at the places [from, to) of a set. */
static void take_part(struct arena *a, const struct seqset *set, uint64_t from, uint64_t to, struct seqset *out)
{
	uint64_t at = 0;

	for (size_t i = 0; i < set->n && at < to; i++) {
		uint32_t first = set->v[i].first, last = set->v[i].last;
		uint64_t n = (uint64_t)last - first + 1;

		if (at + n > to)
			last = (uint32_t)(first + (to - at) - 1);
		if (at < from)
			first = from - at < n ? (uint32_t)(first + (from - at)) : 0;
		if (first > 0 && first <= last)
			seqset_add(a, out, first, last);
		at += n;
	}
}

/* Those at the places [from, to): as a set, or in the order that SORT has found. */
static void put_results(struct buf *out, struct arena *a, const struct search_results *results, uint64_t from,
			uint64_t to)
{
	struct seqset part = { 0 };

	if (!results->order) {
		take_part(a, &results->set, from, to, &part);
		imap_put_seqset(out, &part);
		return;
	}
	for (uint64_t i = from; i < to; i++) {
		if (i > from)
			buf_put_char(out, ',');
		buf_put_number(out, results->order[i]);
	}
}

static uint32_t result_at(const struct search_results *results, uint64_t i)
{
	if (results->order)
		return results->order[i];
	return i == 0 ? results->set.v[0].first : seqset_last(&results->set);
}

static void put_item(struct buf *out, const char *name, uint64_t number)
{
	buf_put_char(out, ' ');
	buf_put_str(out, name);
	buf_put_char(out, ' ');
	buf_put_number(out, number);
}

static void put_partial(struct buf *out, struct arena *a, const struct search_return *r,
			const struct search_results *results)
{
	uint64_t from, to;

	search_return_part(r, results->n, &from, &to);
	buf_put_str(out, " PARTIAL (");
	buf_put_span(out, r->range);
	buf_put_char(out, ' ');
	if (from < to)
		put_results(out, a, results, from, to);
	else
		buf_put_str(out, "NIL");
	buf_put_char(out, ')');
}

void search_return_put(struct buf *out, struct arena *a, const struct search_return *r, struct span correlator,
		       bool uid, const struct search_results *results)
{
	buf_put_str(out, "* ESEARCH (");
	buf_put_span(out, correlator);
	buf_put_str(out, uid ? ") UID" : ")");
	if (results->n > 0) {
		if (r->what & SEARCH_RETURN_MIN)
			put_item(out, "MIN", result_at(results, 0));
		if (r->what & SEARCH_RETURN_MAX)
			put_item(out, "MAX", result_at(results, results->n - 1));
	}
	if (results->n > 0 && (r->what & SEARCH_RETURN_ALL)) {
		buf_put_str(out, " ALL ");
		put_results(out, a, results, 0, results->n);
	}
	if (r->what & SEARCH_RETURN_PARTIAL)
		put_partial(out, a, r, results);
	if (r->what & SEARCH_RETURN_COUNT)
		put_item(out, "COUNT", results->n);
	if (results->n > 0 && results->modseq > 0)
		put_item(out, "MODSEQ", results->modseq);
	buf_put_str(out, "\r\n");
}

void search_return_put_list(struct buf *out, const char *name, const struct search_results *results)
{
	struct seqset_iter at = { 0 };
	uint32_t number;

	buf_put_str(out, "* ");
	buf_put_str(out, name);
	for (uint64_t i = 0; i < results->n; i++) {
		if (results->order)
			number = results->order[i];
		else
			seqset_next(&results->set, &at, &number);
		buf_put_char(out, ' ');
		buf_put_number(out, number);
	}
	if (results->n > 0 && results->modseq > 0) {
		buf_put_str(out, " (MODSEQ ");
		buf_put_number(out, results->modseq);
		buf_put_char(out, ')');
	}
	buf_put_str(out, "\r\n");
}

static void add_result(struct arena *a, struct seqset *out, uint32_t number)
{
	seqset_add(a, out, number, number);
}

void search_return_choose(const struct search_return *r, struct arena *a, const struct search_results *results,
			  struct seqset *out)
{
	const unsigned ends = SEARCH_RETURN_MIN | SEARCH_RETURN_MAX, all = SEARCH_RETURN_ALL | SEARCH_RETURN_COUNT;
	unsigned what = r->what & all ? 0 : r->what & (ends | SEARCH_RETURN_PARTIAL);
	uint64_t from = 0, to = what & ends ? 0 : results->n;

	*out = (struct seqset){ 0 };
	if (results->n == 0)
		return;
	if (what & SEARCH_RETURN_PARTIAL)
		search_return_part(r, results->n, &from, &to);
	if (!results->order)
		take_part(a, &results->set, from, to, out);
	for (uint64_t i = from; results->order && i < to; i++)
		add_result(a, out, results->order[i]);
	if (what & SEARCH_RETURN_MIN)
		add_result(a, out, result_at(results, 0));
	if (what & SEARCH_RETURN_MAX)
		add_result(a, out, result_at(results, results->n - 1));
	seqset_resolve(out, 0);
}
