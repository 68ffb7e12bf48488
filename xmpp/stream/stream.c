/* SPDX-License-Identifier: MIT */
/* stream.c - a client's stream: bytes to units, units to who must see them
 *
 * No element is read before the one in front of it is answered, until a
 * resource is bound; so STARTTLS, SASL and bind cannot race.  Nothing that
 * was sent in plain is read as if it had come under TLS.
 */
#include "xmpp/stream/stream.h"

#include "gateway/run/log.h"
#include "xmpp/im/offline.h"
#include "xmpp/sasl/sasl.h"
#include "xmpp/server_private.h"
#include "xmpp/stream/header.h"
#include "xmpp/xep/csi.h"
#include "xmpp/xep/register.h"
#include "xmpp/xep/sasl2.h"
#include "xmpp/xep/sm.h"
#include "xmpp/xml/write.h"

#define NS_TLS	      "urn:ietf:params:xml:ns:xmpp-tls"
#define NS_STREAM_ERR "urn:ietf:params:xml:ns:xmpp-streams"
#define TURN_SHARE    32
#define ANSWER_WITHIN (15 * WHEN_SECOND)
#define ADDRESSES     64 /* what its host and account usually take */
#define PROOF_STEP    (WHEN_SECOND / 4)
#define TOLD_ALIVE    128u /* beside what board_proof() knows */
#define USUAL_SIZE    1000 /* of what it is sent; features are the longest */

static struct xmpp_stream *self_of(struct conn *c)
{
	return conn_state(c);
}

static struct xmpp_session *session_of(const struct xmpp_stream *s)
{
	return s->session != 0 ? xmpp_session_get(s->x, s->session) : NULL;
}

struct xmpp_stream *xmpp_stream_of(const struct xmpp_session *s)
{
	struct conn *c = conn_find(s->x->net, s->conn);

	return c != NULL ? self_of(c) : NULL;
}

void xmpp_stream_send(struct xmpp_stream *s, const struct stanza *st)
{
	struct buf out = { 0 };

	buf_reserve(&out, USUAL_SIZE);
	xmpp_xml_write(&out, st, XMPP_XML_IN_STREAM);
	conn_write_str(s->c, buf_str(&out));
	buf_fini(&out);
}

static void close_conn(struct xmpp_stream *s)
{
	s->step = STREAM_CLOSED;
	if (s->login != NULL) /* no session for who is gone */
		list_del(&s->login->wait.link);
	conn_timer(s->c, -1);
	conn_close(s->c);
}

static void end_stream(struct xmpp_stream *s)
{
	conn_write_str(s->c, STR(XMPP_XML_STREAM_DONE));
	close_conn(s);
}

static void write_error(struct xmpp_stream *s, const char *condition,
			const char *text, const struct stanza *more)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct stanza *error = stanza_new(a, "error", NS_STREAMS);

	if (!s->opened)
		xmpp_stream_open(s, STR_NONE);
	stanza_add_new(a, error, condition, NS_STREAM_ERR);
	if (text != NULL)
		stanza_add_leaf(a, error, "text", NS_STREAM_ERR, str_of(text));
	if (more != NULL)
		stanza_add(error, stanza_copy(a, more));
	xmpp_stream_send(s, error);
	xmpp_arena_put(s->x, a);
}

static void end_by_error(struct xmpp_stream *s, const char *condition,
			 const char *text, const struct stanza *more)
{
	struct xmpp_session *session = session_of(s);

	if (s->step == STREAM_CLOSED)
		return;
	log_debug("xmpp.stream.error", "peer", conn_peer(s->c), "condition",
		  condition, NULL);
	xmpp_limit_stream_error(s->x, condition);
	write_error(s, condition, text, more);
	end_stream(s);
	s->session = 0;
	if (session != NULL)
		xmpp_session_end(session);
}

void xmpp_stream_error(struct xmpp_stream *s, const char *condition,
		       const char *text)
{
	end_by_error(s, condition, text, NULL);
}

void xmpp_stream_error_more(struct xmpp_stream *s, const char *condition,
			    const struct stanza *more)
{
	end_by_error(s, condition, NULL, more);
}

/* XEP-0198 7: to end a stream is to end what might be resumed; many clients
 * begin anew then.  So it is cut: they come back, and resume. */
static void cut(struct xmpp_stream *s, struct xmpp_session *session,
		const char *condition)
{
	s->session = 0;
	session->conn = 0;
	if (condition != NULL)
		xmpp_stream_error(s, condition, NULL);
	else
		close_conn(s);
}

void xmpp_stream_close_all(struct xmpp *x)
{
	LIST_EACH_SAFE(node, next, &x->streams)
	{
		struct xmpp_stream *s = LIST_OF(node, struct xmpp_stream, link);
		struct xmpp_session *session = session_of(s);

		if (session != NULL && xmpp_sm_may_resume(session))
			cut(s, session, NULL);
		else
			xmpp_stream_error(s, "system-shutdown", NULL);
	}
}

