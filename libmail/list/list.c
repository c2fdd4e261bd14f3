/* SPDX-License-Identifier: ISC */
/*
 * list - the directory of a mailing list: its name, its config, its lock, its log.
 */
#include "list/list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/printable.h"
#include "list/members.h"
#include "list/token.h"
#include "message/address.h"
#include "message/date.h"
#include "message/idna.h"

enum { CONFIG_ROOM = 64 << 10 /* octets of a new list's config */ };

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_local(struct span s)
{
	if (s.n == 0 || s.n > LIST_NAME_MAX || !is_alnum(s.p[0]) || s.p[s.n - 1] == '.')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) &&
		    (!strchr("._-", s.p[i]) || s.p[i] == '\0' || (s.p[i] == '.' && s.p[i - 1] == '.')))
			return false;
	return true;
}

static bool is_domain(struct span s)
{
	if (s.n == 0 || s.n > IDNA_DOMAIN_MAX || !is_alnum(s.p[0]) || s.p[s.n - 1] == '.')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '-' && (s.p[i] != '.' || s.p[i - 1] == '.'))
			return false;
	return true;
}

bool list_is_name(struct span name)
{
	size_t at = span_find(name, '@');

	if (!is_local(span_of(name.p, at)))
		return false;
	return at == name.n || (name.n <= LIST_ADDRESS_MAX && is_domain(span_from(name, at + 1)));
}

static char *to_lower(struct arena *a, struct span s)
{
	char *z = arena_span(a, s);

	for (size_t i = 0; i < s.n; i++)
		if (z[i] >= 'A' && z[i] <= 'Z')
			z[i] = (char)(z[i] - 'A' + 'a');
	return z;
}

const char *list_name_of(struct arena *a, struct span written)
{
	size_t at = span_find(written, '@');
	struct span domain = span_from(written, at + 1);
	const char *name = NULL, *ascii;

	if (written.n == 0 || written.n > LIST_ADDRESS_MAX || span_has_control(written))
		return NULL;
	if (at == written.n) {
		name = to_lower(a, written);
	} else {
		if (domain.n && domain.p[domain.n - 1] == '.')
			domain.n--;
		ascii = idna_to_ascii(a, domain);
		if (ascii)
			name = to_lower(a, span_str(arena_printf(a, "%.*s@%s", (int)at, written.p, ascii)));
	}
	return name && list_is_name(span_str(name)) ? name : NULL;
}

int list_exists(const struct list_places *p, const char *name, struct fault *f)
{
	struct arena a = { 0 };
	struct stat st;
	int rc, error;

	if (!list_is_name(span_str(name)))
		return 0;
	rc = stat(arena_printf(&a, "%s/%s/config", p->directory, name), &st);
	error = errno;
	arena_clear(&a);
	if (rc == 0)
		return S_ISREG(st.st_mode);
	if (error == ENOENT || error == ENOTDIR)
		return 0;
	errno = error;
	fault_errno(f, "cannot look for the list %s in %s", name, p->directory);
	errno = error;
	return -1;
}

/* "+" where addresses may have it, as it cannot be part of a list's name. */
static char find_delimiter(const char *delimiters)
{
	if (!delimiters || !delimiters[0] || strchr(delimiters, '+'))
		return '+';
	return delimiters[0];
}

static const char *usual_address(const struct list_places *p, struct arena *a, const char *name)
{
	return strchr(name, '@') ? arena_str(a, name)
				 : to_lower(a, span_str(arena_printf(a, "%s@%s", name, p->origin)));
}

/* Where `listmgr http` has its pages, if it may. NULL: nowhere. */
static const char *usual_archive_url(const struct list_places *p, struct arena *a, const char *name, struct config *c)
{
	size_t n = p->http_url ? strlen(p->http_url) : 0;

	if (n == 0 || strcmp(config_text(c, "archive_access"), "public") != 0 ||
	    strcmp(config_text(c, "list_http"), "yes") != 0)
		return NULL;
	return arena_printf(a, "%s%s%s/archive/", p->http_url, p->http_url[n - 1] == '/' ? "" : "/", name);
}

static int read_settings(struct arena *a, const struct list_places *p, const char *name, const char *path,
			 struct config *c, struct list_settings *out, struct fault *f)
{
	size_t n;
	const struct config_param *table = list_settings_table(&n);
	const char *archive_url;
	struct fault why;

