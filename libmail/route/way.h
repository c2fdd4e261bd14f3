/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_WAY_H
#define LIBMAIL_ROUTE_WAY_H

/*
 * way - the expansions between a recipient and where its expansion has come to.
 *
 * The frames lie on the stack, each knows the one above it. They say whose rights hold, and find
 * loops.
 */

#include "base/account.h"
#include "base/buf.h"
#include "base/span.h"
#include "route/aliases.h"

enum way_kind { WAY_TOP, WAY_ALIAS, WAY_FORWARD, WAY_INCLUDE, WAY_VIRTUAL };

struct way {
	const struct way *up; /* NULL above WAY_TOP */
	enum way_kind kind;
	int depth;
	struct span name;	    /* of the alias or account, the path of the file, or the whole address (VIRTUAL) */
	const char *recipient;	    /* the address that was expanded */
	const char *sender;	    /* owner-NAME@origin, or NULL */
	const struct alias *alias;  /* ALIAS, or an INCLUDE in one */
	const struct account *user; /* FORWARD, or an INCLUDE in one: whose forward file it is */
	const char *detail;	    /* with which that user was addressed; VIRTUAL: the extension for its targets */
	const struct account *reader; /* who reads :include: files; NULL: this process */
};

enum way_relation {
	WAY_NEW,
	WAY_SELF, /* begun on the way, and only the name's own expansions are between: "al: al, archive" */
	WAY_LOOP, /* begun on the way */
};

/* Would it be an expansion within itself? Names are compared without regard to case, paths with. */
enum way_relation way_relate(const struct way *at, enum way_kind kind, struct span name);

/* "a -> b -> " */
void way_put(struct buf *out, const struct way *at);

#endif
