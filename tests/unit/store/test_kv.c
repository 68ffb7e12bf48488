/* SPDX-License-Identifier: MIT */
/* test_kv.c - keys and values of modules; versions of configurations */
#include "tests/unit/store/rows.h"

#include "gateway/store/config.h"
#include "gateway/store/kv.h"

struct fixture {
	struct loop *loop;
	struct store *store;
	struct arena *arena;
	unsigned calls;
	enum gw_err e;
	int64_t version;
	char value[32];
};

static int set_up(void **state)
{
	static const struct store_spec spec = { .path = ":memory:" };
	struct fixture *f = mem_new(sizeof(*f));
	struct err_note note;

	f->loop = loop_fake_new(1);
	f->arena = arena_new();
	assert_int_equal(store_open(f->loop, &spec, &f->store, &note), GW_OK);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	store_close(&f->store);
	arena_free(&f->arena);
	loop_free(&f->loop);
	mem_free(f);
	return 0;
}

static void on_put(void *arg, enum gw_err e)
{
	struct fixture *f = arg;

	f->calls++;
	f->e = e;
}

static void on_get(void *arg, enum gw_err e, struct str value)
{
	struct fixture *f = arg;

	f->calls++;
	f->e = e;
	assert_int_equal(str_copy(f->value, sizeof(f->value), value), GW_OK);
}

static void put(struct fixture *f, const char *room, const char *key,
		const char *value)
{
	struct store_kv row = { room, str_of(key), str_of(value) };

	f->calls = 0;
	store_kv_put(f->store, &row, on_put, f);
	assert_int_equal(f->calls, 0);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->calls, 1);
	assert_int_equal(f->e, GW_OK);
}

static void a_room_loads_its_own_rows_by_key(void **state)
{
	struct fixture *f = *state;
	struct store_kv *rows;
	size_t n;

	put(f, "ping", "b", "2");
	put(f, "ping", "a", "1");
	put(f, "ping", "c", "");
	put(f, "pong", "a", "other");
	put(f, "ping", "b", "3");
	assert_int_equal(store_kv_load(f->store, "ping", f->arena, &rows, &n),
			 GW_OK);
	assert_int_equal(n, 3);
	assert_true(str_is(rows[0].key, "a") && str_is(rows[0].value, "1"));
	assert_true(str_is(rows[1].key, "b") && str_is(rows[1].value, "3"));
	assert_true(str_is(rows[2].key, "c") && str_is(rows[2].value, ""));
	put(f, "ping", "a", NULL);
	assert_int_equal(store_kv_load(f->store, "ping", f->arena, &rows, &n),
			 GW_OK);
	assert_int_equal(n, 2);
	assert_int_equal(store_kv_load(f->store, "none", f->arena, &rows, &n),
			 GW_OK);
	assert_int_equal(n, 0);
}

static void one_value_is_read_by_key(void **state)
{
	struct fixture *f = *state;

	put(f, "ping", "a", "1");
	store_kv_get(f->store, "ping", STR("a"), on_get, f);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->e, GW_OK);
	assert_string_equal(f->value, "1");
	store_kv_get(f->store, "ping", STR("b"), on_get, f);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->e, GW_NOT_FOUND);
}

static void on_saved(void *arg, enum gw_err e, int64_t version)
{
	struct fixture *f = arg;

	f->e = e;
	f->version = version;
}

static int64_t save(struct fixture *f, const char *hash, const char *text)
{
	struct store_config_done done = { on_saved, f };

	f->version = -1;
	store_config_save(f->store, str_of(hash), str_of(text), done);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->e, GW_OK);
	return f->version;
}

static void a_configuration_keeps_its_number(void **state)
{
	struct fixture *f = *state;
	struct str text;
	int64_t v;

	assert_int_equal(
		store_config_version(f->store, STR("h1"), STR("one"), &v),
		GW_OK);
	assert_int_equal(v, 1);
	assert_int_equal(save(f, "h2", "two"), 2);
	assert_int_equal(save(f, "h1", "one"), 1);
	assert_int_equal(save(f, "h3", "three"), 3);
	assert_int_equal(
		store_config_version(f->store, STR("h2"), STR("two"), &v),
		GW_OK);
	assert_int_equal(v, 2);
	assert_int_equal(store_config_load(f->store, 3, f->arena, &text),
			 GW_OK);
	assert_true(str_is(text, "three"));
	assert_int_equal(store_config_load(f->store, 4, f->arena, &text),
			 GW_NOT_FOUND);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(a_room_loads_its_own_rows_by_key),
		CASE(one_value_is_read_by_key),
		CASE(a_configuration_keeps_its_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
