/* SPDX-License-Identifier: ISC */
/*
 * migration_mlmmj - a list of mlmmj: its directory.
 *
 * A file in control/ is a parameter: that it is there, its first line, or all of its lines.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "list/migration.h"

enum { DAY = 24 * 3600, FILES_MAX = 4096 };

enum how {
	FLAG,	/* `value`, if it is there */
	LINE,	/* its first line */
	SILENT, /* dealt with elsewhere, or the same here without being asked */
};

/* Rows for one parameter stand in order of increasing weight: the last that is there counts. */
static const struct row {
	char file[20];
	enum how how;
	char parameter[20], value[12];
} rows[] = {
	{ "subonlypost", FLAG, "posting", "members" },
	{ "modnonsubposts", FLAG, "posting", "members" },
	{ "moderated", FLAG, "posting", "moderated" },
	{ "modonlypost", FLAG, "posting", "moderators" },
	{ "nosubconfirm", FLAG, "subscription", "open" },
	{ "submod", FLAG, "subscription", "moderated" },
	{ "closedlistsub", FLAG, "subscription", "closed" },
	{ "closedlist", FLAG, "subscription", "closed" },
	{ "tocc", FLAG, "addressed_only", "no" },
	{ "noarchive", FLAG, "archive", "no" },
	{ "subonlyget", FLAG, "archive_access", "members" },
	{ "noget", FLAG, "archive_access", "none" },
	{ "notifysub", FLAG, "notify_owner", "yes" },
	{ "prefix", LINE, "subject_prefix", "" },
	{ "maxmailsize", LINE, "max_message_size", "" },
	{ "digestmaxmails", LINE, "digest_max", "" },
	{ "listaddress", SILENT, "", "" },
	{ "owner", SILENT, "", "" },
	{ "moderators", SILENT, "", "" },
	{ "footer", SILENT, "", "" },
	{ "customheaders", SILENT, "", "" },
	{ "delheaders", SILENT, "", "" },
	{ "digestinterval", SILENT, "", "" },
	{ "verp", SILENT, "", "" },
	{ "maxverprecips", SILENT, "", "" },
	{ "memorymailsize", SILENT, "", "" },
};

struct reader {
	struct migration *m;
	const char *path;
	struct fault *fault;
};

/* 1, 0, -1; `name` is behind the list's directory. */
static int read_file(struct reader *r, const char *name, struct span *out)
{
	*out = span_of("", 0);
	return migration_file(r->m, arena_printf(r->m->arena, "%s/%s", r->path, name), out, r->fault);
}

static struct span first_line(struct span text)
{
	return span_trim(span_of(text.p, span_find(text, '\n')));
}

static const struct row *find_row(const char *file)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].file, file) == 0)
			return &rows[i];
	return NULL;
}

static int read_rows(struct reader *r)
{
	struct span text;
	int rc;

	migration_set(r->m, "posting", SPAN("open"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].how == SILENT)
			continue;
		rc = read_file(r, arena_printf(r->m->arena, "control/%s", rows[i].file), &text);
		if (rc < 0)
			return -1;
		if (rc > 0 && rows[i].how == FLAG)
			migration_set(r->m, rows[i].parameter, span_str(rows[i].value));
		else if (rc > 0 && first_line(text).n)
			migration_set(r->m, rows[i].parameter, first_line(text));
	}
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names in a directory, sorted; none if it is not there. */
static int read_names(struct reader *r, const char *dir, struct opt_list *names)
{
	const char *path = arena_printf(r->m->arena, "%s/%s", r->path, dir);
	DIR *d = opendir(path);
	const struct dirent *e;

	*names = (struct opt_list){ NULL, 0 };
	if (!d)
		return errno == ENOENT ? 0 : fault_errno(r->fault, "cannot read %s", path);
	while ((e = readdir(d)) && names->n < FILES_MAX)
		if (e->d_name[0] != '.')
			opt_list_add(r->m->arena, names, arena_str(r->m->arena, e->d_name));
	closedir(d);
	if (names->n)
		qsort(names->v, names->n, sizeof(*names->v), compare_names);
	return 0;
}

