/* SPDX-License-Identifier: MIT */
/* test_gsasl.c - SCRAM against another implementation: GNU SASL as client */
#include <gsasl.h>

#include "gateway/base/codec.h"
#include "tests/unit/xmpp/secure.h"

#define NS_SASL "urn:ietf:params:xml:ns:xmpp-sasl"

struct login {
	const char *name, *mechanism;
	int version; /* of TLS */
	const char *password;
	const char *authzid;
	bool right;
};

static const struct login logins[] = {
	{ "SHA-1", "SCRAM-SHA-1", TLS1_3_VERSION, "secret", NULL, true },
	{ "SHA-256", "SCRAM-SHA-256", TLS1_3_VERSION, "secret", NULL, true },
	{ "SHA-1-PLUS", "SCRAM-SHA-1-PLUS", TLS1_3_VERSION, "secret", NULL,
	  true },
	{ "SHA-256-PLUS", "SCRAM-SHA-256-PLUS", TLS1_3_VERSION, "secret", NULL,
	  true },
	{ "with authzid", "SCRAM-SHA-256-PLUS", TLS1_3_VERSION, "secret",
	  "ann@example.org", true },
	{ "TLS 1.2", "SCRAM-SHA-256", TLS1_2_VERSION, "secret", NULL, true },
	{ "wrong password", "SCRAM-SHA-256-PLUS", TLS1_3_VERSION, "Secret",
	  NULL, false },
	{ "authzid of another", "SCRAM-SHA-256", TLS1_3_VERSION, "secret",
	  "bob@example.org", false },
	{ "PLAIN", "PLAIN", TLS1_3_VERSION, "secret", NULL, true },
};

static char *inside(struct arena *a, const char *text, const char *element)
{
	const char *at = strstr(text, arena_printf(a, "<%s ", element));

	if (at == NULL)
		return NULL;
	at = strchr(at, '>') + 1;
	return arena_strndup(a, at, strcspn(at, "<"));
}

static void set_properties(Gsasl_session *g, struct secure *s, struct arena *a,
			   const struct login *l)
{
	uint8_t cb[32];

	gsasl_property_set(g, GSASL_AUTHID, "ann");
	gsasl_property_set(g, GSASL_PASSWORD, l->password);
	if (l->authzid != NULL)
		gsasl_property_set(g, GSASL_AUTHZID, l->authzid);
	if (strstr(l->mechanism, "-PLUS") == NULL)
		return;
	assert_int_equal(SSL_export_keying_material(s->ssl, cb, sizeof(cb),
						    "EXPORTER-Channel-Binding",
						    24, NULL, 0, 0),
			 1);
	gsasl_property_set(g, GSASL_CB_TLS_EXPORTER,
			   codec_base64(a, cb, sizeof(cb)));
}

/* True: success, and the server has proved that it knows the password too. */
static bool converse(Gsasl_session *g, struct secure *s, struct arena *a,
		     const char *mechanism)
{
	char *out = NULL, *in = NULL;
	int r = gsasl_step64(g, NULL, &out);

	secure_say(s, arena_printf(a,
				   "<auth xmlns='" NS_SASL "' "
				   "mechanism='%s'>%s</auth>",
				   mechanism, out));
	while (r == GSASL_NEEDS_MORE) {
		gsasl_free(out);
		in = inside(a, secure_text(s), "challenge");
		if (in == NULL)
			in = inside(a, secure_text(s), "success");
		if (in == NULL)
			return false;
		buf_reset(&s->in);
		r = gsasl_step64(g, in, &out);
		if (r == GSASL_NEEDS_MORE)
			secure_say(s, arena_printf(a,
						   "<response xmlns='" NS_SASL
						   "'>%s</response>",
						   out));
	}
	if (r == GSASL_OK)
		gsasl_free(out);
	return r == GSASL_OK;
}

static bool log_in(const struct login *l)
{
	struct arena *a = arena_new();
	Gsasl_session *g;
	struct secure s;
	Gsasl *ctx;
	bool ok;

	secure_init(&s);
	secure_open(&s, l->version);
	secure_expect(&s, "</stream:features>");
	assert_int_equal(gsasl_init(&ctx), GSASL_OK);
	assert_int_equal(gsasl_client_start(ctx, l->mechanism, &g), GSASL_OK);
	set_properties(g, &s, a, l);
	ok = converse(g, &s, a, l->mechanism);
	if (ok && strcmp(l->mechanism, "PLAIN") == 0)
		secure_expect(&s, "<success");
	gsasl_finish(g);
	gsasl_done(ctx);
	secure_fini(&s);
	arena_free(&a);
	return ok;
}

static void another_implementation_logs_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); i++) {
		print_message("  %s\n", logins[i].name);
		assert_int_equal(log_in(&logins[i]), logins[i].right);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_implementation_logs_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
