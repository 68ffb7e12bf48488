/* SPDX-License-Identifier: MIT */
/* room.c - rooms: made, found, loaded before the loop runs, forgotten */
#include "xmpp/muc/room.h"

#include "gateway/base/when.h"
#include "xmpp/im/journal.h"
#include "xmpp/muc/occupant.h"

#define BURST 5 /* seconds of the rate that may come at once */

struct xmpp_room *xmpp_room_find(struct xmpp_muc *m, struct str bare)
{
	return map_get(&m->rooms, bare);
}

struct xmpp_room *xmpp_room_get(struct xmpp_muc *m, uint64_t handle)
{
	return slot_get(&m->handles, handle);
}

struct xmpp_room *xmpp_room_next(struct xmpp_muc *m, size_t *it)
{
	return map_next(&m->rooms, it);
}

struct xmpp_muc_settings xmpp_room_defaults(const struct xmpp_muc *m)
{
	return (struct xmpp_muc_settings){
		.flags = MUC_PUBLIC,
		.whisper = MUC_VISITOR,
		.history = xmpp_muc_conf(m)->history,
	};
}

void xmpp_room_set(struct xmpp_room *r, const struct xmpp_muc_settings *set)
{
	struct arena *a = arena_new();
	struct xmpp_muc_settings copy = *set;

	copy.name = arena_str(a, set->name);
	copy.description = arena_str(a, set->description);
	copy.password = arena_str(a, set->password);
	arena_free(&r->set_a);
	r->set_a = a;
	r->set = copy;
	xmpp_muc_history_resize(&r->history, (size_t)copy.history);
}

struct xmpp_room *xmpp_room_make(struct xmpp_muc *m, struct jid jid,
				 const struct xmpp_muc_settings *set)
{
	struct xmpp_room *r = mem_new(sizeof(*r));
	struct loop *l = xmpp_loop(m->x);

	r->muc = m;
	r->a = arena_new();
	r->jid = xmpp_jid_copy(r->a, xmpp_jid_bare(jid));
	r->subject = mem_strdup("");
	r->subject_by = mem_strdup("");
	loop_random(l, r->secret, sizeof(r->secret));
	map_init(&r->persons, m->rooms.seed);
	map_init(&r->by_key, m->rooms.seed);
	map_init(&r->by_full, m->rooms.seed);
	list_init(&r->occupants);
	xmpp_muc_history_init(&r->history, (size_t)set->history);
	xmpp_room_set(r, set);
	r->tokens = xmpp_muc_conf(m)->rate * BURST * 1000;
	r->tokens_at = loop_now(l);
	r->handle = slot_add(&m->handles, r);
	map_put(&m->rooms, r->jid.bare, r);
	return r;
}

void xmpp_room_free(struct xmpp_room **pr)
{
	struct xmpp_room *r = *pr;
	struct xmpp_occupant *o;
	struct xmpp_muc_person *p;
	size_t it = 0;

	*pr = NULL;
	if (r == NULL)
		return;
	map_del(&r->muc->rooms, r->jid.bare);
	slot_del(&r->muc->handles, r->handle);
	while ((o = xmpp_occupant_next(r, NULL)) != NULL)
		xmpp_occupant_del(&o);
	while ((p = map_next(&r->persons, &it)) != NULL) {
		mem_free(p->reason);
		mem_free(p);
	}
	map_fini(&r->persons);
	map_fini(&r->by_key);
	map_fini(&r->by_full);
	xmpp_muc_history_fini(&r->history);
	mem_free(r->subject);
	mem_free(r->subject_by);
	arena_free(&r->set_a);
	arena_free(&r->a);
	mem_free(r);
}

void xmpp_room_forget(struct xmpp_room **pr)
{
	struct xmpp_room *r = *pr;

	*pr = NULL;
	if (r->stored)
		muc_delete(xmpp_store(r->muc->x), r->jid.bare,
			   (struct muc_done){ .fn = NULL });
	xmpp_room_free(&r);
}

