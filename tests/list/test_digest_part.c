/* SPDX-License-Identifier: ISC */
#include "list/digest_part.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "support/check_main.h"
#include "support/tempdir.h"

#define POST                                                                                                           \
	"Received: from x\n\tby y\nDKIM-Signature: v=1\nFrom: Al <al@example.net>\nno field\nSubject: lunch\n "        \
	"folded\n"                                                                                                     \
	"List-Id: <x>\nContent-Type: text/plain\ncontent-transfer-encoding: 8bit\nMIME-Version: 1.0\n\nBody\n"
#define KEPT                                                                                                           \
	"From: Al <al@example.net>\nSubject: lunch\n folded\nContent-Type: text/plain\n"                               \
	"content-transfer-encoding: 8bit\nMIME-Version: 1.0\n\n"

static int opened;

static int open_it(void *ctx, uint64_t number, off_t *size, struct fault *f)
{
	struct stat st;
	int fd = open(ctx, O_RDONLY | O_CLOEXEC);

	ck_assert_uint_eq(number, 7);
	if (fd < 0)
		return fault_temp(f, 451, "4.3.0", "gone");
	fstat(fd, &st);
	*size = st.st_size;
	opened++;
	return fd;
}

static char *read_all(struct digest_part *p, size_t piece, char *to)
{
	size_t n = 0, got;

	do {
		ck_assert_int_eq(p->part.source.read(p->part.source.context, to + n, piece, &got, NULL), 0);
		n += got;
	} while (got);
	to[n] = '\0';
	return to;
}

START_TEST(test_header)
{
	struct buf out;

	buf_init(&out, 4096);
	digest_part_put_header(&out, SPAN(POST));
	ck_assert_str_eq(buf_str(&out), KEPT);
	buf_clear(&out);
}
END_TEST

/* Whatever is asked for at once, and a second time; one descriptor, and only while it is read. */
START_TEST(test_source)
{
	static const size_t pieces[] = { 1, 7, 4096 };
	char text[4096];
	struct digest_part p;

	digest_part_init(&p, 7, open_it, (void *)(uintptr_t)tempdir_write("post", POST, 0600));
	for (size_t i = 0; i < 3; i++) {
		opened = 0;
		ck_assert_str_eq(read_all(&p, pieces[i], text), KEPT "Body\n");
		ck_assert(opened == 1 && p.fd < 0);
		ck_assert_str_eq(read_all(&p, pieces[i], text), "");
		ck_assert_int_eq(p.part.source.rewind(p.part.source.context, NULL), 0);
	}
	digest_part_clear(&p);
	tempdir_remove();
}
END_TEST

START_TEST(test_gone)
{
	char text[16];
	struct digest_part p;
	struct fault f;
	size_t got;

	digest_part_init(&p, 7, open_it, (void *)(uintptr_t) "/nonexistent");
	ck_assert_int_eq(p.part.source.read(p.part.source.context, text, sizeof(text), &got, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	digest_part_clear(&p);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_header);
	tcase_add_test(tc, test_source);
	tcase_add_test(tc, test_gone);
}

CHECK_MAIN(digest_part, add_tests)
