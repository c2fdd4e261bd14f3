/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_REQUEST_DO_H
#define LIBMAIL_LIST_REQUEST_DO_H

/*
 * request_do - one message of commands while it is worked on; for the files request_*.c alone.
 */

#include "base/buf.h"
#include "list/command.h"
#include "list/incoming.h"
#include "list/reply.h"
#include "list/request.h"

struct request {
	struct list_run *run;
	struct arena arena;
	const char *language;
	const char *author;	     /* From; "" none or several */
	struct buf results;	     /* what the answer says */
	struct buf letter;	     /* the text of the message, when it has been read */
	bool by_address;	     /* the command was in the address */
	bool is_quiet;		     /* the command at hand wants no result */
	bool is_private;	     /* the answer is for the author's eyes: it goes there, and not to the sender */
	bool has_answer;	     /* there is something that nothing else tells him */
	bool is_full;		     /* the results are longer than an answer may be */
	const char *wording;	     /* what is asked is this wording, all of it */
	struct request_posts *posts; /* to be attached */
};

/* A command's work; the list is open, c's operands are those behind its name. -1 is a fault of ours: the message is
 * tried again. */
typedef int request_fn(struct request *q, struct list_run *r, const struct command *c, struct fault *f);

request_fn request_subscribe, request_unsubscribe, request_confirm, request_set, request_add, request_delete;
request_fn request_help, request_faq, request_info, request_lists, request_who, request_which;
request_fn request_index, request_get, request_last, request_thread;

/* Variables of results: zero it, texts_set() what there is besides the list's. */
void request_say(struct request *q, const struct list_run *r, const char *line, struct texts_vars *vars);
/* The same, but nothing that is worth an answer by itself. */
void request_mention(struct request *q, const struct list_run *r, const char *line);
/* Lines of the answer; what does not fit is left out, and that is told at its end. */
void request_put(struct request *q, struct span text);

/* Call fn with each list that the author is on, at most REQUEST_LISTS_MAX being looked at. 0, -1. */
int request_each(struct request *q, int (*fn)(struct request *q, struct list_run *r, void *ctx, struct fault *f),
		 void *ctx, struct fault *f);
/* Each list of the site, the author's or not. */
int request_each_list(struct request *q, int (*fn)(struct request *q, struct list_run *r, void *ctx, struct fault *f),
		      void *ctx, struct fault *f);

/* Is that address among the people in a file of the list? 1, 0, -1. */
int request_is_in(struct list *l, const char *file, const char *address, struct fault *f);
/* May the author know, by "all", "public", "members", "moderators", "none"? The answer becomes private if it depends on
 * who asks. */
int request_may(struct request *q, struct list_run *r, const char *access, struct fault *f);

/* Do what WORD-REST is for: 1 done; 0 not, and what there is to say about it is said; -1 temporary. */
int request_token(struct request *q, struct list_run *r, const char *word, const char *rest, struct fault *f);

/* request_posts.c: what of the archive is attached to the answer. NULL: nothing. */
struct compose_part *request_posts_parts(struct request *q);
void request_posts_clear(struct request *q);

#endif
