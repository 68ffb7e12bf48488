/* SPDX-License-Identifier: MIT */
/* schema.c - the tables of the dir room, step by step */
#include "gateway/store/schema.h"

const struct store_migration store_schema_dir[] = {
	{ "dir", 1,
	  "CREATE TABLE account ("
	  " address TEXT NOT NULL PRIMARY KEY,"
	  " name TEXT NOT NULL,"
	  " role BIGINT NOT NULL,"
	  " disabled BIGINT NOT NULL,"
	  " since BIGINT NOT NULL);"
	  "CREATE TABLE account_key ("
	  " address TEXT NOT NULL REFERENCES account (address),"
	  " hash BIGINT NOT NULL,"
	  " rounds BIGINT NOT NULL,"
	  " salt BLOB NOT NULL,"
	  " stored_key BLOB NOT NULL,"
	  " server_key BLOB NOT NULL,"
	  " PRIMARY KEY (address, hash))" },
	{ "dir", 2,
	  "ALTER TABLE account ADD COLUMN "
	  " generation BIGINT NOT NULL DEFAULT 0" },
	{ .room = NULL },
};
