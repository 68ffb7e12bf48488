/* SPDX-License-Identifier: MIT */
/* labels.c - sets of labels: sorted, without empty values */
#include "alerts/labels.h"

#include <stdlib.h>

static int by_name(const void *x, const void *y)
{
	const struct alerts_label *a = x, *b = y;

	return str_cmp(a->name, b->name);
}

struct alerts_labels alerts_labels_make(struct alerts_label *v, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i].value.n > 0)
			v[kept++] = v[i];
	if (kept > 1)
		qsort(v, kept, sizeof(*v), by_name);
	return (struct alerts_labels){ .n = kept, .v = v };
}

struct str alerts_labels_find(const struct alerts_labels *l, struct str name)
{
	for (size_t i = 0; i < l->n; i++)
		if (str_eq(l->v[i].name, name))
			return l->v[i].value;
	return STR("");
}

struct str alerts_labels_get(const struct alerts_labels *l, const char *name)
{
	return alerts_labels_find(l, str_of(name));
}

bool alerts_labels_eq(const struct alerts_labels *a,
		      const struct alerts_labels *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!str_eq(a->v[i].name, b->v[i].name) ||
		    !str_eq(a->v[i].value, b->v[i].value))
			return false;
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool alerts_labels_name_valid(struct str name)
{
	if (name.n == 0 || !is_letter(name.p[0]))
		return false;
	for (size_t i = 1; i < name.n; i++)
		if (!is_letter(name.p[i]) &&
		    !(name.p[i] >= '0' && name.p[i] <= '9'))
			return false;
	return true;
}

void alerts_labels_pack(const struct alerts_labels *l, struct buf *out)
{
	for (size_t i = 0; i < l->n; i++) {
		buf_add_str(out, l->v[i].name);
		buf_add_char(out, '\0');
		buf_add_str(out, l->v[i].value);
		buf_add_char(out, '\0');
	}
}

enum gw_err alerts_labels_unpack(struct str packed, struct arena *a,
				 struct alerts_labels *out)
{
	struct alerts_label *v;
	size_t zeros = 0, n;
	struct str name;

	for (size_t i = 0; i < packed.n; i++)
		zeros += packed.p[i] == '\0';
	if (zeros % 2 != 0 || (packed.n > 0 && packed.p[packed.n - 1] != '\0'))
		return GW_BAD_INPUT;
	n = zeros / 2;
	v = arena_alloc(a, (n + 1) * sizeof(*v));
	for (size_t i = 0; i < n; i++) {
		if (!str_split(&packed, '\0', &name) ||
		    !str_split(&packed, '\0', &v[i].value))
			return GW_BAD_INPUT;
		v[i].name = name;
	}
	*out = (struct alerts_labels){ .n = n, .v = v };
	return GW_OK;
}

void alerts_labels_json(const struct alerts_labels *l, struct json_out *o,
			const char *key)
{
	json_out_object(o, key);
	for (size_t i = 0; i < l->n; i++)
		json_out_pair(o, l->v[i].name, l->v[i].value);
	json_out_end_object(o);
}

void alerts_labels_text(const struct alerts_labels *l, struct buf *out)
{
	buf_add_char(out, '{');
	for (size_t i = 0; i < l->n; i++) {
		if (i > 0)
			buf_add_lit(out, ", ");
		buf_add_str(out, l->v[i].name);
		buf_add_char(out, '=');
		buf_add_json(out, l->v[i].value);
	}
	buf_add_char(out, '}');
}
