/* SPDX-License-Identifier: ISC */
#include "support/mailroom.h"

#include <check.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "support/tempdir.h"

static void remember(void *ctx, const char *id)
{
	struct mailroom *c = ctx;

	ck_assert_uint_lt(c->n, MAILROOM_SENT_MAX);
	memcpy(c->ids[c->n++], id, ENTROPY_ID + 1);
}

void mailroom_begin(struct mailroom *c, const char *members, const char *const *assignments)
{
	struct fault f = { 0 };

	*c = (struct mailroom){ .n = 0 };
	ck_assert_msg(spool_open(&c->spool, tempdir_path("spool"), NULL, &f) == 0, "%s", f.text);
	mailing_list_open(&c->list, "friends", assignments);
	tempdir_write("lists/friends/members", members, 0600);
	c->run = (struct list_run){ .places = mailing_list_places(),
				    .spool = &c->spool,
				    .list = &c->list,
				    .hostname = "mx.example.org",
				    .now = MAILROOM_NOW,
				    .http_url = "",
				    .request = "",
				    .queued = remember,
				    .ctx = c };
}

static void drop_message(struct mailroom *c)
{
	if (c->run.in)
		incoming_clear(c->run.in);
	c->run.in = NULL;
}

void mailroom_end(struct mailroom *c)
{
	drop_message(c);
	list_close(&c->list);
	spool_close(&c->spool);
	arena_clear(&c->arena);
	tempdir_remove();
}

void mailroom_take(struct mailroom *c, const char *sender, const char *message)
{
	int fd = open(tempdir_write("message", message, 0600), O_RDONLY | O_CLOEXEC);
	struct fault f = { 0 };

	drop_message(c);
	ck_assert_msg(incoming_read(&c->in, fd, 0, sender, "friends@example.org", &f) == 0, "%s", f.text);
	close(fd);
	c->run.in = &c->in;
}

static void claim(struct mailroom *c, size_t i, struct spool_message *m)
{
	struct fault f = { 0 };

	ck_assert_uint_lt(i, c->n);
	ck_assert_msg(spool_claim(&c->spool, SPOOL_NEW, c->ids[i], SPOOL_CLAIM_LOOK, &c->arena, m, &f) == 1, "%s",
		      f.text);
}

const char *mailroom_sent(struct mailroom *c, size_t i)
{
	struct spool_message m;
	off_t size;
	char *text;

	claim(c, i, &m);
	size = m.envelope.message_at + m.envelope.message_size;
	text = arena_alloc(&c->arena, (size_t)size + 1);
	ck_assert_int_eq(disk_read_at(m.fd, text, (size_t)size, 0, "it", NULL), 0);
	spool_release(&m);
	return text;
}

const char *mailroom_sender(struct mailroom *c, size_t i)
{
	struct spool_message m;
	const char *sender;

	claim(c, i, &m);
	sender = envelope_sender_of(&m.envelope, &m.envelope.rcpts[0]);
	spool_release(&m);
	return sender;
}