	config_init(c, a, table, n);
	if (config_read(c, path, true, f) < 0)
		return -1;
	config_suppose(c, "address", usual_address(p, a, name), "its name");
	archive_url = usual_archive_url(p, a, name, c);
	if (archive_url)
		config_suppose(c, "archive_url", archive_url, "list_http_url");
	if (config_finish(c, out, f) < 0)
		return -1;
	return list_settings_check(out, &why) < 0 ? fault_perm(f, 0, "5.3.5", "%s: %s", path, why.text) : 0;
}

int list_read_settings(struct arena *a, const struct list_places *p, const char *name, const char *path,
		       struct list_settings *out, struct fault *f)
{
	struct config c;

	return read_settings(a, p, name, path, &c, out, f);
}

static int read_config(struct list *l, const struct list_places *p, struct config *c, struct fault *f)
{
	const char *path = arena_printf(&l->arena, "%s/config", l->path);

	if (read_settings(&l->arena, p, l->name, path, c, &l->settings, f) < 0)
		return -1;
	address_split(span_str(to_lower(&l->arena, span_str(l->settings.address))), &l->local, &l->domain);
	l->delimiter = find_delimiter(p->delimiters);
	return 0;
}

static int no_such_list(const char *name, struct fault *f)
{
	return fault_perm(f, 550, "5.1.1", "there is no list %s", name);
}

int list_open_config(struct list *l, const struct list_places *p, const char *name, struct config *c, struct fault *f)
{
	int exists;

	*l = (struct list){ .dir = -1, .lock = -1 };
	if (!list_is_name(span_str(name)))
		return fault_perm(f, 550, "5.1.1", "\"%.60s\" is no name of a list", name);
	exists = list_exists(p, name, f);
	if (exists <= 0)
		return exists < 0 ? -1 : no_such_list(name, f);
	l->name = arena_str(&l->arena, name);
	l->path = arena_printf(&l->arena, "%s/%s", p->directory, name);
	l->dir = disk_open_dir(AT_FDCWD, l->path, f);
	if (l->dir >= 0 && read_config(l, p, c, f) == 0)
		return 0;
	list_close(l);
	return -1;
}

int list_open(struct list *l, const struct list_places *p, const char *name, struct fault *f)
{
	struct config c;

	return list_open_config(l, p, name, &c, f);
}

void list_close(struct list *l)
{
	if (l->lock >= 0)
		close(l->lock);
	if (l->dir >= 0)
		close(l->dir);
	arena_wipe(&l->arena);
	*l = (struct list){ .dir = -1, .lock = -1 };
}

static int take_lock(int dir, const char *path, struct fault *f)
{
	int fd = openat(dir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return fault_errno(f, "cannot open %s/lock", path);
	if (disk_lock(fd, true, path, f) == 0)
		return fd;
	close(fd);
	return -1;
}

int list_lock(struct list *l, struct fault *f)
{
	if (l->locked == 0) {
		l->lock = take_lock(l->dir, l->path, f);
		if (l->lock < 0)
			return -1;
	}
	l->locked++;
	return 0;
}

void list_unlock(struct list *l)
{
	if (l->locked == 0 || --l->locked > 0)
		return;
	close(l->lock);
	l->lock = -1;
}

int list_log(struct list *l, const char *format, ...)
{
	char text[LIST_LOG_LINE_MAX];
	struct buf line;
	va_list args;
	int n, fd, rc;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_init(&line, 8 * LIST_LOG_LINE_MAX);
	date_put_rfc3339(&line, clock_wall());
	buf_put_char(&line, ' ');
	printable_put(&line, span_str(text));
	buf_put_str(&line, n >= (int)sizeof(text) ? " ...\n" : "\n");
	fd = openat(l->dir, "log", O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	rc = fd < 0 ? -1 : disk_write(fd, line.p, line.n, "log", NULL);
	if (fd >= 0)
		close(fd);
	buf_clear(&line);
	return rc;
}

/* A value that comes back as it was: "$" is the file's own. */
static void put_assignment(struct buf *out, const char *name, struct span value)
{
	buf_printf(out, "%s = ", name);
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '$')
			buf_put_char(out, '$');
		buf_put_char(out, value.p[i]);
	}
	buf_put_char(out, '\n');
}

