/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_DAEMON_H
#define APPLETS_DAEMON_H

/*
 * daemon - what all servers have in common: their options, their log, what they are made of, and what they serve: a
 * connected socket on descriptor 0 (inetd) or from systemd, listening sockets from systemd or of their own, or standard
 * input and output. With listening sockets the configuration is read again when it has changed, by SIGHUP, and
 * certificates without being told.
 */

#include <stdbool.h>

#include "applet.h"
#include "base/fault.h"
#include "base/opt.h"
#include "clients.h"
#include "login.h"
#include "net/listen.h"
#include "net/peer.h"
#include "net/serve.h"
#include "net/wire.h"
#include "servertls.h"
#include "settings.h"
#include "site.h"

/* What it was started with: the first member of an applet's options structure. */
struct daemon_options {
	struct opt_list listen, listen_tls;
	bool tls, foreground, verbose;
	struct settings_options from;
	struct arena arena; /* the process's */
};

/* Rows for an applet's option table, besides SETTINGS_OPTS; `member` is the daemon_options in its options structure. */
#define DAEMON_OPTS(type, member, tls_port)                                                                            \
	{ .name = "--listen",                                                                                          \
	  .arg = "ADDR:PORT|PATH",                                                                                     \
	  .kind = OPT_LIST,                                                                                            \
	  .at = offsetof(type, member.listen),                                                                         \
	  .help = "listen here; may be repeated; port 0: any, printed" },                                              \
		{ .name = "--listen-tls",                                                                              \
		  .arg = "ADDR:PORT",                                                                                  \
		  .kind = OPT_LIST,                                                                                    \
		  .at = offsetof(type, member.listen_tls),                                                             \
		  .help = "listen here, and begin with TLS: port " tls_port },                                         \
		{ .name = "--tls",                                                                                     \
		  .kind = OPT_BOOL,                                                                                    \
		  .at = offsetof(type, member.tls),                                                                    \
		  .help = "begin with TLS on each connection" },                                                       \
		{ .name = "--foreground",                                                                              \
		  .kind = OPT_BOOL,                                                                                    \
		  .at = offsetof(type, member.foreground),                                                             \
		  .help = "log to standard error" },                                                                   \
	{                                                                                                              \
		.name = "-v", .kind = OPT_BOOL, .at = offsetof(type, member.verbose), .help = "log more"               \
	}

struct daemon_sockets {
	struct listen_sockets listening;
	int connected;	/* -1: none was handed over */
	bool announces; /* they are ours to name: whoever hands us some knows them */
};

/* The part of a server's state that all servers have; made anew when the configuration is read again. */
struct daemon {
	const struct daemon_kind *kind;
	const struct applet *applet;
	struct daemon_options *options; /* all of them, for the applet */
	const struct daemon_sockets *sockets;
	struct arena arena;
	struct site site; /* with its spool */
	struct clients clients;
	struct servertls tls;
	bool has_login; /* clients can log in */
	struct login login;
};

/* What is a server's own. Those without a word on it may be NULL. */
struct daemon_kind {
	size_t size;			      /* of its state: zeroed, and a struct daemon first */
	const struct wire_protocol *protocol; /* whose context is the state */
	const char *sorry; /* what a client who is there already is told when it cannot be served, with its line end */
	/* What lines of the log begin with, if it is not the applet's name. */
	const char *(*log_name)(const struct daemon_options *o);
	/* Read the rest as long as there are the rights to: site, spool and clients are open. Always. */
	int (*load)(struct daemon *d, struct fault *f);
	void (*unload)(struct daemon *d);
	/* A socket to listen at besides those that were asked for, or NULL: a string that lives as long as the process.
	 */
	const char *(*local)(struct daemon *d);
	/* For many processes: have loaded what they all need, so that they share it. */
	void (*warm_up)(struct daemon *d);
	/* As in net/serve.h; timeout, limits and what refused clients are told. Always. */
	void (*set_rules)(struct daemon *d, struct serve_rules *r);
	/* In a process that serves: give up rights. Always. */
	int (*enter)(struct daemon *d, struct fault *f);
	bool (*is_spent)(struct daemon *d);
};

/*
 * An applet's run(): read its options into *o, which is zeroed, and serve, until told to end, or for one connection.
 * The exit code.
 */
int daemon_main(const struct daemon_kind *kind, const struct applet *applet, struct daemon_options *o, int argc,
		char **argv);

/* Is it served at this TCP port? */
bool daemon_has_port(const struct daemon_sockets *s, unsigned port);

/* For load(): clients can log in. See login_open(). */
int daemon_open_login(struct daemon *d, bool gives_up_root, struct fault *f);

#endif
