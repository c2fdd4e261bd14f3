/* SPDX-License-Identifier: ISC */
/*
 * A file letterbox.modseq of any bytes: each message has a value, none larger than the highest, and what is asked for
 * then is the same when it is asked again.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/modseq.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root[] = "/tmp/fuzz-modseq.XXXXXX";

static void write_file(const char *name, const void *p, size_t n)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert(fd >= 0 && write(fd, p, n) == (ssize_t)n);
	close(fd);
}

static void remove_all(void)
{
	static const char *const names[] = { "cur/1.h:2,S", "cur/2.h:2,", "cur",      "new", "tmp",
					     UIDLIST_FILE,  MODSEQ_FILE,  CACHE_FILE, "" };
	char path[100];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", root, names[i]);
		remove(path);
	}
}

/* Two messages, with the uidvalidity of the seeds. */
static void prepare(void)
{
	static const char uidlist[] = "3 V5 N9 G18cf150821ab026ba014000083ecc375\n2 :1.h\n7 :2.h\n";
	static const char *const dirs[] = { "cur", "new", "tmp" };
	char path[100];

	assert(mkdtemp(root));
	atexit(remove_all);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", root, dirs[i]);
		assert(mkdir(path, 0700) == 0);
	}
	write_file(UIDLIST_FILE, uidlist, sizeof(uidlist) - 1);
	write_file("cur/1.h:2,S", "", 0);
	write_file("cur/2.h:2,", "", 0);
}

static void check(struct modseq *q, struct mailbox *m)
{
	uint32_t at = 0, first, last, before = 0;

	assert(q->highest > 0 && q->highest <= MODSEQ_MAX && m->view.n == 2);
	for (size_t i = 0; i < m->view.n; i++)
		assert(modseq_of(q, m, i) > 0 && modseq_of(q, m, i) <= q->highest);
	while (modseq_next_vanished(q, m, 1, &at, &first, &last)) {
		assert(first > before && last >= first && at == last);
		before = last;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool prepared;
	struct mailbox m;
	struct modseq q, again;
	struct fault f;

	if (!prepared)
		prepare();
	prepared = true;
	write_file(MODSEQ_FILE, data, size);
	assert(mailbox_open(&m, root, 0, &f) == 0);
	modseq_init(&q);
	modseq_init(&again);
	assert(modseq_load(&q, &m, &f) == 0);
	check(&q, &m);
	assert(modseq_load(&again, &m, &f) == 0);
	assert(again.highest == q.highest);
	check(&again, &m);
	modseq_clear(&q);
	modseq_clear(&again);
	mailbox_close(&m);
	return 0;
}
