/* SPDX-License-Identifier: MIT */
/* link.c - links: what waits, what was sent, what went wrong */
#include "xmpp/s2s/link.h"

#include <stdarg.h>
#include <stdio.h>

#include "gateway/run/log.h"
#include "xmpp/jid_domain.h"
#include "xmpp/limit.h"
#include "xmpp/receipt.h"
#include "xmpp/s2s/dial.h"
#include "xmpp/s2s/dialback.h"
#include "xmpp/s2s/sm.h"

/* A link that is not used is shown this long. */
#define REMEMBER (10 * WHEN_MINUTE)
/* A stream that was cut is to be resumed: first so soon, in all so long. */
#define AGAIN_AFTER WHEN_SECOND
#define AGAIN_FOR   (60 * WHEN_SECOND)
#define TOO_LARGE   "the other server takes no stanza so large"

struct waiting {
	struct list link;
	struct arena *a;
	const struct stanza *st;
	struct xmpp_receipt *receipt; /* of a client's own words; NULL */
};

const char *xmpp_s2s_link_state_name(enum xmpp_s2s_link_state state)
{
	static const char *const names[] = {
		[LINK_IDLE] = "idle",
		[LINK_CONNECTING] = "connecting",
		[LINK_NEGOTIATING] = "negotiating",
		[LINK_READY] = "ready",
		[LINK_FAILED] = "failed",
	};

	return names[state];
}

struct xmpp_s2s_link *xmpp_s2s_link_get(struct xmpp_s2s *s, uint64_t handle)
{
	return slot_get(&s->handles, handle);
}

struct xmpp_s2s_stream *xmpp_s2s_link_stream(const struct xmpp_s2s_link *l)
{
	struct conn *c = conn_find(l->s2s->x->net, l->conn);

	return c != NULL ? conn_state(c) : NULL;
}

static void enter(struct xmpp_s2s_link *l, enum xmpp_s2s_link_state state,
		  int64_t within)
{
	struct loop *loop = l->s2s->x->loop;

	l->state = state;
	l->since = loop_wall(loop);
	loop_timer_start(loop, &l->timer, within);
}

void xmpp_s2s_whole(char *text)
{
	size_t n = strlen(text);

	for (int i = 0; i < 4 && n > 0 && !str_utf8_valid(str_make(text, n));
	     i++)
		n--;
	text[n] = '\0';
}

void xmpp_s2s_link_step(struct xmpp_s2s_link *l, enum xmpp_s2s_step_of step,
			const char *what)
{
	l->mark = xmpp_s2s_trail_begin(&l->trail, step, "%s", what);
}

void xmpp_s2s_link_done(struct xmpp_s2s_link *l, bool good, const char *fmt,
			...)
{
	char text[160];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	xmpp_s2s_trail_end(&l->trail, l->mark, good, "%s", text);
	l->mark = XMPP_S2S_TRAIL_NONE;
}

/* Senders are told, as far as anybody wants to know (RFC 6120 10.4). */
static void back(struct xmpp_ctx *c, const struct stanza *st,
		 enum xmpp_condition cond, const char *why)
{
	if (stanza_is(st, "presence", NULL) &&
	    !str_is(stanza_attr(st, "type"), "subscribe"))
		return;
	if (c->receipt != NULL && c->receipt->result == GW_OK)
		c->receipt->result = GW_UNAVAIL;
	xmpp_reply_error(c, st, cond, why);
}

void xmpp_s2s_link_put(struct list *to, const struct stanza *st,
		       struct xmpp_receipt *receipt)
{
	struct arena *a = arena_new();
	struct waiting *w = arena_alloc(a, sizeof(*w));

	w->a = a;
	w->receipt = xmpp_receipt_ref(receipt);
	w->st = stanza_copy(a, st);
	list_append(to, &w->link);
}

const struct stanza *xmpp_s2s_link_stanza(struct list *node)
{
	return LIST_OF(node, struct waiting, link)->st;
}

struct xmpp_receipt *xmpp_s2s_link_receipt(struct list *node)
{
	return LIST_OF(node, struct waiting, link)->receipt;
}

void xmpp_s2s_link_drop(struct list *node)
{
	struct waiting *w = LIST_OF(node, struct waiting, link);
	struct arena *a = w->a;

	list_del(&w->link);
	xmpp_receipt_unref(&w->receipt);
	arena_free(&a);
}

