/* SPDX-License-Identifier: MIT */
/* xep0441_prefs.c - XEP-0441: whose messages a person wants kept
 *
 * A message is judged once, when it comes, and what is not kept still waits
 * until its person has it: no change of mind loses what is under way (L4).  A
 * change counts from its answer on, when it is on disk.
 */
#include "xmpp/xep/prefs.h"

#include "gateway/run/log.h"
#include "gateway/store/kv.h"
#include "xmpp/module.h"
#include "xmpp/server_private.h"
#include "xmpp/xml/write.h"

#define NS_MAM	 "urn:xmpp:mam:2"
#define ROOM	 "xmpp-archive-prefs"
#define JIDS_MAX 500

extern const struct xmpp_module xmpp_mod_prefs;

const char *const xmpp_prefs_defaults[] = { "always", "never", "roster", NULL };

struct jids {
	struct str *full;
	size_t n;
};

struct prefs {
	struct arena *a;
	struct str bare;
	enum xmpp_prefs_default otherwise;
	struct jids always, never;
};

struct prefs_host {
	struct map people; /* bare JID -> struct prefs */
};

static struct map *people_of(struct xmpp *x)
{
	struct prefs_host *h = xmpp_module_host(x, &xmpp_mod_prefs);

	return &h->people;
}

/* 2.3: an entry with a resource is that client, without one the person. */
static bool lists(const struct jids *l, struct jid peer)
{
	for (size_t i = 0; i < l->n; i++)
		if (str_eq(l->full[i], peer.bare) ||
		    str_eq(l->full[i], peer.full))
			return true;
	return false;
}

bool xmpp_prefs_keep(const struct xmpp_account *acc, struct jid peer)
{
	const struct prefs *p = map_get(people_of(acc->x), acc->jid.full);
	int otherwise = acc->x->conf->archive.keep_by_default;
	const struct xmpp_roster_item *contact;

	if (p != NULL) {
		if (lists(&p->never, peer))
			return false;
		if (lists(&p->always, peer))
			return true;
		otherwise = (int)p->otherwise;
	}
	if (otherwise != PREFS_ROSTER)
		return otherwise == PREFS_ALWAYS;
	contact = xmpp_roster_find(&acc->roster, peer.bare);
	return contact != NULL && contact->row.listed;
}

/* ---- what a person says of it ---- */

static enum gw_err default_of(struct str word, enum xmpp_prefs_default *out)
{
	for (int i = 0; xmpp_prefs_defaults[i] != NULL; i++)
		if (str_is(word, xmpp_prefs_defaults[i])) {
			*out = (enum xmpp_prefs_default)i;
			return GW_OK;
		}
	return GW_BAD_INPUT;
}

static enum gw_err jids_of(struct arena *a, const struct stanza *el,
			   struct jids *out)
{
	const struct stanza *child = stanza_child(el, "jid", NS_MAM);
	struct jid jid;

	if (child != NULL)
		out->full = arena_alloc(a, JIDS_MAX * sizeof(*out->full));
	for (; child != NULL; child = stanza_next(child, "jid", NS_MAM)) {
		if (out->n == JIDS_MAX)
			return GW_LIMIT;
		if (xmpp_jid_parse(a, stanza_text(a, child), &jid) != GW_OK)
			return GW_BAD_INPUT;
		out->full[out->n++] = jid.full;
	}
	return GW_OK;
}

static enum gw_err parse(struct arena *a, const struct stanza *el,
			 struct prefs *p)
{
	enum gw_err e = default_of(stanza_attr(el, "default"), &p->otherwise);

	if (e == GW_OK)
		e = jids_of(a, stanza_child(el, "always", NS_MAM), &p->always);
	if (e == GW_OK)
		e = jids_of(a, stanza_child(el, "never", NS_MAM), &p->never);
	return e;
}

static void add_jids(struct arena *a, struct stanza *el, const char *name,
		     const struct jids *l)
{
	struct stanza *list = stanza_add_new(a, el, name, NS_MAM);

	for (size_t i = 0; i < l->n; i++)
		stanza_add_leaf(a, list, "jid", NS_MAM, l->full[i]);
}

static struct stanza *describe(struct arena *a, const struct prefs *p)
{
	struct stanza *el = stanza_new(a, "prefs", NS_MAM);

	stanza_set_attr(a, el, "default",
			str_of(xmpp_prefs_defaults[p->otherwise]));
	add_jids(a, el, "always", &p->always);
	add_jids(a, el, "never", &p->never);
	return el;
}

/* ---- kept ---- */

static void drop(struct map *people, struct prefs *p)
{
	struct arena *a = p->a;

	map_del(people, p->bare);
	arena_free(&a);
}

static void copy_jids(struct arena *a, struct jids *to, const struct jids *from)
{
	to->full = arena_alloc(a, (from->n + 1) * sizeof(*to->full));
	for (to->n = 0; to->n < from->n; to->n++)
		to->full[to->n] = arena_str(a, from->full[to->n]);
}

