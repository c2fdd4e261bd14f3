/* SPDX-License-Identifier: ISC */
/*
 * lookout - tells a client of what it has asked for by NOTIFY.
 *
 * A place has two watches: of its messages, with an even distance from LOOKOUT_PLACE, and of its annotations, behind
 * it.
 */
#include "imap/lookout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "imap/cmd.h"
#include "imap/notify.h"
#include "imap/places.h"
#include "imap/status.h"
#include "store/specialuse.h"

enum { TREE = LOOKOUT_ID, ACCOUNT, FIRST_PLACE };

struct imap_lookout {
	struct arena arena; /* of what was asked */
	struct notify asked;
	struct places places;
	struct place_notes account;
	uint32_t next_id;
	bool names_changed, account_changed;
	int64_t again_ms; /* when names are looked at once more, monotonic; 0: not */
	int64_t soon_ms;  /* the same, as they would not stay the same */
	size_t prepared;  /* places that have been looked at, at the beginning */
	size_t changed;	  /* marks of places */
	bool overflows;
	struct buf renamed_from, renamed_to; /* the last mailbox that was told to have another name */
	/* UIDs in the selected mailbox that this client has put there. */
	struct arena own_in;
	struct seqset own;
};

static void complain(struct imap_session *s, const struct fault *f)
{
	if (s->call->failed)
		s->call->failed(s->ctx, f);
}

/* ---- watches ---- */

static bool watches_messages(const struct place *p)
{
	return p->exists && p->events & NOTIFY_MESSAGES;
}

static bool watches_notes(const struct place *p)
{
	return p->exists && p->events & NOTIFY_MAILBOX_METADATA;
}

static void watch_file(struct imap_session *s, uint32_t id, const char *dir, const char *name)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) < sizeof(path))
		watch_add(&s->watch, id, WATCH_FILE, path);
}

static void watch_place(struct imap_session *s, struct place *p)
{
	char path[PATH_MAX];
	struct fault f;

	if (!(watches_messages(p) || watches_notes(p)) || folders_find(&s->folders, span_str(p->name), path, &f) <= 0)
		return;
	p->id = s->lookout->next_id;
	s->lookout->next_id += 2;
	if (watches_messages(p))
		watch_add(&s->watch, p->id, WATCH_FOLDER, path);
	if (watches_notes(p))
		watch_file(s, p->id + 1, path, METADATA_FILE);
}

static void unwatch_place(struct imap_session *s, struct place *p)
{
	if (!p->id)
		return;
	watch_remove(&s->watch, p->id);
	watch_remove(&s->watch, p->id + 1);
	p->id = 0;
}

static void watch_root(struct imap_session *s)
{
	unsigned all = notify_all_events(&s->lookout->asked);

	/* Which mailboxes there are decides which are watched. */
	if (all)
		watch_add(&s->watch, TREE, WATCH_TREE, s->mail.root);
	if (all & NOTIFY_SERVER_METADATA)
		watch_file(s, ACCOUNT, s->mail.root, METADATA_ACCOUNT_FILE);
}

/* ---- what is asked ---- */

static void free_lookout(struct imap_lookout *l)
{
	places_clear(&l->places);
	place_clear_notes(&l->account);
	buf_clear(&l->renamed_from);
	buf_clear(&l->renamed_to);
	arena_clear(&l->own_in);
	arena_clear(&l->arena);
	free(l);
}

void imap_lookout_drop(struct imap_session *s)
{
	struct imap_lookout *l = s->lookout;

	if (!l)
		return;
	watch_remove(&s->watch, TREE);
	watch_remove(&s->watch, ACCOUNT);
	for (size_t i = 0; i < l->places.n; i++)
		unwatch_place(s, &l->places.v[i]);
	free_lookout(l);
	s->lookout = NULL;
}

/* Which events each has: how many have any. */
static size_t ask(const struct notify *asked, struct places *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		p->v[i].events = notify_events(asked, p->v[i].name, p->v[i].is_subscribed);
		n += p->v[i].events != 0;
	}
	return n;
}

static struct imap_lookout *parse(const struct imap_session *s, struct span text)
{
	struct imap_lookout *l = arena_heap(sizeof(*l));
	struct imap_parse p;

