/* SPDX-License-Identifier: MIT */
/* subscription.c - the state machine of presence subscriptions, pure */
#include "xmpp/im/subscription.h"

enum { STAY = 0, PASS = 1 };

struct cell {
	unsigned char next;
	unsigned char pass;
};

/* clang-format off */
static const struct cell steps[SUB_WAY__N][SUB_EVENT__N][SUB__N] = {
	[SUB_OUTBOUND] = {
		[SUB_SUBSCRIBE] = { /* A.2.1 */
			[SUB_NONE] =        { SUB_NONE_OUT,    PASS },
			[SUB_NONE_OUT] =    { SUB_NONE_OUT,    PASS },
			[SUB_NONE_IN] =     { SUB_NONE_OUT_IN, PASS },
			[SUB_NONE_OUT_IN] = { SUB_NONE_OUT_IN, PASS },
			[SUB_TO] =          { SUB_TO,          PASS },
			[SUB_TO_IN] =       { SUB_TO_IN,       PASS },
			[SUB_FROM] =        { SUB_FROM_OUT,    PASS },
			[SUB_FROM_OUT] =    { SUB_FROM_OUT,    PASS },
			[SUB_BOTH] =        { SUB_BOTH,        PASS },
		},
		[SUB_UNSUBSCRIBE] = { /* A.2.2 */
			[SUB_NONE] =        { SUB_NONE,        PASS },
			[SUB_NONE_OUT] =    { SUB_NONE,        PASS },
			[SUB_NONE_IN] =     { SUB_NONE_IN,     PASS },
			[SUB_NONE_OUT_IN] = { SUB_NONE_IN,     PASS },
			[SUB_TO] =          { SUB_NONE,        PASS },
			[SUB_TO_IN] =       { SUB_NONE_IN,     PASS },
			[SUB_FROM] =        { SUB_FROM,        PASS },
			[SUB_FROM_OUT] =    { SUB_FROM,        PASS },
			[SUB_BOTH] =        { SUB_FROM,        PASS },
		},
		[SUB_SUBSCRIBED] = { /* A.2.3 */
			[SUB_NONE] =        { SUB_NONE,        STAY },
			[SUB_NONE_OUT] =    { SUB_NONE_OUT,    STAY },
			[SUB_NONE_IN] =     { SUB_FROM,        PASS },
			[SUB_NONE_OUT_IN] = { SUB_FROM_OUT,    PASS },
			[SUB_TO] =          { SUB_TO,          STAY },
			[SUB_TO_IN] =       { SUB_BOTH,        PASS },
			[SUB_FROM] =        { SUB_FROM,        STAY },
			[SUB_FROM_OUT] =    { SUB_FROM_OUT,    STAY },
			[SUB_BOTH] =        { SUB_BOTH,        STAY },
		},
		[SUB_UNSUBSCRIBED] = { /* A.2.4 */
			[SUB_NONE] =        { SUB_NONE,        STAY },
			[SUB_NONE_OUT] =    { SUB_NONE_OUT,    STAY },
			[SUB_NONE_IN] =     { SUB_NONE,        PASS },
			[SUB_NONE_OUT_IN] = { SUB_NONE_OUT,    PASS },
			[SUB_TO] =          { SUB_TO,          STAY },
			[SUB_TO_IN] =       { SUB_TO,          PASS },
			[SUB_FROM] =        { SUB_NONE,        PASS },
			[SUB_FROM_OUT] =    { SUB_NONE_OUT,    PASS },
			[SUB_BOTH] =        { SUB_TO,          PASS },
		},
	},
	[SUB_INBOUND] = {
		[SUB_SUBSCRIBE] = { /* A.3.1 */
			[SUB_NONE] =        { SUB_NONE_IN,     PASS },
			[SUB_NONE_OUT] =    { SUB_NONE_OUT_IN, PASS },
			[SUB_NONE_IN] =     { SUB_NONE_IN,     STAY },
			[SUB_NONE_OUT_IN] = { SUB_NONE_OUT_IN, STAY },
			[SUB_TO] =          { SUB_TO_IN,       PASS },
			[SUB_TO_IN] =       { SUB_TO_IN,       STAY },
			[SUB_FROM] =        { SUB_FROM,        STAY },
			[SUB_FROM_OUT] =    { SUB_FROM_OUT,    STAY },
			[SUB_BOTH] =        { SUB_BOTH,        STAY },
		},
		[SUB_UNSUBSCRIBE] = { /* A.3.2 */
			[SUB_NONE] =        { SUB_NONE,        STAY },
			[SUB_NONE_OUT] =    { SUB_NONE_OUT,    STAY },
			[SUB_NONE_IN] =     { SUB_NONE,        PASS },
			[SUB_NONE_OUT_IN] = { SUB_NONE_OUT,    PASS },
			[SUB_TO] =          { SUB_TO,          STAY },
			[SUB_TO_IN] =       { SUB_TO,          PASS },
			[SUB_FROM] =        { SUB_NONE,        PASS },
			[SUB_FROM_OUT] =    { SUB_NONE_OUT,    PASS },
			[SUB_BOTH] =        { SUB_TO,          PASS },
		},
		[SUB_SUBSCRIBED] = { /* A.3.3 */
			[SUB_NONE] =        { SUB_NONE,        STAY },
			[SUB_NONE_OUT] =    { SUB_TO,          PASS },
			[SUB_NONE_IN] =     { SUB_NONE_IN,     STAY },
			[SUB_NONE_OUT_IN] = { SUB_TO_IN,       PASS },
			[SUB_TO] =          { SUB_TO,          STAY },
			[SUB_TO_IN] =       { SUB_TO_IN,       STAY },
			[SUB_FROM] =        { SUB_FROM,        STAY },
			[SUB_FROM_OUT] =    { SUB_BOTH,        PASS },
			[SUB_BOTH] =        { SUB_BOTH,        STAY },
		},
		[SUB_UNSUBSCRIBED] = { /* A.3.4 */
			[SUB_NONE] =        { SUB_NONE,        STAY },
			[SUB_NONE_OUT] =    { SUB_NONE,        PASS },
			[SUB_NONE_IN] =     { SUB_NONE_IN,     STAY },
			[SUB_NONE_OUT_IN] = { SUB_NONE_IN,     PASS },
			[SUB_TO] =          { SUB_NONE,        PASS },
			[SUB_TO_IN] =       { SUB_NONE_IN,     PASS },
			[SUB_FROM] =        { SUB_FROM,        STAY },
			[SUB_FROM_OUT] =    { SUB_FROM,        PASS },
			[SUB_BOTH] =        { SUB_FROM,        PASS },
		},
	},
};
/* clang-format on */

