/* SPDX-License-Identifier: MIT */
/* muc.c - XEP-0045: the service of rooms, and which part of it answers what
 */
#include "xmpp/muc/muc.h"

#include "gateway/run/log.h"
#include "xmpp/conf.h"
#include "xmpp/muc/news.h"
#include "xmpp/precis.h"
#include "xmpp/receipt.h"

const struct xmpp_muc_conf *xmpp_muc_conf(const struct xmpp_muc *m)
{
	return &xmpp_config(m->x)->muc;
}

/* ---- what is asked of the service, a room, an occupant ---- */

static bool is_request(const struct stanza *iq)
{
	struct str type = stanza_attr(iq, "type");

	return str_is(type, "get") || str_is(type, "set");
}

static void iq_to_bare(struct xmpp_ctx *c, struct xmpp_muc *m,
		       struct xmpp_room *r, const struct stanza *iq)
{
	const struct stanza *payload = xmpp_payload(iq);
	bool get = str_is(stanza_attr(iq, "type"), "get");

	if (!is_request(iq))
		return;
	if (r == NULL && c->to.local.p != NULL)
		xmpp_reply_error(c, iq, XMPP_ITEM_NOT_FOUND, NULL);
	else if (get && (stanza_is(payload, "query", NS_DISCO_INFO) ||
			 stanza_is(payload, "query", NS_DISCO_ITEMS)))
		xmpp_muc_disco(c, m, r, iq);
	else if (get && stanza_is(payload, "ping", NS_PING))
		xmpp_reply(c, iq, NULL);
	else if (r != NULL && stanza_is(payload, "query", NS_MUC_ADMIN))
		xmpp_muc_admin(c, r, iq);
	else if (r != NULL && stanza_is(payload, "query", NS_MUC_OWNER))
		xmpp_muc_owner(c, r, iq);
	else
		xmpp_reply_error(c, iq, XMPP_SERVICE_UNAVAILABLE, NULL);
}

static void on_iq(struct xmpp_ctx *c, struct xmpp_muc *m,
		  const struct stanza *iq)
{
	struct xmpp_room *r = xmpp_room_find(m, c->to.bare);

	if (c->to.resource.p == NULL)
		iq_to_bare(c, m, r, iq);
	else if (r != NULL)
		xmpp_muc_relay(c, r, iq);
	else if (is_request(iq))
		xmpp_reply_error(c, iq, XMPP_ITEM_NOT_FOUND, NULL);
}

static void on_message(struct xmpp_ctx *c, struct xmpp_muc *m,
		       const struct stanza *st)
{
	struct xmpp_room *r = xmpp_room_find(m, c->to.bare);

	if (r != NULL)
		xmpp_muc_message(c, r, st);
	else if (c->to.local.p == NULL)
		xmpp_reply_error(c, st, XMPP_SERVICE_UNAVAILABLE, NULL);
	else
		xmpp_reply_error(c, st, XMPP_ITEM_NOT_FOUND, NULL);
}

static void dispatch(struct xmpp_muc *m, struct xmpp_ctx *c,
		     const struct stanza *st)
{
	bool was = xmpp_muc_enter(m);

	if (stanza_is(st, "presence", NULL))
		xmpp_muc_presence(c, m, st);
	else if (stanza_is(st, "message", NULL))
		on_message(c, m, st);
	else
		on_iq(c, m, st);
	xmpp_muc_leave(m, was);
}

/* ---- what came while we were sending ---- */

struct parked {
	struct list link;
	struct arena *a;
	struct xmpp_ctx c;
	uint64_t session;
	const struct stanza *st;
};

static void park(struct xmpp_muc *m, const struct xmpp_ctx *c,
		 const struct stanza *st)
{
	struct arena *a = arena_new();
	struct parked *p = arena_alloc(a, sizeof(*p));

	p->a = a;
	p->c = *c;
	p->c.a = a;
	p->c.from = xmpp_jid_copy(a, c->from);
	p->c.to = xmpp_jid_copy(a, c->to);
	p->c.receipt = xmpp_receipt_ref(c->receipt);
	p->session = c->session != NULL ? c->session->handle : 0;
	p->st = stanza_copy(a, st);
	list_append(&m->parked, &p->link);
	loop_defer(xmpp_loop(m->x), &m->unpark);
}

static void parked_end(struct parked *p)
{
	struct arena *a = p->a;

	xmpp_receipt_unref(&p->c.receipt);
	arena_free(&a);
}

