/* SPDX-License-Identifier: ISC */
/*
 * cmd_idle - IDLE (RFC 9051 6.3.13): what others do is told as it happens, until the client says DONE; and what is
 * watched for that, and for NOTIFY.
 */
#include "base/clock.h"
#include "imap/cmd.h"
#include "imap/lookout.h"
#include "store/stamp.h"

enum { SETTLED_MS = 50 /* the clock of files goes in ticks */ };

/* ---- what is watched ---- */

void imap_watch_box(struct imap_session *s)
{
	bool wants = s->box && (s->watches || imap_lookout_is_immediate(s));

	if (wants == s->box_watched)
		return;
	s->box_watched = wants;
	s->box_seen = wants && s->box->view.settled;
	s->settles = 0;
	/* That nothing else happened is true only as long as somebody watches. */
	s->box_changed |= s->box_arrived;
	s->box_arrived = false;
	if (wants)
		watch_add(&s->watch, IMAP_WATCH_BOX, WATCH_FOLDER, s->box->path);
	else
		watch_remove(&s->watch, IMAP_WATCH_BOX);
}

void imap_attend(struct imap_session *s)
{
	uint32_t id;

	while (watch_next(&s->watch, &id)) {
		if (id == IMAP_WATCH_BOX)
			*(watch_is_arrival(&s->watch) ? &s->box_arrived : &s->box_changed) = true;
		else
			imap_lookout_mark(s, id);
	}
	imap_lookout_attend(s);
}

/* May what has changed in the selected mailbox be told now? */
static bool may_tell(const struct imap_session *s)
{
	return s->box && s->box_watched && imap_may_interrupt(s);
}

static bool is_box_due(const struct imap_session *s)
{
	return (s->box_changed || s->box_arrived) && may_tell(s);
}

/*
 * While the times of the mailbox are too young to be trusted something in it may have escaped us, and to look at all of
 * it takes a quarter of a second for 100,000 messages. That is done when the times have settled and nobody waits; while
 * mail keeps coming it is put off, but for the first time: what was before the watch began nobody tells. What came
 * later on this machine was told, and then there is nothing to look for.
 */
static void settle_later(struct imap_session *s)
{
	if (!s->box || s->box->view.settled) {
		s->settles = 0;
		return;
	}
	s->settles_again = s->settles != 0;
	if (!s->settles)
		s->settles = clock_mono_ms() + STAMP_SETTLE_MS + SETTLED_MS;
}

static void settle_now(struct imap_session *s)
{
	bool again = s->settles_again || is_box_due(s);

	if (!s->box_seen)
		mailbox_doubt(s->box);
	else if (!is_box_due(s) && watch_sees_all(&s->watch, IMAP_WATCH_BOX))
		mailbox_settle(s->box);
	s->box_seen = true;
	s->settles = 0;
	imap_report_look(s);
	if (again)
		settle_later(s);
}

static int until_settled_ms(const struct imap_session *s)
{
	return s->settles && may_tell(s) ? clock_until_ms(s->settles) : -1;
}

/* ---- IDLE ---- */

static void on_line(struct imap_session *s, struct span line)
{
	s->watches = false;
	imap_watch_box(s);
	if (span_is_nocase(line, SPAN("DONE")))
		imap_ok(s, NULL, "Waited");
	else
		imap_bad(s, NULL, "Expected DONE");
}

void imap_cmd_idle(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	(void)p, (void)how;
	s->watches = true;
	imap_watch_box(s);
	if (s->box)
		imap_report_look(s);
	settle_later(s);
	s->idle_told = clock_mono_ms();
	s->line = on_line;
	buf_put_str(s->out, "+ Waiting\r\n");
}

/* Until the client is to hear that the connection lives; -1: it need not. */
static int until_notify_ms(const struct imap_session *s)
{
	return s->server->idle_notify ? clock_until_ms(s->idle_told + (int64_t)s->server->idle_notify * 1000) : -1;
}

/* ---- waiting ---- */

/* The earlier of two; -1 is never. */
static int sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

int imap_session_watched(struct imap_session *s, int *wait_ms)
{
	*wait_ms = -1;
	if (!s->watches && !s->lookout)
		return -1;
	*wait_ms = sooner(watch_wait_ms(&s->watch), s->watches ? until_notify_ms(s) : -1);
	*wait_ms = sooner(*wait_ms, until_settled_ms(s));
	*wait_ms = is_box_due(s) ? 0 : sooner(*wait_ms, imap_lookout_wait_ms(s));
	return watch_fd(&s->watch);
}

/* What there is to say of other mailboxes imap_session_produce() says. */
bool imap_session_look(struct imap_session *s)
{
	bool settles;

	if (s->watches && until_notify_ms(s) == 0) {
		imap_say(s, "OK Still here");
		s->idle_told = clock_mono_ms();
	}
	imap_attend(s);
	settles = until_settled_ms(s) == 0;
	if (!is_box_due(s) && !settles)
		return false;
	imap_wake(s);
	if (s->state == IMAP_CLOSED)
		return true;
	if (settles) {
		settle_now(s);
	} else {
		imap_report_look(s);
		settle_later(s);
	}
	return true;
}
