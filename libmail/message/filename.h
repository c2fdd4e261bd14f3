/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_FILENAME_H
#define LIBMAIL_MESSAGE_FILENAME_H

/*
 * filename - names of files that strangers have given, made safe to create.
 *
 * What comes out is one component of a path in UTF-8 that is harmless for the shells, file systems and file managers of
 * Unix and of Windows:
 *
 *   - what is in front of the last "/" or "\" is left out; a name of nothing but such is none;
 *   - control characters (C0, DEL, C1), invisible and bidirectional ones, bytes that are not UTF-8, and the
 *     characters < > : " | ? * become "_";
 *   - so do a ".", "-" or "~" at the front; blanks at the front, and blanks and dots at the end, are left out;
 *   - the names of devices (CON, NUL, COM1 ..., also with an extension) get a "_" in front;
 *   - beyond FILENAME_MAX_OCTETS the name is cut between characters, and keeps its extension.
 *
 * Whoever creates the file must still refuse to follow links and to overwrite: store/outdir.h.
 */

#include <stddef.h>

#include "base/buf.h"
#include "base/span.h"

enum {
	FILENAME_MAX_OCTETS = 200,   /* file systems take 255; numbers and suffixes of others find room */
	FILENAME_EXTENSION_MAX = 20, /* octets, with its dot: what is longer is no extension */
};

/* Append the safe form of `name`; nothing when nothing of it is left. Made safe again it is the same. */
void filename_put(struct buf *out, struct span name);
/* The same with another character, of ASCII and harmless itself, for "_" where it stands for one. */
void filename_put_with(struct buf *out, struct span name, char replacement);

/*
 * Append the name for the n-th file that wants the same one: "plan-2.pdf". `name` is one of filename_put(), n is 2 or
 * more; the result is safe, too, and may be longer than FILENAME_MAX_OCTETS by the number.
 */
void filename_put_numbered(struct buf *out, struct span name, unsigned n);

/*
 * The extension, with its dot, for content that has a type but no name: ".txt", ".pdf"; ".bin" for what is not known.
 * Case of type and subtype is ignored.
 */
const char *filename_extension(const char *type, const char *subtype);

#endif
