/* SPDX-License-Identifier: ISC */
/*
 * session - plays transcripts of a dialogue against a server.
 *
 *	session FILE.session
 *
 * A transcript has a head and dialogues:
 *
 *	# a comment
 *	+ smtpd_timeout = 2s          a parameter for letterbox.conf
 *	+user dora                    a mailbox besides those of al, bo and carla
 *	+alias staff: al, bo          a line for the alias file
 *	$ smtpd --listen 127.0.0.1:0  the server; without --listen it is started for each dialogue, as by inetd
 *	$| smtpd                      ... on two pipes
 *
 *	= what is shown here          a dialogue: a new connection; the mailboxes are empty
 *	< 220 *                       a line that must come, whole; * ? [ ] as in a shell
 *	^al Subject: x\n\ntext        a message in the mailbox of al; \n and so on as below
 *	> EHLO client                 a line to send
 *	<... 250 SIZE *               any lines, and then this one
 *	<*5 550 *                     five such lines
 *	>*5 NOOP                      five times the line
 *	>| no line end, \r \n \0 \x80 \\, and %{abc*1000} for a thousand times abc
 *	! close                       we close; "! half": our direction only; "! end": the server must have closed
 *	~10ms                         from here on, byte by byte with pauses
 *	@al 1                         al has one message, and in the newest ...
 *	@al Subject: *                ... there is such a line
 *	@queue 0                      as many messages in the queue; "@queue rcpt *": a line in the newest
 *	@log *reject: RCPT*           the server has logged such a line in this dialogue
 *	~pipelined                    may also be sent in one piece, see below
 *
 * All dialogues are played twice: line by line, and byte by byte. Those marked "~pipelined" also with
 * everything up to the next "!" or "@" in one piece before any reply is read.
 *
 * B is the build directory, with the applets in $B/bin. $T in the head stands for
 * the temporary directory, which is removed. Exit status 1 if something did not happen, and then the line is named.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/disk.h"
#include "net/dial.h"
#include "support/escapes.h"

enum {
	LINES = 10000,
	WAIT_MS = 20000, /* for anything that should happen */
	MUCH = 256 << 20,
	DRIBBLE_MAX = 64 << 10, /* octets; what is longer is sent in pieces of an odd size and not byte by byte */
	DRIBBLE_PIECE = 977,
	ARGS = 64,
};

enum mode { WHOLE, DRIBBLED, PIPELINED, MODES };

static const char *const mode_names[] = { "line by line", "byte by byte", "pipelined" };
static const char *const mailboxes[] = { "al", "bo", "carla" };

static struct {
	const char *file;
	struct arena arena;
	struct line {
		int number;
		const char *text;
	} lines[LINES];
	size_t n;
	size_t head; /* lines before the first dialogue */

	enum mode mode;
	bool pipelined; /* this dialogue, now */
	long pause_ms;
	const struct line *at;

	const char *directory; /* $T */
	const char *command;
	bool on_pipes;
	pid_t server;
	struct dial_target where;
	off_t log_from;

	int in, out;
	bool at_end;
	struct buf got, wait_to_send;
	size_t got_from;
	long put; /* messages by "^" */
} t;

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: %s: ", t.file, t.at ? t.at->number : 0, mode_names[t.mode]);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* ---- the text of a line ---- */

/* Behind "> " or "< "; "*5 x" sets *times. */
static const char *operand(const char *p, long *times)
{
	char *end;

	*times = 1;
	if (*p == '*') {
		*times = strtol(p + 1, &end, 10);
		p = end;
	}
	return *p == ' ' ? p + 1 : p;
}

static const char *with_directory(const char *text)
{
	struct buf out;
	const char *p, *result;

	buf_init(&out, MUCH);
	while ((p = strstr(text, "$T"))) {
		buf_put(&out, text, (size_t)(p - text));
		buf_put_str(&out, t.directory);
		text = p + 2;
	}
	buf_put_str(&out, text);
	result = arena_str(&t.arena, buf_str(&out));
	buf_clear(&out);
	return result;
}

