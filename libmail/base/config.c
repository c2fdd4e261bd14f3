/* SPDX-License-Identifier: ISC */
/*
 * config - typed parameters from "name = value" files.
 *
 * Reading only notes each parameter's text and origin. What the texts mean is
 * worked out by config_finish(), when all of them are known: each is expanded once,
 * so that the time is linear however they refer to each other.
 */
#include "base/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/nearest.h"

#define BAD(f, ...) fault_perm((f), 0, "5.3.5", __VA_ARGS__)

/* Where an assignment stands. */
struct place {
	const char *source;
	unsigned line;
};

struct source {
	struct config *config;
	const char *path;
	int depth;
	size_t line;  /* last one read */
	size_t start; /* first line of the assignment that is being read, 0 before there is one */
	struct buf text;
	struct fault *fault;
};

static int read_source(struct config *c, const char *path, const char *from, int depth, bool must, struct fault *f);

void config_init(struct config *c, struct arena *a, const struct config_param *table, size_t n)
{
	*c = (struct config){ .table = table, .n = n, .arena = a };
	c->values = arena_alloc(a, n * sizeof(*c->values));
	for (size_t i = 0; i < n; i++)
		c->values[i] = (struct config_value){ .text = table[i].fallback, .source = "default" };
}

static const struct config_param *find_param(const struct config *c, struct span name)
{
	for (size_t i = 0; i < c->n && name.n > 0; i++)
		if (c->table[i].name[0] == name.p[0] && span_is(name, span_str(c->table[i].name)))
			return &c->table[i];
	return NULL;
}

static struct config_value *value_of(const struct config *c, const struct config_param *param)
{
	return &c->values[param - c->table];
}

/* Made when it is asked for: most processes read all of their configuration, and say nothing of it. */
static const char *name_of(const struct config *c, struct place where)
{
	return where.line ? arena_printf(c->arena, "%s:%u", where.source, where.line) : where.source;
}

static struct place place_of(const struct config_value *v)
{
	return (struct place){ v->source, v->line };
}

const char *config_where(const struct config *c, const struct config_value *v)
{
	return name_of(c, place_of(v));
}

static const char *nearest(const struct config *c, struct span name)
{
	struct nearest n;

	nearest_init(&n, name);
	for (size_t i = 0; i < c->n; i++)
		nearest_offer(&n, c->table[i].name);
	return nearest_name(&n);
}

const char *config_nearest(const struct config *c, const char *name)
{
	return nearest(c, span_str(name));
}

/* `hint` is for a name that is near to none. */
static int unknown_name(const struct config *c, struct place where, struct span name, const char *hint, struct fault *f)
{
	const char *near = nearest(c, name);

	if (near)
		return BAD(f, "%s: unknown parameter %.*s (did you mean %s?)", name_of(c, where), SPAN_ARG(name), near);
	return BAD(f, "%s: unknown parameter %.*s%s", name_of(c, where), SPAN_ARG(name), hint);
}

static bool has_bad_control(struct span s)
{
	while (s.n && span_has_control(s)) {
		struct span part = span_cut(&s, '\t');

		if (span_has_control(part))
			return true;
	}
	return false;
}

/* "name = value", without blanks around it. */
static int assign(struct config *c, struct span text, struct place where, struct fault *f)
{
	size_t equals = span_find(text, '=');
	struct span name = span_trim(span_of(text.p, equals));
	const struct config_param *param;
	struct config_value *v;

	if (has_bad_control(text))
		return BAD(f, "%s: the assignment holds a control character", name_of(c, where));
	if (equals == text.n || name.n == 0)
		return BAD(f, "%s: \"%.*s\" is not of the form name = value", name_of(c, where), SPAN_ARG(text));
	param = find_param(c, name);
	if (!param)
		return unknown_name(c, where, name, "", f);
	v = value_of(c, param);
	v->text = arena_span(c->arena, span_trim(span_from(text, equals + 1)));
	v->source = where.source;
	v->line = where.line;
	v->is_set = true;
	return 0;
}

int config_set(struct config *c, const char *assignment, const char *where, struct fault *f)
{
	struct span text = span_trim(span_str(assignment));

	if (text.n > CONFIG_VALUE_MAX)
		return BAD(f, "%s: the assignment is longer than %d bytes", where, CONFIG_VALUE_MAX);
	return assign(c, text, (struct place){ .source = where }, f);
}

