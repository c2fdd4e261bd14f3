/* SPDX-License-Identifier: ISC */
/*
 * policy - the rules, in their order.
 */
#include "list/policy.h"

#include <errno.h>
#include <string.h>

#include "base/disk.h"
#include "list/members.h"
#include "message/address.h"
#include "message/trace.h"
#include "message/words.h"

enum {
	POSTERS_MAX = 4 << 20,	 /* octets of the file */
	COMMAND_BODY_MAX = 2048, /* octets of a body that may be a command */
	COMMAND_LINES_MAX = 5,	 /* lines of it that say something */
	COMMAND_WORDS_MAX = 3,
	SUBJECT_MAX = 64 << 10,
};

struct judge {
	struct list_run *run;
	struct arena *arena;
	struct list *list;
	const struct list_settings *settings;
	struct incoming *in;
	struct policy *out;
	struct fault *fault;
	const char *author, *sender; /* identities, or NULL */
	bool is_moderator, is_moderated;
};

/* A rule: 1 it has decided, 0 it has not, -1. */
static int decide(struct judge *j, enum policy_verdict verdict, const char *why)
{
	j->out->verdict = verdict;
	j->out->why = why;
	return 1;
}

/* ---- who it is ---- */

/* "al+work@x" without "+work"; NULL: there is no such thing in it. */
static const char *without_detail(const struct judge *j, const char *identity)
{
	const char *delimiters = j->run->places->delimiters;
	struct span local, domain;
	size_t n;

	address_split(span_str(identity), &local, &domain);
	n = strcspn(identity, delimiters[0] ? delimiters : "+");
	if (n == 0 || n >= local.n || local.p[0] == '"')
		return NULL;
	return arena_printf(j->arena, "%.*s@%.*s", (int)n, identity, SPAN_ARG(domain));
}

/* A member with a detail in his address. */
static bool is_detailed(struct judge *j, struct members *m, const char *plain, struct member *out)
{
	struct members_walk walk = { .at = 0 };
	int rc;

	while ((rc = members_next(m, &walk, out, NULL)) != 0) {
		const char *identity, *base;

		if (rc < 0 || !span_starts_nocase(out->address, span_of(plain, 1)))
			continue;
		identity = member_identity(j->arena, out->address);
		base = identity ? without_detail(j, identity) : NULL;
		if (base && strcmp(base, plain) == 0)
			return true;
	}
	return false;
}

static bool find_in(struct judge *j, struct members *m, const char *identity, struct member *out)
{
	const char *plain;

	if (!identity)
		return false;
	if (members_find(m, identity, out) > 0)
		return true;
	plain = without_detail(j, identity);
	return (plain && members_find(m, plain, out) > 0) || is_detailed(j, m, plain ? plain : identity, out);
}

/* 1 in the file, 0, -1. */
static int find(struct judge *j, const char *file, unsigned *flags)
{
	struct members m;
	struct member found;
	int rc;

	if (members_open(&m, j->list, file, j->fault) < 0)
		return -1;
	rc = find_in(j, &m, j->author, &found) || find_in(j, &m, j->sender, &found);
	if (rc > 0)
		*flags |= found.flags;
	members_close(&m);
	return rc;
}

static int find_person(struct judge *j)
{
	unsigned flags = 0;
	int member = find(j, "members", &flags), moderator, owner;

	if (member < 0)
		return -1;
	j->out->is_member = member > 0;
	j->out->no_ack = flags & MEMBER_NOACK;
	moderator = find(j, "moderators", &flags);
	owner = moderator == 0 ? find(j, "owners", &flags) : 0;
	if (moderator < 0 || owner < 0)
		return -1;
	j->is_moderator = moderator > 0 || owner > 0;
	j->is_moderated = flags & MEMBER_MODERATED;
	return 0;
}

/* ---- loops and machines ---- */

static bool is_own_id(struct judge *j, struct span body)
{
	const char *text = header_unfold(j->arena, body), *at = strrchr(text, '<');
	struct span id = span_str(at ? at + 1 : text);

	id = span_of(id.p, span_find(id, '>'));
	return span_is_nocase(id, span_str(list_id(j->list, j->arena)));
}

static int rule_loop(struct judge *j)
{
	struct span rest = j->in->header, own = span_str(list_address(j->list, j->arena, NULL));
	struct header_field field;
	int rc;

	while ((rc = header_next(&rest, &field)) != 0) {
		if (rc < 0)
			span_cut(&rest, '\n');
		else if (span_is_nocase(field.name, SPAN("List-Id")) && is_own_id(j, field.body))
			return decide(j, POLICY_DISCARD, "it was sent by this list already (List-Id)");
		else if (span_is_nocase(field.name, SPAN("X-BeenThere")) && span_is_nocase(span_trim(field.body), own))
			return decide(j, POLICY_DISCARD, "it was sent by this list already (X-BeenThere)");
	}
	return 0;
}

