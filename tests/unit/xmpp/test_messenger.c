/* SPDX-License-Identifier: MIT */
/* test_messenger.c - the desk speaks and is spoken to */
#include <stdio.h>

#include "tests/unit/xmpp/harness.h"

#define ANN "ann@example.org"

struct outcome {
	int calls;
	enum gw_err e;
};

static void on_done(void *arg, enum gw_err e)
{
	struct outcome *o = arg;

	o->calls++;
	o->e = e;
}

static struct outcome tell(struct world *w, const char *to)
{
	struct seam_messenger m = xmpp_messenger(w->x);
	struct seam_notice n = { .to = str_of(to),
				 .id = STR("case-17-3"),
				 .thread = STR("t17"),
				 .body = STR("Disk full <now>") };
	struct outcome o = { 0 };

	m.tell(m.self, &n, on_done, &o);
	x_pass(w, 10);
	assert_int_equal(o.calls, 1);
	return o;
}

static void told_at_once(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");

	(void)state;
	assert_int_equal(tell(w, ANN).e, GW_OK);
	x_expect(ann, "id='case-17-3' from='muster@example.org'");
	x_expect(ann, "<body>Disk full &lt;now&gt;</body>");
	x_expect(ann, "<thread>t17</thread>");
	x_expect(ann, "<origin-id xmlns='urn:xmpp:sid:0' id='case-17-3'/>");
	x_world_end(&w);
}

static void name_of(struct client *c, char out[17])
{
	const char *at = strstr(x_text(c), "<stanza-id ");

	assert_non_null(at);
	at = strstr(at, " id='");
	assert_non_null(at);
	snprintf(out, 17, "%s", at + 5);
}

/* xmpp.md 11.6: what is told again after a crash is known as the same. */
static void told_again_after_a_crash(void **state)
{
	struct world *w = x_world_on_disk(NULL);
	struct client *ann = x_online(w, ANN "/a");
	char before[17], after[17];

	(void)state;
	x_disk_stops(w);
	assert_int_equal(tell(w, ANN).e, GW_OK);
	name_of(ann, before);
	x_crash(w);
	ann = x_online(w, ANN "/a");
	assert_int_equal(tell(w, ANN).e, GW_OK);
	name_of(ann, after);
	assert_string_equal(before, after);
	x_forget(ann);
	/* And when it was on disk, it does not come a second time. */
	x_crash(w);
	ann = x_online(w, ANN "/a");
	assert_int_equal(tell(w, ANN).e, GW_OK);
	x_expect_no(ann, "case-17-3");
	x_world_end(&w);
}

/* Beyond the bound of what may wait, in the turn in which the server stops:
 * nobody hears of a refusal any more. */
static void refused_while_the_server_stops(void **state)
{
	struct world *w = x_world("  offline: 0\n");
	struct seam_messenger m = xmpp_messenger(w->x);
	struct seam_notice n = { .to = STR(ANN),
				 .id = STR("case-18-1"),
				 .body = STR("late") };
	struct outcome o = { 0 };
	struct client *ann = x_online(w, ANN "/a");

	(void)state;
	x_close(ann);
	m.tell(m.self, &n, on_done, &o);
	x_restart(w);
	assert_int_equal(o.e, GW_OK);
	ann = x_login(w, ANN "/a");
	x_send(ann, "<presence/>");
	x_expect(ann, "<body>late</body>");
	x_world_end(&w);
}

/* XEP-0333: to have seen a notice is no claim (xmpp.md 11.7), its button is. */
static void a_notice_is_acknowledged(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");

	(void)state;
	assert_int_equal(tell(w, ANN).e, GW_OK);
	x_expect(ann, "<markable xmlns='urn:xmpp:chat-markers:0'/>");
	x_send(ann, "<message to='muster@example.org' type='chat'><displayed "
		    "xmlns='urn:xmpp:chat-markers:0' id='case-17-3'/>"
		    "</message>");
	assert_int_equal(w->heard.len, 0);
	x_send(ann, "<message to='muster@example.org' type='chat'>"
		    "<acknowledged xmlns='urn:xmpp:chat-markers:0' "
		    "id='case-17-3'/></message>");
	assert_true(str_is(buf_str(&w->heard), ANN "||ack|case-17-3\n"));
	x_world_end(&w);
}

