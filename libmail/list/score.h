/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_SCORE_H
#define LIBMAIL_LIST_SCORE_H

/*
 * score - how a member stands whose mail comes back: what the ledger's entries come to.
 *
 * A bounce counts for bounce_score_days days; on one day the worst of a member's counts, and what a post brings is
 * counted once. Bounces of a post that more than bounce_pause_percent of the members (and more than SCORE_FEW) have
 * sent back count for nobody: then it is the post, or we, and not they.
 *
 *	counting -- bounce_score_limit --> probed -- it comes back --> paused -- probe_after --> probed ...
 *	    ^------- probe_after without its coming back ---------------'
 *
 * A member is removed when remove_after probes have come back (list/probe.h).
 */

#include "base/map.h"
#include "list/ledger.h"

enum {
	SCORE_FEW = 3,		 /* members that may send a post back whatever the percentage */
	SCORE_MISSED_MAX = 1000, /* numbers of posts that are remembered for one member */
	SCORE_DAY = 24 * 3600,
};

enum score_state { SCORE_COUNTING, SCORE_PROBED, SCORE_PAUSED };

struct score {
	const char *address; /* identity */
	enum score_state state;
	unsigned halves;	  /* of bounces, that count now */
	int64_t since;		  /* the first of those, 0: none counts */
	int64_t last;		  /* when the last report came, whether it counted or not; 0: none */
	struct span status, text; /* of the last report */
	unsigned probes;	  /* sent since he was last all right */
	unsigned returned;	  /* of those, came back */
	int64_t probed;		  /* when the last was sent */
	uint64_t paused_at;	  /* the last post that he got before he was paused, 0: he is not */
	/* Posts that came back, ascending; at most SCORE_MISSED_MAX. */
	uint64_t *missed;
	size_t nmissed;
	bool seen_post; /* the post that scores_read() was asked about is among those that came back from him */

	/* Private: of the day that was counted last. */
	int64_t day;
	unsigned day_halves;
	size_t room;
};

/* Of one list, as it stands at `now`. */
struct scores {
	struct arena arena;
	struct map by_address; /* to struct score, in the order in which they first came up */
	struct map paused;     /* posts whose bounces do not count, and days of unknown ones */
	struct span text;      /* of the ledger */
	int64_t now;
	int64_t counts_from; /* what is older does not */
	/* Of the post that was asked about: */
	size_t senders_back; /* members that sent it back */
	bool is_paused;
};

/*
 * Read the ledger. With n > 0 only those n members are told apart (by identity), which is quick also for a large file.
 * `post`: which senders_back and is_paused are about; 0: posts of today that are not known.
 */
int scores_read(struct scores *s, struct list *l, const char *const *addresses, size_t n, uint64_t post, int64_t now,
		struct fault *f);
void scores_close(struct scores *s);
/* An entry that was appended since. It must be of somebody who was asked for; the strings must live as long. */
void scores_add(struct scores *s, const struct ledger_entry *e);

/* NULL: nothing is known of him (or he was not asked for). */
struct score *scores_find(const struct scores *s, const char *address);
/* All, one after the other: NULL at the end. Start with *at 0. */
struct score *scores_next(const struct scores *s, size_t *at);

/* Has he reached bounce_score_limit? Not if that is 0. */
bool score_is_reached(const struct score *s, const struct list_settings *settings);

/* "2.5" */
void score_put_halves(struct buf *out, unsigned halves);

/* "counting", "probed", "paused" */
const char *score_state_name(enum score_state state);

/*
 * Numbers of posts as "12, 14-17": those that came back, and behind paused_at all up to `last`. At most `ranges` of
 * them; then " ..." follows.
 */
void score_put_missed(struct buf *out, const struct score *s, uint64_t last, size_t ranges);

/* Is there anything to tell of him? Not after a reset. */
bool score_is_known(const struct score *s);

/*
 * For people, two or three lines:
 *	al@example.net: 2.5 of 5 since 2026-11-20, probe 1 on 2026-11-25
 *	    2026-11-25 5.1.1 550 5.1.1 no such user
 *	    missed: 12, 14-17
 */
void score_put_text(struct buf *out, const struct score *s, const struct list_settings *settings, uint64_t last);

#endif
