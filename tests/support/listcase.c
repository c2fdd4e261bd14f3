/* SPDX-License-Identifier: ISC */
#include "support/listcase.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "list/letter.h"
#include "list/request.h"
#include "message/address.h"
#include "message/words.h"
#include "support/check_main.h"
#include "support/mailing_list.h"
#include "support/tempdir.h"

static const char *body_of(struct listcase *c, const char *text)
{
	struct incoming in = { 0 };
	struct buf body;
	const char *result;

	spill_init(&in.raw, 0);
	ck_assert_int_eq(spill_put(&in.raw, span_str(text), NULL), 0);
	buf_init(&body, LETTER_MAX);
	ck_assert_int_eq(letter_text(&in, &body, NULL), 0);
	result = arena_span(&c->arena, buf_span(&body));
	buf_clear(&body);
	spill_clear(&in.raw);
	return result;
}

static void remember(void *ctx, const char *id)
{
	struct listcase *c = ctx;
	struct listcase_sent *s = &c->sent[c->n < LISTCASE_SENT_MAX ? c->n : LISTCASE_SENT_MAX - 1];
	struct spool_message m;
	struct fault f = { 0 };
	char *text;

	c->n++;
	ck_assert_msg(spool_claim(&c->spool, SPOOL_NEW, id, SPOOL_CLAIM_LOOK, &c->arena, &m, &f) == 1, "%s", f.text);
	text = arena_alloc(&c->arena, (size_t)m.envelope.message_size + 1);
	ck_assert_int_eq(disk_read_at(m.fd, text, (size_t)m.envelope.message_size, m.envelope.message_at, "it", &f), 0);
	s->text = text;
	s->sender = m.envelope.sender;
	s->to = "";
	for (size_t i = 0; i < m.envelope.n; i++)
		s->to = arena_printf(&c->arena, "%s%s%s", s->to, i ? " " : "", m.envelope.rcpts[i].address);
	s->body = body_of(c, text);
	spool_release(&m);
}

void listcase_begin(struct listcase *c, const char *const *assignments)
{
	struct fault f = { 0 };

	tempdir_remove();
	tempdir_in_memory();
	*c = (struct listcase){ 0 };
	ck_assert_msg(spool_open(&c->spool, tempdir_path("spool"), NULL, &f) == 0, "%s", f.text);
	mailing_list_open(&c->list, "friends", assignments);
	c->run = (struct list_run){ .places = mailing_list_places(),
				    .spool = &c->spool,
				    .list = &c->list,
				    .hostname = "mx.example.org",
				    .now = clock_wall(),
				    .http_url = "",
				    .request = "listmgr@example.org",
				    .queued = remember,
				    .ctx = c };
}

void listcase_end(struct listcase *c)
{
	if (c->run.in)
		incoming_clear(&c->in);
	list_close(&c->list);
	spool_close(&c->spool);
	arena_clear(&c->arena);
	tempdir_remove();
}

void listcase_forget(struct listcase *c)
{
	c->n = 0;
	memset(c->sent, 0, sizeof(c->sent));
}

void listcase_incoming(struct listcase *c, const char *sender, const char *recipient, const char *text)
{
	struct fault f = { 0 };
	int fd = open(tempdir_write("incoming", text, 0600), O_RDONLY | O_CLOEXEC);

	if (c->run.in)
		incoming_clear(&c->in);
	ck_assert_msg(incoming_read(&c->in, fd, 0, sender, recipient, &f) == 0, "%s", f.text);
	close(fd);
	c->run.in = &c->in;
}

int listcase_mail(struct listcase *c, const char *sender, const char *recipient, const char *text, struct fault *f)
{
	struct span local, domain;
	struct list_target target;
	struct list_run r;

	listcase_incoming(c, sender, recipient, text);
	r = c->run;
	address_split(span_str(recipient), &local, &domain);
	if (place_find(r.places, &c->arena, local, domain, true, &target, f) <= 0)
		return fault_perm(f, 550, "5.1.1", "no list");
	if (place_check(r.places, &c->arena, &target, f) < 0)
		return -1;
	if (target.role == LIST_SITE)
		r.list = NULL;
	return request_run(&r, &target, f);
}

const char *listcase_field(struct listcase *c, size_t i, const char *name)
{
	struct header_field field;
	struct buf text;
	const char *value;

	if (!header_find(span_str(c->sent[i].text), span_str(name), &field))
		return "";
	buf_init(&text, 10000);
	words_decode(&text, span_str(header_unfold(&c->arena, field.body)));
	value = arena_span(&c->arena, buf_span(&text));
	buf_clear(&text);
	return value;
}
