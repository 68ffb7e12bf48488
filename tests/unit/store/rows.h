/* SPDX-License-Identifier: MIT */
/* rows.h - a table and requests on it, for the tests of the store */
#ifndef GW_TESTS_STORE_ROWS_H
#define GW_TESTS_STORE_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/arena.h"
#include "gateway/store/sql.h"
#include "gateway/store/store.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* What came back, in the order in which it came. */
struct rows_log {
	struct loop *loop;
	size_t n;
	size_t stop_at; /* stops the loop when n gets there; 0: never */
	int64_t ids[20000];
	enum gw_err errors[20000];
};

struct rows_req {
	struct store_req req;
	int64_t id;
	size_t size; /* of the text stored with it */
	struct rows_log *log;
	void (*then)(struct rows_req *r, enum gw_err e); /* or NULL */
};

/* A folder for one test; "%s/store.db" inside it is the store. */
struct rows_place {
	char folder[64];
	char path[128];
};
void rows_place_make(struct rows_place *p);
void rows_place_drop(struct rows_place *p);

void rows_table(struct store *s); /* CREATE TABLE t (id, text) */
void rows_insert(struct store *s, int64_t id, size_t size,
		 struct rows_log *log);
/* The same request made by the caller, for other apply functions. */
struct rows_req *rows_new(int64_t id, size_t size, struct rows_log *log);
enum gw_err rows_apply_insert(struct store_req *r, struct store_db *db);
void rows_done(struct store_req *r, enum gw_err e);
int64_t rows_count(struct store *s); /* by store_now() */
/* Whether SQLite finds a page more for the database. */
void rows_disk_full(struct store *s, bool full);

#endif
