/* SPDX-License-Identifier: MIT */
/* fault.c - stanza errors: names, types, the answer */
#include "xmpp/fault.h"

#include "xmpp/server.h"

static const struct {
	const char *name;
	const char *type;
} conditions[] = {
#define ROW(id, text, kind) [XMPP_##id] = { text, kind },
	XMPP_CONDITIONS(ROW)
#undef ROW
};

const char *xmpp_fault_name(enum xmpp_condition cond)
{
	return conditions[cond].name;
}

enum xmpp_condition xmpp_fault_of(enum gw_err e)
{
	switch (e) {
	case GW_BAD_INPUT:
		return XMPP_BAD_REQUEST;
	case GW_AGAIN:
	case GW_LIMIT:
	case GW_UNAVAIL:
		return XMPP_RESOURCE_CONSTRAINT;
	case GW_DENIED:
		return XMPP_FORBIDDEN;
	case GW_NOT_FOUND:
		return XMPP_ITEM_NOT_FOUND;
	case GW_CONFLICT:
		return XMPP_CONFLICT;
	case GW_OK:
	case GW_INTERNAL:
		return XMPP_INTERNAL_SERVER_ERROR;
	}
	__builtin_unreachable();
}

/* RFC 6120 8.3.1: an error is never answered by an error, and a result is an
 * answer already. */
static bool answerable(const struct stanza *st)
{
	struct str type = stanza_attr(st, "type");

	if (str_is(type, "error"))
		return false;
	return !(stanza_is(st, "iq", NULL) && str_is(type, "result"));
}

struct stanza *xmpp_fault_stanza(struct arena *a, const struct stanza *st,
				 enum xmpp_condition cond, const char *text)
{
	struct stanza *out, *error;

	if (!answerable(st))
		return NULL;
	out = stanza_new(a, arena_strndup(a, st->name.p, st->name.n),
			 NS_CLIENT);
	stanza_set_attr(a, out, "type", STR("error"));
	if (stanza_attr(st, "id").p != NULL)
		stanza_set_attr(a, out, "id", stanza_attr(st, "id"));
	if (stanza_attr(st, "from").p != NULL)
		stanza_set_attr(a, out, "to", stanza_attr(st, "from"));
	if (stanza_attr(st, "to").p != NULL)
		stanza_set_attr(a, out, "from", stanza_attr(st, "to"));
	error = stanza_add_new(a, out, "error", NS_CLIENT);
	stanza_set_attr(a, error, "type", str_of(conditions[cond].type));
	stanza_add_new(a, error, conditions[cond].name, NS_STANZAS);
	if (text != NULL)
		stanza_add_leaf(a, error, "text", NS_STANZAS, str_of(text));
	return out;
}
