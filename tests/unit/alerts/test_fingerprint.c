/* SPDX-License-Identifier: MIT */
/* test_fingerprint.c - our names of alerts are Alertmanager's */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alerts/fingerprint.h"

static const struct {
	const char *name;
	struct alerts_label labels[4];
	size_t n;
	const char *want;
} cases[] = {
	{ "no label", { { STR(""), STR("") } }, 0, "cbf29ce484222325" },
	{ "one label",
	  { { STR("alertname"), STR("Watchdog") } },
	  1,
	  "003b0a0f7d3fa569" },
	{ "in any order, not only ASCII",
	  { { STR("instance"), STR("db1") },
	    { STR("b"), STR("\xc3\xbc") },
	    { STR("alertname"), STR("DiskFull") } },
	  3,
	  "ff19d519f08f0e31" },
	{ "an empty value is no label",
	  { { STR("instance"), STR("db1") },
	    { STR("empty"), STR("") },
	    { STR("b"), STR("\xc3\xbc") },
	    { STR("alertname"), STR("DiskFull") } },
	  4,
	  "ff19d519f08f0e31" },
	{ "captured", { { STR("a"), STR("q2") } }, 1, "1178692c59b22043" },
	{ "captured", { { STR("a"), STR("ok") } }, 1, "7569872c0144690c" },
};

static void test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct alerts_label v[4];
		char text[ALERTS_FINGERPRINT_MAX];
		struct alerts_labels l;

		memcpy(v, cases[i].labels, sizeof(v));
		l = alerts_labels_make(v, cases[i].n);
		print_message("%s\n", cases[i].name);
		assert_string_equal(
			alerts_fingerprint_text(alerts_fingerprint(&l), text),
			cases[i].want);
	}
}

static void test_packed_labels_come_back(void **state)
{
	struct alerts_label v[] = { { STR("b"), STR("\xc3\xbc") },
				    { STR("a"), STR("x y") } };
	struct alerts_labels l = alerts_labels_make(v, 2), back;
	struct arena *a = arena_new();
	struct buf b = { .data = NULL };

	(void)state;
	alerts_labels_pack(&l, &b);
	assert_int_equal(alerts_labels_unpack(buf_str(&b), a, &back), GW_OK);
	assert_true(alerts_labels_eq(&l, &back));
	assert_int_equal(alerts_labels_unpack(
				 str_make((char *)b.data, b.len - 1), a, &back),
			 GW_BAD_INPUT);
	assert_int_equal(alerts_labels_unpack(STR("a\0"), a, &back),
			 GW_BAD_INPUT);
	assert_int_equal(alerts_labels_unpack(STR(""), a, &back), GW_OK);
	assert_int_equal(back.n, 0);
	buf_fini(&b);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_packed_labels_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
