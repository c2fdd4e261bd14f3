/* SPDX-License-Identifier: ISC */
/*
 * cmd_copy - COPY (RFC 9051 6.4.7) and MOVE (6.4.8, RFC 6851), with the UIDs that messages got (RFC 4315).
 */
#include "imap/cmd.h"
#include "imap/lookout.h"

#include <errno.h>

enum { CODE_MAX = 8 << 20 };

static void put_code(struct buf *out, const struct mailbox_copied *c)
{
	buf_put_str(out, "COPYUID ");
	buf_put_number(out, c->uidvalidity);
	buf_put_char(out, ' ');
	imap_put_uids(out, c->uid, c->n);
	buf_put_char(out, ' ');
	buf_put_number(out, c->first);
	if (c->n > 1) {
		buf_put_char(out, ':');
		buf_put_number(out, c->first + c->n - 1);
	}
}

static void answer_copy(struct imap_session *s, const struct mailbox_copied *c)
{
	struct buf code;

	if (c->n == 0) {
		if (c->missed)
			imap_no(s, "EXPUNGEISSUED", "The messages are gone");
		else
			imap_ok(s, NULL, "There was none");
		return;
	}
	buf_init(&code, CODE_MAX);
	put_code(&code, c);
	imap_ok(s, buf_str(&code), "%s", c->missed ? "Done, but some were gone" : "Done");
	buf_clear(&code);
}

/* RFC 6851 4.3: the UIDs come before the EXPUNGEs, which come before the end. */
static void answer_move(struct imap_session *s, const struct mailbox_copied *c)
{
	if (c->n == 0) {
		answer_copy(s, c);
		return;
	}
	imap_begin(s, "OK [");
	put_code(s->out, c);
	buf_put_str(s->out, "] Moved");
	imap_end(s);
	imap_ok(s, NULL, "%s", c->missed ? "Done, but some were gone" : "Done");
}

static void fail(struct imap_session *s, const struct fault *f)
{
	if (errno == ENOENT)
		imap_no(s, "TRYCREATE", "There is no such mailbox");
	else
		imap_fail(s, NULL, f);
}

static int transfer(struct imap_session *s, const struct seqset *numbers, const char *name, bool moves,
		    struct mailbox_copied *out, struct fault *f)
{
	size_t *which = arena_alloc(&s->command, seqset_count(numbers) * sizeof(*which)), n = 0;
	struct seqset_iter it = { 0 };
	struct quota_limits limits;
	char path[PATH_MAX];
	uint32_t number;
	int rc = folders_find(&s->folders, span_str(name), path, f);

	errno = rc == 0 ? ENOENT : EIO;
	if (rc <= 0 || imap_quota_limits(s, &limits, f) < 0)
		return -1;
	while (seqset_next(numbers, &it, &number))
		which[n++] = number - 1;
	if (moves)
		return mailbox_move(s->box, &s->command, which, n, path, out, f);
	return mailbox_copy(s->box, &s->command, which, n, path, &limits, out, f);
}

static void run(struct imap_session *s, struct imap_parse *p, unsigned how, bool moves)
{
	struct mailbox_copied copied;
	struct seqset numbers;
	const char *name;
	struct fault f;

	if (imap_parse_sp(p) < 0 || imap_parse_messages(s, p, how, &numbers) < 0 || imap_parse_sp(p) < 0 ||
	    imap_parse_mailbox(p, &name) < 0 || imap_parse_end(p) < 0)
		return;
	if (transfer(s, &numbers, name, moves, &copied, &f) < 0) {
		fail(s, &f);
		return;
	}
	imap_lookout_own_messages(s, name, copied.first, copied.n);
	if (moves)
		answer_move(s, &copied);
	else
		answer_copy(s, &copied);
}

void imap_cmd_copy(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	run(s, p, how, false);
}

void imap_cmd_move(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	run(s, p, how, true);
}
