/* SPDX-License-Identifier: MIT */
/* test_tls_login.c - STARTTLS, direct TLS, and log-in bound to the channel
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "gateway/base/codec.h"
#include "tests/unit/xmpp/harness.h"
#include "xmpp/server_private.h"
#include "xmpp/stream/stream.h"

#define STARTTLS "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

struct secure {
	struct world *w;
	struct tls_server *tls;
	struct xmpp_listener *l;
	char path[64];
	SSL_CTX *ctx;
	SSL *ssl;
	int fd;
	bool ended;
	struct buf in;
};

static void secure_init(struct secure *s)
{
	const char *const names[] = { "example.org", NULL };
	const char *const alpn[] = { "xmpp-client", NULL };
	struct err_note note = { "" };
	int fd;

	memset(s, 0, sizeof(*s));
	s->w = x_world(NULL);
	snprintf(s->path, sizeof(s->path), "/tmp/test_tls_login.XXXXXX");
	fd = mkstemp(s->path);
	assert_true(fd >= 0);
	close(fd);
	unlink(s->path); /* it is to be made anew */
	assert_int_equal(tls_self_signed(s->path, names, &note), GW_OK);
	s->tls = tls_server_new(alpn);
	assert_int_equal(
		tls_server_add(s->tls, "example.org", s->path, NULL, &note),
		GW_OK);
	s->l = LIST_OF(s->w->x->listeners.next, struct xmpp_listener, link);
	s->l->tls = s->tls;
	s->l->tls_required = true;
	s->ctx = SSL_CTX_new(TLS_client_method());
	s->fd = -1;
}

static void hang_up(struct secure *s)
{
	SSL_free(s->ssl);
	s->ssl = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->ended = false;
	buf_reset(&s->in);
	x_pass(s->w, 0);
}

static void secure_fini(struct secure *s)
{
	hang_up(s);
	x_world_end(&s->w);
	tls_server_free(&s->tls);
	SSL_CTX_free(s->ctx);
	unlink(s->path);
	buf_fini(&s->in);
}

static void dial(struct secure *s, bool direct)
{
	int ends[2];

	hang_up(s);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	s->fd = ends[0];
	assert_non_null(conn_accepted(s->w->net, ends[1], &xmpp_stream_proto,
				      s->l, direct ? s->tls : NULL));
	x_pass(s->w, 0);
}

static ssize_t receive(struct secure *s, uint8_t *p, size_t n)
{
	int got;

	if (s->ssl == NULL)
		return read(s->fd, p, n);
	got = SSL_read(s->ssl, p, (int)n);
	if (got <= 0 && SSL_get_error(s->ssl, got) == SSL_ERROR_WANT_READ)
		return -1;
	return got < 0 ? 0 : got;
}

static const char *text_of(struct secure *s)
{
	uint8_t bytes[4096];
	ssize_t n;

	for (int i = 0; i < 5; i++) {
		x_pass(s->w, 0);
		while (!s->ended && (n = receive(s, bytes, 4096)) >= 0) {
			if (n == 0)
				s->ended = true;
			for (ssize_t k = 0; k < n; k++)
				buf_add_char(&s->in, bytes[k] == '"'
							     ? '\''
							     : (char)bytes[k]);
		}
	}
	return s->in.len > 0 ? (const char *)s->in.data : "";
}

static void expect(struct secure *s, const char *want)
{
	const char *all = text_of(s), *at = strstr(all, want);

	if (at == NULL)
		fail_msg("expected %s, got %s", want, all);
	buf_eat(&s->in, (size_t)(at - all) + strlen(want));
}

static void say(struct secure *s, const char *text)
{
	size_t n = strlen(text);

	if (s->ssl != NULL)
		assert_int_equal(SSL_write(s->ssl, text, (int)n), (int)n);
	else
		assert_int_equal(write(s->fd, text, n), (ssize_t)n);
	x_pass(s->w, 0);
}

static void shake_hands(struct secure *s, int version)
{
	int r = -1;

	s->ssl = SSL_new(s->ctx);
	SSL_set_min_proto_version(s->ssl, version);
	SSL_set_max_proto_version(s->ssl, version);
	SSL_set_tlsext_host_name(s->ssl, "example.org");
	SSL_set_alpn_protos(s->ssl, (const uint8_t *)"\x0bxmpp-client", 12);
	SSL_set_fd(s->ssl, s->fd);
	SSL_set_connect_state(s->ssl);
	for (int i = 0; i < 20 && r != 1; i++) {
		r = SSL_do_handshake(s->ssl);
		x_pass(s->w, 0);
	}
	assert_int_equal(r, 1);
}

