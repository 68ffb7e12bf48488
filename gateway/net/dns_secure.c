/* SPDX-License-Identifier: MIT */
/* dns_secure.c - answers that are proved (DNSSEC), by libunbound on the loop
 *
 * It goes on for minutes where nobody answers; we do not wait so long.  What
 * it was asked cannot be taken back: a late answer finds nobody.
 */
#include "gateway/net/dns_private.h"

#ifdef HAVE_UNBOUND
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <stdio.h>
#include <string.h>
#include <unbound-event.h>
#include <unbound.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/base/str.h"
#include "gateway/net/dns_events.h"

#define GIVE_UP_MS 10000
#define TYPE_TLSA  52
#define HEADER	   12
#define BOGUS	   1 /* what is said of an answer's security */
#define SECURE	   2

struct dns_secure {
	struct dns *dns;
	struct dns_events *events;
	struct ub_ctx *ctx;
	struct list asking;
	struct list parts;
};

/* One query asks once or twice (AAAA and A). */
struct ask {
	struct list link; /* in asking */
	struct dns_secure *s;
	struct dns_query *q;
	unsigned open;
	bool beginning; /* answers may come while it still asks */
	enum gw_err e;
	bool proved;
	struct list parts;
	struct loop_timer timer;
};

struct part {
	struct list link; /* in s->parts */
	struct list mate; /* in ask->parts */
	struct ask *ask;  /* NULL: nobody waits any more */
	int type;
};

struct record {
	const uint8_t *packet, *p;
	size_t packet_n, n;
};

static void end(struct ask *a, enum gw_err e)
{
	struct dns_query *q = a->q;
	struct list *node;

	while ((node = list_pop(&a->parts)) != NULL)
		LIST_OF(node, struct part, mate)->ask = NULL;
	loop_timer_stop(q->dns->loop, &a->timer);
	list_del(&a->link);
	mem_free(a);
	q->proved = q->proved && e != GW_UNAVAIL && e != GW_DENIED;
	dns_answered(q, e);
}

static void on_timer(struct loop_timer *t)
{
	end(LIST_OF(t, struct ask, timer), GW_UNAVAIL);
}

static uint16_t read_16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void take_address(struct dns_query *q, const struct record *r)
{
	char text[INET6_ADDRSTRLEN];
	bool v6 = r->n == 16;

	if ((v6 || r->n == 4) && inet_ntop(v6 ? AF_INET6 : AF_INET, r->p, text,
					   sizeof(text)) != NULL)
		q->addresses[q->n++] = arena_strdup(q->arena, text);
}

static void take_srv(struct dns_query *q, const struct record *r)
{
	const char *target = NULL;

	if (r->n >= 7)
		target = dns_expand(q->arena, r->p + 6, r->packet, r->packet_n);
	if (target == NULL)
		return;
	q->srv[q->n++] = (struct dns_srv){
		.target = target,
		.priority = read_16(r->p),
		.weight = read_16(r->p + 2),
		.port = read_16(r->p + 4),
	};
}

static void take_tlsa(struct dns_query *q, const struct record *r)
{
	struct dns_tlsa *t = &q->tlsa[q->n];

	if (r->n < 4)
		return;
	t->usage = r->p[0];
	t->selector = r->p[1];
	t->matching = r->p[2];
	t->n = r->n - 3;
	t->data = (const uint8_t *)arena_str(
			  q->arena, str_make((const char *)r->p + 3, t->n))
			  .p;
	q->n++;
}

static void take(struct dns_query *q, const struct record *r)
{
	if (q->n == DNS_ANSWERS_MAX)
		return;
	if (q->on_tlsa != NULL)
		take_tlsa(q, r);
	else if (q->on_srv != NULL)
		take_srv(q, r);
	else
		take_address(q, r);
}

/* Behind the name at `at`; 0: it has no end. */
static size_t skip_name(const struct record *packet, size_t at)
{
	while (at < packet->packet_n) {
		uint8_t label = packet->packet[at];

		if (label == 0)
			return at + 1;
		if (label >= 0xc0)
			return at + 2;
		at += (size_t)label + 1;
	}
	return 0;
}

/* Records of a type in the section of answers: those of the name, at the end
 * of its aliases. */
