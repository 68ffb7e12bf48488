/* SPDX-License-Identifier: MIT */
/* precis_table.h - what PRECIS needs to know of each Unicode code point
 *
 * The tables are written by conf/gen-precis; the order of the enums is known
 * there too.  For precis.c and its tests only.
 */
#ifndef GW_XMPP_PRECIS_TABLE_H
#define GW_XMPP_PRECIS_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* RFC 8264 8, with the reason kept apart: up to PRECIS_CONTROL a code point
 * is in no class, up to PRECIS_PUNCTUATION in the FreeformClass only. */
enum precis_kind {
	PRECIS_UNASSIGNED,
	PRECIS_DISALLOWED,
	PRECIS_IGNORABLE,
	PRECIS_OLD_JAMO,
	PRECIS_CONTROL,
	PRECIS_COMPAT,
	PRECIS_OTHER_LETTER,
	PRECIS_SPACE,
	PRECIS_SYMBOL,
	PRECIS_PUNCTUATION,
	PRECIS_VALID,
	PRECIS_CONTEXTJ,
	PRECIS_CONTEXTO,
};

enum precis_bidi {
	PRECIS_BIDI_L,
	PRECIS_BIDI_R,
	PRECIS_BIDI_AL,
	PRECIS_BIDI_AN,
	PRECIS_BIDI_EN,
	PRECIS_BIDI_ES,
	PRECIS_BIDI_CS,
	PRECIS_BIDI_ET,
	PRECIS_BIDI_ON,
	PRECIS_BIDI_BN,
	PRECIS_BIDI_NSM,
	PRECIS_BIDI_OTHER,
};

enum precis_join {
	PRECIS_JOIN_U,
	PRECIS_JOIN_L,
	PRECIS_JOIN_D,
	PRECIS_JOIN_R,
	PRECIS_JOIN_T,
	PRECIS_JOIN_C,
};

/* The other scripts have numbers and no names. */
enum precis_script {
	PRECIS_COMMON,
	PRECIS_INHERITED,
	PRECIS_LATIN,
	PRECIS_GREEK,
	PRECIS_CYRILLIC,
	PRECIS_HEBREW,
	PRECIS_HAN,
	PRECIS_HIRAGANA,
	PRECIS_KATAKANA,
	PRECIS_BOPOMOFO,
	PRECIS_HANGUL,
};

struct precis_row {
	uint8_t kind;
	uint8_t bidi;
	uint8_t join;
	uint8_t script;
	uint8_t virama; /* canonical combining class 9 */
};

/* From `first` up to the next range. */
struct precis_range {
	uint32_t first : 21;
	uint32_t row : 11;
};

/* A fullwidth or halfwidth code point and what it decomposes to. */
struct precis_width {
	uint16_t from;
	uint16_t to;
};

extern const struct precis_row xmpp_precis_rows[];
extern const struct precis_range xmpp_precis_ranges[];
extern const size_t xmpp_precis_ranges_count;
extern const struct precis_width xmpp_precis_widths[];
extern const size_t xmpp_precis_widths_count;

#endif
