/* SPDX-License-Identifier: ISC */
/*
 * A uidlist of any bytes: UIDs ascend, names stay names, numbers are never given twice; and what is written
 * from it reads the same.
 */
#include <assert.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/uidlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct uidlist *u)
{
	uint32_t last = 0;

	for (size_t i = 0; i < u->n; i++) {
		const struct uidlist_record *r = &u->records[i];

		assert(r->uid > last && r->uid < u->next_uid);
		assert(r->base_n > 0 && !memchr(r->base, '/', r->base_n) && !memchr(r->base, '\n', r->base_n) &&
		       !memchr(r->base, ':', r->base_n));
		assert(!memchr(r->fields, ':', r->fields_n) || u->version == 3);
		last = r->uid;
	}
	assert(u->next_uid > 0 && (u->uidvalidity > 0 || u->damaged_line == 1));
}

static void put(struct buf *out, const struct uidlist *u)
{
	buf_printf(out, "3 V%u N%u%s%s%.*s\n", u->uidvalidity, u->next_uid, u->guid[0] ? " G" : "", u->guid,
		   SPAN_ARG(u->extra));
	for (size_t i = 0; i < u->n; i++)
		buf_printf(out, "%u %.*s%s:%.*s\n", u->records[i].uid, (int)u->records[i].fields_n,
			   u->records[i].fields, u->records[i].fields_n ? " " : "", (int)u->records[i].base_n,
			   u->records[i].base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct uidlist first = { 0 }, second = { 0 };
	struct buf out;

	buf_init(&out, 2 * size + 1000);
	uidlist_parse(&first, span_of((const char *)data, size));
	check(&first);
	if (first.uidvalidity > 0) {
		put(&out, &first);
		uidlist_parse(&second, buf_span(&out));
		assert(second.damaged_line == 0 && second.n == first.n && second.next_uid == first.next_uid);
		assert(second.uidvalidity == first.uidvalidity);
		for (size_t i = 0; i < first.n; i++)
			assert(first.records[i].uid == second.records[i].uid &&
			       first.records[i].base_n == second.records[i].base_n);
	}
	uidlist_clear(&first);
	uidlist_clear(&second);
	buf_clear(&out);
	return 0;
}
