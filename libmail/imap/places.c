/* SPDX-License-Identifier: ISC */
/*
 * places - the mailboxes of a user as they were when somebody last looked.
 */
#include "imap/places.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "store/specialuse.h"
#include "store/subscriptions.h"

/* ---- names ---- */

int places_compare(const char *a, const char *b)
{
	const unsigned char *x = (const unsigned char *)a, *y = (const unsigned char *)b;

	while (*x && *x == *y) {
		x++;
		y++;
	}
	return (*x == '/' ? 1 : *x) - (*y == '/' ? 1 : *y);
}

static int compare_places(const void *a, const void *b)
{
	return places_compare(((const struct place *)a)->name, ((const struct place *)b)->name);
}

static char *copy(const char *text)
{
	size_t n = strlen(text) + 1;
	char *out = arena_heap(n);

	memcpy(out, text, n);
	return out;
}

/* A name that is subscribed to, and that of a folder, are one place. */
static void join_equals(struct places *p)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct place *last = kept > 0 ? &p->v[kept - 1] : NULL;

		if (!last || strcmp(last->name, p->v[i].name) != 0) {
			p->v[kept++] = p->v[i];
			continue;
		}
		last->exists |= p->v[i].exists;
		last->is_subscribed |= p->v[i].is_subscribed;
		last->uses |= p->v[i].uses;
		free(p->v[i].name);
	}
	p->n = kept;
}

int places_load(struct places *out, struct folders *t, struct fault *f)
{
	const char *const *names, *const *subscribed;
	size_t n, subscribed_n;
	struct arena a = { 0 };
	unsigned *uses;

	*out = (struct places){ .n = 0 };
	if (folders_list(t, &a, &names, &n, f) < 0 || subscriptions_list(t, &a, &subscribed, &subscribed_n, f) < 0 ||
	    specialuse_load(t, &a, names, n, &uses, f) < 0) {
		arena_clear(&a);
		return -1;
	}
	out->v = arena_heap((n + subscribed_n + 1) * sizeof(*out->v));
	for (size_t i = 0; i < n; i++)
		out->v[out->n++] = (struct place){ .name = copy(names[i]), .exists = true, .uses = uses[i] };
	for (size_t i = 0; i < subscribed_n; i++)
		out->v[out->n++] = (struct place){ .name = copy(subscribed[i]), .is_subscribed = true };
	arena_clear(&a);
	qsort(out->v, out->n, sizeof(*out->v), compare_places);
	join_equals(out);
	return 0;
}

void places_clear(struct places *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].name);
		place_clear_notes(&p->v[i].notes);
	}
	free(p->v);
	*p = (struct places){ .n = 0 };
}

