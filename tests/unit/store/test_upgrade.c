/* SPDX-License-Identifier: MIT */
/* test_upgrade.c - a store of an older program is opened with all it holds */
#include "tests/unit/store/rows.h"

#include "gateway/base/buf.h"
#include "gateway/store/migrate.h"
#include "gateway/store/schema.h"
#include "gateway/store/sql_private.h"
#include "gateway/store/xmpp/archive.h"
#include "gateway/store/xmpp/journal.h"

#define WALL INT64_C(1767225600000)

/* The tables of the xmpp room as they were, and rows in them. */
static void make_old(const char *path, int version, const char *rows)
{
	struct store_migration steps[16] = { { .room = NULL } };
	const struct store_migration *const rooms[] = { steps, NULL };
	struct store_db *db;
	struct err_note note = { .text = "" };

	assert_true(version < (int)COUNT(steps));
	for (int i = 0; i < version; i++)
		steps[i] = store_schema_xmpp[i];
	assert_int_equal(sql_create(path, &note), GW_OK);
	assert_int_equal(sql_open(path, SQL_WRITER, &db, &note), GW_OK);
	assert_int_equal(store_migrate(db, rooms, WALL, &note), GW_OK);
	assert_int_equal(sql_script(db, rows, &note), GW_OK);
	sql_close(&db);
}

struct fixture {
	struct rows_place place;
	struct loop *loop;
	struct store *store;
	struct buf seen; /* " id/stanza/kept,waiting,sent" of each row */
};

static int set_up(void **state)
{
	struct fixture *f = mem_new(sizeof(*f));

	rows_place_make(&f->place);
	f->loop = loop_fake_new(1);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	store_close(&f->store);
	loop_free(&f->loop);
	buf_fini(&f->seen);
	rows_place_drop(&f->place);
	mem_free(f);
	return 0;
}

static void on_rows(void *arg, enum gw_err e, const struct journal_row *rows,
		    size_t count)
{
	struct fixture *f = arg;

	assert_int_equal(e, GW_OK);
	for (size_t i = 0; i < count; i++)
		buf_printf(&f->seen, " %d/%.*s/%d%d%d", (int)rows[i].id,
			   STR_ARG(rows[i].stanza), rows[i].kept,
			   rows[i].waiting, rows[i].sent);
}

static void check_list(struct fixture *f, const char *owner, bool waiting,
		       const char *want)
{
	struct archive_query q = { .owner = str_of(owner),
				   .waiting = waiting,
				   .max = 10 };

	buf_reset(&f->seen);
	archive_list(f->store, &q, on_rows, f);
	loop_fake_pass(f->loop, 0);
	assert_true(str_is(buf_str(&f->seen), want));
}

static void open_new(struct fixture *f)
{
	struct store_spec spec = { .path = f->place.path };
	struct err_note note = { .text = "" };

	assert_int_equal(store_open(f->loop, &spec, &f->store, &note), GW_OK);
}

/* Up to version 3 `waiting` was a column. */
static void what_waits_still_waits(void **state)
{
	struct fixture *f = *state;
	struct journal *j;

	make_old(f->place.path, 3,
		 "INSERT INTO xmpp_archive (id, owner, peer, stamp, origin,"
		 " kept, waiting, sent, stanza) VALUES"
		 " (1, 'ann', 'bob', 1, NULL, 1, 0, 1, 'a'),"
		 " (2, 'bob', 'ann', 1, NULL, 1, 1, 0, 'b'),"
		 " (3, 'bob', 'ann', 1, -7, 0, 1, 0, 'c'),"
		 " (4, 'bob', 'ann', 1, -8, 1, 0, 0, 'd')");
	open_new(f);
	check_list(f, "ann", false, " 1/a/101");
	check_list(f, "ann", true, "");
	check_list(f, "bob", false, " 2/b/110 4/d/100");
	check_list(f, "bob", true, " 2/b/110 3/c/010");
	j = journal_new();
	for (int64_t id = 2; id <= 3; id++)
		journal_got(
			j,
			&(struct journal_row){ .id = id, .owner = STR("bob") },
			NULL, NULL);
	journal_submit(f->store, &j);
	loop_fake_pass(f->loop, 0);
	check_list(f, "bob", true, "");
	check_list(f, "bob", false, " 2/b/100 4/d/100");
}

/* Up to version 2 what waited had a table of its own, and nothing was kept. */
static void what_waited_offline_waits(void **state)
{
	struct fixture *f = *state;

	make_old(f->place.path, 2,
		 "INSERT INTO xmpp_offline (id, account, stamp, stanza) VALUES"
		 " (1, 'bob', 1, 'a'), (2, 'ann', 1, 'b'), (5, 'bob', 1, 'c')");
	open_new(f);
	check_list(f, "bob", true, " 1/a/010 5/c/010");
	check_list(f, "bob", false, "");
	check_list(f, "ann", true, " 2/b/010");
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(what_waits_still_waits),
		CASE(what_waited_offline_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
