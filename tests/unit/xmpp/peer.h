/* SPDX-License-Identifier: MIT */
/* peer.h - a client that keeps XEP-0198: it counts, acknowledges when told to,
 * resumes, and sends again what the server did not say it has
 */
#ifndef GW_TESTS_UNIT_XMPP_PEER_H
#define GW_TESTS_UNIT_XMPP_PEER_H

#include "tests/unit/xmpp/harness.h"

#define PEER_MESSAGES 256

struct peer {
	struct world *w;
	const char *local;
	const char *resource;
	struct client *c;
	char id[64]; /* to resume by */
	unsigned in; /* stanzas got since 0198 is on */
	int numbers[PEER_MESSAGES];
	unsigned sent, acked; /* of numbers */
	/* Of each message: how often it came under a name of its own. */
	unsigned seen[PEER_MESSAGES];
	char name[PEER_MESSAGES][20];
};

void peer_online(struct peer *p, struct world *w, const char *local,
		 const char *resource);
/* "n<number>" with an origin-id, to all clients of a person. */
void peer_say(struct peer *p, const char *to, int number);
void peer_read(struct peer *p); /* what has come; no acknowledgement */
void peer_ack(struct peer *p);	/* all that was read */
void peer_cut(struct peer *p);
/* After a cut: resumes (true), or is told that it cannot, and begins anew. */
bool peer_back(struct peer *p);
/* Logged in, nothing bound. */
struct client *peer_connect(struct world *w, const char *local);

/* Every message of first..last came, under one name. */
#define peer_has_all(p, first, last)                                           \
	peer_has_all_((p), (first), (last), __FILE__, __LINE__)
void peer_has_all_(struct peer *p, int first, int last, const char *file,
		   int line);

#endif
