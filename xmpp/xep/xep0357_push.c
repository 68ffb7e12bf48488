/* SPDX-License-Identifier: MIT */
/* xep0357_push.c - XEP-0357: a telephone is told that something waits
 *
 * Each client may name a service that can wake it.  The service is told that
 * there is something, never what or from whom; while it has not answered,
 * further messages are one more notice.  A service that answers with an error
 * is forgotten: at once, or, where it may pass, after some in a row.
 */
#include "gateway/run/log.h"
#include "gateway/store/kv.h"
#include "xmpp/im/journal.h"
#include "xmpp/module.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/push.h"
#include "xmpp/xml/write.h"

#define NS_PUSH	      "urn:xmpp:push:0"
#define NS_SUMMARY    "urn:xmpp:push:summary"
#define NS_PUBSUB     "http://jabber.org/protocol/pubsub"
#define NS_OPTIONS    "http://jabber.org/protocol/pubsub#publish-options"
#define NS_FORM	      "jabber:x:data"
#define ROOM	      "xmpp-push"
#define NODES_MAX     16
#define FAILURES_MAX  5
#define ANSWER_WITHIN (60 * WHEN_SECOND)

extern const struct xmpp_module xmpp_mod_push;

struct push_host {
	struct map people; /* bare JID -> struct push_person */
};

struct push_person {
	struct list nodes;
	unsigned count;
	char bare[];
};

struct push_node {
	struct list link;
	struct push_person *person;
	char *service, *node, *resource;
	char *options; /* the form, a document; "": none */
	unsigned failures;
	unsigned news; /* messages since the last notice */
	bool asked;    /* a notice is not answered */
	bool gone;     /* forgotten, but for that answer */
};

static struct push_host *host_of(struct xmpp *x)
{
	return xmpp_module_host(x, &xmpp_mod_push);
}

static struct push_person *person_of(struct xmpp *x, struct str bare)
{
	return map_get(&host_of(x)->people, bare);
}

static struct push_person *person_get(struct xmpp *x, struct str bare)
{
	struct push_person *p = person_of(x, bare);

	if (p != NULL)
		return p;
	p = mem_new(sizeof(*p) + bare.n + 1);
	memcpy(p->bare, bare.p, bare.n);
	list_init(&p->nodes);
	map_put(&host_of(x)->people, str_of(p->bare), p);
	return p;
}

static struct push_node *node_find(const struct push_person *p,
				   struct str service, struct str node)
{
	if (p == NULL)
		return NULL;
	LIST_EACH(it, &p->nodes)
	{
		struct push_node *n = LIST_OF(it, struct push_node, link);

		if (str_is(service, n->service) && str_is(node, n->node))
			return n;
	}
	return NULL;
}

static void node_free(struct push_node *n)
{
	mem_free(n->service);
	mem_free(n->node);
	mem_free(n->resource);
	mem_free(n->options);
	mem_free(n);
}

static char *copy(struct str s)
{
	return mem_strndup(s.p != NULL ? s.p : "", s.n);
}

struct wish {
	struct str service, node, resource, options;
};

static void node_set(struct xmpp *x, struct str bare, const struct wish *wish)
{
	struct push_person *p = person_get(x, bare);
	struct push_node *n = node_find(p, wish->service, wish->node);

	if (n == NULL) {
		n = mem_new(sizeof(*n));
		n->person = p;
		n->service = copy(wish->service);
		n->node = copy(wish->node);
		list_append(&p->nodes, &n->link);
		p->count++;
	}
	mem_free(n->resource);
	mem_free(n->options);
	n->resource = copy(wish->resource);
	n->options = copy(wish->options);
	n->failures = 0;
	board_push(x->board, bare, true);
}

/* Its person too, when it was the last; not while a notice is under way. */
static void node_drop(struct xmpp *x, struct push_node *n)
{
	struct push_person *p = n->person;

	list_del(&n->link);
	n->gone = true;
	n->person = NULL;
	if (!n->asked)
		node_free(n);
	if (--p->count > 0)
		return;
	board_push(x->board, str_of(p->bare), false);
	map_del(&host_of(x)->people, str_of(p->bare));
	mem_free(p);
}

static char *key_of(struct arena *a, struct str bare, struct str service,
		    struct str node)
{
	return arena_printf(a, STR_FMT "\n" STR_FMT "\n" STR_FMT, STR_ARG(bare),
			    STR_ARG(service), STR_ARG(node));
}

