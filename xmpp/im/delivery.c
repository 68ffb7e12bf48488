/* SPDX-License-Identifier: MIT */
/* delivery.c - RFC 6121 8.5 as one total table, pure */
#include "xmpp/im/delivery.h"

#include "xmpp/xml/ns.h"

#define DROP  DELIVER_DROP
#define BACK  DELIVER_BOUNCE
#define ONE   DELIVER_ONE
#define MANY  DELIVER_NONNEGATIVE
#define ALL   DELIVER_AVAILABLE
#define STORE DELIVER_STORE
#define BARE  DELIVER_AS_BARE
#define SELF  DELIVER_HANDLE

/* clang-format off */
static const unsigned char table[KIND__N][TARGET__N] = {
	/*                       NOBODY NEGATIVE  BARE   FULL   GONE */
	[KIND_NORMAL] =         { STORE, STORE,   MANY,  ONE,   BACK },
	[KIND_CHAT] =           { STORE, STORE,   MANY,  ONE,   BARE },
	[KIND_GROUPCHAT] =      { BACK,  BACK,    BACK,  ONE,   BACK },
	[KIND_HEADLINE] =       { DROP,  DROP,    MANY,  ONE,   DROP },
	[KIND_ERROR] =          { DROP,  DROP,    DROP,  ONE,   DROP },
	[KIND_PRESENCE] =       { DROP,  ALL,     ALL,   ONE,   DROP },
	[KIND_PRESENCE_ERROR] = { DROP,  DROP,    DROP,  ONE,   DROP },
	[KIND_SUBSCRIPTION] =   { SELF,  SELF,    SELF,  SELF,  SELF },
	[KIND_PROBE] =          { SELF,  SELF,    SELF,  SELF,  SELF },
	[KIND_IQ_REQUEST] =     { SELF,  SELF,    SELF,  ONE,   BACK },
	[KIND_IQ_ANSWER] =      { DROP,  DROP,    DROP,  ONE,   DROP },
};
/* clang-format on */

enum xmpp_delivery xmpp_delivery(enum xmpp_kind kind, enum xmpp_target target)
{
	return (enum xmpp_delivery)table[kind][target];
}

static enum xmpp_kind message_kind(struct str type)
{
	if (str_is(type, "chat"))
		return KIND_CHAT;
	if (str_is(type, "groupchat"))
		return KIND_GROUPCHAT;
	if (str_is(type, "headline"))
		return KIND_HEADLINE;
	/* RFC 6121 5.2.2: an unknown type is normal. */
	return str_is(type, "error") ? KIND_ERROR : KIND_NORMAL;
}

static enum xmpp_kind presence_kind(struct str type)
{
	if (type.p == NULL || str_is(type, "unavailable"))
		return KIND_PRESENCE;
	if (str_is(type, "probe"))
		return KIND_PROBE;
	return str_is(type, "error") ? KIND_PRESENCE_ERROR : KIND_SUBSCRIPTION;
}

enum xmpp_kind xmpp_delivery_kind(const struct stanza *st)
{
	struct str type = stanza_attr(st, "type");

	if (stanza_is(st, "message", XMPP_NS_CLIENT))
		return message_kind(type);
	if (stanza_is(st, "presence", XMPP_NS_CLIENT))
		return presence_kind(type);
	return str_is(type, "get") || str_is(type, "set") ? KIND_IQ_REQUEST
							  : KIND_IQ_ANSWER;
}
