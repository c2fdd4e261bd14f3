/* SPDX-License-Identifier: ISC */
/*
 * quota - the file maildirsize of a Maildir++.
 */
#include "store/quota.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "base/entropy.h"
#include "base/span.h"
#include "store/msgname.h"

#define FILE_NAME "maildirsize"

enum { LINE_MAX_OCTETS = 64, NUMBER_DIGITS = 18 };

/* A sum of octets or messages is below that, whatever names and lines say; one number more fits beside it. */
static const int64_t SUM_MAX = INT64_MAX / 4;

/* ---- limits ---- */

static int parse_size(struct span s, int64_t unit, int64_t *out)
{
	static const char letters[] = "bkmgt";
	const char *letter = s.n ? strchr(letters, s.p[s.n - 1] | 0x20) : NULL;
	uint64_t number;

	if (letter && *letter) {
		unit = INT64_C(1) << (10 * (letter - letters));
		s.n--;
	}
	if (span_number(s, INT64_MAX / (uint64_t)unit, &number) < 0)
		return -1;
	*out = (int64_t)number * unit;
	return 0;
}

static int parse_item(struct span item, struct quota_limits *out)
{
	if (span_starts_nocase(item, SPAN("storage=")))
		return parse_size(span_from(item, 8), 1024, &out->octets);
	if (span_starts_nocase(item, SPAN("bytes=")))
		return parse_size(span_from(item, 6), 1, &out->octets);
	if (span_starts_nocase(item, SPAN("messages=")))
		return parse_size(span_from(item, 9), 1, &out->messages);
	return -1;
}

int quota_parse_rule(const char *rule, struct quota_limits *out, struct fault *f)
{
	struct span rest = span_str(rule), item;

	out->octets = out->messages = 0;
	if (rest.n == 0)
		return 0;
	item = span_cut(&rest, ':');
	if (!span_is(item, SPAN("*")) && !span_is(item, SPAN("?")))
		return fault_perm(f, 0, "5.3.5", "quota_rule \"%s\" does not begin with \"*:\"", rule);
	while (rest.n > 0) {
		item = span_cut(&rest, ':');
		if (parse_item(item, out) < 0)
			return fault_perm(
				f, 0, "5.3.5",
				"quota_rule \"%s\": \"%.*s\" is not storage=SIZE, bytes=SIZE or messages=NUMBER", rule,
				SPAN_ARG(item));
	}
	return 0;
}

/* ---- the file ---- */

static int parse_signed(struct span s, int64_t *out)
{
	bool negative = s.n > 0 && s.p[0] == '-';
	uint64_t number;

	if (negative)
		s = span_from(s, 1);
	if (s.n > NUMBER_DIGITS || span_number(s, INT64_MAX, &number) < 0)
		return -1;
	*out = negative ? -(int64_t)number : (int64_t)number;
	return 0;
}

static int parse_limits(struct span line, struct quota_limits *out)
{
	out->octets = out->messages = 0;
	while (line.n > 0) {
		struct span item = span_cut(&line, ',');
		char unit = item.n ? item.p[item.n - 1] : '\0';
		int64_t number;

		if (item.n == 0 || parse_signed(span_of(item.p, item.n - 1), &number) < 0 || number < 0)
			return -1;
		if (unit == 'S')
			out->octets = number;
		else if (unit == 'C')
			out->messages = number;
		else
			return -1;
	}
	return 0;
}

static bool add(int64_t *sum, int64_t number)
{
	*sum += number;
	return *sum > -SUM_MAX && *sum < SUM_MAX;
}

/* All lines added up; -1 when they cannot be right. A last line without its end is being written. */
static int parse_file(struct quota *q, struct span text, struct quota_limits *limits, size_t *lines)
{
	text.n = span_find_last(text, '\n') < text.n ? span_find_last(text, '\n') + 1 : 0;
	q->octets = q->messages = 0;
	*lines = 0;
	if (text.n == 0 || parse_limits(span_cut(&text, '\n'), limits) < 0)
		return -1;
	for (; text.n > 0; (*lines)++) {
		struct span line = span_cut(&text, '\n'), octets = span_word(&line), messages = span_word(&line);
		int64_t o, m;

		if (parse_signed(octets, &o) < 0 || parse_signed(messages, &m) < 0 || !add(&q->octets, o) ||
		    !add(&q->messages, m))
			return -1;
	}
	return *lines > 0 && q->octets >= 0 && q->messages >= 0 ? 0 : -1;
}

static bool is_full(const struct quota *q, int64_t octets, int64_t messages)
{
	if (octets <= 0 && messages <= 0)
		return false;
	return (q->limits.octets > 0 && q->octets + octets > q->limits.octets) ||
	       (q->limits.messages > 0 && q->messages + messages > q->limits.messages);
}

/* ---- counting ---- */

static void count_file(struct quota *q, int dir, const char *file)
{
	struct msgname name;
	struct stat st;

	msgname_parse(span_str(file), &name);
	if (name.size == MSGNAME_UNKNOWN) {
		if (fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
			return;
		name.size = (uint64_t)st.st_size;
	}
	/* A name may say anything; the sum stays a number. */
	if (name.size < (uint64_t)(SUM_MAX - q->octets))
		q->octets += (int64_t)name.size;
	q->messages++;
}

/* Each file of one directory; a directory that is not there has none. */
static int count_dir(struct quota *q, int at, const char *path, struct fault *f)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *d;

	if (!dir && fd >= 0)
		close(fd);
	if (!dir)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0
									     : fault_errno(f, "cannot read %s", path);
	while ((d = readdir(dir)))
		if (d->d_name[0] != '.')
			count_file(q, fd, d->d_name);
	closedir(dir);
	return 0;
}

