/* SPDX-License-Identifier: MIT */
/* test_sql.c - statements: values in and out, errors, reuse */
#include "tests/unit/store/rows.h"

#include "gateway/store/sql_private.h"

static int set_up(void **state)
{
	struct store_db *db;
	struct err_note note;

	assert_int_equal(sql_open(":memory:", SQL_WRITER, &db, &note), GW_OK);
	assert_int_equal(sql_script(db,
				    "CREATE TABLE v (id BIGINT PRIMARY KEY,"
				    " value BLOB CHECK (length(value) < 100))",
				    &note),
			 GW_OK);
	*state = db;
	return 0;
}

static int tear_down(void **state)
{
	struct store_db *db = *state;

	sql_close(&db);
	return 0;
}

static enum gw_err insert(struct store_db *db, int64_t id, struct str v,
			  bool blob)
{
	struct sql_stmt *q = sql(db, "INSERT INTO v VALUES (?, ?)");

	sql_bind_int(q, 1, id);
	if (blob)
		sql_bind_blob(q, 2, v);
	else
		sql_bind_str(q, 2, v);
	return sql_run(q);
}

static void values_come_back_as_they_went(void **state)
{
	static const struct {
		struct str value;
		bool blob;
	} cases[] = {
		{ { "ann", 3 }, false }, { { "ann", 3 }, true },
		{ { "", 0 }, false },	 { { "", 0 }, true },
		{ { "a\0b", 3 }, true }, { { NULL, 0 }, false },
		{ { NULL, 0 }, true },	 { { "17", 2 }, false },
	};
	struct store_db *db = *state;
	struct sql_stmt *q;
	enum gw_err e;

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(
			insert(db, (int64_t)i, cases[i].value, cases[i].blob),
			GW_OK);
	q = sql(db, "SELECT id, value FROM v ORDER BY id");
	for (size_t i = 0; i < COUNT(cases); i++) {
		e = sql_row(q);
		assert_int_equal(e, GW_OK);
		assert_int_equal(sql_int(q, 0), i);
		assert_int_equal(sql_is_null(q, 1), cases[i].value.p == NULL);
		assert_true(str_eq(sql_str(q, 1), cases[i].value));
		assert_true((sql_str(q, 1).p == NULL) ==
			    (cases[i].value.p == NULL));
	}
	e = sql_row(q);
	assert_int_equal(e, GW_NOT_FOUND);
	assert_int_equal(sql_end(q, e), GW_OK);
}

static void a_constraint_is_a_conflict_and_no_failure(void **state)
{
	static char big[200];
	struct store_db *db = *state;

	assert_int_equal(insert(db, 1, STR("a"), true), GW_OK);
	assert_int_equal(insert(db, 1, STR("b"), true), GW_CONFLICT);
	assert_int_equal(insert(db, 2, str_make(big, sizeof(big)), true),
			 GW_CONFLICT);
	assert_false(sql_failed(db));
	assert_int_equal(insert(db, 2, STR("b"), true), GW_OK);
}

static void bindings_do_not_stay(void **state)
{
	struct store_db *db = *state;
	struct sql_stmt *q;

	assert_int_equal(insert(db, 1, STR("a"), true), GW_OK);
	for (int i = 0; i < 2; i++) {
		q = sql(db, "SELECT COUNT(*) FROM v WHERE id = ?");
		if (i == 0)
			sql_bind_int(q, 1, 1);
		assert_int_equal(sql_row(q), GW_OK);
		assert_int_equal(sql_int(q, 0), i == 0 ? 1 : 0);
		assert_int_equal(sql_end(q, GW_OK), GW_OK);
	}
}

static void changes_are_those_of_the_last_statement(void **state)
{
	struct store_db *db = *state;

	assert_int_equal(insert(db, 1, STR("a"), true), GW_OK);
	assert_int_equal(insert(db, 2, STR("b"), true), GW_OK);
	assert_int_equal(sql_run(sql(db, "UPDATE v SET value = 'c'")), GW_OK);
	assert_int_equal(sql_changes(db), 2);
	assert_int_equal(sql_run(sql(db, "DELETE FROM v WHERE id = 9")), GW_OK);
	assert_int_equal(sql_changes(db), 0);
}

static void statements_left_open_are_found(void **state)
{
	struct store_db *db = *state;
	struct sql_stmt *q = sql(db, "SELECT 1");

	assert_int_equal(sql_row(q), GW_OK);
	assert_true(sql_end_all(db));
	assert_false(sql_end_all(db));
	assert_int_equal(sql_run(sql(db, "SELECT 1")), GW_OK);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(values_come_back_as_they_went),
		CASE(a_constraint_is_a_conflict_and_no_failure),
		CASE(bindings_do_not_stay),
		CASE(changes_are_those_of_the_last_statement),
		CASE(statements_left_open_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
