/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_CONFIGURE_H
#define LIBMAIL_LIST_CONFIGURE_H

/*
 * configure - change a list's config, as somebody with an editor would: comments and the order of lines stay.
 */

#include "base/buf.h"
#include "list/list.h"

enum { CONFIGURE_MAX = 256 << 10 /* octets of a config */ };

/*
 * Set each "name=value" (the value in the file's syntax), and forget each "name" alone, which then has its default. All
 * or nothing: the new file is read and checked before it takes the place of the old one, under the list's lock. The
 * list that is open stays as it was. A usage fault names what is wrong.
 */
int configure_set(struct list *l, const struct list_places *p, const char *const *changes, size_t n, struct fault *f);

/* The config's text with one change. `value` NULL: forgotten. */
void configure_put(struct buf *out, struct span config, struct span name, const char *value);

#endif
