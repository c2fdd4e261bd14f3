/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_CMD_H
#define LIBMAIL_IMAP_CMD_H

/*
 * cmd - between session.c, which gathers and finds the command, and the files cmd_*.c, which carry it out. Nobody else
 * includes this.
 *
 * A command's function is called when the state allows it, with the cursor behind its name, at the blank if there is
 * one. It parses all before it does anything, and answers exactly once, by imap_ok(), imap_no() or imap_bad(); or it
 * returns with p->wrong set, and BAD (or NO [CANNOT]) is said for it:
 *
 *	if (imap_parse_sp(p) < 0 || imap_parse_mailbox(p, &name) < 0 || imap_parse_end(p) < 0)
 *		return;
 *
 * If the answer is long it sets s->more instead, which goes on whenever there is room in *s->out, and answers in the
 * end. Between its calls, and until it is answered, nothing is fed, so spans stay.
 *
 * The tagged answer is sent last: behind what others did, where the command lets that be told (IMAP_TELLS).
 */

#include "imap/parse.h"
#include "imap/put.h"
#include "imap/session.h"

enum { IMAP_UID = 1 /* how: it was UID COMMAND */ };

typedef void imap_cmd_fn(struct imap_session *s, struct imap_parse *p, unsigned how);

/*
 * For commands with literals that are messages: APPEND, REPLACE; and to refuse one before it comes. Whenever a literal
 * is announced begin() gets the bytes from behind the name of the command, or from behind the last literal that was
 * taken, up to the announcement (imap_parse_is_announced()). What it parsed and wants to keep it keeps in s->command by
 * way of s->work.
 */
struct imap_stream {
	/*
	 * 1: take it: put() gets the literal, in pieces, then end() is called; the next begin(), or the command's
	 *    function, gets what follows.
	 * 0: it is as any other, gather it (up to IMAP_LINE_MAX with the rest): begin() will see it with the next one.
	 * -1: refuse: the answer was given (or p->wrong set), and the rest of the command is skipped.
	 */
	int (*begin)(struct imap_session *s, struct imap_parse *p, uint64_t octets, bool is_literal8);
	void (*put)(struct imap_session *s, const char *p, size_t n);
	/* 0, or -1 as begin(). */
	int (*end)(struct imap_session *s, struct imap_parse *p);
};

enum {
	/* States in which it may come. */
	IMAP_BEFORE = 1 << IMAP_NOT_AUTHENTICATED,
	IMAP_AFTER = 1 << IMAP_AUTHENTICATED | 1 << IMAP_SELECTED,
	IMAP_IN_BOX = 1 << IMAP_SELECTED,
	IMAP_ALWAYS = IMAP_BEFORE | IMAP_AFTER,
	/* Flags. */
	IMAP_HAS_UID = 1 << 8,	/* there is also UID COMMAND */
	IMAP_NUMBERS = 1 << 9,	/* it speaks of message numbers, unless it is UID: not with UIDONLY */
	IMAP_HOLDS = 1 << 10,	/* nothing is told of what others did when it ends, unless it is UID: RFC 9051 7.5.1 */
	IMAP_WRITES = 1 << 11,	/* not in a mailbox that was opened by EXAMINE */
	IMAP_ALONE = 1 << 12,	/* it has no arguments */
	IMAP_REMOVES = 1 << 13, /* it removes messages: their EXPUNGEs are told also to those who want no events */
};

struct imap_command {
	const char *name;
	imap_cmd_fn *run;
	unsigned flags;
	const struct imap_stream *stream; /* or NULL */
};

/* commands.c; NULL: there is none. */
const struct imap_command *imap_command_find(struct span name);

/* capability.c: "CAPABILITY IMAP4rev1 ..." as it is now. */
void imap_capability_put(const struct imap_session *s, struct buf *out);

/* ---- answers ---- */

/*
 * The tagged answer. code: what stands in brackets ("READ-WRITE"), or NULL. Texts are ours: no byte that a client sent
 * or a file holds. (A code may have such, if it was put by put.h.)
 */
