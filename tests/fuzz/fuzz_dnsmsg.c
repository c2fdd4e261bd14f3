/* SPDX-License-Identifier: ISC */
/*
 * A DNS answer of any bytes is read or refused as a temporary failure. What is found are records of the type, with
 * names that can be asked for and may stand in a log. The first octet chooses the type.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "net/dnsmsg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const char *name)
{
	uint8_t query[DNSMSG_QUERY_MAX];

	assert(strlen(name) < DNSMSG_NAME_MAX);
	assert(strcmp(name, ".") == 0 || dnsmsg_put_query(query, 0, name, DNS_A) > 0);
}

static void check_answer(const struct dns_answer *r, enum dns_type type, size_t size)
{
	check_name(r->name);
	assert((r->status == DNS_FOUND) == (r->n > 0));
	assert(r->n <= size / 11);
	for (size_t i = 0; i < r->n; i++) {
		if (type == DNS_MX || type == DNS_CNAME)
			check_name(r->v[i].name);
		assert(r->v[i].data.n <= size);
		assert(type != DNS_TLSA || r->v[i].data.n > 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum dns_type types[] = { DNS_MX, DNS_A, DNS_AAAA, DNS_CNAME, DNS_TXT, DNS_TLSA };
	struct fault f = { .text = "" };
	struct dns_answer answer;
	struct arena a = { 0 };
	enum dns_type type;

	if (size == 0)
		return 0;
	type = types[data[0] % (sizeof(types) / sizeof(types[0]))];
	if (dnsmsg_parse(&a, span_of((const char *)data + 1, size - 1), "a.b", type, &answer, &f) == 0)
		check_answer(&answer, type, size);
	else
		assert(f.kind == FAULT_TEMP && f.text[0] && !span_has_control(span_str(f.text)));
	arena_clear(&a);
	return 0;
}
