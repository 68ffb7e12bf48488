/* SPDX-License-Identifier: MIT */
/* gate.c - who came in and has not shown yet who they are
 *
 * Who makes room, and why.  Refusing whoever comes last would let an attacker
 * who holds all places keep everybody out; dropping whoever came first would
 * let one who comes often push out people in the middle of their log-in.  So
 * the address with most strangers pays, as long as that makes things more
 * even; if all hold alike (an attack from very many addresses), who had time
 * enough to log in; else the newcomer is refused.  A trusted network is many
 * people behind one address: it is no address that pays.
 */
#include "gateway/net/gate.h"

#include <stdio.h>

#include "gateway/base/arena.h"
#include "gateway/base/list.h"
#include "gateway/base/map.h"
#include "gateway/base/when.h"
#include "gateway/net/conn_private.h"
#include "gateway/run/log.h"

#define LEVELS	  64u /* parties of 63 strangers and more are all alike */
#define ROWS	  2u  /* two addresses seldom share a slot in both */
#define SLOTS	  4096u
#define LOG_EVERY (10 * WHEN_SECOND)
#define FAIR_TIME (5 * WHEN_SECOND) /* to log in, when there is no room */

enum why { FULL, ARRIVALS, SHAKES, PER_HOST, SHARE, TIME, BYTES, WHY__N };

static const struct {
	const char *name;
	bool dropped; /* else refused */
} whys[] = {
	[FULL] = { "full", false },	    [ARRIVALS] = { "arrivals", false },
	[SHAKES] = { "handshakes", false }, [PER_HOST] = { "per_host", false },
	[SHARE] = { "share", true },	    [TIME] = { "time", true },
	[BYTES] = { "bytes", true },
};

struct party {		  /* the strangers of one address */
	struct list link; /* in a level */
	struct list guests;
	unsigned count;
	size_t bytes;
	size_t key_len;
	char key[16];
};

struct gate_guest {
	struct gate *gate;
	struct list link;    /* all, the oldest first */
	struct list mate;    /* in its party */
	struct party *party; /* NULL: trusted, or a unix socket */
	struct conn *c;
	size_t bytes;
	int64_t since;
};

struct said {
	int64_t next; /* not before */
	int64_t unsaid;
	struct metric *count;
};

/* When what an address had so far is paid for (GCRA). */
struct ration {
	int64_t paid[ROWS][SLOTS];
};

struct gate {
	struct loop *loop;
	struct gate_limits limits; /* but not its networks: */
	struct address_net *trusted;
	size_t trusted_count;
	struct list guests;
	unsigned count;
	size_t bytes;
	struct map parties;
	struct list levels[LEVELS]; /* by how many strangers they have */
	struct ration arrivals, handshakes;
	struct map_seed seeds[ROWS];
	struct said said[WHY__N];
};

static int64_t count_guests(void *arg)
{
	const struct gate *g = arg;

	return g->count;
}

static int64_t count_bytes(void *arg)
{
	const struct gate *g = arg;

	return (int64_t)g->bytes;
}

static void declare_metrics(struct gate *g, struct metrics *m,
			    const char *prefix)
{
	char name[64], label[64];

	snprintf(name, sizeof(name), "%s_guests", prefix);
	metrics_ask(m, name, "Connections of strangers.", count_guests, g);
	snprintf(name, sizeof(name), "%s_guest_bytes", prefix);
	metrics_ask(m, name, "Bytes held of strangers.", count_bytes, g);
	for (size_t i = 0; i < WHY__N; i++) {
		snprintf(name, sizeof(name), "%s_guests_%s_total", prefix,
			 whys[i].dropped ? "dropped" : "refused");
		snprintf(label, sizeof(label), "why=\"%s\"", whys[i].name);
		g->said[i].count = metrics_get(
			m, METRIC_COUNTER, name, label,
			whys[i].dropped
				? "Connections ended to make room."
				: "Connections not let in, by the limit.");
	}
}

struct gate *gate_new(struct loop *l, struct metrics *m, const char *prefix)
{
	struct gate *g = mem_new(sizeof(*g));

	g->loop = l;
	list_init(&g->guests);
	for (size_t i = 0; i < LEVELS; i++)
		list_init(&g->levels[i]);
	map_init(&g->parties, loop_seed(l));
	for (size_t i = 0; i < ROWS; i++)
		g->seeds[i] = loop_seed(l);
	if (m != NULL)
		declare_metrics(g, m, prefix);
	return g;
}

