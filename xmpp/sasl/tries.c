/* SPDX-License-Identifier: MIT */
/* tries.c - who guesses passwords is answered slowly, pure */
#include "xmpp/sasl/tries.h"

#include <arpa/inet.h>

#include "gateway/base/arena.h"
#include "gateway/base/when.h"

#define FORGET_AFTER (10 * WHEN_MINUTE)
#define FIRST_WAIT   (XMPP_TRIES_WAIT_MAX >> DOUBLINGS)
#define DOUBLINGS    4
#define FREE_PAIR    2	 /* typing errors */
#define FREE_PLACE   100 /* those of an office, and its log-ins at once */
#define FREE_ACCOUNT 20
#define KNOWN_FOR    (30 * WHEN_DAY)

#define COUNTS 4096
#define KNOWN  16384
#define WAYS   4 /* that a key may stand in */

struct count {
	uint64_t key; /* 0: empty */
	int64_t last;
	unsigned n;
};

struct known {
	uint32_t tag;	 /* 0: empty */
	uint32_t minute; /* when it was seen last */
};

struct xmpp_tries {
	struct map_seed seed;
	struct count counts[COUNTS];
	struct known known[KNOWN];
};

struct keys {
	uint64_t pair, place, account; /* 0: does not count */
};

/* IPv4 in IPv6 is IPv4; else the network part. */
static size_t place_bytes(struct str host, uint8_t out[16])
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr six;

	if (host.n == 0 || host.n >= sizeof(text))
		return 0;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	if (inet_pton(AF_INET, text, out) == 1)
		return 4;
	if (inet_pton(AF_INET6, text, &six) != 1)
		return 0;
	if (IN6_IS_ADDR_V4MAPPED(&six)) {
		memcpy(out, six.s6_addr + 12, 4);
		return 4;
	}
	memcpy(out, six.s6_addr, 8);
	return 8;
}

static uint64_t key_of(const struct xmpp_tries *t, uint64_t kind, const void *p,
		       size_t n)
{
	struct map_seed seed = t->seed;

	seed.k0 ^= kind;
	return map_hash(seed, p, n) | 1;
}

uint64_t xmpp_tries_place(const struct xmpp_tries *t, struct str host)
{
	uint8_t bytes[16];
	size_t n = place_bytes(host, bytes);

	return n > 0 ? key_of(t, 1, bytes, n) : key_of(t, 2, host.p, host.n);
}

static struct keys keys_of(const struct xmpp_tries *t, struct str account,
			   struct str host)
{
	struct keys k = { .account = key_of(t, 3, account.p, account.n) };
	uint64_t both[2] = { k.account, xmpp_tries_place(t, host) };

	k.pair = key_of(t, 4, both, sizeof(both));
	k.place = host.n > 0 ? both[1] : 0;
	return k;
}

/* ---- counts ---- */

static bool is_over(const struct count *c, int64_t now)
{
	return c->key == 0 || now - c->last > FORGET_AFTER;
}

/* Its own; or, to be taken for it, one that is over, else the one least in
 * use. */
static struct count *find_count(struct xmpp_tries *t, uint64_t key, int64_t now)
{
	struct count *set = &t->counts[(key >> 1) % (COUNTS / WAYS) * WAYS];
	struct count *best = set;

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].key == key)
			return &set[i];
	for (size_t i = 0; i < WAYS && !is_over(best, now); i++)
		if (is_over(&set[i], now) || set[i].n < best->n)
			best = &set[i];
	*best = (struct count){ .key = key };
	return best;
}

static int64_t one_more(struct xmpp_tries *t, uint64_t key, int64_t now,
			unsigned free_of_wait)
{
	struct count *c;
	unsigned over;

	if (key == 0)
		return 0;
	c = find_count(t, key, now);
	if (is_over(c, now))
		c->n = 0;
	c->last = now;
	c->n += c->n < UINT32_MAX;
	if (c->n <= free_of_wait)
		return 0;
	over = c->n - free_of_wait - 1;
	return FIRST_WAIT << (over < DOUBLINGS ? over : DOUBLINGS);
}

static void take_back(struct xmpp_tries *t, uint64_t key, int64_t now, bool all)
{
	struct count *c;

	if (key == 0)
		return;
	c = find_count(t, key, now);
	c->n -= c->n > 0;
	if (all)
		c->n = 0;
}

/* ---- where an account is at home ---- */

static struct known *find_known(struct xmpp_tries *t, uint64_t pair, bool make)
{
	struct known *set = &t->known[(pair >> 1) % (KNOWN / WAYS) * WAYS];
	uint32_t tag = (uint32_t)(pair >> 32) | 1;
	struct known *oldest = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].tag == tag)
			return &set[i];
		if (set[i].minute < oldest->minute)
			oldest = &set[i];
	}
	if (!make)
		return NULL;
	oldest->tag = tag;
	return oldest;
}

static bool is_known(struct xmpp_tries *t, uint64_t pair, int64_t now)
{
	const struct known *k = find_known(t, pair, false);

	return k != NULL && now - k->minute * WHEN_MINUTE < KNOWN_FOR;
}

/* ---- both ---- */

static int64_t longer(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t xmpp_tries_guess(struct xmpp_tries *t, int64_t now, struct str account,
			 struct str host)
{
	struct keys k = keys_of(t, account, host);
	int64_t wait = one_more(t, k.pair, now, FREE_PAIR);
	int64_t others = longer(one_more(t, k.place, now, FREE_PLACE),
				one_more(t, k.account, now, FREE_ACCOUNT));

	return is_known(t, k.pair, now) ? wait : longer(wait, others);
}

void xmpp_tries_passed(struct xmpp_tries *t, int64_t now, struct str account,
		       struct str host, bool guessed)
{
	struct keys k = keys_of(t, account, host);

	if (guessed) {
		take_back(t, k.pair, now, true);
		take_back(t, k.place, now, false);
		take_back(t, k.account, now, false);
	}
	find_known(t, k.pair, true)->minute = (uint32_t)(now / WHEN_MINUTE);
}

struct xmpp_tries *xmpp_tries_new(struct map_seed seed)
{
	struct xmpp_tries *t = mem_new(sizeof(*t));

	t->seed = seed;
	return t;
}

void xmpp_tries_free(struct xmpp_tries **t)
{
	mem_free(*t);
	*t = NULL;
}
