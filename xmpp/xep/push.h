/* SPDX-License-Identifier: MIT */
/* push.h - XEP-0357 as sessions see it
 */
#ifndef GW_XMPP_XEP_PUSH_H
#define GW_XMPP_XEP_PUSH_H

#include "xmpp/server.h"

/* The stream of a client was cut while messages were on their way to it. */
void xmpp_push_cut(struct xmpp_session *s);

#endif
