/* SPDX-License-Identifier: ISC */
/*
 * settings - the table of a list's parameters.
 */
#include "list/settings.h"

#include <string.h>

#include "message/address.h"
#include "message/header.h"

#define AT(member) .name = #member, .at = offsetof(struct list_settings, member)

enum { DAY = 24 * 3600, WEEK = 7 * DAY, POSTS_MAX = 10000 };

static const struct config_param table[] = {
	{ AT(address), CONFIG_STRING, .fallback = "", .help = "the list's address, if it is not that of its name" },
	{ AT(description), CONFIG_STRING, .fallback = "", .help = "what the list is about, in a line" },
	{ AT(language), CONFIG_STRING, .fallback = "en", .help = "of its pages and replies, for Content-Language" },

	{ AT(posting), CONFIG_CHOICE, .fallback = "members", .choices = "open|members|moderated|moderators",
	  .help = "whose posts are sent: everybody's, members'; all are held, or only moderators may" },
	{ AT(subscription), CONFIG_CHOICE, .fallback = "confirm", .choices = "open|confirm|moderated|closed",
	  .help = "who becomes a member by asking: who confirms, whom a moderator approves, nobody" },
	{ AT(unsubscription), CONFIG_CHOICE, .fallback = "confirm", .choices = "confirm|open",
	  .help = "whether leaving by mail has to be confirmed" },
	{ AT(member_visibility), CONFIG_CHOICE, .fallback = "moderators", .choices = "all|members|moderators|none",
	  .help = "who may ask who the members are" },
	{ AT(addressed_only), CONFIG_BOOL, .fallback = "yes",
	  .help = "whether posts are held that have the list's address neither in To nor in Cc" },
	{ AT(max_message_size), CONFIG_SIZE, .fallback = "10M", .help = "octets of a post; 0: no limit of the list's" },
	{ AT(max_recipients_in_header), CONFIG_NUMBER, .fallback = "10", .max = 100000,
	  .help = "posts with more addresses in To and Cc are held; 0: no limit" },
	{ AT(max_hops), CONFIG_NUMBER, .fallback = "30", .min = 1, .max = 1000,
	  .help = "posts with more Received fields are loops" },
	{ AT(hold_limit), CONFIG_NUMBER, .fallback = "1000", .min = 1, .max = 100000,
	  .help = "messages that wait for a moderator; more are refused" },
	{ AT(held_days), CONFIG_NUMBER, .fallback = "14", .min = 1, .max = 365,
	  .help = "days that a message waits for a moderator" },
	{ AT(acknowledge), CONFIG_BOOL, .fallback = "no", .help = "whether who posts is told that it was sent" },

	{ AT(subject_prefix), CONFIG_STRING, .fallback = "",
	  .help = "in front of subjects, a blank follows: [friends]; %d is the number of the post" },
	{ AT(reply_to), CONFIG_STRING, .fallback = "unchanged",
	  .help = "where answers go: unchanged, list, poster, or an address" },
	{ AT(footer), CONFIG_CHOICE, .fallback = "none", .choices = "auto|part|none",
	  .help = "how texts/footer is added: in the text where it is safe, as a part, not at all" },
	{ AT(strip_types), CONFIG_STRING, .fallback = "",
	  .help = "media types of parts that are taken out: application/*, text/html" },
	{ AT(keep_types), CONFIG_STRING, .fallback = "", .help = "media types that alone are left in; empty: all" },
	{ AT(attachment_action), CONFIG_CHOICE, .fallback = "strip", .choices = "strip|hold|reject",
	  .help = "what happens to a post with parts of other types" },
	{ AT(plain_text_only), CONFIG_BOOL, .fallback = "no",
	  .help = "whether of text in several forms the plain one alone is sent" },
	{ AT(remove_headers), CONFIG_STRING, .fallback = "", .help = "names of header fields that posts lose" },
	{ AT(add_headers), CONFIG_STRING, .fallback = "",
	  .help = "header fields that posts get: Name: value, separated by \"|\"" },
	{ AT(list_headers), CONFIG_BOOL, .fallback = "yes", .help = "whether posts get List-Help, List-Post and such" },
	{ AT(dmarc), CONFIG_CHOICE, .fallback = "munge", .choices = "munge|wrap|none|hold|reject",
	  .help = "posts of domains that forbid it: From becomes the list's, the post a part of one, ..." },
	{ AT(dmarc_when), CONFIG_CHOICE, .fallback = "policy", .choices = "policy|always",
	  .help = "whether that is done to all posts" },
	{ AT(topics), CONFIG_STRING, .fallback = "",
	  .help = "sub-lists that members choose: words, each a [word] or word: in the subject" },
	{ AT(nodupes), CONFIG_BOOL, .fallback = "no",
	  .help = "whether members whom To or Cc names get no second copy; who has the option never does" },

	{ AT(archive), CONFIG_BOOL, .fallback = "yes", .help = "whether posts are kept" },
	{ AT(archive_url), CONFIG_STRING, .fallback = "", .help = "where html/ is published: https://..." },
	{ AT(archive_access), CONFIG_CHOICE, .fallback = "members", .choices = "public|members|none",
	  .help = "who may have old posts by mail; pages in html/ are made for a public archive only" },
	{ AT(archive_addresses), CONFIG_CHOICE, .fallback = "at", .choices = "at|hidden|shown",
	  .help = "how addresses look on pages: \"al at example.net\", \"al@...\", as they are" },
	{ AT(archive_robots), CONFIG_BOOL, .fallback = "yes", .help = "whether search engines may list the pages" },
	{ AT(list_http), CONFIG_BOOL, .fallback = "yes",
	  .help = "whether posts have a one-click link, where list_http_url says how it is reached" },

	{ AT(digest), CONFIG_STRING, .fallback = "no", .help = "when digests are sent: no, daily, weekly, N posts" },
	{ AT(digest_form), CONFIG_CHOICE, .fallback = "mime", .choices = "mime|plain",
	  .help = "a multipart/digest, or text by RFC 1153" },
	{ AT(digest_max), CONFIG_NUMBER, .fallback = "50", .min = 1, .max = 1000, .help = "posts in one digest" },
	{ AT(digest_max_size), CONFIG_SIZE, .fallback = "1M", .min = 1, .help = "octets after which a digest is sent" },

	{ AT(verp), CONFIG_BOOL, .fallback = "yes",
	  .help = "whether each member's mail has a sender of its own, so that bounces tell whose they are" },
	{ AT(bounce_score_limit), CONFIG_NUMBER, .fallback = "5", .max = 1000,
	  .help = "days with bounces after which a member is probed; 0: nobody is" },
	{ AT(bounce_score_days), CONFIG_NUMBER, .fallback = "30", .min = 1, .max = 365,
	  .help = "days for which a bounce counts" },
	{ AT(bounce_pause_percent), CONFIG_NUMBER, .fallback = "10", .max = 100,
	  .help = "bounces of a post do not count when more members sent it back; 0: they always do" },
	{ AT(probe_after), CONFIG_TIME, .fallback = "7d", .min = 60,
	  .help = "time in which a probe has to come back, and between two of a member" },
	{ AT(remove_after), CONFIG_NUMBER, .fallback = "3", .min = 1, .max = 100,
	  .help = "probes that came back after which a member is removed" },

	{ AT(subscribe_rate), CONFIG_NUMBER, .fallback = "1", .min = 1, .max = 250,
	  .help = "confirmations of one kind asked of an address in a day" },
	{ AT(reply_rate), CONFIG_NUMBER, .fallback = "10", .min = 1, .max = 250,
	  .help = "replies to an address in a day, those of other lists counted with them" },
	{ AT(advertised), CONFIG_BOOL, .fallback = "yes", .help = "whether it is named in the list of lists" },
	{ AT(welcome), CONFIG_BOOL, .fallback = "yes", .help = "whether new members are welcomed" },
	{ AT(goodbye), CONFIG_BOOL, .fallback = "yes", .help = "whether who left is told so" },
	{ AT(notify_owner), CONFIG_BOOL, .fallback = "no", .help = "whether owners are told who came and left" },
};

