/* SPDX-License-Identifier: MIT */
/* test_register.c - XEP-0077 and 0445: new accounts by switch and invitation,
 * and another password (X32, X49)
 */
#include <stdio.h>

#include "gateway/store/kv.h"
#include "tests/unit/xmpp/login.h"
#include "xmpp/server_private.h"
#include "xmpp/stream/stream.h"

#define INVITED "  registration: invited\n"
#define OPEN	"  registration: open\n"

struct got {
	enum gw_err e;
	unsigned answers;
	char token[128], uri[256];
	int64_t expiry;
};

static void on_invited(void *arg, enum gw_err e,
		       const struct xmpp_invitation *out)
{
	struct got *g = arg;

	g->e = e;
	g->answers++;
	if (e != GW_OK)
		return;
	snprintf(g->token, sizeof(g->token), "%s", out->token);
	snprintf(g->uri, sizeof(g->uri), "%s", out->uri);
	g->expiry = out->expiry;
}

static struct got invite(struct world *w, const char *address)
{
	struct xmpp_invite wish = { .address = str_of(address),
				    .valid = WHEN_DAY };
	struct got g = { .answers = 0 };

	xmpp_invite(w->x, &wish, on_invited, &g);
	x_pass(w, 0);
	assert_int_equal(g.answers, 1);
	return g;
}

static struct client *guest(struct world *w)
{
	struct client *c = login_open(w);

	x_expect(c, "</stream:features>");
	return c;
}

static void show(struct client *c, const char *token)
{
	x_sendf(c,
		"<iq type='set' id='pa' to='example.org'>"
		"<preauth xmlns='urn:xmpp:pars:0' token='%s'/></iq>",
		token);
}

static void fill_in(struct client *c, const char *name, const char *password)
{
	x_sendf(c,
		"<iq type='set' id='reg'><query xmlns='jabber:iq:register'>"
		"<username>%s</username><password>%s</password></query></iq>",
		name, password);
}

static void log_in_as_new(struct client *c)
{
	x_send(c, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		  "mechanism='PLAIN'>AHpvZQBzZWNyZXQ=</auth>");
	x_expect(c, "<success");
}

/* X32 */
static void closed_unless_switched_on(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = login_open(w), *ann;

	(void)state;
	x_expect_no(c, "iq-register");
	x_expect_no(c, "ibr-token");
	x_forget(c);
	x_send(c, "<iq type='get' id='r'>"
		  "<query xmlns='jabber:iq:register'/></iq>");
	x_expect(c, "<not-authorized ");
	x_expect_end(c);
	ann = x_online(w, "ann@example.org/a");
	x_send(ann, "<iq type='get' id='d' to='example.org'><query "
		    "xmlns='http://jabber.org/protocol/disco#info'/></iq>");
	x_expect_no(ann, "jabber:iq:register");
	assert_int_equal(invite(w, "example.org").e, GW_DENIED);
	x_reload(w, OPEN);
	x_forget(ann);
	x_send(ann, "<iq type='get' id='d' to='example.org'><query "
		    "xmlns='http://jabber.org/protocol/disco#info'/></iq>");
	x_expect(ann, "jabber:iq:register");
	x_world_end(&w);
}

static void not_without_tls(void **state)
{
	struct world *w = x_world(OPEN);
	struct client *c;

	(void)state;
	LIST_OF(w->x->listeners.next, struct xmpp_listener, link)
		->plain_without_tls = false;
	c = login_open(w);
	x_expect_no(c, "iq-register");
	x_forget(c);
	fill_in(c, "zoe", "secret");
	x_expect(c, "<not-authorized ");
	x_expect_end(c);
	x_world_end(&w);
}

