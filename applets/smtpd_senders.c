/* SPDX-License-Identifier: ISC */
/*
 * smtpd_senders - who may send as whom, when he has logged in.
 */
#include "smtpd_senders.h"

#include <string.h>

#include "message/address.h"
#include "message/header.h"

int senders_open(struct senders *s, struct arena *a, struct site *site, struct fault *f)
{
	*s = (struct senders){ .site = site };
	if (table_open(a, "smtpd_sender_login_maps", site->settings.smtpd_sender_login_maps, 0, &s->table, f) == 0)
		return table_refresh(&s->table, f);
	/* What is wrong is in the configuration, not in the command line. */
	if (f->kind == FAULT_USAGE)
		f->kind = FAULT_PERM;
	return -1;
}

void senders_close(struct senders *s)
{
	table_close(&s->table);
}

static int not_owned(const char *sender, const char *user, struct fault *f)
{
	return fault_perm(f, 553, "5.7.1", "<%s>: Sender address rejected: not owned by user %s", sender, user);
}

/* The value is a list of users. */
static int check_table(struct senders *s, struct arena *a, const char *user, const char *sender, struct fault *f)
{
	const struct route *route = &s->site->route;
	struct table_search how = { .delimiters = route->recipient_delimiter };
	struct span local, domain, extension, word;
	struct table_entry e;

	address_split(span_str(sender), &local, &domain);
	how.bare = route_is_local(route, domain);
	if (table_refresh(&s->table, f) < 0)
		return -1;
	if (!table_find_address(&s->table, a, &how, span_str(sender), &e, &extension))
		return not_owned(sender, user, f);
	while ((word = span_list_word(&e.value)).n)
		if (span_is_nocase(word, span_str(user)))
			return 0;
	return not_owned(sender, user, f);
}

/* Forward files do not matter: that somebody's mail is forwarded does not make the address another's. */
static int expand_aliases(struct route *route, struct arena *a, const char *address, struct route_targets *out,
			  struct fault *f)
{
	const char *forward_path = route->forward_path;
	int rc;

	route->forward_path = "";
	rc = route_expand(route, a, span_str(address), out, f);
	route->forward_path = forward_path;
	return rc;
}

/* Where does mail for the sender go? */
static int check_owner(struct senders *s, struct arena *a, const char *user, const char *sender, struct fault *f)
{
	struct route *route = &s->site->route;
	struct route_targets targets;
	struct span local, domain;

	if (span_is_nocase(span_str(sender), span_str(user)))
		return 0;
	address_split(span_str(sender), &local, &domain);
	if (route_class_of(route, domain) > ROUTE_VIRTUAL_MAILBOX)
		return not_owned(sender, user, f);
	if (expand_aliases(route, a, sender, &targets, f) < 0)
		return -1;
	for (size_t i = 0; i < targets.n; i++)
		if (targets.v[i].kind == ROUTE_MAILBOX && strcmp(targets.v[i].as.name, user) == 0)
			return 0;
	return not_owned(sender, user, f);
}

int senders_check(struct senders *s, struct arena *a, const char *user, const char *sender, struct fault *f)
{
	if (!sender[0])
		return 0;
	return table_is_set(&s->table) ? check_table(s, a, user, sender, f) : check_owner(s, a, user, sender, f);
}

static bool names_sender(struct span name)
{
	static const char *const names[] = { "From", "Sender", "Resent-From", "Resent-Sender" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is_nocase(name, span_str(names[i])))
			return true;
	return false;
}

static int check_field(struct senders *s, struct arena *a, const char *user, const struct header_field *field,
		       struct fault *f)
{
	struct span rest = field->body;
	struct address address;
	struct fault why;
	int rc;

	while ((rc = address_next(&rest, a, &address)) > 0) {
		const char *mailbox = route_qualify(&s->site->route, a, span_str(address.mailbox));

		if (senders_check(s, a, user, mailbox, &why) == 0)
			continue;
		if (why.kind == FAULT_TEMP)
			return fault_temp(f, why.reply, why.status, "%s", why.text);
		return fault_perm(f, why.reply, why.status, "%.*s: %s", SPAN_ARG(field->name), why.text);
	}
	if (rc == 0)
		return 0;
	return fault_perm(f, 550, "5.6.0", "%.*s: there is something that is no address", SPAN_ARG(field->name));
}

int senders_check_header(struct senders *s, struct arena *a, const char *user, struct span header, struct fault *f)
{
	struct header_field field;
	int rc;

	while ((rc = header_next(&header, &field)) != 0)
		if (rc < 0)
			span_cut(&header, '\n');
		else if (names_sender(field.name) && check_field(s, a, user, &field, f) < 0)
			return -1;
	return 0;
}
