/* SPDX-License-Identifier: MIT */
/* key.c - dialback keys (XEP-0185) */
#include "xmpp/s2s/key.h"

#include "gateway/base/buf.h"
#include "gateway/base/codec.h"
#include "gateway/run/crypto.h"

void xmpp_s2s_key_secret(struct str secret, char out[XMPP_S2S_KEY_LEN + 1])
{
	uint8_t digest[CRYPTO_HASH_MAX];

	crypto_digest(CRYPTO_SHA256, secret, digest);
	codec_hex_to(out, digest, XMPP_S2S_KEY_LEN / 2);
}

void xmpp_s2s_key(const char *secret, const struct xmpp_s2s_key_of *of,
		  char out[XMPP_S2S_KEY_LEN + 1])
{
	uint8_t mac[CRYPTO_HASH_MAX];
	struct buf text = { .data = NULL };

	buf_printf(&text, STR_FMT " " STR_FMT " " STR_FMT,
		   STR_ARG(of->receiving), STR_ARG(of->originating),
		   STR_ARG(of->id));
	crypto_hmac(CRYPTO_SHA256, str_of(secret), buf_str(&text), mac);
	codec_hex_to(out, mac, XMPP_S2S_KEY_LEN / 2);
	buf_fini(&text);
}

bool xmpp_s2s_key_fits(const char *secret, const struct xmpp_s2s_key_of *of,
		       struct str key)
{
	char want[XMPP_S2S_KEY_LEN + 1];

	xmpp_s2s_key(secret, of, want);
	return str_eq_secret(str_make(want, XMPP_S2S_KEY_LEN), key);
}
