/* SPDX-License-Identifier: MIT */
/* map.c - open addressing with linear probing
 *
 * A deleted entry leaves a tombstone, so that the entries behind it are still
 * found; tombstones go when the table is rebuilt.
 */
#include "gateway/base/map.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"

#define CAP_MIN ((size_t)16)

/* Small, for a session has several: without a value it is empty, or deleted
 * if it has a hash. */
struct map_slot {
	const char *key;
	void *value;
	uint32_t len;
	uint32_t hash;
};

#define DELETED ((uint32_t)1)

static inline uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static inline uint64_t little_endian(const uint8_t *p, size_t n)
{
	uint64_t x = 0;

	for (size_t i = 0; i < n; i++)
		x |= (uint64_t)p[i] << (8 * i);
	return x;
}

/* SipHash-1-3: one round a word, three at the end. */
uint64_t map_hash(struct map_seed seed, const void *p, size_t n)
{
	const uint8_t *in = p;
	uint64_t word = 0;
	uint64_t v[4] = {
		seed.k0 ^ 0x736f6d6570736575ULL,
		seed.k1 ^ 0x646f72616e646f6dULL,
		seed.k0 ^ 0x6c7967656e657261ULL,
		seed.k1 ^ 0x7465646279746573ULL,
	};

	for (size_t i = 0; i < n / 8; i++) {
		memcpy(&word, in + 8 * i, 8);
		word = le64toh(word);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = (uint64_t)n << 56;
	if (n % 8 > 0)
		word |= little_endian(in + n / 8 * 8, n % 8);
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static uint32_t hash_of(const struct map *m, struct str key)
{
	return (uint32_t)map_hash(m->seed, key.p, key.n);
}

void map_init(struct map *m, struct map_seed seed)
{
	*m = (struct map){ .seed = seed };
}

void map_fini(struct map *m)
{
	mem_free(m->slots);
	*m = (struct map){ .seed = m->seed };
}

static bool never_used(const struct map_slot *s)
{
	return s->value == NULL && s->hash != DELETED;
}

static struct map_slot *find(const struct map *m, struct str key, uint32_t hash)
{
	size_t i = (size_t)hash & (m->cap - 1);

	if (m->cap == 0)
		return NULL;
	/* Ends: at least a quarter of the slots is empty. */
	for (; !never_used(&m->slots[i]); i = (i + 1) & (m->cap - 1)) {
		struct map_slot *s = &m->slots[i];

		if (s->value != NULL && s->hash == hash &&
		    str_eq(str_make(s->key, s->len), key))
			return s;
	}
	return NULL;
}

/* The first slot on the key's way that holds nothing. */
static struct map_slot *vacant(const struct map *m, uint32_t hash)
{
	size_t i = (size_t)hash & (m->cap - 1);

	while (m->slots[i].value != NULL)
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

static void rebuild(struct map *m, size_t cap)
{
	struct map_slot *old = m->slots;
	size_t old_cap = m->cap;

	if (cap > UINT32_MAX)
		abort();
	m->slots = mem_new(cap * sizeof(*old));
	m->cap = (uint32_t)cap;
	m->dirty = m->used;
	for (size_t i = 0; i < old_cap; i++)
		if (old[i].value != NULL)
			*vacant(m, old[i].hash) = old[i];
	mem_free(old);
}

static void make_room(struct map *m)
{
	if (m->cap == 0)
		rebuild(m, CAP_MIN);
	else if (m->dirty + 1 > m->cap / 4 * 3)
		rebuild(m, m->used >= m->cap / 2 ? (size_t)m->cap * 2 : m->cap);
}

void *map_get(const struct map *m, struct str key)
{
	struct map_slot *s;

	if (m->used == 0)
		return NULL;
	s = find(m, key, hash_of(m, key));
	return s != NULL ? s->value : NULL;
}

void *map_put(struct map *m, struct str key, void *value)
{
	uint32_t hash = hash_of(m, key);
	struct map_slot *s = find(m, key, hash);
	void *old;

	assert(value != NULL);
	assert(key.n <= UINT32_MAX);
	if (s != NULL) {
		old = s->value;
		s->key = key.p;
		s->value = value;
		return old;
	}
	make_room(m);
	s = vacant(m, hash);
	m->dirty += never_used(s);
	m->used++;
	*s = (struct map_slot){ key.p, value, (uint32_t)key.n, hash };
	return NULL;
}

void *map_del(struct map *m, struct str key)
{
	struct map_slot *s = find(m, key, hash_of(m, key));
	void *old;

	if (s == NULL)
		return NULL;
	old = s->value;
	*s = (struct map_slot){ .hash = DELETED };
	m->used--;
	return old;
}

void *map_next(const struct map *m, size_t *it)
{
	while (*it < m->cap) {
		const struct map_slot *s = &m->slots[(*it)++];

		if (s->value != NULL)
			return s->value;
	}
	return NULL;
}