/* What senders are told: not which of our addresses or ports answered how, or
 * a SRV record would make us look around for a stranger. */
static const char *for_senders(const struct xmpp_s2s_link *l)
{
	if (str_starts(str_of(l->error), "connect:"))
		return "the other server cannot be reached";
	return l->error;
}

static void list_back(struct xmpp_s2s_link *l, struct list *from,
		      enum xmpp_condition cond, const char *why)
{
	struct list mine;
	struct list *node;
	struct xmpp_ctx c;

	/* What a sender does about it may be sent here again. */
	list_init(&mine);
	while ((node = list_pop(from)) != NULL)
		list_append(&mine, node);
	l->giving++;
	while (!list_empty(&mine)) {
		const struct stanza *st = xmpp_s2s_link_stanza(mine.next);

		xmpp_ctx_begin(&c, l->s2s->x);
		if (!l->s2s->stopping &&
		    xmpp_jid_parse(c.a, stanza_attr(st, "from"), &c.from) ==
			    GW_OK)
			back(&c, st, cond, why);
		xmpp_ctx_end(&c);
		xmpp_s2s_link_drop(mine.next);
	}
	l->giving--;
}

void xmpp_s2s_link_unsure(struct xmpp_s2s_link *l)
{
	l->counted = false;
	l->kept_count = 0;
	list_back(l, &l->kept, XMPP_REMOTE_SERVER_TIMEOUT,
		  "the link broke, and nobody knows whether this arrived");
}

static void all_back(struct xmpp_s2s_link *l, enum xmpp_condition cond,
		     const char *why)
{
	l->waiting_count = 0;
	list_back(l, &l->waiting, cond, why);
}

static void link_free(struct xmpp_s2s_link *l)
{
	struct arena *a = l->a;

	loop_timer_stop(l->s2s->x->loop, &l->timer);
	xmpp_s2s_dial_cancel(&l->dial);
	xmpp_s2s_dialback_give_up(l);
	xmpp_s2s_link_unsure(l);
	all_back(l, XMPP_REMOTE_SERVER_TIMEOUT, NULL);
	map_del(&l->s2s->links, l->key);
	slot_del(&l->s2s->handles, l->handle);
	xmpp_s2s_trail_clear(&l->trail);
	arena_free(&l->dane_arena);
	arena_free(&a);
}

/* Nothing goes on: the connection is closed, the error stays to be seen. */
static void drop_stream(struct xmpp_s2s_link *l)
{
	struct xmpp_s2s_stream *s = xmpp_s2s_link_stream(l);

	l->conn = 0;
	xmpp_s2s_dial_cancel(&l->dial);
	if (s != NULL && !l->adopted)
		xmpp_s2s_close(s);
	l->adopted = false;
}

/* A key says who speaks, not who reads along: where its certificate counts
 * when we dial, it counts here. */
static bool is_trusted(const struct xmpp_s2s_stream *s,
		       const struct xmpp_s2s_link *l)
{
	struct xmpp_s2s_policy p =
		xmpp_s2s_policy(xmpp_s2s_config(l->s2s), l->to.full);

	return (!p.certificate && xmpp_s2s_link_dane(l) == NULL) ||
	       xmpp_s2s_distrust(s, l->to.full) == NULL;
}

/* XEP-0288: a stream they made, on which they are proved, serves as well. */
static bool is_theirs(const struct xmpp_s2s_stream *s,
		      const struct xmpp_s2s_link *l)
{
	const struct xmpp_s2s_pair *p;

	if (!s->accepted || !s->bidi || s->step != S2S_OPEN)
		return false;
	/* One count is one link's. */
	if (s->sm != NULL && (s->served || s->pair_count > 1))
		return false;
	p = xmpp_s2s_pair_find(s, l->from.full, l->to.full);
	return p != NULL && p->proof != NULL && is_trusted(s, l);
}

struct xmpp_s2s_link *xmpp_s2s_link_adopted(const struct xmpp_s2s_stream *s)
{
	LIST_EACH(node, &s->pairs)
	{
		const struct xmpp_s2s_pair *p =
			LIST_OF(node, struct xmpp_s2s_pair, link);
		struct xmpp_s2s_link *l =
			xmpp_s2s_link_find(s->s2s, p->local, p->remote);

		if (l != NULL && l->adopted && l->conn == conn_id(s->c))
			return l;
	}
	return NULL;
}

