/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_IMPORT_H
#define LIBMAIL_STORE_IMPORT_H

/*
 * import - the messages of an mbox file go into a folder of a Maildir, with what the mbox knows of them.
 *
 * - The date of the "From " line becomes the file's time, which is the date that IMAP calls internal; that of the
 *   header where it has none.
 * - Status, X-Status and X-Keywords, which mail programs write into mbox files, become flags and keywords, and are
 *   left out of the message, as are Thunderbird's X-Mozilla-Status and X-Mozilla-Keys, X-UID, X-IMAP and X-IMAPbase,
 * and "From " and ">From " lines in front of them. A message that nobody has seen goes into new/.
 * - The message that UW's software and Dovecot keep for themselves at the start of the file is passed over.
 * - Line ends become LF. All else stays as it is.
 *
 * The mbox is left as it is, and is locked meanwhile (store/mboxread.h).
 */

#include <stddef.h>

#include "base/fault.h"

enum {
	IMPORT_HEADER_MAX = 1 << 20, /* octets of a header that is looked at; a longer one is taken as it is */
	IMPORT_BATCH = 64,	     /* messages whose names are made durable together */
};

/*
 * The folder is made if it is not there. *count is how many messages were imported, also on -1; those after them were
 * not. Permanent faults: the file is no mbox.
 */
int import_mbox(const char *mbox, const char *folder, size_t *count, struct fault *f);

#endif
