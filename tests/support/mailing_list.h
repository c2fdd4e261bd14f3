/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_MAILING_LIST_H
#define TESTS_SUPPORT_MAILING_LIST_H

/*
 * mailing_list - a site with lists, in the temporary directory: origin example.org, delimiter "+".
 */

#include "list/list.h"

/* Its lists are in lists/ of the temporary directory. */
const struct list_places *mailing_list_places(void);

/* Make the list; its owner is boss@example.net. `assignments`: "name=value" of its config, NULL at the end, or NULL. */
void mailing_list_create(const char *name, const char *const *assignments);

/* The same, and open it. */
void mailing_list_open(struct list *l, const char *name, const char *const *assignments);

/* A file of it as text, "" if there is none; lives in the list's arena. */
const char *mailing_list_file(struct list *l, const char *name);

#endif
