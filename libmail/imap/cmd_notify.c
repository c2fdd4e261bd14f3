/* SPDX-License-Identifier: ISC */
/*
 * cmd_notify - NOTIFY (RFC 5465): what happens is told without being asked for.
 */
#include "imap/cmd.h"
#include "imap/lookout.h"
#include "imap/notify.h"

static void refuse_event(struct imap_session *s)
{
	struct buf code;

	buf_init(&code, 1000);
	buf_put_str(&code, "BADEVENT (");
	notify_put_events(&code);
	buf_put_char(&code, ')');
	imap_no(s, buf_str(&code), "There is no such event");
	buf_clear(&code);
}

static bool go_on(struct imap_session *s)
{
	struct fault f;
	int rc = imap_lookout_prepare(s, &f);

	if (rc > 0)
		return true;
	if (rc < 0) {
		imap_lookout_drop(s);
		imap_fail(s, NULL, &f);
	} else {
		imap_ok(s, NULL, "As you like");
	}
	imap_watch_box(s);
	return false;
}

/* RFC 5465 3.1: what has happened until now is told as if nothing were asked for. */
static void set(struct imap_session *s, struct span text)
{
	struct fault f;
	int rc;

	if (s->box)
		imap_report_look(s);
	if (s->state == IMAP_CLOSED)
		return;
	rc = imap_lookout_set(s, text, &f);
	if (rc < 0)
		imap_fail(s, NULL, &f);
	else if (rc == 0)
		imap_no(s, "NOTIFICATIONOVERFLOW", "That is more than %d mailboxes, or %d octets", LOOKOUT_PLACES_MAX,
			LOOKOUT_TEXT_MAX);
	else
		s->more = go_on;
}

void imap_cmd_notify(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct notify asked;
	struct span text;
	int rc;

	(void)how;
	if (imap_parse_sp(p) < 0)
		return;
	text = span_of(p->p, (size_t)(p->end - p->p));
	rc = notify_parse(p, &asked);
	if (rc > 0)
		refuse_event(s);
	else if (rc == 0)
		set(s, text);
}
