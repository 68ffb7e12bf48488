/* SPDX-License-Identifier: MIT */
/* tries.h - who guesses passwords is answered slowly, PURE
 *
 * A guess is counted when it is made, and waits before it is judged, right or
 * wrong: so nothing is won by hanging up when no <success/> comes at once.
 * Three counts make it wait: of the account from this place, of the place, of
 * the account.  A place is an IPv4 address or the /64 of an IPv6 one.
 *
 * Nobody is ever refused, the longest wait is WAIT_MAX; and where an account
 * has logged in lately only the first count holds, so that the owner, at home,
 * does not notice who hammers elsewhere.  Tables are seeded and of fixed size
 * (B30).  Tokens and certificates cannot be guessed, and never wait.
 */
#ifndef GW_XMPP_SASL_TRIES_H
#define GW_XMPP_SASL_TRIES_H

#include "gateway/base/map.h"
#include "gateway/base/str.h"

#define XMPP_TRIES_WAIT_MAX ((int64_t)8000)

struct xmpp_tries;

struct xmpp_tries *xmpp_tries_new(struct map_seed seed);
void xmpp_tries_free(struct xmpp_tries **t);
/* How long this guess is to wait, in ms.  host: as text; none for who comes
 * through this machine, that is no place. */
int64_t xmpp_tries_guess(struct xmpp_tries *t, int64_t now, struct str account,
			 struct str host);
/* The account is at home there; guessed: the last guess was right. */
void xmpp_tries_passed(struct xmpp_tries *t, int64_t now, struct str account,
		       struct str host, bool guessed);
/* Seeded; the same for all addresses of one place.  Any other text is a place
 * of its own. */
uint64_t xmpp_tries_place(const struct xmpp_tries *t, struct str host);

#endif
