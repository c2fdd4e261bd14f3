/* SPDX-License-Identifier: ISC */
/*
 * migration - what another list manager knows of a list: what kind it is, and plain lists of addresses.
 */
#include "list/migration.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/utf8.h"
#include "message/address.h"
#include "message/words.h"

enum { NOTE_MAX = 512, NAME_OCTETS_MAX = 8 << 10, COLUMNS_MAX = 64 };

void migration_note(struct migration *m, const char *format, ...)
{
	char text[NOTE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (m->note)
		m->note(m->ctx, text);
}

void migration_set(struct migration *m, const char *name, struct span value)
{
	struct buf b;

	buf_init(&b, 2 * value.n + 256);
	buf_printf(&b, "%s=", name);
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (c == '$')
			buf_put_char(&b, '$');
		buf_put_char(&b, c < ' ' || c == 0x7f ? ' ' : (char)c);
	}
	for (size_t i = 0; i < m->assignments.n; i++)
		if (strncmp(m->assignments.v[i], buf_str(&b), strlen(name) + 1) == 0) {
			m->assignments.v[i] = arena_span(m->arena, buf_span(&b));
			buf_clear(&b);
			return;
		}
	opt_list_add(m->arena, &m->assignments, arena_span(m->arena, buf_span(&b)));
	buf_clear(&b);
}

void migration_text(struct migration *m, const char *name, struct span text)
{
	if (span_trim(text).n == 0)
		return;
	if (m->ntexts == MIGRATION_TEXTS) {
		migration_note(m, "the text %s is one too many", name);
		return;
	}
	m->texts[m->ntexts].name = name;
	m->texts[m->ntexts++].text = text;
}

static struct member *add_person(struct migration *m, struct migration_people *to, struct span address, unsigned flags,
				 struct span name)
{
	struct member *one;

	if (!member_identity(m->arena, address)) {
		migration_note(m, "\"%.*s\" is no address", address.n > 100 ? 100 : (int)address.n, address.p);
		return NULL;
	}
	if (to->n == to->room) {
		size_t room = to->room ? 2 * to->room : 64;
		struct member *v = arena_alloc(m->arena, room * sizeof(*v));

		if (to->n)
			memcpy(v, to->v, to->n * sizeof(*v));
		to->v = v;
		to->room = room;
	}
	if (name.n > MEMBERS_NAME_MAX)
		name.n = utf8_prefix(span_of(name.p, MEMBERS_NAME_MAX));
	one = &to->v[to->n++];
	*one = (struct member){ .address = span_str(arena_span(m->arena, address)), .flags = flags };
	if (name.n)
		one->name = span_str(arena_span(m->arena, name));
	return one;
}

void migration_person(struct migration *m, struct migration_people *to, struct span address, unsigned flags,
		      struct span name)
{
	add_person(m, to, address, flags, name);
}

/* A display name without its quotes, and decoded. */
static struct span plain_name(struct arena *a, struct span display)
{
	struct buf plain, decoded;
	struct span name;

	buf_init(&plain, display.n + 1);
	buf_init(&decoded, 4 * display.n + NAME_OCTETS_MAX);
	for (size_t i = 0; i < display.n; i++) {
		if (display.p[i] == '\\' && i + 1 < display.n)
			i++;
		else if (display.p[i] == '"')
			continue;
		buf_put_char(&plain, display.p[i]);
	}
	words_decode(&decoded, buf_span(&plain));
	name = span_str(arena_span(a, buf_span(&decoded)));
	buf_clear(&plain);
	buf_clear(&decoded);
	return name;
}

int migration_person_parse(struct arena *a, struct span line, struct member *out, struct fault *f)
{
	struct span rest = line;
	struct address address, other;
	int rc = member_parse(line, out, f);

	if (rc >= 0)
		return rc;
	if (address_next(&rest, a, &address) <= 0 || address_next(&rest, a, &other) != 0 ||
	    !address_is_valid(span_str(address.mailbox), false, true))
		return -1;
	*out = (struct member){ .address = span_str(address.mailbox), .name = plain_name(a, address.display) };
	return 1;
}

void migration_line(struct migration *m, struct migration_people *to, struct span line, unsigned flags)
{
	struct member one, *added;
	struct fault f;
	int rc = migration_person_parse(m->arena, line, &one, &f);

	if (rc < 0)
		migration_note(m, "%s", f.text);
	if (rc <= 0)
		return;
	added = add_person(m, to, one.address, flags | one.flags, one.name);
	if (added) {
		added->since = one.since;
		added->topics = one.topics;
	}
}

