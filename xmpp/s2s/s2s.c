/* SPDX-License-Identifier: MIT */
/* s2s.c - federation as a whole: its secret, its listeners, its list */
#include "xmpp/s2s/s2s.h"

#include "gateway/net/dns.h"
#include "gateway/store/kv.h"
#include "xmpp/s2s/link.h"
#include "xmpp/s2s/sm.h"

#define SECRET_LEN 32

struct xmpp_s2s *xmpp_s2s_new(struct xmpp *x)
{
	struct xmpp_s2s *s = mem_new(sizeof(*s));

	s->x = x;
	list_init(&s->listeners);
	list_init(&s->streams);
	list_init(&s->counts);
	map_init(&s->links, loop_seed(x->loop));
	slot_init(&s->handles);
	xmpp_s2s_counts_init(s);
	return s;
}

const struct xmpp_s2s_conf *xmpp_s2s_config(const struct xmpp_s2s *s)
{
	return &s->x->conf->s2s;
}

bool xmpp_s2s_is_ours(const struct xmpp_s2s *s, struct str domain)
{
	return xmpp_is_local(s->x, domain) ||
	       map_get(&s->x->services, domain) != NULL;
}

static void close_listeners(struct xmpp_s2s *s)
{
	LIST_EACH(node, &s->listeners)
	{
		listener_close(
			&LIST_OF(node, struct xmpp_s2s_listener, link)->socket);
	}
}

void xmpp_s2s_hush(struct xmpp_s2s *s)
{
	xmpp_s2s_link_hush(s);
}

/* To end a stream is to end what might be resumed (XEP-0198 7): it is cut. */
static void end_stream(struct xmpp_s2s_stream *s)
{
	const struct xmpp_s2s_link *l = xmpp_s2s_link_get(s->s2s, s->target);

	if (s->sm != NULL)
		xmpp_s2s_sm_acknowledge(s);
	if (xmpp_s2s_sm_outlives(s) ||
	    (l != NULL && l->resume[0] != '\0' && xmpp_s2s_link_outlives(l)))
		xmpp_s2s_cut(s);
	else
		xmpp_s2s_error(s, "system-shutdown", NULL);
}

void xmpp_s2s_stop(struct xmpp_s2s *s)
{
	s->stopping = true;
	close_listeners(s);
	xmpp_s2s_sm_save(s);
	LIST_EACH_SAFE(node, next, &s->streams)
	{
		end_stream(LIST_OF(node, struct xmpp_s2s_stream, link));
	}
	xmpp_s2s_link_free_all(s);
	xmpp_s2s_sm_free_all(s);
	dns_free(&s->dns);
}

/* Its connections are closed by now, as those of clients. */
void xmpp_s2s_free(struct xmpp_s2s **ps)
{
	struct xmpp_s2s *s = *ps;
	struct list *node;

	*ps = NULL;
	if (s == NULL)
		return;
	while ((node = list_pop(&s->listeners)) != NULL)
		mem_free(LIST_OF(node, struct xmpp_s2s_listener, link));
	map_fini(&s->links);
	slot_fini(&s->handles);
	mem_free(s);
}

/* XEP-0185: random, the same after a restart, for keys under way. */
enum gw_err xmpp_s2s_load(struct xmpp_s2s *s)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct store_kv *rows;
	struct store_kv row = { .room = "xmpp-dialback", .key = STR("secret") };
	uint8_t fresh[SECRET_LEN];
	size_t n = 0;
	enum gw_err e = store_kv_load(s->x->store, row.room, a, &rows, &n);

	if (e == GW_OK && n == 1 && rows[0].value.n == SECRET_LEN) {
		xmpp_s2s_key_secret(rows[0].value, s->secret);
	} else if (e == GW_OK) {
		loop_random(s->x->loop, fresh, sizeof(fresh));
		row.value = str_make((const char *)fresh, sizeof(fresh));
		store_kv_put(s->x->store, &row, NULL, NULL);
		xmpp_s2s_key_secret(row.value, s->secret);
	}
	xmpp_arena_put(s->x, a);
	return e;
}

static enum gw_err open_one(struct xmpp_s2s *s, const char *address,
			    bool direct, struct err_note *note)
{
	const struct xmpp_s2s_conf *conf = xmpp_s2s_config(s);
	struct xmpp_s2s_listener *l = mem_new(sizeof(*l));
	struct listener_spec spec = {
		.address = address,
		.proto = &xmpp_s2s_in_proto,
		.arg = l,
		.tls = direct ? s->tls : NULL,
		.max = (unsigned)conf->connections,
		.per_host = (unsigned)conf->per_host,
		.gate = s->x->gate,
	};

	l->s2s = s;
	l->direct = direct;
	list_append(&s->listeners, &l->link);
	return listener_open(s->x->net, &spec, &l->socket, note);
}

