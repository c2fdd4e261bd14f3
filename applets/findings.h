/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_FINDINGS_H
#define APPLETS_FINDINGS_H

/*
 * findings - what is wrong with alias files and tables, on standard error.
 */

#include "route/audit.h"

/* "/etc/aliases:12: warning: there is no user bob", as compilers have it, so that editors find the line. */
void findings_print(void *ctx, const struct audit_finding *finding);

#endif
