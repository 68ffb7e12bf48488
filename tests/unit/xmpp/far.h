/* SPDX-License-Identifier: MIT */
/* far.h - another server, far.example, that is a script
 *
 * It connects, and it is connected to; nothing is encrypted here: what TLS and
 * certificates have to do with it is in test_tls_peer.c and tests/wire.
 */
#ifndef GW_TESTS_UNIT_XMPP_FAR_H
#define GW_TESTS_UNIT_XMPP_FAR_H

#include "tests/unit/xmpp/harness.h"

#define OPEN_AS(from, to)                                                      \
	"<?xml version='1.0'?><stream:stream xmlns='jabber:server' "           \
	"xmlns:db='jabber:server:dialback' "                                   \
	"xmlns:stream='http://etherx.jabber.org/streams' from='" from          \
	"' to='" to "' version='1.0'>"
#define OPEN OPEN_AS("far.example", "example.org")
/* What far.example answers to our header. */
#define ANSWER                                                                 \
	"<?xml version='1.0'?><stream:stream xmlns='jabber:server' "           \
	"xmlns:db='jabber:server:dialback' "                                   \
	"xmlns:stream='http://etherx.jabber.org/streams' from='far.example' "  \
	"to='example.org' id='far-1' version='1.0'>"
#define FEATURES                                                               \
	"<stream:features><dialback xmlns='urn:xmpp:features:dialback'/>"      \
	"</stream:features>"
#define COUNTS                                                                 \
	"<stream:features><dialback xmlns='urn:xmpp:features:dialback'/>"      \
	"<sm xmlns='urn:xmpp:sm:3'/></stream:features>"
#define HELLO                                                                  \
	"<message from='eve@far.example/x' to='ann@example.org' type='chat'>"  \
	"<body>hello</body></message>"

struct far {
	struct world *w;
	int listening;
	char path[64];
	struct client *asked; /* the server's own connection to it */
};

/* rows: more of `s2s:`.  Rows for peers: far, near, silent, strict (TLS and a
 * good certificate), certified (a good certificate), nowhere, refused.example.
 */
struct far *far_new(const char *rows);
struct far *far_new_on_disk(const char *rows); /* for x_crash() */
void far_end(struct far **f);
/* The server has called far.example. */
struct client *far_called(struct far *f);
void far_not_called(struct far *f);
/* far.example is asked about "the key" and says this of it; the connection. */
struct client *far_is_asked(struct far *f, const char *verdict);
/* A stream of far.example that is proved; the same, counted (XEP-0198). */
struct client *far_known(struct far *f);
struct client *far_counted(struct far *f, char id[128]);
/* Value of the next attribute of that name. */
const char *far_attr(struct client *c, const char *name, char out[128]);

#endif
