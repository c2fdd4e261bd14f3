/* SPDX-License-Identifier: ISC */
/*
 * cmd_idle - IDLE (RFC 9051 6.3.13): what others do is told as it happens, until the client says DONE.
 */
#include "imap/cmd.h"

static void on_line(struct imap_session *s, struct span line)
{
	s->watches = false;
	watch_remove(&s->watch, IMAP_WATCH_BOX);
	if (span_is_nocase(line, SPAN("DONE")))
		imap_ok(s, NULL, "Waited");
	else
		imap_bad(s, NULL, "Expected DONE");
}

void imap_cmd_idle(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	(void)p, (void)how;
	if (s->box) {
		watch_add(&s->watch, IMAP_WATCH_BOX, WATCH_FOLDER, s->box->path);
		imap_report_look(s);
	}
	s->watches = true;
	s->line = on_line;
	buf_put_str(s->out, "+ Waiting\r\n");
}

int imap_session_watched(struct imap_session *s, int *wait_ms)
{
	*wait_ms = s->watches ? watch_wait_ms(&s->watch) : -1;
	return s->watches ? watch_fd(&s->watch) : -1;
}

void imap_session_look(struct imap_session *s)
{
	bool any = false;
	uint32_t id;

	while (watch_next(&s->watch, &id))
		any = true;
	if (!any || !s->box || s->state == IMAP_CLOSED)
		return;
	imap_wake(s);
	if (s->state == IMAP_CLOSED)
		return;
	mailbox_doubt(s->box);
	imap_report_look(s);
}
