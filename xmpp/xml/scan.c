/* SPDX-License-Identifier: MIT */
/* scan.c - framing of XML streams: a resumable state machine
 *
 * Whatever this machine and the parser could read differently would be a way
 * to smuggle stanzas, so the parser verifies that each unit is one element to
 * its last byte (parse.c); here the rule is to refuse early and never guess.
 */
#include "xmpp/xml/scan.h"

#include <stdbool.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "xmpp/xml/block.h"

enum state {
	ST_BETWEEN,   /* outside of units, or between declaration and root */
	ST_LT,	      /* after < */
	ST_DECL_NAME, /* in "xml" of <?xml */
	ST_DECL,      /* in the declaration */
	ST_DECL_END,  /* after ? */
	ST_TAG,	      /* in a start tag */
	ST_TAG_END,   /* after / in a start tag */
	ST_QUOTE,     /* in an attribute value */
	ST_CLOSE,     /* in an end tag */
	ST_TEXT,      /* character data in a stanza */
	ST_BANG,      /* in [CDATA[ of <![CDATA[ */
	ST_CDATA,     /* in a CDATA section */
	ST_CDATA_1,   /* after ] */
	ST_CDATA_2,   /* after ]] or more */
};

enum phase { PH_HEADER, PH_DECLARED, PH_STREAM, PH_ENDED };

enum step { STEP_ON, STEP_HEADER, STEP_STANZA, STEP_END, STEP_FAIL };

struct cursor {
	const uint8_t *base; /* of the unit */
	const uint8_t *p;
	const uint8_t *end;
	enum xmpp_xml_fault fault;
};

const struct xmpp_xml_limits xmpp_xml_scan_guest = { 8192, 32, 16, 32 };
const struct xmpp_xml_limits xmpp_xml_scan_c2s = { 262144, 8192, 128, 64 };

#define DEEP_FIRST 16

#define BIT(c) (1ULL << (c))
/* The bytes that mean something in a start tag outside of quotes. */
#define TAG_STOPS (BIT('<') | BIT('>') | BIT('/') | BIT('"') | BIT('\''))

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_tag_stop(uint8_t c)
{
	return c < 64 && (TAG_STOPS >> c & 1) != 0;
}

static bool starts_name(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       c == ':' || c >= 0x80;
}

static enum step fail(struct cursor *c, enum xmpp_xml_fault fault)
{
	c->fault = fault;
	return STEP_FAIL;
}

static enum step at_between(struct xmpp_xml_scan *s, struct cursor *c)
{
	uint8_t byte = *c->p++;

	if (is_space(byte)) /* only between declaration and root */
		return STEP_ON;
	if (byte == '<' && s->phase != PH_ENDED) {
		s->state = ST_LT;
		return STEP_ON;
	}
	/* RFC 6120 11.6: neither another encoding nor a byte order mark. */
	if (s->phase == PH_HEADER && (byte >= 0x80 || byte == 0))
		return fail(c, XMPP_XML_FAULT_ENCODING);
	return fail(c, XMPP_XML_FAULT_BAD_FORMAT);
}

/* The n-th place of s->deep. */
static uint32_t *deep_place(struct xmpp_xml_scan *s, uint32_t n)
{
	uint32_t room = s->deep != NULL ? s->deep[0] : 0;
	uint32_t more = room > 0 ? 2 * room : DEEP_FIRST;

	if (n >= room) {
		s->deep = mem_grow(s->deep,
				   room > 0 ? (room + 1) * sizeof(*s->deep) : 0,
				   (more + 1) * sizeof(*s->deep));
		s->deep[0] = more;
	}
	return &s->deep[n + 1];
}

/* Where the place of an element is kept that is in n others. */
static inline uint32_t *place(struct xmpp_xml_scan *s, uint32_t n)
{
	return n < XMPP_XML_SCAN_NEAR ? &s->near[n]
				      : deep_place(s, n - XMPP_XML_SCAN_NEAR);
}

static enum step open_tag(struct xmpp_xml_scan *s, struct cursor *c)
{
	s->name = (uint32_t)(c->p - 1 - c->base);
	s->attrs = 0;
	s->state = ST_TAG;
	if (s->phase != PH_STREAM)
		return STEP_ON;
	if (++s->elements > s->limits->elements || s->depth >= s->limits->depth)
		return fail(c, XMPP_XML_FAULT_POLICY);
	return STEP_ON;
}

static enum step at_lt(struct xmpp_xml_scan *s, struct cursor *c)
{
	uint8_t byte = *c->p++;

