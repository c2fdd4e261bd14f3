/* SPDX-License-Identifier: ISC */
/*
 * credential - name and password for a next hop.
 */
#include "relay/credential.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/proc.h"
#include "message/address.h"
#include "net/dial.h"
#include "route/table.h"

enum { WORDS_MAX = 64 };

#define PARAMETER    "smtp_sasl_password_maps"
#define DEFAULT_PORT "25"

/* Where a value stands, and what is wanted of it. */
struct value {
	const struct credential_rules *rules;
	struct arena *arena;
	const struct table_source *source;
	const char *place; /* "FILE:LINE" */
	struct span text;
};

/* ---- values ---- */

static int from_line(const struct value *v, struct span line, struct credential *out, struct fault *f)
{
	struct span rest = line, user = span_cut(&rest, ':');

	if (user.n == 0 || user.n == line.n || line.n > CREDENTIAL_LINE_MAX || span_has_control(line))
		return fault_temp(f, 451, "4.3.5", "%s: this is no \"user:password\"", v->place);
	out->user = arena_span(v->arena, user);
	out->password = arena_span(v->arena, rest);
	return 0;
}

static int from_text(const struct value *v, struct span rest, struct credential *out, struct fault *f)
{
	return from_line(v, rest, out, f);
}

static int run(const struct value *v, const char *const *argv, struct buf *output, struct fault *f)
{
	const struct proc_command command = {
		.argv = argv,
		.env = (const char *const *)environ,
		.input = -1,
		.errors_apart = true,
		.time_limit = v->rules->time_limit,
	};
	struct fault why;
	int status;

	if (proc_run(&command, output, &status, &why) < 0)
		return fault_temp(f, 451, "4.3.5", "%s: %s: %s", v->place, argv[0], why.text);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return fault_temp(f, 451, "4.3.5", "%s: %s failed with status %d", v->place, argv[0],
				  WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}

/* Whoever may write the file says what the relay runs: that must be nobody but its own user. */
static int check_owner(const struct value *v, struct fault *f)
{
	if (v->source->kind == TABLE_FILE && v->source->map->seen.st_uid == geteuid())
		return 0;
	return fault_temp(f, 451, "4.3.5", "%s: a command may stand only in a file of the user that runs the relay",
			  v->place);
}

static int from_command(const struct value *v, struct span rest, struct credential *out, struct fault *f)
{
	const char *argv[WORDS_MAX + 1] = { NULL };
	struct buf output;
	struct span text;
	size_t n = 0;
	int rc;

	for (struct span word = span_word(&rest); word.n && n < WORDS_MAX; word = span_word(&rest))
		argv[n++] = arena_span(v->arena, word);
	if (n == 0 || span_trim(rest).n)
		return fault_temp(f, 451, "4.3.5", "%s: there is no command, or it has too many words", v->place);
	if (check_owner(v, f) < 0)
		return -1;
	buf_init(&output, PROC_OUTPUT_MAX);
	rc = run(v, argv, &output, f);
	text = buf_span(&output);
	if (rc == 0)
		rc = from_line(v, span_trim(span_cut(&text, '\n')), out, f);
	if (output.p)
		explicit_bzero(output.p, output.n);
	buf_clear(&output);
	return rc;
}

static int from_systemd(const struct value *v, struct span rest, struct credential *out, struct fault *f)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY"), *path;
	struct arena arena = { 0 };
	struct span text;
	int rc;

	if (!directory || directory[0] != '/')
		return fault_temp(f, 451, "4.3.5",
				  "%s: CREDENTIALS_DIRECTORY is not set: no systemd unit has started us", v->place);
	if (rest.n == 0 || rest.p[0] == '.' || span_find(rest, '/') < rest.n)
		return fault_temp(f, 451, "4.3.5", "%s: this is no name of a credential", v->place);
	path = arena_printf(v->arena, "%s/%.*s", directory, SPAN_ARG(rest));
	rc = disk_read_file(&arena, AT_FDCWD, path, CREDENTIAL_LINE_MAX, &text, f);
	if (rc == 0)
		rc = from_line(v, span_trim(span_cut(&text, '\n')), out, f);
	else if (f)
		f->kind = FAULT_TEMP;
	arena_wipe(&arena);
	return rc;
}

