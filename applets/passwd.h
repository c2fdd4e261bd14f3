/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_PASSWD_H
#define APPLETS_PASSWD_H

/*
 * passwd - letterbox passwd: set a password in the users file, or print what would be written there.
 *
 * argv[0] is "passwd". The exit code is returned.
 */
int passwd_run(int argc, char **argv);

#endif
