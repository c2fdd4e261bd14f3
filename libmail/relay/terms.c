/* SPDX-License-Identifier: ISC */
/*
 * terms - when and how urgently a message is to be delivered.
 */
#include "relay/terms.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/config.h"
#include "base/span.h"

static int bad_time(const char *text, struct fault *f)
{
	return fault_usage(f, "--at needs a time such as +2h, 2026-11-23T08:00 or @1764000000, not \"%.60s\"", text);
}

/* "+01:00", "-0530". Seconds east of UTC. */
static int parse_zone(struct span text, int64_t *east)
{
	bool west = text.n && text.p[0] == '-';
	struct span hours = span_of(text.p + 1, 2), minutes;
	uint64_t h, m;

	if (text.n != 5 && (text.n != 6 || text.p[3] != ':'))
		return -1;
	minutes = span_of(text.p + text.n - 2, 2);
	if ((!west && text.p[0] != '+') || span_number(hours, 14, &h) < 0 || span_number(minutes, 59, &m) < 0)
		return -1;
	*east = (int64_t)(h * 3600 + m * 60) * (west ? -1 : 1);
	return 0;
}

static int read_zone(struct span zone, struct tm *tm, int64_t *when)
{
	struct tm read = *tm;
	int64_t east = 0;

	tm->tm_isdst = -1;
	if (zone.n == 0)
		*when = mktime(tm);
	else if (span_is(zone, SPAN("Z")) || parse_zone(zone, &east) == 0)
		*when = timegm(tm) - east;
	else
		return -1;
	/* The 31st of February would be one of March. */
	return read.tm_mday == tm->tm_mday && read.tm_hour == tm->tm_hour ? 0 : -1;
}

static int parse_date(const char *text, int64_t *when)
{
	static const char *const formats[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S",
					       "%Y-%m-%d %H:%M" };

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct tm tm = { 0 };
		const char *rest = strptime(text, formats[i], &tm);

		if (rest && rest[0] != ':')
			return read_zone(span_str(rest), &tm, when);
	}
	return -1;
}

static int parse_time(const char *text, int64_t now, int64_t *when, struct fault *f)
{
	uint64_t seconds;
	long after;

	if (text[0] == '+' && config_parse_time(text + 1, &after, NULL) == 0) {
		*when = now + after;
		return 0;
	}
	if (text[0] == '@' && span_number(span_str(text + 1), INT64_MAX, &seconds) == 0) {
		*when = (int64_t)seconds;
		return 0;
	}
	return text[0] != '+' && text[0] != '@' && parse_date(text, when) == 0 ? 0 : bad_time(text, f);
}

int terms_set_hold(struct envelope *e, const char *at, int64_t now, struct fault *f)
{
	int64_t when = 0;

	if (!at)
		return 0;
	if (parse_time(at, now, &when, f) < 0)
		return -1;
	if (when < now)
		return fault_usage(f, "--at: that time is over: \"%.60s\"", at);
	if (when > now + TERMS_SECONDS_MAX)
		return fault_usage(f, "--at: that is more than %d seconds from now: \"%.60s\"", TERMS_SECONDS_MAX, at);
	e->hold_until = when;
	return 0;
}

static int parse_mode(struct span mode, enum envelope_by_mode *out)
{
	if (mode.n == 0 || span_is_nocase(mode, SPAN("return")))
		*out = ENVELOPE_BY_RETURN;
	else if (span_is_nocase(mode, SPAN("notify")))
		*out = ENVELOPE_BY_NOTIFY;
	else
		return -1;
	return 0;
}

int terms_set_deadline(struct envelope *e, const char *expires, int64_t now, struct fault *f)
{
	struct span mode = span_str(expires), duration;
	char text[32] = "";
	long seconds;

	if (!expires)
		return 0;
	duration = span_cut(&mode, ',');
	memcpy(text, duration.p, duration.n < sizeof(text) ? duration.n : 0);
	if (!text[0] || config_parse_time(text, &seconds, NULL) < 0 || seconds <= 0 || seconds > TERMS_SECONDS_MAX ||
	    parse_mode(mode, &e->deliver_by.mode) < 0)
		return fault_usage(f, "--expires needs a duration such as 2h, and ,return or ,notify, not \"%.60s\"",
				   expires);
	e->deliver_by.at = (e->hold_until > now ? e->hold_until : now) + seconds;
	return 0;
}

int terms_set_priority(struct envelope *e, const char *priority, struct fault *f)
{
	bool negative;
	uint64_t n;

	if (!priority)
		return 0;
	negative = priority[0] == '-';
	if (span_number(span_str(priority + (negative || priority[0] == '+')), ENVELOPE_PRIORITY_MAX, &n) < 0)
		return fault_usage(f, "--priority needs a number from %d to %d, not \"%.60s\"", ENVELOPE_PRIORITY_MIN,
				   ENVELOPE_PRIORITY_MAX, priority);
	e->priority = negative ? -(int)n : (int)n;
	return 0;
}
