/* SPDX-License-Identifier: ISC */
/*
 * passwd - letterbox passwd: set a password in the users file, or print what would be written there.
 *
 * The password is never an argument, as everybody can read those. The file is locked while it is changed, and
 * replaced as a whole: servers read the old one or the new one. All but the one field stays as it was.
 */
#include "passwd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include "applet.h"
#include "auth/scheme.h"
#include "auth/users.h"
#include "base/disk.h"
#include "queue/spool.h"
#include "settings.h"

enum { LINE_MAX_IN = DIGEST_PASSWORD_MAX + 2, MODE_MAX = 0640, MODE_NEW = 0600, MODE_SHARED = 0640 };

struct options {
	const char *scheme, *file;
	struct settings_options settings;
};

static const struct opt passwd_opts[] = {
	{ .name = "-s",
	  .arg = "SCHEME",
	  .kind = OPT_STRING,
	  .at = offsetof(struct options, scheme),
	  .help = "how to store it: CRYPT (the default), SCRAM-SHA-256, SHA512-CRYPT, ..." },
	{ .name = "-f",
	  .arg = "FILE",
	  .kind = OPT_STRING,
	  .at = offsetof(struct options, file),
	  .help = "the users file, instead of users_file" },
	SETTINGS_OPTS(struct options, settings),
	OPT_END,
};

/* ---- the password ---- */

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	interrupted = number;
}

/* Characters are read one by one, so that nothing of the next line is taken, and nothing is left in a buffer. */
static int read_line(int fd, char line[LINE_MAX_IN], size_t *n, struct fault *f)
{
	char c;

	for (*n = 0; *n < LINE_MAX_IN; (*n)++) {
		ssize_t got = read(fd, &c, 1);

		if (got < 0 && errno == EINTR && !interrupted) {
			(*n)--;
			continue;
		}
		if (got < 0)
			return fault_errno(f, "cannot read the password");
		if (got == 0 || c == '\n')
			return 0;
		line[*n] = c;
	}
	return fault_usage(f, "the password is longer than %d bytes", DIGEST_PASSWORD_MAX);
}

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

/* Whatever ends it, the terminal echoes again. */
static int ask(const char *prompt, char line[LINE_MAX_IN], size_t *n, struct fault *f)
{
	struct sigaction saved[SIGNALS], sa = { .sa_handler = on_signal };
	struct termios before, silent;
	int rc;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return fault_errno(f, "terminal");
	for (int i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &sa, &saved[i]);
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	fputs(prompt, stderr);
	rc = read_line(STDIN_FILENO, line, n, f);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	for (int i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &saved[i], NULL);
	if (interrupted)
		raise(interrupted);
	return rc;
}

static int ask_twice(char line[LINE_MAX_IN], size_t *n, struct fault *f)
{
	char again[LINE_MAX_IN];
	size_t m = 0;
	int rc = ask("New password: ", line, n, f);

	if (rc == 0)
		rc = ask("The same again: ", again, &m, f);
	if (rc == 0 && !span_is(span_of(line, *n), span_of(again, m)))
		rc = fault_usage(f, "the two are not the same");
	explicit_bzero(again, sizeof(again));
	return rc;
}

static int make_secret(const char *scheme, struct buf *secret, struct fault *f)
{
	char line[LINE_MAX_IN];
	size_t n = 0;
	int rc = isatty(STDIN_FILENO) ? ask_twice(line, &n, f) : read_line(STDIN_FILENO, line, &n, f);

	/* From a file that was made elsewhere. */
	if (rc == 0 && n && line[n - 1] == '\r')
		n--;
	if (rc == 0)
		rc = scheme_put(secret, scheme, span_of(line, n), f);
	explicit_bzero(line, sizeof(line));
	return rc;
}

/* ---- the file ---- */

static int check_name(struct span user, struct fault *f)
{
	if (user.n == 0 || user.n > USERS_NAME_MAX || user.p[0] == '#' || span_has_control(user) ||
	    span_find(user, ':') < user.n || span_find(user, '/') < user.n || span_find(user, ' ') < user.n)
		return fault_usage(f, "\"%.*s\" cannot be the name of a user", SPAN_ARG(user));
	return 0;
}

/* The content with one field changed, or a line added. */
static void put_changed(struct buf *out, struct span content, struct span user, struct span secret)
{
	bool found = false;

	while (content.n) {
		struct span line = span_cut(&content, '\n'), rest = line, key = span_cut(&rest, ':');

		if (!found && key.n < line.n && span_is(key, user)) {
			size_t old = span_find(rest, ':');

			buf_put(out, line.p, key.n + 1);
			buf_put_span(out, secret);
			if (old < rest.n)
				buf_put(out, rest.p + old, rest.n - old);
			found = true;
		} else {
			buf_put_span(out, line);
		}
		buf_put_char(out, '\n');
	}
	if (!found) {
		buf_put_span(out, user);
		buf_put_char(out, ':');
		buf_put_span(out, secret);
		buf_put_str(out, "::::::\n");
	}
}

