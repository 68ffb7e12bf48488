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
	{ "xmpp", 3,
	  "CREATE TABLE xmpp_archive ("
	  " id INTEGER PRIMARY KEY, owner TEXT NOT NULL, peer TEXT NOT NULL,"
	  " stamp INTEGER NOT NULL, origin INTEGER, kept INTEGER NOT NULL,"
	  " waiting INTEGER NOT NULL, sent INTEGER NOT NULL,"
	  " stanza TEXT NOT NULL);"
	  "CREATE INDEX xmpp_archive_owner ON xmpp_archive (owner, id);"
	  "CREATE INDEX xmpp_archive_waiting ON xmpp_archive (owner, id)"
	  " WHERE waiting = 1;"
	  "CREATE UNIQUE INDEX xmpp_archive_origin ON xmpp_archive (origin)"
	  " WHERE origin IS NOT NULL;"
	  "INSERT INTO xmpp_archive (id, owner, peer, stamp, kept, waiting,"
	  " sent, stanza) SELECT id, account, '', stamp, 0, 1, 0, stanza"
	  " FROM xmpp_offline;"
	  "DROP TABLE xmpp_offline;"
	  "CREATE TABLE xmpp_resume ("
	  " id TEXT PRIMARY KEY, account TEXT NOT NULL, h INTEGER NOT NULL,"
	  " stamp INTEGER NOT NULL, state TEXT) WITHOUT ROWID;"
	  "CREATE INDEX xmpp_resume_stamp ON xmpp_resume (stamp);"
	  "CREATE TABLE xmpp_resume_queue ("
	  " id TEXT NOT NULL, seq INTEGER NOT NULL, stamp INTEGER NOT NULL,"
	  " row INTEGER NOT NULL, stanza TEXT NOT NULL,"
	  " PRIMARY KEY (id, seq)) WITHOUT ROWID;" },
	/* What waits stays there for a moment only: a small table, and rows
	 * of the archive that are written once. */
	{ "xmpp", 4,
	  "CREATE TABLE xmpp_waiting ("
	  " owner TEXT NOT NULL, id INTEGER NOT NULL,"
	  " PRIMARY KEY (owner, id)) WITHOUT ROWID;"
	  "INSERT INTO xmpp_waiting (owner, id) SELECT owner, id"
	  " FROM xmpp_archive WHERE waiting = 1;"
	  "DROP INDEX xmpp_archive_waiting;"
	  "DROP INDEX xmpp_archive_owner;"
	  "ALTER TABLE xmpp_archive DROP COLUMN waiting;"
	  "CREATE INDEX xmpp_archive_owner ON xmpp_archive (owner);" },
	{ .room = NULL },
};
