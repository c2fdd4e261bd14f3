/* SPDX-License-Identifier: ISC */
#include "queue/spool.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/check_main.h"
#include "support/descriptors.h"
#include "support/tempdir.h"

#define ID	"0123456789ABCDEF"
#define MESSAGE "Subject: x\n\nbody\n"

static struct spool spool;
static struct arena arena;
static struct fault fault;

static void setup(void)
{
	memset(&fault, 0, sizeof(fault));
	ck_assert_int_eq(spool_open(&spool, tempdir_path("spool"), "root", &fault), 0);
}

static void teardown(void)
{
	spool_close(&spool);
	arena_clear(&arena);
	tempdir_remove();
}

static const char *path_of(const char *box, const char *id)
{
	return arena_printf(&arena, "%s/%s/%s", spool.path, box, id);
}

static bool exists(const char *box, const char *id)
{
	return access(path_of(box, id), F_OK) == 0;
}

static int entries(enum spool_box box)
{
	struct spool_scan scan;
	struct spool_entry e;
	int n = 0;

	ck_assert_int_eq(spool_scan_open(&scan, &spool, box, &fault), 0);
	while (spool_scan_next(&scan, &e) > 0)
		n++;
	spool_scan_close(&scan);
	return n;
}

/* A message with n recipients; its id. */
static const char *enqueue(size_t n, const char *text)
{
	struct envelope e = { .sender = "al@example.org", .n = n, .arrived_us = 1764000000123456 };
	struct spool_writer w;

	e.rcpts = arena_alloc(&arena, n * sizeof(*e.rcpts));
	for (size_t i = 0; i < n; i++)
		e.rcpts[i].address = arena_printf(&arena, "r%zu@example.org", i);
	ck_assert_int_eq(spool_begin(&spool, &w, &e, 0, &fault), 0);
	spool_put(&w, text, strlen(text));
	ck_assert_int_eq(spool_commit(&w, &fault), 0);
	return arena_str(&arena, e.id);
}

static int claim(enum spool_box box, const char *id, struct spool_message *m)
{
	return spool_claim(&spool, box, id, SPOOL_CLAIM_WORK, &arena, m, &fault);
}

/* ---- writing and reading ---- */

