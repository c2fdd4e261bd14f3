/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_LETTER_H
#define LIBMAIL_LIST_LETTER_H

/*
 * letter - what somebody has written to a list's program: the text of a message, in whatever charset, encoding or HTML
 * (message/body.h), and the addresses in it.
 */

#include "base/buf.h"
#include "list/incoming.h"

enum {
	LETTER_READ = 256 << 10,    /* octets of the message that are looked at */
	LETTER_MAX = 64 << 10,	    /* octets of text: what is behind is left out */
	LETTER_ADDRESSES_MAX = 200, /* that are told */
};

/* The text of the message's body, as UTF-8 with LF line ends. */
int letter_text(struct incoming *in, struct buf *out, struct fault *f);

/*
 * Whatever looks like an address in a text: begin with *rest the text. 1; 0 at the end. Only what is behind and in
 * front of each "@" is looked at, so time is linear.
 */
int letter_next_address(struct span *rest, struct span *out);

#endif
