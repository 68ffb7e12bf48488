/* SPDX-License-Identifier: MIT */
/* keep.c - which messages are stored, and for how long */
#include "xmpp/im/keep.h"

#include "xmpp/im/delivery.h"
#include "xmpp/xml/ns.h"

#define NS_HINTS "urn:xmpp:hints"

/* What a person wants to read, and what says that it was read or is not to
 * be; chat states and the like are for those who are there. */
static const struct {
	const char *name, *ns;
} worth[] = {
	{ "body", XMPP_NS_CLIENT },
	{ "subject", XMPP_NS_CLIENT },
	{ "store", NS_HINTS },
	{ "received", "urn:xmpp:receipts" },
	{ NULL, "urn:xmpp:chat-markers:0" },
	{ "reactions", "urn:xmpp:reactions:0" },
	{ "retract", "urn:xmpp:message-retract:1" },
	{ "encrypted", "eu.siacs.conversations.axolotl" },
	{ "encrypted", "urn:xmpp:omemo:2" },
	{ "openpgp", "urn:xmpp:openpgp:0" },
};

/* Copies of messages that are stored already (L6). */
static const struct {
	const char *name, *ns;
} wrappers[] = {
	{ "sent", "urn:xmpp:carbons:2" },
	{ "received", "urn:xmpp:carbons:2" },
	{ "result", "urn:xmpp:mam:2" },
	{ "result", "urn:xmpp:mam:1" },
};

static bool is_wrapper(const struct stanza *st)
{
	for (size_t i = 0; i < sizeof(wrappers) / sizeof(wrappers[0]); i++)
		if (stanza_child(st, wrappers[i].name, wrappers[i].ns) != NULL)
			return true;
	return false;
}

static bool is_worth_it(const struct stanza *st)
{
	for (size_t i = 0; i < sizeof(worth) / sizeof(worth[0]); i++)
		if (stanza_child(st, worth[i].name, worth[i].ns) != NULL)
			return true;
	return false;
}

enum xmpp_keep xmpp_keep(const struct stanza *st)
{
	enum xmpp_kind kind = xmpp_delivery_kind(st);

	if (kind != KIND_NORMAL && kind != KIND_CHAT)
		return KEEP_NOT;
	if (stanza_child(st, "no-store", NS_HINTS) != NULL || is_wrapper(st) ||
	    !is_worth_it(st))
		return KEEP_NOT;
	if (stanza_child(st, "no-permanent-store", NS_HINTS) != NULL)
		return KEEP_UNTIL;
	return KEEP_ALWAYS;
}
