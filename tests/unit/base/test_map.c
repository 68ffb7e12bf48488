/* SPDX-License-Identifier: MIT */
/* test_map.c - a hash table from bytes to pointers */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "gateway/base/map.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct map_seed seed = { 1, 2 };

/* The values were computed by CPython 3.11, whose hash() of bytes is
 * SipHash-1-3, with PYTHONHASHSEED 0 and 42. */
static void hash_is_siphash_1_3(void **state)
{
	static const struct map_seed zero = { 0, 0 };
	static const struct map_seed other = { 0xdc504fd368cd90af,
					       0xb920bb9ffe99e9c1 };
	static const struct {
		size_t n;
		uint64_t zero, other;
	} cases[] = {
		{ 1, 0x68a914128e01e473, 0xce880c366bcf3489 },
		{ 7, 0x2f098ab0c751325a, 0xce280fabc397fbda },
		{ 8, 0xead411e67ebe2eea, 0x60866c3c108c6afb },
		{ 9, 0x75927f9d95124362, 0x68814005f7469e03 },
		{ 15, 0xf30eb725bb91c9ea, 0x94ace24d68c18cf8 },
		{ 16, 0x8972188433a5c5b7, 0x339176f3ac59ce05 },
		{ 33, 0x7fb71d24dfa4c9f6, 0x0c2f62fe705a39bc },
	};
	uint8_t bytes[33];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(map_hash(zero, bytes, cases[i].n) == cases[i].zero);
		assert_true(map_hash(other, bytes, cases[i].n) ==
			    cases[i].other);
	}
}

static void put_get_replace_delete(void **state)
{
	char first[] = "ann", again[] = "ann";
	int one, two;
	struct map m;

	(void)state;
	map_init(&m, seed);
	assert_null(map_get(&m, STR("ann")));
	assert_null(map_del(&m, STR("ann")));
	assert_null(map_put(&m, str_of(first), &one));
	assert_ptr_equal(map_get(&m, STR("ann")), &one);
	assert_ptr_equal(map_put(&m, str_of(again), &two), &one);
	memset(first, 'x', 3); /* the old key bytes may go */
	assert_ptr_equal(map_get(&m, STR("ann")), &two);
	assert_null(map_get(&m, STR("Ann")));
	assert_int_equal(m.used, 1);
	assert_ptr_equal(map_del(&m, STR("ann")), &two);
	assert_null(map_get(&m, STR("ann")));
	assert_int_equal(m.used, 0);
	map_fini(&m);
}

static void keys_are_bytes(void **state)
{
	int empty, zero, zeros;
	struct map m;

	(void)state;
	map_init(&m, seed);
	map_put(&m, STR_NONE, &empty);
	map_put(&m, str_make("\0", 1), &zero);
	map_put(&m, str_make("\0\0", 2), &zeros);
	assert_ptr_equal(map_get(&m, STR("")), &empty);
	assert_ptr_equal(map_get(&m, str_make("\0", 1)), &zero);
	assert_ptr_equal(map_get(&m, str_make("\0\0", 2)), &zeros);
	map_fini(&m);
}

struct thing {
	char key[12];
	bool in, seen;
};

static void check_against(const struct map *m, struct thing *things, size_t n)
{
	size_t it = 0, live = 0;
	struct thing *t;

	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(map_get(m, str_of(things[i].key)),
				 things[i].in ? &things[i] : NULL);
		live += things[i].in;
		things[i].seen = false;
	}
	assert_int_equal(m->used, live);
	while ((t = map_next(m, &it)) != NULL) {
		assert_true(t->in && !t->seen);
		t->seen = true;
		live--;
	}
	assert_int_equal(live, 0);
}

static void a_long_life_of_changes_matches_a_plain_list(void **state)
{
	static struct thing things[700];
	uint32_t random = 1;
	struct map m;

	(void)state;
	map_init(&m, seed);
	for (size_t i = 0; i < COUNT(things); i++)
		snprintf(things[i].key, sizeof(things[i].key), "k%zu", i);
	for (size_t turn = 0; turn < 40000; turn++) {
		struct thing *t;

		random = random * 1664525 + 1013904223;
		t = &things[(random >> 8) % COUNT(things)];
		if (t->in)
			assert_ptr_equal(map_del(&m, str_of(t->key)), t);
		else
			assert_null(map_put(&m, str_of(t->key), t));
		t->in = !t->in;
		if (turn % 1000 == 0)
			check_against(&m, things, COUNT(things));
	}
	check_against(&m, things, COUNT(things));
	map_fini(&m);
}

static void coming_and_going_does_not_grow_the_table(void **state)
{
	char key[12];
	struct map m;

	(void)state;
	map_init(&m, seed);
	for (int i = 0; i < 10000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		map_put(&m, str_of(key), key);
		assert_ptr_equal(map_del(&m, str_of(key)), key);
	}
	assert_true(m.cap <= 16);
	map_fini(&m);
}

static void a_walk_may_delete_what_it_is_shown(void **state)
{
	static struct thing things[100];
	size_t it = 0, n = 0;
	struct thing *t;
	struct map m;

	(void)state;
	map_init(&m, seed);
	for (size_t i = 0; i < COUNT(things); i++) {
		snprintf(things[i].key, sizeof(things[i].key), "w%zu", i);
		map_put(&m, str_of(things[i].key), &things[i]);
	}
	for (; (t = map_next(&m, &it)) != NULL; n++)
		assert_ptr_equal(map_del(&m, str_of(t->key)), t);
	assert_int_equal(n, COUNT(things));
	assert_int_equal(m.used, 0);
	map_fini(&m);
	it = 0;
	assert_null(map_next(&m, &it));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_is_siphash_1_3),
		cmocka_unit_test(put_get_replace_delete),
		cmocka_unit_test(keys_are_bytes),
		cmocka_unit_test(a_long_life_of_changes_matches_a_plain_list),
		cmocka_unit_test(coming_and_going_does_not_grow_the_table),
		cmocka_unit_test(a_walk_may_delete_what_it_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
