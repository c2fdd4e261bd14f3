/* SPDX-License-Identifier: ISC */
/*
 * metadata - annotations of a folder, or of the whole account.
 */
#include "store/metadata.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/disk.h"
#include "base/hex.h"
#include "store/lock.h"

enum { STALE = 30, WAIT = 10 };

static const struct {
	const char *name;
	struct lock_rules lock;
} files[] = {
	[METADATA_FOLDER] = { METADATA_FILE, { METADATA_FILE ".lock", METADATA_FILE, STALE, WAIT, true } },
	[METADATA_ACCOUNT] = { METADATA_ACCOUNT_FILE,
			       { METADATA_ACCOUNT_FILE ".lock", METADATA_ACCOUNT_FILE, STALE, WAIT, true } },
};

/* ---- names ---- */

static bool is_name(struct span name)
{
	if (name.n > METADATA_NAME_MAX || span_has_control(name) || span_has_8bit(name) ||
	    (!span_starts_nocase(name, SPAN("/private/")) && !span_starts_nocase(name, SPAN("/shared/"))))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] == '*' || name.p[i] == '%' || name.p[i] == ' ' ||
		    (name.p[i] == '/' && (i + 1 == name.n || name.p[i + 1] == '/')))
			return false;
	return true;
}

int metadata_check_name(struct span name, struct fault *f)
{
	if (is_name(name))
		return 0;
	return fault_perm(f, 550, "5.1.3",
			  "the name of an entry begins with /private/ or /shared/, has at most %d characters of ASCII, "
			  "no empty part, and none of \"*\", \"%%\" and blank",
			  METADATA_NAME_MAX);
}

static struct span lower(struct arena *a, struct span name)
{
	char *copy = arena_span(a, name);

	for (size_t i = 0; i < name.n; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] |= 0x20;
	return span_of(copy, name.n);
}

struct span metadata_find(const struct metadata *m, struct span name)
{
	for (size_t i = 0; i < m->n; i++)
		if (span_is_nocase(m->entries[i].name, name))
			return m->entries[i].value;
	return span_of(NULL, 0);
}

/* ---- the file ---- */

static void put_value(struct buf *out, struct span value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (c > ' ' && c < 0x7f && c != '%')
			buf_put_char(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

static int parse_value(struct arena *a, struct span text, struct span *out)
{
	char *value = arena_alloc(a, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != '%') {
			value[n++] = text.p[i];
			continue;
		}
		if (i + 2 >= text.n || hex_value(text.p[i + 1]) < 0 || hex_value(text.p[i + 2]) < 0)
			return -1;
		value[n++] = (char)(hex_value(text.p[i + 1]) << 4 | hex_value(text.p[i + 2]));
		i += 2;
	}
	*out = span_of(value, n);
	return n <= METADATA_VALUE_MAX ? 0 : -1;
}

void metadata_parse(struct arena *a, struct span text, struct metadata *out)
{
	out->entries = arena_alloc(a, METADATA_ENTRIES_MAX * sizeof(*out->entries));
	out->n = 0;
	while (text.n > 0 && out->n < METADATA_ENTRIES_MAX) {
		struct metadata_entry *e = &out->entries[out->n];
		struct span line = span_cut(&text, '\n'), name = span_cut(&line, ' ');

		if (!is_name(name) || metadata_find(out, name).p || parse_value(a, line, &e->value) < 0)
			continue;
		e->name = lower(a, name);
		out->n++;
	}
}

void metadata_put(struct buf *out, const struct metadata *m)
{
	for (size_t i = 0; i < m->n; i++) {
		buf_put_span(out, m->entries[i].name);
		buf_put_char(out, ' ');
		put_value(out, m->entries[i].value);
		buf_put_char(out, '\n');
	}
}

int metadata_read(struct arena *a, int dir, enum metadata_of of, struct metadata *out, struct fault *f)
{
	struct span text;

	*out = (struct metadata){ .n = 0 };
	if (disk_read_file(a, dir, files[of].name, METADATA_FILE_MAX, &text, f) < 0)
		return errno == ENOENT ? 0 : -1;
	metadata_parse(a, text, out);
	return 0;
}

/* ---- changes ---- */

static void remove_entry(struct metadata *m, struct span name)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->n; i++)
		if (!span_is_nocase(m->entries[i].name, name))
			m->entries[kept++] = m->entries[i];
	m->n = kept;
}

static int apply(struct arena *a, struct metadata *m, const struct metadata_entry *change, struct fault *f)
{
	if (change->value.n > METADATA_VALUE_MAX)
		return fault_perm(f, 552, "5.3.4", "a value has at most %d octets", METADATA_VALUE_MAX);
	remove_entry(m, change->name);
	if (!change->value.p)
		return 0;
	if (m->n == METADATA_ENTRIES_MAX)
		return fault_perm(f, 552, "5.3.0", "a folder has at most %d entries", METADATA_ENTRIES_MAX);
	m->entries[m->n++] = (struct metadata_entry){ lower(a, change->name), change->value };
	return 0;
}

static int change(struct arena *a, int dir, enum metadata_of of, const struct metadata_entry *changes, size_t n,
		  struct fault *f)
{
	struct metadata old, new = { .n = 0 };
	struct buf out;
	int rc = 0;

	if (metadata_read(a, dir, of, &old, f) < 0)
		return -1;
	new.entries = arena_alloc(a, METADATA_ENTRIES_MAX * sizeof(*new.entries));
	for (size_t i = 0; i < old.n; i++)
		new.entries[new.n++] = old.entries[i];
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = apply(a, &new, &changes[i], f);
	buf_init(&out, METADATA_FILE_MAX);
	metadata_put(&out, &new);
	if (rc == 0 && out.overflow)
		rc = fault_perm(f, 552, "5.3.4", "the entries of a folder have at most %d octets", METADATA_FILE_MAX);
	if (rc == 0)
		rc = disk_replace(dir, files[of].name, buf_span(&out), 0600, f);
	buf_clear(&out);
	return rc;
}

int metadata_set(int dir, enum metadata_of of, const struct metadata_entry *changes, size_t n, struct fault *f)
{
	struct arena a = { 0 };
	struct lock lock;
	int rc;

	if (lock_take(&lock, dir, &files[of].lock, f) != 0)
		return -1;
	rc = change(&a, dir, of, changes, n, f);
	lock_release(&lock);
	arena_clear(&a);
	return rc;
}
