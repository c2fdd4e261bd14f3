/* SPDX-License-Identifier: ISC */
/*
 * log - what the operator reads, one safe line at a time.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048 };

static struct {
	const char *name;
	enum log_target target;
	enum log_level level;
} state = { "letterbox", LOG_TO_STDERR, LOG_LEVEL_WARNING };

void log_open(const char *name, enum log_target target, enum log_level level)
{
	state.name = name;
	state.target = target;
	state.level = level;
	if (target == LOG_TO_SYSLOG)
		openlog(name, LOG_PID, LOG_MAIL);
}

void log_forget(void)
{
	if (state.target == LOG_TO_SYSLOG)
		closelog();
}

/* Escape into out, which has room for four times the input. */
static size_t make_safe(char *out, const char *in)
{
	size_t n = 0;

	for (; *in; in++) {
		unsigned char c = (unsigned char)*in;

		if (c >= 0x20 && c != 0x7f)
			out[n++] = (char)c;
		else
			n += (size_t)snprintf(out + n, 5, "\\%03o", c);
	}
	out[n] = '\0';
	return n;
}

__attribute__((format(printf, 2, 0))) static void say(enum log_level level, const char *format, va_list args)
{
	static const int priorities[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
	static const char *const words[] = { "error: ", "warning: ", "", "debug: " };
	static const char cut[] = " [...]";
	char raw[LINE_MAX_BYTES], safe[4 * LINE_MAX_BYTES + 1], line[sizeof(safe) + 128];
	ssize_t ignored;
	int n;

	if (level > state.level)
		return;
	n = vsnprintf(raw, sizeof(raw), format, args);
	if (n < 0)
		snprintf(raw, sizeof(raw), "cannot format \"%s\"", format);
	if (n >= (int)sizeof(raw))
		memcpy(raw + sizeof(raw) - sizeof(cut), cut, sizeof(cut));
	make_safe(safe, raw);
	if (state.target == LOG_TO_SYSLOG) {
		syslog(priorities[level], "%s%s", words[level], safe);
		return;
	}
	n = snprintf(line, sizeof(line), "%s: %s%s\n", state.name, words[level], safe);
	if (n > (int)sizeof(line) - 1)
		n = (int)sizeof(line) - 1;
	/* One write, so that lines of several processes do not mix. */
	ignored = write(STDERR_FILENO, line, (size_t)n);
	(void)ignored;
}

#define SAY(level)                                                                                                     \
	do {                                                                                                           \
		va_list args;                                                                                          \
		va_start(args, format);                                                                                \
		say(level, format, args);                                                                              \
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
