/* SPDX-License-Identifier: MIT */
/* server.c - the server as a whole: made, configured, loaded, stopped */
#include "gateway/net/gate.h"
#include "gateway/store/kv.h"
#include "xmpp/component/component.h"
#include "xmpp/im/journal.h"
#include "xmpp/s2s/s2s.h"
#include "xmpp/sasl/tries.h"
#include "xmpp/server_private.h"
#include "xmpp/stream/stream.h"
#include "xmpp/xep/disco.h"
#include "xmpp/xep/sm.h"

struct service_entry {
	struct xmpp_service service; /* first: the map gives it out */
	struct jid domain;
	struct arena *a;
};

static int64_t count_sessions(void *arg)
{
	struct xmpp *x = arg;

	return (int64_t)x->by_full.used;
}

static void declare_metrics(struct xmpp *x)
{
	static const char *const kinds[] = { "kind=\"message\"",
					     "kind=\"presence\"",
					     "kind=\"iq\"" };

	if (x->metrics == NULL)
		return;
	metrics_ask(x->metrics, "xmpp_sessions", "Clients bound.",
		    count_sessions, x);
	for (size_t i = 0; i < 3; i++)
		x->stanzas[i] = metrics_get(x->metrics, METRIC_COUNTER,
					    "xmpp_stanzas_total", kinds[i],
					    "Stanzas taken from clients.");
}

struct xmpp *xmpp_new(const struct xmpp_spec *spec)
{
	struct xmpp *x = mem_new(sizeof(*x));
	struct map_seed seed = loop_seed(spec->loop);
	unsigned long salt = 0;

	x->loop = spec->loop;
	x->net = spec->net;
	x->store = spec->store;
	x->board = spec->board;
	x->metrics = spec->metrics;
	x->people = spec->people;
	x->pools = spec->pools;
	slot_init(&x->sessions);
	slot_init(&x->account_slots);
	map_init(&x->by_full, seed);
	map_init(&x->accounts, seed);
	map_init(&x->services, seed);
	map_init(&x->iq_routes, seed);
	list_init(&x->listeners);
	list_init(&x->queries);
	list_init(&x->streams);
	list_init(&x->asking);
	x->tries = xmpp_tries_new(seed);
	x->rates = xmpp_limit_new(x);
	x->gate = gate_new(x->loop, x->metrics, "xmpp");
	declare_metrics(x);
	x->module_a = arena_new();
	loop_random(x->loop, &salt, sizeof(salt));
	x->parser = xmpp_xml_parser_new(salt);
	x->s2s = xmpp_s2s_new(x);
	x->journal = xmpp_journal_new(x);
	return x;
}

/* Those that may be resumed see the others go, and what comes back from other
 * servers; then they are written down. */
static void end_sessions(struct xmpp *x)
{
	struct xmpp_session *s;
	size_t it = 0;

	while ((s = slot_next(&x->sessions, &it)) != NULL)
		if (!xmpp_sm_may_resume(s))
			xmpp_session_kill(s, "system-shutdown", NULL);
	xmpp_s2s_stop(x->s2s);
	it = 0;
	while ((s = slot_next(&x->sessions, &it)) != NULL)
		xmpp_session_hibernate(s);
	if (x->modules_up == 0) /* it has never run */
		return;
	xmpp_sm_save_waking(x);
	xmpp_journal_flush(x);
}

static void close_listeners(struct xmpp *x)
{
	struct list *node;

	while ((node = list_pop(&x->listeners)) != NULL) {
		struct xmpp_listener *l =
			LIST_OF(node, struct xmpp_listener, link);

		listener_close(&l->socket);
		mem_free(l);
	}
}

void xmpp_stop(struct xmpp *x)
{
	x->ending = true;
	LIST_EACH(node, &x->listeners)
	{
		listener_close(
			&LIST_OF(node, struct xmpp_listener, link)->socket);
	}
	xmpp_s2s_hush(x->s2s);
	xmpp_component_stop(x);
	xmpp_stream_close_all(x);
	end_sessions(x);
	x->stopping = true;
}

bool xmpp_ending(const struct xmpp *x)
{
	return x->ending;
}

static void free_services(struct xmpp *x)
{
	struct service_entry *s;
	struct arena *a;
	size_t it = 0;

	while ((s = map_next(&x->services, &it)) != NULL) {
		a = s->a;
		arena_free(&a);
	}
	map_fini(&x->services);
}

static void orphan_questions(struct xmpp *x)
{
	struct list *node;

	while ((node = list_pop(&x->asking)) != NULL)
		LIST_OF(node, struct xmpp_asking, link)->x = NULL;
}

/* Its connections are closed by now: the net is freed first, or xmpp_stop()
 * ran and the turn ended. */
