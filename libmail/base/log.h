/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_LOG_H
#define LIBMAIL_BASE_LOG_H

/*
 * log - what the operator reads.
 *
 * Only applets decide where it goes; the library calls log_debug() alone.
 * Every line is one line, and shows what is in it: control and invisible
 * characters, also those that a peer put into an address or a reply, are
 * written out as base/printable.h does. Before log_open() lines go to
 * standard error.
 */

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

enum log_target { LOG_TO_STDERR, LOG_TO_SYSLOG };

/* `name` must outlive the process's logging. Lines above `level` are dropped. */
void log_open(const char *name, enum log_target target, enum log_level level);

/* The socket of the system's log, "/dev/log" before this; for tests. `path` must outlive the process's logging. */
void log_use_socket(const char *path);

/*
 * Where nobody listens at that socket, lines are dropped, and it is tried again after so long: not for each line.
 */
enum { LOG_RETRY_SECONDS = 10 };

/* The process is about to close its descriptors: the connection to syslog is made anew at the next line. */
void log_forget(void);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
