/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_FACTS_H
#define LIBMAIL_IMAP_FACTS_H

/*
 * facts - what SORT has to know of a message, out of imap/source.h; of THREAD it is imap/lineage.h.
 */

#include "imap/sort.h"
#include "imap/source.h"

/* Go to message i, if the source is not there already: a search may have asked nothing that made it go. */
void facts_turn(struct imap_source *source, size_t i);

/*
 * sort_add() message i by its number; `needs` is sort_needs(). 0; -1 when the message cannot be read, with errno ENOENT
 * when it is gone.
 */
int facts_add_to_sort(struct sort *sort, unsigned needs, struct imap_source *source, size_t i, struct fault *f);

#endif
