/* SPDX-License-Identifier: MIT */
/* test_sasl2.c - XEP-0388, 0386, 0480: log-in, resumption, bind in one trip
 */
#include <stdio.h>

#include "gateway/base/codec.h"
#include "tests/unit/xmpp/login.h"
#include "xmpp/server_private.h"
#include "xmpp/stream/stream.h"

#define BIND(inside) "<bind xmlns='urn:xmpp:bind:0'>" inside "</bind>"
#define SM_ON	     "<enable xmlns='urn:xmpp:sm:3' resume='true'/>"

static struct xmpp_listener *listener(struct world *w)
{
	return LIST_OF(w->x->listeners.next, struct xmpp_listener, link);
}

static void what_is_offered(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = login_open(w);

	(void)state;
	x_expect(c, "<authentication xmlns='" NS2 "'>"
		    "<mechanism>SCRAM-SHA-512</mechanism>");
	x_expect(c, "<inline><sm xmlns='urn:xmpp:sm:3'/>"
		    "<bind xmlns='urn:xmpp:bind:0'><inline>"
		    "<feature var='urn:xmpp:carbons:2'/>"
		    "<feature var='urn:xmpp:csi:0'/>"
		    "<feature var='urn:xmpp:sm:3'/></inline></bind>"
		    "<fast xmlns='urn:xmpp:fast:0'>"
		    "<mechanism>HT-SHA-256-NONE</mechanism></fast></inline>");
	x_expect(c, "<upgrade xmlns='urn:xmpp:sasl:upgrade:0'>"
		    "UPGR-SCRAM-SHA-256</upgrade>");
	x_expect_no(c, "UPGR-SCRAM-SHA-1<");
	x_world_end(&w);
}

/* XEP-0388 3: only under TLS, or where a front end on this host has it. */
static void not_without_tls(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c;

	(void)state;
	listener(w)->plain_without_tls = false;
	c = login_open(w);
	x_expect_no(c, NS2);
	x_forget(c);
	login_plain(c, NULL, NULL);
	x_expect(c, "<failure xmlns='" NS2 "'><encryption-required "
		    "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
	x_world_end(&w);
}

static void no_restart_after_success(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = login_open(w);

	(void)state;
	login_plain(c, NULL, NULL);
	x_expect(c, "<success xmlns='" NS2 "'>"
		    "<authorization-identifier>ann@example.org"
		    "</authorization-identifier></success><stream:features>"
		    "<bind ");
	x_send(c, "<iq type='set' id='b'><bind "
		  "xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
		  "<resource>r</resource></bind></iq>");
	x_expect(c, "<jid>ann@example.org/r</jid>");
	x_world_end(&w);
}

static void an_initial_response_is_optional(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = login_open(w);
	struct login_try t = { .mechanism = "PLAIN" };

	(void)state;
	login_try(c, &t);
	x_expect(c, "<challenge xmlns='" NS2 "'/>");
	x_send(c, "<response xmlns='" NS2 "'>AGFubgBzZWNyZXQ=</response>");
	x_expect(c, "<success ");
	x_world_end(&w);
}

/* What a client hashes (XEP-0474 4.2), from the features it got. */
static char *offer_hash(struct arena *a, enum crypto_hash h)
{
	static const char offer[] = "PLAIN\x1eSCRAM-SHA-1\x1e"
				    "SCRAM-SHA-256\x1eSCRAM-SHA-512";
	uint8_t digest[64];

	crypto_digest(h, STR(offer), digest);
	return codec_base64(a, digest, crypto_hash_len(h));
}

static struct str challenge_in(struct arena *a, const char *text)
{
	const char *at = strstr(text, "<challenge");
	struct str out;

	assert_non_null(at);
	at = strchr(at, '>') + 1;
	assert_int_equal(
		codec_unbase64(a, str_make(at, strcspn(at, "<")), &out), GW_OK);
	return out;
}

static void scram_signs_what_was_offered(void **state)
{
	static const struct {
		const char *name;
		enum crypto_hash hash;
	} all[] = { { "SCRAM-SHA-1", CRYPTO_SHA1 },
		    { "SCRAM-SHA-256", CRYPTO_SHA256 },
		    { "SCRAM-SHA-512", CRYPTO_SHA512 } };
	struct world *w = x_world(NULL);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct arena *a = arena_new();
		struct client *c = login_open(w);
		struct login_try t = { .mechanism = all[i].name,
				       .msg = "n,,n=ann,r=abc",
				       .n = 14 };
		struct login_scram l = { all[i].hash, "n,,",	NULL,
					 0,	      "secret", "n=ann,r=abc" };
		struct str challenge;
		char *final, *signature;

		x_forget(c);
		login_try(c, &t);
		challenge = challenge_in(a, x_text(c));
		assert_non_null(strstr(
			challenge.p,
			arena_printf(a, ",h=%s", offer_hash(a, l.hash))));
		final = login_scram_final(a, &l, challenge, &signature);
		x_sendf(c, "<response xmlns='" NS2 "'>%s</response>",
			codec_base64(a, final, strlen(final)));
		x_expect(c, arena_printf(a, "<additional-data>%s<",
					 codec_base64(a, signature,
						      strlen(signature))));
		arena_free(&a);
	}
	x_world_end(&w);
}

