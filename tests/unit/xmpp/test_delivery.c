/* SPDX-License-Identifier: MIT */
/* test_delivery.c - RFC 6121 8.5 and the rules of 0160 and 0280, as tables */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "xmpp/im/delivery.h"
#include "xmpp/im/keep.h"
#include "xmpp/xep/carbons.h"
#include "xmpp/xml/parse.h"

static const struct {
	const char *name;
	enum xmpp_kind kind;
	/* nobody, only negative, somebody; full: there, gone */
	const char *want;
} rows[] = {
	{ "8.5.2.1.1 normal", KIND_NORMAL, "SSM1E" },
	{ "8.5.2.1.1 chat", KIND_CHAT, "SSM1B" },
	{ "groupchat to an account", KIND_GROUPCHAT, "EEE1E" },
	{ "headline is for those who are there", KIND_HEADLINE, "--M1-" },
	{ "errors never bounce", KIND_ERROR, "---1-" },
	{ "8.5.2.1.2 presence", KIND_PRESENCE, "-AA1-" },
	{ "presence errors", KIND_PRESENCE_ERROR, "---1-" },
	{ "subscriptions are the server's", KIND_SUBSCRIPTION, "HHHHH" },
	{ "probes are the server's", KIND_PROBE, "HHHHH" },
	{ "8.5.2.1.3 requests", KIND_IQ_REQUEST, "HHH1E" },
	{ "answers to nobody", KIND_IQ_ANSWER, "---1-" },
};

static char letter(enum xmpp_delivery d)
{
	switch (d) {
	case DELIVER_DROP:
		return '-';
	case DELIVER_BOUNCE:
		return 'E';
	case DELIVER_ONE:
		return '1';
	case DELIVER_NONNEGATIVE:
		return 'M';
	case DELIVER_AVAILABLE:
		return 'A';
	case DELIVER_STORE:
		return 'S';
	case DELIVER_AS_BARE:
		return 'B';
	case DELIVER_HANDLE:
		return 'H';
	}
	return '?';
}

static void section_8_5(void **state)
{
	(void)state;
	assert_int_equal(sizeof(rows) / sizeof(rows[0]), KIND__N);
	for (size_t i = 0; i < KIND__N; i++) {
		print_message("  %s\n", rows[i].name);
		for (unsigned t = 0; t < TARGET__N; t++)
			assert_int_equal(
				letter(xmpp_delivery(rows[i].kind,
						     (enum xmpp_target)t)),
				rows[i].want[t]);
	}
}

#define HINT(x) "<" x " xmlns='urn:xmpp:hints'/>"
#define BODY	"<body xmlns='jabber:client'>x</body>"

static const struct {
	const char *name;
	const char *inside;
	const char *type;
	bool store, copy;
} messages[] = {
	{ "a chat", BODY, "chat", true, true },
	{ "a normal one", BODY, "normal", true, true },
	{ "a headline", BODY, "headline", false, false },
	{ "no-store", BODY HINT("no-store"), "chat", false, true },
	{ "no-copy", BODY HINT("no-copy"), "chat", true, false },
	{ "private", BODY "<private xmlns='urn:xmpp:carbons:2'/>", "chat", true,
	  false },
	{ "a chat state",
	  "<composing xmlns='http://jabber.org/protocol/chatstates'/>", "chat",
	  false, true },
	{ "a receipt worth storing",
	  "<received xmlns='urn:xmpp:receipts' id='1'/>" HINT("store"), "chat",
	  true, true },
	{ "a normal one without body", "<x xmlns='u:x'/>", "normal", false,
	  false },
	{ "an error that brings it back", BODY "<error type='cancel'/>",
	  "error", false, true },
	{ "an error alone", "<error type='cancel'/>", "error", false, false },
	{ "an invitation", "<x xmlns='jabber:x:conference' jid='r@x'/>",
	  "normal", false, true },
	{ "a room's invitation",
	  "<x xmlns='http://jabber.org/protocol/muc#user'><invite "
	  "from='ann@example.org'/></x>",
	  "normal", false, true },
	{ "a carbon", BODY "<sent xmlns='urn:xmpp:carbons:2'/>", "chat", false,
	  false },
};

static void what_is_stored_and_copied(void **state)
{
	struct xmpp_xml_parser *p = xmpp_xml_parser_new(1);
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		struct stanza *st;
		char *text = arena_printf(
			a,
			"<message xmlns='jabber:client' type='%s'>%s"
			"</message>",
			messages[i].type, messages[i].inside);

		print_message("  %s\n", messages[i].name);
		assert_int_equal(xmpp_xml_parse(p, NULL, str_of(text), a, &st),
				 GW_OK);
		assert_int_equal(xmpp_keep(st) != KEEP_NOT, messages[i].store);
		assert_int_equal(xmpp_carbons_may(st, false), messages[i].copy);
		assert_int_equal(xmpp_carbons_may(st, true), messages[i].copy);
	}
	arena_free(&a);
	xmpp_xml_parser_free(&p);
}

/* XEP-0280 6.1: what a room's occupant whispers goes to each client in it
 * anyway; what one whispers oneself the others would not know of. */
static void whispers_are_copied_on_the_way_out(void **state)
{
	struct xmpp_xml_parser *p = xmpp_xml_parser_new(1);
	struct arena *a = arena_new();
	struct stanza *st;

	(void)state;
	assert_int_equal(
		xmpp_xml_parse(p, NULL,
			       STR("<message xmlns='jabber:client' type='chat' "
				   "from='r@x/nick'>" BODY
				   "<x xmlns='http://jabber.org/protocol/"
				   "muc#user'/></message>"),
			       a, &st),
		GW_OK);
	assert_true(xmpp_carbons_may(st, true));
	assert_false(xmpp_carbons_may(st, false));
	arena_free(&a);
	xmpp_xml_parser_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_8_5),
		cmocka_unit_test(what_is_stored_and_copied),
		cmocka_unit_test(whispers_are_copied_on_the_way_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
