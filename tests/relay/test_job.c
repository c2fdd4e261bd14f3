/* SPDX-License-Identifier: ISC */
#include "relay/job.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/check_main.h"

static int ends[2];
static struct arena arena;

static void setup(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
}

static void teardown(void)
{
	close(ends[0]);
	close(ends[1]);
	arena_clear(&arena);
}

static struct job sample(struct job_rcpt rcpts[2])
{
	rcpts[0] = (struct job_rcpt){ .index = 7, .address = "a@b", .orcpt = "rfc822;a@b", .notify = 6 };
	rcpts[1] = (struct job_rcpt){ .index = 9, .address = "\"q u\\\"\"@b" };
	return (struct job){ .number = 42,
			     .id = "0123456789ABCDEF",
			     .sender = "",
			     .delivered_to = "l@m",
			     .fd = 0,
			     .at = 123,
			     .size = 1LL << 40,
			     .arrived = 1763791200,
			     .is_8bit = true,
			     .smtputf8 = true,
			     .envid = "e v",
			     .ret = "HDRS",
			     .patch = { .at = 77, .text = "abc" },
			     .rcpts = rcpts,
			     .n = 2 };
}

START_TEST(test_job)
{
	struct job_rcpt rcpts[2];
	struct job job = sample(rcpts), back;
	struct stat mine, theirs;

	job.fd = open("/dev/null", O_RDONLY);
	ck_assert(!job_is_waiting(ends[1]));
	ck_assert_int_eq(job_send(ends[0], &job), 0);
	ck_assert(job_is_waiting(ends[1]));
	ck_assert_int_eq(job_receive(ends[1], &arena, &back), 1);
	ck_assert_uint_eq(back.number, 42);
	ck_assert_str_eq(back.id, job.id);
	ck_assert_str_eq(back.sender, "");
	ck_assert_str_eq(back.delivered_to, "l@m");
	ck_assert_int_eq(back.at, 123);
	ck_assert_int_eq(back.size, 1LL << 40);
	ck_assert_int_eq(back.arrived, 1763791200);
	ck_assert(back.is_8bit && back.smtputf8);
	ck_assert_str_eq(back.envid, "e v");
	ck_assert_str_eq(back.ret, "HDRS");
	ck_assert_int_eq(back.patch.at, 77);
	ck_assert_str_eq(back.patch.text, "abc");
	ck_assert_uint_eq(back.n, 2);
	ck_assert_uint_eq(back.rcpts[0].index, 7);
	ck_assert_uint_eq(back.rcpts[0].notify, 6);
	ck_assert_str_eq(back.rcpts[0].orcpt, "rfc822;a@b");
	ck_assert_str_eq(back.rcpts[1].address, rcpts[1].address);
	ck_assert_ptr_null(back.rcpts[1].orcpt);
	/* The same file, another number, not for children. */
	ck_assert_int_eq(fstat(job.fd, &mine), 0);
	ck_assert_int_eq(fstat(back.fd, &theirs), 0);
	ck_assert_uint_eq(mine.st_rdev, theirs.st_rdev);
	ck_assert_int_ne(back.fd, job.fd);
	ck_assert(fcntl(back.fd, F_GETFD) & FD_CLOEXEC);
	close(back.fd);
	close(job.fd);
}
END_TEST

/* It would be written somewhere else. */
START_TEST(test_patch_outside)
{
	static const struct {
		off_t at;
		int want;
	} rows[] = { { 0, 1 }, { 7, 1 }, { 8, -1 }, { 11, -1 }, { INT64_MAX, -1 }, { -1, -1 } };
	struct job job = { .id = "0123456789ABCDEF", .sender = "s@x", .size = 10, .patch = { .text = "abc" } }, back;

	job.patch.at = rows[_i].at;
	ck_assert_int_eq(job_send(ends[0], &job), 0);
	ck_assert_int_eq(job_receive(ends[1], &arena, &back), rows[_i].want);
	close(back.fd);
}
END_TEST

START_TEST(test_end)
{
	struct job_rcpt rcpts[2];
	struct job job = sample(rcpts), back;

	close(ends[0]);
	ck_assert_int_eq(job_receive(ends[1], &arena, &back), 0);
	close(ends[1]);
	setup();
	close(ends[1]);
	ck_assert_int_eq(job_send(ends[0], &job), -1);
}
END_TEST