static void erase(struct xmpp *x, const struct push_node *n)
{
	struct arena *a = xmpp_arena_get(x);
	struct store_kv row = {
		.room = ROOM,
		.key = str_of(key_of(a, str_of(n->person->bare),
				     str_of(n->service), str_of(n->node))),
	};

	store_kv_put(x->store, &row, NULL, NULL);
	xmpp_arena_put(x, a);
}

static void forget(struct xmpp *x, struct push_node *n, const char *why)
{
	log_info("xmpp.push.disabled", "account", n->person->bare, "service",
		 n->service, "why", why, NULL);
	erase(x, n);
	node_drop(x, n);
}

/* ---- notices ---- */

static struct stanza *notice(struct xmpp_ctx *c, const struct push_node *n)
{
	struct stanza *pubsub = stanza_new(c->a, "pubsub", NS_PUBSUB);
	struct stanza *publish =
		stanza_add_new(c->a, pubsub, "publish", NS_PUBSUB);
	struct stanza *el, *field, *options;

	stanza_set_attr(c->a, publish, "node", str_of(n->node));
	el = stanza_add_new(c->a, publish, "item", NS_PUBSUB);
	el = stanza_add_new(c->a, el, "notification", NS_PUSH);
	el = stanza_add_new(c->a, el, "x", NS_FORM);
	stanza_set_attr(c->a, el, "type", STR("form"));
	field = stanza_add_new(c->a, el, "field", NS_FORM);
	stanza_set_attr(c->a, field, "type", STR("hidden"));
	stanza_set_attr(c->a, field, "var", STR("FORM_TYPE"));
	stanza_add_leaf(c->a, field, "value", NS_FORM, STR(NS_SUMMARY));
	field = stanza_add_new(c->a, el, "field", NS_FORM);
	stanza_set_attr(c->a, field, "var", STR("message-count"));
	stanza_add_leaf(c->a, field, "value", NS_FORM,
			str_of(arena_printf(c->a, "%u", n->news)));
	if (*n->options != '\0' &&
	    xmpp_xml_parse(c->x->parser, NULL, str_of(n->options), c->a,
			   &options) == GW_OK) {
		el = stanza_add_new(c->a, pubsub, "publish-options", NS_PUBSUB);
		stanza_add(el, stanza_copy_head(c->a, options));
	}
	return pubsub;
}

struct notifying {
	struct xmpp *x;
	struct push_node *node;
};

static void notify(struct xmpp *x, struct push_node *n);

static bool may_pass(enum gw_err e, const struct stanza *answer)
{
	struct str type =
		stanza_attr(stanza_child(answer, "error", NULL), "type");

	return e != GW_OK || str_is(type, "wait");
}

static void on_answer(void *arg, enum gw_err e, struct xmpp_ctx *c,
		      const struct stanza *answer)
{
	struct notifying *w = arg;
	struct push_node *n = w->node;
	bool failed =
		e != GW_OK || str_is(stanza_attr(answer, "type"), "error");

	(void)c;
	n->asked = false;
	if (n->gone)
		node_free(n);
	else if (failed && !w->x->stopping &&
		 (!may_pass(e, answer) || ++n->failures >= FAILURES_MAX))
		forget(w->x, n, e != GW_OK ? "no answer" : "error");
	else if (!failed) {
		n->failures = 0;
		if (n->news > 0)
			notify(w->x, n);
	}
	mem_free(w);
}

static void notify(struct xmpp *x, struct push_node *n)
{
	struct notifying *w;
	struct jid service, account;
	struct stanza *payload;
	struct xmpp_ctx c;

	if (n->asked || x->stopping)
		return;
	xmpp_ctx_begin(&c, x);
	if (xmpp_jid_parse(c.a, str_of(n->service), &service) == GW_OK &&
	    xmpp_jid_parse(c.a, str_of(n->person->bare), &account) == GW_OK &&
	    xmpp_jid_make(c.a, STR_NONE, account.domain, STR_NONE, &c.from) ==
		    GW_OK) {
		w = mem_new(sizeof(*w));
		w->x = x;
		w->node = n;
		n->asked = true;
		c.to = service;
		payload = notice(&c, n);
		/* The answer may come at once, and take the node with it. */
		n->news = 0;
		xmpp_query_jid(&c, payload, ANSWER_WITHIN, on_answer, w);
	}
	xmpp_ctx_end(&c);
}

