/* SPDX-License-Identifier: MIT */
/* stream.c - bytes to units, units to who accepted or dialled
 *
 * Nothing that was sent in plain is read as if it had come under TLS, and
 * nothing behind a log-in as if it had come after the restart.
 */
#include "xmpp/s2s/stream.h"

#include "gateway/run/log.h"
#include "xmpp/jid_domain.h"
#include "xmpp/s2s/dial.h"
#include "xmpp/s2s/link.h"
#include "xmpp/s2s/sm.h"
#include "xmpp/xml/write.h"

#define TURN_SHARE 32
#define PAIRS_MAX  64

const char *xmpp_s2s_distrust(const struct xmpp_s2s_stream *s,
			      struct str domain)
{
	const char *why = conn_tls_distrust(s->c);
	struct arena *a;
	struct str ascii;
	bool named;

	if (why != NULL)
		return why;
	if (conn_tls_dane(s->c) && str_eq(domain, s->remote.full))
		return NULL;
	a = xmpp_arena_get(s->x);
	named = xmpp_jid_domain_ascii(a, domain, &ascii) == GW_OK &&
		conn_tls_names(s->c, ascii, domain);
	xmpp_arena_put(s->x, a);
	return named ? NULL : "its certificate is for other domains";
}

struct xmpp_s2s_pair *xmpp_s2s_pair_find(const struct xmpp_s2s_stream *s,
					 struct str local, struct str remote)
{
	LIST_EACH(node, &s->pairs)
	{
		struct xmpp_s2s_pair *p =
			LIST_OF(node, struct xmpp_s2s_pair, link);

		if (str_eq(p->local.full, local) &&
		    str_eq(p->remote.full, remote))
			return p;
	}
	return NULL;
}

struct xmpp_s2s_pair *xmpp_s2s_pair_add(struct xmpp_s2s_stream *s,
					struct jid local, struct jid remote,
					const char *proof)
{
	struct arena *a;
	struct xmpp_s2s_pair *p;

	if (s->pair_count >= PAIRS_MAX)
		return NULL;
	s->pair_count++;
	a = arena_new_for(sizeof(*p) + local.full.n + remote.full.n + 64);
	p = arena_alloc(a, sizeof(*p));
	p->a = a;
	p->local = xmpp_jid_copy(a, local);
	p->remote = xmpp_jid_copy(a, remote);
	p->proof = proof;
	list_append(&s->pairs, &p->link);
	return p;
}

void xmpp_s2s_pair_drop(struct xmpp_s2s_stream *s, struct xmpp_s2s_pair *p)
{
	struct arena *a = p->a;

	list_del(&p->link);
	s->pair_count--;
	arena_free(&a);
}

void xmpp_s2s_open(struct xmpp_s2s_stream *s)
{
	struct buf out = { 0 };
	char id[17];
	struct xmpp_xml_opening o = {
		.content_ns = NS_SERVER,
		.to = s->remote.full,
		.from = s->local.full,
		.version = STR("1.0"),
		.lang = STR("en"),
		.dialback = true,
	};

	if (s->accepted) {
		loop_id(s->x->loop, id);
		s->id = arena_str(s->a, str_of(id));
		o.id = s->id;
	}
	xmpp_xml_write_opening(&out, &o);
	conn_write_str(s->c, buf_str(&out));
	buf_fini(&out);
	s->opened = true;
}

size_t xmpp_s2s_send(struct xmpp_s2s_stream *s, const struct stanza *st)
{
	struct buf out = { 0 };
	size_t n;

	xmpp_xml_write(&out, st, XMPP_XML_IN_STREAM);
	conn_write_str(s->c, buf_str(&out));
	n = out.len;
	buf_fini(&out);
	return n;
}

static void leave_link(struct xmpp_s2s_stream *s, const char *why)
{
	uint64_t conn = conn_id(s->c);

	LIST_EACH_SAFE(node, next, &s->pairs)
	{
		struct xmpp_s2s_pair *p =
			LIST_OF(node, struct xmpp_s2s_pair, link);
		struct xmpp_s2s_link *l =
			xmpp_s2s_link_find(s->s2s, p->local, p->remote);

		if (l != NULL && l->conn == conn)
			xmpp_s2s_link_lost(l, why);
	}
	if (s->target != 0) {
		struct xmpp_s2s_link *l = xmpp_s2s_link_get(s->s2s, s->target);

		s->target = 0;
		if (l != NULL && l->conn == conn)
			xmpp_s2s_link_lost(l, why);
	}
}

