/* SPDX-License-Identifier: MIT */
/* test_classes_im.c - classes of bugs that concern what clients say of
 * themselves and learn of others: B15, B26
 */
#include <stdio.h>

#include "gateway/base/codec.h"
#include "gateway/run/crypto.h"
#include "tests/unit/xmpp/component.h"
#include "xmpp/server_private.h"

#if defined(__SANITIZE_ADDRESS__)
size_t __sanitizer_get_current_allocated_bytes(void);
#else
static size_t __sanitizer_get_current_allocated_bytes(void)
{
	return 0;
}
#endif

#define INFO "http://jabber.org/protocol/disco#info"
#define CAPS "http://jabber.org/protocol/caps"

static void ask_host(struct client *c, const char *node)
{
	x_sendf(c,
		"<iq type='get' id='i' to='example.org'>"
		"<query xmlns='" INFO "'%s/></iq>",
		node);
}

/* The value of the next attribute of that name; false: none. */
static bool next_attr(const char **at, const char *name, struct str *out)
{
	const char *start = strstr(*at, name), *end;

	if (start == NULL)
		return false;
	start += strlen(name);
	end = strchr(start, '\'');
	assert_non_null(end);
	*out = str_make(start, (size_t)(end - start));
	*at = end;
	return true;
}

/* The hash of what is answered, made here anew (XEP-0115 5.1). */
static void is_the_hash_of(const char *answer, const char *ver)
{
	struct arena *a = arena_new();
	struct buf text = { 0 };
	uint8_t digest[CRYPTO_HASH_MAX];
	struct str value;
	unsigned features = 0;

	buf_add_lit(&text, "server/im//Muster<");
	while (next_attr(&answer, "<feature var='", &value)) {
		buf_add_str(&text, value);
		buf_add_char(&text, '<');
		features++;
	}
	assert_true(features >= 8);
	crypto_digest(CRYPTO_SHA1, buf_str(&text), digest);
	assert_string_equal(codec_base64(a, digest, 20), ver);
	buf_fini(&text);
	arena_free(&a);
}

/* The hash somebody else shows is passed on, and believed by nobody here:
 * nothing is asked for it and nothing is kept of it, so that what one client
 * says is never taken for another's. */
static void b26_no_hash_is_believed(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *bob = x_online(w, "bob@example.org/b");
	char ver[64], node[128], before[8192];
	size_t used;

	(void)state;
	x_befriend(ann, "ann@example.org", bob, "bob@example.org");
	snprintf(ver, sizeof(ver), "%s", w->x->caps_ver);
	snprintf(node, sizeof(node), " node='" XMPP_CAPS_NODE "#%s'", ver);
	ask_host(bob, node);
	snprintf(before, sizeof(before), "%s", x_text(bob));
	is_the_hash_of(before, ver);
	x_forget(bob);
	/* Ours, a known client's, none at all. */
	x_sendf(ann,
		"<presence><c xmlns='" CAPS
		"' hash='sha-1' node='" XMPP_CAPS_NODE
		"' ver='%s'/></presence>",
		ver);
	x_expect(bob, ver);
	x_send(ann, "<presence><c xmlns='" CAPS "' hash='?' node='' ver=''/>"
		    "</presence>");
	x_expect(bob, "hash='?'");
	x_expect_no(ann, INFO);
	x_forget(ann);
	/* An answer that nobody asked for. */
	x_send(ann,
	       "<iq type='result' id='i' to='example.org'><query xmlns='" INFO
	       "'><feature var='urn:evil'/></query></iq>");
	x_expect_no(ann, "<stream:error>");
	x_forget(bob);
	ask_host(bob, node);
	x_expect_no(bob, "urn:evil");
	assert_string_equal(x_text(bob), before);
	x_forget(bob);
	used = __sanitizer_get_current_allocated_bytes();
	for (unsigned i = 0; i < 3000; i++) {
		x_sendf(ann,
			"<presence><c xmlns='" CAPS "' hash='sha-1' "
			"node='urn:n%u' ver='v%u'/></presence>",
			i, i);
		x_forget(bob);
		x_forget(ann);
	}
	x_pass(w, 1000);
	assert_true(__sanitizer_get_current_allocated_bytes() <
		    used + 64 * (size_t)1024);
	x_world_end(&w);
}

static void b26_other_nodes_are_nobodys(void **state)
{
	static const char *const suffixes[] = { "", "#", "#x", "x" };
	struct world *w = x_world(NULL);
	struct client *bob = x_online(w, "bob@example.org/b");
	char node[128];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		snprintf(node, sizeof(node), " node='" XMPP_CAPS_NODE "%s'",
			 suffixes[i]);
		ask_host(bob, node);
		x_expect(bob, "<item-not-found ");
	}
	snprintf(node, sizeof(node), " node='" XMPP_CAPS_NODE "#x%s'",
		 w->x->caps_ver);
	ask_host(bob, node);
	x_expect(bob, "<item-not-found ");
	x_world_end(&w);
}

/* What a component answers goes into our own hash: so many features, and none
 * that would end early where it is hashed. */
