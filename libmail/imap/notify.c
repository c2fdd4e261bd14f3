/* SPDX-License-Identifier: ISC */
/*
 * notify - what a client asks to be told of.
 */
#include "imap/notify.h"

#include <string.h>

#include "base/buf.h"

static const struct {
	const char *name;
	unsigned bit;
} events[] = {
	{ "MessageNew", NOTIFY_MESSAGE_NEW },
	{ "MessageExpunge", NOTIFY_MESSAGE_EXPUNGE },
	{ "FlagChange", NOTIFY_FLAG_CHANGE },
	{ "MailboxName", NOTIFY_MAILBOX_NAME },
	{ "SubscriptionChange", NOTIFY_SUBSCRIPTION_CHANGE },
	{ "MailboxMetadataChange", NOTIFY_MAILBOX_METADATA },
	{ "ServerMetadataChange", NOTIFY_SERVER_METADATA },
};

static const struct {
	const char *name;
	enum notify_where where;
	bool has_names;
} filters[] = {
	{ "selected", NOTIFY_SELECTED, false },	    { "selected-delayed", NOTIFY_SELECTED_DELAYED, false },
	{ "inboxes", NOTIFY_PERSONAL, false },	    { "personal", NOTIFY_PERSONAL, false },
	{ "subscribed", NOTIFY_SUBSCRIBED, false }, { "subtree", NOTIFY_SUBTREE, true },
	{ "mailboxes", NOTIFY_MAILBOXES, true },
};

enum { EVENTS = sizeof(events) / sizeof(events[0]), FILTERS = sizeof(filters) / sizeof(filters[0]) };

void notify_put_events(struct buf *out)
{
	for (size_t i = 0; i < EVENTS; i++) {
		buf_put_str(out, i > 0 ? " " : "");
		buf_put_str(out, events[i].name);
	}
}

static bool is_of_selected(const struct notify_group *g)
{
	return g->where == NOTIFY_SELECTED || g->where == NOTIFY_SELECTED_DELAYED;
}

/* ---- mailboxes ---- */

static int parse_name(struct imap_parse *p, struct notify *n, struct notify_group *g)
{
	if (n->names == NOTIFY_NAMES_MAX)
		return imap_parse_fail(p, "Too many mailboxes");
	n->names++;
	return imap_parse_any_mailbox(p, &g->names[g->n++]);
}

/* "Lists", or "(INBOX Lists)". */
static int parse_names(struct imap_parse *p, struct notify *n, struct notify_group *g)
{
	g->names = arena_alloc(p->arena, NOTIFY_NAMES_MAX * sizeof(*g->names));
	if (imap_parse_sp(p) < 0)
		return -1;
	if (!imap_parse_take(p, '('))
		return parse_name(p, n, g);
	do {
		if (parse_name(p, n, g) < 0)
			return -1;
	} while (imap_parse_take(p, ' '));
	return imap_parse_close(p);
}

static int parse_filter(struct imap_parse *p, struct notify *n, struct notify_group *g)
{
	for (size_t i = 0; i < FILTERS; i++) {
		if (!imap_parse_take_word(p, filters[i].name))
			continue;
		g->where = filters[i].where;
		return filters[i].has_names ? parse_names(p, n, g) : 0;
	}
	return imap_parse_fail(p, "Unknown kind of mailboxes");
}

/* ---- events ---- */

/* " (UID BODY.PEEK[...])": only of messages that the client can name. */
static int parse_items(struct imap_parse *p, struct notify_group *g)
{
	struct imap_parse at = *p;

	if (!imap_parse_take(&at, ' ') || !imap_parse_is(&at, '('))
		return 0;
	if (!is_of_selected(g))
		return imap_parse_fail(p, "Only messages of the selected mailbox can be fetched");
	g->fetches = true;
	return imap_parse_sp(p) < 0 ? -1 : imap_fetch_parse_list(p, &g->fetch);
}

static int parse_event(struct imap_parse *p, struct notify_group *g)
{
	struct span name;

	for (size_t i = 0; i < EVENTS; i++) {
		if (!imap_parse_take_word(p, events[i].name))
			continue;
		g->events |= events[i].bit;
		return events[i].bit == NOTIFY_MESSAGE_NEW ? parse_items(p, g) : 0;
	}
	return imap_parse_atom(p, &name) < 0 ? -1 : 1;
}

