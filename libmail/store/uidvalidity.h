/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_UIDVALIDITY_H
#define LIBMAIL_STORE_UIDVALIDITY_H

/*
 * uidvalidity - the number that says whether UIDs still mean the same messages.
 *
 * The files dovecot-uidvalidity (8 hex digits) and dovecot-uidvalidity.<hex> (empty) in the root of a mailbox tree hold
 * the last one given, so that a folder that is deleted and made again never has the same twice. Renaming the empty file
 * is what takes a number: no lock is needed.
 */

#include <stdint.h>

/*
 * The next number, never 0. Where the files cannot be used it is the time, which is right as long as no
 * folder is made twice in a second.
 */
uint32_t uidvalidity_next(int root);

#endif