/* Who strips mechanisms cannot make the hash fit: with another one the proof
 * is wrong. */
static void a_stripped_list_is_seen(void **state)
{
	struct world *w = x_world(NULL);
	struct arena *a = arena_new();
	struct client *c = login_open(w);
	struct login_try t = { .mechanism = "SCRAM-SHA-1",
			       .msg = "n,,n=ann,r=abc",
			       .n = 14 };
	struct login_scram l = { CRYPTO_SHA1, "n,,",	NULL,
				 0,	      "secret", "n=ann,r=abc" };
	char *final, *signature, *forged, *h;
	struct str challenge;

	(void)state;
	x_forget(c);
	login_try(c, &t);
	challenge = challenge_in(a, x_text(c));
	forged = arena_strndup(a, challenge.p, challenge.n);
	h = strstr(forged, ",h=") + 3;
	h[0] = h[0] == 'A' ? 'B' : 'A';
	final = login_scram_final(a, &l, str_of(forged), &signature);
	x_sendf(c, "<response xmlns='" NS2 "'>%s</response>",
		codec_base64(a, final, strlen(final)));
	x_expect(c, "<not-authorized ");
	arena_free(&a);
	x_world_end(&w);
}

static void bind_with_all_there_is(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = login_open(w), *other;

	(void)state;
	x_forget(c);
	login_plain(c, AGENT,
		    BIND("<tag>Awesome</tag>"
			 "<enable xmlns='urn:xmpp:carbons:2'/>" SM_ON));
	x_expect(c, "<success ");
	x_expect(c, "<bound xmlns='urn:xmpp:bind:0'>"
		    "<enabled xmlns='urn:xmpp:sm:3' id='");
	x_expect(c, "</bound><authorization-identifier>"
		    "ann@example.org/Awesome/");
	x_expect(c, "<stream:features>");
	x_expect_no(c, "xmpp-bind");
	x_forget(c);
	x_send(c, "<presence/><r xmlns='urn:xmpp:sm:3'/>");
	x_expect(c, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
	other = x_online(w, "ann@example.org/other");
	x_forget(c);
	x_send(other, "<message to='bob@example.org' type='chat'>"
		      "<body>hi</body></message>");
	x_expect(c, "<sent xmlns='urn:xmpp:carbons:2'>");
	x_world_end(&w);
}

static void bound_and_not_looked_at(void **state)
{
	struct world *w = x_world(NULL);
	struct client *bob = x_online(w, "bob@example.org/b");
	struct client *c = login_open(w);

	(void)state;
	login_plain(c, AGENT, BIND("<inactive xmlns='urn:xmpp:csi:0'/>"));
	x_send(c, "<presence/>");
	x_forget(c);
	x_send(bob, "<message to='ann@example.org' type='chat'><composing "
		    "xmlns='http://jabber.org/protocol/chatstates'/>"
		    "</message>");
	x_expect_nothing(c);
	x_send(bob, "<message to='ann@example.org' type='chat'>"
		    "<body>now</body></message>");
	x_expect(c, "<body>now</body>");
	x_world_end(&w);
}

static char *bound_as(struct arena *a, struct client *c)
{
	static const char tag[] = "<authorization-identifier>";
	const char *at = strstr(x_text(c), tag);

	assert_non_null(at);
	at += sizeof(tag) - 1;
	return arena_strndup(a, at, strcspn(at, "<"));
}

static void an_installation_keeps_its_resource(void **state)
{
	struct world *w = x_world(NULL);
	struct arena *a = arena_new();
	struct client *one = login_open(w), *two = login_open(w),
		      *three = login_open(w);
	char *jid;

	(void)state;
	login_plain(one, AGENT, BIND("<tag>x</tag>"));
	jid = bound_as(a, one);
	assert_null(strstr(jid, AGENT));
	x_forget(one);
	login_plain(two, AGENT, BIND("<tag>x</tag>"));
	assert_string_equal(bound_as(a, two), jid);
	x_expect(one, "<conflict ");
	x_expect_end(one);
	login_plain(three, "another-installation", BIND("<tag>x</tag>"));
	assert_string_not_equal(bound_as(a, three), jid);
	arena_free(&a);
	x_world_end(&w);
}

#define T32 "tttttttttttttttttttttttttttttttt"

/* Behind start comes an id of ours, and no other part. */
static const struct {
	const char *name, *tag, *start;
} tags[] = {
	{ "none", "", "ann@example.org/" },
	{ "empty", "<tag/>", "ann@example.org/" },
	{ "one that no address can have", "<tag>\xc2\xad\xe2\x80\x8b</tag>",
	  "ann@example.org/" },
	{ "one that is markup", "<tag>&lt;b></tag>",
	  "ann@example.org/&lt;b&gt;/" },
	{ "64 bytes", "<tag>" T32 T32 "</tag>",
	  "ann@example.org/" T32 T32 "/" },
	{ "65 bytes", "<tag>" T32 T32 "t</tag>", "ann@example.org/" },
};

/* XEP-0386 4.2: whatever it called itself; and nobody else's. */
static void what_an_installation_left_behind_ends(void **state)
{
	struct world *w = x_world(NULL);
	struct arena *a = arena_new();
	struct client *one = login_open(w), *two = login_open(w),
		      *other = login_open(w), *late = login_open(w);
	char *jid;

	(void)state;
	login_plain(other, "another-installation", BIND("<tag>x</tag>"));
	login_plain(one, AGENT, BIND("<tag>Version 1</tag>"));
	jid = bound_as(a, one);
	login_plain(two, AGENT, BIND(""));
	x_expect(one, "<conflict ");
	x_expect_end(one);
	assert_non_null(strstr(jid, strchr(bound_as(a, two), '/')));
	login_plain(late, AGENT, BIND("<tag>Version 2</tag>"));
	x_expect(two, "<conflict ");
	x_expect_no(other, "<conflict ");
	arena_free(&a);
	x_world_end(&w);
}

static void odd_tags(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		struct world *w = x_world(NULL);
		struct client *c = login_open(w);
		struct arena *a = arena_new();
		char more[256], *jid;
		size_t n = strlen(tags[i].start);

		print_message("  %s\n", tags[i].name);
		snprintf(more, sizeof(more), BIND("%s"), tags[i].tag);
		login_plain(c, NULL, more);
		jid = bound_as(a, c);
		assert_memory_equal(jid, tags[i].start, n);
		assert_int_equal(strlen(jid), n + 16);
		arena_free(&a);
		x_world_end(&w);
	}
}