	*l = (struct imap_lookout){ .next_id = FIRST_PLACE };
	buf_init(&l->renamed_from, PATH_MAX);
	buf_init(&l->renamed_to, PATH_MAX);
	text = span_of(arena_span(&l->arena, text), text.n);
	imap_parse_init(&p, &l->arena, text, imap_utf8(s));
	notify_parse(&p, &l->asked);
	return l;
}

int imap_lookout_set(struct imap_session *s, struct span text, struct fault *f)
{
	struct imap_lookout *l = text.n > LOOKOUT_TEXT_MAX ? NULL : parse(s, text);

	if (!l)
		return 0;
	if (notify_all_events(&l->asked) && places_load(&l->places, &s->folders, f) < 0) {
		free_lookout(l);
		return -1;
	}
	if (ask(&l->asked, &l->places) > LOOKOUT_PLACES_MAX) {
		free_lookout(l);
		return 0;
	}
	imap_lookout_drop(s);
	s->lookout = l;
	watch_root(s);
	return 1;
}

/* What it is like now, as far as that is not known. It is not there any more: the names will tell. */
static int learn(struct imap_session *s, struct place *p, struct fault *f)
{
	int rc = 0;

	if (p->exists && p->events && !p->is_known)
		rc = place_read_state(&s->folders, p->name, !watches_messages(p), &p->state, f);
	if (rc < 0)
		return -1;
	p->is_known |= rc > 0;
	if (!watches_notes(p) || p->has_notes)
		return 0;
	p->has_notes = true;
	return place_read_notes(&s->folders, p->name, &p->notes, f);
}

static bool is_selected(const struct imap_session *s, const struct place *p)
{
	return s->box && strcmp(s->name, p->name) == 0;
}

/*
 * RFC 5465 3.1, 5.1 to 5.3: these at least; UNSEEN for those who cannot see by mod-sequences which flags changed. Who
 * asks for flags is told the mod-sequence at the beginning, whether CONDSTORE is enabled or not.
 */
static int say_status(struct imap_session *s, const struct place *p, bool is_first, struct fault *f)
{
	unsigned items = IMAP_STATUS_MESSAGES | IMAP_STATUS_UIDNEXT | IMAP_STATUS_UIDVALIDITY;

	if (p->events & NOTIFY_FLAG_CHANGE)
		items |= IMAP_STATUS_UNSEEN;
	if (s->enabled & IMAP_CONDSTORE || (is_first && p->events & NOTIFY_FLAG_CHANGE))
		items |= IMAP_STATUS_HIGHESTMODSEQ;
	return imap_status_say(s, p->name, items, f);
}

int imap_lookout_prepare(struct imap_session *s, struct fault *f)
{
	struct imap_lookout *l = s->lookout;
	size_t end = l->places.n - l->prepared > LOOKOUT_STEP ? l->prepared + LOOKOUT_STEP : l->places.n;

	if (l->prepared == 0 && place_read_notes(&s->folders, "", &l->account, f) < 0)
		return -1;
	for (; l->prepared < end && s->out->n < IMAP_FULL; l->prepared++) {
		struct place *p = &l->places.v[l->prepared];
		struct fault ignored;

		watch_place(s, p);
		if (learn(s, p, f) < 0)
			return -1;
		if (l->asked.wants_status && p->is_known && watches_messages(p) && !is_selected(s, p))
			say_status(s, p, true, &ignored);
	}
	return l->prepared < l->places.n;
}

/* ---- marks ---- */

static void mark_messages(struct imap_lookout *l, struct place *p)
{
	l->changed += !p->messages_changed;
	p->messages_changed = true;
}

static void mark_notes(struct imap_lookout *l, struct place *p)
{
	l->changed += !p->notes_changed;
	p->notes_changed = true;
}

void imap_lookout_mark(struct imap_session *s, uint32_t id)
{
	struct imap_lookout *l = s->lookout;

	if (!l)
		return;
	if (id == TREE) {
		l->names_changed = true;
		l->again_ms = clock_mono_ms() + LOOKOUT_AGAIN_MS;
	}
	l->account_changed |= id == ACCOUNT;
	for (size_t i = 0; i < l->places.n && id >= FIRST_PLACE; i++) {
		struct place *p = &l->places.v[i];

		if (p->id && p->id == id)
			mark_messages(l, p);
		if (p->id && p->id + 1 == id)
			mark_notes(l, p);
	}
}

