/* SPDX-License-Identifier: MIT */
/* delivery.h - RFC 6121 8.5 as one total table: what happens to a stanza for
 * an account of this server
 *
 * PURE.
 */
#ifndef GW_XMPP_IM_DELIVERY_H
#define GW_XMPP_IM_DELIVERY_H

#include <stdbool.h>

#include "xmpp/xml/stanza.h"

enum xmpp_kind {
	KIND_NORMAL, /* message types */
	KIND_CHAT,
	KIND_GROUPCHAT,
	KIND_HEADLINE,
	KIND_ERROR,
	KIND_PRESENCE, /* available and unavailable */
	KIND_PRESENCE_ERROR,
	KIND_SUBSCRIPTION,
	KIND_PROBE,
	KIND_IQ_REQUEST, /* get and set */
	KIND_IQ_ANSWER,	 /* result and error */
	KIND__N
};

enum xmpp_target {
	TARGET_NOBODY,	 /* bare JID, no available resource */
	TARGET_NEGATIVE, /* bare JID, only negative priorities */
	TARGET_BARE,	 /* bare JID, some resource with priority >= 0 */
	TARGET_FULL,	 /* full JID, connected */
	TARGET_GONE,	 /* full JID, not connected */
	TARGET__N
};

enum xmpp_delivery {
	DELIVER_DROP,
	DELIVER_BOUNCE,	     /* <service-unavailable/> */
	DELIVER_ONE,	     /* to the resource addressed */
	DELIVER_NONNEGATIVE, /* to all resources with priority >= 0 */
	DELIVER_AVAILABLE,   /* to all available resources */
	DELIVER_STORE,	     /* offline */
	DELIVER_AS_BARE,     /* ask again with the bare JID */
	DELIVER_HANDLE,	     /* the server acts for the account */
};

enum xmpp_kind xmpp_delivery_kind(const struct stanza *st);
enum xmpp_delivery xmpp_delivery(enum xmpp_kind kind, enum xmpp_target target);

#endif
