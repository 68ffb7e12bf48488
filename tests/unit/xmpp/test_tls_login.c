/* SPDX-License-Identifier: MIT */
/* test_tls_login.c - STARTTLS, direct TLS, and log-in bound to the channel
 */

#include "gateway/base/codec.h"
#include "gateway/base/when.h"
#include "tests/unit/xmpp/secure.h"
#include "xmpp/xep/register.h"

#define STARTTLS "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

static void before_tls_only_starttls(void **state)
{
	struct secure s;

	(void)state;
	secure_init(&s);
	secure_dial(&s, false);
	secure_say(&s, X_STREAM_OPEN);
	secure_expect(&s, "<stream:features>"
			  "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'>"
			  "<required/></starttls>");
	assert_null(strstr(secure_text(&s), "mechanism"));
	secure_say(&s, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		       "mechanism='PLAIN'>AGFubgBzZWNyZXQ=</auth>");
	secure_expect(&s, "<encryption-required/>");
	secure_fini(&s);
}

static void after_starttls_and_direct(void **state)
{
	struct secure s;

	(void)state;
	secure_init(&s);
	secure_open(&s, TLS1_3_VERSION);
	secure_expect(&s, "<mechanism>SCRAM-SHA-256-PLUS</mechanism>");
	secure_expect(&s, "<mechanism>PLAIN</mechanism>");
	secure_expect(&s, "<channel-binding type='tls-exporter'/>");
	secure_expect(&s, "<channel-binding type='tls-server-end-point'/>");
	assert_null(strstr(secure_text(&s), "starttls"));
	assert_null(strstr(secure_text(&s), "tls-unique"));
	secure_dial(&s, true);
	secure_shake_hands(&s, TLS1_3_VERSION);
	secure_say(&s, X_STREAM_OPEN);
	secure_expect(&s, "<mechanism>PLAIN</mechanism>");
	secure_open(&s, TLS1_2_VERSION);
	secure_expect(&s, "<channel-binding type='tls-server-end-point'/>");
	assert_null(strstr(secure_text(&s), "tls-exporter"));
	secure_fini(&s);
}

static void bytes_behind_starttls_are_never_read(void **state)
{
	struct secure s;

	(void)state;
	secure_init(&s);
	secure_dial(&s, false);
	secure_say(&s, X_STREAM_OPEN);
	secure_expect(&s, "</stream:features>");
	secure_say(&s,
		   STARTTLS "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
			    "mechanism='PLAIN'>AGFubgBzZWNyZXQ=</auth>");
	secure_expect(&s, "policy-violation");
	secure_text(&s);
	assert_true(s.ended);
	secure_fini(&s);
}

static void tls_is_not_started_twice(void **state)
{
	struct secure s;

	(void)state;
	secure_init(&s);
	secure_open(&s, TLS1_3_VERSION);
	secure_expect(&s, "</stream:features>");
	secure_say(&s, STARTTLS);
	secure_expect(&s, "policy-violation");
	secure_fini(&s);
}

static void on_invited(void *arg, enum gw_err e,
		       const struct xmpp_invitation *out)
{
	assert_int_equal(e, GW_OK);
	snprintf(arg, 128, "%s", out->token);
}

/* RFC 6120 5.4.3.3: what was said before TLS is forgotten. */
static void an_invitation_shown_in_plain_is_not_kept(void **state)
{
	struct xmpp_invite wish = { .address = STR("example.org"),
				    .valid = WHEN_DAY };
	struct secure s;
	char token[128] = "", iq[256];

	(void)state;
	secure_init_with(&s, "  registration: invited\n");
	s.l->tls_required = false;
	s.l->plain_without_tls = true;
	xmpp_invite(s.w->x, &wish, on_invited, token);
	x_pass(s.w, 0);
	secure_dial(&s, false);
	secure_say(&s, X_STREAM_OPEN);
	snprintf(iq, sizeof(iq),
		 "<iq type='set' id='pa' to='example.org'>"
		 "<preauth xmlns='urn:xmpp:pars:0' token='%s'/></iq>",
		 token);
	secure_say(&s, iq);
	secure_expect(&s, "id='pa'");
	secure_say(&s, STARTTLS);
	secure_expect(&s, "<proceed ");
	secure_shake_hands(&s, TLS1_3_VERSION);
	secure_say(&s, X_STREAM_OPEN);
	secure_say(&s, "<iq type='set' id='reg'><query "
		       "xmlns='jabber:iq:register'><username>zoe</username>"
		       "<password>secret</password></query></iq>");
	secure_expect(&s, "<not-allowed ");
	secure_fini(&s);
}

/* What was begun in plain does not end under TLS. */
static void tls_is_not_started_in_a_log_in(void **state)
{
	struct secure s;

	(void)state;
	secure_init(&s);
	s.l->tls_required = false;
	secure_dial(&s, false);
	secure_say(&s, X_STREAM_OPEN);
	secure_say(&s, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		       "mechanism='SCRAM-SHA-256'>biwsbj1hbm4scj1hYmM=</auth>");
	secure_expect(&s, "<challenge ");
	secure_say(&s, STARTTLS);
	secure_expect(&s, "policy-violation");
	secure_fini(&s);
}

