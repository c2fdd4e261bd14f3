/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_NAMES_H
#define LIBMAIL_BASE_NAMES_H

/*
 * names - where the C library looks for users, groups and hosts.
 *
 * A static binary with glibc would load what nsswitch.conf(5) names: modules that are made for another copy of the
 * library, and that crash in it (libnss_systemd uses thread-local storage that nobody has set up there). So in such a
 * binary it is the files and the DNS, which glibc has built in, whatever nsswitch.conf says. Elsewhere this does
 * nothing.
 */

/* Before anything is looked up. */
void names_init(void);

#endif
