/* SPDX-License-Identifier: MIT */
/* component.h - components that are scripts
 */
#ifndef GW_TESTS_UNIT_XMPP_COMPONENT_H
#define GW_TESTS_UNIT_XMPP_COMPONENT_H

#include "tests/unit/xmpp/harness.h"

#define K_CONF(hosts)                                                          \
	"  components:\n"                                                      \
	"    listen: \"127.0.0.1:0\"\n"                                        \
	"    hosts:\n" hosts

#define K_OPEN(to)                                                             \
	"<stream:stream to='" to "' xmlns='jabber:component:accept' "          \
	"xmlns:stream='http://etherx.jabber.org/streams'>"

#define K_ERR(name)                                                            \
	"<stream:error><" name " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/" \
	">"

struct client *k_connect(struct world *w); /* no byte sent yet */
/* The handshake for the stream id it was given, with this secret. */
void k_shake(struct client *c, const char *secret);
/* Connected and recognised; its greetings are unread. */
struct client *k_login(struct world *w, const char *host, const char *secret);

#endif