static int parse_events(struct imap_parse *p, struct notify_group *g)
{
	bool in_brackets;
	int rc;

	if (imap_parse_take_word(p, "NONE"))
		return 0;
	in_brackets = imap_parse_take(p, '(');
	do {
		rc = parse_event(p, g);
		if (rc != 0)
			return rc;
	} while (imap_parse_take(p, ' '));
	return in_brackets ? imap_parse_close(p) : 0;
}

/* RFC 5465 5, 6.1. */
static const char *find_error(const struct notify *n, const struct notify_group *g)
{
	const unsigned both = NOTIFY_MESSAGE_NEW | NOTIFY_MESSAGE_EXPUNGE;

	if (g->events & NOTIFY_MESSAGES && (g->events & both) != both)
		return "MessageNew and MessageExpunge go together, and FlagChange needs both";
	if (is_of_selected(g) && g->events & ~(unsigned)NOTIFY_MESSAGES)
		return "Only events of messages can be asked of the selected mailbox";
	if (is_of_selected(g) && n->selected)
		return "The selected mailbox is named twice";
	return NULL;
}

/* ---- the command ---- */

static int parse_group(struct imap_parse *p, struct notify *n)
{
	struct notify_group *g = &n->groups[n->n];
	const char *wrong;
	int rc;

	if (n->n == NOTIFY_GROUPS_MAX)
		return imap_parse_fail(p, "Too many groups of events");
	n->n++;
	if (imap_parse_open(p) < 0 || parse_filter(p, n, g) < 0 || imap_parse_sp(p) < 0)
		return -1;
	rc = parse_events(p, g);
	if (rc != 0)
		return rc;
	wrong = find_error(n, g);
	if (wrong)
		return imap_parse_fail(p, wrong);
	if (is_of_selected(g))
		n->selected = g;
	return imap_parse_close(p);
}

int notify_parse(struct imap_parse *p, struct notify *out)
{
	int rc;

	*out = (struct notify){ .n = 0 };
	if (imap_parse_take_word(p, "NONE"))
		return imap_parse_end(p);
	if (!imap_parse_take_word(p, "SET"))
		return imap_parse_fail(p, "Expected SET or NONE");
	if (imap_parse_sp(p) < 0)
		return -1;
	out->wants_status = imap_parse_take_word(p, "STATUS");
	if (out->wants_status && imap_parse_sp(p) < 0)
		return -1;
	out->groups = arena_alloc(p->arena, NOTIFY_GROUPS_MAX * sizeof(*out->groups));
	do {
		rc = parse_group(p, out);
		if (rc != 0)
			return rc;
	} while (imap_parse_take(p, ' '));
	return imap_parse_end(p);
}

/* ---- what is asked of a mailbox ---- */

static bool is_named(const struct notify_group *g, const char *name)
{
	for (size_t i = 0; i < g->n; i++) {
		size_t n = strlen(g->names[i]);

		if (strncmp(g->names[i], name, n) == 0 &&
		    (name[n] == '\0' || (g->where == NOTIFY_SUBTREE && (n == 0 || name[n] == '/'))))
			return true;
	}
	return false;
}

static bool covers(const struct notify_group *g, const char *name, bool is_subscribed)
{
	if (is_of_selected(g))
		return false;
	if (g->where == NOTIFY_SUBTREE || g->where == NOTIFY_MAILBOXES)
		return is_named(g, name);
	return g->where == NOTIFY_PERSONAL || is_subscribed;
}

unsigned notify_events(const struct notify *n, const char *name, bool is_subscribed)
{
	unsigned all = 0;

	for (size_t i = 0; i < n->n; i++)
		if (covers(&n->groups[i], name, is_subscribed))
			all |= n->groups[i].events;
	return all;
}

unsigned notify_all_events(const struct notify *n)
{
	unsigned all = 0;

	for (size_t i = 0; i < n->n; i++)
		if (!is_of_selected(&n->groups[i]))
			all |= n->groups[i].events;
	return all;
}
