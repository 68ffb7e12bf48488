/* SPDX-License-Identifier: MIT */
/* schema.c - the tables of the alert room, step by step
 *
 * alert_incident keeps which case an incident opened, so that a case closed by
 * hand stays closed over a restart and the next one can name it.
 */
#include "gateway/store/schema.h"

const struct store_migration store_schema_alert[] = {
	{ "alert", 1,
	  "CREATE TABLE alert ("
	  " fingerprint TEXT PRIMARY KEY, source TEXT NOT NULL,"
	  " labels BLOB NOT NULL, annotations BLOB NOT NULL,"
	  " generator TEXT NOT NULL, severity BIGINT NOT NULL,"
	  " firing BIGINT NOT NULL, confirmed BIGINT NOT NULL,"
	  " timeout_based BIGINT NOT NULL, starts_at BIGINT NOT NULL,"
	  " ends_at BIGINT NOT NULL, fired_at BIGINT NOT NULL,"
	  " seen_at BIGINT NOT NULL);"
	  "CREATE TABLE alert_event ("
	  " seq INTEGER PRIMARY KEY, at BIGINT NOT NULL, dead BIGINT NOT NULL,"
	  " source TEXT NOT NULL, key TEXT NOT NULL, note TEXT NOT NULL,"
	  " size BIGINT NOT NULL, body BLOB NOT NULL);"
	  "CREATE INDEX alert_event_dead ON alert_event (dead, seq);"
	  "CREATE TABLE alert_incident ("
	  " key TEXT PRIMARY KEY, case_number BIGINT NOT NULL,"
	  " closed_at BIGINT NOT NULL)" },
	{ .room = NULL },
};
