/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_SMTP_PATH_H
#define LIBMAIL_SMTP_PATH_H

/*
 * path - the arguments of MAIL, RCPT and VRFY: an address and its parameters.
 *
 * RFC 5321 4.1.1.2, 4.1.1.3, 4.1.2; RFC 1870 (SIZE), RFC 6152 (BODY), RFC 3461
 * (RET ENVID NOTIFY ORCPT), RFC 6531 (SMTPUTF8), RFC 6533 (ORCPT=utf-8;), RFC
 * 4954 (AUTH), RFC 4865 (HOLDFOR HOLDUNTIL), RFC 2852 (BY), RFC 6710 (MT-PRIORITY), RFC 8689 (REQUIRETLS); XVERP as
 * Postfix has it (VERP_README).
 *
 * More than the grammar is taken in two places only, because clients in use
 * need it: blanks behind the colon, and an address without its angle brackets.
 * A source route is dropped (RFC 5321 appendix F.2), needless quotes are
 * removed, so that "al"@example.org and al@example.org are one mailbox.
 * Everything else fails closed: control bytes, blanks, unbalanced quotes or
 * brackets, bytes behind the address, an empty local part, a parameter that
 * was not offered, that comes twice, or that has a bad value.
 *
 * The arguments are what follows the verb and its blank, without the line end.
 * Strings in the results live in the arena. Faults carry the reply:
 * 501 5.5.4 syntax, 501 5.1.7 bad sender, 501 5.1.3 bad recipient, 553 5.6.7
 * UTF-8 without SMTPUTF8, 555 5.5.4 a parameter that is not known here.
 */

#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "queue/envelope.h"

/* What the server offers; a parameter is understood only if its extension is. */
enum {
	PATH_SIZE = 1,
	PATH_8BITMIME = 2,
	PATH_SMTPUTF8 = 4,
	PATH_DSN = 8,
	PATH_AUTH = 16,
	PATH_FUTURERELEASE = 32,
	PATH_DELIVERBY = 64,
	PATH_MT_PRIORITY = 128,
	PATH_REQUIRETLS = 256,
	PATH_XVERP = 512,
};

enum {
	PATH_ENVID_MAX = 100,  /* RFC 3461 4.4, before decoding */
	PATH_ORCPT_MAX = 500,  /* RFC 3461 4.2, before decoding */
	PATH_SIZE_DIGITS = 20, /* RFC 1870 */
	PATH_TIME_DIGITS = 9,  /* of HOLDFOR and BY: RFC 4865 4, RFC 2852 4 */
};

/*
 * "FROM:<al@example.org> SIZE=1000": sets sender, body, smtputf8, ret, envid, hold_until, deliver_by, priority,
 * require_tls and verp ("" without delimiters) of the envelope (times are counted from now; a HOLDUNTIL that is past
 * holds nothing), and *size (0 when it was not declared; a number too large for the type becomes UINT64_MAX). The null
 * sender is "". The sender may lack a domain.
 */
int path_parse_mail(struct arena *a, struct span arguments, unsigned extensions, struct envelope *out, uint64_t *size,
		    struct fault *f);

/*
 * "TO:<bo@example.org> NOTIFY=NEVER": sets address, orcpt, notify and state
 * (ENVELOPE_QUEUED), zeroes the rest. `utf8` says whether MAIL had SMTPUTF8.
 * The address may lack a domain (<postmaster>) but is never empty.
 */
int path_parse_rcpt(struct arena *a, struct span arguments, unsigned extensions, bool utf8, struct envelope_rcpt *out,
		    struct fault *f);

/* "bo@example.org", "<bo@example.org> SMTPUTF8". */
int path_parse_vrfy(struct arena *a, struct span arguments, unsigned extensions, const char **out, struct fault *f);

#endif
