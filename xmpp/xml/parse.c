/* SPDX-License-Identifier: MIT */
/* parse.c - expat, fed whole units only
 *
 * A shared parser with an open root keeps every element, attribute and prefix
 * name it has ever seen (350 MB after a million stanzas of fresh names), and
 * resetting it then takes longer than a new one: each is thrown away after
 * ENGINE_UNITS units or ENGINE_BYTES bytes, and after any error.
 */
#include "xmpp/xml/parse.h"

#include <expat.h>
#include <string.h>

#include "xmpp/xml/decl.h"
#include "xmpp/xml/write.h"

#define ENGINE_UNITS 4096
#define ENGINE_BYTES (1024 * 1024)
#define ROOT_MAX     1024 /* what a connection may make us keep */
#define UNIT_MAX     INT32_MAX
#define SEP	     '\1' /* cannot occur in XML, so not in a namespace */
#define KINDS	     (XMPP_XML_COMPONENT + 1)

#define ROOT_TAG(declarations)                                                 \
	"<root xmlns:stream='" XMPP_NS_STREAMS "'" declarations ">"

static const struct kind {
	const char *content; /* namespace that becomes jabber:client, or NULL */
	const char *tag;
} kinds[KINDS] = {
	[XMPP_XML_DOCUMENT] = { NULL, "<root>" },
	[XMPP_XML_CLIENT] = { XMPP_NS_CLIENT,
			      ROOT_TAG(" xmlns='" XMPP_NS_CLIENT "'") },
	[XMPP_XML_SERVER] = { XMPP_NS_SERVER,
			      ROOT_TAG(" xmlns='" XMPP_NS_SERVER "'") },
	[XMPP_XML_DIALBACK] = { XMPP_NS_SERVER,
				ROOT_TAG(" xmlns='" XMPP_NS_SERVER
					 "' xmlns:db='" XMPP_NS_DIALBACK "'") },
	[XMPP_XML_COMPONENT] = { XMPP_NS_COMPONENT,
				 ROOT_TAG(" xmlns='" XMPP_NS_COMPONENT "'") },
};

/* Its address marks the namespace as inherited from the stream: only that is
 * mapped, not the jabber:server someone wrote inside a wrapper. */
static const char mapped_ns[] = XMPP_NS_CLIENT;

struct engine {
	XML_Parser xp;
	uint32_t units;
	size_t fed;   /* bytes of this document so far */
	size_t total; /* bytes since it was made: survives a reset */
};

struct xmpp_xml_parser {
	unsigned long salt;
	struct engine shared[KINDS];
	struct engine custom;
	enum xmpp_xml_fault fault;
	/* The unit at hand. */
	struct engine *engine;
	const struct kind *kind;
	struct arena *a;
	struct stanza *root, *at;
	size_t end;	 /* where the root's end tag ended, 0 before */
	struct buf text; /* character data arrives in pieces */
	/* Namespace declarations of a header. */
	struct buf tag;
	struct str content;
	bool stream, dialback, other; /* which prefixes */
};

static void engine_drop(struct engine *e)
{
	if (e->xp != NULL)
		XML_ParserFree(e->xp);
	*e = (struct engine){ .xp = NULL };
}

static enum xmpp_xml_fault fault_of(struct xmpp_xml_parser *p, struct str unit)
{
	enum XML_Error code = XML_GetErrorCode(p->engine->xp);

	if (p->fault != XMPP_XML_FAULT_NONE)
		return p->fault;
	if (code == XML_ERROR_UNBOUND_PREFIX ||
	    code == XML_ERROR_UNDECLARING_PREFIX ||
	    code == XML_ERROR_RESERVED_PREFIX_XML ||
	    code == XML_ERROR_RESERVED_PREFIX_XMLNS ||
	    code == XML_ERROR_RESERVED_NAMESPACE_URI)
		return XMPP_XML_FAULT_BAD_PREFIX;
	if (code == XML_ERROR_UNDEFINED_ENTITY ||
	    code == XML_ERROR_MISPLACED_XML_PI)
		return XMPP_XML_FAULT_RESTRICTED;
	if (!str_utf8_valid(unit))
		return XMPP_XML_FAULT_ENCODING;
	return XMPP_XML_FAULT_NOT_WELL_FORMED;
}

static void stop(struct xmpp_xml_parser *p, enum xmpp_xml_fault fault)
{
	if (p->fault == XMPP_XML_FAULT_NONE)
		p->fault = fault;
	XML_StopParser(p->engine->xp, XML_FALSE);
}

static size_t token_end(struct xmpp_xml_parser *p)
{
	return (size_t)XML_GetCurrentByteIndex(p->engine->xp) +
	       (size_t)XML_GetCurrentByteCount(p->engine->xp);
}

