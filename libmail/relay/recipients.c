/* SPDX-License-Identifier: ISC */
/*
 * recipients - whom a local program's message is for.
 */
#include "relay/recipients.h"

#include "base/proc.h"
#include "message/address.h"
#include "message/verp.h"
#include "relay/author.h"
#include "route/canonical.h"
#include "store/deliver.h"

void recipients_init(struct recipients *r, struct arena *a, struct route *route, struct envelope *e)
{
	*r = (struct recipients){ .arena = a, .route = route, .envelope = e };
	map_init(&r->seen, a);
}

static const struct {
	const char *word;
	unsigned flag;
} notify_words[] = {
	{ "never", ENVELOPE_NOTIFY_NEVER },
	{ "success", ENVELOPE_NOTIFY_SUCCESS },
	{ "failure", ENVELOPE_NOTIFY_FAILURE },
	{ "delay", ENVELOPE_NOTIFY_DELAY },
};

static int parse_notify(const char *text, unsigned *out, struct fault *f)
{
	enum { WORDS = sizeof(notify_words) / sizeof(notify_words[0]) };
	struct span rest = span_str(text);

	while (rest.n) {
		struct span word = span_trim(span_cut(&rest, ','));
		size_t i = 0;

		while (i < WORDS && !span_is_nocase(word, span_str(notify_words[i].word)))
			i++;
		if (i == WORDS)
			return fault_usage(f, "-N needs never, or some of success,failure,delay, not \"%s\"", text);
		*out |= notify_words[i].flag;
	}
	if (*out & ENVELOPE_NOTIFY_NEVER && *out != ENVELOPE_NOTIFY_NEVER)
		return fault_usage(f, "-N: never excludes the others");
	return 0;
}

static int parse_ret(const char *text, enum envelope_ret *out, struct fault *f)
{
	if (span_is_nocase(span_str(text), SPAN("full")))
		*out = ENVELOPE_RET_FULL;
	else if (span_is_nocase(span_str(text), SPAN("hdrs")))
		*out = ENVELOPE_RET_HDRS;
	else
		return fault_usage(f, "-R needs full or hdrs, not \"%s\"", text);
	return 0;
}

int recipients_set_dsn(struct recipients *r, const char *notify, const char *ret, const char *envid, struct fault *f)
{
	if (notify && parse_notify(notify, &r->notify, f) < 0)
		return -1;
	if (ret && parse_ret(ret, &r->envelope->ret, f) < 0)
		return -1;
	if (author_check("-V", envid, RECIPIENTS_ENVID_MAX, f) < 0)
		return -1;
	r->envelope->envid = envid && envid[0] ? envid : NULL;
	return 0;
}

int recipients_set_verp(struct recipients *r, const char *delimiters, struct fault *f)
{
	if (!verp_is_delimiters(span_str(delimiters)))
		return fault_usage(f, "-XV needs two characters of \"" VERP_DELIMITERS "\", not \"%s\"", delimiters);
	if (!r->envelope->sender[0])
		return fault_usage(f, "-XV needs a sender");
	r->envelope->verp = delimiters;
	return 0;
}

int recipients_rewrite(struct arena *a, const struct route *route, struct envelope_rcpt *r, struct fault *f)
{
	const char *given = route_qualify(route, a, span_str(r->address)), *now;

	if (canonical_rewrite(route, a, CANONICAL_ENVELOPE_RECIPIENT, span_str(given), &now, f) < 0)
		return -1;
	r->address = now;
	if (!r->orcpt && !span_is_nocase(span_str(now), span_str(given)))
		r->orcpt = arena_printf(a, "%s;%s", span_has_8bit(span_str(given)) ? "utf-8" : "rfc822", given);
	return 0;
}

/* By the address that was given: that is how the author knows who it is. */
static void set_sender(struct recipients *r, const char *given, struct envelope_rcpt *rcpt)
{
	const struct envelope *e = r->envelope;

	if (e->verp)
		rcpt->sender = verp_sender(r->arena, span_str(e->sender),
					   span_str(route_qualify(r->route, r->arena, span_str(given))), e->verp);
}

int recipients_add(struct recipients *r, const char *mailbox, struct fault *f)
{
	struct envelope_rcpt rcpt = { .address = mailbox, .notify = r->notify, .state = ENVELOPE_QUEUED };

	if (!address_is_valid(span_str(route_qualify(r->route, r->arena, span_str(mailbox))), false, true))
		return fault_perm(f, 501, "5.1.3", "\"%s\" is no address", mailbox);
	if (r->envelope->n == ENVELOPE_RCPT_MAX)
		return fault_perm(f, 554, "5.5.3", "there are more than %d recipients", ENVELOPE_RCPT_MAX);
	if (recipients_rewrite(r->arena, r->route, &rcpt, f) < 0)
		return -1;
	if (!map_add(&r->seen, span_str(rcpt.address), r))
		return 0;
	set_sender(r, mailbox, &rcpt);
	*envelope_add_rcpt(r->arena, r->envelope, &r->room) = rcpt;
	r->envelope->smtputf8 |= span_has_8bit(span_str(rcpt.address));
	return 0;
}

int recipients_add_list(struct recipients *r, const char *list, struct fault *f)
{
	struct span rest = span_str(list);
	struct address address;
	bool any = false;
	int rc;

	if (span_has_control(rest))
		return fault_perm(f, 501, "5.1.3", "there is a control character in the recipient \"%s\"", list);
	while ((rc = address_next(&rest, r->arena, &address)) > 0) {
		if (recipients_add(r, address.mailbox, f) < 0)
			return -1;
		any = true;
	}
	return rc == 0 && any ? 0 : fault_perm(f, 501, "5.1.3", "\"%s\" is no address", list);
}

int recipients_check(const struct recipients *r, struct fault *f)
{
	const struct envelope *e = r->envelope;

	for (size_t i = 0; i < e->n; i++)
		if (route_check(r->route, r->arena, span_str(e->rcpts[i].address), f) == 0 || f->kind != FAULT_PERM)
			return 0;
	return -1;
}

static bool is_reachable(const struct route_targets *targets)
{
	for (size_t i = 0; i < targets->n; i++) {
		const struct route_target *t = &targets->v[i];

		if (t->kind == ROUTE_REMOTE || t->kind == ROUTE_DISCARD)
			return true;
		if (t->kind != ROUTE_FAULT && proc_may_be(&t->as))
			return true;
	}
	return false;
}

int recipients_check_reach(const struct recipients *r, struct fault *f)
{
	const struct envelope *e = r->envelope;
	struct route_targets targets;

	for (size_t i = 0; i < e->n; i++)
		if (route_expand(r->route, r->arena, span_str(e->rcpts[i].address), &targets, NULL) < 0 ||
		    is_reachable(&targets))
			return 0;
	return fault_temp(f, 451, "4.3.2",
			  "the mail service (smtpd --submit) does not run, and only it can deliver to <%s>: the "
			  "message was not sent",
			  e->n ? e->rcpts[0].address : "");
}

int recipients_check_quota(struct arena *a, struct route *route, const char *address, uint64_t octets, struct fault *f)
{
	struct route_targets targets;
	const char *path;

	if (route_expand(route, a, span_str(address), &targets, NULL) < 0 || targets.n == 0)
		return 0;
	for (size_t i = 0; i < targets.n; i++) {
		const struct route_target *t = &targets.v[i];

		if (t->kind != ROUTE_MAILBOX || deliver_location(t->as.mail, &path, NULL) != 1 ||
		    maildir_check_quota(path, &t->as, (off_t)octets, f) == 0)
			return 0;
	}
	return -1;
}