static void a_configuration_refused_changes_nothing(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");

	(void)state;
	x_reload_refused(w, "  desk: \"a b\"\n");
	assert_int_equal(tell(w, ANN).e, GW_OK);
	x_expect(ann, "from='muster@example.org'");
	x_world_end(&w);
}

static void stored_for_one_who_is_away(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann;

	(void)state;
	assert_int_equal(tell(w, ANN).e, GW_OK);
	x_restart(w);
	ann = x_login(w, ANN "/a");
	x_send(ann, "<presence/>");
	x_expect(ann, "case-17-3");
	x_world_end(&w);
}

static void not_told(void **state)
{
	struct world *w = x_world("  offline: 0\n");

	(void)state;
	assert_int_equal(tell(w, "no@example.org").e, GW_NOT_FOUND);
	assert_int_equal(tell(w, "ann@example.net").e, GW_NOT_FOUND);
	assert_int_equal(tell(w, "@").e, GW_NOT_FOUND);
	assert_int_equal(tell(w, ANN).e, GW_UNAVAIL);
	w->people_down = true;
	assert_int_equal(tell(w, "bob@example.org").e, GW_UNAVAIL);
	x_world_end(&w);
}

static void heard(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");

	(void)state;
	x_send(ann, "<message to='muster@example.org' type='chat'>"
		    "<body>take 17</body></message>");
	x_send(ann, "<message to='muster@example.org' type='error'>"
		    "<body>take 18</body></message>");
	assert_string_equal((const char *)w->heard.data, ANN "||take 17\n");
	x_world_end(&w);
}

static void the_desk_is_always_there(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");

	(void)state;
	x_send(ann, "<presence type='subscribe' to='muster@example.org'/>");
	x_expect(ann, "ask='subscribe'");
	x_expect(ann, "type='subscribed'");
	x_expect(ann, "subscription='to'");
	x_expect(ann, "<presence from='muster@example.org'");
	x_close(ann);
	ann = x_online(w, ANN "/b");
	x_send(ann, "<presence type='unavailable'/><presence/>");
	x_expect(ann, "<presence from='muster@example.org'");
	x_world_end(&w);
}

static void ping(void **state)
{
	struct world *w = x_world(NULL);
	struct seam_messenger m = xmpp_messenger(w->x);
	struct client *ann = x_online(w, ANN "/a");
	struct outcome o = { 0 };
	const char *at;

	(void)state;
	m.ping(m.self, STR("bob@example.org"), 5000, on_done, &o);
	assert_int_equal(o.calls, 1);
	assert_int_equal(o.e, GW_UNAVAIL);
	m.ping(m.self, STR(ANN), 5000, on_done, &o);
	at = strstr(x_text(ann), "id='");
	assert_non_null(at);
	x_sendf(ann, "<iq type='result' to='example.org' %.*s/>",
		(int)strcspn(at, " >/"), at);
	assert_int_equal(o.calls, 2);
	assert_int_equal(o.e, GW_OK);
	m.ping(m.self, STR(ANN), 5000, on_done, &o);
	x_pass(w, 5001);
	assert_int_equal(o.calls, 3);
	assert_int_equal(o.e, GW_UNAVAIL);
	m.ping(m.self, STR(ANN), 5000, on_done, &o);
	x_cut(ann);
	assert_int_equal(o.calls, 4);
	assert_int_equal(o.e, GW_UNAVAIL);
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told_at_once),
		cmocka_unit_test(told_again_after_a_crash),
		cmocka_unit_test(refused_while_the_server_stops),
		cmocka_unit_test(a_notice_is_acknowledged),
		cmocka_unit_test(a_configuration_refused_changes_nothing),
		cmocka_unit_test(stored_for_one_who_is_away),
		cmocka_unit_test(not_told),
		cmocka_unit_test(heard),
		cmocka_unit_test(the_desk_is_always_there),
		cmocka_unit_test(ping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
