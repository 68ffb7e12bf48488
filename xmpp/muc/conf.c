/* SPDX-License-Identifier: MIT */
/* conf.c - the rows of `muc:` */
#include "xmpp/muc/conf.h"

#include "gateway/base/when.h"

static const char *const create_words[] = { "local", "all", "none", NULL };

static const struct conf_opt room_opts[] = {
	CONF_OPT(TEXT, struct xmpp_muc_room_conf, name, "", 0, 200,
		 "name of the room, for people"),
	CONF_OPT(BOOL, struct xmpp_muc_room_conf, members_only, "true", 0, 0,
		 "only members may enter"),
	CONF_OPT(TEXTS, struct xmpp_muc_room_conf, members, "", 0, 10000,
		 "members: addresses of persons, or of pools for all of them"),
	CONF_OPT(TEXTS, struct xmpp_muc_room_conf, admins, "", 0, 1000,
		 "those who may also remove and ban: persons or pools"),
	CONF_OPT(TEXTS, struct xmpp_muc_room_conf, owners, "", 0, 1000,
		 "those who may change the room: persons or pools"),
	CONF_OPT(INT, struct xmpp_muc_room_conf, history, "100", 0, 1000,
		 "messages a newcomer is shown"),
	{ .key = NULL },
};

static const struct conf_section room_section = {
	.size = sizeof(struct xmpp_muc_room_conf),
	.opts = room_opts,
	.doc = "a room that is always there, with Muster's bot in it",
};

static const struct conf_opt opts[] = {
	CONF_OPT(TEXT, struct xmpp_muc_conf, host, "rooms", 1, 253,
		 "domain of the rooms: a label below the first domain, or a "
		 "whole domain"),
	CONF_OPT_SUB(MAP, struct xmpp_muc_conf, rooms, &room_section,
		     "rooms that are always there, by address"),
	CONF_OPT_ENUM(struct xmpp_muc_conf, create, "local", create_words,
		      "who may open new rooms: people of this server, all, "
		      "none"),
	CONF_OPT(INT, struct xmpp_muc_conf, history, "50", 0, 1000,
		 "messages a newcomer is shown where the room says nothing"),
	CONF_OPT(INT, struct xmpp_muc_conf, keep, "10000", 0, 10000000,
		 "messages kept of each room"),
	CONF_OPT(SPAN, struct xmpp_muc_conf, keep_for, "365d", 0,
		 3650 * WHEN_DAY, "age at which messages go; 0: never"),
	CONF_OPT(INT, struct xmpp_muc_conf, users, "500", 1, 100000,
		 "clients in one room at once"),
	CONF_OPT(INT, struct xmpp_muc_conf, most, "10000", 1, 1000000,
		 "rooms that people may have made at once"),
	CONF_OPT(BYTES, struct xmpp_muc_conf, message_max, "64 KiB", 1024,
		 1 << 20, "largest message to a room"),
	CONF_OPT(INT, struct xmpp_muc_conf, rate, "20", 1, 100000,
		 "messages from persons in one room per second; five times as "
		 "many at once"),
	{ .key = NULL },
};

const struct conf_section xmpp_muc_conf_section = {
	.size = sizeof(struct xmpp_muc_conf),
	.opts = opts,
	.doc = "rooms (XEP-0045)",
};