void xmpp_free(struct xmpp **px)
{
	struct xmpp *x = *px;

	*px = NULL;
	if (x == NULL)
		return;
	if (!x->stopping)
		xmpp_stop(x);
	xmpp_query_end_all(x);
	xmpp_modules_stop(x);
	xmpp_account_free_all(x);
	xmpp_component_free(x);
	xmpp_journal_free(&x->journal);
	orphan_questions(x);
	close_listeners(x);
	xmpp_s2s_free(&x->s2s);
	gate_free(&x->gate);
	xmpp_limit_free(&x->rates);
	free_services(x);
	slot_fini(&x->sessions);
	slot_fini(&x->account_slots);
	map_fini(&x->by_full);
	map_fini(&x->accounts);
	map_fini(&x->iq_routes);
	xmpp_xml_parser_free(&x->parser);
	while (x->spare_count > 0)
		arena_free(&x->spare[--x->spare_count]);
	arena_free(&x->conf_a);
	arena_free(&x->module_a);
	config_unref(&x->cfg);
	mem_free(x->caps_ver);
	mem_free(x->invitation_page);
	xmpp_tries_free(&x->tries);
	mem_free(x);
}

static enum gw_err read_domains(const struct conf_map *map, struct arena *a,
				struct jid **out, struct err_note *note)
{
	struct jid *domains =
		arena_alloc(a, (map->count + 1) * sizeof(*domains));

	if (map->count == 0)
		return err_say(note, GW_BAD_INPUT,
			       "domains: at least one is needed");
	for (size_t i = 0; i < map->count; i++) {
		struct str name = str_of(map->entries[i].name);

		if (xmpp_jid_make(a, STR_NONE, name, STR_NONE, &domains[i]) !=
		    GW_OK)
			return err_say(note, GW_BAD_INPUT,
				       "domains: %s is not a domain name",
				       map->entries[i].name);
	}
	*out = domains;
	return GW_OK;
}

/* Who may log in by certificate; what was asked for once stays asked for, and
 * is not offered any more. */
static enum gw_err ask_clients(struct tls_server *tls,
			       const struct xmpp_conf *conf,
			       struct err_note *note)
{
	if (tls == NULL || *conf->client_ca == '\0')
		return GW_OK;
	return tls_server_clients(tls, conf->client_ca, note);
}

static void limit_guests(struct xmpp *x)
{
	const struct xmpp_conf_guests *conf = &x->conf->guests;

	gate_set_limits(
		x->gate,
		&(struct gate_limits){ .guests = (unsigned)conf->connections,
				       .bytes = (size_t)conf->memory,
				       .arrivals = (unsigned)conf->arrivals,
				       .handshakes = (unsigned)conf->handshakes,
				       .trusted = conf->trusted.items,
				       .trusted_count = conf->trusted.count });
}

static void limit_listeners(struct xmpp *x)
{
	LIST_EACH(node, &x->listeners)
	{
		listener_set_limits(
			LIST_OF(node, struct xmpp_listener, link)->socket,
			(unsigned)x->conf->connections,
			(unsigned)x->conf->per_host);
	}
}

struct xmpp_xml_limits xmpp_limits_of(const struct xmpp *x, int64_t bytes,
				      int64_t elements)
{
	return (struct xmpp_xml_limits){
		.bytes = (uint32_t)bytes,
		.elements = (uint32_t)elements,
		.depth = (uint32_t)x->conf->depth,
		.attrs = (uint32_t)x->conf->attributes,
	};
}

enum gw_err xmpp_configure(struct xmpp *x, struct config *cfg,
			   struct err_note *note)
{
	const struct xmpp_conf *conf = config_get(cfg, "xmpp");
	const struct conf_map *map = config_get(cfg, "domains");
	struct arena *a = arena_new();
	struct jid *domains = NULL;
	struct jid desk;
	enum gw_err e = read_domains(map, a, &domains, note);

	if (e == GW_OK && xmpp_jid_make(a, str_of(conf->desk), domains[0].full,
					STR_NONE, &desk) != GW_OK)
		e = err_say(note, GW_BAD_INPUT,
			    "xmpp.desk: %s is not the local part of an address",
			    conf->desk);
	if (e == GW_OK)
		e = ask_clients(x->tls, conf, note);
	if (e == GW_OK)
		e = xmpp_component_read(x, conf, note);
	if (e == GW_OK)
		e = xmpp_s2s_reload(x->s2s, &conf->s2s, note);
	if (e != GW_OK) {
		arena_free(&a);
		return e;
	}
	x->domains = domains;
	x->domain_count = map->count;
	x->desk_jid = desk;
	arena_free(&x->conf_a);
	x->conf_a = a;
	config_ref(cfg);
	config_unref(&x->cfg);
	x->cfg = cfg;
	x->conf = conf;
	limit_guests(x);
	limit_listeners(x);
	x->limits = xmpp_limits_of(x, conf->stanza_max, conf->elements);
	x->guest = xmpp_limits_of(x, conf->guests.stanza_max,
				  conf->guests.elements);
	x->guest.depth = xmpp_xml_scan_guest.depth;
	x->guest.attrs = xmpp_xml_scan_guest.attrs;
	xmpp_component_take(x);
	xmpp_s2s_reloaded(x->s2s);
	xmpp_stream_leave_hosts(x);
	if (x->caps_ver != NULL)
		xmpp_caps_renew(x);
	return GW_OK;
}

