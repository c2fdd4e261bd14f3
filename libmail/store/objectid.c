/* SPDX-License-Identifier: ISC */
/*
 * objectid - names of folders and messages that outlive UIDs.
 */
#include "store/objectid.h"

#include <inttypes.h>

#include "base/checksum.h"
#include "store/msgname.h"

void objectid_put_folder(struct buf *out, const char *guid)
{
	buf_printf(out, "F%s", guid);
}

static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
}

void objectid_put_message(struct buf *out, const struct cache_name *name)
{
	struct span id = name->guid[0] ? span_str(name->guid) : msgname_base(span_str(name->name));
	size_t before = out->n;

	buf_put_char(out, 'M');
	for (size_t i = 0; i < id.n && out->n - before <= OBJECTID_MAX; i++) {
		/* Sizes: "S=", "W=" follow. They change when somebody mends them. */
		if (id.p[i] == ',')
			break;
		if (is_plain(id.p[i]))
			buf_put_char(out, id.p[i]);
		else
			buf_printf(out, "_%02x", (unsigned char)id.p[i]);
	}
	if (out->n - before <= OBJECTID_MAX)
		return;
	buf_cut(out, before);
	buf_printf(out, "C%016" PRIx64 "%016" PRIx64, checksum_add(0, id.p, id.n), checksum_add(1, id.p, id.n));
}
