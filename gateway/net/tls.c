/* SPDX-License-Identifier: MIT */
/* tls.c - TLS servers and sessions on OpenSSL
 *
 * A session has one BIO without memory: it reads from the bytes of the feed
 * under way and writes to that call's buffer.  Everything it produces is
 * taken at once, so an idle session holds no record buffers.
 */
#include "gateway/net/tls.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/net/tls_private.h"

#define RECORD_MAX ((size_t)16384)

struct tls_session {
	SSL *ssl;
	struct tls_server *server;
	const uint8_t *in;
	size_t in_len;
	struct buf *wire;
	char *sni, *alpn;
	struct tls_info info;
	bool ready;
	bool dane;
};

static int bio_read(BIO *b, char *out, size_t n, size_t *done)
{
	struct tls_session *s = BIO_get_data(b);

	BIO_clear_retry_flags(b);
	if (s->in_len == 0) {
		BIO_set_retry_read(b);
		return 0;
	}
	*done = n < s->in_len ? n : s->in_len;
	memcpy(out, s->in, *done);
	s->in += *done;
	s->in_len -= *done;
	return 1;
}

static int bio_write(BIO *b, const char *p, size_t n, size_t *done)
{
	struct tls_session *s = BIO_get_data(b);

	BIO_clear_retry_flags(b);
	if (s->wire == NULL)
		return 0;
	buf_add(s->wire, p, n);
	*done = n;
	return 1;
}

static long bio_ctrl(BIO *b, int cmd, long n, void *p)
{
	(void)b;
	(void)n;
	(void)p;
	return cmd == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD *tls_bio_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
				     "muster");

	if (m == NULL)
		return NULL;
	BIO_meth_set_read_ex(m, bio_read);
	BIO_meth_set_write_ex(m, bio_write);
	BIO_meth_set_ctrl(m, bio_ctrl);
	return m;
}

static struct tls_session *session_new(struct tls_server *t, SSL_CTX *ctx)
{
	struct tls_session *s = mem_new(sizeof(*s));
	BIO *bio;

	s->server = tls_server_ref(t);
	ERR_clear_error();
	s->ssl = SSL_new(ctx);
	bio = BIO_new(t->bio_method);
	if (s->ssl == NULL || bio == NULL)
		abort();
	BIO_set_data(bio, s);
	BIO_set_init(bio, 1);
	SSL_set_bio(s->ssl, bio, bio);
	s->info = (struct tls_info){ "", "", "", "" };
	return s;
}

struct tls_session *tls_session_new(struct tls_server *t)
{
	struct tls_session *s = session_new(t, tls_server_ctx(t));

	SSL_set_accept_state(s->ssl);
	return s;
}

struct tls_session *tls_session_dial(const struct tls_dial *d)
{
	struct tls_server *t = d->tls;
	struct tls_session *s = session_new(t, tls_server_ctx_of(t, d->own));

	SSL_set_connect_state(s->ssl);
	/* What SSL_set_tlsext_host_name() does, without its cast. */
	if (d->sni != NULL &&
	    SSL_ctrl(s->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
		     TLSEXT_NAMETYPE_host_name, (void *)(uintptr_t)d->sni) != 1)
		ERR_clear_error();
	s->dane = d->dane != NULL;
	if (s->dane)
		tls_peer_dane(s->ssl, d->dane);
	if (d->alpn && t->alpn.len > 0 &&
	    SSL_set_alpn_protos(s->ssl, t->alpn.data, (unsigned)t->alpn.len) !=
		    0)
		abort();
	return s;
}

/* With DANE a chain that is good otherwise proves nothing. */
const char *tls_session_distrust(const struct tls_session *s)
{
	const char *why = s->ready ? tls_peer_distrust(s->ssl) : "no TLS yet";

	if (why == NULL && s->dane &&
	    SSL_get0_dane_authority(s->ssl, NULL, NULL) < 0)
		why = "no TLSA record fits its certificate";
	return why;
}

bool tls_session_dane(const struct tls_session *s)
{
	return s->dane;
}

bool tls_session_names(const struct tls_session *s, struct str ascii,
		       struct str unicode)
{
	return s->ready && tls_peer_names(s->ssl, ascii, unicode);
}

void tls_session_addresses(const struct tls_session *s,
			   void (*fn)(void *arg, struct str address), void *arg)
{
	if (s->ready)
		tls_peer_addresses(s->ssl, fn, arg);
}

void tls_session_free(struct tls_session **s)
{
	if (*s == NULL)
		return;
	SSL_free((*s)->ssl);
	tls_server_free(&(*s)->server);
	mem_free((*s)->sni);
	mem_free((*s)->alpn);
	mem_free(*s);
	*s = NULL;
}

