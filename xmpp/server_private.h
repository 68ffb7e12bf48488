/* SPDX-License-Identifier: MIT */
/* server_private.h - the inside of struct xmpp, for the core's own files
 */
#ifndef GW_XMPP_SERVER_PRIVATE_H
#define GW_XMPP_SERVER_PRIVATE_H

#include "xmpp/account.h"
#include "xmpp/conf.h"
#include "xmpp/module.h"
#include "xmpp/receipt.h"
#include "xmpp/server.h"
#include "xmpp/xml/parse.h"
#include "xmpp/xml/scan.h"

#define XMPP_SPARE_ARENAS 8
#define XMPP_SECRET_LEN	  32
#define XMPP_CAPS_NODE	  "urn:muster:server"
#define XMPP_SASL_TRIES	  4096

struct xmpp_sasl_try {
	unsigned count;
	int64_t last;
};

struct xmpp {
	struct loop *loop;
	struct net *net;
	struct store *store;
	struct board *board;
	struct metrics *metrics;
	struct seam_people people;
	struct pools *pools;

	struct config *cfg;
	const struct xmpp_conf *conf;
	struct arena *conf_a; /* domains, desk address */
	struct jid *domains;
	size_t domain_count;
	struct jid desk_jid;
	struct xmpp_xml_limits limits; /* after login */

	struct slot_table sessions;
	struct map by_full; /* full JID -> session */
	struct slot_table account_slots;
	struct map accounts; /* bare JID -> account */
	struct map services; /* domain -> service_entry */
	struct list listeners;
	struct list streams;
	struct list asking;  /* questions to the directory */
	struct list queries; /* the server's own questions; query.c */

	struct arena *spare[XMPP_SPARE_ARENAS];
	unsigned spare_count;
	struct xmpp_xml_parser *parser;

	struct map iq_routes; /* name and namespace -> route list; module.c */
	struct arena *module_a;
	void **module_host;
	size_t modules_up;
	char *caps_ver; /* XEP-0115 of the host; NULL: not computed yet */

	struct metric *stanzas[3]; /* message, presence, iq; NULL: none */
	struct seam_desk desk;
	struct xmpp_rooms rooms;
	struct xmpp_sasl_try *tries; /* log-ins that failed; sasl/tries.c */
	struct map_seed tries_seed;
	uint8_t salt_secret[XMPP_SECRET_LEN];
	bool stopping;
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

struct arena *xmpp_arena_get(struct xmpp *x);
void xmpp_arena_put(struct xmpp *x, struct arena *a);

/* session.c: bind, and the three ways a session goes. */
struct xmpp_session *xmpp_session_open(struct xmpp_account *acc,
				       struct jid full, uint64_t conn);
/* The stream is gone: resumable or not says sm.c. */
void xmpp_session_cut(struct xmpp_session *s);
/* The client took its leave, or the time to resume is over. */
void xmpp_session_end(struct xmpp_session *s);
/* Ends it, and its stream with this error. */
void xmpp_session_kill(struct xmpp_session *s, const char *condition,
		       const char *text);
/* Writes on the stream if there is one, past the queue of 0198. */
void xmpp_session_write(struct xmpp_session *s, struct str head,
			struct frame *tail);

/* inbound.c: one top-level element of a bound client.  Returns the stream
 * error it deserves, NULL if none. */
const char *xmpp_inbound(struct xmpp_session *s, const struct stanza *st);

/* route.c: as if sent to the account of acc, in memory now. */
void xmpp_route_local(struct xmpp_ctx *c, struct xmpp_account *acc,
		      struct jid to, const struct stanza *st);
void xmpp_bounce(struct xmpp_ctx *c, const struct stanza *st,
		 enum xmpp_condition cond);

/* module.c */
enum gw_err xmpp_modules_start(struct xmpp *x);
void xmpp_modules_stop(struct xmpp *x);
void xmpp_modules_session_end(struct xmpp_session *s);
void xmpp_modules_features(struct xmpp *x, struct arena *a,
			   struct stanza *features);
void xmpp_modules_presence(struct xmpp_ctx *c, const struct stanza *pres);
/* True: some handler took it (or will answer later). */
bool xmpp_modules_iq(struct xmpp_ctx *c, unsigned at, const struct stanza *iq);
enum xmpp_verdict xmpp_modules_message(struct xmpp_ctx *c,
				       enum xmpp_stage stage,
				       struct xmpp_message *m);
const struct xmpp_module *const *xmpp_modules(size_t *count);

/* later.c, query.c: their session ends. */
void xmpp_later_drop(struct xmpp_session *s);
void xmpp_query_drop(struct xmpp_session *s);
/* A result or error for the server: true if somebody waited for it. */
bool xmpp_query_answer(struct xmpp_ctx *c, const struct stanza *iq);

/* messenger.c: stanzas to the desk's address. */
void xmpp_desk_stanza(struct xmpp_ctx *c, const struct stanza *st);

#endif
