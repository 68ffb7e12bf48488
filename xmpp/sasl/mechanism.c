/* SPDX-License-Identifier: MIT */
/* mechanism.c - which mechanisms and channel bindings a stream offers
 *
 * The same question is asked when offering and when one is used, so that
 * nothing is accepted that was not offered on this stream (B10).
 */
#include "gateway/net/conn.h"
#include "xmpp/sasl/sasl_private.h"

#define NS_SASL_CB "urn:xmpp:sasl-cb:0"

static const struct xmpp_sasl_mechanism table[] = {
	{ "SCRAM-SHA-512-PLUS", true, true, CRYPTO_SHA512 },
	{ "SCRAM-SHA-512", true, false, CRYPTO_SHA512 },
	{ "SCRAM-SHA-256-PLUS", true, true, CRYPTO_SHA256 },
	{ "SCRAM-SHA-256", true, false, CRYPTO_SHA256 },
	{ "SCRAM-SHA-1-PLUS", true, true, CRYPTO_SHA1 },
	{ "SCRAM-SHA-1", true, false, CRYPTO_SHA1 },
	{ "PLAIN", false, false, CRYPTO_SHA1 },
};

#define MECHANISMS (sizeof(table) / sizeof(table[0]))

static bool is_tls13(const struct xmpp_stream *s)
{
	const struct tls_info *info = conn_tls(s->c);

	return info != NULL && strcmp(info->version, "TLSv1.3") == 0;
}

static bool has_end_point(const struct xmpp_stream *s)
{
	uint8_t hash[64];

	return s->secured && conn_tls_end_point(s->c, hash) > 0;
}

/* The list of the configuration names mechanisms without -PLUS. */
static bool configured(const struct xmpp_stream *s,
		       const struct xmpp_sasl_mechanism *m)
{
	const struct conf_texts *list = &s->x->conf->mechanisms;
	struct str name = str_of(m->name);

	if (m->plus)
		name.n -= sizeof("-PLUS") - 1;
	for (size_t i = 0; i < list->count; i++)
		if (str_is(name, list->items[i]))
			return true;
	return false;
}

static bool offered(const struct xmpp_stream *s,
		    const struct xmpp_sasl_mechanism *m)
{
	if (!s->secured && s->l->tls_required)
		return false;
	if (!configured(s, m))
		return false;
	if (m->plus && !is_tls13(s) && !has_end_point(s))
		return false;
	if (m->scram)
		return s->x->people.has_scram(s->x->people.self);
	return s->secured ||
	       (s->l->plain_without_tls && conn_peer_is_loopback(s->c));
}

const struct xmpp_sasl_mechanism *
xmpp_sasl_mechanism(const struct xmpp_stream *s, struct str name)
{
	for (size_t i = 0; i < MECHANISMS; i++)
		if (str_is(name, table[i].name) && offered(s, &table[i]))
			return &table[i];
	return NULL;
}

bool xmpp_sasl_plus_offered(const struct xmpp_stream *s)
{
	for (size_t i = 0; i < MECHANISMS; i++)
		if (table[i].plus && offered(s, &table[i]))
			return true;
	return false;
}

static void add_binding(struct arena *a, struct stanza *list, const char *name)
{
	struct stanza *b =
		stanza_add_new(a, list, "channel-binding", NS_SASL_CB);

	stanza_set_attr(a, b, "type", str_of(name));
}

static void offer_bindings(struct xmpp_stream *s, struct arena *a,
			   struct stanza *features)
{
	struct stanza *list =
		stanza_add_new(a, features, "sasl-channel-binding", NS_SASL_CB);

	if (is_tls13(s))
		add_binding(a, list, "tls-exporter");
	if (has_end_point(s))
		add_binding(a, list, "tls-server-end-point");
}

void xmpp_sasl_offer(struct xmpp_stream *s, struct arena *a,
		     struct stanza *features)
{
	struct stanza *list =
		stanza_add_new(a, features, "mechanisms", XMPP_NS_SASL);

	for (size_t i = 0; i < MECHANISMS; i++)
		if (offered(s, &table[i]))
			stanza_add_leaf(a, list, "mechanism", XMPP_NS_SASL,
					str_of(table[i].name));
	if (xmpp_sasl_plus_offered(s))
		offer_bindings(s, a, features);
}

enum gw_err xmpp_sasl_binding(struct xmpp_stream *s, struct arena *a,
			      struct str name, struct str *data)
{
	uint8_t *bytes = arena_alloc(a, 64);
	size_t n = 0;

	if (str_is(name, "tls-exporter") && is_tls13(s)) {
		n = 32; /* RFC 9266 */
		if (conn_tls_exporter(s->c, "EXPORTER-Channel-Binding", bytes,
				      n) != GW_OK)
			return GW_NOT_FOUND;
	} else if (str_is(name, "tls-server-end-point") && s->secured) {
		n = conn_tls_end_point(s->c, bytes);
	} else if (str_is(name, "tls-unique") && s->secured) {
		/* Never offered: TLS 1.3 has no such binding.  But slixmpp up
		 * to 1.8.3 (Debian 12) knows no other, sends the Finished
		 * message in TLS 1.3 too, and cannot log in at all when this
		 * is refused (its "y" must fail, RFC 5802 6).  The Finished
		 * message binds to the connection in TLS 1.3 as well, and
		 * there is no renegotiation or resumption here. */
		n = conn_tls_unique(s->c, bytes);
	}
	*data = str_make((const char *)bytes, n);
	return n > 0 ? GW_OK : GW_NOT_FOUND;
}
