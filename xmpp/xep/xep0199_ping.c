/* SPDX-License-Identifier: MIT */
/* xep0199_ping.c - XEP-0199: XMPP Ping, the answering side
 *
 * Pings to the server or to an account are answered here, those to an account
 * for whom may see its presence: others cannot tell whether it exists.  A ping
 * to a full JID is the client's to answer: the router forwards it without
 * asking us.
 */
#include "xmpp/module.h"
#include "xmpp/xep/disco.h"

#define NS_PING "urn:xmpp:ping"

static enum xmpp_verdict on_ping(struct xmpp_ctx *c, const struct stanza *iq)
{
	xmpp_reply(c, iq, NULL);
	return XMPP_DONE;
}

static enum xmpp_verdict on_account(struct xmpp_ctx *c, const struct stanza *iq)
{
	return xmpp_disco_may_see(c) ? on_ping(c, iq) : XMPP_PASS;
}

static const char *const features[] = { NS_PING, NULL };

static const struct xmpp_iq_route routes[] = {
	{ IQ_GET, AT_HOST, NS_PING, "ping", on_ping },
	{ IQ_GET, AT_ACCOUNT, NS_PING, "ping", on_account },
	{ .fn = NULL },
};

const struct xmpp_module xmpp_mod_ping = {
	.name = "ping",
	.xep = "0199",
	.doc = "answers pings to the server and to accounts",
	.features = features,
	.iq = routes,
};