/* XEP-0386 would clear them: no archive here has them (L3). */
static void l3_offline_messages_survive_bind2(void **state)
{
	struct world *w = x_world(NULL);
	struct client *bob = x_online(w, "bob@example.org/b"), *c;

	(void)state;
	x_send(bob, "<message to='ann@example.org' type='chat'>"
		    "<body>one</body></message>"
		    "<message to='ann@example.org' type='chat'>"
		    "<body>two</body></message>");
	c = login_open(w);
	login_plain(c, AGENT, BIND(SM_ON));
	x_expect(c, "<bound ");
	x_expect_no(c, "<body>");
	x_send(c, "<presence/>");
	x_expect(c, "<body>one</body>");
	x_expect(c, "<body>two</body>");
	/* Not acknowledged: they are still there for the next one. */
	x_cut(c);
	x_pass(w, 400000);
	c = login_open(w);
	login_plain(c, AGENT, BIND(SM_ON));
	x_send(c, "<presence/>");
	x_expect(c, "<body>one</body>");
	x_expect(c, "<body>two</body>");
	x_expect_no(c, "<body>");
	x_world_end(&w);
}

static char *enabled_id(struct arena *a, struct client *c)
{
	char *id = login_attr(a, x_text(c), "enabled", "id");

	assert_non_null(id);
	return id;
}