static void take_all(struct dns_query *q, struct record r, int type)
{
	unsigned count;
	size_t at;

	if (r.packet_n < HEADER)
		return;
	count = read_16(r.packet + 6);
	at = skip_name(&r, HEADER);
	if (at != 0)
		at += 4;
	while (count-- > 0 && at != 0) {
		at = skip_name(&r, at);
		if (at == 0 || at + 10 > r.packet_n)
			return;
		r.p = r.packet + at + 10;
		r.n = read_16(r.packet + at + 8);
		if (at + 10 + r.n > r.packet_n)
			return;
		if (read_16(r.packet + at) == type &&
		    read_16(r.packet + at + 2) == C_IN)
			take(q, &r);
		at += 10 + r.n;
	}
}

/* What was forged spoils the whole answer.  Half an answer is one, and proved
 * if that half is: or who kept the other half back would get round TLSA. */
static void settle(struct ask *a)
{
	struct dns_query *q = a->q;

	q->proved = a->proved;
	if (a->e == GW_DENIED || (a->e == GW_UNAVAIL && q->n == 0)) {
		end(a, a->e);
		return;
	}
	if (q->on_tlsa != NULL && !a->proved)
		q->n = 0;
	if (q->on_srv != NULL)
		dns_order_srv(q->dns->loop, q->srv, q->n);
	end(a, q->n > 0 ? GW_OK : GW_NOT_FOUND);
}

static enum gw_err outcome(int rcode, int security)
{
	if (security == BOGUS)
		return GW_DENIED;
	return rcode == ns_r_noerror || rcode == ns_r_nxdomain ? GW_OK
							       : GW_UNAVAIL;
}

static void on_result(void *arg, int rcode, void *packet, int n, int security,
		      char *why, int limited)
{
	struct part *part = arg;
	struct ask *a = part->ask;
	enum gw_err e = outcome(rcode, security);

	(void)why;
	(void)limited;
	if (a != NULL) {
		a->open--;
		if (e == GW_DENIED || (e == GW_UNAVAIL && a->e == GW_OK))
			a->e = e;
		if (e == GW_OK && security != SECURE)
			a->proved = false;
		if (e == GW_OK && packet != NULL && n > 0)
			take_all(a->q,
				 (struct record){ .packet = packet,
						  .packet_n = (size_t)n },
				 part->type);
	}
	list_del(&part->mate);
	list_del(&part->link);
	mem_free(part);
	if (a != NULL && a->open == 0 && !a->beginning)
		settle(a);
}

static void begin(struct ask *a, const char *name, int type)
{
	struct part *p = mem_new(sizeof(*p));
	int id;

	p->ask = a;
	p->type = type;
	list_append(&a->s->parts, &p->link);
	list_append(&a->parts, &p->mate);
	a->open++;
	if (ub_resolve_event(a->s->ctx, name, type, C_IN, p, on_result, &id) ==
	    0)
		return;
	a->open--;
	a->e = GW_UNAVAIL;
	list_del(&p->mate);
	list_del(&p->link);
	mem_free(p);
}

static void ask(struct dns_secure *s, struct dns_query *q, const char *name,
		const int types[2])
{
	struct ask *a = mem_new(sizeof(*a));

	a->s = s;
	a->q = q;
	a->e = GW_OK;
	a->proved = true;
	a->timer.fn = on_timer;
	a->beginning = true;
	list_init(&a->parts);
	list_append(&s->asking, &a->link);
	loop_timer_start(s->dns->loop, &a->timer, GIVE_UP_MS);
	for (size_t i = 0; i < 2 && types[i] != 0; i++)
		begin(a, name, types[i]);
	a->beginning = false;
	if (a->open == 0)
		settle(a);
}

void dns_secure_addresses(struct dns_secure *s, struct dns_query *q,
			  const char *name)
{
	static const int types[2] = { T_AAAA, T_A };

	q->addresses =
		arena_alloc(q->arena, DNS_ANSWERS_MAX * sizeof(*q->addresses));
	ask(s, q, name, types);
}

void dns_secure_srv(struct dns_secure *s, struct dns_query *q, const char *name)
{
	static const int types[2] = { T_SRV, 0 };

	q->srv = arena_alloc(q->arena, DNS_ANSWERS_MAX * sizeof(*q->srv));
	ask(s, q, name, types);
}

void dns_secure_tlsa(struct dns_secure *s, struct dns_query *q,
		     const char *name)
{
	static const int types[2] = { TYPE_TLSA, 0 };

	q->tlsa = arena_alloc(q->arena, DNS_ANSWERS_MAX * sizeof(*q->tlsa));
	ask(s, q, name, types);
}

