/* SPDX-License-Identifier: MIT */
/* scram.h - RFC 5802 and 7677, the server's side of the messages, PURE
 *
 * No clock, no random: the nonce comes from the caller, the keys from the
 * directory.  Messages are text without base64 around them.
 */
#ifndef GW_XMPP_SASL_SCRAM_H
#define GW_XMPP_SASL_SCRAM_H

#include "gateway/base/arena.h"
#include "gateway/run/crypto.h"

enum xmpp_scram_flag {
	SCRAM_NO_BINDING,     /* "n": the client has none */
	SCRAM_UNUSED_BINDING, /* "y": it thinks we have none */
	SCRAM_BINDING,	      /* "p=name" */
};

struct xmpp_scram {
	enum crypto_hash hash;
	enum xmpp_scram_flag flag;
	struct str binding; /* its name */
	struct str authzid; /* STR_NONE: none given */
	struct str user;
	struct str gs2; /* "p=tls-exporter,," */
	struct str first_bare;
	struct str nonce; /* the client's, then with ours behind it */
	struct str server_first;
};

struct xmpp_scram_keys {
	struct str stored_key, server_key;
};

/* client-first-message; s->hash is set before. */
enum gw_err xmpp_scram_first(struct xmpp_scram *s, struct arena *a,
			     struct str msg) GW_CHECKED;
/* server-first-message.  offer: the hash of XEP-0474, STR_NONE: none. */
struct xmpp_scram_challenge {
	struct str nonce, salt, offer;
	unsigned rounds;
};
struct str xmpp_scram_challenge(struct xmpp_scram *s, struct arena *a,
				const struct xmpp_scram_challenge *c);
/* client-final-message; cb: the binding's data where the client said "p".
 * GW_DENIED: wrong proof, nonce or binding.  reply: server-final-message. */
struct xmpp_scram_final {
	struct str msg;
	struct str cb;
	struct xmpp_scram_keys keys;
};
enum gw_err xmpp_scram_finish(struct xmpp_scram *s, struct arena *a,
			      const struct xmpp_scram_final *f,
			      struct str *reply) GW_CHECKED;

#endif