bool config_is_set(const struct config *c, const char *name)
{
	const struct config_param *param = find_param(c, span_str(name));

	return param && value_of(c, param)->is_set;
}

void config_suppose(struct config *c, const char *name, const char *value, const char *where)
{
	const struct config_param *param = find_param(c, span_str(name));
	struct config_value *v = param ? value_of(c, param) : NULL;
	char *to;

	if (!v || v->is_set)
		return;
	to = arena_alloc(c->arena, 2 * strlen(value) + 1);
	v->text = to;
	v->source = where;
	v->line = 0;
	for (; *value; value++) {
		if (*value == '$')
			*to++ = '$';
		*to++ = *value;
	}
}

/* The file that "include" names, relative to the directory of the one it stands in. */
static int include(struct source *s, struct span name, const char *where)
{
	struct arena *a = s->config->arena;
	size_t slash = span_find_last(span_str(s->path), '/');
	const char *path = arena_span(a, name);

	if (path[0] != '/' && s->path[slash])
		path = arena_printf(a, "%.*s/%s", (int)slash, s->path, path);
	return read_source(s->config, path, where, s->depth + 1, true, s->fault);
}

/* What was collected in s->text: one line and those that continue it. */
static int end_statement(struct source *s)
{
	struct span text = buf_span(&s->text), rest = text, word = span_word(&rest);
	struct span operand = span_trim(rest);
	struct place where = { s->path, (unsigned)s->start };

	if (s->start == 0)
		return 0;
	if (s->text.overflow)
		return BAD(s->fault, "%s:%zu: the assignment is longer than %d bytes", s->path, s->start,
			   CONFIG_VALUE_MAX);
	if (span_is(word, SPAN("include")) && operand.n > 0 && operand.p[0] != '=' && !has_bad_control(operand))
		return include(s, operand, name_of(s->config, where));
	return assign(s->config, text, where, s->fault);
}

static int read_line(struct source *s, struct span line)
{
	struct span text = span_trim(line);
	bool continues = line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t');

	if (text.n == 0 || text.p[0] == '#')
		return 0;
	if (continues && s->start == 0)
		return BAD(s->fault, "%s:%zu: there is no line before that this one could continue", s->path, s->line);
	if (continues) {
		buf_put_char(&s->text, ' ');
	} else {
		if (end_statement(s) < 0)
			return -1;
		buf_reset(&s->text);
		s->start = s->line;
	}
	buf_put_span(&s->text, text);
	return 0;
}

/* ENOENT and its like are the configuration's fault, and no reason to try again. */
static int cannot_open(const char *path, const char *from, struct fault *f)
{
	bool passing = errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EIO || errno == EINTR;
	const char *colon = from ? ": " : "";

	if (passing)
		return fault_errno(f, "%s%scannot read %s", from ? from : "", colon, path);
	return BAD(f, "%s%scannot read %s: %s", from ? from : "", colon, path, strerror(errno));
}

/* By read(2) to the end: /dev/null and pipes have no size. */
static int load(int fd, const char *path, const char *from, struct buf *content, struct fault *f)
{
	for (;;) {
		char piece[4096];
		ssize_t n = read(fd, piece, sizeof(piece));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cannot_open(path, from, f);
		if (n == 0)
			return 0;
		buf_put(content, piece, (size_t)n);
		if (content->overflow)
			return BAD(f, "%s is larger than %d bytes", path, CONFIG_FILE_MAX);
	}
}

static int read_lines(struct config *c, const char *path, struct span content, int depth, struct fault *f)
{
	struct source s = { .config = c, .path = path, .depth = depth, .fault = f };
	int rc = 0;

	buf_init(&s.text, CONFIG_VALUE_MAX);
	while (content.n > 0 && rc == 0) {
		s.line++;
		rc = read_line(&s, span_cut(&content, '\n'));
	}
	if (rc == 0)
		rc = end_statement(&s);
	buf_clear(&s.text);
	return rc;
}