const struct config_param *list_settings_table(size_t *n)
{
	*n = sizeof(table) / sizeof(table[0]);
	return table;
}

static int wrong(struct fault *f, const char *name, const char *value, const char *why)
{
	return fault_perm(f, 0, "5.3.5", "%s: \"%.100s\" %s", name, value, why);
}

static int check_address(const char *name, const char *value, struct fault *f)
{
	struct span s = span_str(value);

	if (address_is_valid(s, false, false) && span_find(s, '"') == s.n && span_find(s, '[') == s.n)
		return 0;
	return wrong(f, name, value, "is no address");
}

/* It becomes part of a printf-like format, but only of ours. */
static int check_prefix(const char *value, struct fault *f)
{
	const char *first = strchr(value, '%');

	if (!first)
		return 0;
	if (first[1] != 'd' || strchr(first + 1, '%'))
		return wrong(f, "subject_prefix", value, "may have one %d, and no other %");
	return 0;
}

static int parse_digest(const char *value, long *seconds, long *posts)
{
	struct span rest = span_str(value), first = span_word(&rest);
	uint64_t number;

	*seconds = *posts = 0;
	rest = span_trim(rest);
	if (rest.n == 0 && span_is(first, SPAN("no")))
		return 0;
	if (rest.n == 0 && (span_is(first, SPAN("daily")) || span_is(first, SPAN("weekly")))) {
		*seconds = first.p[0] == 'd' ? DAY : WEEK;
		return 0;
	}
	if (span_number(first, POSTS_MAX, &number) < 0 || number == 0 || !span_is(rest, SPAN("posts")))
		return -1;
	*posts = (long)number;
	return 0;
}

