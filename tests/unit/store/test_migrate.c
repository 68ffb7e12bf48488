/* SPDX-License-Identifier: MIT */
/* test_migrate.c - each step once, in order; newer stores are refused */
#include "tests/unit/store/rows.h"

#include "gateway/store/migrate.h"
#include "gateway/store/sql_private.h"

#define WALL INT64_C(1767225600000)

/* A step that ran twice fails: its table is there already. */
static const struct store_migration fruit_1[] = {
	{ "fruit", 1,
	  "CREATE TABLE apple (a BIGINT); CREATE TABLE pear (p BIGINT)" },
	{ .room = NULL },
};
static const struct store_migration fruit_2[] = {
	{ "fruit", 1,
	  "CREATE TABLE apple (a BIGINT); CREATE TABLE pear (p BIGINT)" },
	{ "fruit", 2, "INSERT INTO apple (a) VALUES (7)" },
	{ .room = NULL },
};
static const struct store_migration fruit_broken[] = {
	{ "fruit", 1,
	  "CREATE TABLE apple (a BIGINT); CREATE TABLE pear (p BIGINT)" },
	{ "fruit", 2,
	  "INSERT INTO apple (a) VALUES (8); INSERT INTO plum VALUES (1)" },
	{ .room = NULL },
};
static const struct store_migration trees[] = {
	{ "tree", 1, "CREATE TABLE oak (o BIGINT)" },
	{ .room = NULL },
};

static const struct store_migration *const at_1[] = { fruit_1, NULL };
static const struct store_migration *const at_2[] = { fruit_2, NULL };
static const struct store_migration *const broken_2[] = { fruit_broken, NULL };
static const struct store_migration *const with_trees[] = { fruit_2, trees,
							    NULL };

static int set_up(void **state)
{
	struct store_db *db;
	struct err_note note;

	assert_int_equal(sql_open(":memory:", SQL_WRITER, &db, &note), GW_OK);
	*state = db;
	return 0;
}

static int tear_down(void **state)
{
	struct store_db *db = *state;

	sql_close(&db);
	return 0;
}

static int64_t one_int(struct store_db *db, const char *literal)
{
	struct sql_stmt *q = sql(db, literal);
	enum gw_err e = sql_row(q);
	int64_t n = e == GW_OK ? sql_int(q, 0) : -1;

	assert_int_equal(sql_end(q, e), GW_OK);
	return n;
}

static int64_t apples(struct store_db *db)
{
	return one_int(db, "SELECT COUNT(*) FROM apple");
}

static void each_step_runs_once(void **state)
{
	struct err_note note;

	assert_int_equal(store_migrate(*state, at_1, WALL, &note), GW_OK);
	assert_int_equal(apples(*state), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(store_migrate(*state, at_2, WALL, &note),
				 GW_OK);
	assert_int_equal(apples(*state), 1);
	assert_int_equal(one_int(*state, "SELECT COUNT(*) FROM store_migration"
					 " WHERE room = 'fruit'"),
			 2);
}

static void a_room_may_join_later(void **state)
{
	struct err_note note;

	assert_int_equal(store_migrate(*state, at_2, WALL, &note), GW_OK);
	assert_int_equal(store_migrate(*state, with_trees, WALL, &note), GW_OK);
	assert_int_equal(one_int(*state, "SELECT COUNT(*) FROM oak"), 0);
}

static void a_newer_store_is_refused(void **state)
{
	struct err_note note;

	assert_int_equal(store_migrate(*state, at_2, WALL, &note), GW_OK);
	assert_int_equal(store_migrate(*state, at_1, WALL, &note), GW_CONFLICT);
	assert_non_null(strstr(note.text, "fruit"));
	assert_non_null(strstr(note.text, "newer"));
}

static void a_room_we_do_not_know_is_newer_too(void **state)
{
	struct err_note note;

	assert_int_equal(store_migrate(*state, with_trees, WALL, &note), GW_OK);
	assert_int_equal(store_migrate(*state, at_2, WALL, &note), GW_CONFLICT);
	assert_non_null(strstr(note.text, "tree"));
}

static void a_step_that_fails_leaves_nothing(void **state)
{
	struct err_note note;

	assert_int_equal(store_migrate(*state, broken_2, WALL, &note),
			 GW_INTERNAL);
	assert_non_null(strstr(note.text, "plum"));
	assert_int_equal(apples(*state), 0);
	assert_int_equal(store_migrate(*state, at_2, WALL, &note), GW_OK);
	assert_int_equal(apples(*state), 1);
}

static void the_store_refuses_a_newer_file(void **state)
{
	static const struct store_migration *const future[] = { trees, NULL };
	struct rows_place place;
	struct loop *loop = loop_fake_new(1);
	struct store_spec spec = { .path = place.path };
	struct store *s = NULL;
	struct store_db *db;
	struct err_note note;

	(void)state;
	rows_place_make(&place);
	assert_int_equal(sql_create(place.path, &note), GW_OK);
	assert_int_equal(sql_open(place.path, SQL_WRITER, &db, &note), GW_OK);
	assert_int_equal(store_migrate(db, future, WALL, &note), GW_OK);
	sql_close(&db);
	assert_int_equal(store_open(loop, &spec, &s, &note), GW_CONFLICT);
	assert_null(s);
	loop_free(&loop);
	rows_place_drop(&place);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(each_step_runs_once),
		CASE(a_room_may_join_later),
		CASE(a_newer_store_is_refused),
		CASE(a_room_we_do_not_know_is_newer_too),
		CASE(a_step_that_fails_leaves_nothing),
		CASE(the_store_refuses_a_newer_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
