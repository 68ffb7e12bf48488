/* SPDX-License-Identifier: MIT */
/* account.c - which accounts are in memory, and who waits for one */
#include "xmpp/account.h"

#include "gateway/run/log.h"
#include "xmpp/im/held.h"
#include "xmpp/server_private.h"

/* Long enough that a stanza a minute does not read the roster each time. */
#define COOL_AFTER (2 * WHEN_MINUTE)

static void account_free(struct xmpp_account *acc)
{
	struct arena *a = acc->a;

	loop_timer_stop(acc->x->loop, &acc->cool);
	map_del(&acc->x->accounts, acc->jid.full);
	slot_del(&acc->x->account_slots, acc->handle);
	xmpp_held_fini(acc);
	xmpp_roster_fini(&acc->roster);
	arena_free(&a);
}

static bool in_use(const struct xmpp_account *acc)
{
	return acc->session_count > 0 || acc->pins > 0 ||
	       !list_empty(&acc->waiting) || acc->state != ACCOUNT_READY;
}

static void on_cool(struct loop_timer *t)
{
	struct xmpp_account *acc = LIST_OF(t, struct xmpp_account, cool);

	if (!in_use(acc))
		account_free(acc);
}

static void may_cool(struct xmpp_account *acc)
{
	if (!in_use(acc))
		loop_timer_start(acc->x->loop, &acc->cool, COOL_AFTER);
}

static struct xmpp_account *account_new(struct xmpp *x, struct jid bare)
{
	struct arena *a =
		arena_new_for(arena_room(sizeof(struct xmpp_account)) +
			      arena_room(bare.bare.n + 1));
	struct xmpp_account *acc = arena_alloc(a, sizeof(*acc));

	acc->x = x;
	acc->a = a;
	acc->jid = xmpp_jid_copy(a, xmpp_jid_bare(bare));
	acc->offline_maybe = true;
	list_init(&acc->sessions);
	list_init(&acc->waiting);
	acc->cool.fn = on_cool;
	xmpp_roster_init(&acc->roster, loop_seed(x->loop));
	acc->handle = slot_add(&x->account_slots, acc);
	map_put(&x->accounts, acc->jid.full, acc);
	return acc;
}

struct xmpp_account *xmpp_account_get(struct xmpp *x, uint64_t handle)
{
	return slot_get(&x->account_slots, handle);
}

struct xmpp_account *xmpp_account_hot(struct xmpp *x, struct str bare)
{
	struct xmpp_account *acc = map_get(&x->accounts, bare);

	return acc != NULL && acc->state == ACCOUNT_READY ? acc : NULL;
}

static void serve(struct xmpp_account *acc)
{
	struct list *node;

	acc->pins++;
	while (acc->state == ACCOUNT_READY && acc->changing == 0 &&
	       (node = list_pop(&acc->waiting)) != NULL) {
		struct xmpp_wait *w = LIST_OF(node, struct xmpp_wait, link);

		w->fn(w, acc, GW_OK);
	}
	acc->pins--;
	may_cool(acc);
}

/* Those who wait are told no; the account is forgotten unless sessions hold
 * it (then what is in memory stands, and the next write tries again). */
static void give_up(struct xmpp_account *acc, enum gw_err e)
{
	struct list *node;

	acc->pins++;
	while ((node = list_pop(&acc->waiting)) != NULL) {
		struct xmpp_wait *w = LIST_OF(node, struct xmpp_wait, link);

		w->fn(w, NULL, e);
	}
	acc->pins--;
	acc->state = ACCOUNT_READY;
	if (acc->session_count == 0 && acc->pins == 0)
		account_free(acc);
}

static struct xmpp_account *asker(struct xmpp_asking *q)
{
	struct xmpp *x;
	uint64_t handle;

	return xmpp_asking_end(q, &x, &handle) ? xmpp_account_get(x, handle)
					       : NULL;
}