/* `from` is the place of the "include", NULL for the first file. */
static int read_source(struct config *c, const char *path, const char *from, int depth, bool must, struct fault *f)
{
	struct buf content;
	int fd, rc;

	if (depth > CONFIG_INCLUDE_DEPTH)
		return BAD(f, "%s: files include each other more than %d deep", from, CONFIG_INCLUDE_DEPTH);
	if (c->files++ >= CONFIG_FILES_MAX)
		return BAD(f, "%s: more than %d files are included", from ? from : path, CONFIG_FILES_MAX);
	/* The first file may be a pipe, as the caller likes; one that a file names must not be waited for. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (from ? O_NONBLOCK : 0));
	if (fd < 0)
		return !must && errno == ENOENT ? 0 : cannot_open(path, from, f);
	buf_init(&content, CONFIG_FILE_MAX);
	rc = load(fd, path, from, &content, f);
	close(fd);
	if (rc == 0)
		rc = read_lines(c, path, buf_span(&content), depth, f);
	buf_clear(&content);
	return rc;
}

int config_read(struct config *c, const char *path, bool must, struct fault *f)
{
	return read_source(c, arena_str(c->arena, path), NULL, 1, must, f);
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The name behind a "$", bare or in brackets, cut off *rest; empty if there is none. */
static struct span cut_reference(struct span *rest)
{
	char close = rest->n == 0 ? '\0' : rest->p[0] == '{' ? '}' : rest->p[0] == '(' ? ')' : '\0';
	struct span name = span_from(*rest, close ? 1 : 0);
	size_t n = 0;

	while (n < name.n && is_name_char(name.p[n]))
		n++;
	if (close && (n == name.n || name.p[n] != close))
		n = 0;
	*rest = span_from(name, n + (close ? 1 : 0));
	return span_of(name.p, n);
}

static int expand(struct config *c, const struct config_param *param, struct fault *f);

static int put_reference(struct config *c, const struct config_param *in, struct span *rest, struct buf *out,
			 struct fault *f)
{
	struct place where = place_of(value_of(c, in));
	const struct config_param *other;
	struct span name;

	if (rest->n > 0 && rest->p[0] == '$') {
		buf_put_char(out, '$');
		*rest = span_from(*rest, 1);
		return 0;
	}
	name = cut_reference(rest);
	if (name.n == 0)
		return BAD(f, "%s: %s: no name follows a \"$\" (write $$ for the sign itself)", name_of(c, where),
			   in->name);
	other = find_param(c, name);
	if (!other)
		return unknown_name(c, where, name, " (write $$ for the sign itself)", f);
	if (value_of(c, other)->busy)
		return BAD(f, "%s: %s refers to itself through $%s", name_of(c, where), in->name, other->name);
	if (expand(c, other, f) < 0)
		return -1;
	buf_put_str(out, value_of(c, other)->expanded);
	return 0;
}

static int expand_into(struct config *c, const struct config_param *param, struct buf *out, struct fault *f)
{
	struct span rest = span_str(value_of(c, param)->text);

	for (;;) {
		size_t dollar = span_find(rest, '$');

		buf_put(out, rest.p, dollar);
		if (dollar == rest.n)
			break;
		rest = span_from(rest, dollar + 1);
		if (put_reference(c, param, &rest, out, f) < 0)
			return -1;
	}
	if (out->overflow)
		return BAD(f, "%s: %s is longer than %d bytes when it is expanded", config_where(c, value_of(c, param)),
			   param->name, CONFIG_VALUE_MAX);
	return 0;
}

/* As deep as parameters refer to each other, and so no deeper than there are parameters. */
static int expand(struct config *c, const struct config_param *param, struct fault *f)
{
	struct config_value *v = value_of(c, param);
	struct buf out;
	const char *end;
	int rc;

	if (v->expanded)
		return 0;
	/* Most refer to nothing: memory for each of them in turn is what musl gives and takes with two calls each. */
	end = strchrnul(v->text, '$');
	if (*end == '\0' && end - v->text <= CONFIG_VALUE_MAX) {
		v->expanded = v->text;
		return 0;
	}
	buf_init(&out, CONFIG_VALUE_MAX);
	v->busy = true;
	rc = expand_into(c, param, &out, f);
	v->busy = false;
	if (rc == 0)
		v->expanded = arena_span(c->arena, buf_span(&out));
	buf_clear(&out);
	return rc;
}

struct unit {
	char letter; /* lower case; either is accepted */
	long factor;
};

static const struct unit sizes[] = { { 'k', 1L << 10 }, { 'm', 1L << 20 }, { 'g', 1L << 30 }, { '\0', 1 } };
static const struct unit times[] = {
	{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 }, { '\0', 1 },
};

static const struct unit *find_unit(const struct unit *units, char letter)
{
	while (units->letter && units->letter != (letter | 0x20))
		units++;
	return units;
}

/* Digits and perhaps a unit: 0, or -1 without a fault. */
static int parse_quantity(const char *text, const struct unit *units, long *out)
{
	struct span digits = span_str(text);
	const struct unit *unit = find_unit(units, digits.n ? text[digits.n - 1] : '\0');
	uint64_t number;

	if (unit->letter)
		digits.n--;
	if (span_number(digits, (uint64_t)(LONG_MAX / unit->factor), &number) < 0)
		return -1;
	*out = (long)number * unit->factor;
	return 0;
}

int config_parse_time(const char *text, long *seconds, struct fault *f)
{
	if (parse_quantity(text, times, seconds) == 0)
		return 0;
	return fault_usage(f, "\"%s\" is not a time (30, 30s, 5m, 1h, 5d, 1w)", text);
}

int config_parse_size(const char *text, long *bytes, struct fault *f)
{
	if (parse_quantity(text, sizes, bytes) == 0)
		return 0;
	return fault_usage(f, "\"%s\" is not a size (512, 10k, 20M, 1G)", text);
}

static int parse_number(const char *text, long *out, struct fault *f)
{
	bool negative = text[0] == '-';
	uint64_t number;

	if (span_number(span_str(text + negative), LONG_MAX, &number) < 0)
		return fault_usage(f, "\"%s\" is not a number", text);
	*out = negative ? -(long)number : (long)number;
	return 0;
}

static int parse_bool(const char *text, bool *out, struct fault *f)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!span_is_nocase(span_str(text), span_str(words[i])))
			continue;
		*out = i % 2 != 0;
		return 0;
	}
	return fault_usage(f, "\"%s\" is neither yes nor no", text);
}