static int rule_hops(struct judge *j)
{
	if (trace_hops(j->in->header) <= (size_t)j->settings->max_hops)
		return 0;
	return decide(j, POLICY_DISCARD, "it has been on its way for too long: more Received fields than max_hops");
}

static bool field_is(struct judge *j, const char *name, const char *const *values)
{
	const char *body = incoming_field(j->in, span_str(name));
	struct span rest = span_str(body), word;

	word = span_cut(&rest, ';');
	word = span_word(&word);
	for (; body && *values; values++)
		if (span_is_nocase(word, span_str(*values)))
			return true;
	return false;
}

/* What answers, and what reports: never a post. A machine that writes on its own (a build, a clock) may be welcome. */
static int rule_automatic(struct judge *j)
{
	static const char *const answers[] = { "auto-replied", "auto-notified", NULL };
	static const char *const precedences[] = { "junk", "auto_reply", NULL };
	static const char *const reports[] = { "multipart/report", "message/delivery-status",
					       "message/disposition-notification", NULL };
	static const char *const marks[] = { "X-Autoreply", "X-Autorespond",	   "X-Autoresponder",
					     "X-Vacation",  "X-Failed-Recipients", NULL };

	if (j->in->sender[0] == '\0')
		return decide(j, POLICY_DISCARD, "it has the null sender: a bounce, or an automatic answer");
	if (field_is(j, "Auto-Submitted", answers))
		return decide(j, POLICY_DISCARD, "it is an automatic answer (Auto-Submitted)");
	if (field_is(j, "Precedence", precedences))
		return decide(j, POLICY_DISCARD, "it is an automatic answer (Precedence)");
	if (field_is(j, "Content-Type", reports))
		return decide(j, POLICY_DISCARD, "it is a report (Content-Type)");
	for (const char *const *mark = marks; *mark; mark++)
		if (incoming_field(j->in, span_str(*mark)))
			return decide(j, POLICY_DISCARD,
				      arena_printf(j->arena, "it is an automatic answer (%s)", *mark));
	return 0;
}

/* ---- persons ---- */

static bool is_poster(struct judge *j, struct span who, const char *identity)
{
	const char *his;
	struct span local, domain;

	if (!identity)
		return false;
	if (who.p[0] == '@') {
		address_split(span_str(identity), &local, &domain);
		return span_is_nocase(span_from(who, 1), domain);
	}
	his = member_identity(j->arena, who);
	return his && strcmp(his, identity) == 0;
}

/* The last line that is about him. */
static struct span poster_word(struct judge *j, struct span text)
{
	struct span word = SPAN("");

	while (text.n) {
		struct span line = span_cut(&text, '\n'), who = span_word(&line);

		if (who.n == 0 || who.p[0] == '#' || !(is_poster(j, who, j->author) || is_poster(j, who, j->sender)))
			continue;
		word = span_word(&line);
		if (word.n == 0)
			word = SPAN("allow");
	}
	return word;
}

static int rule_posters(struct judge *j)
{
	struct span text, word;

	if (disk_read_file(j->arena, j->list->dir, "posters", POSTERS_MAX, &text, j->fault) < 0)
		return errno == ENOENT ? 0 : -1;
	word = poster_word(j, text);
	if (span_is_nocase(word, SPAN("deny")))
		return decide(j, POLICY_DISCARD, "its author may not write to the list (posters)");
	if (span_is_nocase(word, SPAN("moderate")))
		j->is_moderated = true;
	else if (span_is_nocase(word, SPAN("allow")))
		j->out->is_member = true;
	return 0;
}

static bool posting_is(const struct judge *j, const char *word)
{
	return strcmp(j->settings->posting, word) == 0;
}

static int rule_moderators_only(struct judge *j)
{
	if (!posting_is(j, "moderators") || j->is_moderator)
		return 0;
	return decide(j, POLICY_REJECT, "only moderators may write to this list");
}

static int rule_size(struct judge *j)
{
	long max = j->settings->max_message_size;

	if (max == 0 || j->in->raw.size <= max)
		return 0;
	return decide(
		j, POLICY_REJECT,
		arena_printf(j->arena, "it has %jd octets, and the list takes %ld", (intmax_t)j->in->raw.size, max));
}

static int rule_moderated(struct judge *j)
{
	if (j->is_moderated)
		return decide(j, POLICY_HOLD, "what its author writes is looked at by a moderator");
	if (posting_is(j, "moderated") && !j->is_moderator)
		return decide(j, POLICY_HOLD, "the list is moderated");
	return 0;
}

static int rule_members(struct judge *j)
{
	if (!posting_is(j, "members") || j->out->is_member || j->is_moderator)
		return 0;
	return decide(j, POLICY_HOLD, "its author is not a member of the list");
}

