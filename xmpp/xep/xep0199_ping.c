/* SPDX-License-Identifier: MIT */
/* xep0199_ping.c - XEP-0199: XMPP Ping, the answering side
 *
 * Pings to the server or to an account are answered here.  A ping to a full
 * JID is the client's to answer: the router forwards it without asking us.
 */
#include "xmpp/module.h"

#define NS_PING "urn:xmpp:ping"

static enum xmpp_verdict on_ping(struct xmpp_ctx *c, const struct stanza *iq)
{
	xmpp_reply(c, iq, NULL);
	return XMPP_DONE;
}

static const char *const features[] = { NS_PING, NULL };

static const struct xmpp_iq_route routes[] = {
	{ IQ_GET, AT_HOST | AT_ACCOUNT, NS_PING, "ping", on_ping },
	{ .fn = NULL },
};

const struct xmpp_module xmpp_mod_ping = {
	.name = "ping",
	.xep = "0199",
	.doc = "answers pings to the server and to accounts",
	.features = features,
	.iq = routes,
};
