/* SPDX-License-Identifier: ISC */
/*
 * way - the expansions between a recipient and where its expansion has come to.
 */
#include "route/way.h"

static bool has_name(const struct way *way, struct span name)
{
	return way->kind == WAY_INCLUDE ? span_is(way->name, name) : span_is_nocase(way->name, name);
}

enum way_relation way_relate(const struct way *at, enum way_kind kind, struct span name)
{
	bool own = kind != WAY_INCLUDE;

	for (; at->kind != WAY_TOP; at = at->up) {
		if (at->kind == kind && has_name(at, name))
			return own ? WAY_SELF : WAY_LOOP;
		own &= at->kind == WAY_INCLUDE || has_name(at, name);
	}
	return WAY_NEW;
}

void way_put(struct buf *out, const struct way *at)
{
	if (at->kind == WAY_TOP)
		return;
	way_put(out, at->up);
	buf_printf(out, "%.*s -> ", SPAN_ARG(at->name));
}