	if (starts_name(byte))
		return open_tag(s, c);
	s->matched = 0;
	if (byte == '/' && s->phase == PH_STREAM) {
		s->name = (uint32_t)(c->p - c->base);
		s->state = ST_CLOSE;
		return STEP_ON;
	}
	if (byte == '!' && s->depth > 0) {
		s->state = ST_BANG;
		return STEP_ON;
	}
	if (byte == '?' && s->phase == PH_HEADER) {
		s->state = ST_DECL_NAME;
		return STEP_ON;
	}
	if (byte == '!' || byte == '?')
		return fail(c, XMPP_XML_FAULT_RESTRICTED);
	return fail(c, XMPP_XML_FAULT_NOT_WELL_FORMED);
}

/* <?xml, then white space: anything else is a processing instruction. */
static enum step at_decl_name(struct xmpp_xml_scan *s, struct cursor *c)
{
	uint8_t byte = *c->p++;

	if (s->matched < 3 && byte == (uint8_t) "xml"[s->matched]) {
		s->matched++;
		return STEP_ON;
	}
	if (s->matched < 3 || !is_space(byte))
		return fail(c, XMPP_XML_FAULT_RESTRICTED);
	s->state = ST_DECL;
	return STEP_ON;
}

static enum step at_decl(struct xmpp_xml_scan *s, struct cursor *c)
{
	uint8_t byte = *c->p++;

	if (byte == '<' || byte == '>')
		return fail(c, XMPP_XML_FAULT_NOT_WELL_FORMED);
	if (byte == '?')
		s->state = ST_DECL_END;
	return STEP_ON;
}

static enum step at_decl_end(struct xmpp_xml_scan *s, struct cursor *c)
{
	if (*c->p++ != '>')
		return fail(c, XMPP_XML_FAULT_NOT_WELL_FORMED);
	s->phase = PH_DECLARED;
	s->state = ST_BETWEEN;
	return STEP_ON;
}

static enum step leave(struct xmpp_xml_scan *s)
{
	s->state = s->depth > 0 ? ST_TEXT : ST_BETWEEN;
	return s->depth > 0 ? STEP_ON : STEP_STANZA;
}

static enum step tag_opened(struct xmpp_xml_scan *s)
{
	if (s->phase != PH_STREAM) {
		s->phase = PH_STREAM;
		s->state = ST_BETWEEN;
		return STEP_HEADER;
	}
	*place(s, s->depth++) = s->name;
	s->state = ST_TEXT;
	return STEP_ON;
}

static const uint8_t *find_stop(const uint8_t *p, const uint8_t *end)
{
	while (end - p >= XMPP_XML_BLOCK) {
		xmpp_xml_block b = xmpp_xml_block_at(p);
		size_t n = xmpp_xml_block_first((b == '<') | (b == '>') |
						(b == '/') | (b == '"') |
						(b == '\''));

		p += n;
		if (n < XMPP_XML_BLOCK)
			return p;
	}
	while (p < end && !is_tag_stop(*p))
		p++;
	return p;
}

static const uint8_t *find_quote(const uint8_t *p, const uint8_t *end,
				 uint8_t quote)
{
	while (end - p >= XMPP_XML_BLOCK) {
		xmpp_xml_block b = xmpp_xml_block_at(p);
		size_t n =
			xmpp_xml_block_first((b == '<') | (b == (int8_t)quote));

		p += n;
		if (n < XMPP_XML_BLOCK)
			return p;
	}
	while (p < end && *p != quote && *p != '<')
		p++;
	return p;
}

/* Behind the quote that ends a value, if it is there. */
static enum step at_quote(struct xmpp_xml_scan *s, struct cursor *c)
{
	c->p = find_quote(c->p, c->end, s->quote);
	if (c->p == c->end)
		return STEP_ON;
	if (*c->p++ == '<')
		return fail(c, XMPP_XML_FAULT_NOT_WELL_FORMED);
	s->state = ST_TAG;
	return STEP_ON;
}

/* Each attribute has exactly one quoted value. */
static enum step open_quote(struct xmpp_xml_scan *s, struct cursor *c)
{
	if (++s->attrs > s->limits->attrs)
		return fail(c, XMPP_XML_FAULT_POLICY);
	s->quote = c->p[-1];
	s->state = ST_QUOTE;
	return at_quote(s, c);
}

static enum step at_tag(struct xmpp_xml_scan *s, struct cursor *c)
{
	enum step step;