/* SCRAM-SHA-256-PLUS with this binding; spoil: one bit of its data. */
static void log_in(struct secure *s, const char *binding, const uint8_t *cb,
		   size_t n)
{
	struct arena *a = arena_new();
	char *gs2 = arena_printf(a, "p=%s,,", binding);
	char *first = arena_printf(a, "%sn=ann,r=abc", gs2);
	uint8_t salted[32], key[32], stored[32], sign[32], c[256];
	struct str challenge, rest, r, salt;
	const char *text;
	char *without, *auth, *msg;

	secure_say(s, arena_printf(
			      a,
			      "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
			      "mechanism='SCRAM-SHA-256-PLUS'>%s</auth>",
			      codec_base64(a, first, strlen(first))));
	text = strstr(secure_text(s), "<challenge");
	assert_non_null(text);
	text = strchr(text, '>') + 1;
	assert_int_equal(codec_unbase64(a, str_make(text, strcspn(text, "<")),
					&challenge),
			 GW_OK);
	rest = challenge;
	assert_true(str_split(&rest, ',', &r) && str_split(&rest, ',', &salt));
	assert_int_equal(
		codec_unbase64(a, str_make(salt.p + 2, salt.n - 2), &salt),
		GW_OK);
	crypto_pbkdf2(CRYPTO_SHA256, STR("secret"), salt, 4096, salted);
	crypto_hmac(CRYPTO_SHA256, str_make((char *)salted, 32),
		    STR("Client Key"), key);
	crypto_digest(CRYPTO_SHA256, str_make((char *)key, 32), stored);
	memcpy(c, gs2, strlen(gs2));
	memcpy(c + strlen(gs2), cb, n);
	without = arena_printf(a, "c=%s," STR_FMT,
			       codec_base64(a, c, strlen(gs2) + n), STR_ARG(r));
	auth = arena_printf(a, "n=ann,r=abc," STR_FMT ",%s", STR_ARG(challenge),
			    without);
	crypto_hmac(CRYPTO_SHA256, str_make((char *)stored, 32), str_of(auth),
		    sign);
	for (size_t i = 0; i < 32; i++)
		key[i] ^= sign[i];
	msg = arena_printf(a, "%s,p=%s", without, codec_base64(a, key, 32));
	buf_reset(&s->in);
	secure_say(s,
		   arena_printf(
			   a,
			   "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
			   "%s</response>",
			   codec_base64(a, msg, strlen(msg))));
	arena_free(&a);
}

static void exporter_of(struct secure *s, uint8_t out[32])
{
	assert_int_equal(SSL_export_keying_material(s->ssl, out, 32,
						    "EXPORTER-Channel-Binding",
						    24, NULL, 0, 0),
			 1);
}

static void bound_to_the_channel(void **state)
{
	struct secure s;
	uint8_t cb[64];
	unsigned n = 0;
	X509 *cert;

	(void)state;
	secure_init(&s);
	secure_open(&s, TLS1_3_VERSION);
	secure_expect(&s, "</stream:features>");
	exporter_of(&s, cb);
	log_in(&s, "tls-exporter", cb, 32);
	secure_expect(&s, "<success ");
	secure_open(&s, TLS1_2_VERSION);
	secure_expect(&s, "</stream:features>");
	cert = SSL_get1_peer_certificate(s.ssl);
	assert_int_equal(X509_digest(cert, EVP_sha256(), cb, &n), 1);
	X509_free(cert);
	log_in(&s, "tls-server-end-point", cb, n);
	secure_expect(&s, "<success ");
	secure_fini(&s);
}

static void another_channel_is_refused(void **state)
{
	struct secure s;
	uint8_t cb[32];

	(void)state;
	secure_init(&s);
	secure_open(&s, TLS1_3_VERSION);
	secure_expect(&s, "</stream:features>");
	exporter_of(&s, cb);
	cb[31] ^= 1;
	log_in(&s, "tls-exporter", cb, 32);
	secure_expect(&s, "not-authorized");
	secure_fini(&s);
}

/* RFC 5802 6: "y" says that bindings were hidden from the client. */
static void a_downgrade_is_seen(void **state)
{
	struct secure s;

	(void)state;
	secure_init(&s);
	secure_open(&s, TLS1_3_VERSION);
	secure_expect(&s, "</stream:features>");
	secure_say(&s, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		       "mechanism='SCRAM-SHA-256'>eSwsbj1hbm4scj1hYmM=</auth>");
	secure_expect(&s, "not-authorized");
	secure_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_tls_only_starttls),
		cmocka_unit_test(after_starttls_and_direct),
		cmocka_unit_test(bytes_behind_starttls_are_never_read),
		cmocka_unit_test(tls_is_not_started_twice),
		cmocka_unit_test(an_invitation_shown_in_plain_is_not_kept),
		cmocka_unit_test(tls_is_not_started_in_a_log_in),
		cmocka_unit_test(bound_to_the_channel),
		cmocka_unit_test(another_channel_is_refused),
		cmocka_unit_test(a_downgrade_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
