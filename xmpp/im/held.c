/* SPDX-License-Identifier: MIT */
/* held.c - rows of a person's messages that some client of his was sent and
 * has not acknowledged
 *
 * While a row is on its way to the disk, a commit may still fail: then the
 * sender's stanza is not handled until a client has the message, and what no
 * client got goes back.
 */
#include "xmpp/im/held.h"

#include "xmpp/im/journal.h"
#include "xmpp/im/offline.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/sm.h"

struct xmpp_held {
	int64_t row; /* the key in acc->held */
	struct xmpp_account *acc;
	unsigned clients;
	unsigned writes; /* under way */
	bool kept;	 /* on disk it stays; false: not known */
	bool got;
	bool lost; /* not on disk, and will not be */
	struct xmpp_receipt *receipt;
	char *text; /* nobody has it, and it is still being written */
};

static struct str key_of(const int64_t *row)
{
	return str_make((const char *)row, sizeof(*row));
}

static struct xmpp_held *find(const struct xmpp_account *acc, int64_t row)
{
	return acc->held != NULL ? map_get(acc->held, key_of(&row)) : NULL;
}

static struct xmpp_held *held_new(struct xmpp_account *acc, int64_t row)
{
	struct xmpp_held *h = mem_new(sizeof(*h));

	h->row = row;
	h->acc = acc;
	if (acc->held == NULL) {
		acc->held = mem_new(sizeof(*acc->held));
		map_init(acc->held, loop_seed(acc->x->loop));
	}
	map_put(acc->held, key_of(&h->row), h);
	xmpp_account_pin(acc);
	return h;
}

static void held_free(struct xmpp_held *h)
{
	struct xmpp_account *acc = h->acc;

	map_del(acc->held, key_of(&h->row));
	xmpp_receipt_unref(&h->receipt);
	mem_free(h->text);
	mem_free(h);
	xmpp_account_unpin(acc);
}

static void may_free(struct xmpp_held *h)
{
	if (h->clients == 0 && h->writes == 0)
		held_free(h);
}

void xmpp_held_begin(struct xmpp_account *acc, int64_t row)
{
	if (row != 0)
		held_new(acc, row)->writes = 1;
}

/* Nobody has it: the disk gives it out again, or the sender is told. */
static void give_back(struct xmpp_held *h)
{
	struct xmpp_account *acc = h->acc;

	xmpp_account_pin(acc);
	if (!h->lost)
		xmpp_offline_again(acc, h->row);
	else if (h->text != NULL)
		xmpp_sm_reroute(acc, str_of(h->text), loop_wall(acc->x->loop));
	held_free(h);
	xmpp_offline_hand_out(acc);
	xmpp_account_unpin(acc);
}

static void on_written(void *arg, enum gw_err e)
{
	struct xmpp_held *h = arg;

	h->writes--;
	h->lost = e != GW_OK && e != GW_CONFLICT;
	if (!h->lost || h->got || h->acc->x->stopping)
		xmpp_receipt_settle(&h->receipt);
	else
		xmpp_receipt_unbook(h->receipt);
	if (h->text != NULL && !h->acc->x->stopping)
		give_back(h);
	else
		may_free(h);
}

void xmpp_held_write(struct xmpp_ctx *c, const struct xmpp_message *m)
{
	struct xmpp_held *h = m->row != 0 ? find(m->account, m->row) : NULL;
	struct xmpp_put put = { .st = m->st,
				.frame = m->frame,
				.likeness = m->likeness };

	if (h == NULL)
		return;
	if (m->delivered == 0 || (!m->kept && h->clients == 0)) {
		h->writes--;
		may_free(h);
		return;
	}
	put.row = (struct journal_row){
		.id = m->row,
		.owner = m->account->jid.full,
		.peer = c->from.bare,
		.origin = m->origin,
		.limit = -1,
		.kept = m->kept,
		.waiting = h->clients > 0,
	};
	h->kept = m->kept;
	h->receipt = h->clients > 0 ? xmpp_receipt_book(c->receipt) : NULL;
	xmpp_journal_put(c->x, &put, c->receipt, on_written, h);
}

void xmpp_held_take(struct xmpp_account *acc, int64_t row)
{
	struct xmpp_held *h = find(acc, row);

	if (h == NULL)
		h = held_new(acc, row);
	h->clients++;
}

static void on_got(void *arg, enum gw_err e)
{
	struct xmpp_held *h = arg;

	(void)e;
	h->writes--;
	may_free(h);
}

void xmpp_held_got(struct xmpp_account *acc, int64_t row)
{
	struct xmpp_held *h = find(acc, row);

	if (h == NULL)
		return;
	h->clients--;
	if (!h->got && !h->lost) {
		h->writes++;
		xmpp_journal_got(acc->x,
				 &(struct journal_row){ .id = row,
							.owner = acc->jid.full,
							.kept = h->kept },
				 on_got, h);
	}
	h->got = true;
	if (h->lost)
		xmpp_receipt_unref(&h->receipt);
	may_free(h);
}

bool xmpp_held_drop(struct xmpp_account *acc, int64_t row, struct str head,
		    struct str tail)
{
	struct xmpp_held *h = find(acc, row);
	struct buf text = { 0 };

	if (h == NULL)
		return true;
	h->clients--;
	if (h->got || h->clients > 0) {
		may_free(h);
		return true;
	}
	if (h->lost) {
		held_free(h);
		return false;
	}
	if (h->writes > 0) {
		buf_add_str(&text, head);
		buf_add_str(&text, tail);
		h->text = buf_take(&text);
		return true;
	}
	xmpp_offline_again(acc, row);
	held_free(h);
	return true;
}

bool xmpp_held_by_some(const struct xmpp_account *acc, int64_t row)
{
	return find(acc, row) != NULL;
}

void xmpp_held_fini(struct xmpp_account *acc)
{
	struct xmpp_held *h;
	size_t it = 0;

	if (acc->held == NULL)
		return;
	while ((h = map_next(acc->held, &it)) != NULL) {
		xmpp_receipt_unref(&h->receipt);
		mem_free(h->text);
		mem_free(h);
	}
	map_fini(acc->held);
	mem_free(acc->held);
	acc->held = NULL;
}
