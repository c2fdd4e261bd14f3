/* SPDX-License-Identifier: ISC */
/*
 * catenate - a piece of a message that is here already, into one that is being saved.
 */
#include "imap/catenate.h"

#include <string.h>
#include <unistd.h>

#include "imap/flow.h"
#include "imap/section.h"
#include "imap/source.h"
#include "imap/url.h"

enum { PIECE_MAX = 4 * IMAP_FLOW_PIECE };

struct piece {
	struct imap_source source;
	struct imap_section section;
	struct buf bytes;
	struct save *save;
	uint64_t *room;
};

/* "1.2.HEADER", as it would be between the brackets of FETCH. */
static int parse_section(struct imap_session *s, const struct imap_url *url, struct imap_section *out)
{
	const char *text = arena_printf(&s->command, "[%s]", url->section);
	struct imap_parse p;

	imap_parse_init(&p, &s->command, span_str(text), true);
	if (imap_section_parse(&p, out) < 0 || imap_parse_end(&p) < 0 || out->is_partial)
		return -1;
	out->from = url->from;
	out->octets = url->octets;
	return 0;
}

static int pass_on(struct piece *w, struct span bytes, struct fault *f)
{
	if (bytes.n > *w->room)
		return fault_perm(f, 552, "5.3.4", "the message would be too large");
	*w->room -= bytes.n;
	save_put(w->save, bytes.p, bytes.n);
	return 0;
}

/* Fields that were chosen from a header are the only piece that is not a run of the file. */
static int put_fields(struct piece *w, struct mime_place from, struct mime_place to, struct fault *f)
{
	struct span header, chosen;
	struct buf fields;
	int rc;

	if (to.at - from.at > MIME_HEADER_MAX)
		return 0;
	if (imap_source_read(&w->source, from.at, to.at - from.at, &header, f) < 0)
		return -1;
	buf_init(&fields, 2 * MIME_HEADER_MAX + 2);
	imap_section_put_fields(&fields, &w->section, header);
	chosen = span_from(buf_span(&fields), w->section.from < fields.n ? (size_t)w->section.from : fields.n);
	if (chosen.n > w->section.octets)
		chosen.n = (size_t)w->section.octets;
	rc = pass_on(w, chosen, f);
	buf_clear(&fields);
	return rc < 0 ? -1 : 1;
}

static int put_run(struct piece *w, struct mime_place from, struct mime_place to, struct fault *f)
{
	struct imap_flow flow;

	imap_flow_init(&flow, from.at, to.at, ENCODING_7BIT, true);
	imap_flow_window(&flow, w->section.from, w->section.octets);
	while (!imap_flow_is_done(&flow)) {
		buf_reset(&w->bytes);
		if (imap_flow_put(&flow, &w->source, &w->bytes, f) < 0 || pass_on(w, buf_span(&w->bytes), f) < 0)
			return -1;
	}
	return 1;
}

static int put_message(struct piece *w, size_t i, struct fault *f)
{
	struct mime_place from, to;
	struct mime_node *root;

	imap_source_turn(&w->source, i);
	if (imap_source_tree(&w->source, &root, f) < 0)
		return -1;
	if (!imap_section_find(&w->section, root, &from, &to))
		return 0;
	if (w->section.what == IMAP_SECTION_FIELDS || w->section.what == IMAP_SECTION_FIELDS_NOT)
		return put_fields(w, from, to, f);
	return put_run(w, from, to, f);
}

/* In a mailbox of its own, as the selected one must not change meanwhile. */
static int put_from(struct imap_session *s, const struct imap_url *url, const char *path, struct piece *w,
		    struct fault *f)
{
	struct mailbox m;
	size_t i;
	int rc = 0;

	if (mailbox_open(&m, path, access(path, W_OK) < 0 ? MAILBOX_READ_ONLY : 0, f) < 0)
		return -1;
	if ((url->uidvalidity == 0 || url->uidvalidity == m.view.uidvalidity) && mailbox_find(&m, url->uid, &i) &&
	    parse_section(s, url, &w->section) == 0) {
		imap_source_init(&w->source, &m);
		rc = put_message(w, i, f);
		imap_source_end(&w->source);
		imap_source_clear(&w->source);
	}
	mailbox_close(&m);
	return rc;
}

static const char *mailbox_of(struct imap_session *s, const struct imap_url *url)
{
	if (!url->mailbox)
		return s->box ? s->name : NULL;
	return folders_normal_name(&s->command, span_str(url->mailbox));
}

int imap_catenate_url(struct imap_session *s, struct span text, struct save *save, uint64_t *room, struct fault *f)
{
	struct piece *w = arena_alloc(&s->command, sizeof(*w));
	struct fault ignored;
	struct imap_url url;
	char path[PATH_MAX];
	const char *name;
	int rc;

	if (imap_url_parse(&s->command, text, &url) < 0 || (url.user && strcmp(url.user, s->user) != 0))
		return 0;
	name = mailbox_of(s, &url);
	if (!name || folders_find(&s->folders, span_str(name), path, &ignored) <= 0)
		return 0;
	w->save = save;
	w->room = room;
	buf_init(&w->bytes, PIECE_MAX);
	rc = put_from(s, &url, path, w, f);
	buf_clear(&w->bytes);
	return rc;
}
