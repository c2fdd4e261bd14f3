/* SPDX-License-Identifier: ISC */
/*
 * migration_mailman3 - a list of Mailman 3: what its REST interface answers, a list's config or its members.
 */
#include <stdio.h>

#include "base/json.h"
#include "list/migration.h"

/* Names that are words there. */
static const struct word {
	char name[36], value[24], parameter[24], ours[16];
} words[] = {
	{ "default_nonmember_action", "accept", "posting", "open" },
	{ "default_nonmember_action", "defer", "posting", "open" },
	{ "default_nonmember_action", "hold", "posting", "members" },
	{ "default_nonmember_action", "reject", "posting", "members" },
	{ "default_nonmember_action", "discard", "posting", "members" },
	{ "default_member_action", "hold", "posting", "moderated" },
	{ "emergency", "true", "posting", "moderated" },
	{ "subscription_policy", "open", "subscription", "open" },
	{ "subscription_policy", "confirm", "subscription", "confirm" },
	{ "subscription_policy", "moderate", "subscription", "moderated" },
	{ "subscription_policy", "confirm_then_moderate", "subscription", "moderated" },
	{ "unsubscription_policy", "open", "unsubscription", "open" },
	{ "unsubscription_policy", "confirm", "unsubscription", "confirm" },
	{ "member_roster_visibility", "public", "member_visibility", "all" },
	{ "member_roster_visibility", "members", "member_visibility", "members" },
	{ "member_roster_visibility", "moderators", "member_visibility", "moderators" },
	{ "reply_goes_to_list", "no_munging", "reply_to", "unchanged" },
	{ "reply_goes_to_list", "point_to_list", "reply_to", "list" },
	{ "archive_policy", "public", "archive_access", "public" },
	{ "archive_policy", "private", "archive_access", "members" },
	{ "archive_policy", "never", "archive", "no" },
	{ "require_explicit_destination", "true", "addressed_only", "yes" },
	{ "require_explicit_destination", "false", "addressed_only", "no" },
	{ "include_rfc2369_headers", "false", "list_headers", "no" },
	{ "send_welcome_message", "false", "welcome", "no" },
	{ "send_goodbye_message", "false", "goodbye", "no" },
	{ "admin_notify_mchanges", "true", "notify_owner", "yes" },
	{ "collapse_alternatives", "true", "plain_text_only", "yes" },
	{ "digests_enabled", "false", "digest", "no" },
	{ "digests_enabled", "true", "digest", "daily" },
	{ "digest_volume_frequency", "weekly", "digest", "weekly" },
	{ "process_bounces", "false", "bounce_score_limit", "0" },
	{ "dmarc_mitigate_action", "no_mitigation", "dmarc", "none" },
	{ "dmarc_mitigate_action", "munge_from", "dmarc", "munge" },
	{ "dmarc_mitigate_action", "wrap_message", "dmarc", "wrap" },
	{ "dmarc_mitigate_action", "reject", "dmarc", "reject" },
	{ "dmarc_mitigate_action", "discard", "dmarc", "reject" },
	{ "dmarc_mitigate_unconditionally", "true", "dmarc_when", "always" },
};

/* Names that have a value. */
static const struct value {
	char name[28], parameter[28], unit[4];
} values[] = {
	{ "subject_prefix", "subject_prefix", "" },
	{ "max_message_size", "max_message_size", "k" },
	{ "max_num_recipients", "max_recipients_in_header", "" },
	{ "digest_size_threshold", "digest_max_size", "k" },
	{ "preferred_language", "language", "" },
};

static struct span text_of(struct migration *m, const struct json_member *j)
{
	struct buf b;
	struct span text = j->value;

	if (j->type != JSON_STRING)
		return text;
	buf_init(&b, j->value.n + 1);
	if (json_put_value(&b, j->value) < 0)
		buf_reset(&b);
	text = span_str(arena_span(m->arena, buf_span(&b)));
	buf_clear(&b);
	return text;
}

static bool take_word(struct migration *m, struct span key, struct span value)
{
	bool known = false;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!span_is(key, span_str(words[i].name)))
			continue;
		known = true;
		if (span_is(value, span_str(words[i].value)))
			migration_set(m, words[i].parameter, span_str(words[i].ours));
	}
	return known;
}

static bool take_value(struct migration *m, struct span key, struct span value)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (!span_is(key, span_str(values[i].name)))
			continue;
		value = span_trim(value);
		/* A float where it is a size. */
		if (values[i].unit[0])
			value.n = span_find(value, '.');
		if (value.n)
			migration_set(m, values[i].parameter,
				      span_str(arena_printf(m->arena, "%.*s%s", SPAN_ARG(value), values[i].unit)));
		return true;
	}
	return false;
}

