/* SPDX-License-Identifier: MIT */
/* test_frame.c - counted bytes */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/frame.h"

static void the_last_holder_frees(void **state)
{
	char bytes[] = "<r/>";
	struct frame *mine = frame_new(bytes, 4), *yours;

	(void)state;
	bytes[0] = 'x';
	assert_true(str_is(frame_str(mine), "<r/>"));
	yours = frame_ref(mine);
	assert_ptr_equal(yours, mine);
	assert_int_equal(mine->refs, 2);
	frame_unref(&mine);
	assert_null(mine);
	assert_int_equal(yours->refs, 1);
	assert_true(str_is(frame_str(yours), "<r/>"));
	frame_unref(&yours); /* the leak check sees to the rest */
	assert_null(yours);
	frame_unref(&yours);
}

static void an_empty_frame_is_a_frame(void **state)
{
	struct frame *f = frame_new(NULL, 0);

	(void)state;
	assert_int_equal(f->len, 0);
	assert_int_equal(frame_str(f).n, 0);
	frame_unref(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_holder_frees),
		cmocka_unit_test(an_empty_frame_is_a_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
