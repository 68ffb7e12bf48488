/* SPDX-License-Identifier: MIT */
/* dns.c - names to addresses and SRV, by c-ares on the loop
 *
 * Descriptors come by c-ares' socket-state callback, never by its fd_set
 * calls, which abort above 1023.  Answers are handed out at the end of the
 * turn, so that no look-up ends inside the call that began it.
 */
#include "gateway/net/dns_private.h"

#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <limits.h>
#include <netdb.h>
#include <stdlib.h>

#define TRY_MS 2000
#define TRIES  3

struct sock {
	struct loop_watch watch;
	struct list link;
	struct dns *dns;
};

static void arm(struct dns *d)
{
	struct timeval tv;

	if (ares_timeout(d->channel, NULL, &tv) == NULL)
		loop_timer_stop(d->loop, &d->timer);
	else
		loop_timer_start(d->loop, &d->timer,
				 (int64_t)tv.tv_sec * 1000 +
					 (tv.tv_usec + 999) / 1000);
}

static void on_socket(struct loop_watch *w, unsigned events)
{
	struct sock *s = LIST_OF(w, struct sock, watch);
	struct dns *d = s->dns; /* s may go in the call */
	int fd = w->fd;

	ares_process_fd(d->channel, events & LOOP_READ ? fd : ARES_SOCKET_BAD,
			events & LOOP_WRITE ? fd : ARES_SOCKET_BAD);
	arm(d);
}

static void on_timer(struct loop_timer *t)
{
	struct dns *d = LIST_OF(t, struct dns, timer);

	ares_process_fd(d->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	arm(d);
}

static struct sock *sock_of(struct dns *d, int fd)
{
	LIST_EACH(it, &d->sockets)
	{
		struct sock *s = LIST_OF(it, struct sock, link);

		if (s->watch.fd == fd)
			return s;
	}
	return NULL;
}

static void on_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct dns *d = arg;
	struct sock *s = sock_of(d, fd);
	unsigned events = (readable ? (unsigned)LOOP_READ : 0) |
			  (writable ? (unsigned)LOOP_WRITE : 0);

	if (events == 0) {
		if (s == NULL)
			return;
		loop_unwatch(d->loop, &s->watch);
		list_del(&s->link);
		mem_free(s);
		return;
	}
	if (s == NULL) {
		s = mem_new(sizeof(*s));
		s->dns = d;
		s->watch.fd = fd;
		s->watch.fn = on_socket;
		list_append(&d->sockets, &s->link);
	}
	loop_watch(d->loop, &s->watch, events);
}

static void deliver(struct dns_query *q)
{
	q->dns->proved = q->proved;
	if (q->on_tlsa != NULL)
		q->on_tlsa(q->arg, q->e, q->tlsa, q->n);
	else if (q->on_srv != NULL)
		q->on_srv(q->arg, q->e, q->srv, q->n);
	else
		q->on_addresses(q->arg, q->e, q->addresses, q->n);
	q->dns->proved = false;
	arena_free(&q->arena);
	mem_free(q);
}

static void deliver_all(struct loop_task *t)
{
	struct dns *d = LIST_OF(t, struct dns, task);
	struct list *node;

	while ((node = list_pop(&d->answered)) != NULL)
		deliver(LIST_OF(node, struct dns_query, link));
}

void dns_answered(struct dns_query *q, enum gw_err e)
{
	q->e = e;
	list_append(&q->dns->answered, &q->link);
	loop_defer(q->dns->loop, &q->dns->task);
}

static struct dns_query *query_new(struct dns *d, void *arg)
{
	struct dns_query *q = mem_new(sizeof(*q));

	q->dns = d;
	q->arg = arg;
	q->arena = arena_new();
	list_init(&q->link);
	return q;
}

static enum gw_err error_of(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return GW_OK;
	case ARES_ENOTFOUND:
	case ARES_ENODATA:
	case ARES_EBADNAME:
		return GW_NOT_FOUND;
	default:
		return GW_UNAVAIL;
	}
}

