/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_INSTALL_H
#define APPLETS_INSTALL_H

/*
 * install - symbolic links, one for each name of each applet, to the binary
 * that is running.
 *
 * A link is relative when the binary is in the same directory, and absolute otherwise.
 * What is in the way stays: if any of the names is taken by something that is not
 * a link to a binary of our name, nothing at all is changed. Existing links of ours
 * are renewed, each in one step.
 */

#include "base/arena.h"
#include "base/fault.h"

/* The directory must exist. The fault names the first file in the way. */
int install_links(struct arena *a, const char *directory, struct fault *f);

#endif
