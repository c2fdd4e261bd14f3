/* SPDX-License-Identifier: ISC */
/*
 * cmd_quota - GETQUOTA, GETQUOTAROOT, SETQUOTA (RFC 9208). There is one root, "", for all of a user's mail; its limits
 * are the administrator's.
 */
#include "imap/cmd.h"

int imap_quota_limits(const struct imap_session *s, struct quota_limits *out, struct fault *f)
{
	*out = (struct quota_limits){ .octets = 0 };
	if (!s->mail.quota_rule || quota_parse_rule(s->mail.quota_rule, out, f) == 0)
		return 0;
	/* The administrator has to mend it; the mail waits. */
	f->kind = FAULT_TEMP;
	return -1;
}

static void put_resource(struct buf *out, const char *name, int64_t used, int64_t limit, int64_t unit,
			 const char **blank)
{
	if (limit == 0)
		return;
	buf_printf(out, "%s%s %lld %lld", *blank, name, (long long)((used + unit - 1) / unit),
		   (long long)((limit + unit - 1) / unit));
	*blank = " ";
}

/* STORAGE is in units of 1024 octets. */
static int say_quota(struct imap_session *s, struct fault *f)
{
	struct quota_limits limits;
	const char *blank = "";
	struct quota q;

	if (imap_quota_limits(s, &limits, f) < 0 || quota_read(&q, s->folders.fd, &limits, f) < 0)
		return -1;
	imap_begin(s, "QUOTA \"\" (");
	put_resource(s->out, "STORAGE", q.octets, q.limits.octets, 1024, &blank);
	put_resource(s->out, "MESSAGE", q.messages, q.limits.messages, 1, &blank);
	buf_put_char(s->out, ')');
	imap_end(s);
	return 0;
}

static void finish(struct imap_session *s, int rc, const struct fault *f)
{
	if (rc < 0)
		imap_fail(s, NULL, f);
	else
		imap_ok(s, NULL, "That is it");
}

void imap_cmd_getquota(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct span root;
	struct fault f;

	(void)how;
	if (imap_parse_sp(p) < 0 || imap_parse_astring(p, &root) < 0 || imap_parse_end(p) < 0)
		return;
	if (root.n > 0)
		imap_no(s, "NONEXISTENT", "There is no such quota root");
	else
		finish(s, say_quota(s, &f), &f);
}

/* All mailboxes have the same, also one that is still to be made: RFC 9208 4.1.2. */
void imap_cmd_getquotaroot(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	const char *name;
	struct fault f;

	(void)how;
	if (imap_parse_sp(p) < 0 || imap_parse_mailbox(p, &name) < 0 || imap_parse_end(p) < 0)
		return;
	imap_begin(s, "QUOTAROOT ");
	imap_put_mailbox(s->out, name, imap_utf8(s));
	buf_put_str(s->out, " \"\"");
	imap_end(s);
	finish(s, say_quota(s, &f), &f);
}

/* "STORAGE 512": a resource and its limit. */
static int parse_limits(struct imap_parse *p)
{
	struct span resource;
	uint64_t limit;

	if (imap_parse_open(p) < 0)
		return -1;
	while (!imap_parse_is(p, ')')) {
		if (imap_parse_atom(p, &resource) < 0 || imap_parse_sp(p) < 0 || imap_parse_number64(p, &limit) < 0)
			return -1;
		if (!imap_parse_is(p, ')') && imap_parse_sp(p) < 0)
			return -1;
	}
	return imap_parse_close(p);
}

void imap_cmd_setquota(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct span root;

	(void)how;
	if (imap_parse_sp(p) < 0 || imap_parse_astring(p, &root) < 0 || imap_parse_sp(p) < 0 || parse_limits(p) < 0 ||
	    imap_parse_end(p) < 0)
		return;
	imap_no(s, "NOPERM", "Limits are the administrator's");
}
