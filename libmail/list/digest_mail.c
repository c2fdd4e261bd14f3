/* SPDX-License-Identifier: ISC */
/*
 * digest_mail - one issue of a digest, in both forms.
 */
#include "list/digest_mail.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "list/bounce.h"
#include "list/digest_part.h"
#include "list/digest_plain.h"
#include "list/members.h"
#include "list/outmail.h"
#include "list/texts.h"
#include "list/token.h"
#include "store/mailbox.h"

enum {
	STORES = 2,
	TOPICS_MAX = 4 << 20, /* octets of the table of contents: 1,000 posts of a line */
	SUBJECT_MAX = 1 << 10,
};

/* Where the posts are. */
struct stores {
	struct mailbox box[STORES];
	bool is_open[STORES];
};

/* Members who want one form. */
struct readers {
	const char **to, **senders;
	size_t n;
};

enum form { FORM_MIME, FORM_PLAIN, FORMS };

struct issue {
	struct list_run *run;
	const struct digest_mail *mail;
	struct arena arena;
	struct stores stores;
	struct readers readers[FORMS];
	struct post *posts; /* that are there */
	size_t n;
	const char *subject, *get; /* of it; "friends+get-", or "" */
	struct span preamble;
};

/* ---- posts ---- */

static int open_stores(struct stores *s, struct list *l, struct fault *f)
{
	static const char *const names[STORES] = { "archive", DIGEST_MAIL_UNDIGESTED };
	struct arena a = { NULL };
	int rc = 0;

	for (int i = 0; i < STORES && rc == 0; i++) {
		s->is_open[i] = mailbox_open(&s->box[i], arena_printf(&a, "%s/%s", l->path, names[i]), 0, f) == 0;
		rc = s->is_open[i] || errno == ENOENT ? 0 : -1;
	}
	arena_clear(&a);
	return rc;
}

static void close_stores(struct stores *s)
{
	for (int i = 0; i < STORES; i++)
		if (s->is_open[i])
			mailbox_close(&s->box[i]);
}

static bool find_post(const struct stores *s, uint64_t number, int *store, size_t *at)
{
	for (*store = 0; *store < STORES && number <= UINT32_MAX; (*store)++)
		if (s->is_open[*store] && mailbox_find(&s->box[*store], (uint32_t)number, at))
			return true;
	return false;
}

static int open_post(void *ctx, uint64_t number, off_t *size, struct fault *f)
{
	struct issue *issue = ctx;
	struct stat st;
	size_t at;
	int store, fd;

	if (!find_post(&issue->stores, number, &store, &at))
		return fault_temp(f, 451, "4.3.0", "post %ju is gone", (uintmax_t)number);
	fd = mailbox_open_message(&issue->stores.box[store], at, &st, f);
	if (fd >= 0)
		*size = st.st_size;
	return fd;
}

/* Those that nobody has removed. */
static void find_posts(struct issue *issue)
{
	const struct digest_mail *m = issue->mail;
	size_t at;
	int store;

	issue->posts = arena_alloc(&issue->arena, m->n * sizeof(*issue->posts));
	for (size_t i = 0; i < m->n; i++)
		if (find_post(&issue->stores, m->posts[i].number, &store, &at))
			issue->posts[issue->n++] = m->posts[i];
}

/* ---- readers ---- */

static int form_of(const struct list_settings *s, const struct member *m)
{
	if (m->flags & (MEMBER_NOMAIL | MEMBER_PAUSED))
		return -1;
	if (m->flags & MEMBER_PLAIN_DIGEST)
		return FORM_PLAIN;
	if (m->flags & MEMBER_DIGEST)
		return strcmp(s->digest_form, "plain") == 0 ? FORM_PLAIN : FORM_MIME;
	return -1;
}

static int add_reader(struct issue *issue, struct readers *to, const struct member *m, struct fault *f)
{
	const char *address = arena_span(&issue->arena, m->address), *who = member_identity(&issue->arena, m->address);
	struct list *l = issue->run->list;

	to->to[to->n] = address;
	to->senders[to->n] = l->settings.verp && who
				     ? token_address(l, &issue->arena, TOKEN_BOUNCES, who, issue->run->now, f)
				     : list_address(l, &issue->arena, "bounces");
	return to->senders[to->n++] ? 0 : -1;
}

static int add_readers(struct issue *issue, struct members *m, struct fault *f)
{
	size_t room = members_count(m);
	struct members_walk walk = { 0 };
	struct member one;
	int rc, form;

	for (form = 0; form < FORMS; form++) {
		issue->readers[form].to = arena_alloc(&issue->arena, room * sizeof(char *));
		issue->readers[form].senders = arena_alloc(&issue->arena, room * sizeof(char *));
	}
	while ((rc = members_next(m, &walk, &one, NULL)) != 0) {
		form = rc > 0 ? form_of(&issue->run->list->settings, &one) : -1;
		if (form >= 0 && add_reader(issue, &issue->readers[form], &one, f) < 0)
			return -1;
	}
	return 0;
}

