/* SPDX-License-Identifier: MIT */
/* test_s2s_report.c - what is said of links with other servers: the steps
 * tried, who was sent away, and the numbers */
#include "tests/unit/xmpp/far.h"

#include <stdio.h>

#include "gateway/run/json.h"

static struct json *report_of(struct far *f, const char *domain)
{
	struct buf b = { 0 };
	struct json *j = NULL;
	struct str d = domain != NULL ? str_of(domain) : STR_NONE;

	assert_int_equal(xmpp_s2s_report(f->w->x, d, &b), GW_OK);
	assert_int_equal(json_parse(buf_str(&b), &j, NULL), GW_OK);
	buf_fini(&b);
	return j;
}

/* "policy good; dns good; ..." of the first link. */
static const char *steps(struct far *f, const char *domain)
{
	static char text[1024];
	struct json *j = report_of(f, domain);
	const struct json *list =
		json_get(json_at(json_get(j, "links"), 0), "steps");
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < json_size(list); i++) {
		const struct json *s = json_at(list, i);
		struct str step = json_get_str(s, "step");
		struct str result = json_get_str(s, "result");

		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s" STR_FMT " " STR_FMT,
					 i > 0 ? "; " : "", STR_ARG(step),
					 STR_ARG(result));
	}
	json_free(&j);
	return text;
}

static bool step_says(struct far *f, const char *domain, const char *part)
{
	struct buf b = { 0 };
	bool found;

	assert_int_equal(xmpp_s2s_report(f->w->x, str_of(domain), &b), GW_OK);
	found = strstr((const char *)b.data, part) != NULL;
	if (!found)
		print_message("%s\n", (const char *)b.data);
	buf_fini(&b);
	return found;
}

static void sends(struct client *ann, const char *to)
{
	x_sendf(ann, "<message to='eve@%s'><body>x</body></message>", to);
}

static const char *number(struct far *f, const char *name)
{
	static char line[128];
	struct buf b = { 0 };
	const char *at;

	metrics_print(f->w->metrics, &b);
	at = strstr((const char *)b.data, name);
	if (at == NULL)
		fail_msg("%s is not in %s", name, (const char *)b.data);
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
	buf_fini(&b);
	return line + strlen(name);
}

static void a_link_that_works_says_how(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone"), *c;

	(void)state;
	sends(ann, "far.example");
	c = far_called(f);
	assert_string_equal(steps(f, "far.example"),
			    "policy good; dns good; connect good; "
			    "stream under way");
	x_send(c, ANSWER COUNTS);
	assert_true(step_says(f, "far.example", "it offers dialback sm"));
	x_expect(c, "</db:result>");
	x_send(c, "<db:result from='far.example' to='example.org' "
		  "type='valid'/>");
	x_send(c, "<enabled xmlns='urn:xmpp:sm:3' id='r1' resume='true'/>");
	x_expect(c, "<body>x</body>");
	assert_string_equal(steps(f, "far.example"),
			    "policy good; dns good; connect good; "
			    "stream good; certificate good; dialback good; "
			    "count good; ready good");
	assert_true(step_says(f, "far.example", "enable: to be resumed"));
	assert_true(step_says(f, "far.example", "(not demanded)"));
	far_end(&f);
}

static void a_link_that_fails_says_where(void **state)
{
	static const struct {
		const char *domain, *steps, *text;
	} cases[] = {
		{ "refused.example", "policy failed", NULL },
		{ "nowhere.example", "policy good; dns good; connect failed",
		  "unix:/no/such: No such file or directory" },
	};
	struct far *f = far_new("");
	struct err_note note;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			xmpp_s2s_try(f->w->x, str_of(cases[i].domain), &note),
			GW_OK);
		x_pass(f->w, 0);
		assert_string_equal(steps(f, cases[i].domain), cases[i].steps);
		if (cases[i].text != NULL)
			assert_true(
				step_says(f, cases[i].domain, cases[i].text));
	}
	far_end(&f);
}

static void every_step_may_be_the_one_that_fails(void **state)
{
	static const struct {
		const char *domain, *says, *step;
	} cases[] = {
		{ "strict.example", FEATURES, "tls failed" },
		{ "certified.example", FEATURES, "certificate failed" },
		{ "far.example",
		  "<stream:error><host-unknown xmlns='urn:ietf:"
		  "params:xml:ns:xmpp-streams'/></stream:error>",
		  "stream failed" },
		{ "silent.example",
		  FEATURES "<db:result from='silent.example' to='example.org' "
			   "type='invalid'/>",
		  "dialback failed" },
	};
	struct far *f = far_new("");
	struct err_note note;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client *c;

		assert_int_equal(
			xmpp_s2s_try(f->w->x, str_of(cases[i].domain), &note),
			GW_OK);
		x_pass(f->w, 0);
		c = far_called(f);
		x_send(c, ANSWER);
		x_send(c, cases[i].says);
		if (strstr(steps(f, cases[i].domain), cases[i].step) == NULL)
			fail_msg("%s: %s", cases[i].domain,
				 steps(f, cases[i].domain));
	}
	assert_string_equal(number(f, "s2s_errors_total{step=\"tls\"} "), "1");
	assert_string_equal(number(f, "s2s_errors_total{step=\"stream\"} "),
			    "1");
	assert_string_equal(number(f, "s2s_errors_total{step=\"dialback\"} "),
			    "1");
	assert_string_equal(
		number(f, "s2s_errors_total{step=\"certificate\"} "), "1");
	assert_string_equal(
		number(f, "s2s_links{direction=\"out\",state=\"failed\"} "),
		"4");
	far_end(&f);
}

