/* SPDX-License-Identifier: MIT */
/* header.c - the stream header: judged, answered */
#include "xmpp/stream/header.h"

#include <ctype.h>

#include "xmpp/server_private.h"
#include "xmpp/xml/write.h"

#define LANG_MAX 35 /* RFC 5646 4.4.1 */

void xmpp_stream_open(struct xmpp_stream *s, struct str to)
{
	struct buf out = { 0 };
	char id[17];
	struct xmpp_xml_opening o = {
		.content_ns = NS_CLIENT,
		.to = to,
		.from = s->login->host.full,
		.version = STR("1.0"),
		.lang = STR("en"),
	};

	loop_id(s->x->loop, id);
	o.id = str_of(id);
	xmpp_xml_write_opening(&out, &o);
	conn_write_str(s->c, buf_str(&out));
	buf_fini(&out);
	s->opened = true;
}

bool xmpp_stream_version_fits(struct str version)
{
	struct str rest = version, major;
	int64_t n;

	return version.n > 0 && str_split(&rest, '.', &major) &&
	       str_int(major, 0, INT32_MAX, &n) == GW_OK && n >= 1;
}

static const char *judge(struct xmpp_stream *s, struct arena *a,
			 const struct xmpp_xml_header *h)
{
	struct jid host, from;

	if (!str_is(h->element->ns, NS_STREAMS))
		return "invalid-namespace";
	if (!str_is(h->element->name, "stream"))
		return "bad-format";
	if (!str_is(h->content_ns, NS_CLIENT))
		return "invalid-namespace";
	if (!xmpp_stream_version_fits(h->version))
		return "unsupported-version";
	if (h->to.n == 0)
		return "improper-addressing";
	if (xmpp_jid_make(a, STR_NONE, h->to, STR_NONE, &host) != GW_OK ||
	    !xmpp_is_local(s->x, host.full))
		return "host-unknown";
	/* B11: nobody logs in here and works there. */
	if (s->again && !str_eq(host.full, s->login->host.full))
		return "policy-violation";
	s->login->host = xmpp_jid_copy(s->a, host);
	/* XEP-0388 2.2: nobody logs in here as somebody elsewhere. */
	if (h->from.p != NULL && xmpp_jid_parse(a, h->from, &from) == GW_OK &&
	    !str_eq(from.domain, host.full))
		return "invalid-from";
	return NULL;
}

static struct str who_asks(struct arena *a, struct str from)
{
	struct jid j;

	if (from.p == NULL || xmpp_jid_parse(a, from, &j) != GW_OK)
		return STR_NONE;
	return j.bare;
}

/* RFC 6120 4.7.4; what is no language tag (RFC 5646 2.1) is none. */
static struct str language(struct str lang)
{
	if (lang.n > LANG_MAX)
		return STR_NONE;
	for (size_t i = 0; i < lang.n; i++)
		if (!isalnum((unsigned char)lang.p[i]) && lang.p[i] != '-')
			return STR_NONE;
	return lang;
}

static void keep_root(struct xmpp_stream *s, const struct xmpp_xml_root *root)
{
	s->root = *root;
	if (root->custom.p != NULL)
		s->root.custom = arena_str(s->a, root->custom);
}

const char *xmpp_stream_header(struct xmpp_stream *s, struct str text)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct xmpp_xml_header h;
	const char *error;

	if (xmpp_xml_parse_header(s->x->parser, text, a, &h) != GW_OK)
		error = xmpp_xml_fault_name(
			xmpp_xml_parser_fault(s->x->parser));
	else
		error = judge(s, a, &h);
	if (error == NULL) {
		keep_root(s, &h.root);
		s->step = s->again ? STREAM_BIND : STREAM_SASL;
		s->login->from = arena_str(s->a, who_asks(a, h.from));
		s->login->lang = arena_str(s->a, language(h.lang));
		xmpp_stream_open(s, s->login->from);
		xmpp_stream_features(s, a);
	}
	xmpp_arena_put(s->x, a);
	return error;
}
