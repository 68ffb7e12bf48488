/* SPDX-License-Identifier: MIT */
/* session.c - bound resources: how they come, what is sent to them, how they
 * go
 */
#include "gateway/run/log.h"
#include "xmpp/im/offline.h"
#include "xmpp/im/presence.h"
#include "xmpp/server_private.h"
#include "xmpp/stream/stream.h"
#include "xmpp/xep/csi.h"
#include "xmpp/xep/fast.h"
#include "xmpp/xep/sm.h"
#include "xmpp/xml/write.h"

#define LANGUAGE 8 /* a usual tag, as "pt-BR" */

struct xmpp_session *xmpp_session_get(struct xmpp *x, uint64_t handle)
{
	return slot_get(&x->sessions, handle);
}

struct xmpp_session *xmpp_session_find(struct xmpp *x, struct jid full)
{
	return map_get(&x->by_full, full.full);
}

struct xmpp_session *xmpp_session_with(const struct xmpp_account *acc,
				       struct str resource)
{
	LIST_EACH(node, &acc->sessions)
	{
		struct xmpp_session *s =
			LIST_OF(node, struct xmpp_session, link);

		if (str_eq(s->jid.resource, resource))
			return s;
	}
	return NULL;
}

struct xmpp_session *xmpp_session_next(struct xmpp_account *acc,
				       struct xmpp_session *s)
{
	struct list *node = s == NULL ? acc->sessions.next : s->link.next;

	for (; node != &acc->sessions; node = node->next) {
		struct xmpp_session *next =
			LIST_OF(node, struct xmpp_session, link);

		if (next->available)
			return next;
	}
	return NULL;
}

/* One person's clients are counted; the oldest makes room (XEP-0205). */
static void make_room(struct xmpp_account *acc)
{
	struct xmpp *x = acc->x;

	while (acc->session_count > 0 &&
	       acc->session_count >= (unsigned)x->conf->resources) {
		xmpp_limit_reached(x, XMPP_LIMIT_RESOURCES);
		xmpp_session_kill(
			LIST_OF(acc->sessions.next, struct xmpp_session, link),
			"resource-constraint",
			"too many clients of this account");
	}
}

struct xmpp_session *xmpp_session_open(struct xmpp_account *acc,
				       struct jid full, uint64_t conn)
{
	struct xmpp *x = acc->x;
	struct xmpp_session *s = xmpp_session_find(x, full);
	struct arena *a;

	xmpp_account_pin(acc);
	if (s != NULL)
		xmpp_session_kill(s, "conflict", "replaced by a new client");
	make_room(acc);
	a = arena_new_for(arena_room(sizeof(*s)) + arena_room(full.full.n + 1) +
			  arena_room(LANGUAGE));
	s = arena_alloc(a, sizeof(*s));
	s->x = x;
	s->a = a;
	s->account = acc;
	s->jid = xmpp_jid_copy(a, full);
	s->conn = conn;
	s->bound_at = s->last_input = loop_now(x->loop);
	list_init(&s->later);
	list_init(&s->handed);
	list_append(&acc->sessions, &s->link);
	acc->session_count++;
	s->handle = slot_add(&x->sessions, s);
	map_put(&x->by_full, s->jid.full, s);
	xmpp_account_unpin(acc);
	log_info("xmpp.bound", "jid", s->jid.full.p, NULL);
	return s;
}

void xmpp_session_write(struct xmpp_session *s, struct str head,
			struct frame *tail)
{
	struct conn *c = conn_find(s->x->net, s->conn);

	if (c != NULL)
		conn_write_frame(c, head, tail);
}

bool xmpp_session_send_row(struct xmpp_session *s, struct str head,
			   struct frame *tail, int64_t row)
{
	if (xmpp_sm_send(s, head, tail, row))
		return true;
	xmpp_session_write(s, head, tail);
	return false;
}

void xmpp_session_send_frame(struct xmpp_session *s, struct str head,
			     struct frame *tail)
{
	(void)xmpp_session_send_row(s, head, tail, 0);
}

struct conn *xmpp_session_straight(const struct xmpp_session *s)
{
	return s->sm == NULL && s->csi == NULL ? conn_find(s->x->net, s->conn)
					       : NULL;
}

