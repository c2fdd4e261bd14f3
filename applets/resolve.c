/* SPDX-License-Identifier: ISC */
/*
 * resolve - print where mail for an address would go.
 */
#include "resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "message/address.h"
#include "route/canonical.h"
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

/*
 * What the address is called where it does not say whither the mail goes; with its steps, for -bt. An address that is
 * called what it is needs no words.
 */
static int show_names(struct site *site, struct arena *a, const char *address, bool *any, struct fault *f)
{
	static const struct {
		enum canonical_class class;
		const char *text;
	} places[] = { { CANONICAL_ENVELOPE_SENDER, "as the envelope sender" },
		       { CANONICAL_HEADER_SENDER, "in From, Sender, Reply-To" },
		       { CANONICAL_HEADER_RECIPIENT, "in To, Cc" } };
	const char *qualified = route_qualify(&site->route, a, span_str(address)), *name;
	struct route quiet = site->route;

	quiet.call = NULL;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (canonical_rewrite(&quiet, a, places[i].class, span_str(address), &name, f) == 0 &&
		    strcmp(name, qualified) == 0)
			continue;
		*any = true;
		printf("%s:\n", places[i].text);
		if (canonical_rewrite(&site->route, a, places[i].class, span_str(address), &name, f) < 0)
			return -1;
	}
	return 0;
}

static int expand(struct site *site, struct arena *a, const char *address, struct route_targets *targets,
		  struct fault *f)
{
	struct route *r = &site->route;
	bool any = false;

	if (!address_is_valid(span_str(address), true, true))
		return fault_perm(f, 501, "5.1.3", "this is no address");
	if (canonical_load(r, f) < 0 ||
	    (site->call.step && canonical_is_set(r) && show_names(site, a, address, &any, f) < 0))
		return -1;
	if (any)
		puts("as a recipient:");
	/* Without tables the expansion itself appends the origin. */
	if (canonical_is_set(r) &&
	    canonical_rewrite(r, a, CANONICAL_ENVELOPE_RECIPIENT, span_str(address), &address, f) < 0)
		return -1;
	return route_expand(r, a, span_str(address), targets, f);
}

static int resolve(struct site *site, struct arena *a, const char *address)
{
	struct route_targets targets = { 0 };
	struct fault f;
	struct buf out;
	int code;

	buf_init(&out, OUT_MAX);
	if (expand(site, a, address, &targets, &f) < 0) {
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