static const char *text_of(struct arena *a, const struct ares_addrinfo_node *n)
{
	char text[INET6_ADDRSTRLEN] = "";
	const void *sa = n->ai_addr;

	if (n->ai_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)sa)->sin_addr,
			  text, sizeof(text));
	else
		inet_ntop(AF_INET6,
			  &((const struct sockaddr_in6 *)sa)->sin6_addr, text,
			  sizeof(text));
	return arena_strdup(a, text);
}

static const struct ares_addrinfo_node *
next_of(const struct ares_addrinfo_node *n, int family)
{
	while (n != NULL && n->ai_family != family)
		n = n->ai_next;
	return n;
}

/* RFC 8305 4: the families take turns, in the order of RFC 6724 within each,
 * beginning with the one that order puts first. */
static void take_turns(struct dns_query *q,
		       const struct ares_addrinfo_node *first)
{
	const struct ares_addrinfo_node *next[2];
	int family[2] = { AF_INET6, AF_INET };
	unsigned turn = 0;

	if (first != NULL && first->ai_family == AF_INET) {
		family[0] = AF_INET;
		family[1] = AF_INET6;
	}
	next[0] = next_of(first, family[0]);
	next[1] = next_of(first, family[1]);
	q->addresses = arena_alloc(q->arena, DNS_ANSWERS_MAX * sizeof(char *));
	while (q->n < DNS_ANSWERS_MAX && (next[0] != NULL || next[1] != NULL)) {
		if (next[turn] != NULL) {
			q->addresses[q->n++] = text_of(q->arena, next[turn]);
			next[turn] = next_of(next[turn]->ai_next, family[turn]);
		}
		turn = !turn;
	}
}

static void on_addrinfo(void *arg, int status, int timeouts,
			struct ares_addrinfo *info)
{
	struct dns_query *q = arg;
	enum gw_err e = error_of(status);

	(void)timeouts;
	if (e == GW_OK)
		take_turns(q, info->nodes);
	if (e == GW_OK && q->n == 0)
		e = GW_NOT_FOUND;
	if (info != NULL)
		ares_freeaddrinfo(info);
	dns_answered(q, e);
}

/* RFC 2782: by priority, those of weight 0 first within one. */
static int by_priority(const void *a, const void *b)
{
	const struct dns_srv *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return (x->weight > 0) - (y->weight > 0);
}

static size_t draw(struct loop *l, const struct dns_srv *srv, size_t n)
{
	uint64_t random, sum = 0, running = 0;

	for (size_t i = 0; i < n; i++)
		sum += srv[i].weight;
	loop_random(l, &random, sizeof(random));
	random %= sum + 1;
	for (size_t i = 0; i < n; i++) {
		running += srv[i].weight;
		if (running >= random)
			return i;
	}
	return 0;
}

void dns_order_srv(struct loop *l, struct dns_srv *srv, size_t n)
{
	qsort(srv, n, sizeof(*srv), by_priority);
	for (size_t i = 0; i < n; i++) {
		size_t same = 1, chosen;
		struct dns_srv s;

		while (i + same < n &&
		       srv[i + same].priority == srv[i].priority)
			same++;
		chosen = i + draw(l, srv + i, same);
		s = srv[chosen];
		memmove(srv + i + 1, srv + i, (chosen - i) * sizeof(*srv));
		srv[i] = s;
	}
}

const char *dns_expand(struct arena *a, const uint8_t *p, const uint8_t *packet,
		       size_t n)
{
	char *name = NULL;
	const char *copy;
	long used;

	if (n > INT_MAX ||
	    ares_expand_name(p, packet, (int)n, &name, &used) != ARES_SUCCESS)
		return NULL;
	copy = arena_strdup(a, *name != '\0' ? name : ".");
	ares_free_string(name);
	return copy;
}

static void take_srv(struct dns_query *q, const struct ares_srv_reply *r)
{
	q->srv = arena_alloc(q->arena, DNS_ANSWERS_MAX * sizeof(*q->srv));
	for (; r != NULL && q->n < DNS_ANSWERS_MAX; r = r->next) {
		bool root = r->host[0] == 0 || strcmp(r->host, ".") == 0;

		q->srv[q->n++] = (struct dns_srv){
			.target = arena_strdup(q->arena, root ? "." : r->host),
			.port = r->port,
			.priority = r->priority,
			.weight = r->weight,
		};
	}
	dns_order_srv(q->dns->loop, q->srv, q->n);
}