static bool assigns_address(const struct list_terms *t)
{
	for (size_t i = 0; i < t->nassignments; i++) {
		struct span rest = span_str(t->assignments[i]);

		if (span_is(span_trim(span_cut(&rest, '=')), SPAN("address")))
			return true;
	}
	return false;
}

static int put_config(struct buf *out, const char *address, const struct list_terms *t, struct fault *f)
{
	buf_put_str(out, "# A list of letterbox: see listmgr.conf(5).\n");
	if (!assigns_address(t))
		put_assignment(out, "address", span_str(address));
	if (t->description)
		put_assignment(out, "description", span_str(t->description));
	for (size_t i = 0; i < t->nassignments; i++) {
		struct span rest = span_str(t->assignments[i]), name = span_trim(span_cut(&rest, '='));

		buf_printf(out, "%.*s = %.*s\n", SPAN_ARG(name), SPAN_ARG(span_trim(rest)));
	}
	return out->overflow ? fault_perm(f, 0, "5.3.5", "the parameters are too long") : 0;
}

/* Before anything is made: would the config be read? */
static int check_config(const char *address, const struct list_terms *t, struct fault *f)
{
	struct arena a = { 0 };
	struct config c;
	struct list_settings s;
	size_t n;
	const struct config_param *table = list_settings_table(&n);
	int rc;

	config_init(&c, &a, table, n);
	config_suppose(&c, "address", address, "its name");
	rc = t->description && span_has_control(span_str(t->description))
		     ? fault_usage(f, "the description is not one line")
		     : 0;
	for (size_t i = 0; i < t->nassignments && rc == 0; i++)
		rc = config_set(&c, t->assignments[i], "the command line", f);
	if (rc == 0)
		rc = config_finish(&c, &s, f);
	if (rc == 0)
		rc = list_settings_check(&s, f);
	/* It is not in a file. */
	if (rc < 0)
		f->kind = FAULT_USAGE;
	arena_clear(&a);
	return rc;
}

