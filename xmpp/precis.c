/* SPDX-License-Identifier: MIT */
/* precis.c - the profiles: user names, passwords and nicknames
 *
 * What is plain ASCII and already in its final form is recognised by one
 * look at each byte; everything else becomes code points and goes through the
 * rules in the order of RFC 8264 7.  Only lower-casing and normalisation are
 * libunistring's; buffers are sized so that it never allocates a result.
 */
#include "xmpp/precis.h"

#include <assert.h>

#include <unicase.h>
#include <uniconv.h>
#include <uninorm.h>
#include <unistr.h>

#include "xmpp/precis_class.h"

/* The most code points one can become: U+FDFA under NFKC, U+1D160 under NFC,
 * U+0130 in lower case. */
#define NFKC_GROWTH  18
#define NFC_GROWTH   4
#define LOWER_GROWTH 3
#define SLACK	     16 /* room for the library to think it may need */

#define PART_MAX 1023 /* octets, RFC 7622 3.1 */

/* RFC 8264 7: what is not stable after three more rounds is refused. */
#define ROUNDS 4

enum casing {
	CASE_KEPT,
	CASE_LOWER,
	CASE_LOWER_EACH, /* without the rule for a final sigma */
};

struct profile {
	bool judged;   /* has a string class */
	bool freeform; /* ... which is the FreeformClass */
	bool width;
	bool spaces; /* all spaces become U+0020 */
	bool trim;   /* ... at most one in a row, none at the ends */
	enum casing casing;
	bool compat; /* NFKC, else NFC */
	bool bidi;
};

static const struct profile username = {
	.judged = true,
	.width = true,
	.casing = CASE_LOWER,
	.bidi = true,
};

static const struct profile opaque = {
	.judged = true,
	.freeform = true,
	.spaces = true,
};

static const struct profile nickname = {
	.judged = true,
	.freeform = true,
	.spaces = true,
	.trim = true,
	.compat = true,
};

static const struct profile nickname_key = {
	.judged = true,
	.freeform = true,
	.spaces = true,
	.trim = true,
	.casing = CASE_LOWER,
	.compat = true,
};

static const struct profile domain = {
	.width = true,
	.casing = CASE_LOWER_EACH,
};

static struct precis_points points_new(struct arena *a, size_t n)
{
	return (struct precis_points){
		.p = arena_alloc(a, (n + SLACK) * sizeof(uint32_t)),
		.n = n + SLACK,
	};
}

/* in is valid UTF-8 and not empty. */
static struct precis_points decode(struct arena *a, struct str in)
{
	struct precis_points out = points_new(a, in.n);
	const uint32_t *got =
		u8_to_u32((const uint8_t *)in.p, in.n, out.p, &out.n);

	assert(got == out.p);
	(void)got;
	return out;
}

static struct str encode(struct arena *a, struct precis_points s)
{
	size_t n = s.n * 4 + SLACK;
	uint8_t *bytes = arena_alloc(a, n);
	const uint8_t *got = u32_to_u8(s.p, s.n, bytes, &n);

	assert(got == bytes);
	(void)got;
	return str_make((const char *)bytes, n);
}

static void map_width(struct precis_points s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		s.p[i] = xmpp_precis_class_width(s.p[i]);
}

static bool is_space(uint32_t c)
{
	return c == ' ' || xmpp_precis_class_row(c)->kind == PRECIS_SPACE ||
	       c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F ||
	       c == 0x205F || c == 0x3000;
}

static void map_spaces(struct precis_points *s, bool trim)
{
	size_t i, n = 0;
	uint32_t c;

	for (i = 0; i < s->n; i++) {
		c = is_space(s->p[i]) ? ' ' : s->p[i];
		if (trim && c == ' ' && (n == 0 || s->p[n - 1] == ' '))
			continue;
		s->p[n++] = c;
	}
	if (trim && n > 0 && s->p[n - 1] == ' ')
		n--;
	s->n = n;
}

static struct precis_points lower(struct arena *a, struct precis_points s,
				  bool each)
{
	struct precis_points out = points_new(a, s.n * LOWER_GROWTH);
	size_t step = each ? 1 : s.n, i, n, done = 0;
	const uint32_t *got;

	for (i = 0; i < s.n; i += step) {
		n = out.n - done;
		got = u32_tolower(s.p + i, step, NULL, NULL, out.p + done, &n);
		assert(got == out.p + done);
		(void)got;
		done += n;
	}
	out.n = done;
	return out;
}

static struct precis_points normalise(struct arena *a, struct precis_points s,
				      bool compat)
{
	size_t growth = compat ? NFKC_GROWTH : NFC_GROWTH;
	struct precis_points out = points_new(a, s.n * growth);
	const uint32_t *got = u32_normalize(compat ? UNINORM_NFKC : UNINORM_NFC,
					    s.p, s.n, out.p, &out.n);

	assert(got == out.p);
	(void)got;
	return out;
}

static enum gw_err too_short(struct err_note *note)
{
	return err_say(note, GW_BAD_INPUT, "it is empty");
}

