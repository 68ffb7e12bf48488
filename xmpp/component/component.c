/* SPDX-License-Identifier: MIT */
/* component.c - XEP-0114: which domains are components', and who serves them
 */
#include "xmpp/component/grant.h"
#include "xmpp/component/nested.h"

#include <errno.h>
#include <stdio.h>

#include "gateway/run/log.h"

#define NS_ROSTER  "jabber:iq:roster"
#define SECRET_MIN 8
#define SECRET_MAX 1024

struct xmpp_component *xmpp_component_of(const struct xmpp_components *all,
					 struct str domain)
{
	return all != NULL ? map_get(&all->hosts, domain) : NULL;
}

struct xmpp_component *xmpp_component_sender(const struct xmpp_ctx *c)
{
	if (c->session != NULL)
		return NULL;
	return xmpp_component_of(c->x->components, c->from.domain);
}

bool xmpp_component_main(const struct xmpp_component *k)
{
	return xmpp_jid_eq(k->jid, k->main);
}

/* ---- what is sent to a component ---- */

/* RFC 6120 8.3.3.16: it may be back soon. */
static void away(struct xmpp_ctx *c, const struct stanza *st)
{
	if (!stanza_is(st, "presence", NULL) ||
	    str_is(stanza_attr(st, "type"), "subscribe"))
		xmpp_bounce(c, st, XMPP_REMOTE_SERVER_TIMEOUT);
}

static void on_stanza(void *self, struct xmpp_ctx *c, const struct stanza *st)
{
	struct xmpp_components *all = self;
	struct xmpp_component *k = xmpp_component_of(all, c->to.domain);
	struct conn *conn = k != NULL ? conn_find(c->x->net, k->conn) : NULL;

	if (conn == NULL || !xmpp_component_send(conn_state(conn), st))
		away(c, st);
}

static void add_service(struct xmpp_components *all, struct xmpp_component *k)
{
	struct xmpp_service service = { .kind = "component",
					.self = all,
					.stanza = on_stanza,
					.name = *k->conf->name != '\0'
							? k->conf->name
							: NULL };

	if (xmpp_service_add(all->x, k->jid.full.p, &service) != GW_OK)
		log_error("xmpp.component.taken", "host", k->jid.full.p, NULL);
}

/* ---- connect and disconnect ---- */

enum gw_err xmpp_component_attach(struct xmpp_component_stream *s)
{
	struct xmpp_component *k;
	size_t it = 0;

	while ((k = map_next(&s->all->hosts, &it)) != NULL)
		if (xmpp_jid_eq(k->main, s->host) && k->conn != 0)
			return GW_CONFLICT;
	it = 0;
	while ((k = map_next(&s->all->hosts, &it)) != NULL)
		if (xmpp_jid_eq(k->main, s->host))
			k->conn = conn_id(s->c);
	return GW_OK;
}

void xmpp_component_detach(struct xmpp_component_stream *s)
{
	struct xmpp_component *k;
	size_t it = 0;

	while ((k = map_next(&s->all->hosts, &it)) != NULL)
		if (k->conn == conn_id(s->c)) {
			k->conn = 0;
			xmpp_nested_forget(s->all, &k->jid);
		}
}

/* ---- configuration ---- */

static enum gw_err read_secret(const char *path, struct arena *a,
			       struct str *out, struct err_note *note)
{
	char line[SECRET_MAX + 2] = "";
	FILE *f = fopen(path, "re");
	struct str secret;

	if (f == NULL)
		return err_say(note, GW_BAD_INPUT, "%s: %s", path,
			       strerror(errno));
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	fclose(f);
	secret = str_trim(str_of(line));
	if (secret.n < SECRET_MIN || secret.n > SECRET_MAX)
		return err_say(note, GW_BAD_INPUT,
			       "%s: the first line must be a secret of %d to "
			       "%d bytes",
			       path, SECRET_MIN, SECRET_MAX);
	*out = arena_str(a, secret);
	return GW_OK;
}

static void component_free(struct xmpp_component *k)
{
	struct arena *a = k->a;

	arena_free(&a);
}

static void free_hosts(struct map *hosts)
{
	struct xmpp_component *k;
	size_t it = 0;

	while ((k = map_next(hosts, &it)) != NULL)
		component_free(k);
	map_fini(hosts);
}

