/* SPDX-License-Identifier: ISC */
/*
 * members - the files members, moderators and owners, searched as text, and changed under the list's lock.
 *
 * What is added is appended by one write(2); what is removed or changed makes a new file. The index is a table of
 * offsets, so that 100,000 members need 2 MB beside their text.
 */
#include "list/members.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/disk.h"
#include "base/entropy.h"
#include "base/map.h"

enum { SLOTS_MIN = 64 };

struct members_slot {
	uint32_t hash;
	uint32_t at; /* offset of the line + 1; 0 is free */
};

static int read_text(struct members *m, int fd, struct fault *f)
{
	struct stat st;
	size_t size;

	if (fstat(fd, &st) < 0)
		return fault_errno(f, "cannot stat %s", m->path);
	if (!S_ISREG(st.st_mode))
		return fault_temp(f, 451, "4.3.5", "%s is not a regular file", m->path);
	if (st.st_size > MEMBERS_FILE_MAX)
		return fault_temp(f, 451, "4.3.5", "%s is larger than %d octets", m->path, MEMBERS_FILE_MAX);
	size = (size_t)st.st_size;
	m->text = arena_heap(size + 1);
	if (disk_read_at(fd, m->text, size, 0, m->path, f) < 0)
		return -1;
	m->n = size;
	while (m->n && m->text[m->n - 1] != '\n')
		m->n--;
	m->torn = size - m->n;
	return 0;
}

