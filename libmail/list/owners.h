/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_OWNERS_H
#define LIBMAIL_LIST_OWNERS_H

/*
 * owners - who answers for a list, and is told what happens to it.
 */

#include "list/run.h"
#include "list/texts.h"

/* All addresses of a list's file "owners" or "moderators", in the arena; *n may be 0. Wrong lines are skipped. */
int owners_read(struct list *l, const char *file, struct arena *a, const char *const **to, size_t *n, struct fault *f);

/*
 * A notice to all owners in the wording `name` (list/texts.h). Its sender is the null sender, so that nothing comes of
 * it when it cannot be delivered. A list without owners tells nobody.
 */
int owners_tell(struct list_run *r, const char *name, struct texts_vars *vars, struct fault *f);

#endif
