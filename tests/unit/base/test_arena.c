/* SPDX-License-Identifier: MIT */
/* test_arena.c - memory of one unit of work, and the heap */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdalign.h>

#include "gateway/base/arena.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool zeroed(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
	static const size_t sizes[] = { 0, 1, 7, 16, 17, 2048, 2049, 100000 };
	struct arena *a = arena_new();
	unsigned char *pieces[COUNT(sizes)];

	(void)state;
	for (int unit = 0; unit < 3; unit++) {
		size_t sum = 0;

		for (size_t i = 0; i < COUNT(sizes); i++) {
			pieces[i] = arena_alloc(a, sizes[i]);
			assert_non_null(pieces[i]);
			assert_int_equal(
				(uintptr_t)pieces[i] % alignof(max_align_t), 0);
			assert_true(zeroed(pieces[i], sizes[i]));
			memset(pieces[i], (int)i + 1, sizes[i]);
			sum += sizes[i];
		}
		for (size_t i = 0; i < COUNT(sizes); i++)
			for (size_t j = 0; j < sizes[i]; j++)
				assert_int_equal(pieces[i][j], i + 1);
		assert_int_equal(arena_used(a), sum);
		arena_reset(a);
		assert_int_equal(arena_used(a), 0);
	}
	arena_free(&a);
	assert_null(a);
}

/* So that one that lives long has no more than it needs. */
static void room_is_what_pieces_take(void **state)
{
	static const size_t sizes[] = { 1, 15, 16, 17, 288, 0 };
	struct arena *a = arena_new();
	size_t sum = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		(void)arena_alloc(a, sizes[i]);
		sum += arena_room(sizes[i]);
		assert_int_equal(arena_taken(a), sum);
	}
	arena_reset(a);
	assert_int_equal(arena_taken(a), 0);
	arena_free(&a);
}

static void many_small_pieces_keep_their_bytes(void **state)
{
	struct arena *a = arena_new();
	uint32_t *pieces[5000];

	(void)state;
	for (uint32_t i = 0; i < COUNT(pieces); i++) {
		pieces[i] = arena_alloc(a, sizeof(*pieces[i]));
		*pieces[i] = i;
	}
	for (uint32_t i = 0; i < COUNT(pieces); i++)
		assert_int_equal(*pieces[i], i);
	arena_free(&a);
}

static void text_is_copied_with_termination(void **state)
{
	struct arena *a = arena_new();
	const char unterminated[3] = { 'a', 'b', 'c' };
	struct str s;

	(void)state;
	assert_string_equal(arena_strndup(a, unterminated, 3), "abc");
	assert_string_equal(arena_strndup(a, "ab", 10), "ab");
	assert_string_equal(arena_strndup(a, NULL, 0), "");
	assert_string_equal(arena_strdup(a, "x"), "x");
	assert_null(arena_strdup(a, NULL));
	s = arena_str(a, str_make("a\0b!", 3));
	assert_true(str_eq(s, str_make("a\0b", 3)));
	assert_int_equal(s.p[3], 0);
	assert_null(arena_str(a, STR_NONE).p);
	assert_non_null(arena_str(a, STR("")).p);
	assert_string_equal(arena_printf(a, "%s-%d", "n", 7), "n-7");
	assert_int_equal(strlen(arena_printf(a, "%5000d", 1)), 5000);
	arena_free(&a);
}

static void secrets_are_wiped(void **state)
{
	static const size_t sizes[] = { 1, 200, 300, 2049, 9000 };
	struct arena *arenas[] = { arena_new(), arena_new_for(100) };
	unsigned char *pieces[COUNT(sizes)];

	(void)state;
	for (size_t k = 0; k < COUNT(arenas); k++) {
		arena_wipe(arenas[k]);
		for (size_t i = 0; i < COUNT(sizes); i++) {
			pieces[i] = arena_alloc(arenas[k], sizes[i]);
			memset(pieces[i], 's', sizes[i]);
		}
		arena_wipe(arenas[k]);
		for (size_t i = 0; i < COUNT(sizes); i++)
			assert_true(zeroed(pieces[i], sizes[i]));
		arena_free(&arenas[k]);
	}
}

static void nothing_to_free_is_fine(void **state)
{
	struct arena *a = NULL;

	(void)state;
	arena_free(&a);
	a = arena_new();
	arena_reset(a);
	arena_free(&a);
	assert_null(a);
	mem_free(NULL);
}

static void heap_arrives_zeroed(void **state)
{
	unsigned char *p = mem_new(10);
	char *text;

	(void)state;
	assert_true(zeroed(p, 10));
	memset(p, 0xff, 10);
	p = mem_grow(p, 10, 5000);
	assert_int_equal(p[9], 0xff);
	assert_true(zeroed(p + 10, 4990));
	mem_free(p);
	p = mem_grow(NULL, 0, 8);
	assert_true(zeroed(p, 8));
	mem_free(p);
	mem_free(mem_new(0));
	text = mem_strdup("abc");
	assert_string_equal(text, "abc");
	mem_free(text);
	text = mem_strndup("abc", 2);
	assert_string_equal(text, "ab");
	mem_free(text);
	assert_null(mem_strdup(NULL));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(room_is_what_pieces_take),
		cmocka_unit_test(many_small_pieces_keep_their_bytes),
		cmocka_unit_test(text_is_copied_with_termination),
		cmocka_unit_test(secrets_are_wiped),
		cmocka_unit_test(nothing_to_free_is_fine),
		cmocka_unit_test(heap_arrives_zeroed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
