/* SPDX-License-Identifier: MIT */
/* offline.c - messages for people who are not there (XEP-0160, 0203) */
#include "xmpp/im/offline.h"

#include "gateway/run/log.h"
#include "gateway/store/xmpp/offline.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/sm.h"
#include "xmpp/xml/write.h"

#define NS_HINTS "urn:xmpp:hints"
#define PAGE	 100

/* Something to read, or asked for by hint (XEP-0334); chat states and the
 * like are for those who are there. */
bool xmpp_offline_may(const struct stanza *st)
{
	if (stanza_child(st, "no-store", NS_HINTS) != NULL)
		return false;
	if (stanza_child(st, "store", NS_HINTS) != NULL)
		return true;
	return stanza_child(st, "body", NS_CLIENT) != NULL ||
	       stanza_child(st, "subject", NS_CLIENT) != NULL;
}

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
};

static void deliver_to_some(struct xmpp_account *acc)
{
	for (struct xmpp_session *s = xmpp_session_next(acc, NULL); s != NULL;
	     s = xmpp_session_next(acc, s))
		if (s->priority >= 0) {
			xmpp_offline_deliver(s);
			return;
		}
}

static void on_stored(void *arg, enum gw_err e)
{
	struct storing *w = arg;
	struct arena *a = w->a;
	struct xmpp_account *acc = xmpp_account_get(w->c.x, w->account);

	w->c.session = xmpp_session_get(w->c.x, w->session);
	if (e != GW_OK && !w->c.x->stopping)
		xmpp_bounce(&w->c, w->st,
			    e == GW_LIMIT ? XMPP_SERVICE_UNAVAILABLE
					  : xmpp_fault_of(e));
	acc->offline_maybe = true;
	/* Who came while it was written would not see it. */
	if (e == GW_OK)
		deliver_to_some(acc);
	xmpp_receipt_unref(&w->c.receipt);
	xmpp_account_unpin(acc);
	arena_free(&a);
}

bool xmpp_offline_store(struct xmpp_ctx *c, struct xmpp_account *acc,
			const struct stanza *st)
{
	struct arena *a;
	struct storing *w;
	struct buf text = { 0 };
	struct offline_row row = { .stamp = loop_wall(c->x->loop) };

	if (!xmpp_offline_may(st)) {
		if (stanza_child(st, "body", NS_CLIENT) != NULL)
			xmpp_bounce(c, st, XMPP_SERVICE_UNAVAILABLE);
		return false;
	}
	a = arena_new();
	w = arena_alloc(a, sizeof(*w));
	w->a = a;
	w->c = *c;
	w->c.a = a;
	w->c.from = xmpp_jid_copy(a, c->from);
	w->c.to = xmpp_jid_copy(a, c->to);
	w->c.receipt = xmpp_receipt_ref(c->receipt);
	w->session = c->session != NULL ? c->session->handle : 0;
	w->account = acc->handle;
	w->st = stanza_copy(a, st);
	xmpp_account_pin(acc);
	xmpp_xml_write(&text, st, XMPP_XML_BY_ITSELF);
	row.stanza = buf_str(&text);
	offline_put(c->x->store, acc->jid.full, &row, c->x->conf->offline,
		    on_stored, w);
	buf_fini(&text);
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
};

static void send_row(struct xmpp_ctx *c, struct xmpp_session *s,
		     const struct offline_row *row)
{
	struct stanza *parsed, *st;
	struct frame *f;
	struct handed *h;

	if (xmpp_xml_parse(c->x->parser, NULL, row->stanza, c->a, &parsed) !=
	    GW_OK) {
		log_error("xmpp.offline.badrow", "account",
			  s->account->jid.full.p, "id", LOG_INT(row->id), NULL);
		return;
	}
	st = stanza_copy_head(c->a, parsed);
	xmpp_delay_add(c, st, row->stamp);
	f = xmpp_xml_frame(st, XMPP_XML_IN_STREAM);
	if (s->sm == NULL || !xmpp_sm_send(s, STR_NONE, f, row->id)) {
		h = mem_new(sizeof(*h));
		h->id = row->id;
		list_append(&s->handed, &h->link);
		xmpp_session_write(s, STR_NONE, f);
	}
	frame_unref(&f);
}

static void read_page(struct xmpp_account *acc, uint64_t session);

static void hand_out(struct xmpp_account *acc, struct xmpp_session *s,
		     const struct offline_row *rows, size_t count)
{
	struct xmpp_ctx c;

	for (size_t i = 0; i < count; i++) {
		xmpp_ctx_begin(&c, acc->x);
		send_row(&c, s, &rows[i]);
		xmpp_ctx_end(&c);
		acc->offline_taken = rows[i].id;
	}
}

static void on_rows(void *arg, enum gw_err e, const struct offline_row *rows,
		    size_t count)
{
	struct reading *r = arg;
	struct xmpp_account *acc = xmpp_account_get(r->x, r->account);
	struct xmpp_session *s = xmpp_session_get(r->x, r->session);

	acc->offline_reading = false;
	if (e == GW_OK && s != NULL && s->available && s->priority >= 0) {
		hand_out(acc, s, rows, count);
		if (count == PAGE)
			read_page(acc, r->session);
		else
			acc->offline_maybe = false;
	}
	mem_free(r);
	xmpp_account_unpin(acc);
}

static void read_page(struct xmpp_account *acc, uint64_t session)
{
	struct reading *r = mem_new(sizeof(*r));
	struct offline_query q = { .account = acc->jid.full,
				   .after = acc->offline_taken,
				   .max = PAGE };

	r->x = acc->x;
	r->account = acc->handle;
	r->session = session;
	acc->offline_reading = true;
	xmpp_account_pin(acc);
	offline_list(acc->x->store, &q, on_rows, r);
}

void xmpp_offline_deliver(struct xmpp_session *s)
{
	if (s->account->offline_maybe && !s->account->offline_reading)
		read_page(s->account, s->handle);
}

void xmpp_offline_acked(struct xmpp_session *s, const int64_t *ids, size_t n)
{
	if (n > 0)
		offline_drop(s->x->store, s->account->jid.full, ids, n);
}

void xmpp_offline_proof(struct xmpp_session *s)
{
	struct list *node;
	int64_t ids[PAGE];
	size_t n = 0;

	if (list_empty(&s->handed))
		return;
	while (n < PAGE && (node = list_pop(&s->handed)) != NULL) {
		struct handed *h = LIST_OF(node, struct handed, link);

		ids[n++] = h->id;
		mem_free(h);
	}
	xmpp_offline_acked(s, ids, n);
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

		xmpp_offline_again(s->account, h->id);
		mem_free(h);
	}
	if (s->account->offline_maybe && !s->x->stopping)
		deliver_to_some(s->account);
}
