/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_RUN_H
#define LIBMAIL_LIST_RUN_H

/*
 * run - what stands behind a list that works: the site's lists and queue, the message at hand, the time.
 */

#include <stdint.h>

#include "list/list.h"
#include "queue/spool.h"

struct dns;
struct incoming;

struct list_run {
	const struct list_places *places;
	struct spool *spool;
	struct list *list;    /* open; NULL for the site's own address */
	const char *hostname; /* myhostname: Message-ID, Received */
	int64_t now;	      /* seconds since 1970 */
	const char *http_url; /* list_http_url, without a "/" at its end; "" none */
	const char *request;  /* the site's command address, whole; "" none */
	struct dns *dns;      /* for the policies of authors' domains; NULL: they are not asked for */
	struct incoming *in;  /* the message that came; NULL: nothing did */
	/* A message with this id is in the queue: somebody may want to deliver it. NULL: the relay is told, if one
	 * runs. */
	void (*queued)(void *ctx, const char *id);
	void *ctx;
};

/* Call r->queued(), or wake the relay. */
void list_run_queued(const struct list_run *r, const char *id);

#endif