static int count_folder(struct quota *q, int root, const char *folder, struct fault *f)
{
	char path[NAME_MAX + 8];

	snprintf(path, sizeof(path), "%s/new", folder);
	if (count_dir(q, root, path, f) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/cur", folder);
	return count_dir(q, root, path, f);
}

static int count_all(struct quota *q, int root, struct fault *f)
{
	int fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *d;

	if (!dir) {
		fault_errno(f, "cannot read the mailbox");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	q->octets = q->messages = 0;
	rc = count_folder(q, root, ".", f);
	while (rc == 0 && (d = readdir(dir)))
		if (d->d_name[0] == '.' && d->d_name[1] != '.' && d->d_name[1] != '\0')
			rc = count_folder(q, root, d->d_name, f);
	closedir(dir);
	return rc;
}

/* Whoever reads it sees the old or the new one; a lost one is counted again, so it is not synced. */
static int write_file(const struct quota *q, int root, struct fault *f)
{
	char temporary[sizeof("tmp/" FILE_NAME ".") + ENTROPY_ID], id[ENTROPY_ID + 1], text[2 * LINE_MAX_OCTETS];
	int n = 0, fd, rc;

	if (q->limits.octets > 0 || q->limits.messages == 0)
		n = snprintf(text, sizeof(text), "%" PRId64 "S", q->limits.octets);
	if (q->limits.messages > 0)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s%" PRId64 "C", n ? "," : "", q->limits.messages);
	n += snprintf(text + n, sizeof(text) - (size_t)n, "\n%" PRId64 " %" PRId64 "\n", q->octets, q->messages);
	entropy_id(id);
	snprintf(temporary, sizeof(temporary), "tmp/" FILE_NAME ".%s", id);
	fd = openat(root, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fault_errno(f, "cannot create %s", temporary);
	rc = disk_write(fd, text, (size_t)n, FILE_NAME, f);
	close(fd);
	if (rc == 0 && renameat(root, temporary, root, FILE_NAME) < 0)
		rc = fault_errno(f, "cannot rename to " FILE_NAME);
	if (rc < 0)
		unlinkat(root, temporary, 0);
	return rc;
}

int quota_recalculate(struct quota *q, int dir, const struct quota_limits *limits, struct fault *f)
{
	q->limits = *limits;
	q->exact = true;
	q->has_file = true;
	if (count_all(q, dir, f) < 0)
		return -1;
	return write_file(q, dir, f);
}

/* ---- use ---- */

/* The file's content: 1; 0 there is none; -1. */
static int read_file(int dir, char text[QUOTA_FILE_MAX + 1], size_t *n, int64_t *mtime, struct fault *f)
{
	int fd = openat(dir, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t got;

	if (fd < 0)
		return errno == ENOENT ? 0 : fault_errno(f, "cannot open " FILE_NAME);
	do
		got = pread(fd, text, QUOTA_FILE_MAX + 1, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0 || fstat(fd, &st) < 0) {
		fault_errno(f, "cannot read " FILE_NAME);
		close(fd);
		return -1;
	}
	close(fd);
	*n = (size_t)got;
	*mtime = st.st_mtime;
	return 1;
}

int quota_read(struct quota *q, int dir, const struct quota_limits *limits, struct fault *f)
{
	bool given = limits->octets > 0 || limits->messages > 0, good;
	struct quota_limits in_file = { 0 }, use;
	char text[QUOTA_FILE_MAX + 1];
	size_t n = 0, lines = 0;
	int64_t mtime = 0;
	int rc = read_file(dir, text, &n, &mtime, f);

	*q = (struct quota){ .limits = *limits };
	if (rc < 0)
		return -1;
	if (rc == 0)
		return given ? quota_recalculate(q, dir, limits, f) : 0;
	good = parse_file(q, span_of(text, n), &in_file, &lines) == 0 && n <= QUOTA_FILE_MAX;
	if (given && (in_file.octets != limits->octets || in_file.messages != limits->messages))
		good = false;
	use = given ? *limits : in_file;
	use.tempfail = limits->tempfail;
	q->limits = use;
	q->has_file = true;
	q->exact = lines == 1 && mtime >= clock_wall() - QUOTA_OLD;
	return good ? 0 : quota_recalculate(q, dir, &use, f);
}

int quota_check(struct quota *q, int dir, int64_t octets, int64_t messages, struct fault *f)
{
	struct quota_limits limits = q->limits;

	if (is_full(q, octets, messages) && !q->exact && quota_recalculate(q, dir, &limits, f) < 0)
		return -1;
	if (!is_full(q, octets, messages))
		return 0;
	if (q->limits.tempfail)
		return fault_temp(f, 452, "4.2.2", "the mailbox is full");
	return fault_perm(f, 552, "5.2.2", "the mailbox is full");
}

void quota_note(int dir, int64_t octets, int64_t messages)
{
	char line[LINE_MAX_OCTETS];
	int n = snprintf(line, sizeof(line), "%" PRId64 " %" PRId64 "\n", octets, messages);
	int fd = openat(dir, FILE_NAME, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, line, (size_t)n) != n)
		unlinkat(dir, FILE_NAME, 0);
	close(fd);
}

bool quota_is_folder(int dir)
{
	return faccessat(dir, "maildirfolder", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int quota_root(int dir)
{
	return openat(dir, quota_is_folder(dir) ? ".." : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}
