/* SPDX-License-Identifier: ISC */
/*
 * A summary file whose bytes are changed, cut or followed by others: what is found is what was kept, what is added
 * again is found, and so after it has been put in order. Input: whether to tidy, how much to cut off the end, then
 * edits of three octets (place, place, value).
 */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/summary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGES = 6, VALIDITY = 5, FILE_MAX = 2048 };

static char path[] = "/tmp/letterbox-fuzz.XXXXXX";
static int dir = -1;
static struct cache view;
static uint8_t good[FILE_MAX];
static size_t ngood;

static struct span text_of(uint32_t uid)
{
	static const char text[] = "the text that is kept of this message";

	return span_of(text + uid, sizeof(text) - 1 - 3 * uid);
}

static void add_missing(struct summary *s)
{
	struct span got;

	for (uint32_t uid = 1; uid <= MESSAGES; uid++) {
		if (summary_find(s, uid % SUMMARY_KINDS, uid, &got))
			assert(span_is(got, text_of(uid)));
		else
			summary_add(s, uid % SUMMARY_KINDS, uid, text_of(uid));
	}
	summary_flush(s);
}

static void write_file(const uint8_t *bytes, size_t n)
{
	int fd = openat(dir, SUMMARY_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	close(fd);
}

static void clean_up(void)
{
	unlinkat(dir, SUMMARY_FILE, 0);
	unlinkat(dir, "tmp", AT_REMOVEDIR);
	rmdir(path);
}

static void set_up(void)
{
	struct summary s;
	int fd;

	assert(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(dir >= 0 && mkdirat(dir, "tmp", 0700) == 0);
	atexit(clean_up);
	cache_init(&view);
	cache_resize(&view, MESSAGES);
	for (uint32_t i = 0; i < MESSAGES; i++)
		view.uid[i] = i + 1;
	summary_init(&s, dir, VALIDITY, false);
	add_missing(&s);
	summary_clear(&s);
	fd = openat(dir, SUMMARY_FILE, O_RDONLY | O_CLOEXEC);
	ngood = (size_t)read(fd, good, sizeof(good));
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t bytes[FILE_MAX];
	size_t n;
	struct summary s;
	struct span got;

	if (dir < 0)
		set_up();
	if (size < 2)
		return 0;
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, good, ngood);
	n = data[1] < 128 ? ngood - (data[1] < ngood ? data[1] : ngood) : ngood + data[1] - 128;
	for (size_t i = 2; i + 2 < size; i += 3)
		bytes[(data[i] << 8 | data[i + 1]) % sizeof(bytes)] ^= data[i + 2];
	write_file(bytes, n);
	summary_init(&s, dir, VALIDITY, false);
	add_missing(&s);
	if (data[0] % 2)
		summary_tidy(&s, &view);
	summary_rest(&s);
	add_missing(&s);
	for (uint32_t uid = 1; uid <= MESSAGES; uid++)
		assert(summary_find(&s, uid % SUMMARY_KINDS, uid, &got) && span_is(got, text_of(uid)));
	summary_clear(&s);
	return 0;
}
