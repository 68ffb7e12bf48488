/* SPDX-License-Identifier: MIT */
/* test_ask.c - mail servers ask who is there */
#include "tests/unit/mta/place.h"

static const char *policy(struct place *p, const char *rcpt, const char *more)
{
	char text[300];

	snprintf(text, sizeof(text),
		 "request=smtpd_access_policy\nprotocol_state=RCPT\n"
		 "recipient=%s\n%s\n",
		 rcpt, more);
	return place_say(p, text);
}

static void policy_speaks_of_roles_to_those_we_trust(void **state)
{
	static const char dunno[] = "action=DUNNO\n\n";
	static const char defer[] =
		"action=DEFER_IF_PERMIT nobody available\n\n";
	struct place *p = place_new("all", "");

	(void)state;
	place_connect(p, &mta_ask_policy_proto);
	assert_string_equal(policy(p, "silent@x.org", "sasl_username=joe\n"),
			    defer);
	assert_string_equal(
		policy(p, "Silent+x@X.org", "client_address=127.0.0.1\n"),
		defer);
	/* A stranger learns nothing. */
	assert_string_equal(
		policy(p, "silent@x.org",
		       "sasl_username=\nclient_address=192.0.2.1\n"),
		dunno);
	assert_string_equal(policy(p, "ann@x.org", "sasl_username=joe\n"),
			    dunno);
	assert_string_equal(policy(p, "duty@x.org", "sasl_username=joe\n"),
			    dunno);
	assert_string_equal(policy(p, "not an address", "sasl_username=j\n"),
			    dunno);
	place_presence(p, "ann@x.org", PRES_ONLINE);
	assert_string_equal(policy(p, "silent@x.org", "sasl_username=joe\n"),
			    dunno);
	place_free(&p);
}

static void policy_in_trouble_says_nothing(void **state)
{
	struct place *p = place_new("all", "");

	(void)state;
	place_connect(p, &mta_ask_policy_proto);
	assert_string_equal(place_say(p, "broken\n\n"), "");
	assert_string_equal(policy(p, "ann@x.org", ""), "");
	place_free(&p);
}

static const char *map(struct place *p, const char *question)
{
	char text[300];

	snprintf(text, sizeof(text), "%zu:%s,", strlen(question), question);
	return place_say(p, text);
}

static void the_map_answers_the_same_for_a_while(void **state)
{
	struct place *p = place_new("all", "");

	(void)state;
	place_connect(p, &mta_ask_socketmap_proto);
	place_presence(p, "ann@x.org", PRES_ONLINE);
	assert_string_equal(map(p, "pool duty@x.org"), "12:OK ann@x.org,");
	place_presence(p, "ann@x.org", PRES_OFFLINE);
	place_presence(p, "bob@x.org", PRES_ONLINE);
	assert_string_equal(map(p, "pool DUTY+ext@x.org"), "12:OK ann@x.org,");
	place_pass(p, 11 * WHEN_SECOND);
	assert_string_equal(map(p, "pool duty@x.org"), "12:OK bob@x.org,");
	assert_string_equal(map(p, "pool both@x.org"),
			    "23:OK ann@x.org, bob@x.org,");
	assert_string_equal(map(p, "pool silent@x.org"),
			    "21:TEMP nobody available,");
	assert_string_equal(map(p, "pool bob@x.org"), "9:NOTFOUND ,");
	assert_string_equal(map(p, "pool x.org"), "9:NOTFOUND ,");
	assert_string_equal(map(p, "other duty@x.org"), "16:PERM no such map,");
	assert_string_equal(place_say(p, "x:"), "");
	place_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policy_speaks_of_roles_to_those_we_trust),
		cmocka_unit_test(policy_in_trouble_says_nothing),
		cmocka_unit_test(the_map_answers_the_same_for_a_while),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
