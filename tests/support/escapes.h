/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_ESCAPES_H
#define TESTS_SUPPORT_ESCAPES_H

/*
 * escapes - bytes as they are written in transcripts: \r \n \t \0 \\ \x80, and
 * %{abc*1000} for a thousand times abc.
 */

#include "base/buf.h"

/* 0, or -1: there is an escape that means nothing. */
int escapes_put(struct buf *out, const char *text);

#endif
