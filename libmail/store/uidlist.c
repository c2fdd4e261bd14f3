/* SPDX-License-Identifier: ISC */
/*
 * uidlist - the file dovecot-uidlist.
 *
 * The text stays as it was read and records point into it. What is appended goes out in one write, and is cut off
 * again when that was not whole, so that a reader never sees half a line stay.
 */
#include "store/uidlist.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/disk.h"
#include "base/entropy.h"

#define TEMPORARY UIDLIST_FILE ".tmp"

enum { RECORDS_MIN = 64, STALE_RETRIES = 5, HEADER_MAX = 4096 };

void uidlist_clear(struct uidlist *u)
{
	free(u->records);
	free(u->text);
	arena_clear(&u->added);
	memset(u, 0, sizeof(*u));
}

/* ---- reading ---- */

static struct uidlist_record *new_record(struct uidlist *u)
{
	if (u->n == u->room) {
		u->room = u->room ? u->room * 2 : RECORDS_MIN;
		u->records = arena_heap_resize(u->records, u->room * sizeof(*u->records));
	}
	return &u->records[u->n++];
}

static bool is_hex(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("0123456789abcdef", s.p[i]) || s.p[i] == '\0')
			return false;
	return true;
}

static bool take_field(struct uidlist *u, struct span field, struct buf *extra)
{
	struct span value = span_from(field, 1);
	uint64_t number;

	switch (field.p[0]) {
	case 'V':
		if (span_number(value, UINT32_MAX, &number) < 0)
			return false;
		u->uidvalidity = (uint32_t)number;
		return true;
	case 'N':
		if (span_number(value, UINT32_MAX, &number) < 0)
			return false;
		u->next_uid = (uint32_t)number;
		return true;
	case 'G':
		if (value.n != UIDLIST_GUID || !is_hex(value))
			return false;
		memcpy(u->guid, value.p, UIDLIST_GUID);
		return true;
	default:
		buf_printf(extra, " %.*s", SPAN_ARG(field));
		return true;
	}
}

static bool parse_v3(struct uidlist *u, struct span rest)
{
	struct span field;
	struct buf extra;
	bool good = true;

	buf_init(&extra, HEADER_MAX);
	while (good && (field = span_word(&rest)).n > 0)
		good = take_field(u, field, &extra);
	u->extra = span_str(arena_str(&u->added, buf_str(&extra)));
	buf_clear(&extra);
	return good;
}

static bool parse_v1(struct uidlist *u, struct span rest)
{
	struct span validity = span_word(&rest), next = span_word(&rest);
	uint64_t v, n;

	if (span_number(validity, UINT32_MAX, &v) < 0 || span_number(next, UINT32_MAX, &n) < 0)
		return false;
	u->uidvalidity = (uint32_t)v;
	u->next_uid = (uint32_t)n;
	return true;
}

static bool parse_header(struct uidlist *u, struct span line)
{
	bool good = false;

	if (line.n > HEADER_MAX)
		return false;
	if (span_starts(line, SPAN("3 "))) {
		u->version = 3;
		good = parse_v3(u, span_from(line, 2));
	} else if (span_starts(line, SPAN("1 "))) {
		u->version = 1;
		good = parse_v1(u, span_from(line, 2));
	}
	if (good && u->uidvalidity > 0 && u->next_uid > 0)
		return true;
	u->version = 1;
	u->uidvalidity = 0;
	u->next_uid = 1;
	u->guid[0] = '\0';
	return false;
}

/* The fields in front of " :" and the name behind it. */
static bool split_fields(struct span rest, struct uidlist_record *r)
{
	const char *p = rest.p, *end = rest.p + rest.n;

	r->fields = p;
	while (p < end && *p != ':') {
		while (p < end && *p != ' ')
			p++;
		r->fields_n = (uint16_t)(p - r->fields);
		while (p < end && *p == ' ')
			p++;
	}
	if (p == end)
		return false;
	r->base = p + 1;
	r->base_n = (uint16_t)(end - r->base);
	return true;
}

