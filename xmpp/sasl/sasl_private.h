/* SPDX-License-Identifier: MIT */
/* sasl_private.h - one exchange, shared by the files of sasl/
 *
 * exchange.c runs the mechanisms; how its messages look on the stream is a
 * profile's: RFC 6120's (sasl.c) or XEP-0388's (xep/xep0388_sasl2.c).
 */
#ifndef GW_XMPP_SASL_SASL_PRIVATE_H
#define GW_XMPP_SASL_SASL_PRIVATE_H

#include "xmpp/sasl/sasl.h"
#include "xmpp/sasl/scram.h"
#include "xmpp/server_private.h"

enum xmpp_sasl_family { SASL_SCRAM, SASL_PLAIN, SASL_EXTERNAL, SASL_HT };

struct xmpp_sasl_mechanism {
	const char *name;
	enum xmpp_sasl_family family;
	bool plus;
	enum crypto_hash hash;
	const char *binding; /* SASL_HT: the one it is made with, or NULL */
};

enum xmpp_sasl_step {
	SASL_FIRST,	/* the initial response is awaited */
	SASL_DIRECTORY, /* the directory is asked */
	SASL_FINAL,	/* SCRAM: client-final-message is awaited */
	SASL_SLOW,	/* a guess that is judged later */
	SASL_PASSED,	/* the profile has what is left to do */
};

struct xmpp_sasl;

/* What an exchange says, on the stream. */
struct xmpp_sasl_profile {
	void (*challenge)(struct xmpp_stream *s, struct str data);
	void (*failure)(struct xmpp_stream *s, const char *condition);
	/* Takes s->sasl.  data.p NULL: no additional data. */
	void (*success)(struct xmpp_stream *s, struct str data);
};

struct xmpp_sasl {
	struct arena *a;
	const struct xmpp_sasl_profile *profile;
	const struct xmpp_sasl_mechanism *m;
	enum xmpp_sasl_step step;
	struct jid user;
	bool known; /* user is an address, and not ours */
	struct xmpp_scram scram;
	struct xmpp_scram_keys keys; /* a decoy's, or those of the account */
	struct str salt;	     /* the decoy's */
	unsigned rounds;
	struct str guess;	/* the message that waits to be judged */
	struct xmpp_sasl2 *two; /* NULL: RFC 6120's profile */
};

/* mechanism.c: what this stream was offered, and nothing else (B10). */
const struct xmpp_sasl_mechanism *
xmpp_sasl_mechanism(const struct xmpp_stream *s, struct str name);
/* The same for those that take a token (XEP-0484). */
const struct xmpp_sasl_mechanism *
xmpp_sasl_token_mechanism(const struct xmpp_stream *s, struct str name);
const struct xmpp_sasl_mechanism *xmpp_sasl_token_named(struct str name);
void xmpp_sasl_add_tokens(struct xmpp_stream *s, struct arena *a,
			  struct stanza *list, const char *ns);
bool xmpp_sasl_offers(const struct xmpp_stream *s); /* any at all */
bool xmpp_sasl_plus_offered(const struct xmpp_stream *s);
/* Mechanisms and bindings as XEP-0474 hashes them. */
struct str xmpp_sasl_offer_hash(const struct xmpp_stream *s, struct arena *a,
				enum crypto_hash h);
/* Data of a channel binding of this stream; GW_NOT_FOUND: not offered. */
enum gw_err xmpp_sasl_binding(struct xmpp_stream *s, struct arena *a,
			      struct str name, struct str *data) GW_CHECKED;
/* May a log-in stand on this stream without TLS of ours?  Only where a front
 * end on this host has it, and a switch says so. */
bool xmpp_sasl_private(const struct xmpp_stream *s);

/* exchange.c */
struct xmpp_sasl *xmpp_sasl_begin(struct xmpp_stream *s,
				  const struct xmpp_sasl_profile *p,
				  const struct xmpp_sasl_mechanism *m);
void xmpp_sasl_message(struct xmpp_stream *s, struct str msg);
/* base64 as RFC 4422 has it; the exchange fails if it is none. */
enum gw_err xmpp_sasl_decode(struct xmpp_stream *s, struct str text,
			     struct str *msg) GW_CHECKED;
/* The exchange is over: freed, told, and the stream goes on. */
void xmpp_sasl_fail(struct xmpp_stream *s, const char *condition);
/* The same for a wrong secret. */
void xmpp_sasl_deny(struct xmpp_stream *s);
/* Counts a failure that was told; the fifth one ends the stream. */
void xmpp_sasl_failed_once(struct xmpp_stream *s);
void xmpp_sasl_pass(struct xmpp_stream *s, struct str data);
/* B09: whom the client wants to be must be who it logs in as. */
bool xmpp_sasl_authzid_fits(struct xmpp_stream *s, struct str authzid);
void xmpp_sasl_take_user(struct xmpp_stream *s, struct str name);
/* A question to the directory, and the exchange that asked if it still
 * waits (takes q). */
struct xmpp_asking *xmpp_sasl_ask(struct xmpp_stream *s);
struct xmpp_stream *xmpp_sasl_answered(struct xmpp_asking *q);

/* external.c: a client's certificate (XEP-0178). */
void xmpp_sasl_external(struct xmpp_stream *s, struct str msg);
bool xmpp_sasl_has_certificate(const struct xmpp_stream *s);

/* The peer's address for tries.h; none: it says nothing of the client. */
struct str xmpp_sasl_host(const struct xmpp_stream *s);

#endif