static void secured(struct secure *s, int version)
{
	dial(s, false);
	say(s, X_STREAM_OPEN);
	expect(s, "</stream:features>");
	say(s, STARTTLS);
	expect(s, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
	shake_hands(s, version);
	say(s, X_STREAM_OPEN);
}

static void before_tls_only_starttls(void **state)
{
	struct secure s;

	(void)state;
	secure_init(&s);
	dial(&s, false);
	say(&s, X_STREAM_OPEN);
	expect(&s, "<stream:features>"
		   "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'>"
		   "<required/></starttls>");
	assert_null(strstr(text_of(&s), "mechanism"));
	say(&s, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		"mechanism='PLAIN'>AGFubgBzZWNyZXQ=</auth>");
	expect(&s, "<encryption-required/>");
	secure_fini(&s);
}

static void after_starttls_and_direct(void **state)
{
	struct secure s;

	(void)state;
	secure_init(&s);
	secured(&s, TLS1_3_VERSION);
	expect(&s, "<mechanism>SCRAM-SHA-256-PLUS</mechanism>");
	expect(&s, "<mechanism>PLAIN</mechanism>");
	expect(&s, "<channel-binding type='tls-exporter'/>");
	expect(&s, "<channel-binding type='tls-server-end-point'/>");
	assert_null(strstr(text_of(&s), "starttls"));
	assert_null(strstr(text_of(&s), "tls-unique"));
	dial(&s, true);
	shake_hands(&s, TLS1_3_VERSION);
	say(&s, X_STREAM_OPEN);
	expect(&s, "<mechanism>PLAIN</mechanism>");
	secured(&s, TLS1_2_VERSION);
	expect(&s, "<channel-binding type='tls-server-end-point'/>");
	assert_null(strstr(text_of(&s), "tls-exporter"));
	secure_fini(&s);
}

static void bytes_behind_starttls_are_never_read(void **state)
{
	struct secure s;

	(void)state;
	secure_init(&s);
	dial(&s, false);
	say(&s, X_STREAM_OPEN);
	expect(&s, "</stream:features>");
	say(&s, STARTTLS "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
			 "mechanism='PLAIN'>AGFubgBzZWNyZXQ=</auth>");
	expect(&s, "policy-violation");
	text_of(&s);
	assert_true(s.ended);
	secure_fini(&s);
}

static void tls_is_not_started_twice(void **state)
{
	struct secure s;

	(void)state;
	secure_init(&s);
	secured(&s, TLS1_3_VERSION);
	expect(&s, "</stream:features>");
	say(&s, STARTTLS);
	expect(&s, "policy-violation");
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

	say(s, arena_printf(a,
			    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
			    "mechanism='SCRAM-SHA-256-PLUS'>%s</auth>",
			    codec_base64(a, first, strlen(first))));
	text = strstr(text_of(s), "<challenge");
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
	say(s,
	    arena_printf(a,
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
	secured(&s, TLS1_3_VERSION);
	expect(&s, "</stream:features>");
	exporter_of(&s, cb);
	log_in(&s, "tls-exporter", cb, 32);
	expect(&s, "<success ");
	secured(&s, TLS1_2_VERSION);
	expect(&s, "</stream:features>");
	cert = SSL_get1_peer_certificate(s.ssl);
	assert_int_equal(X509_digest(cert, EVP_sha256(), cb, &n), 1);
	X509_free(cert);
	log_in(&s, "tls-server-end-point", cb, n);
	expect(&s, "<success ");
	secure_fini(&s);
}

static void another_channel_is_refused(void **state)
{
	struct secure s;
	uint8_t cb[32];

	(void)state;
	secure_init(&s);
	secured(&s, TLS1_3_VERSION);
	expect(&s, "</stream:features>");
	exporter_of(&s, cb);
	cb[31] ^= 1;
	log_in(&s, "tls-exporter", cb, 32);
	expect(&s, "not-authorized");
	secure_fini(&s);
}

/* RFC 5802 6: "y" says that bindings were hidden from the client. */
static void a_downgrade_is_seen(void **state)
{
	struct secure s;

	(void)state;
	secure_init(&s);
	secured(&s, TLS1_3_VERSION);
	expect(&s, "</stream:features>");
	say(&s, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		"mechanism='SCRAM-SHA-256'>eSwsbj1hbm4scj1hYmM=</auth>");
	expect(&s, "not-authorized");
	secure_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_tls_only_starttls),
		cmocka_unit_test(after_starttls_and_direct),
		cmocka_unit_test(bytes_behind_starttls_are_never_read),
		cmocka_unit_test(tls_is_not_started_twice),
		cmocka_unit_test(bound_to_the_channel),
		cmocka_unit_test(another_channel_is_refused),
		cmocka_unit_test(a_downgrade_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
