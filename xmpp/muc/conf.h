/* SPDX-License-Identifier: MIT */
/* conf.h - `muc:` below `xmpp:` in muster.yaml
 */
#ifndef GW_XMPP_MUC_CONF_H
#define GW_XMPP_MUC_CONF_H

#include "gateway/config/conf.h"

enum xmpp_muc_create { MUC_CREATE_LOCAL, MUC_CREATE_ALL, MUC_CREATE_NONE };

struct xmpp_muc_room_conf {
	const char *name;
	bool members_only;
	struct conf_texts members, admins, owners; /* addresses or pools */
	int64_t history;
};

struct xmpp_muc_conf {
	const char *host; /* a label below the first domain, or a domain */
	struct conf_map rooms;
	int create; /* enum xmpp_muc_create */
	int64_t history;
	int64_t keep, keep_for;
	int64_t users;
	int64_t most;
	int64_t message_max;
	int64_t rate;
};
extern const struct conf_section xmpp_muc_conf_section;

#endif
