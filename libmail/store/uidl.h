/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_UIDL_H
#define LIBMAIL_STORE_UIDL_H

/*
 * uidl - the unique id of a message in POP3 (RFC 1939 7), made as Dovecot makes it, by the same pattern.
 *
 * pop3_uidl_format: %u UID, %v uidvalidity, %f base of the file name, %g GUID (the base too unless the uidlist has
 * another). Between "%" and the letter: a width ("0" in front: at least so many characters, with zeros; else at most so
 * many), then X (hexadecimal), L (lower case), U (upper case), which are done in this order. "%%" is a percent sign.
 * %m, a digest of mbox headers, does not exist for a Maildir. A P field in the uidlist, from another server that was
 * moved here, counts more than the pattern.
 */

#include "base/buf.h"
#include "base/fault.h"
#include "store/mailbox.h"

#define UIDL_FORMAT_DEFAULT "%08Xu%08Xv"

/*
 * Octets. RFC 1939 7 has 70, and Dovecot gives names that are longer as they are: clients that know them fetch
 * nothing again. With what stands around it, it is a line of RFC 2449 4.
 */
enum { UIDL_MAX = 490 };

/* Is it a pattern that tells messages apart: it has a whole %u, or %f or %g? A usage fault says what is wrong. */
int uidl_check(const char *format, struct fault *f);

/*
 * Append a message's id: 0, -1 temporary when its name is needed and not known. One that would be longer than UIDL_MAX,
 * or hold a byte that is not in 0x21 to 0x7e, is replaced by a digest of it, which stays the same.
 */
int uidl_put(struct buf *out, const char *format, struct mailbox *m, size_t i, struct fault *f);

#endif
