/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_CHECKSUM_H
#define LIBMAIL_BASE_CHECKSUM_H

/*
 * checksum - 64 bits that tell damaged bytes from whole ones, and one text from another.
 *
 * It finds damage, not intent: whoever may write the file can make the checksum, too. Eight octets at a time, at the
 * speed of memory. It is the same on all machines and in all versions: what is made of it (imap/objectid.h) lasts as
 * long as a mailbox.
 */

#include <stddef.h>
#include <stdint.h>

/* Begin with any number, 0 as a rule; go on with what the last call returned. How bytes were cut makes a difference. */
uint64_t checksum_add(uint64_t sum, const void *bytes, size_t n);

#endif