static void open_to_anybody(void **state)
{
	struct world *w = x_world(OPEN);
	struct client *c = login_open(w);

	(void)state;
	x_expect(c, "<register xmlns='http://jabber.org/features/iq-register'");
	x_forget(c);
	x_send(c, "<iq type='get' id='r'>"
		  "<query xmlns='jabber:iq:register'/></iq>");
	x_expect(c, "<username/><password/>");
	fill_in(c, "zoe", "secret");
	x_expect(c, "type='result'");
	assert_string_equal(w->new_person, "zoe@example.org");
	log_in_as_new(c);
	x_world_end(&w);
}

/* X49 */
static void an_invitation_makes_one_account(void **state)
{
	struct world *w = x_world(INVITED);
	struct got g = invite(w, "example.org");
	struct client *c;
	char uri[256];

	(void)state;
	assert_int_equal(g.e, GW_OK);
	assert_true(strlen(g.token) >= 32); /* 128 bits (B25) */
	snprintf(uri, sizeof(uri), "xmpp:example.org?register;preauth=%s",
		 g.token);
	assert_string_equal(g.uri, uri);
	c = login_open(w);
	x_expect(c, "<register xmlns='urn:xmpp:ibr-token:0'/>");
	x_forget(c);
	fill_in(c, "zoe", "secret");
	x_expect(c, "<not-allowed ");
	show(c, g.token);
	x_expect(c, "type='result'");
	fill_in(c, "zoe", "secret");
	x_expect(c, "type='result'");
	x_expect(c, "id='reg'");
	log_in_as_new(c);
	c = guest(w);
	show(c, g.token);
	x_expect(c, "<item-not-found ");
	x_restart(w);
	c = guest(w);
	show(c, g.token);
	x_expect(c, "<item-not-found ");
	x_world_end(&w);
}

/* Two who show it at once: one gets it. */
static void nobody_shares_an_invitation(void **state)
{
	struct world *w = x_world(INVITED);
	struct got g = invite(w, "example.org");
	struct client *one = guest(w), *two = guest(w);

	(void)state;
	show(one, g.token);
	show(two, g.token);
	x_expect(one, "type='result'");
	x_expect(two, "type='result'");
	fill_in(one, "zoe", "secret");
	x_expect(one, "type='result'");
	fill_in(two, "zac", "secret");
	x_expect(two, "<not-allowed ");
	x_world_end(&w);
}

static const struct {
	const char *name, *user, *password, *want;
} failures[] = {
	{ "a name that is taken", "ann", "secret", "<conflict " },
	{ "the desk", "muster", "secret", "<conflict " },
	{ "no name", "", "secret", "<bad-request " },
	{ "no password", "zoe", "", "<bad-request " },
	{ "a name that is none", "z@e", "secret", "<jid-malformed " },
	{ "a password the directory refuses", "zoe", "x", "<not-acceptable " },
};

/* What makes no account uses nothing up. */
static void failures_leave_the_invitation(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		struct world *w = x_world(INVITED);
		struct got g = invite(w, "example.org");
		struct client *c = guest(w);

		print_message("  %s\n", failures[i].name);
		show(c, g.token);
		x_expect(c, "type='result'");
		fill_in(c, failures[i].user, failures[i].password);
		x_expect(c, failures[i].want);
		x_restart(w);
		c = guest(w);
		show(c, g.token);
		x_expect(c, "type='result'");
		fill_in(c, "zoe", "secret");
		x_expect(c, "type='result'");
		x_world_end(&w);
	}
}

static void for_one_address(void **state)
{
	struct world *w = x_world(INVITED);
	struct got g = invite(w, "Zoe@example.org");
	struct client *c = guest(w);

	(void)state;
	assert_non_null(strstr(g.uri, "xmpp:zoe@example.org?register;"));
	show(c, g.token);
	x_expect(c, "type='result'");
	fill_in(c, "zac", "secret");
	x_expect(c, "<not-allowed ");
	fill_in(c, "zoe", "secret");
	x_expect(c, "type='result'");
	x_world_end(&w);
}

