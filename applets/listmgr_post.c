/* SPDX-License-Identifier: ISC */
/*
 * listmgr_post - a post by command: judged as if it had come by mail, or not judged.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "list/incoming.h"
#include "list/post.h"
#include "listmgr.h"
#include "message/address.h"

struct options {
	struct settings_options from;
	bool approved;
	const char *sender;
};

static int send_approved(struct listmgr *m, struct fault *f)
{
	struct policy policy;
	uint64_t number;
	int rc;

	if (policy_accepted(&m->run, &m->arena, "", &policy, f) < 0)
		return -1;
	rc = post_send(&m->run, &policy, &number, f);
	if (rc < 0)
		return -1;
	list_log(&m->list, "%s %" PRIu64 " of %s, by command", rc ? "sent post" : "dropped a duplicate of post", number,
		 policy.author);
	if (rc > 0)
		post_follow_up(&m->run);
	else
		fprintf(stderr, "listmgr: it is a duplicate of post %" PRIu64 "\n", number);
	return 0;
}

static int post(struct listmgr *m, void *options, struct fault *f)
{
	static const struct list_target whole = { .role = LIST_POST, .name = "", .word = "", .rest = "" };
	const struct options *o = options;
	struct incoming in;
	int rc;

	if (o->sender && !address_is_valid(span_str(o->sender), false, true))
		return fault_usage(f, "the sender is no address");
	if (listmgr_open_first(m, &o->from, f) < 0)
		return -1;
	if (incoming_read(&in, STDIN_FILENO, m->site.settings.message_size_limit, o->sender ? o->sender : "",
			  list_address(&m->list, &m->arena, NULL), f) < 0)
		return -1;
	if (!o->sender)
		in.sender = in.from;
	m->run.in = &in;
	rc = o->approved ? send_approved(m, f) : post_run(&m->run, &whole, f);
	m->run.in = NULL;
	incoming_clear(&in);
	return rc;
}

static int post_applet_run(int argc, char **argv)
{
	struct options o = { .approved = false };

	return listmgr_main(&listmgr_post, &(struct listmgr_command){ post, 1, 1, "a list" }, &o, argc, argv);
}

static const struct opt post_opts[] = {
	{ .name = "--approved",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, approved),
	  .help = "send it whoever wrote it and whatever it is" },
	{ .name = "--sender",
	  .arg = "ADDRESS",
	  .kind = OPT_STRING,
	  .at = offsetof(struct options, sender),
	  .help = "the envelope's sender; else who From names" },
	SETTINGS_OPTS(struct options, from),
	OPT_END,
};

const struct applet listmgr_post = {
	.name = "listmgr post",
	.summary = "send the message on standard input to a list",
	.synopsis = "[--approved] [--sender ADDRESS] LIST",
	.opts = post_opts,
	.run = post_applet_run,
};