void gate_free(struct gate **g)
{
	if (*g == NULL)
		return;
	LIST_EACH_SAFE(node, next, &(*g)->guests)
	{
		gate_leave(&LIST_OF(node, struct gate_guest, link)->c->guest);
	}
	map_fini(&(*g)->parties);
	mem_free((*g)->trusted);
	mem_free(*g);
	*g = NULL;
}

void gate_set_limits(struct gate *g, const struct gate_limits *l)
{
	size_t n = l->trusted_count;

	g->limits = *l;
	mem_free(g->trusted);
	g->trusted = mem_new((n + 1) * sizeof(*g->trusted));
	g->trusted_count = 0;
	for (size_t i = 0; i < n; i++)
		if (address_net_parse(l->trusted[i],
				      &g->trusted[g->trusted_count],
				      NULL) == GW_OK)
			g->trusted_count++;
}

enum gw_err gate_check_trusted(const char *const *nets, size_t count,
			       struct err_note *note)
{
	struct address_net net;
	enum gw_err e = GW_OK;

	for (size_t i = 0; i < count && e == GW_OK; i++)
		e = address_net_parse(nets[i], &net, note);
	return e;
}

bool gate_trusts(const struct gate *g, const struct address *from)
{
	if (address_is_unix(from))
		return true;
	for (size_t i = 0; i < g->trusted_count; i++)
		if (address_in(from, &g->trusted[i]))
			return true;
	return false;
}

/* A flood must not become a flood of lines. */
static void say(struct gate *g, enum why why, const char *peer)
{
	struct said *s = &g->said[why];
	int64_t now = loop_now(g->loop);

	if (s->count != NULL)
		s->count->value++;
	s->unsaid++;
	if (now < s->next)
		return;
	log_warn(whys[why].dropped ? "guest.dropped" : "guest.refused", "peer",
		 peer, "why", whys[why].name, "times", LOG_INT(s->unsaid),
		 NULL);
	s->next = now + LOG_EVERY;
	s->unsaid = 0;
}

static void say_from(struct gate *g, enum why why, const struct address *from)
{
	char text[ADDRESS_TEXT_MAX];

	address_print(from, text);
	say(g, why, text);
}

void gate_refused(struct gate *g, const struct address *from, const char *why)
{
	for (size_t i = 0; i < WHY__N; i++)
		if (str_is(str_of(why), whys[i].name))
			say_from(g, (enum why)i, from);
}

/* ---- who makes room ---- */

static void set_level(struct gate *g, struct party *p)
{
	unsigned level = p->count < LEVELS ? p->count : LEVELS - 1;

	list_del(&p->link);
	list_append(&g->levels[level], &p->link);
}

static struct party *largest(struct gate *g)
{
	for (size_t i = LEVELS; i-- > 1;)
		if (!list_empty(&g->levels[i]))
			return LIST_OF(g->levels[i].next, struct party, link);
	return NULL;
}

static void drop(struct gate *g, struct gate_guest *guest, enum why why)
{
	struct conn *c = guest->c;

	say(g, why, conn_peer(c));
	gate_leave(&c->guest);
	conn_evict(c, "no room for more who are not logged in");
}

static struct str key_of(const struct party *p)
{
	return str_make(p->key, p->key_len);
}

static bool make_room(struct gate *g, const struct address *from)
{
	const struct party *own =
		gate_trusts(g, from)
			? NULL
			: map_get(&g->parties, address_party(from));
	unsigned count = own != NULL ? own->count : 0;
	struct party *most = largest(g);
	struct gate_guest *first;

	if (most != NULL && most->count > count + 1) {
		drop(g, LIST_OF(most->guests.next, struct gate_guest, mate),
		     SHARE);
		return true;
	}
	if (list_empty(&g->guests))
		return false;
	first = LIST_OF(g->guests.next, struct gate_guest, link);
	if (loop_now(g->loop) - first->since < FAIR_TIME)
		return false;
	drop(g, first, TIME);
	return true;
}

/* ---- so many a minute ---- */

static bool spend(struct gate *g, struct ration *r, unsigned most,
		  struct str key)
{
	int64_t now = loop_now(g->loop), cost, *slot[ROWS];
	bool fits = false;

