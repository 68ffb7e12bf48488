/* SPDX-License-Identifier: MIT */
/* test_session.c - when log-ins end and guessing has to wait, on a fake clock;
 * and which options are refused */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gateway/store/kv.h"
#include "tests/unit/web/house.h"

#define MINUTE ((int64_t)60 * 1000)
#define HOUR   (60 * MINUTE)

struct fix {
	struct loop *loop;
	struct store *store;
	struct sessions *sessions;
	struct limits *limits;
	int on_disk;
};

static const struct session_rules rules = { .idle = 30 * MINUTE,
					    .absolute = 12 * HOUR };

static int setup(void **state)
{
	struct fix *f = test_calloc(1, sizeof(*f));
	struct err_note note;

	f->loop = loop_fake_new(7);
	if (store_open(f->loop, &(struct store_spec){ .path = ":memory:" },
		       &f->store, &note) != GW_OK)
		fail_msg("%s", note.text);
	f->sessions = web_session_new(f->store);
	web_session_rules(f->sessions, &rules);
	f->limits = web_limit_new(f->loop);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fix *f = *state;

	web_limit_free(&f->limits);
	store_close(&f->store);
	web_session_free(&f->sessions);
	loop_free(&f->loop);
	test_free(f);
	return 0;
}

static void on_disk(void *arg, enum gw_err e)
{
	struct fix *f = arg;

	assert_int_equal(e, GW_OK);
	f->on_disk++;
}

static bool lives(struct fix *f, const char *token)
{
	return web_session_of(f->sessions, str_of(token)) != NULL;
}

static void use(struct fix *f, const char *token)
{
	const struct session *s = web_session_of(f->sessions, str_of(token));
	struct session_id id;

	assert_non_null(s);
	id = s->id;
	web_session_use(f->sessions, &id);
}

static void ends_without_use(void **state)
{
	struct fix *f = *state;
	char token[SESSION_TOKEN_MAX];

	web_session_start(f->sessions, STR("ann@x"), token, on_disk, f);
	loop_fake_pass(f->loop, 30 * MINUTE - 1);
	assert_true(lives(f, token)); /* looking is not using */
	loop_fake_pass(f->loop, 1);
	assert_false(lives(f, token));
	assert_int_equal(web_session_count(f->sessions), 0);
}

static void use_keeps_it_but_not_for_ever(void **state)
{
	struct fix *f = *state;
	char token[SESSION_TOKEN_MAX];

	web_session_start(f->sessions, STR("ann@x"), token, on_disk, f);
	for (int i = 0; i < 12 * 3 - 1; i++) {
		loop_fake_pass(f->loop, 20 * MINUTE);
		use(f, token);
	}
	loop_fake_pass(f->loop, 20 * MINUTE - 1);
	assert_true(lives(f, token));
	loop_fake_pass(f->loop, 1);
	assert_false(lives(f, token));
}

static void a_clock_set_back_does_not_lengthen_it(void **state)
{
	struct fix *f = *state;
	char token[SESSION_TOKEN_MAX];

	web_session_start(f->sessions, STR("ann@x"), token, on_disk, f);
	loop_fake_jump(f->loop, -HOUR);
	assert_false(lives(f, token));
}

static void the_store_keeps_only_hashes(void **state)
{
	struct fix *f = *state;
	struct sessions *again;
	char token[SESSION_TOKEN_MAX];
	struct arena *a = arena_new();
	struct store_kv *rows;
	size_t n;

	web_session_start(f->sessions, STR("ann@x"), token, on_disk, f);
	loop_fake_pass(f->loop, 1);
	assert_int_equal(store_kv_load(f->store, "web-session", a, &rows, &n),
			 GW_OK);
	assert_int_equal(n, 1);
	assert_false(str_is(rows[0].key, token));
	assert_null(memmem(rows[0].value.p, rows[0].value.n, token, 64));
	again = web_session_new(f->store);
	web_session_rules(again, &rules);
	assert_int_equal(web_session_load(again), GW_OK);
	assert_string_equal(web_session_of(again, str_of(token))->address,
			    "ann@x");
	web_session_free(&again);
	arena_free(&a);
}

static size_t rows_of(struct fix *f)
{
	struct arena *a = arena_new();
	struct store_kv *rows;
	size_t n;

	assert_int_equal(store_kv_load(f->store, "web-session", a, &rows, &n),
			 GW_OK);
	arena_free(&a);
	return n;
}

/* A crash right after an answer neither takes a log-in back nor revives one. */
static void told_when_the_row_is_on_disk(void **state)
{
	struct fix *f = *state;
	char token[SESSION_TOKEN_MAX];
	struct session_id id;

	web_session_start(f->sessions, STR("ann@x"), token, on_disk, f);
	assert_int_equal(f->on_disk, 0);
	loop_fake_pass(f->loop, 1);
	assert_int_equal(f->on_disk, 1);
	assert_int_equal(rows_of(f), 1);

	id = web_session_of(f->sessions, str_of(token))->id;
	web_session_end(f->sessions, &id, on_disk, f);
	assert_false(lives(f, token));
	assert_int_equal(f->on_disk, 1);
	loop_fake_pass(f->loop, 1);
	assert_int_equal(f->on_disk, 2);
	assert_int_equal(rows_of(f), 0);
	web_session_end(f->sessions, &id, on_disk, f); /* ended twice */
	assert_int_equal(f->on_disk, 3);
}

