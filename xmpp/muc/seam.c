/* SPDX-License-Identifier: MIT */
/* seam.c - what Muster itself says in rooms, as its bot
 *
 * A post is a row first; it is seen, and its waiter told, when that is
 * committed.  The row's id is the post's id and unique in the room, so that a
 * post repeated after a crash is recognised.
 */
#include "gateway/run/log.h"
#include "xmpp/muc/news.h"
#include "xmpp/xml/write.h"

struct post {
	struct xmpp_muc *m;
	uint64_t room;
	struct arena *a;
	struct xmpp_muc_line line;
	struct stanza *st;
	void (*done)(void *arg, enum gw_err e);
	void *arg;
};

static struct stanza *stanza_of(struct arena *a, const struct xmpp_room *r,
				const struct seam_post *p)
{
	struct stanza *st = stanza_new(a, "message", NS_CLIENT);
	struct stanza *e;
	char id[MUC_ID_LEN + 1];

	xmpp_occupant_id(r, r->muc->bot.bare, id);
	stanza_set_attr(a, st, "type", STR("groupchat"));
	stanza_set_attr(a, st, "id", p->id);
	stanza_set_attr(a, st, "from",
			str_of(arena_printf(a, STR_FMT "/" MUC_BOT_NICK,
					    STR_ARG(r->jid.bare))));
	stanza_add_leaf(a, st, "body", NS_CLIENT, p->body);
	if (p->thread.n > 0)
		stanza_add_leaf(a, st, "thread", NS_CLIENT, p->thread);
	if (p->replace.n > 0) {
		e = stanza_add_new(a, st, "replace", NS_CORRECT);
		stanza_set_attr(a, e, "id", p->replace);
	}
	e = stanza_add_new(a, st, "origin-id", NS_SID);
	stanza_set_attr(a, e, "id", p->id);
	e = stanza_add_new(a, st, "occupant-id", NS_OCCUPANT_ID);
	stanza_set_attr(a, e, "id", str_of(id));
	/* Replies in rooms name the stanza-id (XEP-0461 3): with the post's
	 * own id there, the desk knows what is replied to. */
	e = stanza_add_new(a, st, "stanza-id", NS_SID);
	stanza_set_attr(a, e, "id", p->id);
	stanza_set_attr(a, e, "by", r->jid.bare);
	return st;
}

static void show(struct post *p)
{
	struct xmpp_room *r = xmpp_room_get(p->m, p->room);
	struct xmpp_ctx c;
	bool was;

	if (r == NULL || !p->m->up)
		return;
	was = xmpp_muc_enter(p->m);
	xmpp_ctx_begin(&c, p->m->x);
	xmpp_muc_history_add(&r->history, &p->line);
	xmpp_muc_fan(&c, r, p->st);
	xmpp_ctx_end(&c);
	xmpp_muc_leave(p->m, was);
}

static void committed(void *arg, enum gw_err e)
{
	struct post *p = arg;
	struct arena *a = p->a;

	if (e == GW_OK)
		show(p);
	else if (e == GW_CONFLICT)
		e = GW_OK; /* said before a crash */
	else
		log_error("xmpp.muc.unposted", "id", LOG_STR(p->line.id), "why",
			  err_name(e), NULL);
	if (p->done != NULL)
		p->done(p->arg, e);
	arena_free(&a);
}

/* The bot's room of that address, made if need be; NULL: none of ours. */
static struct xmpp_room *room_of(struct xmpp_muc *m, struct str address)
{
	struct xmpp_room *r = NULL;
	bool was = xmpp_muc_enter(m);
	struct xmpp_ctx c;
	struct jid jid;

	xmpp_ctx_begin(&c, m->x);
	if (xmpp_jid_parse(c.a, address, &jid) == GW_OK &&
	    jid.local.p != NULL && jid.resource.p == NULL &&
	    str_eq(jid.domain, m->host.full))
		r = xmpp_room_stand(&c, m, jid);
	xmpp_ctx_end(&c);
	xmpp_muc_leave(m, was);
	return r;
}

static void submit(struct xmpp_room *r, struct post *post,
		   const struct seam_post *p)
{
	struct buf bytes = { .data = NULL };
	struct muc_line_row row;

	post->st = stanza_of(post->a, r, p);
	xmpp_xml_write(&bytes, post->st, XMPP_XML_BY_ITSELF);
	post->line = (struct xmpp_muc_line){
		.stamp = loop_wall(xmpp_loop(r->muc->x)),
		.id = arena_str(post->a, p->id),
		.stanza = arena_str(post->a, buf_str(&bytes)),
	};
	buf_fini(&bytes);
	row = (struct muc_line_row){ .room = r->jid.bare,
				     .id = post->line.id,
				     .stamp = post->line.stamp,
				     .stanza = post->line.stanza };
	r->untrimmed++;
	muc_add(xmpp_store(r->muc->x), &row,
		(struct muc_done){ .fn = committed, .arg = post });
}

void xmpp_muc_post(void *self, const struct seam_post *p,
		   void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct xmpp_muc *m = self;
	struct xmpp_room *r = room_of(m, p->room);
	struct arena *a;
	struct post *post;

	if (r == NULL) {
		log_warn("xmpp.muc.no-room", "room", LOG_STR(p->room), NULL);
		if (done != NULL)
			done(arg, GW_NOT_FOUND);
		return;
	}
	a = arena_new();
	post = arena_alloc(a, sizeof(*post));
	post->m = m;
	post->room = r->handle;
	post->a = a;
	post->done = done;
	post->arg = arg;
	submit(r, post, p);
}

void xmpp_muc_subject(void *self, struct str room, struct str text)
{
	struct xmpp_muc *m = self;
	struct xmpp_room *r = room_of(m, room);
	struct xmpp_ctx c;
	bool was;

	if (r == NULL || str_is(text, r->subject))
		return;
	was = xmpp_muc_enter(m);
	xmpp_ctx_begin(&c, m->x);
	xmpp_room_set_subject(r, STR(MUC_BOT_NICK), text);
	xmpp_room_save(r, NULL, NULL, 0, (struct muc_done){ .fn = NULL });
	xmpp_muc_fan(&c, r, xmpp_muc_subject_stanza(&c, r, false));
	xmpp_ctx_end(&c);
	xmpp_muc_leave(m, was);
}
