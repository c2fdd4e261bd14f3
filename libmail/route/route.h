/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_ROUTE_H
#define LIBMAIL_ROUTE_ROUTE_H

/*
 * route - from a recipient address to where it is delivered.
 *
 * The steps: append the origin to a bare name; virtual_alias_maps, again and again; relocated_maps; transport_maps; is
 * the domain ours (mydestination): the alias files, mailing lists, user+detail, the account and its forward file; is it
 * in virtual_mailbox_domains: mailing lists, its mailbox; else a remote destination by default_transport and relayhost.
 * What a step did can be heard (sendmail -bt). What happens to addresses when a message enters is in canonical.h.
 *
 * Aliases and forward files share one grammar (see entry.h): user, address, \user (no
 * more expansion), /file, /dir/ (Maildir), |command, "|command with blanks", :include:/file, and names
 * are found without regard to case. A name whose own expansion names it again is
 * delivered without expansion (self-reference: "al: al, archive"), any other loop is a permanent
 * fault; depth is limited by ROUTE_DEPTH (at which a forward file is not read, and an alias is a fault), the
 * number of results by ROUTE_TARGETS. Every alias, forward
 * file and :include: file is expanded once for a recipient, however many names lead to it, so the time is linear in the
 * size of the files.
 *
 * owner-NAME: where an alias of that name stands beside the alias NAME, it becomes the sender of what
 * goes to NAME's targets.
 *
 * A virtual alias names addresses only, of any domain. Its name is a whole address, and one that names itself is not
 * expanded again; the extension of user+extension goes to its targets, if propagate_unmatched_extensions has "virtual".
 *
 * Rights: commands and files named by an alias file have those of its owner, or of default_privs if that is
 * root; named by a forward file those of the user, or of default_privs if that is root. An
 * :include: file holds addresses only: commands and files in it are refused. An unsafe or broken forward
 * file is ignored with a warning, and the user's mailbox gets the mail.
 *
 * postmaster and mailer-daemon (RFC 5321 4.5.1) are root's where they are neither alias nor account, and root is then
 * the administrator: find_account's empty name.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/account.h"
#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"

enum { ROUTE_DEPTH = 50, ROUTE_TARGETS = 100000 };

enum route_kind {
	ROUTE_MAILBOX, /* as.mail */
	ROUTE_FILE,    /* argument: path, a trailing "/" means Maildir, else mbox */
	ROUTE_COMMAND, /* argument: shell command */
	ROUTE_LIST,    /* a mailing list's address; argument: the list's name, "" for the site's command address */
	ROUTE_REMOTE,  /* transport + nexthop */
	ROUTE_DISCARD, /* an alias to /dev/null */
	ROUTE_FAULT,   /* this one cannot be delivered: fault says whether now or ever */
};

enum route_transport { ROUTE_SMTP, ROUTE_LMTP, ROUTE_PIPE };

struct route_target {
	enum route_kind kind;
	enum route_transport transport;
	const char *recipient; /* the address it is for, qualified: Delivered-To, RCPT TO */
	const char *sender;    /* owner-NAME@domain that replaces the envelope sender, or NULL */
	bool forwarded;	       /* an alias or a forward file led here, and not only virtual aliases */
	struct account as;     /* MAILBOX, LIST, FILE, COMMAND: with whose rights; never root's for the last two */
	const char *argument;  /* FILE, COMMAND, LIST; and PIPE transport: the command template */
	const char *detail;    /* what followed the delimiter, or "" */
	/*
	 * SMTP, LMTP: "[host]:port" (the host itself), "host:port" (its MX), "unix:path"; for SMTP without relayhost
	 * the recipient's domain (MX), and "[192.0.2.1]:25" for an address literal. IPv6 without the prefix:
	 * "[::1]:25". PIPE: relayhost as it is set, or the recipient's domain.
	 */
	const char *nexthop;
	const struct fault *fault; /* FAULT */
};

struct route_targets {
	struct route_target *v;
	size_t n;
};

/* A mailing list that an address means. */
struct route_list {
	const char *name;  /* see ROUTE_LIST */
	struct account as; /* whose it is */
	bool is_hidden;	   /* none was found, but this process may not look */
};

struct route_callbacks {
	/*
	 * 1 found, 0 no such account, -1 fault. `name` is a whole address (tried first), a local part, or empty: the
	 * administrator. See users_find().
	 */
	int (*find_account)(void *ctx, struct arena *a, struct span name, struct account *out, struct fault *f);
	/*
	 * The content of a file in an alias's :include: or a user's forward file, read with the
	 * rights of `as` (NULL: this process) after the checks of forward.h: forward_read() is all that is needed.
	 * 1 read, 0 there is none, -1 fault: a permanent one means that the file is not to be trusted.
	 */
	int (*read_file)(void *ctx, struct arena *a, const char *path, const struct account *as, bool forward,
			 struct span *out, struct fault *f);
	/* A step, as one line for people, escaped for a terminal; see step.h; may be NULL. */
	void (*step)(void *ctx, int depth, const char *text);
	/* What the operator should know: a forward file that was ignored, and why; may be NULL. */
	void (*warn)(void *ctx, const char *text);
	/*
	 * Is it a mailing list's address? `local` is the whole local part; the domain is in mydestination, or else in
	 * virtual_mailbox_domains. 1 found; 0 not; -1: a permanent fault means that it is one, and that mail for it is
	 * refused, as what it asks for is not known, or its signature is wrong. NULL: there are no lists.
	 */
	int (*find_list)(void *ctx, struct arena *a, struct span local, struct span domain, bool is_local,
			 struct route_list *out, struct fault *f);
};

