/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_MIMEUNPACK_H
#define APPLETS_MIMEUNPACK_H

/*
 * mimeunpack - what the files of this applet share: its options, and one function for each thing that can be done with
 * a message.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/opt.h"
#include "message/mime_tree.h"
#include "store/outdir.h"
#include "store/pile.h"
#include "store/unpack.h"

enum {
	EXIT_FOUND = 1,		   /* --lint has found something, or a signature is not good */
	EXIT_EXCEEDED = 3,	   /* beyond a limit: something was not taken apart, or left out */
	MIMEUNPACK_OUT = 64 << 20, /* octets of output of one message that are held: a structure as JSON */
};

struct mimeunpack_options {
	bool list, extract, text, lint, normalise, verify, decrypt;
	bool json, to_stdout, as_is, attachments, headers, verbose;
	const char *directory;
	struct opt_list parts, types, names, trust, certificates;
	const char *identity, *key, *passphrase_file;
	long max_depth, max_parts, max_header, max_size;
};

struct mimeunpack {
	struct mimeunpack_options options;
	struct arena arena; /* for the process */
	struct arena message_arena;
	struct mime_limits limits;
	struct pile pile;
	struct buf out;
	bool tty;	    /* standard output is a terminal: strangers' control characters are shown, not obeyed */
	size_t number;	    /* of the message at hand, from 1 */
	size_t chosen;	    /* contents that the selection has met */
	int code;	    /* the exit code so far */
	struct fault fault; /* of a callback that cannot return one */
	bool failed;

	struct mime_tree tree;
	struct unpack unpack;
	struct unpack_rules rules;
	struct outdir outdir;
};

/* What was printed last is written; a fault when standard output does not take it. */
int mimeunpack_flush(struct mimeunpack *m, struct fault *f);
/* The message at hand is too deep, too large ...: what the exit code will say. */
void mimeunpack_exceeded(struct mimeunpack *m, const char *what);
/* Something to be said about the message at hand, on standard error. */
void mimeunpack_warn(struct mimeunpack *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The structure of the message at hand, read as a stream; in message_arena. */
struct mime_node *mimeunpack_parse(struct mimeunpack *m, struct fault *f);

/* Each does its work with the message at hand. 0, -1. */
int mimeunpack_list(struct mimeunpack *m, struct fault *f);
int mimeunpack_extract(struct mimeunpack *m, struct fault *f);
int mimeunpack_text(struct mimeunpack *m, struct fault *f);
int mimeunpack_lint(struct mimeunpack *m, struct fault *f);
int mimeunpack_normalise(struct mimeunpack *m, struct fault *f);
int mimeunpack_smime(struct mimeunpack *m, struct fault *f);

/* Before the first message, and behind the last. */
int mimeunpack_extract_begin(struct mimeunpack *m, struct fault *f);
void mimeunpack_extract_end(struct mimeunpack *m);

#endif