void xmpp_stream_kick(struct xmpp *x, struct str bare, const char *text)
{
	LIST_EACH_SAFE(node, next, &x->streams)
	{
		struct xmpp_stream *s = LIST_OF(node, struct xmpp_stream, link);

		if (s->login != NULL && s->session == 0 &&
		    (str_eq(s->login->account.bare, bare) ||
		     (s->sasl != NULL && xmpp_sasl_is_of(s->sasl, bare))))
			xmpp_stream_error(s, "not-authorized", text);
	}
}

static bool has_host(const struct xmpp_stream *s)
{
	const struct xmpp_session *session = session_of(s);

	if (s->login != NULL)
		return xmpp_is_local(s->x, s->login->host.full);
	return session == NULL || xmpp_is_local(s->x, session->jid.domain);
}

void xmpp_stream_leave_hosts(struct xmpp *x)
{
	LIST_EACH_SAFE(node, next, &x->streams)
	{
		struct xmpp_stream *s = LIST_OF(node, struct xmpp_stream, link);

		if (!has_host(s))
			xmpp_stream_error(s, "host-gone", NULL);
	}
}

void xmpp_stream_hold(struct xmpp_stream *s)
{
	s->waiting = true;
}

/* Whoever bound the session is through with what it knew of the log-in. */
static void end_of_login(struct xmpp_stream *s)
{
	if (s->step != STREAM_BOUND || s->login == NULL)
		return;
	loop_timer_stop(s->x->loop, &s->login->slow);
	s->login = NULL;
	if (s->root.custom.p == NULL)
		arena_free(&s->a);
}

void xmpp_stream_answered(struct xmpp_stream *s)
{
	s->waiting = false;
	if (!s->inside)
		end_of_login(s);
	if (!s->held)
		return;
	s->held = false;
	conn_go(s->c);
}

static void limit_bytes(struct xmpp_stream *s, size_t max)
{
	struct conn_limits limits = { .in_max = max, .rate = s->x->conf->rate };

	conn_set_limits(s->c, &limits);
}

static void new_stream(struct xmpp_stream *s)
{
	s->step = STREAM_HEADER;
	s->opened = false;
	xmpp_xml_scan_init(&s->scan, &s->x->guest);
}

/* No stranger, and not held to a stranger's limits: the features that follow
 * say so. */
static void is_known(struct xmpp_stream *s, struct jid account)
{
	s->login->account = xmpp_jid_copy(s->a, account);
	s->again = true;
	conn_known(s->c);
	limit_bytes(s, (size_t)s->x->conf->stanza_max + 16384);
}

void xmpp_stream_logged_in(struct xmpp_stream *s, struct jid account)
{
	is_known(s, account);
	new_stream(s);
	s->scan.limits = &s->x->limits;
	if (s->inside)
		s->restart = true;
	else if (conn_drop_input(s->c) > 0)
		xmpp_stream_error(s, "policy-violation",
				  "bytes behind the end of the log-in");
}

void xmpp_stream_goes_on(struct xmpp_stream *s, struct jid account)
{
	is_known(s, account);
	s->scan.limits = &s->x->limits;
	s->step = STREAM_BIND;
}

void xmpp_stream_bound(struct xmpp_stream *s, struct xmpp_session *session)
{
	s->session = session->handle;
	if (!str_eq(session->lang, s->login->lang))
		session->lang = arena_str(session->a, s->login->lang);
	s->step = STREAM_BOUND;
	conn_timer(s->c, s->x->conf->idle_ask);
}

static const char *before_login(struct xmpp_stream *s, const struct stanza *el)
{
	if (stanza_is(el, "starttls", NS_TLS)) {
		if (s->secured || s->l->tls == NULL || s->sasl != NULL)
			return "policy-violation";
		s->tls_next = true;
		return NULL;
	}
	if (str_is(el->ns, XMPP_NS_SASL))
		return xmpp_sasl_element(s, el);
	if (str_is(el->ns, XMPP_NS_SASL2))
		return xmpp_sasl2_element(s, el);
	if (stanza_is(el, "iq", NS_CLIENT))
		return xmpp_register_guest(s, el);
	return "not-authorized";
}

static const char *before_bind(struct xmpp_stream *s, const struct stanza *el)
{
	if (str_is(el->ns, NS_SM))
		return xmpp_sm_element(s, el);
	if (stanza_is(el, "iq", NS_CLIENT)) {
		xmpp_stream_bind(s, el);
		return NULL;
	}
	return "not-authorized";
}

