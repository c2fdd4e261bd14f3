/* SPDX-License-Identifier: ISC */
/*
 * configure - change a list's config.
 */
#include "list/configure.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/disk.h"

#define NEW "config.new"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_remark(struct span line)
{
	line = span_trim(line);
	return line.n == 0 || line.p[0] == '#';
}

static bool assigns(struct span line, struct span name)
{
	size_t equals = span_find(line, '=');

	return line.n && !is_blank(line.p[0]) && equals < line.n && span_is(span_trim(span_of(line.p, equals)), name);
}

static void put_line(struct buf *out, struct span line)
{
	buf_put_span(out, line);
	buf_put_char(out, '\n');
}

static void put_value(struct buf *out, struct span name, const char *value)
{
	if (value)
		buf_printf(out, "%.*s = %s\n", SPAN_ARG(name), value);
}

/* The new value stands where the first one stood; remarks between a line and its continuation stay. */
void configure_put(struct buf *out, struct span config, struct span name, const char *value)
{
	bool done = false, dropping = false;

	while (config.n) {
		struct span line = span_cut(&config, '\n');

		if (is_remark(line)) {
			put_line(out, line);
			continue;
		}
		if (!is_blank(line.p[0]))
			dropping = assigns(line, name);
		if (!dropping) {
			put_line(out, line);
		} else if (!done) {
			put_value(out, name, value);
			done = true;
		}
	}
	if (!done)
		put_value(out, name, value);
}

static int check_name(const struct config *c, const char *change, struct span name, struct fault *f)
{
	const char *near;

	for (size_t i = 0; i < c->n; i++)
		if (span_is(name, span_str(c->table[i].name)))
			return 0;
	near = config_nearest(c, change);
	if (near)
		return fault_usage(f, "unknown parameter %.*s (did you mean %s?)", SPAN_ARG(name), near);
	return fault_usage(f, "unknown parameter %.*s", SPAN_ARG(name));
}

/* Into one of two buffers, from the other. */
static int apply(struct arena *a, struct span config, const char *const *changes, size_t n, struct buf *out,
		 struct fault *f)
{
	struct config c;
	size_t nrows;
	const struct config_param *table = list_settings_table(&nrows);

	config_init(&c, a, table, nrows);
	buf_put_span(out, config);
	for (size_t i = 0; i < n; i++) {
		const char *equals = strchr(changes[i], '=');
		struct span name =
			span_trim(equals ? span_of(changes[i], (size_t)(equals - changes[i])) : span_str(changes[i]));
		struct span value = equals ? span_trim(span_str(equals + 1)) : span_of(NULL, 0);
		struct span before = span_of(arena_span(a, buf_span(out)), out->n);

		if (check_name(&c, arena_span(a, name), name, f) < 0)
			return -1;
		if (span_has_control(value))
			return fault_usage(f, "%.*s: the value holds a control character", SPAN_ARG(name));
		buf_reset(out);
		configure_put(out, before, name, equals ? arena_span(a, value) : NULL);
	}
	return out->overflow ? fault_perm(f, 0, "5.3.4", "the config would be larger than %d octets", CONFIGURE_MAX)
			     : 0;
}

/* A file that is read as the list's config is, beside it. */
static int try(struct list *l, const struct list_places *p, struct fault *f)
{
	struct arena a = { 0 };
	struct list_settings s;
	struct fault why;
	int rc = list_read_settings(&a, p, l->name, arena_printf(&a, "%s/" NEW, l->path), &s, &why);

	if (rc < 0)
		fault_usage(f, "%s", why.text);
	arena_clear(&a);
	return rc;
}

static int replace(struct list *l, const struct list_places *p, struct span text, struct fault *f)
{
	if (disk_replace(l->dir, NEW, text, 0600, f) < 0)
		return -1;
	if (try(l, p, f) < 0) {
		unlinkat(l->dir, NEW, 0);
		return -1;
	}
	if (renameat(l->dir, NEW, l->dir, "config") < 0)
		return fault_errno(f, "cannot rename %s/" NEW, l->path);
	return disk_sync(l->dir, l->path, f);
}

int configure_set(struct list *l, const struct list_places *p, const char *const *changes, size_t n, struct fault *f)
{
	struct arena a = { 0 };
	struct span config;
	struct buf out;
	int rc = -1;

	if (list_lock(l, f) < 0)
		return -1;
	buf_init(&out, CONFIGURE_MAX);
	if (disk_read_file(&a, l->dir, "config", CONFIGURE_MAX, &config, f) == 0 &&
	    apply(&a, config, changes, n, &out, f) == 0)
		rc = replace(l, p, buf_span(&out), f);
	buf_clear(&out);
	arena_clear(&a);
	list_unlock(l);
	return rc;
}
