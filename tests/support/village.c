/* SPDX-License-Identifier: ISC */
/*
 * village - a route with users and alias files of its own.
 */
#include "support/village.h"

#include <check.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/disk.h"
#include "route/forward.h"
#include "route/step.h"
#include "support/tempdir.h"

enum { OUTPUT_MAX = 64 << 20 };

static int find_account(void *ctx, struct arena *a, struct span name, struct account *out, struct fault *f)
{
	struct village *v = ctx;

	v->lookups++;
	return users_find(&v->users, a, name, out, f);
}

static void step(void *ctx, int depth, const char *text)
{
	struct village *v = ctx;

	buf_printf(&v->steps, "%d %s\n", depth, tempdir_hide(text));
}

static void warn(void *ctx, const char *text)
{
	struct village *v = ctx;

	buf_printf(&v->warnings, "%s\n", tempdir_hide(text));
}

static void make_home(const char *user, mode_t mode)
{
	char name[300];
	struct fault f;

	snprintf(name, sizeof(name), "home/%s", user);
	ck_assert_int_eq(disk_make_dirs(tempdir_path(name), 0755, &f), 0);
	ck_assert_int_eq(chmod(tempdir_path(name), mode), 0);
}

void village_init(struct village *v, const char *aliases)
{
	static const char *const names[] = { "al", "bo", "carla" };
	struct arena a = { 0 };
	const char *dir = tempdir();

	*v = (struct village){ 0 };
	buf_init(&v->steps, OUTPUT_MAX);
	buf_init(&v->warnings, OUTPUT_MAX);
	for (int i = 0; i < 3; i++)
		make_home(names[i], 0700);
	make_home("eve", 0700);
	tempdir_write("users",
		      arena_printf(&a,
				   "al:::::%s/home/al::\nbo:::::%s/home/bo::\ncarla:::::%s/home/carla::\n"
				   "eve::65534:65534::%s/home/eve::\nx@virtual.example:::::%s/home/x::\n",
				   dir, dir, dir, dir, dir),
		      0600);
	users_init(&v->users, tempdir_path("users"), "maildir:~/Maildir");
	v->route = (struct route){
		.myhostname = "m.example",
		.mydomain = "example",
		.myorigin = "m.example",
		.mydestination = "m.example, localhost virtual.example",
		.recipient_delimiter = "+",
		.alias_maps = tempdir_write("aliases", aliases, 0600),
		.forward_path = ".forward",
		.relayhost = "[relay]",
		.default_transport = "smtp",
		.default_privs = "nobody",
		.allow_mail_to_commands = true,
		.allow_mail_to_files = true,
		.propagate_unmatched_extensions = "canonical, virtual",
		.canonical_classes = "envelope_sender, envelope_recipient, header_sender, header_recipient",
		.masquerade_classes = "envelope_sender, header_sender, header_recipient",
		.virtual_uid = 1000,
		.virtual_gid = 1000,
	};
	arena_clear(&a);
}

void village_start(struct village *v)
{
	struct fault f;

	v->call = (struct route_callbacks){ find_account, forward_read, step, warn, NULL };
	v->route.call = &v->call;
	v->route.ctx = v;
	ck_assert_msg(route_init(&v->route, &f) == 0, "%s", f.text);
}

void village_clear(struct village *v)
{
	route_clear(&v->route);
	users_clear(&v->users);
	arena_clear(&v->arena);
	buf_clear(&v->steps);
	buf_clear(&v->warnings);
	tempdir_remove();
}

void village_forward(struct village *v, const char *user, const char *text)
{
	char name[300];

	(void)v;
	snprintf(name, sizeof(name), "home/%s/.forward", user);
	tempdir_write(name, text, 0600);
}

static const char *end_text(struct village *v, struct buf *b)
{
	const char *text = arena_str(&v->arena, tempdir_hide(buf_str(b)));

	ck_assert(!b->overflow);
	buf_clear(b);
	return text;
}

const char *village_expand(struct village *v, const char *recipient)
{
	struct route_targets targets;
	struct fault f;
	struct buf b;

	buf_init(&b, OUTPUT_MAX);
	if (route_expand(&v->route, &v->arena, span_str(recipient), &targets, &f) < 0) {
		buf_printf(&b, "-1: %s\n", f.text);
		return end_text(v, &b);
	}
	ck_assert_uint_gt(targets.n, 0);
	for (size_t i = 0; i < targets.n; i++) {
		buf_printf(&b, "%s ", targets.v[i].recipient);
		step_put_target(&b, &targets.v[i]);
		if (targets.v[i].sender)
			buf_printf(&b, " from %s", targets.v[i].sender);
		buf_put_char(&b, '\n');
	}
	return end_text(v, &b);
}

const char *village_check(struct village *v, const char *recipient)
{
	struct fault f;
	struct buf b;

	if (route_check(&v->route, &v->arena, span_str(recipient), &f) == 0)
		return "ok";
	buf_init(&b, OUTPUT_MAX);
	buf_printf(&b, "%d %s %s", f.reply, f.status, f.text);
	return end_text(v, &b);
}