static void take_rows(struct xmpp_account *acc, const struct roster_row *rows,
		      size_t count)
{
	struct arena *a = xmpp_arena_get(acc->x);
	struct map_seed seed = acc->roster.items.seed;
	struct jid jid;

	xmpp_roster_fini(&acc->roster);
	xmpp_roster_init(&acc->roster, seed);
	for (size_t i = 0; i < count; i++) {
		if (xmpp_jid_parse(a, rows[i].jid, &jid) == GW_OK)
			xmpp_roster_put(&acc->roster, jid, &rows[i]);
		else
			log_warn("xmpp.roster.badrow", "account",
				 acc->jid.full.p, NULL);
	}
	xmpp_arena_put(acc->x, a);
}

static void on_roster(void *arg, enum gw_err e, int64_t version,
		      const struct roster_row *rows, size_t count)
{
	struct xmpp_account *acc = asker(arg);

	if (acc == NULL)
		return;
	if (e != GW_OK) {
		give_up(acc, GW_UNAVAIL);
		return;
	}
	take_rows(acc, rows, count);
	acc->roster.version = version;
	acc->state = ACCOUNT_READY;
	serve(acc);
}

static void on_person(void *arg, enum gw_err e, const struct people_person *p)
{
	struct xmpp_account *acc = asker(arg);

	if (acc == NULL)
		return;
	if (e == GW_OK && p->disabled)
		e = GW_NOT_FOUND;
	if (e != GW_OK && (e == GW_NOT_FOUND || !acc->known)) {
		give_up(acc, e == GW_NOT_FOUND ? GW_NOT_FOUND : GW_UNAVAIL);
		return;
	}
	roster_load(acc->x->store, acc->jid.full, on_roster,
		    xmpp_asking_new(acc->x, acc->handle));
}

static void want(struct xmpp *x, struct jid bare, struct xmpp_wait *w,
		 bool known)
{
	struct xmpp_account *acc = map_get(&x->accounts, bare.bare);

	if (acc != NULL && acc->state == ACCOUNT_READY &&
	    list_empty(&acc->waiting)) {
		w->fn(w, acc, GW_OK);
		return;
	}
	if (acc != NULL) {
		list_append(&acc->waiting, &w->link);
		return;
	}
	acc = account_new(x, bare);
	acc->known = known;
	list_append(&acc->waiting, &w->link);
	x->people.find(x->people.self, acc->jid.full, on_person,
		       xmpp_asking_new(acc->x, acc->handle));
}

void xmpp_account_want(struct xmpp *x, struct jid bare, struct xmpp_wait *w)
{
	want(x, bare, w, false);
}

void xmpp_account_wake(struct xmpp *x, struct jid bare, struct xmpp_wait *w)
{
	want(x, bare, w, true);
}

void xmpp_account_queue(struct xmpp_account *acc, struct xmpp_wait *w)
{
	list_append(&acc->waiting, &w->link);
}

void xmpp_account_changing(struct xmpp_account *acc, int by)
{
	acc->changing = (unsigned)((int)acc->changing + by);
	if (acc->changing == 0 && acc->state == ACCOUNT_READY)
		serve(acc);
}

void xmpp_account_pin(struct xmpp_account *acc)
{
	acc->pins++;
}

void xmpp_account_unpin(struct xmpp_account *acc)
{
	acc->pins--;
	may_cool(acc);
}

void xmpp_account_reread(struct xmpp_account *acc)
{
	if (acc->state != ACCOUNT_READY)
		return;
	acc->state = ACCOUNT_STALE;
	roster_load(acc->x->store, acc->jid.full, on_roster,
		    xmpp_asking_new(acc->x, acc->handle));
}

void xmpp_account_free_all(struct xmpp *x)
{
	struct xmpp_account *acc;
	struct list *node;
	size_t it = 0;

	while ((acc = slot_next(&x->account_slots, &it)) != NULL) {
		while ((node = list_pop(&acc->waiting)) != NULL) {
			struct xmpp_wait *w =
				LIST_OF(node, struct xmpp_wait, link);

			w->fn(w, NULL, GW_UNAVAIL);
		}
		account_free(acc);
	}
}
