/* SPDX-License-Identifier: MIT */
/* schema.c - the tables of the case room, step by step */
#include "gateway/store/schema.h"

const struct store_migration store_schema_case[] = {
	{ .room = NULL },
};
