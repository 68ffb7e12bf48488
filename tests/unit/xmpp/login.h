/* SPDX-License-Identifier: MIT */
/* login.h - a client that logs in by XEP-0388, step by step, and by SCRAM
 */
#ifndef GW_TESTS_UNIT_XMPP_LOGIN_H
#define GW_TESTS_UNIT_XMPP_LOGIN_H

#include "gateway/run/crypto.h"
#include "tests/unit/xmpp/harness.h"

#define NS2   "urn:xmpp:sasl:2"
#define AGENT "d4565fa7-4d72-4749-b3d3-740edbf87770"

/* Header sent, features unread. */
struct client *login_open(struct world *w);
/* <authenticate/> with these bytes as initial response (NULL: none), an agent
 * (NULL: none) and more children. */
struct login_try {
	const char *mechanism;
	const char *msg;
	size_t n;
	const char *agent;
	const char *more;
};
void login_try(struct client *c, const struct login_try *t);
/* PLAIN as ann. */
void login_plain(struct client *c, const char *agent, const char *more);
/* The attribute of the first element of that name that is unread. */
char *login_attr(struct arena *a, const char *text, const char *element,
		 const char *name);

/* A client's side of SCRAM. */
struct login_scram {
	enum crypto_hash hash;
	const char *gs2; /* "n,,", "p=tls-exporter,," */
	const uint8_t *cb;
	size_t cb_len;
	const char *password;
	const char *first_bare; /* "n=ann,r=abc" */
};
/* client-final-message; expect: the server's signature then. */
char *login_scram_final(struct arena *a, const struct login_scram *l,
			struct str challenge, char **expect);
/* The proof of an HT- mechanism: user NUL HMAC; its length into n. */
char *login_ht(struct arena *a, const char *user, const char *token,
	       struct str cb, size_t *n);

#endif
