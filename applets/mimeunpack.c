/* SPDX-License-Identifier: ISC */
/*
 * mimeunpack - take messages apart: show their structure, extract what is in them, read them.
 */
#include "mimeunpack.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "applet.h"
#include "base/disk.h"
#include "base/printable.h"

extern const struct applet applet_mimeunpack;

enum { WARNING_MAX = 8192 };

/* ---- what the parts of the applet share ---- */

int mimeunpack_flush(struct mimeunpack *m, struct fault *f)
{
	int rc = disk_write(STDOUT_FILENO, m->out.p, m->out.n, "standard output", f);

	buf_reset(&m->out);
	return rc;
}

static void set_code(struct mimeunpack *m, int code)
{
	/* What is wrong with this machine counts more than what is wrong with a message. */
	if (m->code == EX_OK || (code >= EX_USAGE && m->code < EX_USAGE))
		m->code = code;
}

void mimeunpack_warn(struct mimeunpack *m, const char *format, ...)
{
	struct buf text, safe;
	va_list values;
	char *line = NULL;

	buf_init(&text, WARNING_MAX);
	buf_init(&safe, WARNING_MAX);
	va_start(values, format);
	if (vasprintf(&line, format, values) < 0)
		line = NULL;
	va_end(values);
	buf_printf(&text, "%s: %s", m->pile.name, line ? line : "");
	printable_put(&safe, buf_span(&text));
	fprintf(stderr, "mimeunpack: %s\n", buf_str(&safe));
	free(line);
	buf_clear(&text);
	buf_clear(&safe);
}

void mimeunpack_exceeded(struct mimeunpack *m, const char *what)
{
	mimeunpack_warn(m, "%s", what);
	set_code(m, EXIT_EXCEEDED);
}

struct mime_node *mimeunpack_parse(struct mimeunpack *m, struct fault *f)
{
	struct mime_node *root;
	struct span piece;
	int rc;

	arena_reset(&m->message_arena);
	mime_tree_restart(&m->tree);
	while ((rc = pile_piece(&m->pile, &piece, f)) > 0)
		mime_tree_feed(&m->tree, piece);
	root = mime_tree_end(&m->tree);
	if (m->tree.problems & MIME_OPAQUE)
		mimeunpack_exceeded(m, "beyond a limit, not all of it is taken apart");
	return rc < 0 ? NULL : root;
}

/* ---- the messages ---- */

struct action {
	size_t option;
	const char *name;
	int (*act)(struct mimeunpack *m, struct fault *f);
};

#define ACTION(member) offsetof(struct mimeunpack_options, member), "--" #member

static const struct action actions[] = {
	{ ACTION(list), mimeunpack_list },	     { ACTION(extract), mimeunpack_extract },
	{ ACTION(text), mimeunpack_text },	     { ACTION(lint), mimeunpack_lint },
	{ ACTION(normalise), mimeunpack_normalise }, { ACTION(verify), mimeunpack_smime },
	{ ACTION(decrypt), mimeunpack_smime },
};

static bool has_selection(const struct mimeunpack_options *o)
{
	return o->parts.n > 0 || o->types.n > 0 || o->names.n > 0 || o->attachments;
}

/* To say what is to be extracted, or where to, is to say that it is to be extracted. */
static const struct action *find_action(struct mimeunpack *m, struct fault *f)
{
	const struct action *found = NULL;

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (!*((const bool *)&m->options + actions[i].option))
			continue;
		if (found) {
			fault_usage(f, "%s and %s cannot be given together", found->name, actions[i].name);
			return NULL;
		}
		found = &actions[i];
	}
	if (!found)
		found = &actions[has_selection(&m->options) || m->options.directory || m->options.to_stdout];
	if (found->act != mimeunpack_extract &&
	    (has_selection(&m->options) || m->options.directory || m->options.to_stdout)) {
		fault_usage(f, "%s takes whole messages: nothing can be selected", found->name);
		return NULL;
	}
	return found;
}

/* A message that cannot be read does not keep us from the others; that there is no space does. */
static int act_on_all(struct mimeunpack *m, const struct action *action, struct fault *f)
{
	int rc;

	while ((rc = pile_next(&m->pile, f)) > 0) {
		m->number++;
		rc = action->act(m, f);
		if (rc == 0)
			rc = mimeunpack_flush(m, f);
		if (rc < 0)
			break;
	}
	return rc;
}

static void act_on(struct mimeunpack *m, const struct action *action, const char *path)
{
	struct fault f;

	if (pile_open(&m->pile, path, &f) < 0) {
		int error = errno;

		applet_fail(&applet_mimeunpack, &f);
		set_code(m, error == ENOENT || error == EACCES || f.kind == FAULT_PERM ? EX_NOINPUT : fault_exit(&f));
		return;
	}
	if (act_on_all(m, action, &f) < 0)
		set_code(m, applet_fail(&applet_mimeunpack, &f));
	pile_close(&m->pile);
}

static int set_limits(struct mimeunpack *m, struct fault *f)
{
	const struct mimeunpack_options *o = &m->options;

	if (o->max_depth > MIME_DEPTH_MAX)
		return fault_usage(f, "--max-depth is at most %d", MIME_DEPTH_MAX);
	m->limits = (struct mime_limits){ (size_t)o->max_depth, (size_t)o->max_parts, (size_t)o->max_header,
					  (size_t)o->max_header * 16 };
	return 0;
}

