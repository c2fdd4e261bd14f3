/* SPDX-License-Identifier: ISC */
/*
 * page - the archive of a list as pages for browsers.
 *
 * A run compares for each page the sum of what it would be made of with the one that is recorded, and writes those that
 * differ: messages first, then what leads to them. Records are appended when all is on the disk, so a run that did not
 * come to its end is done again, as far as it matters, by the next.
 */
#include "list/page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checksum.h"
#include "base/disk.h"
#include "base/map.h"
#include "list/page_part.h"

#define TEMPORARY ".tmp"

enum { GENERATION = 1 /* pages look different from now on: one more, and all are written anew */ };

/* ---- files ---- */

/* What a run that was killed has left may be another name of a page, so it is never written to. */
static int make_temporary(struct page_run *r, struct fault *f)
{
	int fd;

	unlinkat(r->dir, TEMPORARY, 0);
	fd = openat(r->dir, TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	return fd < 0 ? fault_errno(f, "cannot create a page of the archive") : fd;
}

int page_sync_file(struct page_run *r, int fd, struct fault *f)
{
	return r->report.written < PAGE_SYNC_EACH ? disk_sync_ahead(fd, "a page of the archive", f) : 0;
}

/* All is on the disk behind it. */
static int sync_all(struct page_run *r, struct fault *f)
{
	if (r->report.written == 0)
		return 0;
	if (r->report.written <= PAGE_SYNC_EACH)
		return disk_sync(r->dir, "the archive's pages", f);
	return syncfs(r->dir) < 0 ? fault_errno(f, "cannot sync the archive's pages") : 0;
}

static int write_temporary(struct page_run *r, struct fault *f)
{
	int fd = make_temporary(r, f), rc;

	if (fd < 0)
		return -1;
	rc = disk_write(fd, r->out.p, r->out.n, "a page of the archive", f);
	if (rc == 0)
		rc = page_sync_file(r, fd, f);
	close(fd);
	return rc;
}

static int name_temporary(struct page_run *r, const char *name, struct fault *f)
{
	if (renameat(r->dir, TEMPORARY, r->dir, name) < 0)
		return fault_errno(f, "cannot give %s its name", name);
	r->report.written++;
	return 0;
}

int page_write(struct page_run *r, const char *name, struct fault *f)
{
	if (r->out.overflow)
		return fault_perm(f, 552, "5.3.4", "%s would have more than %d octets", name, PAGE_OUT_MAX);
	return write_temporary(r, f) < 0 ? -1 : name_temporary(r, name, f);
}

int page_link(struct page_run *r, const char *name, const char *other, struct fault *f)
{
	unlinkat(r->dir, TEMPORARY, 0);
	if (linkat(r->dir, name, r->dir, TEMPORARY, 0) == 0)
		return name_temporary(r, other, f);
	/* A file system without links has the page twice. */
	return page_write(r, other, f);
}

int page_write_changed(struct page_run *r, const char *name, struct fault *f)
{
	struct arena a = { 0 };
	struct span old;
	bool same = !r->anew && disk_read_file(&a, r->dir, name, PAGE_OUT_MAX, &old, NULL) == 0 &&
		    span_is(old, buf_span(&r->out));

	arena_clear(&a);
	return same ? 0 : page_write(r, name, f);
}

void page_remove(struct page_run *r, const char *name)
{
	if (unlinkat(r->dir, name, 0) == 0)
		r->report.removed++;
}

/* What is older than this was not written in this run. */
static int look_at_clock(struct page_run *r, struct fault *f)
{
	int fd = make_temporary(r, f), rc;
	struct stat st;

	if (fd < 0)
		return -1;
	rc = fstat(fd, &st) < 0 ? fault_errno(f, "cannot write the archive's pages") : 0;
	if (rc == 0)
		r->began = st.st_mtim;
	close(fd);
	return rc;
}

/* ---- what is there no more ---- */

static void remove_thread(struct page_run *r, struct archive_entry *e)
{
	char name[32];

	snprintf(name, sizeof(name), "thread-%u.html", (unsigned)e->number);
	page_remove(r, name);
	archive_note_thread(&r->archive, e, 0);
}

/* `named`: permanent names that are in use. A message with the same id may have taken over this one's. */
static void remove_message(struct page_run *r, struct archive_entry *e, const struct map *named)
{
	char name[WEBNAME_MAX];

	snprintf(name, sizeof(name), "%.*s.html", SPAN_ARG(e->hash));
	if (e->hash.n > 0 && !map_find(named, e->hash))
		page_remove(r, name);
	snprintf(name, sizeof(name), "%u.html", (unsigned)e->number);
	page_remove(r, name);
	page_remove_files(r, e->number);
	archive_note_gone(&r->archive, e);
}

static void remove_month(struct page_run *r, int key)
{
	static const struct {
		const char *front, *back;
	} names[] = { { "", ".html" }, { "", "-date.html" }, { "", "-author.html" }, { "sitemap-", ".xml" } };
	char name[WEBNAME_MAX];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s%04d-%02d%s", names[i].front, key / 12, key % 12 + 1, names[i].back);
		page_remove(r, name);
	}
	archive_note_month(&r->archive, key, 0);
}