static int find_readers(struct issue *issue, struct fault *f)
{
	struct members m;
	int rc;

	if (members_open(&m, issue->run->list, "members", f) < 0)
		return -1;
	rc = add_readers(issue, &m, f);
	members_close(&m);
	return rc;
}

/* ---- what stands in front ---- */

/* "Friends": how the list is called in a title. */
static const char *title_of(struct issue *issue)
{
	char *name = arena_span(&issue->arena, issue->run->list->local);

	if (name[0] >= 'a' && name[0] <= 'z')
		name[0] = (char)(name[0] - 'a' + 'A');
	return name;
}

/* "  12. lunch (carla@example.org)" */
static struct span topics_of(struct issue *issue)
{
	struct span made;
	struct buf out;

	buf_init(&out, TOPICS_MAX);
	for (size_t i = 0; i < issue->n; i++) {
		const struct post *p = &issue->posts[i];

		buf_printf(&out, "%5ju. %.*s", (uintmax_t)p->number, SPAN_ARG(p->subject));
		if (p->from.n)
			buf_printf(&out, " (%.*s)", SPAN_ARG(p->from));
		buf_put_char(&out, '\n');
	}
	made = span_str(arena_span(&issue->arena, buf_span(&out)));
	buf_clear(&out);
	return made;
}

static int compose_preamble(struct issue *issue, struct fault *f)
{
	struct list *l = issue->run->list;
	struct texts_vars vars = { .n = 0 };

	issue->get = l->settings.archive ? list_address(l, &issue->arena, "get-") : "";
	texts_set_list(&vars, &issue->arena, l);
	texts_set(&vars, "title", title_of(issue));
	texts_set(&vars, "volume", arena_printf(&issue->arena, "%u", issue->mail->volume));
	texts_set(&vars, "issue", arena_printf(&issue->arena, "%u", issue->mail->issue));
	texts_set(&vars, "get", l->settings.archive ? list_address(l, &issue->arena, "get-N") : "");
	texts_set_block(&vars, "topics", topics_of(issue));
	return texts_compose(l, &issue->arena, "digest", &vars, &issue->subject, &issue->preamble, f);
}

/* ---- drafts ---- */

