/* SPDX-License-Identifier: MIT */
/* disco.c - what the service and a room say of themselves (section 6)
 *
 * Who is not in a members-only room learns its name and rules, no more (B18).
 */
#include "xmpp/muc/form.h"
#include "xmpp/muc/news.h"

#define NS_ROOMINFO NS_MUC "#roominfo"
#define ITEMS_MAX   1000

static void add_identity(struct xmpp_ctx *c, struct stanza *query,
			 struct str name)
{
	struct stanza *e =
		stanza_add_new(c->a, query, "identity", NS_DISCO_INFO);

	stanza_set_attr(c->a, e, "category", STR("conference"));
	stanza_set_attr(c->a, e, "type", STR("text"));
	stanza_set_attr(c->a, e, "name", name);
}

static void add_feature(struct xmpp_ctx *c, struct stanza *query,
			const char *var)
{
	stanza_set_attr(c->a,
			stanza_add_new(c->a, query, "feature", NS_DISCO_INFO),
			"var", str_of(var));
}

static void add_features(struct xmpp_ctx *c, struct stanza *query,
			 const char *const *vars)
{
	for (; *vars != NULL; vars++)
		add_feature(c, query, *vars);
}

static struct str name_of(const struct xmpp_room *r)
{
	return r->set.name.n > 0 ? r->set.name : r->jid.local;
}

static bool may_know(struct xmpp_ctx *c, const struct xmpp_room *r)
{
	return xmpp_occupant_seat(r, c->from) != NULL ||
	       xmpp_room_affiliation(r, c->from.bare) >= MUC_MEMBER;
}

static void service_info(struct xmpp_ctx *c, struct stanza *query)
{
	static const char *const features[] = {
		NS_DISCO_INFO, NS_DISCO_ITEMS, NS_MUC,
		NS_PING,       NS_OCCUPANT_ID, NULL,
	};

	add_identity(c, query, STR("Rooms"));
	add_features(c, query, features);
}

static void rules(struct xmpp_ctx *c, struct stanza *query,
		  const struct xmpp_room *r)
{
	static const struct {
		unsigned flag;
		const char *yes, *no;
	} rows[] = {
		{ MUC_PERSISTENT, "muc_persistent", "muc_temporary" },
		{ MUC_PUBLIC, "muc_public", "muc_hidden" },
		{ MUC_MEMBERS_ONLY, "muc_membersonly", "muc_open" },
		{ MUC_MODERATED, "muc_moderated", "muc_unmoderated" },
		{ MUC_OPEN_JIDS, "muc_nonanonymous", "muc_semianonymous" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		add_feature(c, query,
			    xmpp_room_is(r, rows[i].flag) ? rows[i].yes
							  : rows[i].no);
	add_feature(c, query,
		    r->set.password.n > 0 ? "muc_passwordprotected"
					  : "muc_unsecured");
}

static void add_info(struct xmpp_ctx *c, struct stanza *form, const char *var,
		     struct str value)
{
	xmpp_form_add(c->a, form,
		      &(struct xmpp_form_field){ .var = var, .value = value });
}

static struct stanza *room_form(struct xmpp_ctx *c, const struct xmpp_room *r)
{
	struct stanza *form = xmpp_form_new(c->a, "result", NS_ROOMINFO);

	add_info(c, form, "muc#maxhistoryfetch",
		 str_of(arena_printf(c->a, "%lld", (long long)r->set.history)));
	add_info(c, form, "muc#roominfo_description", r->set.description);
	if (xmpp_room_is(r, MUC_MEMBERS_ONLY) && !may_know(c, r))
		return form;
	add_info(c, form, "muc#roominfo_subject", str_of(r->subject));
	add_info(c, form, "muc#roominfo_occupants",
		 str_of(arena_printf(c->a, "%u", r->by_key.used)));
	return form;
}

static void room_info(struct xmpp_ctx *c, const struct xmpp_room *r,
		      struct stanza *query)
{
	static const char *const features[] = {
		NS_DISCO_INFO,
		NS_DISCO_ITEMS,
		NS_MUC,
		NS_MUC "#stable_id",
		NS_MUC "#self-ping-optimization",
		NS_PING,
		NS_SID,
		NS_OCCUPANT_ID,
		NULL,
	};

	add_identity(c, query, name_of(r));
	add_features(c, query, features);
	rules(c, query, r);
	stanza_add(query, room_form(c, r));
}

static void add_item(struct xmpp_ctx *c, struct stanza *query, struct str jid,
		     struct str name)
{
	struct stanza *item =
		stanza_add_new(c->a, query, "item", NS_DISCO_ITEMS);

	stanza_set_attr(c->a, item, "jid", jid);
	if (name.p != NULL)
		stanza_set_attr(c->a, item, "name", name);
}

static void service_items(struct xmpp_ctx *c, struct xmpp_muc *m,
			  struct stanza *query)
{
	const struct xmpp_room *r;
	unsigned count = 0;
	size_t it = 0;

	while ((r = xmpp_room_next(m, &it)) != NULL && count < ITEMS_MAX) {
		if (r->locked ||
		    (!xmpp_room_is(r, MUC_PUBLIC) && !may_know(c, r)))
			continue;
		add_item(c, query, r->jid.bare, name_of(r));
		count++;
	}
}

static void room_items(struct xmpp_ctx *c, const struct xmpp_room *r,
		       struct stanza *query)
{
	const struct xmpp_occupant *o = xmpp_occupant_next(r, NULL);

	for (; o != NULL; o = xmpp_occupant_next(r, o))
		add_item(c, query, xmpp_occupant_jid(o, c->a), STR_NONE);
}

/* A node we know is the reserved nick (7.12): nobody has one here, and then
 * the answer is empty. */
static bool on_node(struct xmpp_ctx *c, const struct stanza *iq,
		    struct stanza *query)
{
	struct str node = stanza_attr(xmpp_payload(iq), "node");

	if (node.p == NULL)
		return false;
	if (str_is(node, "x-roomuser-item")) {
		stanza_set_attr(c->a, query, "node", node);
		xmpp_reply(c, iq, query);
	} else {
		xmpp_reply_error(c, iq, XMPP_ITEM_NOT_FOUND, NULL);
	}
	return true;
}

void xmpp_muc_disco(struct xmpp_ctx *c, struct xmpp_muc *m, struct xmpp_room *r,
		    const struct stanza *iq)
{
	bool info = stanza_is(xmpp_payload(iq), NULL, NS_DISCO_INFO);
	struct stanza *query = stanza_new(
		c->a, "query", info ? NS_DISCO_INFO : NS_DISCO_ITEMS);

	if (on_node(c, iq, query))
		return;
	if (!info && r != NULL && !may_know(c, r)) {
		xmpp_reply_error(c, iq, XMPP_FORBIDDEN, NULL);
		return;
	}
	if (info && r != NULL)
		room_info(c, r, query);
	else if (info)
		service_info(c, query);
	else if (r != NULL)
		room_items(c, r, query);
	else
		service_items(c, m, query);
	xmpp_reply(c, iq, query);
}
