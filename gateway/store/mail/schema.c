/* SPDX-License-Identifier: MIT */
/* schema.c - the tables of the mail room, step by step */
#include "gateway/store/schema.h"

const struct store_migration store_schema_mail[] = {
	{ "mail", 1,
	  "CREATE TABLE mail ("
	  " id TEXT PRIMARY KEY,"
	  " queue_id TEXT NOT NULL," /* of the MTA that brought it; '' */
	  " msgid TEXT NOT NULL,"
	  " sha256 TEXT NOT NULL,"
	  " env_from TEXT NOT NULL,"
	  " rcpt TEXT NOT NULL," /* as addressed, lower case */
	  " role TEXT NOT NULL," /* the pool; '': a person */
	  " peer TEXT NOT NULL,"
	  " subject TEXT NOT NULL,"
	  " precedence BIGINT NOT NULL,"
	  " size BIGINT NOT NULL,"
	  " received_at BIGINT NOT NULL,"
	  " deadline_at BIGINT NOT NULL," /* 0: never watched */
	  " hold_until BIGINT NOT NULL,"
	  " state BIGINT NOT NULL,"
	  " watched BIGINT NOT NULL,"
	  " spooled BIGINT NOT NULL,"
	  " chosen TEXT NOT NULL,"
	  " rule TEXT NOT NULL,"
	  " case_number BIGINT NOT NULL);"
	  "CREATE INDEX mail_same ON mail (rcpt, sha256);"
	  "CREATE INDEX mail_received ON mail (received_at);"
	  "CREATE INDEX mail_open ON mail (state)"
	  " WHERE watched = 1 OR state < 3;"
	  "CREATE TABLE mail_decision ("
	  " mail TEXT NOT NULL,"
	  " seq BIGINT NOT NULL,"
	  " at BIGINT NOT NULL,"
	  " rule TEXT NOT NULL,"
	  " why TEXT NOT NULL,"
	  " chosen TEXT NOT NULL,"
	  " snapshot TEXT NOT NULL," /* JSON: candidates with their reasons */
	  " PRIMARY KEY (mail, seq));"
	  "CREATE TABLE mail_delivery ("
	  " mail TEXT NOT NULL,"
	  " person TEXT NOT NULL,"
	  " hop TEXT NOT NULL,"
	  " reply TEXT NOT NULL,"
	  " at BIGINT NOT NULL,"
	  " PRIMARY KEY (mail, person));"
	  "CREATE TABLE mail_evidence ("
	  " mail TEXT NOT NULL,"
	  " at BIGINT NOT NULL,"
	  " what TEXT NOT NULL," /* seen, answered, moved, deleted, said */
	  " person TEXT NOT NULL,"
	  " PRIMARY KEY (mail, at, what, person));"
	  "CREATE TABLE mail_sent (" /* copies and notices, by their name */
	  " id TEXT PRIMARY KEY,"
	  " mail TEXT NOT NULL,"
	  " person TEXT NOT NULL,"
	  " at BIGINT NOT NULL);"
	  "CREATE INDEX mail_sent_of ON mail_sent (mail);" },
	{ .room = NULL },
};
