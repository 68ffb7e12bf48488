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

/* One with every grant, one with none, and one that others ask. */
#define K_ALL                                                                  \
	K_CONF("      pep.example.org:\n"                                      \
	       "        secret: right-secret\n"                                \
	       "        privileges:\n"                                         \
	       "          roster: both\n"                                      \
	       "          message: true\n"                                     \
	       "          presence: roster\n"                                  \
	       "          iq:\n"                                               \
	       "            - { namespace: \"jabber:iq:version\", type: get "  \
	       "}\n"                                                           \
	       "            - { namespace: \"urn:x:set\", type: set }\n"       \
	       "        delegations:\n"                                        \
	       "          - { namespace: "                                     \
	       "\"http://jabber.org/protocol/pubsub\" "                        \
	       "}\n"                                                           \
	       "          - { namespace: \"jabber:iq:private\", attributes: "  \
	       "[node] }\n"                                                    \
	       "      plain.example.org: { secret: plain-secret }\n"           \
	       "      far.example.org: { secret: far-secret }\n")

struct client *k_connect(struct world *w); /* no byte sent yet */
/* The handshake for the stream id it was given, with this secret. */
void k_shake(struct client *c, const char *secret);
/* Connected and recognised; its greetings are unread. */
struct client *k_login(struct world *w, const char *host, const char *secret);
/* pep.example.org of K_ALL, nothing unread. */
struct client *k_pep(struct world *w);

#endif
