/* SPDX-License-Identifier: MIT */
/* component.c - components that are scripts */
#include "tests/unit/xmpp/component.h"

#include <stdio.h>

#include "gateway/base/codec.h"
#include "gateway/run/crypto.h"
#include "xmpp/component/component_private.h"

struct client *k_connect(struct world *w)
{
	return x_connect_as(w, &xmpp_component_proto,
			    LIST_OF(w->x->components->listeners.next,
				    struct xmpp_component_listener, link));
}

void k_shake(struct client *c, const char *secret)
{
	const char *at = strstr(x_text(c), " id='");
	uint8_t digest[CRYPTO_HASH_MAX];
	char both[128], hex[41];

	assert_non_null(at);
	snprintf(both, sizeof(both), "%.16s%s", at + 5, secret);
	crypto_digest(CRYPTO_SHA1, str_of(both), digest);
	codec_hex_to(hex, digest, 20);
	x_forget(c);
	x_sendf(c, "<handshake>%s</handshake>", hex);
}

struct client *k_login(struct world *w, const char *host, const char *secret)
{
	struct client *c = k_connect(w);

	x_sendf(c,
		"<stream:stream to='%s' xmlns='jabber:component:accept' "
		"xmlns:stream='http://etherx.jabber.org/streams'>",
		host);
	k_shake(c, secret);
	x_expect(c, "<handshake/>");
	return c;
}

struct client *k_pep(struct world *w)
{
	struct client *k = k_login(w, "pep.example.org", "right-secret");

	x_forget(k);
	return k;
}
