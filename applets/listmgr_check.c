/* SPDX-License-Identifier: ISC */
/*
 * listmgr_check - is everything about the lists as it should be: every line of every file, rights, the way to them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/map.h"
#include "findings.h"
#include "list/audience.h"
#include "list/members.h"
#include "list/place.h"
#include "list/token.h"
#include "listmgr.h"

/* A name of at most so many octets leaves room for all of a signed address but who it is about. */
enum {
	NAME_WANTED = 22,
	POSTERS_MAX = 4 << 20,
	SIZE_WANTED = 50000, /* members from which on the size of an envelope is looked at */
};

struct options {
	struct settings_options from;
};

struct job {
	struct listmgr *m;
	size_t lists, members, errors, warnings;
};

static void report(struct job *j, bool error, const char *file, size_t line, const char *text)
{
	findings_print(NULL, &(struct audit_finding){ .error = error, .file = file, .line = line, .text = text });
	++*(error ? &j->errors : &j->warnings);
}

static const char *path_of(struct job *j, const char *name)
{
	return arena_printf(&j->m->arena, "%s/%s", j->m->list.path, name);
}

/* The text of a fault that begins with its file and line already. */
static void report_fault(struct job *j, const struct fault *f)
{
	fprintf(stderr, "%s\n", f->text);
	j->errors++;
}

/* ---- members, moderators, owners ---- */

static void check_twice(struct job *j, struct map *seen, const char *file, size_t line, const struct member *one)
{
	const char *identity = member_identity(&j->m->arena, one->address);
	size_t *first = identity ? map_find(seen, span_str(identity)) : NULL;

	if (first) {
		report(j, false, file, line,
		       arena_printf(&j->m->arena, "%s is in line %zu already, which counts", identity, *first));
	} else if (identity) {
		first = arena_alloc(&j->m->arena, sizeof(*first));
		*first = line;
		map_set(seen, span_str(identity), first);
	}
}

static size_t check_people(struct job *j, const char *name)
{
	const char *file = path_of(j, name);
	struct members_walk w = { 0 };
	struct members people;
	struct member one;
	struct map seen;
	struct fault f;
	size_t n = 0;
	int rc;

	if (members_open(&people, &j->m->list, name, &f) < 0) {
		report_fault(j, &f);
		return 0;
	}
	map_init(&seen, &j->m->arena);
	while ((rc = members_next(&people, &w, &one, &f)) != 0) {
		if (rc < 0) {
			report_fault(j, &f);
			continue;
		}
		n++;
		check_twice(j, &seen, file, w.line, &one);
	}
	members_close(&people);
	return n;
}

/* ---- the other files ---- */

static bool is_poster(struct job *j, struct span line, const char **why)
{
	struct span address = span_word(&line), what = span_trim(line);
	struct span mailbox = address;

	if (address.p[0] == '@')
		mailbox = span_str(arena_printf(&j->m->arena, "x%.*s", SPAN_ARG(address)));
	*why = member_identity(&j->m->arena, mailbox) ? "neither allow, deny nor moderate"
						      : "no address, and no domain";
	return member_identity(&j->m->arena, mailbox) &&
	       (what.n == 0 || span_is_nocase(what, SPAN("allow")) || span_is_nocase(what, SPAN("deny")) ||
		span_is_nocase(what, SPAN("moderate")));
}

static void check_posters(struct job *j)
{
	const char *file = path_of(j, "posters"), *why;
	struct span text;
	struct fault f;
	size_t line = 0;

	if (disk_read_file(&j->m->arena, j->m->list.dir, "posters", POSTERS_MAX, &text, &f) < 0) {
		if (errno != ENOENT)
			report(j, true, file, 0, f.text);
		return;
	}
	while (text.n) {
		struct span one = span_trim(span_cut(&text, '\n'));

		line++;
		if (one.n && one.p[0] != '#' && !is_poster(j, one, &why))
			report(j, true, file, line, arena_printf(&j->m->arena, "\"%.*s\" is %s", SPAN_ARG(one), why));
	}
}

