/* SPDX-License-Identifier: MIT */
/* decl.c - checks the XML declaration (XML 1.0 2.8, RFC 6120 11.5, 11.6) */
#include "xmpp/xml/decl.h"

#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool cut_space(struct str *s)
{
	size_t n = 0;

	while (n < s->n && is_space(s->p[n]))
		n++;
	*s = str_make(s->p + n, s->n - n);
	return n > 0;
}

static bool cut_char(struct str *s, char c)
{
	if (s->n == 0 || *s->p != c)
		return false;
	*s = str_make(s->p + 1, s->n - 1);
	return true;
}

static bool cut_quoted(struct str *s, struct str *value)
{
	char quote = s->n > 0 ? *s->p : '\0';

	if (quote != '"' && quote != '\'')
		return false;
	*s = str_make(s->p + 1, s->n - 1);
	return str_split(s, quote, value) && s->p != NULL;
}

/* ` name = 'value'`; value stays STR_NONE when there is no such thing. */
static bool cut_pair(struct str *s, const char *name, struct str *value)
{
	struct str rest = *s;
	size_t n = strlen(name);

	*value = STR_NONE;
	if (!cut_space(&rest) || !str_starts(rest, name))
		return true;
	rest = str_make(rest.p + n, rest.n - n);
	cut_space(&rest);
	if (!cut_char(&rest, '='))
		return false;
	cut_space(&rest);
	if (!cut_quoted(&rest, value))
		return false;
	*s = rest;
	return true;
}

static bool is_version(struct str s)
{
	if (!str_starts(s, "1.") || s.n == 2)
		return false;
	for (size_t i = 2; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	}
	return true;
}

static enum xmpp_xml_fault judge(struct str version, struct str encoding,
				 struct str standalone)
{
	if (!is_version(version))
		return XMPP_XML_FAULT_NOT_WELL_FORMED;
	if (!str_is(version, "1.0"))
		return XMPP_XML_FAULT_INVALID;
	if (encoding.p != NULL && !str_iis(encoding, "UTF-8"))
		return XMPP_XML_FAULT_ENCODING;
	if (standalone.p != NULL && !str_is(standalone, "yes") &&
	    !str_is(standalone, "no"))
		return XMPP_XML_FAULT_NOT_WELL_FORMED;
	return XMPP_XML_FAULT_NONE;
}

enum xmpp_xml_fault xmpp_xml_decl_cut(struct str *unit)
{
	struct str version, encoding, standalone, s = *unit;
	enum xmpp_xml_fault fault;

	if (!str_starts(s, "<?"))
		return XMPP_XML_FAULT_NONE;
	if (!str_starts(s, "<?xml") || s.n < 6 || !is_space(s.p[5]))
		return XMPP_XML_FAULT_RESTRICTED;
	s = str_make(s.p + 5, s.n - 5);
	if (!cut_pair(&s, "version", &version) ||
	    !cut_pair(&s, "encoding", &encoding) ||
	    !cut_pair(&s, "standalone", &standalone))
		return XMPP_XML_FAULT_NOT_WELL_FORMED;
	cut_space(&s);
	if (!cut_char(&s, '?') || !cut_char(&s, '>'))
		return XMPP_XML_FAULT_NOT_WELL_FORMED;
	fault = judge(version, encoding, standalone);
	cut_space(&s);
	*unit = s;
	return fault;
}