static bool is_reply_word(const char *value)
{
	return strcmp(value, "unchanged") == 0 || strcmp(value, "list") == 0 || strcmp(value, "poster") == 0;
}

static int check_fields(const char *value, struct fault *f)
{
	struct span rest = span_str(value);

	while (rest.n) {
		struct span field = span_trim(span_cut(&rest, '|'));
		size_t colon = span_find(field, ':');

		if (colon == field.n || !header_is_name(span_of(field.p, colon)))
			return wrong(f, "add_headers", value, "is not \"Name: value\", separated by \"|\"");
	}
	return 0;
}

static bool is_url(const char *value)
{
	struct span s = span_str(value);

	if (!span_starts(s, SPAN("https://")) && !span_starts(s, SPAN("http://")))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] > '~' || strchr("<>\"\\", s.p[i]))
			return false;
	return true;
}

int list_settings_check(const struct list_settings *s, struct fault *f)
{
	long seconds, posts;

	if (check_address("address", s->address, f) < 0 || check_prefix(s->subject_prefix, f) < 0 ||
	    check_fields(s->add_headers, f) < 0)
		return -1;
	if (!is_reply_word(s->reply_to) && check_address("reply_to", s->reply_to, f) < 0)
		return -1;
	if (s->archive_url[0] && !is_url(s->archive_url))
		return wrong(f, "archive_url", s->archive_url, "is no http or https URL");
	if (parse_digest(s->digest, &seconds, &posts) < 0)
		return wrong(f, "digest", s->digest, "is not \"no\", \"daily\", \"weekly\" or \"N posts\"");
	return 0;
}

void list_settings_digest(const struct list_settings *s, long *seconds, long *posts)
{
	if (parse_digest(s->digest, seconds, posts) < 0)
		*seconds = *posts = 0;
}
