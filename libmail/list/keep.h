/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_KEEP_H
#define LIBMAIL_LIST_KEEP_H

/*
 * keep - posts in a list's Maildirs: archive/, and undigested/. Their UIDs are the numbers of the posts, and imapd can
 * serve them.
 */

#include <sys/types.h>

#include "list/list.h"

struct keep_post {
	uint64_t number;
	const char *hash; /* posts_hash(): part of the file's name */
	int64_t when;	  /* seconds since 1970; also */
	int fd;		  /* the message: */
	off_t at, size;
};

/*
 * Put the post into the folder, which is made if need be, durably. Done twice it is there once, also when the first
 * time was killed at any point. Under the list's lock.
 */
int keep_post(struct list *l, const char *folder, const struct keep_post *p, struct fault *f);

#endif
