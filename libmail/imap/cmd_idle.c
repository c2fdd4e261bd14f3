/* SPDX-License-Identifier: ISC */
/*
 * cmd_idle - IDLE (RFC 9051 6.3.13): what others do is told as it happens, until the client says DONE.
 */
#include "base/clock.h"
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
	s->idle_told = clock_mono_ms();
	s->line = on_line;
	buf_put_str(s->out, "+ Waiting\r\n");
}

/* Until the client is to hear that the connection lives; -1: it need not. */
static int until_notify_ms(const struct imap_session *s)
{
	return s->server->idle_notify ? clock_until_ms(s->idle_told + (int64_t)s->server->idle_notify * 1000) : -1;
}

int imap_session_watched(struct imap_session *s, int *wait_ms)
{
	int notify_ms;

	*wait_ms = -1;
	if (!s->watches)
		return -1;
	*wait_ms = watch_wait_ms(&s->watch);
	notify_ms = until_notify_ms(s);
	if (notify_ms >= 0 && (*wait_ms < 0 || notify_ms < *wait_ms))
		*wait_ms = notify_ms;
	return watch_fd(&s->watch);
}

void imap_session_look(struct imap_session *s)
{
	bool any = false;
	uint32_t id;

	if (s->watches && until_notify_ms(s) == 0) {
		imap_say(s, "OK Still here");
		s->idle_told = clock_mono_ms();
	}
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
