/* SPDX-License-Identifier: ISC */
/*
 * fakesmtp - the scripted server for shell scripts.
 *
 *	fakesmtp [--lmtp] [--limit N] [--extensions "PIPELINING DSN"] [--log FILE] [RULE]...
 *
 * A RULE is ON[/NTH]=[@MS ][!][REPLY]. Prints "listening on 127.0.0.1:PORT". A reply gets its CR LF here; "@500 "
 * waits before it, "!" hangs up behind it, and without any text it is the usual one. See scripted.h for ON, and for
 * what FILE is given.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "support/scripted.h"

static struct scripted_rule rules[SCRIPTED_RULES + 1];
static int n_rules;

static int add_rule(char *word)
{
	struct scripted_rule *r = &rules[n_rules];
	char *value = strchr(word, '='), *nth, *text;

	if (!value || n_rules == SCRIPTED_RULES)
		return -1;
	n_rules++;
	*value++ = '\0';
	nth = strchr(word, '/');
	if (nth) {
		*nth++ = '\0';
		r->nth = (int)strtol(nth, NULL, 10);
	}
	r->on = word;
	if (*value == '@') {
		r->wait_ms = (int)strtol(value + 1, &value, 10);
		value += *value == ' ';
	}
	r->hang_up = *value == '!';
	value += r->hang_up;
	if (!*value) {
		if (r->hang_up)
			r->say = "";
		return 0;
	}
	if (asprintf(&text, "%s\r\n", value) < 0)
		return -1;
	r->say = text;
	return 0;
}

int main(int argc, char **argv)
{
	struct scripted s = { .extensions = "PIPELINING 8BITMIME DSN SMTPUTF8 ENHANCEDSTATUSCODES", .rules = rules };
	int i, listener;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--lmtp") == 0)
			s.lmtp = true;
		else if (strcmp(argv[i], "--limit") == 0 && i + 1 < argc)
			s.limit = (int)strtol(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--extensions") == 0 && i + 1 < argc)
			s.extensions = argv[++i];
		else if (strcmp(argv[i], "--log") == 0 && i + 1 < argc)
			s.log_fd = open(argv[++i], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		else if (add_rule(argv[i]) < 0)
			break;
	}
	if (i < argc || s.log_fd < 0) {
		fprintf(stderr, "fakesmtp: %s is wrong\n", argv[i < argc ? i : 0]);
		return EX_USAGE;
	}
	listener = scripted_listener(&s.port);
	if (listener < 0) {
		perror("fakesmtp");
		return EX_OSERR;
	}
	printf("listening on 127.0.0.1:%d\n", s.port);
	fflush(stdout);
	scripted_serve(&s, listener);
}