/* ---- the header ---- */

static bool is_own(struct judge *j, const struct address *to)
{
	const struct list *l = j->list;
	struct span rest = to->local;

	if (span_is_nocase(span_str(to->mailbox), span_str(j->in->recipient)))
		return true;
	if (!span_is_nocase(to->domain, l->domain) || !span_starts_nocase(rest, l->local))
		return false;
	rest = span_from(rest, l->local.n);
	return rest.n == 0 || rest.p[0] == l->delimiter;
}

static int rule_destination(struct judge *j)
{
	struct incoming_named named = { .rest = j->in->header };
	long n = 0, max = j->settings->max_recipients_in_header;
	struct address to;
	bool is_named = false;
	int rc;

	while ((rc = incoming_next_named(&named, j->arena, &to)) != 0) {
		n += !named.is_resent;
		is_named |= rc > 0 && is_own(j, &to);
	}
	if (j->settings->addressed_only && !is_named)
		return decide(j, POLICY_HOLD, "the list is neither in To nor in Cc");
	if (max && n > max)
		return decide(j, POLICY_HOLD,
			      arena_printf(j->arena, "%ld addresses are in To and Cc: more than %ld", n, max));
	return 0;
}

/* ---- commands ---- */

static bool is_command(struct span line)
{
	static const struct span words[] = { SPAN_INIT("unsubscribe"), SPAN_INIT("subscribe"), SPAN_INIT("signoff"),
					     SPAN_INIT("sign-off"),    SPAN_INIT("remove"),    SPAN_INIT("leave"),
					     SPAN_INIT("unjoin"),      SPAN_INIT("approve") };
	struct span first = span_word(&line);
	size_t n = 1;

	while (span_word(&line).n)
		n++;
	for (size_t i = 0; n <= COMMAND_WORDS_MAX && i < sizeof(words) / sizeof(words[0]); i++)
		if (span_is_nocase(first, words[i]))
			return true;
	return false;
}

/* A few lines, the first of them a command. */
static bool is_command_body(struct span body)
{
	bool first = true, is = false;
	size_t n = 0;

	while (body.n) {
		struct span line = span_trim(span_cut(&body, '\n'));

		if (span_is(line, SPAN("--")))
			break;
		if (line.n == 0 || line.p[0] == '>')
			continue;
		if (first)
			is = is_command(line);
		first = false;
		n++;
	}
	return is && n <= COMMAND_LINES_MAX;
}

/* A subject of one word is one; a longer one may be about commands. */
static bool is_command_subject(struct judge *j)
{
	struct buf text;
	struct span subject;
	bool is;

	buf_init(&text, SUBJECT_MAX);
	words_decode(&text, span_str(j->in->subject));
	subject = span_trim(buf_span(&text));
	is = span_find(subject, ' ') == subject.n && is_command(subject) && !span_is_nocase(subject, SPAN("remove"));
	buf_clear(&text);
	return is;
}

static int rule_command(struct judge *j)
{
	off_t at = j->in->body_at;
	struct span piece = SPAN("");
	int rc = 0;

	if (j->in->raw.size - at <= COMMAND_BODY_MAX)
		rc = spill_next(&j->in->raw, &at, &piece, j->fault);
	if (rc < 0)
		return -1;
	if (!is_command_subject(j) && !(rc > 0 && is_command_body(piece)))
		return 0;
	return decide(j, POLICY_HOLD,
		      arena_printf(j->arena, "it looks like a command, for which the address is %s",
				   list_address(j->list, j->arena, "request")));
}

/* ---- content ---- */

static int rule_parts(struct judge *j)
{
	struct strip_rules rules = shape_strip_rules(j->list);
	const char *action = j->settings->attachment_action;
	const struct mime_node *root, *found;

	if ((rules.types[0] == '\0' && rules.keep[0] == '\0') || strcmp(action, "strip") == 0)
		return 0;
	root = shape_structure(j->arena, j->in, j->fault);
	if (!root)
		return -1;
	found = strip_find(&rules, j->arena, root);
	if (!found)
		return 0;
	return decide(j, strcmp(action, "reject") == 0 ? POLICY_REJECT : POLICY_HOLD,
		      arena_printf(j->arena, "it has a part that the list does not take: %s",
				   strip_describe(j->arena, found)));
}

/* ---- DMARC ---- */

/* What comes from the list's own domain may come from this host. */
static bool is_own_domain(const struct judge *j, struct span domain)
{
	struct span own = j->list->domain, longer = domain.n > own.n ? domain : own,
		    shorter = domain.n > own.n ? own : domain;

	return span_ends_nocase(longer, shorter) &&
	       (longer.n == shorter.n || longer.p[longer.n - shorter.n - 1] == '.');
}