static void who_may_be_invited(void **state)
{
	struct world *w = x_world(INVITED);

	(void)state;
	assert_int_equal(invite(w, "example.net").e, GW_BAD_INPUT);
	assert_int_equal(invite(w, "a b").e, GW_BAD_INPUT);
	assert_int_equal(invite(w, "zoe@example.org/r").e, GW_BAD_INPUT);
	assert_int_equal(invite(w, "muster@example.org").e, GW_CONFLICT);
	x_world_end(&w);
}

static void invitations_end(void **state)
{
	struct world *w = x_world(INVITED);
	struct got g = invite(w, "example.org");
	struct client *c = guest(w);

	(void)state;
	show(c, g.token);
	x_expect(c, "type='result'");
	x_forget(c);
	x_pass(w, WHEN_DAY);
	c = guest(w);
	show(c, g.token);
	x_expect(c, "<item-not-found ");
	x_world_end(&w);
}

/* Guessing tokens is guessing passwords. */
static void guesses_are_counted(void **state)
{
	struct world *w = x_world(INVITED);
	struct client *c = guest(w);

	(void)state;
	for (int i = 0; i < 5; i++)
		show(c, "0123456789abcdef");
	x_expect(c, "<policy-violation ");
	x_expect_end(c);
	x_world_end(&w);
}

static void the_store_has_no_token(void **state)
{
	struct world *w = x_world(INVITED);
	struct got g = invite(w, "example.org");
	struct arena *a = arena_new();
	struct store_kv *rows;
	size_t n;

	(void)state;
	assert_int_equal(
		store_kv_load(w->store, "xmpp-invitation", a, &rows, &n),
		GW_OK);
	assert_int_equal(n, 1);
	assert_null(strstr(rows[0].key.p, g.token));
	assert_null(strstr(rows[0].value.p, g.token));
	arena_free(&a);
	x_world_end(&w);
}

static void so_many_from_one_address(void **state)
{
	struct world *w = x_world(OPEN);
	struct client *c = guest(w);
	char name[32];

	(void)state;
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "zoe%d", i);
		fill_in(c, name, "secret");
		x_expect(c, "type='result'");
	}
	fill_in(c, "zoe9", "secret");
	x_expect(c, "<resource-constraint ");
	x_world_end(&w);
}

static struct got invite_as_contact(struct world *w, const char *inviter)
{
	struct xmpp_invite wish = { .address = STR("example.org"),
				    .inviter = str_of(inviter),
				    .valid = WHEN_DAY };
	struct got g = { .answers = 0 };

	xmpp_invite(w->x, &wish, on_invited, &g);
	x_pass(w, 0);
	return g;
}

/* A request that shows the token. */
static void ask(struct client *c, const char *whom, const char *token)
{
	x_sendf(c,
		"<presence type='subscribe' to='%s'>"
		"<preauth xmlns='urn:xmpp:pars:0' token='%s'/></presence>",
		whom, token);
}

/* XEP-0379, over a restart between the account and the request. */
static void who_was_invited_is_a_contact(void **state)
{
	struct world *w = x_world(INVITED);
	struct got g = invite_as_contact(w, "ann@example.org");
	struct client *ann, *zoe, *c = guest(w);
	char uri[256];

	(void)state;
	snprintf(uri, sizeof(uri),
		 "xmpp:ann@example.org?roster;preauth=%s;ibr=y", g.token);
	assert_string_equal(g.uri, uri);
	ann = x_online(w, "ann@example.org/a");
	show(c, g.token);
	fill_in(c, "zoe", "secret");
	x_expect(c, "id='reg'");
	x_expect(ann, "<item jid='zoe@example.org' subscription='both'");
	x_restart(w);
	c = guest(w);
	show(c, g.token);
	x_expect(c, "<item-not-found ");
	ann = x_online(w, "ann@example.org/a");
	zoe = x_login(w, "zoe@example.org/z");
	x_send(zoe, "<presence/>");
	x_expect(ann, "<presence from='zoe@example.org/z'");
	x_expect(zoe, "<presence from='ann@example.org/a'");
	/* As a client does that knows no better. */
	ask(zoe, "ann@example.org", g.token);
	x_expect_no(ann, "type='subscribe'");
	x_world_end(&w);
}

