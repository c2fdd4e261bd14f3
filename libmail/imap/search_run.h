/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_SEARCH_RUN_H
#define LIBMAIL_IMAP_SEARCH_RUN_H

/*
 * search_run - a command that looks at all messages of the selected mailbox: SEARCH, SORT and THREAD have it in common.
 *
 *	w = search_run_new(s, sizeof(*w), how)        w begins with a struct search_run
 *	search_run_parse(w, p, how, charset)          the program: 0; else the client was answered, or p->wrong is set
 *	w->take = ..., w->finish = ...
 *	search_run_start(w)
 *
 * ESEARCH IN does the same in one mailbox after the other: w->next.
 *
 * It goes on in parts of SEARCH_RUN_PART_MS, so that the server sees to its other duties; a client that waits longer
 *than SEARCH_RUN_TELL_MS is told how far it is (RFC 9585).
 */

#include "imap/cmd.h"
#include "imap/search.h"
#include "imap/search_match.h"
#include "imap/search_return.h"

enum {
	SEARCH_RUN_PART_MS = 100,
	SEARCH_RUN_TELL_MS = 10000, /* RFC 9585 5: at most every ten seconds; struct imap_server may say another time */
};

struct search_run {
	struct imap_session *s;
	unsigned how; /* IMAP_UID */
	struct search_return ret;
	struct search program;
	struct search_place place;
	struct search_match match;
	size_t i;	    /* the next message */
	uint64_t before;    /* messages of the mailboxes that were searched before this one */
	int64_t told;	    /* when the client heard of it last, in ms */
	struct fault fault; /* of a message that could not be read */
	bool failed;
	struct seqset numbers; /* of those that fit */
	uint64_t n;

	/* Message i fits: 0; -1 it cannot be read. May be NULL. */
	int (*take)(struct search_run *w, size_t i, struct fault *f);
	/* All are known: put the untagged answer. */
	void (*finish)(struct search_run *w);
	/* Go to another mailbox by search_run_enter(): true; false: there is none. May be NULL. */
	bool (*next)(struct search_run *w);
	/* Give back what it holds. May be NULL. */
	void (*clear)(struct search_run *w);
};

void *search_run_new(struct imap_session *s, size_t size, unsigned how);
/* As search_return_parse(). */
int search_run_parse_return(struct search_run *w, struct imap_parse *p, unsigned allowed);
int search_run_parse(struct search_run *w, struct imap_parse *p, unsigned how, struct span charset);
/* In the selected mailbox. */
void search_run_start(struct search_run *w);
/* In those that w->next enters, the first one too. */
void search_run_start_elsewhere(struct search_run *w);
/* From the first message of this mailbox on; its keywords are loaded. modseq may be NULL if no key needs it. */
void search_run_enter(struct search_run *w, struct mailbox *box, struct imap_source *source,
		      const struct modseq *modseq);

/* NO [BADCHARSET (...)] */
void search_run_refuse_charset(struct imap_session *s);

/* How a message is called in the answer: its number or its UID. */
uint32_t search_run_name(const struct search_run *w, size_t i);

/* `TAG "a1"`, for the brackets of ESEARCH; in s->command. */
struct span search_run_correlator(struct imap_session *s);

/*
 * The results, named as the client wants it; `order` are numbers, or NULL. Saves "$" where it was asked for.
 * `correlator` is search_run_correlator()'s, or that and more.
 */
void search_run_put(struct search_run *w, const char *name, const uint32_t *order, struct span correlator);

#endif
