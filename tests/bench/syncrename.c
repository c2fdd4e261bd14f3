/* SPDX-License-Identifier: ISC */
/*
 * syncrename - a library to be preloaded: rename(2) syncs the directory of the new name.
 *
 * OpenSMTPD's mail.maildir syncs a message in tmp/ and not the name that it gets in new/ then: a power loss may take it
 * back after the delivery was reported. With this in front it does what ours does, and the two can be compared.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int rename(const char *from, const char *to)
{
	const char *slash = strrchr(to, '/');
	char dir[PATH_MAX];
	int fd, rc;

	if (renameat(AT_FDCWD, from, AT_FDCWD, to) < 0)
		return -1;
	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - to) + 1 : 1, slash ? to : ".");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}