int members_open(struct members *m, struct list *l, const char *file, struct fault *f)
{
	int fd, rc;

	*m = (struct members){ 0 };
	fd = openat(l->dir, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	m->path = arena_printf(&l->arena, "%s/%s", l->path, file);
	if (fd < 0)
		return errno == ENOENT ? 0 : fault_errno(f, "cannot open %s", m->path);
	rc = read_text(m, fd, f);
	close(fd);
	if (rc < 0)
		members_close(m);
	return rc;
}

void members_close(struct members *m)
{
	free(m->text);
	free(m->slots);
	*m = (struct members){ 0 };
}

static int complain(struct members *m, size_t line, const struct fault *why, struct fault *f)
{
	return fault_perm(f, 0, "5.3.5", "%s:%zu: %s", m->path, line, why->text);
}

/* The line at *at, which is moved behind it. */
static struct span cut_line(const struct members *m, size_t *at)
{
	struct span rest = span_of(m->text + *at, m->n - *at);
	struct span line = span_cut(&rest, '\n');

	*at = m->n - rest.n;
	return line;
}

/* What a crash has left is told once, at the end. */
static int tell_torn(struct members *m, struct members_walk *w, struct fault *f)
{
	struct span torn = span_of(m->text + m->n, m->torn);

	if (w->at > m->n || span_trim(torn).n == 0 || torn.p[0] == '#')
		return 0;
	w->at = m->n + m->torn;
	w->line++;
	return fault_perm(f, 0, "5.3.5", "%s:%zu: the line has no end, so it may have been cut off", m->path, w->line);
}

int members_next(struct members *m, struct members_walk *w, struct member *out, struct fault *f)
{
	struct fault why;
	int rc;

	while (w->at < m->n) {
		struct span line = cut_line(m, &w->at);

		w->line++;
		rc = member_parse(line, out, &why);
		if (rc != 0)
			return rc < 0 ? complain(m, w->line, &why, f) : 1;
	}
	return m->torn ? tell_torn(m, w, f) : 0;
}

size_t members_count(struct members *m)
{
	struct members_walk w = { 0 };
	struct member one;
	size_t n = 0;
	int rc;

	while ((rc = members_next(m, &w, &one, NULL)) != 0)
		n += rc > 0;
	return n;
}

/* The address of a line, not checked; empty where there is none. */
static struct span address_of(struct span line)
{
	struct span rest = span_trim(line);

	return rest.n == 0 || rest.p[0] == '#' ? span_of(NULL, 0) : member_cut_address(&rest);
}

/* Nearly all addresses are their own identity but for case. */
static bool is_simple(struct span address)
{
	return address.n && address.p[0] != '"' && address.p[address.n - 1] != '.' && !span_has_8bit(address);
}

static bool is_same(struct arena *a, struct span address, struct span identity)
{
	if (is_simple(address))
		return span_is_nocase(address, identity);
	return address.n && span_is(span_str(member_identity(a, address)), identity);
}

static uint32_t hash_of(const struct members *m, struct span identity)
{
	return (uint32_t)map_hash(m->seed, identity);
}

static struct members_slot *slot_for(const struct members *m, struct arena *a, struct span identity)
{
	uint32_t hash = hash_of(m, identity);
	size_t i = hash & (m->nslots - 1);

	for (; m->slots[i].at; i = (i + 1) & (m->nslots - 1)) {
		size_t at = m->slots[i].at - 1;

		if (m->slots[i].hash == hash && is_same(a, address_of(cut_line(m, &at)), identity))
			break;
	}
	return &m->slots[i];
}

/* Of two lines with one identity the first counts. */
static void enter(struct members *m, struct arena *a, size_t at, struct span address)
{
	const char *identity = member_identity(a, address);
	struct members_slot *slot;

	if (!identity)
		return;
	slot = slot_for(m, a, span_str(identity));
	if (slot->at == 0)
		*slot = (struct members_slot){ hash_of(m, span_str(identity)), (uint32_t)at + 1 };
}

static size_t count_lines(const struct members *m)
{
	size_t n = 0;

	for (size_t at = 0; at < m->n; n++)
		cut_line(m, &at);
	return n;
}

static void build_index(struct members *m)
{
	struct arena a = { 0 };
	size_t lines = count_lines(m), size;

	entropy_fill(&m->seed, sizeof(m->seed));
	for (m->nslots = SLOTS_MIN; m->nslots < 2 * lines;)
		m->nslots *= 2;
	size = m->nslots * sizeof(*m->slots);
	m->slots = arena_heap(size);
	memset(m->slots, 0, size);
	for (size_t at = 0; at < m->n;) {
		size_t line = at;

		enter(m, &a, line, address_of(cut_line(m, &at)));
		arena_reset(&a);
	}
	arena_clear(&a);
}

/* By its first character: whoever adds 10,000 one by one looks at 50 million lines. */
static bool cannot_be(struct span line, char first)
{
	char c = line.n ? line.p[0] : '\0';

	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	return c != first && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'));
}

static int scan(struct members *m, struct arena *a, struct span identity, struct member *out)
{
	for (size_t at = 0; at < m->n;) {
		struct span line = cut_line(m, &at);

		if (cannot_be(line, identity.p[0]))
			continue;
		if (is_same(a, address_of(line), identity) && member_parse(line, out, NULL) > 0)
			return 1;
	}
	return 0;
}

static int look_up(struct members *m, struct arena *a, struct span identity, struct member *out)
{
	size_t at;

	if (!m->slots && m->scans++ < MEMBERS_SCANS)
		return scan(m, a, identity, out);
	if (!m->slots)
		build_index(m);
	at = slot_for(m, a, identity)->at;
	if (at-- == 0)
		return 0;
	return member_parse(cut_line(m, &at), out, NULL) > 0;
}

int members_find(struct members *m, const char *address, struct member *out)
{
	struct arena a = { 0 };
	const char *identity = member_identity(&a, span_str(address));
	int rc = identity && m->n ? look_up(m, &a, span_str(identity), out) : 0;

	arena_clear(&a);
	return rc;
}

/* What is written must be readable: so it is read. */
static int put_checked(struct buf *out, const struct member *m, struct fault *f)
{
	struct member read, one = *m;
	struct fault why;
	size_t at = out->n;
	int rc;

	/* The root's dot is of no use in an envelope. */
	if (one.address.n && one.address.p[one.address.n - 1] == '.')
		one.address.n--;
	member_put(out, &one);
	if (out->overflow)
		return fault_perm(f, 0, "5.3.4", "these are too many members");
	rc = member_parse(span_of(out->p + at, out->n - at - 1), &read, &why);
	if (rc < 0)
		return fault_perm(f, 553, "5.1.3", "%s", why.text);
	if (rc == 0 || memchr(out->p + at, '\n', out->n - at) != out->p + out->n - 1)
		return fault_perm(f, 553, "5.1.3", "\"%.*s\" cannot be a member", SPAN_ARG(m->address));
	return 0;
}

static void put_torn(struct buf *out, const struct members *m)
{
	if (m->torn) {
		buf_put_str(out, "# cut off: ");
		buf_put(out, m->text + m->n, m->torn);
		buf_put_char(out, '\n');
	}
}

/* A write that was not whole, for want of space, is taken back. */
static int append(struct list *l, const char *file, struct span lines, struct fault *f)
{
	int fd = openat(l->dir, file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat st;
	int rc = -1;

	if (fd < 0)
		return fault_errno(f, "cannot open %s/%s", l->path, file);
	if (fstat(fd, &st) < 0) {
		fault_errno(f, "cannot stat %s/%s", l->path, file);
	} else {
		rc = disk_write(fd, lines.p, lines.n, file, f);
		if (rc == 0)
			rc = disk_sync(fd, file, f);
		if (rc == 0 && st.st_size == 0)
			rc = disk_sync(l->dir, l->path, f);
		if (rc < 0 && ftruncate(fd, st.st_size) < 0)
			list_log(l, "%s has half a line at its end", file);
	}
	close(fd);
	return rc;
}

static int write_added(struct list *l, const char *file, const struct members *m, struct span lines, struct fault *f)
{
	struct buf whole;
	int rc;

	if (m->torn == 0)
		return append(l, file, lines, f);
	buf_init(&whole, MEMBERS_FILE_MAX);
	buf_put(&whole, m->text, m->n);
	put_torn(&whole, m);
	buf_put_span(&whole, lines);
	rc = whole.overflow ? fault_temp(f, 452, "4.3.1", "%s is larger than %d octets", m->path, MEMBERS_FILE_MAX)
			    : disk_replace(l->dir, file, buf_span(&whole), 0600, f);
	buf_clear(&whole);
	return rc;
}

static const char *check_identity(struct arena *a, struct span address, struct fault *f)
{
	const char *identity = member_identity(a, address);

	if (!identity)
		fault_perm(f, 553, "5.1.3", "\"%.*s\" is no address", address.n > 200 ? 200 : (int)address.n,
			   address.p ? address.p : "");
	return identity;
}

/* The lines of those who are not there, and are not named twice. */
static int gather(struct members *m, struct arena *a, const struct member *v, size_t n, struct buf *out, size_t *added,
		  struct fault *f)
{
	struct map seen;
	struct member there;

	map_init(&seen, a);
	for (size_t i = 0; i < n; i++) {
		const char *identity = check_identity(a, v[i].address, f);

		if (!identity)
			return -1;
		if ((m->n && look_up(m, a, span_str(identity), &there) > 0) || !map_add(&seen, span_str(identity), out))
			continue;
		if (put_checked(out, &v[i], f) < 0)
			return -1;
		++*added;
	}
	return 0;
}

static int add_locked(struct list *l, const char *file, const struct member *v, size_t n, size_t *added,
		      struct fault *f)
{
	struct arena a = { 0 };
	struct members m;
	struct buf lines;
	int rc;

	if (members_open(&m, l, file, f) < 0)
		return -1;
	buf_init(&lines, m.n < MEMBERS_FILE_MAX ? MEMBERS_FILE_MAX - m.n : 0);
	rc = gather(&m, &a, v, n, &lines, added, f);
	if (rc == 0 && lines.n)
		rc = write_added(l, file, &m, buf_span(&lines), f);
	buf_clear(&lines);
	members_close(&m);
	arena_clear(&a);
	return rc;
}

int members_add_all(struct list *l, const char *file, const struct member *m, size_t n, size_t *added, struct fault *f)
{
	int rc;

	*added = 0;
	if (list_lock(l, f) < 0)
		return -1;
	rc = add_locked(l, file, m, n, added, f);
	list_unlock(l);
	return rc;
}

int members_add(struct list *l, const char *file, const struct member *m, struct fault *f)
{
	size_t added;

	return members_add_all(l, file, m, 1, &added, f) < 0 ? -1 : (int)added;
}

/* All lines but those of `changes`, identity to its new line ("" none), which are counted. */
static void put_changed(struct members *m, struct arena *a, const struct map *changes, struct buf *out, size_t *changed)
{
	for (size_t at = 0; at < m->n;) {
		struct span line = cut_line(m, &at), address = address_of(line);
		const char *identity = address.n ? member_identity(a, address) : NULL;
		const char *new = identity ? map_find(changes, span_str(identity)) : NULL;

		if (new) {
			buf_put_str(out, new);
			++*changed;
		} else {
			buf_put_span(out, line);
			buf_put_char(out, '\n');
		}
	}
	put_torn(out, m);
}

static int change_locked(struct list *l, const char *file, const struct map *changes, size_t *changed, struct fault *f)
{
	struct arena a = { 0 };
	struct members m;
	struct buf out;
	int rc = 0;

	if (members_open(&m, l, file, f) < 0)
		return -1;
	buf_init(&out, MEMBERS_FILE_MAX);
	put_changed(&m, &a, changes, &out, changed);
	if (out.overflow)
		rc = fault_temp(f, 452, "4.3.1", "%s would be larger than %d octets", m.path, MEMBERS_FILE_MAX);
	else if (*changed)
		rc = disk_replace(l->dir, file, buf_span(&out), 0600, f);
	buf_clear(&out);
	members_close(&m);
	arena_clear(&a);
	return rc;
}

static int change(struct list *l, const char *file, const struct map *changes, size_t *changed, struct fault *f)
{
	int rc;

	*changed = 0;
	if (list_lock(l, f) < 0)
		return -1;
	rc = change_locked(l, file, changes, changed, f);
	list_unlock(l);
	return rc;
}

int members_remove_all(struct list *l, const char *file, const char *const *addresses, size_t n, size_t *removed,
		       struct fault *f)
{
	struct arena a = { 0 };
	struct map changes;
	char *none = arena_str(&a, "");
	int rc = 0;

	*removed = 0;
	map_init(&changes, &a);
	for (size_t i = 0; i < n && rc == 0; i++) {
		const char *identity = check_identity(&a, span_str(addresses[i]), f);

		if (identity)
			map_add(&changes, span_str(identity), none);
		else
			rc = -1;
	}
	if (rc == 0)
		rc = change(l, file, &changes, removed, f);
	arena_clear(&a);
	return rc;
}

int members_remove(struct list *l, const char *file, const char *address, struct fault *f)
{
	size_t removed;

	return members_remove_all(l, file, &address, 1, &removed, f) < 0 ? -1 : removed > 0;
}

int members_change(struct list *l, const char *file, const struct member *m, struct fault *f)
{
	struct arena a = { 0 };
	const char *identity = check_identity(&a, m->address, f);
	struct map changes;
	struct buf line;
	size_t changed = 0;
	int rc = -1;

	buf_init(&line, MEMBERS_LINE_MAX);
	map_init(&changes, &a);
	if (identity && put_checked(&line, m, f) == 0) {
		map_add(&changes, span_str(identity), arena_span(&a, buf_span(&line)));
		rc = change(l, file, &changes, &changed, f);
	}
	buf_clear(&line);
	arena_clear(&a);
	return rc < 0 ? -1 : changed > 0;
}