/* A crash came between the account and the lists: the token is still good for
 * the request of the one who used it. */
static void a_contact_in_spite_of_a_crash(void **state)
{
	struct world *w = x_world(INVITED);
	struct got g = invite_as_contact(w, "ann@example.org");
	struct client *ann, *zoe, *c = guest(w);

	(void)state;
	w->people[0] = "nobody@example.org"; /* ann, for a moment */
	show(c, g.token);
	fill_in(c, "zoe", "secret");
	x_expect(c, "id='reg'");
	w->people[0] = "ann@example.org";
	x_restart(w);
	ann = x_online(w, "ann@example.org/a");
	zoe = x_online(w, "zoe@example.org/z");
	ask(zoe, "ann@example.org", g.token);
	x_expect(zoe, "type='subscribed'");
	x_expect(zoe, "type='subscribe'");
	x_send(zoe, "<presence type='subscribed' to='ann@example.org'/>");
	x_expect(ann, "subscription='both'");
	x_world_end(&w);
}

/* XEP-0379 alone: no account comes of it, whatever is closed. */
static void for_a_contact_only(void **state)
{
	struct world *w = x_world(NULL);
	struct xmpp_invite wish = { .inviter = STR("ann@example.org"),
				    .valid = WHEN_DAY };
	struct got g = { .answers = 0 };
	struct client *ann, *bob;
	char uri[256];

	(void)state;
	xmpp_invite(w->x, &wish, on_invited, &g);
	x_pass(w, 0);
	snprintf(uri, sizeof(uri), "xmpp:ann@example.org?roster;preauth=%s",
		 g.token);
	assert_string_equal(g.uri, uri);
	x_reload(w, INVITED);
	show(guest(w), g.token);
	x_expect(w->clients, "<item-not-found ");
	ann = x_online(w, "ann@example.org/a");
	bob = x_online(w, "bob@example.org/b");
	ask(bob, "ann@example.org", g.token);
	x_expect(bob, "type='subscribed'");
	x_expect(bob, "<presence from='ann@example.org/a'");
	x_expect(bob, "type='subscribe'");
	x_send(bob, "<presence type='subscribed' to='ann@example.org'/>");
	x_expect(ann, "subscription='both'");
	x_expect_no(ann, "type='subscribe'");
	x_world_end(&w);
}

/* The list could not be written: the token is as good as before. */
static void a_token_is_used_up_with_what_it_gives(void **state)
{
	struct world *w = x_world_on_disk(INVITED);
	struct got g = invite_as_contact(w, "ann@example.org");
	struct client *bob = x_online(w, "bob@example.org/b");

	(void)state;
	x_online(w, "ann@example.org/a");
	x_disk_full(w, true);
	for (int i = 0; i < 90; i++) /* up to the last byte of its pages */
		x_sendf(bob,
			"<iq type='set' id='fill'><query "
			"xmlns='jabber:iq:roster'><item jid='%d@x' "
			"name='%0*d'/></query></iq>",
			i, i < 30 ? 200 : 90 - i, i);
	x_forget(bob);
	ask(bob, "ann@example.org", g.token);
	x_expect_no(bob, "type='subscribed'");
	x_disk_full(w, false);
	x_forget(bob);
	ask(bob, "ann@example.org", g.token);
	x_expect(bob, "type='subscribed'");
	x_world_end(&w);
}

/* RFC 5122 2.7.2: what an address has, and a URI has not. */
static void odd_names_stand_in_a_uri(void **state)
{
	struct world *w = x_world(INVITED);
	struct got g = invite(w, "z#e%\xc3\xb6;?@example.org");
	char want[256];

	(void)state;
	snprintf(want, sizeof(want),
		 "xmpp:z%%23e%%25%%C3%%B6%%3B%%3F@example.org?register;"
		 "preauth=%s",
		 g.token);
	assert_string_equal(g.uri, want);
	x_world_end(&w);
}

