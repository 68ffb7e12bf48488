/* SPDX-License-Identifier: MIT */
/* dialback.c - XEP-0220
 *
 * Elements are written with the prefix the stream header declares: some
 * servers look for "db:" and not for the namespace.
 */
#include "xmpp/s2s/dialback.h"

#include "gateway/run/log.h"
#include "xmpp/xml/write.h"

#define KEY_MAX	   256
#define CHECKS_MAX 32

/* A key that waits for the word of its domain. */
struct check {
	struct list link; /* in link->checks */
	uint64_t conn;	  /* where it was shown */
	char *id, *key;
	bool sent;
};

struct db {
	const char *name; /* "result", "verify" */
	struct str from, to, id, type;
	struct str text;
	const char *error; /* condition of type='error' */
};

static void add_attr(struct buf *out, const char *name, struct str value)
{
	if (value.n == 0)
		return;
	buf_printf(out, " %s='", name);
	xmpp_xml_write_value(out, value);
	buf_add_char(out, '\'');
}

static void say(struct xmpp_s2s_stream *s, const struct db *d)
{
	struct buf out = { 0 };

	buf_printf(&out, "<db:%s", d->name);
	add_attr(&out, "from", d->from);
	add_attr(&out, "to", d->to);
	add_attr(&out, "id", d->id);
	add_attr(&out, "type", d->type);
	buf_add_char(&out, '>');
	if (d->error != NULL)
		buf_printf(&out,
			   "<error type='cancel'><%s xmlns='" NS_STANZAS
			   "'/></error>",
			   d->error);
	else
		xmpp_xml_write_value(&out, d->text);
	buf_printf(&out, "</db:%s>", d->name);
	conn_write_str(s->c, buf_str(&out));
	buf_fini(&out);
}

/* ---- our own key ---- */

void xmpp_s2s_dialback_prove(struct xmpp_s2s_stream *s, struct xmpp_s2s_link *l)
{
	char key[XMPP_S2S_KEY_LEN + 1];
	struct xmpp_s2s_key_of of = { .receiving = l->to.full,
				      .originating = l->from.full,
				      .id = s->id };

	xmpp_s2s_key(s->s2s->secret, &of, key);
	say(s, &(struct db){ .name = "result",
			     .from = l->from.full,
			     .to = l->to.full,
			     .text = str_of(key) });
}

/* Somebody asks whether a key is ours. */
const char *xmpp_s2s_dialback_verify(struct xmpp_s2s_stream *s,
				     const struct stanza *el)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct jid from, to;
	struct xmpp_s2s_key_of of = { .id = stanza_attr(el, "id") };
	const char *error = NULL;
	bool fits;

	if (of.id.n == 0 ||
	    xmpp_jid_parse(a, stanza_attr(el, "from"), &from) != GW_OK ||
	    xmpp_jid_parse(a, stanza_attr(el, "to"), &to) != GW_OK) {
		error = "improper-addressing";
	} else if (!xmpp_s2s_is_ours(s->s2s, to.full)) {
		error = "host-unknown";
	} else {
		of.receiving = from.full;
		of.originating = to.full;
		fits = xmpp_s2s_key_fits(s->s2s->secret, &of,
					 str_trim(stanza_text(a, el)));
		say(s, &(struct db){ .name = "verify",
				     .from = to.full,
				     .to = from.full,
				     .id = of.id,
				     .type = fits ? STR("valid")
						  : STR("invalid") });
	}
	xmpp_arena_put(s->x, a);
	return error;
}

/* ---- the key of another server ---- */

static void check_free(struct check *c)
{
	list_del(&c->link);
	mem_free(c->id);
	mem_free(c->key);
	mem_free(c);
}

static void settle(struct xmpp_s2s_link *l, struct check *c, bool valid,
		   const char *error)
{
	struct conn *conn = conn_find(l->s2s->x->net, c->conn);
	struct xmpp_s2s_stream *s = conn != NULL ? conn_state(conn) : NULL;
	struct xmpp_s2s_pair *p = NULL;

	if (s != NULL && s->step != S2S_CLOSED)
		p = xmpp_s2s_pair_find(s, l->from.full, l->to.full);
	check_free(c);
	if (p == NULL || p->proof != NULL)
		return;
	say(s, &(struct db){ .name = "result",
			     .from = p->local.full,
			     .to = p->remote.full,
			     .type = error != NULL ? STR("error")
				     : valid	   ? STR("valid")
						   : STR("invalid"),
			     .error = error });
	log_info("s2s.dialback", "from", p->remote.full.p, "to",
		 p->local.full.p, "peer", conn_peer(conn), "answer",
		 error != NULL ? error
		 : valid       ? "valid"
			       : "invalid",
		 NULL);
	if (!valid) {
		xmpp_s2s_note_refusal(s, error != NULL
						 ? "dialback: its own server "
						   "could not be asked"
						 : "dialback: its own server "
						   "does not know the key");
		xmpp_s2s_pair_drop(s, p);
		/* XEP-0220 2.1.2: a forged key ends the stream. */
		if (error == NULL)
			xmpp_s2s_close(s);
		return;
	}
	p->proof = "dialback";
	xmpp_s2s_proved(s);
	if (s->bidi)
		xmpp_s2s_link_adopt(s, p->local, p->remote);
}

