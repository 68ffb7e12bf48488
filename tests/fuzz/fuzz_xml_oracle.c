/* SPDX-License-Identifier: MIT */
/* fuzz_xml_oracle.c - our parser of XML against expat
 *
 * The first byte says what the rest is: a stream, or above 127 a document.
 * Whatever the scanner lets through must be accepted by both as the same tree,
 * or refused by both; what they are meant to differ in stands in may_differ().
 * A stream's stanzas are given to expat behind the header as it was written, so
 * that what the parser keeps of a header is put to the test as well.
 */
#include <expat.h>
#include <stdint.h>
#include <stdlib.h>

#include "gateway/base/buf.h"
#include "xmpp/xml/decl.h"
#include "xmpp/xml/parse.h"
#include "xmpp/xml/scan.h"

#define SEP   '\1' /* these cannot occur in XML */
#define START '\2'
#define ATTR  '\3'
#define TEXT  '\4'
#define END   '\5'
#define DEPTH 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void add_name(struct buf *out, char mark, struct str ns, struct str name)
{
	buf_add_char(out, mark);
	buf_add_str(out, ns);
	buf_add_char(out, SEP);
	buf_add_str(out, name);
	buf_add_char(out, SEP);
}

/* Ours. */

static void add_node(struct buf *out, const struct stanza *s)
{
	if (s->name.p == NULL) {
		buf_add_char(out, TEXT);
		buf_add_str(out, s->text);
		must(s->text.n > 0 && s->text.p[s->text.n] == '\0');
		return;
	}
	add_name(out, START, s->ns, s->name);
	must(s->name.p[s->name.n] == '\0');
	for (size_t i = 0; i < s->attr_count; i++) {
		const struct xmpp_attr *attr = &s->attrs[i];

		add_name(out, ATTR, attr->ns, attr->name);
		buf_add_str(out, attr->value);
		must(attr->name.p[attr->name.n] == '\0');
		must(attr->value.p[attr->value.n] == '\0');
	}
}

static void add_tree(struct buf *out, const struct stanza *root)
{
	const struct stanza *n = root;

	for (;;) {
		add_node(out, n);
		if (n->first != NULL) {
			n = n->first;
			continue;
		}
		if (n->name.p != NULL)
			buf_add_char(out, END);
		while (n != root && n->next == NULL) {
			n = n->parent;
			buf_add_char(out, END);
		}
		if (n == root)
			return;
		n = n->next;
	}
}

/* expat's. */

struct oracle {
	XML_Parser xp;
	struct buf out;
	const char *content; /* to be mapped to jabber:client */
	size_t depth;	     /* open elements of the unit */
	bool mapped[DEPTH];  /* which of them are in the mapped namespace */
	bool in_text;
	size_t end; /* where the unit's element ended, 0 before */
	size_t fed;
};

static void oracle_stop(struct oracle *o)
{
	(void)XML_StopParser(o->xp, XML_FALSE);
	o->end = 0;
}

static size_t token_end(const struct oracle *o)
{
	return (size_t)XML_GetCurrentByteIndex(o->xp) +
	       (size_t)XML_GetCurrentByteCount(o->xp);
}

/* "namespace\1local" or "local". */
static void split(const char *joined, struct str *ns, struct str *name)
{
	*name = str_of(joined);
	*ns = STR_NONE;
	if (strchr(joined, SEP) != NULL)
		(void)str_split(name, SEP, ns);
}

static void add_expat_start(struct oracle *o, const char *joined,
			    const char **atts)
{
	struct str ns, name;
	bool mapped;

	split(joined, &ns, &name);
	mapped = o->content != NULL && str_is(ns, o->content) &&
		 (o->depth == 0 || o->mapped[o->depth - 1]);
	must(o->depth < DEPTH);
	o->mapped[o->depth] = mapped;
	add_name(&o->out, START, mapped ? STR("jabber:client") : ns, name);
	for (; *atts != NULL; atts += 2) {
		split(atts[0], &ns, &name);
		add_name(&o->out, ATTR, ns, name);
		buf_add_lit(&o->out, atts[1]);
	}
}

static void on_start(void *user, const XML_Char *name, const XML_Char **atts)
{
	struct oracle *o = user;

	if (o->end != 0) { /* a second element */
		oracle_stop(o);
		return;
	}
	o->in_text = false;
	add_expat_start(o, name, atts);
	o->depth++;
}

static void on_end(void *user, const XML_Char *name)
{
	struct oracle *o = user;

	(void)name;
	if (o->depth == 0) {
		oracle_stop(o);
		return;
	}
	o->in_text = false;
	buf_add_char(&o->out, END);
	if (--o->depth == 0)
		o->end = token_end(o);
}

static void on_text(void *user, const XML_Char *text, int n)
{
	struct oracle *o = user;

	if (o->depth == 0) {
		oracle_stop(o);
		return;
	}
	if (!o->in_text)
		buf_add_char(&o->out, TEXT);
	o->in_text = true;
	buf_add(&o->out, text, (size_t)n);
}

static void on_header(void *user, const XML_Char *name, const XML_Char **atts)
{
	struct oracle *o = user;

	if (o->end != 0) {
		oracle_stop(o);
		return;
	}
	add_expat_start(o, name, atts);
	buf_add_char(&o->out, END);
	o->end = token_end(o);
}

