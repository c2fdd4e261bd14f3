/* SPDX-License-Identifier: ISC */
/*
 * page_files - attachments as files, and files that are not needed any more. All of them stand where their names say:
 * in the directory of the pages, and in attachments/NUMBER/ below it; nothing else is ever touched.
 */
#include "list/page_part.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "message/markup.h"

#define FOLDER	  "attachments"
#define TEMPORARY ".tmp"

/* Open FOLDER/NUMBER, or FOLDER with number 0, and make them if they are missing. */
static int open_folder(struct page_run *r, uint32_t number, bool make, struct fault *f)
{
	char path[32];

	snprintf(path, sizeof(path), number ? FOLDER "/%u" : FOLDER, (unsigned)number);
	if (make && mkdirat(r->dir, path, 0755) < 0 && errno != EEXIST)
		return fault_errno(f, "cannot make %s", path);
	return openat(r->dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* ---- one attachment ---- */

static int write_file(struct page_run *r, int folder, const struct mime_node *node, const char *name, struct fault *f)
{
	int fd, rc;

	unlinkat(folder, TEMPORARY, 0);
	fd = openat(folder, TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return fault_errno(f, "cannot create an attachment of the archive");
	rc = article_copy_file(&r->article, node, fd, name, f);
	if (rc == 0)
		rc = page_sync_file(r, fd, f);
	close(fd);
	if (rc == 0 && renameat(folder, TEMPORARY, folder, name) < 0)
		rc = fault_errno(f, "cannot give an attachment of the archive its name");
	if (rc < 0)
		unlinkat(folder, TEMPORARY, 0);
	else
		r->report.written++;
	return rc;
}

/* Attachments never change: one that is there is whole. */
static int keep_file(struct page_run *r, int folder, const struct mime_node *node, const char *name, off_t *size,
		     struct fault *f)
{
	struct stat st;

	if (r->anew || fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode)) {
		if (write_file(r, folder, node, name, f) < 0 || fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return -1;
	}
	*size = st.st_size;
	return 0;
}

static void put_size(struct buf *out, off_t size)
{
	if (size < 1024)
		buf_printf(out, "%d octets", (int)size);
	else if (size < 1024 * 1024)
		buf_printf(out, "%d KB", (int)((size + 1023) / 1024));
	else
		buf_printf(out, "%.1f MB", (double)size / (1024 * 1024));
}

/* What it is called, and what it is: never more than text. */
static void put_item(struct page_run *r, const struct archive_entry *e, const char *name, const char *shown,
		     const struct entity *entity, off_t size)
{
	struct buf *out = &r->out;
	const char *label = shown[0] ? shown : name;

	buf_printf(out, "<li><a href=\"" FOLDER "/%u/%s\" rel=\"nofollow\"><bdi>", (unsigned)e->number, name);
	prose_put_line(out, span_str(label), r->site.addresses);
	buf_put_str(out, "</bdi></a> <span>");
	markup_put_str(out, entity->type);
	buf_put_char(out, '/');
	markup_put_str(out, entity->subtype);
	buf_put_str(out, ", ");
	put_size(out, size);
	buf_put_str(out, "</span></li>\n");
}

static void put_picture(struct page_run *r, const struct archive_entry *e, const char *name, const char *shown)
{
	struct buf *out = &r->out;

	buf_printf(out,
		   "<figure><a href=\"" FOLDER "/%u/%s\" rel=\"nofollow\"><img loading=\"lazy\" src=\"" FOLDER
		   "/%u/%s\" alt=\"",
		   (unsigned)e->number, name, (unsigned)e->number, name);
	prose_put_line(out, span_str(shown[0] ? shown : "Attached picture"), r->site.addresses);
	buf_put_str(out, "\"></a></figure>\n");
}

/* ---- all of a message ---- */

struct file {
	const char *name, *shown;
	const struct mime_node *node;
};

static size_t find_files(struct page_run *r, struct file files[ARTICLE_FILES_MAX], size_t *more)
{
	size_t n = 0;

	*more = 0;
	for (const struct mime_node *node = article_next_file(&r->article, NULL); node;
	     node = article_next_file(&r->article, node)) {
		const struct entity *entity = &node->part.entity;
		struct buf name;

		if (n == ARTICLE_FILES_MAX) {
			++*more;
			continue;
		}
		files[n].node = node;
		files[n].shown = article_file_name(&r->article, node);
		buf_init(&name, 4096);
		webname_put_attachment(&name, (unsigned)n + 1, span_str(files[n].shown), entity->type, entity->subtype);
		files[n++].name = arena_str(&r->article.arena, buf_str(&name));
		buf_clear(&name);
	}
	return n;
}

static int put_files(struct page_run *r, const struct archive_entry *e, const struct file *files, size_t n, int folder,
		     struct fault *f)
{
	for (size_t i = 0; i < n; i++) {
		off_t size;

		if (keep_file(r, folder, files[i].node, files[i].name, &size, f) < 0)
			return -1;
		put_item(r, e, files[i].name, files[i].shown, &files[i].node->part.entity, size);
	}
	return 0;
}

int page_put_files(struct page_run *r, const struct archive_entry *e, struct fault *f)
{
	struct file *files = arena_alloc(&r->article.arena, ARTICLE_FILES_MAX * sizeof(*files));
	size_t more, n = find_files(r, files, &more);
	int above, folder, rc;

	if (n == 0)
		return 0;
	above = open_folder(r, 0, true, f);
	if (above >= 0)
		close(above);
	folder = above < 0 ? -1 : open_folder(r, e->number, true, f);
	if (folder < 0)
		return fault_errno(f, "cannot open %s/%u", FOLDER, (unsigned)e->number);
	buf_put_str(&r->out, "<section aria-labelledby=\"attachments\">\n<h2 id=\"attachments\">Attachments</h2>\n"
			     "<ul class=\"files\">\n");
	rc = put_files(r, e, files, n, folder, f);
	if (rc == 0 && r->report.written <= PAGE_SYNC_EACH)
		rc = disk_sync(folder, "the archive's attachments", f);
	close(folder);
	buf_put_str(&r->out, "</ul>\n");
	if (more > 0)
		buf_printf(&r->out, "<p class=\"note\">%zu more are not shown here.</p>\n", more);
	for (size_t i = 0; i < n; i++)
		if (webname_is_picture(span_str(files[i].name)))
			put_picture(r, e, files[i].name, files[i].shown);
	buf_put_str(&r->out, "</section>\n");
	return rc;
}

/* ---- what goes ---- */

typedef bool (*goes_fn)(const struct page_run *r, int dir, const char *name);

/* All files of a directory of which `goes` says so. */
static void clean(struct page_run *r, int fd, goes_fn goes)
{
	int copy = dup(fd);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *e;

	if (!d) {
		if (copy >= 0)
			close(copy);
		return;
	}
	rewinddir(d);
	while ((e = readdir(d)))
		if ((webname_is_valid(span_str(e->d_name)) || strcmp(e->d_name, TEMPORARY) == 0) &&
		    goes(r, fd, e->d_name) && unlinkat(fd, e->d_name, 0) == 0)
			r->report.removed++;
	closedir(d);
}

static bool always(const struct page_run *r, int dir, const char *name)
{
	(void)r;
	(void)dir;
	(void)name;
	return true;
}

/* Older than this run. */
static bool is_old(const struct page_run *r, int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	return st.st_mtim.tv_sec < r->began.tv_sec ||
	       (st.st_mtim.tv_sec == r->began.tv_sec && st.st_mtim.tv_nsec < r->began.tv_nsec);
}

static void clean_folder(struct page_run *r, uint32_t number, goes_fn goes)
{
	char path[32];
	int fd = open_folder(r, number, false, NULL);

	if (fd < 0)
		return;
	clean(r, fd, goes);
	close(fd);
	snprintf(path, sizeof(path), FOLDER "/%u", (unsigned)number);
	unlinkat(r->dir, path, AT_REMOVEDIR);
}

void page_remove_files(struct page_run *r, uint32_t number)
{
	clean_folder(r, number, always);
}

static void clean_folders(struct page_run *r, goes_fn goes)
{
	int fd = open_folder(r, 0, false, NULL);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	uint64_t number;

	if (!d)
		return;
	while ((e = readdir(d)))
		if (span_number(span_str(e->d_name), UINT32_MAX, &number) == 0 && number > 0)
			clean_folder(r, (uint32_t)number, goes);
	closedir(d);
	unlinkat(r->dir, FOLDER, AT_REMOVEDIR);
}

void page_sweep(struct page_run *r, bool all)
{
	clean(r, r->dir, all ? always : is_old);
	clean_folders(r, all ? always : is_old);
}
