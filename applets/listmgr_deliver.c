/* SPDX-License-Identifier: ISC */
/*
 * listmgr_deliver - a message that came for a list, on standard input: who deals with it depends on its address.
 *
 * mta-relay calls it as the owner of the lists, for addresses that route finds to be a list's. From an alias,
 * friends: "|letterbox listmgr deliver friends", what matters is in the environment, as Postfix's local(8) has it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/printable.h"
#include "list/bounce.h"
#include "list/incoming.h"
#include "list/place.h"
#include "list/post.h"
#include "list/request.h"
#include "listmgr.h"
#include "message/address.h"

enum { SAID_MAX = 4096 };

struct options {
	struct settings_options from;
	const char *sender, *recipient;
};

/* By role: a part of libmail/list each. */
static int (*const parts[LIST_ROLES])(struct list_run *r, const struct list_target *t, struct fault *f) = {
	[LIST_POST] = post_run,	      [LIST_OWNER] = request_run,  [LIST_REQUEST] = request_run,
	[LIST_COMMAND] = request_run, [LIST_SIGNED] = request_run, [LIST_SITE] = request_run,
	[LIST_BOUNCES] = bounce_run,
};

static const char *or_environment(const char *given, const char *name)
{
	const char *value = given ? given : getenv(name);

	return value ? value : "";
}

/* By the address. From an alias of another name it is the list that is named, and the extension says what is asked. */
static int find_target(struct listmgr *m, const char *recipient, const char *name, struct list_target *t,
		       struct fault *f)
{
	const char *extension = getenv("EXTENSION");
	struct span local, domain;
	int rc;

	address_split(span_str(recipient), &local, &domain);
	rc = place_find(&m->places, &m->arena, local, domain, true, t, f);
	if (rc < 0)
		return -1;
	if (rc > 0 && (!name || strcmp(t->name, name) == 0))
		return place_check(&m->places, &m->arena, t, f);
	if (!name)
		return fault_perm(f, 550, "5.1.1", "%.200s is no list's address", recipient);
	*t = (struct list_target){ LIST_POST, name, "", "" };
	if (extension && extension[0])
		place_set_word(&m->arena, span_str(extension), t);
	return place_check(&m->places, &m->arena, t, f);
}

static int hand_over(struct listmgr *m, struct list_target *t, struct fault *f)
{
	/* place_check() has let it pass: it is a topic. */
	if (t->role == LIST_COMMAND && !place_is_word(span_str(t->word)))
		*t = (struct list_target){ LIST_POST, t->name, place_topic(&m->arena, t), "" };
	if (t->role != LIST_SITE && listmgr_open_list(m, t->name, f) < 0)
		return -1;
	if (!parts[t->role])
		return fault_bug(f, "nothing is made for %s", place_role_name(t->role));
	return parts[t->role](&m->run, t, f);
}

static int take(struct listmgr *m, const struct options *o, struct fault *f)
{
	const char *sender = or_environment(o->sender, "SENDER");
	const char *recipient = or_environment(o->recipient, "RECIPIENT");
	struct incoming in;
	struct list_target t;
	const char *name = NULL;
	int rc;

	if ((sender[0] && !address_is_valid(span_str(sender), true, true)) ||
	    (recipient[0] && !address_is_valid(span_str(recipient), true, true)))
		return fault_usage(f, "the sender or the recipient is no address");
	if (listmgr_open(m, &o->from, f) < 0)
		return -1;
	if (m->n) {
		name = list_name_of(&m->arena, span_str(m->operands[0]));
		if (!name)
			return fault_perm(f, 550, "5.1.1", "\"%.100s\" is no name of a list", m->operands[0]);
	}
	if (find_target(m, recipient, name, &t, f) < 0 ||
	    incoming_read(&in, STDIN_FILENO, m->site.settings.message_size_limit, sender, recipient, f) < 0)
		return -1;
	m->run.in = &in;
	rc = hand_over(m, &t, f);
	m->run.in = NULL;
	incoming_clear(&in);
	return rc;
}

/* As whoever gave us the message will tell it to its sender: "5.7.1 only members may post". */
static int say(const struct fault *why)
{
	struct fault f = *why;
	struct buf text;

	/* What is wrong with the command line is the caller's. */
	if (f.kind != FAULT_USAGE)
		fault_defer(&f);
	buf_init(&text, SAID_MAX);
	printable_put(&text, span_str(f.text));
	fprintf(stderr, "%s %s\n", f.status, buf_str(&text));
	buf_clear(&text);
	return fault_exit(&f);
}

static int deliver(struct listmgr *m, void *options, struct fault *f)
{
	if (take(m, options, f) < 0)
		m->code = say(f);
	return 0;
}

static int deliver_run(int argc, char **argv)
{
	static const struct listmgr_command c = { deliver, 0, 1, "a list, or nothing" };
	struct options o = { .sender = NULL };

	return listmgr_main(&listmgr_deliver, &c, &o, argc, argv);
}

static const struct opt deliver_opts[] = {
	{ .name = "--sender",
	  .arg = "ADDRESS",
	  .kind = OPT_STRING,
	  .at = offsetof(struct options, sender),
	  .help = "the envelope's sender; else $SENDER" },
	{ .name = "--recipient",
	  .arg = "ADDRESS",
	  .kind = OPT_STRING,
	  .at = offsetof(struct options, recipient),
	  .help = "the envelope's recipient; else $RECIPIENT" },
	SETTINGS_OPTS(struct options, from),
	OPT_END,
};

const struct applet listmgr_deliver = {
	.name = "listmgr deliver",
	.summary = "take a message that came for a list, on standard input",
	.synopsis = "[--sender ADDRESS] [--recipient ADDRESS] [LIST]",
	.opts = deliver_opts,
	.run = deliver_run,
};
