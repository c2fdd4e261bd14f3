/* SPDX-License-Identifier: ISC */
/*
 * lifetime - how long a message has been tried, and until when it is.
 */
#include "relay/lifetime.h"

static bool is_plausible(int64_t when, int64_t now)
{
	return when <= now && (when >= LIFETIME_PLAUSIBLE || now < LIFETIME_PLAUSIBLE);
}

int64_t lifetime_age(const struct envelope *e, int64_t now)
{
	int64_t begin = e->arrived_us / 1000000;

	if (e->hold_until > begin)
		begin = e->hold_until;
	for (const struct envelope_attempt *at = e->attempts; at && !is_plausible(begin, now); at = at->next)
		begin = at->at;
	return is_plausible(begin, now) ? now - begin : 0;
}

static long limit_of(const struct relay_rules *rules, const struct envelope *e)
{
	return e->sender[0] ? rules->queue_lifetime : rules->bounce_lifetime;
}

static int64_t pause_between(int64_t from, int64_t to, int64_t most)
{
	if (to < from)
		return 0;
	return to - from > most ? most : to - from;
}

int64_t lifetime_used(const struct relay_rules *rules, const struct envelope *e, int64_t now, bool offline)
{
	const struct envelope_attempt *at = e->attempts;
	int64_t most = limit_of(rules, e) / LIFETIME_SHARE, used = 0;

	if (most < rules->maximal_backoff)
		most = rules->maximal_backoff;
	for (; at && at->next; at = at->next)
		if (!at->next->offline)
			used += pause_between(at->at, at->next->at, most);
	return at && !offline ? used + pause_between(at->at, now, most) : used;
}

bool lifetime_is_over(const struct relay_rules *rules, const struct envelope *e, int64_t now, bool offline)
{
	long limit = limit_of(rules, e);

	return limit == 0 || lifetime_used(rules, e, now, offline) > limit;
}

int64_t lifetime_end(const struct relay_rules *rules, const struct envelope *e, int64_t now)
{
	int64_t left = limit_of(rules, e) - lifetime_used(rules, e, now, false);

	if (e->deliver_by.mode == ENVELOPE_BY_RETURN && e->deliver_by.at < now + left)
		left = e->deliver_by.at - now;
	return now + (left > 0 ? left : 0);
}

long relay_backoff(const struct relay_rules *rules, int64_t age)
{
	if (age < rules->minimal_backoff)
		return rules->minimal_backoff;
	return age > rules->maximal_backoff ? rules->maximal_backoff : (long)age;
}

int64_t lifetime_due(const struct relay_rules *rules, const struct envelope *e, int64_t now)
{
	return now + relay_backoff(rules, lifetime_age(e, now));
}

bool lifetime_is_late(const struct envelope *e, int64_t now)
{
	return e->deliver_by.mode != ENVELOPE_BY_NONE && now >= e->deliver_by.at;
}
