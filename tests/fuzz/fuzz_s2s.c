/* SPDX-License-Identifier: MIT */
/* fuzz_s2s.c - another server sends anything at all (B27)
 *
 * The first byte says how far it is.  It has connected: 0 nothing sent, 1
 * header sent, 2 proved and counted (0198).  Or it was called: 3 nothing
 * answered, 4 features sent, 5 ready and counted with a stanza under way.  The
 * rest is what it sends then.
 */
#include "tests/unit/xmpp/far.h"

static struct client *connected(struct far *f, unsigned how)
{
	struct client *c;
	char id[128];

	if (how == 2)
		return far_counted(f, id);
	c = x_connect_s2s(f->w);
	if (how == 1)
		x_send(c, OPEN);
	return c;
}

static struct client *was_called(struct far *f, struct client *ann,
				 unsigned how)
{
	struct client *c;

	x_send(ann, "<message to='eve@far.example' id='m1'><body>x</body>"
		    "</message>");
	c = far_called(f);
	if (how > 3)
		x_send(c, ANSWER COUNTS);
	if (how > 4)
		x_send(c, "<db:result from='far.example' to='example.org' "
			  "type='valid'/>"
			  "<enabled xmlns='urn:xmpp:sm:3' id='r1' "
			  "resume='true'/>");
	return c;
}

static void one(const uint8_t *p, size_t n)
{
	struct far *f = far_new("    bidi: true\n");
	struct client *ann = x_online(f->w, "ann@example.org/a");
	char *text = mem_strndup((const char *)p + 1, n - 1);
	unsigned how = p[0] % 6;
	struct client *c =
		how < 3 ? connected(f, how) : was_called(f, ann, how);

	x_send(c, text);
	x_pass(f->w, 70000);
	x_cut(c);
	x_forget(ann);
	x_pass(f->w, 700000);
	mem_free(text);
	far_end(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n > 0 && n < 20000)
		one(p, n);
	return 0;
}
