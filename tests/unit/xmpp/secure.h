/* SPDX-License-Identifier: MIT */
/* secure.h - a client that comes with TLS, to the harness's server
 *
 * The server has a self-signed certificate of example.org, and TLS is
 * required.
 */
#ifndef GW_TESTS_UNIT_XMPP_SECURE_H
#define GW_TESTS_UNIT_XMPP_SECURE_H

#include <openssl/ssl.h>

#include "tests/unit/xmpp/harness.h"
#include "xmpp/server_private.h"
#include "xmpp/stream/stream.h"

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

void secure_init(struct secure *s);
/* yaml: as x_world(); TLS is set up by it. */
void secure_init_with(struct secure *s, const char *yaml);
void secure_fini(struct secure *s);
void secure_hang_up(struct secure *s);
/* Connected; direct: TLS is awaited at once. */
void secure_dial(struct secure *s, bool direct);
void secure_shake_hands(struct secure *s, int version);
/* STARTTLS done, and the header sent: features are next. */
void secure_open(struct secure *s, int version);
void secure_say(struct secure *s, const char *text);
const char *secure_text(struct secure *s);
void secure_expect(struct secure *s, const char *want);

#endif