static void resumption_inline(void **state)
{
	struct world *w = x_world(NULL);
	struct arena *a = arena_new();
	struct client *bob = x_online(w, "bob@example.org/b"), *c, *again;
	char *id;

	(void)state;
	c = login_open(w);
	login_plain(c, AGENT, BIND(SM_ON));
	id = enabled_id(a, c);
	x_send(c, "<presence/>");
	x_cut(c);
	for (int i = 0; i < 5; i++)
		x_sendf(bob,
			"<message to='ann@example.org' type='chat'>"
			"<body>m%d</body></message>",
			i);
	again = login_open(w);
	login_plain(again, AGENT,
		    arena_printf(a,
				 "<resume xmlns='urn:xmpp:sm:3' h='1' "
				 "previd='%s'/>" BIND(SM_ON),
				 id));
	x_expect(again, "<success ");
	x_expect_no(again, "<bound ");
	x_expect(again, "<resumed xmlns='urn:xmpp:sm:3' ");
	x_expect(again, "</success><stream:features>");
	for (int i = 0; i < 5; i++)
		x_expect(again, arena_printf(a, "<body>m%d</body>", i));
	x_expect_no(again, "<body>");
	arena_free(&a);
	x_world_end(&w);
}

/* A session that is over: how much of it was handled, and a new one. */
static void resumption_too_late_inline(void **state)
{
	struct world *w = x_world(NULL);
	struct arena *a = arena_new();
	struct client *c = login_open(w), *again;
	char *id;

	(void)state;
	login_plain(c, AGENT, BIND(SM_ON));
	id = enabled_id(a, c);
	for (int i = 0; i < 3; i++)
		x_send(c, "<message to='bob@example.org' type='chat'>"
			  "<body>x</body></message>");
	x_cut(c);
	x_pass(w, 301000);
	again = login_open(w);
	login_plain(again, AGENT,
		    arena_printf(a,
				 "<resume xmlns='urn:xmpp:sm:3' h='0' "
				 "previd='%s'/>" BIND(SM_ON),
				 id));
	x_expect(again, "<failed xmlns='urn:xmpp:sm:3' h='3'>");
	x_expect(again, "<bound ");
	arena_free(&a);
	x_world_end(&w);
}

static void what_cannot_be_resumed_is_bound(void **state)
{
	static const char *const resumes[] = {
		"<resume xmlns='urn:xmpp:sm:3' h='0' previd='nobodys'/>",
		"<resume xmlns='urn:xmpp:sm:3' h='x' previd='nobodys'/>",
		"<resume xmlns='urn:xmpp:sm:3'/>",
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct world *w = x_world(NULL);
		struct client *c = login_open(w);
		char more[256];

		snprintf(more, sizeof(more), "%s" BIND(SM_ON), resumes[i]);
		login_plain(c, AGENT, more);
		x_expect(c, "<failed xmlns='urn:xmpp:sm:3'>");
		x_expect(c, "<bound ");
		x_expect(c, "<enabled ");
		x_world_end(&w);
	}
}

static void nothing_inline_without_a_log_in(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = login_open(w);
	struct login_try t = { "PLAIN", "\0ann\0wrong", 10, AGENT,
			       BIND(SM_ON) };

	(void)state;
	login_try(c, &t);
	x_expect(c, "<failure xmlns='" NS2 "'><not-authorized ");
	x_expect_no(c, "<bound");
	assert_int_equal(w->x->by_full.used, 0);
	x_send(c, "<message to='bob@example.org'/>");
	x_expect(c, "<not-authorized ");
	x_expect_end(c);
	x_world_end(&w);
}

static const struct {
	const char *name, *text, *want;
} orders[] = {
	{ "another authenticate",
	  "<authenticate xmlns='" NS2 "' mechanism='PLAIN'/>",
	  "<policy-violation " },
	{ "the other profile",
	  "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
	  "mechanism='PLAIN'/>",
	  "<policy-violation " },
	{ "white space", " ", "<policy-violation " },
	{ "a stanza", "<message to='bob@example.org'/>", "<not-authorized " },
	{ "an unknown element", "<x xmlns='" NS2 "'/>",
	  "<unsupported-stanza-type " },
	{ "a task nobody set", "<next xmlns='" NS2 "' task='X'/>",
	  "<malformed-request " },
	{ "abort", "<abort xmlns='" NS2 "'/>", "<aborted " },
	{ "abort, and why",
	  "<abort xmlns='" NS2 "'><text>enough</text></abort>", "<aborted " },
	{ "no base64", "<response xmlns='" NS2 "'>!</response>",
	  "<incorrect-encoding " },
};