static bool serve_by_theirs(struct xmpp_s2s_link *l)
{
	/* 2.2: never to verify a key where it may have come from. */
	if (l->s2s->stopping || !list_empty(&l->checks))
		return false;
	LIST_EACH(node, &l->s2s->streams)
	{
		struct xmpp_s2s_stream *s =
			LIST_OF(node, struct xmpp_s2s_stream, link);

		if (!is_theirs(s, l))
			continue;
		l->conn = conn_id(s->c);
		l->adopted = true;
		if (s->sm != NULL)
			xmpp_s2s_sm_adopted(l);
		s->served = s->sm != NULL;
		xmpp_s2s_link_ready(l, "bidi");
		return true;
	}
	return false;
}

bool xmpp_s2s_link_outlives(const struct xmpp_s2s_link *l)
{
	return l->waiting_count > 0 ||
	       (l->resume[0] != '\0' && l->kept_count > 0);
}

/* A server that comes back in time says what has arrived: until then what is
 * not acknowledged need not go back as unsure, nor what came since. */
static bool may_come_back(const struct xmpp_s2s_link *l)
{
	return !l->s2s->stopping && l->resume[0] != '\0' &&
	       xmpp_s2s_link_outlives(l) &&
	       loop_now(l->s2s->x->loop) - l->cut_at <= AGAIN_FOR;
}

static void try_later(struct xmpp_s2s_link *l)
{
	int64_t wait = AGAIN_AFTER << (l->tries < 3 ? l->tries : 3);

	l->tries++;
	l->again = true;
	enter(l, LINK_CONNECTING, wait);
}

static bool try_again(struct xmpp_s2s_link *l, enum xmpp_condition cond)
{
	if (l->state != LINK_CONNECTING || cond == XMPP_NOT_ALLOWED ||
	    !may_come_back(l))
		return false;
	drop_stream(l);
	try_later(l);
	xmpp_s2s_dialback_give_up(l);
	return true;
}

void xmpp_s2s_link_fail(struct xmpp_s2s_link *l, enum xmpp_condition cond,
			const char *why, ...)
{
	struct xmpp *x = l->s2s->x;
	va_list args;

	va_start(args, why);
	vsnprintf(l->error, sizeof(l->error), why, args);
	va_end(args);
	xmpp_s2s_whole(l->error);
	l->error_at = loop_wall(x->loop);
	l->failed_at = loop_now(x->loop);
	l->error_cond = cond;
	l->s2s->counts_of.errors[xmpp_s2s_trail_fail(&l->trail, l->error)]
		->value++;
	log_warn("s2s.failed", "from", l->from.full.p, "to", l->to.full.p,
		 "why", l->error, "waiting", LOG_INT(l->waiting_count), NULL);
	if (try_again(l, cond))
		return;
	l->again = false;
	drop_stream(l);
	enter(l, LINK_FAILED, REMEMBER);
	xmpp_s2s_dialback_give_up(l);
	l->resume[0] = '\0';
	xmpp_s2s_link_unsure(l);
	if (serve_by_theirs(l))
		return;
	all_back(l, cond, for_senders(l));
}

/* One that was resumed and got nowhere may have been cut by what it was sent:
 * not at once again. */
static void start_anew(struct xmpp_s2s_link *l)
{
	bool got_on = l->got_on;

	l->got_on = false;
	if (!got_on && may_come_back(l)) {
		try_later(l);
		return;
	}
	if (!got_on)
		l->resume[0] = '\0';
	if (l->resume[0] == '\0')
		xmpp_s2s_link_unsure(l);
	if (!list_empty(&l->checks) || l->kept_count > 0 ||
	    l->waiting_count > 0)
		xmpp_s2s_link_start(l);
	else
		(void)serve_by_theirs(l);
}

void xmpp_s2s_link_lost(struct xmpp_s2s_link *l, const char *why)
{
	if (l->state != LINK_READY) {
		xmpp_s2s_link_fail(l, XMPP_REMOTE_SERVER_TIMEOUT, "%s", why);
		return;
	}
	l->conn = 0;
	l->adopted = false;
	if (l->got_on || l->kept_count == 0) {
		l->cut_at = loop_now(l->s2s->x->loop);
		l->tries = 0;
	}
	xmpp_s2s_trail_say(&l->trail, TRAIL_READY, true, "ended: %s", why);
	log_info("s2s.ended", "from", l->from.full.p, "to", l->to.full.p, "why",
		 why, NULL);
	enter(l, LINK_IDLE, REMEMBER);
	start_anew(l);
}

