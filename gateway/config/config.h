/* SPDX-License-Identifier: MIT */
/* config.h - one loaded configuration: immutable, counted, with a version
 *
 * A reload builds a new one, all or nothing; code borrows the current one for
 * one turn or holds a reference.  Only the core thread counts.
 */
#ifndef GW_CONFIG_CONFIG_H
#define GW_CONFIG_CONFIG_H

#include <stdint.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/config/conf.h"

struct config;

struct config_root {
	const char *key;		    /* top-level key in muster.yaml */
	const struct conf_section *section; /* a table of rows, or */
	const struct conf_opt *opt; /* one row (CONF_MAP...), offset 0; for
				     * CONF_NODE max is the field's size */
	/* In the row that ends the table: what no root sees alone.  Reports
	 * by conf_error(); file NULL: one without content. */
	enum gw_err (*check)(struct conf_reader *r, const struct config *c,
			     const struct conf_node *file);
};

/* roots ended by key NULL, tables that outlive the config.  On failure every
 * error found is in errors, one per line ("muster.yaml:12: pools.x: ..."). */
enum gw_err config_load(const char *path, const struct config_root *roots,
			struct config **out, struct buf *errors) GW_CHECKED;
enum gw_err config_load_text(struct str yaml, const char *name,
			     const struct config_root *roots,
			     struct config **out,
			     struct buf *errors) GW_CHECKED;
/* The file as bare nodes in the arena, for who needs a few keys and may not
 * know all rows (the command line).  *out NULL: a file without content. */
enum gw_err config_nodes(const char *path, struct arena *a,
			 const struct conf_node **out,
			 struct buf *errors) GW_CHECKED;
enum gw_err config_nodes_text(struct str yaml, const char *name,
			      struct arena *a, const struct conf_node **out,
			      struct buf *errors) GW_CHECKED;
struct config *config_ref(struct config *c);
void config_unref(struct config **c);

/* The filled struct (or struct conf_map, ...) of a top-level key; never NULL:
 * a key absent from the file holds its defaults. */
const void *config_get(const struct config *c, const char *key);

/* SHA-256 over the effective text, hex: the same text is the same version. */
const char *config_hash(const struct config *c);
/* The number the store gave this text; 0 until config_set_version(). */
int64_t config_version(const struct config *c);
void config_set_version(struct config *c, int64_t version);

void config_print(const struct config *c, struct buf *out); /* effective */
/* The manual: every row of every root, as man(7) source for muster.yaml(5). */
void config_manual(const struct config_root *roots, struct buf *out);
/* The rows as JSON Schema, for editors, console and `config check --json`. */
void config_schema(const struct config_root *roots, struct buf *out);

#endif
