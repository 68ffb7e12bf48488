/* SPDX-License-Identifier: MIT */
/* xep0386_bind2.c - XEP-0386: a resource, and what it begins with (carbons,
 * 0198, 0352), with the log-in
 *
 * XEP-0386 4.2 would have the server clear the offline messages, for the
 * archive has them.  Nothing is cleared here: what waits is sent with the
 * first presence as for any client, so that nothing is lost where there is no
 * archive or it leaves something out (L3).
 *
 * Nor is <metadata/> of the archive sent: it comes with the queries that can
 * make use of it (XEP-0313).
 *
 * A client that says which installation it is gets the same id in its resource
 * each time, whatever it calls itself, and so ends the sessions it left behind.
 */
#include "gateway/base/codec.h"
#include "xmpp/xep/carbons.h"
#include "xmpp/xep/csi.h"
#include "xmpp/xep/fast.h"
#include "xmpp/xep/sasl2.h"
#include "xmpp/xep/sm.h"

#define TAG_MAX 64
#define ID_LEN	12

static void add_feature(struct arena *a, struct stanza *list, const char *var)
{
	struct stanza *f = stanza_add_new(a, list, "feature", XMPP_NS_BIND2);

	stanza_set_attr(a, f, "var", str_of(var));
}

void xmpp_bind2_offer(struct arena *a, struct stanza *into)
{
	struct stanza *bind = stanza_add_new(a, into, "bind", XMPP_NS_BIND2);
	struct stanza *list = stanza_add_new(a, bind, "inline", XMPP_NS_BIND2);

	add_feature(a, list, XMPP_NS_CARBONS);
	add_feature(a, list, NS_CSI);
	add_feature(a, list, NS_SM);
}

/* 5.3: the id of the installation itself is never shown. */
static char *stable_id(struct xmpp_stream *s, struct arena *a)
{
	struct str key = str_make((const char *)s->x->salt_secret,
				  sizeof(s->x->salt_secret));
	char *what = arena_printf(a, "bind2 " STR_FMT "\n" STR_FMT,
				  STR_ARG(s->login->account.bare),
				  STR_ARG(s->sasl->two->agent));
	uint8_t mac[CRYPTO_HASH_MAX];

	crypto_hmac(CRYPTO_SHA256, key, str_of(what), mac);
	return codec_hex(a, mac, ID_LEN / 2);
}

/* "ID", or "TAG/ID". */
static bool is_of(const struct xmpp_session *s, struct str id)
{
	struct str r = s->jid.resource;

	return str_eq(r, id) ||
	       (r.n > id.n && str_ends(r, id.p) && r.p[r.n - id.n - 1] == '/');
}

static struct xmpp_session *left_behind(struct xmpp_account *acc, struct str id)
{
	LIST_EACH(node, &acc->sessions)
	{
		struct xmpp_session *s =
			LIST_OF(node, struct xmpp_session, link);

		if (is_of(s, id))
			return s;
	}
	return NULL;
}

/* 4.2: earlier sessions of the same client. */
static void end_left_behind(struct xmpp_stream *s, struct xmpp_account *acc,
			    struct arena *a)
{
	struct xmpp_session *old;
	struct str id;

	if (s->sasl->two->agent.n == 0)
		return;
	id = str_of(stable_id(s, a));
	xmpp_account_pin(acc);
	while ((old = left_behind(acc, id)) != NULL)
		xmpp_session_kill(old, "conflict", "replaced by a new client");
	xmpp_account_unpin(acc);
}

static struct jid choose_jid(struct xmpp_stream *s, struct arena *a)
{
	struct str tag =
		stanza_child_text(a, s->sasl->two->bind, "tag", XMPP_NS_BIND2);
	struct jid full;
	char random[17];
	const char *id;

	loop_id(s->x->loop, random);
	id = s->sasl->two->agent.n > 0 ? stable_id(s, a)
				       : arena_strdup(a, random);
	if (tag.n > 0 && tag.n <= TAG_MAX &&
	    xmpp_jid_make(
		    a, s->login->account.local, s->login->account.domain,
		    str_of(arena_printf(a, STR_FMT "/%s", STR_ARG(tag), id)),
		    &full) == GW_OK)
		return full;
	/* A tag that can stand in no address is left out. */
	if (xmpp_jid_make(a, s->login->account.local, s->login->account.domain,
			  str_of(id), &full) != GW_OK)
		return s->login->account;
	return full;
}

struct xmpp_session *xmpp_bind2(struct xmpp_stream *s, struct xmpp_account *acc,
				struct arena *a, struct stanza *success)
{
	const struct stanza *want = s->sasl->two->bind, *enable;
	struct stanza *bound =
		stanza_add_new(a, success, "bound", XMPP_NS_BIND2);
	struct xmpp_session *session;

	end_left_behind(s, acc, a);
	session = xmpp_session_open(acc, choose_jid(s, a), conn_id(s->c));
	xmpp_stream_bound(s, session);
	if (stanza_child(want, "enable", XMPP_NS_CARBONS) != NULL)
		xmpp_carbons_enable(session);
	xmpp_csi_set(session, stanza_child(want, "inactive", NS_CSI) != NULL);
	enable = stanza_child(want, "enable", NS_SM);
	if (enable != NULL)
		stanza_add(bound, xmpp_sm_enable(session, a, enable));
	return session;
}