/* Quiet for long enough: closed in peace. */
static void idle(struct xmpp_s2s_link *l)
{
	struct loop *loop = l->s2s->x->loop;
	int64_t left =
		l->last_sent + xmpp_s2s_config(l->s2s)->idle - loop_now(loop);
	struct xmpp_s2s_stream *s = xmpp_s2s_link_stream(l);

	if (left > 0 || l->adopted || l->kept_count > 0) {
		loop_timer_start(loop, &l->timer,
				 left > 0 ? left
					  : xmpp_s2s_config(l->s2s)->idle);
		return;
	}
	l->resume[0] = '\0';
	xmpp_s2s_link_lost(l, "idle");
	if (s != NULL)
		xmpp_s2s_close(s);
}

static void on_timer(struct loop_timer *t)
{
	struct xmpp_s2s_link *l = LIST_OF(t, struct xmpp_s2s_link, timer);

	switch (l->state) {
	case LINK_IDLE:
	case LINK_FAILED:
		link_free(l);
		return;
	case LINK_CONNECTING:
	case LINK_NEGOTIATING:
		if (l->again) {
			l->again = false;
			l->state = LINK_IDLE;
			xmpp_s2s_link_start(l);
			return;
		}
		xmpp_s2s_link_fail(l, XMPP_REMOTE_SERVER_TIMEOUT,
				   "no answer in time while %s",
				   xmpp_s2s_link_state_name(l->state));
		return;
	case LINK_READY:
		idle(l);
		return;
	}
	__builtin_unreachable();
}

static struct str key_of(struct arena *a, struct jid from, struct jid to)
{
	return str_of(arena_printf(a, STR_FMT " " STR_FMT, STR_ARG(from.domain),
				   STR_ARG(to.domain)));
}

struct xmpp_s2s_link *xmpp_s2s_link_find(struct xmpp_s2s *s, struct jid from,
					 struct jid to)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct xmpp_s2s_link *l = map_get(&s->links, key_of(a, from, to));

	xmpp_arena_put(s->x, a);
	return l;
}

/* Makes room by forgetting one that does nothing. */
static bool forget_one(struct xmpp_s2s *s)
{
	struct xmpp_s2s_link *l;
	size_t it = 0;

	while ((l = map_next(&s->links, &it)) != NULL)
		if ((l->state == LINK_IDLE || l->state == LINK_FAILED) &&
		    l->giving == 0) {
			link_free(l);
			return true;
		}
	return false;
}

struct xmpp_s2s_link *xmpp_s2s_link_want(struct xmpp_s2s *s, struct jid from,
					 struct jid to)
{
	struct xmpp_s2s_link *l = xmpp_s2s_link_find(s, from, to);
	struct arena *a;
	struct str ascii;

	if (l != NULL)
		return l;
	if (s->links.used >= (size_t)xmpp_s2s_config(s)->links &&
	    !forget_one(s))
		return NULL;
	a = arena_new();
	l = arena_alloc(a, sizeof(*l));
	if (xmpp_jid_domain_ascii(a, to.domain, &ascii) != GW_OK ||
	    xmpp_jid_make(a, STR_NONE, from.domain, STR_NONE, &l->from) !=
		    GW_OK ||
	    xmpp_jid_make(a, STR_NONE, to.domain, STR_NONE, &l->to) != GW_OK) {
		arena_free(&a);
		return NULL;
	}
	l->s2s = s;
	l->a = a;
	l->from = xmpp_jid_copy(a, l->from);
	l->to = xmpp_jid_copy(a, l->to);
	l->ascii = ascii.p;
	l->key = key_of(a, from, to);
	list_init(&l->waiting);
	list_init(&l->kept);
	list_init(&l->checks);
	l->timer.fn = on_timer;
	l->trail.loop = s->x->loop;
	l->mark = XMPP_S2S_TRAIL_NONE;
	l->proof = "";
	l->handle = slot_add(&s->handles, l);
	map_put(&s->links, l->key, l);
	enter(l, LINK_IDLE, REMEMBER);
	return l;
}

