/* SPDX-License-Identifier: MIT */
/* stream.c - a component's stream: header, handshake, stanzas (XEP-0114 3)
 *
 * Nothing is read as a stanza before the handshake was right, and the
 * secret's digest is compared in constant time.
 */
#include "gateway/base/codec.h"
#include "gateway/run/crypto.h"
#include "gateway/run/log.h"
#include "xmpp/component/grant.h"
#include "xmpp/xml/write.h"

#define NS_STREAM_ERR "urn:ietf:params:xml:ns:xmpp-streams"
#define NS_PING	      "urn:xmpp:ping"
#define TURN_SHARE    32
#define ANSWER_WITHIN (30 * WHEN_SECOND)

static struct xmpp_component_stream *self_of(struct conn *c)
{
	return conn_state(c);
}

/* False: the connection is closing, or was full, and took nothing. */
static bool put(struct xmpp_component_stream *s, struct str text)
{
	size_t before = conn_unsent(s->c);

	conn_write_str(s->c, text);
	if (conn_unsent(s->c) == before)
		return false;
	s->queued += text.n;
	return true;
}

static bool put_stanza(struct xmpp_component_stream *s, const struct stanza *st)
{
	struct buf out = { 0 };
	bool taken;

	xmpp_xml_write(&out, st, XMPP_XML_IN_STREAM);
	taken = put(s, buf_str(&out));
	buf_fini(&out);
	return taken;
}

bool xmpp_component_send(struct xmpp_component_stream *s,
			 const struct stanza *st)
{
	if (s->step != COMPONENT_OPEN || !put_stanza(s, st))
		return false;
	xmpp_component_sent(s, st);
	return true;
}

static void open_ours(struct xmpp_component_stream *s)
{
	struct buf out = { 0 };
	struct xmpp_xml_opening o = {
		.content_ns = XMPP_NS_COMPONENT,
		.from = s->host.full,
		.id = str_of(s->id),
	};

	xmpp_xml_write_opening(&out, &o);
	put(s, buf_str(&out));
	buf_fini(&out);
	s->opened = true;
}

static void end_stream(struct xmpp_component_stream *s)
{
	put(s, STR(XMPP_XML_STREAM_DONE));
	s->step = COMPONENT_CLOSED;
	conn_timer(s->c, -1);
	conn_close(s->c);
	xmpp_component_detach(s);
	xmpp_component_withdraw(s);
}

void xmpp_component_error(struct xmpp_component_stream *s,
			  const char *condition, const char *text)
{
	struct arena *a;
	struct stanza *error;

	if (s->step == COMPONENT_CLOSED)
		return;
	xmpp_limit_stream_error(s->all->x, condition);
	log_warn("xmpp.component.error", "peer", conn_peer(s->c), "host",
		 s->host.full.p, "condition", condition, NULL);
	if (!s->opened)
		open_ours(s);
	a = xmpp_arena_get(s->all->x);
	error = stanza_new(a, "error", NS_STREAMS);
	stanza_add_new(a, error, condition, NS_STREAM_ERR);
	if (text != NULL)
		stanza_add_leaf(a, error, "text", NS_STREAM_ERR, str_of(text));
	put_stanza(s, error);
	xmpp_arena_put(s->all->x, a);
	end_stream(s);
}

/* ---- header and handshake ---- */

static const char *judge(struct xmpp_component_stream *s, struct arena *a,
			 const struct xmpp_xml_header *h)
{
	struct xmpp_component *k;
	struct jid host;

	if (!str_is(h->element->ns, NS_STREAMS))
		return "invalid-namespace";
	if (!str_is(h->element->name, "stream"))
		return "bad-format";
	if (!str_is(h->content_ns, XMPP_NS_COMPONENT))
		return "invalid-namespace";
	if (h->to.n == 0)
		return "improper-addressing";
	if (xmpp_jid_make(a, STR_NONE, h->to, STR_NONE, &host) != GW_OK)
		return "host-unknown";
	k = xmpp_component_of(s->all, host.full);
	if (k == NULL || !xmpp_component_main(k))
		return "host-unknown";
	s->host = xmpp_jid_copy(s->a, host);
	return NULL;
}

