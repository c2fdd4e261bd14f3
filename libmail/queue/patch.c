/* SPDX-License-Identifier: ISC */
/*
 * patch - what of a message is a recipient's own.
 */
#include "queue/patch.h"

#include <string.h>

void patch_apply(const struct patch *p, off_t from, char *bytes, size_t n)
{
	off_t first, end;

	if (!p->text)
		return;
	first = p->at > from ? p->at : from;
	end = p->at + (off_t)strlen(p->text);
	if (end > from + (off_t)n)
		end = from + (off_t)n;
	if (first < end)
		memcpy(bytes + (first - from), p->text + (first - p->at), (size_t)(end - first));
}

int patch_feed(const struct patch *p, int fd, off_t at, off_t size, disk_put_fn put, void *to, const char *name,
	       struct fault *f)
{
	off_t behind;

	if (!p->text)
		return disk_feed(fd, at, size, put, to, name, f);
	if (disk_feed(fd, at, p->at, put, to, name, f) < 0)
		return -1;
	put(to, p->text, strlen(p->text));
	behind = p->at + (off_t)strlen(p->text);
	return disk_feed(fd, at + behind, size - behind, put, to, name, f);
}
