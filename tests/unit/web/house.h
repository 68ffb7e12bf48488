/* SPDX-License-Identifier: MIT */
/* house.h - the console's room in a real house: real httpd on a real loop on
 * a thread of its own, real board, pools, cases and store; people and
 * administration are made up.  The test is the browser, with a bare socket. */
#ifndef GW_TESTS_WEB_HOUSE_H
#define GW_TESTS_WEB_HOUSE_H

#include <pthread.h>

#include "web/web_private.h"

#define ADMIN	 "root@example.org"
#define OPERATOR "ann@example.org"   /* member of duty */
#define LEAD	 "lead@example.org"  /* of duty */
#define STRANGER "zoe@example.org"   /* member of other */
#define PLAIN	 "plain@example.org" /* of no pool */
#define SECRET	 "right horse"

struct house {
	struct loop *loop;
	struct net *net;
	struct jobs *jobs;
	struct store *store;
	struct metrics *metrics;
	struct board *board;
	struct pools *pools;
	struct cases *cases;
	struct httpd *httpd;
	struct listener *control;
	struct config *cfg;
	struct web *web;
	pthread_t core;
	unsigned port;
	char dir[64], socket[96];
	struct buf told; /* what administration was asked, one line each */
	int checked;	 /* passwords asked of people */
	uint64_t number; /* of the last case opened */
};

struct house *house_open(void);
void house_close(struct house **h);
/* On the core thread; waits until it was done. */
void house_do(struct house *h, void (*fn)(struct house *h, void *arg),
	      void *arg);
/* CASE_ALERT of the pool duty; waits for its commit. */
uint64_t house_case(struct house *h, const char *subject);
void house_presence(struct house *h, const char *who, enum presence_show show);
/* Another daemon on the same store. */
void house_restart(struct house *h);

struct answer {
	unsigned status;
	struct buf all;
	const char *head, *body;
};

struct ask {
	const char *method, *path, *body;
	const char *type;    /* NULL: JSON */
	const char *cookie;  /* "muster=..." */
	const char *csrf;    /* X-CSRF-Token */
	const char *headers; /* more, each ended by \r\n */
	bool foreign;	     /* no Origin, no Sec-Fetch-Site */
	bool control;	     /* over the control socket */
};

struct login {
	char cookie[128];
	char csrf[128];
};

unsigned house_ask(struct house *h, const struct ask *ask, struct answer *out);
void house_answer_fini(struct answer *a);
int house_dial(struct house *h);
void house_say(int fd, const char *text);
/* Reads until text was seen; a bound of 10 s. */
void house_hear(int fd, struct buf *out, const char *text);
/* The value of a header of the answer; "" none. */
const char *house_header(struct answer *a, const char *name);
/* By a link, which needs no password. */
struct login house_login(struct house *h, const char *who);
/* What the log-in page needs: its cookie and its token. */
struct login house_login_page(struct house *h, const char *path);
unsigned house_password(struct house *h, const char *who, const char *password,
			struct answer *out);
void house_text(const struct answer *a, const char *key, char *out, size_t cap);

#endif
