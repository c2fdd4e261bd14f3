/* SPDX-License-Identifier: ISC */
/*
 * names - where the C library looks for users, groups and hosts.
 */
#include "base/names.h"

#include <stdlib.h>

#if defined(STATIC_BINARY) && defined(__GLIBC__)

#include <nss.h>

static const struct {
	const char *database, *places;
} databases[] = {
	{ "passwd", "files" },	  { "group", "files" },	   { "initgroups", "files" }, { "shadow", "files" },
	{ "hosts", "files dns" }, { "services", "files" }, { "networks", "files" },
};

void names_init(void)
{
	for (size_t i = 0; i < sizeof(databases) / sizeof(databases[0]); i++)
		__nss_configure_lookup(databases[i].database, databases[i].places);
}

#else

void names_init(void)
{
}

#endif
