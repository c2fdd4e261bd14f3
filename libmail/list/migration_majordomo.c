/* SPDX-License-Identifier: ISC */
/*
 * migration_majordomo - a list of majordomo: a file of members, and beside it LIST.config, LIST.info, LIST.intro.
 *
 * The config has "name = value" lines, and "name << END" with lines up to END.
 */
#include <stdio.h>

#include "list/migration.h"

struct reader {
	struct migration *m;
	const char *list; /* its name */
};

static const struct word {
	char name[24], value[16], parameter[24], ours[16];
} words[] = {
	{ "moderate", "yes", "posting", "moderated" },
	{ "subscribe_policy", "auto", "subscription", "open" },
	{ "subscribe_policy", "open", "subscription", "open" },
	{ "subscribe_policy", "open+confirm", "subscription", "confirm" },
	{ "subscribe_policy", "auto+confirm", "subscription", "confirm" },
	{ "subscribe_policy", "closed", "subscription", "closed" },
	{ "subscribe_policy", "closed+confirm", "subscription", "moderated" },
	{ "unsubscribe_policy", "open", "unsubscription", "open" },
	{ "unsubscribe_policy", "auto", "unsubscription", "open" },
	{ "who_access", "open", "member_visibility", "all" },
	{ "who_access", "list", "member_visibility", "members" },
	{ "who_access", "closed", "member_visibility", "none" },
	{ "get_access", "open", "archive_access", "public" },
	{ "get_access", "list", "archive_access", "members" },
	{ "get_access", "closed", "archive_access", "none" },
	{ "welcome", "no", "welcome", "no" },
	{ "welcome", "yes", "welcome", "yes" },
	{ "announcements", "yes", "notify_owner", "yes" },
	{ "announcements", "no", "notify_owner", "no" },
};

/* Passwords are of no use here, and defaults of majordomo's own say nothing. */
static bool is_silent(struct span name)
{
	static const char names[][20] = {
		"admin_passwd",	  "approve_passwd",
		"admindir",	  "debug",
		"precedence",	  "sender",
		"resend_host",	  "date_info",
		"date_intro",	  "strip",
		"comments",	  "admin",
		"intro_access",	  "info_access",
		"faq_access",	  "which_access",
		"mungedomain",	  "administrivia",
		"purge_received", "index_access",
		"digest_archive", "digest_rm_fronter",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is_nocase(name, span_str(names[i])))
			return true;
	return false;
}

static bool take_word(struct reader *r, struct span name, struct span value)
{
	bool known = false;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!span_is_nocase(name, span_str(words[i].name)))
			continue;
		known = true;
		if (span_is_nocase(value, span_str(words[i].value)))
			migration_set(r->m, words[i].parameter, span_str(words[i].ours));
	}
	return known;
}

/* "$LIST" is the list's name. */
static struct span expand(struct reader *r, struct span value)
{
	struct buf b;
	struct span text;

	buf_init(&b, MIGRATION_FILE_MAX);
	while (value.n) {
		if (span_starts(value, SPAN("$LIST"))) {
			buf_put_str(&b, r->list);
			value = span_from(value, sizeof("$LIST") - 1);
		} else {
			buf_put_char(&b, value.p[0]);
			value = span_from(value, 1);
		}
	}
	text = span_of(arena_span(r->m->arena, buf_span(&b)), b.n);
	buf_clear(&b);
	return text;
}

/* "$SENDER" is who posts; the list's own address or name is the list. */
static void take_reply_to(struct reader *r, struct span value)
{
	size_t at = span_find(value, '@');

	if (span_is(value, SPAN("$SENDER")))
		migration_set(r->m, "reply_to", SPAN("poster"));
	else if (span_is_nocase(span_of(value.p, at), span_str(r->list)))
		migration_set(r->m, "reply_to", SPAN("list"));
	else if (at < value.n)
		migration_set(r->m, "reply_to", value);
	else
		migration_note(r->m, "reply_to \"%.*s\" has no equivalent", SPAN_ARG(value));
}

