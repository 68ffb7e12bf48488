/* SPDX-License-Identifier: MIT */
/* dns_private.h - what c-ares' answers and libunbound's have in common
 */
#ifndef GW_NET_DNS_PRIVATE_H
#define GW_NET_DNS_PRIVATE_H

#include "gateway/base/arena.h"
#include "gateway/base/list.h"
#include "gateway/net/dns.h"

#define DNS_ANSWERS_MAX ((size_t)64)

struct dns_secure;

struct dns {
	struct loop *loop;
	void *channel;		   /* of c-ares; NULL: none could be made */
	struct dns_secure *secure; /* NULL: c-ares answers */
	struct loop_timer timer;
	struct loop_task task;
	struct list sockets;
	struct list answered;
	bool proved; /* the answer that is being handed out */
};

struct dns_query {
	struct dns *dns;
	struct list link; /* dns->answered */
	struct arena *arena;
	enum gw_err e;
	bool proved;
	size_t n;
	const char **addresses;
	struct dns_srv *srv;
	struct dns_tlsa *tlsa;
	void (*on_addresses)(void *arg, enum gw_err e,
			     const char *const *addresses, size_t n);
	void (*on_srv)(void *arg, enum gw_err e, const struct dns_srv *srv,
		       size_t n);
	void (*on_tlsa)(void *arg, enum gw_err e, const struct dns_tlsa *tlsa,
			size_t n);
	void *arg;
};

/* It is handed out at the end of the turn. */
void dns_answered(struct dns_query *q, enum gw_err e);
/* A name at p in a packet of n bytes; NULL: there is none. */
const char *dns_expand(struct arena *a, const uint8_t *p, const uint8_t *packet,
		       size_t n);
struct dns *dns_alloc(struct loop *l);

/* dns_secure.c, of the query's kind; each answers it. */
void dns_secure_addresses(struct dns_secure *s, struct dns_query *q,
			  const char *name);
void dns_secure_srv(struct dns_secure *s, struct dns_query *q,
		    const char *name);
void dns_secure_tlsa(struct dns_secure *s, struct dns_query *q,
		     const char *name);
void dns_secure_free(struct dns_secure **s); /* what is asked is answered */

#endif