struct route {
	/* parameters, in letterbox.conf's syntax; NULL is "" */
	const char *myhostname, *mydomain, *myorigin, *mydestination;
	const char *recipient_delimiter; /* each character of it is one; the first in a name counts */
	const char *alias_maps;		 /* "/etc/aliases, hash:/etc/more": the type is ignored, the text is read */
	const char *forward_path;	 /* relative to the home directory */
	const char *relayhost, *default_transport;
	const char *default_privs;
	bool allow_mail_to_commands, allow_mail_to_files;

	/* lists of tables (table.h); those of domains may hold domains, too */
	const char *canonical_maps, *sender_canonical_maps, *recipient_canonical_maps;
	const char *virtual_alias_maps, *virtual_alias_domains;
	const char *virtual_mailbox_maps, *virtual_mailbox_domains, *virtual_uid_maps, *virtual_gid_maps;
	const char *relay_domains, *relay_recipient_maps;
	const char *transport_maps, *sender_dependent_relayhost_maps, *relocated_maps;
	/* lists of words */
	const char *canonical_classes, *masquerade_classes, *propagate_unmatched_extensions;
	const char *masquerade_domains, *masquerade_exceptions;
	const char *virtual_mailbox_base;
	long virtual_alias_expansion_limit, virtual_minimum_uid; /* 0: ROUTE_TARGETS; 1 */
	uid_t virtual_uid;					 /* whose the virtual mailboxes are... */
	gid_t virtual_gid;					 /* ...that the two maps say nothing about */

	const struct route_callbacks *call;
	void *ctx;
	const char *sender;	       /* of the mail in question: for sender_dependent_relayhost_maps; NULL: any */
	struct arena arena;	       /* of those below */
	struct route_aliases *aliases; /* alias files that were read; they are read again when they changed */
	struct route_tables *tables;   /* the same for tables */
	struct nexthop *relay;	       /* where remote mail goes */
};

/* What this machine is to a domain. */
enum route_class {
	ROUTE_LOCAL,	       /* mydestination, an address of ours, or none */
	ROUTE_VIRTUAL_ALIAS,   /* every address in it is a virtual alias, or there is none */
	ROUTE_VIRTUAL_MAILBOX, /* has mailboxes here, but no accounts */
	ROUTE_RELAY,	       /* mail for it is taken from everybody, and handed on */
	ROUTE_ELSEWHERE,
};

/* After the parameters are set. Checks the syntax of those that are used here; a usage fault names the parameter. */
int route_init(struct route *r, struct fault *f);
void route_clear(struct route *r);

/* Read the alias files and tables now, for a process that is about to give up the right to; or what has changed. */
int route_load(struct route *r, struct fault *f);

/* By the tables that were read last. A domain of several classes has the first of them. */
enum route_class route_class_of(const struct route *r, struct span domain);

/* Is the domain in mydestination ("" is), or an address literal of ours? */
bool route_is_local(const struct route *r, struct span domain);

/* "al" -> "al@myorigin"; an address with domain stays as it is. */
const char *route_qualify(const struct route *r, struct arena *a, struct span address);

/*
 * Everything that a recipient expands to, duplicates removed (same kind, recipient or argument,
 * account). *out lives in the arena and has at least one target. A leading "\" means no more expansion. Unknown users
 * and broken alias entries are ROUTE_FAULT targets; -1 only for what concerns the whole (an alias file that cannot be
 * read, more than ROUTE_TARGETS).
 */
int route_expand(struct route *r, struct arena *a, struct span recipient, struct route_targets *out, struct fault *f);

/*
 * Where the relay takes a recipient: to another machine (REMOTE, FAULT), or (any other kind) to the worker that expands
 * it. With `expanded` it is what an expansion has led to. -1: it cannot be known now.
 */
int route_place(struct route *r, struct arena *a, struct span recipient, const char *sender, bool expanded,
		struct route_target *out, struct fault *f);

/*
 * May mail for this recipient be accepted: for RCPT and -bv. Like route_expand, without reading
 * forward files (they are the user's): 0, or the fault to answer with (550 5.1.1 ...): an alias of which every target
 * is known to be undeliverable is refused too, and an address in relay_domains that relay_recipient_maps do not
 * have. An :include: file that this process cannot read counts as deliverable.
 */
int route_check(struct route *r, struct arena *a, struct span recipient, struct fault *f);

#endif
