/* SPDX-License-Identifier: ISC */
/*
 * aliases - the alias files.
 */
#include "route/aliases.h"

#include <string.h>

#include "route/table.h"

int aliases_open(struct arena *a, const char *alias_maps, struct route_aliases *out, struct fault *f)
{
	struct span rest = span_str(alias_maps), word;
	size_t room = 0;

	while (span_list_word(&rest).n)
		room++;
	*out = (struct route_aliases){ .v = arena_alloc(a, room * sizeof(*out->v)) };
	rest = span_str(alias_maps);
	while ((word = span_list_word(&rest)).n) {
		struct aliases_file *file = &out->v[out->n];
		struct span path = table_path(word);

		if (path.n == 0 || path.p[0] != '/')
			return fault_usage(f, "alias_maps: \"%.*s\" is not the absolute name of a text file",
					   SPAN_ARG(word));
		file->path = arena_span(a, path);
		textmap_init(&file->map, file->path, TEXTMAP_ALIASES, ALIASES_FILE_MAX);
		out->n++;
	}
	return 0;
}

void aliases_close(struct route_aliases *t)
{
	for (size_t i = 0; i < t->n; i++)
		textmap_clear(&t->v[i].map);
	t->n = 0;
}

int aliases_refresh(struct route_aliases *t, struct fault *f)
{
	for (size_t i = 0; i < t->n; i++) {
		struct aliases_file *file = &t->v[i];
		int rc = textmap_refresh(&file->map, f);
		const char *writer;

		if (rc < 0)
			return -1;
		/* Where it is said to be, and is not, mail for an alias would be mail for nobody. */
		if (rc == 0 && strcmp(file->path, ALIASES_USUAL) != 0)
			return fault_temp(f, 451, "4.3.5", "alias_maps: there is no %s", file->path);
		writer = rc == 1 ? table_find_writer(&file->map.seen) : NULL;
		if (writer)
			return fault_temp(f, 451, "4.3.5", "alias_maps: %s may write to %s", writer, file->path);
	}
	return 0;
}

static void set_alias(struct alias *out, const struct aliases_file *file, const struct textmap_entry *e)
{
	*out = (struct alias){ .name = e->key, .value = e->value, .file = file, .line = e->line };
}

bool aliases_find(struct route_aliases *t, struct span name, struct alias *out)
{
	struct textmap_entry e;

	if (name.n > ALIASES_NAME_MAX)
		return false;
	for (size_t i = 0; i < t->n; i++) {
		if (!textmap_find(&t->v[i].map, name, &e))
			continue;
		set_alias(out, &t->v[i], &e);
		return true;
	}
	return false;
}

void aliases_entries(const struct alias *alias, struct entries *out)
{
	entries_init(out, ENTRIES_ALIAS, alias->file->path, alias->line, alias->value);
}

/* The quote stands in front of the name's span. One with backslashes is a copy, which only a quoted name can be. */
static bool is_quoted(struct span text, struct span name)
{
	uintptr_t from = (uintptr_t)text.p, at = (uintptr_t)name.p;

	return at < from || at > from + text.n || (at > from && name.p[-1] == '"');
}

/* What is wrong with a name, or NULL. */
static const char *find_error(const struct aliases_file *file, struct span name)
{
	size_t at = span_find(name, '@');

	if (name.n > ALIASES_NAME_MAX)
		return "the name is longer than 1000 bytes";
	if (span_has_control(name))
		return "there is a control byte in the name";
	if (at > 0 && at + 1 < name.n)
		return "an alias has no domain: its name is that of a user of this machine";
	if (is_quoted(file->map.text, name))
		return NULL;
	if (span_find(name, ',') < name.n)
		return "an alias has no comma in its name; write a line for each";
	if (span_find(name, ' ') < name.n || span_find(name, '\t') < name.n)
		return "a name with a blank in it must be in double quotes";
	return NULL;
}

int aliases_next(struct aliases_file *file, struct textmap_walk *walk, struct alias *out, struct fault *f)
{
	struct textmap_entry e = { 0 };
	int rc = textmap_next(&file->map, walk, &e);
	const char *error = NULL;

	if (rc == 0)
		return 0;
	if (rc < 0)
		error = e.value.n && (e.value.p[0] == ' ' || e.value.p[0] == '\t')
				? "this line begins with a blank, but there is no alias before it to continue"
				: "there is no \"name:\" at the start of the line";
	else
		error = find_error(file, e.key);
	set_alias(out, file, &e);
	return error ? fault_temp(f, 451, "4.3.5", "%s:%zu: %s", file->path, e.line, error) : 1;
}
