/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_ENCLOSE_H
#define LIBMAIL_BASE_ENCLOSE_H

/*
 * enclose - a process gives up for good what its work never needs, so that who takes it over does not get it.
 *
 * - No new privileges: set-user-ID programs are of no use to it.
 * - seccomp, on x86_64, aarch64 and riscv64: tracing and other processes' memory, mounts and namespaces, kernel
 * modules, bpf, keys, kexec, reboot, swap, performance events, userfaultfd, io_uring, the clock, host names; and
 * execve(2) unless it may execute. They fail with EPERM, and nothing is killed.
 * - Landlock, where the kernel has it: files are written and made only below the given directory, and
 *   executed nowhere; reading is as it was. Sockets, and descriptors that are open, are not concerned.
 *
 * Libraries can still be loaded. What the kernel does not have is left out: it is a second wall, not the first. It
 * holds for this thread and for what it starts; so it is called where there is one thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"

struct enclosure {
	/* A directory below which files may be written, made and removed; NULL, or that there is not: none. */
	const char *write;
	/* Also anywhere but in the system's own directories (/etc, /usr, /boot and such): mailboxes may be. */
	bool writes_mailboxes;
	bool may_execute; /* commands are part of its work */
};

int enclose(const struct enclosure *e, struct fault *f);

#endif
