/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_LISTMGR_H
#define APPLETS_LISTMGR_H

/*
 * listmgr - what its commands have in common.
 *
 * A command is a `const struct applet` whose name is "listmgr NOUN", in a file listmgr_NOUN.c, declared here, and a row
 * in listmgr.c. Its run() is listmgr_main(), with what it does:
 *
 *	static int keys(struct listmgr *m, void *options, struct fault *f);
 *	...
 *	struct options o = { .rotate = false };
 *
 *	return listmgr_main(&listmgr_keys, &(struct listmgr_command){ keys, 1, 1, "a list" }, &o, argc, argv);
 *
 * From listmgr_open(), which the command calls, to its end the process acts as the owner of the spool: whatever an
 * operand names is opened before. What is put into the queue meanwhile is handed to the relay after it.
 */

#include "applet.h"
#include "list/list.h"
#include "list/run.h"
#include "net/dns.h"
#include "site.h"

struct listmgr {
	const struct applet *page;
	struct arena arena;
	struct site site;
	struct list_places places;
	struct list list;    /* when it is open */
	struct list_run run; /* its places, spool, host name, time and URL; and the list */
	char **operands;
	int n;	  /* of them */
	int code; /* the exit code, unless work() fails */
	/* private */
	const struct settings_options *from;
	struct dns dns; /* of run */
	struct opt_list queued;
	bool is_assumed, has_list;
};

struct listmgr_command {
	int (*work)(struct listmgr *m, void *options, struct fault *f);
	int min, max;	      /* operands; max 0: any number */
	const char *operands; /* what they are: "a list, and addresses" */
};

/* Parse into *options, do the work, tell what was wrong. The exit code. */
int listmgr_main(const struct applet *page, const struct listmgr_command *c, void *options, int argc, char **argv);

/* The configuration and the spool, and become the spool's owner. */
int listmgr_open(struct listmgr *m, const struct settings_options *from, struct fault *f);

/* The same, and the list that the first operand names. */
int listmgr_open_first(struct listmgr *m, const struct settings_options *from, struct fault *f);

/* The list that somebody calls so: "friends", "Friends@example.org" if that is where it is. */
int listmgr_open_list(struct listmgr *m, const char *name, struct fault *f);
void listmgr_close_list(struct listmgr *m);

/*
 * For each list that an operand names, or all of the site: open it and `work` on it. What is wrong with one is told,
 * in m->code too, and keeps no other from its turn.
 */
void listmgr_each(struct listmgr *m, int (*work)(struct listmgr *m, const void *options, struct fault *f),
		  const void *options);

extern const struct applet listmgr_create, listmgr_lists;
extern const struct applet listmgr_config;
extern const struct applet listmgr_add, listmgr_remove, listmgr_members;
extern const struct applet listmgr_archive, listmgr_http;
extern const struct applet listmgr_import, listmgr_export;
extern const struct applet listmgr_check;
extern const struct applet listmgr_keys;
extern const struct applet listmgr_bounces, listmgr_digest, listmgr_tick;
extern const struct applet listmgr_deliver;
extern const struct applet listmgr_post, listmgr_hold, listmgr_accept, listmgr_reject;

/* What stands before the command, "listmgr -C FILE add": listmgr_open() puts it in front of the command's own. */
extern struct settings_options listmgr_before;

/* These, and behind them the command's own. listmgr_open() does it. */
const struct settings_options *listmgr_join(struct arena *a, const struct settings_options *own);

#endif
