/* SPDX-License-Identifier: MIT */
/* save.c - what a room's journal is told */
#include "xmpp/muc/room.h"

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

	r->stored = true;
	muc_save(xmpp_store(r->muc->x), &w, done);
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
	if ((set->flags & MUC_PERSISTENT) == 0 && !r->stored) {
		if (done.fn != NULL)
			done.fn(done.arg, GW_OK);
		return;
	}
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
