/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_SESSION_H
#define LIBMAIL_IMAP_SESSION_H

/*
 * session - the server's half of an IMAP conversation, without I/O on the connection.
 *
 *	imap_session_greet(&s);
 *	while (imap_session_is_open(&s)) {
 *		while (imap_session_produce(&s))       until it has no more to say
 *			... write *out, and empty it
 *		... write *out, and empty it
 *		... STARTTLS: imap_session_wants_tls(), then _secured()
 *		... imap_session_is_elsewhere(): carry bytes to and from the other host, first those of _unanswered()
 *		... wait for the client, and for what imap_session_watched() names: then imap_session_look()
 *		... read; imap_session_feed(&s, p, n)
 *	}
 *	imap_session_clear(&s);
 *
 * Commands are carried out one after another, and one whose answer is long is answered in parts. Fed in pieces of any
 * size it does the same. What happens to mail is the store's work, with the rights that the process has after
 * callbacks->open.
 *
 * RFC 3501 and RFC 9051 at once: what differs is decided by ENABLE IMAP4rev2. The table of commands is in commands.c,
 *that of capabilities in capability.c; both name the RFCs.
 *
 * Decided here, as the RFCs leave it open or it has been got wrong elsewhere:
 * - A command is one run of bytes: the line and its literals, IMAP_LINE_MAX of them. Literals that are messages are no
 *   part of it, they stream into the store (struct imap_stream in cmd.h).
 * - A command that is too long ends the session, and so does a literal that is too large where the client does not wait
 *   to be asked for it: what it sends is never read as commands. A command that was refused before its literals have
 *   come has them skipped.
 * - Other sessions' work is told when a command ends that allows EXPUNGE to be told, and while IDLE waits; all other
 *   commands see the mailbox as it was. So message number n is always index n - 1 of box->view. Whoever has said NOTIFY
 *   is told between two commands, too: but never within one, not even while its literals come.
 * - CR LF and LF end a command.
 * - A login after which the mail cannot be opened ends the session: its process is the user's by then. For the same
 *   reason there is UNAUTHENTICATE (RFC 8437) only where the caller can be nobody again. Who has compression on waits
 *for the answer to it, or the session ends: what is compressed cannot be told from what is not.
 * - Who is handed over hears OK without capabilities: they are the other host's, and the client asks that for them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/sasl.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "imap/seqset.h"
#include "store/folders.h"
#include "store/mailbox.h"
#include "store/modseq.h"
#include "store/watch.h"

enum {
	IMAP_LINE_MAX = 65536,	       /* octets in a command with its literals, but those that are messages */
	IMAP_LINE_LOGIN_MAX = 12288,   /* and before login, also in a response to a challenge: RFC 4954 4.3 */
	IMAP_LITERAL_LOGIN_MAX = 1024, /* octets in a literal before login */
	IMAP_LITERALS_MAX = 1000,      /* literals in a command, but those that are messages */
	IMAP_TAG_MAX = 200,	       /* octets */
	IMAP_PIECE = 8192,	       /* octets fed at a time at most */
	IMAP_FULL = 65536,	       /* octets of answers after which produce() stops */
	IMAP_OUT_MAX = 32 << 20,       /* the most that one step may exceed it to: one response with all its strings */
	IMAP_LOGIN_FAILURES_MAX = 3,   /* failed logins in a session */
	IMAP_LOGIN_ERRORS_MAX = 10,    /* commands that are wrong, before login */
	IMAP_ERRORS_MAX = 20,	       /* and in a row after it */
};

/* What holds for every session of a server. The strings outlive them. */
struct imap_server {
	const char *greeting; /* behind the capabilities */
	bool offers_tls;
	uint64_t append_limit; /* octets in a message: APPENDLIMIT */
	long progress_ms;      /* how long a client waits before it hears how far SEARCH is; 0: 10 s, -1: no time */
	long idle_notify;      /* seconds after which a client in IDLE hears that we are there; 0: never */
};

/* What a login opens: strings that outlive the session. */
struct imap_mail {
	const char *root;	/* the Maildir's path */
	const char *quota_rule; /* or NULL */
};

