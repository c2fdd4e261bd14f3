/* SPDX-License-Identifier: ISC */
/*
 * cmd_metadata - GETMETADATA and SETMETADATA (RFC 5464), of mailboxes and, by the name "", of the account.
 */
#include "imap/cmd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "imap/lookout.h"
#include "store/metadata.h"
#include "store/specialuse.h"

enum depth { DEPTH_NONE, DEPTH_ONE, DEPTH_ALL };

struct query {
	const char *name; /* of the mailbox; "": the account */
	uint64_t max_size;
	enum depth depth;
	struct metadata_entry entries[METADATA_ENTRIES_MAX];
	size_t n;
};

/* ---- words ---- */

static int parse_name(struct imap_parse *p, const char **name)
{
	struct imap_parse at = *p;
	struct span text;

	if (imap_parse_sp(&at) == 0 && imap_parse_astring(&at, &text) == 0 && text.n == 0) {
		*p = at;
		*name = "";
		return 0;
	}
	return imap_parse_sp(p) < 0 ? -1 : imap_parse_mailbox(p, name);
}

static int parse_option(struct imap_parse *p, struct query *q)
{
	static const struct {
		const char *name;
		enum depth depth;
	} depths[] = { { "0", DEPTH_NONE }, { "1", DEPTH_ONE }, { "infinity", DEPTH_ALL } };

	if (imap_parse_take_word(p, "MAXSIZE"))
		return imap_parse_sp(p) < 0 ? -1 : imap_parse_number64(p, &q->max_size);
	if (!imap_parse_take_word(p, "DEPTH"))
		return imap_parse_fail(p, "Unknown option of GETMETADATA");
	if (imap_parse_sp(p) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(depths) / sizeof(depths[0]); i++)
		if (imap_parse_take_word(p, depths[i].name)) {
			q->depth = depths[i].depth;
			return 0;
		}
	return imap_parse_fail(p, "DEPTH is 0, 1 or infinity");
}

static bool has_options(const struct imap_parse *p)
{
	struct imap_parse at = *p;

	return imap_parse_sp(&at) == 0 && imap_parse_take(&at, '(') &&
	       (imap_parse_is_word(&at, "MAXSIZE") || imap_parse_is_word(&at, "DEPTH"));
}

/* " (MAXSIZE 1024 DEPTH 1)": in front of the mailbox by the grammar, behind it in the RFC's examples. */
static int parse_options(struct imap_parse *p, struct query *q)
{
	if (!has_options(p))
		return 0;
	imap_parse_sp(p);
	imap_parse_open(p);
	do {
		if (parse_option(p, q) < 0)
			return -1;
	} while (!imap_parse_is(p, ')') && imap_parse_sp(p) == 0);
	return imap_parse_close(p);
}

/* An entry that all others are below: it can be asked for, and not set. */
static bool is_top(struct span name)
{
	return span_is_nocase(name, SPAN("/private")) || span_is_nocase(name, SPAN("/shared"));
}

static int parse_entry(struct imap_parse *p, struct query *q, bool may_be_top)
{
	struct metadata_entry *e = &q->entries[q->n];
	struct fault f;

	if (q->n == METADATA_ENTRIES_MAX)
		return imap_parse_fail(p, "Too many entries");
	if (imap_parse_astring(p, &e->name) < 0)
		return -1;
	if (!(may_be_top && is_top(e->name)) && metadata_check_name(e->name, &f) < 0)
		return imap_parse_fail(p, arena_str(p->arena, f.text));
	q->n++;
	return 0;
}

static int parse_entries(struct imap_parse *p, struct query *q)
{
	if (!imap_parse_take(p, '('))
		return parse_entry(p, q, true);
	do {
		if (parse_entry(p, q, true) < 0)
			return -1;
	} while (!imap_parse_is(p, ')') && imap_parse_sp(p) == 0);
	return imap_parse_close(p);
}