/* As many as a job may have, and as much text: what job_rcpt_size() says is enough fits. */
START_TEST(test_full)
{
	static struct job_rcpt rcpts[JOB_RCPT_MAX];
	struct job job = { .id = "0123456789ABCDEF", .sender = "s@x", .rcpts = rcpts }, back;
	size_t bytes = 0;

	while (job.n < JOB_RCPT_MAX) {
		rcpts[job.n] = (struct job_rcpt){ .index = job.n, .address = "somebody@some.host.example.org" };
		if (bytes + job_rcpt_size(&rcpts[job.n]) >= JOB_PACKET_MAX / 2)
			break;
		bytes += job_rcpt_size(&rcpts[job.n++]);
	}
	ck_assert_uint_gt(job.n, 100);
	ck_assert_int_eq(job_send(ends[0], &job), 0);
	ck_assert_int_eq(job_receive(ends[1], &arena, &back), 1);
	ck_assert_uint_eq(back.n, job.n);
	ck_assert_uint_eq(back.rcpts[back.n - 1].index, job.n - 1);
	close(back.fd);
	/* More than a packet is not sent, nor is a part of it. */
	job.n = JOB_RCPT_MAX;
	for (uint32_t i = 0; i < job.n; i++)
		rcpts[i].address = "somebody-whose-name-is-a-bit-longer-than-usual@some.host.example.org";
	ck_assert_int_eq(job_send(ends[0], &job), -1);
	ck_assert(!job_is_waiting(ends[1]));
}
END_TEST

static void send_raw(const char *p, size_t n, bool with_fd)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec v = { .iov_base = arena_span(&arena, span_of(p, n)), .iov_len = n };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	int fd = 0;

	if (with_fd) {
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	ck_assert_int_eq(sendmsg(ends[0], &m, 0), (ssize_t)n);
}

/* Cut, or with any byte changed: a job or a refusal, and no byte beyond the packet is read. */
START_TEST(test_damaged_job)
{
	struct job_rcpt rcpts[2];
	struct job job = sample(rcpts), back;
	char packet[4096];
	ssize_t n;
	int refused = 0;

	ck_assert_int_eq(job_send(ends[0], &job), 0);
	n = recv(ends[1], packet, sizeof(packet), 0);
	ck_assert_int_gt(n, 100);
	send_raw(packet, (size_t)n, false);
	ck_assert_int_eq(job_receive(ends[1], &arena, &back), -1);
	for (ssize_t i = 1; i < n; i++) {
		send_raw(packet, (size_t)i, true);
		ck_assert_int_eq(job_receive(ends[1], &arena, &back), -1);
		if (back.fd >= 0)
			close(back.fd);
	}
	for (ssize_t i = 0; i < n; i++) {
		for (int value = 0; value < 256; value += 51) {
			char was = packet[i];

			packet[i] = (char)value;
			send_raw(packet, (size_t)n, true);
			packet[i] = was;
			int rc = job_receive(ends[1], &arena, &back);

			ck_assert_int_ne(rc, 0);
			refused += rc < 0;
			if (rc > 0)
				for (uint32_t k = 0; k < back.n; k++)
					ck_assert_uint_lt(strlen(back.rcpts[k].address), sizeof(packet));
			if (back.fd >= 0)
				close(back.fd);
		}
	}
	ck_assert_int_gt(refused, 100);
}
END_TEST

/* ---- answers ---- */