/* Open and lock it. Who waited for the lock may hold the file that was replaced meanwhile, and tries again. */
static int open_locked(const char *path, struct stat *st, struct fault *f)
{
	for (;;) {
		struct stat now;
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, MODE_NEW);

		if (fd < 0)
			return fault_errno(f, "cannot open %s", path);
		if (disk_lock(fd, true, path, f) < 0) {
			close(fd);
			return -1;
		}
		if (fstat(fd, st) == 0 && stat(path, &now) == 0 && now.st_ino == st->st_ino && now.st_dev == st->st_dev)
			return fd;
		close(fd);
	}
}

static int replace(struct arena *a, const char *path, const struct stat *st, struct span user, struct span secret,
		   struct fault *f)
{
	char *directory = arena_str(a, path), *name = strrchr(directory, '/');
	mode_t mode = st->st_mode & MODE_MAX;
	struct span content;
	struct buf out;
	int dir, rc;

	*name++ = '\0';
	if (!S_ISREG(st->st_mode))
		return fault_perm(f, 0, "5.3.5", "%s is no regular file", path);
	if (disk_read_file(a, AT_FDCWD, path, USERS_FILE_MAX, &content, f) < 0)
		return -1;
	dir = disk_open_dir(AT_FDCWD, directory[0] ? directory : "/", f);
	if (dir < 0)
		return -1;
	buf_init(&out, USERS_FILE_MAX);
	put_changed(&out, content, user, secret);
	if (out.overflow)
		rc = fault_perm(f, 0, "5.3.4", "%s would be larger than %d bytes", path, USERS_FILE_MAX);
	else
		rc = disk_replace_as(dir, name, buf_span(&out), mode ? mode : MODE_NEW,
				     st->st_uid == geteuid() ? (uid_t)-1 : st->st_uid,
				     st->st_gid == getegid() ? (gid_t)-1 : st->st_gid, f);
	buf_wipe(&out);
	close(dir);
	return rc;
}

/*
 * A users file that root begins is for smtpd, too, which has given up root when it looks for recipients: so it has the
 * group of the spool's owner.
 */
static int share(const struct settings *settings, int fd, struct stat *st, struct fault *f)
{
	struct spool spool;

	if (st->st_size > 0 || geteuid() != 0)
		return 0;
	if (spool_open(&spool, settings->queue_directory, settings->mail_owner, f) < 0)
		return -1;
	st->st_gid = spool.group;
	st->st_mode = S_IFREG | MODE_SHARED;
	spool_close(&spool);
	return fchown(fd, (uid_t)-1, st->st_gid) < 0 ? fault_errno(f, "cannot change the group of the users file") : 0;
}

/* settings NULL: a file that is not known to be users_file. */
static int change_file(struct arena *a, const char *file, const struct settings *settings, struct span user,
		       struct span secret, struct fault *f)
{
	struct stat st = { 0 };
	char *real;
	int fd = open_locked(file, &st, f), rc;

	if (fd < 0)
		return -1;
	if (settings && share(settings, fd, &st, f) < 0) {
		close(fd);
		return -1;
	}
	/* What a link leads to is changed, and not the link. */
	real = realpath(file, NULL);
	rc = real ? replace(a, real, &st, user, secret, f) : fault_errno(f, "%s", file);
	free(real);
	close(fd);
	return rc;
}

static int run(struct arena *a, const struct options *o, const char *user, struct fault *f)
{
	struct settings settings;
	struct buf secret;
	const char *file = o->file;
	int rc;

	if (user && check_name(span_str(user), f) < 0)
		return -1;
	if (user && !file) {
		if (settings_load(&settings, a, &o->settings, f) < 0)
			return -1;
		file = settings.users_file;
		if (!file[0])
			return fault_usage(f, "there is no users_file: name one with -f, or use passwd(1)");
	}
	buf_init(&secret, SCHEME_SECRET_MAX);
	rc = make_secret(o->scheme ? o->scheme : scheme_names[0], &secret, f);
	if (rc == 0 && user)
		rc = change_file(a, file, o->file ? NULL : &settings, span_str(user), buf_span(&secret), f);
	else if (rc == 0)
		puts(buf_str(&secret));
	buf_wipe(&secret);
	return rc;
}

static int passwd_run(int argc, char **argv)
{
	struct options o = { .scheme = NULL };
	struct arena a = { 0 };
	struct fault f;
	int first, rc = applet_options(&passwd_page, &a, argc, argv, OPT_PERMUTE, &o, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	if (argc - first > 1)
		rc = fault_usage(&f, "there is one user at a time, and the password is no argument");
	else
		rc = run(&a, &o, first < argc ? argv[first] : NULL, &f);
	if (rc < 0)
		rc = applet_fail(&passwd_page, &f);
	arena_clear(&a);
	return rc;
}

const struct applet passwd_page = {
	.name = "letterbox passwd",
	.summary = "set a password in the users file, or print what would be written there",
	.synopsis = "[-s SCHEME] [-f FILE] [-C FILE] [-o NAME=VALUE]... [USER]",
	.opts = passwd_opts,
	.run = passwd_run,
};
