/* SPDX-License-Identifier: MIT */
/* tls_server.c - certificates by name, and the policy of every session */
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/net/tls_private.h"

#define RECORD_MAX ((size_t)16384)

/* RFC 9325 4.2: forward secrecy and authenticated encryption only. */
#define CIPHERS_12 "ECDHE+AESGCM:ECDHE+CHACHA20"

/* RFC 8446 9.1: the one that must be there is the first.  SHA-384 for the key
 * derivations would make a log-in a sixth dearer: SHA-256 has instructions. */
#define CIPHERS_13                                                             \
	"TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:"                 \
	"TLS_AES_256_GCM_SHA384"

struct cert {
	struct list link;
	char *domain;
	SSL_CTX *ctx;
	int64_t expiry;
	uint8_t end_point[64]; /* RFC 5929 */
	size_t end_point_size; /* 0: it has none */
};

static struct cert *find(const struct tls_server *t, struct str domain)
{
	LIST_EACH(it, &t->certs)
	{
		struct cert *c = LIST_OF(it, struct cert, link);

		if (str_ieq(str_of(c->domain), domain))
			return c;
	}
	return NULL;
}

static int choose_cert(SSL *ssl, int *alert, void *arg)
{
	struct tls_server *t = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	struct cert *c;

	(void)alert;
	if (name == NULL)
		return SSL_TLSEXT_ERR_NOACK;
	c = find(t, str_of(name));
	if (c != NULL)
		SSL_set_SSL_CTX(ssl, c->ctx);
	return SSL_TLSEXT_ERR_OK;
}

/* RFC 7301 3.2: nothing in common ends the handshake. */
static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *len,
		       const unsigned char *offer, unsigned n, void *arg)
{
	struct tls_server *t = arg;
	unsigned char *chosen = NULL;

	(void)ssl;
	if (SSL_select_next_proto(&chosen, len, t->alpn.data,
				  (unsigned)t->alpn.len, offer,
				  n) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* A key with a pass phrase must not make a daemon ask the terminal. */
static int no_passphrase(char *p, int size, int rw, void *arg)
{
	(void)p;
	(void)size;
	(void)rw;
	(void)arg;
	return -1;
}

static SSL_CTX *new_ctx(struct tls_server *t)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());

	if (ctx == NULL || SSL_CTX_set_cipher_list(ctx, CIPHERS_12) != 1 ||
	    SSL_CTX_set_ciphersuites(ctx, CIPHERS_13) != 1)
		abort();
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_NO_COMPRESSION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_PRIORITIZE_CHACHA);
	/* The chain is what the file says: it is not sought anew for each
	 * handshake. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	SSL_CTX_set_tlsext_servername_callback(ctx, choose_cert);
	SSL_CTX_set_tlsext_servername_arg(ctx, t);
	if (t->alpn.len > 0)
		SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, t);
	if (t->trusted != NULL)
		tls_peer_ask(ctx, t);
	return ctx;
}

struct tls_server *tls_server_new(const char *const *alpn)
{
	struct tls_server *t = mem_new(sizeof(*t));

	t->refs = 1;
	list_init(&t->certs);
	for (size_t i = 0; alpn != NULL && alpn[i] != NULL; i++) {
		buf_add_char(&t->alpn, (char)strlen(alpn[i]));
		buf_add_lit(&t->alpn, alpn[i]);
	}
	t->bio_method = tls_bio_method();
	if (t->bio_method == NULL)
		abort();
	t->scratch = mem_new(RECORD_MAX);
	t->blank = new_ctx(t);
	return t;
}

struct tls_server *tls_server_ref(struct tls_server *t)
{
	t->refs++;
	return t;
}

SSL_CTX *tls_server_ctx(const struct tls_server *t)
{
	if (list_empty(&t->certs))
		return t->blank;
	return LIST_OF(t->certs.next, struct cert, link)->ctx;
}

SSL_CTX *tls_server_ctx_of(const struct tls_server *t, const char *domain)
{
	const struct cert *c = find(t, str_of(domain));

	return c != NULL ? c->ctx : tls_server_ctx(t);
}

static void cert_free(struct cert *c)
{
	list_del(&c->link);
	SSL_CTX_free(c->ctx);
	mem_free(c->domain);
	mem_free(c);
}

void tls_server_free(struct tls_server **t)
{
	struct tls_server *s = *t;

	*t = NULL;
	if (s == NULL || --s->refs > 0)
		return;
	while (!list_empty(&s->certs))
		cert_free(LIST_OF(s->certs.next, struct cert, link));
	SSL_CTX_free(s->blank);
	X509_STORE_free(s->trusted);
	buf_fini(&s->alpn);
	BIO_meth_free(s->bio_method);
	mem_free(s->scratch);
	mem_free(s);
}

static const char *why(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	return reason != NULL ? reason : "unknown reason";
}

static enum gw_err load(SSL_CTX *ctx, const char *cert_file,
			const char *key_file, struct err_note *note)
{
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, cert_file) != 1)
		return err_say(note, GW_BAD_INPUT,
			       "%s: no certificate could be read: %s",
			       cert_file, why());
	if (key_file == NULL)
		key_file = cert_file;
	if (SSL_CTX_use_PrivateKey_file(ctx, key_file, SSL_FILETYPE_PEM) != 1)
		return err_say(note, GW_BAD_INPUT,
			       "%s: no key for the certificate could be "
			       "read: %s",
			       key_file, why());
	if (SSL_CTX_check_private_key(ctx) != 1)
		return err_say(note, GW_BAD_INPUT,
			       "%s: the key is not that of the certificate: "
			       "%s",
			       key_file, why());
	return GW_OK;
}

static enum gw_err trust(struct tls_server *t, const char *ca_file,
			 struct err_note *note)
{
	X509_STORE *store = X509_STORE_new();
	int r;

	if (store == NULL)
		abort();
	ERR_clear_error();
	r = ca_file != NULL ? X509_STORE_load_file(store, ca_file)
			    : X509_STORE_set_default_paths(store);
	if (r != 1) {
		X509_STORE_free(store);
		return err_say(note, GW_BAD_INPUT,
			       "%s: no certificates could be read: %s",
			       ca_file != NULL ? ca_file : "the system's",
			       why());
	}
	ERR_clear_error();
	X509_STORE_free(t->trusted);
	t->trusted = store;
	return GW_OK;
}

static void ask_all(struct tls_server *t)
{
	tls_peer_ask(t->blank, t);
	LIST_EACH(it, &t->certs)
	{
		tls_peer_ask(LIST_OF(it, struct cert, link)->ctx, t);
	}
}

enum gw_err tls_server_federate(struct tls_server *t, const char *ca_file,
				struct err_note *note)
{
	enum gw_err e = trust(t, ca_file, note);

	if (e == GW_OK)
		ask_all(t);
	return e;
}

enum gw_err tls_server_clients(struct tls_server *t, const char *ca_file,
			       struct err_note *note)
{
	enum gw_err e = trust(t, ca_file, note);

	if (e != GW_OK)
		return e;
	t->clients = true;
	ask_all(t);
	return GW_OK;
}

/* The certificate's, or that of one above it which ends before. */
static int64_t end_of(SSL_CTX *ctx)
{
	STACK_OF(X509) *above = NULL;
	int64_t end = tls_peer_end(SSL_CTX_get0_certificate(ctx));

	SSL_CTX_get0_chain_certs(ctx, &above);
	for (int i = 0; i < sk_X509_num(above); i++) {
		int64_t other = tls_peer_end(sk_X509_value(above, i));

		if (other < end)
			end = other;
	}
	return end;
}

