/* SPDX-License-Identifier: MIT */
/* store.h - the one writer: group commit, savepoints, commit callbacks
 *
 * SQL lives in gateway/store/ only.  A room's file there (store/xmpp/roster.c)
 * offers typed calls; each copies what it needs into a request and submits it.
 * The writer thread takes whatever queued while the last commit ran, runs the
 * requests so that each fails alone (group.h), and commits without a timer
 * (WAL, FULL).  Everything visible (250, 2xx, push, card) leaves in done().
 *
 * GW_UNAVAIL in done(): nothing of the request is on disk; its owner drops
 * the objects concerned from memory and reads them again.  With threaded
 * false the writer runs at the end of the turn on the core thread.
 */
#ifndef GW_STORE_STORE_H
#define GW_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/str.h"
#include "gateway/run/loop.h"

struct store;
struct store_db; /* one handle on one thread, as apply() sees it */

struct store_req {
	/* Writer (or reader) thread; no state of the core but the request's
	 * own.  Another error than GW_OK rolls back this request alone. */
	enum gw_err (*apply)(struct store_req *r, struct store_db *db);
	/* Core thread, after the commit; owns r from then on. */
	void (*done)(struct store_req *r, enum gw_err e);
	/* apply() may be run a second time after what it did was taken back:
	 * the request shares a savepoint with its neighbours. */
	bool repeatable;
	struct store *store; /* set by submitting */
	enum gw_err result;  /* private from here */
	bool read;
	struct store_req *next;
};

/* One step of one room's schema; steps run once, in order of version. */
struct store_migration {
	const char *room; /* "xmpp" */
	int version;	  /* from 1, without gaps */
	const char *sql;  /* one or more statements */
};

struct store_spec {
	const char *path; /* ":memory:" in tests */
	bool threaded;
	unsigned readers; /* reader threads; 0: reads are done inline too */
};

/* Migrates, then opens.  Tables of migrations: store_schema_* of each room,
 * listed in store.c.  A store newer than the program is GW_CONFLICT. */
enum gw_err store_open(struct loop *l, const struct store_spec *spec,
		       struct store **out, struct err_note *note) GW_CHECKED;
/* Commits what is queued, calls every done(), closes. */
void store_close(struct store **s);

void store_submit(struct store *s, struct store_req *r);
/* The same on a reader's own handle; sees what was committed before it. */
void store_read(struct store *s, struct store_req *r);
/* Before the loop runs: apply() at once on the writer's handle, committed on
 * return; done is not called. */
enum gw_err store_now(struct store *s, struct store_req *r) GW_CHECKED;

/* False after a failed commit until one succeeds again (readiness).  While
 * failing, the writer tries an empty commit each second. */
bool store_healthy(const struct store *s);
/* Core thread: called when health changes. */
void store_on_health(struct store *s, void (*fn)(void *arg, bool healthy),
		     void *arg);
struct loop *store_loop(const struct store *s);

#endif
