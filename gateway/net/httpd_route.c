/* SPDX-License-Identifier: MIT */
/* httpd_route.c - from the bytes of a request target to a route, pure
 *
 * Never normalises: a target that some proxy might read differently is no
 * target of ours.
 */
#include "gateway/net/httpd_route.h"

#include "gateway/base/codec.h"

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* pchar of RFC 3986 3.3 without ';': path parameters are read in one way by
 * some servers and in another by the rest. */
static bool path_char(char c)
{
	return is_alnum(c) || (c != '\0' && strchr("-._~!$&'()*+,=:@", c));
}

/* The byte at *i, escape or not; moves *i behind it. */
static enum gw_err decode_one(struct str s, size_t *i, char *out)
{
	if (s.p[*i] != '%') {
		*out = s.p[(*i)++];
		return GW_OK;
	}
	if (s.n - *i < 3 || !codec_hex_byte(s.p + *i + 1, out))
		return GW_BAD_INPUT;
	*i += 3;
	return GW_OK;
}

static enum gw_err decode_segment(struct arena *a, struct str raw,
				  struct str *out)
{
	char *dst = arena_alloc(a, raw.n + 1);
	size_t i = 0, n = 0;

	while (i < raw.n) {
		if (raw.p[i] != '%' && !path_char(raw.p[i]))
			return GW_BAD_INPUT;
		if (decode_one(raw, &i, &dst[n]) != GW_OK)
			return GW_BAD_INPUT;
		if ((unsigned char)dst[n] < 0x20 || dst[n] == 0x7f ||
		    dst[n] == '/' || dst[n] == '\\')
			return GW_BAD_INPUT;
		n++;
	}
	*out = str_make(dst, n);
	if (str_is(*out, ".") || str_is(*out, "..") || !str_utf8_valid(*out))
		return GW_BAD_INPUT;
	return GW_OK;
}

static enum gw_err check_query(struct str q)
{
	size_t i = 0;
	char c;

	while (i < q.n) {
		if (q.p[i] <= 0x20 || q.p[i] >= 0x7f || q.p[i] == '#')
			return GW_BAD_INPUT;
		if (decode_one(q, &i, &c) != GW_OK || c == '\0')
			return GW_BAD_INPUT;
	}
	return GW_OK;
}

static struct str join(struct arena *a, const struct httpd_target *t, size_t n)
{
	char *p = arena_alloc(a, n + 1);
	size_t at = 0;

	for (unsigned i = 0; i < t->count; i++) {
		p[at++] = '/';
		if (t->segments[i].n != 0)
			memcpy(p + at, t->segments[i].p, t->segments[i].n);
		at += t->segments[i].n;
	}
	return str_make(p, at);
}

enum gw_err httpd_route_parse(struct arena *a, struct str raw,
			      struct httpd_target *out)
{
	struct str path = str_make(raw.p, str_find(raw, '?'));
	size_t at = 0, len = 0;

	*out = (struct httpd_target){ .count = 0 };
	if (path.n == 0 || path.p[0] != '/' || path.n > HTTPD_ROUTE_PATH_MAX)
		return GW_BAD_INPUT;
	if (path.n < raw.n)
		out->query = str_make(raw.p + path.n + 1, raw.n - path.n - 1);
	if (check_query(out->query) != GW_OK)
		return GW_BAD_INPUT;
	while (at < path.n) {
		struct str rest = str_make(path.p + at + 1, path.n - at - 1);
		struct str *seg;

		if (out->count == HTTPD_ROUTE_SEGMENTS)
			return GW_BAD_INPUT;
		seg = &out->segments[out->count++];
		rest.n = str_find(rest, '/');
		at += rest.n + 1;
		if (rest.n == 0 && at < path.n)
			return GW_BAD_INPUT;
		if (decode_segment(a, rest, seg) != GW_OK)
			return GW_BAD_INPUT;
		len += seg->n + 1;
	}
	out->path = join(a, out, len);
	return GW_OK;
}

/* application/x-www-form-urlencoded; escapes were checked at the door, but
 * a broken one must not run away here either. */
static struct str decode_query(struct arena *a, struct str raw)
{
	char *dst = arena_alloc(a, raw.n + 1);
	size_t i = 0, n = 0;

	while (i < raw.n) {
		bool plus = raw.p[i] == '+';

		if (decode_one(raw, &i, &dst[n]) != GW_OK)
			return STR_NONE;
		if (plus)
			dst[n] = ' ';
		n++;
	}
	dst[n] = '\0';
	return str_make(dst, n);
}

struct str httpd_route_query(struct arena *a, struct str query,
			     const char *name, unsigned nth)
{
	while (query.n != 0) {
		struct str pair = str_make(query.p, str_find(query, '&'));
		size_t skip = pair.n < query.n ? pair.n + 1 : pair.n;
		size_t eq = str_find(pair, '=');
		struct str value = STR("");

		query = str_make(query.p + skip, query.n - skip);
		if (eq < pair.n)
			value = str_make(pair.p + eq + 1, pair.n - eq - 1);
		pair.n = eq;
		if (str_is(decode_query(a, pair), name) && nth-- == 0)
			return decode_query(a, value);
	}
	return STR_NONE;
}