void xmpp_s2s_link_start(struct xmpp_s2s_link *l)
{
	const struct xmpp_s2s_conf *conf = xmpp_s2s_config(l->s2s);

	if (l->state != LINK_IDLE && l->state != LINK_FAILED)
		return;
	l->policy = xmpp_s2s_policy(conf, l->to.full);
	xmpp_s2s_trail_clear(&l->trail);
	xmpp_s2s_link_step(l, TRAIL_POLICY, "xmpp.s2s");
	if (l->s2s->stopping) {
		xmpp_s2s_link_fail(l, XMPP_REMOTE_SERVER_TIMEOUT,
				   "this server stops");
		return;
	}
	if (l->s2s->dns == NULL) {
		xmpp_s2s_link_fail(l, XMPP_REMOTE_SERVER_NOT_FOUND,
				   "xmpp.s2s.listen names no address");
		return;
	}
	if (!l->policy.allow) {
		xmpp_s2s_link_fail(l, XMPP_NOT_ALLOWED,
				   "xmpp.s2s.peers refuses this domain");
		return;
	}
	xmpp_s2s_link_done(l, true, "allowed, TLS %s, %s",
			   l->policy.tls_required ? "required" : "optional",
			   l->policy.certificate
				   ? "its certificate must be good"
				   : "dialback is enough");
	enter(l, LINK_CONNECTING, conf->connect_within);
	xmpp_s2s_dial_start(l);
}

void xmpp_s2s_link_set_dane(struct xmpp_s2s_link *l, const struct tls_dane *d)
{
	struct dns_tlsa *copy;

	arena_free(&l->dane_arena);
	if (d == NULL)
		return;
	l->dane_arena = arena_new();
	copy = arena_alloc(l->dane_arena, d->n * sizeof(*copy));
	for (size_t i = 0; i < d->n; i++) {
		copy[i] = d->records[i];
		copy[i].data =
			(const uint8_t *)arena_str(
				l->dane_arena,
				str_make((const char *)copy[i].data, copy[i].n))
				.p;
	}
	l->dane = (struct tls_dane){
		.domain = l->ascii,
		.host = arena_strdup(l->dane_arena, d->host),
		.records = copy,
		.n = d->n,
	};
}

const struct tls_dane *xmpp_s2s_link_dane(const struct xmpp_s2s_link *l)
{
	return l->dane_arena != NULL ? &l->dane : NULL;
}

const char *xmpp_s2s_link_sni(const struct xmpp_s2s_link *l)
{
	return xmpp_s2s_dial_is_number(l->ascii) ? NULL : l->ascii;
}

void xmpp_s2s_link_tls(struct xmpp_s2s_link *l, const struct conn *c)
{
	const struct tls_info *tls = conn_tls(c);

	if (tls == NULL)
		return;
	if (l->mark == XMPP_S2S_TRAIL_NONE)
		xmpp_s2s_link_step(l, TRAIL_TLS, "from the first byte");
	xmpp_s2s_link_done(l, true, "%s %s", tls->version, tls->cipher);
}

void xmpp_s2s_link_connected(struct xmpp_s2s_link *l, struct conn *c)
{
	l->conn = conn_id(c);
	l->state = LINK_NEGOTIATING;
	xmpp_s2s_link_tls(l, c);
	xmpp_s2s_link_step(l, TRAIL_STREAM, "");
	xmpp_s2s_dialled(l, c);
}

static void send(struct xmpp_s2s_link *l, struct xmpp_s2s_stream *s,
		 const struct stanza *st, struct xmpp_receipt *receipt)
{
	l->sent++;
	xmpp_s2s_counts_stanza(l->s2s, S2S_OUT, xmpp_s2s_send(s, st));
	l->last_sent = loop_now(l->s2s->x->loop);
	xmpp_s2s_sm_keep(l, s, st, receipt);
}

void xmpp_s2s_link_flush(struct xmpp_s2s_link *l)
{
	struct xmpp_s2s_stream *s = xmpp_s2s_link_stream(l);
	struct list large;

	list_init(&large);
	while (s != NULL && !list_empty(&l->waiting) &&
	       !xmpp_s2s_sm_is_full(l)) {
		struct waiting *w =
			LIST_OF(l->waiting.next, struct waiting, link);

		list_del(&w->link);
		l->waiting_count--;
		if (!xmpp_s2s_fits(s, w->st)) {
			list_append(&large, &w->link);
			continue;
		}
		send(l, s, w->st, w->receipt);
		xmpp_s2s_link_drop(&w->link);
	}
	list_back(l, &large, XMPP_POLICY_VIOLATION, TOO_LARGE);
}

