/* SPDX-License-Identifier: MIT */
/* test_store_threads.c - writer, readers and log copier beside a real loop */
#include "tests/unit/store/rows.h"

#include <stdio.h>
#include <sys/stat.h>

#include "gateway/base/when.h"

#define GUARD (60 * WHEN_SECOND)

struct fixture {
	struct rows_place place;
	struct loop *loop;
	struct store *store;
	struct loop_timer guard;
	struct rows_log log;
};

static void too_long(struct loop_timer *t)
{
	(void)t;
	fail_msg("the store did not answer");
}

static void open_store(struct fixture *f)
{
	struct store_spec spec = { .path = f->place.path,
				   .threaded = true,
				   .readers = 2 };
	struct err_note note;

	assert_int_equal(store_open(f->loop, &spec, &f->store, &note), GW_OK);
}

static int set_up(void **state)
{
	struct fixture *f = mem_new(sizeof(*f));

	rows_place_make(&f->place);
	f->loop = loop_ev_new();
	assert_non_null(f->loop);
	f->log.loop = f->loop;
	open_store(f);
	rows_table(f->store);
	f->guard.fn = too_long;
	loop_timer_start(f->loop, &f->guard, GUARD);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	loop_timer_stop(f->loop, &f->guard);
	store_close(&f->store);
	loop_free(&f->loop);
	rows_place_drop(&f->place);
	mem_free(f);
	return 0;
}

static void run_until(struct fixture *f, size_t n)
{
	f->log.stop_at = n;
	loop_run(f->loop);
	assert_int_equal(f->log.n, n);
}

static void answers_come_in_the_order_of_submission(void **state)
{
	struct fixture *f = *state;

	for (int64_t i = 0; i < 3000; i++)
		rows_insert(f->store, i, 10, &f->log);
	run_until(f, 3000);
	for (size_t i = 0; i < 3000; i++) {
		assert_int_equal(f->log.ids[i], i);
		assert_int_equal(f->log.errors[i], GW_OK);
	}
}

/* The read is asked for in done() of the row: it must find it. */
static enum gw_err apply_find(struct store_req *r, struct store_db *db)
{
	struct rows_req *row = LIST_OF(r, struct rows_req, req);
	struct sql_stmt *q = sql(db, "SELECT COUNT(*) FROM t WHERE id = ?");
	enum gw_err e;

	sql_bind_int(q, 1, row->id);
	e = sql_row(q);
	if (e == GW_OK && sql_int(q, 0) != 1)
		e = GW_DENIED;
	return sql_end(q, e);
}

static void find_again(struct rows_req *r, enum gw_err e)
{
	struct rows_req *find = rows_new(r->id, 0, r->log);

	assert_int_equal(e, GW_OK);
	find->req.apply = apply_find;
	store_read(r->req.store, &find->req);
}

static void a_reader_sees_what_was_committed(void **state)
{
	struct fixture *f = *state;

	for (int64_t i = 0; i < 500; i++) {
		struct rows_req *row = rows_new(i, 10, &f->log);

		row->then = find_again;
		store_submit(f->store, &row->req);
	}
	run_until(f, 1000);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(f->log.errors[i], GW_OK);
}

static void a_reader_cannot_write(void **state)
{
	struct fixture *f = *state;

	store_read(f->store, &rows_new(1, 10, &f->log)->req);
	run_until(f, 1);
	assert_int_equal(f->log.errors[0], GW_INTERNAL);
}

static void closing_answers_all(void **state)
{
	struct fixture *f = *state;

	for (int64_t i = 0; i < 700; i++) {
		struct rows_req *row = rows_new(i, 10, &f->log);

		row->then = find_again;
		store_submit(f->store, &row->req);
	}
	store_close(&f->store);
	assert_int_equal(f->log.n, 1400);
	for (size_t i = 0; i < f->log.n; i++)
		assert_int_equal(f->log.errors[i], GW_OK);
	open_store(f);
	assert_int_equal(rows_count(f->store), 700);
}

/* Each answer asks for the next row: commits never cease. */
static void keep_going(struct rows_req *r, enum gw_err e)
{
	struct rows_req *next;

	assert_int_equal(e, GW_OK);
	if (r->id + 8 >= 12000)
		return;
	next = rows_new(r->id + 8, r->size, r->log);
	next->then = keep_going;
	store_submit(r->req.store, &next->req);
}

/* 12000 rows of 8 KiB are more than 24000 frames, 96 MiB; the log is to start
 * anew soon after 8192, and the file is not to have held half of them. */
static void the_log_stays_short_under_load(void **state)
{
	struct fixture *f = *state;
	char wal[160];
	struct stat st;

	for (int64_t i = 0; i < 8; i++) {
		struct rows_req *row = rows_new(i, 8192, &f->log);

		row->then = keep_going;
		store_submit(f->store, &row->req);
	}
	run_until(f, 12000);
	snprintf(wal, sizeof(wal), "%s-wal", f->place.path);
	assert_int_equal(stat(wal, &st), 0);
	assert_in_range(st.st_size, 1, 64 * 1024 * 1024);
	assert_int_equal(rows_count(f->store), 12000);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(answers_come_in_the_order_of_submission),
		CASE(a_reader_sees_what_was_committed),
		CASE(a_reader_cannot_write),
		CASE(closing_answers_all),
		CASE(the_log_stays_short_under_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