START_TEST(test_commit)
{
	/* From what stays in the buffer to what does not. */
	static const size_t sizes[] = { 0, 1, 100, 16000, 16384, 20000, 300000 };
	size_t size = sizes[_i];
	char *body = arena_alloc(&arena, size + 1), *back = arena_alloc(&arena, size + 1);
	struct spool_message m;
	struct stat st;
	const char *id;

	memset(body, 'x', size);
	id = enqueue(3, body);
	ck_assert(spool_is_id(span_str(id)));
	ck_assert_int_eq(entries(SPOOL_TMP), 0);
	ck_assert_int_eq(entries(SPOOL_NEW), 1);
	ck_assert_int_eq(stat(path_of("new", id), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_msg(claim(SPOOL_NEW, id, &m) == 1, "%s", fault.text);
	ck_assert_int_eq(m.envelope.message_size, (off_t)size);
	ck_assert_str_eq(m.envelope.id, id);
	ck_assert_str_eq(m.envelope.sender, "al@example.org");
	ck_assert_uint_eq(m.envelope.n, 3);
	ck_assert_int_eq(disk_read_at(m.fd, back, size, m.envelope.message_at, id, &fault), 0);
	ck_assert_mem_eq(back, body, size);
	ck_assert_int_eq(m.end, st.st_size);
	spool_release(&m);
}
END_TEST

/* What is to be held is not in new/, and is due then; a time that is past means nothing. */
START_TEST(test_held_until)
{
	struct envelope_rcpt rcpt = { .address = "bo@example.org" };
	struct envelope e = { .sender = "", .rcpts = &rcpt, .n = 1, .arrived_us = 1 };
	struct spool_writer w;
	struct spool_message m;

	e.hold_until = clock_wall() + (_i == 0 ? 1000 : -1000);
	ck_assert_int_eq(spool_begin(&spool, &w, &e, 0, &fault), 0);
	ck_assert_int_eq(spool_commit(&w, &fault), 0);
	ck_assert_int_eq(claim(_i == 0 ? SPOOL_DEFERRED : SPOOL_NEW, e.id, &m), 1);
	ck_assert_int_eq(m.envelope.hold_until, e.hold_until);
	if (_i == 0)
		ck_assert_int_eq(m.due, e.hold_until);
	spool_release(&m);
}
END_TEST

START_TEST(test_large_envelope)
{
	struct spool_message m;
	const char *id = enqueue(20000, MESSAGE);

	ck_assert_msg(claim(SPOOL_NEW, id, &m) == 1, "%s", fault.text);
	ck_assert_uint_eq(m.envelope.n, 20000);
	ck_assert_str_eq(m.envelope.rcpts[19999].address, "r19999@example.org");
	spool_release(&m);
}
END_TEST

/* What could not be read again is not accepted. */
START_TEST(test_too_large_envelope)
{
	enum { LONG = 1 << 16, N = ENVELOPE_TEXT_MAX / LONG + 1 };
	char *address = arena_alloc(&arena, LONG + 1);
	struct envelope e = { .sender = "", .n = N, .rcpts = arena_alloc(&arena, N * sizeof(*e.rcpts)) };
	struct spool_writer w;

	memset(address, 'a', LONG);
	for (size_t i = 0; i < N; i++)
		e.rcpts[i].address = address;
	ck_assert_int_eq(spool_begin(&spool, &w, &e, 0, &fault), -1);
	ck_assert_int_eq(fault.reply, 552);
	ck_assert_str_eq(fault.text, "envelope is larger than 67108864 bytes");
	ck_assert_int_eq(entries(SPOOL_TMP), 0);
}
END_TEST

START_TEST(test_abort)
{
	struct envelope_rcpt rcpt = { .address = "bo@example.org" };
	struct envelope e = { .sender = "", .rcpts = &rcpt, .n = 1 };
	struct spool_writer w;

	ck_assert_int_eq(spool_begin(&spool, &w, &e, 0, &fault), 0);
	spool_put(&w, MESSAGE, strlen(MESSAGE));
	ck_assert_int_eq(entries(SPOOL_TMP), 1);
	spool_abort(&w);
	spool_abort(&w);
	ck_assert_int_eq(entries(SPOOL_TMP), 0);
	ck_assert_int_eq(entries(SPOOL_NEW), 0);
	rcpt.address = "bo@example.org>\nrcpt Q <evil@example.org";
	ck_assert_int_eq(spool_begin(&spool, &w, &e, 0, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_PERM);
	ck_assert_int_eq(entries(SPOOL_TMP), 0);
}
END_TEST

START_TEST(test_no_room)
{
	struct envelope_rcpt rcpt = { .address = "bo@example.org" };
	struct envelope e = { .sender = "", .rcpts = &rcpt, .n = 1 };
	struct rlimit limit, before;
	char body[30000];
	struct spool_writer w;

	/* queue_minfree: before a byte is taken. */
	ck_assert_int_eq(spool_begin(&spool, &w, &e, 1L << 62, &fault), -1);
	ck_assert_int_eq(fault.reply, 452);
	ck_assert_str_eq(fault.status, "4.3.1");
	ck_assert_int_eq(entries(SPOOL_TMP), 0);
	/* Full while it is written. */
	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	for (rlim_t max = 1; max < sizeof(body); max += 7000) {
		limit.rlim_cur = max;
		memset(body, 'x', sizeof(body));
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
		int rc = spool_begin(&spool, &w, &e, 0, &fault);

		ck_assert_int_eq(rc, 0);
		spool_put(&w, body, sizeof(body));
		rc = spool_commit(&w, &fault);
		setrlimit(RLIMIT_FSIZE, &before);
		ck_assert_int_eq(rc, -1);
		ck_assert_int_eq(fault.kind, FAULT_TEMP);
		ck_assert_int_eq(fault.reply, 452);
		ck_assert_int_eq(entries(SPOOL_TMP), 0);
		ck_assert_int_eq(entries(SPOOL_NEW), 0);
	}
}
END_TEST

START_TEST(test_change)
{
	struct spool_message m;
	const char *id = enqueue(3, MESSAGE);

	ck_assert_msg(claim(SPOOL_NEW, id, &m) == 1, "%s", fault.text);
	ck_assert_int_eq(spool_mark(&m, 1, ENVELOPE_DELIVERED, &fault), 0);
	ck_assert_int_eq(spool_mark(&m, 2, ENVELOPE_FAILED, &fault), 0);
	ck_assert_int_eq(spool_note(&m, SPAN("log 1764000300 Q 4.4.1 0 no route\n"), &fault), 0);
	ck_assert_int_eq(spool_note(&m, SPAN("done 0 remote:x@y\n"), &fault), 0);
	ck_assert_int_eq(spool_defer(&m, 2000000000, &fault), 0);
	ck_assert_int_eq(m.box, SPOOL_DEFERRED);
	/* What moved is to be synced, once. */
	ck_assert(spool.moved[SPOOL_DEFERRED]);
	ck_assert_int_eq(spool_settle(&spool, &fault), 0);
	ck_assert(!spool.moved[SPOOL_DEFERRED]);
	spool_release(&m);
	ck_assert(!exists("new", id));
	ck_assert_int_eq(claim(SPOOL_NEW, id, &m), 0);
	ck_assert_int_eq(claim(SPOOL_DEFERRED, id, &m), 1);
	ck_assert_int_eq(m.due, 2000000000);
	ck_assert_int_eq(m.envelope.rcpts[0].state, ENVELOPE_QUEUED);
	ck_assert_int_eq(m.envelope.rcpts[1].state, ENVELOPE_DELIVERED);
	ck_assert_int_eq(m.envelope.rcpts[2].state, ENVELOPE_FAILED);
	ck_assert_str_eq(m.envelope.rcpts[0].last, "no route");
	ck_assert(envelope_is_done(&m.envelope.rcpts[0], "remote:x@y"));
	ck_assert_int_eq(m.envelope.message_size, strlen(MESSAGE));
	/* Held, found there, released, gone. */
	ck_assert_int_eq(spool_hold(&m, &fault), 0);
	spool_release(&m);
	ck_assert(exists("hold", id));
	ck_assert_int_eq(spool_find(&spool, id, SPOOL_CLAIM_WORK, &arena, &m, &fault), 1);
	ck_assert_int_eq(m.box, SPOOL_HOLD);
	ck_assert_int_eq(spool_defer(&m, 1000000000, &fault), 0);
	ck_assert(exists("deferred", id));
	ck_assert_int_eq(spool_remove(&m, &fault), 0);
	ck_assert_int_eq(spool_remove(&m, &fault), 0);
	spool_release(&m);
	ck_assert_int_eq(spool_find(&spool, id, SPOOL_CLAIM_WORK, &arena, &m, &fault), 0);
}
END_TEST

START_TEST(test_scan)
{
	struct spool_scan scan;
	struct spool_entry e;
	const char *id = enqueue(1, MESSAGE), *other;
	int n = 0;

	tempdir_write("spool/new/.hidden", "", 0600);
	tempdir_write("spool/new/0123456789abcdef", "", 0600);
	tempdir_write("spool/new/0123456789ABCDEF0", "", 0600);
	tempdir_write("spool/new/core", "", 0600);
	ck_assert_int_eq(spool_scan_open(&scan, &spool, SPOOL_NEW, &fault), 0);
	while (spool_scan_next(&scan, &e) > 0) {
		ck_assert_str_eq(e.id, id);
		ck_assert_int_le(e.due, clock_wall() + 1);
		ck_assert_int_gt(e.size, (off_t)strlen(MESSAGE));
		n++;
	}
	spool_scan_close(&scan);
	ck_assert_int_eq(n, 1);
	/* The other one goes while we look. */
	other = enqueue(1, MESSAGE);
	ck_assert_int_eq(spool_scan_open(&scan, &spool, SPOOL_NEW, &fault), 0);
	ck_assert_int_eq(spool_scan_next(&scan, &e), 1);
	ck_assert_int_eq(unlink(path_of("new", strcmp(e.id, id) == 0 ? other : id)), 0);
	ck_assert_int_eq(spool_scan_next(&scan, &e), 0);
	spool_scan_close(&scan);
	ck_assert_int_eq(rmdir(path_of("hold", "")), 0);
	ck_assert_int_eq(spool_scan_open(&scan, &spool, SPOOL_HOLD, &fault), -1);
	ck_assert_ptr_nonnull(strstr(fault.text, "spool/hold"));
	spool_scan_close(&scan);
}
END_TEST

START_TEST(test_clean)
{
	struct timespec old[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = clock_wall() - SPOOL_TMP_AGE - 60 } };

	tempdir_write("spool/tmp/" ID, "left by a crash", 0600);
	tempdir_write("spool/tmp/0000000000000000", "being written", 0600);
	ck_assert_int_eq(utimensat(AT_FDCWD, path_of("tmp", ID), old, 0), 0);
	spool_clean(&spool);
	ck_assert(!exists("tmp", ID));
	ck_assert(exists("tmp", "0000000000000000"));
}
END_TEST

START_TEST(test_id)
{
	static const struct {
		const char *id;
		bool is;
	} rows[] = {
		{ ID, true },
		{ "0123456789ABCDE", false },
		{ ID "0", false },
		{ "", false },
		{ "../../etc/passwd", false },
		{ "0123456789abcdef", false },
		{ "0123456789ABCDE/", false },
		{ "0123456789ABCDE\n", false },
	};
	struct spool_message m;

	for (int i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(spool_is_id(span_str(rows[i].id)), rows[i].is);
		ck_assert_int_eq(claim(SPOOL_NEW, rows[i].id, &m), rows[i].is ? 0 : -1);
	}
}
END_TEST

/* In a directory of somebody else nobody sees it as queued; from there it goes as it is. */
START_TEST(test_adopt)
{
	struct envelope_rcpt rcpt = { .address = "bo@example.org" };
	struct envelope e = { .sender = "al@example.org", .n = 1, .rcpts = &rcpt, .arrived_us = 1 };
	struct spool_writer w;
	struct spool_message m;
	int dir;

	ck_assert_int_eq(mkdirat(spool.dir, "outbox", 0700), 0);
	dir = openat(spool.dir, "outbox", O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(spool_begin(&spool, &w, &e, 0, &fault), 0);
	spool_put(&w, MESSAGE, sizeof(MESSAGE) - 1);
	ck_assert_int_eq(spool_commit_into(&w, dir, "it", &fault), 0);
	ck_assert_int_eq(entries(SPOOL_TMP) + entries(SPOOL_NEW), 0);
	ck_assert(exists("outbox", "it"));
	ck_assert_int_eq(spool_adopt(&spool, dir, "it", "../new", &fault), -1);
	ck_assert_int_eq(spool_adopt(&spool, dir, "it", e.id, &fault), 0);
	ck_assert(!exists("outbox", "it"));
	ck_assert_int_eq(claim(SPOOL_NEW, e.id, &m), 1);
	ck_assert_int_eq(m.envelope.message_size, sizeof(MESSAGE) - 1);
	spool_release(&m);
	ck_assert_int_eq(spool_adopt(&spool, dir, "it", e.id, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	/* What gets no name is not accepted, and nothing is left of it. */
	ck_assert_int_eq(spool_begin(&spool, &w, &e, 0, &fault), 0);
	ck_assert_int_eq(spool_commit_into(&w, dir, "no/such", &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert_int_eq(entries(SPOOL_TMP) + entries(SPOOL_NEW), 1);
	close(dir);
}
END_TEST

/* A patch that is not inside of the message. */
START_TEST(test_patch)
{
	static const struct {
		off_t at;
		int want;
	} rows[] = { { 0, 1 }, { sizeof(MESSAGE) - 1 - 3, 1 }, { sizeof(MESSAGE) - 1 - 2, -1 } };
	struct envelope_rcpt rcpt = { .address = "bo@example.org", .put = "abc" };
	struct envelope e = { .sender = "", .n = 1, .rcpts = &rcpt, .arrived_us = 1, .patch_size = 3 };
	struct spool_writer w;
	struct spool_message m;

	e.patch_at = rows[_i].at;
	ck_assert_int_eq(spool_begin(&spool, &w, &e, 0, &fault), 0);
	spool_put(&w, MESSAGE, sizeof(MESSAGE) - 1);
	ck_assert_int_eq(spool_commit(&w, &fault), 0);
	ck_assert_int_eq(claim(SPOOL_NEW, e.id, &m), rows[_i].want);
	spool_release(&m);
	rcpt.put = "abcd";
	ck_assert_int_eq(spool_begin(&spool, &w, &e, 0, &fault), -1);
	ck_assert_str_eq(fault.text, "the patch for bo@example.org is not 3 visible octets");
}
END_TEST

/* ---- damage and plants ---- */

static void flip(const char *path, off_t at)
{
	int fd = open(path, O_RDWR);
	char c;

	ck_assert_int_eq(pread(fd, &c, 1, at), 1);
	c ^= 0x20;
	ck_assert_int_eq(pwrite(fd, &c, 1, at), 1);
	close(fd);
}

/* Whatever byte of the envelope is flipped, or wherever the file ends: a permanent fault or a message. */
START_TEST(test_damaged)
{
	struct spool_message m;
	const char *id = enqueue(2, MESSAGE), *path = path_of("new", id);
	off_t at, end;
	int refused = 0;

	ck_assert_msg(claim(SPOOL_NEW, id, &m) == 1, "%s", fault.text);
	at = m.envelope.message_at;
	end = m.end;
	spool_release(&m);
	for (off_t i = 0; i < at; i++) {
		flip(path, i);
		fault.kind = FAULT_NONE;
		int rc = claim(SPOOL_NEW, id, &m);

		ck_assert_int_ne(rc, 0);
		ck_assert(rc > 0 || fault.kind == FAULT_PERM);
		refused += rc < 0;
		spool_release(&m);
		flip(path, i);
	}
	ck_assert_int_gt(refused, (int)at / 2);
	for (off_t i = end - 1; i >= 0; i--) {
		ck_assert_int_eq(truncate(path, i), 0);
		fault.kind = FAULT_NONE;
		ck_assert_int_eq(claim(SPOOL_NEW, id, &m), -1);
		ck_assert_int_eq(fault.kind, FAULT_PERM);
	}
	ck_assert_int_eq(spool_set_aside(&spool, SPOOL_NEW, id, &fault), 0);
	ck_assert(exists("corrupt", id));
	ck_assert_int_eq(spool_set_aside(&spool, SPOOL_NEW, id, &fault), 0);
}
END_TEST

static void plant_link(const char *path)
{
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
}

static void plant_hard_link(const char *path)
{
	ck_assert_int_eq(link(path_of("hold", "original"), path), 0);
}

static void plant_fifo(const char *path)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void plant_directory(const char *path)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void plant_socket(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_uint_lt((size_t)snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path), sizeof(sa.sun_path));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	close(fd);
}

static void plant_foreign(const char *path)
{
	ck_assert_int_eq(link(path_of("hold", "original"), path), 0);
	unlink(path_of("hold", "original"));
	ck_assert_int_eq(chown(path, 65534, 65534), 0);
}

static void plant_empty(const char *path)
{
	tempdir_write("spool/new/" ID, "", 0600);
	(void)path;
}

static void plant_zeros(const char *path)
{
	tempdir_write("spool/new/" ID, "", 0600);
	ck_assert_int_eq(truncate(path, 4096), 0);
}

static const struct {
	void (*plant)(const char *path);
	bool as_root;
} plants[] = {
	{ plant_link, false },	 { plant_hard_link, false }, { plant_fifo, false },  { plant_directory, false },
	{ plant_socket, false }, { plant_foreign, true },    { plant_empty, false }, { plant_zeros, false },
};

START_TEST(test_planted)
{
	struct spool_message m;
	const char *id = enqueue(1, MESSAGE);

	if (plants[_i].as_root && geteuid() != 0)
		return;
	ck_assert_int_eq(rename(path_of("new", id), path_of("hold", "original")), 0);
	plants[_i].plant(path_of("new", ID));
	ck_assert_int_eq(claim(SPOOL_NEW, ID, &m), -1);
	/* It will never be right: so that the relay sets it aside, and does not stumble over it for ever. */
	ck_assert_msg(fault.kind == FAULT_PERM, "%s", fault.text);
	ck_assert_int_eq(spool_set_aside(&spool, SPOOL_NEW, ID, &fault), 0);
	ck_assert(!exists("new", ID));
	fault.kind = FAULT_NONE;
	ck_assert_int_eq(spool_claim(&spool, SPOOL_CORRUPT, ID, SPOOL_CLAIM_LOOK, &arena, &m, &fault), -1);
}
END_TEST

/* What cannot be opened now is not damaged. */
START_TEST(test_no_descriptor)
{
	struct spool_message m;
	const char *id = enqueue(1, MESSAGE);
	int rc;

	descriptors_allow(0);
	rc = claim(SPOOL_NEW, id, &m);
	descriptors_restore();
	ck_assert_int_eq(rc, -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
}
END_TEST

/* ---- locks ---- */

START_TEST(test_two_processes)
{
	struct spool_message m;
	const char *id = enqueue(1, MESSAGE);
	int up[2], down[2], status;
	char c;
	pid_t pid;

	ck_assert_int_eq(pipe(up), 0);
	ck_assert_int_eq(pipe(down), 0);
	pid = fork();
	if (pid == 0) {
		c = claim(SPOOL_NEW, id, &m) == 1 ? 'y' : 'n';
		if (write(up[1], &c, 1) != 1 || read(down[0], &c, 1) != 1)
			_exit(1);
		_exit(0);
	}
	ck_assert_int_eq(read(up[0], &c, 1), 1);
	ck_assert_int_eq(c, 'y');
	ck_assert_int_eq(claim(SPOOL_NEW, id, &m), 0);
	ck_assert_int_eq(spool_claim(&spool, SPOOL_NEW, id, SPOOL_CLAIM_LOOK, &arena, &m, &fault), 1);
	spool_release(&m);
	/* The lock goes with the process, however it ends. */
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	ck_assert(WIFSIGNALED(status));
	ck_assert_msg(claim(SPOOL_NEW, id, &m) == 1, "%s", fault.text);
	spool_release(&m);
}
END_TEST

/* Ten processes, fifty messages: each message is taken once. */
START_TEST(test_race)
{
	enum { PROCESSES = 10, MESSAGES = 50 };
	int counts[2], total = 0;

	for (int i = 0; i < MESSAGES; i++)
		enqueue(1, MESSAGE);
	ck_assert_int_eq(pipe(counts), 0);
	for (int i = 0; i < PROCESSES; i++) {
		if (fork() != 0)
			continue;
		struct spool_scan scan;
		struct spool_entry e;
		struct spool_message m;
		int n = 0;

		if (spool_scan_open(&scan, &spool, SPOOL_NEW, NULL) < 0)
			_exit(1);
		while (spool_scan_next(&scan, &e) > 0) {
			if (spool_claim(&spool, SPOOL_NEW, e.id, SPOOL_CLAIM_WORK, &arena, &m, NULL) != 1)
				continue;
			n += spool_remove(&m, NULL) == 0;
			spool_release(&m);
		}
		ssize_t ignored = write(counts[1], &n, sizeof(n));

		(void)ignored;
		_exit(0);
	}
	for (int i = 0, n; i < PROCESSES; i++) {
		wait(NULL);
		ck_assert_int_eq(read(counts[0], &n, sizeof(n)), sizeof(n));
		total += n;
	}
	ck_assert_int_eq(total, MESSAGES);
	ck_assert_int_eq(entries(SPOOL_NEW), 0);
}
END_TEST

/* Whoever finished it still has it open. */
START_TEST(test_finished)
{
	struct spool_message first, m;
	const char *id = enqueue(1, MESSAGE);

	ck_assert_int_eq(claim(SPOOL_NEW, id, &first), 1);
	ck_assert_int_eq(spool_remove(&first, &fault), 0);
	ck_assert_int_eq(claim(SPOOL_NEW, id, &m), 0);
	spool_release(&first);
}
END_TEST

/* ---- the directory ---- */

START_TEST(test_writable_by_others)
{
	static const mode_t modes[] = { 0770, 0702, 01777, 0777 };
	struct spool other;

	for (int i = 0; i < COUNT(modes); i++) {
		ck_assert_int_eq(chmod(spool.path, modes[i]), 0);
		ck_assert_int_eq(spool_open(&other, spool.path, NULL, &fault), -1);
		ck_assert_str_eq(
			tempdir_hide(fault.text),
			"spool T/spool may be written by others than its owner: take that right away (chmod go-w)");
	}
	ck_assert_int_eq(chmod(spool.path, 0700), 0);
	ck_assert_int_eq(spool_open(&other, spool.path, NULL, &fault), 0);
	spool_close(&other);
}
END_TEST

START_TEST(test_linked_box)
{
	struct spool other;

	ck_assert_int_eq(rmdir(tempdir_path("spool/deferred")), 0);
	ck_assert_int_eq(symlink("/tmp", tempdir_path("spool/deferred")), 0);
	ck_assert_int_eq(spool_open(&other, spool.path, NULL, &fault), -1);
	ck_assert_ptr_nonnull(strstr(fault.text, "cannot open directory"));
	/* It cannot be made. */
	ck_assert_int_eq(symlink("nowhere", tempdir_path("dangling")), 0);
	ck_assert_int_eq(spool_open(&other, tempdir_path("dangling/spool"), NULL, &fault), -1);
}
END_TEST

START_TEST(test_given_to_owner)
{
	struct spool given;
	struct envelope_rcpt rcpt = { .address = "bo@example.org" };
	struct envelope e = { .sender = "", .rcpts = &rcpt, .n = 1 };
	struct spool_writer w;
	struct stat st;
	int fd;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(spool_open(&given, tempdir_path("given"), "nobody", &fault), 0);
	ck_assert_int_eq(given.owner, 65534);
	ck_assert_int_eq(spool_begin(&given, &w, &e, 0, &fault), 0);
	ck_assert_int_eq(spool_commit(&w, &fault), 0);
	ck_assert_int_eq(stat(arena_printf(&arena, "%s/new/%s", given.path, w.id), &st), 0);
	ck_assert_int_eq(st.st_uid, 65534);
	ck_assert_int_eq(stat(arena_printf(&arena, "%s/deferred", given.path), &st), 0);
	ck_assert_int_eq(st.st_uid, 65534);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	fd = spool_listen(&given, &fault);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_uid, 65534);
	close(fd);
	spool_close(&given);
	ck_assert_int_eq(spool_open(&given, tempdir_path("other"), "no-such-account", &fault), -1);
	ck_assert_str_eq(fault.text, "mail_owner: there is no account \"no-such-account\"");
}
END_TEST

/*
 * Accounts that cannot be asked for now: the spool is not given to anybody, and it is nobody's mistake. In a process in
 * which another test has asked (CK_FORK=no) modules of the C library are loaded, and answer without a descriptor.
 */
START_TEST(test_owner_unknown_now)
{
	static const struct {
		const char *path, *owner;
	} rows[] = { { "later", NULL }, { "later-too", "nobody" } };
	const char *path = tempdir_path(rows[_i].path);
	struct spool later;
	struct stat st;

	if (geteuid() != 0 || (getenv("CK_FORK") && strcmp(getenv("CK_FORK"), "no") == 0))
		return;
	descriptors_allow(1);
	ck_assert_int_eq(spool_open(&later, path, rows[_i].owner, &fault), -1);
	descriptors_restore();
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_uid, 0);
	ck_assert_int_eq(spool_open(&later, path, "nobody", &fault), 0);
	ck_assert_int_eq(later.owner, 65534);
	spool_close(&later);
}
END_TEST

/* systemd makes the directory of a socket, as root: it is a spool only from then on. One in use keeps its owner. */
START_TEST(test_bare_directory)
{
	struct spool bare;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(mkdir(tempdir_path("bare"), 0755), 0);
	ck_assert_int_eq(spool_open(&bare, tempdir_path("bare"), "nobody", &fault), 0);
	ck_assert_int_eq(bare.owner, 65534);
	spool_close(&bare);
	ck_assert_int_eq(chown(tempdir_path("bare"), 0, 0), 0);
	ck_assert_int_eq(spool_open(&bare, tempdir_path("bare"), "nobody", &fault), 0);
	ck_assert_int_eq(bare.owner, 0);
	spool_close(&bare);
}
END_TEST

/* ---- the trigger ---- */

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

START_TEST(test_trigger)
{
	char bytes[100];
	int fd;

	ck_assert(!spool_kick(&spool, ID));
	fd = spool_listen(&spool, &fault);
	ck_assert_int_ge(fd, 0);
	ck_assert(!is_readable(fd));
	ck_assert(spool_kick(&spool, ID));
	ck_assert(spool_kick(&spool, ""));
	ck_assert(is_readable(fd));
	ck_assert_int_eq(read(fd, bytes, sizeof(bytes)), 2 * (ENTROPY_ID + 1));
	ck_assert_mem_eq(bytes, ID "\n----------------\n", 34);
	ck_assert(!is_readable(fd));
	close(fd);
	/* The FIFO is there, nobody reads it. */
	ck_assert(!spool_kick(&spool, ID));
	fd = spool_listen(&spool, &fault);
	ck_assert_int_ge(fd, 0);
	close(fd);
}
END_TEST

START_TEST(test_trigger_domain)
{
	char longest[SPOOL_DOMAIN_MAX + 2] = "", bytes[1000];
	int fd = spool_listen(&spool, &fault);

	memset(longest, 'a', SPOOL_DOMAIN_MAX);
	ck_assert(spool_kick_domain(&spool, "@example.org"));
	ck_assert_int_eq(read(fd, bytes, sizeof(bytes)), 14);
	ck_assert_mem_eq(bytes, "@@example.org\n", 14);
	ck_assert(spool_kick_domain(&spool, longest));
	ck_assert_int_eq(read(fd, bytes, sizeof(bytes)), SPOOL_DOMAIN_MAX + 2);
	longest[SPOOL_DOMAIN_MAX] = 'a';
	ck_assert(!spool_kick_domain(&spool, longest));
	ck_assert(!is_readable(fd));
	close(fd);
}
END_TEST

START_TEST(test_trigger_full)
{
	int fd = spool_listen(&spool, &fault), n = 0;
	int64_t begin = clock_mono_ms();

	while (n < 10000 && spool_kick(&spool, ID))
		n++;
	/* It never waits, and the relay that runs is still said to run. */
	ck_assert_int_eq(n, 10000);
	ck_assert_int_lt(clock_mono_ms() - begin, 30000);
	close(fd);
}
END_TEST

START_TEST(test_trigger_planted)
{
	static const char path[] = "spool/trigger";
	char text[100] = "";

	tempdir_write(path, "precious", 0600);
	ck_assert(!spool_kick(&spool, ID));
	ck_assert_int_eq(spool_listen(&spool, &fault), -1);
	ck_assert_str_eq(tempdir_hide(fault.text), "T/spool/trigger is not a FIFO");
	int fd = open(tempdir_path(path), O_RDONLY);

	ck_assert_int_eq(read(fd, text, sizeof(text)), 8);
	close(fd);
	unlink(tempdir_path(path));
	ck_assert_int_eq(symlink(tempdir_path("elsewhere"), tempdir_path(path)), 0);
	ck_assert(!spool_kick(&spool, ID));
	ck_assert_int_eq(spool_listen(&spool, &fault), -1);
	ck_assert_int_ne(access(tempdir_path("elsewhere"), F_OK), 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_commit, 0, 7);
	tcase_add_loop_test(tc, test_held_until, 0, 2);
	tcase_add_test(tc, test_large_envelope);
	tcase_add_test(tc, test_too_large_envelope);
	tcase_add_test(tc, test_abort);
	tcase_add_test(tc, test_no_room);
	tcase_add_test(tc, test_change);
	tcase_add_test(tc, test_scan);
	tcase_add_test(tc, test_clean);
	tcase_add_test(tc, test_id);
	tcase_add_test(tc, test_adopt);
	tcase_add_loop_test(tc, test_patch, 0, 3);
	tcase_add_test(tc, test_damaged);
	tcase_add_loop_test(tc, test_planted, 0, COUNT(plants));
	tcase_add_test(tc, test_no_descriptor);
	tcase_add_test(tc, test_two_processes);
	tcase_add_test(tc, test_race);
	tcase_add_test(tc, test_finished);
	tcase_add_test(tc, test_writable_by_others);
	tcase_add_test(tc, test_linked_box);
	tcase_add_test(tc, test_given_to_owner);
	tcase_add_loop_test(tc, test_owner_unknown_now, 0, 2);
	tcase_add_test(tc, test_bare_directory);
	tcase_add_test(tc, test_trigger);
	tcase_add_test(tc, test_trigger_domain);
	tcase_add_test(tc, test_trigger_full);
	tcase_add_test(tc, test_trigger_planted);
}

CHECK_MAIN(spool, add_tests)