void dns_secure_free(struct dns_secure **ps)
{
	struct dns_secure *s = *ps;
	struct list *node;

	*ps = NULL;
	if (s == NULL)
		return;
	while (!list_empty(&s->asking))
		end(LIST_OF(s->asking.next, struct ask, link), GW_UNAVAIL);
	ub_ctx_delete(s->ctx);
	dns_events_free(&s->events);
	while ((node = list_pop(&s->parts)) != NULL)
		mem_free(LIST_OF(node, struct part, link));
	mem_free(s);
}

/* "127.0.0.1:5300" is "127.0.0.1@5300" there. */
static enum gw_err add_server(struct ub_ctx *ctx, struct str server,
			      struct err_note *note)
{
	char text[80];
	char *colon;
	int r = -1;

	if (str_copy(text, sizeof(text), server) == GW_OK) {
		colon = strrchr(text, ':');
		if (colon != NULL && strchr(text, ':') == colon)
			*colon = '@';
		r = ub_ctx_set_fwd(ctx, text);
	}
	return r == 0 ? GW_OK
		      : err_say(note, GW_BAD_INPUT,
				STR_FMT " is not a DNS server",
				STR_ARG(server));
}

static void on_nobody(void *arg, int rcode, void *packet, int n, int security,
		      char *why, int limited)
{
	(void)arg;
	(void)rcode;
	(void)packet;
	(void)n;
	(void)security;
	(void)why;
	(void)limited;
}

static enum gw_err set_up(struct ub_ctx *ctx, const char *servers,
			  const char *anchors, struct err_note *note)
{
	struct str rest = str_of(servers != NULL ? servers : "");
	struct str server;
	enum gw_err e = GW_OK;
	int r;

	/* One on this machine is the best there is. */
	ub_ctx_debugout(ctx, NULL);
	r = ub_ctx_set_option(ctx, "do-not-query-localhost:", "no");
	if (r == 0 && servers == NULL)
		r = ub_ctx_resolvconf(ctx, NULL);
	if (r != 0)
		return err_say(note, GW_UNAVAIL, "libunbound: %s",
			       ub_strerror(r));
	while (e == GW_OK && str_split(&rest, ',', &server))
		e = add_server(ctx, server, note);
	if (e == GW_OK && access(anchors, R_OK) != 0)
		e = err_say(note, GW_BAD_INPUT, "%s cannot be read", anchors);
	/* It reads them when it is asked for the first time. */
	if (e == GW_OK && (ub_ctx_add_ta_file(ctx, anchors) != 0 ||
			   ub_resolve_event(ctx, "localhost", T_A, C_IN, NULL,
					    on_nobody, &r) != 0))
		e = err_say(note, GW_BAD_INPUT, "%s holds no trust anchors",
			    anchors);
	return e;
}

bool dns_can_validate(void)
{
	return true;
}

enum gw_err dns_new_validating(struct loop *l, const char *servers,
			       const char *anchors, struct dns **out,
			       struct err_note *note)
{
	struct dns_events *events = dns_events_new(l);
	struct ub_ctx *ctx = ub_ctx_create_ub_event(dns_events_base(events));
	struct dns_secure *s;
	enum gw_err e;

	e = ctx != NULL
		    ? set_up(ctx, servers, anchors, note)
		    : err_say(note, GW_UNAVAIL, "libunbound does not start");
	if (e != GW_OK) {
		ub_ctx_delete(ctx);
		dns_events_free(&events);
		return e;
	}
	s = mem_new(sizeof(*s));
	s->dns = *out = dns_alloc(l);
	s->dns->secure = s;
	s->events = events;
	s->ctx = ctx;
	list_init(&s->asking);
	list_init(&s->parts);
	return GW_OK;
}

#else /* no libunbound */

bool dns_can_validate(void)
{
	return false;
}

enum gw_err dns_new_validating(struct loop *l, const char *servers,
			       const char *anchors, struct dns **out,
			       struct err_note *note)
{
	(void)l;
	(void)servers;
	(void)anchors;
	(void)out;
	return err_say(note, GW_UNAVAIL,
		       "this musterd was built without libunbound");
}

void dns_secure_addresses(struct dns_secure *s, struct dns_query *q,
			  const char *name)
{
	(void)s;
	(void)name;
	dns_answered(q, GW_UNAVAIL);
}

void dns_secure_srv(struct dns_secure *s, struct dns_query *q, const char *name)
{
	dns_secure_addresses(s, q, name);
}

void dns_secure_tlsa(struct dns_secure *s, struct dns_query *q,
		     const char *name)
{
	dns_secure_addresses(s, q, name);
}

void dns_secure_free(struct dns_secure **s)
{
	*s = NULL;
}

#endif