static int open_drafts(struct list *l, struct fault *f)
{
	int fd;

	if (mkdirat(l->dir, DIGEST_MAIL_DRAFTS, 0700) < 0 && errno != EEXIST)
		return fault_errno(f, "cannot make %s/%s", l->path, DIGEST_MAIL_DRAFTS);
	fd = openat(l->dir, DIGEST_MAIL_DRAFTS, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? fault_errno(f, "cannot open %s/%s", l->path, DIGEST_MAIL_DRAFTS) : fd;
}

static int write_draft(struct issue *issue, enum form form, struct compose_part *parts, struct fault *f)
{
	static const char *const names[FORMS] = { [FORM_MIME] = "mime", [FORM_PLAIN] = "plain" };
	const struct readers *to = &issue->readers[form];
	struct list *l = issue->run->list;
	struct arena *a = &issue->arena;
	struct outmail_draft draft = { .name = arena_printf(a, "%010ju-%s",
							    (uintmax_t)issue->mail->posts[issue->mail->n - 1].number,
							    names[form]) };
	const char *here = list_address(l, a, NULL);
	const struct compose_field fields[] = {
		{ "List-Help", arena_printf(a, "<mailto:%s>", list_address(l, a, "help")), COMPOSE_PLAIN },
		{ "List-Unsubscribe", arena_printf(a, "<mailto:%s>", list_address(l, a, "unsubscribe")),
		  COMPOSE_PLAIN },
		{ "List-Post", arena_printf(a, "<mailto:%s>", here), COMPOSE_PLAIN },
		{ "List-Owner", arena_printf(a, "<mailto:%s>", list_address(l, a, "owner")), COMPOSE_PLAIN },
	};
	const struct outmail m = {
		.sender = list_address(l, a, "bounces"),
		.senders = to->senders,
		.from = list_address(l, a, "request"),
		.to = here,
		.reply_to = here,
		.subject = issue->subject,
		.precedence = "list",
		.parts = parts,
		.fields = fields,
		.nfields = l->settings.list_headers ? sizeof(fields) / sizeof(fields[0]) : 0,
		.envid = bounce_envid(l, a, arena_printf(a, "digest-%u-%u", issue->mail->volume, issue->mail->issue),
				      issue->run->now, f),
		.draft = &draft,
	};
	int rc = -1;

	draft.dir = m.envid ? open_drafts(l, f) : -1;
	if (draft.dir < 0)
		return -1;
	rc = outmail_send(issue->run, &m, to->to, to->n, f);
	close(draft.dir);
	return rc;
}

static int write_mime(struct issue *issue, struct fault *f)
{
	struct digest_part *parts = arena_alloc(&issue->arena, issue->n * sizeof(*parts));
	struct compose_bytes bytes = { .bytes = issue->preamble };
	struct compose_part text = { .type = "text/plain", .source = compose_bytes(&bytes) };
	struct compose_part all = { .type = "multipart/digest", .children = &parts[0].part };
	struct compose_part root = { .type = "multipart/mixed", .children = &text };
	int rc;

	text.next = &all;
	for (size_t i = 0; i < issue->n; i++) {
		digest_part_init(&parts[i], issue->posts[i].number, open_post, issue);
		if (i > 0)
			parts[i - 1].part.next = &parts[i].part;
	}
	rc = write_draft(issue, FORM_MIME, &root, f);
	for (size_t i = 0; i < issue->n; i++)
		digest_part_clear(&parts[i]);
	return rc;
}

/* ---- RFC 1153 ---- */

static int put_post(struct issue *issue, struct spill *text, const struct post *p, struct fault *f)
{
	const char *get = "";
	off_t size;
	int fd = open_post(issue, p->number, &size, f), rc;

	if (fd < 0)
		return -1;
	if (issue->get[0])
		get = list_address(issue->run->list, &issue->arena,
				   arena_printf(&issue->arena, "get-%ju", (uintmax_t)p->number));
	rc = digest_plain_put(text, fd, size, get, f);
	close(fd);
	return rc < 0 ? -1 : digest_plain_put_between(text, f);
}

static int put_text(struct issue *issue, struct spill *text, struct fault *f)
{
	if (spill_put(text, issue->preamble, f) < 0 || spill_put(text, SPAN("\n"), f) < 0 ||
	    digest_plain_put_start(text, f) < 0)
		return -1;
	for (size_t i = 0; i < issue->n; i++)
		if (put_post(issue, text, &issue->posts[i], f) < 0)
			return -1;
	return digest_plain_put_end(text, issue->subject, f);
}

/* A spill as a source. */
struct reader {
	struct spill *spill;
	off_t at;
	struct span piece; /* of it, that is not read yet */
};

static int read_some(void *context, char *to, size_t n, size_t *got, struct fault *f)
{
	struct reader *r = context;

	if (r->piece.n == 0 && spill_next(r->spill, &r->at, &r->piece, f) < 0)
		return -1;
	*got = r->piece.n < n ? r->piece.n : n;
	memcpy(to, r->piece.p, *got);
	r->piece = span_from(r->piece, *got);
	return 0;
}

static int rewind_it(void *context, struct fault *f)
{
	struct reader *r = context;

	(void)f;
	r->at = 0;
	r->piece = span_of("", 0);
	return 0;
}

static int write_plain(struct issue *issue, struct fault *f)
{
	struct spill text;
	struct reader reader = { .spill = &text, .piece = SPAN("") };
	struct compose_part root = { .type = "text/plain",
				     .source = { .read = read_some, .rewind = rewind_it, .context = &reader } };
	int rc;

	spill_init(&text, 0);
	rc = put_text(issue, &text, f);
	if (rc == 0)
		rc = write_draft(issue, FORM_PLAIN, &root, f);
	spill_clear(&text);
	return rc;
}

/* ---- all of it ---- */

static int write_forms(struct issue *issue, struct fault *f)
{
	size_t mime = issue->readers[FORM_MIME].n, plain = issue->readers[FORM_PLAIN].n;

	if (mime + plain == 0)
		return 0;
	if (open_stores(&issue->stores, issue->run->list, f) < 0)
		return -1;
	find_posts(issue);
	if (issue->n == 0)
		return 0;
	if (compose_preamble(issue, f) < 0 || (mime && write_mime(issue, f) < 0) ||
	    (plain && write_plain(issue, f) < 0))
		return -1;
	return (int)(mime + plain);
}

int digest_mail_write(struct list_run *r, const struct digest_mail *m, struct fault *f)
{
	struct issue issue = { .run = r, .mail = m };
	int rc = find_readers(&issue, f);

	if (rc == 0)
		rc = write_forms(&issue, f);
	close_stores(&issue.stores);
	arena_clear(&issue.arena);
	return rc;
}

int digest_mail_forget(struct list *l, uint64_t last, struct fault *f)
{
	struct arena a = { NULL };
	struct mailbox box;
	int rc = mailbox_open(&box, arena_printf(&a, "%s/%s", l->path, DIGEST_MAIL_UNDIGESTED), 0, f);

	arena_clear(&a);
	if (rc < 0)
		return errno == ENOENT ? 0 : -1;
	for (size_t i = 0; i < box.view.n && rc == 0 && box.view.uid[i] <= last; i++)
		rc = mailbox_remove(&box, i, f);
	mailbox_close(&box);
	return rc;
}