/* Each name in a directory of the list; none if it is not there. */
static void each_name(struct job *j, const char *dir, void (*look)(struct job *j, const char *dir, const char *name))
{
	DIR *d = opendir(path_of(j, dir));
	const struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			look(j, dir, e->d_name);
	if (d)
		closedir(d);
}

static void check_left(struct job *j, const char *dir, const char *name)
{
	report(j, false, path_of(j, arena_printf(&j->m->arena, "%s/%s", dir, name)), 0,
	       "a post that is accepted is not in the queue yet: the next one, or listmgr post, takes it along");
}

/* A word of the list's own comes first: such a topic is asked for by the subject alone. */
static void check_topics(struct job *j)
{
	struct span rest = span_str(j->m->list.settings.topics), topic;

	while ((topic = span_list_word(&rest)).n)
		if (place_is_word(span_of(topic.p, span_find(topic, '-'))))
			report(j, false, path_of(j, "config"), 0,
			       arena_printf(&j->m->arena,
					    "the topic \"%.*s\" has no address, as it begins with a word that the list "
					    "answers",
					    SPAN_ARG(topic)));
}

/* Posts are renamed from here into the queue. */
static void check_file_system(struct job *j)
{
	struct stat mine, queue;

	if (fstat(j->m->list.dir, &mine) == 0 && fstat(j->m->site.spool.dir, &queue) == 0 &&
	    mine.st_dev != queue.st_dev)
		report(j, true, j->m->list.path, 0,
		       arena_printf(&j->m->arena,
				    "it is on another file system than the queue, %s: no post can be sent",
				    j->m->site.spool.path));
}

/* ---- rights ---- */

