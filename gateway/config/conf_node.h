/* SPDX-License-Identifier: MIT */
/* conf_node.h - what a row's own parse() and a section's check() work with
 *
 * Nodes are read-only pieces of the file; they and their texts (terminated by
 * a 0 byte) live as long as the configuration that was loaded from them.
 */
#ifndef GW_CONFIG_CONF_NODE_H
#define GW_CONFIG_CONF_NODE_H

#include <stddef.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/base/str.h"

struct conf_node;   /* a piece of YAML with its line */
struct conf_reader; /* one load: arena, errors, where we are */
struct conf_section;

enum conf_shape { CONF_SCALAR, CONF_LIST, CONF_TABLE };
enum conf_shape conf_shape(const struct conf_node *n);
unsigned conf_line(const struct conf_node *n);
struct str conf_scalar(const struct conf_node *n); /* STR_NONE if not one */
size_t conf_count(const struct conf_node *n);	   /* items or pairs */
const struct conf_node *conf_item(const struct conf_node *n, size_t i);
struct str conf_key(const struct conf_node *n, size_t i); /* i-th key */
const struct conf_node *conf_get(const struct conf_node *n, const char *key);
struct arena *conf_arena(struct conf_reader *r);
/* The table of the section being checked, the node being parsed. */
const struct conf_node *conf_here(const struct conf_reader *r);

/* Fills a section's struct from a table node, with all its checks; n NULL:
 * with its defaults. */
enum gw_err conf_fill(struct conf_reader *r, const struct conf_section *s,
		      const struct conf_node *n, void *value) GW_CHECKED;
/* Adds "FILE:LINE: path.to.key: sentence"; returns GW_BAD_INPUT.  n NULL: at
 * conf_here(). */
enum gw_err conf_error(struct conf_reader *r, const struct conf_node *n,
		       const char *fmt, ...) GW_PRINTF(3, 4);
/* What a message may quote of a text: its first bytes. */
struct str conf_quote(struct str s);

/* For print(): a text as one YAML scalar, quoted where it must be; a filled
 * section as "{ key: value, ... }". */
void conf_print_text(struct buf *out, struct str s);
void conf_print_flow(struct buf *out, const struct conf_section *s,
		     const void *value);

#endif
