/* SPDX-License-Identifier: MIT */
/* test_commands.c - XEP-0050: commands, and XEP-0401: invitations by them
 */
#include <stdio.h>

#include "tests/unit/xmpp/login.h"
#include "xmpp/server_private.h"

#define NS_CMD	 "http://jabber.org/protocol/commands"
#define INVITED	 "  registration: invited\n"
#define EVERYONE INVITED "  invite_accounts: everybody\n"
#define INVITE	 "urn:xmpp:invite#invite"
#define CREATE	 "urn:xmpp:invite#create-account"

#define FORM(fields) "<x xmlns='jabber:x:data' type='submit'>" fields "</x>"
#define FIELD(var, value)                                                      \
	"<field var='" var "'><value>" value "</value></field>"

static void disco(struct client *c, const char *what, const char *node)
{
	x_sendf(c,
		"<iq type='get' id='d' to='example.org'><query "
		"xmlns='http://jabber.org/protocol/disco#%s' node='%s'/></iq>",
		what, node);
}

/* attrs: of <command/>; more: below it. */
static void run(struct client *c, const char *node, const char *attrs,
		const char *more)
{
	x_sendf(c,
		"<iq type='set' id='x' to='example.org'><command "
		"xmlns='" NS_CMD "' node='%s' %s>%s</command></iq>",
		node, attrs, more);
}

/* The id of the session the server has just begun. */
static char *begin(struct arena *a, struct client *c, const char *node)
{
	char *id;

	run(c, node, "action='execute'", "");
	id = login_attr(a, x_text(c), "command", "sessionid");
	assert_non_null(id);
	x_expect(c, "status='executing'");
	return id;
}

static void go_on(struct arena *a, struct client *c, const char *id,
		  const char *action, const char *more)
{
	run(c, CREATE,
	    arena_printf(a, "sessionid='%s'%s%s%s", id,
			 action != NULL ? " action='" : "",
			 action != NULL ? action : "",
			 action != NULL ? "'" : ""),
	    more);
}

struct place {
	struct world *w;
	struct arena *a;
	struct client *ann;
};

static void place_init(struct place *p, const char *yaml)
{
	p->w = x_world(yaml);
	p->a = arena_new();
	p->ann = x_online(p->w, "ann@example.org/a");
}

static void place_fini(struct place *p)
{
	arena_free(&p->a);
	x_world_end(&p->w);
}

static void what_is_shown(void **state)
{
	struct place p;

	(void)state;
	place_init(&p, EVERYONE);
	x_send(p.ann, "<iq type='get' id='i' to='example.org'><query "
		      "xmlns='http://jabber.org/protocol/disco#info'/></iq>");
	x_expect(p.ann, "<feature var='" NS_CMD "'");
	x_forget(p.ann);
	disco(p.ann, "info", NS_CMD);
	x_expect(p.ann, "type='command-list'");
	disco(p.ann, "items", NS_CMD);
	x_expect(p.ann, "node='" NS_CMD "'");
	x_expect(p.ann, "<item jid='example.org' node='" INVITE "' name='");
	x_expect(p.ann, "<item jid='example.org' node='" CREATE "' name='");
	disco(p.ann, "info", CREATE);
	x_expect(p.ann, "<identity category='automation' type='command-node'");
	x_expect(p.ann, "<feature var='" NS_CMD "'");
	x_expect(p.ann, "<feature var='jabber:x:data'");
	disco(p.ann, "items", CREATE);
	x_expect(p.ann, "type='result'");
	disco(p.ann, "info", "urn:nothing");
	x_expect(p.ann, "<item-not-found ");
	place_fini(&p);
}

/* Contacts by everybody, accounts by administrators, unless it is said. */
static const struct {
	const char *name, *yaml;
	bool admin, invites, creates, gives;
} rights[] = {
	{ "as it comes", "", false, true, false, false },
	{ "an administrator, registration closed", "", true, true, false,
	  false },
	{ "a person", INVITED, false, true, false, false },
	{ "an administrator", INVITED, true, true, true, true },
	{ "everybody", EVERYONE, false, true, true, true },
	{ "nobody", INVITED "  invite_accounts: nobody\n", true, true, false,
	  false },
	{ "no contacts", INVITED "  invite_contacts: false\n", true, false,
	  true, true },
};

