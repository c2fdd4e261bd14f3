/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_RECORD_H
#define LIBMAIL_LIST_RECORD_H

/*
 * record - files of a list that only grow: `bounces` and `posts`, one line a record, words separated by blanks.
 *
 * In a word "%20" stands for a blank, and the same is done to every other control character and to "%"; "-" is an empty
 * word. So whatever strangers have written stays one word of one line, and grep and awk read the file as we do.
 */

#include "base/buf.h"
#include "list/list.h"

enum { RECORD_FILE_MAX = 256 << 20 /* octets that are read */ };

/* A word, and a blank behind it. */
void record_put_word(struct buf *out, struct span word);
/* The word at the front of *line, which is cut off with the blank behind it. */
struct span record_cut_word(struct span *line, struct arena *a);

/* Octets at the front of UTF-8 text, at most max, that end between two characters. */
size_t record_fit(struct span text, size_t max);

/* All of a file; of one that is not there nothing. Lives in the arena. */
int record_read(struct list *l, const char *file, struct arena *a, struct span *text, struct fault *f);

/*
 * The next whole line from the front of *rest, without its end: 1, 0 at the end. A last one without its end is being
 * written, or a crash has cut it.
 */
int record_next(struct span *rest, struct span *line);

/*
 * Append lines, durably, under the list's lock. What a crash has cut is ended first; what could not be written whole is
 * taken back.
 */
int record_append(struct list *l, const char *file, struct span lines, struct fault *f);

#endif