static int check_choice(const char *text, const char *choices, struct fault *f)
{
	struct span rest = span_str(choices);

	while (rest.n > 0)
		if (span_is(span_str(text), span_cut(&rest, '|')))
			return 0;
	return fault_usage(f, "\"%s\" is not one of %s", text, choices);
}

static int check_range(const struct config_param *param, const char *text, long value, struct fault *f)
{
	if (value < param->min)
		return fault_usage(f, "%s is less than %d", text, param->min);
	if (param->max != 0 && value > param->max)
		return fault_usage(f, "%s is more than %d", text, param->max);
	return 0;
}

static int store(const struct config_param *param, const char *text, void *member, struct fault *f)
{
	int rc;

	switch (param->type) {
	case CONFIG_STRING:
	case CONFIG_CHOICE:
		*(const char **)member = text;
		return param->choices ? check_choice(text, param->choices, f) : 0;
	case CONFIG_BOOL:
		return parse_bool(text, member, f);
	case CONFIG_SIZE:
		rc = config_parse_size(text, member, f);
		break;
	case CONFIG_TIME:
		rc = config_parse_time(text, member, f);
		break;
	default:
		rc = parse_number(text, member, f);
		break;
	}
	return rc < 0 ? rc : check_range(param, text, *(const long *)member, f);
}

int config_finish(struct config *c, void *target, struct fault *f)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct config_param *param = &c->table[i];
		struct fault why;

		if (expand(c, param, f) < 0)
			return -1;
		if (store(param, c->values[i].expanded, (char *)target + param->at, &why) < 0)
			return BAD(f, "%s: %s: %s", config_where(c, &c->values[i]), param->name, why.text);
	}
	c->is_finished = true;
	return 0;
}

const char *config_text(struct config *c, const char *name)
{
	const struct config_param *param = find_param(c, span_str(name));
	const char *text;

	if (!param)
		return NULL;
	text = expand(c, param, NULL) < 0 ? value_of(c, param)->text : value_of(c, param)->expanded;
	/* What comes before the end may still change, and with it all that refers to it. */
	for (size_t i = 0; i < c->n && !c->is_finished; i++)
		c->values[i].expanded = NULL;
	return text;
}

void config_blame(struct config *c, struct fault *f)
{
	struct span text = span_str(f->text);
	const struct config_param *param;
	struct fault said = *f;
	size_t n = 0;

	while (n < text.n && is_name_char(text.p[n]))
		n++;
	param = find_param(c, span_of(text.p, n));
	if (param && value_of(c, param)->is_set)
		BAD(f, "%s: %s", config_where(c, value_of(c, param)), said.text);
	else
		BAD(f, "%s", said.text);
}
