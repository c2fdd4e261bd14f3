/* SPDX-License-Identifier: ISC */
/*
 * spool - the queue on disk.
 *
 * A lock is an flock(2) on the queue file itself, taken after the open and
 * then checked: if the name is gone meanwhile, somebody finished the message.
 */
#include "queue/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/account.h"
#include "base/clock.h"

enum { HEAD_GUESS = 2048 /* most envelopes fit: one read */ };

#define TRIGGER "trigger"

static const char *const box_names[SPOOL_BOXES] = { "tmp", "new", "deferred", "hold", "corrupt" };

const char *spool_box_name(enum spool_box box)
{
	return box_names[box];
}

bool spool_is_id(struct span s)
{
	if (s.n != ENTROPY_ID)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'A' && s.p[i] <= 'Z')))
			return false;
	return true;
}

/* ---- the directory ---- */

/* Whoever cannot be looked up now may be there: the spool is given to somebody once, and for good. */
static int find_owner(struct arena *a, const char *owner, struct account *out, struct fault *f)
{
	static const char *const usual[] = { "letterbox", "mail" };
	int rc = 0;

	if (owner && owner[0]) {
		rc = account_find(a, owner, out, f);
		return rc ? rc : fault_usage(f, "mail_owner: there is no account \"%s\"", owner);
	}
	for (size_t i = 0; rc == 0 && i < sizeof(usual) / sizeof(usual[0]); i++)
		rc = account_find(a, usual[i], out, f);
	if (rc == 0)
		*out = (struct account){ .name = "root" };
	return rc;
}

/*
 * A spool that root begins to use is the mail system's: also a bare directory that something
 * else has made, as systemd does for a socket in it.
 */
