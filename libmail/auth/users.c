/* SPDX-License-Identifier: ISC */
/*
 * users - who has a mailbox here.
 */
#include "auth/users.h"

#include <errno.h>
#include <shadow.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/pam.h"
#include "auth/scheme.h"
#include "base/buf.h"
#include "base/clock.h"

/* Of an expanded mail_location. */
enum { LOCATION_MAX = 16384 };

void users_init(struct users *u, const char *path, const char *mail_location)
{
	*u = (struct users){ .path = path && path[0] ? path : NULL,
			     .mail_location = mail_location,
			     .uid = geteuid(),
			     .gid = getegid() };
	textmap_init(&u->file, u->path, TEXTMAP_PLAIN, USERS_FILE_MAX);
}

void users_clear(struct users *u)
{
	textmap_clear(&u->file);
}

int users_load(struct users *u, struct fault *f)
{
	int rc = u->path ? textmap_refresh(&u->file, f) : 1;

	if (rc == 0)
		return fault_temp(f, 451, "4.3.5", "users_file: %s does not exist", u->path);
	return rc < 0 ? -1 : 0;
}

/* One field behind the name, as users file and line for the fault. */
struct field {
	const struct users *users;
	size_t line;
	const char *name;
	struct span text;
};

static int bad_field(const struct field *field, const char *why, struct fault *f)
{
	return fault_temp(f, 451, "4.3.5", "%s:%zu: the %s \"%.*s\" %s", field->users->path, field->line, field->name,
			  SPAN_ARG(field->text), why);
}

/* An id as number or name; (uid_t)-1 means "unchanged" to the system and is no id. */
static int parse_uid(const struct field *field, uid_t *out, struct fault *f)
{
	struct arena a = { 0 };
	struct account found;
	uint64_t number;
	int rc;

	if (field->text.n == 0 || span_number(field->text, UINT32_MAX - 1, &number) == 0) {
		*out = field->text.n ? (uid_t)number : field->users->uid;
		return 0;
	}
	rc = account_find(&a, arena_span(&a, field->text), &found, f);
	if (rc == 1)
		*out = found.uid;
	arena_clear(&a);
	return rc == 0 ? bad_field(field, "is no user", f) : rc == 1 ? 0 : -1;
}

static int parse_gid(const struct field *field, gid_t *out, struct fault *f)
{
	struct arena a = { 0 };
	uint64_t number;
	int rc;

	if (field->text.n == 0 || span_number(field->text, UINT32_MAX - 1, &number) == 0) {
		*out = field->text.n ? (gid_t)number : field->users->gid;
		return 0;
	}
	rc = account_find_group(arena_span(&a, field->text), out, f);
	arena_clear(&a);
	return rc == 0 ? bad_field(field, "is no group", f) : rc == 1 ? 0 : -1;
}

/* The fields are separated by blanks. */
bool users_find_extra(struct span extra, const char *name, struct span *value)
{
	bool found = false;
	struct span word;

	while ((word = span_word(&extra)).n) {
		struct span rest = word;

		if (!span_is(span_cut(&rest, '='), span_str(name)))
			continue;
		*value = rest;
		found = true;
	}
	return found;
}

static int read_entry(const struct users *u, struct arena *a, const struct textmap_entry *e, struct account *out,
		      struct fault *f)
{
	struct span rest = e->value, home, mail, rule;
	struct field uid = { u, e->line, "user id", { 0 } }, gid = { u, e->line, "group id", { 0 } };

	if (span_has_control(rest))
		return fault_temp(f, 451, "4.3.5", "%s:%zu: there is a control byte", u->path, e->line);
	span_cut(&rest, ':'); /* the password */
	uid.text = span_cut(&rest, ':');
	gid.text = span_cut(&rest, ':');
	*out = (struct account){ .name = arena_span(a, e->key), .full_name = arena_span(a, span_cut(&rest, ':')) };
	home = span_cut(&rest, ':');
	out->home = arena_span(a, home);
	span_cut(&rest, ':'); /* the shell */
	if (parse_uid(&uid, &out->uid, f) < 0 || parse_gid(&gid, &out->gid, f) < 0)
		return -1;
	rule = mail = span_of(NULL, 0);
	users_find_extra(rest, "userdb_quota_rule", &rule);
	out->quota_rule = rule.n ? arena_span(a, rule) : u->quota_rule;
	out->quota_full_tempfail = u->quota_full_tempfail;
	users_find_extra(rest, "userdb_mail", &mail);
	return users_expand(a, mail.n ? arena_span(a, mail) : u->mail_location, out, &out->mail, f);
}

