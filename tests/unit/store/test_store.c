/* SPDX-License-Identifier: MIT */
/* test_store.c - the writer, exact: inline on the fake loop */
#include "tests/unit/store/rows.h"

#include <stdio.h>

#include "gateway/base/when.h"

struct fixture {
	struct loop *loop;
	struct store *store;
	struct rows_log log;
	unsigned health_calls;
	bool health;
};

static void on_health(void *arg, bool healthy)
{
	struct fixture *f = arg;

	f->health_calls++;
	f->health = healthy;
}

static int set_up(void **state)
{
	static const struct store_spec spec = { .path = ":memory:" };
	struct fixture *f = mem_new(sizeof(*f));
	struct err_note note;

	f->loop = loop_fake_new(1);
	f->log.loop = f->loop;
	assert_int_equal(store_open(f->loop, &spec, &f->store, &note), GW_OK);
	store_on_health(f->store, on_health, f);
	rows_table(f->store);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	store_close(&f->store);
	loop_free(&f->loop);
	mem_free(f);
	return 0;
}

static void answers_come_in_the_order_of_submission(void **state)
{
	struct fixture *f = *state;

	for (int64_t i = 0; i < 2000; i++)
		rows_insert(f->store, i, 10, &f->log);
	assert_int_equal(f->log.n, 0);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->log.n, 2000);
	for (size_t i = 0; i < 2000; i++) {
		assert_int_equal(f->log.ids[i], i);
		assert_int_equal(f->log.errors[i], GW_OK);
	}
	assert_int_equal(rows_count(f->store), 2000);
}

static void a_broken_row_fails_alone(void **state)
{
	static const struct {
		int64_t id;
		enum gw_err want;
	} rows[] = { { 1, GW_OK },
		     { 2, GW_OK },
		     { 1, GW_CONFLICT },
		     { 3, GW_OK },
		     { 3, GW_CONFLICT } };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		rows_insert(f->store, rows[i].id, 10, &f->log);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->log.n, COUNT(rows));
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(f->log.errors[i], rows[i].want);
	assert_int_equal(rows_count(f->store), 3);
	assert_true(store_healthy(f->store));
}

/* Two rows, then an error of its own: neither row may stay. */
static enum gw_err apply_half(struct store_req *r, struct store_db *db)
{
	struct rows_req *row = LIST_OF(r, struct rows_req, req);
	enum gw_err e = rows_apply_insert(r, db);

	row->id++;
	if (e == GW_OK)
		e = rows_apply_insert(r, db);
	return e == GW_OK ? GW_DENIED : e;
}

static enum gw_err apply_forget_end(struct store_req *r, struct store_db *db)
{
	struct sql_stmt *q = sql(db, "SELECT id FROM t");

	(void)r;
	return sql_row(q) == GW_OK ? GW_OK : GW_DENIED; /* no sql_end() */
}

static void a_request_is_all_or_nothing(void **state)
{
	struct fixture *f = *state;
	struct rows_req *half = rows_new(10, 10, &f->log);

	half->req.apply = apply_half;
	rows_insert(f->store, 1, 10, &f->log);
	store_submit(f->store, &half->req);
	rows_insert(f->store, 2, 10, &f->log);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->log.errors[1], GW_DENIED);
	assert_int_equal(rows_count(f->store), 2);
}

static struct rows_req *repeatable(struct fixture *f, int64_t id)
{
	struct rows_req *row = rows_new(id, 10, &f->log);

	row->req.repeatable = true;
	return row;
}

/* Each case is one group: small letters are requests that share a savepoint,
 * capitals have their own; what is there already is refused. */
static void one_of_many_together_fails_alone(void **state)
{
	static const char *const groups[] = {
		"a",	 "abc",	   "aabc",    "abca",	 "Aa",	   "aA",
		"ABcdc", "abCDef", "abCaDea", "aBbcBdD", "AbcBcd",
	};
	struct fixture *f = *state;
	int64_t base = 0, there = 0;

	for (size_t g = 0; g < COUNT(groups); g++, base += 100) {
		bool seen[26] = { false };

		f->log.n = 0;
		for (const char *p = groups[g]; *p != '\0'; p++) {
			struct rows_req *row = repeatable(f, base + (*p | 32));

			row->req.repeatable = *p >= 'a';
			store_submit(f->store, &row->req);
		}
		loop_fake_pass(f->loop, 0);
		assert_int_equal(f->log.n, strlen(groups[g]));
		for (size_t i = 0; i < f->log.n; i++) {
			bool *before = &seen[(groups[g][i] | 32) - 'a'];

			assert_int_equal(f->log.errors[i],
					 *before ? GW_CONFLICT : GW_OK);
			there += !*before;
			*before = true;
		}
		assert_int_equal(rows_count(f->store), there);
	}
}