int imap_lookout_wait_ms(const struct imap_session *s)
{
	const struct imap_lookout *l = s->lookout;
	int64_t at = l && l->soon_ms ? l->soon_ms : l ? l->again_ms : 0;

	return at ? clock_until_ms(at) : -1;
}

void imap_lookout_attend(struct imap_session *s)
{
	if (imap_lookout_wait_ms(s) != 0)
		return;
	*(s->lookout->soon_ms ? &s->lookout->soon_ms : &s->lookout->again_ms) = 0;
	s->lookout->names_changed = true;
}

bool imap_lookout_has_news(const struct imap_session *s)
{
	const struct imap_lookout *l = s->lookout;

	return l && l->prepared == l->places.n && (l->names_changed || l->account_changed || l->changed > 0);
}

/* ---- names ---- */

/* What one look at the names has told of. */
struct names_told {
	struct arena arena;
	struct map told, parents; /* by name: those that were said; the parents of those that came or went */
};

/* RFC 5465 5.4, 5.5. */
static void say_name(struct imap_session *s, const struct places *all, const struct place *p, const char *old_name)
{
	imap_begin(s, "LIST (");
	if (!p->exists)
		buf_put_str(s->out, s->enabled & IMAP_REV2 ? "\\NonExistent " : "\\NonExistent \\Noselect ");
	buf_put_str(s->out, p->is_subscribed ? "\\Subscribed " : "");
	buf_put_str(s->out, places_has_below(all, p->name) ? "\\HasChildren" : "\\HasNoChildren");
	if (p->uses) {
		buf_put_char(s->out, ' ');
		specialuse_put(s->out, p->uses);
	}
	buf_put_str(s->out, ") \"/\" ");
	imap_put_mailbox(s->out, p->name, imap_utf8(s));
	if (old_name) {
		buf_put_str(s->out, " (\"OLDNAME\" (");
		imap_put_mailbox(s->out, old_name, imap_utf8(s));
		buf_put_str(s->out, "))");
	}
	imap_end(s);
}

/* What is known of it stays; which events it has may have changed with its subscription. */
static void carry_over(struct imap_session *s, struct place *from, struct place *to)
{
	struct fault f;

	to->id = from->id;
	/* One that was never opened may have been by now, and has a GUID then. */
	to->is_known = from->is_known && from->state.guid[0] && (watches_messages(from) || !watches_messages(to));
	to->has_notes = from->has_notes && watches_notes(to);
	to->messages_changed = from->messages_changed;
	to->notes_changed = from->notes_changed;
	to->state = from->state;
	to->goes_along = from->goes_along;
	if (to->has_notes) {
		to->notes = from->notes;
		from->notes = (struct place_notes){ .n = 0 };
	}
	from->id = 0;
	if (from->events != to->events) {
		unwatch_place(s, to);
		watch_place(s, to);
	}
	if (learn(s, to, &f) < 0)
		complain(s, &f);
}

/* One that is new. Messages that are in it already came after it was made, and were told to nobody. */
static void meet(struct imap_session *s, const struct places *before, const struct places *after, struct place *p,
		 bool is_own)
{
	const struct place *old;
	struct fault f;

	watch_place(s, p);
	if (learn(s, p, &f) < 0)
		complain(s, &f);
	if (is_own || !p->is_known || !watches_messages(p))
		return;
	old = places_find_old(before, after, p);
	if (old)
		p->state = old->state;
	else
		p->state.messages = 0;
	p->messages_changed = true;
}

static bool is_told(const struct imap_lookout *l, const struct place *was, const struct place *is)
{
	bool existed = was && was->exists, was_subscribed = was && was->is_subscribed;
	const char *name = is ? is->name : was ? was->name : "";
	bool exists = is && is->exists, is_subscribed = is && is->is_subscribed;
	unsigned events = notify_events(&l->asked, name, was_subscribed || is_subscribed);

	return (exists != existed && events & NOTIFY_MAILBOX_NAME) ||
	       (is_subscribed != was_subscribed && events & NOTIFY_SUBSCRIPTION_CHANGE);
}

