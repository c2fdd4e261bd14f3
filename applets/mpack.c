/* SPDX-License-Identifier: ISC */
/*
 * mpack - a file as a message in one or more parts: the command of that name by Carnegie Mellon, which scripts call.
 *
 * A message that is split is made twice: once to see where it will be cut and how many there will be, as each says
 * how many there are.
 */
#include "applet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/entropy.h"
#include "content.h"
#include "message/filetype.h"
#include "message/msgid.h"
#include "outlet.h"
#include "progress.h"

enum {
	FIELD_MAX = COMPOSE_FIELD_MAX,
	PARTS_MAX = 9999,
	SPLIT_MIN = 2048, /* octets: less has no room for header and a few lines */
	HOST_MAX = 256,
};

struct options {
	bool attachment;
	const char *subject, *description, *max, *type, *output, *newsgroups;
};

struct mpack {
	struct options options;
	struct arena arena;
	struct progress progress;
	char **addresses;
	int naddresses;
	const char *subject, *to;
	char id[ENTROPY_ID + 1], host[HOST_MAX];
	struct content file, text;
	struct compose_part root, part, description;
	struct compose_field fields[6];
	size_t nfields;
	struct outlet outlet;
	uint64_t max; /* octets in a message; 0: any */
	/* While it is split: */
	bool counting; /* the first time */
	uint64_t room, used;
	int number, total;
	bool open;
};

extern const struct applet applet_mpack;

/* ---- where the messages go ---- */

static int open_outlet(struct mpack *m, struct fault *f)
{
	const struct options *o = &m->options;
	struct opt_list args = { 0 };

	if (o->output && m->max && m->total > 1)
		return outlet_open_file(&m->outlet, &m->arena, arena_printf(&m->arena, "%s.%02d", o->output, m->number),
					f);
	if (o->output)
		return strcmp(o->output, "-") == 0 ? outlet_open_stdout(&m->outlet, f)
						   : outlet_open_file(&m->outlet, &m->arena, o->output, f);
	if (o->newsgroups)
		return outlet_open_inews(&m->outlet, &m->arena, f);
	opt_list_add(&m->arena, &args, "-i");
	opt_list_add(&m->arena, &args, "--");
	for (int i = 0; i < m->naddresses; i++)
		opt_list_add(&m->arena, &args, m->addresses[i]);
	return outlet_open_sendmail(&m->outlet, &m->arena, &args, f);
}

/* ---- the fields ---- */

static const char *message_id(struct mpack *m, const char *suffix)
{
	struct buf id;
	const char *out;

	buf_init(&id, FIELD_MAX);
	msgid_put(&id, arena_printf(&m->arena, "%s%s", m->id, suffix), m->host);
	out = arena_span(&m->arena, buf_span(&id));
	buf_clear(&id);
	return out;
}

static void add_field(struct compose_field *fields, size_t *n, const char *name, const char *value,
		      enum compose_kind kind)
{
	if (value)
		fields[(*n)++] = (struct compose_field){ name, value, kind };
}

/* Those that all messages of a split one have. */
static void add_targets(struct mpack *m, struct compose_field *fields, size_t *n)
{
	add_field(fields, n, "Newsgroups", m->options.newsgroups, COMPOSE_PLAIN);
	add_field(fields, n, "To", m->to, COMPOSE_ADDRESSES);
}

/* ---- a message in parts, RFC 2046 5.2.2 ---- */

static int put_part_header(struct mpack *m, struct buf *out, int number, int total, struct fault *f)
{
	struct compose_field fields[8];
	size_t n = 0;

	add_field(fields, &n, "Message-ID", message_id(m, arena_printf(&m->arena, ".%d", number)), COMPOSE_PLAIN);
	add_field(fields, &n, "MIME-Version", "1.0", COMPOSE_PLAIN);
	add_targets(m, fields, &n);
	add_field(fields, &n, "Subject", arena_printf(&m->arena, "%s (%02d/%02d)", m->subject, number, total),
		  COMPOSE_TEXT);
	if (number > 1)
		add_field(fields, &n, "References", message_id(m, ".1"), COMPOSE_PLAIN);
	for (size_t i = 0; i < n; i++)
		if (compose_put_field(&m->arena, out, &fields[i], false, f) < 0)
			return -1;
	buf_printf(out, "Content-Type: message/partial; number=%d; total=%d;\n\tid=\"%s@%s\"\n\n", number, total, m->id,
		   m->host);
	return 0;
}

static int end_part(struct mpack *m, struct fault *f)
{
	if (!m->open)
		return 0;
	m->open = false;
	return m->counting ? 0 : outlet_finish(&m->outlet, f);
}

