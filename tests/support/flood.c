/* SPDX-License-Identifier: ISC */
/*
 * flood FAMILY N - parse N octets, more or less, of a kind of message that makes parsers slow; the caller counts the
 * work.
 */
#include <stdio.h>
#include <stdlib.h>

#include "message/address.h"
#include "message/compose.h"
#include "message/header.h"
#include "message/html_text.h"
#include "message/lint.h"
#include "message/mime_tree.h"
#include "message/normalise.h"
#include "message/tnef.h"
#include "message/uuencode.h"
#include "message/words.h"

enum { ROOM = 1 << 30, PIECE = 1 << 16 };

/* The message is `head`, then `unit` again and again with %zu its number, then `tail`. */
static const struct family {
	const char *name, *head, *unit, *tail;
} families[] = {
	{ "nesting", "", "Content-Type: multipart/mixed; boundary=b%zu\n\n--b%zu\n", "x\n" },
	{ "same-nesting", "", "Content-Type: multipart/mixed; boundary=b\n\n--b\n", "x\n" },
	{ "messages", "", "Content-Type: message/rfc822\n\n", "x\n" },
	{ "parts", "Content-Type: multipart/mixed; boundary=b\n\n", "--b\n\nx\n", "--b--\n" },
	{ "empty-parts", "Content-Type: multipart/mixed; boundary=b\n\n", "--b\n", "--b--\n" },
	{ "parameters", "Content-Type: text/plain", "; name*%zu=x", "\n\n" },
	{ "semicolons", "Content-Type: text/plain", ";", "\n\n" },
	{ "folded", "Content-Type: text/plain;\n x=y", "\n ;", "\n\n" },
	{ "folded-subject", "Subject: x", "\n y", "\n\n" },
	{ "fields", "", "X: y\n", "\nx\n" },
	{ "types", "", "Content-Type: text/plain; a=b\n", "\nx\n" },
	{ "no-fields", "", "xy\n", "\nx\n" },
	{ "parentheses", "Content-Type: ", "(", "text/plain\n\n" },
	{ "backslashes", "Content-Type: text/plain; name=\"", "\\", "\"\n\n" },
	{ "boundaries", "Content-Type: multipart/mixed; boundary=bbbbbbbbbbbbbbbbbbbb\n\n--bbbbbbbbbbbbbbbbbbbb\n\n",
	  "--bbbbbbbbbbbbbbbbbbb\n", "" },
	{ "dashes", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n", "-", "\n" },
	{ "dash-lines", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n", "--\n", "" },
	{ "lines", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n", "\n", "" },
	{ "closed", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n", "--b--\n", "" },
	{ "carriage-returns", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n", "\r", "" },
};

static void make(const struct family *f, size_t n, struct buf *out)
{
	buf_put_str(out, f->head);
	for (size_t i = 0; out->n < n; i++)
		for (const char *p = f->unit; *p; p++) {
			if (*p == '%')
				buf_printf(out, "%zu", i);
			if (*p == '%')
				p += 2;
			else
				buf_put_char(out, *p);
		}
	buf_put_str(out, f->tail);
}

static void parse(struct span message)
{
	static struct mime_tree t;
	struct arena a = { 0 };
	struct params_value name;
	struct mime_node *root;

	mime_tree_init(&t, &a, NULL);
	for (size_t i = 0; i < message.n; i += PIECE)
		mime_tree_feed(&t, span_of(message.p + i, message.n - i < PIECE ? message.n - i : PIECE));
	root = mime_tree_end(&t);
	entity_filename(&a, &root->part.entity, &name);
	mime_tree_clear(&t);
	arena_clear(&a);
}

/* What does not come by a message: text of one field, of a body. */
static void do_words(struct span text)
{
	struct buf out;

	buf_init(&out, ROOM);
	words_decode(&out, text);
	buf_clear(&out);
}

static void do_addresses(struct span text)
{
	struct arena a = { 0 };
	struct address address;

	while (address_next(&text, &a, &address) != 0)
		arena_reset(&a);
	arena_clear(&a);
}

static void do_uuencode(struct span text)
{
	static const struct uuencode_events events = { 0 };
	static struct uuencode u;

	uuencode_init(&u, &events, NULL);
	uuencode_feed(&u, text);
	uuencode_end(&u);
}

static int drop(void *context, struct span piece, struct fault *f)
{
	(void)context;
	(void)piece;
	(void)f;
	return 0;
}

/* The text as a Subject, a file's name and a body. */
static void do_compose(struct span text)
{
	struct compose_bytes body = { text, 0 };
	struct compose_field field = { "Subject", text.p, COMPOSE_TEXT };
	struct compose_part part = {
		.filename = text.p, .source = compose_bytes(&body), .fields = &field, .nfields = 1
	};
	const struct compose_rules rules = { .seed = "x" };
	struct compose_result result;
	struct arena a = { 0 };

	compose_put(&a, &part, &rules, drop, NULL, &result, NULL);
	arena_clear(&a);
}

static void do_html(struct span text)
{
	static struct html_text h;
	struct buf out;

	buf_init(&out, ROOM);
	html_text_init(&h);
	html_text_feed(&h, text, &out);
	html_text_end(&h, &out);
	html_text_clear(&h);
	buf_clear(&out);
}

static void pass_over(void *context, const struct lint_finding *found)
{
	(void)context;
	(void)found;
}

/* The text behind a header with a boundary, and as a header. */
static void do_lint(struct span text)
{
	static struct lint l;

	lint_init(&l, NULL, pass_over, NULL);
	lint_feed(&l, SPAN("Content-Type: multipart/mixed; boundary=b\n\n"));
	lint_feed(&l, text);
	lint_end(&l);
	lint_restart(&l);
	lint_feed(&l, text);
	lint_end(&l);
	lint_clear(&l);
}

static void do_normalise(struct span text)
{
	static struct normalise n;

	normalise_init(&n, NULL, NORMALISE_7BIT);
	normalise_survey_feed(&n, text);
	if (normalise_survey_end(&n, NULL) == 0) {
		normalise_begin(&n, drop, NULL);
		normalise_feed(&n, text, NULL);
		normalise_end(&n, NULL);
	}
	normalise_clear(&n);
}

/* Attributes of no octets behind the signature of a stream. */
static void do_tnef(struct span text)
{
	struct tnef_source source;
	struct arena a = { 0 };
	struct buf stream;
	struct span bytes;
	struct tnef t;

	buf_init(&stream, ROOM);
	buf_put(&stream, "\x78\x9f\x3e\x22\x01\x00", 6);
	for (size_t i = 0; i < text.n; i += 11)
		buf_put(&stream, "\x02\x02\x90\x06\x00\x00\x00\x00\x00\x00\x00", 11);
	bytes = buf_span(&stream);
	source = tnef_bytes(&bytes);
	tnef_parse(&a, &source, &t);
	buf_clear(&stream);
	arena_clear(&a);
}

static const struct other {
	const char *name, *unit;
	void (*run)(struct span text);
} others[] = {
	{ "encoded-words", "=?utf-8?q?a?= ", do_words },
	{ "charsets", "=?utf-8?q?a?= =?koi8-r?q?a?=", do_words },
	{ "half-words", "=?", do_words },
	{ "question-marks", "=?utf-8?", do_words },
	{ "commas", ",", do_addresses },
	{ "addresses", "a@b,", do_addresses },
	{ "address-semicolons", ";", do_addresses },
	{ "address-parentheses", "(", do_addresses },
	{ "address-quotes", "\"", do_addresses },
	{ "begins", "begin 644 x\n", do_uuencode },
	{ "begin-text", "begin 644 x\nbut text\n", do_uuencode },
	{ "values", "\xc3\xa9 ", do_compose },
	{ "long-value", "x", do_compose },
	{ "html-tags", "<p>", do_html },
	{ "html-lists", "<ul><li>x", do_html },
	{ "html-quotes", "<a href='", do_html },
	{ "html-names", "&a", do_html },
	{ "html-comments", "<!--", do_html },
	{ "html-hidden", "<div hidden>", do_html },
	{ "html-angles", "<", do_html },
	{ "lint-boundaries", "--b\n", do_lint },
	{ "lint-almost", "--bb\n", do_lint },
	{ "lint-fields", "Subject: x\n", do_lint },
	{ "lint-addresses", "To: a@b,\n c@d,\n", do_lint },
	{ "lint-escapes", "=\n", do_lint },
	{ "normalise-fields", "Content-Type: a/b; c=d\n", do_normalise },
	{ "normalise-bytes", "X: \xff\n", do_normalise },
	{ "normalise-lines", "no field\n", do_normalise },
	{ "tnef-attachments", "x", do_tnef },
};

static int run_other(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const struct family f = { name, "", others[i].unit, "" };
		struct buf text;

		if (strcmp(others[i].name, name) != 0)
			continue;
		buf_init(&text, ROOM);
		make(&f, n, &text);
		others[i].run(buf_span(&text));
		buf_clear(&text);
		return 0;
	}
	fprintf(stderr, "flood: there is no family %s\n", name);
	return 2;
}

int main(int argc, char **argv)
{
	struct buf message;
	size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	if (argc < 2) {
		for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
			puts(families[i].name);
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			puts(others[i].name);
		return 0;
	}
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (strcmp(families[i].name, argv[1]) != 0)
			continue;
		buf_init(&message, ROOM);
		make(&families[i], n, &message);
		parse(buf_span(&message));
		buf_clear(&message);
		return 0;
	}
	return run_other(argv[1], n);
}
