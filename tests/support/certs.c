/* SPDX-License-Identifier: ISC */
#include "support/certs.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>

#include "base/disk.h"
#include "base/proc.h"
#include "support/tempdir.h"

static struct arena arena;

static void make(const char *dir)
{
	const char *const argv[] = { "tests/support/certs", dir, NULL };
	const struct proc_command c = { .argv = argv, .input = -1, .time_limit = 60 };
	struct buf output;
	struct fault f;
	int status;

	buf_init(&output, PROC_OUTPUT_MAX);
	if (proc_run(&c, &output, &status, &f) < 0)
		ck_abort_msg("%s", f.text);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		ck_abort_msg("tests/support/certs: %s", buf_str(&output));
	buf_clear(&output);
}

const char *certs_path(const char *file)
{
	static const char *dir;

	if (!dir) {
		dir = tempdir_path("certs");
		make(dir);
	}
	return arena_printf(&arena, "%s/%s", dir, file);
}

const struct keypairs *certs_pair(const char *name)
{
	static struct keypairs k;
	struct fault f;

	keypair_clear(&k);
	if (keypair_read(&k, certs_path(arena_printf(&arena, "%s.pem", name)),
			 certs_path(arena_printf(&arena, "%s.key", name)), &f) < 0)
		ck_abort_msg("%s", f.text);
	return &k;
}

struct span certs_spki(const char *name)
{
	struct span out;
	struct fault f;

	if (disk_read_file(&arena, AT_FDCWD, certs_path(arena_printf(&arena, "%s.spki", name)), 64, &out, &f) < 0)
		ck_abort_msg("%s", f.text);
	return out;
}