static void who_may(void **state)
{
	struct place p;

	(void)state;
	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
		print_message("  %s\n", rights[i].name);
		place_init(&p, rights[i].yaml);
		p.w->admin = rights[i].admin ? "ann@example.org" : NULL;
		disco(p.ann, "info", INVITE);
		x_expect(p.ann,
			 rights[i].invites ? "command-node" : "<forbidden ");
		disco(p.ann, "info", CREATE);
		x_expect(p.ann,
			 rights[i].creates ? "command-node" : "<forbidden ");
		disco(p.ann, "items", NS_CMD);
		if (!rights[i].creates)
			x_expect_no(p.ann, CREATE);
		x_forget(p.ann);
		run(p.ann, CREATE, "", "");
		x_expect(p.ann, rights[i].creates ? "status='executing'"
						  : "<forbidden ");
		x_forget(p.ann);
		run(p.ann, INVITE, "", "");
		x_expect(p.ann, rights[i].invites ? "status='completed'"
						  : "<forbidden ");
		x_forget(p.ann);
		place_fini(&p);
	}
}

/* 4.1: in one step; ibr=y only for who may give an account. */
static void an_invitation_at_once(void **state)
{
	struct place p;

	(void)state;
	place_init(&p, INVITED);
	run(p.ann, INVITE, "action='execute'", "");
	x_expect(p.ann, "sessionid='");
	x_expect(p.ann, "<value>urn:xmpp:invite#invitation</value>");
	x_expect(p.ann, "var='uri'");
	x_expect(p.ann, "<value>xmpp:ann@example.org?roster;preauth=");
	x_expect_no(p.ann, "ibr=y");
	x_expect(p.ann, "var='expire'");
	x_expect(p.ann, "Z</value>");
	p.w->admin = "ann@example.org";
	run(p.ann, INVITE, "", "");
	x_expect(p.ann, ";ibr=y</value>");
	place_fini(&p);
}

static void a_page_where_there_is_one(void **state)
{
	struct place p;

	(void)state;
	place_init(&p, NULL);
	run(p.ann, INVITE, "", "");
	x_expect_no(p.ann, "landing-url");
	xmpp_invitation_page(p.w->x, "https://m.example.org/invite");
	run(p.ann, INVITE, "", "");
	x_expect(p.ann, "var='landing-url'");
	x_expect(p.ann, "<value>https://m.example.org/invite#"
			"xmpp:ann@example.org?roster;preauth=");
	place_fini(&p);
}

static void an_account_of_a_chosen_name(void **state)
{
	struct place p;
	char *id, *uri, *token;
	struct client *c;

	(void)state;
	place_init(&p, EVERYONE);
	id = begin(p.a, p.ann, CREATE);
	x_expect(p.ann, "<actions execute='complete'><complete/></actions>");
	x_expect(p.ann, "var='username'");
	x_expect(p.ann, "var='roster-subscription'");
	go_on(p.a, p.ann, id, NULL,
	      FORM(FIELD("username", "Zoe")
			   FIELD("roster-subscription", "true")));
	x_expect(p.ann, "status='completed'");
	uri = strstr(arena_strdup(p.a, x_text(p.ann)),
		     "xmpp:zoe@example.org?register;preauth=");
	assert_non_null(uri);
	token = strchr(uri, '=') + 1;
	*strchr(token, '<') = '\0';
	c = login_open(p.w);
	x_expect(c, "</stream:features>");
	x_sendf(c,
		"<iq type='set' id='pa'><preauth xmlns='urn:xmpp:pars:0' "
		"token='%s'/></iq>",
		token);
	x_expect(c, "type='result'");
	x_forget(p.ann);
	x_send(c, "<iq type='set' id='r'><query xmlns='jabber:iq:register'>"
		  "<username>zoe</username><password>secret</password>"
		  "</query></iq>");
	x_expect(c, "type='result'");
	x_expect(p.ann, "<item jid='zoe@example.org' subscription='both'");
	/* Its session is over. */
	go_on(p.a, p.ann, id, NULL, FORM(FIELD("username", "eva")));
	x_expect(p.ann, "<session-expired xmlns='" NS_CMD "'");
	place_fini(&p);
}

