/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_AUTH_USERS_H
#define LIBMAIL_AUTH_USERS_H

/*
 * users - who has a mailbox here: system accounts, or a users file.
 *
 * The users file is Dovecot's passwd-file: user:{SCHEME}hash:uid:gid:gecos:home:shell:extra,
 * "#" comments, fields at the end may be missing. Empty uid or gid: users.uid and users.gid. Numeric or named ids. Of
 * the extra fields userdb_mail=LOCATION replaces mail_location, userdb_quota_rule=RULE quota_rule; nologin and
 * allow_nets=NETWORKS say who may log in; all can be asked for. It is looked at in
 * place (no index to rebuild) and read again when it changed; see base/textmap.h.
 */

#include "base/account.h"
#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "base/textmap.h"

enum { USERS_FILE_MAX = 64 << 20, USERS_NAME_MAX = 1000 /* octets: a whole address */ };

struct users {
	uid_t uid; /* of accounts that name none: this process's, unless the caller knows better */
	gid_t gid;
	const char *path;	   /* NULL: system accounts */
	const char *mail_location; /* the template for account.mail */
	const char *quota_rule;	   /* for accounts that have none of their own; NULL, unless the caller sets it */
	bool quota_full_tempfail;
	struct textmap file;
};

/* path NULL or "" means system accounts. The strings must outlive it. */
void users_init(struct users *u, const char *path, const char *mail_location);
void users_clear(struct users *u);

/*
 * Read the users file if that is still to be done or it changed, for a process that is about
 * to give up the right to. A missing users file is a fault.
 */
int users_load(struct users *u, struct fault *f);

/*
 * Find "name": exactly, then in lower case. 1 found, 0 no such account, -1 cannot
 * be known now (temporary). *out lives in the arena. Names are keys only: one with "/", a control byte or
 * more than USERS_NAME_MAX octets is never found; for system accounts neither is one with "@" or
 * ":", without asking the system.
 *
 * The empty name stands for the administrator, who gets postmaster's mail when nobody else does: root, or
 * the first account in the users file.
 */
int users_find(struct users *u, struct arena *a, struct span name, struct account *out, struct fault *f);

/*
 * Every account of the users file, in its order; of the system's only users_find()'s first, which stands for the
 * others: 1; 0 at the end; -1 for one that is not as it should be, and the call may be repeated for what follows. Begin
 * with a zeroed walk, after users_load().
 */
struct users_walk {
	struct textmap_walk file;
	size_t line;	/* of this one in the users file */
	bool is_behind; /* the system's first */
};

int users_next(struct users *u, struct users_walk *walk, struct arena *a, struct account *out, struct fault *f);

/* How somebody proves to be the account. The strings live in the arena, and are secret. */
struct users_login {
	const char *name;    /* as the account is spelled */
	struct span secret;  /* the stored password, see scheme.h */
	struct span extra;   /* the extra fields of the users file */
	const char *refused; /* the account is there, but nobody may log in: "expired" */
};

/*
 * Find how "name" logs in, by the rules of users_find() but for the empty name, which is nobody: 1, 0, -1. With
 * system accounts this is shadow(5), and its dates; a process that may not read it gets a temporary fault.
 */
int users_find_login(struct users *u, struct arena *a, struct span name, struct users_login *out, struct fault *f);

/* An extra field, "nologin" or "host=mx1": true if it is there; *value is what follows "=". The last one counts. */
bool users_find_extra(struct span extra, const char *name, struct span *value);

/*
 * A secret such as most accounts have: one of the commonest kind among the first USERS_SAMPLE accounts that have one.
 * What is spent on it for a name that is not known is what a wrong password costs. 1, 0: nobody has a password.
 */
enum { USERS_SAMPLE = 100 };
int users_find_sample(struct users *u, struct arena *a, struct span *secret);

/*
 * The system's account of this process itself, by its effective uid: 1. 0: that has no name; *out is
 * then named by the number and lives in "/". `mail` is "" where the template cannot be expanded for it.
 */
int users_self(struct users *u, struct arena *a, struct account *out, struct fault *f);

/*
 * Expand a mail_location template: ~ (at the start of a path) or %h home, %u whole name, %n local part, %d domain, %% a
 * percent sign. A result that is empty, a user name with "/", a part of it that is empty or starts with ".", and a home
 * that is needed but not absolute are faults (temporary: somebody has to mend the configuration), so that a path never
 * leaves where it should be.
 */
int users_expand(struct arena *a, const char *template, const struct account *who, const char **out, struct fault *f);

#endif
