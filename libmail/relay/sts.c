/* SPDX-License-Identifier: ISC */
/*
 * sts - MTA-STS policies: what they say, RFC 8461 3.1, 3.2, 4.1; sts_cache.c keeps them.
 */
#include "relay/sts.h"

/* ---- the TXT record ---- */

static bool is_id(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
			return false;
	}
	return s.n > 0 && s.n <= STS_ID_MAX;
}

struct span sts_record_id(struct span record)
{
	struct span none = { 0 }, version = span_cut(&record, ';');

	if (!span_is(span_trim(version), SPAN("v=STSv1")))
		return none;
	while (record.n) {
		struct span value = span_trim(span_cut(&record, ';'));

		if (!span_starts(value, SPAN("id=")))
			continue;
		value = span_from(value, 3);
		return is_id(value) ? value : none;
	}
	return none;
}

/* ---- the policy ---- */

struct parse {
	struct sts_policy *policy;
	struct arena *arena;
	size_t line;
	bool has_version, has_mode, has_age;
	const char *wrong;
};

static void take_version(struct parse *p, struct span value)
{
	if (!p->has_version && !span_is(value, SPAN("STSv1")))
		p->wrong = "the version is not STSv1";
	p->has_version = true;
}

static void take_mode(struct parse *p, struct span value)
{
	static const char *const modes[] = {
		[STS_NONE] = "none", [STS_TESTING] = "testing", [STS_ENFORCE] = "enforce"
	};
	size_t i = 0;

	if (p->has_mode)
		return;
	while (i < sizeof(modes) / sizeof(modes[0]) && !span_is(value, span_str(modes[i])))
		i++;
	if (i == sizeof(modes) / sizeof(modes[0]))
		p->wrong = "the mode is not enforce, testing or none";
	else
		p->policy->mode = (enum sts_mode)i;
	p->has_mode = true;
}

static void take_age(struct parse *p, struct span value)
{
	uint64_t age;

	if (p->has_age)
		return;
	if (value.n == 0 || value.n > 10 || span_number(value, INT64_MAX, &age) < 0)
		p->wrong = "max_age is no number of seconds";
	else
		p->policy->max_age = age < STS_AGE_MAX ? (long)age : STS_AGE_MAX;
	p->has_age = true;
}

static bool is_label(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
		      c == '_'))
			return false;
	}
	return s.n > 0 && s.n <= 63;
}

static struct span without_dot(struct span host)
{
	if (host.n && host.p[host.n - 1] == '.')
		host.n--;
	return host;
}

/* "*." may be in front. */
static bool is_pattern(struct span s)
{
	if (span_starts(s, SPAN("*.")))
		s = span_from(s, 2);
	if (s.n == 0 || s.n > 253 || s.p[s.n - 1] == '.')
		return false;
	while (s.n)
		if (!is_label(span_cut(&s, '.')))
			return false;
	return true;
}

static void take_mx(struct parse *p, struct span value)
{
	struct sts_policy *policy = p->policy;

	value = without_dot(value);
	if (!is_pattern(value))
		p->wrong = "mx is no host name";
	else if (policy->n == STS_PATTERNS_MAX)
		p->wrong = "there are too many mx";
	else
		policy->mx[policy->n++] = value;
}

static void take_line(struct parse *p, struct span line)
{
	static const struct {
		const char *name;
		void (*take)(struct parse *p, struct span value);
	} fields[] = {
		{ "version", take_version },
		{ "mode", take_mode },
		{ "max_age", take_age },
		{ "mx", take_mx },
	};
	struct span value = line, name = span_cut(&value, ':');

	if (span_trim(line).n == 0)
		return;
	if (name.n == line.n) {
		p->wrong = "this is no \"name: value\"";
		return;
	}
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (span_is(name, span_str(fields[i].name)))
			fields[i].take(p, span_trim(value));
}

static const char *find_missing(const struct parse *p)
{
	if (!p->has_version)
		return "there is no version";
	if (!p->has_mode)
		return "there is no mode";
	if (!p->has_age)
		return "there is no max_age";
	return p->policy->n == 0 && p->policy->mode != STS_NONE ? "there is no mx" : NULL;
}

int sts_parse(struct arena *a, struct span text, struct sts_policy *out, struct fault *f)
{
	struct parse p = { .policy = out, .arena = a };

	*out = (struct sts_policy){ .mx = arena_alloc(a, STS_PATTERNS_MAX * sizeof(*out->mx)) };
	if (text.n > STS_POLICY_MAX)
		return fault_temp(f, 451, "4.7.5", "the policy is longer than %d octets", STS_POLICY_MAX);
	while (text.n && !p.wrong) {
		p.line++;
		take_line(&p, span_cut(&text, '\n'));
	}
	if (p.wrong)
		return fault_temp(f, 451, "4.7.5", "line %zu of the policy: %s", p.line, p.wrong);
	p.wrong = find_missing(&p);
	return p.wrong ? fault_temp(f, 451, "4.7.5", "the policy: %s", p.wrong) : 0;
}

bool sts_matches(const struct sts_policy *p, struct span host)
{
	host = without_dot(host);
	for (size_t i = 0; i < p->n; i++) {
		struct span pattern = p->mx[i], rest = host;

		if (span_is_nocase(host, pattern))
			return true;
		if (!span_starts(pattern, SPAN("*.")))
			continue;
		if (span_cut(&rest, '.').n > 0 && span_is_nocase(rest, span_from(pattern, 2)))
			return true;
	}
	return false;
}