static bool parse_record(struct uidlist *u, struct span line, struct uidlist_record *r)
{
	const char *p = line.p, *end = line.p + line.n, *colon;
	uint64_t uid = 0;

	*r = (struct uidlist_record){ .fields = "" };
	if (line.n > UIDLIST_LINE_MAX)
		return false;
	for (; p < end && *p >= '0' && *p <= '9' && uid < UINT32_MAX; p++)
		uid = uid * 10 + (uint64_t)(*p - '0');
	/* The last number is never a UID: the next one must be a number too. */
	if (p == end || *p != ' ' || uid == 0 || uid >= UINT32_MAX || (u->n > 0 && uid <= u->records[u->n - 1].uid))
		return false;
	while (p < end && *p == ' ')
		p++;
	r->uid = (uint32_t)uid;
	if (u->version == 3) {
		if (!split_fields(span_of(p, (size_t)(end - p)), r))
			return false;
	} else {
		r->base = p;
		r->base_n = (uint16_t)(end - p);
	}
	colon = memchr(r->base, ':', r->base_n);
	if (colon)
		r->base_n = (uint16_t)(colon - r->base);
	return r->base_n > 0 && !memchr(r->base, '/', r->base_n) && !memchr(line.p, '\0', line.n);
}

/* The next line without its end; false at the end of the text or in front of a line that has none. */
static bool next_line(struct span *rest, struct span *line)
{
	const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;

	if (!end)
		return false;
	*line = span_of(rest->p, (size_t)(end - rest->p));
	*rest = span_from(*rest, line->n + 1);
	return true;
}

void uidlist_parse(struct uidlist *u, struct span text)
{
	struct uidlist_record record;
	struct span line;
	size_t number = 1;

	u->n = 0;
	u->uidvalidity = u->version = 0;
	u->next_uid = 1;
	u->guid[0] = '\0';
	u->damaged_line = 0;
	if (!next_line(&text, &line) || !parse_header(u, line)) {
		u->damaged_line = 1;
		return;
	}
	while (next_line(&text, &line)) {
		number++;
		if (!parse_record(u, line, &record)) {
			u->damaged_line = number;
			break;
		}
		*new_record(u) = record;
	}
	u->torn = u->damaged_line == 0 && text.n > 0;
	if (u->n > 0 && u->records[u->n - 1].uid >= u->next_uid)
		u->next_uid = u->records[u->n - 1].uid + 1;
}

/* A file that is appended to meanwhile gives what was there when it was opened. 1 read, 0 gone, -1. */
static int read_text(struct uidlist *u, int fd, struct fault *f)
{
	struct stat st;
	size_t n = 0;
	ssize_t got = 1;

	if (stamp_of(fd, &u->stamp) < 0 || fstat(fd, &st) < 0)
		return errno == ESTALE ? 0 : fault_errno(f, "cannot stat " UIDLIST_FILE);
	if (!S_ISREG(st.st_mode) || st.st_size > UIDLIST_FILE_MAX)
		return fault_temp(f, 451, "4.3.5", UIDLIST_FILE " is not a regular file of at most %d bytes",
				  UIDLIST_FILE_MAX);
	u->text = arena_heap((size_t)u->stamp.size + 1);
	while (n < (size_t)u->stamp.size && got != 0) {
		got = read(fd, u->text + n, (size_t)u->stamp.size - n);
		if (got < 0 && errno == ESTALE)
			return 0;
		if (got < 0 && errno != EINTR)
			return fault_errno(f, "cannot read " UIDLIST_FILE);
		n += got > 0 ? (size_t)got : 0;
	}
	uidlist_parse(u, span_of(u->text, n));
	return 1;
}