/* Lists whose members may post: the own one, or others. */
static void take_restrict(struct reader *r, struct span value)
{
	struct span word;

	migration_set(r->m, "posting", SPAN("members"));
	while ((word = span_list_word(&value)).n)
		if (!span_is_nocase(word, span_str(r->list)))
			migration_note(r->m, "restrict_post: who may post by %.*s is to be put into posters",
				       SPAN_ARG(word));
}

static void take(struct reader *r, struct span name, struct span value)
{
	uint64_t number;

	value = expand(r, span_trim(value));
	if (value.n == 0 || take_word(r, name, value) || is_silent(name))
		return;
	if (span_is_nocase(name, SPAN("description")))
		r->m->description = arena_span(r->m->arena, value);
	else if (span_is_nocase(name, SPAN("subject_prefix")))
		migration_set(r->m, "subject_prefix", value);
	else if (span_is_nocase(name, SPAN("reply_to")))
		take_reply_to(r, value);
	else if (span_is_nocase(name, SPAN("restrict_post")))
		take_restrict(r, value);
	else if (span_is_nocase(name, SPAN("moderator")))
		migration_person(r->m, &r->m->moderators, value, 0, span_of("", 0));
	else if (span_is_nocase(name, SPAN("maxlength")) && span_number(value, 1 << 30, &number) == 0)
		migration_set(r->m, "max_message_size", value);
	else
		migration_note(r->m, "%.*s has no equivalent", SPAN_ARG(name));
}

static void take_block(struct reader *r, struct span name, struct span text)
{
	if (span_trim(text).n == 0)
		return;
	if (span_is_nocase(name, SPAN("message_footer"))) {
		migration_text(r->m, "footer", expand(r, text));
		migration_set(r->m, "footer", SPAN("auto"));
	} else if (!is_silent(name)) {
		migration_note(r->m, "%.*s has no equivalent", SPAN_ARG(name));
	}
}

/* Up to the line that is `end`; an empty line is written as "-". */
static struct span cut_block(struct reader *r, struct span *rest, struct span end)
{
	struct buf b;
	struct span text;

	buf_init(&b, MIGRATION_FILE_MAX);
	while (rest->n) {
		struct span line = span_cut(rest, '\n');

		if (span_is(span_trim(line), end))
			break;
		if (!span_is(span_trim(line), SPAN("-")))
			buf_put_span(&b, line);
		buf_put_char(&b, '\n');
	}
	text = span_of(arena_span(r->m->arena, buf_span(&b)), b.n);
	buf_clear(&b);
	return text;
}

static void read_config(struct reader *r, struct span rest)
{
	while (rest.n) {
		struct span line = span_cut(&rest, '\n'), name;
		size_t n;

		line = span_trim(line);
		for (n = 0; n < line.n && (line.p[n] == '_' || (line.p[n] >= 'a' && line.p[n] <= 'z'));)
			n++;
		name = span_of(line.p, n);
		line = span_trim(span_from(line, n));
		if (span_starts(line, SPAN("<<")))
			take_block(r, name, cut_block(r, &rest, span_trim(span_from(line, 2))));
		else if (name.n && line.n && line.p[0] == '=')
			take(r, name, span_from(line, 1));
	}
}

static int read_part(struct reader *r, const char *path, const char *suffix, const char *text, struct fault *f)
{
	struct span content;
	int rc = migration_file(r->m, arena_printf(r->m->arena, "%s%s", path, suffix), &content, f);

	if (rc > 0 && text)
		migration_text(r->m, text, content);
	else if (rc > 0)
		read_config(r, content);
	return rc;
}

int migration_majordomo(struct migration *m, const char *path, struct fault *f)
{
	const char *slash = strrchr(path, '/');
	struct reader r = { .m = m, .list = slash ? slash + 1 : path };
	struct span text;
	int rc = migration_file(m, path, &text, f);

	if (rc <= 0)
		return rc < 0 ? -1 : fault_perm(f, 0, FAULT_NO_INPUT, "there is no %s", path);
	migration_set(m, "posting", SPAN("open"));
	while (text.n)
		migration_line(m, &m->members, span_cut(&text, '\n'), 0);
	if (read_part(&r, path, ".config", NULL, f) < 0 || read_part(&r, path, ".info", "info", f) < 0 ||
	    read_part(&r, path, ".intro", "welcome", f) < 0)
		return -1;
	return 0;
}
