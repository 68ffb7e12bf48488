/* SPDX-License-Identifier: MIT */
/* fuzz_json.c - what our check lets through, json-c reads, and so do we again
 *
 * Every tree is written out by our own writer, read again and written again:
 * both texts must be the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "gateway/base/buf.h"
#include "gateway/run/json.h"
#include "gateway/run/json_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void write_value(struct json_out *o, const char *key,
			const struct json *j);

static bool write_member(void *arg, struct str key, const struct json *value)
{
	write_value(arg, key.p, value); /* json-c's keys are terminated */
	return true;
}

/* Recursion is bounded by JSON_DEPTH_MAX. */
static void write_value(struct json_out *o, const char *key,
			const struct json *j)
{
	switch (json_kind(j)) {
	case JSON_NULL:
		json_out_null(o, key);
		break;
	case JSON_BOOL:
		json_out_bool(o, key, json_bool(j, false));
		break;
	case JSON_INT:
		json_out_int(o, key, json_int(j, 0));
		break;
	case JSON_REAL:
		json_out_bool(o, key, json_real(j, 0) < 0);
		break;
	case JSON_STRING:
		json_out_str(o, key, json_str(j));
		break;
	case JSON_ARRAY:
		json_out_array(o, key);
		for (size_t i = 0; i < json_size(j); i++)
			write_value(o, NULL, json_at(j, i));
		json_out_end_array(o);
		break;
	case JSON_OBJECT:
		json_out_object(o, key);
		json_each(j, write_member, o);
		json_out_end_object(o);
		break;
	}
}

static bool read_and_write(struct str text, struct buf *out)
{
	struct json *root = NULL;
	struct err_note note = { "" };
	struct json_out o;
	struct str value;
	bool good = json_check(text, &value, &note) == GW_OK;

	must((json_parse(text, &root, &note) == GW_OK) == good);
	must(good || note.text[0] != '\0');
	json_out_init(&o, out);
	if (good)
		write_value(&o, NULL, root);
	json_free(&root);
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf first = { .data = NULL };
	struct buf second = { .data = NULL };

	if (read_and_write(str_make((const char *)data, size), &first)) {
		must(read_and_write(buf_str(&first), &second));
		must(str_eq(buf_str(&first), buf_str(&second)));
	}
	buf_fini(&first);
	buf_fini(&second);
	return 0;
}
