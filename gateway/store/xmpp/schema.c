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
	{ "xmpp", 2,
	  "CREATE TABLE xmpp_muc_room ("
	  " room TEXT PRIMARY KEY, secret BLOB NOT NULL, name TEXT NOT NULL,"
	  " description TEXT NOT NULL, password TEXT NOT NULL,"
	  " flags INTEGER NOT NULL, whisper INTEGER NOT NULL,"
	  " max_users INTEGER NOT NULL, history INTEGER NOT NULL,"
	  " subject TEXT NOT NULL, subject_by TEXT NOT NULL,"
	  " subject_stamp INTEGER NOT NULL) WITHOUT ROWID;"
	  "CREATE TABLE xmpp_muc_person ("
	  " room TEXT NOT NULL, jid TEXT NOT NULL,"
	  " affiliation INTEGER NOT NULL, reason TEXT NOT NULL,"
	  " PRIMARY KEY (room, jid)) WITHOUT ROWID;"
	  "CREATE TABLE xmpp_muc_line ("
	  " id INTEGER PRIMARY KEY AUTOINCREMENT, room TEXT NOT NULL,"
	  " line TEXT NOT NULL, stamp INTEGER NOT NULL,"
	  " stanza TEXT NOT NULL);"
	  "CREATE UNIQUE INDEX xmpp_muc_line_id ON xmpp_muc_line (room, line);"
	  "CREATE INDEX xmpp_muc_line_room ON xmpp_muc_line (room, id);" },
	{ .room = NULL },
};