static void sweeping_ends_what_is_over(void **state)
{
	struct fix *f = *state;
	char one[SESSION_TOKEN_MAX], two[SESSION_TOKEN_MAX];

	web_session_start(f->sessions, STR("ann@x"), one, on_disk, f);
	loop_fake_pass(f->loop, 20 * MINUTE);
	web_session_start(f->sessions, STR("bob@x"), two, on_disk, f);
	loop_fake_pass(f->loop, 15 * MINUTE);
	web_session_sweep(f->sessions);
	assert_int_equal(web_session_count(f->sessions), 1);
	assert_true(lives(f, two));
}

static unsigned tries(struct fix *f, const char *account, const char *peer,
		      unsigned most)
{
	struct limit_try t = { .account = str_of(account), .peer = peer };
	unsigned n = 0;

	while (n < most && web_limit_wait(f->limits, &t) == 0) {
		web_limit_begin(f->limits, &t);
		n++;
	}
	return n;
}

static void guessing_waits_a_quarter_of_an_hour(void **state)
{
	struct fix *f = *state;

	assert_int_equal(tries(f, "ann@x", "192.0.2.1:1000", 100), 5);
	assert_int_equal(tries(f, "ann@x", "192.0.2.1:2000", 100), 0);
	loop_fake_pass(f->loop, 15 * MINUTE);
	assert_int_equal(tries(f, "ann@x", "192.0.2.1:1000", 100), 5);
}

static void one_guesser_does_not_lock_out_the_owner(void **state)
{
	struct fix *f = *state;

	tries(f, "ann@x", "192.0.2.1:1000", 100);
	assert_int_equal(tries(f, "ann@x", "192.0.2.2:1000", 1), 1);
}

static void many_accounts_from_one_place_are_stopped(void **state)
{
	struct fix *f = *state;
	unsigned total = 0;
	char name[32];

	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "p%d@x", i);
		total += tries(f, name, "192.0.2.1:1000", 1);
	}
	assert_int_equal(total, 30);
	/* An IPv6 guesser has a whole /64. */
	total = 0;
	for (int i = 0; i < 100; i++) {
		char peer[64];

		snprintf(name, sizeof(name), "q%d@x", i);
		snprintf(peer, sizeof(peer), "[2001:db8::%x]:99", i + 1);
		total += tries(f, name, peer, 1);
	}
	assert_int_equal(total, 30);
}

static void a_proxy_on_this_machine_is_not_one_place(void **state)
{
	struct fix *f = *state;
	unsigned total = 0;
	char name[32];

	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "p%d@x", i);
		total += tries(f, name, "127.0.0.1:1000", 1);
	}
	assert_int_equal(total, 100);
}

static void many_places_against_one_account_are_stopped(void **state)
{
	struct fix *f = *state;
	unsigned total = 0;
	char peer[32];

	for (int i = 1; i < 250; i++) {
		snprintf(peer, sizeof(peer), "192.0.2.%d:1000", i);
		total += tries(f, "ann@x", peer, 1);
	}
	assert_int_equal(total, 50);
}

static void options_that_would_open_the_house_are_refused(void **state)
{
	static const struct {
		const char *yaml;
		bool good;
	} rows[] = {
		{ "web: { listen_tls: \"127.0.0.1:5281\" }", true },
		{ "web: { listen_tls: \"/run/web.sock\" }", false },
		{ "web: { listen_tls: \"unix:/run/web.sock\" }", false },
		{ "web: { listen_tls: \"5281\" }", false },
		{ "web: { url: \"https://muster.example.org\" }", true },
		{ "web: { url: \"https://muster.example.org/\" }", false },
		{ "web: { url: \"muster.example.org\" }", false },
		{ "web: { url: \"https://\" }", false },
		{ "web: { idle: 1s }", false },
	};
	static const struct config_root roots[] = {
		{ .key = "web", .section = &web_conf_section },
		{ .key = NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf errors = { .data = NULL };
		struct config *cfg = NULL;
		enum gw_err e = config_load_text(str_of(rows[i].yaml), "t",
						 roots, &cfg, &errors);

		if ((e == GW_OK) != rows[i].good)
			fail_msg("%s: %s", rows[i].yaml, err_name(e));
		config_unref(&cfg);
		buf_fini(&errors);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(ends_without_use),
		T(use_keeps_it_but_not_for_ever),
		T(a_clock_set_back_does_not_lengthen_it),
		T(the_store_keeps_only_hashes),
		T(told_when_the_row_is_on_disk),
		T(sweeping_ends_what_is_over),
		T(guessing_waits_a_quarter_of_an_hour),
		T(one_guesser_does_not_lock_out_the_owner),
		T(many_accounts_from_one_place_are_stopped),
		T(a_proxy_on_this_machine_is_not_one_place),
		T(many_places_against_one_account_are_stopped),
		cmocka_unit_test(options_that_would_open_the_house_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