static int begin_part(struct mpack *m, struct fault *f)
{
	struct buf header;
	int rc;

	if (end_part(m, f) < 0)
		return -1;
	m->number++;
	m->used = 0;
	m->open = true;
	if (m->number > PARTS_MAX)
		return fault_usage(f, "it would be over %d messages", PARTS_MAX);
	if (m->counting)
		return 0;
	buf_init(&header, FIELD_MAX);
	rc = put_part_header(m, &header, m->number, m->total, f);
	if (rc == 0 && open_outlet(m, f) < 0)
		rc = -1;
	if (rc == 0)
		rc = outlet_put(&m->outlet, buf_span(&header), f);
	buf_clear(&header);
	return rc;
}

/* Cut behind a line. What is too long for a message by itself, which no line of ours is, goes where it is. */
static int put_split(void *context, struct span piece, struct fault *f)
{
	struct mpack *m = context;

	while (piece.n > 0) {
		size_t n = span_find(piece, '\n') + 1;

		if (n > piece.n)
			n = piece.n;
		if ((!m->open || m->used + n > m->room) && begin_part(m, f) < 0)
			return -1;
		m->used += n;
		if (!m->counting && outlet_put(&m->outlet, span_of(piece.p, n), f) < 0)
			return -1;
		piece = span_from(piece, n);
	}
	return 0;
}

static int compose(struct mpack *m, int (*sink)(void *context, struct span piece, struct fault *f), void *context,
		   struct fault *f)
{
	const struct compose_rules rules = { .seed = m->id };
	struct compose_result result;

	return compose_put(&m->arena, &m->root, &rules, sink, context, &result, f);
}

static int write_split(struct mpack *m, struct fault *f)
{
	struct buf header;

	buf_init(&header, FIELD_MAX);
	if (put_part_header(m, &header, PARTS_MAX, PARTS_MAX, f) < 0) {
		buf_clear(&header);
		return -1;
	}
	m->room = m->max > header.n ? m->max - header.n : 0;
	buf_clear(&header);
	if (m->room < SPLIT_MIN / 4)
		return fault_usage(f, "-m %llu leaves no room for a message", (unsigned long long)m->max);
	m->counting = true;
	if (compose(m, put_split, m, f) < 0)
		return -1;
	m->total = m->number;
	m->number = 0;
	m->open = m->counting = false;
	return compose(m, put_split, m, f) < 0 ? -1 : end_part(m, f);
}

/* One that fits is not split. */
static int count_octets(void *context, struct span piece, struct fault *f)
{
	(void)f;
	*(uint64_t *)context += piece.n;
	return 0;
}

static int write_message(struct mpack *m, struct fault *f)
{
	uint64_t size = 0;

	if (m->max && compose(m, count_octets, &size, f) < 0)
		return -1;
	if (m->max && size > m->max)
		return write_split(m, f);
	if (open_outlet(m, f) < 0)
		return -1;
	m->open = true;
	if (compose(m, outlet_put, &m->outlet, f) < 0)
		return -1;
	m->open = false;
	return outlet_finish(&m->outlet, f);
}

/* ---- what is in it ---- */

/* As documented: only what is no text. */
static int check_type(const char *type, struct fault *f)
{
	static const char *const mains[] = { "application/", "audio/", "image/", "video/" };

	for (size_t i = 0; i < sizeof(mains) / sizeof(mains[0]); i++)
		if (strncasecmp(type, mains[i], strlen(mains[i])) == 0)
			return 0;
	return fault_usage(f, "-c must be a subtype of application, audio, image or video, not %s", type);
}

static int find_type(struct mpack *m, struct fault *f)
{
	struct span front;

	m->part.type = m->options.type;
	if (m->part.type)
		return check_type(m->part.type, f);
	if (content_look(&m->file, &m->arena, &front, f) < 0)
		return -1;
	m->part.type = filetype_guess(&m->arena, m->file.name, front);
	if (check_type(m->part.type, NULL) < 0)
		m->part.type = "application/octet-stream";
	return 0;
}

static int build(struct mpack *m, const char *path, struct fault *f)
{
	const struct options *o = &m->options;
	const char *slash = strrchr(path, '/');

	if (content_open(&m->file, path, &m->progress, f) < 0 || find_type(m, f) < 0)
		return -1;
	if (m->max && !m->file.is_regular)
		return fault_usage(f, "%s: only a regular file can be split", m->file.name);
	m->part.filename = strcmp(path, "-") == 0 ? NULL : slash ? slash + 1 : path;
	m->part.disposition = o->attachment ? "attachment" : "inline";
	m->part.source = content_source(&m->file);
	m->part.encoded = true;
	m->part.encoding = ENCODING_BASE64;
	m->root.type = "multipart/mixed";
	m->root.children = &m->part;
	if (o->description) {
		if (content_open(&m->text, o->description, NULL, f) < 0)
			return -1;
		m->description.source = content_source(&m->text);
		m->description.next = &m->part;
		m->root.children = &m->description;
	}
	return 0;
}