	if (most == 0 || key.n == 0)
		return true;
	cost = WHEN_MINUTE / (int64_t)most;
	for (size_t i = 0; i < ROWS; i++) {
		uint64_t h = map_hash(g->seeds[i], key.p, key.n);

		slot[i] = &r->paid[i][h % SLOTS];
		if (*slot[i] < now)
			*slot[i] = now;
		if (*slot[i] + cost <= now + WHEN_MINUTE)
			fits = true;
	}
	for (size_t i = 0; fits && i < ROWS; i++)
		if (*slot[i] + cost <= now + WHEN_MINUTE)
			*slot[i] += cost;
	return fits;
}

static bool spend_handshake(struct gate *g, struct str key)
{
	return spend(g, &g->handshakes, g->limits.handshakes, key);
}

bool gate_may_shake_hands(struct gate_guest *guest)
{
	if (guest->party == NULL ||
	    spend_handshake(guest->gate, key_of(guest->party)))
		return true;
	say(guest->gate, SHAKES, conn_peer(guest->c));
	return false;
}

/* ---- in and out ---- */

bool gate_has_room(struct gate *g, const struct address *from, bool tls)
{
	struct str key = gate_trusts(g, from) ? STR_NONE : address_party(from);

	if (!spend(g, &g->arrivals, g->limits.arrivals, key)) {
		say_from(g, ARRIVALS, from);
		return false;
	}
	if (tls && !spend_handshake(g, key)) {
		say_from(g, SHAKES, from);
		return false;
	}
	if (g->count < g->limits.guests || make_room(g, from))
		return true;
	say_from(g, FULL, from);
	return false;
}

static struct party *party_of(struct gate *g, const struct address *from)
{
	struct str key = address_party(from);
	struct party *p;

	if (gate_trusts(g, from) || key.n == 0)
		return NULL;
	p = map_get(&g->parties, key);
	if (p != NULL)
		return p;
	p = mem_new(sizeof(*p));
	list_init(&p->link);
	list_init(&p->guests);
	p->key_len = key.n;
	memcpy(p->key, key.p, key.n);
	map_put(&g->parties, key_of(p), p);
	return p;
}

struct gate_guest *gate_enter(struct gate *g, const struct address *from,
			      struct conn *c)
{
	struct gate_guest *guest = mem_new(sizeof(*guest));

	guest->gate = g;
	guest->c = c;
	guest->since = loop_now(g->loop);
	guest->party = party_of(g, from);
	list_init(&guest->mate);
	list_append(&g->guests, &guest->link);
	g->count++;
	if (guest->party != NULL) {
		guest->party->count++;
		list_append(&guest->party->guests, &guest->mate);
		set_level(g, guest->party);
	}
	return guest;
}

static void leave_party(struct gate *g, struct gate_guest *guest)
{
	struct party *p = guest->party;

	list_del(&guest->mate);
	p->bytes -= guest->bytes;
	if (--p->count > 0) {
		set_level(g, p);
		return;
	}
	list_del(&p->link);
	map_del(&g->parties, key_of(p));
	mem_free(p);
}

void gate_leave(struct gate_guest **guest)
{
	struct gate_guest *x = *guest;

	*guest = NULL;
	if (x == NULL)
		return;
	list_del(&x->link);
	x->gate->count--;
	x->gate->bytes -= x->bytes;
	if (x->party != NULL)
		leave_party(x->gate, x);
	mem_free(x);
}

static size_t weight(const struct gate_guest *guest)
{
	return guest->party != NULL ? guest->party->bytes : guest->bytes;
}

/* Of the address with most bytes, the one that holds most.  Bytes are
 * somebody's: there is one. */
static struct gate_guest *heaviest(struct gate *g)
{
	struct gate_guest *best =
		LIST_OF(g->guests.next, struct gate_guest, link);

	LIST_EACH(node, &g->guests)
	{
		struct gate_guest *x = LIST_OF(node, struct gate_guest, link);

		if (weight(x) > weight(best) ||
		    (x->party == best->party && x->bytes > best->bytes))
			best = x;
	}
	return best;
}

void gate_holds(struct gate_guest *guest, size_t bytes)
{
	struct gate *g = guest->gate;

	g->bytes += bytes - guest->bytes;
	if (guest->party != NULL)
		guest->party->bytes += bytes - guest->bytes;
	guest->bytes = bytes;
	while (g->bytes > g->limits.bytes)
		drop(g, heaviest(g), BYTES);
}