	do {
		c->p = find_stop(c->p, c->end);
		if (c->p == c->end)
			return STEP_ON;
		switch (*c->p++) {
		case '>':
			return tag_opened(s);
		case '/':
			s->state = ST_TAG_END;
			return STEP_ON;
		case '<':
			return fail(c, XMPP_XML_FAULT_NOT_WELL_FORMED);
		default:
			step = open_quote(s, c);
			break;
		}
	} while (step == STEP_ON && s->state == ST_TAG);
	return step;
}

static enum step at_tag_end(struct xmpp_xml_scan *s, struct cursor *c)
{
	if (*c->p++ != '>')
		return fail(c, XMPP_XML_FAULT_NOT_WELL_FORMED);
	if (s->phase != PH_STREAM) /* <stream:stream/> */
		return fail(c, XMPP_XML_FAULT_BAD_FORMAT);
	return leave(s);
}

/* The end tag that c->p stands behind is that of the innermost element: waiting
 * for the end of a stanza that cannot be well-formed any more helps nobody. */
static bool matches(struct xmpp_xml_scan *s, const struct cursor *c)
{
	const uint8_t *open = c->base + *place(s, s->depth - 1);
	const uint8_t *close = c->base + s->name;
	size_t n = (size_t)(c->p - 1 - close);

	while (n > 0 && is_space(close[n - 1]))
		n--;
	return memcmp(open, close, n) == 0 &&
	       (is_space(open[n]) || open[n] == '>');
}

static enum step at_close(struct xmpp_xml_scan *s, struct cursor *c)
{
	c->p = find_stop(c->p, c->end);
	if (c->p == c->end)
		return STEP_ON;
	if (*c->p++ != '>')
		return fail(c, XMPP_XML_FAULT_NOT_WELL_FORMED);
	if (s->depth == 0) {
		s->phase = PH_ENDED;
		s->state = ST_BETWEEN;
		return STEP_END;
	}
	if (!matches(s, c))
		return fail(c, XMPP_XML_FAULT_NOT_WELL_FORMED);
	s->depth--;
	return leave(s);
}

static enum step at_text(struct xmpp_xml_scan *s, struct cursor *c)
{
	if (*c->p != '<') {
		c->p = memchr(c->p, '<', (size_t)(c->end - c->p));
		if (c->p == NULL)
			c->p = c->end;
	}
	if (c->p == c->end)
		return STEP_ON;
	s->state = ST_LT;
	return ++c->p < c->end ? at_lt(s, c) : STEP_ON;
}

static enum step at_bang(struct xmpp_xml_scan *s, struct cursor *c)
{
	static const char word[] = "[CDATA[";

	if (*c->p++ != (uint8_t)word[s->matched])
		return fail(c, XMPP_XML_FAULT_RESTRICTED);
	if (++s->matched == sizeof(word) - 1)
		s->state = ST_CDATA;
	return STEP_ON;
}

static enum step at_cdata(struct xmpp_xml_scan *s, struct cursor *c)
{
	const uint8_t *p = memchr(c->p, ']', (size_t)(c->end - c->p));

	c->p = p != NULL ? p + 1 : c->end;
	if (p != NULL)
		s->state = ST_CDATA_1;
	return STEP_ON;
}

static enum step at_cdata_end(struct xmpp_xml_scan *s, struct cursor *c)
{
	uint8_t byte = *c->p++;

	if (byte == ']')
		s->state = ST_CDATA_2;
	else if (byte == '>' && s->state == ST_CDATA_2)
		s->state = ST_TEXT;
	else
		s->state = ST_CDATA;
	return STEP_ON;
}

static enum step advance(struct xmpp_xml_scan *s, struct cursor *c)
{
	switch ((enum state)s->state) {
	case ST_BETWEEN:
		return at_between(s, c);
	case ST_LT:
		return at_lt(s, c);
	case ST_DECL_NAME:
		return at_decl_name(s, c);
	case ST_DECL:
		return at_decl(s, c);
	case ST_DECL_END:
		return at_decl_end(s, c);
	case ST_TAG:
		return at_tag(s, c);
	case ST_TAG_END:
		return at_tag_end(s, c);
	case ST_QUOTE:
		return at_quote(s, c);
	case ST_CLOSE:
		return at_close(s, c);
	case ST_TEXT:
		return at_text(s, c);
	case ST_BANG:
		return at_bang(s, c);
	case ST_CDATA:
		return at_cdata(s, c);
	case ST_CDATA_1:
	case ST_CDATA_2:
		return at_cdata_end(s, c);
	}
	__builtin_unreachable();
}