static void an_account_of_any_name(void **state)
{
	struct place p;

	(void)state;
	place_init(&p, EVERYONE);
	go_on(p.a, p.ann, begin(p.a, p.ann, CREATE), "complete",
	      FORM(FIELD("username", "")));
	x_expect(p.ann, "<value>xmpp:example.org?register;preauth=");
	x_expect_no(p.ann, "ibr");
	place_fini(&p);
}

static const struct {
	const char *name, *form, *want;
} forms[] = {
	{ "no form", "", "<bad-payload " },
	{ "a name that is none", FORM(FIELD("username", "a b")),
	  "<bad-payload " },
	{ "neither yes nor no", FORM(FIELD("roster-subscription", "perhaps")),
	  "<bad-payload " },
	{ "a name somebody has", FORM(FIELD("username", "bob")),
	  "<note type='error'>" },
	{ "the desk", FORM(FIELD("username", "muster")),
	  "<note type='error'>" },
};

/* What is refused may be sent again, corrected; a failure is an end. */
static void forms_that_are_refused(void **state)
{
	struct place p;
	char *id;

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		print_message("  %s\n", forms[i].name);
		place_init(&p, EVERYONE);
		id = begin(p.a, p.ann, CREATE);
		go_on(p.a, p.ann, id, NULL, forms[i].form);
		x_expect(p.ann, forms[i].want);
		x_forget(p.ann);
		go_on(p.a, p.ann, id, NULL, FORM(FIELD("username", "zoe")));
		x_expect(p.ann, i < 3 ? "xmpp:zoe@" : "<session-expired ");
		place_fini(&p);
	}
}

static const struct {
	const char *name, *node, *attrs, *want;
} odd[] = {
	{ "no such command", "urn:nothing", "", "<item-not-found " },
	{ "no node", "", "", "<item-not-found " },
	{ "no such action", CREATE, "action='dance'", "<malformed-action " },
	{ "to go on without having begun", CREATE, "action='complete'",
	  "<bad-action " },
	{ "to end without having begun", CREATE, "action='cancel'",
	  "<bad-action " },
	{ "a session that never was", CREATE, "sessionid='x'",
	  "<bad-sessionid " },
	{ "an empty one", CREATE, "sessionid=''", "<bad-sessionid " },
	{ "one that is over", CREATE, "sessionid='0123456789abcdef'",
	  "<session-expired " },
};

static void requests_that_are_refused(void **state)
{
	struct place p;

	(void)state;
	place_init(&p, EVERYONE);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		print_message("  %s\n", odd[i].name);
		run(p.ann, odd[i].node, odd[i].attrs, "");
		x_expect(p.ann, "type='error'");
		x_expect(p.ann, odd[i].want);
		x_forget(p.ann);
	}
	place_fini(&p);
}

static void a_session_ends(void **state)
{
	struct place p;
	char *id;

	(void)state;
	place_init(&p, EVERYONE);
	id = begin(p.a, p.ann, CREATE);
	go_on(p.a, p.ann, id, "prev", "");
	x_expect(p.ann, "<bad-action ");
	go_on(p.a, p.ann, id, "next", FORM(""));
	x_expect(p.ann, "<bad-action ");
	go_on(p.a, p.ann, id, "cancel", "");
	x_expect(p.ann, "status='canceled'");
	x_forget(p.ann);
	go_on(p.a, p.ann, id, "cancel", "");
	x_expect(p.ann, "<session-expired ");
	id = begin(p.a, p.ann, CREATE);
	x_forget(p.ann);
	x_pass(p.w, 10 * WHEN_MINUTE);
	go_on(p.a, p.ann, id, NULL, FORM(FIELD("username", "zoe")));
	x_expect(p.ann, "<session-expired ");
	place_fini(&p);
}