/* "namespace\1local" or "local". */
static void split_name(const char *joined, struct str *name, struct str *ns)
{
	size_t n = strlen(joined);
	const char *sep = memchr(joined, SEP, n);

	*ns = STR_NONE;
	*name = str_make(joined, n);
	if (sep == NULL)
		return;
	*ns = str_make(joined, (size_t)(sep - joined));
	*name = str_make(sep + 1, n - ns->n - 1);
}

/* Namespaces are mostly those of the parent: one copy serves them all. */
static struct str keep_ns(struct xmpp_xml_parser *p, struct str ns)
{
	const struct stanza *up = p->at;

	if (p->kind->content != NULL && str_is(ns, p->kind->content) &&
	    (up == NULL || up->ns.p == mapped_ns))
		return STR(mapped_ns);
	if (up != NULL && str_eq(up->ns, ns))
		return up->ns;
	return ns.n > 0 ? arena_str(p->a, ns) : STR_NONE;
}

/* A copy behind *to, which moves on; it is terminated, as all strings of an
 * arena. */
static struct str put(char **to, struct str s)
{
	struct str copy = str_make(*to, s.n);

	memcpy(*to, s.p, s.n);
	*to += s.n + 1;
	return copy;
}

/* Names and values in one piece of memory: text, of the size the first pass
 * found. */
static void make_attrs(struct xmpp_xml_parser *p, struct stanza *s,
		       const XML_Char **atts, size_t n)
{
	struct xmpp_attr *attrs = arena_alloc(p->a, n * sizeof(*attrs));
	size_t size = 0;
	char *text;

	for (size_t i = 0; i < n; i++) {
		split_name(atts[2 * i], &attrs[i].name, &attrs[i].ns);
		attrs[i].value = str_of(atts[2 * i + 1]);
		size += attrs[i].name.n + attrs[i].value.n + 2;
	}
	text = arena_alloc(p->a, size);
	for (size_t i = 0; i < n; i++) {
		attrs[i].name = put(&text, attrs[i].name);
		attrs[i].value = put(&text, attrs[i].value);
		attrs[i].ns = arena_str(p->a, attrs[i].ns);
	}
	s->attrs = attrs;
	s->attr_count = n;
}

static struct stanza *make_element(struct xmpp_xml_parser *p,
				   const XML_Char *name, const XML_Char **atts)
{
	struct stanza *s = arena_alloc(p->a, sizeof(*s));
	struct str local, ns;
	size_t n = 0;

	split_name(name, &local, &ns);
	s->name = arena_str(p->a, local);
	s->ns = keep_ns(p, ns);
	while (atts[2 * n] != NULL)
		n++;
	if (n > 0)
		make_attrs(p, s, atts, n);
	return s;
}

static void flush_text(struct xmpp_xml_parser *p)
{
	struct stanza *node;

	if (p->text.len == 0)
		return;
	node = arena_alloc(p->a, sizeof(*node));
	node->text = arena_str(p->a, buf_str(&p->text));
	stanza_add(p->at, node);
	buf_reset(&p->text);
}

static void on_start(void *user, const XML_Char *name, const XML_Char **atts)
{
	struct xmpp_xml_parser *p = user;
	struct stanza *s;

	if (p->end != 0) { /* a second element */
		stop(p, XMPP_XML_FAULT_NOT_WELL_FORMED);
		return;
	}
	s = make_element(p, name, atts);
	if (p->at != NULL) {
		flush_text(p);
		stanza_add(p->at, s);
	} else {
		p->root = s;
	}
	p->at = s;
}

static void on_end(void *user, const XML_Char *name)
{
	struct xmpp_xml_parser *p = user;

	(void)name;
	if (p->at == NULL) { /* the open root's end tag */
		stop(p, XMPP_XML_FAULT_NOT_WELL_FORMED);
		return;
	}
	flush_text(p);
	p->at = p->at->parent;
	if (p->at == NULL)
		p->end = token_end(p);
}

static void on_text(void *user, const XML_Char *text, int n)
{
	struct xmpp_xml_parser *p = user;

	if (p->at == NULL)
		stop(p, XMPP_XML_FAULT_BAD_FORMAT);
	else
		buf_add(&p->text, text, (size_t)n);
}

/* The scanner refused these already; whoever feeds units of another origin is
 * safe as well. */
static void on_doctype(void *user, const XML_Char *name, const XML_Char *sysid,
		       const XML_Char *pubid, int internal)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)internal;
	stop(user, XMPP_XML_FAULT_RESTRICTED);
}