static int from_oauth(const struct value *v, struct span rest, struct credential *out, struct fault *f)
{
	struct oauth *o = arena_alloc(v->arena, sizeof(*o));

	if (oauth_read(v->arena, arena_span(v->arena, span_trim(rest)), o, f) < 0)
		return -1;
	out->user = o->user;
	out->oauth = o;
	return 0;
}

static int take_value(const struct value *v, struct credential *out, struct fault *f)
{
	static const struct {
		struct span prefix;
		int (*take)(const struct value *v, struct span rest, struct credential *out, struct fault *f);
	} forms[] = {
		{ SPAN_INIT("!"), from_command },
		{ SPAN_INIT("credential:"), from_systemd },
		{ SPAN_INIT("$CREDENTIALS_DIRECTORY/"), from_systemd },
		{ SPAN_INIT("oauth2:"), from_oauth },
		{ SPAN_INIT(""), from_text },
	};
	size_t i = 0;

	while (!span_starts(v->text, forms[i].prefix))
		i++;
	return forms[i].take(v, span_from(v->text, forms[i].prefix.n), out, f);
}

/* ---- keys ---- */

static bool find_sender(struct table *t, const struct credential_rules *rules, struct arena *a, const char *sender,
			struct table_entry *e)
{
	const struct table_search how = { .delimiters = rules->delimiters };
	struct span ignored;

	return rules->by_sender && sender && sender[0] && table_find_address(t, a, &how, span_str(sender), e, &ignored);
}

static bool find_nexthop(struct table *t, struct span nexthop, struct table_entry *e)
{
	struct dial_target to;
	struct span bare = nexthop;

	if (table_find(t, nexthop, e))
		return true;
	if (dial_parse(nexthop, DEFAULT_PORT, &to, NULL) < 0)
		return false;
	if (span_ends_nocase(nexthop, SPAN(":" DEFAULT_PORT)))
		bare.n -= sizeof(":" DEFAULT_PORT) - 1;
	return table_find(t, bare, e) || table_find(t, span_str(to.host), e);
}

/* Each file that was read, whether or not it has the key: what others may read has been read by them. */
static int check_sources(const struct table *t, struct fault *f)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].kind == TABLE_FILE && disk_check_secret(&t->v[i].map->seen, t->v[i].text, f) < 0)
			return -1;
	return 0;
}

static const struct table_source *source_of(const struct table *t, const struct table_entry *e)
{
	for (size_t i = 0; i < t->n; i++)
		if (e->file ? t->v[i].kind == TABLE_FILE && strcmp(t->v[i].text, e->file) == 0
			    : t->v[i].kind != TABLE_FILE)
			return &t->v[i];
	return NULL;
}

/* A user's own relay may not read root's passwords, and never will. */
static int tell_way(struct fault *f)
{
	size_t n = f ? strlen(f->text) : 0;

	if (f && geteuid() != 0 && span_ends_nocase(span_str(f->text), SPAN(": Permission denied")))
		snprintf(f->text + n, sizeof(f->text) - n, " (mail of other users needs smtpd --submit)");
	return -1;
}

static int search(struct table *t, const struct credential_rules *rules, struct arena *a, const char *nexthop,
		  const char *sender, struct credential *out, struct fault *f)
{
	struct value v = { .rules = rules, .arena = a };
	struct table_entry e;

	if (table_refresh(t, f) < 0)
		return tell_way(f);
	if (check_sources(t, f) < 0)
		return -1;
	if (!find_sender(t, rules, a, sender, &e) && !find_nexthop(t, span_str(nexthop), &e))
		return 0;
	if (!out)
		return 1;
	v.source = source_of(t, &e);
	v.place = e.file ? arena_printf(a, "%s:%zu", e.file, e.line) : PARAMETER;
	v.text = e.value;
	return take_value(&v, out, f) < 0 ? -1 : 1;
}

static void wipe(struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].kind == TABLE_FILE)
			arena_wipe(&t->v[i].map->arena);
	table_close(t);
}

int credential_find(const struct credential_rules *rules, struct arena *a, const char *nexthop, const char *sender,
		    struct credential *out, struct fault *f)
{
	struct table t;
	int rc;

	if (out)
		*out = (struct credential){ 0 };
	if (!rules->maps || !rules->maps[0])
		return 0;
	if (table_open(a, PARAMETER, rules->maps, 0, &t, f) < 0) {
		if (f)
			f->kind = FAULT_TEMP;
		return -1;
	}
	rc = search(&t, rules, a, nexthop, sender, out, f);
	wipe(&t);
	return rc;
}