static void between_challenge_and_response(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct world *w = x_world(NULL);
		struct client *c = login_open(w);
		struct login_try t = { .mechanism = "PLAIN" };

		print_message("  %s\n", orders[i].name);
		login_try(c, &t);
		x_expect(c, "<challenge");
		x_send(c, orders[i].text);
		x_expect(c, orders[i].want);
		x_world_end(&w);
	}
}

static void the_stream_is_opened_as_who_logs_in(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = x_connect(w);
	struct login_try t = { "PLAIN", "ann@example.org\0ann\0secret", 26,
			       NULL, NULL };

	(void)state;
	x_send(c, "<?xml version='1.0'?><stream:stream to='example.org' "
		  "from='bob@example.org' version='1.0' "
		  "xmlns='jabber:client' "
		  "xmlns:stream='http://etherx.jabber.org/streams'>");
	x_forget(c);
	login_try(c, &t);
	x_expect(c, "<invalid-authzid ");
	x_world_end(&w);
}

/* XEP-0388 2.2. */
static void the_stream_is_opened_from_here(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = x_connect(w);

	(void)state;
	x_send(c, "<?xml version='1.0'?><stream:stream to='example.org' "
		  "from='ann@example.net' version='1.0' "
		  "xmlns='jabber:client' "
		  "xmlns:stream='http://etherx.jabber.org/streams'>");
	x_expect(c, "<invalid-from ");
	x_expect_end(c);
	x_world_end(&w);
}

/* XEP-0388 4.10: the log-in is over, there is no other. */
static void once_and_no_more(void **state)
{
	struct world *w = x_world(NULL);

	(void)state;
	for (int bound = 0; bound < 2; bound++) {
		struct client *c = login_open(w);

		x_forget(c);
		login_plain(c, AGENT, bound ? BIND("") : "");
		x_expect(c, "</stream:features>");
		x_send(c, " "); /* white space may be again */
		x_expect_nothing(c);
		login_plain(c, AGENT, "");
		x_expect(c, "<stream:error>");
		x_expect_end(c);
	}
	x_world_end(&w);
}

#define UPGRADE                                                                \
	"<upgrade "                                                            \
	"xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-256</upgrade>"

static void an_upgrade_adds_the_key(void **state)
{
	struct world *w = x_world(NULL);
	struct arena *a = arena_new();
	struct client *c = login_open(w);
	uint8_t salted[64], key[64], stored[64];
	const char *text;
	struct str salt;

	(void)state;
	w->lacks[CRYPTO_SHA256] = true;
	x_forget(c);
	login_plain(c, AGENT, UPGRADE BIND(""));
	x_expect(c, "<continue xmlns='" NS2 "'><tasks>"
		    "<task>UPGR-SCRAM-SHA-256</task></tasks></continue>");
	x_expect_nothing(c);
	x_send(c, "<next xmlns='" NS2 "' task='UPGR-SCRAM-SHA-256'/>");
	text = x_text(c);
	assert_string_equal(login_attr(a, text, "salt", "iterations"), "10000");
	text = strchr(strstr(text, "<salt "), '>') + 1;
	assert_int_equal(
		codec_unbase64(a, str_make(text, strcspn(text, "<")), &salt),
		GW_OK);
	crypto_pbkdf2(CRYPTO_SHA256, STR("secret"), salt, 10000, salted);
	x_forget(c);
	x_sendf(c,
		"<task-data xmlns='" NS2 "'>"
		"<hash xmlns='urn:xmpp:scram-upgrade:0'>%s</hash></task-data>",
		codec_base64(a, salted, 32));
	x_expect(c, "<success ");
	x_expect(c, "<bound ");
	crypto_hmac(CRYPTO_SHA256, str_make((char *)salted, 32),
		    STR("Client Key"), key);
	crypto_digest(CRYPTO_SHA256, str_make((char *)key, 32), stored);
	assert_int_equal(w->added.hash, CRYPTO_SHA256);
	assert_memory_equal(w->added.stored_key, stored, 32);
	arena_free(&a);
	x_world_end(&w);
}