/* `ctx` is the caller's. Faults are for its log, but those of start_tls: clients hear no more than "later". */
struct imap_callbacks {
	/* STARTTLS: 0 when the handshake can begin; else the client reads the fault. */
	int (*start_tls)(void *ctx, struct fault *f);
	/* COMPRESS: 0 when what is said can be compressed. NULL: that is not offered. */
	int (*start_deflate)(void *ctx, struct fault *f);
	/* A login has ended: well, then f is NULL, or with the fault that the client reads. May be NULL. */
	void (*authenticated)(void *ctx, const struct sasl *sasl, const struct fault *f);
	/*
	 * Is the account served by another host? Then connect to that, as the user: 1; 0: it is served here; -1, 535:
	 * the host says that the password is wrong. May be NULL.
	 */
	int (*hand_over)(void *ctx, const struct sasl *sasl, struct fault *f);
	/* Act as the user from now on: 0; -1, and why is in the log already. */
	int (*open)(void *ctx, const char *user, struct imap_mail *out, struct fault *f);
	/*
	 * UNAUTHENTICATE: be nobody again, and forget what open() has returned. NULL: that cannot be, and is not
	 * offered.
	 */
	void (*leave)(void *ctx, const char *user);
	/* Something did not work, and the user can do nothing about it. May be NULL. */
	void (*failed)(void *ctx, const struct fault *f);
};

enum imap_state {
	IMAP_NOT_AUTHENTICATED,
	IMAP_AUTHENTICATED,
	IMAP_SELECTED,
	IMAP_SECURING,	/* what comes is dropped until the handshake begins */
	IMAP_ELSEWHERE, /* the client speaks with another host */
	IMAP_CLOSED,
};

/* What ENABLE, or another command that says so, has switched on. */
enum {
	IMAP_CONDSTORE = 1,
	IMAP_QRESYNC = 2, /* IMAP_CONDSTORE is set too */
	IMAP_UTF8 = 4,	  /* strings and names are UTF-8: by UTF8=ACCEPT */
	IMAP_REV2 = 8,	  /* ... or by IMAP4rev2 */
	IMAP_UIDONLY = 16,
};

struct imap_command;
struct imap_parse;
struct imap_input;
struct imap_source;

struct imap_session {
	const struct imap_server *server;
	const struct sasl_rules *rules; /* what is in it may change between two commands */
	const struct imap_callbacks *call;
	void *ctx;
	struct buf *out;
	enum imap_state state;
	bool is_secure; /* TLS is there, or has been from the start */
	bool is_deflated;
	unsigned enabled;
	long errors, failures;
	long pause_ms; /* see imap_session_pause_ms() */

	/* Since login; in `arena`. */
	struct arena arena;
	const char *user; /* NULL: nobody */
	struct imap_mail mail;
	struct folders folders;

	/* Since SELECT. */
	struct mailbox *box; /* NULL: none is selected; else &mailbox */
	struct mailbox mailbox;
	struct modseq modseq;	    /* with its arrays only where CONDSTORE is enabled */
	struct imap_source *source; /* of the mailbox, or NULL: see imap_session_source() in cmd.h */
	char *name;		    /* of the mailbox, on the heap */
	bool read_only;
	struct seqset recent; /* UIDs that are \Recent here, in recent_in */
	struct arena recent_in;
	size_t told;			     /* how many messages the client knows of */
	struct imap_search_updates *updates; /* searches that the client is kept informed of, or NULL */
	struct seqset saved;		     /* "$": UIDs, in saved_in */
	struct arena saved_in;

	/*
	 * The command that is being carried out; all of it is forgotten when it is answered. Spans that were parsed
	 * last as long.
	 */
	struct arena command;
	const struct imap_command *running;
	const char *tag;
	unsigned how;	   /* IMAP_UID */
	struct buf tagged; /* what ends it: set by imap_ok() and its like, sent when all else is */
	bool is_answered;
	bool was_looked;    /* for what others did, since then */
	bool ends, secures; /* when that is sent the session is closed, or the handshake begins */
	bool leaves;	    /* or the client speaks with another host */
	const char *bye;    /* or this is the reason for which it is closed; NULL: it is not */
	bool deflates;	    /* or compression */
	bool inflates;	    /* or compression ends */
	bool watches;	    /* it waits for what others do, until the client has enough of it */
	/* An answer that is not whole yet: put the next part, about IMAP_FULL octets; false when it is. NULL: there is
	 * none. */
	bool (*more)(struct imap_session *s);
	/* The next line is no command: given to this, without its end. NULL: it is one. */
	void (*line)(struct imap_session *s, struct span line);
	/* The connection is lost, or the session stopped, before it was answered: give back what `work` holds. */
	void (*abandon)(struct imap_session *s);
	void *work; /* the command's own */