static int write_key(int dir, const char *path, struct fault *f)
{
	struct buf key;
	struct stat st;
	int rc;

	/* One that was begun: nothing was signed with its key, but nothing is wrong with it, either. */
	if (fstatat(dir, "key", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		return 0;
	buf_init(&key, 2 * TOKEN_KEY + 1);
	buf_room(&key, 2 * TOKEN_KEY + 1);
	token_key_put(&key);
	rc = disk_replace(dir, "key", buf_span(&key), 0600, f);
	buf_wipe(&key);
	(void)path;
	return rc;
}

static int write_owners(int dir, const struct list_terms *t, struct fault *f)
{
	struct buf out;
	int rc;

	buf_init(&out, CONFIG_ROOM);
	for (size_t i = 0; i < t->nowners; i++)
		member_put(&out, &(struct member){ .address = span_str(t->owners[i]) });
	rc = out.overflow ? fault_perm(f, 0, "5.3.5", "there are too many owners")
			  : disk_replace(dir, "owners", buf_span(&out), 0600, f);
	buf_clear(&out);
	return rc;
}

/* The lock is ours. The config is last: without it there is no list. */
static int fill(int dir, const char *path, const char *address, const struct list_terms *t, struct fault *f)
{
	struct stat st;
	struct buf out;
	int rc;

	if (fstatat(dir, "config", &st, AT_SYMLINK_NOFOLLOW) == 0)
		return fault_perm(f, 0, "5.3.0", "there is a list in %s already", path);
	buf_init(&out, CONFIG_ROOM);
	rc = put_config(&out, address, t, f);
	if (rc == 0 && (write_key(dir, path, f) < 0 || write_owners(dir, t, f) < 0))
		rc = -1;
	if (rc == 0)
		rc = disk_replace(dir, "config", buf_span(&out), 0600, f);
	buf_clear(&out);
	return rc;
}

static int check_terms(const char *name, const char *address, const struct list_terms *t, struct fault *f)
{
	struct arena a = { 0 };
	int rc = 0;

	if (!list_is_name(span_str(name)))
		rc = fault_usage(
			f, "\"%.60s\" is no name of a list: small letters, digits, \".\", \"_\" and \"-\", at most %d",
			name, LIST_NAME_MAX);
	else if (t->nowners == 0)
		rc = fault_usage(f, "a list has an owner: who is told when something is wrong");
	for (size_t i = 0; i < t->nowners && rc == 0; i++)
		if (!member_identity(&a, span_str(t->owners[i])))
			rc = fault_usage(f, "\"%.100s\" is no address", t->owners[i]);
	arena_clear(&a);
	return rc == 0 ? check_config(address, t, f) : -1;
}

int list_create(const struct list_places *p, const char *name, const struct list_terms *t, struct fault *f)
{
	struct arena a = { 0 };
	const char *path = arena_printf(&a, "%s/%s", p->directory, name);
	const char *address = t->address ? t->address : usual_address(p, &a, name);
	int dir = -1, lock = -1, rc = check_terms(name, address, t, f);

	if (rc == 0)
		rc = disk_make_dirs(path, 0700, f);
	if (rc == 0 && (dir = disk_open_dir(AT_FDCWD, path, f)) < 0)
		rc = -1;
	if (rc == 0 && (lock = take_lock(dir, path, f)) < 0)
		rc = -1;
	if (rc == 0)
		rc = fill(dir, path, address, t, f);
	if (lock >= 0)
		close(lock);
	if (dir >= 0)
		close(dir);
	arena_clear(&a);
	return rc;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int read_names(struct list_walk *w, DIR *d, struct fault *f)
{
	const struct dirent *e;
	size_t room = 0;
	int there;

	while ((e = readdir(d))) {
		if (!list_is_name(span_str(e->d_name)))
			continue;
		there = list_exists(w->places, e->d_name, f);
		if (there < 0)
			return -1;
		if (there == 0)
			continue;
		if (w->n == LIST_COUNT_MAX)
			return fault_temp(f, 0, "4.3.5", "%s: there are more than %d lists", w->places->directory,
					  LIST_COUNT_MAX);
		if (w->n == room) {
			const char **more = arena_alloc(w->arena, (room = room ? 2 * room : 64) * sizeof(*more));

			if (w->n)
				memcpy(more, w->names, w->n * sizeof(*more));
			w->names = more;
		}
		w->names[w->n++] = arena_str(w->arena, e->d_name);
	}
	return 0;
}

static int fill_walk(struct list_walk *w, struct fault *f)
{
	DIR *d = opendir(w->places->directory);
	int rc;

	if (!d)
		return errno == ENOENT ? 0 : fault_errno(f, "cannot read %s", w->places->directory);
	rc = read_names(w, d, f);
	closedir(d);
	if (w->n)
		qsort(w->names, w->n, sizeof(*w->names), compare_names);
	return rc;
}

int list_next(struct list_walk *w, const char **name, struct fault *f)
{
	if (!w->read && fill_walk(w, f) < 0)
		return -1;
	w->read = true;
	if (w->at == w->n)
		return 0;
	*name = w->names[w->at++];
	return 1;
}

int list_any(const struct list_places *p, struct fault *f)
{
	DIR *d = opendir(p->directory);
	const struct dirent *e;
	int rc = 0;

	if (!d)
		return errno == ENOENT ? 0 : fault_errno(f, "cannot read %s", p->directory);
	while (rc == 0 && (e = readdir(d)))
		rc = list_exists(p, e->d_name, f);
	closedir(d);
	return rc;
}

static bool is_text_name(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!is_alnum(*c) && *c != '-')
			return false;
	return name[0] != '\0';
}

int list_text(struct list *l, struct arena *a, const char *name, struct span *out, struct fault *f)
{
	char path[64];

	if (!is_text_name(name) || strlen(name) > sizeof(path) - sizeof("texts/"))
		return fault_bug(f, "\"%.60s\" is no name of a text", name);
	snprintf(path, sizeof(path), "texts/%s", name);
	if (disk_read_file(a, l->dir, path, LIST_TEXT_MAX, out, f) == 0)
		return 1;
	return errno == ENOENT ? 0 : -1;
}

const char *list_address(const struct list *l, struct arena *a, const char *word)
{
	if (!word || !word[0])
		return arena_printf(a, "%.*s@%.*s", SPAN_ARG(l->local), SPAN_ARG(l->domain));
	return arena_printf(a, "%.*s%c%s@%.*s", SPAN_ARG(l->local), l->delimiter, word, SPAN_ARG(l->domain));
}

const char *list_id(const struct list *l, struct arena *a)
{
	return arena_printf(a, "%.*s.%.*s", SPAN_ARG(l->local), SPAN_ARG(l->domain));
}
