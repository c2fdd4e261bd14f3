/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_FORWARD_H
#define LIBMAIL_ROUTE_FORWARD_H

/*
 * forward - read a user's forward file or an :include: file, if it is to be trusted.
 *
 * The checks that sendmail made customary, on the open file and with the rights of the account, so that there is
 * nothing to win in a race. Nothing blocks: a FIFO or a device is refused.
 *
 * A forward file is a regular file that belongs to the user or root, in a home directory that belongs
 * to the user or root; neither may be written by group or others. A symbolic link in its path below the home is
 * followed as long as it stays there (where the kernel has no openat2(2): never).
 * An :include: file is regular, and others may not write it, nor, unless it is sticky, its directory.
 */

#include <stdbool.h>

#include "base/account.h"
#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"

enum { FORWARD_MAX = 64 << 10, FORWARD_INCLUDE_MAX = 16 << 20 /* octets */ };

/*
 * `as` is whose rights are used, NULL for an :include: file: this process's. With `forward` the path begins with
 * as->home. 1 read, *out in the arena; 0 there is no such file; -1: a permanent fault (5.7.0) says that the file is not
 * to be trusted, or that its owner took the right to read it away; a temporary one that it cannot be read now. With the
 * signature of route_callbacks.read_file, of which the context is not used.
 */
int forward_read(void *ctx, struct arena *a, const char *path, const struct account *as, bool forward, struct span *out,
		 struct fault *f);

#endif