/* XEP-0445 5. */
static void a_promised_name_is_kept(void **state)
{
	struct world *w = x_world(OPEN);
	struct got g = invite(w, "zoe@example.org");
	struct client *c = guest(w);

	(void)state;
	assert_int_equal(invite(w, "zoe@example.org").e, GW_CONFLICT);
	assert_int_equal(invite(w, "ann@example.org").e, GW_CONFLICT);
	fill_in(c, "zoe", "secret");
	x_expect(c, "<conflict ");
	show(c, g.token);
	fill_in(c, "zoe", "secret");
	x_expect(c, "type='result'");
	x_pass(w, 2 * WHEN_DAY);
	x_world_end(&w);
}

struct shown {
	unsigned n;
	char id[64], text[256];
};

static void on_one(void *arg, const struct xmpp_invited *one)
{
	struct shown *s = arg;

	s->n++;
	snprintf(s->id, sizeof(s->id), "%s", one->id);
	snprintf(s->text, sizeof(s->text), "%s|%s|%s|%s", one->address,
		 one->inviter, one->maker, one->by);
}

static void on_revoked(void *arg, enum gw_err e)
{
	*(enum gw_err *)arg = e;
}

static void taken_back(void **state)
{
	struct world *w = x_world(INVITED);
	struct got g = invite(w, "zoe@example.org");
	struct shown s = { .n = 0 };
	enum gw_err e = GW_AGAIN;

	(void)state;
	xmpp_invitations(w->x, on_one, &s);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.text, "zoe@example.org|||");
	assert_null(strstr(g.token, s.id));
	xmpp_invitation_revoke(w->x, STR("0123"), on_revoked, &e);
	assert_int_equal(e, GW_NOT_FOUND);
	xmpp_invitation_revoke(w->x, str_of(s.id), on_revoked, &e);
	x_pass(w, 0);
	assert_int_equal(e, GW_OK);
	x_restart(w);
	show(guest(w), g.token);
	x_expect(w->clients, "<item-not-found ");
	s.n = 0;
	xmpp_invitations(w->x, on_one, &s);
	assert_int_equal(s.n, 0);
	x_world_end(&w);
}

/* Though it is still open for the one who used it. */
static void nobody_else_is_a_contact_by_it(void **state)
{
	struct world *w = x_world(INVITED);
	struct got g = invite_as_contact(w, "ann@example.org");
	struct client *ann, *bob, *cat, *zoe, *c = guest(w);

	(void)state;
	w->people[0] = "nobody@example.org"; /* ann, for a moment */
	show(c, g.token);
	fill_in(c, "zoe", "secret");
	x_expect(c, "id='reg'");
	w->people[0] = "ann@example.org";
	ann = x_online(w, "ann@example.org/a");
	bob = x_online(w, "bob@example.org/b");
	cat = x_online(w, "cat@example.org/c");
	ask(bob, "ann@example.org", g.token); /* zoe's by now */
	x_expect(ann, "type='subscribe'");
	x_expect_no(bob, "type='subscribed'");
	ask(cat, "bob@example.org", g.token); /* of ann's */
	x_expect(bob, "type='subscribe'");
	x_expect_no(cat, "type='subscribed'");
	zoe = x_online(w, "zoe@example.org/z");
	ask(zoe, "ann@example.org", g.token);
	x_expect(zoe, "type='subscribed'");
	x_world_end(&w);
}

static void a_contact_by_invitation_is_one(void **state)
{
	struct world *w = x_world(INVITED);
	struct got g = invite_as_contact(w, "ann@example.org");
	struct client *ann = x_online(w, "ann@example.org/a"),
		      *bob = x_online(w, "bob@example.org/b"),
		      *cat = x_online(w, "cat@example.org/c"), *c = guest(w);

	(void)state;
	ask(bob, "ann@example.org", g.token);
	x_expect(bob, "type='subscribed'");
	ask(cat, "ann@example.org", g.token);
	x_expect_no(cat, "type='subscribed'");
	x_expect(ann, "from='cat@example.org'");
	show(c, g.token);
	x_expect(c, "<item-not-found ");
	x_world_end(&w);
}

