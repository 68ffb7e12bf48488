/* SPDX-License-Identifier: MIT */
/* dial.c - from a domain to a connection
 *
 * Where DNS proves its answers (DANE, RFC 7673), each target may say which
 * certificate it has; what is forged is not gone round.
 *
 * A look-up under way cannot be taken back, so a dial that is over lives on
 * until its last answer has come.
 */
#include "xmpp/s2s/dial.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "gateway/net/dns.h"
#include "gateway/run/log.h"

#define TARGETS_MAX   ((size_t)16)
#define ADDRESSES_MAX ((size_t)16)
#define SRV_MAX	      ((size_t)64)
/* A stranger's SRV makes us knock at so many doors, and no more. */
#define ATTEMPTS_MAX 24
#define NEXT_AFTER   ((int64_t)250)
#define PORT	     5269

struct target {
	const char *host;
	uint16_t port;
	bool direct;
	bool proved; /* DNS proved that this is the domain's */
};

enum { DIRECT = 1, PROVED = 2 }; /* tag of a dns_srv */

struct address_of {
	const char *text; /* "192.0.2.1:5269" */
	bool direct;
	const struct tls_dane *dane; /* NULL: none */
};

struct xmpp_s2s_attempt {
	struct list link;
	struct xmpp_s2s_dial *dial; /* NULL: the race is over */
	uint64_t conn;
	unsigned mark;
	const struct tls_dane *dane; /* in the dial's arena */
	char address[64];
};

struct xmpp_s2s_dial {
	struct arena *a;
	struct xmpp_s2s_link *l; /* NULL: over */
	struct loop *loop;
	unsigned lookups;
	unsigned srv_mark, address_mark;
	struct dns_srv srv[SRV_MAX]; /* of both kinds */
	size_t srv_count;
	struct target targets[TARGETS_MAX];
	size_t target_count, next_target;
	struct address_of addresses[ADDRESSES_MAX]; /* of the last target */
	size_t address_count, next_address;
	unsigned attempted;
	struct target looking; /* what the address look-up is for */
	bool refused;	       /* SRV says there is no such service */
	bool unsure;	       /* somebody could not say */
	bool forged;	       /* an answer of DNS: not a step more */
	bool proved;	       /* all that SRV said, or that there is none */
	struct list attempts;
	struct loop_timer next;
	struct loop_task step;
	char why[160];
};

static void dial_unref(struct xmpp_s2s_dial *d)
{
	struct arena *a = d->a;

	if (d->l == NULL && d->lookups == 0)
		arena_free(&a);
}

/* Ends the race; winner: stays open. */
static void over(struct xmpp_s2s_dial *d, const struct conn *winner)
{
	struct net *net = d->l->s2s->x->net;
	struct xmpp_s2s_trail *trail = &d->l->trail;
	struct list *node;

	loop_timer_stop(d->loop, &d->next);
	loop_defer_cancel(&d->step);
	d->l->dial = NULL;
	d->l = NULL;
	while ((node = list_pop(&d->attempts)) != NULL) {
		struct xmpp_s2s_attempt *t =
			LIST_OF(node, struct xmpp_s2s_attempt, link);
		struct conn *c = conn_find(net, t->conn);

		t->dial = NULL;
		if (winner != NULL)
			xmpp_s2s_trail_end(trail, t->mark, true, "%s",
					   c == winner ? ""
						       : "another was faster");
		if (c != NULL && c != winner)
			conn_abort(c);
	}
	dial_unref(d);
}

void xmpp_s2s_dial_cancel(struct xmpp_s2s_dial **d)
{
	if (*d != NULL)
		over(*d, NULL);
	*d = NULL;
}

static void nothing_left(struct xmpp_s2s_dial *d)
{
	struct xmpp_s2s_link *l = d->l;
	bool unsure = d->unsure || d->why[0] != '\0';
	bool forged = d->forged && d->why[0] == '\0';
	char why[160];

	snprintf(why, sizeof(why), "%s", d->why);
	over(d, NULL);
	if (forged)
		xmpp_s2s_link_fail(l, XMPP_REMOTE_SERVER_TIMEOUT,
				   "DNS: what is said of %s is forged, or its "
				   "signatures are broken",
				   l->ascii);
	else if (why[0] != '\0')
		xmpp_s2s_link_fail(l, XMPP_REMOTE_SERVER_TIMEOUT, "connect: %s",
				   why);
	else if (unsure)
		xmpp_s2s_link_fail(l, XMPP_REMOTE_SERVER_TIMEOUT,
				   "DNS: nobody could say where %s is",
				   l->ascii);
	else
		xmpp_s2s_link_fail(l, XMPP_REMOTE_SERVER_NOT_FOUND,
				   "DNS: there is no %s", l->ascii);
}