int uidlist_read(struct uidlist *u, int dir, struct fault *f)
{
	for (int i = 0; i < STALE_RETRIES; i++) {
		int fd = openat(dir, UIDLIST_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), rc;

		uidlist_clear(u);
		u->next_uid = 1;
		if (fd < 0 && errno == ENOENT)
			return 0;
		if (fd < 0 && errno != ESTALE)
			return fault_errno(f, "cannot open " UIDLIST_FILE);
		rc = fd < 0 ? 0 : read_text(u, fd, f);
		if (fd >= 0)
			close(fd);
		if (rc != 0)
			return rc;
	}
	return fault_temp(f, 451, "4.3.0", UIDLIST_FILE " is replaced faster than it can be read");
}

/*
 * The records behind `at`, all: 1, if the first of them is before `from` or the first of the file; 0 a larger piece is
 * needed, -1 it is no good.
 */
static int read_piece(struct uidlist *u, int fd, off_t head, off_t at, uint32_t from)
{
	struct uidlist_record record;
	struct span rest, line;
	size_t n = (size_t)(u->stamp.size - at);

	free(u->text);
	u->text = arena_heap(n);
	u->n = 0;
	if (disk_read_at(fd, u->text, n, at, UIDLIST_FILE, NULL) < 0)
		return -1;
	rest = span_of(u->text, n);
	/* It may begin in the middle of a line. */
	if (at > head && !next_line(&rest, &line))
		return -1;
	while (next_line(&rest, &line)) {
		if (!parse_record(u, line, &record))
			return -1;
		*new_record(u) = record;
	}
	if (rest.n > 0)
		return -1;
	return at == head || (u->n > 0 && u->records[0].uid < from);
}

static bool read_records_at_end(struct uidlist *u, int fd, off_t head, uint32_t from)
{
	size_t before = 0;
	int rc = 0;

	for (off_t piece = UIDLIST_LINE_MAX + 2; rc == 0 && piece <= UIDLIST_END_MAX; piece *= 2)
		rc = read_piece(u, fd, head, u->stamp.size - head > piece ? u->stamp.size - piece : head, from);
	if (rc <= 0)
		return false;
	if (u->n > 0 && u->records[u->n - 1].uid >= u->next_uid)
		u->next_uid = u->records[u->n - 1].uid + 1;
	while (before < u->n && u->records[before].uid < from)
		before++;
	u->n -= before;
	if (before > 0)
		memmove(u->records, u->records + before, u->n * sizeof(*u->records));
	return true;
}

static bool read_end(struct uidlist *u, int fd, uint32_t from)
{
	char first[HEADER_MAX];
	size_t n = (size_t)u->stamp.size < sizeof(first) ? (size_t)u->stamp.size : sizeof(first);
	struct span rest = span_of(first, n), line;

	return disk_read_at(fd, first, n, 0, UIDLIST_FILE, NULL) == 0 && next_line(&rest, &line) &&
	       parse_header(u, line) && u->version == 3 && u->guid[0] != '\0' &&
	       read_records_at_end(u, fd, (off_t)line.n + 1, from);
}

int uidlist_read_end(struct uidlist *u, int dir, uint32_t from, struct fault *f)
{
	int fd = openat(dir, UIDLIST_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), rc;
	struct stat st;

	uidlist_clear(u);
	if (fd < 0)
		return errno == ENOENT || errno == ESTALE ? 0 : fault_errno(f, "cannot open " UIDLIST_FILE);
	rc = stamp_of(fd, &u->stamp) == 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && read_end(u, fd, from);
	close(fd);
	return rc;
}

/* As parse_record() finds it in a line that it understands. */
static struct span base_of(struct span line)
{
	size_t colon = span_find(line, ':');
	struct span base;

	while (colon < line.n && colon > 0 && line.p[colon - 1] != ' ')
		colon += 1 + span_find(span_from(line, colon + 1), ':');
	base = span_from(line, colon + 1);
	return span_cut(&base, ':');
}

static bool is_one_of(struct span base, const struct span *bases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (base.n == bases[i].n && span_is(base, bases[i]))
			return true;
	return false;
}

