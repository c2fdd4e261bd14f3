/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_IDNA_H
#define LIBMAIL_MESSAGE_IDNA_H

/*
 * idna - a domain in UTF-8 as DNS has it: "m\u00fcller.example" is "xn--mller-kva.example".
 *
 * RFC 5890 (A-labels and U-labels), RFC 3492 (Punycode). Labels in ASCII stay as they are. The others are taken
 * as RFC 5891 wants them to be stored, in lower case and composed (NFC): nothing is mapped, as no two
 * registries would agree how, so a name in other characters than the registered ones is another name. What comes out is
 * checked by the name server, that does not know what was never registered.
 */

#include "base/arena.h"
#include "base/span.h"

enum { IDNA_DOMAIN_MAX = 253 /* octets of a domain, in and out */ };

/* The domain in ASCII; NULL: this is no UTF-8, or it is too long, or a label would be (63 octets). */
const char *idna_to_ascii(struct arena *a, struct span domain);

/* The other way: A-labels as U-labels; those that are not what anybody would have made are left. NULL: too long. */
const char *idna_to_utf8(struct arena *a, struct span domain);

/* The same domain in the other of the two forms; NULL when it has only one. For look-ups. */
const char *idna_other_form(struct arena *a, struct span domain);

#endif
