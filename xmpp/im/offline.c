/* SPDX-License-Identifier: MIT */
/* offline.c - messages for people who are not there (XEP-0160, 0203) */
#include "xmpp/im/offline.h"

#include "gateway/run/log.h"
#include "gateway/store/xmpp/archive.h"
#include "xmpp/im/held.h"
#include "xmpp/im/journal.h"
#include "xmpp/im/keep.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/sm.h"
#include "xmpp/xml/write.h"

#define PAGE 100

void xmpp_delay_add(struct xmpp_ctx *c, struct stanza *st, int64_t wall)
{
	char text[WHEN_TEXT_MAX];
	struct stanza *delay = stanza_add_new(c->a, st, "delay", NS_DELAY);

	stanza_set_attr(c->a, delay, "from", xmpp_domain(c->x));
	stanza_set_attr(c->a, delay, "stamp", str_of(when_rfc3339(wall, text)));
}

struct storing {
	struct arena *a;
	struct xmpp_ctx c;
	uint64_t session; /* of the sender */
	uint64_t account;
	const struct stanza *st;
	struct journal_row row;
};

void xmpp_offline_hand_out(struct xmpp_account *acc)
{
	for (struct xmpp_session *s = xmpp_session_next(acc, NULL); s != NULL;
	     s = xmpp_session_next(acc, s))
		if (s->priority >= 0) {
			xmpp_offline_deliver(s);
			return;
		}
}

/* Nobody can be told any more, and what its sender's session has handled is
 * written: it waits beyond the bound. */
static void store_all_the_same(struct storing *w)
{
	struct journal *j = journal_new();
	struct buf text = { 0 };

	xmpp_xml_write(&text, w->st, XMPP_XML_BY_ITSELF);
	w->row.stanza = buf_str(&text);
	journal_put(j, &w->row, NULL, NULL);
	buf_fini(&text);
	journal_submit(w->c.x->store, &j);
}

static void on_stored(void *arg, enum gw_err e)
{
	struct storing *w = arg;
	struct arena *a = w->a;
	struct xmpp_account *acc = xmpp_account_get(w->c.x, w->account);

	w->c.session = xmpp_session_get(w->c.x, w->session);
	if (e == GW_LIMIT)
		xmpp_limit_reached(w->c.x, XMPP_LIMIT_OFFLINE);
	if (e != GW_OK && e != GW_CONFLICT && !w->c.x->stopping)
		xmpp_bounce(&w->c, w->st,
			    e == GW_LIMIT ? XMPP_SERVICE_UNAVAILABLE
					  : xmpp_fault_of(e));
	if (e == GW_LIMIT && w->c.x->stopping)
		store_all_the_same(w);
	acc->offline_maybe = true;
	/* Who came while it was written would not see it. */
	if (e == GW_OK && !w->c.x->stopping)
		xmpp_offline_hand_out(acc);
	xmpp_receipt_settle(&w->c.receipt);
	xmpp_account_unpin(acc);
	arena_free(&a);
}

static struct storing *storing_new(struct xmpp_ctx *c,
				   const struct xmpp_message *m,
				   const struct journal_row *row)
{
	struct arena *a = arena_new();
	struct storing *w = arena_alloc(a, sizeof(*w));

	w->a = a;
	w->c = *c;
	w->c.a = a;
	w->c.from = xmpp_jid_copy(a, c->from);
	w->c.to = xmpp_jid_copy(a, c->to);
	w->c.receipt = xmpp_receipt_book(c->receipt);
	w->session = c->session != NULL ? c->session->handle : 0;
	w->account = m->account->handle;
	w->st = stanza_copy(a, m->st);
	w->row = *row;
	w->row.limit = -1;
	w->row.stamp = loop_wall(c->x->loop);
	w->row.owner = arena_str(a, row->owner);
	w->row.peer = arena_str(a, row->peer);
	return w;
}

bool xmpp_offline_store(struct xmpp_ctx *c, const struct xmpp_message *m)
{
	struct xmpp_put put = { .st = m->st, .likeness = m->likeness };

	if (m->row == 0) {
		if (stanza_child(m->st, "body", NS_CLIENT) != NULL)
			xmpp_bounce(c, m->st, XMPP_SERVICE_UNAVAILABLE);
		return false;
	}
	put.row = (struct journal_row){
		.id = m->row,
		.owner = m->account->jid.full,
		.peer = c->from.bare,
		.origin = m->origin,
		.limit = c->x->conf->offline,
		.kept = m->kept,
		.waiting = true,
	};
	xmpp_account_pin(m->account);
	xmpp_journal_put(c->x, &put, c->receipt, on_stored,
			 storing_new(c, m, &put.row));
	return true;
}