static bool has_month(const struct archive *a, int key)
{
	for (size_t i = 0; i < a->nmonths; i++)
		if (a->months[i].key == key)
			return true;
	return false;
}

static void remove_messages(struct page_run *r)
{
	struct archive *a = &r->archive;
	struct arena arena = { 0 };
	struct map named;

	map_init(&named, &arena);
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].has_permalink)
			map_add(&named, a->v[i].hash, &a->v[i]);
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].leaves)
			remove_message(r, &a->v[i], &named);
	arena_clear(&arena);
}

static bool has_leaving(const struct archive *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].leaves)
			return true;
	return false;
}

/* Behind all else, so that nothing leads to them. */
static void remove_rest(struct page_run *r)
{
	struct archive *a = &r->archive;

	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].thread_sum && (a->v[i].is_gone || a->v[i].thread_count < 2))
			remove_thread(r, &a->v[i]);
	if (has_leaving(a))
		remove_messages(r);
	for (size_t i = 0; i < a->nknown; i++)
		if (a->known[i].sum && !has_month(a, a->known[i].key))
			remove_month(r, a->known[i].key);
	if (r->anew)
		page_sweep(r, false);
}

/* ---- a run ---- */

/* Those that have no page yet, or the others: one that is new comes before its neighbours, which lead to it. */
static int write_messages(struct page_run *r, bool first_time, struct fault *f)
{
	struct archive *a = &r->archive;

	for (size_t i = 0; i < a->n; i++) {
		uint64_t sum;

		if (a->v[i].is_gone || (a->v[i].page_sum == 0) != first_time)
			continue;
		sum = page_message_sum(r, &a->v[i]);
		if (sum == a->v[i].page_sum)
			continue;
		if (page_message(r, &a->v[i], f) < 0)
			return -1;
		archive_note_page(a, &a->v[i], sum);
	}
	return 0;
}

static int write_threads(struct page_run *r, struct fault *f)
{
	struct archive *a = &r->archive;

	for (size_t i = 0; i < a->nthreads; i++) {
		struct archive_entry *first = &a->v[a->threads[i]];
		uint64_t sum;

		if (first->thread_count < 2)
			continue;
		sum = page_thread_sum(r, first);
		if (sum == first->thread_sum)
			continue;
		if (page_thread(r, first, f) < 0)
			return -1;
		archive_note_thread(a, first, sum);
	}
	return 0;
}

static int write_months(struct page_run *r, struct fault *f)
{
	struct archive *a = &r->archive;

	for (size_t i = 0; i < a->nmonths; i++) {
		uint64_t sum = page_month_sum(r, &a->months[i]);

		if (sum == archive_month_sum(a, a->months[i].key))
			continue;
		if (page_month(r, i, f) < 0 || page_sitemap_month(r, i, f) < 0)
			return -1;
		archive_note_month(a, a->months[i].key, sum);
	}
	return 0;
}

static int write_style(struct page_run *r, struct fault *f)
{
	buf_reset(&r->out);
	page_put_style(&r->out);
	return page_write_changed(r, "style.css", f);
}

static int write_all(struct page_run *r, struct fault *f)
{
	if (write_style(r, f) < 0 || write_messages(r, true, f) < 0 || write_messages(r, false, f) < 0 ||
	    write_threads(r, f) < 0 || write_months(r, f) < 0 || page_front(r, f) < 0 || page_feed(r, f) < 0 ||
	    page_sitemap(r, f) < 0)
		return -1;
	remove_rest(r);
	if (sync_all(r, f) < 0)
		return -1;
	return archive_save(&r->archive, r->dir, f);
}

/* ---- the list ---- */

static const char *base_of(struct arena *a, const char *url)
{
	size_t n = strlen(url);

	return n == 0 || url[n - 1] == '/' ? arena_str(a, url) : arena_printf(a, "%s/", url);
}