/* The first that does not come before this name. */
static size_t find_from(const struct places *p, const char *name)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (places_compare(p->v[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct place *places_find(const struct places *p, const char *name)
{
	size_t i = find_from(p, name);

	return i < p->n && strcmp(p->v[i].name, name) == 0 ? &p->v[i] : NULL;
}

bool places_has_below(const struct places *p, const char *name)
{
	size_t n = strlen(name), i = find_from(p, name);

	i += i < p->n && strcmp(p->v[i].name, name) == 0;
	for (; i < p->n && strncmp(p->v[i].name, name, n) == 0 && p->v[i].name[n] == '/'; i++)
		if (p->v[i].exists)
			return true;
	return false;
}

/* ---- names that change ---- */

const struct place *places_find_old(const struct places *before, const struct places *after, const struct place *p)
{
	for (size_t i = 0; p->is_known && p->state.guid[0] && i < before->n; i++) {
		const struct place *old = &before->v[i], *now;

		if (!old->exists || !old->is_known || strcmp(old->state.guid, p->state.guid) != 0)
			continue;
		now = places_find(after, old->name);
		if (!now || !now->exists)
			return old;
	}
	return NULL;
}

bool places_was_renamed(const struct places *after, const struct place *old)
{
	for (size_t i = 0; old->is_known && old->state.guid[0] && i < after->n; i++)
		if (after->v[i].exists && after->v[i].is_known && strcmp(after->v[i].name, old->name) != 0 &&
		    strcmp(after->v[i].state.guid, old->state.guid) == 0)
			return true;
	return false;
}

bool places_is_below(const char *name, const char *top)
{
	size_t n = strlen(top);

	return strncmp(name, top, n) == 0 && name[n] == '/';
}

void places_mark_below(struct places *p, const char *top)
{
	for (size_t i = 0; i < p->n; i++)
		p->v[i].goes_along |= places_is_below(p->v[i].name, top);
}

/* ---- messages ---- */

/* A number of 64 bits whose parts have nothing to do with each other any more. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

void place_take_state(const struct mailbox *m, struct place_state *out)
{
	const struct cache *view = &m->view;

	*out = (struct place_state){ .uidvalidity = view->uidvalidity,
				     .next_uid = view->next_uid,
				     .messages = view->n };
	memcpy(out->guid, view->guid, sizeof(out->guid));
	for (size_t i = 0; i < view->n; i++) {
		out->uids += mix(view->uid[i]);
		out->flags += mix((uint64_t)view->uid[i] << 32 | view->flags[i]);
	}
}

int place_read_state(struct folders *t, const char *name, bool only_name, struct place_state *out, struct fault *f)
{
	char path[PATH_MAX];
	struct mailbox m;
	int rc = folders_find(t, span_str(name), path, f);

	if (rc <= 0)
		return 0;
	if (mailbox_open(&m, path, only_name || access(path, W_OK) < 0 ? MAILBOX_READ_ONLY : 0, f) < 0)
		return errno == ENOENT ? 0 : -1;
	place_take_state(&m, out);
	mailbox_close(&m);
	return 1;
}

bool place_state_is(const struct place_state *a, const struct place_state *b)
{
	return a->uidvalidity == b->uidvalidity && a->next_uid == b->next_uid && a->messages == b->messages &&
	       a->uids == b->uids && a->flags == b->flags;
}

/* ---- annotations ---- */

/* FNV-1a. Whoever could look for two values with one hash owns both. */
static uint64_t hash(struct span value)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < value.n; i++)
		h = (h ^ (unsigned char)value.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

int place_read_notes(struct folders *t, const char *name, struct place_notes *out, struct fault *f)
{
	char path[PATH_MAX];
	struct arena a = { 0 };
	struct metadata all;
	int dir, rc;

	*out = (struct place_notes){ .n = 0 };
	if (folders_find(t, name[0] ? span_str(name) : SPAN("INBOX"), path, f) <= 0)
		return 0;
	dir = disk_open_dir(AT_FDCWD, path, f);
	if (dir < 0)
		return errno == ENOENT ? 0 : -1;
	rc = metadata_read(&a, dir, name[0] ? METADATA_FOLDER : METADATA_ACCOUNT, &all, f);
	close(dir);
	if (rc == 0 && all.n > 0) {
		out->v = arena_alloc(&out->arena, all.n * sizeof(*out->v));
		out->n = all.n;
		for (size_t i = 0; i < all.n; i++)
			out->v[i] = (struct place_note){
				span_of(arena_span(&out->arena, all.entries[i].name), all.entries[i].name.n),
				hash(all.entries[i].value),
			};
	}
	arena_clear(&a);
	return rc;
}

void place_clear_notes(struct place_notes *n)
{
	arena_clear(&n->arena);
	*n = (struct place_notes){ .n = 0 };
}

static struct place_note *find_note(const struct place_notes *n, struct span name)
{
	for (size_t i = 0; i < n->n; i++)
		if (span_is_nocase(n->v[i].name, name))
			return &n->v[i];
	return NULL;
}

/* Those of `after` that are new or others, then those that are only in `before`. */
bool place_next_note(const struct place_notes *before, const struct place_notes *after, size_t *at, struct span *name)
{
	while (*at < after->n + before->n) {
		size_t i = (*at)++;
		bool is_after = i < after->n;
		const struct place_note *note = is_after ? &after->v[i] : &before->v[i - after->n];
		const struct place_note *other = find_note(is_after ? before : after, note->name);

		if (other && (!is_after || other->hash == note->hash))
			continue;
		*name = note->name;
		return true;
	}
	return false;
}

void place_adopt_note(struct place_notes *before, const struct place_notes *after, struct span name)
{
	const struct place_note *now = find_note(after, name);
	struct place_note *was = find_note(before, name), *v;

	if (was && now) {
		was->hash = now->hash;
	} else if (was) {
		*was = before->v[--before->n];
	} else if (now) {
		v = arena_alloc(&before->arena, (before->n + 1) * sizeof(*v));
		if (before->n > 0)
			memcpy(v, before->v, before->n * sizeof(*v));
		v[before->n] = (struct place_note){ span_of(arena_span(&before->arena, name), name.n), now->hash };
		before->v = v;
		before->n++;
	}
}