/* A row of its own, and one that some other has; both go. */
static enum gw_err apply_two(struct store_req *r, struct store_db *db)
{
	struct rows_req *row = LIST_OF(r, struct rows_req, req);
	enum gw_err e = rows_apply_insert(r, db);

	row->id++;
	if (e == GW_OK)
		e = rows_apply_insert(r, db);
	row->id--;
	return e;
}

static void what_a_repeated_request_did_first_is_taken_back(void **state)
{
	struct fixture *f = *state;
	struct rows_req *two = repeatable(f, 10);

	two->req.apply = apply_two;
	store_submit(f->store, &repeatable(f, 11)->req);
	store_submit(f->store, &two->req);
	store_submit(f->store, &repeatable(f, 12)->req);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->log.errors[0], GW_OK);
	assert_int_equal(f->log.errors[1], GW_CONFLICT);
	assert_int_equal(f->log.errors[2], GW_OK);
	assert_int_equal(rows_count(f->store), 2);
}

static void a_forgotten_statement_fails_its_request_alone(void **state)
{
	struct fixture *f = *state;
	struct rows_req *bad = rows_new(10, 10, &f->log);

	bad->req.apply = apply_forget_end;
	rows_insert(f->store, 1, 10, &f->log);
	store_submit(f->store, &bad->req);
	rows_insert(f->store, 2, 10, &f->log);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->log.errors[0], GW_OK);
	assert_int_equal(f->log.errors[1], GW_INTERNAL);
	assert_int_equal(f->log.errors[2], GW_OK);
}

static void a_read_cannot_write(void **state)
{
	struct fixture *f = *state;

	store_read(f->store, &rows_new(1, 10, &f->log)->req);
	rows_insert(f->store, 2, 10, &f->log);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->log.errors[0], GW_INTERNAL);
	assert_int_equal(f->log.errors[1], GW_OK);
	assert_int_equal(rows_count(f->store), 1);
}

static void a_full_disk_is_unavail_for_the_group(void **state)
{
	struct fixture *f = *state;

	rows_disk_full(f->store, true);
	rows_insert(f->store, 1, 10, &f->log);
	rows_insert(f->store, 2, 100000, &f->log);
	rows_insert(f->store, 3, 10, &f->log);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->log.n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(f->log.errors[i], GW_UNAVAIL);
	assert_false(store_healthy(f->store));
	assert_int_equal(f->health_calls, 1);
	assert_false(f->health);
	assert_int_equal(rows_count(f->store), 0);
}

static void health_returns_within_a_second(void **state)
{
	struct fixture *f = *state;

	rows_disk_full(f->store, true);
	rows_insert(f->store, 2, 100000, &f->log);
	loop_fake_pass(f->loop, 0);
	assert_false(store_healthy(f->store));
	rows_disk_full(f->store, false);
	assert_false(store_healthy(f->store));
	loop_fake_pass(f->loop, WHEN_SECOND);
	assert_true(store_healthy(f->store));
	assert_int_equal(f->health_calls, 2);
	assert_true(f->health);
	rows_insert(f->store, 2, 100000, &f->log);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->log.errors[1], GW_OK);
}

/* An apply() that hides what the disk said must not be believed. */
static enum gw_err apply_hide(struct store_req *r, struct store_db *db)
{
	return rows_apply_insert(r, db) == GW_CONFLICT ? GW_CONFLICT : GW_OK;
}

static void a_hidden_disk_error_is_found(void **state)
{
	struct fixture *f = *state;
	struct rows_req *hides = rows_new(1, 100000, &f->log);

	hides->req.apply = apply_hide;
	rows_disk_full(f->store, true);
	store_submit(f->store, &hides->req);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->log.errors[0], GW_UNAVAIL);
}

static void another(struct rows_req *r, enum gw_err e)
{
	assert_int_equal(e, GW_OK);
	rows_insert(r->req.store, r->id + 100, 10, r->log);
}

static void closing_serves_what_is_queued_and_what_that_asks(void **state)
{
	struct fixture *f = *state;
	struct rows_req *row = rows_new(1, 10, &f->log);

	row->then = another;
	store_submit(f->store, &row->req);
	store_close(&f->store);
	assert_int_equal(f->log.n, 2);
	assert_int_equal(f->log.ids[1], 101);
	assert_int_equal(f->log.errors[1], GW_OK);
	loop_fake_pass(f->loop, WHEN_MINUTE);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(answers_come_in_the_order_of_submission),
		CASE(a_broken_row_fails_alone),
		CASE(a_request_is_all_or_nothing),
		CASE(one_of_many_together_fails_alone),
		CASE(what_a_repeated_request_did_first_is_taken_back),
		CASE(a_forgotten_statement_fails_its_request_alone),
		CASE(a_read_cannot_write),
		CASE(a_full_disk_is_unavail_for_the_group),
		CASE(health_returns_within_a_second),
		CASE(a_hidden_disk_error_is_found),
		CASE(closing_serves_what_is_queued_and_what_that_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
