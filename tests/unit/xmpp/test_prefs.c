/* SPDX-License-Identifier: MIT */
/* test_prefs.c - XEP-0441: whose messages a person wants kept, and that no
 * change of it loses what is under way (L4)
 */
#include <stdio.h>

#include "gateway/store/xmpp/archive.h"
#include "tests/unit/xmpp/peer.h"

#define ANN "ann@example.org"
#define BOB "bob@example.org"
#define MAM "xmlns='urn:xmpp:mam:2'"

static void set(struct client *c, const char *otherwise, const char *always,
		const char *never)
{
	x_sendf(c,
		"<iq type='set' id='prefs'><prefs " MAM " default='%s'>"
		"<always>%s</always><never>%s</never></prefs></iq>",
		otherwise, always, never);
	x_expect(c, "id='prefs'");
}

struct listed {
	char bodies[512];
};

static void on_list(void *arg, enum gw_err e, const struct journal_row *rows,
		    size_t count)
{
	struct listed *l = arg;

	assert_int_equal(e, GW_OK);
	for (size_t i = 0; i < count; i++) {
		const char *at = strstr(rows[i].stanza.p, "<body>") + 6;
		size_t have = strlen(l->bodies);

		snprintf(l->bodies + have, sizeof(l->bodies) - have, "%.*s ",
			 (int)strcspn(at, "<"), at);
	}
}

static struct listed list(struct world *w, const char *owner, bool waiting)
{
	struct archive_query q = { .owner = str_of(owner),
				   .waiting = waiting,
				   .max = 100 };
	struct listed l = { "" };

	archive_list(w->store, &q, on_list, &l);
	x_pass(w, 0);
	return l;
}

static void told_and_changed(void **state)
{
	static const char *const get =
		"<iq type='get' id='g'><prefs " MAM "/></iq>";
	static const char *const want =
		"<prefs " MAM " default='roster'><always><jid>cat@example.org"
		"</jid></always><never><jid>" ANN "/phone</jid></never>"
		"</prefs>";
	struct world *w = x_world("  archive: { keep_by_default: never }\n");
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	x_send(bob, get);
	x_expect(bob, "<prefs " MAM " default='never'><always/><never/>"
		      "</prefs>");
	set(bob, "roster", "<jid>CAT@Example.org</jid>",
	    "<jid>" ANN "/phone</jid>");
	x_expect(bob, want);
	x_send(bob, get);
	x_expect(bob, want);
	x_restart(w);
	bob = x_online(w, BOB "/b");
	x_send(bob, get);
	x_expect(bob, want);
	/* Everybody has his own. */
	bob = x_online(w, ANN "/a");
	x_send(bob, get);
	x_expect(bob, "default='never'><always/>");
	x_world_end(&w);
}

static void refused(void **state)
{
	static const struct {
		const char *prefs, *want;
	} cases[] = {
		{ "<prefs " MAM "/>", "bad-request" },
		{ "<prefs " MAM " default='some'/>", "bad-request" },
		{ "<prefs " MAM " default='never'><never><jid>@x</jid></never>"
		  "</prefs>",
		  "bad-request" },
		{ "<prefs " MAM " default='never'><never><jid/></never>"
		  "</prefs>",
		  "bad-request" },
	};
	struct world *w = x_world(NULL);
	struct client *bob = x_online(w, BOB "/b");
	char many[16000] = "";
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		x_sendf(bob, "<iq type='set' id='k'>%s</iq>", cases[i].prefs);
		x_expect(bob, cases[i].want);
	}
	for (int i = 0; i < 501; i++)
		n += (size_t)snprintf(many + n, sizeof(many) - n,
				      "<jid>p%d@x.org</jid>", i);
	set(bob, "always", "", many);
	x_expect(bob, "policy-violation");
	x_send(bob, "<iq type='get' id='k' to='" ANN "'><prefs " MAM "/></iq>");
	x_expect(bob, "service-unavailable");
	x_reload(w, "  archive: { keep: false }\n");
	x_send(bob, "<iq type='get' id='k'><prefs " MAM "/></iq>");
	x_expect(bob, "feature-not-implemented");
	x_world_end(&w);
}

