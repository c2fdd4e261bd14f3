/* SPDX-License-Identifier: ISC */
/*
 * archive - what is known of every message of an archive, and the file that keeps it.
 */
#include "list/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/checksum.h"
#include "base/disk.h"
#include "list/article.h"

/* ---- months ---- */

int archive_month_of(int64_t date)
{
	time_t t = (time_t)date;
	struct tm tm;

	return gmtime_r(&t, &tm) ? (tm.tm_year + 1900) * 12 + tm.tm_mon : 0;
}

void archive_put_month(struct buf *out, int key)
{
	buf_printf(out, "%04d-%02d", key / 12, key % 12 + 1);
}

static int parse_month(struct span text)
{
	uint64_t year, month;

	if (text.n != 7 || span_number(span_of(text.p, 4), 9999, &year) < 0 ||
	    span_number(span_from(text, 5), 12, &month) < 0 || month == 0)
		return -1;
	return (int)year * 12 + (int)month - 1;
}

static struct archive_month *find_known(const struct archive *a, int key)
{
	for (size_t i = 0; i < a->nknown; i++)
		if (a->known[i].key == key)
			return &a->known[i];
	return NULL;
}

static void set_known(struct archive *a, int key, uint64_t sum)
{
	struct archive_month *known = find_known(a, key);

	if (!known) {
		if (a->nknown == a->known_room) {
			a->known_room = a->known_room ? 2 * a->known_room : 64;
			a->known = arena_heap_resize(a->known, a->known_room * sizeof(*a->known));
		}
		known = &a->known[a->nknown++];
		*known = (struct archive_month){ .key = key };
	}
	known->sum = sum;
}

uint64_t archive_month_sum(const struct archive *a, int key)
{
	const struct archive_month *known = find_known(a, key);

	return known ? known->sum : 0;
}

/* ---- entries ---- */

/* Numbers ascend: a new one is behind all others, as a rule. */
struct archive_entry *archive_find(struct archive *a, uint32_t number)
{
	size_t first = 0, end = a->n;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (a->v[middle].number == number)
			return &a->v[middle];
		if (a->v[middle].number < number)
			first = middle + 1;
		else
			end = middle;
	}
	return NULL;
}

/* The place of a number that is not there yet. */
static struct archive_entry *add_entry(struct archive *a, uint32_t number)
{
	size_t i = a->n;

	if (a->n == a->room) {
		a->room = a->room ? 2 * a->room : 256;
		a->v = arena_heap_resize(a->v, a->room * sizeof(*a->v));
	}
	while (i > 0 && a->v[i - 1].number > number)
		i--;
	memmove(&a->v[i + 1], &a->v[i], (a->n - i) * sizeof(*a->v));
	a->n++;
	a->v[i] = (struct archive_entry){ .number = number };
	return &a->v[i];
}

/* ---- records ---- */

static bool parse_hex(struct span text, uint64_t *out)
{
	char digits[17], *end;

	if (text.n == 0 || text.n > 16)
		return false;
	memcpy(digits, text.p, text.n);
	digits[text.n] = '\0';
	*out = strtoull(digits, &end, 16);
	return *end == '\0';
}

static void put_record(struct buf *out, const struct archive_entry *e)
{
	buf_printf(out, "m\t%" PRIu32 "\t%" PRId64 "\t%d\t", e->number, e->date, e->has_files);
	buf_put_span(out, e->hash);
	buf_put_char(out, '\t');
	buf_put_span(out, e->references);
	buf_put_char(out, '\t');
	buf_put_span(out, e->author_key);
	buf_put_char(out, '\t');
	buf_put_span(out, e->author);
	buf_put_char(out, '\t');
	buf_put_span(out, e->subject);
	buf_put_char(out, '\t');
	buf_put_span(out, e->preview);
	buf_put_char(out, '\n');
}

static uint64_t sum_facts(const struct archive_entry *e)
{
	uint64_t sum = checksum_add((uint64_t)e->date, e->hash.p, e->hash.n);

	sum = checksum_add(sum + e->has_files, e->author.p, e->author.n);
	sum = checksum_add(sum, e->subject.p, e->subject.n);
	return checksum_add(sum, e->preview.p, e->preview.n);
}

static struct span span_or_none(struct span s)
{
	return s.n > 0 ? s : span_of("", 0);
}