static const char *header(struct xmpp_component_stream *s, struct str text)
{
	struct xmpp *x = s->all->x;
	struct arena *a = xmpp_arena_get(x);
	struct xmpp_xml_header h;
	const char *error;

	if (xmpp_xml_parse_header(x->parser, text, a, &h) != GW_OK)
		error = xmpp_xml_fault_name(xmpp_xml_parser_fault(x->parser));
	else
		error = judge(s, a, &h);
	if (error == NULL) {
		s->root = h.root;
		if (h.root.custom.p != NULL)
			s->root.custom = arena_str(s->a, h.root.custom);
		s->step = COMPONENT_HANDSHAKE;
		open_ours(s);
	}
	xmpp_arena_put(x, a);
	return error;
}

static bool secret_fits(struct xmpp_component_stream *s, struct arena *a,
			const struct stanza *el)
{
	const struct xmpp_component *k =
		xmpp_component_of(s->all, s->host.full);
	uint8_t digest[CRYPTO_HASH_MAX];
	char hex[41];
	struct str both;

	if (k == NULL)
		return false;
	both = str_of(arena_printf(a, "%s" STR_FMT, s->id, STR_ARG(k->secret)));
	crypto_digest(CRYPTO_SHA1, both, digest);
	codec_hex_to(hex, digest, 20);
	return str_eq_secret(str_make(hex, 40), str_trim(stanza_text(a, el)));
}

/* What a stranger may not send. */
static void take_more(struct xmpp_component_stream *s)
{
	const struct xmpp_components_conf *conf = &s->all->x->conf->components;
	struct conn_limits limits = {
		.in_max = (size_t)conf->stanza_max + 16384,
		.rate = conf->rate,
	};

	conn_set_limits(s->c, &limits);
}

static void welcome(struct xmpp_component_stream *s)
{
	struct xmpp_ctx c;
	struct xmpp_component *k = xmpp_component_of(s->all, s->host.full);

	s->step = COMPONENT_OPEN;
	conn_known(s->c);
	take_more(s);
	s->scan.limits = &s->all->limits;
	put(s, STR("<handshake/>"));
	conn_timer(s->c, s->all->x->conf->components.ping > 0
				 ? s->all->x->conf->components.ping
				 : -1);
	log_info("xmpp.component.connected", "host", s->host.full.p, "peer",
		 conn_peer(s->c), NULL);
	xmpp_component_greet(s->all, k);
	xmpp_ctx_begin(&c, s->all->x);
	xmpp_shown_all(&c, k);
	xmpp_ctx_end(&c);
}

static const char *handshake(struct xmpp_component_stream *s, struct arena *a,
			     const struct stanza *el)
{
	if (!stanza_is(el, "handshake", XMPP_NS_CLIENT) ||
	    !secret_fits(s, a, el))
		return "not-authorized";
	if (xmpp_component_attach(s) != GW_OK)
		return "conflict";
	welcome(s);
	return NULL;
}

/* ---- bytes to units ---- */

static const char *element(struct xmpp_component_stream *s, struct str text)
{
	struct xmpp *x = s->all->x;
	struct arena *a = xmpp_arena_get(x);
	struct stanza *el;
	const char *error = NULL;

	if (xmpp_xml_parse(x->parser, &s->root, text, a, &el) != GW_OK)
		error = xmpp_xml_fault_name(xmpp_xml_parser_fault(x->parser));
	else if (stanza_is(el, "error", NS_STREAMS))
		end_stream(s);
	else if (s->step == COMPONENT_HANDSHAKE)
		error = handshake(s, a, el);
	else
		error = xmpp_component_inbound(s, el);
	xmpp_arena_put(x, a);
	return error;
}

static void unit(struct xmpp_component_stream *s, const struct xmpp_xml_unit *u)
{
	const char *error = NULL;

	switch (u->kind) {
	case XMPP_XML_SPACE:
		break;
	case XMPP_XML_HEADER:
		error = header(s, u->text);
		break;
	case XMPP_XML_STANZA:
		error = element(s, u->text);
		break;
	case XMPP_XML_END:
		end_stream(s);
		break;
	}
	if (error != NULL)
		xmpp_component_error(s, error, NULL);
}

