/* SPDX-License-Identifier: MIT */
/* account.c - the rows of the built-in directory */
#include "gateway/store/dir/account.h"

#include "gateway/base/buf.h"
#include "gateway/store/sql.h"

struct change {
	struct store_req req;
	struct arena *arena;
	struct store_account row;
	int64_t wall;
	store_account_done_fn *done;
	void *arg;
};

struct load {
	struct store_req req;
	struct arena *arena;
	struct buf accounts; /* struct store_account */
	struct buf keys;     /* struct store_account_key, by address */
};

static enum gw_err insert_keys(struct store_db *db,
			       const struct store_account *row)
{
	const struct store_account_key *k = row->keys;
	enum gw_err e = GW_OK;
	struct sql_stmt *q;

	for (size_t i = 0; i < row->key_count && e == GW_OK; i++, k++) {
		q = sql(db, "INSERT INTO account_key (address, hash, rounds, "
			    "salt, stored_key, server_key) "
			    "VALUES (?, ?, ?, ?, ?, ?)");
		sql_bind_str(q, 1, row->address);
		sql_bind_int(q, 2, k->hash);
		sql_bind_int(q, 3, k->rounds);
		sql_bind_blob(q, 4, k->salt);
		sql_bind_blob(q, 5, k->stored_key);
		sql_bind_blob(q, 6, k->server_key);
		e = sql_run(q);
	}
	return e;
}

static enum gw_err apply_add(struct store_req *r, struct store_db *db)
{
	struct change *c = LIST_OF(r, struct change, req);
	struct sql_stmt *q =
		sql(db, "INSERT INTO account (address, name, role, disabled, "
			"since) VALUES (?, ?, ?, ?, ?)");
	enum gw_err e;

	sql_bind_str(q, 1, c->row.address);
	sql_bind_str(q, 2, c->row.name);
	sql_bind_int(q, 3, c->row.role);
	sql_bind_int(q, 4, c->row.disabled);
	sql_bind_int(q, 5, c->wall);
	e = sql_run(q);
	return e == GW_OK ? insert_keys(db, &c->row) : e;
}

static enum gw_err next_generation(struct store_db *db, struct str address)
{
	struct sql_stmt *q =
		sql(db, "UPDATE account SET generation = generation + 1 "
			"WHERE address = ?");
	enum gw_err e;

	sql_bind_str(q, 1, address);
	e = sql_run(q);
	return e == GW_OK && sql_changes(db) == 0 ? GW_NOT_FOUND : e;
}

static enum gw_err must_exist(struct store_db *db, struct str address)
{
	struct sql_stmt *q = sql(db, "SELECT 1 FROM account WHERE address = ?");
	enum gw_err e;

	sql_bind_str(q, 1, address);
	e = sql_row(q);
	sql_end(q, e);
	return e;
}

static enum gw_err apply_set_keys(struct store_req *r, struct store_db *db)
{
	struct change *c = LIST_OF(r, struct change, req);
	struct sql_stmt *q;
	enum gw_err e = next_generation(db, c->row.address);

	if (e != GW_OK)
		return e;
	q = sql(db, "DELETE FROM account_key WHERE address = ?");
	sql_bind_str(q, 1, c->row.address);
	e = sql_run(q);
	return e == GW_OK ? insert_keys(db, &c->row) : e;
}

static enum gw_err apply_add_keys(struct store_req *r, struct store_db *db)
{
	struct change *c = LIST_OF(r, struct change, req);
	enum gw_err e = must_exist(db, c->row.address);

	return e == GW_OK ? insert_keys(db, &c->row) : e;
}

static enum gw_err apply_set_disabled(struct store_req *r, struct store_db *db)
{
	struct change *c = LIST_OF(r, struct change, req);
	struct sql_stmt *q =
		sql(db, "UPDATE account SET disabled = ?, "
			"generation = generation + ? WHERE address = ?");
	enum gw_err e;

	sql_bind_int(q, 1, c->row.disabled);
	sql_bind_int(q, 2, c->row.disabled);
	sql_bind_str(q, 3, c->row.address);
	e = sql_run(q);
	return e == GW_OK && sql_changes(db) == 0 ? GW_NOT_FOUND : e;
}

static void change_done(struct store_req *r, enum gw_err e)
{
	struct change *c = LIST_OF(r, struct change, req);
	struct arena *a = c->arena;

	c->done(c->arg, e);
	arena_free(&a);
}

static void copy_keys(struct arena *a, struct store_account *row)
{
	struct store_account_key *keys =
		arena_alloc(a, (row->key_count + 1) * sizeof(*keys));

	for (size_t i = 0; i < row->key_count; i++) {
		keys[i] = row->keys[i];
		keys[i].salt = arena_str(a, keys[i].salt);
		keys[i].stored_key = arena_str(a, keys[i].stored_key);
		keys[i].server_key = arena_str(a, keys[i].server_key);
	}
	row->keys = keys;
}

