/* SPDX-License-Identifier: ISC */
/*
 * sts_cache - MTA-STS policies as they are found, kept and renewed: RFC 8461 3.3, 5.1.
 *
 * A file is three lines, "fetched SECONDS", "tried SECONDS" and "id ID", an empty line, and the policy as it came;
 * without a policy "fetched" is 0. It is always replaced whole, so readers need no lock: two who fetch at once write
 * the same.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "relay/sts.h"

enum { FILE_MAX = STS_POLICY_MAX + 1024, DOMAIN_MAX = 253 - (int)sizeof("_mta-sts") };

#define DIRECTORY "mta-sts"

struct entry {
	const char *domain; /* in lower case */
	int dir;	    /* -1: nothing can be kept */
	bool exists;
	int64_t fetched, tried; /* seconds since 1970 */
	struct span id;
	struct sts_policy policy;
	bool has_policy;
};

/* ---- the file ---- */

/* Also a file's name: no slash, and no dot in front. */
static const char *name_of(struct arena *a, const char *domain)
{
	struct span s = span_str(domain);
	char *name;

	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	if (s.n == 0 || s.n > DOMAIN_MAX || s.p[0] == '.' || span_find(s, '.') == s.n)
		return NULL;
	name = arena_span(a, s);
	for (char *p = name; *p; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
		if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '-' || *p == '_' || *p == '.'))
			return NULL;
	}
	return name;
}

static int64_t take_seconds(struct span *text, struct span name)
{
	struct span line = span_cut(text, '\n');
	uint64_t seconds = 0;

	if (span_is(span_cut(&line, ' '), name))
		span_number(line, INT64_MAX, &seconds);
	return (int64_t)seconds;
}

/* A policy that is over, or from the future as a clock that was wrong has it, is none. */
static bool is_current(const struct entry *e)
{
	int64_t now = clock_wall();

	return e->fetched > 0 && e->fetched <= now && now - e->fetched < e->policy.max_age;
}

static void load(struct entry *e, struct arena *a)
{
	struct span text, line;

	if (e->dir < 0 || disk_read_file(a, e->dir, e->domain, FILE_MAX, &text, NULL) < 0)
		return;
	e->exists = true;
	e->fetched = take_seconds(&text, SPAN("fetched"));
	e->tried = take_seconds(&text, SPAN("tried"));
	line = span_cut(&text, '\n');
	if (span_is(span_cut(&line, ' '), SPAN("id")))
		e->id = line;
	span_cut(&text, '\n');
	e->has_policy = e->fetched > 0 && sts_parse(a, text, &e->policy, NULL) == 0 && is_current(e);
}

/* ---- room ---- */

