/* SPDX-License-Identifier: ISC */
/*
 * listing - the messages of a spool, oldest first.
 *
 * Ids begin with the time, so that sorting them sorts by age.
 */
#include "queue/listing.h"

#include <fnmatch.h>
#include <stdlib.h>

static bool matches_one(const struct opt_list *globs, const char *text)
{
	if (globs->n == 0)
		return true;
	for (size_t i = 0; i < globs->n; i++)
		if (fnmatch(globs->v[i], text, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

static const char *domain_of(const char *address)
{
	const char *at = strrchr(address, '@');

	return at ? at + 1 : "";
}

bool listing_selects(const struct listing_select *select, const struct envelope *e)
{
	/* The null sender as it is, and as sendmail -f takes it. */
	if (!matches_one(&select->sender, e->sender) && (e->sender[0] || !matches_one(&select->sender, "<>")))
		return false;
	if (select->recipient.n == 0 && select->destination.n == 0)
		return true;
	for (size_t i = 0; i < e->n; i++) {
		const struct envelope_rcpt *r = &e->rcpts[i];

		if (r->state == ENVELOPE_QUEUED && matches_one(&select->recipient, r->address) &&
		    matches_one(&select->destination, domain_of(r->address)))
			return true;
	}
	return false;
}

static void add(struct listing *l, const char *id, enum spool_box box)
{
	struct listing_entry *e;

	if (l->n == l->room) {
		l->room = l->room ? l->room * 2 : 64;
		l->entries = arena_heap_resize(l->entries, l->room * sizeof(*l->entries));
	}
	e = &l->entries[l->n++];
	memcpy(e->id, id, sizeof(e->id));
	e->box = (char)box;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct listing_entry *)a)->id, ((const struct listing_entry *)b)->id);
}

int listing_open(struct listing *l, struct spool *s, unsigned boxes, struct fault *f)
{
	*l = (struct listing){ .spool = s };
	for (int box = 0; box < SPOOL_BOXES; box++) {
		struct spool_scan scan;
		struct spool_entry entry;

		if (!(boxes & 1U << box))
			continue;
		if (spool_scan_open(&scan, s, box, f) < 0) {
			listing_clear(l);
			return -1;
		}
		while (spool_scan_next(&scan, &entry) > 0)
			add(l, entry.id, box);
		spool_scan_close(&scan);
	}
	if (l->n)
		qsort(l->entries, l->n, sizeof(*l->entries), compare);
	return 0;
}

void listing_clear(struct listing *l)
{
	free(l->entries);
	*l = (struct listing){ 0 };
}

int listing_next(struct listing *l, enum spool_claim how, struct arena *a, struct listing_entry *entry,
		 struct spool_message *m, struct fault *f)
{
	while (l->at < l->n) {
		int rc;

		*entry = l->entries[l->at++];
		/* One that moved while the boxes were read was seen twice. */
		if (l->at < l->n && strcmp(entry->id, l->entries[l->at].id) == 0)
			continue;
		rc = spool_claim(l->spool, (enum spool_box)entry->box, entry->id, how, a, m, f);
		if (rc == 0 && entry->box != SPOOL_CORRUPT)
			rc = spool_find(l->spool, entry->id, how, a, m, f);
		if (rc != 0)
			return rc;
	}
	return 0;
}
