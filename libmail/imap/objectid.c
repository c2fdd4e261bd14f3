/* SPDX-License-Identifier: ISC */
/*
 * objectid - EMAILID: letters, digits and "-" stand for themselves, other octets are "_" and two hexadecimal digits.
 * The sizes that a name tells are left out, so it is the same whether they are known or not.
 */
#include "imap/objectid.h"

#include <inttypes.h>

#include "base/checksum.h"
#include "store/msgname.h"

static bool is_plain(char c)
{
	return c == '-' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

void imap_objectid_put(struct buf *out, struct span name)
{
	struct span base = msgname_base(name);
	size_t before = out->n;

	base.n = span_find(base, ',');
	for (size_t i = 0; i < base.n; i++) {
		if (is_plain(base.p[i]))
			buf_put_char(out, base.p[i]);
		else
			buf_printf(out, "_%02x", (unsigned char)base.p[i]);
	}
	if (out->n - before <= IMAP_OBJECTID_MAX && base.n > 0)
		return;
	buf_cut(out, before);
	buf_printf(out, "_%016" PRIx64 "%016" PRIx64, checksum_add(0, base.p, base.n), checksum_add(1, base.p, base.n));
}
