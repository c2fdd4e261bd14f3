/* SPDX-License-Identifier: ISC */
/*
 * migration_mailman2 - a list of Mailman 2: config.pck, or what config_list has written.
 */
#include <stdio.h>

#include "list/migration.h"
#include "message/words.h"

/* Bits of user_options. */
enum { OWN_POSTS = 2, PLAIN = 8, HIDDEN = 16, MODERATED = 128, NODUPES = 256 };
/* Why a member has delivery_status. */
enum { BY_BOUNCE = 4 };

struct reader {
	struct migration *m;
	const struct pickle *p;
};

/* ---- parameters that are numbers, with a word for each value ---- */

static const struct number {
	char name[32], parameter[24];
	char words[5][12]; /* by value; "": nothing is said */
} numbers[] = {
	{ "generic_nonmember_action", "posting", { "open", "members", "members", "members" } },
	{ "emergency", "posting", { "", "moderated" } },
	{ "subscribe_policy", "subscription", { "open", "confirm", "moderated", "moderated" } },
	{ "private_roster", "member_visibility", { "all", "members", "moderators" } },
	{ "reply_goes_to_list", "reply_to", { "unchanged", "list" } },
	{ "require_explicit_destination", "addressed_only", { "no", "yes" } },
	{ "archive", "archive", { "no", "yes" } },
	{ "archive_private", "archive_access", { "public", "members" } },
	{ "send_welcome_msg", "welcome", { "no", "yes" } },
	{ "send_goodbye_msg", "goodbye", { "no", "yes" } },
	{ "admin_notify_mchanges", "notify_owner", { "no", "yes" } },
	{ "include_rfc2369_headers", "list_headers", { "no", "yes" } },
	{ "digestable", "digest", { "no", "daily" } },
	{ "mime_is_default_digest", "digest_form", { "plain", "mime" } },
	{ "dmarc_moderation_action", "dmarc", { "none", "munge", "wrap", "reject", "reject" } },
	{ "from_is_list", "dmarc", { "", "munge", "wrap" } },
	{ "from_is_list", "dmarc_when", { "", "always", "always" } },
	{ "bounce_processing", "bounce_score_limit", { "0", "" } },
};

static void read_numbers(struct reader *r)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		int64_t value = pickle_number(r->p, numbers[i].name, -1);

		if (value >= 0 && value < 5 && numbers[i].words[value][0])
			migration_set(r->m, numbers[i].parameter, span_str(numbers[i].words[value]));
	}
}

/* ---- parameters that are amounts ---- */

static const struct amount {
	const char *name, *parameter, *format;
	int64_t most;
} amounts[] = {
	{ "max_message_size", "max_message_size", "%dk", 1000000 },
	{ "max_num_recipients", "max_recipients_in_header", "%d", 100000 },
	{ "digest_size_threshhold", "digest_max_size", "%dk", 1000000 },
	{ "bounce_score_threshold", "bounce_score_limit", "%d", 1000 },
	{ "bounce_info_stale_after", "bounce_score_days", "%d", 0 },
	{ "bounce_you_are_disabled_warnings", "remove_after", "%d", 100 },
	{ "max_days_to_hold", "held_days", "%d", 365 },
};

enum { DAY = 24 * 3600, DAYS_MAX = 365 };

static void read_amounts(struct reader *r)
{
	for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++) {
		int64_t value = pickle_number(r->p, amounts[i].name, -1);
		const char *unit = strcmp(amounts[i].format, "%dk") == 0 ? "k" : "";

		/* Seconds in the pickle, days in config_list. */
		if (amounts[i].most == 0)
			value = value > DAYS_MAX ? value / DAY : value;
		if (value > 0 && value <= (amounts[i].most ? amounts[i].most : DAYS_MAX))
			migration_set(r->m, amounts[i].parameter,
				      span_str(arena_printf(r->m->arena, "%lld%s", (long long)value, unit)));
		else if (value == 0 && strncmp(amounts[i].name, "max_", 4) == 0 && amounts[i].most > DAYS_MAX)
			migration_set(r->m, amounts[i].parameter, SPAN("0"));
	}
	if (pickle_number(r->p, "bounce_processing", 1) == 0)
		migration_set(r->m, "bounce_score_limit", SPAN("0"));
}

