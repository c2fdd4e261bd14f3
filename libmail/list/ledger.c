/* SPDX-License-Identifier: ISC */
/*
 * ledger - the file `bounces` of a list.
 *
 * What hosts have said comes from strangers: no control character gets into a line.
 */
#include "list/ledger.h"

#include "base/disk.h"
#include "base/printable.h"
#include "list/record.h"
#include "message/date.h"

#define FILE_NAME "bounces"

enum { WHEN = 20 /* octets of a time */, LINE_MAX_OCTETS = 8 << 10, NUMBER_MAX = 1000000000 };

static const char *const words[] = {
	[LEDGER_BOUNCE] = "bounce", [LEDGER_PROBE] = "probe", [LEDGER_RETURNED] = "returned",
	[LEDGER_RESET] = "reset",   [LEDGER_PAUSE] = "pause",
};

enum { WORDS = sizeof(words) / sizeof(words[0]) };

int ledger_read(struct list *l, struct arena *a, struct span *text, struct fault *f)
{
	return record_read(l, FILE_NAME, a, text, f);
}

/* ---- lines ---- */

static int find_what(struct span word, enum ledger_what *what)
{
	for (size_t i = 0; i < WORDS; i++)
		if (span_is(word, span_str(words[i]))) {
			*what = (enum ledger_what)i;
			return 0;
		}
	return -1;
}

static int parse(struct span line, struct arena *a, struct ledger_entry *out)
{
	struct span when = span_cut(&line, ' '), what = span_cut(&line, ' '), post;
	uint64_t count;

	*out = (struct ledger_entry){ .who = record_cut_word(&line, a) };
	if (when.n != WHEN || date_parse_rfc3339(when, &out->when) < 0 || find_what(what, &out->what) < 0 ||
	    span_number(span_cut(&line, ' '), NUMBER_MAX, &count) < 0)
		return -1;
	out->number = (unsigned)count;
	out->status = record_cut_word(&line, a);
	post = record_cut_word(&line, a);
	if (post.n && span_number(post, UINT64_MAX, &out->post) < 0)
		return -1;
	out->text = span_is(line, SPAN("-")) ? span_of(line.p, 0) : line;
	return line.n > 0 && (out->who.n > 0 || out->what == LEDGER_PAUSE) ? 0 : -1;
}

int ledger_next(struct span *rest, struct arena *a, struct ledger_entry *out)
{
	struct span line;

	while (record_next(rest, &line))
		if (parse(line, a, out) == 0)
			return 1;
	return 0;
}

/* One line of it, that has an end. */
static void put_text(struct buf *out, struct span text)
{
	size_t n = record_fit(text, LEDGER_TEXT_MAX);

	printable_put(out, span_of(text.p, n));
	buf_put_str(out, n < text.n ? "...\n" : text.n ? "\n" : "-\n");
}

void ledger_put(struct buf *out, const struct ledger_entry *e)
{
	date_put_rfc3339(out, e->when);
	buf_printf(out, " %s ", words[e->what]);
	record_put_word(out, e->who);
	buf_put_number(out, e->number);
	buf_put_char(out, ' ');
	record_put_word(out, e->status);
	if (e->post)
		buf_put_number(out, e->post);
	else
		buf_put_char(out, '-');
	buf_put_char(out, ' ');
	put_text(out, e->text);
}

/* ---- the file ---- */

int ledger_append(struct list *l, const struct ledger_entry *entries, size_t n, struct fault *f)
{
	struct buf text;
	int rc;

	if (n == 0)
		return 0;
	buf_init(&text, n * LINE_MAX_OCTETS);
	for (size_t i = 0; i < n; i++)
		ledger_put(&text, &entries[i]);
	rc = text.overflow ? fault_bug(f, "a line of %s is too long", FILE_NAME)
			   : record_append(l, FILE_NAME, buf_span(&text), f);
	buf_clear(&text);
	return rc;
}

int ledger_compact(struct list *l, struct span text, int64_t before, struct fault *f)
{
	struct arena a = { NULL };
	struct span rest = text, keep = text;
	struct ledger_entry e;

	if (text.n < LEDGER_COMPACT)
		return 0;
	/* Lines are in the order of time. Where a clock has gone back, some are kept longer. */
	while (ledger_next(&rest, &a, &e) == 1 && e.when < before)
		keep = rest;
	arena_clear(&a);
	if (keep.n >= text.n / 2)
		return 0;
	return disk_replace(l->dir, FILE_NAME, keep, 0600, f);
}
