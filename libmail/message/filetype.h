/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_FILETYPE_H
#define LIBMAIL_MESSAGE_FILETYPE_H

/*
 * filetype - the media type of a file, by its name and by what it begins with.
 *
 * Where the extension of the name is a usual one and the content agrees with it (its signature is there; it is text
 * where it should be), that is the type: it knows a .docx, .odt, .ics, .patch or .svg from any ZIP file, XML or text.
 * What is left is for libmagic, by the module "magic", which is opened for it and has a database of several MiB. If
 * libmagic knows no more than "text", "data" or "ZIP", or is not there, the extension counts again, and at last whether
 * it looks like text.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

enum { FILETYPE_LOOK = 64 << 10 /* octets of the front of a file that should be given, if it has them */ };

/* "image/png": a valid media type in lower case, never NULL. `name` may be NULL, or have a path in front. */
const char *filetype_guess(struct arena *a, const char *name, struct span front);

/* Is it text: no NUL, none of the control characters that text never has? */
bool filetype_is_text(struct span front);

/* What the module exports: the type as libmagic says it, valid until the next call; NULL: nothing. */
struct filetype_functions {
	const char *(*guess)(struct span front);
};

#endif
