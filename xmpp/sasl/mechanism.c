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
	{ "EXTERNAL", SASL_EXTERNAL, false, CRYPTO_SHA1, NULL },
	{ "SCRAM-SHA-512-PLUS", SASL_SCRAM, true, CRYPTO_SHA512, NULL },
	{ "SCRAM-SHA-512", SASL_SCRAM, false, CRYPTO_SHA512, NULL },
	{ "SCRAM-SHA-256-PLUS", SASL_SCRAM, true, CRYPTO_SHA256, NULL },
	{ "SCRAM-SHA-256", SASL_SCRAM, false, CRYPTO_SHA256, NULL },
	{ "SCRAM-SHA-1-PLUS", SASL_SCRAM, true, CRYPTO_SHA1, NULL },
	{ "SCRAM-SHA-1", SASL_SCRAM, false, CRYPTO_SHA1, NULL },
	{ "PLAIN", SASL_PLAIN, false, CRYPTO_SHA1, NULL },
};

/* draft-schmaus-kitten-sasl-ht; they stand in <fast/>, not in the list. */
static const struct xmpp_sasl_mechanism tokens[] = {
	{ "HT-SHA-256-EXPR", SASL_HT, true, CRYPTO_SHA256, "tls-exporter" },
	{ "HT-SHA-256-ENDP", SASL_HT, true, CRYPTO_SHA256,
	  "tls-server-end-point" },
	{ "HT-SHA-256-NONE", SASL_HT, false, CRYPTO_SHA256, NULL },
};

#define MECHANISMS (sizeof(table) / sizeof(table[0]))
#define TOKENS	   (sizeof(tokens) / sizeof(tokens[0]))

static bool is_tls13(const struct xmpp_stream *s)
{
	const struct tls_info *info = conn_tls(s->c);

	return info != NULL && strcmp(info->version, "TLSv1.3") == 0;
}

/* What xmpp_sasl_choose() found, as bits of xmpp_stream.offered: a mechanism
 * each, tokens behind them, then bindings. */
#define TOKEN_BIT(i)  (1U << (16 + (i)))
#define EXPORTER_BIT  (1U << 30)
#define END_POINT_BIT (1U << 31)
#define BINDINGS      (EXPORTER_BIT | END_POINT_BIT)