/* Rows on their way to a client without 0198. */
struct handed {
	struct list link;
	int64_t id;
};

struct reading {
	struct xmpp *x;
	uint64_t account;
	uint64_t session;
	int64_t from;
};

static void send_row(struct xmpp_ctx *c, struct xmpp_session *s,
		     const struct journal_row *row)
{
	/* Rows of older versions declare what they use; that is right, too. */
	struct xmpp_xml_root root = { .kind = XMPP_XML_CLIENT };
	struct stanza *parsed, *st;
	struct frame *f;
	struct handed *h;

	if (xmpp_xml_parse(c->x->parser, &root, row->stanza, c->a, &parsed) !=
	    GW_OK) {
		log_error("xmpp.offline.badrow", "account",
			  s->account->jid.full.p, "id", LOG_INT(row->id), NULL);
		return;
	}
	st = stanza_copy_head(c->a, parsed);
	xmpp_delay_add(c, st, row->stamp);
	f = xmpp_xml_frame(st, XMPP_XML_IN_STREAM);
	if (!xmpp_session_send_row(s, STR_NONE, f, row->id)) {
		h = mem_new(sizeof(*h));
		h->id = row->id;
		list_append(&s->handed, &h->link);
		xmpp_held_take(s->account, row->id);
	}
	frame_unref(&f);
}

static void hand_rows(struct xmpp_account *acc, struct xmpp_session *s,
		      const struct journal_row *rows, size_t count)
{
	struct xmpp_ctx c;

	for (size_t i = 0; i < count; i++) {
		acc->offline_taken = rows[i].id;
		if (xmpp_held_by_some(acc, rows[i].id))
			continue;
		xmpp_ctx_begin(&c, acc->x);
		send_row(&c, s, &rows[i]);
		xmpp_ctx_end(&c);
	}
}

/* A row may have come, or come back, behind those just read. */
static void on_rows(void *arg, enum gw_err e, const struct journal_row *rows,
		    size_t count)
{
	struct reading *r = arg;
	struct xmpp_account *acc = xmpp_account_get(r->x, r->account);
	struct xmpp_session *s = xmpp_session_get(r->x, r->session);

	acc->offline_reading = false;
	if (e == GW_OK && s != NULL && s->available && s->priority >= 0) {
		if (rows != NULL && r->from == acc->offline_taken)
			hand_rows(acc, s, rows, count);
		if (count == PAGE)
			acc->offline_maybe = true;
	} else {
		acc->offline_maybe = true;
	}
	if (e == GW_OK && !r->x->stopping)
		xmpp_offline_hand_out(acc);
	mem_free(r);
	xmpp_account_unpin(acc);
}

static void read_page(struct xmpp_account *acc, uint64_t session)
{
	struct reading *r = mem_new(sizeof(*r));
	struct archive_query q = { .owner = acc->jid.full,
				   .waiting = true,
				   .after = acc->offline_taken,
				   .max = PAGE };

	r->x = acc->x;
	r->account = acc->handle;
	r->session = session;
	r->from = acc->offline_taken;
	acc->offline_reading = true;
	acc->offline_maybe = false;
	xmpp_account_pin(acc);
	archive_list(acc->x->store, &q, on_rows, r);
}

void xmpp_offline_deliver(struct xmpp_session *s)
{
	if (s->account->offline_maybe && !s->account->offline_reading)
		read_page(s->account, s->handle);
}

void xmpp_offline_proof(struct xmpp_session *s)
{
	struct list *node;

	while ((node = list_pop(&s->handed)) != NULL) {
		struct handed *h = LIST_OF(node, struct handed, link);

		xmpp_held_got(s->account, h->id);
		mem_free(h);
	}
}

void xmpp_offline_again(struct xmpp_account *acc, int64_t id)
{
	acc->offline_maybe = true;
	if (id <= acc->offline_taken)
		acc->offline_taken = id - 1;
}

void xmpp_offline_session_end(struct xmpp_session *s)
{
	struct list *node;

	while ((node = list_pop(&s->handed)) != NULL) {
		struct handed *h = LIST_OF(node, struct handed, link);

		(void)xmpp_held_drop(s->account, h->id, STR_NONE, STR_NONE);
		mem_free(h);
	}
	if (s->account->offline_maybe && !s->x->stopping)
		xmpp_offline_hand_out(s->account);
}