static int give_to_owner(const struct spool *s, const char *owner, struct fault *f)
{
	struct arena a = { 0 };
	struct account who;
	struct stat st;
	int rc;

	if (geteuid() != 0 || fstat(s->dir, &st) < 0 || st.st_uid != 0 ||
	    faccessat(s->dir, box_names[SPOOL_NEW], F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	rc = find_owner(&a, owner, &who, f);
	if (rc >= 0 && fchown(s->dir, who.uid, who.gid) < 0)
		rc = fault_errno(f, "cannot give %s to %s", s->path, who.name);
	arena_clear(&a);
	return rc < 0 ? -1 : 0;
}

static int check_dir(struct spool *s, struct fault *f)
{
	struct stat st;

	if (fstat(s->dir, &st) < 0)
		return fault_errno(f, "cannot stat %s", s->path);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return fault_temp(f, 451, "4.3.5",
				  "spool %s may be written by others than its owner: take that right away (chmod go-w)",
				  s->path);
	s->owner = st.st_uid;
	s->group = st.st_gid;
	return 0;
}

/* What root makes belongs to the spool's owner. */
static void give(const struct spool *s, int fd)
{
	int ignored = geteuid() == 0 && s->owner != 0 ? fchown(fd, s->owner, s->group) : 0;

	(void)ignored;
}

static int open_box(struct spool *s, enum spool_box box, struct fault *f)
{
	const char *name = box_names[box];

	s->box[box] = openat(s->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (s->box[box] >= 0)
		return 0;
	/* Another process may be making it, too. */
	if (errno == ENOENT && (mkdirat(s->dir, name, 0700) == 0 || errno == EEXIST) &&
	    disk_sync(s->dir, s->path, f) == 0) {
		s->box[box] = openat(s->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (s->box[box] >= 0) {
			give(s, s->box[box]);
			return 0;
		}
	}
	return fault_errno(f, "cannot open directory %s/%s", s->path, name);
}

int spool_open(struct spool *s, const char *path, const char *owner, struct fault *f)
{
	*s = (struct spool){ .path = path };
	for (int i = 0; i < SPOOL_BOXES; i++)
		s->box[i] = -1;
	s->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0 && errno == ENOENT) {
		/* Everybody may reach the system's submit.sock in it; the boxes are the owner's alone. */
		if (disk_make_dirs(path, geteuid() == 0 ? 0711 : 0700, f) < 0)
			return -1;
		s->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (s->dir < 0)
		return fault_errno(f, "cannot open spool %s", path);
	if (give_to_owner(s, owner, f) == 0 && check_dir(s, f) == 0) {
		int i = 0;

		while (i < SPOOL_BOXES && open_box(s, i, f) == 0)
			i++;
		if (i == SPOOL_BOXES)
			return 0;
	}
	spool_close(s);
	return -1;
}

void spool_close(struct spool *s)
{
	spool_settle(s, NULL);
	for (int i = 0; i < SPOOL_BOXES; i++)
		if (s->box[i] >= 0)
			close(s->box[i]);
	if (s->dir >= 0)
		close(s->dir);
	s->dir = -1;
}

/* ---- writing ---- */

static int check_space(const struct spool *s, long minfree, struct fault *f)
{
	struct statvfs v;

	if (minfree <= 0 || fstatvfs(s->dir, &v) < 0)
		return 0;
	if ((uintmax_t)v.f_bavail * v.f_frsize < (uintmax_t)minfree)
		return fault_temp(f, 452, "4.3.1", "less than queue_minfree (%ld bytes) left in %s", minfree, s->path);
	return 0;
}

/* How long it is; -1: too long. */
static off_t put_envelope(struct spool_writer *w, const struct envelope *e)
{
	struct buf text;
	off_t length = 0;
	size_t at = 0;

	buf_init(&text, ENVELOPE_TEXT_MAX);
	while (length >= 0 && envelope_put_part(&text, e, &at)) {
		disk_out_put(&w->out, text.p, text.n);
		length += (off_t)text.n;
		if (text.overflow || length > ENVELOPE_TEXT_MAX)
			length = -1;
		buf_reset(&text);
	}
	buf_clear(&text);
	return length;
}

int spool_begin(struct spool *s, struct spool_writer *w, struct envelope *e, long minfree, struct fault *f)
{
	int fd;

	if (envelope_check(e, f) < 0 || check_space(s, minfree, f) < 0)
		return -1;
	w->spool = s;
	w->hold_until = e->hold_until > clock_wall() ? e->hold_until : 0;
	entropy_id(w->id);
	fd = openat(s->box[SPOOL_TMP], w->id, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fault_errno(f, "cannot create %s/tmp/%s", s->path, w->id);
	give(s, fd);
	memcpy(e->id, w->id, sizeof(w->id));
	disk_out_init(&w->out, fd, w->id);
	w->message_at = put_envelope(w, e);
	if (w->message_at < 0) {
		spool_abort(w);
		return fault_perm(f, 552, "5.3.4", "envelope is larger than %d bytes", ENVELOPE_TEXT_MAX);
	}
	return 0;
}

void spool_put(struct spool_writer *w, const void *p, size_t n)
{
	disk_out_put(&w->out, p, n);
}

/* While it is still in the buffer, the size costs no system call of its own. */
static int set_size(struct spool_writer *w, struct fault *f)
{
	struct disk_out *o = &w->out;
	char line[64] = "";
	struct buf b = { .p = line, .size = sizeof(line), .max = sizeof(line) - 1 };
	bool in_buffer = o->written == (off_t)o->n;

	envelope_put_size(&b, w->message_at, o->written - w->message_at);
	if (in_buffer) {
		memcpy(o->bytes + ENVELOPE_SIZE_AT, line, b.n);
		return disk_out_flush(o, f);
	}
	if (disk_out_flush(o, f) < 0)
		return -1;
	return disk_write_at(o->fd, line, b.n, ENVELOPE_SIZE_AT, w->id, f);
}

/* The envelope has ten digits for it. */
static int check_size(const struct spool_writer *w, struct fault *f)
{
	if (w->out.written <= ENVELOPE_OCTETS_MAX)
		return 0;
	return fault_perm(f, 552, "5.3.4", "message is larger than %jd bytes", (intmax_t)ENVELOPE_OCTETS_MAX);
}

static int set_due(const struct spool_writer *w, struct fault *f)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = (time_t)w->hold_until } };

	if (w->hold_until == 0 || futimens(w->out.fd, times) == 0)
		return 0;
	return fault_errno(f, "cannot set the time of %s", w->id);
}

int spool_commit_into(struct spool_writer *w, int dir, const char *name, struct fault *f)
{
	const struct spool *s = w->spool;
	int rc = 0;

	if (check_size(w, f) < 0 || set_size(w, f) < 0 || set_due(w, f) < 0 ||
	    disk_write_ahead(w->out.fd, w->id, f) < 0) {
		spool_abort(w);
		return -1;
	}
	if (renameat(s->box[SPOOL_TMP], w->id, dir, name) < 0) {
		fault_errno(f, "cannot rename tmp/%s in %s", w->id, s->path);
		spool_abort(w);
		return -1;
	}
	/* Without its name on disk it is not accepted; taken back, unless a relay already has it. */
	if (disk_sync_name(w->out.fd, dir, s->path, f) < 0) {
		unlinkat(dir, name, 0);
		rc = -1;
	}
	close(w->out.fd);
	w->out.fd = -1;
	return rc;
}

int spool_commit(struct spool_writer *w, struct fault *f)
{
	return spool_commit_into(w, w->spool->box[w->hold_until ? SPOOL_DEFERRED : SPOOL_NEW], w->id, f);
}

int spool_adopt(struct spool *s, int dir, const char *name, const char *id, struct fault *f)
{
	if (!spool_is_id(span_str(id)))
		return fault_bug(f, "\"%.40s\" is not a queue id", id);
	if (renameat(dir, name, s->box[SPOOL_NEW], id) < 0)
		return fault_errno(f, "cannot rename %s into %s/new", name, s->path);
	return disk_sync(s->box[SPOOL_NEW], s->path, f);
}

void spool_abort(struct spool_writer *w)
{
	if (w->out.fd < 0)
		return;
	unlinkat(w->spool->box[SPOOL_TMP], w->id, 0);
	close(w->out.fd);
	w->out.fd = -1;
}

/* ---- reading ---- */

static int read_span(struct arena *a, const struct spool_message *m, off_t at, off_t n, struct span *out,
		     struct fault *f)
{
	char *p;

	*out = (struct span){ 0 };
	if (n < 0 || n > ENVELOPE_TEXT_MAX)
		return fault_perm(f, 0, "5.3.0", "damaged sizes");
	p = arena_alloc(a, (size_t)n + 1);
	*out = span_of(p, (size_t)n);
	return disk_read_at(m->fd, p, (size_t)n, at, m->envelope.id, f);
}

/* `text` is for what was read: what is understood of it is copied to the other arena. */
static int read_head(struct arena *a, struct arena *text, struct spool_message *m, off_t size, struct fault *f)
{
	struct envelope *e = &m->envelope;
	struct span head;
	off_t at;
	size_t length;

	if (read_span(text, m, 0, size < HEAD_GUESS ? size : HEAD_GUESS, &head, f) < 0 ||
	    envelope_peek(head, &at, f) < 0)
		return -1;
	if (at > size)
		return fault_perm(f, 0, "5.3.0", "damaged sizes");
	if (at > (off_t)head.n && read_span(text, m, 0, at, &head, f) < 0)
		return -1;
	if (envelope_parse(a, head, e, &length, f) < 0)
		return -1;
	if ((off_t)length != e->message_at || e->message_size > size - e->message_at ||
	    e->patch_at + (off_t)e->patch_size > e->message_size)
		return fault_perm(f, 0, "5.3.0", "damaged sizes");
	return 0;
}

static int read_envelope(struct arena *a, struct spool_message *m, off_t size, struct fault *f)
{
	struct arena text = { NULL };
	struct span journal;
	off_t at;
	int rc = read_head(a, &text, m, size, f);

	at = m->envelope.message_at + m->envelope.message_size;
	if (rc == 0 && at < size) {
		rc = read_span(&text, m, at, size - at, &journal, f);
		if (rc == 0)
			envelope_parse_journal(a, journal, &m->envelope);
	}
	arena_clear(&text);
	return rc;
}

/* 1 locked and still there under this name, 0 not. */
static int lock_named(struct spool *s, const char *id, struct spool_message *m, struct fault *f)
{
	struct stat mine, named;
	int rc = disk_lock(m->fd, false, id, f);

	m->locked = rc > 0;
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (fstat(m->fd, &mine) < 0 || fstatat(s->box[m->box], id, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fault_errno(f, "cannot stat %s", id);
	return mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
}

static int read_claimed(struct spool *s, const char *id, enum spool_claim how, struct arena *a, struct spool_message *m,
			struct fault *f)
{
	struct stat st;
	int rc = 1;

	if (how == SPOOL_CLAIM_WORK)
		rc = lock_named(s, id, m, f);
	if (rc <= 0)
		return rc;
	if (fstat(m->fd, &st) < 0)
		return fault_errno(f, "cannot stat %s", id);
	if (st.st_uid != s->owner)
		return fault_perm(f, 0, "5.3.0", "owner is uid %u", (unsigned)st.st_uid);
	m->due = st.st_mtime;
	m->end = st.st_size;
	return read_envelope(a, m, st.st_size, f) < 0 ? -1 : 1;
}

/* A link, a FIFO, a directory, a socket: not what spool_commit() made. */
static bool is_never_ours(int error)
{
	return error == EMLINK || error == EINVAL || error == ELOOP || error == EISDIR || error == ENXIO;
}

int spool_claim(struct spool *s, enum spool_box box, const char *id, enum spool_claim how, struct arena *a,
		struct spool_message *m, struct fault *f)
{
	struct stat st;
	int rc;

	*m = (struct spool_message){ .spool = s, .box = box, .fd = -1 };
	if (!spool_is_id(span_str(id)))
		return fault_usage(f, "\"%.40s\" is not a queue id", id);
	memcpy(m->envelope.id, id, ENTROPY_ID + 1);
	m->fd = disk_open_single(s->box[box], id, how == SPOOL_CLAIM_WORK ? O_RDWR : O_RDONLY, &st, f);
	if (m->fd < 0) {
		/* Not one of ours: planted, or damaged. It will never be right. */
		if (f && is_never_ours(errno))
			f->kind = FAULT_PERM;
		return errno == ENOENT ? 0 : -1;
	}
	rc = read_claimed(s, id, how, a, m, f);
	if (rc <= 0)
		spool_release(m);
	return rc;
}

int spool_find(struct spool *s, const char *id, enum spool_claim how, struct arena *a, struct spool_message *m,
	       struct fault *f)
{
	static const enum spool_box boxes[] = { SPOOL_NEW, SPOOL_DEFERRED, SPOOL_HOLD, SPOOL_NEW, SPOOL_DEFERRED };

	/* Twice: it may move from box to box while we look. */
	for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++) {
		int rc = spool_claim(s, boxes[i], id, how, a, m, f);

		if (rc != 0)
			return rc;
	}
	return 0;
}

void spool_release(struct spool_message *m)
{
	/* Unlocked by name: a worker may still hold the file, which would keep a lock that only ends with the last. */
	if (m->fd >= 0) {
		flock(m->fd, LOCK_UN);
		close(m->fd);
	}
	m->fd = -1;
}

/* ---- changing ---- */

int spool_mark(struct spool_message *m, size_t rcpt, enum envelope_state state, struct fault *f)
{
	struct envelope_rcpt *r = &m->envelope.rcpts[rcpt];
	char letter = (char)state;

	if (disk_write_at(m->fd, &letter, 1, r->state_at, m->envelope.id, f) < 0)
		return -1;
	r->state = state;
	return 0;
}

int spool_note(struct spool_message *m, struct span lines, struct fault *f)
{
	off_t message_end = m->envelope.message_at + m->envelope.message_size;

	if (m->end - message_end + (off_t)lines.n > ENVELOPE_TEXT_MAX)
		return fault_temp(f, 451, "4.3.0", "journal of %s is full", m->envelope.id);
	if (disk_write_at(m->fd, lines.p, lines.n, m->end, m->envelope.id, f) < 0)
		return -1;
	m->end += (off_t)lines.n;
	return 0;
}

static int move(struct spool_message *m, enum spool_box box, struct fault *f)
{
	struct spool *s = m->spool;
	const char *id = m->envelope.id;

	if (m->box == box)
		return 0;
	if (renameat(s->box[m->box], id, s->box[box], id) < 0)
		return fault_errno(f, "cannot rename %s/%s to %s/ in %s", box_names[m->box], id, box_names[box],
				   s->path);
	m->box = box;
	s->moved[box] = true;
	return 0;
}

int spool_defer(struct spool_message *m, int64_t when, struct fault *f)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = (time_t)when } };

	if (futimens(m->fd, times) < 0)
		return fault_errno(f, "cannot set the time of %s", m->envelope.id);
	m->due = (time_t)when;
	return move(m, SPOOL_DEFERRED, f);
}