static void add_fields(struct mpack *m)
{
	add_field(m->fields, &m->nfields, "Message-ID", message_id(m, ""), COMPOSE_PLAIN);
	add_targets(m, m->fields, &m->nfields);
	add_field(m->fields, &m->nfields, "Subject", m->subject, COMPOSE_TEXT);
	m->root.fields = m->fields;
	m->root.nfields = m->nfields;
}

/* ---- options ---- */

static int find_subject(struct mpack *m, struct fault *f)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	m->subject = m->options.subject;
	if (m->subject)
		return 0;
	fputs("Subject: ", stderr);
	n = getline(&line, &room, stdin);
	if (n > 0)
		m->subject = arena_span(&m->arena, span_trim(span_of(line, (size_t)n)));
	free(line);
	return m->subject ? 0 : fault_usage(f, "a subject is required");
}

static void find_recipients(struct mpack *m)
{
	struct buf all;

	if (m->naddresses == 0)
		return;
	buf_init(&all, FIELD_MAX);
	for (int i = 0; i < m->naddresses; i++)
		buf_printf(&all, "%s%s", i ? ", " : "", m->addresses[i]);
	m->to = arena_span(&m->arena, buf_span(&all));
	buf_clear(&all);
}

static int find_max(struct mpack *m, struct fault *f)
{
	const char *max = m->options.max ? m->options.max : getenv("SPLITSIZE");

	if (!max || span_number(span_str(max), UINT64_MAX / 2, &m->max) == 0)
		return 0;
	return fault_usage(f, "the size of a message must be a number of octets, not \"%s\"", max);
}

static int check_targets(const struct mpack *m, int noperands, struct fault *f)
{
	const struct options *o = &m->options;

	if (noperands == 0)
		return fault_usage(f, "an input file must be specified");
	if ((o->output != NULL) + (o->newsgroups != NULL) + (m->naddresses > 0) != 1)
		return fault_usage(f, "there must be one of addresses, -o and -n");
	return 0;
}

static int make(struct mpack *m, char **operands, int noperands, struct fault *f)
{
	int rc;

	m->addresses = operands + 1;
	m->naddresses = noperands - 1;
	if (check_targets(m, noperands, f) < 0 || find_max(m, f) < 0 || find_subject(m, f) < 0)
		return -1;
	entropy_id(m->id);
	if (gethostname(m->host, sizeof(m->host) - 1) < 0 || m->host[0] == '\0')
		memcpy(m->host, "localhost", sizeof("localhost"));
	find_recipients(m);
	if (build(m, operands[0], f) < 0)
		return -1;
	add_fields(m);
	progress_begin(&m->progress, m->max || m->file.size < 0 ? 0 : (uint64_t)m->file.size);
	rc = write_message(m, f);
	progress_end(&m->progress);
	if (rc < 0 && m->open && !m->counting)
		outlet_abort(&m->outlet);
	return rc;
}

static int mpack_run(int argc, char **argv)
{
	struct mpack m = { 0 };
	struct fault f = { 0 };
	int first, rc = applet_options(&applet_mpack, &m.arena, argc, argv, OPT_PERMUTE, &m.options, &first);

	if (rc != 0) {
		arena_clear(&m.arena);
		return rc < 0 ? EX_USAGE : EX_OK;
	}
	if (make(&m, argv + first, argc - first, &f) < 0)
		rc = f.kind == FAULT_NONE ? m.outlet.code : applet_fail(&applet_mpack, &f);
	arena_clear(&m.arena);
	return rc;
}

#define OPT(option, argument, member, type, text)                                                                      \
	{                                                                                                              \
		.name = option, .arg = argument, .kind = type, .at = offsetof(struct options, member), .help = text    \
	}

static const struct opt mpack_opts[] = {
	OPT("-s", "SUBJECT", subject, OPT_STRING, "the subject; without it, it is asked for"),
	OPT("-d", "FILE", description, OPT_STRING, "text in front of the file"),
	OPT("-m", "SIZE", max, OPT_STRING, "split it into messages of at most so many octets; 0: do not"),
	OPT("-c", "TYPE", type, OPT_STRING, "the file's media type, which is guessed else"),
	OPT("-a", NULL, attachment, OPT_BOOL, "the file is an attachment, and not to be shown inline"),
	OPT("-o", "FILE", output, OPT_STRING, "write it there; what is split to FILE.01, FILE.02 ..."),
	OPT("-n", "GROUPS", newsgroups, OPT_STRING, "post it to these newsgroups, with inews"),
	OPT_END,
};

const struct applet applet_mpack = {
	.name = "mpack",
	.summary = "pack a file into a message, and mail it",
	.synopsis = "[-a] [-s SUBJECT] [-d FILE] [-m SIZE] [-c TYPE] FILE {ADDRESS ... | -o FILE | -n GROUPS}",
	.opts = mpack_opts,
	.run = mpack_run,
};