static void on_pi(void *user, const XML_Char *target, const XML_Char *data)
{
	(void)target;
	(void)data;
	stop(user, XMPP_XML_FAULT_RESTRICTED);
}

static void on_comment(void *user, const XML_Char *data)
{
	(void)data;
	stop(user, XMPP_XML_FAULT_RESTRICTED);
}

static void on_header(void *user, const XML_Char *name, const XML_Char **atts)
{
	struct xmpp_xml_parser *p = user;

	if (p->root != NULL) {
		stop(p, XMPP_XML_FAULT_NOT_WELL_FORMED);
		return;
	}
	p->root = make_element(p, name, atts);
	p->end = token_end(p);
}

static void on_header_end(void *user, const XML_Char *name)
{
	(void)name;
	stop(user, XMPP_XML_FAULT_BAD_FORMAT);
}

static void on_declaration(void *user, const XML_Char *prefix,
			   const XML_Char *uri)
{
	struct xmpp_xml_parser *p = user;
	struct str ns = str_of(uri);

	if (prefix == NULL)
		p->content = arena_str(p->a, ns);
	else if (strcmp(prefix, "stream") == 0 && str_is(ns, XMPP_NS_STREAMS))
		p->stream = true;
	else if (strcmp(prefix, "db") == 0 && str_is(ns, XMPP_NS_DIALBACK))
		p->dialback = true;
	else
		p->other = true;
	buf_printf(&p->tag, " xmlns%s%s='", prefix != NULL ? ":" : "",
		   prefix != NULL ? prefix : "");
	xmpp_xml_write_value(&p->tag, ns);
	buf_add_char(&p->tag, '\'');
}

static void set_up(struct xmpp_xml_parser *p, XML_Parser xp)
{
	XML_SetHashSalt(xp, p->salt);
	XML_SetUserData(xp, p);
	XML_SetDoctypeDeclHandler(xp, on_doctype, NULL);
	XML_SetProcessingInstructionHandler(xp, on_pi);
	XML_SetCommentHandler(xp, on_comment);
#ifdef HAVE_EXPAT_DEFERRAL
	XML_SetReparseDeferralEnabled(xp, XML_FALSE);
#endif
}

static bool feed(struct engine *e, struct str s)
{
	e->fed += s.n;
	e->total += s.n;
	return XML_Parse(e->xp, s.p, (int)s.n, XML_FALSE) == XML_STATUS_OK;
}

/* A parser in which the root is open. */
static bool engine_open(struct xmpp_xml_parser *p, struct engine *e,
			struct str root_tag)
{
	if (e->xp == NULL) {
		e->xp = XML_ParserCreateNS("UTF-8", SEP);
		if (e->xp == NULL)
			return false;
	} else if (!XML_ParserReset(e->xp, "UTF-8")) {
		return false;
	}
	e->fed = 0;
	set_up(p, e->xp);
	if (root_tag.n > 0 && !feed(e, root_tag))
		return false;
	XML_SetElementHandler(e->xp, on_start, on_end);
	XML_SetCharacterDataHandler(e->xp, on_text);
	return true;
}

static struct engine *choose(struct xmpp_xml_parser *p,
			     const struct xmpp_xml_root *root)
{
	struct engine *e = &p->shared[root->kind];
	struct str tag = str_of(kinds[root->kind].tag);

	if (root->custom.n > 0) {
		e = &p->custom;
		tag = root->custom;
	} else if (e->xp != NULL) {
		return e;
	}
	if (engine_open(p, e, tag))
		return e;
	engine_drop(e);
	return NULL;
}

static void begin(struct xmpp_xml_parser *p, struct engine *e, struct arena *a)
{
	p->engine = e;
	p->a = a;
	p->root = NULL;
	p->at = NULL;
	p->end = 0;
	p->fault = XMPP_XML_FAULT_NONE;
	buf_reset(&p->text);
}

static enum gw_err finish(struct xmpp_xml_parser *p, bool ok, struct str unit)
{
	struct engine *e = p->engine;

	if (ok && p->end == e->fed) {
		if (++e->units >= ENGINE_UNITS || e->total >= ENGINE_BYTES)
			engine_drop(e);
		return GW_OK;
	}
	p->fault = fault_of(p, unit);
	engine_drop(e);
	return GW_BAD_INPUT;
}

static enum gw_err refuse(struct xmpp_xml_parser *p, enum gw_err err,
			  enum xmpp_xml_fault fault)
{
	p->fault = fault;
	return err;
}

struct xmpp_xml_parser *xmpp_xml_parser_new(unsigned long salt)
{
	struct xmpp_xml_parser *p = mem_new(sizeof(*p));