/* Behind "m". Spans stay in the file's text. */
static bool take_message(struct archive *a, struct span rest)
{
	struct span number = span_cut(&rest, '\t'), date = span_cut(&rest, '\t'), files = span_cut(&rest, '\t');
	uint64_t n, when;
	struct archive_entry *e;

	if (span_number(number, UINT32_MAX, &n) < 0 || n == 0 || span_number(date, INT64_MAX, &when) < 0)
		return false;
	e = archive_find(a, (uint32_t)n);
	a->outdated += e != NULL;
	if (!e)
		e = add_entry(a, (uint32_t)n);
	*e = (struct archive_entry){ .number = (uint32_t)n,
				     .date = (int64_t)when,
				     .has_files = span_is(files, SPAN("1")) };
	e->hash = span_or_none(span_cut(&rest, '\t'));
	e->references = span_or_none(span_cut(&rest, '\t'));
	e->author_key = span_or_none(span_cut(&rest, '\t'));
	e->author = span_or_none(span_cut(&rest, '\t'));
	e->subject = span_or_none(span_cut(&rest, '\t'));
	e->preview = span_or_none(rest);
	e->facts = sum_facts(e);
	return e->hash.n == 0 || e->hash.n == WEBNAME_HASH;
}

/* Behind "p", "t", "x": what is known of an entry. */
static bool take_state(struct archive *a, char kind, struct span rest)
{
	struct span number = span_cut(&rest, '\t');
	struct archive_entry *e;
	uint64_t n, sum = 0;

	if (span_number(number, UINT32_MAX, &n) < 0 || (kind != 'x' && !parse_hex(rest, &sum)))
		return false;
	e = archive_find(a, (uint32_t)n);
	if (!e)
		return false;
	if (kind == 'x') {
		e->is_gone = true;
		a->outdated += 4;
		return true;
	}
	a->outdated += (kind == 'p' ? e->page_sum : e->thread_sum) != 0;
	*(kind == 'p' ? &e->page_sum : &e->thread_sum) = sum;
	return true;
}

static bool take_month(struct archive *a, struct span rest)
{
	int key = parse_month(span_cut(&rest, '\t'));
	uint64_t sum;

	if (key < 0 || !parse_hex(rest, &sum))
		return false;
	a->outdated += archive_month_sum(a, key) != 0;
	set_known(a, key, sum);
	return true;
}

static bool take_record(struct archive *a, struct span line)
{
	struct span kind = span_cut(&line, '\t');

	a->records++;
	if (kind.n != 1)
		return false;
	if (kind.p[0] == 'm')
		return take_message(a, line);
	if (kind.p[0] == 'i')
		return take_month(a, line);
	return strchr("ptx", kind.p[0]) && take_state(a, kind.p[0], line);
}

/* ---- the file ---- */

static void put_head(struct buf *out, uint64_t stamp)
{
	buf_printf(out, "pages 1 %016" PRIx64 "\n", stamp);
}

static void forget(struct archive *a)
{
	a->n = a->nknown = 0;
	a->is_anew = true;
}

/* Whatever is not as we write it makes it useless: all is read again. */
static void take_file(struct archive *a, struct span text)
{
	struct span line = span_cut(&text, '\n');
	char head[64];
	struct buf want;

	buf_init(&want, sizeof(head));
	put_head(&want, a->stamp);
	if (!span_is(line, span_of(want.p, want.n - 1)))
		forget(a);
	buf_clear(&want);
	while (!a->is_anew && text.n > 0) {
		if (span_find(text, '\n') == text.n)
			return;
		if (!take_record(a, span_cut(&text, '\n')))
			forget(a);
	}
}

static bool ends_whole(struct span text)
{
	return text.n > 0 && text.p[text.n - 1] == '\n';
}