static unsigned find_bindings(const struct xmpp_stream *s)
{
	uint8_t hash[64];
	unsigned bits = 0;

	if (is_tls13(s))
		bits |= EXPORTER_BIT;
	if (s->secured && conn_tls_end_point(s->c, hash) > 0)
		bits |= END_POINT_BIT;
	return bits;
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

bool xmpp_sasl_private(const struct xmpp_stream *s)
{
	return s->secured || (!s->l->tls_required && s->l->plain_without_tls &&
			      conn_peer_is_loopback(s->c));
}

static unsigned bit_of(const char *binding)
{
	return str_is(str_of(binding), "tls-exporter") ? EXPORTER_BIT
						       : END_POINT_BIT;
}

static bool can(const struct xmpp_stream *s,
		const struct xmpp_sasl_mechanism *m)
{
	if (!s->secured && s->l->tls_required)
		return false;
	switch (m->family) {
	case SASL_EXTERNAL:
		return xmpp_sasl_has_certificate(s);
	case SASL_SCRAM:
		return configured(s, m) &&
		       (!m->plus || (s->offered & BINDINGS) != 0) &&
		       s->x->people.has_scram(s->x->people.self);
	case SASL_PLAIN:
		return configured(s, m) && xmpp_sasl_private(s);
	case SASL_HT:
		if (s->x->conf->token_life == 0)
			return false;
		if (m->binding == NULL)
			return xmpp_sasl_private(s);
		return (s->offered & bit_of(m->binding)) != 0;
	}
	__builtin_unreachable();
}

/* By the features that were sent, whatever a reload changed since. */
static bool offered(const struct xmpp_stream *s, size_t i)
{
	return (s->offered & (1U << i)) != 0;
}

static bool token_offered(const struct xmpp_stream *s, size_t i)
{
	return (s->offered & TOKEN_BIT(i)) != 0;
}

const struct xmpp_sasl_mechanism *
xmpp_sasl_mechanism(const struct xmpp_stream *s, struct str name)
{
	for (size_t i = 0; i < MECHANISMS; i++)
		if (str_is(name, table[i].name) && offered(s, i))
			return &table[i];
	return NULL;
}

const struct xmpp_sasl_mechanism *
xmpp_sasl_token_mechanism(const struct xmpp_stream *s, struct str name)
{
	for (size_t i = 0; i < TOKENS; i++)
		if (str_is(name, tokens[i].name) && token_offered(s, i))
			return &tokens[i];
	return NULL;
}

const struct xmpp_sasl_mechanism *xmpp_sasl_token_named(struct str name)
{
	for (size_t i = 0; i < TOKENS; i++)
		if (str_is(name, tokens[i].name))
			return &tokens[i];
	return NULL;
}

void xmpp_sasl_add_tokens(struct xmpp_stream *s, struct arena *a,
			  struct stanza *list, const char *ns)
{
	for (size_t i = 0; i < TOKENS; i++)
		if (token_offered(s, i))
			stanza_add_leaf(a, list, "mechanism", ns,
					str_of(tokens[i].name));
}

bool xmpp_sasl_offers(const struct xmpp_stream *s)
{
	return (s->offered & ((1U << MECHANISMS) - 1)) != 0;
}

bool xmpp_sasl_plus_offered(const struct xmpp_stream *s)
{
	for (size_t i = 0; i < MECHANISMS; i++)
		if (table[i].plus && offered(s, i))
			return true;
	return false;
}

static void add_binding(struct arena *a, struct stanza *list, const char *name)
{
	struct stanza *b =
		stanza_add_new(a, list, "channel-binding", NS_SASL_CB);

	stanza_set_attr(a, b, "type", str_of(name));
}

void xmpp_sasl_offer_bindings(struct xmpp_stream *s, struct arena *a,
			      struct stanza *features)
{
	struct stanza *list;

	if (!xmpp_sasl_plus_offered(s))
		return;
	list = stanza_add_new(a, features, "sasl-channel-binding", NS_SASL_CB);
	if ((s->offered & EXPORTER_BIT) != 0)
		add_binding(a, list, "tls-exporter");
	if ((s->offered & END_POINT_BIT) != 0)
		add_binding(a, list, "tls-server-end-point");
}

void xmpp_sasl_choose(struct xmpp_stream *s)
{
	s->offered = find_bindings(s);
	for (size_t i = 0; i < MECHANISMS; i++)
		if (can(s, &table[i]))
			s->offered |= 1U << i;
	for (size_t i = 0; i < TOKENS; i++)
		if (can(s, &tokens[i]))
			s->offered |= TOKEN_BIT(i);
}

void xmpp_sasl_offer(struct xmpp_stream *s, struct arena *a,
		     struct stanza *list, const char *ns)
{
	for (size_t i = 0; i < MECHANISMS; i++)
		if (offered(s, i))
			stanza_add_leaf(a, list, "mechanism", ns,
					str_of(table[i].name));
}

/* Sorted as i;octet, and joined. */
static void join(struct buf *out, const char **names, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0; k--)
			if (strcmp(names[k - 1], names[k]) > 0) {
				const char *t = names[k];

				names[k] = names[k - 1];
				names[k - 1] = t;
			}
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add_char(out, 0x1e);
		buf_add_lit(out, names[i]);
	}
}

/* XEP-0474 4.1; FAST's mechanisms are no part of it. */
struct str xmpp_sasl_offer_hash(const struct xmpp_stream *s, struct arena *a,
				enum crypto_hash h)
{
	const char *names[MECHANISMS];
	struct buf text = { 0 };
	uint8_t *out = arena_alloc(a, CRYPTO_HASH_MAX);
	size_t n = 0;

	for (size_t i = 0; i < MECHANISMS; i++)
		if (offered(s, i))
			names[n++] = table[i].name;
	join(&text, names, n);
	if (xmpp_sasl_plus_offered(s)) {
		n = 0;
		if ((s->offered & EXPORTER_BIT) != 0)
			names[n++] = "tls-exporter";
		if ((s->offered & END_POINT_BIT) != 0)
			names[n++] = "tls-server-end-point";
		buf_add_char(&text, 0x1f);
		join(&text, names, n);
	}
	crypto_digest(h, buf_str(&text), out);
	buf_fini(&text);
	return str_make((const char *)out, crypto_hash_len(h));
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