void xmpp_s2s_link_ready(struct xmpp_s2s_link *l, const char *proof)
{
	struct xmpp_s2s_stream *s = xmpp_s2s_link_stream(l);

	l->proof = proof;
	l->last_sent = loop_now(l->s2s->x->loop);
	xmpp_s2s_trail_say(&l->trail, TRAIL_READY, true, "proved by %s%s",
			   proof, s != NULL && s->bidi ? ", both ways" : "");
	enter(l, LINK_READY, xmpp_s2s_config(l->s2s)->idle);
	log_info("s2s.ready", "from", l->from.full.p, "to", l->to.full.p,
		 "proof", proof, "bidi", s != NULL && s->bidi ? "yes" : "no",
		 NULL);
	xmpp_s2s_link_flush(l);
}

void xmpp_s2s_link_adopt(struct xmpp_s2s_stream *s, struct jid local,
			 struct jid remote)
{
	struct xmpp_s2s_link *l = xmpp_s2s_link_want(s->s2s, local, remote);

	if (l != NULL && (l->state == LINK_IDLE || l->state == LINK_FAILED))
		(void)serve_by_theirs(l);
}

/* What a person says is not handled while it is in our memory only: until the
 * other server has acknowledged it or, without XEP-0198, it was written. */
static struct xmpp_receipt *to_hold(const struct xmpp_ctx *c,
				    const struct stanza *st)
{
	return c->session != NULL && stanza_is(st, "message", NULL) ? c->receipt
								    : NULL;
}

static void wait(struct xmpp_ctx *c, struct xmpp_s2s_link *l,
		 const struct stanza *st)
{
	if (l->waiting_count >= (unsigned)xmpp_s2s_config(l->s2s)->queue) {
		xmpp_limit_reached(c->x, XMPP_LIMIT_LINK_QUEUE);
		back(c, st, XMPP_RESOURCE_CONSTRAINT,
		     "too much waits for that server");
		return;
	}
	xmpp_s2s_link_put(&l->waiting, st, to_hold(c, st));
	l->waiting_count++;
	xmpp_s2s_link_start(l);
}

void xmpp_s2s_route(struct xmpp_ctx *c, struct jid to, const struct stanza *st)
{
	struct xmpp_s2s *s = c->x->s2s;
	struct xmpp_s2s_link *l;
	struct xmpp_s2s_stream *stream;

	if (s->dns == NULL || s->stopping) {
		back(c, st, XMPP_REMOTE_SERVER_NOT_FOUND, NULL);
		return;
	}
	if (!xmpp_s2s_policy(xmpp_s2s_config(s), to.domain).allow) {
		back(c, st, XMPP_NOT_ALLOWED, "that domain is refused here");
		return;
	}
	l = xmpp_s2s_link_want(s, c->from, to);
	if (l == NULL) {
		back(c, st, XMPP_RESOURCE_CONSTRAINT, "too many links");
		return;
	}
	stream = xmpp_s2s_link_stream(l);
	if (l->state == LINK_READY && stream != NULL &&
	    !xmpp_s2s_fits(stream, st))
		back(c, st, XMPP_POLICY_VIOLATION, TOO_LARGE);
	else if (l->state == LINK_READY && stream != NULL &&
		 l->waiting_count == 0 && !xmpp_s2s_sm_is_full(l))
		send(l, stream, st, to_hold(c, st));
	else if (l->state == LINK_FAILED &&
		 loop_now(s->x->loop) - l->failed_at <
			 xmpp_s2s_config(s)->retry)
		back(c, st, l->error_cond, for_senders(l));
	else
		wait(c, l, st);
}

/* The time we were away is not counted: it is for the other server to say
 * that it does not know us any more. */
void xmpp_s2s_link_revive(struct xmpp_s2s_link *l)
{
	l->cut_at = loop_now(l->s2s->x->loop);
	l->again = true;
	enter(l, LINK_CONNECTING, AGAIN_AFTER);
}

void xmpp_s2s_link_hush(struct xmpp_s2s *s)
{
	struct xmpp_s2s_link *l;
	size_t it = 0;

	while ((l = slot_next(&s->handles, &it)) != NULL) {
		if (l->resume[0] == '\0')
			xmpp_s2s_link_unsure(l);
	}
}

void xmpp_s2s_link_free_all(struct xmpp_s2s *s)
{
	struct xmpp_s2s_link *l;
	size_t it = 0;

	while ((l = slot_next(&s->handles, &it)) != NULL)
		link_free(l);
}