static size_t on_input(struct conn *c, const uint8_t *p, size_t n)
{
	struct xmpp_component_stream *s = self_of(c);
	struct str rest = str_make((const char *)p, n);
	unsigned share = TURN_SHARE;
	struct xmpp_xml_unit u;
	enum gw_err e = GW_OK;

	s->last_input = loop_now(s->all->x->loop);
	s->asked = false;
	while (s->step != COMPONENT_CLOSED && e == GW_OK) {
		if (share-- == 0) {
			conn_again(c);
			break;
		}
		e = xmpp_xml_scan(&s->scan, rest, &u);
		if (e == GW_OK) {
			rest = str_make(rest.p + u.eaten, rest.n - u.eaten);
			unit(s, &u);
		} else if (e != GW_AGAIN) {
			xmpp_component_error(s, xmpp_xml_fault_name(u.fault),
					     NULL);
		}
	}
	return s->step == COMPONENT_CLOSED ? n : n - rest.n;
}

/* ---- the connection's life ---- */

static void on_open(struct conn *c)
{
	struct xmpp_component_stream *s = self_of(c);
	const struct xmpp_component_listener *l = conn_arg(c);
	const struct xmpp_conf *conf = l->all->x->conf;
	struct conn_limits limits = { .in_max = XMPP_GUEST_IN_MAX,
				      .rate = conf->components.rate };

	s->c = c;
	s->all = l->all;
	s->a = arena_new();
	s->host = xmpp_jid_copy(s->a, l->all->x->domains[0]);
	list_init(&s->unsent);
	list_init(&s->unanswered);
	map_init(&s->shown, loop_seed(s->all->x->loop));
	list_append(&s->all->streams, &s->link);
	loop_id(s->all->x->loop, s->id);
	xmpp_xml_scan_init(&s->scan, &s->all->x->guest);
	conn_set_limits(c, &limits);
	conn_timer(c, conf->login_within);
}

static void ask(struct xmpp_component_stream *s)
{
	struct xmpp_ctx c;
	struct stanza *iq;
	char id[17];

	s->asked = true;
	conn_timer(s->c, ANSWER_WITHIN);
	xmpp_ctx_begin(&c, s->all->x);
	loop_id(s->all->x->loop, id);
	iq = stanza_new(c.a, "iq", NS_CLIENT);
	stanza_set_attr(c.a, iq, "type", STR("get"));
	stanza_set_attr(c.a, iq, "id", str_of(id));
	stanza_set_attr(c.a, iq, "from", c.from.full);
	stanza_set_attr(c.a, iq, "to", s->host.full);
	stanza_add_new(c.a, iq, "ping", NS_PING);
	put_stanza(s, iq);
	xmpp_ctx_end(&c);
}

static void on_timer(struct conn *c)
{
	struct xmpp_component_stream *s = self_of(c);
	int64_t left;

	if (s->step != COMPONENT_OPEN) {
		xmpp_component_error(s, "connection-timeout",
				     "no handshake in time");
		return;
	}
	left = s->last_input + s->all->x->conf->components.ping -
	       loop_now(s->all->x->loop);
	if (s->asked)
		xmpp_component_error(s, "connection-timeout", NULL);
	else if (left > 0)
		conn_timer(c, left);
	else
		ask(s);
}

static void on_evicted(struct conn *c, const char *why)
{
	xmpp_component_error(self_of(c), "resource-constraint", why);
}

static void on_close(struct conn *c, enum conn_why why)
{
	struct xmpp_component_stream *s = self_of(c);

	if (s->c == NULL) /* the handshake of TLS failed: never opened */
		return;
	log_info("xmpp.component.closed", "host", s->host.full.p, "why",
		 LOG_INT(why), NULL);
	s->step = COMPONENT_CLOSED;
	list_del(&s->link);
	xmpp_component_detach(s);
	xmpp_component_withdraw(s);
	xmpp_component_lost(s);
	xmpp_xml_scan_fini(&s->scan);
	map_fini(&s->shown);
	arena_free(&s->a);
}

const struct proto xmpp_component_proto = {
	.name = "xmpp-component",
	.state_size = sizeof(struct xmpp_component_stream),
	.limits = { .in_max = XMPP_GUEST_IN_MAX },
	.open = on_open,
	.input = on_input,
	.timer = on_timer,
	.evicted = on_evicted,
	.close = on_close,
};