/* What is said elsewhere, or says nothing about the list: ids, times, counters, addresses made of the list's own. */
static bool is_silent(struct span key)
{
	static const char names[][40] = {
		"list_name",
		"list_id",
		"mail_host",
		"display_name",
		"fqdn_listname",
		"bounces_address",
		"owner_address",
		"join_address",
		"leave_address",
		"no_reply_address",
		"request_address",
		"posting_address",
		"posting_pipeline",
		"http_etag",
		"self_link",
		"created_at",
		"last_post_at",
		"digest_last_sent_at",
		"volume",
		"next_digest_number",
		"post_id",
		"member_count",
		"advertised",
		"digest_send_periodic",
		"reply_to_address",
		"description",
		"info",
		"owner",
		"moderator",
		"usenet_watermark",
		"bounce_info_stale_after",
		"bounce_score_threshold",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is(key, span_str(names[i])))
			return true;
	return false;
}

static bool is_empty(const struct json_member *j)
{
	return j->value.n == 0 || span_is(j->value, SPAN("false")) || span_is(j->value, SPAN("null")) ||
	       span_is(j->value, SPAN("0")) || span_is(j->value, SPAN("[]")) || span_is(j->value, SPAN("none"));
}

static void take_setting(struct migration *m, const struct json_member *j)
{
	struct span value = text_of(m, j);

	if (span_is(j->key, SPAN("fqdn_listname")))
		m->address = arena_span(m->arena, value);
	else if (span_is(j->key, SPAN("description")) && value.n)
		m->description = arena_span(m->arena, value);
	else if (span_is(j->key, SPAN("info")))
		migration_text(m, "info", value);
	else if (!take_word(m, j->key, value) && !take_value(m, j->key, value) && !is_silent(j->key) && !is_empty(j))
		migration_note(m, "%.*s has no equivalent", SPAN_ARG(j->key));
}

/* ---- members ---- */

static unsigned flags_of(struct span key, struct span value)
{
	if (span_is(key, SPAN("delivery_mode")) && !span_is(value, SPAN("regular")))
		return span_is(value, SPAN("plaintext_digests")) ? MEMBER_DIGEST | MEMBER_PLAIN_DIGEST : MEMBER_DIGEST;
	if (span_is(key, SPAN("delivery_status")) && !span_is(value, SPAN("enabled")))
		return span_is(value, SPAN("by_bounces")) ? MEMBER_PAUSED : MEMBER_NOMAIL;
	if (span_is(key, SPAN("moderation_action")) && span_is(value, SPAN("hold")))
		return MEMBER_MODERATED;
	return 0;
}

static int read_entry(struct migration *m, struct span text)
{
	struct migration_people *to = &m->members;
	struct span address = { "", 0 }, name = { "", 0 };
	unsigned flags = 0;
	struct json_reader r;
	struct json_member j;
	int rc;

	json_read(&r, text);
	while ((rc = json_next(&r, &j)) > 0) {
		struct span value = text_of(m, &j);

		flags |= flags_of(j.key, value);
		if (span_is(j.key, SPAN("email")))
			address = value;
		else if (span_is(j.key, SPAN("display_name")))
			name = value;
		else if (span_is(j.key, SPAN("role")))
			to = span_is(value, SPAN("owner"))	 ? &m->owners
			     : span_is(value, SPAN("moderator")) ? &m->moderators
			     : span_is(value, SPAN("nonmember")) ? NULL
								 : to;
	}
	if (rc == 0 && to && address.n)
		migration_person(m, to, address, flags, name);
	return rc;
}

static int read_entries(struct migration *m, struct span text)
{
	struct json_reader r;
	struct json_member j;
	int rc;

	json_read_array(&r, text);
	while ((rc = json_next(&r, &j)) > 0)
		if (j.type != JSON_OBJECT || read_entry(m, j.value) < 0)
			return -1;
	return rc;
}

static int read_object(struct migration *m, struct span text)
{
	struct json_reader r;
	struct json_member j;
	int rc;

	json_read(&r, text);
	while ((rc = json_next(&r, &j)) > 0) {
		if (span_is(j.key, SPAN("entries")) && j.type == JSON_ARRAY)
			return read_entries(m, j.value);
		if (!span_is(j.key, SPAN("start")) && !span_is(j.key, SPAN("total_size")))
			take_setting(m, &j);
	}
	return rc;
}

int migration_mailman3(struct migration *m, const char *path, struct fault *f)
{
	struct span text;
	int rc = migration_file(m, path, &text, f);

	if (rc <= 0)
		return rc < 0 ? -1 : fault_perm(f, 0, FAULT_NO_INPUT, "there is no %s", path);
	text = span_trim(text);
	rc = text.n && text.p[0] == '[' ? read_entries(m, text) : read_object(m, text);
	return rc < 0 ? fault_perm(f, 0, "5.6.0", "%s: this is not JSON as Mailman 3 writes it", path) : 0;
}
