/* SPDX-License-Identifier: MIT */
/* test_chat.c - two persons are online and talk */
#include "tests/unit/xmpp/harness.h"

static void two_clients_chat(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	x_send(ann, "<message to='bob@example.org' type='chat' id='m1'>"
		    "<body>hello</body></message>");
	x_expect(bob, "<message");
	x_expect(bob, "<body>hello</body>");
	x_expect_nothing(ann);
	x_send(bob, "<message to='ann@example.org/phone' type='chat'>"
		    "<body>hi</body></message>");
	x_expect(ann, "from='bob@example.org/desk'");
	x_expect(ann, "<body>hi</body>");
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_clients_chat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