/* FNV-1a of the tag's name: enough to tell that </b> does not close <a>,
 * without keeping the name.  A peer that finds a collision has closed its own
 * stream. */
static uint32_t name_hash(struct str name)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (uint8_t)name.p[i]) * 16777619U;
	return h;
}

static uint32_t root_hash(struct str header)
{
	const char *decl_end = memmem(header.p, header.n, "?>", 2);
	size_t at = 0, n = 0;

	if (header.p[1] == '?')
		at = (size_t)(decl_end - header.p);
	while (header.p[at] != '<')
		at++;
	at++;
	while (!is_space((uint8_t)header.p[at + n]) &&
	       !is_tag_stop((uint8_t)header.p[at + n]))
		n++;
	return name_hash(str_make(header.p + at, n));
}

/* `</name  >`, all of it: what else stands there is part of no name. */
static uint32_t end_hash(struct str tag)
{
	size_t n = tag.n - 3;

	while (n > 0 && is_space((uint8_t)tag.p[1 + n]))
		n--;
	return name_hash(str_make(tag.p + 2, n));
}

static enum gw_err finish(struct xmpp_xml_scan *s, enum step step,
			  struct xmpp_xml_unit *out)
{
	s->pos = 0;
	s->elements = 0;
	if (s->deep != NULL)
		xmpp_xml_scan_fini(s);
	out->eaten = out->text.n;
	if (step == STEP_HEADER) {
		out->kind = XMPP_XML_HEADER;
		s->root = root_hash(out->text);
	} else if (step == STEP_STANZA) {
		out->kind = XMPP_XML_STANZA;
	} else {
		out->kind = XMPP_XML_END;
		if (end_hash(out->text) != s->root) {
			out->fault = XMPP_XML_FAULT_NOT_WELL_FORMED;
			return GW_BAD_INPUT;
		}
	}
	return GW_OK;
}

static size_t leading_space(struct str in)
{
	size_t n = 0;

	while (n < in.n && is_space((uint8_t)in.p[n]))
		n++;
	return n;
}

void xmpp_xml_scan_init(struct xmpp_xml_scan *s,
			const struct xmpp_xml_limits *limits)
{
	*s = (struct xmpp_xml_scan){ .limits = limits };
}

void xmpp_xml_scan_fini(struct xmpp_xml_scan *s)
{
	mem_free(s->deep);
	s->deep = NULL;
}

enum gw_err xmpp_xml_scan(struct xmpp_xml_scan *s, struct str in,
			  struct xmpp_xml_unit *out)
{
	size_t n = in.n <= s->limits->bytes ? in.n : s->limits->bytes;
	struct cursor c = { .base = (const uint8_t *)in.p };
	enum step step = STEP_ON;

	*out = (struct xmpp_xml_unit){ .kind = XMPP_XML_SPACE };
	if (s->pos == 0 && s->state == ST_BETWEEN)
		out->eaten = leading_space(in);
	if (out->eaten > 0) {
		out->text = str_make(in.p, out->eaten);
		return GW_OK;
	}
	if (s->pos < n) {
		c.p = c.base + s->pos;
		c.end = c.base + n;
		while (step == STEP_ON && c.p < c.end)
			step = advance(s, &c);
		s->pos = (uint32_t)(c.p - c.base);
	}
	if (step == STEP_ON && in.n > n)
		step = fail(&c, XMPP_XML_FAULT_POLICY);
	if (step == STEP_ON)
		return GW_AGAIN;
	out->fault = c.fault;
	if (step == STEP_FAIL)
		return c.fault == XMPP_XML_FAULT_POLICY ? GW_LIMIT
							: GW_BAD_INPUT;
	out->text = str_make(in.p, s->pos);
	return finish(s, step, out);
}

enum gw_err xmpp_xml_scan_document(const struct xmpp_xml_limits *limits,
				   struct str in, struct xmpp_xml_unit *out)
{
	struct xmpp_xml_scan s;
	struct str rest = str_trim(in);
	enum gw_err err;

	xmpp_xml_scan_init(&s, limits);
	s.phase = PH_STREAM;
	err = xmpp_xml_scan(&s, rest, out);
	xmpp_xml_scan_fini(&s);
	if (err == GW_OK && out->kind == XMPP_XML_STANZA &&
	    out->eaten == rest.n) {
		out->eaten = in.n;
		return GW_OK;
	}
	if (err == GW_OK || err == GW_AGAIN) {
		out->fault = XMPP_XML_FAULT_NOT_WELL_FORMED;
		return GW_BAD_INPUT;
	}
	return err;
}
