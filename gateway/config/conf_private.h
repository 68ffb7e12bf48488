/* SPDX-License-Identifier: MIT */
/* conf_private.h - what the files of this room share with each other */
#ifndef GW_CONFIG_CONF_PRIVATE_H
#define GW_CONFIG_CONF_PRIVATE_H

#include <stdbool.h>

#include "gateway/config/conf.h"
#include "gateway/config/config.h"

#define CONF_FILE_MAX	((size_t)4 * 1024 * 1024)
#define CONF_NODE_MAX	((size_t)100000) /* aliases expanded */
#define CONF_DEPTH_MAX	32
#define CONF_KEY_MAX	((size_t)255) /* libyaml: 1024 with all escapes */
#define CONF_ANCHOR_MAX ((size_t)1000)
#define CONF_FAULT_MAX	((size_t)100) /* messages kept; the rest is counted */

struct conf_node {
	enum conf_shape shape;
	bool open;   /* still being read: an alias to it would be a loop */
	bool absent; /* not in the file: stands for a section left out */
	unsigned line;
	struct str key; /* in a table */
	size_t index;	/* in a list or table */
	const struct conf_node *parent;
	struct str text; /* CONF_SCALAR */
	size_t count;
	const struct conf_node **items;
	struct conf_node *first, *last, *next; /* while it is being read */
};

struct conf_fault {
	unsigned line;
	size_t order;
	const char *text;
};

struct conf_reader {
	struct arena *arena;
	const char *name; /* of the file */
	const struct conf_node *here;
	struct conf_fault *faults;
	size_t count; /* of all faults, kept or not */
};

/* yaml.c: *root is NULL when the file has no content. */
enum gw_err yaml_tree(struct conf_reader *r, struct str yaml,
		      const struct conf_node **root) GW_CHECKED;

void conf_error_init(struct conf_reader *r, struct arena *a, const char *name);
void conf_error_lines(struct conf_reader *r, struct buf *out);
void conf_error_unknown(struct conf_reader *r, const struct conf_section *s,
			const struct conf_node *n);
/* True for the scalar `key:` has when nothing follows. */
bool conf_is_empty(const struct conf_node *n);
/* The row as an operator would look for it: "an integer from 1 to 9". */
void conf_value_range(const struct conf_opt *opt, struct buf *out);
enum gw_err conf_value_read(struct conf_reader *r, const struct conf_opt *opt,
			    const struct conf_node *n, struct str text,
			    void *field) GW_CHECKED;
void conf_value_print(const struct conf_opt *opt, const void *field,
		      struct buf *out);
/* False when the kind cannot show it. */
bool conf_value_unset(const struct conf_opt *opt, void *field);
bool conf_value_is_unset(const struct conf_opt *opt, const void *field);
void conf_print_block(struct buf *out, const struct conf_section *s,
		      const void *value);

/* All roots as the rows of one section. */
const struct conf_section *config_section(struct arena *a,
					  const struct config_root *roots);

#endif
