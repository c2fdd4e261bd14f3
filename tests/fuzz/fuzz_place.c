/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as an address, where there are lists whose names are part of each other; and what stands behind a word as a
 * token. No name but those of the lists comes out, nothing that was not signed is good, and what is signed is.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "list/member.h"
#include "list/place.h"
#include "list/token.h"
#include "message/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW = TOKEN_EPOCH + 1000000 };

static const char *const names[] = { "a", "a-b", "a-b-help", "owner-a", "a@x.example" };
static struct list_places places = { .origin = "m.example", .delimiters = "+", .request_address = "listmgr" };
static struct list list;
static char directory[] = "/tmp/letterbox-fuzz.XXXXXX";

static void tidy(void)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		static const char *const files[] = { "config", "key", "owners", "lock", "" };

		for (size_t n = 0; n < sizeof(files) / sizeof(files[0]); n++)
			remove(arena_printf(&a, "%s/%s/%s", directory, names[i], files[n]));
	}
	rmdir(directory);
	arena_clear(&a);
}

static void set_up(void)
{
	const char *const owner = "boss@m.example";
	const struct list_terms terms = { .owners = &owner, .nowners = 1 };
	struct fault f;

	if (places.directory)
		return;
	if (!mkdtemp(directory))
		abort();
	places.directory = directory;
	atexit(tidy);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (list_create(&places, names[i], &terms, &f) < 0)
			abort();
	if (list_open(&list, &places, "a", &f) < 0)
		abort();
}

static bool is_ours(const char *name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return name[0] == '\0';
}

static void check_place(struct arena *a, struct span text)
{
	struct list_target t;
	struct span local, domain;
	struct fault f;
	int rc;

	address_split(text, &local, &domain);
	rc = place_find(&places, a, local, domain, span_is_nocase(domain, SPAN("m.example")), &t, &f);
	assert(rc >= 0);
	if (rc == 0)
		return;
	assert(is_ours(t.name) && (t.name[0] != '\0') == (t.role != LIST_SITE));
	assert(t.role == LIST_SITE || !t.word[0] || strlen(t.word) <= local.n);
	rc = place_check(&places, a, &t, &f);
	/* Its key is new with each run, so nobody has guessed it. */
	if (t.role == LIST_SIGNED || (t.role == LIST_BOUNCES && t.rest[0]))
		assert(rc < 0);
}

static void check_token(struct arena *a, struct span text)
{
	const char *identity = member_identity(a, text), *made, *dash;
	struct token token;
	struct fault f;

	if (!identity)
		return;
	made = token_text(&list, a, TOKEN_SUBSCRIBE, identity, NOW, &f);
	if (!made)
		return;
	assert(!span_has_8bit(span_str(made)) && !span_has_control(span_str(made)));
	assert(token_check(&list, a, "confirm", made, NOW, &token, &f) == 0);
	assert(token.action == TOKEN_SUBSCRIBE && token_is_for(&list, &token, identity));
	dash = strchr(made, '-');
	assert(dash && address_is_valid(span_str(arena_printf(a, "x-%s@m.example", made)), false, false));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of((const char *)data, size);
	struct arena a = { 0 };
	struct token token;
	struct fault f;

	set_up();
	check_place(&a, text);
	check_token(&a, text);
	assert(token_check(&list, &a, "confirm", arena_span(&a, text), NOW, &token, &f) < 0);
	list_name_of(&a, text);
	arena_clear(&a);
	return 0;
}