static void run(struct mimeunpack *m, const struct action *action, char **paths, int count)
{
	static char standard_input[] = "-";
	char *nothing[] = { standard_input };

	if (count == 0) {
		paths = nothing;
		count = 1;
	}
	for (int i = 0; i < count; i++)
		act_on(m, action, paths[i]);
	if (m->chosen == 0 && has_selection(&m->options) && m->code == EX_OK) {
		fputs("mimeunpack: there is nothing of that kind\n", stderr);
		m->code = EX_NOINPUT;
	}
}

static int mimeunpack_run(int argc, char **argv)
{
	static struct mimeunpack m;
	const struct action *action;
	struct fault f;
	int first, rc = applet_options(&applet_mimeunpack, &m.arena, argc, argv, OPT_PERMUTE, &m.options, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	action = find_action(&m, &f);
	if (!action || set_limits(&m, &f) < 0)
		return applet_fail(&applet_mimeunpack, &f);
	buf_init(&m.out, MIMEUNPACK_OUT);
	m.tty = isatty(STDOUT_FILENO);
	m.code = EX_OK;
	m.outdir.fd = -1;
	mime_tree_init(&m.tree, &m.message_arena, &m.limits);
	if (action->act == mimeunpack_extract && mimeunpack_extract_begin(&m, &f) < 0)
		m.code = applet_fail(&applet_mimeunpack, &f);
	else
		run(&m, action, argv + first, argc - first);
	if (action->act == mimeunpack_extract)
		mimeunpack_extract_end(&m);
	mime_tree_clear(&m.tree);
	buf_clear(&m.out);
	arena_clear(&m.message_arena);
	arena_clear(&m.arena);
	return m.code;
}

#define OPT(option, argument, member, type, text)                                                                      \
	{                                                                                                              \
		.name = option, .arg = argument, .kind = type, .at = offsetof(struct mimeunpack_options, member),      \
		.help = text                                                                                           \
	}

static const struct opt mimeunpack_opts[] = {
	OPT("-l", NULL, list, OPT_BOOL, "list the structure; what is done when nothing else is asked for"),
	OPT("--list", NULL, list, OPT_BOOL, "the same"),
	OPT("-x", NULL, extract, OPT_BOOL, "extract contents into files: all, or those that are selected"),
	OPT("--extract", NULL, extract, OPT_BOOL, "the same"),
	OPT("-T", NULL, text, OPT_BOOL, "print the readable body, as UTF-8"),
	OPT("--text", NULL, text, OPT_BOOL, "the same"),
	OPT("--lint", NULL, lint, OPT_BOOL, "name violations of the RFCs, and what programs read differently"),
	OPT("--normalise", NULL, normalise, OPT_BOOL, "write the same message so that it can be read in one way only"),
	OPT("--verify", NULL, verify, OPT_BOOL, "say who has signed, S/MIME, and whether that can be believed"),
	OPT("--decrypt", NULL, decrypt, OPT_BOOL, "write the message that is in an encrypted, or opaquely signed, one"),
	OPT("-d", "DIR", directory, OPT_STRING, "extract into this directory, which is made if need be"),
	OPT("-O", NULL, to_stdout, OPT_BOOL, "extract to standard output"),
	OPT("--to-stdout", NULL, to_stdout, OPT_BOOL, "the same"),
	OPT("-p", "PART", parts, OPT_LIST, "select the part with this number, as -l shows it: 2.1"),
	OPT("-t", "TYPE", types, OPT_LIST, "select contents of this type: image/*"),
	OPT("-n", "NAME", names, OPT_LIST, "select contents with this name: *.pdf"),
	OPT("-a", NULL, attachments, OPT_BOOL, "select attachments: what has a name, or says that it is one"),
	OPT("--as-is", NULL, as_is, OPT_BOOL, "do not look into uuencode and winmail.dat"),
	OPT("-H", NULL, headers, OPT_BOOL, "with -T: date, sender, recipients and subject in front"),
	OPT("--json", NULL, json, OPT_BOOL, "print an object a line"),
	OPT("-v", NULL, verbose, OPT_BOOL, "list problems, too; say what is extracted"),
	OPT("--identity", "FILE", identity, OPT_STRING, "your certificate, PEM with its key, or PKCS#12"),
	OPT("--key", "FILE", key, OPT_STRING, "its key, where that is not in the same file"),
	OPT("--passphrase-file", "FILE", passphrase_file, OPT_STRING, "whose first line opens the key"),
	OPT("--trust", "FILE", trust, OPT_LIST, "root certificates, PEM, instead of the system's"),
	OPT("--certificates", "FILE", certificates, OPT_LIST, "certificates of signers, or between them and a root"),
	OPT("--max-depth", "N", max_depth, OPT_NUMBER, "parts within each other (100)"),
	OPT("--max-parts", "N", max_parts, OPT_NUMBER, "parts in a message (10000)"),
	OPT("--max-header", "OCTETS", max_header, OPT_NUMBER, "in the header of a part (262144); 16 times that in all"),
	OPT("--max-size", "OCTETS", max_size, OPT_NUMBER, "decoded contents of a message together (no limit)"),
	OPT_END,
};

const struct applet applet_mimeunpack = {
	.name = "mimeunpack",
	.summary = "take messages apart",
	.synopsis = "[-l | -x | -T | --lint | --normalise | --verify | --decrypt] [-d DIR | -O] [-p PART] [-t TYPE] "
		    "[-n NAME] [FILE ...]",
	.opts = mimeunpack_opts,
	.run = mimeunpack_run,
};
