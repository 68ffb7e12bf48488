/* SPDX-License-Identifier: MIT */
/* muc.c - rooms, who stands how in them, and what was said, on disk */
#include "gateway/store/xmpp/muc.h"

#include "gateway/base/buf.h"
#include "gateway/run/log.h"
#include "gateway/store/sql.h"

#define TRIM_SLICE 500 /* rows at once: no answer waits long for it */

struct request {
	struct store_req req;
	struct arena *a;
	struct muc_room_row room;
	struct muc_person_row *persons;
	size_t count;
	bool has_room;
	struct muc_line_row line;
	struct muc_bounds bounds;
	struct muc_done done;
};

static void finish(struct store_req *req, enum gw_err e)
{
	struct request *r = LIST_OF(req, struct request, req);
	struct arena *a = r->a;

	if (r->done.fn != NULL)
		r->done.fn(r->done.arg, e);
	else if (e != GW_OK)
		log_warn("xmpp.muc.unwritten", "room", LOG_STR(r->room.room),
			 "why", err_name(e), NULL);
	arena_free(&a);
}

static struct request *request_new(struct str room, struct muc_done done)
{
	struct arena *a = arena_new();
	struct request *r = arena_alloc(a, sizeof(*r));

	r->a = a;
	r->room.room = arena_str(a, room);
	r->done = done;
	r->req.done = finish;
	return r;
}

/* A column that must not be NULL. */
static struct str present(struct arena *a, struct str s)
{
	return s.p == NULL ? STR("") : arena_str(a, s);
}

/* ---- writing rooms ---- */

static enum gw_err write_room(struct request *r, struct store_db *db)
{
	const struct muc_room_row *row = &r->room;
	struct sql_stmt *q =
		sql(db, "INSERT INTO xmpp_muc_room (room, secret, name, "
			"description, password, flags, whisper, max_users, "
			"history, subject, subject_by, subject_stamp) "
			"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
			"ON CONFLICT (room) DO UPDATE SET "
			"name = excluded.name, "
			"description = excluded.description, "
			"password = excluded.password, "
			"flags = excluded.flags, whisper = excluded.whisper, "
			"max_users = excluded.max_users, "
			"history = excluded.history, "
			"subject = excluded.subject, "
			"subject_by = excluded.subject_by, "
			"subject_stamp = excluded.subject_stamp");

	sql_bind_str(q, 1, row->room);
	sql_bind_blob(q, 2, row->secret);
	sql_bind_str(q, 3, row->name);
	sql_bind_str(q, 4, row->description);
	sql_bind_str(q, 5, row->password);
	sql_bind_int(q, 6, row->flags);
	sql_bind_int(q, 7, row->whisper);
	sql_bind_int(q, 8, row->max_users);
	sql_bind_int(q, 9, row->history);
	sql_bind_str(q, 10, row->subject);
	sql_bind_str(q, 11, row->subject_by);
	sql_bind_int(q, 12, row->subject_stamp);
	return sql_run(q);
}

static enum gw_err remove_person(struct request *r, struct store_db *db,
				 struct str jid)
{
	struct sql_stmt *q = sql(
		db, "DELETE FROM xmpp_muc_person WHERE room = ? AND jid = ?");

	sql_bind_str(q, 1, r->room.room);
	sql_bind_str(q, 2, jid);
	return sql_run(q);
}

static enum gw_err write_person(struct request *r, struct store_db *db,
				const struct muc_person_row *p)
{
	struct sql_stmt *q;

	if (p->remove)
		return remove_person(r, db, p->jid);
	q = sql(db, "INSERT INTO xmpp_muc_person "
		    "(room, jid, affiliation, reason) VALUES (?, ?, ?, ?) "
		    "ON CONFLICT (room, jid) DO UPDATE SET "
		    "affiliation = excluded.affiliation, "
		    "reason = excluded.reason");

	sql_bind_str(q, 1, r->room.room);
	sql_bind_str(q, 2, p->jid);
	sql_bind_int(q, 3, p->affiliation);
	sql_bind_str(q, 4, p->reason);
	return sql_run(q);
}

static enum gw_err apply_save(struct store_req *req, struct store_db *db)
{
	struct request *r = LIST_OF(req, struct request, req);
	enum gw_err e = r->has_room ? write_room(r, db) : GW_OK;

	for (size_t i = 0; i < r->count && e == GW_OK; i++)
		e = write_person(r, db, &r->persons[i]);
	return e;
}

