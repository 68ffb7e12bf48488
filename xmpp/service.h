/* SPDX-License-Identifier: MIT */
/* service.h - what else the files of xmpp/ ask of the server
 *
 * Services on domains of their own, questions the server itself asks, units
 * of work that do not begin with a client's stanza.
 */
#ifndef GW_XMPP_SERVICE_H
#define GW_XMPP_SERVICE_H

#include "xmpp/server.h"

/* A local service on a domain of its own (rooms., pubsub., a component). */
struct xmpp_service {
	const char *kind; /* "muc" */
	void *self;
	/* Every stanza whose to-domain is the service's.  c->from is who sent
	 * it; c->receipt: see receipt.h. */
	void (*stanza)(void *self, struct xmpp_ctx *c, const struct stanza *st);
	/* For disco#items of the host. */
	const char *name;
};
/* s is copied.  GW_CONFLICT: the domain is taken. */
enum gw_err xmpp_service_add(struct xmpp *x, const char *domain,
			     const struct xmpp_service *s) GW_CHECKED;
void xmpp_service_del(struct xmpp *x, const char *domain);
/* Walk in arbitrary order: it from 0; NULL at the end. */
const struct xmpp_service *xmpp_service_next(const struct xmpp *x, size_t *it,
					     struct str *domain);

/* A unit of work outside a client's stanza (timer, commit, seam): from the
 * server itself, with an arena of its own. */
void xmpp_ctx_begin(struct xmpp_ctx *c, struct xmpp *x);
void xmpp_ctx_end(struct xmpp_ctx *c);

/* An IQ get the server asks a client; payload in c->a.  done is called once:
 * GW_OK with the answer (result or error stanza), GW_UNAVAIL when the time
 * (ms) is over or the session ended.  Dies with nothing else: arg must live. */
typedef void xmpp_query_fn(void *arg, enum gw_err e, struct xmpp_ctx *c,
			   const struct stanza *answer);
void xmpp_query(struct xmpp_ctx *c, struct xmpp_session *s,
		struct stanza *payload, int64_t within, xmpp_query_fn *done,
		void *arg);

/* The same as an IQ set, from c->from to c->to wherever that is. */
void xmpp_query_jid(struct xmpp_ctx *c, struct stanza *payload, int64_t within,
		    xmpp_query_fn *done, void *arg);

/* Rooms for the messenger seam, set by muc at start; NULL members: none. */
struct xmpp_rooms {
	void *self;
	void (*post)(void *self, const struct seam_post *p,
		     void (*done)(void *arg, enum gw_err e), void *arg);
	void (*subject)(void *self, struct str room, struct str text);
};
void xmpp_set_rooms(struct xmpp *x, struct xmpp_rooms rooms);
const struct seam_desk *xmpp_desk(const struct xmpp *x); /* may be empty */
struct str xmpp_desk_address(const struct xmpp *x);	 /* bare JID */

/* Where the tree needs them. */
struct loop *xmpp_loop(const struct xmpp *x);
struct store *xmpp_store(const struct xmpp *x);
const struct pools *xmpp_pools(const struct xmpp *x); /* NULL: none */
struct metrics *xmpp_metrics(const struct xmpp *x);   /* may be NULL */
const struct xmpp_conf *xmpp_config(const struct xmpp *x);
struct str xmpp_domain(const struct xmpp *x); /* the first, main one */

#endif
