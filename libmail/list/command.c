/* SPDX-License-Identifier: ISC */
/*
 * command - what somebody asks of a list.
 */
#include "list/command.h"

#include <string.h>

#include "list/member.h"

struct word {
	char name[16];
	size_t least; /* letters that are enough */
	enum command_kind kind;
};

/* The first of a kind is its verb. */
static const struct word words[] = {
	{ "subscribe", 3, COMMAND_SUBSCRIBE },
	{ "join", 4, COMMAND_SUBSCRIBE },
	{ "invite", 3, COMMAND_SUBSCRIBE },
	{ "unsubscribe", 3, COMMAND_UNSUBSCRIBE },
	{ "signoff", 3, COMMAND_UNSUBSCRIBE },
	{ "leave", 5, COMMAND_UNSUBSCRIBE },
	{ "confirm", 4, COMMAND_CONFIRM },
	{ "auth", 4, COMMAND_CONFIRM },
	{ "accept", 6, COMMAND_CONFIRM },
	{ "approve", 7, COMMAND_CONFIRM },
	{ "reject", 6, COMMAND_CONFIRM },
	{ "help", 3, COMMAND_HELP },
	{ "?", 1, COMMAND_HELP },
	{ "faq", 3, COMMAND_FAQ },
	{ "info", 3, COMMAND_INFO },
	{ "intro", 5, COMMAND_INFO },
	{ "lists", 3, COMMAND_LISTS },
	{ "who", 3, COMMAND_WHO },
	{ "review", 3, COMMAND_WHO },
	{ "which", 3, COMMAND_WHICH },
	{ "query", 3, COMMAND_WHICH },
	{ "index", 3, COMMAND_INDEX },
	{ "get", 3, COMMAND_GET },
	{ "last", 3, COMMAND_LAST },
	{ "thread", 3, COMMAND_THREAD },
	{ "set", 3, COMMAND_SET },
	{ "add", 3, COMMAND_ADD },
	{ "delete", 3, COMMAND_DELETE },
	{ "end", 3, COMMAND_END },
	{ "stop", 4, COMMAND_END },
	{ "quit", 4, COMMAND_END },
	{ "exit", 4, COMMAND_END },
};

enum { WORDS = sizeof(words) / sizeof(words[0]) };

static const char *verb_of(enum command_kind kind)
{
	for (size_t i = 0; i < WORDS; i++)
		if (words[i].kind == kind)
			return words[i].name;
	return "";
}

static const struct word *find_word(struct span s)
{
	for (size_t i = 0; i < WORDS; i++)
		if (s.n >= words[i].least && span_starts_nocase(span_str(words[i].name), s))
			return &words[i];
	return NULL;
}

static void set_word(struct command *c, const struct word *word)
{
	c->kind = word->kind;
	c->word = word->name;
	c->verb = verb_of(word->kind);
}

/* ---- lines ---- */

static size_t blank_length(struct span s)
{
	if (s.n >= 2 && s.p[0] == '\xc2' && s.p[1] == '\xa0')
		return 2;
	return s.n && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\r') ? 1 : 0;
}

static struct span next_word(struct span *rest)
{
	size_t n;
	struct span word;

	while ((n = blank_length(*rest)) > 0)
		*rest = span_from(*rest, n);
	word = span_of(rest->p, 0);
	while (rest->n && blank_length(*rest) == 0) {
		*rest = span_from(*rest, 1);
		word.n++;
	}
	return word;
}

/* "help!" and "unsubscribe." are what people write. */
static struct span without_punctuation(struct span word)
{
	while (word.n > 1 && strchr(".,;:!", word.p[word.n - 1]))
		word.n--;
	return word;
}

/* "<al@example.net>," and "mailto:al@example.net" are addresses. */
static struct span bare_operand(struct span word)
{
	if (span_find(word, '@') == word.n)
		return word;
	word = without_punctuation(word);
	if (word.n > 2 && word.p[0] == '<' && word.p[word.n - 1] == '>')
		word = span_of(word.p + 1, word.n - 2);
	return span_starts_nocase(word, SPAN("mailto:")) ? span_from(word, strlen("mailto:")) : word;
}

bool command_parse(struct span line, struct command *out)
{
	struct span rest = line, word = next_word(&rest);
	const struct word *found;
	size_t line_number = out->line;

	*out = (struct command){ .line = line_number };
	if (line.n > COMMAND_LINE_MAX)
		return false;
	if (word.n >= 3 && span_starts_nocase(SPAN("quiet"), without_punctuation(word))) {
		out->is_quiet = true;
		word = next_word(&rest);
	}
	found = find_word(without_punctuation(word));
	if (!found)
		return false;
	set_word(out, found);
	for (word = next_word(&rest); word.n; word = next_word(&rest)) {
		if (out->n == COMMAND_OPERANDS_MAX || span_has_control(word))
			return false;
		out->operands[out->n++] = bare_operand(word);
	}
	return true;
}

