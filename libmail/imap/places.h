/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_PLACES_H
#define LIBMAIL_IMAP_PLACES_H

/*
 * places - the mailboxes of a user as they were when somebody last looked: their names, and of those that are watched
 * what is needed to see that they have changed. What NOTIFY (imap/lookout.h) compares.
 *
 * Of a mailbox's messages two sums are kept, one of the UIDs and one of the UIDs with their flags, so whatever happened
 * to a message shows, whoever did it, and it costs 100 octets. Of annotations names are kept, and a hash of each value.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "store/folders.h"
#include "store/mailbox.h"
#include "store/metadata.h"

/* The messages of a mailbox. */
struct place_state {
	char guid[UIDLIST_GUID + 1];
	uint32_t uidvalidity, next_uid;
	size_t messages;
	uint64_t uids, flags; /* the sums */
};

/* Annotations. All of it is in the arena. */
struct place_notes {
	struct arena arena;
	struct place_note {
		struct span name;
		uint64_t hash;
	} * v;
	size_t n;
};

struct place {
	char *name;
	bool exists, is_subscribed;
	unsigned uses; /* SPECIALUSE_... */

	/* The rest is the caller's, but what the two hold is given back by places_clear(). */
	unsigned events;
	uint32_t id; /* of its watches, 0: there are none */
	bool is_known, has_notes;
	bool goes_along; /* it was below a mailbox that has another name now */
	bool messages_changed, notes_changed;
	struct place_state state;
	struct place_notes notes;
};

/* Sorted by places_compare(): what is below a mailbox follows on it. */
struct places {
	struct place *v;
	size_t n;
};

/* Names, level by level: "a", "a/b", "a b". */
int places_compare(const char *a, const char *b);

/* All folders, and the names that are subscribed to. -1 temporary. */
int places_load(struct places *out, struct folders *t, struct fault *f);
void places_clear(struct places *p);

/* NULL if there is none of that name. */
struct place *places_find(const struct places *p, const char *name);
/* Is there a mailbox below this name? It need not be there itself. */
bool places_has_below(const struct places *p, const char *name);

/* What a mailbox of `after` was called before, if it was known by a name that is none any more; NULL. By GUIDs. */
const struct place *places_find_old(const struct places *before, const struct places *after, const struct place *p);
/* Has what was `old` another name now? */
bool places_was_renamed(const struct places *after, const struct place *old);

/* Is it "top/..."? And of all those that are: goes_along. */
bool places_is_below(const char *name, const char *top);
void places_mark_below(struct places *p, const char *top);

/*
 * 1; 0 there is no such mailbox any more; -1 it cannot be read now. only_name: what is wanted is only to know it again,
 * so nothing is written: messages that are new get no UIDs by that, and one that was never opened has no GUID.
 */
int place_read_state(struct folders *t, const char *name, bool only_name, struct place_state *out, struct fault *f);
void place_take_state(const struct mailbox *m, struct place_state *out);
bool place_state_is(const struct place_state *a, const struct place_state *b);

/* Of a mailbox, or of the account by the name "". What there is not has none. -1 temporary. */
int place_read_notes(struct folders *t, const char *name, struct place_notes *out, struct fault *f);
void place_clear_notes(struct place_notes *n);
/* The next entry that is in one of them only, or has another value: true; *at is 0 at the beginning. */
bool place_next_note(const struct place_notes *before, const struct place_notes *after, size_t *at, struct span *name);
/* One entry becomes what it is in `after`. */
void place_adopt_note(struct place_notes *before, const struct place_notes *after, struct span name);

#endif
