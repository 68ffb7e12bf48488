/* SPDX-License-Identifier: MIT */
/* precis_class.c - string classes, contextual rules and the bidi rule
 *
 * Every rule reads the string a bounded number of times, so that a string of
 * nothing but contextual code points costs no more than another.
 */
#include "xmpp/precis_class.h"

#define ZWNJ	     0x200Cu
#define ZWJ	     0x200Du
#define MIDDLE_DOT   0xB7u
#define KERAIA	     0x375u
#define GERESH	     0x5F3u
#define GERSHAYIM    0x5F4u
#define KATAKANA_DOT 0x30FBu

/* What the rules ask of the whole string. */
struct context {
	bool japanese;	      /* Hiragana, Katakana or Han */
	bool arabic_digits;   /* U+0660 to U+0669 */
	bool extended_digits; /* U+06F0 to U+06F9 */
};

const struct precis_row *xmpp_precis_class_row(uint32_t c)
{
	size_t low = 0, high = xmpp_precis_ranges_count, mid;

	while (high - low > 1) {
		mid = low + (high - low) / 2;
		if (xmpp_precis_ranges[mid].first <= c)
			low = mid;
		else
			high = mid;
	}
	return &xmpp_precis_rows[xmpp_precis_ranges[low].row];
}

uint32_t xmpp_precis_class_width(uint32_t c)
{
	size_t low = 0, high = xmpp_precis_widths_count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (xmpp_precis_widths[mid].from == c)
			return xmpp_precis_widths[mid].to;
		if (xmpp_precis_widths[mid].from < c)
			low = mid + 1;
		else
			high = mid;
	}
	return c;
}

static bool is_arabic_digit(uint32_t c)
{
	return c >= 0x660 && c <= 0x669;
}

static bool is_extended_digit(uint32_t c)
{
	return c >= 0x6F0 && c <= 0x6F9;
}

static struct context context_of(struct precis_points s)
{
	struct context ctx = { .japanese = false };
	uint8_t script;
	size_t i;

	for (i = 0; i < s.n; i++) {
		script = xmpp_precis_class_row(s.p[i])->script;
		if (script == PRECIS_HIRAGANA || script == PRECIS_KATAKANA ||
		    script == PRECIS_HAN)
			ctx.japanese = true;
		if (is_arabic_digit(s.p[i]))
			ctx.arabic_digits = true;
		if (is_extended_digit(s.p[i]))
			ctx.extended_digits = true;
	}
	return ctx;
}

/* RFC 5892 A.1: (L|D) T* ZWNJ T* (R|D).  ZWNJ is itself not transparent, so
 * each run of T is walked twice at most. */
static bool joins_around(struct precis_points s, size_t at)
{
	size_t i = at, k = at + 1;
	uint8_t join = PRECIS_JOIN_U;

	while (i > 0) {
		join = xmpp_precis_class_row(s.p[--i])->join;
		if (join != PRECIS_JOIN_T)
			break;
	}
	if (join != PRECIS_JOIN_L && join != PRECIS_JOIN_D)
		return false;
	for (; k < s.n; k++) {
		join = xmpp_precis_class_row(s.p[k])->join;
		if (join != PRECIS_JOIN_T)
			return join == PRECIS_JOIN_R || join == PRECIS_JOIN_D;
	}
	return false;
}

static bool after_virama(struct precis_points s, size_t i)
{
	return i > 0 && xmpp_precis_class_row(s.p[i - 1])->virama != 0;
}

/* RFC 5892 appendix A. */
static bool context_ok(struct precis_points s, size_t i,
		       const struct context *ctx)
{
	bool has_next = i + 1 < s.n;

	switch (s.p[i]) {
	case ZWNJ:
		return after_virama(s, i) || joins_around(s, i);
	case ZWJ:
		return after_virama(s, i);
	case MIDDLE_DOT:
		return i > 0 && has_next && s.p[i - 1] == 'l' &&
		       s.p[i + 1] == 'l';
	case KERAIA:
		return has_next && xmpp_precis_class_row(s.p[i + 1])->script ==
					   PRECIS_GREEK;
	case GERESH:
	case GERSHAYIM:
		return i > 0 && xmpp_precis_class_row(s.p[i - 1])->script ==
					PRECIS_HEBREW;
	case KATAKANA_DOT:
		return ctx->japanese;
	default:
		return !(ctx->arabic_digits && ctx->extended_digits);
	}
}

static const char *kind_text(uint8_t kind)
{
	switch ((enum precis_kind)kind) {
	case PRECIS_UNASSIGNED:
		return "no character is assigned to it";
	case PRECIS_DISALLOWED:
		return "the standard excludes it";
	case PRECIS_IGNORABLE:
		return "it is invisible";
	case PRECIS_OLD_JAMO:
		return "it is a part of a Hangul syllable";
	case PRECIS_CONTROL:
		return "it is a control character";
	case PRECIS_COMPAT:
		return "it is another form of an ordinary character";
	case PRECIS_OTHER_LETTER:
		return "it is a letter or number of a special kind";
	case PRECIS_SPACE:
		return "it is a space";
	case PRECIS_SYMBOL:
		return "it is a symbol";
	case PRECIS_PUNCTUATION:
		return "it is punctuation outside ASCII";
	case PRECIS_VALID:
	case PRECIS_CONTEXTJ:
	case PRECIS_CONTEXTO:
		return "it may not stand where it does";
	}
	__builtin_unreachable();
}