/* A bucket that fills by the rate per second. */
bool xmpp_room_may_pass(struct xmpp_room *r)
{
	int64_t rate = xmpp_muc_conf(r->muc)->rate;
	int64_t now = loop_now(xmpp_loop(r->muc->x));
	int64_t most = rate * BURST * 1000;
	int64_t gone = now - r->tokens_at;

	r->tokens_at = now;
	r->tokens =
		gone >= BURST * WHEN_SECOND ? most : r->tokens + gone * rate;
	if (r->tokens > most)
		r->tokens = most;
	if (r->tokens < 1000)
		return false;
	r->tokens -= 1000;
	return true;
}

/* ---- before the loop runs ---- */

static enum gw_err load_persons(struct xmpp_room *r, struct arena *a)
{
	struct muc_person_row *rows;
	size_t n;
	enum gw_err e = muc_load_persons(xmpp_store(r->muc->x), r->jid.bare, a,
					 &rows, &n);

	for (size_t i = 0; i < n && e == GW_OK; i++)
		if (rows[i].affiliation >= MUC_OUTCAST &&
		    rows[i].affiliation <= MUC_OWNER)
			xmpp_room_affiliate(r, &rows[i]);
	return e;
}

static enum gw_err load_lines(struct xmpp_room *r, struct arena *a)
{
	struct muc_lines lines = { .room = r->jid.bare, .max = r->set.history };
	enum gw_err e = muc_load_lines(xmpp_store(r->muc->x), a, &lines);

	for (size_t i = 0; i < lines.count && e == GW_OK; i++) {
		xmpp_muc_history_add(&r->history,
				     &(struct xmpp_muc_line){
					     .stamp = lines.rows[i].stamp,
					     .id = lines.rows[i].id,
					     .stanza = lines.rows[i].stanza,
				     });
		xmpp_journal_loaded(r->muc->x, lines.rows[i].id);
	}
	return e;
}

static char *text_of(struct str s)
{
	return mem_strndup(s.p != NULL ? s.p : "", s.n);
}

static enum gw_err load_room(struct xmpp_muc *m, const struct muc_room_row *row,
			     struct arena *a)
{
	struct xmpp_muc_settings set = {
		.name = row->name,
		.description = row->description,
		.password = row->password,
		.flags = (unsigned)row->flags,
		.whisper = (enum xmpp_muc_role)row->whisper,
		.max_users = row->max_users,
		.history = row->history,
	};
	struct xmpp_room *r;
	struct jid jid;
	enum gw_err e;

	/* The host was renamed: the rows wait for it to come back. */
	if (xmpp_jid_parse(a, row->room, &jid) != GW_OK ||
	    !str_eq(jid.domain, m->host.full) ||
	    row->secret.n != MUC_SECRET_LEN)
		return GW_OK;
	r = xmpp_room_make(m, jid, &set);
	r->stored = true;
	memcpy(r->secret, row->secret.p, MUC_SECRET_LEN);
	mem_free(r->subject);
	mem_free(r->subject_by);
	r->subject = text_of(row->subject);
	r->subject_by = text_of(row->subject_by);
	r->subject_stamp = row->subject_stamp;
	e = load_persons(r, a);
	return e == GW_OK ? load_lines(r, a) : e;
}

enum gw_err xmpp_room_load_all(struct xmpp_muc *m)
{
	struct arena *rooms = arena_new();
	struct arena *a = arena_new();
	struct muc_room_row *rows;
	size_t n;
	enum gw_err e = muc_load_rooms(xmpp_store(m->x), rooms, &rows, &n);

	for (size_t i = 0; i < n && e == GW_OK; i++) {
		e = load_room(m, &rows[i], a);
		arena_reset(a);
	}
	arena_free(&a);
	arena_free(&rooms);
	return e;
}
