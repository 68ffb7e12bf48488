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
	SSL_CTX *blank;	 /* serves while there is no certificate */
	struct buf alpn; /* as on the wire */
	BIO_METHOD *bio_method;
	uint8_t *scratch; /* one record, valid during a feed */
};

struct tls_server *tls_server_ref(struct tls_server *t);
SSL_CTX *tls_server_ctx(const struct tls_server *t); /* borrowed */
BIO_METHOD *tls_bio_method(void);

#endif