/* ---- texts ---- */

static void read_prefix(struct reader *r)
{
	struct span prefix = span_trim(pickle_text(r->p, "subject_prefix"));
	size_t at = span_find(prefix, '%');

	if (prefix.n == 0)
		return;
	if (at == prefix.n || (span_starts(span_from(prefix, at), SPAN("%d")) &&
			       span_find(span_from(prefix, at + 1), '%') == prefix.n - at - 1))
		migration_set(r->m, "subject_prefix", prefix);
	else
		migration_note(r->m, "subject_prefix \"%.*s\" has no equivalent: of %% there is one %%d",
			       SPAN_ARG(prefix));
}

/* Mailman fills names in; a line with one that is not known here goes. */
static void put_line(struct reader *r, struct span line, struct buf *out, bool *dropped)
{
	static const char *const names[][2] = {
		{ "%(real_name)s", "real_name" },
		{ "%(list_name)s", "real_name" },
		{ "%(description)s", "description" },
		{ "%(host_name)s", "host_name" },
	};
	size_t at = out->n;

	while (line.n) {
		size_t i = 0, n = sizeof(names) / sizeof(names[0]);

		while (i < n && !span_starts(line, span_str(names[i][0])))
			i++;
		if (i == n && span_starts(line, SPAN("%("))) {
			buf_cut(out, at);
			*dropped = true;
			return;
		}
		if (i < n) {
			buf_put_span(out, pickle_text(r->p, names[i][1]));
			line = span_from(line, strlen(names[i][0]));
		} else {
			buf_put_char(out, line.p[0]);
			line = span_from(line, 1);
		}
	}
	buf_put_char(out, '\n');
}

static void read_message(struct reader *r, const char *name, const char *text)
{
	struct span rest = pickle_text(r->p, name);
	bool dropped = false;
	struct buf out;

	if (span_trim(rest).n == 0)
		return;
	buf_init(&out, MIGRATION_FILE_MAX);
	while (rest.n)
		put_line(r, span_cut(&rest, '\n'), &out, &dropped);
	migration_text(r->m, text, span_of(arena_span(r->m->arena, buf_span(&out)), out.n));
	if (dropped)
		migration_note(r->m, "%s: lines with names that Mailman fills in are left out", name);
	buf_clear(&out);
}

static void read_texts(struct reader *r)
{
	struct span footer = span_trim(pickle_text(r->p, "msg_footer"));
	struct span other = span_trim(pickle_text(r->p, "reply_to_address"));

	read_prefix(r);
	read_message(r, "msg_footer", "footer");
	read_message(r, "info", "info");
	read_message(r, "welcome_msg", "welcome");
	read_message(r, "goodbye_msg", "goodbye");
	if (footer.n)
		migration_set(r->m, "footer", SPAN("auto"));
	if (pickle_number(r->p, "reply_goes_to_list", 0) == 2 && other.n)
		migration_set(r->m, "reply_to", other);
	if (pickle_text(r->p, "preferred_language").n)
		migration_set(r->m, "language", pickle_text(r->p, "preferred_language"));
}

/* ---- lists ---- */

static void read_people(struct reader *r, const char *name, struct migration_people *to)
{
	const struct pickle *list = pickle_list(r->p, name);

	for (size_t i = 0; list && i < list->n; i++)
		if (list->v[i]->kind == PICKLE_TEXT)
			migration_person(r->m, to, list->v[i]->text, 0, span_of("", 0));
}

