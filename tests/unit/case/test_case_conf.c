/* SPDX-License-Identifier: MIT */
/* test_case_conf.c - ladders as operators write them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "gateway/base/when.h"
#include "gateway/case/case.h"
#include "gateway/config/config.h"

static const struct config_root roots[] = {
	{ .key = "ladders", .opt = &case_ladders_opt },
	{ .key = "cases", .section = &case_conf_section },
	{ .key = NULL },
};

static enum gw_err load(const char *yaml, struct config **out,
			struct buf *errors)
{
	return config_load_text(str_of(yaml), "t", roots, out, errors);
}

static const char chase[] =
	"ladders:\n"
	"  chase:\n"
	"    - { tell: recipient, wait: 5m }\n"
	"    - { tell: best available, wait: 90s, offer: mail }\n"
	"    - { tell: all available, by: im }\n"
	"    - { room: watch@rooms.x.org, wait: 10m }\n"
	"    - { tell: lead, by: [im, mail] }\n"
	"    - { tell: operators }\n"
	"    - { tell: boss@x.org, by: mail }\n"
	"  round: { steps: [{ tell: lead }], repeat: 2 }\n";

static void a_ladder_has_its_steps(void **state)
{
	static const struct ladder_step want[] = {
		{ TELL_RECIPIENT, "", 5 * WHEN_MINUTE, 0, false },
		{ TELL_BEST, "", 90 * WHEN_SECOND, 0, true },
		{ TELL_ALL_AVAILABLE, "", 0, BY_IM, false },
		{ TELL_ROOM, "watch@rooms.x.org", 10 * WHEN_MINUTE, 0, false },
		{ TELL_LEAD, "", 0, BY_IM | BY_MAIL, false },
		{ TELL_ROOM, "", 0, 0, false },
		{ TELL_PERSON, "boss@x.org", 0, BY_MAIL, false },
	};
	struct buf errors = { .data = NULL };
	struct config *c = NULL;
	const struct conf_map *m;
	const struct ladder *l;

	(void)state;
	assert_int_equal(load(chase, &c, &errors), GW_OK);
	m = config_get(c, "ladders");
	assert_int_equal(m->count, 2);
	assert_string_equal(m->entries[0].name, "chase");
	l = m->entries[0].value;
	assert_int_equal(l->count, 7);
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(l->steps[i].target, want[i].target);
		assert_string_equal(l->steps[i].address, want[i].address);
		assert_int_equal(l->steps[i].wait, want[i].wait);
		assert_int_equal(l->steps[i].by, want[i].by);
		assert_int_equal(l->steps[i].offer_mail, want[i].offer_mail);
	}
	l = m->entries[1].value;
	assert_int_equal(l->repeat, 2);
	assert_int_equal(l->count, 1);
	config_unref(&c);
	buf_fini(&errors);
}

static const char *const written[] = {
	chase,
	"",
	"ladders:\n",
	"ladders: {}\n",
	"cases: { claimant_gone_after: 0 }\n",
};

static void effective_is_the_same_configuration(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		struct config *first = NULL;
		struct config *second = NULL;
		struct buf errors = { .data = NULL };
		struct buf out = { .data = NULL };

		if (load(written[i], &first, &errors) != GW_OK)
			fail_msg("%s", (const char *)errors.data);
		config_print(first, &out);
		if (load((const char *)out.data, &second, &errors) != GW_OK)
			fail_msg("%s\n%s", (const char *)errors.data,
				 (const char *)out.data);
		assert_string_equal(config_hash(first), config_hash(second));
		config_unref(&first);
		config_unref(&second);
		buf_fini(&out);
		buf_fini(&errors);
	}
}

static const struct {
	const char *ladders, *says;
} wrong[] = {
	{ "[]", "a table of ladders" },
	{ "{ a: [] }", "1 to 50 steps" },
	{ "{ a: x }", "1 to 50 steps" },
	{ "{ a: [x] }", "expected a step" },
	{ "{ a: [{ wait: 5m }] }", "either tell or room" },
	{ "{ a: [{ tell: lead, room: r@x }] }", "either tell or room" },
	{ "{ a: [{ tell: everybody }] }", "or an address" },
	{ "{ a: [{ tell: [lead] }] }", "or an address" },
	{ "{ a: [{ tell: '@x' }] }", "or an address" },
	{ "{ a: [{ room: ops }] }", "address of a room" },
	{ "{ a: [{ tell: lead, wait: long }] }", "expected a time" },
	{ "{ a: [{ tell: lead, wait: 8d }] }", "up to 7d" },
	{ "{ a: [{ tell: lead, by: fax }] }", "im or mail" },
	{ "{ a: [{ tell: lead, by: [im, fax] }] }", "im or mail" },
	{ "{ a: [{ tell: lead, offer: cake }] }", "mail" },
	{ "{ a: [{ tell: lead, then: x }] }", "a step has" },
	{ "{ a: { repeat: 2 } }", "1 to 50 steps" },
	{ "{ a: { steps: [{ tell: lead }], repeat: 6 } }", "from 0 to 5" },
	{ "{ a: { steps: [{ tell: lead }], times: 2 } }", "steps and repeat" },
};

static void what_is_wrong_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct buf errors = { .data = NULL };
		struct config *c = NULL;
		char yaml[200];

		snprintf(yaml, sizeof(yaml), "ladders: %s\n", wrong[i].ladders);
		print_message("%s\n", wrong[i].ladders);
		assert_int_equal(load(yaml, &c, &errors), GW_BAD_INPUT);
		if (strstr((const char *)errors.data, wrong[i].says) == NULL)
			fail_msg("%s", (const char *)errors.data);
		buf_fini(&errors);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ladder_has_its_steps),
		cmocka_unit_test(effective_is_the_same_configuration),
		cmocka_unit_test(what_is_wrong_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
