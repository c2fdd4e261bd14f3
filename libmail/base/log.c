/* SPDX-License-Identifier: ISC */
/*
 * log - what the operator reads, one safe line at a time.
 */
#include "base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/printable.h"
#include "base/utf8.h"

enum { LINE_MAX_BYTES = 2048, HEAD_MAX_BYTES = 256 };

static struct {
	const char *name;
	enum log_target target;
	enum log_level level;
	const char *path;
	int socket;
	int64_t not_before; /* monotonic ms: until then nobody is there */
} state = { "letterbox", LOG_TO_STDERR, LOG_LEVEL_WARNING, "/dev/log", -1, 0 };

void log_open(const char *name, enum log_target target, enum log_level level)
{
	state.name = name;
	state.target = target;
	state.level = level;
}

void log_use_socket(const char *path)
{
	state.path = path;
	log_forget();
}

void log_forget(void)
{
	if (state.socket >= 0)
		close(state.socket);
	state.socket = -1;
	state.not_before = 0;
}

/* "Nov 22 08:00:00", with English names whatever the locale. */
static void date_line(const time_t *now, struct tm *tm, char *out, size_t size)
{
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

	localtime_r(now, tm);
	snprintf(out, size, "%s %2d %02d:%02d:%02d", months[tm->tm_mon], tm->tm_mday, tm->tm_hour, tm->tm_min,
		 tm->tm_sec);
}

static int connect_to_log(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(state.path) >= sizeof(to.sun_path))
		return -1;
	memcpy(to.sun_path, state.path, strlen(state.path) + 1);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/*
 * As syslog(3) would, whose every line costs a socket and a failed connect(2) where nobody listens. A log that was
 * started again is found at the next line.
 */
static void send_to_log(const char *line, size_t n)
{
	for (int i = 0; i < 2; i++) {
		if (state.socket < 0)
			state.socket = connect_to_log();
		if (state.socket < 0 || send(state.socket, line, n, MSG_NOSIGNAL) == (ssize_t)n)
			break;
		close(state.socket);
		state.socket = -1;
	}
	if (state.socket < 0)
		state.not_before = clock_mono_ms() + LOG_RETRY_SECONDS * 1000;
}

/* As printable_put(), and without memory of its own: out has room for four times the input. Returns its end. */
static char *make_safe(char *out, const char *in)
{
	struct span rest = span_str(in);

	while (rest.n) {
		struct span from = rest;
		uint32_t c;
		int rc = utf8_next(&rest, &c);
		size_t n = from.n - rest.n;

		if (rc == 1 && printable_is(c)) {
			memcpy(out, from.p, n);
			out += n;
		} else if (rc == 1 && c >= 0x80) {
			out += snprintf(out, 4 * n + 1, "\\u{%" PRIx32 "}", c);
		} else {
			out += snprintf(out, 4 * n + 1, "\\%03o", (unsigned char)from.p[0]);
		}
	}
	return out;
}

/* What stands in front of a line: its end. */
static char *put_head(char *line, enum log_level level)
{
	static const int priorities[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
	static const char *const words[] = { "error: ", "warning: ", "", "debug: " };
	time_t now = time(NULL);
	char when[32];
	struct tm tm;
	int n;

	if (state.target == LOG_TO_STDERR) {
		n = snprintf(line, HEAD_MAX_BYTES, "%s: %s", state.name, words[level]);
	} else {
		date_line(&now, &tm, when, sizeof(when));
		n = snprintf(line, HEAD_MAX_BYTES, "<%d>%s %s[%ld]: %s", LOG_MAIL | priorities[level], when, state.name,
			     (long)getpid(), words[level]);
	}
	return line + (n < HEAD_MAX_BYTES ? n : HEAD_MAX_BYTES - 1);
}

/* One buffer for all steps: a server's processes are many, and each keeps what its stack has ever grown to. */
__attribute__((format(printf, 2, 0))) static void say(enum log_level level, const char *format, va_list args)
{
	static const char cut[] = " [...]";
	char raw[LINE_MAX_BYTES], line[HEAD_MAX_BYTES + 4 * LINE_MAX_BYTES], *end;
	ssize_t ignored;
	int n;

	if (state.target == LOG_TO_SYSLOG && state.socket < 0 && clock_mono_ms() < state.not_before)
		return;
	n = vsnprintf(raw, sizeof(raw), format, args);
	if (n < 0)
		snprintf(raw, sizeof(raw), "cannot format \"%s\"", format);
	if (n >= (int)sizeof(raw))
		memcpy(raw + sizeof(raw) - sizeof(cut), cut, sizeof(cut));
	end = make_safe(put_head(line, level), raw);
	if (state.target == LOG_TO_SYSLOG) {
		send_to_log(line, (size_t)(end - line));
		return;
	}
	*end++ = '\n';
	/* One write, so that lines of several processes do not mix. */
	ignored = write(STDERR_FILENO, line, (size_t)(end - line));
	(void)ignored;
}

#define SAY(of)                                                                                                        \
	do {                                                                                                           \
		va_list args;                                                                                          \
		if ((of) > state.level)                                                                                \
			return;                                                                                        \
		va_start(args, format);                                                                                \
		say(of, format, args);                                                                                 \
		va_end(args);                                                                                          \
	} while (0)

void log_error(const char *format, ...)
{
	SAY(LOG_LEVEL_ERROR);
}

void log_warning(const char *format, ...)
{
	SAY(LOG_LEVEL_WARNING);
}

void log_info(const char *format, ...)
{
	SAY(LOG_LEVEL_INFO);
}

void log_debug(const char *format, ...)
{
	SAY(LOG_LEVEL_DEBUG);
}