static void write_through(struct conn *c, const struct stanza *st)
{
	struct buf *out = conn_tail(c);
	size_t before;

	if (out == NULL)
		return;
	before = out->len;
	xmpp_xml_write(out, st, XMPP_XML_IN_STREAM);
	conn_wrote(c, out->len - before);
}

void xmpp_session_send_kept(struct xmpp_session *s, const struct stanza *st,
			    struct frame **f, int64_t row)
{
	struct conn *c = xmpp_session_straight(s);

	if (c != NULL) {
		write_through(c, st);
		return;
	}
	if (*f == NULL)
		*f = xmpp_xml_frame(st, XMPP_XML_IN_STREAM);
	if (s->csi == NULL || !xmpp_csi_hold(s, st, STR_NONE, STR_NONE, *f))
		xmpp_session_send_row(s, STR_NONE, *f, row);
}

void xmpp_session_send(struct xmpp_session *s, const struct stanza *st)
{
	struct frame *f = NULL;

	xmpp_session_send_kept(s, st, &f, 0);
	frame_unref(&f);
}

static void session_free(struct xmpp_session *s)
{
	struct arena *a = s->a;

	xmpp_presence_forget(s);
	mem_free(s->last);
	arena_free(&a);
}

/* Out of all tables first: whatever is sent on its behalf now must not find
 * it any more. */
void xmpp_session_end(struct xmpp_session *s)
{
	struct xmpp_account *acc = s->account;
	struct xmpp *x = s->x;

	xmpp_account_pin(acc);
	list_del(&s->link);
	acc->session_count--;
	map_del(&x->by_full, s->jid.full);
	xmpp_query_drop(s);
	xmpp_csi_set(s, false);
	xmpp_presence_gone(s);
	xmpp_later_drop(s);
	xmpp_modules_session_end(s);
	xmpp_sm_end(s);
	xmpp_offline_session_end(s);
	slot_del(&x->sessions, s->handle);
	log_info("xmpp.ended", "jid", s->jid.full.p, NULL);
	session_free(s);
	xmpp_account_unpin(acc);
}

void xmpp_session_hibernate(struct xmpp_session *s)
{
	struct xmpp_account *acc = s->account;
	struct xmpp *x = s->x;

	xmpp_account_pin(acc);
	xmpp_query_drop(s);
	xmpp_later_drop(s);
	xmpp_csi_set(s, false);
	xmpp_sm_hibernate(s);
	xmpp_modules_session_end(s);
	list_del(&s->link);
	acc->session_count--;
	map_del(&x->by_full, s->jid.full);
	slot_del(&x->sessions, s->handle);
	session_free(s);
	xmpp_account_unpin(acc);
}

void xmpp_session_cut(struct xmpp_session *s)
{
	s->conn = 0;
	xmpp_csi_set(s, false);
	if (s->sm == NULL || !xmpp_sm_cut(s))
		xmpp_session_end(s);
}

void xmpp_session_kill(struct xmpp_session *s, const char *condition,
		       const char *text)
{
	struct xmpp_stream *st = xmpp_stream_of(s);

	if (st != NULL) {
		st->session = 0;
		xmpp_stream_error(st, condition, text);
	}
	s->conn = 0;
	xmpp_session_end(s);
}

static struct xmpp_session *to_kick(struct xmpp_account *acc)
{
	LIST_EACH(node, &acc->sessions)
	{
		struct xmpp_session *s =
			LIST_OF(node, struct xmpp_session, link);

		if (!s->spared)
			return s;
	}
	return NULL;
}

void xmpp_kick(struct xmpp *x, struct str bare, const char *text)
{
	struct xmpp_account *acc = map_get(&x->accounts, bare);
	struct xmpp_session *s;

	xmpp_fast_revoke(x, bare);
	xmpp_stream_kick(x, bare, text);
	if (acc == NULL)
		return;
	xmpp_account_pin(acc);
	while ((s = to_kick(acc)) != NULL)
		xmpp_session_kill(s, "not-authorized", text);
	xmpp_account_unpin(acc);
}
