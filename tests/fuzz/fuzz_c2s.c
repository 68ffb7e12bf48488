/* SPDX-License-Identifier: MIT */
/* fuzz_c2s.c - a client of ours sends anything at all (B27)
 *
 * The first byte says how far it is: 0 nothing sent, 1 header sent, 2 bound
 * and online with 0198.  The rest is what it sends then.
 */
#include "tests/unit/xmpp/harness.h"

static void one(const uint8_t *p, size_t n)
{
	struct world *w = x_world("  registration: open\n"
				  "  invite_accounts: everybody\n");
	struct client *bob = x_online(w, "bob@example.org/b");
	struct client *c;
	char *text = mem_strndup((const char *)p + 1, n - 1);

	if (p[0] % 3 == 2) {
		c = x_online(w, "ann@example.org/a");
		x_send(c, "<enable xmlns='urn:xmpp:sm:3' resume='1'/>");
	} else {
		c = x_connect(w);
		if (p[0] % 3 == 1)
			x_send(c, X_STREAM_OPEN);
	}
	x_send(c, text);
	x_pass(w, 70000);
	x_cut(c);
	x_forget(bob);
	x_pass(w, 400000);
	mem_free(text);
	x_world_end(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n > 0 && n < 20000)
		one(p, n);
	return 0;
}