static int find_in_file(struct users *u, struct arena *a, struct span name, struct account *out, struct fault *f)
{
	struct textmap_entry e;

	if (!textmap_find(&u->file, name, &e))
		return 0;
	return read_entry(u, a, &e, out, f) < 0 ? -1 : 1;
}

static int find_in_system(struct users *u, struct arena *a, struct span name, struct account *out, struct fault *f)
{
	int rc = account_find(a, arena_span(a, name), out, f);

	if (rc == 1) {
		out->quota_rule = u->quota_rule;
		out->quota_full_tempfail = u->quota_full_tempfail;
	}
	if (rc == 1 && users_expand(a, u->mail_location, out, &out->mail, f) < 0)
		return -1;
	return rc;
}

static int first_in_file(struct users *u, struct arena *a, struct account *out, struct fault *f)
{
	struct textmap_walk walk = { 0 };
	struct textmap_entry e;
	int rc;

	do
		rc = textmap_next(&u->file, &walk, &e);
	while (rc < 0);
	if (rc == 1 && read_entry(u, a, &e, out, f) < 0)
		return -1;
	return rc;
}

static bool may_be_name(const struct users *u, struct span name)
{
	if (name.n > USERS_NAME_MAX || span_has_control(name) || span_find(name, '/') < name.n)
		return false;
	return u->path || (span_find(name, '@') == name.n && span_find(name, ':') == name.n);
}

/* ---- logins ---- */

/* Behind the name and its colon: what is in front of the `n`th colon is cut off. */
static struct span drop_fields(struct span rest, int n)
{
	while (n-- > 0)
		span_cut(&rest, ':');
	return rest;
}

enum { FIELDS_BEFORE_EXTRA = 6 };

static int find_login_in_file(struct users *u, struct arena *a, struct span name, struct users_login *out,
			      struct fault *f)
{
	struct textmap_entry e;
	struct span rest;

	if (!textmap_find(&u->file, name, &e))
		return 0;
	rest = e.value;
	if (span_has_control(rest))
		return fault_temp(f, 451, "4.3.5", "%s:%zu: there is a control byte", u->path, e.line);
	*out = (struct users_login){ .name = arena_span(a, e.key) };
	out->extra = span_str(arena_span(a, drop_fields(rest, FIELDS_BEFORE_EXTRA)));
	out->secret = span_str(arena_span(a, span_cut(&rest, ':')));
	return 1;
}

enum { SHADOW_ROOM = 16 << 10, DAY = 24 * 3600 };

/* shadow(5): days since 1970, -1 where nothing is set. */
static const char *find_refusal(const struct spwd *sp)
{
	int64_t today = clock_wall() / DAY;

	if (sp->sp_expire > 0 && today >= sp->sp_expire)
		return "the account has expired";
	if (sp->sp_lstchg > 0 && sp->sp_max >= 0 && sp->sp_inact >= 0 &&
	    today > (int64_t)sp->sp_lstchg + sp->sp_max + sp->sp_inact)
		return "the password has expired";
	return NULL;
}

static int find_login_in_system(struct users *u, struct arena *a, struct span name, struct users_login *out,
				struct fault *f)
{
	char *room = arena_alloc(a, SHADOW_ROOM);
	struct spwd sp, *found = NULL;
	struct account who;
	int rc = account_find(a, arena_span(a, name), &who, f);

	(void)u;
	if (rc != 1)
		return rc;
	if (pam_is_built_in()) {
		*out = (struct users_login){ .name = who.name };
		return 1;
	}
	errno = getspnam_r(who.name, &sp, room, SHADOW_ROOM, &found);
	if (errno == EACCES || errno == EPERM || errno == ERANGE)
		return fault_errno(f, "cannot read shadow(5)");
	/* An account without an entry has no password. */
	*out = (struct users_login){ .name = who.name };
	if (found && sp.sp_pwdp)
		out->secret = span_str(arena_str(a, sp.sp_pwdp));
	out->refused = found ? find_refusal(found) : NULL;
	explicit_bzero(room, SHADOW_ROOM);
	return 1;
}