void migration_poster(struct migration *m, struct span address, const char *what)
{
	struct span mailbox = address.n && address.p[0] == '@'
				      ? span_str(arena_printf(m->arena, "x%.*s", SPAN_ARG(address)))
				      : address;

	if (member_identity(m->arena, mailbox))
		opt_list_add(m->arena, &m->posters, arena_printf(m->arena, "%.*s %s", SPAN_ARG(address), what));
	else
		migration_note(m, "who may post, or not: \"%.*s\" is no address",
			       address.n > 100 ? 100 : (int)address.n, address.p);
}

int migration_file(struct migration *m, const char *path, struct span *out, struct fault *f)
{
	if (disk_read_file(m->arena, AT_FDCWD, path, MIGRATION_FILE_MAX, out, f) == 0)
		return 1;
	return errno == ENOENT ? 0 : -1;
}

/* ---- plain lists ---- */

static int read_text(struct migration *m, const char *path, struct fault *f)
{
	struct span text;
	int rc = migration_file(m, path, &text, f);

	if (rc <= 0)
		return rc < 0 ? -1 : fault_perm(f, 0, FAULT_NO_INPUT, "there is no %s", path);
	while (text.n)
		migration_line(m, &m->members, span_cut(&text, '\n'), 0);
	return 0;
}

/* One field of a CSV line (RFC 4180); *rest starts behind its comma, or with the line's end. */
static struct span cut_field(struct arena *a, struct span *rest, char separator)
{
	struct buf b;
	struct span field;
	size_t n = 0;

	if (rest->n == 0 || rest->p[0] != '"') {
		while (n < rest->n && rest->p[n] != separator && rest->p[n] != '\n')
			n++;
		field = span_trim(span_of(rest->p, n));
		*rest = span_from(*rest, n + (n < rest->n && rest->p[n] == separator));
		return field;
	}
	buf_init(&b, rest->n + 1);
	for (n = 1; n < rest->n; n++) {
		if (rest->p[n] == '"' && (n + 1 == rest->n || rest->p[++n] != '"'))
			break;
		buf_put_char(&b, rest->p[n]);
	}
	field = span_trim(span_str(arena_span(a, buf_span(&b))));
	buf_clear(&b);
	*rest = span_from(*rest, n);
	while (rest->n && rest->p[0] != separator && rest->p[0] != '\n')
		*rest = span_from(*rest, 1);
	if (rest->n && rest->p[0] == separator)
		*rest = span_from(*rest, 1);
	return field;
}

enum column { COLUMN_OTHER, COLUMN_ADDRESS, COLUMN_NAME, COLUMN_MODE, COLUMN_STATUS };

static enum column find_column(struct span name)
{
	static const struct {
		struct span name;
		enum column column;
	} names[] = {
		{ SPAN_INIT("email"), COLUMN_ADDRESS },
		{ SPAN_INIT("e-mail"), COLUMN_ADDRESS },
		{ SPAN_INIT("address"), COLUMN_ADDRESS },
		{ SPAN_INIT("email address"), COLUMN_ADDRESS },
		{ SPAN_INIT("subscribed address"), COLUMN_ADDRESS },
		{ SPAN_INIT("name"), COLUMN_NAME },
		{ SPAN_INIT("display name"), COLUMN_NAME },
		{ SPAN_INIT("display_name"), COLUMN_NAME },
		{ SPAN_INIT("delivery mode"), COLUMN_MODE },
		{ SPAN_INIT("delivery_mode"), COLUMN_MODE },
		{ SPAN_INIT("digest"), COLUMN_MODE },
		{ SPAN_INIT("options"), COLUMN_MODE },
		{ SPAN_INIT("delivery status"), COLUMN_STATUS },
		{ SPAN_INIT("delivery_status"), COLUMN_STATUS },
		{ SPAN_INIT("status"), COLUMN_STATUS },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is_nocase(name, names[i].name))
			return names[i].column;
	return COLUMN_OTHER;
}

/* Words of ours, of Mailman's, and "yes" for a column of digests. */
static unsigned find_flags(struct span value)
{
	unsigned flags = 0;
	struct span word;

	if (span_starts_nocase(value, SPAN("disabled")) || span_starts_nocase(value, SPAN("by_")))
		return span_ends_nocase(value, SPAN("bounces")) ? MEMBER_PAUSED : MEMBER_NOMAIL;
	if (span_is_nocase(value, SPAN("plaintext_digests")))
		return MEMBER_DIGEST | MEMBER_PLAIN_DIGEST;
	if (span_is_nocase(value, SPAN("yes")) || span_is_nocase(value, SPAN("true")) ||
	    span_ends_nocase(value, SPAN("_digests")))
		return MEMBER_DIGEST;
	while ((word = span_list_word(&value)).n)
		flags |= member_flag_parse(word);
	return flags;
}