	p->salt = salt != 0 ? salt : 1; /* 0 tells expat to find its own */
	return p;
}

void xmpp_xml_parser_free(struct xmpp_xml_parser **p)
{
	if (*p == NULL)
		return;
	for (size_t i = 0; i < KINDS; i++)
		engine_drop(&(*p)->shared[i]);
	engine_drop(&(*p)->custom);
	buf_fini(&(*p)->text);
	buf_fini(&(*p)->tag);
	mem_free(*p);
	*p = NULL;
}

enum gw_err xmpp_xml_parse(struct xmpp_xml_parser *p,
			   const struct xmpp_xml_root *root, struct str unit,
			   struct arena *a, struct stanza **out)
{
	static const struct xmpp_xml_root document = {
		.kind = XMPP_XML_DOCUMENT
	};
	struct engine *e;
	enum gw_err err;

	if (root == NULL)
		root = &document;
	if (unit.n == 0 || unit.n > UNIT_MAX)
		return refuse(p, GW_BAD_INPUT, XMPP_XML_FAULT_NOT_WELL_FORMED);
	e = choose(p, root);
	if (e == NULL)
		return refuse(p, GW_INTERNAL, XMPP_XML_FAULT_POLICY);
	begin(p, e, a);
	p->kind = &kinds[root->kind];
	err = finish(p, feed(e, unit), unit);
	if (err == GW_OK)
		*out = p->root;
	return err;
}

static enum xmpp_xml_kind kind_of(const struct xmpp_xml_parser *p)
{
	if (str_is(p->content, XMPP_NS_CLIENT))
		return XMPP_XML_CLIENT;
	if (str_is(p->content, XMPP_NS_SERVER))
		return p->dialback ? XMPP_XML_DIALBACK : XMPP_XML_SERVER;
	if (str_is(p->content, XMPP_NS_COMPONENT))
		return XMPP_XML_COMPONENT;
	return XMPP_XML_DOCUMENT;
}

/* The usual declarations have a parser waiting; all others are repeated before
 * each stanza. */
static struct xmpp_xml_root make_root(struct xmpp_xml_parser *p)
{
	struct xmpp_xml_root root = { .kind = kind_of(p) };
	bool usual = p->stream && !p->other && root.kind != XMPP_XML_DOCUMENT &&
		     p->dialback == (root.kind == XMPP_XML_DIALBACK);

	if (!usual)
		root.custom = str_of(arena_printf(
			p->a, "<root%s>",
			p->tag.len > 0 ? (const char *)p->tag.data : ""));
	return root;
}

static void fill_header(struct xmpp_xml_parser *p, struct xmpp_xml_header *out)
{
	const struct stanza *s = p->root;

	*out = (struct xmpp_xml_header){
		.element = s,
		.content_ns = p->content,
		.to = stanza_attr(s, "to"),
		.from = stanza_attr(s, "from"),
		.id = stanza_attr(s, "id"),
		.version = stanza_attr(s, "version"),
		.lang = stanza_lang(s),
		.root = make_root(p),
	};
}

enum gw_err xmpp_xml_parse_header(struct xmpp_xml_parser *p, struct str unit,
				  struct arena *a, struct xmpp_xml_header *out)
{
	struct engine *e = &p->custom;
	enum xmpp_xml_fault fault = xmpp_xml_decl_cut(&unit);
	enum gw_err err;

	if (fault != XMPP_XML_FAULT_NONE)
		return refuse(p, GW_BAD_INPUT, fault);
	if (unit.n == 0 || unit.n > UNIT_MAX)
		return refuse(p, GW_BAD_INPUT, XMPP_XML_FAULT_NOT_WELL_FORMED);
	if (!engine_open(p, e, STR_NONE)) {
		engine_drop(e);
		return refuse(p, GW_INTERNAL, XMPP_XML_FAULT_POLICY);
	}
	begin(p, e, a);
	p->kind = &kinds[XMPP_XML_DOCUMENT];
	p->content = STR_NONE;
	p->stream = p->dialback = p->other = false;
	buf_reset(&p->tag);
	XML_SetElementHandler(e->xp, on_header, on_header_end);
	XML_SetCharacterDataHandler(e->xp, NULL);
	XML_SetStartNamespaceDeclHandler(e->xp, on_declaration);
	err = finish(p, feed(e, unit), unit);
	if (err != GW_OK)
		return err;
	if (p->tag.len > ROOT_MAX)
		return refuse(p, GW_BAD_INPUT, XMPP_XML_FAULT_POLICY);
	fill_header(p, out);
	return GW_OK;
}

enum xmpp_xml_fault xmpp_xml_parser_fault(const struct xmpp_xml_parser *p)
{
	return p->fault;
}
