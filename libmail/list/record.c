/* SPDX-License-Identifier: ISC */
/*
 * record - files of a list that only grow.
 */
#include "list/record.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/hex.h"

void record_put_word(struct buf *out, struct span word)
{
	if (word.n == 0)
		buf_put_char(out, '-');
	for (size_t i = 0; i < word.n; i++) {
		unsigned char c = (unsigned char)word.p[i];

		if (c <= ' ' || c == '%' || c == 0x7f || (c == '-' && word.n == 1))
			buf_printf(out, "%%%02X", c);
		else
			buf_put_char(out, (char)c);
	}
	buf_put_char(out, ' ');
}

static bool is_escape(struct span s)
{
	return s.n >= 3 && s.p[0] == '%' && hex_value(s.p[1]) >= 0 && hex_value(s.p[2]) >= 0;
}

struct span record_cut_word(struct span *line, struct arena *a)
{
	struct span word = span_cut(line, ' ');
	char *made;
	size_t n = 0;

	if (span_is(word, SPAN("-")))
		return span_of(word.p, 0);
	if (span_find(word, '%') == word.n)
		return word;
	made = arena_alloc(a, word.n + 1);
	while (word.n) {
		bool escaped = is_escape(word);

		made[n++] = escaped ? (char)(hex_value(word.p[1]) << 4 | hex_value(word.p[2])) : word.p[0];
		word = span_from(word, escaped ? 3 : 1);
	}
	return span_of(made, n);
}

size_t record_fit(struct span text, size_t max)
{
	if (text.n <= max)
		return text.n;
	while (max > 0 && ((unsigned char)text.p[max] & 0xc0) == 0x80)
		max--;
	return max;
}

int record_read(struct list *l, const char *file, struct arena *a, struct span *text, struct fault *f)
{
	struct fault why;

	*text = span_of("", 0);
	if (disk_read_file(a, l->dir, file, RECORD_FILE_MAX, text, &why) == 0 || errno == ENOENT)
		return 0;
	return fault_temp(f, 451, "4.3.0", "%s: %s", l->path, why.text);
}

int record_next(struct span *rest, struct span *line)
{
	size_t end = span_find(*rest, '\n');

	if (end == rest->n)
		return 0;
	*line = span_of(rest->p, end);
	*rest = span_from(*rest, end + 1);
	return 1;
}

/* Has a crash left half a line? What comes must not become part of it. */
static int end_torn(int fd, off_t size, const char *file, struct fault *f)
{
	char last = '\n';

	if (size > 0 && disk_read_at(fd, &last, 1, size - 1, file, f) < 0)
		return -1;
	return last == '\n' ? 0 : disk_write(fd, "\n", 1, file, f);
}

static int append(struct list *l, int fd, const char *file, struct span lines, struct fault *f)
{
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0)
		return fault_errno(f, "cannot stat %s/%s", l->path, file);
	rc = end_torn(fd, st.st_size, file, f);
	if (rc == 0)
		rc = disk_write(fd, lines.p, lines.n, file, f);
	if (rc == 0)
		rc = disk_sync(fd, file, f);
	if (rc == 0 && st.st_size == 0)
		rc = disk_sync(l->dir, l->path, f);
	/* Where even this fails the next one finds half a line, and ends it. */
	if (rc < 0 && ftruncate(fd, st.st_size) < 0)
		return -1;
	return rc;
}

int record_append(struct list *l, const char *file, struct span lines, struct fault *f)
{
	int fd = openat(l->dir, file, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0)
		return fault_errno(f, "cannot open %s/%s", l->path, file);
	rc = append(l, fd, file, lines, f);
	close(fd);
	return rc;
}
