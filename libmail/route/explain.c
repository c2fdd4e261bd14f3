/* SPDX-License-Identifier: ISC */
/*
 * explain - where a recipient goes, in the words of sendmail -bv.
 */
#include "route/explain.h"

#include "base/printable.h"

static void put_part(struct buf *out, const char *before, const char *text)
{
	if (!text || !text[0])
		return;
	buf_put_str(out, before);
	printable_put(out, span_str(text));
}

static void put_mailbox(struct buf *out, const struct route_target *t)
{
	put_part(out, "deliverable: mailer local, user ", t->as.name);
	put_part(out, ", detail ", t->detail);
}

static void put_file(struct buf *out, const struct route_target *t)
{
	put_part(out, "deliverable: mailer *file*, path ", t->argument);
	put_part(out, ", as ", t->as.name);
}

static void put_command(struct buf *out, const struct route_target *t)
{
	put_part(out, "deliverable: mailer prog, command ", t->argument);
	put_part(out, ", as ", t->as.name);
}

static void put_list(struct buf *out, const struct route_target *t)
{
	buf_put_str(out, "deliverable: mailer list");
	put_part(out, ", list ", t->argument);
}

static void put_remote(struct buf *out, const struct route_target *t)
{
	static const char *const mailers[] = { [ROUTE_SMTP] = "esmtp", [ROUTE_LMTP] = "lmtp", [ROUTE_PIPE] = "pipe" };

	put_part(out, "deliverable: mailer ", mailers[t->transport]);
	put_part(out, t->transport == ROUTE_PIPE ? ", command " : ", host ",
		 t->transport == ROUTE_PIPE ? t->argument : t->nexthop);
	put_part(out, ", user ", t->recipient);
}

static void put_discard(struct buf *out, const struct route_target *t)
{
	(void)t;
	buf_put_str(out, "deliverable: mailer discard");
}

static void put_fault(struct buf *out, const struct route_target *t)
{
	put_part(out, "", strcmp(t->fault->status, "5.1.1") == 0 ? "User unknown" : t->fault->text);
}

void explain_put(struct buf *out, const struct route_target *t)
{
	static void (*const put[])(struct buf * out, const struct route_target *t) = {
		[ROUTE_MAILBOX] = put_mailbox, [ROUTE_FILE] = put_file,	      [ROUTE_COMMAND] = put_command,
		[ROUTE_REMOTE] = put_remote,   [ROUTE_DISCARD] = put_discard, [ROUTE_FAULT] = put_fault,
		[ROUTE_LIST] = put_list,
	};

	put_part(out, "", t->recipient);
	buf_put_str(out, "... ");
	put[t->kind](out, t);
	buf_put_char(out, '\n');
}

void explain_put_fault(struct buf *out, const char *recipient, const struct fault *f)
{
	struct route_target t = { .kind = ROUTE_FAULT, .recipient = recipient, .fault = f };

	explain_put(out, &t);
}