static bool is_protected(struct judge *j)
{
	struct header_field field;
	struct address author;
	struct span rest;
	bool is = false;

	if (strcmp(j->settings->dmarc_when, "always") == 0)
		return true;
	if (!j->run->dns || !header_find(j->in->header, SPAN("From"), &field))
		return false;
	for (rest = field.body; !is && address_next(&rest, j->arena, &author) > 0;)
		is = author.domain.n && !is_own_domain(j, author.domain) &&
		     dmarc_find(j->run->dns, j->arena, arena_span(j->arena, author.domain)) != DMARC_NONE;
	return is;
}

static int rule_dmarc(struct judge *j)
{
	static const char why[] = "the domain of its author forbids (by DMARC) what a list does";
	const char *what = j->settings->dmarc;

	if (strcmp(what, "none") == 0 || !is_protected(j))
		return 0;
	if (strcmp(what, "munge") == 0)
		j->out->guard = SHAPE_MUNGE;
	else if (strcmp(what, "wrap") == 0)
		j->out->guard = SHAPE_WRAP;
	else
		return decide(j, strcmp(what, "reject") == 0 ? POLICY_REJECT : POLICY_HOLD, why);
	return 0;
}

/* ---- the whole ---- */

/* DNS is asked last, and of what is held or refused not at all. */
static const struct {
	const char *name;
	int (*ask)(struct judge *j);
} rules[] = {
	{ "loop", rule_loop },
	{ "hops", rule_hops },
	{ "automatic", rule_automatic },
	{ "posters", rule_posters },
	{ "moderators", rule_moderators_only },
	{ "size", rule_size },
	{ "moderated", rule_moderated },
	{ "members", rule_members },
	{ "command", rule_command },
	{ "destination", rule_destination },
	{ "parts", rule_parts },
	{ "dmarc", rule_dmarc },
};

/* "[beer]" anywhere in the subject, or "beer:" in front, also behind "Re:"; or what the address said. */
static bool is_about(struct span subject, struct span topic, const char *asked)
{
	if (span_is_nocase(topic, span_str(asked)))
		return true;
	for (size_t i = 0; i + topic.n < subject.n; i++) {
		bool begins = i == 0 || strchr(" [", subject.p[i - 1]) != NULL;
		char behind = subject.p[i + topic.n];

		if (begins && span_starts_nocase(span_from(subject, i), topic) &&
		    (behind == ':' || (behind == ']' && i > 0 && subject.p[i - 1] == '[')))
			return true;
	}
	return false;
}

static struct span find_topics(struct judge *j, const char *asked)
{
	struct span rest = span_str(j->settings->topics), word;
	struct buf subject, topics;
	struct span got;

	buf_init(&subject, SUBJECT_MAX);
	buf_init(&topics, SUBJECT_MAX);
	words_decode(&subject, span_str(j->in->subject));
	while ((word = span_list_word(&rest)).n) {
		if (!is_about(buf_span(&subject), word, asked))
			continue;
		if (topics.n)
			buf_put_char(&topics, ',');
		buf_put_span(&topics, word);
	}
	got = span_of(arena_span(j->arena, buf_span(&topics)), topics.n);
	buf_clear(&subject);
	buf_clear(&topics);
	return got;
}

static int begin(struct judge *j, struct list_run *r, struct arena *a, const char *topic, struct policy *out,
		 struct fault *f)
{
	*out = (struct policy){ .verdict = POLICY_POST, .rule = "post", .why = "", .author = r->in->from };
	*j = (struct judge){ .run = r,
			     .arena = a,
			     .list = r->list,
			     .settings = &r->list->settings,
			     .in = r->in,
			     .out = out,
			     .fault = f };
	if (out->author[0] == '\0')
		out->author = r->in->sender;
	j->author = r->in->from[0] ? member_identity(a, span_str(r->in->from)) : NULL;
	j->sender = r->in->sender[0] ? member_identity(a, span_str(r->in->sender)) : NULL;
	out->topics = find_topics(j, topic);
	return find_person(j);
}

int policy_judge(struct list_run *r, struct arena *a, const char *topic, struct policy *out, struct fault *f)
{
	struct judge j;
	int rc = begin(&j, r, a, topic, out, f);

	for (size_t i = 0; rc == 0 && i < sizeof(rules) / sizeof(rules[0]); i++) {
		rc = rules[i].ask(&j);
		if (rc > 0)
			out->rule = rules[i].name;
	}
	return rc < 0 ? -1 : 0;
}

int policy_accepted(struct list_run *r, struct arena *a, const char *topic, struct policy *out, struct fault *f)
{
	struct judge j;

	if (begin(&j, r, a, topic, out, f) < 0 || rule_dmarc(&j) < 0)
		return -1;
	out->verdict = POLICY_POST;
	out->rule = "accepted";
	out->why = "";
	return 0;
}
