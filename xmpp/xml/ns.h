/* SPDX-License-Identifier: MIT */
/* ns.h - namespaces the XML layer itself must know
 *
 * Inside the server the content namespace of every stream is jabber:client:
 * the parser maps what it inherits from a jabber:server or
 * jabber:component:accept header, and the writer's output is right on each,
 * because stanzas carry no xmlns of their own there.
 */
#ifndef GW_XMPP_XML_NS_H
#define GW_XMPP_XML_NS_H

#define XMPP_NS_CLIENT	  "jabber:client"
#define XMPP_NS_SERVER	  "jabber:server"
#define XMPP_NS_COMPONENT "jabber:component:accept"
#define XMPP_NS_STREAMS	  "http://etherx.jabber.org/streams"
#define XMPP_NS_DIALBACK  "jabber:server:dialback"
#define XMPP_NS_XML	  "http://www.w3.org/XML/1998/namespace"

#endif
