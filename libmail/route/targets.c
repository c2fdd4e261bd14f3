/* SPDX-License-Identifier: ISC */
/*
 * targets - what a recipient expands to, each target once.
 */
#include "route/targets.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_MIN = 4 };

void targets_init(struct targets *t)
{
	*t = (struct targets){ 0 };
	map_init(&t->seen, &t->scratch);
}

/* The address with its domain in lower case. */
static const char *fold_domain(struct arena *a, const char *address)
{
	char *copy = arena_str(a, address), *at = strrchr(copy, '@');

	for (char *p = at ? at : copy + strlen(copy); *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
	return copy;
}

/* None of the parts has a control byte in it, so a newline separates them. */
static struct span key_of(struct targets *t, const struct route_target *target)
{
	const char *what = "";

	if (target->kind == ROUTE_FILE || target->kind == ROUTE_COMMAND)
		what = target->argument;
	else if (target->kind == ROUTE_REMOTE || target->kind == ROUTE_FAULT || target->kind == ROUTE_LIST)
		what = fold_domain(&t->scratch, target->recipient);
	else if (target->kind == ROUTE_MAILBOX)
		what = target->detail;
	return span_str(arena_printf(&t->scratch, "%d\n%s\n%s\n%s", (int)target->kind, what,
				     target->as.name ? target->as.name : "",
				     target->kind == ROUTE_FAULT ? target->fault->text : ""));
}

int targets_add(struct targets *t, const struct route_target *target)
{
	if (!map_add(&t->seen, key_of(t, target), t))
		return 0;
	if (t->n == ROUTE_TARGETS)
		return -1;
	if (t->n == t->room) {
		t->room = t->room ? t->room * 2 : ROOM_MIN;
		t->v = arena_heap_resize(t->v, t->room * sizeof(*t->v));
	}
	t->v[t->n++] = *target;
	return 0;
}

void targets_finish(struct targets *t, struct arena *a, struct route_targets *out)
{
	if (out) {
		out->n = t->n;
		out->v = arena_alloc(a, t->n * sizeof(*t->v));
		if (t->n)
			memcpy(out->v, t->v, t->n * sizeof(*t->v));
	}
	free(t->v);
	arena_clear(&t->scratch);
	*t = (struct targets){ 0 };
}
