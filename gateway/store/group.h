/* SPDX-License-Identifier: MIT */
/* group.h - requests that are committed together, for store.c alone
 *
 * Each fails alone: it has a savepoint of its own, or, if it may be tried
 * again, shares one with its like; when one of those fails, all of them are
 * taken back and run once more, each with its own.
 */
#ifndef GW_STORE_GROUP_H
#define GW_STORE_GROUP_H

#include "gateway/store/sql.h"
#include "gateway/store/store.h"

enum group_outcome { GROUP_WROTE, GROUP_WROTE_NOTHING, GROUP_FAILED };

/* Sets each request's result.  head NULL: tries whether the disk takes a row
 * again. */
enum group_outcome group_run(struct store_db *db, struct store_req *head);

#endif