static int note_unknown(struct reader *r)
{
	struct opt_list names;

	if (read_names(r, "control", &names) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (!find_row(names.v[i]))
			migration_note(r->m, "control/%s has no equivalent", names.v[i]);
	if (read_names(r, "text", &names) < 0)
		return -1;
	if (names.n)
		migration_note(r->m, "the texts in text/ are mlmmj's templates, and are left out");
	if (read_names(r, "archive", &names) < 0)
		return -1;
	if (names.n)
		migration_note(r->m, "the archive is left out: %zu messages in %s/archive", names.n, r->path);
	return 0;
}

/* An address a line, in files by the first letter. */
static int read_people(struct reader *r, const char *dir, unsigned flags)
{
	struct opt_list names;
	struct span text;

	if (read_names(r, dir, &names) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		if (read_file(r, arena_printf(r->m->arena, "%s/%s", dir, names.v[i]), &text) < 0)
			return -1;
		while (text.n)
			migration_line(r->m, &r->m->members, span_cut(&text, '\n'), flags);
	}
	return 0;
}

static int read_lines(struct reader *r, const char *file, struct migration_people *to)
{
	struct span text;

	if (read_file(r, file, &text) < 0)
		return -1;
	while (text.n)
		migration_line(r->m, to, span_cut(&text, '\n'), 0);
	return 0;
}

/* The list writes these itself. */
static bool is_ours(struct span name)
{
	return span_starts_nocase(name, SPAN("List-")) || span_is_nocase(name, SPAN("Precedence")) ||
	       span_is_nocase(name, SPAN("X-Mailinglist")) || span_is_nocase(name, SPAN("Errors-To"));
}

static void add_header(struct reader *r, struct span line, struct buf *out)
{
	struct span rest = line, name = span_trim(span_cut(&rest, ':'));

	if (is_ours(name))
		return;
	if (span_is_nocase(name, SPAN("Reply-To"))) {
		rest = span_trim(rest);
		migration_set(r->m, "reply_to",
			      r->m->address && span_is_nocase(rest, span_str(r->m->address)) ? SPAN("list") : rest);
	} else if (span_find(line, '|') < line.n || name.n == line.n) {
		migration_note(r->m, "control/customheaders: \"%.*s\" is left out", SPAN_ARG(line));
	} else {
		buf_printf(out, "%s%.*s", out->n ? " | " : "", SPAN_ARG(line));
	}
}

static int read_headers(struct reader *r)
{
	struct span text;
	struct buf out;

	if (read_file(r, "control/customheaders", &text) < 0)
		return -1;
	buf_init(&out, MIGRATION_FILE_MAX);
	while (text.n) {
		struct span line = span_trim(span_cut(&text, '\n'));

		if (line.n)
			add_header(r, line, &out);
	}
	if (out.n)
		migration_set(r->m, "add_headers", buf_span(&out));
	buf_reset(&out);
	if (read_file(r, "control/delheaders", &text) > 0) {
		while (text.n) {
			struct span line = span_trim(span_cut(&text, '\n')), name = span_trim(span_cut(&line, ':'));

			if (name.n)
				buf_printf(&out, "%s%.*s", out.n ? ", " : "", SPAN_ARG(name));
		}
		if (out.n)
			migration_set(r->m, "remove_headers", buf_span(&out));
	}
	buf_clear(&out);
	return 0;
}

static int read_digest(struct reader *r)
{
	struct span text;
	uint64_t seconds = 7 * DAY;
	bool any = false;
	int rc = read_file(r, "control/digestinterval", &text);

	if (rc < 0)
		return -1;
	for (size_t i = 0; i < r->m->members.n && !any; i++)
		any = r->m->members.v[i].flags & MEMBER_DIGEST;
	if (rc > 0 && span_number(first_line(text), INT64_MAX, &seconds) < 0)
		seconds = 7 * DAY;
	if (any || rc > 0)
		migration_set(r->m, "digest", seconds < 3 * DAY ? SPAN("daily") : SPAN("weekly"));
	return 0;
}

int migration_mlmmj(struct migration *m, const char *path, struct fault *f)
{
	struct reader r = { .m = m, .path = path, .fault = f };
	struct span text;

	if (read_file(&r, "control/listaddress", &text) < 0)
		return -1;
	if (first_line(text).n)
		m->address = arena_span(m->arena, first_line(text));
	if (read_rows(&r) < 0 || read_lines(&r, "control/owner", &m->owners) < 0 ||
	    read_lines(&r, "control/moderators", &m->moderators) < 0 ||
	    read_lines(&r, "control/submod", &m->moderators) < 0 || read_people(&r, "subscribers.d", 0) < 0 ||
	    read_people(&r, "digesters.d", MEMBER_DIGEST) < 0 || read_people(&r, "nomailsubs.d", MEMBER_NOMAIL) < 0 ||
	    read_headers(&r) < 0 || read_digest(&r) < 0 || read_file(&r, "control/footer", &text) < 0)
		return -1;
	if (span_trim(text).n) {
		migration_text(m, "footer", text);
		migration_set(m, "footer", SPAN("auto"));
	}
	return note_unknown(&r);
}
