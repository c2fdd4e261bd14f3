/* SPDX-License-Identifier: ISC */
/*
 * oauth - access tokens, got with a refresh token.
 */
#include "relay/oauth.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "base/json.h"
#include "base/textmap.h"

enum { NAME_OCTETS = 240, KEPT_MAX = 256 << 10, REASON_MAX = 200 };

#define DIRECTORY "oauth2"

/* ---- the file ---- */

static const struct {
	const char *name;
	size_t at;
	bool must;
} fields[] = {
	{ "user", offsetof(struct oauth, user), true },
	{ "token_endpoint", offsetof(struct oauth, token_endpoint), true },
	{ "client_id", offsetof(struct oauth, client_id), true },
	{ "client_secret", offsetof(struct oauth, client_secret), false },
	{ "refresh_token", offsetof(struct oauth, refresh_token), true },
	{ "scope", offsetof(struct oauth, scope), false },
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

static const char **field(struct oauth *o, size_t i)
{
	return (const char **)(void *)((char *)o + fields[i].at);
}

static int wrong(struct fault *f, const char *path, size_t line, const char *what)
{
	return fault_temp(f, 451, "4.3.5", "%s:%zu: %s", path, line, what);
}

static int take_line(struct oauth *o, struct arena *a, const struct textmap_entry *e, struct fault *f)
{
	struct span value = e->value;

	if (span_is(value, SPAN("=")) || span_starts(value, SPAN("= ")) || span_starts(value, SPAN("=\t")))
		value = span_trim(span_from(value, 1));
	if (value.n == 0 || span_has_control(value))
		return wrong(f, o->path, e->line, "there is no value, or a control byte in it");
	for (size_t i = 0; i < FIELDS; i++) {
		if (!span_is_nocase(e->key, span_str(fields[i].name)))
			continue;
		if (*field(o, i))
			return wrong(f, o->path, e->line, "it was said before");
		*field(o, i) = arena_span(a, value);
		return 0;
	}
	return wrong(f, o->path, e->line,
		     "the names are user, token_endpoint, client_id, client_secret, refresh_token, scope");
}

static int check(struct oauth *o, struct fault *f)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (fields[i].must && !*field(o, i))
			return fault_temp(f, 451, "4.3.5", "%s: %s is missing", o->path, fields[i].name);
	if (!span_starts(span_str(o->token_endpoint), SPAN("https://")))
		return fault_temp(f, 451, "4.3.5", "%s: token_endpoint must be an https:// address", o->path);
	return 0;
}

static int take_lines(struct oauth *o, struct arena *a, struct textmap *map, struct fault *f)
{
	struct textmap_walk walk = { 0 };
	struct textmap_entry e;
	int rc;

	while ((rc = textmap_next(map, &walk, &e)) != 0)
		if (rc < 0 ? wrong(f, o->path, e.line, "this is no \"name value\"") : take_line(o, a, &e, f))
			return -1;
	return check(o, f);
}