/* ---- another password ---- */

#define CHANGE(to)                                                             \
	"<iq type='set' id='pw'><query xmlns='jabber:iq:register'>"            \
	"<username>ann</username><password>" to "</password></query></iq>"
#define FORM(old, to)                                                          \
	"<iq type='set' id='pw'><query xmlns='jabber:iq:register'>"            \
	"<x xmlns='jabber:x:data' type='submit'>"                              \
	"<field var='username'><value>ann</value></field>"                     \
	"<field var='old_password'><value>" old "</value></field>"             \
	"<field var='password'><value>" to "</value></field></x></query></iq>"

static void right_after_the_log_in(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = x_online(w, "ann@example.org/a"),
		      *other = x_online(w, "ann@example.org/b");

	(void)state;
	x_send(c, "<iq type='get' id='g'>"
		  "<query xmlns='jabber:iq:register'/></iq>");
	x_expect(c, "<registered/><username>ann</username>");
	x_forget(c);
	x_send(c, CHANGE("another"));
	x_expect(other, "<not-authorized ");
	x_expect_end(other);
	x_expect(c, "type='result'");
	assert_string_equal(w->password, "another");
	x_send(c, "<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>");
	x_expect(c, "id='p'");
	x_world_end(&w);
}

static void later_only_with_the_old_one(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = x_online(w, "ann@example.org/a");

	(void)state;
	x_pass(w, 10 * WHEN_MINUTE);
	x_forget(c);
	x_send(c, CHANGE("another"));
	x_expect(c, "<not-authorized ");
	x_expect(c, "var='old_password'");
	assert_string_equal(w->password, "secret");
	x_send(c, FORM("wrong", "another"));
	x_expect(c, "type='error'");
	assert_string_equal(w->password, "secret");
	x_send(c, FORM("secret", "another"));
	x_expect(c, "type='result'");
	assert_string_equal(w->password, "another");
	x_world_end(&w);
}

/* A token does not show that its bearer knows the password. */
static void not_by_a_token(void **state)
{
	struct world *w = x_world(NULL);
	struct arena *a = arena_new();
	struct client *c = login_open(w);
	struct login_try t = { .mechanism = "HT-SHA-256-NONE",
			       .agent = AGENT,
			       .more = "<fast xmlns='urn:xmpp:fast:0'/>"
				       "<bind xmlns='urn:xmpp:bind:0'/>" };
	char *token;

	(void)state;
	login_plain(c, AGENT,
		    "<request-token xmlns='urn:xmpp:fast:0' "
		    "mechanism='HT-SHA-256-NONE'/>");
	token = login_attr(a, x_text(c), "token", "token");
	c = login_open(w);
	t.msg = login_ht(a, "ann", token, STR_NONE, &t.n);
	login_try(c, &t);
	x_expect(c, "<bound ");
	x_send(c, CHANGE("another"));
	x_expect(c, "<not-authorized ");
	assert_string_equal(w->password, "secret");
	arena_free(&a);
	x_world_end(&w);
}