static void read_row(struct migration *m, const enum column *columns, size_t ncolumns, struct span *rest,
		     char separator)
{
	struct span address = { "", 0 }, name = { "", 0 };
	unsigned flags = 0;

	for (size_t i = 0; rest->n && rest->p[0] != '\n'; i++) {
		struct span field = cut_field(m->arena, rest, separator);
		enum column column = i < ncolumns ? columns[i] : COLUMN_OTHER;

		if (column == COLUMN_ADDRESS)
			address = field;
		else if (column == COLUMN_NAME)
			name = field;
		else if (column != COLUMN_OTHER)
			flags |= find_flags(field);
	}
	*rest = span_from(*rest, 1);
	if (address.n)
		migration_person(m, &m->members, address, flags, name);
}

static char find_separator(struct span text)
{
	struct span line = span_of(text.p, span_find(text, '\n'));

	return span_find(line, ';') < line.n ? ';' : span_find(line, '\t') < line.n ? '\t' : ',';
}

static int read_csv(struct migration *m, const char *path, struct fault *f)
{
	enum column columns[COLUMNS_MAX];
	size_t n = 0;
	bool any = false;
	struct span text;
	char separator;
	int rc = migration_file(m, path, &text, f);

	if (rc <= 0)
		return rc < 0 ? -1 : fault_perm(f, 0, FAULT_NO_INPUT, "there is no %s", path);
	separator = find_separator(text);
	while (text.n && text.p[0] != '\n' && n < COLUMNS_MAX) {
		struct span name = cut_field(m->arena, &text, separator);

		columns[n] = find_column(name);
		any |= columns[n] == COLUMN_ADDRESS;
		if (columns[n++] == COLUMN_OTHER)
			migration_note(m, "the column \"%.*s\" is not known", name.n > 60 ? 60 : (int)name.n, name.p);
	}
	if (!any)
		return fault_perm(f, 0, "5.6.0", "%s: no column is called \"email\" or \"address\"", path);
	for (text = span_from(text, 1); text.n;)
		read_row(m, columns, n, &text, separator);
	return 0;
}

/* ---- what is it? ---- */

static bool has(const char *path, const char *name)
{
	struct arena a = { 0 };
	bool is = access(arena_printf(&a, "%s%s", path, name), F_OK) == 0;

	arena_clear(&a);
	return is;
}

static const struct kind {
	const char *name;
	int (*read)(struct migration *m, const char *path, struct fault *f);
} kinds[] = {
	{ "mlmmj", migration_mlmmj },
	{ "mailman2", migration_mailman2 },
	{ "mailman3", migration_mailman3 },
	{ "majordomo", migration_majordomo },
	{ "csv", read_csv },
	{ "text", read_text },
};

/* By its first octets: a pickle, JSON, a table, config_list's assignments, or lines. */
static const char *guess_file(struct span head)
{
	struct span line = span_of(head.p, span_find(head, '\n'));

	if (head.n && ((unsigned char)head.p[0] == 0x80 || head.p[0] == '}' ||
		       (head.p[0] == '(' && head.n > 1 && (head.p[1] == 'd' || head.p[1] == 'l'))))
		return "mailman2";
	if (head.n && (head.p[0] == '{' || head.p[0] == '['))
		return "mailman3";
	if (span_starts(head, SPAN("# -*- python -*-")) || span_starts(head, SPAN("real_name =")))
		return "mailman2";
	while (line.n) {
		struct span name = span_cut(&line, find_separator(line));

		if (find_column(span_trim(span_of(name.p + (name.n && name.p[0] == '"'),
						  name.n - 2 * (name.n > 1 && name.p[0] == '"')))) == COLUMN_ADDRESS)
			return "csv";
	}
	return "text";
}

static const char *guess(struct migration *m, const char *path)
{
	struct span text;

	if (has(path, "/subscribers.d") || has(path, "/control/listaddress"))
		return "mlmmj";
	if (has(path, "/config.pck"))
		return "mailman2";
	if (has(path, ".config") || has(path, ".info") || has(path, ".intro"))
		return "majordomo";
	return migration_file(m, path, &text, NULL) > 0 ? guess_file(text) : "text";
}

int migration_read(struct migration *m, const char *kind, const char *path, struct fault *f)
{
	if (!kind)
		kind = guess(m, path);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, kind) == 0)
			return kinds[i].read(m, path, f);
	return fault_usage(f, "\"%s\" is not mlmmj, mailman2, mailman3, majordomo, csv or text", kind);
}
