/* SPDX-License-Identifier: MIT */
/* befriend.c - two persons of this server become contacts of each other
 *
 * One list, then the other, each as if both had asked and agreed.
 */
#include "xmpp/im/befriend.h"

#include "xmpp/im/presence.h"
#include "xmpp/im/roster.h"
#include "xmpp/server_private.h"

struct befriending {
	struct xmpp_wait wait;
	struct arena *a;
	struct xmpp *x;
	struct jid who[2];
	unsigned at; /* whose list is next */
	void (*done)(void *arg, enum gw_err e);
	void *arg;
};

static void end(struct befriending *w, enum gw_err e)
{
	struct arena *a = w->a;

	w->done(w->arg, e);
	arena_free(&a);
}

static void show_both(struct xmpp_ctx *c, const struct befriending *w)
{
	for (unsigned i = 0; i < 2; i++) {
		struct xmpp_account *acc =
			xmpp_account_hot(c->x, w->who[i].bare);

		if (acc != NULL)
			xmpp_presence_show(c, acc, w->who[1 - i], false);
	}
}

static void on_saved(struct xmpp_ctx *c, enum gw_err e, void *arg)
{
	struct befriending *w = arg;

	if (e == GW_OK && ++w->at < 2) {
		xmpp_account_want(c->x, w->who[w->at], &w->wait);
		return;
	}
	if (e == GW_OK)
		show_both(c, w);
	end(w, e);
}

static void on_account(struct xmpp_wait *wait, struct xmpp_account *acc,
		       enum gw_err e)
{
	struct befriending *w = LIST_OF(wait, struct befriending, wait);
	struct xmpp_roster_change ch = { .jid = w->who[1 - w->at],
					 .push = true,
					 .done = on_saved,
					 .arg = w };
	const struct xmpp_roster_item *item;
	struct xmpp_ctx c;

	if (e != GW_OK) {
		end(w, e);
		return;
	}
	item = xmpp_roster_find(&acc->roster, ch.jid.bare);
	if (item != NULL)
		ch.row = item->row;
	ch.row.state = SUB_BOTH;
	ch.row.listed = true;
	ch.row.asked = STR_NONE;
	xmpp_ctx_begin(&c, w->x);
	xmpp_roster_change(&c, acc, &ch);
	xmpp_ctx_end(&c);
}

void xmpp_befriend(struct xmpp *x, struct jid one, struct jid other,
		   void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct arena *a = arena_new();
	struct befriending *w = arena_alloc(a, sizeof(*w));

	w->wait.fn = on_account;
	w->a = a;
	w->x = x;
	w->who[0] = xmpp_jid_copy(a, xmpp_jid_bare(one));
	w->who[1] = xmpp_jid_copy(a, xmpp_jid_bare(other));
	w->done = done;
	w->arg = arg;
	xmpp_account_want(x, w->who[0], &w->wait);
}
