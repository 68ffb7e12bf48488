/* SPDX-License-Identifier: MIT */
/* jid.c - addresses: splitting, judging, joining
 *
 * Parts are judged one by one and copied together into one piece of memory.
 * Parts that are already in their final form, as nearly all are, are never
 * copied before that.
 */
#include "xmpp/jid.h"

#include <assert.h>

#include "xmpp/jid_domain.h"
#include "xmpp/precis.h"

/* The parts as they came, or as they will be joined. */
struct parts {
	struct str local;
	struct str domain;
	struct str resource;
};

static struct jid slice(const char *p, const struct parts *of)
{
	size_t bare = of->domain.n, at = 0;
	struct jid j = { .local = STR_NONE, .resource = STR_NONE };

	if (of->local.p != NULL) {
		j.local = str_make(p, of->local.n);
		at = of->local.n + 1;
		bare += at;
	}
	j.domain = str_make(p + at, of->domain.n);
	j.bare = str_make(p, bare);
	j.full = j.bare;
	if (of->resource.p != NULL) {
		j.resource = str_make(p + bare + 1, of->resource.n);
		j.full.n = bare + 1 + of->resource.n;
	}
	return j;
}

static char *put(char *to, struct str s)
{
	memcpy(to, s.p, s.n);
	return to + s.n;
}

static struct jid join(struct arena *a, const struct parts *parts)
{
	size_t n = parts->local.n + parts->domain.n + parts->resource.n;
	char *text = arena_alloc(a, n + 3), *to = text;

	if (parts->local.p != NULL) {
		to = put(to, parts->local);
		*to++ = '@';
	}
	to = put(to, parts->domain);
	if (parts->resource.p != NULL) {
		*to++ = '/';
		put(to, parts->resource);
	}
	return slice(text, parts);
}

/* Lower-case ASCII without what RFC 7622 3.3.1 excludes. */
static bool local_is_plain(struct str s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] <= ' ' || s.p[i] > '~' ||
		    (s.p[i] >= 'A' && s.p[i] <= 'Z') ||
		    strchr("\"&'/:<>@", s.p[i]) != NULL)
			return false;
	}
	return s.n > 0 && s.n <= XMPP_JID_PART_MAX;
}

static bool resource_is_plain(struct str s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	}
	return s.n > 0 && s.n <= XMPP_JID_PART_MAX;
}

static enum gw_err resource_of(struct arena *a, struct str in, struct str *out,
			       struct err_note *note)
{
	enum gw_err e = xmpp_precis_opaque(a, in, out, note);

	if (e == GW_OK && out->n > XMPP_JID_PART_MAX)
		e = err_say(note, GW_BAD_INPUT, "it has more than %d octets",
			    XMPP_JID_PART_MAX);
	return e;
}

/* Puts the name of the part before what is wrong with it. */
static enum gw_err blame(const char *part, enum gw_err e, struct err_note *note)
{
	struct err_note why;

	if (e == GW_OK || note == NULL)
		return e;
	why = *note;
	return err_say(note, e, "%s: %s", part, why.text);
}

static enum gw_err judge(struct arena *a, const struct parts *in,
			 struct parts *out, struct err_note *note)
{
	enum gw_err e = GW_OK;

	*out = *in;
	if (in->local.p != NULL && !local_is_plain(in->local))
		e = xmpp_precis_localpart(a, in->local, &out->local, note);
	if (e != GW_OK)
		return blame("local part", e, note);
	e = xmpp_jid_domain(a, in->domain, &out->domain, note);
	if (e != GW_OK)
		return blame("domain", e, note);
	if (in->resource.p != NULL && !resource_is_plain(in->resource))
		e = resource_of(a, in->resource, &out->resource, note);
	return blame("resource", e, note);
}

/* RFC 7622 3.1: the first '/' begins the resource, then the first '@' ends
 * the local part. */
static struct parts split(struct str text)
{
	struct parts parts = { .local = STR_NONE, .resource = STR_NONE };
	size_t slash, at;

	slash = str_find(text, '/');
	if (slash < text.n)
		parts.resource =
			str_make(text.p + slash + 1, text.n - slash - 1);
	text.n = slash;
	at = str_find(text, '@');
	if (at < text.n) {
		parts.local = str_make(text.p, at);
		text = str_make(text.p + at + 1, text.n - at - 1);
	}
	parts.domain = text;
	return parts;
}

static enum gw_err make(struct arena *a, const struct parts *in,
			struct jid *out, struct err_note *note)
{
	struct parts judged;
	enum gw_err e = judge(a, in, &judged, note);

	*out = (struct jid){ .full = STR_NONE };
	if (e == GW_OK)
		*out = join(a, &judged);
	return e;
}

static enum gw_err parse(struct arena *a, struct str text, struct jid *out,
			 struct err_note *note)
{
	struct parts parts;

	*out = (struct jid){ .full = STR_NONE };
	if (text.n == 0)
		return err_say(note, GW_BAD_INPUT, "the address is empty");
	parts = split(text);
	return make(a, &parts, out, note);
}

enum gw_err xmpp_jid_parse(struct arena *a, struct str text, struct jid *out)
{
	return parse(a, text, out, NULL);
}

enum gw_err xmpp_jid_make(struct arena *a, struct str local, struct str domain,
			  struct str resource, struct jid *out)
{
	struct parts parts = {
		.local = local,
		.domain = domain,
		.resource = resource,
	};

	return make(a, &parts, out, NULL);
}

enum gw_err xmpp_jid_explain(struct str text, struct err_note *note)
{
	struct arena *scratch = arena_new();
	struct jid j;
	enum gw_err e = parse(scratch, text, &j, note);

	arena_free(&scratch);
	return e;
}

struct jid xmpp_jid_bare(struct jid j)
{
	j.full = j.bare;
	j.resource = STR_NONE;
	return j;
}

struct jid xmpp_jid_again(struct jid j, struct str text)
{
	struct parts parts = {
		.local = j.local,
		.domain = j.domain,
		.resource = j.resource,
	};

	assert(str_eq(text, j.full));
	return slice(text.p, &parts);
}

struct jid xmpp_jid_copy(struct arena *a, struct jid j)
{
	return j.full.p != NULL ? xmpp_jid_again(j, arena_str(a, j.full)) : j;
}

bool xmpp_jid_eq(struct jid a, struct jid b)
{
	return str_eq(a.full, b.full);
}

bool xmpp_jid_bare_eq(struct jid a, struct jid b)
{
	return str_eq(a.bare, b.bare);
}
