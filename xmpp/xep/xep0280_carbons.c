/* SPDX-License-Identifier: MIT */
/* xep0280_carbons.c - XEP-0280: a person's other clients see what one sends
 * and receives
 *
 * A wrapper that somebody else sends is taken off, so that a forged copy never
 * arrives (B07).
 */
#include "xmpp/im/delivery.h"
#include "xmpp/module.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/carbons.h"

#define NS_CARBONS  "urn:xmpp:carbons:2"
#define NS_RULES    "urn:xmpp:carbons:rules:0"
#define NS_FORWARD  "urn:xmpp:forward:0"
#define NS_HINTS    "urn:xmpp:hints"
#define NS_RECEIPT  "urn:xmpp:receipts"
#define NS_MARKERS  "urn:xmpp:chat-markers:0"
#define NS_CHATST   "http://jabber.org/protocol/chatstates"
#define NS_INVITE   "jabber:x:conference"
#define NS_MUC_USER "http://jabber.org/protocol/muc#user"

extern const struct xmpp_module xmpp_mod_carbons;

struct carbons {
	bool on;
};

/* A room says it to each client that is in it. */
static bool is_whisper(const struct stanza *st, bool outgoing)
{
	const struct stanza *x = stanza_child(st, "x", NS_MUC_USER);

	return !outgoing && x != NULL &&
	       stanza_child(x, "invite", NS_MUC_USER) == NULL &&
	       str_find(stanza_attr(st, "from"), '/') <
		       stanza_attr(st, "from").n;
}

static bool is_invitation(const struct stanza *st)
{
	const struct stanza *x = stanza_child(st, "x", NS_MUC_USER);

	return stanza_child(st, "x", NS_INVITE) != NULL ||
	       (x != NULL && stanza_child(x, "invite", NS_MUC_USER) != NULL);
}

/* 6.1, recommended rules. */
bool xmpp_carbons_may(const struct stanza *st, bool outgoing)
{
	enum xmpp_kind kind = xmpp_delivery_kind(st);

	if (stanza_child(st, "private", NS_CARBONS) != NULL ||
	    stanza_child(st, "no-copy", NS_HINTS) != NULL ||
	    stanza_child(st, "sent", NS_CARBONS) != NULL ||
	    stanza_child(st, "received", NS_CARBONS) != NULL)
		return false;
	if (is_whisper(st, outgoing))
		return false;
	if (kind == KIND_CHAT)
		return true;
	/* An error that brings back what was said answers what was copied. */
	if (kind != KIND_NORMAL && kind != KIND_ERROR)
		return false;
	return stanza_child(st, "body", NS_CLIENT) != NULL ||
	       is_invitation(st) ||
	       stanza_child(st, NULL, NS_RECEIPT) != NULL ||
	       stanza_child(st, NULL, NS_MARKERS) != NULL ||
	       stanza_child(st, NULL, NS_CHATST) != NULL;
}

static struct stanza *wrap(struct xmpp_ctx *c, const struct xmpp_message *m)
{
	struct stanza *out = stanza_new(c->a, "message", NS_CLIENT);
	struct stanza *copy = stanza_add_new(
		c->a, out, m->outgoing ? "sent" : "received", NS_CARBONS);
	struct stanza *forwarded =
		stanza_add_new(c->a, copy, "forwarded", NS_FORWARD);
	struct str type = stanza_attr(m->st, "type");

	stanza_set_attr(c->a, out, "from", m->account->jid.full);
	if (type.p != NULL)
		stanza_set_attr(c->a, out, "type", type);
	stanza_add(forwarded, stanza_copy_head(c->a, m->st));
	return out;
}

/* Who got the message itself needs no copy. */
static bool has_it(const struct xmpp_ctx *c, const struct xmpp_message *m,
		   const struct xmpp_session *s)
{
	if (m->outgoing)
		return s == c->session;
	if (s == m->session)
		return true;
	return m->session == NULL && s->priority >= 0;
}

