/* SPDX-License-Identifier: MIT */
/* json.h - JSON in and out; the only user of json-c
 *
 * Reading is strict (RFC 8259): UTF-8, no comments, no trailing bytes, no
 * duplicate keys, no NaN, no lone surrogates, no U+0000, integers of 64 bits,
 * depth <= 32.  A parsed tree is borrowed through `struct json` until its root
 * is freed; the text null is a NULL root.
 * Writing appends to a struct buf with json_out.
 */
#ifndef GW_RUN_JSON_H
#define GW_RUN_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/base/str.h"

struct json; /* any value */

/* GW_BAD_INPUT with a sentence that names the byte and what was wrong. */
enum gw_err json_parse(struct str text, struct json **root,
		       struct err_note *note) GW_CHECKED;
void json_free(struct json **root);

enum json_kind {
	JSON_NULL,
	JSON_BOOL,
	JSON_INT,
	JSON_REAL,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};
enum json_kind json_kind(const struct json *j); /* NULL counts as JSON_NULL */
/* Each returns the fallback when j is NULL or of another kind. */
struct str json_str(const struct json *j); /* STR_NONE */
int64_t json_int(const struct json *j, int64_t fallback);
double json_real(const struct json *j, double fallback); /* integers too */
bool json_bool(const struct json *j, bool fallback);
const struct json *json_get(const struct json *object, const char *key);
struct str json_get_str(const struct json *object, const char *key);
size_t json_size(const struct json *array);
const struct json *json_at(const struct json *array, size_t i);
/* fn returns false to stop; keys in order of appearance. */
void json_each(const struct json *object,
	       bool (*fn)(void *arg, struct str key, const struct json *value),
	       void *arg);

/* Writer: commas and nesting are its business.  key NULL inside arrays. */
struct json_out {
	struct buf *buf;
	bool comma;
};
void json_out_init(struct json_out *o, struct buf *b);
void json_out_object(struct json_out *o, const char *key);
void json_out_array(struct json_out *o, const char *key);
void json_out_end_object(struct json_out *o);
void json_out_end_array(struct json_out *o);
void json_out_str(struct json_out *o, const char *key, struct str s);
void json_out_text(struct json_out *o, const char *key,
		   const char *s); /* NULL: null */
void json_out_int(struct json_out *o, const char *key, int64_t v);
void json_out_bool(struct json_out *o, const char *key, bool v);
void json_out_null(struct json_out *o, const char *key);
/* key given as a slice, for maps of labels */
void json_out_pair(struct json_out *o, struct str key, struct str value);

#endif