/* Another client, even of the same person, cannot go on with it. */
static void sessions_are_ones_own(void **state)
{
	struct place p;
	struct client *other;
	char *id, *first;

	(void)state;
	place_init(&p, EVERYONE);
	other = x_online(p.w, "ann@example.org/b");
	first = id = begin(p.a, p.ann, CREATE);
	go_on(p.a, other, id, NULL, FORM(FIELD("username", "zoe")));
	x_expect(other, "<session-expired ");
	for (int i = 0; i < 4; i++) {
		x_pass(p.w, 1);
		x_forget(p.ann);
		id = begin(p.a, p.ann, CREATE);
	}
	x_forget(p.ann);
	go_on(p.a, p.ann, first, NULL, FORM(FIELD("username", "zoe")));
	x_expect(p.ann, "<session-expired ");
	go_on(p.a, p.ann, id, NULL, FORM(FIELD("username", "zoe")));
	x_expect(p.ann, "status='completed'");
	place_fini(&p);
}

static void so_many_of_one_person(void **state)
{
	struct place p;
	struct client *bob;

	(void)state;
	place_init(&p, INVITED "  invitations: 2\n");
	for (int i = 0; i < 2; i++) {
		run(p.ann, INVITE, "", "");
		x_expect(p.ann, "preauth=");
	}
	x_forget(p.ann);
	run(p.ann, INVITE, "", "");
	x_expect(p.ann, "status='completed'");
	x_expect(p.ann, "<note type='error'>");
	bob = x_online(p.w, "bob@example.org/b");
	run(bob, INVITE, "", "");
	x_expect(bob, "preauth=");
	x_restart(p.w);
	p.ann = x_online(p.w, "ann@example.org/a");
	run(p.ann, INVITE, "", "");
	x_expect(p.ann, "<note type='error'>");
	x_pass(p.w, 7 * WHEN_DAY);
	p.ann = x_online(p.w, "ann@example.org/a");
	run(p.ann, INVITE, "", "");
	x_expect(p.ann, "preauth=");
	place_fini(&p);
}

/* A directory that answers when it likes (seam/people.h). */
struct slow {
	unsigned n;
	void (*done[4])(void *arg, enum gw_err e,
			const struct people_person *p);
	void *arg[4];
};

static void slow_find(void *self, struct str address,
		      void (*done)(void *arg, enum gw_err e,
				   const struct people_person *p),
		      void *arg)
{
	struct slow *slow = self;

	(void)address;
	assert_in_range(slow->n, 0, 3);
	slow->done[slow->n] = done;
	slow->arg[slow->n++] = arg;
}

static void so_many_at_once(void **state)
{
	static const char *const names[] = { "zoe", "yan", "xia" };
	struct slow slow = { .n = 0 };
	struct place p;

	(void)state;
	place_init(&p, EVERYONE "  invitations: 2\n");
	p.w->x->people.self = &slow;
	p.w->x->people.find = slow_find;
	for (size_t i = 0; i < 3; i++) {
		x_forget(p.ann);
		go_on(p.a, p.ann, begin(p.a, p.ann, CREATE), NULL,
		      arena_printf(p.a, FORM(FIELD("username", "%s")),
				   names[i]));
	}
	assert_int_equal(slow.n, 3);
	for (unsigned i = 0; i < 3; i++)
		slow.done[i](slow.arg[i], GW_NOT_FOUND, NULL);
	x_pass(p.w, 0);
	x_expect(p.ann, "too many of your invitations are open");
	place_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_shown),
		cmocka_unit_test(who_may),
		cmocka_unit_test(an_invitation_at_once),
		cmocka_unit_test(a_page_where_there_is_one),
		cmocka_unit_test(an_account_of_a_chosen_name),
		cmocka_unit_test(an_account_of_any_name),
		cmocka_unit_test(forms_that_are_refused),
		cmocka_unit_test(requests_that_are_refused),
		cmocka_unit_test(a_session_ends),
		cmocka_unit_test(sessions_are_ones_own),
		cmocka_unit_test(so_many_of_one_person),
		cmocka_unit_test(so_many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