/* Somebody looks at that client now: it needs no waking. */
static bool is_awake(struct xmpp *x, const struct push_node *n)
{
	struct arena *a = xmpp_arena_get(x);
	struct str full =
		str_of(arena_printf(a, "%s/%s", n->person->bare, n->resource));
	const struct xmpp_session *s = map_get(&x->by_full, full);

	xmpp_arena_put(x, a);
	return s != NULL && s->conn != 0 && s->csi == NULL;
}

struct waking {
	struct xmpp *x;
	char *bare;
	bool stored; /* no client at all has it */
};

static void on_stored(void *arg, enum gw_err e)
{
	struct waking *w = arg;
	struct push_person *p = person_of(w->x, str_of(w->bare));

	if (p != NULL && e == GW_OK) {
		/* A notice that fails at once takes its node out of the list;
		 * the person goes with the last. */
		unsigned left = p->count;
		struct list *it = p->nodes.next;

		while (left-- > 0) {
			struct push_node *n =
				LIST_OF(it, struct push_node, link);

			it = it->next;
			if (!w->stored && is_awake(w->x, n))
				continue;
			n->news++;
			notify(w->x, n);
		}
	}
	mem_free(w->bare);
	mem_free(w);
}

/* When the message is on disk, not before. */
static void wake(struct xmpp *x, struct str bare, bool stored)
{
	struct journal *batch = NULL;
	struct waking *w;

	if (person_of(x, bare) != NULL)
		batch = xmpp_journal_batch(x);
	if (batch == NULL)
		return;
	w = mem_new(sizeof(*w));
	w->x = x;
	w->bare = mem_strndup(bare.p, bare.n);
	w->stored = stored;
	journal_then(batch, on_stored, w);
}

static enum xmpp_verdict on_push(struct xmpp_ctx *c, struct xmpp_message *m)
{
	if (m->row != 0 && (m->stored || m->delivered > 0))
		wake(c->x, m->account->jid.full, m->stored);
	return XMPP_PASS;
}

void xmpp_push_cut(struct xmpp_session *s)
{
	wake(s->x, s->account->jid.full, false);
}

/* ---- enabling ---- */

struct enabling {
	struct xmpp *x;
	struct xmpp_later *later;
	struct arena *a;
	struct str bare;
	struct wish wish;
	bool enable;
};

static void on_written(void *arg, enum gw_err e)
{
	struct enabling *w = arg;
	struct arena *a = w->a;
	struct push_node *n = node_find(person_of(w->x, w->bare),
					w->wish.service, w->wish.node);
	const struct stanza *iq;
	struct xmpp_ctx c;

	/* What is in memory is what is on disk. */
	if (e != GW_OK && w->enable && n != NULL && !w->x->stopping)
		node_drop(w->x, n);
	if (xmpp_later_begin(w->later, &c, &iq)) {
		if (e == GW_OK)
			xmpp_reply(&c, iq, NULL);
		else
			xmpp_reply_error(&c, iq, xmpp_fault_of(e), NULL);
	}
	xmpp_later_end(&w->later);
	arena_free(&a);
}

static void form_of(struct arena *a, const struct stanza *el, struct str *out)
{
	const struct stanza *form = stanza_child(el, "x", NS_FORM);
	struct buf text = { 0 };

	*out = STR("");
	if (form == NULL)
		return;
	xmpp_xml_write(&text, form, XMPP_XML_BY_ITSELF);
	*out = arena_str(a, buf_str(&text));
	buf_fini(&text);
}

/* Not one of our own people: the server would be made to bother them. */
static bool service_of(struct xmpp_ctx *c, const struct stanza *el,
		       struct jid *out)
{
	return xmpp_jid_parse(c->a, stanza_attr(el, "jid"), out) == GW_OK &&
	       !xmpp_is_local(c->x, out->domain);
}

static enum xmpp_verdict on_enable(struct xmpp_ctx *c, const struct stanza *iq)
{
	const struct stanza *el = xmpp_payload(iq);
	struct push_person *p = person_of(c->x, c->session->jid.bare);
	struct str node = stanza_attr(el, "node");
	struct arena *a;
	struct enabling *w;
	struct store_kv row = { .room = ROOM };
	struct jid service;