static void who_does_not_answer_failed_at_that_step(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone"), *c;

	(void)state;
	sends(ann, "far.example");
	c = far_called(f);
	x_send(c, ANSWER FEATURES);
	assert_string_equal(number(f, "s2s_queued_stanzas{for=\"link\"} "),
			    "1");
	x_pass(f->w, 31000);
	assert_non_null(strstr(steps(f, "far.example"), "dialback failed"));
	assert_string_equal(number(f, "s2s_queued_stanzas{for=\"link\"} "),
			    "0");
	far_end(&f);
}

static void who_was_sent_away_is_remembered(void **state)
{
	struct far *f = far_new("");
	struct client *c = x_connect_s2s(f->w);
	struct json *j;
	const struct json *list;

	(void)state;
	x_send(c, OPEN_AS("refused.example", "example.org"));
	x_expect(c, "policy-violation");
	c = x_connect_s2s(f->w);
	x_send(c, OPEN);
	x_send(c, HELLO);
	x_expect(c, "not-authorized");
	j = report_of(f, NULL);
	list = json_get(j, "refused");
	assert_int_equal(json_size(list), 2);
	assert_true(
		str_is(json_get_str(json_at(list, 0), "from"), "far.example"));
	assert_true(str_is(json_get_str(json_at(list, 0), "why"),
			   "not-authorized"));
	assert_true(str_is(json_get_str(json_at(list, 1), "from"),
			   "refused.example"));
	json_free(&j);
	j = report_of(f, "refused.example");
	assert_int_equal(json_size(json_get(j, "refused")), 1);
	assert_false(json_bool(json_get(json_get(j, "policy"), "allow"), true));
	json_free(&j);
	assert_string_equal(number(f, "s2s_refused_total "), "2");
	/* As many as there may be, and no more. */
	for (int i = 0; i < 70; i++) {
		c = x_connect_s2s(f->w);
		x_send(c, OPEN_AS("refused.example", "example.org"));
		x_close(c);
	}
	j = report_of(f, NULL);
	assert_int_equal(json_size(json_get(j, "refused")), 64);
	json_free(&j);
	far_end(&f);
}

/* A name that is longer than what is kept is cut between characters. */
static void a_long_name_is_cut_whole(void **state)
{
	struct far *f = far_new("");
	struct client *c = x_connect_s2s(f->w);
	struct buf name = { 0 }, json = { 0 };

	(void)state;
	buf_add_lit(&name, "xx");
	for (int i = 0; i < 3; i++) {
		for (int k = 0; k < 25; k++)
			buf_add_lit(&name, "\xc3\xa4");
		buf_add_char(&name, '.');
	}
	x_sendf(c,
		"<stream:stream xmlns='jabber:server' "
		"xmlns:stream='http://etherx.jabber.org/streams' "
		"from='" STR_FMT "example' to='example.org' version='1.0'>",
		STR_ARG(buf_str(&name)));
	x_send(c, HELLO);
	x_expect(c, "not-authorized");
	assert_int_equal(xmpp_s2s_report(f->w->x, STR_NONE, &json), GW_OK);
	assert_non_null(strstr((const char *)json.data, "\"from\":\"xx\xc3"));
	assert_true(str_utf8_valid(buf_str(&json)));
	buf_fini(&name);
	buf_fini(&json);
	far_end(&f);
}

static void what_goes_and_comes_is_counted(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone"), *c, *in;
	char size[16];

	(void)state;
	sends(ann, "far.example");
	c = far_called(f);
	x_send(c, ANSWER FEATURES);
	x_expect(c, "</db:result>");
	x_send(c, "<db:result from='far.example' to='example.org' "
		  "type='valid'/>");
	x_expect(c, "<body>x</body></message>");
	f->asked = c;
	in = x_connect_s2s(f->w);
	x_send(in, OPEN);
	x_send(in, "<db:result from='far.example' to='example.org'>the key"
		   "</db:result>");
	assert_string_equal(
		number(f, "s2s_links{direction=\"in\",state=\"negotiating\"} "),
		"1");
	(void)far_is_asked(f, "valid");
	x_send(in, HELLO);
	x_expect(ann, "hello");
	assert_string_equal(number(f, "s2s_stanzas_total{direction=\"in\"} "),
			    "1");
	assert_string_equal(number(f, "s2s_stanzas_total{direction=\"out\"} "),
			    "1");
	snprintf(size, sizeof(size), "%zu", strlen(HELLO));
	assert_string_equal(
		number(f, "s2s_stanza_bytes_total{direction=\"in\"} "), size);
	assert_string_equal(
		number(f, "s2s_links{direction=\"in\",state=\"ready\"} "), "1");
	assert_string_equal(
		number(f, "s2s_links{direction=\"out\",state=\"ready\"} "),
		"1");
	far_end(&f);
}

static void what_is_no_domain_is_not_tried(void **state)
{
	struct far *f = far_new("");
	struct err_note note;
	struct buf b = { 0 };

	(void)state;
	assert_int_equal(xmpp_s2s_try(f->w->x, STR("no domain"), &note),
			 GW_BAD_INPUT);
	assert_int_equal(xmpp_s2s_try(f->w->x, STR("example.org"), &note),
			 GW_BAD_INPUT);
	assert_int_equal(xmpp_s2s_report(f->w->x, STR("no domain"), &b),
			 GW_BAD_INPUT);
	assert_int_equal(b.len, 0);
	far_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_that_works_says_how),
		cmocka_unit_test(a_link_that_fails_says_where),
		cmocka_unit_test(every_step_may_be_the_one_that_fails),
		cmocka_unit_test(who_does_not_answer_failed_at_that_step),
		cmocka_unit_test(who_was_sent_away_is_remembered),
		cmocka_unit_test(a_long_name_is_cut_whole),
		cmocka_unit_test(what_goes_and_comes_is_counted),
		cmocka_unit_test(what_is_no_domain_is_not_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
