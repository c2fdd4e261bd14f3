/* SPDX-License-Identifier: ISC */
/*
 * status - what a mailbox that is not selected says of itself.
 */
#include "imap/status.h"

#include <errno.h>
#include <unistd.h>

#include "imap/cmd.h"

struct counts {
	uint64_t highest, size, deleted_size;
	size_t unseen, deleted;
};

typedef void put_fn(const struct imap_session *s, struct buf *out, const struct mailbox *m, const struct counts *c);

static void put_messages(const struct imap_session *s, struct buf *out, const struct mailbox *m, const struct counts *c)
{
	(void)s, (void)c;
	buf_put_number(out, m->view.n);
}

/* Nobody has moved them out of new/ yet. */
static void put_recent(const struct imap_session *s, struct buf *out, const struct mailbox *m, const struct counts *c)
{
	(void)s, (void)c;
	buf_put_number(out, m->view.in_new);
}

static void put_uidnext(const struct imap_session *s, struct buf *out, const struct mailbox *m, const struct counts *c)
{
	(void)s, (void)c;
	buf_put_number(out, m->view.next_uid);
}

static void put_uidvalidity(const struct imap_session *s, struct buf *out, const struct mailbox *m,
			    const struct counts *c)
{
	(void)s, (void)c;
	buf_put_number(out, m->view.uidvalidity);
}

static void put_unseen(const struct imap_session *s, struct buf *out, const struct mailbox *m, const struct counts *c)
{
	(void)s, (void)m;
	buf_put_number(out, c->unseen);
}

static void put_deleted(const struct imap_session *s, struct buf *out, const struct mailbox *m, const struct counts *c)
{
	(void)s, (void)m;
	buf_put_number(out, c->deleted);
}

static void put_size(const struct imap_session *s, struct buf *out, const struct mailbox *m, const struct counts *c)
{
	(void)s, (void)m;
	buf_put_number(out, c->size);
}

/* RFC 9208 5.1: in units of 1024 octets. */
static void put_deleted_storage(const struct imap_session *s, struct buf *out, const struct mailbox *m,
				const struct counts *c)
{
	(void)s, (void)m;
	buf_put_number(out, (c->deleted_size + 1023) / 1024);
}

static void put_highest(const struct imap_session *s, struct buf *out, const struct mailbox *m, const struct counts *c)
{
	(void)s, (void)m;
	buf_put_number(out, c->highest);
}

static void put_mailboxid(const struct imap_session *s, struct buf *out, const struct mailbox *m,
			  const struct counts *c)
{
	(void)s, (void)c;
	buf_put_char(out, '(');
	buf_put_str(out, m->view.guid);
	buf_put_char(out, ')');
}

static void put_appendlimit(const struct imap_session *s, struct buf *out, const struct mailbox *m,
			    const struct counts *c)
{
	(void)m, (void)c;
	if (s->server->append_limit)
		buf_put_number(out, s->server->append_limit);
	else
		buf_put_str(out, "NIL");
}

static const struct {
	const char *name;
	unsigned bit;
	put_fn *put;
} items_of[] = {
	/* RFC 9051, and RECENT of RFC 3501 */
	{ "MESSAGES", IMAP_STATUS_MESSAGES, put_messages },
	{ "RECENT", IMAP_STATUS_RECENT, put_recent },
	{ "UIDNEXT", IMAP_STATUS_UIDNEXT, put_uidnext },
	{ "UIDVALIDITY", IMAP_STATUS_UIDVALIDITY, put_uidvalidity },
	{ "UNSEEN", IMAP_STATUS_UNSEEN, put_unseen },
	{ "DELETED", IMAP_STATUS_DELETED, put_deleted },
	{ "SIZE", IMAP_STATUS_SIZE, put_size },
	/* RFC 9208, RFC 7162, RFC 8474, RFC 7889 */
	{ "DELETED-STORAGE", IMAP_STATUS_DELETED_STORAGE, put_deleted_storage },
	{ "HIGHESTMODSEQ", IMAP_STATUS_HIGHESTMODSEQ, put_highest },
	{ "MAILBOXID", IMAP_STATUS_MAILBOXID, put_mailboxid },
	{ "APPENDLIMIT", IMAP_STATUS_APPENDLIMIT, put_appendlimit },
};

enum { ITEMS = sizeof(items_of) / sizeof(items_of[0]) };

static int parse_item(struct imap_parse *p, unsigned *items)
{
	for (size_t i = 0; i < ITEMS; i++)
		if (imap_parse_take_word(p, items_of[i].name)) {
			*items |= items_of[i].bit;
			return 0;
		}
	return imap_parse_fail(p, "Unknown item of STATUS");
}

int imap_status_parse(struct imap_parse *p, unsigned *items)
{
	*items = 0;
	if (imap_parse_open(p) < 0)
		return -1;
	do {
		if (parse_item(p, items) < 0)
			return -1;
	} while (!imap_parse_is(p, ')') && imap_parse_sp(p) == 0);
	return imap_parse_close(p);
}

/* ---- counting ---- */

static void count(const struct mailbox *m, struct counts *c)
{
	const struct cache *view = &m->view;

	for (size_t i = 0; i < view->n; i++) {
		uint64_t size = view->size[i] == CACHE_UNKNOWN ? 0 : view->size[i];
		bool deleted = view->flags[i] & MSGNAME_DELETED;

		c->unseen += !(view->flags[i] & MSGNAME_SEEN);
		c->deleted += deleted;
		c->size += size;
		c->deleted_size += deleted ? size : 0;
	}
}

static int load(struct mailbox *m, unsigned items, struct counts *c, struct fault *f)
{
	struct modseq q;
	int rc;

	if (items & (IMAP_STATUS_SIZE | IMAP_STATUS_DELETED_STORAGE) && mailbox_load_sizes(m, NULL, f) < 0)
		return -1;
	if (items & IMAP_STATUS_HIGHESTMODSEQ) {
		modseq_init(&q);
		rc = modseq_load_highest(&q, m, f);
		c->highest = q.highest;
		modseq_clear(&q);
		if (rc < 0)
			return -1;
	}
	count(m, c);
	return 0;
}

static int open_box(struct imap_session *s, const char *name, struct mailbox *m, struct fault *f)
{
	char path[PATH_MAX];
	int rc = folders_find(&s->folders, span_str(name), path, f);

	if (rc == 0) {
		fault_perm(f, 550, "5.1.1", "There is no such mailbox");
		errno = ENOENT;
	}
	if (rc <= 0)
		return -1;
	return mailbox_open(m, path, access(path, W_OK) < 0 ? MAILBOX_READ_ONLY : 0, f);
}

int imap_status_say(struct imap_session *s, const char *name, unsigned items, struct fault *f)
{
	struct counts c = { 0 };
	const char *blank = "";
	struct mailbox m;

	if (open_box(s, name, &m, f) < 0)
		return -1;
	if (load(&m, items, &c, f) < 0) {
		mailbox_close(&m);
		errno = EIO;
		return -1;
	}
	imap_begin(s, "STATUS ");
	imap_put_mailbox(s->out, name, imap_utf8(s));
	buf_put_str(s->out, " (");
	for (size_t i = 0; i < ITEMS; i++) {
		if (!(items & items_of[i].bit))
			continue;
		buf_printf(s->out, "%s%s ", blank, items_of[i].name);
		items_of[i].put(s, s->out, &m, &c);
		blank = " ";
	}
	buf_put_char(s->out, ')');
	imap_end(s);
	mailbox_close(&m);
	return 0;
}
