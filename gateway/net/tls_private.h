/* SPDX-License-Identifier: MIT */
/* tls_private.h - what servers and sessions share; the only other place that
 * sees OpenSSL's types
 */
#ifndef GW_NET_TLS_PRIVATE_H
#define GW_NET_TLS_PRIVATE_H

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "gateway/base/buf.h"
#include "gateway/base/list.h"
#include "gateway/net/tls.h"

struct tls_server {
	unsigned refs; /* its owner's, and one per session */
	struct list certs;
	SSL_CTX *blank;	     /* serves while there is no certificate */
	struct buf alpn;     /* as on the wire */
	X509_STORE *trusted; /* NULL: asks for no certificate */
	bool clients;	     /* and then for a client's, not a server's */
	BIO_METHOD *bio_method;
	uint8_t *scratch; /* one record, valid during a feed */
};

struct tls_server *tls_server_ref(struct tls_server *t);
SSL_CTX *tls_server_ctx(const struct tls_server *t); /* borrowed */
/* The one with the certificate of a domain, or the first. */
SSL_CTX *tls_server_ctx_of(const struct tls_server *t, const char *domain);
/* tls-server-end-point of the certificate in ctx; 0: none. */
size_t tls_server_end_point(const struct tls_server *t, const SSL_CTX *ctx,
			    uint8_t out[64]);
BIO_METHOD *tls_bio_method(void);
/* tls_peer.c: the certificate of the other side. */
void tls_peer_ask(SSL_CTX *ctx, const struct tls_server *t);
void tls_peer_dane(SSL *ssl, const struct tls_dane *d);
const char *tls_peer_distrust(const SSL *ssl);
/* Wall time of its end; 0: it has none that can be read. */
int64_t tls_peer_end(const X509 *x);
bool tls_peer_names(const SSL *ssl, struct str ascii, struct str unicode);
void tls_peer_addresses(const SSL *ssl,
			void (*fn)(void *arg, struct str address), void *arg);

#endif