static void read_posters(struct reader *r)
{
	static const char *const lists[][2] = {
		{ "accept_these_nonmembers", "allow" },
		{ "hold_these_nonmembers", "moderate" },
		{ "reject_these_nonmembers", "deny" },
		{ "discard_these_nonmembers", "deny" },
	};

	for (size_t n = 0; n < sizeof(lists) / sizeof(lists[0]); n++) {
		const struct pickle *list = pickle_list(r->p, lists[n][0]);

		for (size_t i = 0; list && i < list->n; i++) {
			struct span text =
				list->v[i]->kind == PICKLE_TEXT ? span_trim(list->v[i]->text) : span_of("", 0);

			if (text.n && (text.p[0] == '^' || text.p[0] == '@'))
				migration_note(r->m, "%s: %s \"%.*s\" has no equivalent", lists[n][0],
					       text.p[0] == '^' ? "the pattern" : "the members of", SPAN_ARG(text));
			else if (text.n)
				migration_poster(r->m, text, lists[n][1]);
		}
	}
}

/* Media types, in a list or in lines. */
static void read_types(struct reader *r, const char *name, const char *parameter)
{
	const struct pickle *list = pickle_list(r->p, name);
	struct span text = pickle_text(r->p, name), word;
	struct buf out;

	buf_init(&out, MIGRATION_FILE_MAX);
	for (size_t i = 0; list && i < list->n; i++)
		if (list->v[i]->kind == PICKLE_TEXT)
			buf_printf(&out, "%s%.*s", out.n ? ", " : "", SPAN_ARG(span_trim(list->v[i]->text)));
	while ((word = span_word(&text)).n)
		buf_printf(&out, "%s%.*s", out.n ? ", " : "", SPAN_ARG(word));
	if (out.n)
		migration_set(r->m, parameter, buf_span(&out));
	buf_clear(&out);
}

static void read_filter(struct reader *r)
{
	if (pickle_number(r->p, "filter_content", 0) == 0)
		return;
	read_types(r, "filter_mime_types", "strip_types");
	read_types(r, "pass_mime_types", "keep_types");
	if (pickle_number(r->p, "collapse_alternatives", 0))
		migration_set(r->m, "plain_text_only", SPAN("yes"));
}

/* A topic is a name, a pattern, a description: here the name is what stands in the subject. */
static void read_topics(struct reader *r)
{
	const struct pickle *list = pickle_list(r->p, "topics");
	struct buf out;

	buf_init(&out, MIGRATION_FILE_MAX);
	for (size_t i = 0; list && i < list->n; i++) {
		const struct pickle *t = list->v[i];

		if (t->kind != PICKLE_LIST || t->n == 0 || t->v[0]->kind != PICKLE_TEXT)
			continue;
		if (span_find(t->v[0]->text, ' ') == t->v[0]->text.n)
			buf_printf(&out, "%s%.*s", out.n ? ", " : "", SPAN_ARG(t->v[0]->text));
		migration_note(r->m, "topics: the pattern of \"%.*s\" has no equivalent", SPAN_ARG(t->v[0]->text));
	}
	if (out.n)
		migration_set(r->m, "topics", buf_span(&out));
	buf_clear(&out);
}

/* ---- members ---- */

static unsigned member_flags(struct reader *r, const char *address)
{
	const struct pickle *status = pickle_find(pickle_find(r->p, "delivery_status"), address);
	int64_t options = pickle_number(pickle_find(r->p, "user_options"), address, 0), why = 0;
	unsigned flags = 0;

	if (status && status->kind == PICKLE_NUMBER)
		why = status->number;
	else if (status && status->kind == PICKLE_LIST && status->n && status->v[0]->kind == PICKLE_NUMBER)
		why = status->v[0]->number;
	flags |= options & OWN_POSTS ? MEMBER_NOTMETOO : 0;
	flags |= options & PLAIN ? MEMBER_PLAIN_DIGEST : 0;
	flags |= options & HIDDEN ? MEMBER_HIDDEN : 0;
	flags |= options & MODERATED ? MEMBER_MODERATED : 0;
	flags |= options & NODUPES ? MEMBER_NODUPES : 0;
	if (why)
		flags |= why == BY_BOUNCE ? MEMBER_PAUSED : MEMBER_NOMAIL;
	return flags;
}

