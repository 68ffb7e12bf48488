/* SPDX-License-Identifier: MIT */
/* nested.h - what components add to disco#info (XEP-0355 7.2)
 */
#ifndef GW_XMPP_COMPONENT_NESTED_H
#define GW_XMPP_COMPONENT_NESTED_H

#include "xmpp/component/pending.h"

/* The answer of one component for one namespace. */
struct xmpp_nested {
	struct list link;
	struct arena *a;
	struct jid host;
	struct str ns;
	bool bare; /* of accounts; else of the server */
	const char **features;
	size_t feature_count;
	struct stanza *identities; /* children of a <query/> */
};

void xmpp_nested_ask(struct xmpp_ctx *c, const struct xmpp_component *k);
/* NULL: of all. */
void xmpp_nested_forget(struct xmpp_components *all, const struct jid *host);

#endif
