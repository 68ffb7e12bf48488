/* SPDX-License-Identifier: MIT */
/* dial.h - from a domain to a connection: SRV, addresses, and a race
 *
 * Targets of _xmpps-server and _xmpp-server in the order of their priorities
 * (XEP-0368), without either the domain itself on port 5269; the next address
 * is tried 250 ms after the last, or when that one failed (RFC 8305 5).
 */
#ifndef GW_XMPP_S2S_DIAL_H
#define GW_XMPP_S2S_DIAL_H

#include "xmpp/s2s/link.h"

struct xmpp_s2s_attempt; /* conn_arg() of what was dialled */

/* Sets l->dial; ends in xmpp_s2s_link_connected() or xmpp_s2s_link_fail(). */
void xmpp_s2s_dial_start(struct xmpp_s2s_link *l);
void xmpp_s2s_dial_cancel(struct xmpp_s2s_dial **d);

/* The events of one attempt, from the proto. */
void xmpp_s2s_dial_open(struct xmpp_s2s_attempt *t, struct conn *c);
void xmpp_s2s_dial_closed(struct xmpp_s2s_attempt *t, const char *why,
			  bool opened);
bool xmpp_s2s_dial_is_number(const char *host); /* "192.0.2.1", "[v6]" */
/* "host:port" or "[v6]:port"; port 0: none given. */
struct str xmpp_s2s_dial_host(const char *text, uint16_t *port);

#endif
