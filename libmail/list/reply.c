/* SPDX-License-Identifier: ISC */
/*
 * reply - what a list writes because of a message that came.
 */
#include "list/reply.h"

#include <string.h>

#include "list/outmail.h"
#include "list/place.h"
#include "message/address.h"
#include "message/idna.h"
#include "message/words.h"

enum { SUBJECT_MAX = 2000 /* octets that are decoded */ };

/* ---- is it a machine's? ---- */

/* What vacation programs put in front when they forget the header fields. */
static const struct span auto_subjects[] = {
	SPAN_INIT("auto:"),
	SPAN_INIT("auto-reply"),
	SPAN_INIT("autoreply"),
	SPAN_INIT("auto reply"),
	SPAN_INIT("automatic reply"),
	SPAN_INIT("out of office"),
	SPAN_INIT("out of the office"),
	SPAN_INIT("vacation:"),
	SPAN_INIT("automatische antwort"),
	SPAN_INIT("abwesenheit"),
	SPAN_INIT("abwesend"),
	SPAN_INIT("réponse automatique"),
	SPAN_INIT("absence :"),
	SPAN_INIT("absence du bureau"),
	SPAN_INIT("respuesta automática"),
	SPAN_INIT("undeliver"),
	SPAN_INIT("delivery status notification"),
	SPAN_INIT("mail delivery failed"),
	SPAN_INIT("returned mail"),
};

static bool has_auto_subject(const char *subject)
{
	struct buf text;
	bool is = false;

	buf_init(&text, SUBJECT_MAX);
	words_decode(&text, span_of(subject, strnlen(subject, SUBJECT_MAX / 4)));
	for (size_t i = 0; i < sizeof(auto_subjects) / sizeof(auto_subjects[0]) && !is; i++)
		is = span_starts_nocase(span_trim(buf_span(&text)), auto_subjects[i]);
	buf_clear(&text);
	return is;
}

const char *reply_bar(struct incoming *in)
{
	const char *why = incoming_automatic(in), *type = incoming_field(in, SPAN("Content-Type"));

	if (why)
		return why;
	if (type && span_starts_nocase(span_str(type), SPAN("multipart/report")))
		return "Content-Type";
	return has_auto_subject(in->subject) ? "Subject" : NULL;
}

bool reply_is_robot(struct span address)
{
	static const char *const names[] = { "mailer-daemon", "majordomo", "listserv",	"sympa",      "mailman",
					     "noreply",	      "no-reply",  "no_reply",	"donotreply", "do-not-reply",
					     "bounce",	      "bounces",   "autoreply", "auto-reply", "vacation" };
	static const struct span prefixes[] = { SPAN_INIT("owner-"),   SPAN_INIT("bounce-"),  SPAN_INIT("bounces-"),
						SPAN_INIT("bounces+"), SPAN_INIT("noreply-"), SPAN_INIT("no-reply-") };
	static const struct span suffixes[] = { SPAN_INIT("-request"), SPAN_INIT("-owner"),   SPAN_INIT("-bounces"),
						SPAN_INIT("-bounce"),  SPAN_INIT("-noreply"), SPAN_INIT("-relay"),
						SPAN_INIT("+request"), SPAN_INIT("+owner"),   SPAN_INIT("+bounces") };
	struct span local, domain;

	address_split(address, &local, &domain);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is_nocase(local, span_str(names[i])))
			return true;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (span_starts_nocase(local, prefixes[i]))
			return true;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (span_ends_nocase(local, suffixes[i]))
			return true;
	return false;
}

bool reply_is_ours(const struct list_run *r, struct span address)
{
	struct arena a = { 0 };
	struct span local, domain;
	struct list_target target;
	struct fault ignored;
	bool is;

	address_split(address, &local, &domain);
	is = place_find(r->places, &a, local, domain, span_is_nocase(domain, span_str(r->places->origin)), &target,
			&ignored) != 0;
	arena_clear(&a);
	return is;
}

/* ---- sending ---- */

/* Whose wish was confirmed, and owners, may have any name. */
static bool may_write(const struct list_run *r, const struct reply *m)
{
	struct span to = span_str(m->to);

	return address_is_valid(to, false, true) && (m->is_due || !reply_is_robot(to)) && !reply_is_ours(r, to);
}

/* A domain in UTF-8 has a form that every server takes; a local part has none. */
static const char *plainest(struct arena *a, const char *address)
{
	struct span local, domain;
	const char *ascii = NULL;

	address_split(span_str(address), &local, &domain);
	if (!span_has_8bit(local) && span_has_8bit(domain))
		ascii = idna_to_ascii(a, domain);
	return ascii ? arena_printf(a, "%.*s@%s", SPAN_ARG(local), ascii) : address;
}

static int compose(struct list_run *r, const struct reply *m, struct arena *a, struct fault *f)
{
	const char *to = plainest(a, m->to);
	struct outmail mail = { .auto_replied = true, .reply_to = m->reply_to };
	struct compose_bytes bytes;
	struct compose_part text = { .type = "text/plain" }, root = { .type = "multipart/mixed", .children = &text };

	if (texts_compose(r->list, a, m->text, m->vars, &mail.subject, &mail.body, f) < 0)
		return -1;
	if (r->in && r->in->message_id[0])
		mail.in_reply_to = r->in->message_id;
	if (m->parts) {
		bytes = (struct compose_bytes){ .bytes = mail.body };
		text.source = compose_bytes(&bytes);
		text.next = m->parts;
		mail.parts = &root;
	}
	return outmail_send(r, &mail, &to, 1, f);
}

int reply_send(struct list_run *r, const struct reply *m, struct fault *f)
{
	const char *question = m->is_question ? m->text : NULL;
	struct arena a = { 0 };
	int rc = 1;

	if (!may_write(r, m))
		return 0;
	if (!m->is_due)
		rc = quench_allows(r, question, m->to, f);
	if (rc <= 0)
		return rc;
	rc = compose(r, m, &a, f);
	arena_clear(&a);
	if (rc < 0 || (!m->is_due && quench_note(r, question, m->to, f) < 0))
		return -1;
	return 1;
}