/* How many of each kind there are, and the first of each. */
struct sample {
	struct arena *arena;
	size_t seen, count[SCHEME_KINDS];
	struct span first[SCHEME_KINDS];
};

static void sample_secret(struct sample *s, struct span secret)
{
	unsigned kind = scheme_kind(secret);

	if (scheme_is_locked(secret) || kind == 0)
		return;
	s->seen++;
	if (s->count[kind]++ == 0)
		s->first[kind] = span_str(arena_span(s->arena, secret));
}

static void sample_file(struct users *u, struct sample *s)
{
	struct textmap_walk walk = { 0 };
	struct textmap_entry e;
	int rc;

	for (size_t i = 0; i < USERS_SAMPLE && (rc = textmap_next(&u->file, &walk, &e)) != 0; i++)
		if (rc > 0)
			sample_secret(s, span_cut(&e.value, ':'));
}

static void sample_shadow(struct sample *s)
{
	FILE *file = fopen("/etc/shadow", "re");
	const struct spwd *sp;

	if (!file)
		return;
	for (size_t i = 0; i < USERS_SAMPLE && (sp = fgetspent(file)); i++)
		if (sp->sp_pwdp)
			sample_secret(s, span_str(sp->sp_pwdp));
	fclose(file);
}

int users_find_sample(struct users *u, struct arena *a, struct span *secret)
{
	struct sample s = { .arena = a };
	size_t best = 0;

	if (!u->path)
		sample_shadow(&s);
	else if (users_load(u, NULL) == 0)
		sample_file(u, &s);
	for (size_t i = 1; i < SCHEME_KINDS; i++)
		if (s.count[i] > s.count[best])
			best = i;
	*secret = s.first[best];
	return s.seen > 0;
}

/* ---- names ---- */

static struct span to_lower(struct arena *a, struct span s)
{
	char *p = arena_span(a, s);

	for (size_t i = 0; i < s.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] + 32);
	return span_of(p, s.n);
}

int users_find(struct users *u, struct arena *a, struct span name, struct account *out, struct fault *f)
{
	int (*find)(struct users *, struct arena *, struct span, struct account *, struct fault *) =
		u->path ? find_in_file : find_in_system;
	struct span lower;
	int rc;

	if (users_load(u, f) < 0)
		return -1;
	if (name.n == 0)
		return u->path ? first_in_file(u, a, out, f) : find_in_system(u, a, SPAN("root"), out, f);
	if (!may_be_name(u, name))
		return 0;
	rc = find(u, a, name, out, f);
	if (rc != 0)
		return rc;
	lower = to_lower(a, name);
	return span_is(lower, name) ? 0 : find(u, a, lower, out, f);
}

/* A line that is no entry has no account, and is passed over as users_find() does. */
static int next_in_file(struct users *u, struct users_walk *walk, struct arena *a, struct account *out, struct fault *f)
{
	struct textmap_entry e;
	int rc;

	do
		rc = textmap_next(&u->file, &walk->file, &e);
	while (rc < 0);
	walk->line = e.line;
	return rc > 0 && read_entry(u, a, &e, out, f) < 0 ? -1 : rc;
}

int users_next(struct users *u, struct users_walk *walk, struct arena *a, struct account *out, struct fault *f)
{
	if (u->path)
		return next_in_file(u, walk, a, out, f);
	if (walk->is_behind)
		return 0;
	walk->is_behind = true;
	return users_find(u, a, SPAN(""), out, f);
}

int users_find_login(struct users *u, struct arena *a, struct span name, struct users_login *out, struct fault *f)
{
	int (*find)(struct users *, struct arena *, struct span, struct users_login *, struct fault *) =
		u->path ? find_login_in_file : find_login_in_system;
	struct span lower;
	int rc;

	if (users_load(u, f) < 0)
		return -1;
	if (name.n == 0 || !may_be_name(u, name))
		return 0;
	rc = find(u, a, name, out, f);
	if (rc != 0)
		return rc;
	lower = to_lower(a, name);
	return span_is(lower, name) ? 0 : find(u, a, lower, out, f);
}

