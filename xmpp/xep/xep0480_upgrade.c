/* SPDX-License-Identifier: MIT */
/* xep0480_upgrade.c - XEP-0480: keys of stronger hashes, from who has proved
 * that the password is known
 *
 * A key is only added where there is none: neither a token nor a session that
 * was left open can put another password beside the one there is.
 */
#include "gateway/base/codec.h"
#include "xmpp/xep/sasl2.h"

#define NS_UPGRADE "urn:xmpp:sasl:upgrade:0"
#define NS_SCRAM   "urn:xmpp:scram-upgrade:0"
#define SALT_LEN   16

static const struct {
	const char *task, *mechanism;
	enum crypto_hash hash;
} tasks[] = {
	{ "UPGR-SCRAM-SHA-256", "SCRAM-SHA-256", CRYPTO_SHA256 },
	{ "UPGR-SCRAM-SHA-512", "SCRAM-SHA-512", CRYPTO_SHA512 },
};

#define TASKS ((int)(sizeof(tasks) / sizeof(tasks[0])))

static bool can(const struct xmpp_stream *s, int i)
{
	const struct conf_texts *list = &s->x->conf->mechanisms;

	if (s->x->people.add_key == NULL ||
	    !s->x->people.has_scram(s->x->people.self))
		return false;
	for (size_t k = 0; k < list->count; k++)
		if (strcmp(list->items[k], tasks[i].mechanism) == 0)
			return true;
	return false;
}

void xmpp_upgrade_offer(struct xmpp_stream *s, struct arena *a,
			struct stanza *into)
{
	for (int i = 0; i < TASKS; i++)
		if (can(s, i))
			stanza_add_leaf(a, into, "upgrade", NS_UPGRADE,
					str_of(tasks[i].task));
}

void xmpp_upgrade_take(struct xmpp_sasl *sasl, const struct stanza *el)
{
	const struct stanza *up = stanza_child(el, "upgrade", NS_UPGRADE);

	for (; up != NULL; up = stanza_next(up, "upgrade", NS_UPGRADE))
		for (int i = 0; i < TASKS; i++)
			if (str_is(stanza_text(sasl->a, up), tasks[i].task))
				sasl->two->upgrades |= 1U << i;
}

static void say_continue(struct xmpp_stream *s)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct stanza *el = stanza_new(a, "continue", XMPP_NS_SASL2);
	struct stanza *list;

	xmpp_sasl2_add_data(s, a, el);
	list = stanza_add_new(a, el, "tasks", XMPP_NS_SASL2);
	stanza_add_leaf(a, list, "task", XMPP_NS_SASL2,
			str_of(tasks[s->sasl->two->upgrading].task));
	xmpp_stream_send(s, el);
	xmpp_arena_put(s->x, a);
	xmpp_stream_answered(s);
}

static void next_task(struct xmpp_stream *s);

static void on_verifier(void *arg, enum gw_err e,
			const struct people_verifier *v)
{
	struct xmpp_stream *s = xmpp_sasl_answered(arg);

	(void)v;
	if (s == NULL)
		return;
	s->sasl->step = SASL_PASSED;
	if (e == GW_NOT_FOUND)
		say_continue(s);
	else
		next_task(s);
}

/* At most TASKS deep, however often it is asked for. */
static void next_task(struct xmpp_stream *s)
{
	struct xmpp_sasl2 *two = s->sasl->two;
	int i = 0;

	two->salt = STR_NONE;
	while (i < TASKS && ((two->upgrades & (1U << i)) == 0 || !can(s, i)))
		i++;
	if (i == TASKS) {
		two->upgrading = -1;
		xmpp_sasl2_settle(s);
		return;
	}
	two->upgrades &= ~(1U << i);
	two->upgrading = i;
	s->x->people.verifier(s->x->people.self, s->sasl->user.bare,
			      tasks[i].hash, on_verifier, xmpp_sasl_ask(s));
}

bool xmpp_upgrade_begin(struct xmpp_stream *s)
{
	enum xmpp_sasl_family family = s->sasl->m->family;

	if (s->sasl->two->upgrades == 0 ||
	    (family != SASL_SCRAM && family != SASL_PLAIN))
		return false;
	next_task(s);
	return true;
}

static void say_salt(struct xmpp_stream *s)
{
	struct xmpp_sasl2 *two = s->sasl->two;
	struct arena *a = xmpp_arena_get(s->x);
	struct stanza *el = stanza_new(a, "task-data", XMPP_NS_SASL2), *salt;
	uint8_t *bytes = arena_alloc(s->sasl->a, SALT_LEN);

	loop_random(s->x->loop, bytes, SALT_LEN);
	two->salt = str_make((const char *)bytes, SALT_LEN);
	salt = stanza_add_leaf(a, el, "salt", NS_SCRAM,
			       str_of(codec_base64(a, bytes, SALT_LEN)));
	stanza_set_attr(
		a, salt, "iterations",
		str_of(arena_printf(a, "%lld",
				    (long long)s->x->conf->scram_rounds)));
	xmpp_stream_send(s, el);
	xmpp_arena_put(s->x, a);
}

static void on_added(void *arg, enum gw_err e)
{
	struct xmpp_stream *s = xmpp_sasl_answered(arg);

	if (s == NULL)
		return;
	s->sasl->step = SASL_PASSED;
	if (e == GW_OK || e == GW_CONFLICT)
		next_task(s);
	else
		xmpp_sasl_fail(s, "temporary-auth-failure");
}

/* RFC 5802 3, from SaltedPassword on. */
static void add_key(struct xmpp_stream *s, enum crypto_hash h,
		    struct str salted)
{
	struct people_verifier v = { .hash = h, .salt = s->sasl->two->salt };
	uint8_t client[CRYPTO_HASH_MAX];

	v.rounds = (unsigned)s->x->conf->scram_rounds;
	crypto_hmac(h, salted, STR("Client Key"), client);
	crypto_digest(h, str_make((const char *)client, crypto_hash_len(h)),
		      v.stored_key);
	crypto_hmac(h, salted, STR("Server Key"), v.server_key);
	s->x->people.add_key(s->x->people.self, s->sasl->user.bare, &v,
			     on_added, xmpp_sasl_ask(s));
	explicit_bzero(client, sizeof(client));
	explicit_bzero(&v, sizeof(v));
}

static void take_hash(struct xmpp_stream *s, const struct stanza *el)
{
	struct xmpp_sasl *sasl = s->sasl;
	enum crypto_hash h = tasks[sasl->two->upgrading].hash;
	const struct stanza *hash = stanza_child(el, "hash", NS_SCRAM);
	struct str salted = STR_NONE;

	if (hash != NULL &&
	    xmpp_sasl_decode(s, stanza_text(sasl->a, hash), &salted) != GW_OK)
		return;
	if (salted.n != crypto_hash_len(h))
		xmpp_sasl_fail(s, "malformed-request");
	else
		add_key(s, h, salted);
}

void xmpp_upgrade_element(struct xmpp_stream *s, const struct stanza *el)
{
	struct xmpp_sasl *sasl = s->sasl;
	int i = sasl->two->upgrading;
	bool next = stanza_is(el, "next", XMPP_NS_SASL2);

	if (sasl->step != SASL_PASSED || i < 0 ||
	    next != (sasl->two->salt.p == NULL) ||
	    (next && !str_is(stanza_attr(el, "task"), tasks[i].task)))
		xmpp_sasl_fail(s, "malformed-request");
	else if (next)
		say_salt(s);
	else
		take_hash(s, el);
}
