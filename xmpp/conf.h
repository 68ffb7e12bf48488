/* SPDX-License-Identifier: MIT */
/* conf.h - `xmpp:` in muster.yaml as the files of xmpp/ read it
 */
#ifndef GW_XMPP_CONF_H
#define GW_XMPP_CONF_H

#include "gateway/config/conf.h"
#include "xmpp/component/conf.h"
#include "xmpp/muc/conf.h"
#include "xmpp/s2s/conf.h"

enum xmpp_conf_register {
	XMPP_REGISTER_CLOSED,
	XMPP_REGISTER_INVITED,
	XMPP_REGISTER_OPEN,
};

enum xmpp_conf_invite {
	XMPP_INVITE_NOBODY,
	XMPP_INVITE_ADMINS,
	XMPP_INVITE_EVERYBODY,
};

enum xmpp_conf_tls { XMPP_TLS_REQUIRED, XMPP_TLS_OPTIONAL };

struct xmpp_conf_c2s {
	struct conf_texts listen;
	int tls; /* enum xmpp_conf_tls */
	bool plain_without_tls;
};

/* Of all listeners together. */
struct xmpp_conf_guests {
	int64_t connections, memory;
	int64_t stanza_max, elements;
	int64_t arrivals, handshakes; /* a minute; 0: unlimited */
	struct conf_texts trusted;
};

/* Of one person; 0: unlimited. */
struct xmpp_conf_rates {
	int64_t recipients, subscriptions; /* an hour */
	int64_t roster_reads;		   /* a minute */
};

struct xmpp_conf_archive {
	bool keep;
	int keep_by_default; /* enum xmpp_prefs_default */
	int64_t keep_for;    /* ms; 0: for ever */
	int64_t keep_count;
};

struct xmpp_conf {
	struct xmpp_conf_c2s c2s;
	struct conf_texts c2s_tls;
	struct xmpp_s2s_conf s2s;
	struct conf_texts mechanisms;
	const char *desk; /* local part */
	int64_t stanza_max;
	int64_t elements;	   /* in a client's stanza */
	int64_t depth, attributes; /* in anybody's */
	int64_t rate;
	int64_t login_within;
	int64_t connections, per_host;
	struct xmpp_conf_guests guests;
	struct xmpp_conf_rates rates;
	int64_t resources;
	int64_t idle_ask; /* ms until a silent client is asked */
	int64_t resume;
	int64_t resume_queue;
	int64_t offline;
	struct xmpp_conf_archive archive;
	int64_t roster;
	int64_t scram_rounds;
	int registration;    /* enum xmpp_conf_register */
	int invite_accounts; /* enum xmpp_conf_invite */
	bool invite_contacts;
	int64_t invitations;   /* open ones of one person */
	int64_t token_life;    /* XEP-0484; 0: none */
	const char *client_ca; /* "": no client certificates */
	struct xmpp_muc_conf muc;
	struct xmpp_components_conf components;
};

#endif