/* A name that is neither a mailbox nor subscribed to. */
static void say_none(struct imap_session *s, const struct places *all, char *name)
{
	const struct place none = { .name = name };

	say_name(s, all, &none, NULL);
}

/* NULL at the top. */
static char *parent_of(struct arena *a, const char *name)
{
	size_t n = span_find_last(span_str(name), '/');

	return name[n] ? arena_span(a, span_of(name, n)) : NULL;
}

/*
 * RFC 5465 5.4: what is below a mailbox that was renamed is called otherwise by that, and is not told of; also if it is
 * not yet seen under its new name, as directories are renamed one after another.
 */
static void renamed(struct imap_lookout *l, struct places *before, struct places *after, const char *from,
		    const char *to)
{
	buf_reset(&l->renamed_from);
	buf_reset(&l->renamed_to);
	buf_put_str(&l->renamed_from, from);
	buf_put_str(&l->renamed_to, to);
	places_mark_below(before, from);
	places_mark_below(after, from);
}

static bool went_along(struct imap_lookout *l, const struct place *old, const char *name)
{
	return old->goes_along && places_is_below(old->name, buf_str(&l->renamed_from)) &&
	       places_is_below(name, buf_str(&l->renamed_to)) &&
	       strcmp(old->name + l->renamed_from.n, name + l->renamed_to.n) == 0;
}

/*
 * RFC 5465 5.4: the parent of a mailbox that was made or removed is told of, whether it is one itself or not; unless it
 * was, as it came or went, too.
 */
static void say_parents(struct imap_session *s, const struct places *all, const struct map *told, struct map *parents)
{
	for (size_t i = 0; i < parents->n; i++) {
		char *name = parents->entries[i].value;
		const struct place *p = places_find(all, name);
		unsigned events = notify_events(&s->lookout->asked, name, p && p->is_subscribed);

		if (!(events & NOTIFY_MAILBOX_NAME) || map_find(told, parents->entries[i].key))
			continue;
		if (p)
			say_name(s, all, p, NULL);
		else
			say_none(s, all, name);
	}
}

static void say_change(struct imap_session *s, struct places *before, struct places *after, struct place *was,
		       struct place *is, struct names_told *t)
{
	const struct place *old = is && is->exists && !(was && was->exists) ? places_find_old(before, after, is) : NULL;
	char *name = is ? is->name : was->name, *parent;

	if (old && went_along(s->lookout, old, name))
		return;
	if (is)
		say_name(s, after, is, old ? old->name : NULL);
	else
		say_none(s, after, name);
	if (old)
		renamed(s->lookout, before, after, old->name, name);
	map_add(&t->told, span_str(name), name);
	parent = old || (was && was->exists) == (is && is->exists) ? NULL : parent_of(&t->arena, name);
	if (parent)
		map_add(&t->parents, span_str(parent), parent);
}

/* Names in both are met at once, as both are sorted. */
static void compare_names(struct imap_session *s, struct places *before, struct places *after)
{
	struct names_told t = { .arena = { 0 } };
	size_t i = 0, k = 0;

	map_init(&t.told, &t.arena);
	map_init(&t.parents, &t.arena);

	while (i < before->n || k < after->n) {
		int order = i == before->n  ? 1
			    : k == after->n ? -1
					    : places_compare(before->v[i].name, after->v[k].name);
		struct place *was = order <= 0 ? &before->v[i++] : NULL, *is = order >= 0 ? &after->v[k++] : NULL;

		if (is_told(s->lookout, was, is) && !(was && was->exists && places_was_renamed(after, was)))
			say_change(s, before, after, was, is, &t);
	}
	say_parents(s, after, &t.told, &t.parents);
	arena_clear(&t.arena);
}

/* Before names are compared: what is known of each of the new list. */
static void match_places(struct imap_session *s, struct places *before, struct places *after, bool is_own)
{
	for (size_t k = 0; k < after->n; k++) {
		struct place *was = places_find(before, after->v[k].name);

		if (was && was->exists == after->v[k].exists)
			carry_over(s, was, &after->v[k]);
		else if (after->v[k].exists)
			meet(s, before, after, &after->v[k], is_own);
	}
}

static void count_marks(struct imap_lookout *l)
{
	l->changed = 0;
	for (size_t i = 0; i < l->places.n; i++)
		l->changed += (size_t)l->places.v[i].messages_changed + l->places.v[i].notes_changed;
}

