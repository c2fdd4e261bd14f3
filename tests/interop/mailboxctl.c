/* SPDX-License-Identifier: ISC */
/*
 * mailboxctl DIR COMMAND [ARGUMENT...] - a Maildir folder by way of libmail/store, for tests with other servers.
 *
 *	list              uidvalidity and next UID; then a line "UID size flags base" for each message
 *	uidl FORMAT       a line "number UIDL" for each message
 *	set UID FLAGS     add flags, in letters of Maildir names
 *	keyword UID NAME  add a keyword
 *	remove UID
 *	move              as `list`, with what is in new/ moved to cur/
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/mailbox.h"
#include "store/uidl.h"

static struct mailbox box;
static struct fault fault;

static int fail(void)
{
	fprintf(stderr, "mailboxctl: %s\n", fault.text);
	return 1;
}

static void put_flags(uint32_t flags)
{
	static const char letters[] = "DFPRST";

	for (int i = 0; i < 6; i++)
		if (flags & (UINT32_C(1) << (MSGNAME_KEYWORDS + i)))
			putchar(letters[i]);
	for (int i = 0; i < MSGNAME_KEYWORDS; i++)
		if (flags & (UINT32_C(1) << i))
			printf(" %s", box.keywords.names[i] ? box.keywords.names[i] : "?");
}

static int list(void)
{
	if (mailbox_load_sizes(&box, NULL, &fault) < 0 || mailbox_load_keywords(&box, &fault) < 0)
		return fail();
	printf("%u %u\n", box.view.uidvalidity, box.view.next_uid);
	for (size_t i = 0; i < box.view.n; i++) {
		struct cache_name name;

		if (mailbox_find_name(&box, i, &name) < 0)
			return 1;
		printf("%u %ju (", box.view.uid[i], (uintmax_t)box.view.size[i]);
		put_flags(box.view.flags[i]);
		printf(") %.*s\n", SPAN_ARG(msgname_base(span_str(name.name))));
	}
	return 0;
}

static int show_uidl(const char *format)
{
	struct buf out;

	if (uidl_check(format, &fault) < 0)
		return fail();
	for (size_t i = 0; i < box.view.n; i++) {
		buf_init(&out, 4096);
		if (uidl_put(&out, format, &box, i, &fault) < 0)
			return fail();
		printf("%zu %s\n", i + 1, buf_str(&out));
		buf_clear(&out);
	}
	return 0;
}

static int set(size_t i, const char *letters)
{
	char name[NAME_MAX + 1];
	struct msgname parsed;

	snprintf(name, sizeof(name), "x:2,%s", letters);
	msgname_parse(span_str(name), &parsed);
	return mailbox_set_flags(&box, i, parsed.flags, 0, &fault) < 0 ? fail() : 0;
}

static int set_keyword(size_t i, const char *name)
{
	uint32_t bit = mailbox_add_keyword(&box, span_str(name), &fault);

	return bit == 0 || mailbox_set_flags(&box, i, bit, 0, &fault) < 0 ? fail() : 0;
}

static int run(int argc, char **argv)
{
	const char *command = argv[2], *argument = argc > 4 ? argv[4] : "";
	size_t i = 0;

	if (strcmp(command, "list") == 0 || strcmp(command, "move") == 0)
		return list();
	if (strcmp(command, "uidl") == 0 && argc == 4)
		return show_uidl(argv[3]);
	if (argc < 4 || !mailbox_find(&box, (uint32_t)strtoul(argv[3], NULL, 10), &i)) {
		fputs("mailboxctl: no such message\n", stderr);
		return 1;
	}
	if (strcmp(command, "set") == 0)
		return set(i, argument);
	if (strcmp(command, "keyword") == 0)
		return set_keyword(i, argument);
	if (strcmp(command, "remove") == 0)
		return mailbox_remove(&box, i, &fault) < 0 ? fail() : 0;
	fputs("mailboxctl: no such command\n", stderr);
	return 64;
}

int main(int argc, char **argv)
{
	int code;

	if (argc < 3) {
		fputs("usage: mailboxctl DIR COMMAND [ARGUMENT...]\n", stderr);
		return 64;
	}
	if (mailbox_open(&box, argv[1], strcmp(argv[2], "move") == 0 ? MAILBOX_MOVE_NEW : 0, &fault) < 0)
		return fail();
	code = run(argc, argv);
	mailbox_close(&box);
	return code;
}