struct str httpd_route_cookie(struct str header, const char *name)
{
	while (header.n != 0) {
		struct str pair = str_make(header.p, str_find(header, ';'));
		size_t skip = pair.n < header.n ? pair.n + 1 : pair.n;
		size_t eq;

		header = str_make(header.p + skip, header.n - skip);
		pair = str_trim(pair);
		eq = str_find(pair, '=');
		if (eq < pair.n && str_is(str_make(pair.p, eq), name))
			return str_make(pair.p + eq + 1, pair.n - eq - 1);
	}
	return STR_NONE;
}

/* Next segment of a pattern; *p at its '/', or at the end: false. */
static bool pattern_next(const char **p, struct str *seg)
{
	if (**p != '/')
		return false;
	seg->p = *p + 1;
	seg->n = strcspn(seg->p, "/");
	*p = seg->p + seg->n;
	return true;
}

static bool pattern_matches(const char *p, const struct httpd_target *t)
{
	struct str seg;
	unsigned i = 0;

	while (pattern_next(&p, &seg)) {
		if (i == t->count)
			return false;
		if (str_is(seg, "{}") ? t->segments[i].n == 0
				      : !str_eq(seg, t->segments[i]))
			return false;
		i++;
	}
	return i == t->count;
}

/* Both match the same target: at the first difference one is a {}. */
static bool more_literal(const char *a, const char *b)
{
	struct str sa, sb;

	while (pattern_next(&a, &sa) && pattern_next(&b, &sb)) {
		if (!str_eq(sa, sb))
			return str_is(sb, "{}");
	}
	return false;
}

static bool pattern_valid(const char *p)
{
	struct str seg;
	unsigned count = 0;

	if (*p != '/')
		return false;
	while (pattern_next(&p, &seg)) {
		if ((seg.n == 0 && *p != '\0') ||
		    ++count > HTTPD_ROUTE_SEGMENTS)
			return false;
	}
	return true;
}

static enum gw_err table_add(struct httpd_table *t, const struct http_route *r,
			     void *arg)
{
	if (r->fn == NULL || r->methods == 0 || !pattern_valid(r->path))
		return GW_BAD_INPUT;
	for (size_t i = 0; i < t->count; i++) {
		const struct http_route *o = t->entries[i].route;

		if (strcmp(o->path, r->path) == 0 && (o->methods & r->methods))
			return GW_CONFLICT;
	}
	t->entries[t->count].route = r;
	t->entries[t->count].arg = arg;
	t->count++;
	return GW_OK;
}

enum gw_err httpd_route_table(const struct httpd_table *old,
			      const struct http_route *routes, void *arg,
			      struct httpd_table **out)
{
	size_t n = old != NULL ? old->count : 0;
	struct httpd_table *t;
	enum gw_err e = GW_OK;

	for (const struct http_route *r = routes; r->path != NULL; r++)
		n++;
	t = mem_new(sizeof(*t) + n * sizeof(t->entries[0]));
	for (size_t i = 0; old != NULL && i < old->count; i++)
		t->entries[t->count++] = old->entries[i];
	for (; e == GW_OK && routes->path != NULL; routes++)
		e = table_add(t, routes, arg);
	if (e != GW_OK) {
		mem_free(t);
		return e;
	}
	*out = t;
	return GW_OK;
}

enum gw_err httpd_route_find(const struct httpd_table *t,
			     const struct httpd_target *target, unsigned method,
			     struct httpd_route_entry *out, unsigned *allowed)
{
	const char *best = NULL;
	enum gw_err e = GW_DENIED;

	*allowed = 0;
	for (size_t i = 0; i < t->count; i++) {
		const char *p = t->entries[i].route->path;

		if (pattern_matches(p, target) &&
		    (best == NULL || more_literal(p, best)))
			best = p;
	}
	if (best == NULL)
		return GW_NOT_FOUND;
	for (size_t i = 0; i < t->count; i++) {
		const struct http_route *r = t->entries[i].route;

		if (strcmp(r->path, best) != 0)
			continue;
		*allowed |= r->methods;
		if ((r->methods & method) != 0) {
			*out = t->entries[i];
			e = GW_OK;
		}
	}
	return e;
}

struct str httpd_route_segment(const char *pattern,
			       const struct httpd_target *target, unsigned i)
{
	struct str seg;

	for (unsigned at = 0; at < target->count; at++) {
		if (!pattern_next(&pattern, &seg))
			break;
		if (str_is(seg, "{}") && i-- == 0)
			return target->segments[at];
	}
	return STR_NONE;
}