static void copy_room(struct request *r, const struct muc_room_row *row)
{
	struct str room = r->room.room;

	r->has_room = true;
	r->room = *row;
	r->room.room = room;
	r->room.secret = arena_str(r->a, row->secret);
	r->room.name = present(r->a, row->name);
	r->room.description = present(r->a, row->description);
	r->room.password = present(r->a, row->password);
	r->room.subject = present(r->a, row->subject);
	r->room.subject_by = present(r->a, row->subject_by);
}

void muc_save(struct store *s, const struct muc_write *w, struct muc_done done)
{
	struct request *r = request_new(w->room->room, done);

	r->req.apply = apply_save;
	copy_room(r, w->room);
	r->count = w->count;
	r->persons = arena_alloc(r->a, (w->count + 1) * sizeof(*r->persons));
	for (size_t i = 0; i < w->count; i++)
		r->persons[i] = (struct muc_person_row){
			.jid = arena_str(r->a, w->persons[i].jid),
			.affiliation = w->persons[i].affiliation,
			.remove = w->persons[i].remove,
			.reason = present(r->a, w->persons[i].reason),
		};
	store_submit(s, &r->req);
}

static enum gw_err delete_from(struct request *r, struct sql_stmt *q)
{
	sql_bind_str(q, 1, r->room.room);
	return sql_run(q);
}

static enum gw_err apply_delete(struct store_req *req, struct store_db *db)
{
	struct request *r = LIST_OF(req, struct request, req);
	enum gw_err e = delete_from(
		r, sql(db, "DELETE FROM xmpp_muc_person WHERE room = ?"));

	if (e == GW_OK)
		e = delete_from(
			r, sql(db, "DELETE FROM xmpp_muc_line WHERE room = ?"));
	if (e == GW_OK)
		e = delete_from(
			r, sql(db, "DELETE FROM xmpp_muc_room WHERE room = ?"));
	return e;
}

void muc_delete(struct store *s, struct str room, struct muc_done done)
{
	struct request *r = request_new(room, done);

	r->req.apply = apply_delete;
	store_submit(s, &r->req);
}

/* ---- what was said ---- */

enum gw_err muc_put_line(struct store_db *db, const struct muc_line_row *row)
{
	struct sql_stmt *q =
		sql(db, "INSERT INTO xmpp_muc_line (room, line, stamp, stanza) "
			"VALUES (?, ?, ?, ?)");

	sql_bind_str(q, 1, row->room);
	sql_bind_str(q, 2, row->id);
	sql_bind_int(q, 3, row->stamp);
	sql_bind_str(q, 4, row->stanza);
	return sql_run(q);
}

static enum gw_err apply_add(struct store_req *req, struct store_db *db)
{
	struct request *r = LIST_OF(req, struct request, req);

	r->line.room = r->room.room;
	return muc_put_line(db, &r->line);
}

void muc_add(struct store *s, const struct muc_line_row *row,
	     struct muc_done done)
{
	struct request *r = request_new(row->room, done);

	r->req.apply = apply_add;
	r->line.id = arena_str(r->a, row->id);
	r->line.stamp = row->stamp;
	r->line.stanza = arena_str(r->a, row->stanza);
	store_submit(s, &r->req);
}

static enum gw_err apply_trim(struct store_req *req, struct store_db *db)
{
	struct request *r = LIST_OF(req, struct request, req);
	struct sql_stmt *q =
		sql(db, "DELETE FROM xmpp_muc_line WHERE id IN ("
			"SELECT id FROM xmpp_muc_line WHERE room = ?1 "
			"AND (stamp < ?2 OR id <= (SELECT id FROM "
			"xmpp_muc_line WHERE room = ?1 "
			"ORDER BY id DESC LIMIT 1 OFFSET ?3)) "
			"ORDER BY id LIMIT ?4)");

	sql_bind_str(q, 1, r->room.room);
	sql_bind_int(q, 2, r->bounds.before);
	sql_bind_int(q, 3, r->bounds.keep);
	sql_bind_int(q, 4, TRIM_SLICE);
	return sql_run(q);
}

void muc_trim(struct store *s, const struct muc_bounds *b)
{
	struct request *r =
		request_new(b->room, (struct muc_done){ .fn = NULL });

	r->req.apply = apply_trim;
	r->bounds = *b;
	store_submit(s, &r->req);
}