static void describe(struct page_site *site, struct list *l, const struct page_options *o, struct arena *a)
{
	const struct list_settings *s = &l->settings;

	*site = (struct page_site){
		.title = arena_span(a, l->local),
		.address = list_address(l, a, NULL),
		.description = s->description,
		.language = s->language,
		.subscribe = list_address(l, a, "subscribe"),
		.unsubscribe = list_address(l, a, "unsubscribe"),
		.help = list_address(l, a, "help"),
		.base_url = base_of(a, o->base_url ? o->base_url : s->archive_url),
		.robots = s->archive_robots,
		.addresses = strcmp(s->archive_addresses, "hidden") == 0  ? PROSE_HIDDEN
			     : strcmp(s->archive_addresses, "shown") == 0 ? PROSE_SHOWN
									  : PROSE_AT,
	};
}

/* Of what every page depends on. */
static uint64_t sum_site(const struct page_site *site, const char *prefix)
{
	const char *const texts[] = {
		site->title,	   site->address, site->description, site->language, site->subscribe,
		site->unsubscribe, site->help,	  site->base_url,    prefix,	     site->robots ? "robots" : ""
	};
	uint64_t sum = GENERATION + 16 * (uint64_t)site->addresses;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		sum = checksum_add(sum, texts[i], strlen(texts[i]) + 1);
	return sum;
}

static bool is_public(const struct list *l)
{
	return l->settings.archive && strcmp(l->settings.archive_access, "public") == 0;
}

static int open_output(struct page_run *r, struct list *l, const struct page_options *o, bool make, struct fault *f)
{
	if (o->output) {
		if (make && disk_make_dirs(o->output, 0755, f) < 0)
			return -1;
		r->dir = open(o->output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		return r->dir < 0 ? fault_errno(f, "cannot open %s", o->output) : 0;
	}
	if (make && mkdirat(l->dir, "html", 0755) < 0 && errno != EEXIST)
		return fault_errno(f, "cannot make %s/html", l->path);
	r->dir = openat(l->dir, "html", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return r->dir < 0 ? fault_errno(f, "cannot open %s/html", l->path) : 0;
}

static int open_box(struct page_run *r, const struct list *l, struct fault *f)
{
	const char *path = arena_printf(&r->arena, "%s/archive", l->path);

	return mailbox_open(&r->box, path, MAILBOX_CREATE | MAILBOX_MOVE_NEW, f);
}

static int build(struct page_run *r, struct list *l, const struct page_options *o, struct fault *f)
{
	struct archive_rules rules = { .prefix = l->settings.subject_prefix };
	struct arena *a = &l->arena;
	int rc;

	describe(&r->site, l, o, a);
	rules.addresses = r->site.addresses;
	if (archive_open(&r->archive, r->dir, sum_site(&r->site, rules.prefix), o->rebuild, f) < 0) {
		archive_close(&r->archive);
		return -1;
	}
	r->anew = r->archive.is_anew;
	rc = look_at_clock(r, f) < 0 || open_box(r, l, f) < 0 ? -1 : 0;
	if (rc == 0) {
		rc = archive_sync(&r->archive, &r->box, &rules, f);
		if (rc == 0) {
			archive_arrange(&r->archive);
			rc = write_all(r, f);
		}
		mailbox_close(&r->box);
	}
	unlinkat(r->dir, TEMPORARY, 0);
	r->report.messages = r->archive.n;
	archive_close(&r->archive);
	return rc;
}

/* Nobody shall read it: what there is goes. */
static int remove_all(struct page_run *r, struct fault *f)
{
	page_sweep(r, true);
	if (unlinkat(r->dir, ARCHIVE_FILE, 0) < 0 && errno != ENOENT)
		return fault_errno(f, "cannot remove %s", ARCHIVE_FILE);
	return 0;
}

int page_build(struct list *l, const struct page_options *o, struct page_report *out, struct fault *f)
{
	struct page_run r = { .dir = -1 };
	bool publish = is_public(l);
	int rc;

	buf_init(&r.out, PAGE_OUT_MAX);
	buf_init(&r.text, (size_t)2 * ARTICLE_TEXT_MAX);
	rc = open_output(&r, l, o, publish, f);
	if (rc == 0)
		rc = publish ? build(&r, l, o, f) : remove_all(&r, f);
	else if (!publish && errno == ENOENT)
		rc = 0;
	if (r.dir >= 0)
		close(r.dir);
	article_clear(&r.article);
	buf_clear(&r.out);
	buf_clear(&r.text);
	arena_clear(&r.arena);
	if (out)
		*out = r.report;
	return rc;
}

int page_update(struct list *l, struct fault *f)
{
	return page_build(l, &(struct page_options){ 0 }, NULL, f);
}