static void go_on(struct xmpp_s2s_dial *d)
{
	loop_defer(d->loop, &d->step);
}

static const uint8_t *copy_of(struct arena *a, const struct dns_tlsa *t)
{
	struct str bytes = str_make((const char *)t->data, t->n);

	return (const uint8_t *)arena_str(a, bytes).p;
}

static const char *why_none(enum gw_err e)
{
	return e == GW_NOT_FOUND ? "none"
	       : e == GW_DENIED	 ? "forged"
				 : "nobody could say";
}

static void tell_addresses(struct xmpp_s2s_dial *d, enum gw_err e,
			   const char *const *texts, size_t n)
{
	struct buf b = { 0 };

	for (size_t i = 0; e == GW_OK && i < n; i++)
		buf_printf(&b, "%s%s", i > 0 ? ", " : "", texts[i]);
	xmpp_s2s_trail_end(
		&d->l->trail, d->address_mark, e == GW_OK, STR_FMT,
		STR_ARG(e == GW_OK ? buf_str(&b) : str_of(why_none(e))));
	buf_fini(&b);
}

static void note_failure(struct xmpp_s2s_dial *d, enum gw_err e)
{
	if (e == GW_DENIED)
		d->forged = true;
	else if (e != GW_OK && e != GW_NOT_FOUND)
		d->unsure = true;
}

/* RFC 7673 3.3: where there are records, one fits or nothing is sent; where
 * nobody can say, nothing is. */
static void on_tlsa(void *arg, enum gw_err e, const struct dns_tlsa *tlsa,
		    size_t n)
{
	struct xmpp_s2s_dial *d = arg;
	struct tls_dane *dane;
	struct dns_tlsa *usable;

	d->lookups--;
	if (d->l == NULL) {
		dial_unref(d);
		return;
	}
	note_failure(d, e);
	if (e != GW_OK && e != GW_NOT_FOUND)
		d->address_count = 0;
	dane = arena_alloc(d->a, sizeof(*dane));
	dane->domain = d->l->ascii;
	dane->host = d->looking.host;
	dane->records = usable = arena_alloc(d->a, (n + 1) * sizeof(*usable));
	for (size_t i = 0; i < n; i++)
		if (tls_dane_usable(&tlsa[i])) {
			usable[dane->n] = tlsa[i];
			usable[dane->n++].data = copy_of(d->a, &tlsa[i]);
		}
	for (size_t i = 0; dane->n > 0 && i < d->address_count; i++)
		d->addresses[i].dane = dane;
	xmpp_s2s_trail_end(&d->l->trail, d->address_mark,
			   e == GW_OK || e == GW_NOT_FOUND, "%zu usable%s%s",
			   dane->n, e == GW_OK ? "" : ", ",
			   e == GW_OK ? "" : why_none(e));
	go_on(d);
}

static void ask_certificate(struct xmpp_s2s_dial *d)
{
	const char *name = arena_printf(d->a, "_%u._tcp.%s", d->looking.port,
					d->looking.host);

	d->lookups++;
	d->address_mark = xmpp_s2s_trail_begin(&d->l->trail, TRAIL_DNS,
					       "TLSA of %s", name);
	dns_tlsa(d->l->s2s->dns, name, on_tlsa, d);
}

static void on_addresses(void *arg, enum gw_err e, const char *const *texts,
			 size_t n)
{
	struct xmpp_s2s_dial *d = arg;

	d->lookups--;
	if (d->l == NULL) {
		dial_unref(d);
		return;
	}
	note_failure(d, e);
	tell_addresses(d, e, texts, n);
	d->address_count = d->next_address = 0;
	for (size_t i = 0; e == GW_OK && i < n && i < ADDRESSES_MAX; i++) {
		bool v6 = strchr(texts[i], ':') != NULL;

		d->addresses[d->address_count++] = (struct address_of){
			.text = arena_printf(d->a, v6 ? "[%s]:%u" : "%s:%u",
					     texts[i], d->looking.port),
			.direct = d->looking.direct,
		};
	}
	if (d->address_count > 0 && d->looking.proved &&
	    dns_proved(d->l->s2s->dns))
		ask_certificate(d);
	else
		go_on(d);
}

bool xmpp_s2s_dial_is_number(const char *host)
{
	struct in6_addr a;

	return *host == '[' || inet_pton(AF_INET, host, &a) == 1 ||
	       inet_pton(AF_INET6, host, &a) == 1;
}

static void look_up(struct xmpp_s2s_dial *d, const struct target *t)
{
	d->looking = *t;
	d->lookups++;
	d->address_mark = xmpp_s2s_trail_begin(&d->l->trail, TRAIL_DNS,
					       "addresses of %s", t->host);
	if (xmpp_s2s_dial_is_number(t->host))
		on_addresses(d, GW_OK, &t->host, 1);
	else
		dns_addresses(d->l->s2s->dns, t->host, on_addresses, d);
}