/* Nor does the password of somebody else, whose log-in came to nothing. */
static void not_by_another_ones_password(void **state)
{
	struct world *w = x_world(NULL);
	struct arena *a = arena_new();
	struct client *c = login_open(w);
	struct login_try bob = { .mechanism = "PLAIN",
				 .msg = "\0bob\0secret",
				 .n = 11,
				 .more = "<upgrade xmlns='urn:xmpp:sasl:"
					 "upgrade:0'>UPGR-SCRAM-SHA-256"
					 "</upgrade>" };
	struct login_try ann = { .mechanism = "HT-SHA-256-NONE",
				 .agent = AGENT,
				 .more = "<fast xmlns='urn:xmpp:fast:0'/>"
					 "<bind xmlns='urn:xmpp:bind:0'/>" };
	char *token;

	(void)state;
	login_plain(c, AGENT,
		    "<request-token xmlns='urn:xmpp:fast:0' "
		    "mechanism='HT-SHA-256-NONE'/>");
	token = login_attr(a, x_text(c), "token", "token");
	w->lacks[CRYPTO_SHA256] = true;
	c = login_open(w);
	login_try(c, &bob);
	x_expect(c, "<continue ");
	x_send(c, "<abort xmlns='" NS2 "'/>");
	x_expect(c, "<aborted ");
	ann.msg = login_ht(a, "ann", token, STR_NONE, &ann.n);
	login_try(c, &ann);
	x_expect(c, "<bound ");
	x_send(c, CHANGE("another"));
	x_expect(c, "<not-authorized ");
	assert_string_equal(w->password, "secret");
	arena_free(&a);
	x_world_end(&w);
}

static void so_many_in_an_hour(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = x_online(w, "ann@example.org/a");

	(void)state;
	for (int i = 0; i < 5; i++) {
		x_send(c, FORM("wrong", "another"));
		x_expect(c, "<forbidden ");
	}
	x_send(c, FORM("secret", "another"));
	x_expect(c, "<resource-constraint ");
	x_pass(w, WHEN_HOUR + 1);
	x_send(c, FORM("secret", "another"));
	x_expect(c, "type='result'");
	x_world_end(&w);
}

static const struct {
	const char *name, *query, *want;
} sets[] = {
	{ "somebody else's",
	  "<username>bob</username><password>another</password>",
	  "<not-allowed " },
	{ "nobody's", "<password>another</password>", "<not-allowed " },
	{ "no password", "<username>ann</username>", "<bad-request " },
	{ "too short a one", "<username>ann</username><password>x</password>",
	  "<not-acceptable " },
	{ "an end of the account", "<remove/>", "<not-allowed " },
};

static void what_is_not_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		struct world *w = x_world(NULL);
		struct client *c = x_online(w, "ann@example.org/a");

		print_message("  %s\n", sets[i].name);
		x_sendf(c,
			"<iq type='set' id='pw'>"
			"<query xmlns='jabber:iq:register'>%s</query></iq>",
			sets[i].query);
		x_expect(c, sets[i].want);
		assert_string_equal(w->password, "secret");
		x_world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closed_unless_switched_on),
		cmocka_unit_test(not_without_tls),
		cmocka_unit_test(open_to_anybody),
		cmocka_unit_test(an_invitation_makes_one_account),
		cmocka_unit_test(nobody_shares_an_invitation),
		cmocka_unit_test(failures_leave_the_invitation),
		cmocka_unit_test(for_one_address),
		cmocka_unit_test(who_may_be_invited),
		cmocka_unit_test(invitations_end),
		cmocka_unit_test(guesses_are_counted),
		cmocka_unit_test(the_store_has_no_token),
		cmocka_unit_test(so_many_from_one_address),
		cmocka_unit_test(who_was_invited_is_a_contact),
		cmocka_unit_test(a_contact_in_spite_of_a_crash),
		cmocka_unit_test(for_a_contact_only),
		cmocka_unit_test(a_token_is_used_up_with_what_it_gives),
		cmocka_unit_test(odd_names_stand_in_a_uri),
		cmocka_unit_test(a_promised_name_is_kept),
		cmocka_unit_test(taken_back),
		cmocka_unit_test(nobody_else_is_a_contact_by_it),
		cmocka_unit_test(a_contact_by_invitation_is_one),
		cmocka_unit_test(right_after_the_log_in),
		cmocka_unit_test(later_only_with_the_old_one),
		cmocka_unit_test(not_by_a_token),
		cmocka_unit_test(not_by_another_ones_password),
		cmocka_unit_test(so_many_in_an_hour),
		cmocka_unit_test(what_is_not_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
