/* SPDX-License-Identifier: ISC */
/*
 * migrate - letterbox import: mbox files become folders of a Maildir.
 *
 * All is done with the rights of the mailbox's owner, the reading too: whose files they are nobody has to think about.
 */
#include "migrate.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/printable.h"
#include "base/proc.h"
#include "settings.h"
#include "site.h"
#include "store/deliver.h"
#include "store/folders.h"
#include "store/import.h"
#include "store/mailbox.h"
#include "store/mboxread.h"
#include "store/subscriptions.h"

enum { DEPTH_MAX = 32 /* directories in each other */ };

struct options {
	const char *user, *folder;
	struct settings_options settings;
};

struct job {
	struct options options;
	struct arena arena;
	struct folders folders;
	bool failed;
	int code; /* of the first that failed */
};

static const struct opt migrate_opts[] = {
	{ .name = "-u",
	  .arg = "USER",
	  .kind = OPT_STRING,
	  .at = offsetof(struct options, user),
	  .help = "into this user's Maildir; only root can name another one" },
	{ .name = "-f",
	  .arg = "FOLDER",
	  .kind = OPT_STRING,
	  .at = offsetof(struct options, folder),
	  .help = "into this folder, INBOX if there is none; what is in a directory, below it" },
	SETTINGS_OPTS(struct options, settings),
	OPT_END,
};

/* ---- whose mailbox ---- */

static int find_owner(struct job *job, struct site *site, struct account *who, struct fault *f)
{
	const char *user = job->options.user;
	int rc = user ? users_find(&site->users, &job->arena, span_str(user), who, f)
		      : users_self(&site->users, &job->arena, who, f);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return fault_perm(f, 550, "5.1.1", "there is no user %s", user ? user : who->name);
	return proc_drop(who, f);
}

static int open_mailbox(struct job *job, const struct account *who, struct fault *f)
{
	struct mailbox inbox;
	const char *path;
	int kind = deliver_location(who->mail, &path, f);

	if (kind == 0)
		return fault_perm(f, 550, "5.3.5", "the mailbox of %s is no Maildir: %s", who->name, who->mail);
	if (kind < 0 || mailbox_open(&inbox, path, MAILBOX_CREATE, f) < 0)
		return -1;
	mailbox_close(&inbox);
	return folders_open(&job->folders, path, f);
}

/* ---- files ---- */

static void fail(struct job *job, const struct fault *f)
{
	int code = applet_fail(&migrate_page, f);

	if (!job->failed)
		job->code = code;
	job->failed = true;
}

/* A folder is made for what is an mbox only. */
static int check_mbox(const char *file, struct fault *f)
{
	struct mboxread r;

	if (mboxread_open(&r, file, f) < 0)
		return -1;
	mboxread_close(&r);
	return 0;
}

static int make_folder(struct job *job, const char *folder, char path[PATH_MAX], struct fault *f)
{
	struct span name = span_str(folder);
	int rc = folders_find(&job->folders, name, path, f);

	if (rc == 0 && folders_create(&job->folders, name, f) == 0 &&
	    subscriptions_set(&job->folders, name, true, f) == 0)
		rc = folders_find(&job->folders, name, path, f);
	return rc > 0 ? 0 : -1;
}

static void tell(const char *file, size_t n, const char *folder)
{
	struct buf text;

	buf_init(&text, 2 * PATH_MAX);
	printable_put(&text, span_str(file));
	buf_printf(&text, ": %zu message%s into ", n, n == 1 ? "" : "s");
	printable_put(&text, span_str(folder));
	puts(buf_str(&text));
	buf_clear(&text);
}

static void import_file(struct job *job, const char *file, const char *folder)
{
	char path[PATH_MAX];
	struct fault f;
	size_t n = 0;
	int rc = check_mbox(file, &f);

	if (rc == 0)
		rc = make_folder(job, folder, path, &f);
	if (rc == 0)
		rc = import_mbox(file, path, &n, &f);
	if (rc == 0) {
		tell(file, n, folder);
		return;
	}
	if (n)
		fault_temp(&f, f.reply, f.status, "%s, after %zu messages were imported into %s",
			   arena_str(&job->arena, f.text), n, folder);
	fail(job, &f);
}

static void import_path(struct job *job, const char *path, const char *folder, int depth);

/* Not those that begin with a dot, where programs keep what is theirs; in the order of their names. */
static void import_directory(struct job *job, const char *path, const char *folder, int depth)
{
	struct dirent **list;
	int n = scandir(path, &list, NULL, alphasort);
	struct fault f;

	if (n < 0) {
		fault_errno(&f, "cannot read %s", path);
		fail(job, &f);
		return;
	}
	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;

		if (name[0] != '.')
			import_path(job, arena_printf(&job->arena, "%s/%s", path, name),
				    folder ? arena_printf(&job->arena, "%s/%s", folder, name)
					   : arena_str(&job->arena, name),
				    depth + 1);
		free(list[i]);
	}
	free(list);
}

static void import_path(struct job *job, const char *path, const char *folder, int depth)
{
	struct stat st;
	struct fault f;

	if (stat(path, &st) < 0)
		fault_errno(&f, "cannot open %s", path);
	else if (S_ISREG(st.st_mode)) {
		import_file(job, path, folder ? folder : "INBOX");
		return;
	} else if (!S_ISDIR(st.st_mode))
		fault_perm(&f, 550, "5.3.5", "%s is neither a file nor a directory", path);
	else if (depth >= DEPTH_MAX)
		fault_perm(&f, 550, "5.3.5", "%s: more than %d directories in each other", path, DEPTH_MAX);
	else {
		import_directory(job, path, folder, depth);
		return;
	}
	fail(job, &f);
}

/* ---- the command ---- */

static int run(struct job *job, char **paths, int n, struct fault *f)
{
	static struct site site;
	struct account who;
	int rc;

	if (n == 0)
		return fault_usage(f, "which mbox files?");
	if (job->options.folder && folders_check_name(span_str(job->options.folder), f) < 0)
		return -1;
	rc = site_open(&site, &job->arena, &job->options.settings, f);
	if (rc == 0)
		rc = find_owner(job, &site, &who, f);
	if (rc == 0)
		rc = open_mailbox(job, &who, f);
	if (rc == 0) {
		for (int i = 0; i < n; i++)
			import_path(job, paths[i], job->options.folder, 0);
		folders_close(&job->folders);
	}
	site_close(&site);
	return rc;
}

static int migrate_run(int argc, char **argv)
{
	struct job job = { .code = EX_OK };
	struct fault f;
	int first, code, rc = applet_options(&migrate_page, &job.arena, argc, argv, OPT_PERMUTE, &job.options, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	code = run(&job, argv + first, argc - first, &f) < 0 ? applet_fail(&migrate_page, &f) : job.code;
	arena_clear(&job.arena);
	return code;
}

const struct applet migrate_page = {
	.name = "letterbox import",
	.summary = "put the messages of mbox files into folders of a Maildir",
	.synopsis = "[-u USER] [-f FOLDER] [-C FILE] [-o NAME=VALUE]... MBOX|DIR ...",
	.opts = migrate_opts,
	.run = migrate_run,
};