static const char *bound(struct xmpp_stream *s, const struct stanza *el)
{
	struct xmpp_session *session = session_of(s);

	if (str_is(el->ns, NS_SM))
		return xmpp_sm_element(s, el);
	if (session == NULL)
		return NULL;
	if (str_is(el->ns, NS_CSI))
		return xmpp_csi_element(session, el);
	return xmpp_inbound(session, el);
}

static const char *element(struct xmpp_stream *s, const struct stanza *el)
{
	switch (s->step) {
	case STREAM_SASL:
		return before_login(s, el);
	case STREAM_BIND:
		return before_bind(s, el);
	case STREAM_BOUND:
		return bound(s, el);
	case STREAM_HEADER:
	case STREAM_CLOSED:
		return NULL;
	}
	__builtin_unreachable();
}

/* The client does not like what we do (RFC 6120 4.9.1.1): nothing is left to
 * say.  It may come back and resume. */
static void told_off(struct xmpp_stream *s)
{
	struct xmpp_session *session = session_of(s);

	s->session = 0;
	end_stream(s);
	if (session == NULL)
		return;
	session->conn = 0;
	xmpp_session_cut(session);
}

static const char *one_element(struct xmpp_stream *s, struct str text)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct stanza *el;
	const char *error = NULL;

	if (xmpp_xml_parse(s->x->parser, &s->root, text, a, &el) != GW_OK)
		error = xmpp_xml_fault_name(
			xmpp_xml_parser_fault(s->x->parser));
	else if (stanza_is(el, "error", NS_STREAMS))
		told_off(s);
	else
		error = element(s, el);
	xmpp_arena_put(s->x, a);
	return error;
}

/* The client takes its leave (RFC 6120 4.4). */
static void farewell(struct xmpp_stream *s)
{
	struct xmpp_session *session = session_of(s);

	s->session = 0;
	end_stream(s);
	if (session == NULL)
		return;
	session->conn = 0;
	xmpp_session_end(session);
}

static void unit(struct xmpp_stream *s, const struct xmpp_xml_unit *u)
{
	const char *error = NULL;

	switch (u->kind) {
	case XMPP_XML_SPACE:
		/* XEP-0388 2.4: no white space either. */
		if (xmpp_sasl2_running(s))
			error = "policy-violation";
		break;
	case XMPP_XML_HEADER:
		error = xmpp_stream_header(s, u->text);
		break;
	case XMPP_XML_STANZA:
		error = one_element(s, u->text);
		break;
	case XMPP_XML_END:
		farewell(s);
		break;
	}
	if (error != NULL)
		xmpp_stream_error(s, error, NULL);
}

/* RFC 6120 5.4.3.3: what came behind <starttls/> was not under TLS. */
static void start_tls(struct xmpp_stream *s, size_t waiting)
{
	s->tls_next = false;
	if (waiting > 0) {
		xmpp_stream_error(s, "policy-violation",
				  "bytes behind <starttls/>");
		return;
	}
	/* RFC 6120 5.4.2.2. */
	if (!conn_may_starttls(s->c)) {
		conn_write_str(s->c, STR("<failure xmlns='" NS_TLS "'/>"));
		end_stream(s);
		return;
	}
	conn_write_str(s->c, STR("<proceed xmlns='" NS_TLS "'/>"));
	new_stream(s);
	conn_starttls(s->c, s->l->tls);
}

/* The next unit, if it is whole, and what it means for the bytes behind it.
 * GW_AGAIN: no more now. */
static enum gw_err next_unit(struct xmpp_stream *s, struct str *in)
{
	struct xmpp_xml_unit u;
	enum gw_err e = xmpp_xml_scan(&s->scan, *in, &u);

	if (e == GW_AGAIN)
		return e;
	if (e != GW_OK) {
		xmpp_stream_error(s, xmpp_xml_fault_name(u.fault), NULL);
		return GW_AGAIN;
	}
	*in = str_make(in->p + u.eaten, in->n - u.eaten);
	unit(s, &u);
	if (s->tls_next) {
		start_tls(s, in->n);
		return GW_AGAIN;
	}
	if (s->restart && in->n > 0)
		xmpp_stream_error(s, "policy-violation",
				  "bytes behind the end of the log-in");
	s->restart = false;
	return GW_OK;
}

static size_t units(struct xmpp_stream *s, struct str in)
{
	struct str rest = in;
	unsigned share = TURN_SHARE;

	while (s->step != STREAM_CLOSED && !s->waiting) {
		if (share-- == 0) {
			conn_again(s->c);
			break;
		}
		if (next_unit(s, &rest) != GW_OK)
			break;
	}
	return s->step == STREAM_CLOSED ? in.n : in.n - rest.n;
}