/* RFC 5929 4.1: the hash of the certificate's signature, and SHA-256 for the
 * broken ones; a signature without a hash has no such binding. */
static size_t hash_of(const SSL_CTX *ctx, uint8_t out[64])
{
	X509 *x = SSL_CTX_get0_certificate(ctx);
	const EVP_MD *md;
	unsigned n = 0;
	int nid = NID_undef;

	if (x == NULL ||
	    X509_get_signature_info(x, &nid, NULL, NULL, NULL) != 1)
		return 0;
	if (nid == NID_md5 || nid == NID_sha1)
		nid = NID_sha256;
	md = EVP_get_digestbynid(nid);
	if (md == NULL || EVP_MD_get_size(md) > 64 ||
	    X509_digest(x, md, out, &n) != 1)
		n = 0;
	return n;
}

size_t tls_server_end_point(const struct tls_server *t, const SSL_CTX *ctx,
			    uint8_t out[64])
{
	LIST_EACH(it, &t->certs)
	{
		const struct cert *c = LIST_OF(it, struct cert, link);

		if (c->ctx != ctx)
			continue;
		memcpy(out, c->end_point, c->end_point_size);
		return c->end_point_size;
	}
	/* A session from before the certificates were read again. */
	return hash_of(ctx, out);
}

enum gw_err tls_server_add(struct tls_server *t, const char *domain,
			   const char *cert_file, const char *key_file,
			   struct err_note *note)
{
	SSL_CTX *ctx = new_ctx(t);
	enum gw_err e = load(ctx, cert_file, key_file, note);
	struct cert *c;

	ERR_clear_error();
	if (e != GW_OK) {
		SSL_CTX_free(ctx);
		return e;
	}
	c = find(t, str_of(domain));
	if (c == NULL) {
		c = mem_new(sizeof(*c));
		c->domain = mem_strdup(domain);
		list_append(&t->certs, &c->link);
	}
	SSL_CTX_free(c->ctx);
	c->ctx = ctx;
	c->expiry = end_of(ctx);
	c->end_point_size = hash_of(ctx, c->end_point);
	ERR_clear_error();
	return GW_OK;
}

int64_t tls_server_expiry(const struct tls_server *t, const char *domain)
{
	const struct cert *c = find(t, str_of(domain));

	return c != NULL ? c->expiry : 0;
}
