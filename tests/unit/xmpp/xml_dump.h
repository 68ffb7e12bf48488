/* SPDX-License-Identifier: MIT */
/* xml_dump.h - a tree as one line of text, for comparing trees in tests
 *
 * {ns}name[{ns}attr=value;...](children) and "text".  Of parsed trees only:
 * it walks by parent pointers.
 */
#ifndef GW_TESTS_XML_DUMP_H
#define GW_TESTS_XML_DUMP_H

#include "gateway/base/buf.h"
#include "xmpp/xml/stanza.h"

static void xml_dump_open(struct buf *out, const struct stanza *s)
{
	if (s->name.p == NULL) {
		buf_printf(out, "\"" STR_FMT "\"", STR_ARG(s->text));
		return;
	}
	buf_printf(out, "{" STR_FMT "}" STR_FMT, STR_ARG(s->ns),
		   STR_ARG(s->name));
	for (size_t i = 0; i < s->attr_count; i++)
		buf_printf(out, "[{" STR_FMT "}" STR_FMT "=" STR_FMT "]",
			   STR_ARG(s->attrs[i].ns), STR_ARG(s->attrs[i].name),
			   STR_ARG(s->attrs[i].value));
	buf_add_char(out, '(');
}

static void xml_dump(struct buf *out, const struct stanza *root)
{
	const struct stanza *n = root;

	for (;;) {
		xml_dump_open(out, n);
		if (n->first != NULL) {
			n = n->first;
			continue;
		}
		if (n->name.p != NULL)
			buf_add_char(out, ')');
		while (n != root && n->next == NULL) {
			n = n->parent;
			buf_add_char(out, ')');
		}
		if (n == root)
			return;
		n = n->next;
	}
}

#endif