static enum gw_err open_resolver(struct xmpp_s2s *s, struct err_note *note)
{
	const struct xmpp_s2s_conf *conf = xmpp_s2s_config(s);
	struct buf servers = { 0 };
	const char *list = NULL;
	enum gw_err e = GW_OK;

	for (size_t i = 0; i < conf->dns.count; i++)
		buf_printf(&servers, "%s%s", i > 0 ? "," : "",
			   conf->dns.items[i]);
	if (conf->dns.count > 0)
		list = buf_str(&servers).p;
	if (conf->dane)
		e = dns_new_validating(s->x->loop, list, conf->trust_anchor,
				       &s->dns, note);
	else
		s->dns = dns_new(s->x->loop, list);
	buf_fini(&servers);
	return e;
}

static enum gw_err take_authorities(struct xmpp_s2s *s,
				    const struct xmpp_s2s_conf *conf,
				    struct err_note *note)
{
	const char *file =
		*conf->authorities != '\0' ? conf->authorities : NULL;

	if (s->tls == NULL)
		return GW_OK;
	return tls_server_federate(s->tls, file, note);
}

enum gw_err xmpp_s2s_reload(struct xmpp_s2s *s,
			    const struct xmpp_s2s_conf *fresh,
			    struct err_note *note)
{
	return take_authorities(s, fresh, note);
}

static bool is_refused(const struct xmpp_s2s *s, struct jid domain)
{
	return !xmpp_s2s_policy(xmpp_s2s_config(s), domain.full).allow;
}

static void end_refused(struct xmpp_s2s_stream *s)
{
	LIST_EACH(node, &s->pairs)
	{
		const struct xmpp_s2s_pair *p =
			LIST_OF(node, struct xmpp_s2s_pair, link);

		if (!is_refused(s->s2s, p->remote))
			continue;
		xmpp_s2s_error(s, "policy-violation", NULL);
		return;
	}
}

static void limit_listeners(struct xmpp_s2s *s)
{
	const struct xmpp_s2s_conf *conf = xmpp_s2s_config(s);

	LIST_EACH(node, &s->listeners)
	{
		listener_set_limits(
			LIST_OF(node, struct xmpp_s2s_listener, link)->socket,
			(unsigned)conf->connections, (unsigned)conf->per_host);
	}
}

void xmpp_s2s_reloaded(struct xmpp_s2s *s)
{
	const struct xmpp_s2s_conf *conf = xmpp_s2s_config(s);
	struct xmpp_s2s_link *l;
	size_t it = 0;

	s->limits = xmpp_limits_of(s->x, conf->stanza_max, conf->elements);
	limit_listeners(s);
	while ((l = slot_next(&s->handles, &it)) != NULL)
		if (l->state != LINK_IDLE && l->state != LINK_FAILED &&
		    is_refused(s, l->to))
			xmpp_s2s_link_fail(l, XMPP_NOT_ALLOWED,
					   "xmpp.s2s.peers refuses this "
					   "domain");
	LIST_EACH_SAFE(node, next, &s->streams)
	{
		end_refused(LIST_OF(node, struct xmpp_s2s_stream, link));
	}
}

enum gw_err xmpp_s2s_listen(struct xmpp *x, struct tls_server *tls,
			    struct err_note *note)
{
	struct xmpp_s2s *s = x->s2s;
	const struct xmpp_s2s_conf *conf = xmpp_s2s_config(s);
	enum gw_err e = GW_OK;

	if (conf->listen.count == 0 && conf->listen_tls.count == 0)
		return GW_OK;
	s->tls = tls;
	e = take_authorities(s, conf, note);
	for (size_t i = 0; i < conf->listen.count && e == GW_OK; i++)
		e = open_one(s, conf->listen.items[i], false, note);
	for (size_t i = 0; i < conf->listen_tls.count && e == GW_OK; i++)
		if (tls != NULL)
			e = open_one(s, conf->listen_tls.items[i], true, note);
	return e == GW_OK ? open_resolver(s, note) : e;
}

void xmpp_s2s_addresses(const struct xmpp_s2s *s,
			void (*fn)(void *arg, const char *what,
				   const char *address),
			void *arg)
{
	LIST_EACH(node, &s->listeners)
	{
		const struct xmpp_s2s_listener *l =
			LIST_OF(node, struct xmpp_s2s_listener, link);

		if (l->socket != NULL)
			fn(arg, l->direct ? "s2s_tls" : "s2s",
			   listener_address(l->socket));
	}
}
