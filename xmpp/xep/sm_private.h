/* SPDX-License-Identifier: MIT */
/* sm_private.h - what the files of XEP-0198 share: sm.c speaks, sm_queue.c
 * keeps what is not acknowledged, sm_save.c carries it over a restart
 */
#ifndef GW_XMPP_XEP_SM_PRIVATE_H
#define GW_XMPP_XEP_SM_PRIVATE_H

#include "xmpp/server_private.h"
#include "xmpp/xep/sm.h"

struct sm_host {
	struct map by_id; /* resumable sessions */
	struct list dirty;
	struct list waking;  /* saved sessions whose accounts are read */
	struct list refused; /* those that cannot be any more */
};

struct sm_entry {
	struct list link;
	int64_t at;   /* loop_now() */
	int64_t wall; /* for the delay stamp */
	int64_t row;  /* on disk; 0: none */
	struct frame *tail;
	size_t head_len;
	char head[];
};

struct xmpp_sm {
	struct xmpp_session *s;
	struct list dirty; /* in sm_host: its h on disk is behind */
	char id[XMPP_TOKEN_LEN];
	bool resumable;
	bool asked;	/* an <r/> of ours is not answered */
	bool owe;	/* an <a/> was behind: another one follows */
	bool overflow;	/* the queue is too long */
	int64_t within; /* ms to resume */
	int64_t cut;	/* wall ms; 0: the stream is there */
	uint32_t received;
	uint32_t saved;	      /* h on disk, or on its way there */
	struct list receipts; /* not handled yet */
	struct list queue;
	uint32_t acked; /* of ours, by the client */
	uint32_t queued;
	struct loop_timer expire;
	struct loop_task ask;
};

struct sm_host *xmpp_sm_host(struct xmpp *x);
struct xmpp_sm *xmpp_sm_new(struct xmpp_session *s);
/* The longest prefix that will be handled when what is on its way to the disk
 * is there. */
uint32_t xmpp_sm_prefix(struct xmpp_sm *sm);
/* Puts h on disk with this turn's rows. */
void xmpp_sm_save_h(struct xmpp_sm *sm);

/* sm_save.c: the saved sessions that could not come back. */
void xmpp_sm_forget_saved(struct xmpp *x);

/* sm_queue.c */
struct sm_entry *xmpp_sm_entry(struct xmpp_sm *sm, struct str head,
			       struct frame *tail, int64_t row);
/* Do messages wait in it that are rows on disk? */
bool xmpp_sm_queue_has_rows(const struct xmpp_sm *sm);
/* The client has all up to h; false: it never got that many. */
bool xmpp_sm_take_ack(struct xmpp_session *s, uint32_t h);
/* What a session that is no more was sent goes back. */
void xmpp_sm_refuse(struct xmpp *x, struct jid to, struct str text);
/* Out of the tables; what is in the queue is told nobody. */
void xmpp_sm_free(struct xmpp_sm *sm);

#endif
