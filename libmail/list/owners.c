/* SPDX-License-Identifier: ISC */
/*
 * owners - notices to those who answer for a list.
 */
#include "list/owners.h"

#include "list/members.h"
#include "list/outmail.h"

int owners_read(struct list *l, const char *file, struct arena *a, const char *const **to, size_t *n, struct fault *f)
{
	struct members_walk walk = { 0 };
	struct members m;
	struct member one;
	const char **list;
	int rc;

	*n = 0;
	if (members_open(&m, l, file, f) < 0)
		return -1;
	list = arena_alloc(a, members_count(&m) * sizeof(*list));
	while ((rc = members_next(&m, &walk, &one, NULL)) != 0)
		if (rc > 0)
			list[(*n)++] = arena_span(a, one.address);
	*to = list;
	members_close(&m);
	return 0;
}

static int tell(struct list_run *r, const char *name, struct texts_vars *vars, struct arena *a, struct fault *f)
{
	struct outmail m = { .to = list_address(r->list, a, "owner") };
	const char *const *to;
	size_t n;

	texts_set_list(vars, a, r->list);
	if (owners_read(r->list, "owners", a, &to, &n, f) < 0 ||
	    texts_compose(r->list, a, name, vars, &m.subject, &m.body, f))
		return -1;
	return outmail_send(r, &m, to, n, f);
}

int owners_tell(struct list_run *r, const char *name, struct texts_vars *vars, struct fault *f)
{
	struct arena a = { 0 };
	int rc = tell(r, name, vars, &a, f);

	arena_clear(&a);
	return rc;
}