bool xmpp_subscription_asks(enum xmpp_subscription s)
{
	return s == SUB_NONE_OUT || s == SUB_NONE_OUT_IN || s == SUB_FROM_OUT;
}

bool xmpp_subscription_asked(enum xmpp_subscription s)
{
	return s == SUB_NONE_IN || s == SUB_NONE_OUT_IN || s == SUB_TO_IN;
}

bool xmpp_subscription_to(enum xmpp_subscription s)
{
	return s == SUB_TO || s == SUB_TO_IN || s == SUB_BOTH;
}

bool xmpp_subscription_from(enum xmpp_subscription s)
{
	return s == SUB_FROM || s == SUB_FROM_OUT || s == SUB_BOTH;
}

/* The contact asks and has been approved before (3.4.2): the answer goes out
 * for the user, and nobody is asked.  Who is subscribed already is answered
 * too (3.1.3). */
static void pre_approve(struct xmpp_sub_step *step,
			enum xmpp_subscription state)
{
	if (xmpp_subscription_from(state)) {
		step->answer = true;
		return;
	}
	if (!step->approved)
		return;
	step->next = xmpp_subscription_to(state) ? SUB_BOTH : SUB_FROM;
	if (xmpp_subscription_asks(state))
		step->next = SUB_FROM_OUT;
	step->pass = false;
	step->answer = true;
}

struct xmpp_sub_step xmpp_subscription_step(enum xmpp_sub_way way,
					    enum xmpp_sub_event ev,
					    enum xmpp_subscription state,
					    bool approved)
{
	const struct cell *c = &steps[way][ev][state];
	struct xmpp_sub_step step = {
		.next = (enum xmpp_subscription)c->next,
		.pass = c->pass == PASS,
		.approved = approved,
	};

	if (way == SUB_INBOUND && ev == SUB_SUBSCRIBE)
		pre_approve(&step, state);
	/* 3.4.1, 3.2.1: `subscribed` ahead of a request is remembered, and
	 * `unsubscribed` takes it back. */
	if (way == SUB_OUTBOUND && ev == SUB_SUBSCRIBED &&
	    !xmpp_subscription_from(step.next))
		step.approved = true;
	if (way == SUB_OUTBOUND && ev == SUB_UNSUBSCRIBED)
		step.approved = false;
	if (way == SUB_INBOUND && ev == SUB_UNSUBSCRIBE &&
	    xmpp_subscription_from(state))
		step.approved = false;
	return step;
}

const char *xmpp_subscription_name(enum xmpp_subscription s)
{
	if (s == SUB_BOTH)
		return "both";
	if (xmpp_subscription_to(s))
		return "to";
	return xmpp_subscription_from(s) ? "from" : "none";
}