static const char *take_key(struct xmpp_s2s_stream *s, struct jid local,
			    struct jid remote, struct str key)
{
	struct xmpp_s2s_link *l;
	struct check *c;
	unsigned waiting = 0;

	if (xmpp_s2s_pair_find(s, local.full, remote.full) != NULL)
		return NULL;
	l = xmpp_s2s_link_want(s->s2s, local, remote);
	if (l == NULL)
		return "resource-constraint";
	LIST_EACH(node, &l->checks)
	{
		waiting++;
	}
	if (waiting >= CHECKS_MAX ||
	    xmpp_s2s_pair_add(s, local, remote, NULL) == NULL)
		return "resource-constraint";
	c = mem_new(sizeof(*c));
	c->conn = conn_id(s->c);
	c->id = mem_strndup(s->id.p, s->id.n);
	c->key = mem_strndup(key.p, key.n);
	list_append(&l->checks, &c->link);
	/* XEP-0288 2.2: never where the key may have come from. */
	if (l->adopted)
		xmpp_s2s_link_lost(l, "a key must be verified");
	else if (l->state == LINK_NEGOTIATING || l->state == LINK_READY)
		(void)xmpp_s2s_dialback_ask(l, xmpp_s2s_link_stream(l));
	else
		xmpp_s2s_link_start(l);
	return NULL;
}

static const char *judge_claim(const struct xmpp_s2s_stream *s, struct jid from,
			       struct jid to, struct str key)
{
	struct xmpp_s2s_policy policy =
		xmpp_s2s_policy(xmpp_s2s_config(s->s2s), from.full);

	if (from.local.p != NULL || from.resource.p != NULL)
		return "improper-addressing";
	if (!xmpp_s2s_is_ours(s->s2s, to.full))
		return "host-unknown";
	if (xmpp_s2s_is_ours(s->s2s, from.full) || key.n == 0 ||
	    key.n > KEY_MAX)
		return "invalid-from";
	if (!policy.allow)
		return "policy-violation";
	/* The header may have been of a domain with less to fear. */
	return policy.tls_required && !s->secured ? "not-authorized" : NULL;
}

const char *xmpp_s2s_dialback_result(struct xmpp_s2s_stream *s,
				     const struct stanza *el)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct jid from, to;
	struct str key = str_trim(stanza_text(a, el));
	const char *error = "improper-addressing";

	if (xmpp_jid_parse(a, stanza_attr(el, "from"), &from) == GW_OK &&
	    xmpp_jid_parse(a, stanza_attr(el, "to"), &to) == GW_OK)
		error = judge_claim(s, from, to, key);
	if (error == NULL)
		error = take_key(s, to, from, key);
	xmpp_arena_put(s->x, a);
	return error;
}

static bool may_ask(const struct xmpp_s2s_stream *s)
{
	return s != NULL && (s->step == S2S_KEYS || s->step == S2S_RESULT ||
			     s->step == S2S_READY);
}

unsigned xmpp_s2s_dialback_ask(struct xmpp_s2s_link *l,
			       struct xmpp_s2s_stream *s)
{
	unsigned open = 0;

	LIST_EACH(node, &l->checks)
	{
		struct check *c = LIST_OF(node, struct check, link);

		open++;
		if (c->sent || !may_ask(s))
			continue;
		c->sent = true;
		say(s, &(struct db){ .name = "verify",
				     .from = l->from.full,
				     .to = l->to.full,
				     .id = str_of(c->id),
				     .text = str_of(c->key) });
	}
	return open;
}

void xmpp_s2s_dialback_answer(struct xmpp_s2s_link *l, const struct stanza *el)
{
	struct xmpp_s2s_stream *s;
	struct str type = stanza_attr(el, "type");
	struct str id = stanza_attr(el, "id");

	if (!str_eq(stanza_attr(el, "from"), l->to.full) ||
	    !str_eq(stanza_attr(el, "to"), l->from.full))
		return;
	LIST_EACH(node, &l->checks)
	{
		struct check *c = LIST_OF(node, struct check, link);

		if (!c->sent || !str_is(id, c->id))
			continue;
		settle(l, c, str_is(type, "valid"),
		       str_is(type, "error") ? "remote-server-not-found"
					     : NULL);
		break;
	}
	s = xmpp_s2s_link_stream(l);
	if (s != NULL && s->step == S2S_KEYS && list_empty(&l->checks))
		xmpp_s2s_out_prove(s);
}

void xmpp_s2s_dialback_give_up(struct xmpp_s2s_link *l)
{
	while (!list_empty(&l->checks))
		settle(l, LIST_OF(l->checks.next, struct check, link), false,
		       "remote-server-timeout");
}
