/* SPDX-License-Identifier: MIT */
/* conf.h - `components:` below `xmpp:`
 */
#ifndef GW_XMPP_COMPONENT_CONF_H
#define GW_XMPP_COMPONENT_CONF_H

#include "gateway/config/conf.h"

enum xmpp_component_tls { COMPONENT_TLS_NONE, COMPONENT_TLS_DIRECT };

/* Types of XEP-0356; of GET and SET each is a bit. */
enum xmpp_access { ACCESS_NONE, ACCESS_GET, ACCESS_SET, ACCESS_BOTH };
enum xmpp_shown { SHOWN_NONE, SHOWN_MANAGED, SHOWN_ROSTER };

struct xmpp_privilege_iq {
	const char *namespace;
	int type; /* enum xmpp_access */
};

struct xmpp_privileges {
	int roster; /* enum xmpp_access */
	bool push;
	bool message;
	int presence; /* enum xmpp_shown */
	struct conf_seq iq;
};

struct xmpp_delegated { /* XEP-0355 */
	const char *namespace;
	struct conf_texts attributes; /* those its payload must have */
};

struct xmpp_component_conf {
	const char *secret_file;
	const char *secret;
	const char *name;
	struct conf_texts also; /* hosts on the same stream */
	struct xmpp_privileges privileges;
	struct conf_seq delegations;
};

struct xmpp_components_conf {
	struct conf_texts listen;
	int tls; /* enum xmpp_component_tls */
	int64_t stanza_max;
	int64_t elements; /* in one stanza */
	int64_t rate;
	int64_t ping; /* ms; 0: never */
	struct conf_map hosts;
};

extern const struct conf_section xmpp_components_conf_section;

#endif
