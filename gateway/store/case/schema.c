/* SPDX-License-Identifier: MIT */
/* schema.c - the tables of the case room, step by step
 *
 * case_act is the outbox: a row stands there, committed, before its act is
 * carried out, and has done_at from when that is over.  case_told is the last
 * case each person was told of.
 */
#include "gateway/store/schema.h"

const struct store_migration store_schema_case[] = {
	{ "case", 1,
	  "CREATE TABLE cases ("
	  " number BIGINT PRIMARY KEY, version BIGINT NOT NULL,"
	  " config_version BIGINT NOT NULL, previous BIGINT NOT NULL,"
	  " kind BIGINT NOT NULL, state BIGINT NOT NULL,"
	  " severity BIGINT NOT NULL, opened_at BIGINT NOT NULL,"
	  " changed_at BIGINT NOT NULL, closed_at BIGINT NOT NULL,"
	  " claimed_at BIGINT NOT NULL, until BIGINT NOT NULL,"
	  " due BIGINT NOT NULL, owner_gone BIGINT NOT NULL,"
	  " step BIGINT NOT NULL, round BIGINT NOT NULL,"
	  " climbed BIGINT NOT NULL, acts BIGINT NOT NULL,"
	  " alerts BIGINT NOT NULL, firing BIGINT NOT NULL,"
	  " waiting BIGINT NOT NULL,"
	  " key TEXT NOT NULL, mail_id TEXT NOT NULL, subject TEXT NOT NULL,"
	  " detail TEXT NOT NULL, pool TEXT NOT NULL, ladder TEXT NOT NULL,"
	  " ladder_text TEXT NOT NULL, room TEXT NOT NULL,"
	  " recipient TEXT NOT NULL, owner TEXT NOT NULL,"
	  " offered_to TEXT NOT NULL, closed_why TEXT NOT NULL,"
	  " card_id TEXT NOT NULL, told TEXT NOT NULL);"
	  "CREATE UNIQUE INDEX cases_open ON cases (key) WHERE state < 2;"
	  "CREATE INDEX cases_closed ON cases (closed_at) WHERE state = 2;"
	  "CREATE TABLE case_act ("
	  " number BIGINT NOT NULL, step BIGINT NOT NULL,"
	  " kind BIGINT NOT NULL, receiver TEXT NOT NULL,"
	  " other TEXT NOT NULL, by BIGINT NOT NULL, offer BIGINT NOT NULL,"
	  " line BIGINT NOT NULL, why TEXT NOT NULL,"
	  " planned_at BIGINT NOT NULL, done_at BIGINT NOT NULL,"
	  " result TEXT NOT NULL, PRIMARY KEY (number, step));"
	  "CREATE INDEX case_act_todo ON case_act (number, step)"
	  " WHERE done_at = 0;"
	  "CREATE TABLE case_entry ("
	  " seq INTEGER PRIMARY KEY, number BIGINT NOT NULL,"
	  " at BIGINT NOT NULL, what TEXT NOT NULL, who TEXT NOT NULL,"
	  " via TEXT NOT NULL, why TEXT NOT NULL, choice TEXT NOT NULL);"
	  "CREATE INDEX case_entry_of ON case_entry (number, seq);"
	  "CREATE TABLE case_told ("
	  " who TEXT PRIMARY KEY, number BIGINT NOT NULL,"
	  " at BIGINT NOT NULL)" },
	{ .room = NULL },
};
