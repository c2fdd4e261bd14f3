/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_MYDESTINATION_H
#define LIBMAIL_ROUTE_MYDESTINATION_H

/*
 * mydestination - the domains whose mail is delivered on this machine.
 *
 * The parameter is a list of domains and address literals, separated by commas or blanks.
 */

#include <stdbool.h>

#include "base/fault.h"
#include "base/span.h"

/* Are all words of it domains or address literals? */
int mydestination_check(const char *list, struct fault *f);
/* Is the domain (without a dot at its end) one of them? */
bool mydestination_has(const char *list, struct span domain);
/* Is it an address literal, "[192.0.2.1]" or "[IPv6:::1]", that one of our interfaces has? */
bool mydestination_is_own_address(struct span domain);

#endif