static struct change *change_new(const struct store_account *row,
				 store_account_done_fn *done, void *arg)
{
	struct arena *a = arena_new();
	struct change *c = arena_alloc(a, sizeof(*c));

	c->arena = a;
	c->row = *row;
	c->row.address = arena_str(a, row->address);
	c->row.name = arena_str(a, row->name);
	copy_keys(a, &c->row);
	c->done = done;
	c->arg = arg;
	c->req.done = change_done;
	return c;
}

void store_account_add(struct store *s, const struct store_account *row,
		       store_account_done_fn *done, void *arg)
{
	struct change *c = change_new(row, done, arg);

	c->wall = loop_wall(store_loop(s));
	c->req.apply = apply_add;
	store_submit(s, &c->req);
}

void store_account_set_keys(struct store *s, const struct store_account *row,
			    store_account_done_fn *done, void *arg)
{
	struct change *c = change_new(row, done, arg);

	c->req.apply = apply_set_keys;
	store_submit(s, &c->req);
}

void store_account_add_keys(struct store *s, const struct store_account *row,
			    store_account_done_fn *done, void *arg)
{
	struct change *c = change_new(row, done, arg);

	c->req.apply = apply_add_keys;
	store_submit(s, &c->req);
}

void store_account_set_disabled(struct store *s,
				const struct store_account *row,
				store_account_done_fn *done, void *arg)
{
	struct change *c = change_new(row, done, arg);

	c->req.apply = apply_set_disabled;
	store_submit(s, &c->req);
}

/* ---- all of them ---- */

static enum gw_err load_accounts(struct load *load, struct store_db *db)
{
	struct sql_stmt *q =
		sql(db, "SELECT address, name, role, disabled, generation "
			"FROM account ORDER BY address");
	struct store_account row = { .keys = NULL };
	enum gw_err e;

	while ((e = sql_row(q)) == GW_OK) {
		row.address = arena_str(load->arena, sql_str(q, 0));
		row.name = arena_str(load->arena, sql_str(q, 1));
		row.role = sql_int(q, 2);
		row.disabled = sql_int(q, 3) != 0;
		row.generation = sql_int(q, 4);
		buf_add(&load->accounts, &row, sizeof(row));
	}
	return sql_end(q, e);
}

/* The keys of an account stand together, and in the order of accounts: the
 * first of each is found by walking both. */
static enum gw_err load_keys(struct load *load, struct store_db *db,
			     size_t *counts, size_t accounts)
{
	struct sql_stmt *q =
		sql(db, "SELECT address, hash, rounds, salt, stored_key, "
			"server_key FROM account_key ORDER BY address, hash");
	const struct store_account *rows = (const void *)load->accounts.data;
	struct store_account_key k;
	size_t at = 0;
	enum gw_err e;

	while ((e = sql_row(q)) == GW_OK) {
		while (at < accounts &&
		       !str_eq(rows[at].address, sql_str(q, 0)))
			at++;
		if (at == accounts)
			break;
		k.hash = sql_int(q, 1);
		k.rounds = sql_int(q, 2);
		k.salt = arena_str(load->arena, sql_str(q, 3));
		k.stored_key = arena_str(load->arena, sql_str(q, 4));
		k.server_key = arena_str(load->arena, sql_str(q, 5));
		buf_add(&load->keys, &k, sizeof(k));
		counts[at]++;
	}
	return sql_end(q, e == GW_OK ? GW_INTERNAL : e);
}

static enum gw_err apply_load(struct store_req *r, struct store_db *db)
{
	struct load *load = LIST_OF(r, struct load, req);
	enum gw_err e = load_accounts(load, db);
	size_t accounts = load->accounts.len / sizeof(struct store_account);
	struct store_account *rows = (void *)load->accounts.data;
	size_t *counts = mem_new((accounts + 1) * sizeof(*counts));
	struct store_account_key *keys;

	if (e == GW_OK)
		e = load_keys(load, db, counts, accounts);
	keys = arena_alloc(load->arena, load->keys.len + 1);
	if (load->keys.len > 0)
		memcpy(keys, load->keys.data, load->keys.len);
	for (size_t i = 0; i < accounts; i++) {
		rows[i].keys = keys;
		rows[i].key_count = counts[i];
		keys += counts[i];
	}
	mem_free(counts);
	return e;
}

enum gw_err store_account_load(struct store *s, struct arena *a,
			       struct store_account **rows, size_t *n)
{
	struct load load = { .req = { .apply = apply_load }, .arena = a };
	enum gw_err e = store_now(s, &load.req);

	*n = e == GW_OK ? load.accounts.len / sizeof(**rows) : 0;
	*rows = arena_alloc(a, load.accounts.len + 1);
	if (load.accounts.len > 0)
		memcpy(*rows, load.accounts.data, load.accounts.len);
	buf_fini(&load.accounts);
	buf_fini(&load.keys);
	return e;
}