static int by_age(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int64_t age_of(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? (int64_t)st.st_mtim.tv_sec : INT64_MAX;
}

static void remove_older(int dir, DIR *list, int64_t than)
{
	rewinddir(list);
	for (struct dirent *d = readdir(list); d; d = readdir(list))
		if (d->d_name[0] != '.' && age_of(dir, d->d_name) <= than)
			unlinkat(dir, d->d_name, 0);
}

/*
 * A file's time is when its policy was last fetched or tried, and one that is used is renewed at half of its life: when
 * the directory is full the oldest tenth goes. Only a domain that is new has to count.
 */
static void make_room(int dir)
{
	int64_t *ages = arena_heap((STS_DOMAINS + 1) * sizeof(*ages));
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
	size_t n = 0;

	if (list) {
		for (struct dirent *d = readdir(list); d && n <= STS_DOMAINS; d = readdir(list))
			if (d->d_name[0] != '.')
				ages[n++] = age_of(dir, d->d_name);
		if (n >= STS_DOMAINS) {
			qsort(ages, n, sizeof(*ages), by_age);
			remove_older(dir, list, ages[n / 10]);
		}
		closedir(list);
	} else if (copy >= 0) {
		close(copy);
	}
	free(ages);
}

static void save(const struct entry *e, struct span policy)
{
	struct buf text;

	if (e->dir < 0)
		return;
	if (!e->exists)
		make_room(e->dir);
	buf_init(&text, FILE_MAX);
	buf_printf(&text, "fetched %" PRId64 "\ntried %" PRId64 "\nid %.*s\n\n", e->fetched, e->tried, SPAN_ARG(e->id));
	buf_put_span(&text, policy);
	if (!text.overflow)
		disk_replace(e->dir, e->domain, buf_span(&text), 0600, NULL);
	buf_clear(&text);
}

/* ---- asking ---- */

/*
 * The id in DNS: 1; 0 when there is none, RFC 8461 3.1: records that are not ours do not count, and two
 * that are make none. -1 when it cannot be known.
 */
static int ask_id(const struct sts_rules *rules, struct arena *a, const char *domain, struct span *id, struct fault *f)
{
	struct span *records;
	size_t n, found = 0;

	if (rules->txt(rules->ctx, a, arena_printf(a, "_mta-sts.%s", domain), &records, &n, f) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (!span_starts(records[i], SPAN("v=STSv1")))
			continue;
		found++;
		*id = sts_record_id(records[i]);
	}
	return found == 1 && id->n > 0;
}

/* RFC 8461 3.3: 200, text/plain, no redirection, a certificate for that very name. */
static int take_policy(struct entry *e, struct arena *a, const struct curl_answer *answer, struct span *text,
		       struct fault *f)
{
	if (answer->status != 200)
		return fault_temp(f, 451, "4.7.5", "MTA-STS policy of %s: HTTP status %ld", e->domain, answer->status);
	if (strcmp(answer->type, "text/plain") != 0)
		return fault_temp(f, 451, "4.7.5", "MTA-STS policy of %s: it is \"%.60s\" and not text/plain",
				  e->domain, answer->type);
	*text = span_of(arena_span(a, buf_span(&answer->body)), answer->body.n);
	return sts_parse(a, *text, &e->policy, f);
}

static int fetch(const struct sts_rules *rules, struct entry *e, struct arena *a, struct span *text, struct fault *f)
{
	const struct curl_request request = {
		.url = arena_printf(a, "https://mta-sts.%s/.well-known/mta-sts.txt", e->domain),
		.time_limit = STS_SECONDS,
		.max = STS_POLICY_MAX,
		.way = rules->way,
	};
	struct curl_answer answer;
	int rc;

	if (curl_fetch(&request, &answer, f) < 0)
		return -1;
	rc = take_policy(e, a, &answer, text, f);
	curl_answer_clear(&answer);
	return rc;
}

/* The policy as it came stays in the file when a newer one could not be had. */
static struct span kept_text(const struct entry *e, struct arena *a)
{
	struct span text = { 0 };

	if (!e->has_policy || disk_read_file(a, e->dir, e->domain, FILE_MAX, &text, NULL) < 0)
		return (struct span){ 0 };
	for (int i = 0; i < 4; i++)
		span_cut(&text, '\n');
	return text;
}

static void renew(const struct sts_rules *rules, struct entry *e, struct arena *a, struct span id, struct fault *why)
{
	struct entry fresh = *e;
	struct span text;

	e->tried = fresh.tried = fresh.fetched = clock_wall();
	fresh.id = id;
	if (fetch(rules, &fresh, a, &text, why) < 0) {
		if (!e->has_policy)
			e->fetched = 0;
		save(e, kept_text(e, a));
		return;
	}
	fresh.has_policy = true;
	save(&fresh, text);
	*e = fresh;
}

/* Also when it is past half of its life: one that is always renewed in time cannot be waited out (RFC 8461 10.2). */
static bool is_old(const struct entry *e)
{
	return clock_wall() - e->fetched > e->policy.max_age / 2;
}

static void look(const struct sts_rules *rules, struct entry *e, struct arena *a, struct fault *why)
{
	struct span id = { 0 };
	int64_t now = clock_wall();

	load(e, a);
	if (ask_id(rules, a, e->domain, &id, why) <= 0)
		return;
	if (e->has_policy && span_is(e->id, id) && !is_old(e))
		return;
	if (e->tried > now || now - e->tried >= STS_PAUSE)
		renew(rules, e, a, id, why);
}

int sts_lookup(const struct sts_rules *rules, struct arena *a, const char *domain, struct sts_policy *out,
	       struct fault *why)
{
	struct fault ignored, unkept;
	struct entry e = { .domain = name_of(a, domain) };

	if (!why)
		why = &ignored;
	*why = (struct fault){ .kind = FAULT_NONE };
	*out = (struct sts_policy){ .mode = STS_NONE };
	if (!e.domain)
		return 0;
	e.dir = disk_open_private_dir(rules->spool, DIRECTORY, &unkept);
	look(rules, &e, a, why);
	if (e.dir >= 0)
		close(e.dir);
	if (!e.has_policy)
		return 0;
	/* Where there is nothing to keep it does not matter. */
	if (e.dir < 0 && why->kind == FAULT_NONE)
		*why = unkept;
	*out = e.policy;
	return 1;
}