int oauth_read(struct arena *a, const char *path, struct oauth *out, struct fault *f)
{
	struct textmap map;
	const struct stat *st = &map.seen;
	int rc;

	*out = (struct oauth){ .path = arena_str(a, path) };
	textmap_init(&map, path, TEXTMAP_TABLE, OAUTH_FILE_MAX);
	rc = textmap_refresh(&map, f);
	if (rc == 0)
		rc = fault_temp(f, 451, "4.3.5", "there is no %s", path);
	else if (rc > 0)
		rc = disk_check_secret(st, path, f);
	if (rc == 0)
		rc = take_lines(out, a, &map, f);
	out->version = arena_printf(a, "%ju %ju %jd %jd.%09ld", (uintmax_t)st->st_dev, (uintmax_t)st->st_ino,
				    (intmax_t)st->st_size, (intmax_t)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	arena_wipe(&map.arena);
	textmap_clear(&map);
	return rc;
}

/* ---- what is kept ---- */

struct kept {
	int dir, lock;
	char name[NAME_OCTETS + sizeof(".lock")];
	struct arena arena;
	const char *access, *refresh;
	int64_t expires; /* seconds since 1970: from then on it is not used */
};

static int name_file(struct kept *k, const struct oauth *o, struct fault *f)
{
	struct buf name;

	buf_init(&name, NAME_OCTETS);
	curl_put_escaped(&name, span_str(o->path));
	if (!name.overflow)
		snprintf(k->name, sizeof(k->name), "%s", buf_str(&name));
	buf_clear(&name);
	return k->name[0] ? 0 : fault_temp(f, 451, "4.3.5", "%s: the path is too long", o->path);
}

static int open_kept(struct kept *k, const struct oauth *o, const char *spool, struct fault *f)
{
	*k = (struct kept){ .dir = -1, .lock = -1 };
	if (name_file(k, o, f) < 0)
		return -1;
	k->dir = disk_open_private_dir(spool, DIRECTORY, f);
	return k->dir < 0 ? -1 : 0;
}

static void close_kept(struct kept *k)
{
	if (k->lock >= 0)
		close(k->lock);
	if (k->dir >= 0)
		close(k->dir);
	arena_wipe(&k->arena);
}

/* Whoever refreshes is alone: with many deliveries at once there is one request. */
static int lock_kept(struct kept *k, struct fault *f)
{
	char name[sizeof(k->name) + sizeof(".lock")];

	snprintf(name, sizeof(name), "%s.lock", k->name);
	k->lock = openat(k->dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (k->lock < 0)
		return fault_errno(f, "cannot open " DIRECTORY "/%s", name);
	return disk_lock(k->lock, true, name, f) < 0 ? -1 : 0;
}

/* One that cannot be read is as none. */
static void load(struct kept *k, const struct oauth *o)
{
	struct span text, name, line;
	uint64_t when = 0;

	k->access = k->refresh = NULL;
	k->expires = 0;
	if (disk_read_file(&k->arena, k->dir, k->name, KEPT_MAX, &text, NULL) < 0)
		return;
	line = span_cut(&text, '\n');
	if (!span_is(line, span_str(o->version)))
		return;
	while (text.n) {
		line = span_cut(&text, '\n');
		name = span_cut(&line, ' ');
		if (span_is(name, SPAN("expires")) && span_number(line, INT64_MAX, &when) == 0)
			k->expires = (int64_t)when;
		else if (span_is(name, SPAN("access")))
			k->access = arena_span(&k->arena, line);
		else if (span_is(name, SPAN("refresh")))
			k->refresh = arena_span(&k->arena, line);
	}
}

static int save(const struct kept *k, const struct oauth *o, struct fault *f)
{
	struct buf text;
	int rc;

	buf_init(&text, KEPT_MAX);
	buf_printf(&text, "%s\nexpires %" PRId64 "\n", o->version, k->expires);
	if (k->access)
		buf_printf(&text, "access %s\n", k->access);
	if (k->refresh)
		buf_printf(&text, "refresh %s\n", k->refresh);
	rc = text.overflow ? fault_temp(f, 451, "4.3.0", "%s: the token is too long", o->path)
			   : disk_replace(k->dir, k->name, buf_span(&text), 0600, f);
	explicit_bzero(text.p, text.n);
	buf_clear(&text);
	return rc;
}

/* A clock that was set back must not give a token a long life. */
static bool is_good(const struct kept *k)
{
	int64_t now = clock_wall();

	return k->access && now < k->expires && k->expires <= now + OAUTH_LIFE_MAX;
}

/* ---- a new one ---- */

static void put_form(struct buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(out, "%s%s=", out->n ? "&" : "", name);
	curl_put_escaped(out, span_str(value));
}

/* Tokens are visible ASCII (RFC 6749 appendix A): nothing else gets into a line of the file, or to a server. */
static const char *take_token(struct arena *a, const struct json_member *m)
{
	struct buf text;
	const char *token = NULL;
	bool good;

	buf_init(&text, OAUTH_FILE_MAX);
	good = m->type == JSON_STRING && json_put_value(&text, m->value) == 0 && text.n > 0;
	for (size_t i = 0; good && i < text.n; i++)
		good = text.p[i] > ' ' && text.p[i] < 0x7f;
	if (good)
		token = arena_span(a, buf_span(&text));
	if (text.p)
		explicit_bzero(text.p, text.n);
	buf_clear(&text);
	return token;
}

struct granted {
	const char *access, *refresh;
	uint64_t seconds;
	char reason[REASON_MAX]; /* why it was refused */
};

static void take_reason(struct granted *g, const struct json_member *m)
{
	struct buf text;
	size_t n = strlen(g->reason);

	buf_init(&text, OAUTH_FILE_MAX);
	if (m->type == JSON_STRING && json_put_value(&text, m->value) == 0)
		snprintf(g->reason + n, sizeof(g->reason) - n, "%s%s", n ? ": " : "", buf_str(&text));
	buf_clear(&text);
	for (char *p = g->reason; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
}

/* -1: it is no JSON object. */
static int take_answer(struct arena *a, struct span body, struct granted *g)
{
	struct json_reader r;
	struct json_member m;
	int rc;

	json_read(&r, body);
	while ((rc = json_next(&r, &m)) > 0) {
		if (span_is(m.key, SPAN("access_token")))
			g->access = take_token(a, &m);
		else if (span_is(m.key, SPAN("refresh_token")))
			g->refresh = take_token(a, &m);
		else if (span_is(m.key, SPAN("expires_in"))) /* a string in some providers' answers */
			span_number(m.value, OAUTH_LIFE_MAX, &g->seconds);
		else if (span_is(m.key, SPAN("error")) || span_is(m.key, SPAN("error_description")))
			take_reason(g, &m);
	}
	return rc;
}

static int refused(const struct oauth *o, const struct curl_answer *answer, const struct granted *g, struct fault *f)
{
	const char *said = g->reason;

	/* No provider should repeat a secret; if one does it stays here. */
	if (strstr(said, o->refresh_token) || (o->client_secret && strstr(said, o->client_secret)))
		said = "(what we sent it)";
	return fault_temp(f, 454, "4.7.8", "%s: no access token from %s: status %ld%s%s", o->path, o->token_endpoint,
			  answer->status, said[0] ? ", " : "", said);
}

static int64_t use_until(uint64_t seconds)
{
	uint64_t early = seconds / 2 < OAUTH_EARLY ? seconds / 2 : OAUTH_EARLY;

	return clock_wall() + (int64_t)(seconds - early);
}

static int take_grant(struct kept *k, const struct oauth *o, const struct curl_answer *answer, struct fault *f)
{
	struct granted g = { .seconds = OAUTH_LIFE };

	if (take_answer(&k->arena, buf_span(&answer->body), &g) < 0)
		snprintf(g.reason, sizeof(g.reason), "the answer is no JSON");
	if (answer->status != 200 || !g.access || g.reason[0])
		return refused(o, answer, &g, f);
	k->access = g.access;
	if (g.refresh)
		k->refresh = g.refresh;
	k->expires = use_until(g.seconds);
	return save(k, o, f);
}

static int renew(struct kept *k, const struct oauth *o, const struct oauth_rules *rules, struct fault *f)
{
	struct curl_answer answer;
	struct buf form;
	struct curl_request request = {
		.url = o->token_endpoint,
		.type = "application/x-www-form-urlencoded",
		.time_limit = OAUTH_SECONDS,
		.max = OAUTH_FILE_MAX,
		.way = rules->way,
	};
	int rc;

	buf_init(&form, 4 * OAUTH_FILE_MAX);
	put_form(&form, "grant_type", "refresh_token");
	put_form(&form, "refresh_token", k->refresh ? k->refresh : o->refresh_token);
	put_form(&form, "client_id", o->client_id);
	put_form(&form, "client_secret", o->client_secret);
	put_form(&form, "scope", o->scope);
	request.body = buf_str(&form);
	rc = curl_fetch(&request, &answer, f);
	explicit_bzero(form.p, form.n);
	buf_clear(&form);
	if (rc < 0)
		return -1;
	rc = take_grant(k, o, &answer, f);
	curl_answer_clear(&answer);
	return rc;
}

int oauth_token(const struct oauth *o, const struct oauth_rules *rules, struct arena *a, const char **token,
		struct fault *f)
{
	struct kept k;
	int rc = open_kept(&k, o, rules->spool, f);

	if (rc == 0)
		load(&k, o);
	if (rc == 0 && !is_good(&k)) {
		rc = lock_kept(&k, f);
		/* Somebody else may have been here while we waited. */
		if (rc == 0)
			load(&k, o);
		if (rc == 0 && !is_good(&k))
			rc = renew(&k, o, rules, f);
	}
	if (rc == 0)
		*token = arena_str(a, k.access);
	close_kept(&k);
	return rc;
}

void oauth_forget(const struct oauth *o, const struct oauth_rules *rules, const char *token)
{
	struct kept k;

	if (open_kept(&k, o, rules->spool, NULL) == 0 && lock_kept(&k, NULL) == 0) {
		load(&k, o);
		if (k.access && strcmp(k.access, token) == 0) {
			k.access = NULL;
			k.expires = 0;
			save(&k, o, NULL);
		}
	}
	close_kept(&k);
}
