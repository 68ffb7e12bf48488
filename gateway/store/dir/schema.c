/* SPDX-License-Identifier: MIT */
/* schema.c - the tables of the dir room, step by step */
#include "gateway/store/schema.h"

const struct store_migration store_schema_dir[] = {
	{ .room = NULL },
};
