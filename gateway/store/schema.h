/* SPDX-License-Identifier: MIT */
/* schema.h - which rooms have tables; each array ends with room NULL */
#ifndef GW_STORE_SCHEMA_H
#define GW_STORE_SCHEMA_H

#include "gateway/store/store.h"

extern const struct store_migration store_schema_xmpp[];
extern const struct store_migration store_schema_mail[];
extern const struct store_migration store_schema_alert[];
extern const struct store_migration store_schema_case[];
extern const struct store_migration store_schema_dir[];

#endif