/* RFC 5465 5.8. */
static void overflow(struct imap_session *s)
{
	static const char none[] = "NONE";
	struct fault f;

	imap_say(s, "OK [NOTIFICATIONOVERFLOW] There are too many mailboxes, nothing will be told any more");
	imap_lookout_set(s, SPAN(none), &f);
}

static bool lacks_any(const struct places *before, const struct places *after)
{
	for (size_t i = 0; i < before->n; i++) {
		const struct place *is = before->v[i].exists ? places_find(after, before->v[i].name) : NULL;

		if (before->v[i].exists && !(is && is->exists))
			return true;
	}
	return false;
}

/*
 * readdir(3) may pass over what is just being renamed, by both names: what is missed is missed when all are read once
 * more, or it has not gone. 1; 0 they change all the time; -1.
 */
static int load_names(struct imap_session *s, const struct places *before, struct places *after, struct fault *f)
{
	struct places last = { .n = 0 };
	bool same = false;

	if (places_load(after, &s->folders, f) < 0)
		return -1;
	same = !lacks_any(before, after);
	for (int i = 0; i < LOOKOUT_RELOADS && !same; i++) {
		last = *after;
		if (places_load(after, &s->folders, f) < 0) {
			places_clear(&last);
			return -1;
		}
		same = !lacks_any(&last, after) && !lacks_any(after, &last);
		places_clear(&last);
	}
	return same;
}

static void take_names(struct imap_session *s, bool is_own)
{
	struct imap_lookout *l = s->lookout;
	struct places after, before = l->places;
	struct fault f;
	int rc = load_names(s, &before, &after, &f);

	l->names_changed = false;
	if (rc < 0) {
		complain(s, &f);
		return;
	}
	if (rc == 0 && !is_own) {
		l->soon_ms = clock_mono_ms() + LOOKOUT_SOON_MS;
		places_clear(&after);
		return;
	}
	if (ask(&l->asked, &after) > LOOKOUT_PLACES_MAX) {
		places_clear(&after);
		overflow(s);
		return;
	}
	match_places(s, &before, &after, is_own);
	if (!is_own)
		compare_names(s, &before, &after);
	for (size_t i = 0; i < before.n; i++)
		unwatch_place(s, &before.v[i]);
	places_clear(&before);
	l->places = after;
	l->prepared = after.n;
	count_marks(l);
}

/* ---- messages and annotations ---- */

static void look_at_messages(struct imap_session *s, struct place *p)
{
	struct place_state now;
	struct fault f;
	int rc;

	p->messages_changed = false;
	if (is_selected(s, p))
		return;
	rc = place_read_state(&s->folders, p->name, false, &now, &f);
	if (rc < 0)
		complain(s, &f);
	if (rc <= 0 || (p->is_known && place_state_is(&p->state, &now)))
		return;
	/* Only flags have changed: not everybody wants to hear of that. */
	if (p->is_known && p->state.uids == now.uids && p->state.messages == now.messages &&
	    p->state.next_uid == now.next_uid && p->state.uidvalidity == now.uidvalidity &&
	    !(p->events & NOTIFY_FLAG_CHANGE)) {
		p->state = now;
		return;
	}
	p->state = now;
	p->is_known = true;
	if (say_status(s, p, false, &f) < 0 && f.kind == FAULT_TEMP)
		complain(s, &f);
}

static void say_notes(struct imap_session *s, const char *name, const struct place_notes *before,
		      const struct place_notes *after)
{
	struct span entry;
	bool any = false;
	size_t at = 0;

	while (place_next_note(before, after, &at, &entry)) {
		if (!any) {
			imap_begin(s, "METADATA ");
			imap_put_mailbox(s->out, name, imap_utf8(s));
		}
		any = true;
		buf_put_char(s->out, ' ');
		imap_put_astring(s->out, entry, imap_utf8(s));
	}
	if (any)
		imap_end(s);
}

static void look_at_notes(struct imap_session *s, const char *name, struct place_notes *notes)
{
	struct place_notes now;
	struct fault f;

	if (place_read_notes(&s->folders, name, &now, &f) < 0) {
		complain(s, &f);
		return;
	}
	say_notes(s, name, notes, &now);
	place_clear_notes(notes);
	*notes = now;
}

