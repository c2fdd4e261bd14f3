/* SPDX-License-Identifier: ISC */
/*
 * http_file - a file of the archive's pages as an answer.
 */
#include "list/http_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "list/webname.h"

enum { FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

/* Below the directory `dir`, which is closed. */
static int step(int dir, const char *name, int flags)
{
	int fd = dir < 0 ? -1 : openat(dir, name, flags);

	if (dir >= 0)
		close(dir);
	return fd;
}

static bool is_public(const struct list *l)
{
	return l->settings.archive && strcmp(l->settings.archive_access, "public") == 0;
}

static int open_file(const struct list *l, uint32_t number, const char *name)
{
	char folder[16];
	int dir = openat(l->dir, "html", FOLDER);

	if (number) {
		snprintf(folder, sizeof(folder), "%u", (unsigned)number);
		dir = step(step(dir, "attachments", FOLDER), folder, FOLDER);
	}
	return step(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

void http_file_open(const struct list *l, uint32_t number, struct span name, struct http_response *out)
{
	struct stat st;
	int fd;

	out->status = 404;
	if (!is_public(l) || !webname_is_valid(name))
		return;
	fd = open_file(l, number, arena_span(out->arena, name));
	if (fd < 0)
		return;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return;
	}
	out->status = 200;
	out->fd = fd;
	out->size = (uint64_t)st.st_size;
	out->modified = st.st_mtim.tv_sec;
	out->type = webname_type(name);
	out->is_foreign = number > 0;
	out->etag = arena_printf(out->arena, "\"%llx-%llx%09lx-%llx\"", (unsigned long long)st.st_ino,
				 (unsigned long long)st.st_mtim.tv_sec, (unsigned long)st.st_mtim.tv_nsec,
				 (unsigned long long)st.st_size);
}

bool http_file_has_pages(const struct list *l)
{
	int fd = is_public(l) ? open_file(l, 0, "index.html") : -1;

	if (fd < 0)
		return false;
	close(fd);
	return true;
}
