/* SPDX-License-Identifier: MIT */
/* xep0115_caps.c - XEP-0115: the server's own capabilities, hashed
 *
 * Clients read the hash in the stream features and ask disco#info once for
 * each new one.
 */
#include "gateway/base/codec.h"
#include "gateway/run/crypto.h"
#include "xmpp/module.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/disco.h"

#define NS_CAPS "http://jabber.org/protocol/caps"

/* 5.1: "category/type/lang/name<" and each feature with "<" behind it. */
static char *hash_of(struct arena *a, const struct stanza *query)
{
	struct buf text = { 0 };
	uint8_t digest[CRYPTO_HASH_MAX];
	const struct stanza *el = stanza_first_element(query);

	for (; el != NULL; el = stanza_next_element(el)) {
		if (stanza_is(el, "identity", NULL)) {
			buf_add_str(&text, stanza_attr(el, "category"));
			buf_add_char(&text, '/');
			buf_add_str(&text, stanza_attr(el, "type"));
			buf_add_lit(&text, "//");
			buf_add_str(&text, stanza_attr(el, "name"));
		} else {
			buf_add_str(&text, stanza_attr(el, "var"));
		}
		buf_add_char(&text, '<');
	}
	crypto_digest(CRYPTO_SHA1, buf_str(&text), digest);
	buf_fini(&text);
	return codec_base64(a, digest, crypto_hash_len(CRYPTO_SHA1));
}

void xmpp_caps_renew(struct xmpp *x)
{
	struct arena *a = xmpp_arena_get(x);

	mem_free(x->caps_ver);
	x->caps_ver = mem_strdup(hash_of(a, xmpp_disco_host(x, a)));
	xmpp_arena_put(x, a);
}

static enum gw_err start(struct xmpp *x, void *host)
{
	(void)host;
	xmpp_caps_renew(x);
	return GW_OK;
}

static void stream_features(struct xmpp *x, struct arena *a, struct stanza *f)
{
	struct stanza *c = stanza_add_new(a, f, "c", NS_CAPS);

	stanza_set_attr(a, c, "hash", STR("sha-1"));
	stanza_set_attr(a, c, "node", STR(XMPP_CAPS_NODE));
	stanza_set_attr(a, c, "ver", str_of(x->caps_ver));
}

static const char *const features[] = { NS_CAPS, NULL };

const struct xmpp_module xmpp_mod_caps = {
	.name = "caps",
	.xep = "0115",
	.doc = "announces the server's capabilities by hash",
	.features = features,
	.start = start,
	.stream_features = stream_features,
};
