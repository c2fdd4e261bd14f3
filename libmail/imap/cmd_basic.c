/* SPDX-License-Identifier: ISC */
/*
 * cmd_basic - CAPABILITY, NOOP and CHECK, LOGOUT, ID (RFC 2971), ENABLE (RFC 5161), NAMESPACE (RFC 2342), COMPRESS (RFC
 * 4978).
 */
#include "imap/cmd.h"

enum {
	ID_PAIRS_MAX = 30, /* RFC 2971 3.3 */
	ID_FIELD_MAX = 30, /* octets */
	ID_VALUE_MAX = 1024,
};

void imap_cmd_capability(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	(void)p, (void)how;
	buf_put_str(s->out, "* ");
	imap_capability_put(s, s->out);
	imap_end(s);
	imap_ok(s, NULL, "That is all");
}

/* What others did is told when any command ends. */
void imap_cmd_noop(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	(void)p, (void)how;
	imap_ok(s, NULL, "Done");
}

void imap_cmd_logout(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	(void)p, (void)how;
	imap_unselect(s, false);
	imap_say(s, "BYE Logging out");
	imap_ok(s, NULL, "Goodbye");
	s->ends = true;
}

/* ---- ID ---- */

/* What the client says of itself changes nothing, but it must be right. */
static int parse_id(struct imap_parse *p)
{
	struct span field, value;
	unsigned pairs = 0;

	if (imap_parse_take_word(p, "NIL"))
		return 0;
	if (imap_parse_open(p) < 0)
		return -1;
	while (!imap_parse_take(p, ')')) {
		if (++pairs > ID_PAIRS_MAX)
			return imap_parse_fail(p, "More than 30 fields");
		if ((pairs > 1 && imap_parse_sp(p) < 0) || imap_parse_string(p, &field) < 0 || imap_parse_sp(p) < 0 ||
		    imap_parse_nstring(p, &value) < 0)
			return -1;
		if (field.n > ID_FIELD_MAX || value.n > ID_VALUE_MAX)
			return imap_parse_fail(p, "A field has at most 30 octets, its value 1024");
	}
	return 0;
}

void imap_cmd_id(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	(void)how;
	if (imap_parse_sp(p) < 0 || parse_id(p) < 0 || imap_parse_end(p) < 0)
		return;
	imap_say(s, "ID (\"name\" \"letterbox\")");
	imap_ok(s, NULL, "Pleased to meet you");
}

/* ---- ENABLE ---- */

static const struct {
	const char *name;
	unsigned sets;
} switches[] = {
	{ "IMAP4rev2", IMAP_REV2 },	 { "UTF8=ACCEPT", IMAP_UTF8 },
	{ "CONDSTORE", IMAP_CONDSTORE }, { "QRESYNC", IMAP_QRESYNC | IMAP_CONDSTORE },
	{ "UIDONLY", IMAP_UIDONLY },
};

enum { SWITCHES = sizeof(switches) / sizeof(switches[0]) };

/* Names that nobody knows are passed over: RFC 5161 3.1. */
static int parse_switches(struct imap_parse *p, bool asked[SWITCHES])
{
	do {
		struct span name;

		if (imap_parse_sp(p) < 0 || imap_parse_atom(p, &name) < 0)
			return -1;
		for (size_t i = 0; i < SWITCHES; i++)
			asked[i] |= span_is_nocase(name, span_str(switches[i].name));
	} while (!imap_parse_is_end(p));
	return 0;
}

void imap_cmd_enable(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	bool asked[SWITCHES] = { false };

	(void)how;
	if (parse_switches(p, asked) < 0 || imap_parse_end(p) < 0)
		return;
	imap_begin(s, "ENABLED");
	for (size_t i = 0; i < SWITCHES; i++) {
		if (!asked[i] || (s->enabled & switches[i].sets) == switches[i].sets)
			continue;
		buf_put_char(s->out, ' ');
		buf_put_str(s->out, switches[i].name);
	}
	imap_end(s);
	for (size_t i = 0; i < SWITCHES; i++) {
		if (asked[i] && switches[i].sets & IMAP_CONDSTORE)
			imap_use_condstore(s);
		s->enabled |= asked[i] ? switches[i].sets : 0;
	}
	imap_ok(s, NULL, "As you like");
}

/* One of the user's own, as all folders are. */
void imap_cmd_namespace(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	(void)p, (void)how;
	imap_say(s, "NAMESPACE ((\"\" \"/\")) NIL NIL");
	imap_ok(s, NULL, "That is all");
}

/* What came behind the command, without waiting for the answer, would be neither compressed nor not. */
void imap_cmd_compress(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct fault f;

	(void)how;
	if (imap_parse_sp(p) < 0)
		return;
	if (!imap_parse_take_word(p, "DEFLATE")) {
		imap_parse_fail(p, "Only DEFLATE is known");
		return;
	}
	if (imap_parse_end(p) < 0)
		return;
	if (s->is_deflated)
		imap_no(s, "COMPRESSIONACTIVE", "It is compressed already");
	else if (!s->call->start_deflate)
		imap_no(s, "CANNOT", "Compression is not offered");
	else if (!imap_input_is_last(s))
		imap_bad(s, NULL, "Wait for the answer to COMPRESS");
	else if (s->call->start_deflate(s->ctx, &f) < 0)
		imap_fail(s, NULL, &f);
	else {
		imap_ok(s, NULL, "From here on");
		s->is_deflated = s->deflates = true;
	}
}
