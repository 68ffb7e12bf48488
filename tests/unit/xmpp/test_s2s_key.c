/* SPDX-License-Identifier: MIT */
/* test_s2s_key.c - what is decided about other servers without a network:
 * keys, rows for peers, where a row sends us */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "xmpp/s2s/conf.h"
#include "xmpp/s2s/dial.h"
#include "xmpp/s2s/key.h"

/* The example of XEP-0185, 3. */
static const char *const example =
	"37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643";

static void the_key_is_that_of_the_specification(void **state)
{
	struct xmpp_s2s_key_of of = { .receiving = STR("xmpp.example.com"),
				      .originating = STR("example.org"),
				      .id = STR("D60000229F") };
	char secret[XMPP_S2S_KEY_LEN + 1], key[XMPP_S2S_KEY_LEN + 1];

	(void)state;
	xmpp_s2s_key_secret(STR("s3cr3tf0rd14lb4ck"), secret);
	assert_string_equal(secret, "a7136eb1f46c9ef18c5e78c36ca257067c69b3d51"
				    "8285f0b18a96c33beae9acc");
	xmpp_s2s_key(secret, &of, key);
	assert_string_equal(key, example);
}

/* B13: no key serves another pair, another stream, or a part of itself. */
static void b13_a_key_fits_one_pair_and_stream_only(void **state)
{
	static const struct {
		const char *name, *receiving, *originating, *id;
		bool fits;
	} cases[] = {
		{ "its own", "xmpp.example.com", "example.org", "D60000229F",
		  true },
		{ "another receiver", "xmpp.example.net", "example.org",
		  "D60000229F", false },
		{ "another originator", "xmpp.example.com", "example.com",
		  "D60000229F", false },
		{ "another stream", "xmpp.example.com", "example.org",
		  "D60000229E", false },
		{ "the other way round", "example.org", "xmpp.example.com",
		  "D60000229F", false },
		{ "parts moved", "xmpp.example.comexample", ".org",
		  "D60000229F", false },
	};
	char secret[XMPP_S2S_KEY_LEN + 1];

	(void)state;
	xmpp_s2s_key_secret(STR("s3cr3tf0rd14lb4ck"), secret);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct xmpp_s2s_key_of of = {
			.receiving = str_of(cases[i].receiving),
			.originating = str_of(cases[i].originating),
			.id = str_of(cases[i].id),
		};

		if (xmpp_s2s_key_fits(secret, &of, str_of(example)) !=
		    cases[i].fits)
			fail_msg("%s", cases[i].name);
		assert_false(xmpp_s2s_key_fits(secret, &of, STR("")));
		assert_false(
			xmpp_s2s_key_fits(secret, &of, str_make(example, 63)));
	}
}

static struct conf_entry entries[] = {
	{ .name = "*",
	  .value = &(struct xmpp_s2s_peer){ .allow = true,
					    .tls = XMPP_S2S_TLS_DEFAULT,
					    .auth = XMPP_S2S_DIALBACK,
					    .host = "" } },
	{ .name = "*.bad.example",
	  .value = &(struct xmpp_s2s_peer){ .allow = false,
					    .tls = XMPP_S2S_TLS_DEFAULT,
					    .auth = XMPP_S2S_AUTH_DEFAULT,
					    .host = "" } },
	{ .name = "*.good.bad.example",
	  .value = &(struct xmpp_s2s_peer){ .allow = true,
					    .tls = XMPP_S2S_TLS_OPTIONAL,
					    .auth = XMPP_S2S_EXTERNAL,
					    .host = "10.0.0.1" } },
	{ .name = "bad.example",
	  .value = &(struct xmpp_s2s_peer){ .allow = true,
					    .tls = XMPP_S2S_TLS_REQUIRED,
					    .auth = XMPP_S2S_AUTH_DEFAULT,
					    .host = "" } },
};

static void the_row_that_says_most_holds(void **state)
{
	static const struct {
		const char *domain;
		struct xmpp_s2s_policy want;
	} cases[] = {
		{ "far.example", { true, true, false, NULL } },
		{ "bad.example", { true, true, true, NULL } },
		{ "x.bad.example", { false, true, true, NULL } },
		{ "y.x.bad.example", { false, true, true, NULL } },
		{ "notbad.example", { true, true, false, NULL } },
		{ "good.bad.example", { false, true, true, NULL } },
		{ "x.good.bad.example", { true, false, true, "10.0.0.1" } },
		{ "X.GOOD.bad.example", { true, false, true, "10.0.0.1" } },
	};
	struct xmpp_s2s_conf conf = { .tls = XMPP_S2S_TLS_REQUIRED,
				      .auth = XMPP_S2S_EXTERNAL,
				      .peers = { 4, entries } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct xmpp_s2s_policy got =
			xmpp_s2s_policy(&conf, str_of(cases[i].domain));

		if (got.allow != cases[i].want.allow ||
		    got.tls_required != cases[i].want.tls_required ||
		    got.certificate != cases[i].want.certificate ||
		    (got.host == NULL) != (cases[i].want.host == NULL))
			fail_msg("%s", cases[i].domain);
	}
}

static void a_redirect_is_a_host_and_maybe_a_port(void **state)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
	} cases[] = {
		{ "im.example.org", "im.example.org", 0 },
		{ "im.example.org:5270", "im.example.org", 5270 },
		{ "192.0.2.1:5270", "192.0.2.1", 5270 },
		{ "[2001:db8::1]", "2001:db8::1", 0 },
		{ "[2001:db8::1]:5270", "2001:db8::1", 5270 },
		{ "im.example.org:0", "im.example.org", 0 },
		{ "im.example.org:99999", "im.example.org", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint16_t port = 1;
		struct str host = xmpp_s2s_dial_host(cases[i].text, &port);

		if (!str_is(host, cases[i].host) || port != cases[i].port)
			fail_msg("%s: " STR_FMT " %u", cases[i].text,
				 STR_ARG(host), port);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_is_that_of_the_specification),
		cmocka_unit_test(b13_a_key_fits_one_pair_and_stream_only),
		cmocka_unit_test(the_row_that_says_most_holds),
		cmocka_unit_test(a_redirect_is_a_host_and_maybe_a_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
