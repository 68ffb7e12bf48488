/* SPDX-License-Identifier: MIT */
/* tries.c - who fails often is answered slowly
 *
 * Per account and address, in a table of fixed size: an attacker can neither
 * fill it (B30) nor lock the owner of an account out.  Two keys that share a
 * slot share their delay.
 */
#include "xmpp/sasl/sasl_private.h"

#define FORGET_AFTER (10 * WHEN_MINUTE)
#define FIRST_DELAY  ((int64_t)500)
#define FREE_TRIES   2 /* typing errors */
#define DOUBLINGS    4

static struct xmpp_sasl_try *slot_of(struct xmpp_stream *s, struct str account)
{
	struct str host = conn_peer_host(s->c);
	uint64_t h = map_hash(s->x->tries_seed, account.p, account.n);

	h ^= map_hash(s->x->tries_seed, host.p, host.n) * 3;
	return &s->x->tries[h % XMPP_SASL_TRIES];
}

int64_t xmpp_sasl_failed(struct xmpp_stream *s, struct str account)
{
	struct xmpp_sasl_try *t = slot_of(s, account);
	int64_t now = loop_now(s->x->loop);
	unsigned over;

	if (now - t->last > FORGET_AFTER)
		t->count = 0;
	t->last = now;
	t->count++;
	if (t->count <= FREE_TRIES)
		return 0;
	over = t->count - FREE_TRIES - 1;
	return FIRST_DELAY << (over < DOUBLINGS ? over : DOUBLINGS);
}

void xmpp_sasl_passed(struct xmpp_stream *s, struct str account)
{
	slot_of(s, account)->count = 0;
}
