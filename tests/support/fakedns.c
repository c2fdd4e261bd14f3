/* SPDX-License-Identifier: ISC */
/*
 * fakedns - the scripted name server for shell scripts.
 *
 *	fakedns FILE
 *
 * FILE is as in nameserver.h. Prints "listening on 127.0.0.1:PORT", and answers until it is killed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/disk.h"
#include "support/nameserver.h"

enum { ZONE_MAX = 1 << 20 };

int main(int argc, char **argv)
{
	struct arena arena = { 0 };
	struct nameserver server;
	struct span script;
	struct fault f;

	if (argc != 2)
		return EX_USAGE;
	if (disk_read_file(&arena, AT_FDCWD, argv[1], ZONE_MAX, &script, &f) < 0) {
		fprintf(stderr, "fakedns: %s\n", f.text);
		return EX_NOINPUT;
	}
	nameserver_start(&server, arena_span(&arena, script));
	printf("listening on %s\n", server.address);
	fflush(stdout);
	waitpid(server.pid, NULL, 0);
	return EX_OSERR;
}