static void look_at_place(struct imap_session *s, struct place *p)
{
	if (p->messages_changed)
		look_at_messages(s, p);
	if (p->notes_changed)
		look_at_notes(s, p->name, &p->notes);
	p->notes_changed = false;
}

void imap_lookout_put(struct imap_session *s)
{
	struct imap_lookout *l = s->lookout;

	if (l->names_changed) {
		take_names(s, false);
		return;
	}
	if (l->account_changed)
		look_at_notes(s, "", &l->account);
	l->account_changed = false;
	for (size_t i = 0; i < l->places.n && s->out->n < IMAP_FULL; i++)
		look_at_place(s, &l->places.v[i]);
	count_marks(l);
}

/* ---- the selected mailbox ---- */

unsigned imap_lookout_selected_events(const struct imap_session *s)
{
	if (!s->lookout)
		return NOTIFY_MESSAGES;
	return s->lookout->asked.selected ? s->lookout->asked.selected->events : 0;
}

bool imap_lookout_is_immediate(const struct imap_session *s)
{
	const struct notify_group *g = s->lookout ? s->lookout->asked.selected : NULL;

	return g && g->events;
}

bool imap_lookout_delays_expunges(const struct imap_session *s)
{
	const struct notify_group *g = s->lookout ? s->lookout->asked.selected : NULL;

	return g && g->where == NOTIFY_SELECTED_DELAYED;
}

const struct imap_fetch *imap_lookout_fetch(const struct imap_session *s)
{
	const struct notify_group *g = s->lookout ? s->lookout->asked.selected : NULL;

	return g && g->fetches ? &g->fetch : NULL;
}

bool imap_lookout_is_own(const struct imap_session *s, uint32_t uid)
{
	return seqset_has(&s->lookout->own, uid);
}

void imap_lookout_forget_own(struct imap_session *s)
{
	if (!s->lookout)
		return;
	s->lookout->own = (struct seqset){ 0 };
	arena_clear(&s->lookout->own_in);
}

/* What the client knows of it is what it was told last; what happened since is told as of the others. */
void imap_lookout_leave(struct imap_session *s)
{
	struct imap_lookout *l = s->lookout;
	struct place *p;

	if (!l)
		return;
	imap_lookout_forget_own(s);
	p = places_find(&l->places, s->name);
	if (!p || !watches_messages(p) || s->box->view.resting)
		return;
	place_take_state(s->box, &p->state);
	p->is_known = true;
	mark_messages(l, p);
}

/* ---- what this client does ---- */

void imap_lookout_before_names(struct imap_session *s)
{
	if (s->lookout && s->lookout->places.n > 0)
		take_names(s, false);
}

void imap_lookout_own_names(struct imap_session *s)
{
	if (s->lookout && s->lookout->places.n > 0)
		take_names(s, true);
}

void imap_lookout_own_messages(struct imap_session *s, const char *name, uint32_t first, size_t n)
{
	struct imap_lookout *l = s->lookout;
	struct place *p = l ? places_find(&l->places, name) : NULL;
	struct place_state now;
	struct fault f;

	if (!l || n == 0)
		return;
	if (s->box && strcmp(s->name, name) == 0) {
		if (imap_lookout_fetch(s))
			seqset_add(&l->own_in, &l->own, first, first + (uint32_t)n - 1);
		return;
	}
	if (!p || !p->is_known || !watches_messages(p) || place_read_state(&s->folders, name, false, &now, &f) <= 0)
		return;
	/* Did nobody else do anything? */
	if (p->state.uidvalidity == now.uidvalidity && p->state.next_uid == first && now.next_uid == first + n &&
	    now.messages == p->state.messages + n)
		p->state = now;
}

void imap_lookout_own_notes(struct imap_session *s, const char *name, const struct span *entries, size_t n)
{
	struct imap_lookout *l = s->lookout;
	struct place *p = l && name[0] ? places_find(&l->places, name) : NULL;
	struct place_notes *notes = p ? &p->notes : l && !name[0] ? &l->account : NULL, now;
	struct fault f;

	if (!notes || place_read_notes(&s->folders, name, &now, &f) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		place_adopt_note(notes, &now, entries[i]);
	place_clear_notes(&now);
}
