/* SPDX-License-Identifier: MIT */
/* test_store_disk.c - what the disk does: full, killed, private, read-only */
#include "tests/unit/store/rows.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/base/when.h"

struct fixture {
	struct rows_place place;
	struct loop *loop;
	struct store *store;
	struct rows_log log;
};

static enum gw_err open_store(struct fixture *f, bool threaded)
{
	struct store_spec spec = { .path = f->place.path,
				   .threaded = threaded,
				   .readers = 1 };
	struct err_note note = { .text = "" };

	return store_open(f->loop, &spec, &f->store, &note);
}

static int set_up(void **state)
{
	struct fixture *f = mem_new(sizeof(*f));

	rows_place_make(&f->place);
	f->loop = loop_ev_new();
	assert_non_null(f->loop);
	f->log.loop = f->loop;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	store_close(&f->store);
	loop_free(&f->loop);
	rows_place_drop(&f->place);
	mem_free(f);
	return 0;
}

static mode_t mode_of(const struct rows_place *p, const char *end)
{
	char name[160];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", p->path, end);
	assert_int_equal(stat(name, &st), 0);
	return st.st_mode & 0777;
}

static void only_the_owner_reads_the_files(void **state)
{
	struct fixture *f = *state;
	mode_t before = umask(0);

	assert_int_equal(open_store(f, true), GW_OK);
	umask(before);
	assert_int_equal(mode_of(&f->place, ""), 0600);
	assert_int_equal(mode_of(&f->place, "-wal"), 0600);
	assert_int_equal(mode_of(&f->place, "-shm"), 0600);
	store_close(&f->store);
	assert_int_equal(chmod(f->place.path, 0644), 0);
	assert_int_equal(open_store(f, true), GW_OK);
	assert_int_equal(mode_of(&f->place, ""), 0600);
}

static void what_is_no_store_is_refused(void **state)
{
	struct fixture *f = *state;
	FILE *file = fopen(f->place.path, "w");

	assert_non_null(file);
	for (int i = 0; i < 1000; i++)
		fputs("this is a letter, not a database\n", file);
	fclose(file);
	assert_int_equal(open_store(f, true), GW_UNAVAIL);
	assert_null(f->store);
}

static void limit_files(rlim_t size)
{
	struct rlimit lim;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &lim), 0);
	lim.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &lim), 0);
}

static void stop_when_healthy(void *arg, bool healthy)
{
	struct fixture *f = arg;

	if (healthy)
		loop_stop(f->loop);
}

static void row_answers(struct fixture *f, int64_t id, enum gw_err want)
{
	rows_insert(f->store, id, 20000, &f->log);
	f->log.stop_at = f->log.n + 1;
	loop_run(f->loop);
	assert_int_equal(f->log.n, f->log.stop_at);
	assert_int_equal(f->log.errors[f->log.n - 1], want);
}

/* The log cannot grow: COMMIT itself fails, as it does with ENOSPC. */
static void a_commit_that_fails_is_unavail_until_it_works(void **state)
{
	struct fixture *f = *state;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(open_store(f, true), GW_OK);
	rows_table(f->store);
	row_answers(f, 1, GW_OK);
	limit_files(64 * 1024);
	for (int64_t id = 2; id < 5; id++)
		row_answers(f, id, GW_UNAVAIL);
	assert_false(store_healthy(f->store));
	limit_files(RLIM_INFINITY);
	store_on_health(f->store, stop_when_healthy, f);
	loop_run(f->loop);
	assert_true(store_healthy(f->store));
	row_answers(f, 9, GW_OK);
	assert_int_equal(rows_count(f->store), 2);
}

static void tell(struct rows_req *r, enum gw_err e)
{
	struct rows_req *next;
	int64_t id = e == GW_OK ? r->id : -1;

	if (write(STDOUT_FILENO, &id, sizeof(id)) != sizeof(id))
		_exit(1);
	next = rows_new(r->id + 4, 500, r->log);
	next->then = tell;
	r->log->n = 0;
	store_submit(r->req.store, &next->req);
}

static _Noreturn void insert_until_killed(struct fixture *f, int out)
{
	f->loop = loop_ev_new();
	f->log.loop = f->loop;
	if (dup2(out, STDOUT_FILENO) < 0 || open_store(f, true) != GW_OK)
		_exit(1);
	rows_table(f->store);
	for (int64_t i = 0; i < 4; i++) {
		struct rows_req *row = rows_new(i, 500, &f->log);

		row->then = tell;
		store_submit(f->store, &row->req);
	}
	loop_run(f->loop);
	_exit(1);
}

/* Row by row the child tells what was answered; all that must be there. */
static int64_t kill_after(struct fixture *f, int64_t n)
{
	int64_t id, told = 0;
	int status, ends[2];
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0)
		insert_until_killed(f, ends[1]);
	close(ends[1]);
	while (told < n && read(ends[0], &id, sizeof(id)) == sizeof(id)) {
		assert_int_equal(id, told);
		told++;
	}
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	while (read(ends[0], &id, sizeof(id)) == sizeof(id))
		told++;
	close(ends[0]);
	return told;
}

static void a_kill_loses_no_answered_row(void **state)
{
	struct fixture *f = *state;
	int64_t told;

	loop_free(&f->loop); /* each process makes its own */
	for (int64_t n = 1; n <= 400; n += 133) {
		told = kill_after(f, n);
		f->loop = loop_ev_new();
		assert_in_range(told, n, 1000000);
		assert_int_equal(open_store(f, false), GW_OK);
		assert_in_range(rows_count(f->store), told, told + 4);
		store_close(&f->store);
		loop_free(&f->loop);
		rows_place_drop(&f->place);
		rows_place_make(&f->place);
	}
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(only_the_owner_reads_the_files),
		CASE(what_is_no_store_is_refused),
		CASE(a_commit_that_fails_is_unavail_until_it_works),
		CASE(a_kill_loses_no_answered_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