/* ---- reading, before the loop runs ---- */

struct load {
	struct store_req req;
	struct arena *a;
	struct buf rows;
	struct str room;
	int64_t max;
};

static struct str text(struct load *l, struct sql_stmt *q, int column)
{
	return arena_str(l->a, sql_str(q, column));
}

static void *take_rows(struct load *l, size_t size, size_t *n)
{
	void *rows = arena_alloc(l->a, l->rows.len + 1);

	if (l->rows.len > 0)
		memcpy(rows, l->rows.data, l->rows.len);
	*n = l->rows.len / size;
	buf_fini(&l->rows);
	return rows;
}

static enum gw_err apply_rooms(struct store_req *req, struct store_db *db)
{
	struct load *l = LIST_OF(req, struct load, req);
	struct sql_stmt *q =
		sql(db, "SELECT room, secret, name, description, password, "
			"flags, whisper, max_users, history, subject, "
			"subject_by, subject_stamp FROM xmpp_muc_room");
	enum gw_err e;

	while ((e = sql_row(q)) == GW_OK) {
		struct muc_room_row row = {
			.room = text(l, q, 0),
			.secret = text(l, q, 1),
			.name = text(l, q, 2),
			.description = text(l, q, 3),
			.password = text(l, q, 4),
			.flags = sql_int(q, 5),
			.whisper = sql_int(q, 6),
			.max_users = sql_int(q, 7),
			.history = sql_int(q, 8),
			.subject = text(l, q, 9),
			.subject_by = text(l, q, 10),
			.subject_stamp = sql_int(q, 11),
		};

		buf_add(&l->rows, &row, sizeof(row));
	}
	return sql_end(q, e);
}

enum gw_err muc_load_rooms(struct store *s, struct arena *a,
			   struct muc_room_row **rows, size_t *n)
{
	struct load l = { .req = { .apply = apply_rooms }, .a = a };
	enum gw_err e = store_now(s, &l.req);

	*rows = take_rows(&l, sizeof(**rows), n);
	return e;
}

static enum gw_err apply_persons(struct store_req *req, struct store_db *db)
{
	struct load *l = LIST_OF(req, struct load, req);
	struct sql_stmt *q = sql(db, "SELECT jid, affiliation, reason "
				     "FROM xmpp_muc_person WHERE room = ?");
	enum gw_err e;

	sql_bind_str(q, 1, l->room);
	while ((e = sql_row(q)) == GW_OK) {
		struct muc_person_row row = {
			.jid = text(l, q, 0),
			.affiliation = (int)sql_int(q, 1),
			.reason = text(l, q, 2),
		};

		buf_add(&l->rows, &row, sizeof(row));
	}
	return sql_end(q, e);
}

enum gw_err muc_load_persons(struct store *s, struct str room, struct arena *a,
			     struct muc_person_row **rows, size_t *n)
{
	struct load l = { .req = { .apply = apply_persons },
			  .a = a,
			  .room = room };
	enum gw_err e = store_now(s, &l.req);

	*rows = take_rows(&l, sizeof(**rows), n);
	return e;
}

static enum gw_err apply_lines(struct store_req *req, struct store_db *db)
{
	struct load *l = LIST_OF(req, struct load, req);
	struct sql_stmt *q =
		sql(db, "SELECT line, stamp, stanza FROM ("
			"SELECT id, line, stamp, stanza FROM xmpp_muc_line "
			"WHERE room = ? ORDER BY id DESC LIMIT ?) ORDER BY id");
	enum gw_err e;

	sql_bind_str(q, 1, l->room);
	sql_bind_int(q, 2, l->max);
	while ((e = sql_row(q)) == GW_OK) {
		struct muc_line_row row = {
			.room = l->room,
			.id = text(l, q, 0),
			.stamp = sql_int(q, 1),
			.stanza = text(l, q, 2),
		};

		buf_add(&l->rows, &row, sizeof(row));
	}
	return sql_end(q, e);
}

enum gw_err muc_load_lines(struct store *s, struct arena *a,
			   struct muc_lines *lines)
{
	struct load l = { .req = { .apply = apply_lines },
			  .a = a,
			  .room = lines->room,
			  .max = lines->max };
	enum gw_err e = store_now(s, &l.req);

	lines->rows = take_rows(&l, sizeof(*lines->rows), &lines->count);
	return e;
}