/* The key of the salts shown for unknown names: the same after a restart, so
 * that nobody learns which names exist. */
static enum gw_err load_secret(struct xmpp *x)
{
	struct arena *a = xmpp_arena_get(x);
	struct store_kv *rows;
	struct store_kv row = { .room = "xmpp-salt", .key = STR("key") };
	size_t n = 0;
	enum gw_err e = store_kv_load(x->store, row.room, a, &rows, &n);

	if (e == GW_OK && n == 1 && rows[0].value.n == XMPP_SECRET_LEN) {
		memcpy(x->salt_secret, rows[0].value.p, XMPP_SECRET_LEN);
	} else if (e == GW_OK) {
		loop_random(x->loop, x->salt_secret, XMPP_SECRET_LEN);
		row.value =
			str_make((const char *)x->salt_secret, XMPP_SECRET_LEN);
		store_kv_put(x->store, &row, NULL, NULL);
	}
	xmpp_arena_put(x, a);
	return e;
}

enum gw_err xmpp_load(struct xmpp *x)
{
	enum gw_err e = load_secret(x);

	if (e == GW_OK)
		e = xmpp_s2s_load(x->s2s);
	if (e == GW_OK)
		e = xmpp_journal_load(x);
	if (e == GW_OK)
		e = xmpp_modules_start(x);
	return e == GW_OK ? xmpp_sm_restore(x) : e;
}

static enum gw_err open_one(struct xmpp *x, const char *address,
			    struct xmpp_listener *l, struct err_note *note)
{
	struct listener_spec spec = {
		.address = address,
		.proto = &xmpp_stream_proto,
		.arg = l,
		.tls = l->direct ? l->tls : NULL,
		.max = (unsigned)x->conf->connections,
		.per_host = (unsigned)x->conf->per_host,
		.gate = x->gate,
	};

	l->x = x;
	list_append(&x->listeners, &l->link);
	return listener_open(x->net, &spec, &l->socket, note);
}

static struct xmpp_listener *listener_new(const struct xmpp_conf_c2s *c,
					  struct tls_server *tls)
{
	struct xmpp_listener *l = mem_new(sizeof(*l));

	l->tls = tls;
	l->tls_required = c->tls == XMPP_TLS_REQUIRED;
	l->plain_without_tls = c->plain_without_tls;
	return l;
}

enum gw_err xmpp_listen(struct xmpp *x, struct tls_server *tls,
			struct err_note *note)
{
	const struct xmpp_conf *conf = x->conf;
	enum gw_err e = ask_clients(tls, conf, note);

	x->tls = tls;

	for (size_t i = 0; i < conf->c2s.listen.count && e == GW_OK; i++)
		e = open_one(x, conf->c2s.listen.items[i],
			     listener_new(&conf->c2s, tls), note);
	for (size_t i = 0; i < conf->c2s_tls.count && e == GW_OK; i++) {
		struct xmpp_listener *l = listener_new(&conf->c2s, tls);

		if (tls == NULL) {
			mem_free(l);
			break;
		}
		l->direct = true;
		e = open_one(x, conf->c2s_tls.items[i], l, note);
	}
	return e == GW_OK ? xmpp_component_listen(x, tls, note) : e;
}

void xmpp_addresses(const struct xmpp *x,
		    void (*fn)(void *arg, const char *what,
			       const char *address),
		    void *arg)
{
	LIST_EACH(node, &x->listeners)
	{
		const struct xmpp_listener *l =
			LIST_OF(node, struct xmpp_listener, link);

		if (l->socket != NULL)
			fn(arg, l->direct ? "c2s_tls" : "c2s",
			   listener_address(l->socket));
	}
	xmpp_component_addresses(x, fn, arg);
	xmpp_s2s_addresses(x->s2s, fn, arg);
}

enum gw_err xmpp_service_add(struct xmpp *x, const char *domain,
			     const struct xmpp_service *s)
{
	struct arena *a = arena_new();
	struct service_entry *entry = arena_alloc(a, sizeof(*entry));
	enum gw_err e = xmpp_jid_make(a, STR_NONE, str_of(domain), STR_NONE,
				      &entry->domain);

	if (e == GW_OK && (xmpp_is_local(x, entry->domain.full) ||
			   map_get(&x->services, entry->domain.full) != NULL))
		e = GW_CONFLICT;
	if (e != GW_OK) {
		arena_free(&a);
		return e;
	}
	entry->a = a;
	entry->service = *s;
	entry->service.name = arena_strdup(a, s->name);
	map_put(&x->services, entry->domain.full, entry);
	return GW_OK;
}

void xmpp_service_del(struct xmpp *x, const char *domain)
{
	struct service_entry *s = map_del(&x->services, str_of(domain));
	struct arena *a;

	if (s == NULL)
		return;
	a = s->a;
	arena_free(&a);
}

const struct xmpp_service *xmpp_service_next(const struct xmpp *x, size_t *it,
					     struct str *domain)
{
	const struct service_entry *s = map_next(&x->services, it);

	if (s == NULL)
		return NULL;
	*domain = s->domain.full;
	return &s->service;
}