int archive_open(struct archive *a, int dir, uint64_t stamp, bool anew, struct fault *f)
{
	struct span text;

	*a = (struct archive){ .stamp = stamp, .is_anew = anew };
	buf_init(&a->appended, ARCHIVE_FILE_MAX);
	a->fd = openat(dir, ARCHIVE_FILE ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (a->fd < 0)
		return fault_errno(f, "cannot open the lock of the archive's pages");
	if (disk_lock(a->fd, true, ARCHIVE_FILE ".lock", f) < 0)
		return -1;
	if (anew)
		return 0;
	if (disk_read_file(&a->arena, dir, ARCHIVE_FILE, ARCHIVE_FILE_MAX, &text, f) < 0) {
		a->is_anew = true;
		return errno == ENOENT ? 0 : -1;
	}
	take_file(a, text);
	/* What is appended would be part of the torn line. */
	a->is_torn = !ends_whole(text);
	return 0;
}

void archive_close(struct archive *a)
{
	if (a->fd >= 0)
		close(a->fd);
	free(a->v);
	free(a->known);
	buf_clear(&a->appended);
	arena_clear(&a->arena);
	*a = (struct archive){ .fd = -1 };
}

/* ---- what is noted ---- */

void archive_note_page(struct archive *a, struct archive_entry *e, uint64_t sum)
{
	e->page_sum = sum;
	buf_printf(&a->appended, "p\t%" PRIu32 "\t%" PRIx64 "\n", e->number, sum);
}

void archive_note_thread(struct archive *a, struct archive_entry *e, uint64_t sum)
{
	e->thread_sum = sum;
	buf_printf(&a->appended, "t\t%" PRIu32 "\t%" PRIx64 "\n", e->number, sum);
}

void archive_note_month(struct archive *a, int key, uint64_t sum)
{
	set_known(a, key, sum);
	buf_put_str(&a->appended, "i\t");
	archive_put_month(&a->appended, key);
	buf_printf(&a->appended, "\t%" PRIx64 "\n", sum);
}

void archive_note_gone(struct archive *a, struct archive_entry *e)
{
	e->is_gone = true;
	buf_printf(&a->appended, "x\t%" PRIu32 "\n", e->number);
}

static void put_state(struct buf *out, const struct archive_entry *e)
{
	if (e->page_sum)
		buf_printf(out, "p\t%" PRIu32 "\t%" PRIx64 "\n", e->number, e->page_sum);
	if (e->thread_sum)
		buf_printf(out, "t\t%" PRIu32 "\t%" PRIx64 "\n", e->number, e->thread_sum);
}

static int replace_file(struct archive *a, int dir, struct fault *f)
{
	struct buf text;
	int rc;

	buf_init(&text, ARCHIVE_FILE_MAX);
	put_head(&text, a->stamp);
	for (size_t i = 0; i < a->n; i++) {
		if (a->v[i].is_gone)
			continue;
		put_record(&text, &a->v[i]);
		put_state(&text, &a->v[i]);
	}
	for (size_t i = 0; i < a->nknown; i++) {
		if (a->known[i].sum == 0)
			continue;
		buf_put_str(&text, "i\t");
		archive_put_month(&text, a->known[i].key);
		buf_printf(&text, "\t%" PRIx64 "\n", a->known[i].sum);
	}
	rc = text.overflow ? fault_perm(f, 552, "5.3.4", "the archive is too large: over %d octets of records",
					ARCHIVE_FILE_MAX)
			   : disk_replace(dir, ARCHIVE_FILE, buf_span(&text), 0600, f);
	buf_clear(&text);
	return rc;
}

static int append_file(struct archive *a, int dir, struct fault *f)
{
	struct buf text;
	int fd, rc;

	buf_init(&text, ARCHIVE_FILE_MAX);
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].is_new && !a->v[i].is_gone)
			put_record(&text, &a->v[i]);
	buf_put_span(&text, buf_span(&a->appended));
	fd = openat(dir, ARCHIVE_FILE, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	rc = fd < 0 ? fault_errno(f, "cannot open %s", ARCHIVE_FILE) : 0;
	if (rc == 0 && (disk_write(fd, text.p, text.n, ARCHIVE_FILE, f) < 0 || disk_sync(fd, ARCHIVE_FILE, f) < 0))
		rc = -1;
	if (fd >= 0)
		close(fd);
	buf_clear(&text);
	return rc;
}

static bool has_new(const struct archive *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].is_new && !a->v[i].is_gone)
			return true;
	return false;
}

int archive_save(struct archive *a, int dir, struct fault *f)
{
	if (a->is_anew || a->is_torn || a->outdated > a->records / 2 + 64)
		return replace_file(a, dir, f);
	return a->appended.n > 0 || has_new(a) ? append_file(a, dir, f) : 0;
}

/* ---- the box ---- */

/* Whatever of it may be gone, is: the entries that are not there, and those that are there and not known. */
static int add_message(struct archive *a, struct mailbox *box, size_t i, struct article *x,
		       const struct archive_rules *rules, struct fault *f)
{
	struct archive_entry e = { .number = box->view.uid[i], .is_new = true }, *known;

	if (archive_read(a, box, i, x, rules, &e, f) < 0)
		return errno == ENOENT ? 0 : -1;
	e.facts = sum_facts(&e);
	/* It may have been gone, and come back: then its record is written behind that. */
	known = archive_find(a, e.number);
	*(known ? known : add_entry(a, e.number)) = e;
	return 0;
}

int archive_sync(struct archive *a, struct mailbox *box, const struct archive_rules *rules, struct fault *f)
{
	struct article x = { .fd = -1 };
	size_t at = 0;
	int rc = 0;

	for (size_t i = 0; i < a->n; i++) {
		while (at < box->view.n && box->view.uid[at] < a->v[i].number)
			at++;
		if (!a->v[i].is_gone && (at == box->view.n || box->view.uid[at] != a->v[i].number))
			a->v[i].is_gone = a->v[i].leaves = true;
	}
	for (size_t i = 0; i < box->view.n && rc == 0; i++) {
		const struct archive_entry *e = archive_find(a, box->view.uid[i]);

		if (!e || e->is_gone)
			rc = add_message(a, box, i, &x, rules, f);
	}
	article_clear(&x);
	return rc;
}