	if (!service_of(c, el, &service)) {
		xmpp_reply_error(c, iq, XMPP_BAD_REQUEST, NULL);
		return XMPP_DONE;
	}
	if (p != NULL && p->count >= NODES_MAX &&
	    node_find(p, service.full, node) == NULL) {
		xmpp_reply_error(c, iq, XMPP_RESOURCE_CONSTRAINT, NULL);
		return XMPP_DONE;
	}
	a = arena_new();
	w = arena_alloc(a, sizeof(*w));
	w->x = c->x;
	w->a = a;
	w->enable = true;
	w->bare = arena_str(a, c->session->jid.bare);
	w->wish.service = arena_str(a, service.full);
	w->wish.node = arena_str(a, node.p != NULL ? node : STR(""));
	w->wish.resource = arena_str(a, c->session->jid.resource);
	form_of(a, el, &w->wish.options);
	node_set(c->x, w->bare, &w->wish);
	w->later = xmpp_later(c, iq);
	row.key = str_of(key_of(a, w->bare, w->wish.service, w->wish.node));
	row.value = str_of(arena_printf(a, STR_FMT "\n" STR_FMT,
					STR_ARG(w->wish.resource),
					STR_ARG(w->wish.options)));
	store_kv_put(c->x->store, &row, on_written, w);
	return XMPP_LATER;
}

static enum xmpp_verdict on_disable(struct xmpp_ctx *c, const struct stanza *iq)
{
	const struct stanza *el = xmpp_payload(iq);
	struct push_person *p = person_of(c->x, c->session->jid.bare);
	struct str node = stanza_attr(el, "node");
	struct jid service;
	unsigned left = p != NULL ? p->count : 0;
	struct list *it = p != NULL ? p->nodes.next : NULL;

	if (!service_of(c, el, &service)) {
		xmpp_reply_error(c, iq, XMPP_BAD_REQUEST, NULL);
		return XMPP_DONE;
	}
	while (left-- > 0) {
		struct push_node *n = LIST_OF(it, struct push_node, link);

		it = it->next;
		if (!str_is(service.full, n->service) ||
		    (node.p != NULL && !str_is(node, n->node)))
			continue;
		forget(c->x, n, "asked for");
	}
	xmpp_reply(c, iq, NULL);
	return XMPP_DONE;
}

/* ---- start and stop ---- */

static void load_row(struct xmpp *x, const struct store_kv *row)
{
	struct str key = row->key, rest = row->value, bare;
	struct wish wish;

	if (!str_split(&key, '\n', &bare) ||
	    !str_split(&key, '\n', &wish.service) ||
	    !str_split(&rest, '\n', &wish.resource))
		return;
	wish.node = key;
	wish.options = rest;
	node_set(x, bare, &wish);
}

static enum gw_err start(struct xmpp *x, void *host)
{
	struct push_host *h = host;
	struct arena *a = arena_new();
	struct store_kv *rows;
	size_t n = 0;
	enum gw_err e;

	map_init(&h->people, loop_seed(x->loop));
	e = store_kv_load(x->store, ROOM, a, &rows, &n);
	for (size_t i = 0; e == GW_OK && i < n; i++)
		load_row(x, &rows[i]);
	arena_free(&a);
	return e;
}

static void stop(struct xmpp *x, void *host)
{
	struct push_host *h = host;
	struct push_person *p;
	struct list *node;
	size_t it = 0;

	(void)x;
	while ((p = map_next(&h->people, &it)) != NULL) {
		while ((node = list_pop(&p->nodes)) != NULL)
			node_free(LIST_OF(node, struct push_node, link));
		mem_free(p);
	}
	map_fini(&h->people);
}

static const char *const features[] = { NS_PUSH, NULL };

static const struct xmpp_iq_route routes[] = {
	{ IQ_SET, AT_OWN, NS_PUSH, "enable", on_enable },
	{ IQ_SET, AT_OWN, NS_PUSH, "disable", on_disable },
	{ .fn = NULL },
};

static const struct xmpp_message_hook hooks[] = {
	{ STAGE_PUSH, on_push },
	{ .fn = NULL },
};

const struct xmpp_module xmpp_mod_push = {
	.name = "push",
	.xep = "0357",
	.doc = "wakes clients that are away when something waits for them",
	.features = features,
	.iq = routes,
	.messages = hooks,
	.host_size = sizeof(struct push_host),
	.start = start,
	.stop = stop,
};