/* The whole lines at the front of a piece: is one of them a record of these? What is behind them is left in *piece. */
static bool has_any(struct span *piece, const struct span *bases, size_t n)
{
	struct span line;

	while (next_line(piece, &line))
		if (is_one_of(base_of(line), bases, n))
			return true;
	return false;
}

int uidlist_has_any(int dir, const struct span *bases, size_t n)
{
	enum { PIECE = 128 << 10 };
	int fd = openat(dir, UIDLIST_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), rc = 0;
	char *room = fd < 0 ? NULL : arena_heap(PIECE);
	ssize_t got = 0;

	for (off_t at = 0; fd >= 0 && rc == 0 && (got = pread(fd, room, PIECE, at)) > 0;) {
		struct span piece = span_of(room, (size_t)got);

		rc = has_any(&piece, bases, n);
		/* A line that is longer than a piece. */
		if (piece.n == (size_t)got)
			rc = -1;
		at += got - (ssize_t)piece.n;
	}
	if (fd < 0 || got < 0)
		rc = -1;
	free(room);
	if (fd >= 0)
		close(fd);
	return rc;
}

struct span uidlist_field(const struct uidlist_record *r, char key)
{
	struct span rest = span_of(r->fields, r->fields_n), field;

	while ((field = span_word(&rest)).n > 0)
		if (field.p[0] == key)
			return span_from(field, 1);
	return span_of(NULL, 0);
}

/* ---- writing ---- */

uint32_t uidlist_order(const struct uidlist_record *r)
{
	struct span value = uidlist_field(r, 'O');
	uint64_t order;

	return value.n && span_number(value, UINT32_MAX, &order) == 0 ? (uint32_t)order : 0;
}

uint32_t uidlist_add(struct uidlist *u, struct span base)
{
	struct uidlist_record *r;

	if (u->next_uid >= UINT32_MAX)
		return 0;
	r = new_record(u);
	*r = (struct uidlist_record){ .uid = u->next_uid++, .fields = "", .base_n = (uint16_t)base.n };
	r->base = arena_span(&u->added, base);
	return r->uid;
}

static void put_record(struct buf *out, const struct uidlist_record *r)
{
	if (r->uid == 0)
		return;
	buf_put_number(out, r->uid);
	buf_put_char(out, ' ');
	if (r->fields_n > 0) {
		buf_put(out, r->fields, r->fields_n);
		buf_put_char(out, ' ');
	}
	buf_put_char(out, ':');
	buf_put(out, r->base, r->base_n);
	buf_put_char(out, '\n');
}

static int put_all(struct uidlist *u, struct buf *out, size_t first, struct fault *f)
{
	for (size_t i = first; i < u->n; i++)
		put_record(out, &u->records[i]);
	return out->overflow
		       ? fault_temp(f, 452, "4.3.1", UIDLIST_FILE " would be larger than %d bytes", UIDLIST_FILE_MAX)
		       : 0;
}

static int write_end(int fd, struct span text, off_t before, struct fault *f)
{
	int rc = disk_write_at(fd, text.p, text.n, before, UIDLIST_FILE, f);

	if (rc == 0)
		rc = disk_sync(fd, UIDLIST_FILE, f);
	if (rc < 0 && ftruncate(fd, before) < 0)
		return -1;
	return rc;
}

