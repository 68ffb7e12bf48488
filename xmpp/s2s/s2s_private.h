/* SPDX-License-Identifier: MIT */
/* s2s_private.h - the inside of struct xmpp_s2s, for the files of this folder
 */
#ifndef GW_XMPP_S2S_S2S_PRIVATE_H
#define GW_XMPP_S2S_S2S_PRIVATE_H

#include "gateway/net/listener.h"
#include "xmpp/s2s/conf.h"
#include "xmpp/s2s/counts.h"
#include "xmpp/s2s/key.h"
#include "xmpp/s2s/s2s.h"
#include "xmpp/server_private.h"

#define NS_TLS		 "urn:ietf:params:xml:ns:xmpp-tls"
#define NS_SASL		 "urn:ietf:params:xml:ns:xmpp-sasl"
#define NS_STREAM_ERR	 "urn:ietf:params:xml:ns:xmpp-streams"
#define NS_DIALBACK	 "jabber:server:dialback"
#define NS_DIALBACK_FEAT "urn:xmpp:features:dialback"
#define NS_BIDI		 "urn:xmpp:bidi"
#define NS_BIDI_FEAT	 "urn:xmpp:features:bidi"
#define NS_LIMITS	 "urn:xmpp:stream-limits:0"

struct dns;

#define XMPP_S2S_REFUSALS 64

struct xmpp_s2s_refusal { /* of who came in; none of it is proved */
	int64_t at;
	char from[128], peer[64], why[128];
};

struct xmpp_s2s {
	struct xmpp *x;
	struct dns *dns;	/* NULL: nothing listens, nothing is dialled */
	struct tls_server *tls; /* NULL: none (tests) */
	struct list listeners;
	struct list streams;
	struct map links; /* "from to" -> link */
	struct slot_table handles;
	struct list counts; /* XEP-0198, accepted; sm_in.c */
	char secret[XMPP_S2S_KEY_LEN + 1];
	struct xmpp_xml_limits limits; /* once proved */
	struct xmpp_s2s_counts counts_of;
	struct xmpp_s2s_refusal refusals[XMPP_S2S_REFUSALS]; /* a ring */
	unsigned refused;
	bool stopping;
};

struct xmpp_s2s_listener { /* conn_arg() of who came in */
	struct list link;
	struct xmpp_s2s *s2s;
	struct listener *socket;
	bool direct;
};

const struct xmpp_s2s_conf *xmpp_s2s_config(const struct xmpp_s2s *s);
/* A domain of ours: people, or a service. */
bool xmpp_s2s_is_ours(const struct xmpp_s2s *s, struct str domain);

#endif
