/* SPDX-License-Identifier: MIT */
/* conf.h - options as typed rows, from which everything else is made
 *
 * A room describes each key once: type, range, default, one sentence.  The
 * YAML reader, `muster config check` and `effective`, the manual page and the
 * console are made from the rows.  A filled section is plain memory of the
 * room's own struct; it lives and dies with its struct config and never
 * changes.  Every scalar is text until its row types it.
 *
 * A key is required where its section is written.  In an embedded section
 * left out of the file required keys are unset (NULL; CONF_UNSET for numbers,
 * -1 for an enum), check() is not called, `effective` leaves it out.  A bool,
 * node or section cannot be seen to be unset: as the only required key it is
 * required even then.
 */
#ifndef GW_CONFIG_CONF_H
#define GW_CONFIG_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/base/str.h"

#define CONF_UNSET INT64_MIN

/* min and max both 0: no bounds.  For lists and maps they count entries. */
enum conf_kind {
	CONF_BOOL,    /* bool: true/false/yes/no/on/off */
	CONF_INT,     /* int64_t within min..max */
	CONF_SPAN,    /* int64_t ms: "5m"; min..max in ms */
	CONF_BYTES,   /* int64_t: "256 kB", "8 MiB", plain number */
	CONF_TEXT,    /* const char *: length within min..max */
	CONF_ENUM,    /* int: index into names */
	CONF_TEXTS,   /* struct conf_texts: def "[a, b]", one text, "": none */
	CONF_SECTION, /* the section's struct, embedded */
	CONF_MAP,     /* struct conf_map: free names -> sections */
	CONF_SEQ,     /* struct conf_seq: list of sections */
	CONF_NODE,    /* the row's own parse(), out as it likes */
};

struct conf_texts {
	size_t count;
	const char *const *items;
};

struct conf_entry {
	const char *name;
	unsigned line;
	void *value; /* the section's struct */
};

struct conf_map {
	size_t count;
	struct conf_entry *entries; /* in the order of the file */
};

struct conf_seq {
	size_t count;
	void **items;
};

struct conf_node;
struct conf_reader;
struct conf_opt {
	const char *key;
	enum conf_kind kind;
	size_t offset;	 /* of the field in the section's struct */
	const char *def; /* as an operator would write it; NULL: required */
	int64_t min, max;
	const char *doc;		/* one sentence */
	const char *const *names;	/* CONF_ENUM, ended by NULL */
	const struct conf_section *sub; /* SECTION, MAP, SEQ */
	/* CONF_NODE: fills the field; node NULL: apply the default. */
	enum gw_err (*parse)(struct conf_reader *r, const struct conf_node *n,
			     void *field);
	/* CONF_NODE: the value as YAML on one line; nothing: left out. */
	void (*print)(const void *field, struct buf *out);
};

struct conf_section {
	size_t size;
	const struct conf_opt *opts; /* ended by key NULL */
	const char *doc;
	/* After all fields are filled: what no single row can see.  May be
	 * NULL.  Reports by conf_error() and returns GW_BAD_INPUT. */
	enum gw_err (*check)(struct conf_reader *r, void *value);
};

/* CONF_OPT(SPAN, struct milter_conf, reply_timeout, "5s", 1000, 60000, "") */
#define CONF_OPT(k, type, field, d, lo, hi, text)                              \
	{                                                                      \
		.key = #field, .kind = CONF_##k,                               \
		.offset = offsetof(type, field), .def = (d), .min = (lo),      \
		.max = (hi), .doc = (text)                                     \
	}
#define CONF_OPT_ENUM(type, field, d, values, text)                            \
	{                                                                      \
		.key = #field, .kind = CONF_ENUM,                              \
		.offset = offsetof(type, field), .def = (d), .doc = (text),    \
		.names = (values)                                              \
	}
#define CONF_OPT_SUB(k, type, field, section, text)                            \
	{                                                                      \
		.key = #field, .kind = CONF_##k,                               \
		.offset = offsetof(type, field), .def = "", .doc = (text),     \
		.sub = (section)                                               \
	}
#define CONF_OPT_NODE(type, field, d, parser, printer, text)                   \
	{                                                                      \
		.key = #field, .kind = CONF_NODE,                              \
		.offset = offsetof(type, field), .def = (d), .doc = (text),    \
		.parse = (parser), .print = (printer)                          \
	}

#include "gateway/config/conf_node.h" /* for parse() and check() */
#endif
