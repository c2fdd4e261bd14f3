/* SPDX-License-Identifier: ISC */
/*
 * resolve - print where mail for an address would go.
 */
#include "resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "message/address.h"
#include "route/explain.h"

enum { OUT_MAX = 64 << 20 /* bytes of the report on one address: it may be a list of thousands */ };

static int explain(const struct route_targets *targets, struct buf *out)
{
	int code = EX_OK;

	for (size_t i = 0; i < targets->n; i++) {
		const struct route_target *t = &targets->v[i];

		explain_put(out, t);
		if (t->kind == ROUTE_FAULT && code == EX_OK)
			code = fault_exit(t->fault);
	}
	return code;
}

static int resolve(struct site *site, struct arena *a, const char *address)
{
	struct route_targets targets;
	struct fault f;
	struct buf out;
	int code;

	buf_init(&out, OUT_MAX);
	if (!address_is_valid(span_str(address), true, true)) {
		fault_perm(&f, 501, "5.1.3", "this is no address");
		explain_put_fault(&out, address, &f);
		code = fault_exit(&f);
	} else if (route_expand(&site->route, a, span_str(address), &targets, &f) < 0) {
		explain_put_fault(&out, address, &f);
		code = fault_exit(&f);
	} else {
		code = explain(&targets, &out);
	}
	fwrite(out.p, 1, out.n, stdout);
	buf_clear(&out);
	return code;
}

int resolve_addresses(struct site *site, const char *list)
{
	struct span rest = span_str(list);
	struct address address;
	struct arena a = { 0 };
	int code = EX_OK, rc;

	while ((rc = address_next(&rest, &a, &address)) != 0) {
		int one = resolve(site, &a, rc > 0 ? address.mailbox : arena_span(&a, address.text));

		if (code == EX_OK)
			code = one;
	}
	arena_clear(&a);
	return code;
}

int resolve_operands(struct site *site, char **operands, int n)
{
	int code = EX_OK;

	for (int i = 0; i < n; i++) {
		int one = resolve_addresses(site, operands[i]);

		if (code == EX_OK)
			code = one;
	}
	return code;
}

static void show_step(void *ctx, int depth, const char *text)
{
	(void)ctx;
	printf("%*s%s\n", 2 + 2 * depth, "", text);
}

int resolve_step_by_step(struct site *site, char **operands, int n)
{
	bool asks = isatty(STDIN_FILENO);
	char *line = NULL;
	size_t room = 0;
	int code = EX_OK;

	site->call.step = show_step;
	if (n > 0)
		return resolve_operands(site, operands, n);
	for (;;) {
		if (asks)
			fputs("> ", stdout);
		fflush(stdout);
		if (getline(&line, &room, stdin) < 0)
			break;
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0])
			code = resolve_addresses(site, line);
	}
	free(line);
	return code;
}