bool tls_session_ready(const struct tls_session *s)
{
	return s->ready;
}

const struct tls_info *tls_session_info(const struct tls_session *s)
{
	return &s->info;
}

static void note_info(struct tls_session *s)
{
	const char *sni = SSL_get_servername(s->ssl, TLSEXT_NAMETYPE_host_name);
	const unsigned char *alpn;
	unsigned n;

	s->info.version = SSL_get_version(s->ssl);
	s->info.cipher = SSL_get_cipher_name(s->ssl);
	if (sni != NULL)
		s->info.sni = s->sni = mem_strdup(sni);
	SSL_get0_alpn_selected(s->ssl, &alpn, &n);
	if (n > 0)
		s->info.alpn = s->alpn = mem_strndup((const char *)alpn, n);
}

static enum gw_err failed(struct err_note *note, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code);

	ERR_clear_error();
	return err_say(note, GW_BAD_INPUT, "TLS %s failed: %s", what,
		       reason != NULL ? reason : "connection broken");
}

static enum gw_err shake_hands(struct tls_session *s, struct err_note *note)
{
	int r = SSL_do_handshake(s->ssl);

	if (r == 1) {
		s->ready = true;
		note_info(s);
		return GW_OK;
	}
	if (SSL_get_error(s->ssl, r) == SSL_ERROR_WANT_READ)
		return GW_AGAIN;
	return failed(note, "handshake");
}

static enum gw_err read_records(struct tls_session *s, struct buf *plain,
				bool *ended, struct err_note *note)
{
	uint8_t *scratch = s->server->scratch;
	size_t n;

	while (SSL_read_ex(s->ssl, scratch, RECORD_MAX, &n) == 1) {
		buf_add(plain, scratch, n);
		if (s->in_len == 0 && SSL_has_pending(s->ssl) == 0)
			return GW_OK;
	}
	switch (SSL_get_error(s->ssl, 0)) {
	case SSL_ERROR_WANT_READ:
		return GW_OK;
	case SSL_ERROR_ZERO_RETURN:
		*ended = true;
		return GW_OK;
	default:
		return failed(note, "record");
	}
}

enum gw_err tls_session_feed(struct tls_session *s, struct str cipher,
			     struct tls_fed *out, struct err_note *note)
{
	enum gw_err e = GW_OK;

	ERR_clear_error();
	s->in = (const uint8_t *)cipher.p;
	s->in_len = cipher.n;
	s->wire = out->wire;
	out->ended = false;
	if (!s->ready)
		e = shake_hands(s, note);
	if (s->ready)
		e = read_records(s, out->plain, &out->ended, note);
	s->in = NULL;
	s->in_len = 0;
	s->wire = NULL;
	return e == GW_AGAIN ? GW_OK : e;
}

enum gw_err tls_session_write(struct tls_session *s, const void *p, size_t n,
			      struct buf *wire)
{
	size_t done = 0;
	int r;

	if (n == 0)
		return GW_OK;
	ERR_clear_error();
	s->wire = wire;
	r = SSL_write_ex(s->ssl, p, n, &done);
	s->wire = NULL;
	if (r == 1 && done == n)
		return GW_OK;
	ERR_clear_error();
	return GW_INTERNAL;
}

void tls_session_end(struct tls_session *s, struct buf *wire)
{
	if (!s->ready)
		return;
	ERR_clear_error();
	s->wire = wire;
	(void)SSL_shutdown(s->ssl);
	s->wire = NULL;
	ERR_clear_error();
}

enum gw_err tls_session_exporter(struct tls_session *s, const char *label,
				 uint8_t *out, size_t n)
{
	if (!s->ready || SSL_version(s->ssl) < TLS1_3_VERSION)
		return GW_UNAVAIL;
	/* RFC 9266 4: an empty context, which in TLS 1.3 equals none. */
	if (SSL_export_keying_material(s->ssl, out, n, label, strlen(label),
				       NULL, 0, 1) != 1) {
		ERR_clear_error();
		return GW_INTERNAL;
	}
	return GW_OK;
}

size_t tls_session_unique(const struct tls_session *s, uint8_t out[64])
{
	size_t n = s->ready ? SSL_get_peer_finished(s->ssl, out, 64) : 0;

	return n <= 64 ? n : 0;
}

size_t tls_session_end_point(const struct tls_session *s, uint8_t out[64])
{
	return tls_server_end_point(s->server, SSL_get_SSL_CTX(s->ssl), out);
}
