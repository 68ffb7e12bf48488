/* SPDX-License-Identifier: MIT */
/* subscription.h - RFC 6121 section 3 and appendix A as one total table
 *
 * PURE.  States are those of A.1; pre-approval (3.4) is a flag beside them.
 */
#ifndef GW_XMPP_IM_SUBSCRIPTION_H
#define GW_XMPP_IM_SUBSCRIPTION_H

#include <stdbool.h>

enum xmpp_subscription {
	SUB_NONE,
	SUB_NONE_OUT,	 /* None + Pending Out */
	SUB_NONE_IN,	 /* None + Pending In */
	SUB_NONE_OUT_IN, /* None + Pending Out+In */
	SUB_TO,
	SUB_TO_IN,
	SUB_FROM,
	SUB_FROM_OUT,
	SUB_BOTH,
	SUB__N
};

enum xmpp_sub_event {
	SUB_SUBSCRIBE,
	SUB_UNSUBSCRIBE,
	SUB_SUBSCRIBED,
	SUB_UNSUBSCRIBED,
	SUB_EVENT__N
};

enum xmpp_sub_way {
	SUB_OUTBOUND, /* sent by the user */
	SUB_INBOUND,  /* sent by the contact */
	SUB_WAY__N
};

struct xmpp_sub_step {
	enum xmpp_subscription next;
	bool pass;     /* outbound: route it; inbound: deliver it */
	bool approved; /* the flag afterwards */
	bool answer;   /* inbound: answer `subscribed` for the user */
};

struct xmpp_sub_step xmpp_subscription_step(enum xmpp_sub_way way,
					    enum xmpp_sub_event ev,
					    enum xmpp_subscription state,
					    bool approved);
/* "none", "to", "from", "both" as in <item subscription=''/>. */
const char *xmpp_subscription_name(enum xmpp_subscription s);
bool xmpp_subscription_asks(enum xmpp_subscription s);	/* ask='subscribe' */
bool xmpp_subscription_asked(enum xmpp_subscription s); /* pending in */
bool xmpp_subscription_to(enum xmpp_subscription s);	/* user sees contact */
bool xmpp_subscription_from(enum xmpp_subscription s);	/* contact sees user */

#endif
