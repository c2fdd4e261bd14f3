/* SPDX-License-Identifier: ISC */
/*
 * listmgr_post - a post by command: judged as if it had come by mail, or not judged.
 */
#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>
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
	if (rc == 0)
		fprintf(stderr, "listmgr: it is a duplicate of post %" PRIu64 "\n", number);
	return 0;
}

static int post(struct listmgr *m, const struct options *o, const char *name, struct fault *f)
{
	static const struct list_target whole = { .role = LIST_POST, .name = "", .word = "", .rest = "" };
	struct incoming in;
	int rc;

	if (o->sender && !address_is_valid(span_str(o->sender), false, true))
		return fault_usage(f, "the sender is no address");
	if (listmgr_open(m, &o->from, f) < 0 || listmgr_open_list(m, name, f) < 0)
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
	static struct listmgr m = { .page = &listmgr_post };
	struct options o = { .approved = false };
	struct fault f;
	int first, code = EX_OK, rc = applet_options(m.page, &m.arena, argc, argv, OPT_PERMUTE, &o, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	if (listmgr_operands(argc - first, 1, 1, "a list", &f) < 0 || post(&m, &o, argv[first], &f) < 0)
		code = applet_fail(m.page, &f);
	listmgr_close(&m);
	return code;
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
