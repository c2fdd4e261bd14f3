/* SPDX-License-Identifier: ISC */
/*
 * fault - one error value.
 */
#include "base/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* What does not fit is seen to be missing. */
#define CUT "..."

__attribute__((format(printf, 5, 0))) static int fill(struct fault *f, enum fault_kind kind, int reply,
						      const char *status, const char *format, va_list args)
{
	if (!f)
		return -1;
	f->kind = kind;
	f->reply = reply;
	snprintf(f->status, sizeof(f->status), "%s", status);
	if (vsnprintf(f->text, sizeof(f->text), format, args) >= (int)sizeof(f->text))
		memcpy(f->text + sizeof(f->text) - sizeof(CUT), CUT, sizeof(CUT));
	return -1;
}

int fault_temp(struct fault *f, int reply, const char *status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill(f, FAULT_TEMP, reply, status, format, args);
	va_end(args);
	return -1;
}

int fault_perm(struct fault *f, int reply, const char *status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill(f, FAULT_PERM, reply, status, format, args);
	va_end(args);
	return -1;
}

int fault_usage(struct fault *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill(f, FAULT_USAGE, 0, "5.3.5", format, args);
	va_end(args);
	return -1;
}

int fault_bug(struct fault *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill(f, FAULT_BUG, 451, "4.3.0", format, args);
	va_end(args);
	return -1;
}

int fault_errno(struct fault *f, const char *format, ...)
{
	int error = errno;
	bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
	bool denied = error == EACCES || error == EPERM;
	va_list args;
	size_t n;

	if (!f)
		return -1;
	va_start(args, format);
	fill(f, FAULT_TEMP, full ? 452 : 451, full ? "4.3.1" : denied ? "4.3.5" : "4.3.0", format, args);
	va_end(args);
	n = strlen(f->text);
	snprintf(f->text + n, sizeof(f->text) - n, ": %s", strerror(error));
	return -1;
}

void fault_defer(struct fault *f)
{
	bool is_ours = f->kind == FAULT_USAGE || f->kind == FAULT_BUG ||
		       (f->kind == FAULT_PERM && strcmp(f->status, "5.3.5") == 0);

	if (!is_ours)
		return;
	f->kind = FAULT_TEMP;
	f->reply = 451;
	f->status[0] = '4';
}

bool fault_is_private(const struct fault *f)
{
	static const char *const statuses[] = { "4.3.0", "4.3.1", "4.3.5", "5.3.5" };

	if (f->kind == FAULT_USAGE || f->kind == FAULT_BUG)
		return true;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]) && f->kind != FAULT_NONE; i++)
		if (strcmp(f->status, statuses[i]) == 0)
			return true;
	return false;
}

void fault_hide(struct fault *f, const char *id)
{
	bool is_full = strcmp(f->status, "4.3.1") == 0;

	if (!fault_is_private(f))
		return;
	snprintf(f->text, sizeof(f->text), "%s%s%s%s%s", is_full ? "Insufficient storage" : "Local problem",
		 f->kind == FAULT_PERM ? "" : ", try again later", id ? " (" : "", id ? id : "", id ? ")" : "");
	if (f->kind == FAULT_USAGE || !f->status[0])
		f->status[0] = '4';
	if (!is_full)
		memcpy(f->status + 1, ".3.0", sizeof(".3.0"));
}

int fault_exit(const struct fault *f)
{
	static const struct {
		const char *status;
		int code;
	} codes[] = {
		{ "5.1.1", EX_NOUSER },	 { "5.1.2", EX_NOHOST },	 { "5.1.3", EX_DATAERR },
		{ "5.1.10", EX_NOHOST }, { "5.3.4", EX_DATAERR },	 { "5.3.5", EX_CONFIG },
		{ "5.6.0", EX_DATAERR }, { "5.7.1", EX_NOPERM },	 { "5.1.7", EX_DATAERR },
		{ "5.5.4", EX_DATAERR }, { FAULT_NO_INPUT, EX_NOINPUT }, { FAULT_NO_OUTPUT, EX_CANTCREAT },
	};

	switch (f->kind) {
	case FAULT_NONE:
		return EX_OK;
	case FAULT_TEMP:
		return EX_TEMPFAIL;
	case FAULT_USAGE:
		return EX_USAGE;
	case FAULT_BUG:
		return EX_SOFTWARE;
	case FAULT_PERM:
		break;
	}
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i].status, f->status) == 0)
			return codes[i].code;
	return EX_UNAVAILABLE;
}