void xmpp_s2s_cut(struct xmpp_s2s_stream *s)
{
	if (s->step == S2S_CLOSED)
		return;
	s->step = S2S_CLOSED;
	conn_timer(s->c, -1);
	conn_close(s->c);
}

void xmpp_s2s_close(struct xmpp_s2s_stream *s)
{
	if (s->step == S2S_CLOSED)
		return;
	if (s->opened)
		conn_write_str(s->c, STR(XMPP_XML_STREAM_DONE));
	xmpp_s2s_cut(s);
}

void xmpp_s2s_error(struct xmpp_s2s_stream *s, const char *condition,
		    const char *text)
{
	struct arena *a;
	struct stanza *error;

	if (s->step == S2S_CLOSED)
		return;
	xmpp_limit_stream_error(s->x, condition);
	log_info("s2s.refused", "peer", conn_peer(s->c), "condition", condition,
		 "why", text, NULL);
	if (s->accepted && !s->s2s->stopping) {
		s->s2s->counts_of.refused->value++;
		xmpp_s2s_note_refusal(s, text != NULL ? text : condition);
	}
	a = xmpp_arena_get(s->x);
	error = stanza_new(a, "error", NS_STREAMS);
	if (!s->opened)
		xmpp_s2s_open(s);
	stanza_add_new(a, error, condition, NS_STREAM_ERR);
	if (text != NULL)
		stanza_add_leaf(a, error, "text", NS_STREAM_ERR, str_of(text));
	xmpp_s2s_send(s, error);
	xmpp_arena_put(s->x, a);
	xmpp_s2s_close(s);
	leave_link(s, text != NULL ? text : condition);
}

static void new_stream(struct xmpp_s2s_stream *s)
{
	s->step = S2S_HEADER;
	s->opened = false;
	xmpp_xml_scan_init(&s->scan, &s->s2s->x->guest);
}

void xmpp_s2s_restart(struct xmpp_s2s_stream *s)
{
	s->again = true;
	s->restart = true;
	new_stream(s);
}

void xmpp_s2s_proved(struct xmpp_s2s_stream *s)
{
	struct conn_limits limits = { 0 };
	const struct xmpp_s2s_conf *conf = xmpp_s2s_config(s->s2s);

	conn_known(s->c);
	s->scan.limits = &s->s2s->limits;
	limits.in_max = (size_t)conf->stanza_max + 16384;
	limits.rate = conf->rate;
	conn_set_limits(s->c, &limits);
}

static const char *header(struct xmpp_s2s_stream *s, struct arena *a,
			  struct str text)
{
	struct xmpp_xml_header h;

	if (xmpp_xml_parse_header(s->x->parser, text, a, &h) != GW_OK)
		return xmpp_xml_fault_name(xmpp_xml_parser_fault(s->x->parser));
	if (!str_is(h.element->ns, NS_STREAMS))
		return "invalid-namespace";
	if (!str_is(h.element->name, "stream"))
		return "bad-format";
	if (!str_is(h.content_ns, NS_SERVER))
		return "invalid-namespace";
	s->root = h.root;
	if (h.root.custom.p != NULL)
		s->root.custom = arena_str(s->a, h.root.custom);
	return s->accepted ? xmpp_s2s_in_header(s, a, &h)
			   : xmpp_s2s_out_header(s, a, &h);
}

/* The other server says what it does not like (RFC 6120 4.9). */
static void told_off(struct xmpp_s2s_stream *s, const struct stanza *el)
{
	const struct stanza *cond = stanza_first_element(el);
	char why[160];
	struct buf text = { 0 };

	buf_printf(&text, "the other server says: " STR_FMT,
		   STR_ARG(cond != NULL ? cond->name : STR("no reason")));
	if (str_copy(why, sizeof(why), buf_str(&text)) != GW_OK)
		why[0] = '\0';
	buf_fini(&text);
	log_info("s2s.error", "peer", conn_peer(s->c), "why", why, NULL);
	xmpp_s2s_close(s);
	leave_link(s, why);
}

static const char *element(struct xmpp_s2s_stream *s, struct arena *a,
			   struct str text)
{
	struct stanza *el;

	if (xmpp_xml_parse(s->x->parser, &s->root, text, a, &el) != GW_OK)
		return xmpp_xml_fault_name(xmpp_xml_parser_fault(s->x->parser));
	if (stanza_is(el, "error", NS_STREAMS)) {
		told_off(s, el);
		return NULL;
	}
	return s->accepted ? xmpp_s2s_in_element(s, el)
			   : xmpp_s2s_out_element(s, el);
}

