/* SPDX-License-Identifier: MIT */
/* tls.h - TLS in one place: certificates by name, one policy
 *
 * OpenSSL, tuned for many idle connections (dependencies.md 5.2): no tickets,
 * no cache, released buffers.  TLS 1.2 is the least (RFC 9325).  A server
 * holds a certificate per domain, chosen by SNI; a reload swaps them without
 * touching live connections.
 */
#ifndef GW_NET_TLS_H
#define GW_NET_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/str.h"

struct tls_server;
struct tls_session; /* one connection's; conn.c drives it */

struct tls_info {
	const char *version; /* "TLSv1.3" */
	const char *cipher;
	const char *sni;  /* "" when none was sent */
	const char *alpn; /* "" when none was chosen */
};

/* alpn: protocols offered, ended by NULL ("xmpp-client"), or NULL.  A client
 * that asks for others alone gets no handshake (RFC 7301 3.2): one server per
 * list. */
struct tls_server *tls_server_new(const char *const *alpn);
void tls_server_free(struct tls_server **t);
/* PEM files: certificate chain, and key (NULL: in the same file).  The first
 * one added also serves names without a certificate.  Replaces an earlier one
 * of that name; on failure the old one stays and note says which file. */
enum gw_err tls_server_add(struct tls_server *t, const char *domain,
			   const char *cert_file, const char *key_file,
			   struct err_note *note) GW_CHECKED;
/* Wall time at which the first of a domain's chain ends; 0: no such domain. */
int64_t tls_server_expiry(const struct tls_server *t, const char *domain);
/* For servers among themselves: either side shows a certificate, and sessions
 * may be dialled.  ca_file: PEM; NULL: the system's.  Again on reload.  The
 * handshake refuses nobody: tls_session_distrust() says what to think of it. */
enum gw_err tls_server_federate(struct tls_server *t, const char *ca_file,
				struct err_note *note) GW_CHECKED;

/* For clients: they may show a certificate, for client authentication, of an
 * authority in ca_file.  As above, the handshake refuses nobody. */
enum gw_err tls_server_clients(struct tls_server *t, const char *ca_file,
			       struct err_note *note) GW_CHECKED;

/* The end of the authorities in a file as far as they were not renewed in it:
 * of each subject the last, and of these the first.  0: there is none. */
int64_t tls_authorities_expiry(const char *ca_file);

struct tls_dane; /* tls_dane.h */

struct tls_dial {
	struct tls_server *tls; /* federating */
	const char *own;	/* domain whose certificate is shown */
	const char *sni;	/* A-labels; NULL: none */
	bool alpn;		/* offer the server's protocols: direct TLS */
	const struct tls_dane *dane; /* NULL: none */
};

/* NULL: the peer's certificate has a trusted chain, is in time, and for server
 * authentication, whichever side dialled (of a client: for client
 * authentication); else why not. */
const char *tls_session_distrust(const struct tls_session *s);
/* DANE was demanded: then there is no distrust only if a record fits, and with
 * it the names that must. */
bool tls_session_dane(const struct tls_session *s);
/* Is its subject this domain (given as A-labels and as U-labels)?  Names of
 * the subjectAltName only: dNSName, SRVName of XMPP servers, xmppAddr. */
bool tls_session_names(const struct tls_session *s, struct str ascii,
		       struct str unicode);
/* Each xmppAddr and rfc822Name of the subjectAltName; borrowed. */
void tls_session_addresses(const struct tls_session *s,
			   void (*fn)(void *arg, struct str address),
			   void *arg);

/* SHA-256/384/512 of the certificate in use: tls-server-end-point (RFC 5929).
 * Returns its length, 0 if there is none. */
size_t tls_session_end_point(const struct tls_session *s, uint8_t out[64]);
/* The client's first Finished message: tls-unique (RFC 5929 3.1). */
size_t tls_session_unique(const struct tls_session *s, uint8_t out[64]);

/* A self-signed ECDSA P-256 certificate for the names (SAN), valid ten
 * years, both PEM blocks in one new file of mode 0600; a file that is there
 * already is GW_CONFLICT and left alone. */
enum gw_err tls_self_signed(const char *path, const char *const *names,
			    struct err_note *note) GW_CHECKED;

/* For conn.c: memory BIOs; bytes in from the socket, bytes out to it. */
struct tls_session *tls_session_new(struct tls_server *t);
struct tls_session *tls_session_dial(const struct tls_dial *d);
void tls_session_free(struct tls_session **s);
bool tls_session_ready(const struct tls_session *s); /* handshake done */
const struct tls_info *tls_session_info(const struct tls_session *s);
struct buf;
struct tls_fed {
	struct buf *plain; /* plain text is added */
	struct buf *wire;  /* answers are added */
	bool ended;	   /* the peer has sent close_notify */
};
/* Feeds ciphertext.  GW_BAD_INPUT: the handshake or a record failed (reason
 * in note). */
enum gw_err tls_session_feed(struct tls_session *s, struct str cipher,
			     struct tls_fed *out,
			     struct err_note *note) GW_CHECKED;
enum gw_err tls_session_write(struct tls_session *s, const void *p, size_t n,
			      struct buf *wire) GW_CHECKED;
void tls_session_end(struct tls_session *s,
		     struct buf *wire); /* close_notify */
enum gw_err tls_session_exporter(struct tls_session *s, const char *label,
				 uint8_t *out, size_t n) GW_CHECKED;

#endif
