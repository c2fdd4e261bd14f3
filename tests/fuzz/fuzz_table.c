/* SPDX-License-Identifier: ISC */
/*
 * A table of any bytes, as every kind of table at once: the scan and the index find the same entry, its value is one
 * line, and for its key and what is made of it by rewriting and by routing there is an end; what comes out are
 * addresses, and never a command or a file.
 */
#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "message/address.h"
#include "route/canonical.h"
#include "route/tables.h"
#include "route/vet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KEYS_MAX = 16 };

static int find_account(void *ctx, struct arena *a, struct span name, struct account *out, struct fault *f)
{
	(void)ctx;
	(void)f;
	if (name.n != 2)
		return 0;
	*out = (struct account){
		.name = arena_span(a, name), .uid = 1, .gid = 1, .home = "/h", .full_name = "", .mail = "/m"
	};
	return 1;
}

static int read_file(void *ctx, struct arena *a, const char *path, const struct account *as, bool forward,
		     struct span *out, struct fault *f)
{
	(void)ctx;
	(void)a;
	(void)path;
	(void)as;
	(void)forward;
	(void)out;
	(void)f;
	return 0;
}

static void report(void *ctx, const struct audit_finding *finding)
{
	(void)ctx;
	assert(finding->file && finding->text[0]);
}

static void check_find(struct textmap *map, const struct textmap_entry *e)
{
	struct textmap_entry scanned, indexed;

	map->scans = 0;
	assert(textmap_find(map, e->key, &scanned));
	map->scans = TEXTMAP_SCANS;
	assert(textmap_find(map, e->key, &indexed));
	assert(scanned.line == indexed.line && scanned.line <= e->line);
	assert(span_is(scanned.value, indexed.value) && span_is_nocase(scanned.key, e->key));
	assert(scanned.value.n > 0 && span_find(scanned.value, '\n') == scanned.value.n);
}

static void check_rewriting(const struct route *r, struct arena *a, struct span address)
{
	const char *out;

	for (int class = 0; class <= CANONICAL_HEADER_RECIPIENT; class ++)
		if (canonical_rewrite(r, a, (enum canonical_class) class, address, &out, NULL) == 0)
			assert(address_is_valid(span_str(out), false, true));
}

static void check_routing(struct route *r, struct arena *a, struct span address)
{
	struct route_targets targets;
	struct route_target place;
	struct fault f;
	bool accepted = route_check(r, a, address, &f) == 0;

	assert(accepted || f.text[0]);
	if (route_expand(r, a, address, &targets, &f) == 0) {
		assert(targets.n > 0);
		for (size_t i = 0; i < targets.n; i++) {
			assert(targets.v[i].kind != ROUTE_COMMAND && targets.v[i].kind != ROUTE_FILE);
			assert(!span_has_control(span_str(targets.v[i].recipient)));
		}
	}
	route_place(r, a, address, "s@s.example", false, &place, &f);
}

static void check_address(struct route *r, struct span key)
{
	struct arena a = { 0 };
	const char *address =
		arena_printf(&a, "%.*s%s", SPAN_ARG(key), span_find(key, '@') < key.n ? "" : "@v.example");

	if (key.n && key.p[0] == '@')
		address = arena_printf(&a, "xy+z%.*s", SPAN_ARG(key));
	if (address_is_valid(span_str(address), false, true)) {
		check_rewriting(r, &a, span_str(address));
		check_routing(r, &a, span_str(address));
	}
	arena_clear(&a);
}

static void check_file(struct route *r)
{
	struct textmap *map = r->tables->v[TABLES_CANONICAL].v[0].map;
	struct vet vet = { .route = r, .report = report };
	struct textmap_walk walk = { 0 };
	struct textmap_entry e;
	char keys[KEYS_MAX][64];
	size_t n = 0, length[KEYS_MAX];
	int rc;

	assert(route_load(r, NULL) == 0);
	while ((rc = textmap_next(map, &walk, &e)) != 0) {
		if (rc < 0)
			continue;
		check_find(map, &e);
		if (n < KEYS_MAX && e.key.n < sizeof(keys[0])) {
			memcpy(keys[n], e.key.p, e.key.n);
			length[n++] = e.key.n;
		}
	}
	/* The file is read again by these, so the keys are copies. */
	for (size_t i = 0; i < n; i++)
		check_address(r, span_of(keys[i], length[i]));
	vet_run(&vet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct route_callbacks call = { .find_account = find_account, .read_file = read_file };
	int fd = memfd_create("table", 0);
	struct arena a = { 0 };
	struct route r = { .mydestination = "m.example",
			   .myorigin = "m.example",
			   .recipient_delimiter = "+",
			   .canonical_classes = "envelope_sender header_recipient",
			   .masquerade_classes = "header_sender",
			   .masquerade_domains = "!a.m.example m.example",
			   .propagate_unmatched_extensions = "canonical virtual",
			   .virtual_mailbox_domains = "v.example",
			   .virtual_mailbox_base = "/v",
			   .virtual_uid = 1,
			   .call = &call };

	if (fd < 0 || fchmod(fd, 0600) < 0 || disk_write(fd, data, size, "memfd", NULL) < 0)
		return 0;
	r.canonical_maps = arena_printf(&a, "/proc/self/fd/%d", fd);
	r.virtual_alias_maps = r.virtual_mailbox_maps = r.transport_maps = r.relocated_maps = r.canonical_maps;
	r.sender_dependent_relayhost_maps = r.virtual_alias_domains = r.canonical_maps;
	assert(route_init(&r, NULL) == 0);
	check_file(&r);
	route_clear(&r);
	arena_clear(&a);
	close(fd);
	return 0;
}
