/* SPDX-License-Identifier: MIT */
/* conf.h - `xmpp: { s2s: ... }` in muster.yaml, and what it says of a peer
 */
#ifndef GW_XMPP_S2S_CONF_H
#define GW_XMPP_S2S_CONF_H

#include "gateway/config/conf.h"

enum xmpp_s2s_tls {
	XMPP_S2S_TLS_REQUIRED,
	XMPP_S2S_TLS_OPTIONAL,
	XMPP_S2S_TLS_DEFAULT, /* of a peer: as for all */
};

enum xmpp_s2s_auth {
	XMPP_S2S_EXTERNAL, /* its certificate must be good */
	XMPP_S2S_DIALBACK, /* dialback is enough */
	XMPP_S2S_AUTH_DEFAULT,
};

struct xmpp_s2s_peer {
	bool allow;
	int tls;	  /* enum xmpp_s2s_tls */
	int auth;	  /* enum xmpp_s2s_auth */
	const char *host; /* "": by DNS */
};

struct xmpp_s2s_conf {
	struct conf_texts listen; /* none, and none in listen_tls: off */
	struct conf_texts listen_tls;
	int tls;
	int auth;
	const char *authorities; /* PEM; "": the system's */
	struct conf_texts dns;	 /* none: the system's */
	bool dane;
	const char *trust_anchor; /* for dane */
	int64_t stanza_max;
	int64_t elements; /* in one stanza */
	int64_t rate;
	int64_t login_within;
	int64_t connect_within;
	int64_t idle;
	int64_t retry;
	int64_t queue;
	int64_t links;
	int64_t connections, per_host;
	bool bidi;
	struct conf_map peers;
};

extern const struct conf_section xmpp_s2s_conf_section;

/* What holds for one domain, found before anything is looked up for it. */
struct xmpp_s2s_policy {
	bool allow;
	bool tls_required;
	bool certificate; /* must be good */
	const char *host; /* NULL: by DNS */
};

/* The domain itself first, then the longest "*.tree" it is below, then "*".
 * domain: U-labels, as jids have them. */
struct xmpp_s2s_policy xmpp_s2s_policy(const struct xmpp_s2s_conf *conf,
				       struct str domain);

#endif