static bool wants_it(const struct xmpp_ctx *c, const struct xmpp_message *m,
		     struct xmpp_session *s)
{
	struct carbons *mine;

	if (has_it(c, m, s))
		return false;
	mine = xmpp_module_session(s, &xmpp_mod_carbons);
	return mine->on;
}

/* The next session after s that gets a copy; mostly there is none. */
static struct xmpp_session *next_copy(const struct xmpp_ctx *c,
				      const struct xmpp_message *m,
				      struct xmpp_session *s)
{
	do {
		s = xmpp_session_next(m->account, s);
	} while (s != NULL && !wants_it(c, m, s));
	return s;
}

static enum xmpp_verdict on_copy(struct xmpp_ctx *c, struct xmpp_message *m)
{
	struct xmpp_session *s = NULL;
	struct xmpp_fan fan;

	if (m->outgoing || m->delivered > 0)
		s = next_copy(c, m, NULL);
	if (s == NULL || !xmpp_carbons_may(m->st, m->outgoing))
		return XMPP_PASS;
	xmpp_fan_begin(&fan, c, wrap(c, m));
	for (; s != NULL; s = next_copy(c, m, s))
		xmpp_fan_session(&fan, s, s->jid.full, STR_NONE);
	xmpp_fan_end(&fan);
	return XMPP_PASS;
}

static struct stanza *without(struct arena *a, const struct stanza *st,
			      const char *name)
{
	struct stanza *out = stanza_copy_head(a, st);
	struct stanza *child;

	while ((child = stanza_child(out, name, NS_CARBONS)) != NULL)
		stanza_remove(out, child);
	return out;
}

static enum xmpp_verdict on_stamp(struct xmpp_ctx *c, struct xmpp_message *m)
{
	if (stanza_child(m->st, "received", NS_CARBONS) != NULL)
		m->st = without(c->a, m->st, "received");
	if (stanza_child(m->st, "sent", NS_CARBONS) != NULL)
		m->st = without(c->a, m->st, "sent");
	return XMPP_PASS;
}

void xmpp_carbons_enable(struct xmpp_session *s)
{
	struct carbons *mine = xmpp_module_session(s, &xmpp_mod_carbons);

	mine->on = true;
}

static enum xmpp_verdict on_enable(struct xmpp_ctx *c, const struct stanza *iq)
{
	struct carbons *mine =
		xmpp_module_session(c->session, &xmpp_mod_carbons);

	mine->on = stanza_is(xmpp_payload(iq), "enable", NS_CARBONS);
	xmpp_reply(c, iq, NULL);
	return XMPP_DONE;
}

static void save(struct xmpp_session *s, void *state, struct arena *a,
		 struct stanza *el)
{
	(void)s;
	if (((struct carbons *)state)->on)
		stanza_add_new(a, el, "enable", NS_CARBONS);
}

static void restore(struct xmpp_session *s, void *state,
		    const struct stanza *el)
{
	(void)s;
	((struct carbons *)state)->on =
		stanza_child(el, "enable", NS_CARBONS) != NULL;
}

static const char *const features[] = { NS_CARBONS, NS_RULES, NULL };

static const struct xmpp_iq_route routes[] = {
	{ IQ_SET, AT_OWN, NS_CARBONS, "enable", on_enable },
	{ IQ_SET, AT_OWN, NS_CARBONS, "disable", on_enable },
	{ .fn = NULL },
};

static const struct xmpp_message_hook hooks[] = {
	{ STAGE_STAMP, on_stamp },
	{ STAGE_COPY, on_copy },
	{ .fn = NULL },
};

const struct xmpp_module xmpp_mod_carbons = {
	.name = "carbons",
	.xep = "0280",
	.doc = "copies messages to a person's other clients",
	.features = features,
	.iq = routes,
	.messages = hooks,
	.session_size = sizeof(struct carbons),
	.session_save = save,
	.session_restore = restore,
};
