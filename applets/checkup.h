/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_CHECKUP_H
#define APPLETS_CHECKUP_H

/*
 * checkup - parameters that are right by themselves and wrong on this machine or beside each other:
 * `letterbox config --check` says so, and what is wrong in tables.
 *
 * Errors are what makes mail wait or a server not start. Warnings are what is allowed and hardly meant: passwords that
 * are never used, a name without a domain that leaves the machine.
 */

#include "route/audit.h"
#include "site.h"

struct checkup {
	struct site *site;
	void *ctx;
	void (*report)(void *ctx, const struct audit_finding *finding); /* its file is the parameter's name */
	/* the results */
	size_t errors, warnings;
};

/* With the first three members set. Files are read, nobody is asked, and nothing is changed. */
void checkup_run(struct checkup *c);

#endif