static void apply(struct xmpp *x, struct str bare, const struct prefs *from)
{
	struct map *people = people_of(x);
	struct prefs *old = map_get(people, bare), *p;
	struct arena *a = arena_new();

	p = arena_alloc(a, sizeof(*p));
	p->a = a;
	p->bare = arena_str(a, bare);
	p->otherwise = from->otherwise;
	copy_jids(a, &p->always, &from->always);
	copy_jids(a, &p->never, &from->never);
	if (old != NULL)
		drop(people, old);
	map_put(people, p->bare, p);
}

struct setting {
	struct xmpp *x;
	struct arena *a;
	struct str bare;
	struct prefs prefs;
	struct xmpp_later *later;
};

static void on_saved(void *arg, enum gw_err e)
{
	struct setting *w = arg;
	struct arena *a = w->a;
	const struct stanza *iq;
	struct xmpp_ctx c;

	if (e == GW_OK && !w->x->stopping)
		apply(w->x, w->bare, &w->prefs);
	if (xmpp_later_begin(w->later, &c, &iq)) {
		if (e == GW_OK)
			xmpp_reply(&c, iq, describe(c.a, &w->prefs));
		else
			xmpp_reply_error(&c, iq, xmpp_fault_of(e), NULL);
	}
	xmpp_later_end(&w->later);
	arena_free(&a);
}

static enum xmpp_verdict on_set(struct xmpp_ctx *c, const struct stanza *iq)
{
	struct arena *a = arena_new();
	struct setting *w = arena_alloc(a, sizeof(*w));
	struct store_kv row = { .room = ROOM };
	struct buf text = { 0 };
	enum gw_err e = parse(a, xmpp_payload(iq), &w->prefs);

	if (e != GW_OK) {
		xmpp_reply_error(c, iq,
				 e == GW_LIMIT ? XMPP_POLICY_VIOLATION
					       : XMPP_BAD_REQUEST,
				 NULL);
		arena_free(&a);
		return XMPP_DONE;
	}
	w->x = c->x;
	w->a = a;
	w->bare = arena_str(a, c->from.bare);
	w->later = xmpp_later(c, iq);
	xmpp_xml_write(&text, describe(a, &w->prefs), XMPP_XML_BY_ITSELF);
	row.key = w->bare;
	row.value = buf_str(&text);
	store_kv_put(c->x->store, &row, on_saved, w);
	buf_fini(&text);
	return XMPP_LATER;
}

static enum xmpp_verdict on_prefs(struct xmpp_ctx *c, const struct stanza *iq)
{
	const struct xmpp_conf_archive *conf = &c->x->conf->archive;
	const struct prefs *p = map_get(people_of(c->x), c->from.bare);
	struct prefs none = {
		.otherwise = (enum xmpp_prefs_default)conf->keep_by_default
	};

	if (!conf->keep)
		xmpp_reply_error(c, iq, XMPP_FEATURE_NOT_IMPLEMENTED,
				 "nothing is kept here");
	else if (str_is(stanza_attr(iq, "type"), "set"))
		return on_set(c, iq);
	else
		xmpp_reply(c, iq, describe(c->a, p != NULL ? p : &none));
	return XMPP_DONE;
}

static void load_row(struct xmpp *x, const struct store_kv *row)
{
	struct arena *a = xmpp_arena_get(x);
	struct prefs p = { .otherwise = PREFS_ALWAYS };
	struct stanza *el;

	if (xmpp_xml_parse(x->parser, NULL, row->value, a, &el) == GW_OK &&
	    parse(a, el, &p) == GW_OK)
		apply(x, row->key, &p);
	else
		log_error("xmpp.prefs.badrow", "account", LOG_STR(row->key),
			  NULL);
	xmpp_arena_put(x, a);
}

static enum gw_err start(struct xmpp *x, void *host)
{
	struct prefs_host *h = host;
	struct arena *a = arena_new();
	struct store_kv *rows;
	size_t n = 0;
	enum gw_err e;

	map_init(&h->people, loop_seed(x->loop));
	e = store_kv_load(x->store, ROOM, a, &rows, &n);
	for (size_t i = 0; i < n && e == GW_OK; i++)
		load_row(x, &rows[i]);
	arena_free(&a);
	return e;
}

static void stop(struct xmpp *x, void *host)
{
	struct prefs_host *h = host;
	struct prefs *p;
	size_t it = 0;

	(void)x;
	while ((p = map_next(&h->people, &it)) != NULL)
		drop(&h->people, p);
	map_fini(&h->people);
}

static const struct xmpp_iq_route routes[] = {
	{ IQ_GET | IQ_SET, AT_OWN, NS_MAM, "prefs", on_prefs },
	{ .fn = NULL },
};

const struct xmpp_module xmpp_mod_prefs = {
	.name = "prefs",
	.xep = "0441",
	.doc = "lets persons say whose messages are archived",
	.iq = routes,
	.host_size = sizeof(struct prefs_host),
	.start = start,
	.stop = stop,
};
