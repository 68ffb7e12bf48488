/* SPDX-License-Identifier: MIT */
/* test_slot.c - handles of objects that may be gone */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/slot.h"

static void a_stale_handle_finds_nothing(void **state)
{
	struct slot_table t;
	uint64_t old, new;
	int one, two;

	(void)state;
	slot_init(&t);
	assert_null(slot_get(&t, 0));
	old = slot_add(&t, &one);
	assert_true(old != 0);
	assert_ptr_equal(slot_get(&t, old), &one);
	slot_del(&t, old);
	assert_null(slot_get(&t, old));
	new = slot_add(&t, &two);
	assert_int_equal((uint32_t) new, (uint32_t)old); /* the same slot */
	assert_true(new != old);
	assert_null(slot_get(&t, old));
	slot_del(&t, old);
	assert_ptr_equal(slot_get(&t, new), &two);
	assert_int_equal(t.used, 1);
	slot_fini(&t);
}

static void invented_handles_find_nothing(void **state)
{
	static const uint64_t cases[] = { 0,
					  2,
					  16,
					  17,
					  UINT32_MAX,
					  UINT64_MAX,
					  (uint64_t)1 << 32,
					  (uint64_t)1 << 32 | 1 };
	struct slot_table t;
	int one;

	(void)state;
	slot_init(&t);
	assert_int_equal(slot_add(&t, &one), 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_null(slot_get(&t, cases[i]));
		slot_del(&t, cases[i]);
	}
	assert_int_equal(t.used, 1);
	slot_fini(&t);
}

static void many_objects_are_kept_apart(void **state)
{
	static int objects[1000];
	static uint64_t handles[1000];
	struct slot_table t;
	size_t it = 0, seen = 0;
	int *o;

	(void)state;
	slot_init(&t);
	for (size_t i = 0; i < 1000; i++)
		handles[i] = slot_add(&t, &objects[i]);
	for (size_t i = 0; i < 1000; i += 2)
		slot_del(&t, handles[i]);
	for (size_t i = 0; i < 1000; i++)
		assert_ptr_equal(slot_get(&t, handles[i]),
				 i % 2 == 0 ? NULL : &objects[i]);
	for (; (o = slot_next(&t, &it)) != NULL; seen++)
		assert_int_equal((o - objects) % 2, 1);
	assert_int_equal(seen, 500);
	for (size_t i = 0; i < 500; i++)
		slot_add(&t, &objects[i]);
	assert_int_equal(t.used, 1000);
	assert_int_equal(t.cap, 1024);
	slot_fini(&t);
	it = 0;
	assert_null(slot_next(&t, &it));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stale_handle_finds_nothing),
		cmocka_unit_test(invented_handles_find_nothing),
		cmocka_unit_test(many_objects_are_kept_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
