/* SPDX-License-Identifier: MIT */
/* server_private.h - the inside of struct xmpp, for the core's own files
 */
#ifndef GW_XMPP_SERVER_PRIVATE_H
#define GW_XMPP_SERVER_PRIVATE_H

#include "xmpp/account.h"
#include "xmpp/conf.h"
#include "xmpp/limit.h"
#include "xmpp/module.h"
#include "xmpp/receipt.h"
#include "xmpp/server.h"
#include "xmpp/xml/parse.h"
#include "xmpp/xml/scan.h"

#define XMPP_GUEST_IN_MAX ((size_t)16384) /* more than one unit */
#define XMPP_SPARE_ARENAS 8
#define XMPP_SECRET_LEN	  32
#define XMPP_CAPS_NODE	  "urn:muster:server"

struct xmpp {
	/* What every stanza asks for, in few lines of the cache. */
	struct loop *loop;
	struct net *net;
	struct board *board;
	const struct xmpp_conf *conf;
	struct jid *domains;
	size_t domain_count;
	struct jid desk_jid;
	struct xmpp_xml_limits limits; /* after login */
	struct xmpp_xml_limits guest;  /* before, of all streams */
	struct slot_table sessions;
	struct map accounts; /* bare JID -> account */
	struct map services; /* domain -> service_entry */
	struct arena *spare[XMPP_SPARE_ARENAS];
	unsigned spare_count;
	struct xmpp_xml_parser *parser;
	/* Of each stage, in the order of asking, ended by fn NULL. */
	struct xmpp_message_hook *hooks[STAGE__N];
	struct metric *stanzas[3];    /* message, presence, iq; NULL: none */
	struct xmpp_journal *journal; /* im/journal.c */
	bool ending;		      /* xmpp_stop() has begun */
	bool stopping;		      /* and is through */

	struct store *store;
	struct metrics *metrics;
	struct seam_people people;
	struct pools *pools;

	struct config *cfg;
	struct arena *conf_a; /* domains, desk address */

	struct map by_full; /* full JID -> session */
	struct slot_table account_slots;
	struct list listeners;
	struct gate *gate;	   /* of all listeners */
	struct xmpp_limits *rates; /* of persons */
	struct tls_server *tls;	   /* of the listeners; NULL: none yet */
	struct list streams;
	struct list asking;  /* questions to the directory */
	struct list queries; /* the server's own questions; query.c */

	struct map iq_routes; /* name and namespace -> route list; module.c */
	struct arena *module_a;
	void **module_host;
	size_t modules_up;
	struct xmpp_components *components; /* component/ */
	char *caps_ver; /* XEP-0115 of the host; NULL: not computed yet */

	struct xmpp_s2s *s2s; /* other servers */
	struct seam_desk desk;
	struct xmpp_rooms rooms;
	char *invitation_page;	  /* NULL: none */
	struct xmpp_tries *tries; /* who guesses passwords; sasl/tries.h */
	uint8_t salt_secret[XMPP_SECRET_LEN];
};

/* A question to the directory.  It may be answered after its asker, and even
 * the server, are gone: x is NULL then. */
struct xmpp_asking {
	struct list link; /* in x->asking */
	struct xmpp *x;
	uint64_t who; /* account or connection */
};
struct xmpp_asking *xmpp_asking_new(struct xmpp *x, uint64_t who);
/* Frees it; false: the server is gone. */
bool xmpp_asking_end(struct xmpp_asking *q, struct xmpp **x, uint64_t *who);

/* A secret of 192 random bits (B25). */
#define XMPP_TOKEN_LEN 33
void xmpp_token(struct xmpp *x, char out[XMPP_TOKEN_LEN]);

struct arena *xmpp_arena_get(struct xmpp *x);
void xmpp_arena_put(struct xmpp *x, struct arena *a);

/* Of a stanza, as the configuration says. */
struct xmpp_xml_limits xmpp_limits_of(const struct xmpp *x, int64_t bytes,
				      int64_t elements);

#include "xmpp/core.h"

#endif
