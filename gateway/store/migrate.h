/* SPDX-License-Identifier: MIT */
/* migrate.h - brings a store to the tables this program knows
 *
 * Each step runs in a transaction with the row that records it, so that it
 * runs once whatever happens in between.
 */
#ifndef GW_STORE_MIGRATE_H
#define GW_STORE_MIGRATE_H

#include "gateway/store/store.h"

struct store_db;

/* rooms: arrays that end with room NULL; the list ends with NULL.  A store
 * with a room or a version this program does not know is GW_CONFLICT. */
enum gw_err store_migrate(struct store_db *db,
			  const struct store_migration *const *rooms,
			  int64_t wall, struct err_note *note) GW_CHECKED;

#endif