static int append_text(struct uidlist *u, int dir, const struct lock *l, struct span text, struct fault *f)
{
	int fd = openat(dir, UIDLIST_FILE, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stamp now;
	int rc;

	if (fd < 0)
		return fault_errno(f, "cannot open " UIDLIST_FILE);
	if (stamp_of(fd, &now) < 0 || !stamp_is(&now, &u->stamp) || !lock_is_held(l)) {
		close(fd);
		return fault_temp(f, 451, "4.3.0", UIDLIST_FILE " was changed by somebody without the lock");
	}
	rc = write_end(fd, text, (off_t)u->stamp.size, f);
	if (rc == 0 && stamp_of(fd, &u->stamp) < 0)
		rc = fault_errno(f, "cannot stat " UIDLIST_FILE);
	if (close(fd) < 0 && rc == 0)
		rc = fault_errno(f, "cannot close " UIDLIST_FILE);
	return rc;
}

int uidlist_append(struct uidlist *u, int dir, const struct lock *l, size_t first, struct fault *f)
{
	struct buf out;
	int rc;

	buf_init(&out, UIDLIST_FILE_MAX);
	rc = put_all(u, &out, first, f);
	if (rc == 0)
		rc = append_text(u, dir, l, buf_span(&out), f);
	buf_clear(&out);
	return rc;
}

/* Whoever compares times must see that the file is another, also within one tick of the clock. */
static int make_younger(int fd, const struct stamp *old, struct fault *f)
{
	struct stamp new;

	if (stamp_of(fd, &new) < 0)
		return fault_errno(f, "cannot stat " TEMPORARY);
	if (new.mtime_ns > old->mtime_ns)
		return 0;
	const struct timespec younger = { .tv_sec = old->mtime_ns / 1000000000 + 1 }, times[] = { younger, younger };

	return futimens(fd, times) < 0 ? fault_errno(f, "cannot set the time of " TEMPORARY) : 0;
}

/* Written and synced under the temporary name; its stamp in *stamp. */
static int write_temporary(int dir, struct span text, mode_t mode, const struct stamp *old, struct stamp *stamp,
			   struct fault *f)
{
	int fd = openat(dir, TEMPORARY, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode);
	int rc;

	if (fd < 0)
		return fault_errno(f, "cannot create " TEMPORARY);
	rc = disk_write(fd, text.p, text.n, TEMPORARY, f);
	if (rc == 0)
		rc = make_younger(fd, old, f);
	if (rc == 0)
		rc = disk_sync(fd, TEMPORARY, f);
	if (rc == 0 && stamp_of(fd, stamp) < 0)
		rc = fault_errno(f, "cannot stat " TEMPORARY);
	if (close(fd) < 0 && rc == 0)
		rc = fault_errno(f, "cannot close " TEMPORARY);
	return rc;
}

static int replace(struct uidlist *u, int dir, const struct lock *l, struct span text, struct fault *f)
{
	struct stamp old, new;
	struct stat st;
	int rc = -1;

	if (stamp_at(dir, UIDLIST_FILE, &old) < 0 || fstat(dir, &st) < 0)
		return fault_errno(f, "cannot stat " UIDLIST_FILE);
	/* Who may list the folder may read it, as Dovecot has it. */
	if (write_temporary(dir, text, st.st_mode & 0666, &old, &new, f) == 0) {
		if (!lock_is_held(l))
			fault_temp(f, 451, "4.2.0", "the lock of " UIDLIST_FILE " was taken over by somebody else");
		else if (renameat(dir, TEMPORARY, dir, UIDLIST_FILE) < 0)
			fault_errno(f, "cannot rename to " UIDLIST_FILE);
		else
			rc = disk_sync(dir, UIDLIST_FILE, f);
	}
	if (rc < 0)
		unlinkat(dir, TEMPORARY, 0);
	else
		u->stamp = new;
	return rc;
}

int uidlist_rewrite(struct uidlist *u, int dir, const struct lock *l, struct fault *f)
{
	struct buf out;
	int rc;

	buf_init(&out, UIDLIST_FILE_MAX);
	buf_printf(&out, "3 V%u N%u G%s", u->uidvalidity, u->next_uid, u->guid);
	buf_put_span(&out, u->extra);
	buf_put_char(&out, '\n');
	rc = put_all(u, &out, 0, f);
	if (rc == 0)
		rc = replace(u, dir, l, buf_span(&out), f);
	if (rc == 0) {
		u->version = 3;
		u->damaged_line = 0;
		u->torn = false;
	}
	buf_clear(&out);
	return rc;
}

void uidlist_make_guid(char out[UIDLIST_GUID + 1])
{
	unsigned char random[UIDLIST_GUID / 2];

	entropy_fill(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(out + 2 * i, 3, "%02x", random[i]);
}
