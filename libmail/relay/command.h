/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_COMMAND_H
#define LIBMAIL_RELAY_COMMAND_H

/*
 * command - a message on the standard input of a program: for |command in
 * aliases and forward files, and for the pipe transport.
 *
 * The exit code is one of sysexits(3): 0 delivered, 75 and death by a signal or the time limit temporary, all
 * else permanent. What the program prints becomes part of the text of the outcome, or with `speaks` all of it: then an
 * enhanced status comes first, "5.7.1 only members may post".
 */

#include "relay/worker.h"

struct command {
	const char *const *argv; /* or... */
	const char *shell;	 /* ...for /bin/sh -c */
	const struct account *as;
	const char *const *env;
	bool speaks;
	struct span before; /* lines in front of the message: "From ", Return-Path, ... */
};

void command_run(const struct worker *w, const struct job *job, const struct command *c, struct fault *outcome);

/* "From sender  Sun Nov 22 06:00:00 2026", as UUCP and mbox readers want it; with `remote`, " remote from HOST". */
const char *command_from_line(struct arena *a, const char *sender, int64_t when, const char *remote);

#endif