static void alive(struct xmpp_stream *s)
{
	struct xmpp_session *session = session_of(s);
	int64_t now = loop_now(s->x->loop);

	s->asked = false;
	if (session == NULL)
		return;
	if (conn_unsent(s->c) == 0)
		xmpp_offline_proof(session);
	if (session->last_input / PROOF_STEP != now / PROOF_STEP)
		session->told = 0;
	session->last_input = now;
}

/* After what was read: it may have been more than a sign of life.  The same
 * again within a moment is no news. */
static void tell_board(struct xmpp_stream *s)
{
	struct xmpp_session *session = session_of(s);
	unsigned signs;

	if (session == NULL)
		return;
	signs = session->signs;
	session->signs = 0;
	if (((signs | TOLD_ALIVE) & ~(unsigned)session->told) == 0)
		return;
	session->told |= (uint8_t)(signs | TOLD_ALIVE);
	board_proof(s->x->board, session->jid.bare, session->jid.resource,
		    signs);
}

static size_t on_input(struct conn *c, const uint8_t *p, size_t n)
{
	struct xmpp_stream *s = self_of(c);
	size_t eaten;

	alive(s);
	s->inside = true;
	eaten = units(s, str_make((const char *)p, n));
	s->inside = false;
	tell_board(s);
	if (!s->waiting)
		end_of_login(s);
	if (s->waiting && s->step != STREAM_CLOSED) {
		s->held = true;
		conn_hold(c);
	}
	return eaten;
}

static void on_open(struct conn *c)
{
	struct xmpp_stream *s = self_of(c);

	s->c = c;
	s->l = conn_arg(c);
	s->x = s->l->x;
	s->a = arena_new_for(sizeof(*s->login) + ADDRESSES);
	s->login = arena_alloc(s->a, sizeof(*s->login));
	s->login->s = s;
	s->login->host = xmpp_jid_copy(s->a, s->x->domains[0]);
	s->secured = conn_tls(c) != NULL;
	list_init(&s->login->wait.link);
	list_append(&s->x->streams, &s->link);
	new_stream(s);
	limit_bytes(s, XMPP_GUEST_IN_MAX);
	conn_timer(c, s->x->conf->login_within);
}

/* RFC 6120 5.4.3.3: what was said before is forgotten. */
static void on_secured(struct conn *c)
{
	struct xmpp_stream *s = self_of(c);

	s->secured = true;
	s->login->invitation = STR_NONE;
}

static void on_evicted(struct conn *c, const char *why)
{
	xmpp_stream_error(self_of(c), "resource-constraint", why);
}

static void ask(struct xmpp_stream *s, struct xmpp_session *session)
{
	struct xmpp_ctx c;

	s->asked = true;
	conn_timer(s->c, ANSWER_WITHIN);
	xmpp_ctx_begin(&c, s->x);
	xmpp_sm_ask(&c, session);
	xmpp_ctx_end(&c);
}

/* The client is gone though nobody said so (half-open TCP): L1. */
static void lost(struct xmpp_stream *s, struct xmpp_session *session)
{
	bool resumable = xmpp_sm_may_resume(session);

	cut(s, session, resumable ? NULL : "connection-timeout");
	xmpp_session_cut(session);
}

static void on_timer(struct conn *c)
{
	struct xmpp_stream *s = self_of(c);
	struct xmpp_session *session = session_of(s);
	int64_t left;

	if (session == NULL) {
		xmpp_stream_error(s, "connection-timeout",
				  "not logged in in time");
		return;
	}
	left = session->last_input + s->x->conf->idle_ask -
	       loop_now(s->x->loop);
	if (left > 0)
		conn_timer(c, left);
	else if (!s->asked)
		ask(s, session);
	else
		lost(s, session);
}

static void on_close(struct conn *c, enum conn_why why)
{
	struct xmpp_stream *s = self_of(c);
	struct xmpp_session *session;

	if (s->c == NULL) /* the handshake failed: never opened */
		return;
	log_debug("xmpp.stream.closed", "peer", conn_peer(c), "why",
		  LOG_INT(why), NULL);
	session = session_of(s);
	s->session = 0;
	list_del(&s->link);
	xmpp_sasl_free(&s->sasl);
	if (s->login != NULL) {
		list_del(&s->login->wait.link);
		loop_timer_stop(s->x->loop, &s->login->slow);
	}
	if (session != NULL)
		xmpp_session_cut(session);
	xmpp_xml_scan_fini(&s->scan);
	arena_free(&s->a);
}

const struct proto xmpp_stream_proto = {
	.name = "xmpp-c2s",
	.state_size = sizeof(struct xmpp_stream),
	.limits = { .in_max = XMPP_GUEST_IN_MAX },
	.open = on_open,
	.input = on_input,
	.timer = on_timer,
	.secured = on_secured,
	.evicted = on_evicted,
	.close = on_close,
};