static void unit(struct xmpp_s2s_stream *s, const struct xmpp_xml_unit *u)
{
	struct arena *a = xmpp_arena_get(s->x);
	const char *error = NULL;

	switch (u->kind) {
	case XMPP_XML_SPACE:
		break;
	case XMPP_XML_HEADER:
		error = header(s, a, u->text);
		break;
	case XMPP_XML_STANZA:
		s->unit = u->text.n;
		error = element(s, a, u->text);
		break;
	case XMPP_XML_END:
		xmpp_s2s_sm_cut(s, true);
		xmpp_s2s_close(s);
		leave_link(s, "the other server has closed the stream");
		break;
	}
	xmpp_arena_put(s->x, a);
	if (error != NULL)
		xmpp_s2s_error(s, error, NULL);
}

static void start_tls(struct xmpp_s2s_stream *s)
{
	struct xmpp_s2s_link *l;
	struct tls_dial d = { .tls = s->s2s->tls };

	s->tls_next = false;
	if (s->accepted && !conn_may_starttls(s->c)) {
		conn_write_str(s->c, STR("<failure xmlns='" NS_TLS "'/>"));
		xmpp_s2s_close(s);
		return;
	}
	new_stream(s);
	if (s->accepted) {
		conn_write_str(s->c, STR("<proceed xmlns='" NS_TLS "'/>"));
		conn_starttls(s->c, s->s2s->tls);
		return;
	}
	l = xmpp_s2s_link_get(s->s2s, s->target);
	if (l == NULL) {
		conn_abort(s->c);
		return;
	}
	d.own = l->from.full.p;
	d.sni = xmpp_s2s_link_sni(l);
	d.dane = xmpp_s2s_link_dane(l);
	conn_starttls_dial(s->c, &d);
}

/* The next unit, if it is whole, and what it means for the bytes behind it.
 * GW_AGAIN: no more now. */
static enum gw_err next_unit(struct xmpp_s2s_stream *s, struct str *in)
{
	struct xmpp_xml_unit u;
	enum gw_err e = xmpp_xml_scan(&s->scan, *in, &u);

	if (e == GW_AGAIN)
		return e;
	if (e != GW_OK) {
		xmpp_s2s_error(s, xmpp_xml_fault_name(u.fault), NULL);
		return GW_AGAIN;
	}
	*in = str_make(in->p + u.eaten, in->n - u.eaten);
	unit(s, &u);
	if (s->step == S2S_CLOSED)
		return GW_AGAIN;
	if ((s->tls_next || s->restart) && in->n > 0) {
		xmpp_s2s_error(s, "policy-violation",
			       "bytes behind the end of a stream");
		return GW_AGAIN;
	}
	s->restart = false;
	if (!s->tls_next)
		return GW_OK;
	start_tls(s);
	return GW_AGAIN;
}

static size_t on_input(struct conn *c, const uint8_t *p, size_t n)
{
	struct xmpp_s2s_stream *s = conn_state(c);
	struct str rest = str_make((const char *)p, n);
	unsigned share = TURN_SHARE;

	s->last_input = loop_now(s->x->loop);
	while (s->step != S2S_CLOSED) {
		if (share-- == 0) {
			conn_again(c);
			break;
		}
		if (next_unit(s, &rest) != GW_OK)
			break;
	}
	return s->step == S2S_CLOSED ? n : n - rest.n;
}

static void begin(struct xmpp_s2s *s2s, struct conn *c)
{
	struct xmpp_s2s_stream *s = conn_state(c);

	s->c = c;
	s->s2s = s2s;
	s->x = s2s->x;
	s->since = loop_wall(s->x->loop);
	s->a = arena_new();
	s->local = xmpp_jid_copy(s->a, s->x->domains[0]);
	s->secured = conn_tls(c) != NULL;
	list_init(&s->pairs);
	list_append(&s2s->streams, &s->link);
	new_stream(s);
	conn_timer(c, xmpp_s2s_config(s2s)->login_within);
}

static void on_in_open(struct conn *c)
{
	const struct xmpp_s2s_listener *l = conn_arg(c);
	struct xmpp_s2s_stream *s = conn_state(c);

	begin(l->s2s, c);
	s->accepted = true;
}

static void on_out_open(struct conn *c)
{
	xmpp_s2s_dial_open(conn_arg(c), c);
}

void xmpp_s2s_dialled(struct xmpp_s2s_link *l, struct conn *c)
{
	struct xmpp_s2s_stream *s = conn_state(c);

	begin(l->s2s, c);
	s->target = l->handle;
	s->local = xmpp_jid_copy(s->a, l->from);
	s->remote = xmpp_jid_copy(s->a, l->to);
	xmpp_s2s_open(s);
}