static bool is_end(struct span line)
{
	return span_starts(line, SPAN("--")) || span_starts(line, SPAN("__"));
}

int command_next(struct command_walk *w, struct command *out)
{
	struct span line, text;

	while (w->rest.n) {
		line = span_cut(&w->rest, '\n');
		w->line++;
		text = line;
		text = next_word(&text);
		if (is_end(line))
			break;
		if (text.n == 0 || text.p[0] == '>')
			continue;
		*out = (struct command){ .line = w->line };
		if (!command_parse(line, out))
			return -1;
		if (out->kind == COMMAND_END)
			break;
		return 1;
	}
	w->rest = span_of(NULL, 0);
	return 0;
}

/* ---- addresses ---- */

/* "al=example.net" is al@example.net. */
static struct span address_of(struct arena *a, struct span s)
{
	size_t at = span_find_last(s, '=');
	char *text = arena_span(a, s);

	if (at < s.n)
		text[at] = '@';
	return span_of(text, s.n);
}

/* subscribe-digest-al=example.net: options first, as long as there are some. */
static void take_subscriber(struct arena *a, struct span rest, struct command *out)
{
	unsigned set, clear;

	while (rest.n && out->n < COMMAND_OPERANDS_MAX - 1) {
		struct span after = rest, word = span_cut(&after, '-');

		if (!command_option(word, &set, &clear))
			break;
		out->operands[out->n++] = word;
		rest = after;
	}
	if (rest.n)
		out->operands[out->n++] = address_of(a, rest);
}

bool command_of_address(struct arena *a, const char *word, const char *rest, struct command *out)
{
	struct span operand = span_str(rest);

	*out = (struct command){ .n = 0 };
	for (size_t i = 0; i < WORDS; i++)
		if (strcmp(words[i].name, word) == 0)
			set_word(out, &words[i]);
	if (!out->verb)
		return false;
	if (out->kind == COMMAND_SUBSCRIBE || out->kind == COMMAND_UNSUBSCRIBE)
		take_subscriber(a, operand, out);
	else if (operand.n)
		out->operands[out->n++] = operand;
	return true;
}

/* ---- operands ---- */

static const struct option {
	const char *name;
	unsigned set, clear;
} options[] = {
	{ "digest", MEMBER_DIGEST, MEMBER_NOMAIL },
	{ "nodigest", 0, MEMBER_DIGEST },
	{ "mail", 0, MEMBER_NOMAIL | MEMBER_DIGEST },
	{ "nomail", MEMBER_NOMAIL, 0 },
	{ "ack", 0, MEMBER_NOACK },
	{ "noack", MEMBER_NOACK, 0 },
	{ "metoo", 0, MEMBER_NOTMETOO },
	{ "repro", 0, MEMBER_NOTMETOO },
	{ "notmetoo", MEMBER_NOTMETOO, 0 },
	{ "norepro", MEMBER_NOTMETOO, 0 },
	{ "not_me", MEMBER_NOTMETOO, 0 },
	{ "dupes", 0, MEMBER_NODUPES },
	{ "nodupes", MEMBER_NODUPES, 0 },
	{ "hide", MEMBER_HIDDEN, 0 },
	{ "conceal", MEMBER_HIDDEN, 0 },
	{ "unhide", 0, MEMBER_HIDDEN },
	{ "noconceal", 0, MEMBER_HIDDEN },
	{ "plain", MEMBER_PLAIN_DIGEST, 0 },
	{ "mime", 0, MEMBER_PLAIN_DIGEST },
};

bool command_option(struct span word, unsigned *set, unsigned *clear)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (span_is_nocase(word, span_str(options[i].name))) {
			*set = options[i].set;
			*clear = options[i].clear;
			return true;
		}
	return false;
}

int command_range(struct span word, uint32_t *from, uint32_t *to)
{
	struct span rest = word, first = span_cut(&rest, '-');
	uint64_t low, high = UINT32_MAX;

	if (span_number(first, UINT32_MAX, &low) < 0)
		return -1;
	if (first.n == word.n)
		high = low;
	else if (rest.n && span_number(rest, UINT32_MAX, &high) < 0)
		return -1;
	if (low == 0 || high < low)
		return -1;
	*from = (uint32_t)low;
	*to = (uint32_t)high;
	return 0;
}
