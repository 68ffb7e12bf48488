/* SPDX-License-Identifier: MIT */
/* limit.h - how often a person may do what is costly to others (XEP-0205)
 *
 * Counted per person, not per client, and kept while no client is there: who
 * comes back has what is left.
 */
#ifndef GW_XMPP_LIMIT_H
#define GW_XMPP_LIMIT_H

#include "xmpp/server.h"

/* What is counted when it is reached: `xmpp_limits_total{limit="..."}`. */
#define XMPP_LIMITS(X)                                                         \
	X(SUBSCRIPTIONS, "subscriptions")                                      \
	X(ROSTER_READS, "roster_reads")                                        \
	X(RECIPIENTS, "recipients")                                            \
	X(ROSTER, "roster")                                                    \
	X(RESOURCES, "resources")                                              \
	X(OFFLINE, "offline")                                                  \
	X(DIRECTED, "directed_presence")                                       \
	X(LINK_QUEUE, "s2s_queue")                                             \
	X(ROOMS, "rooms")                                                      \
	X(ROOM_USERS, "room_users")                                            \
	X(ROOM_MESSAGE, "room_message")

enum xmpp_limit {
#define XMPP_LIMIT_ENUM(name, text) XMPP_LIMIT_##name,
	XMPP_LIMITS(XMPP_LIMIT_ENUM)
#undef XMPP_LIMIT_ENUM
		XMPP_LIMIT__N
};

struct xmpp_limits; /* x->rates */

struct xmpp_limits *xmpp_limit_new(struct xmpp *x);
void xmpp_limit_free(struct xmpp_limits **l);
void xmpp_limit_reached(struct xmpp *x, enum xmpp_limit what);
/* A stream ended by this error, of whichever kind it is. */
void xmpp_limit_stream_error(struct xmpp *x, const char *condition);

/* One more subscription request, or roster to read; false: too many. */
bool xmpp_limit_spend(struct xmpp *x, struct str person, enum xmpp_limit what);
/* A message to this address; false: to too many different ones. */
bool xmpp_limit_recipient(struct xmpp *x, struct str person, struct str to);

#endif
