/* SPDX-License-Identifier: ISC */
#include "base/map.h"

#include <stdio.h>

#include "support/check_main.h"

enum { MANY = 20000 };

static struct arena arena;
static struct map map;

static void setup(void)
{
	map_init(&map, &arena);
}

static void teardown(void)
{
	arena_clear(&arena);
}

START_TEST(test_empty)
{
	ck_assert_ptr_null(map_find(&map, SPAN("x")));
	ck_assert_ptr_null(map_find(&map, (struct span){ NULL, 0 }));
	ck_assert_uint_eq(map.n, 0);
}
END_TEST

START_TEST(test_set_add_find)
{
	int one = 1, two = 2, none = 0;

	ck_assert(map_add(&map, SPAN("a"), &one));
	ck_assert(!map_add(&map, SPAN("a"), &two));
	ck_assert_ptr_eq(map_find(&map, SPAN("a")), &one);
	map_set(&map, SPAN("a"), &two);
	ck_assert_ptr_eq(map_find(&map, SPAN("a")), &two);
	map_set(&map, (struct span){ NULL, 0 }, &none);
	ck_assert_ptr_eq(map_find(&map, SPAN("")), &none);
	map_set(&map, SPAN("a\0b"), &one);
	ck_assert_ptr_eq(map_find(&map, SPAN("a\0b")), &one);
	ck_assert_ptr_null(map_find(&map, SPAN("a\0c")));
	ck_assert_ptr_null(map_find(&map, SPAN("A")));
	ck_assert_uint_eq(map.n, 3);
}
END_TEST

START_TEST(test_enter)
{
	static const char kept[] = "a";
	char key[] = "a";
	int one = 1;
	struct map_entry *e = map_enter(&map, span_str(key));

	ck_assert_ptr_null(e->value);
	e->key = span_str(kept);
	e->value = &one;
	key[0] = 'b';
	ck_assert_ptr_eq(map_find(&map, SPAN("a")), &one);
	ck_assert_ptr_eq(map_enter(&map, SPAN("a"))->value, &one);
	ck_assert_ptr_null(map_enter(&map, span_str(key))->value);
	ck_assert_uint_eq(map.n, 2);
}
END_TEST

/* Keys of all lengths around the word that the hash takes at a time, in the order of insertion. */
START_TEST(test_many)
{
	static char keys[MANY][24];

	for (int i = 0; i < MANY; i++) {
		snprintf(keys[i], sizeof(keys[i]), "%.*s%d", i % 12, "user@example.org", i);
		ck_assert(map_add(&map, span_str(keys[i]), keys[i]));
	}
	ck_assert_uint_eq(map.n, MANY);
	for (int i = 0; i < MANY; i++) {
		ck_assert_ptr_eq(map_find(&map, span_str(keys[i])), keys[i]);
		ck_assert_ptr_eq(map.entries[i].value, keys[i]);
	}
	ck_assert_ptr_null(map_find(&map, SPAN("user@example.or")));
}
END_TEST

START_TEST(test_seeds_differ)
{
	struct map other;

	map_init(&other, &arena);
	ck_assert(other.seed != map.seed);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_empty);
	tcase_add_test(tc, test_enter);
	tcase_add_test(tc, test_set_add_find);
	tcase_add_test(tc, test_many);
	tcase_add_test(tc, test_seeds_differ);
}

CHECK_MAIN(map, add_tests)
