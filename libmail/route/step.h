/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_STEP_H
#define LIBMAIL_ROUTE_STEP_H

/*
 * step - what an expansion did, in one line for people (sendmail -bt).
 *
 *	dupont: alias in /etc/aliases:12 -> henri.dupont
 *	append origin: henri.dupont@machine.truc.net (myorigin)
 *	account dupont: maildir /home/dupont/Maildir
 *	remote: smtp to [relay]:25
 */

#include "base/buf.h"
#include "route/aliases.h"
#include "route/route.h"

enum { STEP_MAX = 16384, STEP_VALUE_MAX = 200 /* octets shown of an alias's value, which may have megabytes */ };

/* The result of a step. */
void step_put_target(struct buf *out, const struct route_target *t);
/* That an alias was found, and the start of its value. */
void step_put_alias(struct buf *out, const struct alias *alias);

#endif