static int parse_value(struct imap_parse *p, struct query *q)
{
	struct metadata_entry *e = &q->entries[q->n];

	return parse_entry(p, q, false) < 0 || imap_parse_sp(p) < 0 ? -1 : imap_parse_nstring8(p, &e->value);
}

static int parse_values(struct imap_parse *p, struct query *q)
{
	if (imap_parse_open(p) < 0)
		return -1;
	do {
		if (parse_value(p, q) < 0)
			return -1;
	} while (!imap_parse_is(p, ')') && imap_parse_sp(p) == 0);
	return imap_parse_close(p);
}

/* ---- the folder ---- */

static enum metadata_of of(const struct query *q)
{
	return q->name[0] ? METADATA_FOLDER : METADATA_ACCOUNT;
}

/* Its directory; -1 and it was said why not. */
static int open_folder(struct imap_session *s, const struct query *q)
{
	char path[PATH_MAX];
	struct fault f;
	int rc = folders_find(&s->folders, q->name[0] ? span_str(q->name) : SPAN("INBOX"), path, &f), dir;

	if (rc <= 0) {
		imap_no(s, "NONEXISTENT", "There is no such mailbox");
		return -1;
	}
	dir = disk_open_dir(AT_FDCWD, path, &f);
	if (dir < 0)
		imap_fail(s, NULL, &f);
	return dir;
}

/* ---- GETMETADATA ---- */

/* Is it the entry, or as far below it as was asked for? */
static bool is_asked(const struct query *q, struct span name)
{
	for (size_t i = 0; i < q->n; i++) {
		struct span asked = q->entries[i].name, rest = span_from(name, asked.n + 1);

		if (span_is_nocase(name, asked))
			return true;
		if (q->depth != DEPTH_NONE && span_starts_nocase(name, asked) && name.p[asked.n] == '/' &&
		    (q->depth == DEPTH_ALL || span_find(rest, '/') == rest.n))
			return true;
	}
	return false;
}

static void put_value(struct imap_session *s, struct span value)
{
	if (!value.p || !memchr(value.p, '\0', value.n)) {
		imap_put_nstring(s->out, value, imap_utf8(s));
		return;
	}
	buf_put_char(s->out, '~');
	imap_put_literal(s->out, value.n);
	buf_put_span(s->out, value);
}

static void put_entry(struct imap_session *s, struct span name, struct span value, bool *any)
{
	if (!*any) {
		imap_begin(s, "METADATA ");
		imap_put_mailbox(s->out, ((const struct query *)s->work)->name, imap_utf8(s));
		buf_put_str(s->out, " (");
	} else {
		buf_put_char(s->out, ' ');
	}
	*any = true;
	imap_put_astring(s->out, name, imap_utf8(s));
	buf_put_char(s->out, ' ');
	put_value(s, value);
}

/* What there is; then NIL for what was named and is not there. Returns the size of the largest that is too large. */
static uint64_t say_entries(struct imap_session *s, const struct query *q, const struct metadata *m)
{
	uint64_t largest = 0;
	bool any = false;

	for (size_t i = 0; i < m->n; i++) {
		const struct metadata_entry *e = &m->entries[i];

		if (!is_asked(q, e->name))
			continue;
		if (e->value.n <= q->max_size)
			put_entry(s, e->name, e->value, &any);
		else if (e->value.n > largest)
			largest = e->value.n;
	}
	for (size_t i = 0; i < q->n; i++)
		if (q->depth == DEPTH_NONE && !metadata_find(m, q->entries[i].name).p)
			put_entry(s, q->entries[i].name, span_of(NULL, 0), &any);
	if (any) {
		buf_put_char(s->out, ')');
		imap_end(s);
	}
	return largest;
}

