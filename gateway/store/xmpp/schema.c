/* SPDX-License-Identifier: MIT */
/* schema.c - the tables of the xmpp room, step by step */
#include "gateway/store/schema.h"

const struct store_migration store_schema_xmpp[] = {
	{ "xmpp", 1,
	  "CREATE TABLE xmpp_roster ("
	  " account TEXT NOT NULL, jid TEXT NOT NULL,"
	  " name TEXT NOT NULL, groups TEXT NOT NULL, asked TEXT NOT NULL,"
	  " state INTEGER NOT NULL, approved INTEGER NOT NULL,"
	  " listed INTEGER NOT NULL,"
	  " PRIMARY KEY (account, jid)) WITHOUT ROWID;"
	  "CREATE TABLE xmpp_roster_version ("
	  " account TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;"
	  "CREATE TABLE xmpp_offline ("
	  " id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL,"
	  " stamp INTEGER NOT NULL, stanza TEXT NOT NULL);"
	  "CREATE INDEX xmpp_offline_account ON xmpp_offline (account, id);" },
	{ .room = NULL },
};