static void on_secured(struct conn *c)
{
	struct xmpp_s2s_stream *s = conn_state(c);
	struct xmpp_s2s_link *l = xmpp_s2s_link_get(s->s2s, s->target);

	s->secured = true;
	if (s->accepted)
		return;
	if (l != NULL) {
		xmpp_s2s_link_tls(l, c);
		xmpp_s2s_link_step(l, TRAIL_STREAM, "");
	}
	xmpp_s2s_open(s);
}

static bool has_proved(const struct xmpp_s2s_stream *s)
{
	LIST_EACH(node, &s->pairs)
	{
		if (LIST_OF(node, struct xmpp_s2s_pair, link)->proof != NULL)
			return true;
	}
	return false;
}

/* Who came in and says nothing for twice as long as we would may be gone. */
static void watch_guest(struct xmpp_s2s_stream *s)
{
	int64_t left = s->last_input + 2 * xmpp_s2s_config(s->s2s)->idle -
		       loop_now(s->x->loop);

	if (!has_proved(s))
		xmpp_s2s_error(s, "connection-timeout",
			       "no proof of who this is in time");
	else if (left > 0)
		conn_timer(s->c, left);
	else
		xmpp_s2s_close(s);
}

/* Who dialled is watched by the link's own timer until it is ready; then this
 * one says that an acknowledgement did not come. */
static void on_timer(struct conn *c)
{
	struct xmpp_s2s_stream *s = conn_state(c);
	struct xmpp_s2s_link *l;

	if (s->c == NULL)
		return;
	l = s->accepted ? xmpp_s2s_link_adopted(s)
			: xmpp_s2s_link_get(s->s2s, s->target);
	if (s->accepted && (l == NULL || l->kept_count == 0)) {
		watch_guest(s);
		return;
	}
	if ((!s->accepted && s->step != S2S_READY) ||
	    (l != NULL && xmpp_s2s_sm_tick(l, s)))
		return;
	leave_link(s, "no acknowledgement in time");
	conn_abort(c);
}

static void on_evicted(struct conn *c, const char *why)
{
	xmpp_s2s_error(conn_state(c), "resource-constraint", why);
}

static void end(struct conn *c, const char *why)
{
	struct xmpp_s2s_stream *s = conn_state(c);

	if (s->c == NULL)
		return;
	log_debug("s2s.closed", "peer", conn_peer(c), "why", why, NULL);
	xmpp_s2s_sm_cut(s, false);
	leave_link(s, why);
	list_del(&s->link);
	while (!list_empty(&s->pairs))
		xmpp_s2s_pair_drop(
			s, LIST_OF(s->pairs.next, struct xmpp_s2s_pair, link));
	xmpp_xml_scan_fini(&s->scan);
	arena_free(&s->a);
}

static const char *why_closed(const struct conn *c, enum conn_why why)
{
	static const char *const texts[] = {
		[CONN_PEER] = "the other server has cut the connection",
		[CONN_LOCAL] = "closed",
		[CONN_TIMEOUT] = "no answer in time",
		[CONN_FAULT] = "the connection broke",
		[CONN_OVERFLOW] = "it reads too slowly, or writes too much",
		[CONN_SHUTDOWN] = "this server stops",
	};
	const char *fault = conn_fault(c);

	return *fault != '\0' ? fault : texts[why];
}

static void on_in_close(struct conn *c, enum conn_why why)
{
	struct xmpp_s2s_stream *s = conn_state(c);

	if (s->c == NULL)
		log_info("s2s.tls", "peer", conn_peer(c), "why",
			 why_closed(c, why), NULL);
	end(c, why_closed(c, why));
}

static void on_out_close(struct conn *c, enum conn_why why)
{
	struct xmpp_s2s_stream *s = conn_state(c);
	bool opened = s->c != NULL;

	end(c, why_closed(c, why));
	xmpp_s2s_dial_closed(conn_arg(c), why_closed(c, why), opened);
}

const struct proto xmpp_s2s_in_proto = {
	.name = "xmpp-s2s-in",
	.state_size = sizeof(struct xmpp_s2s_stream),
	.limits = { .in_max = XMPP_GUEST_IN_MAX },
	.open = on_in_open,
	.input = on_input,
	.timer = on_timer,
	.evicted = on_evicted,
	.secured = on_secured,
	.close = on_in_close,
};

const struct proto xmpp_s2s_out_proto = {
	.name = "xmpp-s2s-out",
	.state_size = sizeof(struct xmpp_s2s_stream),
	.limits = { .in_max = XMPP_GUEST_IN_MAX },
	.open = on_out_open,
	.input = on_input,
	.timer = on_timer,
	.secured = on_secured,
	.close = on_out_close,
};
