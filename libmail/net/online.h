/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_ONLINE_H
#define LIBMAIL_NET_ONLINE_H

/*
 * online - has this machine a network at all?
 */

#include <stdbool.h>

/*
 * Does an interface other than the loopback one run and have an address by which others could be reached (not a
 * link-local one)? When that cannot be found out: yes.
 */
bool online(void);

#endif
