/* SPDX-License-Identifier: MIT */
/* sasl_private.h - one exchange, shared by the files of sasl/
 */
#ifndef GW_XMPP_SASL_SASL_PRIVATE_H
#define GW_XMPP_SASL_SASL_PRIVATE_H

#include "xmpp/sasl/sasl.h"
#include "xmpp/sasl/scram.h"
#include "xmpp/server_private.h"

struct xmpp_sasl_mechanism {
	const char *name;
	bool scram;
	bool plus;
	enum crypto_hash hash;
};

enum xmpp_sasl_step {
	SASL_FIRST,	/* the initial response is awaited */
	SASL_DIRECTORY, /* the directory is asked */
	SASL_FINAL,	/* SCRAM: client-final-message is awaited */
};

struct xmpp_sasl {
	struct arena *a;
	const struct xmpp_sasl_mechanism *m;
	enum xmpp_sasl_step step;
	struct jid user;
	bool known; /* user is an address, and not ours */
	struct xmpp_scram scram;
	struct xmpp_scram_keys keys; /* none: unknown, every proof is wrong */
};

/* mechanism.c: what this stream may use, and nothing else (B10). */
const struct xmpp_sasl_mechanism *
xmpp_sasl_mechanism(const struct xmpp_stream *s, struct str name);
bool xmpp_sasl_plus_offered(const struct xmpp_stream *s);
/* Data of a channel binding of this stream; GW_NOT_FOUND: not offered. */
enum gw_err xmpp_sasl_binding(struct xmpp_stream *s, struct arena *a,
			      struct str name, struct str *data) GW_CHECKED;

/* tries.c: who fails often is answered slowly, and never locked out. */
int64_t xmpp_sasl_failed(struct xmpp_stream *s, struct str account);
void xmpp_sasl_passed(struct xmpp_stream *s, struct str account);

#endif
