/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_STEP_H
#define LIBMAIL_ROUTE_STEP_H

/*
 * step - what an expansion did, in one line for people (sendmail -bt).
 *
 *	dupont: alias in /etc/aliases:12 -> henri.dupont
 *	info@example.org: virtual alias in /etc/letterbox/virtual:3 -> al, bo
 *	append origin: henri.dupont@machine.truc.net (myorigin)
 *	account dupont: maildir /home/dupont/Maildir
 *	remote: smtp to [relay]:25
 */

#include "base/buf.h"
#include "route/aliases.h"
#include "route/route.h"
#include "route/table.h"

enum { STEP_MAX = 16384, STEP_VALUE_MAX = 200 /* octets shown of an alias's value, which may have megabytes */ };

/* The result of a step. */
void step_put_target(struct buf *out, const struct route_target *t);
/* That an alias was found, and the start of its value. */
void step_put_alias(struct buf *out, const struct alias *alias);
/* That a table has an entry; `what` it is one of. */
void step_put_entry(struct buf *out, const char *what, const struct table_entry *e);

/* The same to whoever listens to the route's steps, escaped for a terminal; nothing is done if nobody does. */
void step_say(const struct route *r, int depth, const char *format, ...) __attribute__((format(printf, 3, 4)));
void step_say_target(const struct route *r, int depth, const struct route_target *t);
void step_say_alias(const struct route *r, int depth, const struct alias *alias);
void step_say_entry(const struct route *r, int depth, const char *what, const struct table_entry *e);

#endif
