/* SPDX-License-Identifier: ISC */
/*
 * objectid - EMAILID: letters, digits and "-" stand for themselves, other octets are "_" and two hexadecimal digits.
 * The sizes that a name tells are left out, so it is the same whether they are known or not. THREADID: a letter in
 * front and no capitals, as RFC 8474 8.1 recommends.
 */
#include "imap/objectid.h"

#include "base/checksum.h"
#include "imap/lineage.h"
#include "store/msgname.h"

static bool is_plain(char c)
{
	return c == '-' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void put_hex(struct buf *out, uint64_t value, int digits)
{
	while (digits-- > 0)
		buf_put_char(out, "0123456789abcdef"[value >> 4 * digits & 15]);
}

static void put_digest(struct buf *out, struct span s)
{
	put_hex(out, checksum_add(0, s.p, s.n), 16);
	put_hex(out, checksum_add(1, s.p, s.n), 16);
}

void imap_objectid_put(struct buf *out, struct span name)
{
	struct span base = msgname_base(name);
	size_t before = out->n;

	base.n = span_find(base, ',');
	for (size_t i = 0; i < base.n; i++) {
		buf_put_char(out, is_plain(base.p[i]) ? base.p[i] : '_');
		if (!is_plain(base.p[i]))
			put_hex(out, (unsigned char)base.p[i], 2);
	}
	if (out->n - before <= IMAP_OBJECTID_MAX && base.n > 0)
		return;
	buf_cut(out, before);
	buf_put_char(out, '_');
	put_digest(out, base);
}

void imap_objectid_put_thread(struct buf *out, struct span root)
{
	buf_put_char(out, 'T');
	put_digest(out, root);
}

int imap_objectid_email(struct imap_source *s, struct buf *out, struct fault *f)
{
	struct cache_name name;

	if (mailbox_load_name(s->box, s->i, &name, f) < 0)
		return -1;
	/* A copy has the GUID of what it is a copy of: RFC 8474 5.1. */
	imap_objectid_put(out, span_str(name.guid[0] ? name.guid : name.name));
	return 0;
}

int imap_objectid_thread(struct imap_source *s, struct buf *out, struct fault *f)
{
	struct thread_message m;
	struct span root;
	struct buf email;
	int rc;

	if (lineage_find(s, &m, f) < 0)
		return -1;
	root = thread_root(&m);
	if (root.n > 0) {
		imap_objectid_put_thread(out, root);
		return 0;
	}
	/* What has the same EMAILID has the same THREADID. */
	buf_init(&email, IMAP_OBJECTID_ROOM);
	rc = imap_objectid_email(s, &email, f);
	imap_objectid_put_thread(out, buf_span(&email));
	buf_clear(&email);
	return rc;
}
