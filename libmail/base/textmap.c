/* SPDX-License-Identifier: ISC */
/*
 * textmap - a text file of "key: value" or "key value" lines, searched as it is.
 *
 * The scan looks at the first byte of each line and leaves the rest to
 * memchr(3); only a line that may have the key is taken apart.
 */
#include "base/textmap.h"

#include <errno.h>
#include <fcntl.h>

#include "base/clock.h"
#include "base/disk.h"

/* A file system with whole seconds shows two changes in one second as one. */
enum { UNSETTLED_SECONDS = 2 };

void textmap_init(struct textmap *t, const char *path, enum textmap_form form, size_t max)
{
	*t = (struct textmap){ .path = path, .form = form, .max = max };
}

void textmap_clear(struct textmap *t)
{
	arena_clear(&t->arena);
	textmap_init(t, t->path, t->form, t->max);
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_current(const struct textmap *t, const struct stat *st)
{
	const struct stat *seen = &t->seen;

	return t->loaded && !t->unsettled && seen->st_dev == st->st_dev && seen->st_ino == st->st_ino &&
	       seen->st_size == st->st_size && seen->st_mode == st->st_mode && seen->st_uid == st->st_uid &&
	       same_time(seen->st_mtim, st->st_mtim) && same_time(seen->st_ctim, st->st_ctim);
}

/* What is wrong with the file is the machine's state, not the caller's words: mail waits until it is mended. */
static int make_temporary(struct fault *f)
{
	if (f && f->kind == FAULT_USAGE) {
		struct fault was = *f;

		fault_temp(f, 451, "4.3.5", "%s", was.text);
	}
	return -1;
}

int textmap_refresh(struct textmap *t, struct fault *f)
{
	struct stat st;

	if (stat(t->path, &st) < 0) {
		bool missing = errno == ENOENT || errno == ENOTDIR;

		if (!missing)
			fault_errno(f, "cannot stat %s", t->path);
		textmap_clear(t);
		return missing ? 0 : -1;
	}
	if (is_current(t, &st))
		return 1;
	textmap_clear(t);
	if (disk_read_file(&t->arena, AT_FDCWD, t->path, t->max, &t->text, f) < 0)
		return make_temporary(f);
	t->seen = st;
	t->loaded = true;
	t->unsettled = st.st_ctim.tv_sec >= clock_wall() - UNSETTLED_SECONDS;
	return 1;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct span line_at(const struct textmap *t, size_t at)
{
	struct span rest = span_from(t->text, at);

	return span_of(rest.p, span_find(rest, '\n'));
}

/* Does the line begin an entry, or is it a comment, empty, or the continuation of one? */
static bool begins_entry(const struct textmap *t, struct span line)
{
	if (line.n == 0 || line.p[0] == '#' || (line.n == 1 && line.p[0] == '\r'))
		return false;
	return t->form == TEXTMAP_PLAIN || !is_blank(line.p[0]);
}

/* The end of the entry whose first line is at `at`: where the next one begins. Counts the lines. */
static size_t end_of_entry(const struct textmap *t, size_t at, size_t *lines)
{
	struct span line;

	do {
		line = line_at(t, at);
		at += line.n + (at + line.n < t->text.n);
		++*lines;
		line = line_at(t, at);
	} while (t->form != TEXTMAP_PLAIN && at < t->text.n && !begins_entry(t, line));
	return at;
}

/* Unlike span_from() this keeps the place in the text when nothing is left. */
static void drop(struct span *s, size_t n)
{
	s->p += n;
	s->n -= n;
}

/* A copy without the backslashes. */
static struct span unescape(struct arena *a, struct span s)
{
	char *p = arena_alloc(a, s.n);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		p[n++] = s.p[i];
	}
	return span_of(p, n);
}

/* Cut `"key" :` off the line; false when it is not that. */
static bool cut_quoted_key(struct textmap *t, struct span *line, struct span *key)
{
	bool escaped = false;
	size_t i = 1;

	while (i < line->n && line->p[i] != '"') {
		escaped |= line->p[i] == '\\';
		i += line->p[i] == '\\' ? 2 : 1;
	}
	if (i >= line->n)
		return false;
	*key = span_of(line->p + 1, i - 1);
	drop(line, i + 1);
	while (line->n && is_blank(line->p[0]))
		drop(line, 1);
	if (line->n == 0 || line->p[0] != ':')
		return false;
	if (escaped)
		*key = unescape(&t->arena, *key);
	drop(line, 1);
	return true;
}

/* Cut "key" off the first line of a table's entry; false: a quote is open. */
static bool cut_table_key(struct span *line, struct span *key)
{
	bool quoted = false;
	size_t i = 0;

	while (i < line->n && (quoted || !is_blank(line->p[i]))) {
		if (line->p[i] == '"')
			quoted = !quoted;
		i += quoted && line->p[i] == '\\' ? 2 : 1;
	}
	if (quoted || i > line->n)
		return false;
	*key = span_of(line->p, i);
	drop(line, i);
	return true;
}

/* Cut "key:" off the first line of an entry. */
static bool cut_key(struct textmap *t, struct span *line, struct span *key)
{
	size_t colon;

	if (t->form == TEXTMAP_TABLE)
		return cut_table_key(line, key);
	if (t->form == TEXTMAP_ALIASES && line->n && line->p[0] == '"')
		return cut_quoted_key(t, line, key) && key->n > 0;
	colon = span_find(*line, ':');
	if (colon == line->n)
		return false;
	*key = span_of(line->p, colon);
	if (t->form == TEXTMAP_ALIASES)
		*key = span_trim(*key);
	drop(line, colon + 1);
	return key->n > 0;
}

static bool is_key(const struct textmap *t, struct span a, struct span b)
{
	return t->form == TEXTMAP_PLAIN ? span_is(a, b) : span_is_nocase(a, b);
}

/* The lines of a table's value as one, without the comments between them. */
static struct span join_lines(struct arena *a, struct span value)
{
	size_t n = 0;
	char *p;

	if (span_find(value, '\n') == value.n)
		return value;
	p = arena_alloc(a, value.n);
	while (value.n) {
		struct span line = span_cut(&value, '\n'), content = span_trim(line);

		if (content.n == 0 || content.p[0] == '#')
			continue;
		line.n = (size_t)(content.p + content.n - line.p);
		memcpy(p + n, line.p, line.n);
		n += line.n;
	}
	return span_trim(span_of(p, n));
}

static struct span value_of(struct textmap *t, struct span rest_of_line, size_t at)
{
	size_t lines = 0;
	struct span all = span_of(rest_of_line.p, (size_t)(t->text.p + end_of_entry(t, at, &lines) - rest_of_line.p));

	return t->form == TEXTMAP_TABLE ? join_lines(&t->arena, span_trim(all)) : all;
}

/* Fill *out for the entry that begins at `at`; false: it is none. */
static bool read_entry(struct textmap *t, size_t at, size_t line_number, struct textmap_entry *out)
{
	struct span line = line_at(t, at), value;

	out->line = line_number;
	out->value = line;
	if (!cut_key(t, &line, &out->key))
		return false;
	if (t->form == TEXTMAP_PLAIN)
		value = line.n && line.p[line.n - 1] == '\r' ? span_of(line.p, line.n - 1) : line;
	else
		value = value_of(t, line, at);
	if (t->form == TEXTMAP_TABLE && value.n == 0)
		return false;
	out->value = value;
	return true;
}

static bool may_have_key(const struct textmap *t, struct span line, struct span key)
{
	if (t->form == TEXTMAP_PLAIN)
		return line.p[0] == key.p[0];
	return lower(line.p[0]) == lower(key.p[0]) || line.p[0] == '"';
}

static bool has_key(struct textmap *t, struct span line, struct span key)
{
	struct span found;

	return line.n && may_have_key(t, line, key) && begins_entry(t, line) && cut_key(t, &line, &found) &&
	       is_key(t, found, key);
}

static bool scan(struct textmap *t, struct span key, struct textmap_entry *out)
{
	size_t number = 1;

	for (size_t at = 0; at < t->text.n; number++) {
		struct span line = line_at(t, at);

		if (has_key(t, line, key) && read_entry(t, at, number, out))
			return true;
		at += line.n + 1;
	}
	return false;
}

/* As the index has it: in lower case, if case does not count. */
static struct span fold(const struct textmap *t, struct arena *a, struct span key)
{
	char *p;

	if (t->form == TEXTMAP_PLAIN)
		return key;
	p = arena_alloc(a, key.n);
	for (size_t i = 0; i < key.n; i++)
		p[i] = lower(key.p[i]);
	return span_of(p, key.n);
}

static void build_index(struct textmap *t)
{
	struct textmap_walk walk = { 0 };
	struct textmap_entry e;
	int rc;

	map_init(&t->index, &t->arena);
	while ((rc = textmap_next(t, &walk, &e)) != 0) {
		struct textmap_entry *kept;
		struct span key;

		if (rc < 0)
			continue;
		key = fold(t, &t->arena, e.key);
		if (map_find(&t->index, key))
			continue;
		kept = arena_alloc(&t->arena, sizeof(*kept));
		*kept = e;
		map_set(&t->index, key, kept);
	}
}

bool textmap_find(struct textmap *t, struct span key, struct textmap_entry *out)
{
	struct arena scratch = { 0 };
	const struct textmap_entry *found;

	if (key.n == 0 || !t->loaded)
		return false;
	if (t->scans < TEXTMAP_SCANS) {
		t->scans++;
		return scan(t, key, out);
	}
	if (!t->index.arena)
		build_index(t);
	found = map_find(&t->index, fold(t, &scratch, key));
	if (found)
		*out = *found;
	arena_clear(&scratch);
	return found != NULL;
}

int textmap_next(struct textmap *t, struct textmap_walk *walk, struct textmap_entry *out)
{
	while (walk->at < t->text.n && !begins_entry(t, line_at(t, walk->at))) {
		struct span line = line_at(t, walk->at);

		walk->line++;
		/* A continuation line at the start of the file has nothing to continue. */
		if (t->form != TEXTMAP_PLAIN && span_trim(line).n && span_trim(line).p[0] != '#') {
			*out = (struct textmap_entry){ .value = line, .line = walk->line };
			walk->at += line.n + (walk->at + line.n < t->text.n);
			return -1;
		}
		walk->at += line.n + 1;
	}
	if (walk->at >= t->text.n)
		return 0;
	bool good = read_entry(t, walk->at, walk->line + 1, out);

	walk->at = end_of_entry(t, walk->at, &walk->line);
	return good ? 1 : -1;
}
