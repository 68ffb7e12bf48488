/* SPDX-License-Identifier: MIT */
/* labels.h - sets of labels: sorted, without empty values, fingerprinted
 *
 * A set is an array of pairs sorted by name.  A label that is not there has
 * the value "", as with Prometheus.  Values hold no 0 byte and are followed by
 * one, which regexec() needs.
 */
#ifndef GW_ALERTS_LABELS_H
#define GW_ALERTS_LABELS_H

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/base/str.h"
#include "gateway/run/json.h"

struct alerts_label {
	struct str name, value;
};

struct alerts_labels {
	size_t n;
	const struct alerts_label *v;
};

/* Sorts by name and drops pairs with an empty value; v stays the caller's. */
struct alerts_labels alerts_labels_make(struct alerts_label *v, size_t n);
struct str alerts_labels_get(const struct alerts_labels *l, const char *name);
struct str alerts_labels_find(const struct alerts_labels *l, struct str name);
bool alerts_labels_eq(const struct alerts_labels *a,
		      const struct alerts_labels *b);
/* [a-zA-Z_][a-zA-Z0-9_]* as Prometheus has it. */
bool alerts_labels_name_valid(struct str name);

/* name, 0, value, 0 for each pair: the form in which they are stored. */
void alerts_labels_pack(const struct alerts_labels *l, struct buf *out);
/* Pairs borrow the packed bytes; GW_BAD_INPUT when they are not that. */
enum gw_err alerts_labels_unpack(struct str packed, struct arena *a,
				 struct alerts_labels *out) GW_CHECKED;

void alerts_labels_json(const struct alerts_labels *l, struct json_out *o,
			const char *key);
/* {a="x", b="y"} with values quoted, as Alertmanager writes group keys. */
void alerts_labels_text(const struct alerts_labels *l, struct buf *out);

#endif
