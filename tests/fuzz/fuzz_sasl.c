/* SPDX-License-Identifier: MIT */
/* fuzz_sasl.c - log-ins that are anything at all
 *
 * The first byte chooses what the rest is: the two messages of a SCRAM client
 * (a line feed between them), of a mechanism by name ("NAME\nmessage"), or
 * elements on the stream before log-in.  The server must not crash, and
 * nobody may be logged in but by a right password.
 */
#include <stdlib.h>

#include "gateway/base/codec.h"
#include "tests/unit/xmpp/harness.h"
#include "xmpp/sasl/scram.h"

static void scram(struct str text)
{
	struct arena *a = arena_new();
	struct xmpp_scram s = { .hash = CRYPTO_SHA256 };
	struct xmpp_scram_challenge c = { .nonce = STR("0123456789abcdef"),
					  .salt = STR("saltsaltsaltsalt"),
					  .rounds = 4096 };
	struct xmpp_scram_final f = { .cb = STR("binding") };
	struct str first, reply;

	f.keys.stored_key = f.keys.server_key =
		str_make("0123456789abcdef0123456789abcdef", 32);
	if (str_split(&text, '\n', &first) &&
	    xmpp_scram_first(&s, a, first) == GW_OK) {
		xmpp_scram_challenge(&s, a, &c);
		f.msg = text.p != NULL ? text : STR("");
		if (xmpp_scram_finish(&s, a, &f, &reply) == GW_OK)
			abort();
	}
	arena_free(&a);
}

/* XML would end at these. */
static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '-' || s.p[i] > 'z' || s.p[i] == '<')
			return false;
	return s.n < 100;
}

static void mechanism(struct world *w, struct str text)
{
	struct arena *a = arena_new();
	struct str name, msg;

	while (str_split(&text, '\n', &name) && text.p != NULL &&
	       is_name(name)) {
		struct client *c = x_connect(w);

		if (!str_split(&text, '\n', &msg))
			break;
		x_send(c, X_STREAM_OPEN);
		x_sendf(c,
			"<authenticate xmlns='urn:xmpp:sasl:2' "
			"mechanism='" STR_FMT "'><initial-response>%s"
			"</initial-response><user-agent id='a'/>"
			"<fast xmlns='urn:xmpp:fast:0'/></authenticate>",
			STR_ARG(name), codec_base64(a, msg.p, msg.n));
		x_sendf(c,
			"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
			"mechanism='" STR_FMT "'>%s</auth>",
			STR_ARG(name), codec_base64(a, msg.p, msg.n));
		x_forget(c);
	}
	arena_free(&a);
}

static void elements(struct world *w, struct str text)
{
	struct client *c = x_connect(w);
	char *copy = mem_strndup(text.p, text.n);

	x_send(c, X_STREAM_OPEN);
	x_send(c, copy);
	x_pass(w, 70000);
	x_cut(c);
	x_pass(w, 400000);
	mem_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str text;
	struct world *w;

	if (n < 2 || n > 8000)
		return 0;
	text = str_make((const char *)p + 1, n - 1);
	if (p[0] % 4 == 0) {
		scram(text);
		return 0;
	}
	w = x_world(NULL);
	w->lacks[CRYPTO_SHA256] = true;
	if (p[0] % 4 == 1)
		mechanism(w, text);
	else
		elements(w, text);
	x_world_end(&w);
	return 0;
}