	struct watch watch;	      /* of the mailbox: IDLE; and of what NOTIFY names */
	bool box_watched;	      /* the selected mailbox is: see imap_watch_box() in cmd.h */
	bool box_changed;	      /* and something was seen there that was not looked at yet; */
	bool box_arrived;	      /* messages that came into new/, if nothing else */
	struct imap_lookout *lookout; /* what NOTIFY asks for, or NULL: it was never said */
	int64_t settles;	      /* monotonic ms: when it is looked at once more, 0: not; see cmd_idle.c */
	bool settles_again;	      /* and after that, as it has changed meanwhile */
	bool box_seen;		      /* all of it, since it is watched */
	int64_t idle_told;	      /* monotonic ms: when a client in IDLE was told something last */
	struct sasl *sasl;	      /* of the login that is under way, or NULL */
	struct imap_report *report;   /* what is still to be told of others' work, or NULL */
	struct imap_input *input;     /* what was fed and not used */
};

/* `out` is the caller's, with a maximum of IMAP_OUT_MAX. Everything pointed to outlives the session. */
void imap_session_init(struct imap_session *s, const struct imap_server *server, const struct sasl_rules *rules,
		       const struct imap_callbacks *call, void *ctx, struct buf *out);
/* The connection is gone. */
void imap_session_clear(struct imap_session *s);

void imap_session_greet(struct imap_session *s);
/* Instead, where the client is known to be this user: PREAUTH, or BYE where the mail cannot be opened. */
void imap_session_welcome(struct imap_session *s, const char *user);

/* At most IMAP_PIECE octets, when produce() has returned false since the last time. */
void imap_session_feed(struct imap_session *s, const char *p, size_t n);
/* Answer. true: *out is to be written and emptied, then there is more to come. */
bool imap_session_produce(struct imap_session *s);

/*
 * While the client is waited for: a descriptor that becomes readable when there may be something to tell, -1 if there
 * is none; and how long to wait at most, in ms, -1 for ever. Then imap_session_look(), and produce().
 * True: the session was woken for that, and may rest again, whether it has anything to say or not.
 */
int imap_session_watched(struct imap_session *s, int *wait_ms);
bool imap_session_look(struct imap_session *s);
/* The client says nothing for now: give up what memory that makes needless. */
void imap_session_rest(struct imap_session *s);

/* STARTTLS was said: when all is written the handshake begins. */
bool imap_session_wants_tls(const struct imap_session *s);
/* It is done, after STARTTLS or before the first command: what was said before is forgotten. */
void imap_session_secured(struct imap_session *s);
/* COMPRESS was said: when all is written compression begins. Asking makes it false. */
bool imap_session_wants_deflate(struct imap_session *s);
/* UNAUTHENTICATE was said: when all is written compression ends. Asking makes it false. */
bool imap_session_wants_plain(struct imap_session *s);
/* The account is served by another host: when all is written, the client speaks with that one. */
bool imap_session_is_elsewhere(const struct imap_session *s);
/* What it has said and was not answered here; IMAP_LINE_LOGIN_MAX + IMAP_PIECE octets at most. */
struct span imap_session_unanswered(const struct imap_session *s);
/* How long the caller should wait before it writes what is in *out: a login failed. Asking makes it 0. */
long imap_session_pause_ms(struct imap_session *s);

/* Say BYE and why, unless that would be in the middle of a response, and end it. */
void imap_session_stop(struct imap_session *s, const char *text);

/* false: write what is in *out and close the connection. */
bool imap_session_is_open(const struct imap_session *s);
/* May it be ended without the client losing anything? An IDLE may. */
bool imap_session_is_idle(const struct imap_session *s);

#endif
