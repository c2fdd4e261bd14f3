/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_RESOLVE_H
#define APPLETS_RESOLVE_H

/*
 * resolve - sendmail -bv and -bt: print where mail for an address would go.
 *
 * A text may be a list of addresses. The exit code says how they fare: that of the first that
 * cannot be delivered (EX_NOUSER...), or EX_OK.
 */

#include "site.h"

int resolve_addresses(struct site *site, const char *list);
int resolve_operands(struct site *site, char **operands, int n);

/* Each step of the resolution is printed, too. Without operands addresses are read from standard input. */
int resolve_step_by_step(struct site *site, char **operands, int n);

#endif
