/* SPDX-License-Identifier: MIT */
/* config.h - every configuration that was in force, by its version
 *
 * A case climbs under the configuration it opened with, after a restart too.
 * The same text (known by its hash) keeps the number it got first.
 */
#ifndef GW_STORE_CONFIG_H
#define GW_STORE_CONFIG_H

#include "gateway/base/arena.h"
#include "gateway/store/store.h"

/* Before the loop runs: stores the text when it is new. */
enum gw_err store_config_version(struct store *s, struct str hash,
				 struct str text, int64_t *version) GW_CHECKED;

struct store_config_done {
	void (*fn)(void *arg, enum gw_err e, int64_t version);
	void *arg;
};
/* The same on a reload; copies what it is given. */
void store_config_save(struct store *s, struct str hash, struct str text,
		       struct store_config_done done);

/* Before the loop runs: the text of a version; GW_NOT_FOUND. */
enum gw_err store_config_load(struct store *s, int64_t version, struct arena *a,
			      struct str *text) GW_CHECKED;

#endif
