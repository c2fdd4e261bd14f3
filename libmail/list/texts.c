/* SPDX-License-Identifier: ISC */
/*
 * texts - what a list writes to people.
 *
 * A wording is taken line by line: a line is put, and taken back when one of its variables turns out to be empty.
 */
#include "list/texts.h"

#include <ctype.h>
#include <string.h>

#include "base/printable.h"
#include "list/list.h"

void texts_set(struct texts_vars *v, const char *name, const char *value)
{
	if (v->n < TEXTS_VARS_MAX)
		v->v[v->n++] = (struct texts_var){ .name = name, .value = span_str(value) };
}

void texts_set_block(struct texts_vars *v, const char *name, struct span lines)
{
	if (v->n < TEXTS_VARS_MAX)
		v->v[v->n++] = (struct texts_var){ .name = name, .value = lines, .is_block = true };
}

void texts_set_list(struct texts_vars *v, struct arena *a, const struct list *l)
{
	static const struct {
		const char *name, *word;
	} words[] = {
		{ "owner", "owner" },	      { "request", "request" },
		{ "subscribe", "subscribe" }, { "unsubscribe", "unsubscribe" },
		{ "help", "help" },	      { "info_address", "info" },
		{ "faq_address", "faq" },     { "who_address", "who" },
		{ "index_address", "index" }, { "get_address", "get-12-20" },
	};

	texts_set(v, "list", arena_span(a, l->local));
	texts_set(v, "list_address", l->settings.address);
	texts_set(v, "description", l->settings.description);
	texts_set(v, "archive_url", l->settings.archive ? l->settings.archive_url : "");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		texts_set(v, words[i].name, list_address(l, a, words[i].word));
}

/* ---- wordings ---- */

static size_t language_index(const char *language)
{
	for (size_t i = 0; language && i < TEXTS_LANGUAGES; i++)
		if (strncmp(language, texts_languages[i], 2) == 0 && !isalpha((unsigned char)language[2]))
			return i;
	return 0;
}

struct span texts_default(const char *language, const char *name)
{
	for (size_t i = 0; i < texts_words_n; i++)
		if (strcmp(texts_words[i].name, name) == 0)
			return span_str(texts_words[i].text[language_index(language)]);
	return span_of(NULL, 0);
}

bool texts_name(size_t i, const char **name)
{
	if (i >= texts_words_n)
		return false;
	*name = texts_words[i].name;
	return true;
}

void texts_split(struct span text, struct span *subject, struct span *body)
{
	struct span rest = text, line = span_cut(&rest, '\n');

	*subject = span_of(NULL, 0);
	*body = text;
	if (!span_starts_nocase(line, SPAN("subject:")))
		return;
	*subject = span_trim(span_from(line, strlen("subject:")));
	line = rest;
	if (span_trim(span_cut(&line, '\n')).n == 0)
		rest = line;
	*body = rest;
}

/* ---- variables ---- */

static size_t name_length(struct span s)
{
	size_t n = 0;

	while (n < s.n && n < TEXTS_NAME_MAX && (isalnum((unsigned char)s.p[n]) || s.p[n] == '_'))
		n++;
	return n;
}

/* The name behind a "$" at the front of s, and all that stands for it in *whole; empty: it is none. */
static struct span name_at(struct span s, struct span *whole)
{
	bool braces = s.n > 1 && s.p[1] == '{';
	struct span name = span_from(s, braces ? 2 : 1);
	size_t n = name_length(name), all = n + (braces ? 3 : 1);

	name.n = braces && (n >= name.n || name.p[n] != '}') ? 0 : n;
	*whole = span_of(s.p, name.n ? all : 1);
	return name;
}

static const struct texts_var *find_var(const struct texts_vars *v, struct span name)
{
	for (size_t i = v->n; i-- > 0;)
		if (span_is(name, span_str(v->v[i].name)))
			return &v->v[i];
	return NULL;
}

static void put_value(struct buf *out, const struct texts_var *var)
{
	struct span lines = var->value;

	if (!var->is_block) {
		printable_put(out, var->value);
		return;
	}
	while (lines.n && lines.p[lines.n - 1] == '\n')
		lines.n--;
	buf_put_span(out, lines);
}

/* One line without its end; false: it has a variable that is empty. */
static bool put_line(struct buf *out, struct span line, const struct texts_vars *v)
{
	const struct texts_var *var;
	struct span whole, name;

	while (line.n) {
		whole = span_of(line.p, span_find(line, '$'));
		buf_put_span(out, whole);
		line = span_from(line, whole.n);
		if (line.n == 0)
			break;
		if (line.n > 1 && line.p[1] == '$') {
			buf_put_char(out, '$');
			line = span_from(line, 2);
			continue;
		}
		name = name_at(line, &whole);
		var = name.n ? find_var(v, name) : NULL;
		if (var && var->value.n == 0)
			return false;
		if (var)
			put_value(out, var);
		else
			buf_put_span(out, whole);
		line = span_from(line, whole.n);
	}
	return true;
}

void texts_put(struct buf *out, struct span text, const struct texts_vars *v)
{
	size_t begin = out->n, at;
	bool blank = false;

	while (text.n) {
		struct span line = span_cut(&text, '\n');

		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (span_trim(line).n == 0) {
			blank = out->n > begin;
			continue;
		}
		at = out->n;
		if (blank)
			buf_put_char(out, '\n');
		if (!put_line(out, line, v)) {
			buf_cut(out, at);
			continue;
		}
		buf_put_char(out, '\n');
		blank = false;
	}
}

/* ---- for a list ---- */

static const char *one_line(struct arena *a, struct span text, const struct texts_vars *v)
{
	struct buf b;
	const char *line;

	buf_init(&b, TEXTS_RESULT_MAX);
	texts_put(&b, text, v);
	line = arena_span(a, span_trim(buf_span(&b)));
	buf_clear(&b);
	return line;
}

int texts_compose(struct list *l, struct arena *a, const char *name, const struct texts_vars *v, const char **subject,
		  struct span *body, struct fault *f)
{
	struct span fallback = texts_default(l ? l->settings.language : NULL, name), text = fallback, head, ignored;
	struct buf b;
	char *result;

	if (l && list_text(l, a, name, &text, f) < 0)
		return -1;
	texts_split(text, &head, &text);
	if (head.n == 0)
		texts_split(fallback, &head, &ignored);
	*subject = one_line(a, head, v);
	buf_init(&b, TEXTS_RESULT_MAX);
	texts_put(&b, text, v);
	if (b.overflow) {
		buf_clear(&b);
		return fault_perm(f, 554, "5.3.4", "the text %s of %s is longer than %d octets", name,
				  l ? l->name : "the site", TEXTS_RESULT_MAX);
	}
	result = arena_span(a, buf_span(&b));
	*body = span_of(result, b.n);
	buf_clear(&b);
	return 0;
}

const char *texts_line(struct arena *a, const char *language, const char *name, const struct texts_vars *v)
{
	return one_line(a, texts_default(language, name), v);
}
