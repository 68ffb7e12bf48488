/* SPDX-License-Identifier: MIT */
/* ask.c - who is there for a role?  Mail servers ask while mail is submitted
 *
 * Answered from memory, at once.  A map's answer is kept for ten seconds:
 * Postfix asks several times for one mail and must hear the same.  Strangers
 * never get an answer that depends on presence.
 */
#include "gateway/base/when.h"
#include "gateway/run/log.h"
#include "mta/in/ask_parse.h"
#include "mta/in/smtp_parse.h"
#include "mta/mta_private.h"

#define KEEP	    (10 * WHEN_SECOND)
#define ANSWERS_MAX 10000

struct answer {
	char *role;
	char *text; /* addresses, comma between; "" nobody */
	enum gw_err e;
	int64_t until;
};

static void answer_free(struct answer *a)
{
	mem_free(a->role);
	mem_free(a->text);
	mem_free(a);
}

void mta_ask_flush(struct mta *m)
{
	struct answer *a;
	size_t it = 0;

	while ((a = map_next(&m->answers, &it)) != NULL) {
		map_del(&m->answers, str_of(a->role));
		answer_free(a);
	}
}

/* ---- who it would be ---- */

static char *join(const struct mta_route *r)
{
	struct buf b = { .data = NULL };

	for (size_t i = 0; i < r->count; i++)
		buf_printf(&b, "%s%s", i > 0 ? ", " : "", r->persons[i]);
	return b.data != NULL ? buf_take(&b) : mem_strdup("");
}

static struct answer *decide(struct mta *m, const struct pool *p)
{
	struct arena *a = arena_new();
	struct answer *out = mem_new(sizeof(*out));
	struct mta_question q = { .severity = SEV_INFO, .after_hold = true };
	struct mta_route r = { .count = 0 };

	out->e = mta_route_pool(m->spec.pools, p, &q, a, &r);
	if (out->e == GW_OK && r.kind != MTA_ROUTE_DELIVER)
		out->e = GW_AGAIN;
	out->role = mem_strdup(pool_address(p));
	out->text = join(&r);
	out->until = loop_now(m->spec.loop) + KEEP;
	arena_free(&a);
	return out;
}

static const struct answer *answer_for(struct mta *m, const struct pool *p)
{
	struct answer *a = map_get(&m->answers, str_of(pool_address(p)));

	if (a != NULL && a->until > loop_now(m->spec.loop))
		return a;
	if (a != NULL) {
		map_del(&m->answers, str_of(a->role));
		answer_free(a);
	}
	if (m->answers.used >= ANSWERS_MAX)
		mta_ask_flush(m);
	a = decide(m, p);
	map_put(&m->answers, str_of(a->role), a);
	return a;
}

static const struct pool *pool_of(struct mta *m, struct str address)
{
	struct arena *a = arena_new();
	struct mta_smtp_command c = { .size = -1 };
	const struct pool *p = NULL;

	if (mta_smtp_address(address, &c) == GW_OK && c.domain.n > 0)
		p = mta_route_find(m->spec.pools, a, c.local, c.domain);
	arena_free(&a);
	return p;
}

/* ---- policy ---- */

static bool is_trusted(const struct mta_policy *q)
{
	return q->sasl.n > 0 || str_is(q->client, "::1") ||
	       str_starts(q->client, "127.");
}

/* Whether a mail for the role would be deferred now; only then do we speak. */
static enum gw_err would_defer(struct mta *m, const struct pool *p, bool *defer)
{
	struct arena *a = arena_new();
	struct mta_question q = { .severity = SEV_INFO };
	struct mta_route r = { .kind = MTA_ROUTE_DELIVER };
	enum gw_err e = mta_route_pool(m->spec.pools, p, &q, a, &r);

	*defer = e == GW_OK && r.kind == MTA_ROUTE_DEFER;
	arena_free(&a);
	return e;
}

static void policy_answer(struct conn *c, const struct mta_policy *q)
{
	struct mta *m = conn_arg(c);
	const struct pool *p = NULL;
	bool defer = false;

	if (is_trusted(q) && q->recipient.n > 0)
		p = pool_of(m, q->recipient);
	if (p != NULL && would_defer(m, p, &defer) != GW_OK) {
		/* In trouble: no answer; Postfix has its default_action. */
		log_warn("ask.no-answer", "role", pool_address(p), NULL);
		conn_close(c);
		return;
	}
	conn_write_str(c, defer ? STR("action=DEFER_IF_PERMIT nobody "
				      "available\n\n")
				: STR("action=DUNNO\n\n"));
}

static size_t policy_input(struct conn *c, const uint8_t *p, size_t n)
{
	size_t all = 0, eaten = 0;
	struct mta_policy q;
	enum gw_err e;

	while ((e = mta_ask_policy(p + all, n - all, &q, &eaten)) == GW_OK) {
		all += eaten;
		policy_answer(c, &q);
	}
	if (e == GW_AGAIN)
		return all;
	log_warn("ask.policy", "why", err_text(e), NULL);
	conn_close(c);
	return n;
}

const struct proto mta_ask_policy_proto = {
	.name = "policy",
	.limits = { .in_max = MTA_POLICY_MAX + 1, .idle = 1000 * WHEN_SECOND },
	.input = policy_input,
};

/* ---- socketmap ---- */

static void write_netstring(struct conn *c, struct str word, struct str text)
{
	struct buf b = { .data = NULL };

	buf_printf(&b, "%zu:" STR_FMT " " STR_FMT ",", word.n + 1 + text.n,
		   STR_ARG(word), STR_ARG(text));
	conn_write_str(c, buf_str(&b));
	buf_fini(&b);
}

static void socketmap_answer(struct conn *c, struct str map, struct str key)
{
	struct mta *m = conn_arg(c);
	const struct pool *p;
	const struct answer *a;

	if (!str_is(map, "pool")) {
		write_netstring(c, STR("PERM"), STR("no such map"));
		return;
	}
	p = pool_of(m, key);
	if (p == NULL) {
		write_netstring(c, STR("NOTFOUND"), STR(""));
		return;
	}
	a = answer_for(m, p);
	if (a->e == GW_OK && *a->text != '\0')
		write_netstring(c, STR("OK"), str_of(a->text));
	else
		write_netstring(c, STR("TEMP"), STR("nobody available"));
}

static size_t socketmap_input(struct conn *c, const uint8_t *p, size_t n)
{
	size_t all = 0, eaten = 0;
	struct str map, key;
	enum gw_err e;

	while ((e = mta_ask_socketmap(p + all, n - all, &map, &key, &eaten)) ==
	       GW_OK) {
		all += eaten;
		socketmap_answer(c, map, key);
	}
	if (e == GW_AGAIN)
		return all;
	log_warn("ask.socketmap", "why", err_text(e), NULL);
	conn_close(c);
	return n;
}

const struct proto mta_ask_socketmap_proto = {
	.name = "socketmap",
	.limits = { .in_max = 65536, .idle = 1000 * WHEN_SECOND },
	.input = socketmap_input,
};
