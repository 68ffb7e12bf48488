/* SPDX-License-Identifier: MIT */
/* keep.c - which messages are stored, and for how long */
#include "xmpp/im/keep.h"

#include "xmpp/im/delivery.h"
#include "xmpp/xml/ns.h"

#define NS_HINTS "urn:xmpp:hints"

enum says { NOTHING, WORTH, NO_STORE, NO_ARCHIVE, WRAPPER };

#define TEXT(lit)                                                              \
	{                                                                      \
		lit, sizeof(lit) - 1                                           \
	}

/* Worth it is what a person wants to read, and what says that it was read or
 * is not to be; chat states and the like are for those who are there.  A
 * wrapper holds a copy of what is stored already (L6). */
static const struct {
	struct str name, ns; /* .p NULL: any */
	enum says says;
} meanings[] = {
	{ TEXT("body"), TEXT(XMPP_NS_CLIENT), WORTH },
	{ TEXT("subject"), TEXT(XMPP_NS_CLIENT), WORTH },
	{ TEXT("store"), TEXT(NS_HINTS), WORTH },
	{ TEXT("received"), TEXT("urn:xmpp:receipts"), WORTH },
	{ { NULL, 0 }, TEXT("urn:xmpp:chat-markers:0"), WORTH },
	{ TEXT("reactions"), TEXT("urn:xmpp:reactions:0"), WORTH },
	{ TEXT("retract"), TEXT("urn:xmpp:message-retract:1"), WORTH },
	{ TEXT("encrypted"), TEXT("eu.siacs.conversations.axolotl"), WORTH },
	{ TEXT("encrypted"), TEXT("urn:xmpp:omemo:2"), WORTH },
	{ TEXT("openpgp"), TEXT("urn:xmpp:openpgp:0"), WORTH },
	{ TEXT("no-store"), TEXT(NS_HINTS), NO_STORE },
	{ TEXT("no-permanent-store"), TEXT(NS_HINTS), NO_ARCHIVE },
	{ TEXT("sent"), TEXT("urn:xmpp:carbons:2"), WRAPPER },
	{ TEXT("received"), TEXT("urn:xmpp:carbons:2"), WRAPPER },
	{ TEXT("result"), TEXT("urn:xmpp:mam:2"), WRAPPER },
	{ TEXT("result"), TEXT("urn:xmpp:mam:1"), WRAPPER },
};

static enum says what_says(const struct stanza *child)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (stanza_like(child, meanings[i].name, meanings[i].ns))
			return meanings[i].says;
	return NOTHING;
}

enum xmpp_keep xmpp_keep(const struct stanza *st)
{
	enum xmpp_kind kind = xmpp_delivery_kind(st);
	bool said[WRAPPER + 1] = { false };

	if (kind != KIND_NORMAL && kind != KIND_CHAT)
		return KEEP_NOT;
	for (const struct stanza *child = stanza_first_element(st);
	     child != NULL; child = stanza_next_element(child))
		said[what_says(child)] = true;
	if (said[NO_STORE] || said[WRAPPER] || !said[WORTH])
		return KEEP_NOT;
	return said[NO_ARCHIVE] ? KEEP_UNTIL : KEEP_ALWAYS;
}