static void attempt(struct xmpp_s2s_dial *d, const struct address_of *to)
{
	struct xmpp_s2s *s = d->l->s2s;
	struct xmpp_s2s_attempt *t = mem_new(sizeof(*t));
	struct tls_dial tls = { .tls = s->tls,
				.own = d->l->from.full.p,
				.sni = xmpp_s2s_link_sni(d->l),
				.alpn = true,
				.dane = to->dane };

	snprintf(t->address, sizeof(t->address), "%s", to->text);
	t->dial = d;
	t->dane = to->dane;
	list_append(&d->attempts, &t->link);
	t->mark = xmpp_s2s_trail_begin(&d->l->trail, TRAIL_CONNECT, "%s%s",
				       to->text, to->direct ? " (TLS)" : "");
	log_debug("s2s.connect", "to", d->l->to.full.p, "address", t->address,
		  "direct", to->direct ? "yes" : "no", NULL);
	if (conn_dial_tls(s->x->net, t->address, to->direct ? &tls : NULL,
			  &xmpp_s2s_out_proto, t, &t->conn) == GW_OK)
		return;
	list_del(&t->link);
	xmpp_s2s_trail_end(&d->l->trail, t->mark, false, "no address");
	snprintf(d->why, sizeof(d->why), "%s is no address", t->address);
	mem_free(t);
}

/* One more attempt, or the addresses for it, or the end. */
static void on_step(struct loop_task *task)
{
	struct xmpp_s2s_dial *d = LIST_OF(task, struct xmpp_s2s_dial, step);

	loop_timer_stop(d->loop, &d->next);
	if (d->next_address < d->address_count &&
	    d->attempted++ < ATTEMPTS_MAX) {
		attempt(d, &d->addresses[d->next_address++]);
		loop_timer_start(d->loop, &d->next, NEXT_AFTER);
	} else if (d->lookups > 0) {
		return;
	} else if (d->next_target < d->target_count &&
		   d->attempted < ATTEMPTS_MAX) {
		look_up(d, &d->targets[d->next_target++]);
	} else if (list_empty(&d->attempts)) {
		nothing_left(d);
	}
}

static void on_next(struct loop_timer *t)
{
	go_on(LIST_OF(t, struct xmpp_s2s_dial, next));
}

void xmpp_s2s_dial_open(struct xmpp_s2s_attempt *t, struct conn *c)
{
	struct xmpp_s2s_dial *d = t->dial;
	struct xmpp_s2s_link *l;

	if (d == NULL) {
		conn_abort(c);
		return;
	}
	l = d->l;
	xmpp_s2s_link_set_dane(l, t->dane);
	over(d, c);
	xmpp_s2s_link_connected(l, c);
}

void xmpp_s2s_dial_closed(struct xmpp_s2s_attempt *t, const char *why,
			  bool opened)
{
	struct xmpp_s2s_dial *d = t->dial;

	if (d != NULL && !opened) {
		list_del(&t->link);
		xmpp_s2s_trail_end(&d->l->trail, t->mark, false, "%s", why);
		snprintf(d->why, sizeof(d->why), "%s: %.90s", t->address, why);
		go_on(d);
	}
	mem_free(t);
}

static void add_target(struct xmpp_s2s_dial *d, const struct target *t)
{
	if (d->target_count < TARGETS_MAX)
		d->targets[d->target_count++] = *t;
}

/* XEP-0368 3: the records of both are one list, weights and all. */
static void order_targets(struct xmpp_s2s_dial *d)
{
	dns_order_srv(d->loop, d->srv, d->srv_count);
	for (size_t i = 0; i < d->srv_count; i++)
		add_target(d,
			   &(struct target){
				   .host = d->srv[i].target,
				   .port = d->srv[i].port,
				   .direct = (d->srv[i].tag & DIRECT) != 0,
				   .proved = (d->srv[i].tag & PROVED) != 0 });
}

static void tell_targets(struct xmpp_s2s_dial *d)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < d->target_count; i++) {
		const struct target *t = &d->targets[i];

		buf_printf(&b, "%s%s:%u%s", i > 0 ? ", " : "", t->host, t->port,
			   t->direct ? " (TLS)" : "");
	}
	if (b.len == 0)
		buf_add_lit(&b, d->refused
					? "\".\": decidedly no such service"
					: why_none(d->unsure ? GW_UNAVAIL
							     : GW_NOT_FOUND));
	xmpp_s2s_trail_end(&d->l->trail, d->srv_mark,
			   !d->unsure && !d->refused && !d->forged, STR_FMT,
			   STR_ARG(buf_str(&b)));
	buf_fini(&b);
}

