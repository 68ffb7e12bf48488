/* SPDX-License-Identifier: MIT */
/* save.c - what a room's journal is told */
#include "gateway/run/log.h"
#include "xmpp/muc/room.h"

struct saving {
	struct xmpp_muc *m;
	uint64_t room;
	bool first; /* the row that says that there is such a room */
	struct muc_done done;
};

static void saved(void *arg, enum gw_err e)
{
	struct saving *s = arg;
	struct xmpp_room *r = xmpp_room_get(s->m, s->room);

	if (e != GW_OK && s->first && r != NULL)
		r->stored = false; /* the next change saves all of it */
	if (e != GW_OK)
		log_warn("xmpp.muc.unsaved", "why", err_name(e), NULL);
	if (s->done.fn != NULL)
		s->done.fn(s->done.arg, e);
	mem_free(s);
}

static void save(struct xmpp_room *r, const struct xmpp_muc_settings *set,
		 const struct muc_write *persons, struct muc_done done)
{
	struct muc_room_row row = {
		.room = r->jid.bare,
		.secret = str_make((const char *)r->secret, MUC_SECRET_LEN),
		.name = set->name,
		.description = set->description,
		.password = set->password,
		.flags = set->flags,
		.whisper = set->whisper,
		.max_users = set->max_users,
		.history = set->history,
		.subject = str_of(r->subject),
		.subject_by = str_of(r->subject_by),
		.subject_stamp = r->subject_stamp,
	};
	struct muc_write w = { .room = &row,
			       .persons = persons->persons,
			       .count = persons->count };
	struct saving *s = mem_new(sizeof(*s));

	*s = (struct saving){ .m = r->muc,
			      .room = r->handle,
			      .first = !r->stored,
			      .done = done };
	r->stored = true;
	muc_save(xmpp_store(r->muc->x), &w,
		 (struct muc_done){ .fn = saved, .arg = s });
}

/* A room that becomes persistent: everybody who stands in it is new to the
 * store. */
static void save_all(struct xmpp_room *r, const struct xmpp_muc_settings *set,
		     const struct muc_write *more, struct muc_done done)
{
	struct arena *a = arena_new();
	struct muc_person_row *rows = arena_alloc(
		a, (r->persons.used + more->count + 1) * sizeof(*rows));
	const struct xmpp_muc_person *p;
	struct muc_write all = { .persons = rows };
	size_t it = 0;

	while ((p = map_next(&r->persons, &it)) != NULL)
		rows[all.count++] = (struct muc_person_row){
			.jid = str_of(p->jid),
			.affiliation = (int)p->affiliation,
			.reason = str_of(p->reason),
		};
	for (size_t i = 0; i < more->count; i++)
		rows[all.count++] = more->persons[i];
	save(r, set, &all, done);
	arena_free(&a);
}

void xmpp_room_save(struct xmpp_room *r, const struct xmpp_muc_settings *set,
		    const struct muc_person_row *persons, size_t count,
		    struct muc_done done)
{
	struct muc_write w = { .persons = persons, .count = count };

	if (set == NULL)
		set = &r->set;
	if (r->stored)
		save(r, set, &w, done);
	else
		save_all(r, set, &w, done);
}

void xmpp_room_set_subject(struct xmpp_room *r, struct str by, struct str text)
{
	mem_free(r->subject);
	mem_free(r->subject_by);
	r->subject = mem_strndup(text.n > 0 ? text.p : "", text.n);
	r->subject_by = mem_strndup(by.p, by.n);
	r->subject_stamp = loop_wall(xmpp_loop(r->muc->x));
}
