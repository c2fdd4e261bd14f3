/* SPDX-License-Identifier: ISC */
/*
 * archive_read - the facts of one message. Texts are decoded and addresses obscured before they are kept, so that the
 * file beside the pages holds no more than the pages do.
 */
#include "list/archive.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/checksum.h"
#include "base/utf8.h"
#include "list/article.h"
#include "message/address.h"
#include "message/date.h"
#include "message/header.h"
#include "message/msgid.h"
#include "message/prose.h"

enum { TEXT_ROOM = 1 << 20 };

/* One line of at most `max` octets, "..." for what is left out, in the archive's arena. */
static struct span keep(struct archive *a, struct span text, size_t max)
{
	struct span s = span_trim(text);
	bool cut = s.n > max;
	char *p;

	if (cut)
		s.n = utf8_prefix(span_of(s.p, max));
	p = arena_printf(&a->arena, "%.*s%s", SPAN_ARG(s), cut ? "\xe2\x80\xa6" : "");
	for (char *c = p; *c; c++)
		if (*c > 0 && *c < ' ')
			*c = ' ';
	return span_str(p);
}

/* ---- who ---- */

static void take_author(struct archive *a, struct article *x, const struct archive_rules *rules,
			struct archive_entry *out)
{
	struct span rest = article_field(x, SPAN("From"));
	struct address from = { .mailbox = "" };
	struct buf name, shown;
	char key[17];

	buf_init(&name, TEXT_ROOM);
	buf_init(&shown, (size_t)4 * TEXT_ROOM);
	while (rest.n > 0 && address_next(&rest, &x->arena, &from) < 0)
		from = (struct address){ .mailbox = "" };
	if (from.mailbox[0])
		address_put_display(&name, &x->arena, &from);
	if (name.n == 0)
		buf_put_span(&name, from.comment);
	if (name.n == 0)
		buf_put_str(&name, from.mailbox[0] ? from.mailbox : "(unknown)");
	prose_obscure(&shown, buf_span(&name), (enum prose_addresses)rules->addresses);
	out->author = keep(a, buf_span(&shown), ARCHIVE_TEXT_MAX);
	snprintf(key, sizeof(key), "%016llx", (unsigned long long)checksum_add(0, from.mailbox, strlen(from.mailbox)));
	out->author_key = span_str(arena_str(&a->arena, key));
	buf_clear(&name);
	buf_clear(&shown);
}

/* ---- about what ---- */

/* Octets of the prefix at the front of s: "%d" stands for digits. */
static size_t prefix_length(struct span s, const char *prefix)
{
	size_t n = 0;

	for (const char *p = prefix; *p; p++) {
		if (p[0] == '%' && p[1] == 'd') {
			while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
				n++;
			p++;
		} else if (n < s.n && s.p[n] == *p) {
			n++;
		} else {
			return 0;
		}
	}
	return n;
}

/* The first one goes; the pages say of which list they are. */
static void put_without_prefix(struct buf *out, struct span subject, const char *prefix)
{
	for (size_t i = 0; i < subject.n && *prefix; i++) {
		size_t n = subject.p[i] == *prefix || *prefix == '%' ? prefix_length(span_from(subject, i), prefix) : 0;

		if (n == 0)
			continue;
		buf_put(out, subject.p, i);
		subject = span_from(subject, i + n);
		while (subject.n > 0 && subject.p[0] == ' ')
			subject = span_from(subject, 1);
		break;
	}
	buf_put_span(out, subject);
}

static void take_subject(struct archive *a, struct article *x, const struct archive_rules *rules,
			 struct archive_entry *out)
{
	struct buf subject, bare, shown;