/* ---- files ---- */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *path_of(const char *name)
{
	return arena_printf(&t.arena, "%s/%s", t.directory, name);
}

static void append(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void append(const char *name, const char *format, ...)
{
	FILE *f = fopen(path_of(name), "a");
	va_list args;

	if (!f)
		fail("%s: %s", name, strerror(errno));
	va_start(args, format);
	vfprintf(f, format, args);
	va_end(args);
	fclose(f);
}

static void add_user(const char *name)
{
	mkdir(path_of("home"), 0755);
	mkdir(path_of(arena_printf(&t.arena, "home/%s", name)), 0755);
	append("users", "%s:{PLAIN}secret::::%s/home/%s::\n", name, t.directory, name);
}

static void read_head(void)
{
	const struct passwd *me = getpwuid(geteuid());

	if (me)
		append("letterbox.conf", "mail_owner = %s\n", me->pw_name);
	append("letterbox.conf",
	       "myhostname = test.example\nmydomain = example\nmydestination = test.example localhost\n"
	       "myorigin = test.example\nusers_file = %s/users\nmail_location = maildir:%s/home/%%n/Maildir\n"
	       "queue_directory = %s/spool\nalias_maps = %s/aliases\n",
	       t.directory, t.directory, t.directory, t.directory);
	append("aliases", "%s", "");
	for (size_t i = 0; i < sizeof(mailboxes) / sizeof(mailboxes[0]); i++)
		add_user(mailboxes[i]);
	for (size_t i = 0; i < t.head; i++) {
		const char *text = (t.at = &t.lines[i])->text;

		if (strncmp(text, "+user ", 6) == 0)
			add_user(text + 6);
		else if (strncmp(text, "+alias ", 7) == 0)
			append("aliases", "%s\n", with_directory(text + 7));
		else if (strncmp(text, "+ ", 2) == 0)
			append("letterbox.conf", "%s\n", with_directory(text + 2));
		else if (strncmp(text, "$ ", 2) == 0)
			t.command = with_directory(text + 2);
		else if (strncmp(text, "$| ", 3) == 0)
			t.command = with_directory(text + 3), t.on_pipes = true;
		else
			fail("what is \"%s\" before the first \"=\"?", text);
	}
	if (!t.command)
		fail("there is no command ($)");
}

/* ---- the server ---- */

static void run_command(int in, int out)
{
	char *text = arena_str(&t.arena, t.command), *save = NULL, *argv[ARGS + 1];
	const char *build = getenv("B");
	int n = 0, log = open(path_of("log"), O_WRONLY | O_CREAT | O_APPEND, 0644);

	for (char *word = strtok_r(text, " ", &save); word && n < ARGS; word = strtok_r(NULL, " ", &save))
		argv[n++] = word;
	argv[n] = NULL;
	dup2(in, 0);
	dup2(out, 1);
	dup2(log, 2);
	for (int fd = 3; fd < 100; fd++)
		close(fd);
	setenv("LETTERBOX_CONF", path_of("letterbox.conf"), 1);
	unsetenv("LETTERBOX_SPOOL");
	execv(arena_printf(&t.arena, "%s/bin/%s", build ? build : "build", argv[0]), argv);
	perror(argv[0]);
	_exit(127);
}

static bool listens(void)
{
	return strstr(t.command, "--listen") != NULL;
}

/* "listening on X" */
static void read_where(int fd)
{
	static const char start[] = "listening on ";
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char text[1000];
	size_t n = 0;
	struct fault f;

	while (n < sizeof(text) - 1 && poll(&p, 1, WAIT_MS) == 1) {
		ssize_t got = read(fd, text + n, sizeof(text) - 1 - n);

		if (got <= 0)
			fail("the server has not started");
		n += (size_t)got;
		text[n] = '\0';
		if (strchr(text, '\n'))
			break;
	}
	if (n == 0 || strncmp(text, start, strlen(start)) != 0 ||
	    dial_parse(span_of(text + strlen(start), strcspn(text + strlen(start), "\n")), "", &t.where, &f) < 0)
		fail("the server has not said where it listens");
}

static void show_log(void)
{
	struct arena a = { 0 };
	struct span log;

	if (t.directory && disk_read_file(&a, AT_FDCWD, path_of("log"), MUCH, &log, NULL) == 0)
		fprintf(stderr, "the server's log:\n%.*s", SPAN_ARG(span_from(log, log.n > 4000 ? log.n - 4000 : 0)));
	arena_clear(&a);
}

static void start_server(void)
{
	int fds[2];

	if (!listens())
		return;
	if (pipe(fds) < 0 || (t.server = fork()) < 0)
		fail("cannot start: %s", strerror(errno));
	if (t.server == 0)
		run_command(open("/dev/null", O_RDONLY), fds[1]);
	close(fds[1]);
	read_where(fds[0]);
	close(fds[0]);
}

static void stop_server(void)
{
	int status;

	if (t.server <= 0)
		return;
	if (listens())
		kill(t.server, SIGTERM);
	if (waitpid(t.server, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail("the server ended with status %#x", (unsigned)status);
	t.server = 0;
}

static void connect_pipes(void)
{
	int to[2], from[2];

	if (pipe(to) < 0 || pipe(from) < 0 || (t.server = fork()) < 0)
		fail("cannot start: %s", strerror(errno));
	if (t.server == 0)
		run_command(to[0], from[1]);
	close(to[0]);
	close(from[1]);
	t.in = from[0];
	t.out = to[1];
}

static void connect_inetd(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || (t.server = fork()) < 0)
		fail("cannot start: %s", strerror(errno));
	if (t.server == 0)
		run_command(pair[1], pair[1]);
	close(pair[1]);
	t.in = t.out = pair[0];
}

static void open_connection(void)
{
	char address[DIAL_ADDRESS_MAX];
	struct fault f;

	if (t.on_pipes)
		connect_pipes();
	else if (!listens())
		connect_inetd();
	else if ((t.in = t.out = dial_connect(&t.where, 10, address, &f)) < 0)
		fail("%s", f.text);
	fcntl(t.out, F_SETFL, O_NONBLOCK);
	t.at_end = false;
	buf_reset(&t.got);
	t.got_from = 0;
}

static void close_connection(void)
{
	if (t.out >= 0 && t.out != t.in)
		close(t.out);
	if (t.in >= 0)
		close(t.in);
	t.in = t.out = -1;
	if (!listens())
		stop_server();
}

/* ---- bytes ---- */

/* Wait until something comes (it is taken) or may be sent. false: nothing in time. */
static bool wait_for(short events, int ms)
{
	struct pollfd p[2] = { { .fd = t.at_end ? -1 : t.in, .events = POLLIN },
			       { .fd = events ? t.out : -1, .events = events } };
	char bytes[4096];
	ssize_t n;

	if (poll(p, 2, ms) <= 0)
		return false;
	if (p[0].revents) {
		n = read(t.in, bytes, sizeof(bytes));
		if (n > 0)
			buf_put(&t.got, bytes, (size_t)n);
		else if (n == 0 || errno != EAGAIN)
			t.at_end = true;
	}
	return true;
}

/* A server may close while we still send: false. Whether it may is what the next expectation says. */
static bool send_piece(struct span s)
{
	while (s.n && t.out >= 0) {
		ssize_t n = write(t.out, s.p, s.n);

		if (n > 0)
			s = span_from(s, (size_t)n);
		else if (errno != EAGAIN)
			return false;
		else if (!wait_for(POLLOUT, WAIT_MS))
			fail("the server reads no more");
	}
	return true;
}

static void send_bytes(struct span s)
{
	size_t piece = s.n;

	if (t.mode == DRIBBLED || t.pause_ms)
		piece = s.n > DRIBBLE_MAX && !t.pause_ms ? DRIBBLE_PIECE : 1;
	while (s.n) {
		size_t n = s.n < piece ? s.n : piece;

		if (!send_piece(span_of(s.p, n)))
			return;
		s = span_from(s, n);
		if (t.pause_ms)
			usleep((useconds_t)t.pause_ms * 1000);
	}
}

static void flush_pipeline(void)
{
	send_piece(buf_span(&t.wait_to_send));
	buf_reset(&t.wait_to_send);
}

/* The next line that the server has sent, NULL at the end; never half a line, never one without CR LF. */
static const char *next_line(void)
{
	int64_t deadline = clock_mono_ms() + WAIT_MS;
	struct span rest;
	size_t n;

	while (rest = span_from(buf_span(&t.got), t.got_from), n = span_find(rest, '\n'), n == rest.n && !t.at_end)
		if (!wait_for(0, clock_until_ms(deadline)))
			fail("nothing has come for %d s, but \"%.*s\"", WAIT_MS / 1000, SPAN_ARG(rest));
	if (n == rest.n && n > 0)
		fail("half a line at the end: \"%.*s\"", SPAN_ARG(rest));
	if (n == rest.n)
		return NULL;
	if (n == 0 || rest.p[n - 1] != '\r')
		fail("a line without CR: \"%.*s\"", (int)n, rest.p);
	t.got_from += n + 1;
	return arena_span(&t.arena, span_of(rest.p, n - 1));
}

/* ---- one line of the transcript ---- */

static void do_send(const char *text, bool raw)
{
	struct buf one;
	long times;

	buf_init(&one, MUCH);
	text = operand(text, &times);
	while (times-- > 0) {
		if (escapes_put(&one, text) < 0)
			fail("what is meant by \"%s\"?", text);
		if (!raw)
			buf_put_str(&one, "\r\n");
	}
	if (t.pipelined)
		buf_put_span(&t.wait_to_send, buf_span(&one));
	else
		send_bytes(buf_span(&one));
	buf_clear(&one);
}

static void do_expect(const char *text)
{
	bool skip = strncmp(text, "...", 3) == 0;
	const char *pattern, *line;
	long times;

	pattern = operand(skip ? text + 3 : text, &times);
	for (long i = 0; i < times; i++) {
		do
			line = next_line();
		while (skip && line && fnmatch(pattern, line, 0) != 0);
		if (!line)
			fail("wanted \"%s\", but the server has closed the connection", pattern);
		if (fnmatch(pattern, line, 0) != 0)
			fail("wanted \"%s\", got  \"%s\"", pattern, line);
	}
}

static void do_close(const char *how)
{
	const char *line;

	if (strcmp(how, "close") == 0) {
		close_connection();
	} else if (strcmp(how, "half") == 0) {
		if (t.on_pipes)
			close(t.out), t.out = -1;
		else
			shutdown(t.out, SHUT_WR);
	} else if (strcmp(how, "end") == 0) {
		line = next_line();
		if (line)
			fail("wanted the end, got \"%s\"", line);
	} else {
		fail("! close, ! half or ! end");
	}
}

static bool is_message(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* How many files there are, and the newest. */
static int list(const char *directory, const char **newest)
{
	struct timespec latest = { 0 };
	struct dirent *e;
	DIR *d = opendir(directory);
	int n = 0;

	while (d && (e = readdir(d)))
		if (is_message(e)) {
			const char *path = arena_printf(&t.arena, "%s/%s", directory, e->d_name);
			struct stat st;

			n++;
			if (stat(path, &st) == 0 &&
			    (st.st_mtim.tv_sec > latest.tv_sec ||
			     (st.st_mtim.tv_sec == latest.tv_sec && st.st_mtim.tv_nsec >= latest.tv_nsec))) {
				latest = st.st_mtim;
				*newest = path;
			}
		}
	if (d)
		closedir(d);
	return n;
}

static bool has_line(const char *path, off_t from, const char *pattern)
{
	struct arena a = { 0 };
	struct span rest, line;
	bool found = false;

	if (!path || disk_read_file(&a, AT_FDCWD, path, MUCH, &rest, NULL) < 0)
		return false;
	rest = span_from(rest, (size_t)from);
	while (!found && rest.n) {
		line = span_cut(&rest, '\n');
		found = fnmatch(pattern, arena_span(&a, line), 0) == 0;
	}
	arena_clear(&a);
	return found;
}

static bool look(const char *where, const char *want)
{
	const char *newest = NULL, *read = NULL;
	char *end;
	long n;
	int found;

	if (strcmp(where, "log") == 0)
		return has_line(path_of("log"), t.log_from, want);
	if (strcmp(where, "queue") == 0)
		found = list(path_of("spool/new"), &newest) + list(path_of("spool/deferred"), &newest);
	else
		found = list(path_of(arena_printf(&t.arena, "home/%s/Maildir/new", where)), &newest) +
			list(path_of(arena_printf(&t.arena, "home/%s/Maildir/cur", where)), &read);
	newest = newest ? newest : read;
	n = strtol(want, &end, 10);
	if (*end == '\0')
		return found == n;
	return has_line(newest, 0, want);
}

/* It may take a moment. */
static void do_look(const char *text)
{
	int64_t deadline = clock_mono_ms() + WAIT_MS;
	const char *blank = strchr(text, ' '), *where;

	if (!blank)
		fail("@where what");
	where = arena_span(&t.arena, span_of(text, (size_t)(blank - text)));
	while (!look(where, blank + 1)) {
		if (clock_mono_ms() > deadline)
			fail("in %s there is no \"%s\"", where, blank + 1);
		usleep(20000);
	}
}

/* "al TEXT" */
static void do_put(const char *text)
{
	struct span rest = span_str(text);
	const char *maildir = arena_printf(&t.arena, "home/%s/Maildir", arena_span(&t.arena, span_cut(&rest, ' ')));
	static const char *const parts[] = { "", "/tmp", "/new", "/cur" };
	struct buf one;
	FILE *f;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		mkdir(path_of(arena_printf(&t.arena, "%s%s", maildir, parts[i])), 0700);
	buf_init(&one, MUCH);
	if (escapes_put(&one, rest.p) < 0)
		fail("what is meant by \"%s\"?", text);
	f = fopen(path_of(arena_printf(&t.arena, "%s/new/%ld.put.test", maildir, ++t.put)), "w");
	if (!f || fwrite(one.p, 1, one.n, f) != one.n || fclose(f) != 0)
		fail("cannot put a message into %s", maildir);
	buf_clear(&one);
}

static void do_option(const char *text)
{
	if (strcmp(text, "pipelined") == 0)
		t.pipelined = t.mode == PIPELINED;
	else
		t.pause_ms = strtol(text, NULL, 10);
}

static void do_line(const char *text)
{
	switch (text[0]) {
	case '>':
		do_send(text + (text[1] == '|' ? 2 : 1), text[1] == '|');
		return;
	case '<':
		if (!t.pipelined)
			do_expect(text + 1);
		return;
	case '!':
		do_close(operand(text + 1, &(long){ 0 }));
		return;
	case '@':
		do_look(text + 1);
		return;
	case '^':
		do_put(text + 1);
		return;
	case '~':
		do_option(text + 1);
		return;
	default:
		fail("what is \"%s\"?", text);
	}
}

static bool is_dialogue(const struct line *l)
{
	return l->text[0] == '>' || l->text[0] == '<' || l->text[0] == '~';
}

/* Everything up to a line that is neither sent nor expected, at once; then the replies. */
static size_t do_pipeline(size_t i)
{
	size_t first = i;

	for (; i < t.n && is_dialogue(&t.lines[i]); i++)
		do_line((t.at = &t.lines[i])->text);
	flush_pipeline();
	for (size_t j = first; j < i; j++)
		if (t.lines[j].text[0] == '<')
			do_expect((t.at = &t.lines[j])->text + 1);
	return i;
}

static void empty_directory(const char *directory)
{
	struct dirent *e;
	DIR *d = opendir(directory);

	while (d && (e = readdir(d)))
		if (is_message(e))
			unlink(arena_printf(&t.arena, "%s/%s", directory, e->d_name));
	if (d)
		closedir(d);
}

static void remove_folders(const char *maildir)
{
	struct dirent *e;
	DIR *d = opendir(maildir);

	while (d && (e = readdir(d)))
		if (e->d_name[0] == '.' && strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			remove_tree(arena_printf(&t.arena, "%s/%s", maildir, e->d_name));
	if (d)
		closedir(d);
}

static void empty_mailboxes(void)
{
	static const char *const parts[] = { "", "/new", "/cur" };
	struct dirent *e;
	DIR *d = opendir(path_of("home"));

	/* With what servers keep beside the messages, and the folders. */
	while (d && (e = readdir(d))) {
		for (size_t i = 0; is_message(e) && i < sizeof(parts) / sizeof(parts[0]); i++)
			empty_directory(path_of(arena_printf(&t.arena, "home/%s/Maildir%s", e->d_name, parts[i])));
		if (is_message(e))
			remove_folders(path_of(arena_printf(&t.arena, "home/%s/Maildir", e->d_name)));
	}
	if (d)
		closedir(d);
	empty_directory(path_of("spool/new"));
	empty_directory(path_of("spool/deferred"));
}

static bool may_pipeline(size_t i)
{
	for (; i < t.n && t.lines[i].text[0] != '='; i++)
		if (strcmp(t.lines[i].text, "~pipelined") == 0)
			return true;
	return false;
}

/* From behind its "=" to the next one; where that is. */
static size_t play_dialogue(size_t i)
{
	struct stat st;
	bool play = t.mode != PIPELINED || may_pipeline(i);

	t.pipelined = false;
	t.pause_ms = 0;
	if (play) {
		empty_mailboxes();
		t.log_from = stat(path_of("log"), &st) == 0 ? st.st_size : 0;
		open_connection();
	}
	while (i < t.n && t.lines[i].text[0] != '=') {
		if (play && t.pipelined && is_dialogue(&t.lines[i])) {
			i = do_pipeline(i);
			continue;
		}
		if (play)
			do_line((t.at = &t.lines[i])->text);
		i++;
	}
	if (play)
		close_connection();
	return i;
}

/* ---- the whole ---- */

static void clean_up(void)
{
	if (t.server > 0)
		kill(t.server, SIGKILL);
	show_log();
	if (t.directory)
		remove_tree(t.directory);
}

static void play(enum mode mode)
{
	const char *tmp = getenv("TMPDIR");
	char *directory = arena_printf(&t.arena, "%s/s.XXXXXX", tmp ? tmp : "/tmp");

	t.mode = mode;
	t.server = 0;
	if (!mkdtemp(directory))
		fail("%s: %s", directory, strerror(errno));
	t.directory = directory;
	read_head();
	start_server();
	for (size_t i = t.head; i < t.n;)
		i = play_dialogue(i + 1);
	stop_server();
	remove_tree(directory);
	t.directory = NULL;
}

static void read_script(const char *path)
{
	struct span rest;
	struct fault f;
	int number = 0;

	t.file = path;
	if (disk_read_file(&t.arena, AT_FDCWD, path, MUCH, &rest, &f) < 0)
		fail("%s", f.text);
	while (rest.n) {
		struct span line = span_cut(&rest, '\n');

		number++;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (t.n == LINES)
			fail("more than %d lines", LINES);
		t.lines[t.n++] = (struct line){ number, arena_span(&t.arena, line) };
	}
	while (t.head < t.n && t.lines[t.head].text[0] != '=')
		t.head++;
	if (t.head == t.n)
		fail("there is no dialogue (=)");
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: session FILE.session\n");
		return 2;
	}
	sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	buf_init(&t.got, MUCH);
	buf_init(&t.wait_to_send, MUCH);
	t.in = t.out = -1;
	read_script(argv[1]);
	atexit(clean_up);
	for (enum mode mode = WHOLE; mode < MODES; mode++)
		play(mode);
	printf("%s: as written\n", argv[1]);
	return 0;
}