void imap_cmd_getmetadata(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct query *q = arena_alloc(&s->command, sizeof(*q));
	struct metadata all;
	uint64_t largest;
	struct fault f;
	char code[64];
	int dir, rc;

	(void)how;
	q->max_size = UINT64_MAX;
	if (parse_options(p, q) < 0 || parse_name(p, &q->name) < 0 || parse_options(p, q) < 0 || imap_parse_sp(p) < 0 ||
	    parse_entries(p, q) < 0 || imap_parse_end(p) < 0)
		return;
	dir = open_folder(s, q);
	if (dir < 0)
		return;
	rc = metadata_read(&s->command, dir, of(q), &all, &f);
	close(dir);
	if (rc < 0) {
		imap_fail(s, NULL, &f);
		return;
	}
	s->work = q;
	largest = say_entries(s, q, &all);
	snprintf(code, sizeof(code), "METADATA LONGENTRIES %llu", (unsigned long long)largest);
	imap_ok(s, largest ? code : NULL, "That is it");
}

/* ---- SETMETADATA ---- */

/* RFC 6154 3: what a mailbox is for can be said here, too. */
static bool is_good_use(const struct query *q)
{
	struct span word;

	for (size_t i = 0; i < q->n; i++) {
		struct span rest = q->entries[i].value;

		if (!span_is_nocase(q->entries[i].name, SPAN(SPECIALUSE_ENTRY)))
			continue;
		while ((word = span_word(&rest)).n > 0)
			if (!specialuse_find(word))
				return false;
	}
	return true;
}

/* RFC 5464 3.2.1.1: clients cannot change it. */
static bool is_read_only(const struct query *q)
{
	for (size_t i = 0; i < q->n; i++)
		if (!q->name[0] && span_is_nocase(q->entries[i].name, SPAN("/shared/admin")))
			return true;
	return false;
}

static void refuse_size(struct imap_session *s, const char *text)
{
	char code[64];

	snprintf(code, sizeof(code), "METADATA MAXSIZE %d", METADATA_VALUE_MAX);
	imap_no(s, code, "%s", text);
}

static void fail(struct imap_session *s, const struct fault *f)
{
	if (f->kind != FAULT_PERM)
		imap_fail(s, NULL, f);
	else if (strcmp(f->status, "5.3.0") == 0)
		imap_no(s, "METADATA TOOMANY", "%s", f->text);
	else
		refuse_size(s, f->text);
}

/* Of a value that is too large this is said before it comes, as a command that is too long would be BAD. */
static int begin_value(struct imap_session *s, struct imap_parse *p, uint64_t octets, bool is_literal8)
{
	(void)p, (void)is_literal8;
	if (octets <= METADATA_VALUE_MAX)
		return 0;
	refuse_size(s, "The value is too large");
	return -1;
}

const struct imap_stream imap_stream_setmetadata = { .begin = begin_value };

static void tell_lookout(struct imap_session *s, const struct query *q)
{
	struct span names[METADATA_ENTRIES_MAX];

	for (size_t i = 0; i < q->n; i++)
		names[i] = q->entries[i].name;
	imap_lookout_own_notes(s, q->name, names, q->n);
}

void imap_cmd_setmetadata(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct query *q = arena_alloc(&s->command, sizeof(*q));
	struct fault f;
	int dir, rc;

	(void)how;
	if (parse_name(p, &q->name) < 0 || imap_parse_sp(p) < 0 || parse_values(p, q) < 0 || imap_parse_end(p) < 0)
		return;
	if (!is_good_use(q)) {
		imap_no(s, "USEATTR", "There is no such use of a mailbox");
		return;
	}
	if (is_read_only(q)) {
		imap_no(s, "CANNOT", "/shared/admin is for reading only");
		return;
	}
	dir = open_folder(s, q);
	if (dir < 0)
		return;
	rc = metadata_set(dir, of(q), q->entries, q->n, &f);
	close(dir);
	if (rc < 0) {
		fail(s, &f);
		return;
	}
	tell_lookout(s, q);
	imap_ok(s, NULL, "Written down");
}
