/* SPDX-License-Identifier: MIT */
/* bench_store.c - rows a second by the threaded writer, on the disk at hand
 *
 * bench_store [FOLDER]: so many requests are always under way; each answer
 * asks for the next.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/store/sql.h"
#include "gateway/store/store.h"

#define SPAN_US	     INT64_C(3000000)
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct run {
	struct loop *loop;
	struct store *store;
	int64_t start, rows, next_id, worst, total, late;
	unsigned under_way;
};

struct row {
	struct store_req req;
	struct run *run;
	int64_t id, asked;
	char text[200];
};

static enum gw_err apply_table(struct store_req *r, struct store_db *db)
{
	(void)r;
	return sql_run(sql(db, "CREATE TABLE bench (id BIGINT PRIMARY KEY, "
			       "text TEXT NOT NULL)"));
}

static enum gw_err apply(struct store_req *r, struct store_db *db)
{
	struct row *row = LIST_OF(r, struct row, req);
	struct sql_stmt *q =
		sql(db, "INSERT INTO bench (id, text) VALUES (?, ?)");

	sql_bind_int(q, 1, row->id);
	sql_bind_str(q, 2, str_make(row->text, sizeof(row->text)));
	return sql_run(q);
}

static void ask(struct row *row)
{
	row->id = row->run->next_id++;
	row->asked = loop_usec(row->run->loop);
	store_submit(row->run->store, &row->req);
}

static void count(struct run *run, int64_t took)
{
	run->rows++;
	run->total += took;
	if (took > run->worst)
		run->worst = took;
	if (took > 5000)
		run->late++;
}

static void done(struct store_req *r, enum gw_err e)
{
	struct row *row = LIST_OF(r, struct row, req);
	struct run *run = row->run;
	int64_t now = loop_usec(run->loop);

	if (e != GW_OK) {
		fprintf(stderr, "bench_store: %s\n", err_text(e));
		exit(1);
	}
	count(run, now - row->asked);
	if (now - run->start < SPAN_US) {
		ask(row);
		return;
	}
	mem_free(row);
	if (--run->under_way == 0)
		loop_stop(run->loop);
}

static void begin(struct run *run)
{
	run->start = loop_usec(run->loop);
	for (unsigned i = 0; i < run->under_way; i++) {
		struct row *row = mem_new(sizeof(*row));

		row->req.apply = apply;
		row->req.done = done;
		row->run = run;
		memset(row->text, 'x', sizeof(row->text));
		ask(row);
	}
}

static void measure(const char *path, unsigned under_way)
{
	struct store_spec spec = { .path = path, .threaded = true };
	struct store_req table = { .apply = apply_table };
	struct run run = { .loop = loop_ev_new(), .under_way = under_way };
	struct err_note note = { .text = "" };

	if (store_open(run.loop, &spec, &run.store, &note) != GW_OK ||
	    store_now(run.store, &table) != GW_OK) {
		fprintf(stderr, "bench_store: %s\n", note.text);
		exit(1);
	}
	begin(&run);
	loop_run(run.loop);
	printf("%4u under way: %7lld rows/s, answered in %lld us, at worst "
	       "%lld us, %lld of %lld rows later than 5 ms\n",
	       under_way, (long long)(run.rows * 1000000 / SPAN_US),
	       (long long)(run.total / run.rows), (long long)run.worst,
	       (long long)run.late, (long long)run.rows);
	store_close(&run.store);
	loop_free(&run.loop);
}

int main(int argc, char **argv)
{
	static const unsigned counts[] = { 1, 10, 100, 1000 };
	static const char *const ends[] = { "", "-wal", "-shm" };
	char folder[256], path[300], name[320];

	snprintf(folder, sizeof(folder), "%s/bench.XXXXXX",
		 argc > 1 ? argv[1] : ".");
	if (mkdtemp(folder) == NULL) {
		perror(folder);
		return 1;
	}
	snprintf(path, sizeof(path), "%s/store.db", folder);
	for (size_t i = 0; i < COUNT(counts); i++) {
		measure(path, counts[i]);
		for (size_t k = 0; k < COUNT(ends); k++) {
			snprintf(name, sizeof(name), "%s%s", path, ends[k]);
			unlink(name);
		}
	}
	return rmdir(folder) == 0 ? 0 : 1;
}