void imap_ok(struct imap_session *s, const char *code, const char *format, ...) __attribute__((format(printf, 3, 4)));
void imap_no(struct imap_session *s, const char *code, const char *format, ...) __attribute__((format(printf, 3, 4)));
void imap_bad(struct imap_session *s, const char *code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/*
 * NO, because of this fault. Permanent: the user reads it, with `code` ("NONEXISTENT", "ALREADYEXISTS"; NULL: CANNOT).
 * Else it is logged, and the user hears of [OVERQUOTA] or [UNAVAILABLE].
 */
void imap_fail(struct imap_session *s, const char *code, const struct fault *f);

/* An untagged response, without "* " and line end. */
void imap_say(struct imap_session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* One that is put together in *s->out: imap_begin(), put, put, imap_end(). */
void imap_begin(struct imap_session *s, const char *text);
void imap_end(struct imap_session *s);

/* Are strings UTF-8 for this client (put.h's `utf8`)? */
static inline bool imap_utf8(const struct imap_session *s)
{
	return s->enabled & (IMAP_UTF8 | IMAP_REV2);
}

/* ---- messages ---- */

/*
 * Which messages of the selected mailbox: a sequence set of UIDs (how has IMAP_UID) or message numbers at the cursor,
 * or
 * "$"; as message numbers, in order. UIDs that nobody has are left out. Numbers beyond the last message are wrong.
 */
int imap_parse_messages(struct imap_session *s, struct imap_parse *p, unsigned how, struct seqset *numbers);

/*
 * "* 12 FETCH (", or "* 99 UIDFETCH (" with UIDONLY; the items, the caller puts them; ")" and the line end. `i` is the
 * index. with_uid: UID comes first, and a blank if `then_more`.
 */
void imap_fetch_begin(struct imap_session *s, size_t i, bool with_uid, bool then_more);
void imap_fetch_end(struct imap_session *s);

/* FLAGS (...) of a message, for this client. */
void imap_put_message_flags(const struct imap_session *s, struct buf *out, size_t i);
/* MODSEQ (...) of a message. */
void imap_put_modseq(const struct imap_session *s, struct buf *out, size_t i);
/* A whole response with what is true of its flags now: UID if `with_uid`, MODSEQ where CONDSTORE is on. */
void imap_say_flags(struct imap_session *s, size_t i, bool with_uid);
/* Are messages that the client did not ask for told of with their UID? RFC 7162 3.2.4, RFC 5465 5.1. */
static inline bool imap_tells_uid(const struct imap_session *s)
{
	return s->enabled & (IMAP_QRESYNC | IMAP_UIDONLY) || s->lookout;
}

/* VANISHED (EARLIER): the UIDs of `known` (NULL: all), above that one, that were removed after `since`. */
void imap_say_vanished(struct imap_session *s, const struct seqset *known, uint32_t above, uint64_t since);

/* What reads the messages of the selected mailbox: imap/source.h. It stays until the mailbox is closed. */
struct imap_source *imap_session_source(struct imap_session *s);
void imap_session_drop_source(struct imap_session *s);

/* The index of the first message whose UID is not below this one; the number of messages if there is none. */
size_t imap_find_from(const struct cache *view, uint32_t uid);

/* ---- what others did: report.c ---- */

/*
 * Look at the mailbox, and let it be told before anything else is said: only where EXPUNGE is allowed, or between two
 * commands. Commands need not: it is done for them when they end.
 */
void imap_report_look(struct imap_session *s);
/* Put some of it; false when nothing is left. */
bool imap_report_put(struct imap_session *s);
void imap_report_drop(struct imap_session *s);
/* Is what was put the beginning of a response? */
bool imap_report_is_open(const struct imap_session *s);

/* How many messages there are: EXISTS, and RECENT for RFC 3501. */
void imap_say_exists(struct imap_session *s);
/*
 * Which messages are \Recent? When the mailbox is opened those that nobody has moved out of new/ before; then all that
 * come, as it cannot be known who else was told of them (RFC 3501 2.3.2).
 */
void imap_find_recent(struct imap_session *s);
void imap_add_recent(struct imap_session *s, const struct seqset *uids);
/* Which flags there are: FLAGS, PERMANENTFLAGS. */
void imap_say_keywords(struct imap_session *s);

/*
 * A command has said that the client knows of CONDSTORE (RFC 7162 3.1): from now on changes are told with MODSEQ, and
 * those of the selected mailbox are known. The client hears HIGHESTMODSEQ where that is news.
 */
void imap_use_condstore(struct imap_session *s);

/* ---- input.c ---- */

void imap_input_init(struct imap_session *s);
void imap_input_clear(struct imap_session *s);
/* Give up what memory is not needed; what was fed and not used stays. */
void imap_input_rest(struct imap_session *s);
/* Forget all that was fed. */
void imap_input_drop(struct imap_session *s);
void imap_input_feed(struct imap_session *s, const char *p, size_t n);
bool imap_input_is_empty(const struct imap_session *s);
/* What was fed and not used. */
struct span imap_input_unused(const struct imap_session *s);
/* Has nothing come behind the command that is being carried out? */
bool imap_input_is_last(const struct imap_session *s);
/* The command is answered: its bytes are overwritten. */
void imap_input_done(struct imap_session *s);
/* Go on with what was fed: carry out the next command, or take a part of it. false: there is not enough. */
bool imap_input_take(struct imap_session *s);

/* ---- what is watched: cmd_idle.c ---- */

/* The selected mailbox is watched where IDLE or NOTIFY want it, and else not. What happened before is looked for then.
 */
void imap_watch_box(struct imap_session *s);
/* Notice what was seen by the watches, without telling it yet. */
void imap_attend(struct imap_session *s);
/* May it be told what happened? Between two commands, and in IDLE. */
bool imap_may_interrupt(const struct imap_session *s);

/* ---- states ---- */

enum { IMAP_WATCH_BOX /* the selected mailbox's id in s->watch */ };

/* Remove the messages that are \Deleted, of these numbers; NULL: all of them. */
int imap_remove_deleted(struct imap_session *s, const struct seqset *numbers, struct fault *f);
/* Remove these messages, \Deleted or not. */
int imap_remove(struct imap_session *s, const struct seqset *numbers, struct fault *f);

/* The user's limits, by his rule; a temporary fault when it cannot be understood. */
int imap_quota_limits(const struct imap_session *s, struct quota_limits *out, struct fault *f);

/* The client is this user: 0, or -1 where there is no mail to be had. */
int imap_open_mail(struct imap_session *s, const char *user, struct fault *f);
/* Before anything is asked of the mailbox, after imap_session_rest(). */
void imap_wake(struct imap_session *s);
void imap_set_state(struct imap_session *s, enum imap_state state);
/* Close the selected mailbox, if there is one. The client is told [CLOSED] if `tell`. */
void imap_unselect(struct imap_session *s, bool tell);

/* ---- the commands, by file ---- */

imap_cmd_fn imap_cmd_capability, imap_cmd_noop, imap_cmd_logout, imap_cmd_id, imap_cmd_enable, imap_cmd_namespace,
	imap_cmd_compress;								       /* cmd_basic.c */
imap_cmd_fn imap_cmd_starttls, imap_cmd_login, imap_cmd_authenticate, imap_cmd_unauthenticate; /* cmd_auth.c */
imap_cmd_fn imap_cmd_select, imap_cmd_examine, imap_cmd_close, imap_cmd_unselect;	       /* cmd_select.c */
imap_cmd_fn imap_cmd_expunge;								       /* cmd_expunge.c */
imap_cmd_fn imap_cmd_search, imap_cmd_cancelupdate;					       /* cmd_search.c */
imap_cmd_fn imap_cmd_esearch;								       /* cmd_esearch.c */
imap_cmd_fn imap_cmd_sort, imap_cmd_thread;						       /* cmd_sort.c */
imap_cmd_fn imap_cmd_fetch;								       /* cmd_fetch.c */
imap_cmd_fn imap_cmd_store;								       /* cmd_store.c */
imap_cmd_fn imap_cmd_idle;								       /* cmd_idle.c */
imap_cmd_fn imap_cmd_notify;								       /* cmd_notify.c */
imap_cmd_fn imap_cmd_create, imap_cmd_delete, imap_cmd_rename, imap_cmd_subscribe,
	imap_cmd_unsubscribe;		       /* cmd_folder.c */
imap_cmd_fn imap_cmd_list, imap_cmd_lsub;      /* cmd_list.c */
imap_cmd_fn imap_cmd_status;		       /* cmd_status.c */
imap_cmd_fn imap_cmd_copy, imap_cmd_move;      /* cmd_copy.c */
imap_cmd_fn imap_cmd_append, imap_cmd_replace; /* cmd_append.c */
extern const struct imap_stream imap_stream_append;
extern const struct imap_stream imap_stream_setmetadata;
imap_cmd_fn imap_cmd_getquota, imap_cmd_getquotaroot, imap_cmd_setquota; /* cmd_quota.c */
imap_cmd_fn imap_cmd_getmetadata, imap_cmd_setmetadata;			 /* cmd_metadata.c */

#endif
