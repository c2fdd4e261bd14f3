/* SPDX-License-Identifier: ISC */
/*
 * account - the system's accounts and groups, by getpwnam_r(3) and its like.
 */
#include "base/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>

/* Where an entry's strings are put: an LDAP group may list ten thousand members. */
enum { ENTRY_MIN = 2048, ENTRY_LIMIT = 4 << 20 };

/* One call of getpwnam_r and its like. Sets *found; returns an errno value. */
typedef int lookup_fn(const void *key, void *entry, char *strings, size_t n, bool *found);

static int lookup_name(const void *key, void *entry, char *strings, size_t n, bool *found)
{
	struct passwd *result = NULL;
	int error = getpwnam_r(key, entry, strings, n, &result);

	*found = result != NULL;
	return error;
}

static int lookup_uid(const void *key, void *entry, char *strings, size_t n, bool *found)
{
	struct passwd *result = NULL;
	int error = getpwuid_r(*(const uid_t *)key, entry, strings, n, &result);

	*found = result != NULL;
	return error;
}

static int lookup_group(const void *key, void *entry, char *strings, size_t n, bool *found)
{
	struct group *result = NULL;
	int error = getgrnam_r(key, entry, strings, n, &result);

	*found = result != NULL;
	return error;
}

/* getpwnam(3): these too are ways to say that there is no such entry. */
static bool means_not_found(int error)
{
	return error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
}

/* Ask with growing room. *strings is from malloc and holds what *entry points to; 1, 0, or -1 with errno set. */
static int ask(lookup_fn *lookup, const void *key, void *entry, char **strings)
{
	*strings = NULL;
	for (size_t n = ENTRY_MIN; n <= ENTRY_LIMIT; n *= 2) {
		bool found = false;
		int error;

		*strings = arena_heap_resize(*strings, n);
		do
			error = lookup(key, entry, *strings, n, &found);
		while (error == EINTR);
		if (error == ERANGE)
			continue;
		if (found)
			return 1;
		errno = error;
		return means_not_found(error) ? 0 : -1;
	}
	errno = ERANGE;
	return -1;
}

static int find_passwd(struct arena *a, lookup_fn *lookup, const void *key, struct account *out)
{
	struct passwd pw;
	char *strings;
	int rc = ask(lookup, key, &pw, &strings);

	if (rc == 1)
		*out = (struct account){
			.name = arena_str(a, pw.pw_name),
			.uid = pw.pw_uid,
			.gid = pw.pw_gid,
			.home = arena_str(a, pw.pw_dir ? pw.pw_dir : ""),
			.full_name = arena_str(a, pw.pw_gecos ? pw.pw_gecos : ""),
			.mail = "",
		};
	int error = errno;

	free(strings);
	errno = error;
	return rc;
}

int account_find(struct arena *a, const char *name, struct account *out, struct fault *f)
{
	int rc = find_passwd(a, lookup_name, name, out);

	return rc < 0 ? fault_errno(f, "cannot look up the account %s", name) : rc;
}

int account_find_uid(struct arena *a, uid_t uid, struct account *out, struct fault *f)
{
	int rc = find_passwd(a, lookup_uid, &uid, out);

	return rc < 0 ? fault_errno(f, "cannot look up the account with user id %ju", (uintmax_t)uid) : rc;
}

int account_find_group(const char *name, gid_t *out, struct fault *f)
{
	struct group gr;
	char *strings;
	int rc = ask(lookup_group, name, &gr, &strings);

	if (rc == 1)
		*out = gr.gr_gid;
	else if (rc < 0)
		fault_errno(f, "cannot look up the group %s", name);
	free(strings);
	return rc;
}