/* RFC 2782: "." is a decided no; that to TLS from the first byte says nothing
 * of the usual way. */
static void add_srv(struct xmpp_s2s_dial *d, const struct dns_srv *srv,
		    bool direct)
{
	bool none = strcmp(srv->target, ".") == 0 || *srv->target == '\0';

	if (none && !direct)
		d->refused = true;
	if (none || (direct && d->l->s2s->tls == NULL) ||
	    d->srv_count == SRV_MAX)
		return;
	d->srv[d->srv_count] = *srv;
	d->srv[d->srv_count].target = arena_strdup(d->a, srv->target);
	d->srv[d->srv_count++].tag = (direct ? DIRECT : 0) |
				     (dns_proved(d->l->s2s->dns) ? PROVED : 0);
}

static void take_srv(struct xmpp_s2s_dial *d, bool direct, enum gw_err e,
		     const struct dns_srv *srv, size_t n)
{
	d->lookups--;
	if (d->l == NULL) {
		dial_unref(d);
		return;
	}
	note_failure(d, e);
	d->proved = d->proved && dns_proved(d->l->s2s->dns);
	for (size_t i = 0; e == GW_OK && i < n; i++)
		add_srv(d, &srv[i], direct);
	if (d->lookups > 0)
		return;
	order_targets(d);
	tell_targets(d);
	/* RFC 6120 3.2.2: the domain itself, unless SRV spoke.  Where answers
	 * are proved, who keeps one back does not get round TLSA (RFC 7673
	 * 3.1). */
	if (d->forged)
		d->target_count = 0;
	else if (d->target_count == 0 && !d->refused &&
		 !(d->unsure && dns_validates(d->l->s2s->dns)))
		add_target(d, &(struct target){ .host = d->l->ascii,
						.port = PORT,
						.proved = d->proved });
	go_on(d);
}

static void on_direct(void *arg, enum gw_err e, const struct dns_srv *srv,
		      size_t n)
{
	take_srv(arg, true, e, srv, n);
}

static void on_starttls(void *arg, enum gw_err e, const struct dns_srv *srv,
			size_t n)
{
	take_srv(arg, false, e, srv, n);
}

struct str xmpp_s2s_dial_host(const char *text, uint16_t *port)
{
	struct str host = str_of(text);
	const char *colon = strrchr(text, ':');
	int64_t n;

	*port = 0;
	if (*text == '[') {
		size_t end = str_find(host, ']');

		host = str_make(text + 1, end > 0 ? end - 1 : 0);
		if (colon < text + end)
			colon = NULL;
	} else if (colon != NULL) {
		host = str_make(text, (size_t)(colon - text));
	}
	if (colon != NULL &&
	    str_int(str_of(colon + 1), 1, UINT16_MAX, &n) == GW_OK)
		*port = (uint16_t)n;
	return host;
}

static void redirect(struct xmpp_s2s_dial *d, const char *text)
{
	uint16_t port;
	struct str host = xmpp_s2s_dial_host(text, &port);

	if (str_starts(str_of(text), "unix:")) {
		d->addresses[d->address_count++].text =
			arena_strdup(d->a, text);
		go_on(d);
		return;
	}

	add_target(d, &(struct target){
			      .host = arena_strndup(d->a, host.p, host.n),
			      .port = port != 0 ? port : PORT });
	go_on(d);
}

/* "[2001:db8::1]" is where it is. */
static void domain_is_address(struct xmpp_s2s_dial *d)
{
	redirect(d, d->l->ascii);
}

void xmpp_s2s_dial_start(struct xmpp_s2s_link *l)
{
	struct arena *a = arena_new();
	struct xmpp_s2s_dial *d = arena_alloc(a, sizeof(*d));

	d->a = a;
	d->l = l;
	d->loop = l->s2s->x->loop;
	d->next.fn = on_next;
	d->step.fn = on_step;
	list_init(&d->attempts);
	l->dial = d;
	if (l->policy.host != NULL) {
		xmpp_s2s_trail_say(&l->trail, TRAIL_DNS, true,
				   "xmpp.s2s.peers says %s", l->policy.host);
		redirect(d, l->policy.host);
		return;
	}
	if (xmpp_s2s_dial_is_number(l->ascii)) {
		domain_is_address(d);
		return;
	}
	d->lookups = 2;
	d->proved = true;
	d->srv_mark = xmpp_s2s_trail_begin(&l->trail, TRAIL_DNS, "SRV of %s",
					   l->ascii);
	dns_srv(l->s2s->dns, arena_printf(a, "_xmpps-server._tcp.%s", l->ascii),
		on_direct, d);
	dns_srv(l->s2s->dns, arena_printf(a, "_xmpp-server._tcp.%s", l->ascii),
		on_starttls, d);
}