static void unpark(struct loop_task *t)
{
	struct xmpp_muc *m = LIST_OF(t, struct xmpp_muc, unpark);
	struct list *node;

	while ((node = list_pop(&m->parked)) != NULL) {
		struct parked *p = LIST_OF(node, struct parked, link);

		p->c.session = xmpp_session_get(m->x, p->session);
		dispatch(m, &p->c, p->st);
		parked_end(p);
	}
}

bool xmpp_muc_enter(struct xmpp_muc *m)
{
	bool was = m->inside;

	m->inside = true;
	return was;
}

void xmpp_muc_leave(struct xmpp_muc *m, bool was)
{
	m->inside = was;
}

static void on_stanza(void *self, struct xmpp_ctx *c, const struct stanza *st)
{
	struct xmpp_muc *m = self;

	if (m->inside || !list_empty(&m->parked))
		park(m, c, st);
	else
		dispatch(m, c, st);
}

/* ---- start and end ---- */

static const char *host_name(struct xmpp_muc *m)
{
	const char *host = xmpp_muc_conf(m)->host;

	if (strchr(host, '.') != NULL)
		return host;
	return arena_printf(m->a, "%s." STR_FMT, host,
			    STR_ARG(xmpp_domain(m->x)));
}

static enum gw_err name_all(struct xmpp_muc *m)
{
	struct str bot = xmpp_desk_address(m->x);
	enum gw_err e = xmpp_jid_make(m->a, STR_NONE, str_of(host_name(m)),
				      STR_NONE, &m->host);

	if (e == GW_OK)
		e = xmpp_jid_parse(m->a, bot, &m->bot);
	if (e == GW_OK)
		e = xmpp_precis_nickname_key(m->a, STR(MUC_BOT_NICK),
					     &m->bot_key);
	return e;
}

static void on_tend(struct loop_timer *t)
{
	xmpp_muc_tend(LIST_OF(t, struct xmpp_muc, tend));
}

static void count(struct xmpp_muc *m)
{
	struct metrics *metrics = xmpp_metrics(m->x);

	m->said = m->refused = &m->uncounted;
	if (metrics == NULL)
		return;
	m->said = metrics_get(metrics, METRIC_COUNTER, "room_messages_total",
			      "", "messages of persons passed on in rooms");
	m->refused = metrics_get(metrics, METRIC_COUNTER,
				 "room_messages_refused_total", "",
				 "messages to rooms refused for their rate");
}

static void init(struct xmpp_muc *m, struct xmpp *x)
{
	struct map_seed seed = loop_seed(xmpp_loop(x));

	m->x = x;
	m->a = arena_new();
	map_init(&m->rooms, seed);
	slot_init(&m->handles);
	list_init(&m->parked);
	m->unpark.fn = unpark;
	m->tend.fn = on_tend;
	m->parser = xmpp_xml_parser_new((unsigned long)seed.k0);
	count(m);
	m->up = true;
}

static enum gw_err start(struct xmpp *x, void *host)
{
	struct xmpp_muc *m = host;
	struct xmpp_service service = {
		.kind = "muc", .self = m, .stanza = on_stanza, .name = "Rooms"
	};
	enum gw_err e;

	init(m, x);
	e = name_all(m);
	if (e == GW_OK)
		e = xmpp_service_add(x, m->host.full.p, &service);
	if (e == GW_OK)
		e = xmpp_room_load_all(m);
	if (e != GW_OK) {
		log_error("xmpp.muc.start", "host", xmpp_muc_conf(m)->host,
			  "why", err_name(e), NULL);
		return e;
	}
	xmpp_set_rooms(x, (struct xmpp_rooms){ .self = m,
					       .post = xmpp_muc_post,
					       .subject = xmpp_muc_subject });
	xmpp_muc_tend(m);
	return GW_OK;
}

static void stop(struct xmpp *x, void *host)
{
	struct xmpp_muc *m = host;
	struct xmpp_room *r;
	struct list *node;
	size_t it = 0;

	if (!m->up)
		return;
	m->up = false;
	loop_timer_stop(xmpp_loop(x), &m->tend);
	loop_defer_cancel(&m->unpark);
	xmpp_set_rooms(x, (struct xmpp_rooms){ .self = NULL });
	while ((node = list_pop(&m->parked)) != NULL)
		parked_end(LIST_OF(node, struct parked, link));
	while ((r = xmpp_room_next(m, &it)) != NULL)
		xmpp_room_free(&r);
	map_fini(&m->rooms);
	slot_fini(&m->handles);
	xmpp_xml_parser_free(&m->parser);
	arena_free(&m->a);
}

const struct xmpp_module xmpp_mod_muc = {
	.name = "muc",
	.xep = "0045",
	.doc = "rooms on a domain of their own",
	.host_size = sizeof(struct xmpp_muc),
	.start = start,
	.stop = stop,
};
