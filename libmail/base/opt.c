/* SPDX-License-Identifier: ISC */
/*
 * opt - command line options as a table.
 *
 * A word behind one dash is read from the left: at each place the longest
 * fitting name of the table is taken. That one rule gives clusters (-ti),
 * prefixed arguments (-fADDR) and sendmail's families (-oi, -odb, -bs).
 */
#include "base/opt.h"

#include <limits.h>
#include <string.h>

#include "base/nearest.h"

struct parse {
	struct arena *arena;
	const struct opt *table;
	char **argv;
	int argc;
	int at; /* the word being read; an argument in the next word moves it on */
	void *options;
	struct fault *fault;
};

void opt_list_add(struct arena *a, struct opt_list *list, const char *value)
{
	/* The room is the next power of two: it need not be stored. */
	if ((list->n & (list->n - 1)) == 0) {
		const char **v = arena_alloc(a, (list->n ? list->n * 2 : 1) * sizeof(*v));

		if (list->n)
			memcpy(v, list->v, list->n * sizeof(*v));
		list->v = v;
	}
	list->v[list->n++] = value;
}

static int set_number(const struct opt *o, const char *value, void *member, struct fault *f)
{
	uint64_t number;

	if (span_number(span_str(value), LONG_MAX, &number) < 0)
		return fault_usage(f, "option %s needs a number from 0 to %ld, not \"%s\"", o->name, LONG_MAX, value);
	*(long *)member = (long)number;
	return 0;
}

static int apply(const struct parse *p, const struct opt *o, const char *value)
{
	void *member = (char *)p->options + o->at;

	switch (o->kind) {
	case OPT_BOOL:
		*(bool *)member = true;
		return 0;
	case OPT_STRING:
		*(const char **)member = value ? value : "";
		return 0;
	case OPT_LIST:
		opt_list_add(p->arena, member, value ? value : "");
		return 0;
	case OPT_NUMBER:
		return value ? set_number(o, value, member, p->fault) : 0;
	case OPT_CALL:
		return o->call(p->arena, p->options, value, p->fault);
	case OPT_IGNORE:
		return 0;
	case OPT_REFUSE:
		return fault_usage(p->fault, "option %s is refused: %s", o->name, o->help);
	case OPT_STOP:
		return 1;
	}
	return fault_bug(p->fault, "option %s has no kind", o->name);
}

/* `attached` is what stood in the same word, NULL if nothing did. */
static int apply_with_argument(struct parse *p, const struct opt *o, const char *attached)
{
	if (!attached && !(o->flags & OPT_ATTACHED) && o->kind != OPT_REFUSE) {
		if (p->at + 1 >= p->argc)
			return fault_usage(p->fault, "option %s needs an argument (%s)", o->name, o->arg);
		attached = p->argv[++p->at];
	}
	return apply(p, o, attached);
}

static int unknown_long(const struct parse *p, struct span name)
{
	struct nearest near;

	nearest_init(&near, name);
	for (const struct opt *o = p->table; o->name; o++)
		if (o->name[1] == '-')
			nearest_offer(&near, o->name);
	if (nearest_name(&near))
		return fault_usage(p->fault, "unknown option %.*s (did you mean %s?)", SPAN_ARG(name),
				   nearest_name(&near));
	return fault_usage(p->fault, "unknown option %.*s", SPAN_ARG(name));
}

static int parse_long(struct parse *p, const char *word)
{
	size_t n = strcspn(word, "=");
	const char *value = word[n] ? word + n + 1 : NULL;

	for (const struct opt *o = p->table; o->name; o++) {
		if (strncmp(o->name, word, n) != 0 || o->name[n] != '\0')
			continue;
		if (o->arg)
			return apply_with_argument(p, o, value);
		if (value)
			return fault_usage(p->fault, "option %s takes no argument", o->name);
		return apply(p, o, NULL);
	}
	return unknown_long(p, span_of(word, n));
}

/* The longest name that fits `text`, which starts behind the dash; its length goes to *len. */
static const struct opt *find_short(const struct opt *table, const char *text, size_t *len)
{
	const struct opt *best = NULL;

	*len = 0;
	for (const struct opt *o = table; o->name; o++) {
		size_t n = strlen(o->name) - 1;

		if (o->name[1] == '-' || n <= *len || strncmp(o->name + 1, text, n) != 0)
			continue;
		if (n > 1 && text[n] && !o->arg && !(o->flags & OPT_ANY_REST))
			continue;
		best = o;
		*len = n;
	}
	return best;
}

static int unknown_short(struct parse *p, const char *word, const char *text)
{
	if (text == word + 1)
		return fault_usage(p->fault, "unknown option %s", word);
	return fault_usage(p->fault, "unknown option -%s in %s", text, word);
}

static int parse_cluster(struct parse *p, const char *word)
{
	const char *text = word + 1;

	while (*text) {
		size_t n;
		const struct opt *o = find_short(p->table, text, &n);
		int rc;

		if (!o)
			return unknown_short(p, word, text);
		text += n;
		if (o->arg)
			return apply_with_argument(p, o, *text ? text : NULL);
		rc = apply(p, o, NULL);
		if (rc != 0 || o->flags & OPT_ANY_REST)
			return rc;
	}
	return 0;
}

int opt_parse(struct arena *a, const struct opt *table, int argc, char **argv, unsigned how, void *options, int *first,
	      struct fault *f)
{
	struct parse p = { .arena = a, .table = table, .argv = argv, .argc = argc, .options = options, .fault = f };
	char **operands = argc > 0 && how & OPT_PERMUTE ? arena_alloc(a, (size_t)argc * sizeof(*operands)) : NULL;
	int noperands = 0, kept = argc > 0, rc = 0;
	bool end = false;

	for (p.at = kept; p.at < argc && rc == 0 && !end; p.at++) {
		char *word = argv[p.at];
		int start = p.at;

		if (word[0] != '-' || word[1] == '\0') {
			if (!operands)
				break;
			operands[noperands++] = word;
			continue;
		}
		end = strcmp(word, "--") == 0;
		if (!end)
			rc = word[1] == '-' ? parse_long(&p, word) : parse_cluster(&p, word);
		while (start <= p.at)
			argv[kept++] = argv[start++];
	}
	/* argv[kept] up to p.at are the places that the saved operands left; behind them nothing was read. */
	if (noperands)
		memcpy(argv + kept, operands, (size_t)noperands * sizeof(*operands));
	*first = rc == 1 ? kept - 1 : kept;
	return rc;
}