static void on_header_end(void *user, const XML_Char *name)
{
	(void)name;
	oracle_stop(user);
}

static void oracle_open(struct oracle *o)
{
	*o = (struct oracle){ .xp = XML_ParserCreateNS("UTF-8", SEP) };
	must(o->xp != NULL);
	XML_SetUserData(o->xp, o);
}

static bool oracle_feed(struct oracle *o, struct str s)
{
	o->fed += s.n;
	return XML_Parse(o->xp, s.p, (int)s.n, XML_FALSE) == XML_STATUS_OK;
}

static void oracle_close(struct oracle *o)
{
	XML_ParserFree(o->xp);
	buf_fini(&o->out);
}

static bool oracle_header(struct oracle *o, struct str unit)
{
	XML_SetElementHandler(o->xp, on_header, on_header_end);
	return oracle_feed(o, unit) && o->end == o->fed;
}

static bool oracle_unit(struct oracle *o, struct str header, struct str unit)
{
	if (!oracle_feed(o, header))
		return false;
	XML_SetElementHandler(o->xp, on_start, on_end);
	XML_SetCharacterDataHandler(o->xp, on_text);
	return oracle_feed(o, unit) && o->end == o->fed;
}

/* The two. */

/* What the two are meant to disagree in.  We refuse, expat does not: a header
 * whose declarations are too long to be kept for each stanza. */
static bool may_differ(enum xmpp_xml_fault ours)
{
	return ours == XMPP_XML_FAULT_POLICY;
}

struct run {
	struct xmpp_xml_parser *p;
	struct arena *a;
	struct str header; /* as written, without declaration */
	struct xmpp_xml_root root;
};

static void must_be_same(const struct stanza *ours, const struct oracle *o)
{
	struct buf tree = { .data = NULL };

	add_tree(&tree, ours);
	must(str_eq(buf_str(&tree), buf_str(&o->out)));
	buf_fini(&tree);
}

static const char *content_of(enum xmpp_xml_kind kind)
{
	switch (kind) {
	case XMPP_XML_DOCUMENT:
		return NULL;
	case XMPP_XML_CLIENT:
		return XMPP_NS_CLIENT;
	case XMPP_XML_SERVER:
	case XMPP_XML_DIALBACK:
		return XMPP_NS_SERVER;
	case XMPP_XML_COMPONENT:
		return XMPP_NS_COMPONENT;
	}
	__builtin_unreachable();
}

/* false: the stream would be closed here. */
static bool header(struct run *r, struct str unit)
{
	struct xmpp_xml_header h = { .element = NULL };
	struct oracle o;
	bool ours, theirs;

	if (xmpp_xml_decl_cut(&unit) != XMPP_XML_FAULT_NONE)
		return false;
	ours = xmpp_xml_parse_header(r->p, unit, r->a, &h) == GW_OK;
	oracle_open(&o);
	theirs = oracle_header(&o, unit);
	if (ours && theirs)
		must_be_same(h.element, &o);
	oracle_close(&o);
	must(ours == theirs || may_differ(xmpp_xml_parser_fault(r->p)));
	r->header = arena_str(r->a, unit);
	r->root = h.root;
	return ours && theirs;
}

static bool stanza(struct run *r, struct str unit)
{
	struct stanza *s = NULL;
	struct oracle o;
	bool ours, theirs;

	ours = xmpp_xml_parse(r->p, &r->root, unit, r->a, &s) == GW_OK;
	oracle_open(&o);
	o.content = content_of(r->root.kind);
	theirs = oracle_unit(&o, r->header, unit);
	if (ours && theirs)
		must_be_same(s, &o);
	oracle_close(&o);
	must(ours == theirs || may_differ(xmpp_xml_parser_fault(r->p)));
	return ours;
}

static void stream(struct run *r, struct str in)
{
	struct xmpp_xml_scan scan;
	struct xmpp_xml_unit u;
	bool on = true;

	xmpp_xml_scan_init(&scan, &xmpp_xml_scan_c2s);
	while (on && xmpp_xml_scan(&scan, in, &u) == GW_OK) {
		in = str_make(in.p + u.eaten, in.n - u.eaten);
		if (u.kind == XMPP_XML_HEADER)
			on = header(r, u.text);
		else if (u.kind == XMPP_XML_STANZA)
			on = stanza(r, u.text);
	}
	xmpp_xml_scan_fini(&scan);
}

static void document(struct run *r, struct str in)
{
	struct xmpp_xml_unit u;

	r->header = STR("<root>");
	r->root = (struct xmpp_xml_root){ .kind = XMPP_XML_DOCUMENT };
	if (xmpp_xml_scan_document(&xmpp_xml_scan_c2s, in, &u) == GW_OK)
		(void)stanza(r, u.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run r = { .a = NULL };
	struct str in;

	if (size < 2)
		return 0;
	in = str_make((const char *)data + 1, size - 1);
	r.a = arena_new();
	r.p = xmpp_xml_parser_new(1);
	if (data[0] < 0x80)
		stream(&r, in);
	else
		document(&r, in);
	xmpp_xml_parser_free(&r.p);
	arena_free(&r.a);
	return 0;
}
