/* SPDX-License-Identifier: ISC */
/*
 * A users file of any bytes, and the name in its first line: who is found has that name, lives
 * in no other place than the template says, and brings no control byte along.
 */
#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "auth/users.h"
#include "base/disk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* `own` says that the file may have a mail_location of its own, which may name any place. */
static void check_account(const struct account *who, struct span name, bool own)
{
	assert(name.n == 0 || span_is_nocase(span_str(who->name), name));
	assert(who->name[0] && !span_has_control(span_str(who->name)));
	assert(!span_has_control(span_str(who->home)) && !span_has_control(span_str(who->full_name)));
	assert(who->mail[0] && !span_has_control(span_str(who->mail)));
	assert(who->uid != (uid_t)-1 && who->gid != (gid_t)-1);
	if (!own)
		assert(strncmp(who->mail, "maildir:/v/", 11) == 0 && !strstr(who->mail, "/../") &&
		       !strstr(who->mail, "/./"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("users", 0);
	struct span rest = span_of((const char *)data, size), name = span_cut(&rest, '\n');
	struct arena a = { 0 };
	struct users u;
	struct account who;
	struct fault f = { .text = "" };
	int rc, again;

	if (fd < 0 || disk_write(fd, rest.p, rest.n, "memfd", NULL) < 0)
		return 0;
	users_init(&u, arena_printf(&a, "/proc/self/fd/%d", fd), "maildir:/v/%d/%n/%u/x");
	rc = users_find(&u, &a, name, &who, &f);
	if (rc == 1)
		check_account(&who, name, rest.n && memmem(rest.p, rest.n, "userdb_mail=", 12));
	else if (rc < 0)
		assert(f.kind == FAULT_TEMP && f.text[0]);
	u.file.scans = TEXTMAP_SCANS;
	again = users_find(&u, &a, name, &who, &f);
	assert(rc == again);
	users_clear(&u);
	arena_clear(&a);
	close(fd);
	return 0;
}
