/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_HEADING_H
#define LIBMAIL_LIST_HEADING_H

/*
 * heading - the header of a post as a list sends it on.
 *
 * What stays does so byte for byte and in its place, DKIM-Signature too: a receiver takes one that does not fit any
 * more for none (RFC 6376 6.1). Out go what other lists and the way here have written (List-*, Archived-At, Precedence,
 * Return-Path, Delivered-To), what asks each member's program to answer (Disposition-Notification-To and the like),
 * passwords (Approved), Bcc, and the fields of `remove_headers`. In come List-Id (RFC 2919), List-Help, List-Subscribe,
 * List-Unsubscribe, List-Post, List-Owner, List-Archive (RFC 2369), List-Unsubscribe-Post (RFC 8058), Archived-At (RFC
 * 5064), Precedence, Sender, X-BeenThere, the fields of `add_headers`; Subject gets the list's mark, and Reply-To is
 * what `reply_to` says.
 *
 * Where From is made the list's, because the author's domain would have the post refused (list/dmarc.h), the author
 * stays in Author (RFC 9057) and in Reply-To; or in Cc, where answers are to go elsewhere.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "list/list.h"

enum {
	HEADING_MAX = 4 << 20, /* octets that are written */
	HEADING_ONECLICK = 33, /* octets of token_text() for TOKEN_ONECLICK */
};

struct heading {
	struct list *list;
	uint64_t number;	 /* of the post */
	const char *http_url;	 /* list_http_url; "" none */
	const char *archived_at; /* the address of its page, or NULL */
	const char *message_id;	 /* of a post that has none; or NULL */
	bool munge;		 /* From becomes the list's */
	bool oneclick;		 /* List-Unsubscribe has a place for each member's own address */
	const char *type;	 /* Content- fields, with their line ends, instead of those that are there; or NULL */
	bool wrap;		 /* the post is going to be a part of this message: only what concerns both is taken */
};

struct heading_result {
	size_t patch_at, patch_size; /* that place, from the first octet put; 0: none */
};

/* Put the new header, its empty line too. */
void heading_put(struct arena *a, struct buf *out, const struct heading *h, struct span header,
		 struct heading_result *result);

/* The Content- fields of a header, in the arena. */
struct span heading_content(struct arena *a, struct span header);
/* The header as a part of another message: without what the way here has written, and Bcc. */
void heading_put_inner(struct buf *out, struct span header);

#endif