static enum gw_err add_host(struct map *hosts, const struct conf_entry *entry,
			    const char *name, struct str secret)
{
	struct arena *a = arena_new();
	struct xmpp_component *k = arena_alloc(a, sizeof(*k)), *old;
	enum gw_err e =
		xmpp_jid_make(a, STR_NONE, str_of(name), STR_NONE, &k->jid);

	if (e == GW_OK)
		e = xmpp_jid_make(a, STR_NONE, str_of(entry->name), STR_NONE,
				  &k->main);
	if (e != GW_OK) {
		arena_free(&a);
		return e;
	}
	k->a = a;
	k->conf = entry->value;
	k->secret = arena_str(a, secret);
	old = map_put(hosts, k->jid.full, k);
	if (old != NULL)
		component_free(old);
	return GW_OK;
}

static enum gw_err read_host(struct map *hosts, const struct conf_entry *entry,
			     struct err_note *note)
{
	const struct xmpp_component_conf *conf = entry->value;
	struct arena *a = arena_new();
	struct str secret = str_of(conf->secret);
	enum gw_err e = GW_OK;

	if (*conf->secret_file != '\0')
		e = read_secret(conf->secret_file, a, &secret, note);
	if (e == GW_OK)
		e = add_host(hosts, entry, entry->name, secret);
	for (size_t i = 0; i < conf->also.count && e == GW_OK; i++)
		e = add_host(hosts, entry, conf->also.items[i], secret);
	arena_free(&a);
	return e;
}

static bool same(const struct xmpp_component *a, const struct xmpp_component *b)
{
	return xmpp_jid_eq(a->main, b->main) && str_eq(a->secret, b->secret);
}

static void hang_up(struct xmpp_components *all, uint64_t id)
{
	struct conn *c = conn_find(all->x->net, id);

	if (c != NULL)
		xmpp_component_error(conn_state(c), "host-gone",
				     "the configuration has changed");
}

/* Streams live on where neither domains nor secret have changed. */
static void hand_over(struct xmpp_components *all, struct map *fresh)
{
	struct xmpp_component *k, *new;
	size_t it = 0;

	while ((k = map_next(&all->hosts, &it)) != NULL) {
		new = map_get(fresh, k->jid.full);
		if (k->conn != 0 && (new == NULL || !same(k, new)))
			hang_up(all, k->conn);
	}
	it = 0;
	while ((new = map_next(fresh, &it)) != NULL) {
		k = map_get(&all->hosts, new->main.full);
		new->conn = k != NULL ? k->conn : 0;
	}
}

void xmpp_component_greet(struct xmpp_components *all,
			  const struct xmpp_component *k)
{
	struct xmpp_ctx c;

	if (k->conn == 0 || !xmpp_component_main(k))
		return;
	xmpp_ctx_begin(&c, all->x);
	xmpp_privilege_greet(&c, k);
	xmpp_delegation_greet(&c, k);
	xmpp_nested_ask(&c, k);
	xmpp_ctx_end(&c);
}

static struct xmpp_components *make(struct xmpp *x)
{
	struct xmpp_components *all = mem_new(sizeof(*all));
	struct map_seed seed = loop_seed(x->loop);

	all->x = x;
	map_init(&all->hosts, seed);
	map_init(&all->fresh, seed);
	map_init(&all->shown, seed);
	map_init(&all->contacts, seed);
	list_init(&all->listeners);
	list_init(&all->streams);
	list_init(&all->pending);
	list_init(&all->nested);
	return all;
}

static void drop_fresh(struct xmpp_components *all)
{
	free_hosts(&all->fresh);
	map_init(&all->fresh, loop_seed(all->x->loop));
}

enum gw_err xmpp_component_read(struct xmpp *x, const struct xmpp_conf *conf,
				struct err_note *note)
{
	const struct conf_map *hosts = &conf->components.hosts;
	enum gw_err e = GW_OK;

	if (x->components == NULL)
		x->components = make(x);
	drop_fresh(x->components);
	for (size_t i = 0; i < hosts->count && e == GW_OK; i++)
		e = read_host(&x->components->fresh, &hosts->entries[i], note);
	return e;
}

