/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_WEBNAME_H
#define LIBMAIL_LIST_WEBNAME_H

/*
 * webname - the names of the files of an archive, and the media types that they are served with.
 *
 * Names are made of the characters [A-Za-z0-9._-], and nothing of what senders write is in them but the letters and
 * digits of an attachment's name. A web server tells types by extensions, and some run what has certain ones anywhere
 * in a name; so an attachment's has one dot, and behind it an extension of the table here, all of which are harmless:
 * "../Plan für 2026.php.html" is "3-Plan-f-r-2026-php.txt", or ".bin" if its content is no text.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"

enum {
	WEBNAME_HASH = 32, /* characters */
	WEBNAME_MAX = 100, /* octets of a name */
};

/*
 * The name of a message for good, as Mailman 3 makes it (Message-ID-Hash): the SHA-1 of its Message-ID, without angle
 * brackets, in base32 (RFC 4648). The fault, temporary, is that there is no libcrypto.
 */
int webname_hash(struct span message_id, char out[WEBNAME_HASH + 1], struct fault *f);

/* The n-th attachment's: `wanted` is a name as a stranger wrote it, or empty. */
void webname_put_attachment(struct buf *out, unsigned n, struct span wanted, const char *type, const char *subtype);

/*
 * May it be served? It is a name of ours: no dot in front, one of the characters above, with an extension of the table.
 */
bool webname_is_valid(struct span name);
/* "text/html; charset=utf-8" for ".html"; NULL: none of ours. */
const char *webname_type(struct span name);
/* Is it shown as a picture in the page? */
bool webname_is_picture(struct span name);

#endif
