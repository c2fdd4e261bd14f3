/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_OUTLET_H
#define APPLETS_OUTLET_H

/*
 * outlet - where a message that is being made goes: standard output, a file, or sendmail(8).
 *
 * A file appears under its name when it is whole. sendmail is the one of this binary, or where that is not built in the
 * one in PATH, /usr/sbin or /usr/lib; it never sees the end of a message that could not be finished.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/disk.h"
#include "base/fault.h"
#include "base/opt.h"
#include "base/span.h"

struct outlet {
	struct disk_out out;
	const char *path;      /* of a file; NULL: none */
	const char *temporary; /* its name until it is whole; NULL: written directly (a device, a FIFO) */
	pid_t child;	       /* that reads it; 0: none */
	int code;	       /* its exit code */
};

int outlet_open_stdout(struct outlet *o, struct fault *f);
int outlet_open_fd(struct outlet *o, int fd, struct fault *f);
int outlet_open_file(struct outlet *o, struct arena *a, const char *path, struct fault *f);
/* `args` are sendmail's, without its name. */
int outlet_open_sendmail(struct outlet *o, struct arena *a, const struct opt_list *args, struct fault *f);
/* inews(1), in PATH or where it is usually. */
int outlet_open_inews(struct outlet *o, struct arena *a, struct fault *f);

/* A sink as compose.h wants it; the context is the outlet. */
int outlet_put(void *outlet, struct span piece, struct fault *f);

/*
 * The message is whole. With sendmail or inews: when it has taken it; else o->code is its exit code, it has said why,
 * and the fault is empty.
 */
int outlet_finish(struct outlet *o, struct fault *f);
/* It is not: nothing of it stays. */
void outlet_abort(struct outlet *o);

#endif