int users_self(struct users *u, struct arena *a, struct account *out, struct fault *f)
{
	int rc = account_find_uid(a, geteuid(), out, f);

	if (rc < 0)
		return -1;
	if (rc == 0)
		*out = (struct account){ .name = arena_printf(a, "%ju", (uintmax_t)geteuid()),
					 .uid = geteuid(),
					 .gid = getegid(),
					 .home = "/",
					 .full_name = "" };
	out->mail = "";
	out->quota_rule = u->quota_rule;
	out->quota_full_tempfail = u->quota_full_tempfail;
	users_expand(a, u->mail_location, out, &out->mail, NULL);
	return rc;
}

/* What a "%" and its letter, or a "~", stands for. */
struct name_parts {
	const struct account *who;
	struct span user, local, domain;
};

static int name_fault(const struct name_parts *n, const char *why, struct fault *f)
{
	return fault_temp(f, 451, "4.3.5", "the user name \"%s\" %s, so it has no mail_location", n->who->name, why);
}

static int check_parts(const struct name_parts *n, struct fault *f)
{
	if (span_find(n->user, '/') < n->user.n || span_has_control(n->user))
		return name_fault(n, "has a slash or a control byte in it", f);
	if (n->local.n == 0 || n->local.p[0] == '.' || (n->domain.n && n->domain.p[0] == '.'))
		return name_fault(n, "or a part of it is empty or begins with a dot", f);
	return 0;
}

static int put_home(struct buf *out, const struct name_parts *n, struct fault *f)
{
	if (n->who->home[0] != '/' || span_has_control(span_str(n->who->home)))
		return fault_temp(f, 451, "4.3.5", "mail_location needs the home directory of %s, which has none",
				  n->who->name);
	buf_put_str(out, n->who->home);
	return 0;
}

static int put_variable(struct buf *out, const char *template, char letter, const struct name_parts *n, struct fault *f)
{
	if (letter == 'h')
		return put_home(out, n, f);
	if (letter == 'u')
		buf_put_span(out, n->user);
	else if (letter == 'n')
		buf_put_span(out, n->local);
	else if (letter == 'd')
		buf_put_span(out, n->domain);
	else if (letter == '%')
		buf_put_char(out, '%');
	else
		return fault_temp(f, 451, "4.3.5", "mail_location \"%s\": there is %%u %%n %%d %%h %%%%, but no %%%c",
				  template, letter ? letter : ' ');
	return 0;
}

/* A path begins at the start, and behind the "maildir:" and the "INDEX=" of a location. */
static bool begins_path(const char *template, const char *at)
{
	return at == template || at[-1] == ':' || at[-1] == '=';
}

static int expand(struct buf *out, const char *template, const struct name_parts *n, struct fault *f)
{
	for (const char *p = template; *p; p++) {
		if (*p == '~' && begins_path(template, p) && (p[1] == '/' || p[1] == ':' || p[1] == '\0')) {
			if (put_home(out, n, f) < 0)
				return -1;
		} else if (*p == '%') {
			if (put_variable(out, template, p[1], n, f) < 0)
				return -1;
			p++;
		} else {
			buf_put_char(out, *p);
		}
	}
	return 0;
}

int users_expand(struct arena *a, const char *template, const struct account *who, const char **out, struct fault *f)
{
	struct name_parts n = { .who = who, .user = span_str(who->name) };
	size_t at = span_find_last(n.user, '@');
	struct buf b;
	int rc = -1;

	n.local = span_of(n.user.p, at);
	n.domain = span_from(n.user, at + 1);
	buf_init(&b, LOCATION_MAX);
	if (check_parts(&n, f) == 0)
		rc = expand(&b, template, &n, f);
	if (rc == 0 && b.overflow)
		rc = fault_temp(f, 451, "4.3.5", "mail_location of %s is longer than %d bytes", who->name,
				LOCATION_MAX);
	if (rc == 0 && b.n == 0)
		rc = fault_temp(f, 451, "4.3.5", "mail_location \"%s\" of %s names nothing", template, who->name);
	if (rc == 0)
		*out = arena_str(a, buf_str(&b));
	buf_clear(&b);
	return rc;
}