static void on_srv_reply(void *arg, int status, int timeouts,
			 unsigned char *reply, int n)
{
	struct dns_query *q = arg;
	struct ares_srv_reply *srv = NULL;
	enum gw_err e;

	(void)timeouts;
	if (status == ARES_SUCCESS)
		status = ares_parse_srv_reply(reply, n, &srv);
	e = error_of(status);
	if (e == GW_OK)
		take_srv(q, srv);
	if (e == GW_OK && q->n == 0)
		e = GW_NOT_FOUND;
	if (srv != NULL)
		ares_free_data(srv);
	dns_answered(q, e);
}

static ares_channel open_channel(struct dns *d, const char *servers)
{
	/* A name is looked up as it is: no search list of the machine. */
	struct ares_options o = {
		.flags = ARES_FLAG_NOSEARCH,
		.timeout = TRY_MS,
		.tries = TRIES,
		.sock_state_cb = on_state,
		.sock_state_cb_data = d,
	};
	ares_channel c = NULL;

	if (ares_init_options(&c, &o,
			      ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS |
				      ARES_OPT_TRIES |
				      ARES_OPT_SOCK_STATE_CB) != ARES_SUCCESS)
		return NULL;
	if (servers == NULL ||
	    ares_set_servers_ports_csv(c, servers) == ARES_SUCCESS)
		return c;
	ares_destroy(c);
	return NULL;
}

struct dns *dns_alloc(struct loop *l)
{
	struct dns *d = mem_new(sizeof(*d));

	d->loop = l;
	d->timer.fn = on_timer;
	d->task.fn = deliver_all;
	list_init(&d->sockets);
	list_init(&d->answered);
	return d;
}

struct dns *dns_new(struct loop *l, const char *servers)
{
	struct dns *d = dns_alloc(l);

	d->channel = open_channel(d, servers);
	return d;
}

bool dns_validates(const struct dns *d)
{
	return d->secure != NULL;
}

bool dns_proved(const struct dns *d)
{
	return d->proved;
}

void dns_free(struct dns **d)
{
	ares_channel c;

	if (*d == NULL)
		return;
	c = (*d)->channel;
	(*d)->channel = NULL;
	dns_secure_free(&(*d)->secure);
	if (c != NULL)
		ares_destroy(c);
	loop_timer_stop((*d)->loop, &(*d)->timer);
	deliver_all(&(*d)->task);
	loop_defer_cancel(&(*d)->task);
	mem_free(*d);
	*d = NULL;
}

void dns_addresses(struct dns *d, const char *name,
		   void (*done)(void *arg, enum gw_err e,
				const char *const *addresses, size_t n),
		   void *arg)
{
	static const struct ares_addrinfo_hints hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
	};
	struct dns_query *q = query_new(d, arg);

	q->on_addresses = done;
	if (d->secure != NULL) {
		dns_secure_addresses(d->secure, q, name);
		return;
	}
	if (d->channel == NULL) {
		dns_answered(q, GW_UNAVAIL);
		return;
	}
	ares_getaddrinfo(d->channel, name, NULL, &hints, on_addrinfo, q);
	arm(d);
}

void dns_srv(struct dns *d, const char *name,
	     void (*done)(void *arg, enum gw_err e, const struct dns_srv *srv,
			  size_t n),
	     void *arg)
{
	struct dns_query *q = query_new(d, arg);

	q->on_srv = done;
	if (d->secure != NULL) {
		dns_secure_srv(d->secure, q, name);
		return;
	}
	if (d->channel == NULL) {
		dns_answered(q, GW_UNAVAIL);
		return;
	}
	ares_query(d->channel, name, C_IN, T_SRV, on_srv_reply, q);
	arm(d);
}

void dns_tlsa(struct dns *d, const char *name,
	      void (*done)(void *arg, enum gw_err e,
			   const struct dns_tlsa *tlsa, size_t n),
	      void *arg)
{
	struct dns_query *q = query_new(d, arg);

	q->on_tlsa = done;
	if (d->secure != NULL)
		dns_secure_tlsa(d->secure, q, name);
	else
		dns_answered(q, GW_NOT_FOUND);
}