enum gw_err xmpp_precis_class_check(struct precis_points s, bool freeform,
				    struct err_note *note)
{
	uint8_t last_bad = freeform ? PRECIS_CONTROL : PRECIS_PUNCTUATION;
	struct context ctx = context_of(s);
	uint8_t kind;
	size_t i;

	for (i = 0; i < s.n; i++) {
		kind = xmpp_precis_class_row(s.p[i])->kind;
		if (kind > last_bad && kind <= PRECIS_VALID)
			continue;
		if (kind > PRECIS_VALID && context_ok(s, i, &ctx))
			continue;
		return err_say(note, GW_BAD_INPUT,
			       "character %zu (U+%04X) is not allowed: %s",
			       i + 1, (unsigned int)s.p[i], kind_text(kind));
	}
	return GW_OK;
}

#define BIDI(x) (1u << PRECIS_BIDI_##x)

/* Condition 2 of RFC 5893 2. */
#define BIDI_IN_RTL                                                            \
	(BIDI(R) | BIDI(AL) | BIDI(AN) | BIDI(EN) | BIDI(ES) | BIDI(CS) |      \
	 BIDI(ET) | BIDI(ON) | BIDI(BN) | BIDI(NSM))
/* Condition 3. */
#define BIDI_LAST_IN_RTL (BIDI(R) | BIDI(AL) | BIDI(AN) | BIDI(EN))
/* What calls for the rule at all. */
#define BIDI_RTL (BIDI(R) | BIDI(AL) | BIDI(AN))

enum gw_err xmpp_precis_class_bidi(struct precis_points s,
				   struct err_note *note)
{
	unsigned int seen = 0, first = 0, last = 0, bit;
	size_t i;

	for (i = 0; i < s.n; i++) {
		bit = 1u << xmpp_precis_class_row(s.p[i])->bidi;
		seen |= bit;
		if (i == 0)
			first = bit;
		if (bit != BIDI(NSM))
			last = bit;
	}
	if ((seen & BIDI_RTL) == 0)
		return GW_OK;
	/* A left-to-right start would fail condition 5. */
	if ((first & (BIDI(R) | BIDI(AL))) == 0)
		return err_say(note, GW_BAD_INPUT,
			       "right-to-left text must begin with a "
			       "right-to-left letter");
	if ((seen & ~BIDI_IN_RTL) != 0)
		return err_say(note, GW_BAD_INPUT,
			       "left-to-right letters stand in right-to-left "
			       "text");
	if ((last & BIDI_LAST_IN_RTL) == 0)
		return err_say(note, GW_BAD_INPUT,
			       "right-to-left text must end with a "
			       "right-to-left letter or a digit");
	if ((seen & BIDI(EN)) != 0 && (seen & BIDI(AN)) != 0)
		return err_say(note, GW_BAD_INPUT,
			       "European and Arabic digits are mixed");
	return GW_OK;
}

#define SCRIPT(x) (1u << PRECIS_##x)

/* The companies that writing systems keep (UTS 39 5.2). */
static const unsigned int companies[] = {
	SCRIPT(LATIN) | SCRIPT(HAN) | SCRIPT(HIRAGANA) | SCRIPT(KATAKANA),
	SCRIPT(LATIN) | SCRIPT(HAN) | SCRIPT(BOPOMOFO),
	SCRIPT(LATIN) | SCRIPT(HAN) | SCRIPT(HANGUL),
};

static bool keep_company(unsigned int scripts)
{
	size_t i;

	for (i = 0; i < sizeof(companies) / sizeof(companies[0]); i++) {
		if ((scripts & ~companies[i]) == 0)
			return true;
	}
	return false;
}

enum gw_err xmpp_precis_class_script(struct precis_points s,
				     struct err_note *note)
{
	unsigned int named = 0;
	uint8_t first = PRECIS_COMMON, script;
	bool mixed = false, unnamed = false;
	size_t i;

	for (i = 0; i < s.n; i++) {
		script = xmpp_precis_class_row(s.p[i])->script;
		if (script == PRECIS_COMMON || script == PRECIS_INHERITED)
			continue;
		if (first == PRECIS_COMMON)
			first = script;
		mixed = mixed || script != first;
		if (script <= PRECIS_HANGUL)
			named |= 1u << script;
		else
			unnamed = true;
		if (mixed && (unnamed || !keep_company(named)))
			return err_say(note, GW_BAD_INPUT,
				       "character %zu (U+%04X) is of another "
				       "script than those before it",
				       i + 1, (unsigned int)s.p[i]);
	}
	return GW_OK;
}
