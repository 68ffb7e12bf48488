/* SPDX-License-Identifier: MIT */
/* xep0359_stanza_id.c - XEP-0359: each message gets the name of its row
 *
 * Names that claim to be ours and are not are taken off (B08), also where we
 * add none.  A message that its sender says is one (origin-id) is delivered
 * and stored once (L6).
 */
#include "xmpp/im/journal.h"
#include "xmpp/im/keep.h"
#include "xmpp/module.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/prefs.h"

/* A client speaks for nobody of this server; others not for its accounts.
 * `by` is compared as an address, not as text. */
static bool is_forged(struct xmpp_ctx *c, const struct xmpp_message *m,
		      const struct stanza *id)
{
	struct jid by;

	if (xmpp_jid_parse(c->a, stanza_attr(id, "by"), &by) != GW_OK)
		return true;
	if (m->outgoing && map_get(&c->x->services, by.domain) != NULL)
		return true;
	return xmpp_is_local(c->x, by.domain);
}

static bool any_forged(struct xmpp_ctx *c, const struct xmpp_message *m)
{
	struct stanza *id = stanza_child(m->st, "stanza-id", NS_SID);

	for (; id != NULL; id = stanza_next(id, "stanza-id", NS_SID))
		if (is_forged(c, m, id))
			return true;
	return false;
}

static enum xmpp_verdict on_stamp(struct xmpp_ctx *c, struct xmpp_message *m)
{
	struct stanza *st, *id, *next;

	if (!any_forged(c, m))
		return XMPP_PASS;
	st = stanza_copy_head(c->a, m->st);
	for (id = stanza_child(st, "stanza-id", NS_SID); id != NULL;
	     id = next) {
		next = stanza_next(id, "stanza-id", NS_SID);
		if (is_forged(c, m, id))
			stanza_remove(st, id);
	}
	m->st = st;
	return XMPP_PASS;
}

/* One's own words; to oneself they are kept as received. */
static enum xmpp_verdict store_sent(struct xmpp_ctx *c, struct xmpp_message *m)
{
	struct xmpp_put put = { .st = m->st };
	int64_t origin = xmpp_journal_origin(m->account->jid.full, m->st);

	if (xmpp_keep(m->st) != KEEP_ALWAYS ||
	    !xmpp_prefs_keep(m->account, m->to) ||
	    str_eq(m->to.bare, m->account->jid.bare) ||
	    xmpp_journal_seen(c->x, origin))
		return XMPP_PASS;
	put.row = (struct journal_row){
		.id = xmpp_journal_id(c->x),
		.owner = m->account->jid.full,
		.peer = m->to.bare,
		.origin = origin,
		.limit = -1,
		.kept = true,
		.sent = true,
	};
	xmpp_journal_put(c->x, &put, c->receipt, NULL, NULL);
	return XMPP_PASS;
}

static int64_t number_of(struct xmpp_ctx *c, struct xmpp_message *m)
{
	int64_t like;

	if (m->origin != 0)
		return m->origin;
	like = xmpp_journal_likeness(c->x, c->a, m->account->jid.full, m->st);
	if (like == 0 || xmpp_journal_seen(c->x, like))
		return m->row;
	m->likeness = like;
	return like;
}

static void add_name(struct xmpp_ctx *c, struct xmpp_message *m)
{
	struct stanza *st = stanza_copy_head(c->a, m->st);
	struct stanza *id = stanza_add_new(c->a, st, "stanza-id", NS_SID);
	char name[17];

	xmpp_journal_name(c->x, number_of(c, m), name);
	stanza_set_attr(c->a, id, "by", m->account->jid.full);
	stanza_set_attr(c->a, id, "id", str_of(name));
	m->st = st;
}

static enum xmpp_verdict on_store(struct xmpp_ctx *c, struct xmpp_message *m)
{
	enum xmpp_keep keep;

	if (m->outgoing)
		return c->x->conf->archive.keep ? store_sent(c, m) : XMPP_PASS;
	keep = xmpp_keep(m->st);
	if (keep == KEEP_NOT)
		return XMPP_PASS;
	m->origin = xmpp_journal_origin(m->account->jid.full, m->st);
	if (!c->copy && xmpp_journal_seen(c->x, m->origin))
		return XMPP_DONE;
	m->kept = keep == KEEP_ALWAYS && c->x->conf->archive.keep && !c->copy &&
		  xmpp_prefs_keep(m->account, c->from);
	if (!c->copy)
		m->row = xmpp_journal_id(c->x);
	if (m->kept)
		add_name(c, m);
	return XMPP_PASS;
}

static const char *const features[] = { NS_SID, NULL };

static const struct xmpp_message_hook hooks[] = {
	{ STAGE_STAMP, on_stamp },
	{ STAGE_STORE, on_store },
	{ .fn = NULL },
};

const struct xmpp_module xmpp_mod_stanza_id = {
	.name = "stanza_id",
	.xep = "0359",
	.doc = "names each message after its row in the archive",
	.features = features,
	.messages = hooks,
};
