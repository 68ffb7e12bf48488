/* SPDX-License-Identifier: MIT */
/* harness.h - the real server on the fake loop, and clients that are scripts
 *
 * An in-memory store and directory; everybody's password is "secret".  A
 * client is one end of a socket pair: it sends text, and what the
 * server wrote is looked at as text.  Times pass only by x_pass().
 */
#ifndef GW_TESTS_UNIT_XMPP_HARNESS_H
#define GW_TESTS_UNIT_XMPP_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/buf.h"
#include "xmpp/server.h"
#include "xmpp/xmpp.h"

#define X_STREAM_OPEN                                                          \
	"<?xml version='1.0'?><stream:stream to='example.org' version='1.0' "  \
	"xmlns='jabber:client' "                                               \
	"xmlns:stream='http://etherx.jabber.org/streams'>"

struct client {
	struct world *w;
	int fd;
	bool ended; /* the server closed */
	struct buf in;
	struct client *next;
};

struct world {
	struct loop *loop;
	struct net *net;
	struct store *store;
	char store_path[64]; /* a file, for x_crash(); "": in memory */
	bool disk_stopped;
	struct board *board;
	struct pools *pools;
	struct metrics *metrics;
	struct xmpp *x;
	struct config *cfg;
	struct client *clients;
	/* The directory. */
	const char *people[64];	      /* bare JIDs; ended by NULL */
	const char *admin;	      /* NULL: nobody */
	bool people_down;	      /* answers GW_UNAVAIL */
	char password[64];	      /* everybody's */
	bool lacks[3];		      /* keys of these hashes */
	char new_person[64];	      /* the one registered last */
	struct people_verifier added; /* the key that was added */
	bool no_scram;
	unsigned generation; /* of everybody's password */
	/* What the desk heard, one line each: "from|room|body". */
	struct buf heard;
};

/* yaml: more of `xmpp:` and other roots, or NULL; nobody is asked whether he is
 * there for an hour, unless it says `idle_ask`.  Persons: ann, bob, cat, dan
 * and eve at example.org. */
struct world *x_world(const char *yaml);
void x_world_end(struct world **w);
/* Another configuration, as after SIGHUP; one that the server refuses. */
void x_reload(struct world *w, const char *yaml);
void x_reload_refused(struct world *w, const char *yaml);
/* The server again on the same store: what is only in memory is gone. */
void x_restart(struct world *w);
/* A world on a file, and its server dying at this moment: what is committed is
 * all that is left, on which it starts again.  Its clients are cut. */
struct world *x_world_on_disk(const char *yaml);
void x_crash(struct world *w);
/* What is written from here to the crash does not reach the disk. */
void x_disk_stops(struct world *w);
/* The disk is full, or has room again: what needs a new page fails. */
void x_disk_full(struct world *w, bool full);
void x_pass(struct world *w, int64_t ms);
/* Times a limit was reached: of `xmpp_limits_total{limit="..."}`. */
int64_t x_limit(struct world *w, const char *limit);

struct client *x_connect(struct world *w); /* no byte sent yet */
/* As another server; needs `s2s: { listen: ... }`. */
struct client *x_connect_s2s(struct world *w);
/* One end of a connection that is there already. */
struct client *x_client(struct world *w, int fd);
/* The same to another listener of the server. */
struct client *x_connect_as(struct world *w, const struct proto *proto,
			    void *listener);
/* Logged in and bound ("ann@example.org/phone"), nothing unread. */
struct client *x_login(struct world *w, const char *full);
/* The same, with roster asked for and initial presence sent. */
struct client *x_online(struct world *w, const char *full);
/* As far as the server has answered; no time passes. */
void x_send(struct client *c, const char *text);
void x_sendf(struct client *c, const char *fmt, ...) GW_PRINTF(2, 3);
void x_cut(struct client *c); /* the connection breaks */
void x_close(struct client *c);
void x_forget(struct client *c); /* drops what is unread */

/* Unread text of the server; ' for quotes whatever it wrote. */
const char *x_text(struct client *c);
/* It must contain this; all up to its end is read. */
#define x_expect(c, text) x_expect_((c), (text), __FILE__, __LINE__)
/* It must not contain this. */
#define x_expect_no(c, text) x_expect_no_((c), (text), __FILE__, __LINE__)
#define x_expect_nothing(c)  x_expect_nothing_((c), __FILE__, __LINE__)
#define x_expect_end(c)	     x_expect_end_((c), __FILE__, __LINE__)
void x_expect_(struct client *c, const char *text, const char *file, int line);
void x_expect_no_(struct client *c, const char *text, const char *file,
		  int line);
void x_expect_nothing_(struct client *c, const char *file, int line);
void x_expect_end_(struct client *c, const char *file, int line);

/* Both subscribe to each other, and have read what comes of it. */
void x_befriend(struct client *a, const char *bare_a, struct client *b,
		const char *bare_b);

#endif
