/* SPDX-License-Identifier: MIT */
/* test_component_tree.c - what a component says is what the others read, and
 * goes when it goes
 */
#include <unistd.h>

#include "tests/unit/xmpp/component.h"

#define HOSTS K_CONF("      echo.example.org: { secret: right-secret }\n")

/* ---- its end ---- */

static void its_presence_ends_with_it(void **state)
{
	struct world *w = x_world(HOSTS);
	struct client *k = k_login(w, "echo.example.org", "right-secret");
	struct client *ann = x_online(w, "ann@example.org/a"),
		      *bob = x_online(w, "bob@example.org/b");

	(void)state;
	x_send(k, "<presence from='one@echo.example.org/x' "
		  "to='ann@example.org'/>"
		  "<presence from='two@echo.example.org/x' "
		  "to='ann@example.org/a'/>"
		  "<presence from='two@echo.example.org/x' "
		  "to='ann@example.org/a'><show>away</show></presence>"
		  "<presence from='two@echo.example.org/x' "
		  "to='bob@example.org'/>"
		  "<presence from='two@echo.example.org/x' type='unavailable' "
		  "to='bob@example.org'/>"
		  "<presence from='three@echo.example.org' type='subscribe' "
		  "to='bob@example.org'/>");
	x_expect(ann, "<show>away</show>");
	x_forget(ann);
	x_forget(bob);
	x_send(k, "</stream:stream>");
	x_expect(ann, "type='unavailable'");
	x_expect(ann, "type='unavailable'");
	x_expect_no(ann, "type='unavailable'");
	x_expect_nothing(bob);
	/* Whoever comes back at once is not told to be away. */
	k = k_login(w, "echo.example.org", "right-secret");
	x_send(k, "<presence from='one@echo.example.org/x' "
		  "to='ann@example.org'/>");
	x_forget(ann);
	x_pass(w, WHEN_MINUTE);
	x_expect_no(ann, "type='unavailable'");
	x_cut(k);
	x_pass(w, 0);
	x_expect(ann, "from='one@echo.example.org/x'");
	x_world_end(&w);
}

/* ---- one tree on both sides ---- */

/* What stands in a message that one client sends to another. */
static const struct {
	const char *name, *inside;
} odd[] = {
	{ "a prefix", "<p:x xmlns:p='urn:p' p:a='1'/>" },
	{ "a namespace of markup", "<x xmlns='urn:&apos;&quot;&lt;&amp;'/>" },
	{ "no namespace", "<x xmlns=''><y/></x>" },
	{ "the namespace of streams",
	  "<error xmlns='http://etherx.jabber.org/streams'/>" },
	{ "a stanza of clients",
	  "<message xmlns='jabber:client' from='a@b'><body>x</body>"
	  "</message>" },
	{ "a stanza of components",
	  "<message xmlns='jabber:component:accept' from='a@b'><body>x</body>"
	  "</message>" },
	{ "a stanza of servers",
	  "<message xmlns='jabber:server' from='a@b'><body>x</body>"
	  "</message>" },
	{ "a handshake",
	  "<handshake xmlns='jabber:component:accept'>x</handshake>" },
	{ "quotes and ends of lines in an attribute",
	  "<x a='&quot;&apos;&lt;&gt;&amp;&#10;&#9;&#13;'/>" },
	{ "ends of lines in text", "<x>&#13;&#10;&#9;</x>" },
	{ "CDATA that looks like an end", "<x><![CDATA[</message>]]></x>" },
	{ "an end of CDATA", "<x>]]&gt;</x>" },
	{ "xml:lang", "<x xml:lang='de'>\xc3\xa4</x>" },
	{ "the last of Unicode", "<x>\xf4\x8f\xbf\xbd</x>" },
};

static char *inside_of(struct arena *a, struct client *c)
{
	const char *text = x_text(c), *at = strstr(text, "<w xmlns='urn:w'>");
	const char *end = at != NULL ? strstr(at, "</w></message>") : NULL;
	char *out;

	if (end == NULL)
		fail_msg("got: %s", text);
	out = arena_strndup(a, at, (size_t)(end + 4 - at));
	x_forget(c);
	return out;
}

/* B06: what passes through a component and back is what passes without. */
static void b06_a_component_reads_the_same_tree(void **state)
{
	struct world *w = x_world(HOSTS);
	struct client *k = k_login(w, "echo.example.org", "right-secret");
	struct client *ann = x_online(w, "ann@example.org/a"),
		      *bob = x_online(w, "bob@example.org/b");
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		const char *straight, *around;

		print_message("  %s\n", odd[i].name);
		x_sendf(bob,
			"<message to='ann@example.org/a'><w xmlns='urn:w'>%s"
			"</w></message>",
			odd[i].inside);
		straight = inside_of(a, ann);
		x_sendf(bob,
			"<message to='x@echo.example.org'><w xmlns='urn:w'>%s"
			"</w></message>",
			odd[i].inside);
		x_sendf(k,
			"<message from='x@echo.example.org' "
			"to='ann@example.org/a'>%s</message>",
			inside_of(a, k));
		around = inside_of(a, ann);
		assert_string_equal(straight, around);
	}
	arena_free(&a);
	x_world_end(&w);
}

static const struct {
	const char *name, *inside;
	size_t n;
} broken[] = {
	{ "NUL", "<x>\0</x>", 8 },
	{ "broken UTF-8", "<x>\xc3(</x>", 9 },
	{ "an overlong end", "<x>\xc0\xbc/message></x>", 17 },
	{ "an unquoted value", "<x a=b/>", 8 },
	{ "a bare ampersand", "<x>&</x>", 8 },
	{ "another end", "<x></y>", 7 },
	{ "a prefix nobody declared", "<p:x/>", 6 },
};

/* The same from either side: refused, and nobody gets a part of it. */
static void b06_what_is_no_tree_passes_neither_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * sizeof(broken) / sizeof(broken[0]); i++) {
		struct world *w = x_world(HOSTS);
		struct client *k =
			k_login(w, "echo.example.org", "right-secret");
		struct client *ann = x_online(w, "ann@example.org/a");
		struct client *from = i % 2 == 0 ? k : ann;
		struct client *to = i % 2 == 0 ? ann : k;

		print_message("  %s %s\n", broken[i / 2].name,
			      from == k ? "in" : "out");
		x_sendf(from, "<message from='%s' to='%s'>",
			from == k ? "x@echo.example.org" : "ann@example.org/a",
			to == ann ? "ann@example.org/a" : "x@echo.example.org");
		assert_int_equal(
			write(from->fd, broken[i / 2].inside, broken[i / 2].n),
			broken[i / 2].n);
		x_send(from, "</message>");
		x_expect(from, "<stream:error>");
		x_expect_end(from);
		x_expect_no(to, "<message");
		x_world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_presence_ends_with_it),
		cmocka_unit_test(b06_a_component_reads_the_same_tree),
		cmocka_unit_test(b06_what_is_no_tree_passes_neither_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
