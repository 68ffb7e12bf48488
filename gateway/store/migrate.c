/* SPDX-License-Identifier: MIT */
/* migrate.c - brings a store to the tables this program knows */
#include "gateway/store/migrate.h"

#include <assert.h>

#include "gateway/store/sql_private.h"

static int newest_known(const struct store_migration *const *rooms,
			struct str room)
{
	const struct store_migration *m;
	int newest = 0;

	for (; *rooms != NULL; rooms++)
		for (m = *rooms; m->room != NULL; m++)
			if (str_is(room, m->room))
				newest = m->version;
	return newest;
}

static enum gw_err refuse_newer(struct store_db *db,
				const struct store_migration *const *rooms,
				struct err_note *note)
{
	struct sql_stmt *q = sql(db, "SELECT room, MAX(version) FROM "
				     "store_migration GROUP BY room");
	enum gw_err e;
	struct str room;
	int known;

	while ((e = sql_row(q)) == GW_OK) {
		room = sql_str(q, 0);
		known = newest_known(rooms, room);
		if (sql_int(q, 1) <= known)
			continue;
		e = err_say(note, GW_CONFLICT,
			    "the store was written by a newer program: its "
			    "%.*s tables have version %lld, this program "
			    "knows %d; start the newer program, or restore "
			    "the store saved before the upgrade",
			    STR_ARG(room), (long long)sql_int(q, 1), known);
		break;
	}
	return sql_end(q, e);
}

static enum gw_err version_of(struct store_db *db, const char *room,
			      int64_t *version)
{
	struct sql_stmt *q = sql(
		db, "SELECT MAX(version) FROM store_migration WHERE room = ?");
	enum gw_err e;

	sql_bind_text(q, 1, room);
	e = sql_row(q);
	if (e == GW_OK)
		*version = sql_int(q, 0);
	return sql_end(q, e);
}

static enum gw_err record(struct store_db *db, const struct store_migration *m,
			  int64_t wall)
{
	struct sql_stmt *q = sql(db, "INSERT INTO store_migration "
				     "(room, version, at) VALUES (?, ?, ?)");

	sql_bind_text(q, 1, m->room);
	sql_bind_int(q, 2, m->version);
	sql_bind_int(q, 3, wall);
	return sql_run(q);
}

static enum gw_err step(struct store_db *db, const struct store_migration *m,
			int64_t wall, struct err_note *note)
{
	struct err_note why = { .text = "" };
	enum gw_err e;

	e = sql_script(db, "BEGIN IMMEDIATE", &why);
	if (e == GW_OK)
		e = sql_script(db, m->sql, &why);
	if (e == GW_OK)
		e = record(db, m, wall);
	if (e == GW_OK)
		e = sql_script(db, "COMMIT", &why);
	if (e == GW_OK)
		return GW_OK;
	if (sql_in_transaction(db) && sql_script(db, "ROLLBACK", NULL) != GW_OK)
		e = GW_UNAVAIL;
	return err_say(note, e, "the store's %s tables, version %d: %s",
		       m->room, m->version, why.text);
}

static enum gw_err migrate_room(struct store_db *db,
				const struct store_migration *m, int64_t wall,
				struct err_note *note)
{
	int64_t have = 0;
	enum gw_err e;

	if (m->room == NULL)
		return GW_OK;
	e = version_of(db, m->room, &have);
	for (int want = 1; e == GW_OK && m->room != NULL; m++, want++) {
		assert(m->version == want);
		if (m->version > have)
			e = step(db, m, wall, note);
	}
	return e;
}

enum gw_err store_migrate(struct store_db *db,
			  const struct store_migration *const *rooms,
			  int64_t wall, struct err_note *note)
{
	enum gw_err e;

	e = sql_script(db,
		       "CREATE TABLE IF NOT EXISTS store_migration ("
		       " room TEXT NOT NULL,"
		       " version BIGINT NOT NULL,"
		       " at BIGINT NOT NULL,"
		       " PRIMARY KEY (room, version))",
		       note);
	if (e == GW_OK)
		e = refuse_newer(db, rooms, note);
	for (; e == GW_OK && *rooms != NULL; rooms++)
		e = migrate_room(db, *rooms, wall, note);
	return e;
}
