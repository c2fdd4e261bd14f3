/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_PRIVS_H
#define LIBMAIL_ROUTE_PRIVS_H

/*
 * privs - whose rights the commands and files that aliases name have.
 */

#include <sys/stat.h>

#include "base/account.h"
#include "base/arena.h"
#include "base/fault.h"

/* The account of default_privs, with "/" as its home. That it does not exist, or has root's rights, is a temporary
 * fault. */
int privs_find_default(struct arena *a, const char *default_privs, struct account *out, struct fault *f);

/* The owner of an alias file; "#1000" if that user id has no name. */
int privs_find_owner(struct arena *a, const struct stat *st, struct account *out, struct fault *f);

#endif