void xmpp_component_take(struct xmpp *x)
{
	struct xmpp_components *all = x->components;
	struct xmpp_component *k;
	size_t it = 0;

	all->limits = xmpp_limits_of(x, x->conf->components.stanza_max,
				     x->conf->components.elements);
	hand_over(all, &all->fresh);
	while (all->up && (k = map_next(&all->hosts, &it)) != NULL)
		xmpp_service_del(x, k->jid.full.p);
	free_hosts(&all->hosts);
	all->hosts = all->fresh;
	map_init(&all->fresh, loop_seed(x->loop));
	it = 0;
	while (all->up && (k = map_next(&all->hosts, &it)) != NULL)
		add_service(all, k);
	xmpp_shown_configure(all);
	it = 0;
	while (all->up && (k = map_next(&all->hosts, &it)) != NULL)
		xmpp_component_greet(all, k);
}

/* ---- listeners, start and end ---- */

enum gw_err xmpp_component_listen(struct xmpp *x, struct tls_server *tls,
				  struct err_note *note)
{
	const struct xmpp_components_conf *conf = &x->conf->components;
	enum gw_err e = GW_OK;

	for (size_t i = 0; i < conf->listen.count && e == GW_OK; i++) {
		struct xmpp_component_listener *l = mem_new(sizeof(*l));
		struct listener_spec spec = {
			.address = conf->listen.items[i],
			.proto = &xmpp_component_proto,
			.arg = l,
			.tls = conf->tls == COMPONENT_TLS_DIRECT ? tls : NULL,
			.max = 1000,
			.gate = x->gate,
		};

		l->all = x->components;
		list_append(&x->components->listeners, &l->link);
		if (conf->tls == COMPONENT_TLS_DIRECT && tls == NULL)
			return err_say(note, GW_BAD_INPUT,
				       "components need a certificate");
		e = listener_open(x->net, &spec, &l->socket, note);
	}
	return e;
}

void xmpp_component_addresses(const struct xmpp *x,
			      void (*fn)(void *arg, const char *what,
					 const char *address),
			      void *arg)
{
	if (x->components == NULL)
		return;
	LIST_EACH(node, &x->components->listeners)
	{
		const struct xmpp_component_listener *l =
			LIST_OF(node, struct xmpp_component_listener, link);

		if (l->socket != NULL)
			fn(arg, "component", listener_address(l->socket));
	}
}

void xmpp_component_stop(struct xmpp *x)
{
	struct xmpp_components *all = x->components;

	if (all == NULL)
		return;
	LIST_EACH(node, &all->listeners)
	{
		listener_close(
			&LIST_OF(node, struct xmpp_component_listener, link)
				 ->socket);
	}
	LIST_EACH_SAFE(node, next, &all->streams)
	{
		xmpp_component_error(
			LIST_OF(node, struct xmpp_component_stream, link),
			"system-shutdown", NULL);
	}
}

void xmpp_component_free(struct xmpp *x)
{
	struct xmpp_components *all = x->components;
	struct list *node;

	x->components = NULL;
	if (all == NULL)
		return;
	while ((node = list_pop(&all->listeners)) != NULL) {
		struct xmpp_component_listener *l =
			LIST_OF(node, struct xmpp_component_listener, link);

		listener_close(&l->socket);
		mem_free(l);
	}
	xmpp_pending_free(all);
	xmpp_nested_forget(all, NULL);
	xmpp_shown_forget(all);
	map_fini(&all->shown);
	map_fini(&all->contacts);
	free_hosts(&all->hosts);
	free_hosts(&all->fresh);
	mem_free(all);
}

static enum gw_err start(struct xmpp *x, void *host)
{
	struct xmpp_component *k;
	size_t it = 0;

	(void)host;
	x->components->up = true;
	while ((k = map_next(&x->components->hosts, &it)) != NULL)
		add_service(x->components, k);
	return GW_OK;
}

static const char *const features[] = { NS_DELEGATION, NS_PRIVILEGE, NULL };

static const struct xmpp_iq_route routes[] = {
	{ IQ_GET | IQ_SET, AT_ACCOUNT, NS_ROSTER, "query",
	  xmpp_privilege_roster },
	{ IQ_GET | IQ_SET, AT_ACCOUNT, NS_PRIVILEGE, "privileged_iq",
	  xmpp_privilege_iq },
	{ .fn = NULL },
};

extern const struct xmpp_module xmpp_mod_component;

const struct xmpp_module xmpp_mod_component = {
	.name = "component",
	.xep = "0114",
	.doc = "domains served by other programs",
	.features = features,
	.iq = routes,
	.presence = xmpp_shown_presence,
	.start = start,
};
