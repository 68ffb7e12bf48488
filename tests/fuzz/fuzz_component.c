/* SPDX-License-Identifier: MIT */
/* fuzz_component.c - a component sends anything at all (B27)
 *
 * The first byte says how far it is: 0 nothing sent, 1 header sent, 2
 * recognised, with every privilege.  The rest is what it sends then.
 */
#include "tests/unit/xmpp/component.h"

#define CONF                                                                   \
	K_CONF("      k.example.org:\n"                                        \
	       "        secret: right-secret\n"                                \
	       "        privileges:\n"                                         \
	       "          roster: both\n"                                      \
	       "          message: true\n"                                     \
	       "          presence: roster\n"                                  \
	       "          iq: [ { namespace: \"urn:x\", type: both } ]\n"      \
	       "        delegations: [ { namespace: \"urn:d\" } ]\n")

static void one(const uint8_t *p, size_t n)
{
	struct world *w = x_world(CONF);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k;
	char *text = mem_strndup((const char *)p + 1, n - 1);

	if (p[0] % 3 == 2) {
		k = k_login(w, "k.example.org", "right-secret");
		x_send(ann, "<presence type='subscribe' to='u@k.example.org'/>"
			    "<iq type='get' id='d'><query xmlns='urn:d'/>"
			    "</iq>");
	} else {
		k = k_connect(w);
		if (p[0] % 3 == 1)
			x_send(k, K_OPEN("k.example.org"));
	}
	x_send(k, text);
	x_pass(w, 40000);
	x_cut(k);
	x_forget(ann);
	x_pass(w, 100000);
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
