/* SPDX-License-Identifier: MIT */
/* fields.c - labels and times as JSON has them */
#include "alerts/source/fields.h"

#include "gateway/base/when.h"

#define YEAR_2 (-(INT64_C(719162) - 365) * WHEN_DAY) /* 0002-01-01 */

struct reading {
	struct arena *arena;
	struct buf pairs; /* of struct alerts_label */
	bool bad;
};

static bool on_pair(void *arg, struct str key, const struct json *value)
{
	struct reading *r = arg;
	struct alerts_label one;

	if (json_kind(value) != JSON_STRING) {
		r->bad = true;
		return false;
	}
	one.name = arena_str(r->arena, key);
	one.value = arena_str(r->arena, json_str(value));
	buf_add(&r->pairs, &one, sizeof(one));
	return true;
}

enum gw_err alerts_fields_pairs(const struct json *object, struct arena *a,
				struct alerts_pairs *out)
{
	struct reading r = { .arena = a };

	*out = (struct alerts_pairs){ .n = 0 };
	if (json_kind(object) == JSON_NULL)
		return GW_OK;
	if (json_kind(object) != JSON_OBJECT)
		return GW_BAD_INPUT;
	json_each(object, on_pair, &r);
	out->n = r.pairs.len / sizeof(struct alerts_label);
	out->v = arena_alloc(a, r.pairs.len + 1);
	if (r.pairs.len > 0)
		memcpy(out->v, r.pairs.data, r.pairs.len);
	buf_fini(&r.pairs);
	return r.bad ? GW_BAD_INPUT : GW_OK;
}

enum gw_err alerts_fields_time(const struct json *text, int64_t *out)
{
	*out = ALERTS_FIELDS_ABSENT;
	if (json_kind(text) == JSON_NULL)
		return GW_OK;
	if (json_kind(text) != JSON_STRING)
		return GW_BAD_INPUT;
	if (json_str(text).n == 0)
		return GW_OK;
	if (when_parse_rfc3339(json_str(text), out) != GW_OK)
		return GW_BAD_INPUT;
	if (*out < YEAR_2)
		*out = ALERTS_FIELDS_ABSENT;
	return GW_OK;
}

struct str alerts_fields_text(const struct json *object, const char *key,
			      struct arena *a)
{
	struct str s = json_get_str(object, key);

	return s.p == NULL || s.n > ALERTS_FIELD_MAX ? STR("")
						     : arena_str(a, s);
}
