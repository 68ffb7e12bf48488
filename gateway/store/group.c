/* SPDX-License-Identifier: MIT */
/* group.c - requests that are committed together */
#include "gateway/store/group.h"

#include "gateway/run/log.h"
#include "gateway/store/sql_private.h"

/* In all of this file an error means that the whole transaction is lost. */
static enum gw_err apply(struct store_db *db, struct store_req *r)
{
	sql_forbid_writes(db, r->read);
	r->result = r->apply(r, db);
	sql_forbid_writes(db, false);
	if (sql_end_all(db))
		r->result = GW_INTERNAL;
	/* What the disk refused once, and what a request may have ignored,
	 * is not built upon. */
	return sql_failed(db) || !sql_in_transaction(db) ? GW_UNAVAIL : GW_OK;
}

static enum gw_err run_one(struct store_db *db, struct store_req *r)
{
	enum gw_err e = sql_run(sql(db, "SAVEPOINT request"));

	if (e == GW_OK)
		e = apply(db, r);
	if (e == GW_OK && r->result != GW_OK)
		e = sql_run(sql(db, "ROLLBACK TO request"));
	if (e == GW_OK)
		e = sql_run(sql(db, "RELEASE request"));
	return e;
}

static enum gw_err run_each(struct store_db *db, struct store_req *r,
			    const struct store_req *end)
{
	enum gw_err e = GW_OK;

	for (; e == GW_OK && r != end; r = r->next)
		e = run_one(db, r);
	return e;
}

static enum gw_err try_all(struct store_db *db, struct store_req *r,
			   const struct store_req *end, bool *all)
{
	enum gw_err e = GW_OK;

	*all = true;
	for (; e == GW_OK && *all && r != end; r = r->next) {
		e = apply(db, r);
		*all = r->result == GW_OK;
	}
	return e;
}

/* A savepoint costs a copy of every page that is changed under it; the first
 * requests of a transaction need none. */
static enum gw_err run_first(struct store_db *db, struct store_req *head,
			     const struct store_req *end)
{
	bool all;
	enum gw_err e = try_all(db, head, end, &all);

	if (e != GW_OK || all)
		return e;
	e = sql_run(sql(db, "ROLLBACK"));
	if (e == GW_OK)
		e = sql_run(sql(db, "BEGIN IMMEDIATE"));
	return e == GW_OK ? run_each(db, head, end) : e;
}

static enum gw_err run_together(struct store_db *db, struct store_req *r,
				const struct store_req *end)
{
	bool all;
	enum gw_err e = sql_run(sql(db, "SAVEPOINT together"));

	if (e == GW_OK)
		e = try_all(db, r, end, &all);
	if (e != GW_OK)
		return e;
	if (!all)
		e = sql_run(sql(db, "ROLLBACK TO together"));
	if (e == GW_OK && !all)
		e = run_each(db, r, end);
	return e == GW_OK ? sql_run(sql(db, "RELEASE together")) : e;
}

/* Past those from r on that are run in one way. */
static struct store_req *end_of_run(struct store_req *r)
{
	if (!r->repeatable)
		return r->next;
	while (r != NULL && r->repeatable)
		r = r->next;
	return r;
}

static enum gw_err run_all(struct store_db *db, struct store_req *head)
{
	struct store_req *r, *end;
	enum gw_err e = GW_OK;

	for (r = head; e == GW_OK && r != NULL; r = end) {
		end = end_of_run(r);
		if (!r->repeatable)
			e = run_one(db, r);
		else if (r == head)
			e = run_first(db, r, end);
		else
			e = run_together(db, r, end);
	}
	return e;
}

static enum gw_err write_probe(struct store_db *db)
{
	return sql_run(
		sql(db, "UPDATE store_probe SET n = n + 1 WHERE id = 1"));
}

static void give_up(struct store_db *db, struct store_req *head)
{
	log_error("store.commit-failed", "why", sql_why(db), NULL);
	if (sql_in_transaction(db) && sql_run(sql(db, "ROLLBACK")) != GW_OK)
		log_error("store.rollback-failed", "why", sql_why(db), NULL);
	for (struct store_req *r = head; r != NULL; r = r->next)
		r->result = GW_UNAVAIL;
}

enum group_outcome group_run(struct store_db *db, struct store_req *head)
{
	int64_t before;
	enum gw_err e;

	sql_clear(db);
	before = sql_total_changes(db);
	e = sql_run(sql(db, "BEGIN IMMEDIATE"));
	if (e == GW_OK)
		e = head != NULL ? run_all(db, head) : write_probe(db);
	if (e == GW_OK)
		e = sql_run(sql(db, "COMMIT"));
	if (e != GW_OK) {
		give_up(db, head);
		return GROUP_FAILED;
	}
	return sql_total_changes(db) != before ? GROUP_WROTE
					       : GROUP_WROTE_NOTHING;
}
