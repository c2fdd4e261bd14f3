/* SPDX-License-Identifier: ISC */
#include "support/post_case.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/mailing_list.h"
#include "support/tempdir.h"

enum { CONFIG_LINES = 10, QUEUE_MAX = 100, TEXT_MAX = 1 << 20 };

static void ignore(void *ctx, const char *id)
{
	(void)ctx;
	(void)id;
}

void post_case_open(struct post_case *c, const char *config, const char *members)
{
	const char *assignments[CONFIG_LINES + 1] = { NULL };
	struct span rest = span_str(config);
	struct fault f;

	tempdir_in_memory();
	*c = (struct post_case){ .received = false };
	for (size_t i = 0; rest.n && i < CONFIG_LINES; i++)
		assignments[i] = arena_span(&c->arena, span_cut(&rest, '\n'));
	ck_assert_msg(spool_open(&c->spool, tempdir_path("spool"), NULL, &f) == 0, "%s", f.text);
	mailing_list_open(&c->list, "friends", assignments);
	post_case_write(c, "members", members);
	c->run = (struct list_run){ .places = mailing_list_places(),
				    .spool = &c->spool,
				    .list = &c->list,
				    .hostname = "mx.example.org",
				    .now = 1795305600,
				    .http_url = "",
				    .request = "",
				    .queued = ignore };
}

static void forget(struct post_case *c)
{
	if (c->received)
		incoming_clear(&c->in);
	c->received = false;
	c->run.in = NULL;
}

void post_case_close(struct post_case *c)
{
	forget(c);
	list_close(&c->list);
	spool_close(&c->spool);
	arena_clear(&c->arena);
	tempdir_remove();
}

void post_case_write(struct post_case *c, const char *file, const char *text)
{
	struct fault f;

	ck_assert_msg(disk_replace(c->list.dir, file, span_str(text), 0600, &f) == 0, "%s", f.text);
}

void post_case_receive(struct post_case *c, const char *sender, const char *text)
{
	int fd = memfd_create("message", MFD_CLOEXEC);
	struct fault f;

	forget(c);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_msg(incoming_read(&c->in, fd, 0, sender, "friends@example.org", &f) == 0, "%s", f.text);
	close(fd);
	c->received = true;
	c->run.in = &c->in;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static size_t ids_of(struct post_case *c, char ids[QUEUE_MAX][ENTROPY_ID + 1])
{
	struct spool_scan scan;
	struct spool_entry entry;
	size_t n = 0;

	ck_assert_int_eq(spool_scan_open(&scan, &c->spool, SPOOL_NEW, NULL), 0);
	while (n < QUEUE_MAX && spool_scan_next(&scan, &entry) > 0)
		memcpy(ids[n++], entry.id, sizeof(entry.id));
	spool_scan_close(&scan);
	qsort(ids, n, sizeof(ids[0]), by_name);
	return n;
}

static void open_message(struct post_case *c, const char *id, struct spool_message *m)
{
	struct fault f;

	ck_assert_msg(spool_claim(&c->spool, SPOOL_NEW, id, SPOOL_CLAIM_LOOK, &c->arena, m, &f) == 1, "%s", f.text);
}

const char *post_case_queue(struct post_case *c)
{
	char ids[QUEUE_MAX][ENTROPY_ID + 1];
	size_t n = ids_of(c, ids);
	struct spool_message m;
	struct buf out;
	const char *text;

	buf_init(&out, TEXT_MAX);
	for (size_t i = 0; i < n; i++) {
		open_message(c, ids[i], &m);
		buf_printf(&out, "<%s>", m.envelope.sender);
		for (size_t k = 0; k < m.envelope.n; k++)
			buf_printf(&out, " %s", m.envelope.rcpts[k].address);
		buf_put_char(&out, '\n');
		spool_release(&m);
	}
	text = arena_span(&c->arena, buf_span(&out));
	buf_clear(&out);
	return text;
}

struct envelope post_case_envelope(struct post_case *c, size_t n)
{
	char ids[QUEUE_MAX][ENTROPY_ID + 1];
	struct spool_message m;

	ck_assert_uint_lt(n, ids_of(c, ids));
	open_message(c, ids[n], &m);
	spool_release(&m);
	return m.envelope;
}

const char *post_case_text(struct post_case *c, size_t n)
{
	char ids[QUEUE_MAX][ENTROPY_ID + 1];
	struct spool_message m;
	char *text;

	ck_assert_uint_lt(n, ids_of(c, ids));
	open_message(c, ids[n], &m);
	text = arena_alloc(&c->arena, (size_t)m.envelope.message_size + 1);
	ck_assert_int_eq(disk_read_at(m.fd, text, (size_t)m.envelope.message_size, m.envelope.message_at, "it", NULL),
			 0);
	spool_release(&m);
	return text;
}

const char *post_case_log(struct post_case *c)
{
	struct span rest = span_str(mailing_list_file(&c->list, "log"));
	struct buf out;
	const char *text;

	buf_init(&out, TEXT_MAX);
	while (rest.n) {
		struct span line = span_cut(&rest, '\n');

		span_cut(&line, ' ');
		if (!span_is(line, SPAN("created")))
			buf_printf(&out, "%.*s\n", SPAN_ARG(line));
	}
	text = arena_span(&c->arena, buf_span(&out));
	buf_clear(&out);
	return text;
}
