/* SPDX-License-Identifier: ISC */
/*
 * findings - what is wrong with alias files and tables, on standard error.
 */
#include "findings.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/printable.h"

/* Of one line of output, in octets; a command in it has up to 4096. */
enum { LINE_MAX_OUT = 1 << 16 };

void findings_print(void *ctx, const struct audit_finding *finding)
{
	struct buf out;

	(void)ctx;
	buf_init(&out, LINE_MAX_OUT);
	buf_put_str(&out, finding->file);
	if (finding->line)
		buf_printf(&out, ":%zu", finding->line);
	buf_put_str(&out, finding->error ? ": " : ": warning: ");
	printable_put(&out, span_str(finding->text));
	buf_put_char(&out, '\n');
	fputs(buf_str(&out), stderr);
	buf_clear(&out);
}
