/* SPDX-License-Identifier: ISC */
/*
 * mbox - append to an mbox file.
 *
 * mboxrd quoting: a line that is any number of ">" and then "From " gets one
 * ">" more, so that it can be undone. Because pieces end anywhere, the start of a line is
 * held back until it is known whether it is such a line.
 */
#include "store/mbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message/date.h"
#include "store/mboxlock.h"

#define FROM "From "
enum { FROM_SIZE = sizeof(FROM) - 1 };

static int check_file(struct mbox_writer *w, struct fault *f)
{
	struct stat st;

	if (fstat(w->out.fd, &st) < 0)
		return fault_errno(f, "cannot stat %s", w->path);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return fault_perm(f, 550, "5.3.5", "mailbox %s is not a regular file with one link", w->path);
	w->before = lseek(w->out.fd, 0, SEEK_END);
	if (w->before < 0)
		return fault_errno(f, "cannot seek in %s", w->path);
	return 0;
}

static void put_from_line(struct mbox_writer *w, const char *sender, int64_t when)
{
	char date[DATE_ASCTIME], line[1200];
	int n;

	date_asctime(date, when);
	n = snprintf(line, sizeof(line), FROM "%.1000s %s\n",
		     sender[0] && !strchr(sender, ' ') ? sender : "MAILER-DAEMON", date);
	disk_out_put(&w->out, line, (size_t)n);
}

int mbox_begin(struct mbox_writer *w, const char *path, const char *sender, int64_t when, struct fault *f)
{
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	w->path = path;
	w->lock = (struct lock){ .held = false };
	w->before = -1;
	w->at_line_start = true;
	w->held = w->quotes = 0;
	disk_out_init(&w->out, fd, path);
	if (fd < 0)
		return fault_errno(f, "cannot open mailbox %s", path);
	if (mboxlock_take(&w->lock, path, fd, false, f) < 0 || check_file(w, f) < 0) {
		mbox_abort(w);
		return -1;
	}
	put_from_line(w, sender, when);
	return 0;
}

static void put_held(struct mbox_writer *w)
{
	for (; w->quotes > 0; w->quotes--)
		disk_out_put(&w->out, ">", 1);
	disk_out_put(&w->out, w->hold, w->held);
	w->held = 0;
}

/* At the start of a line: hold back what may become ">From ". Returns how many bytes were taken. */
static size_t take_start(struct mbox_writer *w, const char *p, size_t n)
{
	size_t i = 0;

	for (; i < n && w->at_line_start; i++) {
		if (w->held == 0 && p[i] == '>') {
			w->quotes++;
		} else if (p[i] == FROM[w->held]) {
			w->hold[w->held++] = p[i];
			if (w->held < FROM_SIZE)
				continue;
			disk_out_put(&w->out, ">", 1);
			put_held(w);
			w->at_line_start = false;
		} else {
			put_held(w);
			w->at_line_start = false;
			return i;
		}
	}
	return i;
}

void mbox_put(struct mbox_writer *w, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0) {
		size_t i = w->at_line_start ? take_start(w, p, n) : 0;
		const char *end;

		p += i;
		n -= i;
		if (n == 0 || w->at_line_start)
			continue;
		end = memchr(p, '\n', n);
		i = end ? (size_t)(end - p) + 1 : n;
		disk_out_put(&w->out, p, i);
		w->at_line_start = end != NULL;
		p += i;
		n -= i;
	}
}

static void unlock(struct mbox_writer *w)
{
	if (w->out.fd >= 0)
		close(w->out.fd);
	w->out.fd = -1;
	lock_release(&w->lock);
}

int mbox_commit(struct mbox_writer *w, struct fault *f)
{
	if (w->held > 0 || w->quotes > 0) {
		put_held(w);
		w->at_line_start = false;
	}
	disk_out_put(&w->out, "\n\n", w->at_line_start ? 1 : 2);
	if (disk_out_flush(&w->out, f) < 0 || disk_sync(w->out.fd, w->path, f) < 0) {
		mbox_abort(w);
		return -1;
	}
	unlock(w);
	return 0;
}

void mbox_abort(struct mbox_writer *w)
{
	int ignored = w->out.fd >= 0 && w->before >= 0 ? ftruncate(w->out.fd, w->before) : 0;

	(void)ignored;
	unlock(w);
}