static void check_mode(struct job *j, const char *name, const char *file, mode_t forbidden, const char *what)
{
	struct stat st;

	if (fstatat(j->m->list.dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (st.st_uid != j->m->site.spool.owner)
		report(j, true, file, 0, "it does not belong to the owner of the spool");
	if (st.st_mode & forbidden)
		report(j, true, file, 0, what);
}

static void check_rights(struct job *j)
{
	static const char *const files[] = { "config", "key",	  "members", "moderators",
					     "owners", "posters", "log",     "posts" };

	check_mode(j, ".", j->m->list.path, 022, "others than its owner may write it");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		check_mode(j, files[i], path_of(j, files[i]), 022, "others than its owner may write it");
}

static void check_key(struct job *j)
{
	struct fault f;

	if (token_load(&j->m->list, &f) < 0)
		report_fault(j, &f);
	else if (!token_address(&j->m->list, &j->m->arena, TOKEN_BOUNCES, "al@example.net", j->m->run.now, &f))
		report(j, true, path_of(j, "key"), 0, f.text);
}

/* Octets of the envelope that a post to all would have. */
static int64_t measure(const struct envelope *e)
{
	struct buf part;
	size_t at = 0;
	int64_t octets = 0;
	bool more;

	buf_init(&part, ENVELOPE_TEXT_MAX);
	do {
		buf_reset(&part);
		more = envelope_put_part(&part, e, &at);
		octets += (int64_t)part.n;
	} while (more);
	buf_clear(&part);
	return octets;
}

/* A post has one queue file for all members. Where they are too many for it no post would be taken. */
static void check_size(struct job *j, size_t members)
{
	const struct audience who = { .author = "", .envid = "", .oneclick = true };
	struct envelope e = { .origin = "listmgr" };
	struct arena a = { 0 };
	struct fault f;

	if (members < SIZE_WANTED)
		return;
	if (audience_fill(&j->m->run, &a, &who, &e, &f) < 0)
		report_fault(j, &f);
	else if (e.n > ENVELOPE_RCPT_MAX || measure(&e) > ENVELOPE_TEXT_MAX)
		report(j, true, path_of(j, "members"), 0,
		       arena_printf(
			       &j->m->arena,
			       "%zu members are too many: the envelope of a post would have more than %d recipients or "
			       "%d octets, and no post would be sent; divide the list",
			       e.n, ENVELOPE_RCPT_MAX, ENVELOPE_TEXT_MAX));
	arena_clear(&a);
}

/* ---- the way to it ---- */

static const char *where_to(struct job *j, const struct route_target *t)
{
	if (t->kind == ROUTE_FAULT)
		return t->fault->text;
	return t->kind == ROUTE_LIST	  ? arena_printf(&j->m->arena, "to the list %s", t->argument)
	       : t->kind == ROUTE_MAILBOX ? arena_printf(&j->m->arena, "to the account %s", t->as.name)
	       : t->argument		  ? arena_printf(&j->m->arena, "to %s", t->argument)
					  : arena_printf(&j->m->arena, "to %s", t->recipient);
}

/* A post, and a word behind the delimiter. From an alias a command may bring it here, of which nothing is known. */
static void check_way(struct job *j, const char *word)
{
	const char *address = list_address(&j->m->list, &j->m->arena, word);
	struct route_targets targets;
	struct fault f;

	if (route_expand(&j->m->site.route, &j->m->arena, span_str(address), &targets, &f) < 0) {
		report(j, true, path_of(j, "config"), 0, f.text);
		return;
	}
	for (size_t i = 0; i < targets.n; i++)
		if ((targets.v[i].kind == ROUTE_LIST && strcmp(targets.v[i].argument, j->m->list.name) == 0) ||
		    targets.v[i].kind == ROUTE_COMMAND)
			return;
	report(j, true, path_of(j, "config"), 0,
	       arena_printf(&j->m->arena, "mail for %s does not come to the list: %s", address,
			    where_to(j, &targets.v[0])));
}

/* ---- a list, all lists ---- */

static void check_open(struct job *j)
{
	size_t members;

	if (j->m->list.local.n > NAME_WANTED)
		report(j, false, path_of(j, "config"), 0,
		       arena_printf(&j->m->arena,
				    "with more than %d octets in front of the @ signed addresses get longer than the "
				    "64 that "
				    "RFC 5321 allows",
				    NAME_WANTED));
	check_rights(j);
	check_key(j);
	members = check_people(j, "members");
	j->members += members;
	check_size(j, members);
	check_people(j, "moderators");
	if (check_people(j, "owners") == 0)
		report(j, true, path_of(j, "owners"), 0, "the list has no owner, who would be told what is wrong");
	check_posters(j);
	check_topics(j);
	check_file_system(j);
	each_name(j, "outbox", check_left);
	check_way(j, NULL);
	check_way(j, "help");
}

static void check_list(struct job *j, const char *name)
{
	struct fault f;

	j->lists++;
	if (listmgr_open_list(j->m, name, &f) < 0) {
		report_fault(j, &f);
		return;
	}
	check_open(j);
	listmgr_close_list(j->m);
}

static int check_all(struct job *j, struct fault *f)
{
	struct list_walk w = { .places = &j->m->places, .arena = &j->m->arena };
	const char *name;
	int rc = 0;

	for (int i = 0; i < j->m->n; i++)
		check_list(j, j->m->operands[i]);
	while (j->m->n == 0 && (rc = list_next(&w, &name, f)) > 0)
		check_list(j, name);
	return rc;
}

static int check(struct listmgr *m, void *options, struct fault *f)
{
	const struct options *o = options;
	struct job j = { .m = m };

	if (listmgr_open(m, &o->from, f) < 0 || check_all(&j, f) < 0)
		return -1;
	printf("%zu list%s, %zu members; %zu errors, %zu warnings\n", j.lists, j.lists == 1 ? "" : "s", j.members,
	       j.errors, j.warnings);
	m->code = j.errors ? EX_CONFIG : EX_OK;
	return 0;
}

static int check_run(int argc, char **argv)
{
	struct options o = { { 0 } };

	return listmgr_main(&listmgr_check, &(struct listmgr_command){ .work = check }, &o, argc, argv);
}

static const struct opt check_opts[] = { SETTINGS_OPTS(struct options, from), OPT_END };

const struct applet listmgr_check = {
	.name = "listmgr check",
	.summary = "read all that there is of lists, and say what is wrong",
	.synopsis = "[LIST ...]",
	.opts = check_opts,
	.run = check_run,
};
