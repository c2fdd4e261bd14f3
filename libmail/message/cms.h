/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_CMS_H
#define LIBMAIL_MESSAGE_CMS_H

/*
 * cms - take the content out of a signed or encrypted structure, RFC 5652 and 5083, streaming.
 *
 * Whoever reads such a structure as a whole (as OpenSSL does) needs memory for the message in it. Here it is fed in
 * pieces: `frame` becomes the same structure without its content, as a detached one has it (BER, lengths of what was
 * around the content indefinite), and the content's octets come back as they pass. Only the way to the content is
 * looked at: what else is in it is copied unseen, and judged by who reads the frame.
 *
 * The result does not depend on where the pieces were cut; time is linear.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"

enum {
	CMS_FRAME_MAX = 1 << 20, /* octets of the frame */
	CMS_DEPTH_MAX = 32,	 /* elements of indefinite length within each other, and those around the content */
};

struct cms {
	struct buf frame;
	uint64_t content; /* octets of it that passed by */
	bool has_content; /* there is one, if an empty one */
	bool ended;

	/* Private. */
	struct cms_level {
		uint64_t left; /* octets; of an indefinite length: all that there are */
		bool indefinite;
		int role;
		unsigned children;
	} levels[CMS_DEPTH_MAX + 1];
	size_t depth;
	unsigned char head[12];
	size_t nhead;
	uint64_t skip; /* octets of a value that follow */
	bool skip_is_content;
	bool found; /* the way to the content */
	void (*put)(void *context, struct span piece);
	void *context;
};

/* `put` gets the content; it may be NULL. */
void cms_init(struct cms *c, void (*put)(void *context, struct span piece), void *context);
/* A permanent fault, 5.6.0: this is no such structure. What is behind its end is ignored. */
int cms_feed(struct cms *c, struct span piece, struct fault *f);
/* A fault if it is not whole. */
int cms_end(struct cms *c, struct fault *f);
void cms_clear(struct cms *c);

#endif