START_TEST(test_answers)
{
	struct answer sent[] = {
		{ .kind = ANSWER_OUTCOME,
		  .number = 5,
		  .index = 3,
		  .address = "a@b",
		  .key = "remote:a@b",
		  .peer = "h[1.2.3.4]",
		  .remote = true,
		  .dsn_passed = true,
		  .outcome = { .kind = FAULT_PERM, .reply = 550, .status = "5.1.1", .text = "no such user" } },
		{ .kind = ANSWER_TARGETS, .number = 5, .index = 3, .count = 4, .multi = true },
		{ .kind = ANSWER_FORWARD,
		  .number = 5,
		  .index = 3,
		  .address = "c@d",
		  .sender = "owner-l@m",
		  .delivered_to = "l@m" },
		{ .kind = ANSWER_OUTCOME,
		  .number = 6,
		  .down = true,
		  .outcome = { .kind = FAULT_TEMP, .status = "4.4.1", .text = "down" } },
		{ .kind = ANSWER_CONNECTED, .number = 6 },
		{ .kind = ANSWER_END, .number = 5 },
	};
	struct answer_out out;
	struct buf packet;
	struct span rest;
	struct answer a;

	buf_init(&packet, JOB_PACKET_MAX + 1);
	answer_out_init(&out, ends[1]);
	ck_assert_int_eq(answer_receive(ends[0], &packet), 0);
	for (int i = 0; i < COUNT(sent); i++)
		answer_put(&out, &sent[i]);
	ck_assert_int_eq(answer_receive(ends[0], &packet), 0);
	answer_flush(&out);
	ck_assert_int_eq(answer_receive(ends[0], &packet), 1);
	rest = buf_span(&packet);
	for (int i = 0; i < COUNT(sent); i++) {
		ck_assert_int_eq(answer_next(&rest, &a), 1);
		ck_assert_int_eq(a.kind, sent[i].kind);
		ck_assert_uint_eq(a.number, sent[i].number);
		ck_assert_uint_eq(a.index, sent[i].index);
		ck_assert_uint_eq(a.count, sent[i].count);
		ck_assert_pstr_eq(a.address, sent[i].address);
		ck_assert_pstr_eq(a.sender, sent[i].sender);
		ck_assert_pstr_eq(a.delivered_to, sent[i].delivered_to);
		ck_assert_pstr_eq(a.key, sent[i].key);
		ck_assert_pstr_eq(a.peer, sent[i].peer);
		ck_assert_int_eq(a.remote, sent[i].remote);
		ck_assert_int_eq(a.dsn_passed, sent[i].dsn_passed);
		ck_assert_int_eq(a.down, sent[i].down);
		ck_assert_int_eq(a.multi, sent[i].multi);
		ck_assert_int_eq(a.outcome.kind, sent[i].outcome.kind);
		ck_assert_int_eq(a.outcome.reply, sent[i].outcome.reply);
		ck_assert_str_eq(a.outcome.status, sent[i].outcome.status);
		ck_assert_str_eq(a.outcome.text, sent[i].outcome.text);
	}
	ck_assert_int_eq(answer_next(&rest, &a), 0);
	/* Flushing nothing sends nothing: an empty packet would look like the end. */
	answer_flush(&out);
	ck_assert_int_eq(answer_receive(ends[0], &packet), 0);
	close(ends[1]);
	ck_assert_int_eq(answer_receive(ends[0], &packet), -1);
	buf_clear(&packet);
	buf_clear(&out.packet);
}
END_TEST

/* More than a packet holds goes out in several, none torn. */
START_TEST(test_many_answers)
{
	enum { MANY = 400 };
	struct answer_out out;
	struct buf packet;
	uint32_t next = 0;
	int packets = 0;

	buf_init(&packet, JOB_PACKET_MAX + 1);
	answer_out_init(&out, ends[1]);
	for (uint32_t i = 0; i < MANY; i++) {
		struct answer a = { .kind = ANSWER_OUTCOME,
				    .index = i,
				    .outcome = { .kind = FAULT_TEMP, .status = "4.0.0" } };

		memset(a.outcome.text, 'x', sizeof(a.outcome.text) - 1);
		answer_put(&out, &a);
	}
	answer_flush(&out);
	while (answer_receive(ends[0], &packet) == 1) {
		struct span rest = buf_span(&packet);
		struct answer a;

		packets++;
		while (answer_next(&rest, &a) == 1)
			ck_assert_uint_eq(a.index, next++);
		ck_assert_uint_eq(rest.n, 0);
	}
	ck_assert_uint_eq(next, MANY);
	ck_assert_int_gt(packets, 2);
	buf_clear(&packet);
	buf_clear(&out.packet);
}
END_TEST

START_TEST(test_damaged_answer)
{
	struct answer sent = { .kind = ANSWER_OUTCOME,
			       .address = "a@b",
			       .outcome = { .kind = FAULT_PERM, .status = "5.1.1", .text = "no" } };
	struct answer_out out;
	char *whole;
	size_t n;

	answer_out_init(&out, ends[1]);
	answer_put(&out, &sent);
	n = out.packet.n;
	whole = arena_span(&arena, buf_span(&out.packet));
	for (size_t i = 1; i <= n; i++) {
		char *copy = malloc(i);
		struct span rest = span_of(copy, i);
		struct answer a;

		memcpy(copy, whole, i);
		ck_assert_int_eq(answer_next(&rest, &a), i == n ? 1 : -1);
		free(copy);
	}
	/* Kinds that there are not. */
	for (int kind = 0; kind < 256; kind += kind == 0 ? ANSWER_END + 1 : 50) {
		struct span rest = span_of(whole, n);
		struct answer a;

		whole[0] = (char)kind;
		ck_assert_int_eq(answer_next(&rest, &a), -1);
	}
	buf_clear(&out.packet);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_job);
	tcase_add_loop_test(tc, test_patch_outside, 0, 6);
	tcase_add_test(tc, test_end);
	tcase_add_test(tc, test_full);
	tcase_add_test(tc, test_damaged_job);
	tcase_add_test(tc, test_answers);
	tcase_add_test(tc, test_many_answers);
	tcase_add_test(tc, test_damaged_answer);
}

CHECK_MAIN(job, add_tests)