/* Nobody puts a second password beside the one there is. */
static void no_upgrade_where_there_is_a_key(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = login_open(w);

	(void)state;
	login_plain(c, AGENT, UPGRADE);
	x_expect_no(c, "<continue");
	x_expect(c, "<success ");
	x_world_end(&w);
}

static const struct {
	const char *name, *first, *second;
} tasks[] = {
	{ "another task", "<next xmlns='" NS2 "' task='UPGR-SCRAM-SHA-512'/>",
	  NULL },
	{ "data first", "<task-data xmlns='" NS2 "'/>", NULL },
	{ "no hash", "<next xmlns='" NS2 "' task='UPGR-SCRAM-SHA-256'/>",
	  "<task-data xmlns='" NS2 "'/>" },
	{ "a short hash", "<next xmlns='" NS2 "' task='UPGR-SCRAM-SHA-256'/>",
	  "<task-data xmlns='" NS2 "'><hash "
	  "xmlns='urn:xmpp:scram-upgrade:0'>AAAA</hash></task-data>" },
	{ "next again", "<next xmlns='" NS2 "' task='UPGR-SCRAM-SHA-256'/>",
	  "<next xmlns='" NS2 "' task='UPGR-SCRAM-SHA-256'/>" },
	{ "a response", "<response xmlns='" NS2 "'/>", NULL },
};

/* After <continue/>, before <success/>. */
static const struct {
	const char *name, *text, *want;
} amid_tasks[] = {
	{ "white space", "\n", "<policy-violation " },
	{ "a stanza", "<presence/>", "<not-authorized " },
	{ "authenticate", "<authenticate xmlns='" NS2 "' mechanism='PLAIN'/>",
	  "<policy-violation " },
	{ "abort", "<abort xmlns='" NS2 "'/>", "<aborted " },
};

static void amid_tasks_nothing_else_comes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(amid_tasks) / sizeof(amid_tasks[0]);
	     i++) {
		struct world *w = x_world(NULL);
		struct client *c = login_open(w);

		print_message("  %s\n", amid_tasks[i].name);
		w->lacks[CRYPTO_SHA256] = true;
		login_plain(c, AGENT, UPGRADE BIND(""));
		x_expect(c, "<continue");
		x_send(c, amid_tasks[i].text);
		x_expect(c, amid_tasks[i].want);
		assert_int_equal(w->x->by_full.used, 0);
		x_world_end(&w);
	}
}

static void tasks_out_of_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++) {
		struct world *w = x_world(NULL);
		struct client *c = login_open(w);

		print_message("  %s\n", tasks[i].name);
		w->lacks[CRYPTO_SHA256] = true;
		login_plain(c, AGENT, UPGRADE);
		x_expect(c, "<continue");
		x_send(c, tasks[i].first);
		if (tasks[i].second != NULL)
			x_send(c, tasks[i].second);
		x_expect(c, "<malformed-request ");
		assert_int_equal(w->added.rounds, 0);
		x_world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_offered),
		cmocka_unit_test(not_without_tls),
		cmocka_unit_test(no_restart_after_success),
		cmocka_unit_test(an_initial_response_is_optional),
		cmocka_unit_test(scram_signs_what_was_offered),
		cmocka_unit_test(a_stripped_list_is_seen),
		cmocka_unit_test(bind_with_all_there_is),
		cmocka_unit_test(bound_and_not_looked_at),
		cmocka_unit_test(an_installation_keeps_its_resource),
		cmocka_unit_test(what_an_installation_left_behind_ends),
		cmocka_unit_test(odd_tags),
		cmocka_unit_test(l3_offline_messages_survive_bind2),
		cmocka_unit_test(resumption_inline),
		cmocka_unit_test(resumption_too_late_inline),
		cmocka_unit_test(what_cannot_be_resumed_is_bound),
		cmocka_unit_test(nothing_inline_without_a_log_in),
		cmocka_unit_test(between_challenge_and_response),
		cmocka_unit_test(the_stream_is_opened_as_who_logs_in),
		cmocka_unit_test(the_stream_is_opened_from_here),
		cmocka_unit_test(once_and_no_more),
		cmocka_unit_test(an_upgrade_adds_the_key),
		cmocka_unit_test(no_upgrade_where_there_is_a_key),
		cmocka_unit_test(tasks_out_of_order),
		cmocka_unit_test(amid_tasks_nothing_else_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
