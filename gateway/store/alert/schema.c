/* SPDX-License-Identifier: MIT */
/* schema.c - the tables of the alert room, step by step */
#include "gateway/store/schema.h"

const struct store_migration store_schema_alert[] = {
	{ .room = NULL },
};