	buf_init(&subject, TEXT_ROOM);
	buf_init(&bare, TEXT_ROOM);
	buf_init(&shown, (size_t)4 * TEXT_ROOM);
	article_put_field(x, &subject, SPAN("Subject"));
	put_without_prefix(&bare, buf_span(&subject), rules->prefix);
	prose_obscure(&shown, buf_span(&bare), (enum prose_addresses)rules->addresses);
	out->subject = keep(a, buf_span(&shown), ARCHIVE_TEXT_MAX);
	if (out->subject.n == 0)
		out->subject = SPAN("(no subject)");
	buf_clear(&subject);
	buf_clear(&bare);
	buf_clear(&shown);
}

static int take_preview(struct archive *a, struct article *x, const struct archive_rules *rules,
			struct archive_entry *out, struct fault *f)
{
	struct buf text, shown;
	int rc;

	buf_init(&text, TEXT_ROOM);
	buf_init(&shown, TEXT_ROOM);
	rc = article_put_preview(x, &text, (size_t)4 * ARCHIVE_PREVIEW_MAX, f);
	prose_obscure(&shown, buf_span(&text), (enum prose_addresses)rules->addresses);
	out->preview = keep(a, buf_span(&shown), ARCHIVE_PREVIEW_MAX);
	buf_clear(&text);
	buf_clear(&shown);
	return rc;
}

/* ---- which ---- */

static int take_id(struct archive *a, const struct article *x, struct archive_entry *out, struct fault *f)
{
	struct span rest = article_field(x, SPAN("Message-ID")), id;
	char hash[WEBNAME_HASH + 1];

	if (msgid_next(&rest, &id) <= 0)
		return 0;
	if (webname_hash(id, hash, f) < 0)
		return -1;
	out->hash = span_str(arena_str(&a->arena, hash));
	return 0;
}

static int take_references(struct archive *a, const struct article *x, struct archive_entry *out, struct fault *f)
{
	struct span rest = article_field(x, SPAN("References")), id, ids[ARCHIVE_REFERENCES_MAX];
	size_t n = 0, count;
	char hash[WEBNAME_HASH + 1], *p;

	while (msgid_next(&rest, &id) > 0)
		ids[n++ % ARCHIVE_REFERENCES_MAX] = id;
	rest = article_field(x, SPAN("In-Reply-To"));
	if (n == 0 && msgid_next(&rest, &id) > 0)
		ids[n++] = id;
	count = n < ARCHIVE_REFERENCES_MAX ? n : ARCHIVE_REFERENCES_MAX;
	p = arena_alloc(&a->arena, count * ARCHIVE_ID + 1);
	for (size_t i = 0; i < count; i++) {
		if (webname_hash(ids[(n - count + i) % ARCHIVE_REFERENCES_MAX], hash, f) < 0)
			return -1;
		memcpy(p + i * ARCHIVE_ID, hash, ARCHIVE_ID);
	}
	out->references = span_of(p, count * ARCHIVE_ID);
	return 0;
}

/* What the sender says, if it can be: an old archive that was brought here arrived today. */
static int64_t date_of(const struct article *x)
{
	int64_t arrival = x->st.st_mtim.tv_sec;
	struct span field = article_field(x, SPAN("Date"));
	struct date date;

	if (field.p && date_parse(field, &date) == 0 && date.when >= ARCHIVE_DATE_MIN &&
	    date.when <= arrival + ARCHIVE_DATE_AHEAD)
		return date.when;
	return arrival > 0 ? arrival : 0;
}

int archive_read(struct archive *a, struct mailbox *box, size_t i, struct article *x, const struct archive_rules *rules,
		 struct archive_entry *out, struct fault *f)
{
	int rc;

	if (article_open(x, box, i, f) < 0)
		return -1;
	out->date = date_of(x);
	out->has_files = article_next_file(x, NULL) != NULL;
	take_author(a, x, rules, out);
	take_subject(a, x, rules, out);
	rc = take_id(a, x, out, f) < 0 || take_references(a, x, out, f) < 0 || take_preview(a, x, rules, out, f) < 0;
	article_close(x);
	errno = EIO;
	return rc ? -1 : 0;
}
