/* SPDX-License-Identifier: ISC */
/*
 * privs - whose rights the commands and files that aliases name have.
 */
#include "route/privs.h"

int privs_find_default(struct arena *a, const char *default_privs, struct account *out, struct fault *f)
{
	const char *name = default_privs ? default_privs : "";
	int rc = name[0] ? account_find(a, name, out, f) : 0;

	if (rc == 0)
		return fault_temp(f, 451, "4.3.5", "default_privs: there is no account \"%s\"", name);
	if (rc == 1 && out->uid == 0)
		return fault_temp(f, 451, "4.3.5", "default_privs: %s has root's rights", name);
	if (rc < 0)
		return -1;
	/* nobody's is a directory that does not exist, which a command could not be started in. */
	out->home = "/";
	return 0;
}

int privs_find_owner(struct arena *a, const struct stat *st, struct account *out, struct fault *f)
{
	int rc = account_find_uid(a, st->st_uid, out, f);

	if (rc == 0)
		*out = (struct account){ .name = arena_printf(a, "#%ju", (uintmax_t)st->st_uid),
					 .uid = st->st_uid,
					 .gid = st->st_gid,
					 .home = "/",
					 .full_name = "",
					 .mail = "" };
	return rc < 0 ? -1 : 0;
}