/* 2.2 and 2.3; Ann is in Bob's roster, Cat is not. */
static const struct {
	const char *name, *otherwise, *always, *never;
	bool ann, cat;
} rows[] = {
	{ "always", "always", "", "", true, true },
	{ "never", "never", "", "", false, false },
	{ "those of the roster", "roster", "", "", true, false },
	{ "but not hers", "always", "", "<jid>" ANN "</jid>", false, true },
	{ "only hers", "never", "<jid>" ANN "</jid>", "", true, false },
	{ "not from that client", "always", "", "<jid>" ANN "/a</jid>", false,
	  true },
	{ "from another client", "always", "", "<jid>" ANN "/x</jid>", true,
	  true },
	{ "never beats always", "always", "<jid>" ANN "</jid>",
	  "<jid>" ANN "</jid>", false, true },
	{ "always beats the roster", "roster", "<jid>cat@example.org</jid>", "",
	  true, true },
};

static void whose_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world *w = x_world(NULL);
		struct client *ann = x_online(w, ANN "/a");
		struct client *cat = x_online(w, "cat@example.org/c");
		struct client *bob = x_online(w, BOB "/b");
		char want[64];

		print_message("  %s\n", rows[i].name);
		x_befriend(ann, ANN, bob, BOB);
		set(bob, rows[i].otherwise, rows[i].always, rows[i].never);
		x_send(ann, "<message to='" BOB "' type='chat'><body>a</body>"
			    "</message>");
		x_send(cat, "<message to='" BOB "' type='chat'><body>c</body>"
			    "</message>");
		x_send(bob, "<message to='" ANN "/a' type='chat'><body>ba"
			    "</body></message>"
			    "<message to='cat@example.org' type='chat'>"
			    "<body>bc</body></message>");
		snprintf(want, sizeof(want), "%s%s%s%s",
			 rows[i].ann ? "a " : "", rows[i].cat ? "c " : "",
			 rows[i].ann ? "ba " : "", rows[i].cat ? "bc " : "");
		assert_string_equal(list(w, BOB, false).bodies, want);
		/* It is Bob's will, not the others'. */
		assert_string_equal(list(w, ANN, false).bodies, "a ba ");
		x_world_end(&w);
	}
}

/* Where a message is while the will changes. */
enum stage { LIVE, AWAY, NOT_THERE, STAGES };

/* Each will to each other one, with messages that came under both and are not
 * acknowledged: Bob gets all of them, and his archive has what he wanted kept
 * when they came. */
static void l4_run(const char *before, const char *after, enum stage stage,
		   bool crash)
{
	struct world *w = x_world_on_disk(NULL);
	bool first = strcmp(before, "always") == 0;
	bool second = strcmp(after, "always") == 0;
	struct client *other;
	struct peer ann, bob;
	char want[32];

	peer_online(&ann, w, "ann", "a");
	peer_online(&bob, w, "bob", "b");
	other = x_login(w, BOB "/other");
	set(other, before, "", "");
	if (stage == AWAY)
		peer_cut(&bob);
	if (stage == NOT_THERE)
		x_send(bob.c, "<presence type='unavailable'/>");
	bob.sent += stage == NOT_THERE;
	peer_say(&ann, "bob", 1);
	peer_say(&ann, "bob", 2);
	set(other, after, "", "");
	peer_say(&ann, "bob", 3);
	snprintf(want, sizeof(want), "%s%s", first ? "n1 n2 " : "",
		 second ? "n3 " : "");
	assert_string_equal(list(w, BOB, false).bodies, want);
	assert_string_equal(list(w, BOB, true).bodies, "n1 n2 n3 ");
	peer_cut(&bob);
	if (crash)
		x_crash(w);
	x_pass(w, 301000);
	set(crash ? other = x_login(w, BOB "/other") : other, before, "", "");
	peer_online(&bob, w, "bob", "b");
	x_pass(w, 10);
	peer_read(&bob);
	peer_has_all(&bob, 1, 3);
	assert_int_equal(bob.name[1][0] != '\0', first);
	assert_int_equal(bob.name[3][0] != '\0', second);
	x_send(bob.c, " ");
	assert_string_equal(list(w, BOB, true).bodies, "");
	assert_string_equal(list(w, BOB, false).bodies, want);
	x_world_end(&w);
}

static void l4_a_change_of_will_loses_nothing(void **state)
{
	static const char *const wills[] = { "always", "never", "roster" };

	(void)state;
	for (size_t i = 0; i < 27 * 2; i++) {
		const char *before = wills[i % 3], *after = wills[i / 3 % 3];
		enum stage stage = (enum stage)(i / 9 % STAGES);

		print_message("  %s to %s at %d\n", before, after, (int)stage);
		l4_run(before, after, stage, i >= 27);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told_and_changed),
		cmocka_unit_test(refused),
		cmocka_unit_test(whose_messages),
		cmocka_unit_test(l4_a_change_of_will_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