int spool_hold(struct spool_message *m, struct fault *f)
{
	return move(m, SPOOL_HOLD, f);
}

int spool_settle(struct spool *s, struct fault *f)
{
	int rc = 0;

	for (int i = 0; i < SPOOL_BOXES; i++) {
		if (s->moved[i] && disk_sync_moved(s->box[i], s->path, f) < 0)
			rc = -1;
		s->moved[i] = false;
	}
	return rc;
}

int spool_remove(struct spool_message *m, struct fault *f)
{
	if (unlinkat(m->spool->box[m->box], m->envelope.id, 0) < 0 && errno != ENOENT)
		return fault_errno(f, "cannot remove %s/%s", box_names[m->box], m->envelope.id);
	return 0;
}

int spool_set_aside(struct spool *s, enum spool_box box, const char *id, struct fault *f)
{
	if (renameat(s->box[box], id, s->box[SPOOL_CORRUPT], id) < 0 && errno != ENOENT)
		return fault_errno(f, "cannot move %s/%s to corrupt/", box_names[box], id);
	s->moved[SPOOL_CORRUPT] = true;
	return 0;
}

/* ---- looking around ---- */

int spool_scan_open(struct spool_scan *scan, struct spool *s, enum spool_box box, struct fault *f)
{
	/* A descriptor of its own: a shared one would share the position, too. */
	int fd = openat(s->dir, box_names[box], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	*scan = (struct spool_scan){ .spool = s, .box = box, .dir = fd < 0 ? NULL : fdopendir(fd) };
	if (scan->dir)
		return 0;
	fault_errno(f, "cannot read %s/%s", s->path, box_names[box]);
	if (fd >= 0)
		close(fd);
	return -1;
}

int spool_scan_next(struct spool_scan *scan, struct spool_entry *out)
{
	const struct dirent *d;
	struct stat st;

	while ((d = readdir(scan->dir)) != NULL) {
		if (!spool_is_id(span_str(d->d_name)))
			continue;
		if (fstatat(dirfd(scan->dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		memcpy(out->id, d->d_name, ENTROPY_ID + 1);
		out->due = st.st_mtime;
		out->size = st.st_size;
		return 1;
	}
	return 0;
}

void spool_scan_close(struct spool_scan *scan)
{
	if (scan->dir)
		closedir(scan->dir);
	scan->dir = NULL;
}

void spool_clean(struct spool *s)
{
	struct spool_scan scan;
	struct spool_entry entry;
	int64_t old = clock_wall() - SPOOL_TMP_AGE;

	if (spool_scan_open(&scan, s, SPOOL_TMP, NULL) < 0)
		return;
	while (spool_scan_next(&scan, &entry) > 0)
		if (entry.due < old)
			unlinkat(s->box[SPOOL_TMP], entry.id, 0);
	spool_scan_close(&scan);
}

/* ---- the trigger ---- */

/* true: a relay reads it, and will look. */
static bool tell(const struct spool *s, const struct buf *line)
{
	int fd = openat(s->dir, TRIGGER, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	ssize_t ignored;

	/* ENXIO: nobody reads it, no relay runs. */
	if (fd < 0)
		return false;
	if (fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode)) {
		close(fd);
		return false;
	}
	/* When the FIFO is full the relay is about to read, and looks at all of new/ then. */
	ignored = write(fd, line->p, line->n);
	(void)ignored;
	close(fd);
	return true;
}

bool spool_kick(const struct spool *s, const char *id)
{
	char line[ENTROPY_ID + 1];
	const struct buf b = { .p = line, .n = sizeof(line) };

	memset(line, '-', ENTROPY_ID);
	memcpy(line, id, strnlen(id, ENTROPY_ID));
	line[ENTROPY_ID] = '\n';
	return tell(s, &b);
}

bool spool_kick_domain(const struct spool *s, const char *domain)
{
	struct buf line;
	bool told;

	buf_init(&line, SPOOL_DOMAIN_MAX + 2);
	buf_put_char(&line, '@');
	buf_put_str(&line, domain);
	buf_put_char(&line, '\n');
	told = !line.overflow && tell(s, &line);
	buf_clear(&line);
	return told;
}

int spool_listen(struct spool *s, struct fault *f)
{
	struct stat st;
	int fd;

	if (mkfifoat(s->dir, TRIGGER, 0600) < 0 && errno != EEXIST)
		return fault_errno(f, "cannot create %s/" TRIGGER, s->path);
	/* Read and write: our own writing end keeps it from ever being at end of file. */
	fd = openat(s->dir, TRIGGER, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fault_errno(f, "cannot open %s/" TRIGGER, s->path);
	if (fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode)) {
		close(fd);
		return fault_temp(f, 451, "4.3.5", "%s/" TRIGGER " is not a FIFO", s->path);
	}
	give(s, fd);
	return fd;
}