/* One round: the string class of the preparation, then RFC 8264 7. */
static enum gw_err apply(const struct profile *p, struct arena *a,
			 struct precis_points *s, struct err_note *note)
{
	enum gw_err e = GW_OK;

	if (p->width)
		map_width(*s);
	if (p->judged)
		e = xmpp_precis_class_check(*s, p->freeform, note);
	if (e != GW_OK)
		return e;
	if (p->spaces)
		map_spaces(s, p->trim);
	if (s->n == 0)
		return too_short(note);
	if (p->casing != CASE_KEPT)
		*s = lower(a, *s, p->casing == CASE_LOWER_EACH);
	*s = normalise(a, *s, p->compat);
	return p->bidi ? xmpp_precis_class_bidi(*s, note) : GW_OK;
}

static enum gw_err apply_until_stable(const struct profile *p, struct arena *a,
				      struct precis_points *s,
				      struct err_note *note)
{
	struct precis_points before;
	enum gw_err e;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		before = points_new(a, s->n);
		before.n = s->n;
		memcpy(before.p, s->p, s->n * sizeof(uint32_t));
		e = apply(p, a, s, note);
		if (e != GW_OK)
			return e;
		if (s->n == before.n &&
		    memcmp(s->p, before.p, s->n * sizeof(uint32_t)) == 0)
			return GW_OK;
	}
	return err_say(note, GW_BAD_INPUT, "it has no stable normal form");
}

/* The same text comes out: ASCII that no rule of the profile would touch. */
static bool is_plain(const struct profile *p, struct str in)
{
	bool lowered = p->casing != CASE_KEPT;
	char c, before = ' ';
	size_t i;

	for (i = 0; i < in.n; i++) {
		c = in.p[i];
		if (c < ' ' || c > '~' || (lowered && c >= 'A' && c <= 'Z'))
			return false;
		if (c == ' ' && !p->spaces)
			return false;
		if (c == ' ' && p->trim && before == ' ')
			return false;
		before = c;
	}
	return !p->trim || before != ' ';
}

static enum gw_err enforce(const struct profile *p, struct arena *a,
			   struct str in, struct str *out,
			   struct err_note *note)
{
	struct arena *scratch;
	struct precis_points s;
	enum gw_err e;

	*out = STR_NONE;
	if (in.n == 0)
		return too_short(note);
	if (in.n > XMPP_PRECIS_INPUT_MAX)
		return err_say(note, GW_BAD_INPUT, "it has more than %d octets",
			       XMPP_PRECIS_INPUT_MAX);
	if (is_plain(p, in)) {
		*out = arena_str(a, in);
		return GW_OK;
	}
	if (!str_utf8_valid(in))
		return err_say(note, GW_BAD_INPUT, "it is not UTF-8");
	scratch = arena_new();
	s = decode(scratch, in);
	e = apply_until_stable(p, scratch, &s, note);
	if (e == GW_OK)
		*out = encode(a, s);
	arena_free(&scratch);
	return e;
}

enum gw_err xmpp_precis_username(struct arena *a, struct str in,
				 struct str *out, struct err_note *note)
{
	return enforce(&username, a, in, out, note);
}

enum gw_err xmpp_precis_localpart(struct arena *a, struct str in,
				  struct str *out, struct err_note *note)
{
	struct str s;
	enum gw_err e = enforce(&username, a, in, &s, note);
	size_t i;

	*out = STR_NONE;
	if (e != GW_OK)
		return e;
	for (i = 0; i < s.n; i++) {
		if (strchr("\"&'/:<>@", s.p[i]) != NULL)
			return err_say(note, GW_BAD_INPUT,
				       "the character %c is not allowed",
				       s.p[i]);
	}
	if (s.n > PART_MAX)
		return err_say(note, GW_BAD_INPUT, "it has more than %d octets",
			       PART_MAX);
	*out = s;
	return GW_OK;
}

enum gw_err xmpp_precis_opaque(struct arena *a, struct str in, struct str *out,
			       struct err_note *note)
{
	return enforce(&opaque, a, in, out, note);
}

enum gw_err xmpp_precis_nickname(struct arena *a, struct str in,
				 struct str *out)
{
	return enforce(&nickname, a, in, out, NULL);
}

enum gw_err xmpp_precis_nickname_key(struct arena *a, struct str in,
				     struct str *out)
{
	return enforce(&nickname_key, a, in, out, NULL);
}

enum gw_err xmpp_precis_domain_map(struct arena *a, struct str in,
				   struct str *out)
{
	return enforce(&domain, a, in, out, NULL);
}

enum gw_err xmpp_precis_one_script(struct str in, struct err_note *note)
{
	struct arena *scratch;
	enum gw_err e;

	if (in.n == 0 || in.n > XMPP_PRECIS_INPUT_MAX || !str_utf8_valid(in))
		return err_say(note, GW_BAD_INPUT, "it is not a name");
	scratch = arena_new();
	e = xmpp_precis_class_script(decode(scratch, in), note);
	arena_free(&scratch);
	return e;
}
