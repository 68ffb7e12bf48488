/* SPDX-License-Identifier: MIT */
/* json.c - JSON in and out; the only user of json-c
 *
 * json-c builds the tree, but only from text that json_check.c found good.
 */
#include "gateway/run/json.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

/* Its type of this name is our function. */
#define json_bool json_c_bool
#include <json-c/json.h>
#undef json_bool

#include "gateway/run/json_private.h"

/* json-c takes no const and changes nothing in the calls below. */
static struct json_object *object_of(const struct json *j)
{
	return (struct json_object *)(uintptr_t)j;
}

static const struct json *json_of(const struct json_object *o)
{
	return (const struct json *)o;
}

enum gw_err json_parse(struct str text, struct json **root,
		       struct err_note *note)
{
	struct json_tokener *tok;
	struct json_object *o = NULL;
	enum json_tokener_error how;
	struct str value;
	enum gw_err err;

	if (text.n > INT_MAX)
		return err_say(note, GW_LIMIT, "more than 2 GiB of JSON");
	err = json_check(text, &value, note);
	if (err != GW_OK)
		return err;
	tok = json_tokener_new_ex(JSON_DEPTH_MAX + 2);
	if (tok == NULL)
		abort(); /* out of memory, as everywhere */
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
					    JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(tok, value.p, (int)value.n);
	how = json_tokener_get_error(tok);
	if (how == json_tokener_continue) { /* a bare number has no end */
		o = json_tokener_parse_ex(tok, "", 1);
		how = json_tokener_get_error(tok);
	}
	json_tokener_free(tok);
	if (how != json_tokener_success)
		return err_say(note, GW_BAD_INPUT, "byte 0: %s",
			       json_tokener_error_desc(how));
	*root = (struct json *)o;
	return GW_OK;
}

void json_free(struct json **root)
{
	json_object_put((struct json_object *)*root);
	*root = NULL;
}

enum json_kind json_kind(const struct json *j)
{
	switch (json_object_get_type(object_of(j))) {
	case json_type_null:
		return JSON_NULL;
	case json_type_boolean:
		return JSON_BOOL;
	case json_type_double:
		return JSON_REAL;
	case json_type_int:
		return JSON_INT;
	case json_type_object:
		return JSON_OBJECT;
	case json_type_array:
		return JSON_ARRAY;
	case json_type_string:
		return JSON_STRING;
	}
	__builtin_unreachable();
}

struct str json_str(const struct json *j)
{
	struct json_object *o = object_of(j);

	if (json_kind(j) != JSON_STRING)
		return STR_NONE;
	return str_make(json_object_get_string(o),
			(size_t)json_object_get_string_len(o));
}

int64_t json_int(const struct json *j, int64_t fallback)
{
	return json_kind(j) == JSON_INT ? json_object_get_int64(object_of(j))
					: fallback;
}

double json_real(const struct json *j, double fallback)
{
	enum json_kind kind = json_kind(j);

	if (kind != JSON_REAL && kind != JSON_INT)
		return fallback;
	return json_object_get_double(object_of(j));
}

bool json_bool(const struct json *j, bool fallback)
{
	return json_kind(j) == JSON_BOOL
		       ? json_object_get_boolean(object_of(j)) != 0
		       : fallback;
}

const struct json *json_get(const struct json *object, const char *key)
{
	struct json_object *value = NULL;

	if (json_kind(object) != JSON_OBJECT)
		return NULL;
	json_object_object_get_ex(object_of(object), key, &value);
	return json_of(value);
}

struct str json_get_str(const struct json *object, const char *key)
{
	return json_str(json_get(object, key));
}

size_t json_size(const struct json *array)
{
	return json_kind(array) == JSON_ARRAY
		       ? json_object_array_length(object_of(array))
		       : 0;
}

const struct json *json_at(const struct json *array, size_t i)
{
	if (i >= json_size(array))
		return NULL;
	return json_of(json_object_array_get_idx(object_of(array), i));
}

void json_each(const struct json *object,
	       bool (*fn)(void *arg, struct str key, const struct json *value),
	       void *arg)
{
	struct json_object_iterator it, end;

	if (json_kind(object) != JSON_OBJECT)
		return;
	it = json_object_iter_begin(object_of(object));
	end = json_object_iter_end(object_of(object));
	while (!json_object_iter_equal(&it, &end)) {
		struct str key = str_of(json_object_iter_peek_name(&it));

		if (!fn(arg, key, json_of(json_object_iter_peek_value(&it))))
			return;
		json_object_iter_next(&it);
	}
}

static void begin(struct json_out *o, struct str key)
{
	if (o->comma)
		buf_add_char(o->buf, ',');
	o->comma = true;
	if (key.p == NULL)
		return;
	buf_add_json(o->buf, key);
	buf_add_char(o->buf, ':');
}

void json_out_init(struct json_out *o, struct buf *b)
{
	o->buf = b;
	o->comma = false;
}

void json_out_object(struct json_out *o, const char *key)
{
	begin(o, str_of(key));
	buf_add_char(o->buf, '{');
	o->comma = false;
}

void json_out_array(struct json_out *o, const char *key)
{
	begin(o, str_of(key));
	buf_add_char(o->buf, '[');
	o->comma = false;
}

void json_out_end_object(struct json_out *o)
{
	buf_add_char(o->buf, '}');
	o->comma = true;
}

void json_out_end_array(struct json_out *o)
{
	buf_add_char(o->buf, ']');
	o->comma = true;
}

void json_out_str(struct json_out *o, const char *key, struct str s)
{
	begin(o, str_of(key));
	buf_add_json(o->buf, s);
}

void json_out_text(struct json_out *o, const char *key, const char *s)
{
	if (s == NULL)
		json_out_null(o, key);
	else
		json_out_str(o, key, str_of(s));
}

void json_out_int(struct json_out *o, const char *key, int64_t v)
{
	begin(o, str_of(key));
	buf_printf(o->buf, "%" PRId64, v);
}

void json_out_bool(struct json_out *o, const char *key, bool v)
{
	begin(o, str_of(key));
	buf_add_lit(o->buf, v ? "true" : "false");
}

void json_out_null(struct json_out *o, const char *key)
{
	begin(o, str_of(key));
	buf_add_lit(o->buf, "null");
}

void json_out_pair(struct json_out *o, struct str key, struct str value)
{
	begin(o, key);
	buf_add_json(o->buf, value);
}
