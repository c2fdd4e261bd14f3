/* SPDX-License-Identifier: ISC */
/*
 * fold - header fields whose lines are too long.
 *
 * A blank may be folded at without a change of meaning; to add a fold (and so a blank) is
 * one only between the tokens of a structured field. Everything else must be encoded.
 */
#include "message/fold.h"

#include "message/words.h"

enum { WORD_LONG = 900, NAME_LONG = 40, GAP_LONG = 40 };

/* Fields with a grammar, in which blanks between tokens mean nothing; a name that ends with "-" stands for all such. */
static const char *const structured[] = {
	"ARC-",
	"Apparently-To",
	"Authentication-Results",
	"Bcc",
	"Cc",
	"Content-",
	"DKIM-Signature",
	"Delivered-To",
	"Disposition-Notification-To",
	"Errors-To",
	"From",
	"In-Reply-To",
	"List-",
	"Mail-Followup-To",
	"Mail-Reply-To",
	"Message-ID",
	"Received",
	"References",
	"Reply-To",
	"Resent-",
	"Return-Path",
	"Return-Receipt-To",
	"Sender",
	"To",
};

static bool is_structured(struct span name)
{
	for (size_t i = 0; i < sizeof(structured) / sizeof(structured[0]); i++) {
		struct span row = span_str(structured[i]);

		if (span_is_nocase(name, row) || (row.p[row.n - 1] == '-' && span_starts_nocase(name, row)))
			return true;
	}
	return false;
}

static bool is_blank_line(struct span line)
{
	return span_trim(line).n == 0;
}

struct lengths {
	size_t longest;
	bool strange; /* a line of blanks, a NUL or a CR */
};

static struct lengths measure(struct span whole)
{
	struct lengths l = { 0 };

	while (whole.n) {
		struct span line = span_cut(&whole, '\n');

		if (line.n > l.longest)
			l.longest = line.n;
		l.strange |= is_blank_line(line) || span_find(line, '\0') < line.n || span_find(line, '\r') < line.n;
	}
	return l;
}

/* Line by line, with its defects put right. */
static void put_lines(struct buf *out, struct span whole)
{
	while (whole.n) {
		struct span line = span_cut(&whole, '\n');

		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (is_blank_line(line))
			continue;
		for (size_t i = 0; i < line.n; i++)
			buf_put_char(out, line.p[i] && line.p[i] != '\r' ? line.p[i] : ' ');
		buf_put_char(out, '\n');
	}
}

/* Up to and with the last character in s behind which a structured field may be folded; 0 if there is none. */
static size_t break_at(struct span s)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == ',' || s.p[i - 1] == ';' || s.p[i - 1] == '>')
			return i;
	return 0;
}

/* A word too long for a line. Each piece is looked at from its end backwards once, so the time is linear. */
static void put_long_word(struct buf *out, struct span word)
{
	while (word.n > WORD_LONG) {
		size_t n = break_at(span_of(word.p, WORD_LONG));

		if (n == 0)
			break;
		buf_put(out, word.p, n);
		word = span_from(word, n);
		if (word.n)
			buf_put_str(out, "\n ");
	}
	if (word.n > WORD_LONG)
		words_put_text(out, word);
	else
		buf_put_span(out, word);
}

/* Blanks stay as many as they are, as they may stand in a quoted string; only as many as would be a line do not. */
static void put_structured(struct buf *out, struct span text)
{
	struct span word = span_word(&text);

	while (word.n && !out->overflow) {
		const char *end = word.p + word.n;

		if (word.n > WORD_LONG)
			put_long_word(out, word);
		else
			buf_put_span(out, word);
		word = span_word(&text);
		if (word.n && word.p - end > GAP_LONG)
			words_put_gap(out, SPAN(" "), word.n);
		else if (word.n)
			words_put_gap(out, span_of(end, (size_t)(word.p - end)), word.n);
	}
}

void fold_put_field(struct arena *a, struct buf *out, const struct header_field *field)
{
	struct lengths l = measure(field->whole);
	struct span text;

	if (l.longest <= HEADER_LINE_MAX && !l.strange && span_ends_nocase(field->whole, SPAN("\n"))) {
		buf_put_span(out, field->whole);
		return;
	}
	if (l.longest <= HEADER_LINE_MAX) {
		put_lines(out, field->whole);
		return;
	}
	text = span_str(header_unfold(a, field->body));
	buf_put_span(out, field->name);
	buf_put_str(out, field->name.n > NAME_LONG ? ":\n " : ": ");
	if (is_structured(field->name))
		put_structured(out, text);
	else
		words_put_text(out, text);
	buf_put_char(out, '\n');
}