static void b26_answers_of_components_are_bounded(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *k, *ann = x_online(w, "ann@example.org/a");
	struct buf text = { 0 };
	const char *answer;
	struct str value, id;
	unsigned count = 0;

	(void)state;
	k = k_login(w, "pep.example.org", "right-secret");
	answer = x_text(k);
	answer = strstr(answer, "disco#info");
	assert_non_null(answer);
	while (strncmp(answer, "<iq ", 4) != 0)
		answer--;
	assert_true(next_attr(&answer, " id='", &id));
	buf_printf(&text,
		   "<iq type='result' id='" STR_FMT "' from='pep.example.org' "
		   "to='example.org'><query xmlns='" INFO "'>"
		   "<feature var='urn:a&lt;urn:b'/>",
		   STR_ARG(id));
	for (unsigned i = 0; i < 5000; i++)
		buf_printf(&text, "<feature var='urn:many:%u'/>", i);
	buf_add_lit(&text, "</query></iq>");
	buf_add_char(&text, '\0');
	x_send(k, (const char *)text.data);
	buf_fini(&text);
	x_pass(w, 1000);
	ask_host(ann, "");
	answer = x_text(ann);
	assert_null(strstr(answer, "urn:a"));
	while (next_attr(&answer, "<feature var='urn:many:", &value))
		count++;
	assert_in_range(count, 1, 200);
	x_world_end(&w);
}

/* ---- B15 ---- */

/* Asked by somebody who may not see a person's presence; WHO: the person. */
static const char *const questions[] = {
	"<presence type='probe' to='WHO'/>",
	"<presence type='probe' to='WHO/b'/>",
	"<presence to='WHO/b'/>",
	"<iq type='get' id='q' to='WHO'><query xmlns='" INFO "'/></iq>",
	"<iq type='get' id='q' to='WHO/b'><query xmlns='" INFO "'/></iq>",
	"<iq type='get' id='q' to='WHO'><query "
	"xmlns='http://jabber.org/protocol/disco#items'/></iq>",
	"<iq type='get' id='q' to='WHO'><query "
	"xmlns='http://jabber.org/protocol/disco#info' node='x'/></iq>",
	"<iq type='get' id='q' to='WHO'><query xmlns='jabber:iq:last'/></iq>",
	"<iq type='get' id='q' to='WHO'><query "
	"xmlns='jabber:iq:version'/></iq>",
	"<iq type='get' id='q' to='WHO'><query xmlns='jabber:iq:roster'/></iq>",
	"<iq type='set' id='q' to='WHO'><query "
	"xmlns='jabber:iq:register'/></iq>",
	"<iq type='get' id='q' to='WHO'><vCard xmlns='vcard-temp'/></iq>",
	"<iq type='get' id='q' to='WHO'><ping xmlns='urn:xmpp:ping'/></iq>",
	"<iq type='get' id='q' to='WHO/none'><ping "
	"xmlns='urn:xmpp:ping'/></iq>",
	"<iq type='get' id='q' to='WHO'><pubsub "
	"xmlns='http://jabber.org/protocol/pubsub'><items node='x'/></pubsub>"
	"</iq>",
	"<iq type='set' id='q' to='WHO'><query xmlns='urn:xmpp:mam:2'/></iq>",
	"<iq type='set' id='q' to='WHO'><x xmlns='urn:nobody:knows'/></iq>",
};

/* What is answered, with the name taken out.  from: of the asker, where a
 * component asks. */
static void answer_about(struct client *c, const char *from,
			 const char *question, const char *who, struct buf *out)
{
	const char *text, *at = strstr(question, "WHO");
	const char *blank = strchr(question, ' ');

	x_sendf(c, "%.*s%s%.*s%s%s", (int)(blank - question), question, from,
		(int)(at - blank), blank, who, at + 3);
	x_pass(c->w, 3000);
	text = x_text(c);
	while ((at = strstr(text, who)) != NULL) {
		buf_add(out, text, (size_t)(at - text));
		buf_add_lit(out, "WHO");
		text = at + strlen(who);
	}
	buf_add(out, text, strlen(text) + 1);
	x_forget(c);
}

/* Who is nobody, who is not there, who is there: one answer. */
static void one_answer(struct client *c, const char *from, const char *question)
{
	static const char *const names[] = { "nil@example.org",
					     "cat@example.org",
					     "bob@example.org" };
	struct buf said[3] = { { 0 }, { 0 }, { 0 } };

	print_message("  %s\n", question);
	for (int k = 0; k < 3; k++)
		answer_about(c, from, question, names[k], &said[k]);
	assert_string_equal((char *)said[0].data, (char *)said[1].data);
	/* A full JID is a client's own, and it answers. */
	if (strstr(question, "WHO/b") == NULL)
		assert_string_equal((char *)said[0].data, (char *)said[2].data);
	for (int k = 0; k < 3; k++)
		buf_fini(&said[k]);
}

static void b15_outsiders_cannot_tell_who_exists(void **state)
{
	struct world *w = x_world(K_CONF("      echo.example.org: { secret: "
					 "right-secret }\n") "    ping: 0\n");
	struct client *eve = x_online(w, "eve@example.org/e");
	struct client *k = k_login(w, "echo.example.org", "right-secret");

	(void)state;
	x_online(w, "bob@example.org/b");
	x_forget(k);
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		one_answer(eve, "", questions[i]);
		/* A component is told what it is not allowed (XEP-0356 4). */
		if (strstr(questions[i], "iq:roster") == NULL)
			one_answer(k, " from='eve@echo.example.org/e'",
				   questions[i]);
	}
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(b15_outsiders_cannot_tell_who_exists),
		cmocka_unit_test(b26_no_hash_is_believed),
		cmocka_unit_test(b26_other_nodes_are_nobodys),
		cmocka_unit_test(b26_answers_of_components_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
