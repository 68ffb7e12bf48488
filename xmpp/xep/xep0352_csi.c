/* SPDX-License-Identifier: MIT */
/* xep0352_csi.c - XEP-0352: a client nobody looks at is not woken for nothing
 *
 * Of presence and published news only the last of each is kept, lines of
 * rooms that do not name the person wait, and all of it goes with the next
 * stanza that matters, in front of it, so that the order stands.  Nothing a
 * person wants to read at once is ever held.  A cut or resumed stream is
 * active again, as the specification says.
 */
#include "xmpp/im/delivery.h"
#include "xmpp/im/keep.h"
#include "xmpp/module.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/csi.h"

#define NS_EVENT    "http://jabber.org/protocol/pubsub#event"
#define NS_MUC_USER "http://jabber.org/protocol/muc#user"
#define HELD_MAX    500

struct held {
	struct list link;
	char *key; /* NULL: replaces nothing */
	struct frame *tail;
	size_t head_len;
	char head[];
};

struct xmpp_csi {
	struct list held;
	struct map by_key;
	unsigned count;
};

/* That oneself came, went or was thrown out is no news of somebody else. */
static enum xmpp_csi_class presence_class(const struct stanza *st)
{
	const struct stanza *x = stanza_child(st, "x", NS_MUC_USER);

	if (stanza_child(x, "status", NS_MUC_USER) != NULL)
		return CSI_NOW;
	return CSI_LAST;
}

static bool names(struct str text, struct str local)
{
	if (local.n == 0)
		return true;
	for (size_t i = 0; i + local.n <= text.n; i++)
		if (str_ieq(str_make(text.p + i, local.n), local))
			return true;
	return false;
}

static enum xmpp_csi_class line_class(struct arena *a, const struct stanza *st,
				      struct str local)
{
	struct str body = stanza_child_text(a, st, "body", NS_CLIENT);

	if (stanza_child(st, "subject", NS_CLIENT) != NULL ||
	    (body.n > 0 && names(body, local)))
		return CSI_NOW;
	return body.n > 0 ? CSI_LATER : CSI_NEVER;
}

enum xmpp_csi_class xmpp_csi_class(struct arena *a, const struct stanza *st,
				   struct str local)
{
	switch (xmpp_delivery_kind(st)) {
	case KIND_PRESENCE:
		return presence_class(st);
	case KIND_GROUPCHAT:
		return line_class(a, st, local);
	case KIND_HEADLINE:
		if (stanza_child(st, "event", NS_EVENT) != NULL)
			return CSI_LAST;
		return CSI_NOW;
	case KIND_CHAT:
	case KIND_NORMAL:
		if (stanza_child(st, "composing", NULL) != NULL ||
		    stanza_child(st, "paused", NULL) != NULL)
			return xmpp_keep(st) == KEEP_NOT ? CSI_NEVER : CSI_NOW;
		return CSI_NOW;
	case KIND_ERROR:
	case KIND_PRESENCE_ERROR:
	case KIND_SUBSCRIPTION:
	case KIND_PROBE:
	case KIND_IQ_REQUEST:
	case KIND_IQ_ANSWER:
	case KIND__N:
		return CSI_NOW;
	}
	__builtin_unreachable();
}

static void held_free(struct xmpp_csi *csi, struct held *h)
{
	list_del(&h->link);
	if (h->key != NULL)
		map_del(&csi->by_key, str_of(h->key));
	csi->count--;
	frame_unref(&h->tail);
	mem_free(h->key);
	mem_free(h);
}

void xmpp_csi_flush(struct xmpp_session *s)
{
	struct xmpp_csi *csi = s->csi;

	while (csi != NULL && !list_empty(&csi->held)) {
		struct held *h = LIST_OF(csi->held.next, struct held, link);

		xmpp_session_send_frame(s, str_make(h->head, h->head_len),
					h->tail);
		held_free(csi, h);
	}
}

static char *key_of(struct arena *a, const struct stanza *st, struct str from)
{
	const struct stanza *items = stanza_child(
		stanza_child(st, "event", NS_EVENT), "items", NS_EVENT);
	struct str node = stanza_attr(items, "node");

	return arena_printf(a, STR_FMT "\n" STR_FMT, STR_ARG(from),
			    STR_ARG(node));
}

static void hold(struct xmpp_session *s, const char *key, struct str head,
		 struct frame *tail)
{
	struct xmpp_csi *csi = s->csi;
	struct held *h = mem_new(sizeof(*h) + head.n);
	struct held *old;

	h->tail = frame_ref(tail);
	h->head_len = head.n;
	if (head.n > 0)
		memcpy(h->head, head.p, head.n);
	if (key != NULL) {
		old = map_get(&csi->by_key, str_of(key));
		if (old != NULL)
			held_free(csi, old);
		h->key = mem_strdup(key);
		map_put(&csi->by_key, str_of(h->key), h);
	}
	list_append(&csi->held, &h->link);
	if (++csi->count > HELD_MAX)
		xmpp_csi_flush(s);
}

bool xmpp_csi_hold(struct xmpp_session *s, const struct stanza *st,
		   struct str from, struct str head, struct frame *tail)
{
	struct arena *a = xmpp_arena_get(s->x);
	enum xmpp_csi_class class = xmpp_csi_class(a, st, s->jid.local);

	if (from.p == NULL)
		from = stanza_attr(st, "from");
	if (class == CSI_NOW)
		xmpp_csi_flush(s);
	else if (class == CSI_LAST)
		hold(s, key_of(a, st, from), head, tail);
	else if (class == CSI_LATER)
		hold(s, NULL, head, tail);
	xmpp_arena_put(s->x, a);
	return class != CSI_NOW;
}

void xmpp_csi_set(struct xmpp_session *s, bool inactive)
{
	if (inactive == (s->csi != NULL))
		return;
	board_inactive(s->x->board, s->jid.bare, s->jid.resource, inactive);
	if (inactive) {
		s->csi = mem_new(sizeof(*s->csi));
		list_init(&s->csi->held);
		map_init(&s->csi->by_key, loop_seed(s->x->loop));
		return;
	}
	xmpp_csi_flush(s);
	map_fini(&s->csi->by_key);
	mem_free(s->csi);
	s->csi = NULL;
}

const char *xmpp_csi_element(struct xmpp_session *s, const struct stanza *el)
{
	bool inactive = stanza_is(el, "inactive", NS_CSI);

	if (!inactive && !stanza_is(el, "active", NS_CSI))
		return "unsupported-stanza-type";
	xmpp_csi_set(s, inactive);
	return NULL;
}

static void features(struct xmpp *x, struct arena *a, struct stanza *f)
{
	(void)x;
	stanza_add_new(a, f, "csi", NS_CSI);
}

const struct xmpp_module xmpp_mod_csi = {
	.name = "csi",
	.xep = "0352",
	.doc = "does not wake clients nobody looks at for nothing",
	.stream_features = features,
};
