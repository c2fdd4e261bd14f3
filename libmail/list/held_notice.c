/* SPDX-License-Identifier: ISC */
/*
 * held_notice - the letters about a message that is held.
 */
#include "list/held_notice.h"

#include "base/disk.h"
#include "base/printable.h"
#include "list/members.h"
#include "list/outmail.h"
#include "list/reply.h"
#include "list/token.h"
#include "message/header.h"

enum {
	PEOPLE_MAX = 100, /* moderators that are told */
	PREVIEW_OCTETS = 400,
	HEAD_OCTETS = 64 << 10
};

/* ---- the message as a part ---- */

struct excerpt {
	int fd;
	off_t start, at, end;
};

static int read_excerpt(void *context, char *to, size_t n, size_t *got, struct fault *f)
{
	struct excerpt *x = context;
	off_t left = x->end - x->at;

	*got = (off_t)n < left ? n : (size_t)left;
	if (disk_read_at(x->fd, to, *got, x->at, "the message", f) < 0)
		return -1;
	x->at += (off_t)*got;
	return 0;
}

static int rewind_excerpt(void *context, struct fault *f)
{
	struct excerpt *x = context;

	(void)f;
	x->at = x->start;
	return 0;
}

/* All of it; of a large one the header. */
static void set_excerpt(struct excerpt *x, const struct held *h, int fd, struct span head)
{
	off_t n = h->size;

	if (n > HELD_ATTACHED_MAX)
		n = (off_t)header_length(head, 0);
	*x = (struct excerpt){ .fd = fd, .start = h->at, .at = h->at, .end = h->at + n };
}

/* ---- people ---- */

static int read_people(struct list *l, struct arena *a, const char *file, const char **out, size_t *n, struct fault *f)
{
	struct members_walk walk = { .at = 0 };
	struct members m;
	struct member one;
	int rc;

	if (members_open(&m, l, file, f) < 0)
		return -1;
	while (*n < PEOPLE_MAX && (rc = members_next(&m, &walk, &one, NULL)) != 0)
		if (rc > 0 && !(one.flags & MEMBER_NOMAIL))
			out[(*n)++] = arena_span(a, one.address);
	members_close(&m);
	return 0;
}

static int find_people(struct list *l, struct arena *a, const char **out, size_t *n, struct fault *f)
{
	*n = 0;
	if (read_people(l, a, "moderators", out, n, f) < 0)
		return -1;
	return *n ? 0 : read_people(l, a, "owners", out, n, f);
}

/* ---- the letters ---- */

/* The text behind the header as it stands: a look, no more. Each line is quoted, and shows what it is. */
static struct span first_lines(struct arena *a, struct span head)
{
	struct span rest = span_from(head, header_length(head, 0));
	struct buf out;
	struct span got;

	rest.n = rest.n < PREVIEW_OCTETS ? rest.n : PREVIEW_OCTETS;
	buf_init(&out, 8 * PREVIEW_OCTETS);
	while (rest.n) {
		buf_put_str(&out, "> ");
		printable_put(&out, span_cut(&rest, '\n'));
		buf_put_char(&out, '\n');
	}
	got = span_of(arena_span(a, buf_span(&out)), out.n);
	buf_clear(&out);
	return got;
}

static int send_moderators(struct list_run *r, struct arena *a, const struct held *h, struct texts_vars *vars,
			   struct excerpt *message, const char *accept, struct fault *f)
{
	const char *to[PEOPLE_MAX], *subject;
	bool whole = message->end - message->start == h->size;
	struct compose_bytes bytes = { .at = 0 };
	struct compose_part attached = { .type = whole ? "message/rfc822" : "text/rfc822-headers",
					 .source = {
						 .read = read_excerpt, .rewind = rewind_excerpt, .context = message } };
	struct compose_part text = { .type = "text/plain", .next = &attached };
	struct compose_part root = { .type = "multipart/mixed", .children = &text };
	struct outmail m = { .reply_to = accept, .parts = &root };
	size_t n;

	if (find_people(r->list, a, to, &n, f) < 0 ||
	    texts_compose(r->list, a, "held-moderator", vars, &subject, &bytes.bytes, f) < 0)
		return -1;
	m.subject = subject;
	text.source = compose_bytes(&bytes);
	return outmail_send(r, &m, to, n, f);
}

static int send_author(struct list_run *r, const struct held *h, const struct texts_vars *vars, struct fault *f)
{
	const struct reply reply = { .to = h->author, .text = "post-held", .vars = vars };

	if (h->author[0] == '\0' || !r->in || reply_bar(r->in))
		return 0;
	return reply_send(r, &reply, f) < 0 ? -1 : 0;
}

int held_notice(struct list_run *r, struct arena *a, const struct held *h, int fd, struct fault *f)
{
	const char *accept = token_address(r->list, a, TOKEN_ACCEPT, h->id, r->now, f);
	const char *reject = token_address(r->list, a, TOKEN_REJECT, h->id, r->now, f);
	size_t n = h->size < HEAD_OCTETS ? (size_t)h->size : HEAD_OCTETS;
	char *head = arena_alloc(a, n + 1);
	struct texts_vars vars = { .n = 0 };
	struct excerpt message;

	if (!accept || !reject || disk_read_at(fd, head, n, h->at, h->id, f) < 0)
		return -1;
	set_excerpt(&message, h, fd, span_of(head, n));
	texts_set_list(&vars, a, r->list);
	texts_set(&vars, "reason", h->why);
	texts_set(&vars, "author", h->author);
	texts_set(&vars, "subject", h->subject);
	texts_set(&vars, "id", h->id);
	texts_set(&vars, "accept", accept);
	texts_set(&vars, "reject", reject);
	texts_set(&vars, "days", arena_printf(a, "%ld", r->list->settings.held_days));
	texts_set_block(&vars, "lines", first_lines(a, span_of(head, n)));
	if (send_moderators(r, a, h, &vars, &message, accept, f) < 0)
		return -1;
	return send_author(r, h, &vars, f);
}