/* The key is lower case; the value is how the member writes it, if that is different. */
static void read_members(struct reader *r, const char *name, unsigned more)
{
	const struct pickle *members = pickle_find(r->p, name), *names = pickle_find(r->p, "usernames");

	if (!members || members->kind != PICKLE_DICT)
		return;
	for (size_t i = 0; i + 1 < members->n; i += 2) {
		const struct pickle *key = members->v[i], *as = members->v[i + 1];
		unsigned flags;
		const char *address;

		if (key->kind != PICKLE_TEXT)
			continue;
		address = arena_span(r->m->arena, key->text);
		flags = member_flags(r, address) | more;
		if (!(flags & MEMBER_DIGEST))
			flags &= ~(unsigned)MEMBER_PLAIN_DIGEST;
		migration_person(r->m, &r->m->members, as->kind == PICKLE_TEXT && as->text.n ? as->text : key->text,
				 flags, pickle_text(names, address));
	}
}

/* ---- all of it ---- */

static void note_others(struct reader *r)
{
	static const char *const names[] = {
		"anonymous_list",
		"autorespond_postings",
		"autorespond_requests",
		"ban_list",
		"gateway_to_mail",
		"gateway_to_news",
		"header_filter_rules",
		"bounce_matching_headers",
		"msg_header",
		"digest_header",
		"digest_footer",
		"regular_exclude_lists",
		"regular_include_lists",
		"umbrella_list",
		"sibling_lists",
		"convert_html_to_plaintext",
		"first_strip_reply_to",
		"unsubscribe_policy",
		"default_member_moderation",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct pickle *p = pickle_find(r->p, names[i]);

		if (p && (p->number || span_trim(p->text).n || p->n))
			migration_note(r->m, "%s has no equivalent", names[i]);
	}
}

static const char *find_address(struct reader *r)
{
	struct span name = pickle_text(r->p, "real_name"), host = pickle_text(r->p, "host_name");

	if (name.n == 0 || host.n == 0)
		return NULL;
	return member_identity(r->m->arena,
			       span_str(arena_printf(r->m->arena, "%.*s@%.*s", SPAN_ARG(name), SPAN_ARG(host))));
}

static int read_parsed(struct migration *m, const struct pickle *p)
{
	struct reader r = { .m = m, .p = p };
	struct span description = pickle_text(p, "description");

	if (find_address(&r))
		m->address = find_address(&r);
	if (description.n)
		m->description = arena_span(m->arena, description);
	read_numbers(&r);
	read_amounts(&r);
	read_texts(&r);
	read_filter(&r);
	read_topics(&r);
	read_people(&r, "owner", &m->owners);
	read_people(&r, "moderator", &m->moderators);
	read_posters(&r);
	read_members(&r, "members", 0);
	read_members(&r, "digest_members", MEMBER_DIGEST);
	note_others(&r);
	return 0;
}

static bool is_literal(struct span text)
{
	text = span_trim(text);
	return text.n && (text.p[0] == '#' || span_starts(text, SPAN("real_name")) ||
			  (span_find(text, '=') < span_find(text, '\n') && text.p[0] >= 'a' && text.p[0] <= 'z' &&
			   span_find(text, '\0') == text.n));
}

int migration_mailman2(struct migration *m, const char *path, struct fault *f)
{
	const struct pickle *p;
	const char *file = arena_printf(m->arena, "%s/config.pck", path);
	struct span text;
	struct fault why;
	int rc = migration_file(m, file, &text, NULL);

	if (rc <= 0)
		rc = migration_file(m, file = path, &text, f);
	if (rc <= 0)
		return rc < 0 ? -1 : fault_perm(f, 0, FAULT_NO_INPUT, "there is no %s", path);
	rc = is_literal(text) ? pickle_parse_assignments(m->arena, text, &p, &why)
			      : pickle_parse(m->arena, text, &p, &why);
	if (rc == 0 && p->kind != PICKLE_DICT)
		rc = fault_perm(&why, 0, "5.6.0", "it is no list's configuration");
	if (rc < 0)
		return fault_perm(f, 0, "5.6.0", "%s: %s", file, why.text);
	return read_parsed(m, p);
}
