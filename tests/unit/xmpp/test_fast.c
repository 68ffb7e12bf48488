/* SPDX-License-Identifier: MIT */
/* test_fast.c - XEP-0484: tokens, their counters, rotation and end (X34) */
#include <stdio.h>

#include "gateway/base/codec.h"
#include "gateway/store/kv.h"
#include "tests/unit/xmpp/login.h"
#include "xmpp/server_private.h"
#include "xmpp/stream/stream.h"

#define DAYS(n) ((int64_t)(n)*WHEN_DAY)
#define REQUEST                                                                \
	"<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-NONE'/>"
#define FAST(attrs) "<fast xmlns='urn:xmpp:fast:0' " attrs "/>"

struct fast {
	struct world *w;
	struct arena *a;
	char *token;
};

static void give_token(struct fast *f, const char *agent)
{
	struct client *c = login_open(f->w);

	login_plain(c, agent, REQUEST);
	f->token = login_attr(f->a, x_text(c), "token", "token");
	assert_non_null(f->token);
	x_close(c);
}

static void fast_init(struct fast *f)
{
	f->w = x_world(NULL);
	f->a = arena_new();
	give_token(f, AGENT);
}

static void fast_fini(struct fast *f)
{
	arena_free(&f->a);
	x_world_end(&f->w);
}

/* A log-in by token; the answer is unread. */
static struct client *by_token(struct fast *f, const char *user,
			       const char *agent, const char *more)
{
	struct client *c = login_open(f->w);
	struct login_try t = { .mechanism = "HT-SHA-256-NONE",
			       .agent = agent,
			       .more = more };

	x_forget(c);
	t.msg = login_ht(f->a, user, f->token, STR_NONE, &t.n);
	login_try(c, &t);
	return c;
}

static void expect_login(struct fast *f, const char *attrs, const char *want)
{
	struct client *c = by_token(
		f, "ann", AGENT,
		arena_printf(f->a, "<fast xmlns='urn:xmpp:fast:0' %s/>",
			     attrs));

	x_expect(c, want);
	x_close(c);
}

/* B25: 256 bits, and another one each time. */
static void b25_a_token_is_long_and_new(void **state)
{
	struct fast f;
	char *first;

	(void)state;
	fast_init(&f);
	first = f.token;
	assert_true(strlen(first) >= 43);
	give_token(&f, AGENT);
	assert_string_not_equal(first, f.token);
	give_token(&f, "b");
	assert_string_not_equal(first, f.token);
	fast_fini(&f);
}

static void one_trip(void **state)
{
	struct fast f;
	struct client *c;
	uint8_t mac[64];

	(void)state;
	fast_init(&f);
	c = by_token(&f, "ann", AGENT,
		     FAST("count='1'") "<bind xmlns='urn:xmpp:bind:0'/>");
	crypto_hmac(CRYPTO_SHA256, str_of(f.token), STR("Responder"), mac);
	x_expect(c, "<success ");
	x_expect(c, arena_printf(f.a, "<additional-data>%s<",
				 codec_base64(f.a, mac, 32)));
	x_expect(c, "<bound ");
	x_expect_no(c, "<token ");
	x_send(c, "<presence/><iq type='get' id='p'>"
		  "<ping xmlns='urn:xmpp:ping'/></iq>");
	x_expect(c, "id='p'");
	fast_fini(&f);
}

static const struct {
	const char *name, *user, *agent, *more, *want;
} refused[] = {
	{ "another person", "bob", AGENT, FAST(""), "<not-authorized " },
	{ "another installation", "ann", "b", FAST(""), "<not-authorized " },
	{ "no installation", "ann", NULL, FAST(""), "<malformed-request " },
	{ "nobody", "nobody", AGENT, FAST(""), "<not-authorized " },
	{ "the desk", "muster", AGENT, FAST(""), "<not-authorized " },
	{ "a name that is none", "a@b", AGENT, FAST(""), "<not-authorized " },
	{ "no <fast/>", "ann", AGENT, "", "<invalid-mechanism " },
	{ "a counter that is none", "ann", AGENT, FAST("count='x'"),
	  "<malformed-request " },
	{ "a counter of 0", "ann", AGENT, FAST("count='0'"),
	  "<malformed-request " },
	{ "a negative counter", "ann", AGENT, FAST("count='-1'"),
	  "<malformed-request " },
	{ "a counter too great", "ann", AGENT,
	  FAST("count='99999999999999999999'"), "<malformed-request " },
};

static void what_is_refused(void **state)
{
	struct fast f;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct client *c;

		print_message("  %s\n", refused[i].name);
		fast_init(&f);
		c = by_token(&f, refused[i].user, refused[i].agent,
			     refused[i].more);
		x_expect(c, refused[i].want);
		expect_login(&f, "", "<success ");
		fast_fini(&f);
	}
}

/* XEP-0388 2.3: not as another than the stream was opened as. */
static void for_who_opened_the_stream(void **state)
{
	static const char *const who[] = { "bob", "ann" };
	struct fast f;

	(void)state;
	fast_init(&f);
	for (size_t i = 0; i < 2; i++) {
		struct client *c = x_connect(f.w);
		struct login_try t = { .mechanism = "HT-SHA-256-NONE",
				       .agent = AGENT,
				       .more = FAST("") };

		x_sendf(c,
			"<stream:stream from='%s@example.org' "
			"to='example.org' version='1.0' xmlns='jabber:client' "
			"xmlns:stream='http://etherx.jabber.org/streams'>",
			who[i]);
		t.msg = login_ht(f.a, "ann", f.token, STR_NONE, &t.n);
		login_try(c, &t);
		x_expect(c, i == 0 ? "<invalid-authzid " : "<success ");
	}
	fast_fini(&f);
}

static void a_wrong_token(void **state)
{
	struct fast f;

	(void)state;
	fast_init(&f);
	f.token[0] ^= 1;
	expect_login(&f, "", "<not-authorized ");
	fast_fini(&f);
}

/* A token made for a binding is none without it. */
static void bound_to_its_mechanism(void **state)
{
	struct fast f;
	struct client *c;

	(void)state;
	fast_init(&f);
	c = login_open(f.w);
	login_plain(c, AGENT,
		    "<request-token xmlns='urn:xmpp:fast:0' "
		    "mechanism='HT-SHA-256-EXPR'/>");
	x_expect(c, "<success ");
	x_expect_no(c, "<token ");
	c = login_open(f.w);
	login_try(c, &(struct login_try){ .mechanism = "HT-SHA-256-EXPR",
					  .msg = "ann\0x",
					  .n = 5,
					  .agent = AGENT,
					  .more = FAST("") });
	x_expect(c, "<invalid-mechanism ");
	fast_fini(&f);
}

static void counters_only_grow(void **state)
{
	struct fast f;

	(void)state;
	fast_init(&f);
	expect_login(&f, "count='5'", "<success ");
	expect_login(&f, "count='5'", "<not-authorized ");
	expect_login(&f, "count='4'", "<not-authorized ");
	x_restart(f.w);
	expect_login(&f, "count='5'", "<not-authorized ");
	x_pass(f.w, 60000);
	expect_login(&f, "count='6'", "<success ");
	fast_fini(&f);
}

/* XEP-0484 3.5: the old one is good until the new one is used. */
static void rotation(void **state)
{
	struct fast f;
	struct client *c;
	char *old, *new;

	(void)state;
	fast_init(&f);
	old = f.token;
	x_pass(f.w, DAYS(8));
	c = by_token(&f, "ann", AGENT, FAST(""));
	new = login_attr(f.a, x_text(c), "token", "token");
	assert_non_null(new);
	assert_string_not_equal(old, new);
	expect_login(&f, "", "<success ");
	c = by_token(&f, "ann", AGENT, FAST(""));
	f.token = login_attr(f.a, x_text(c), "token", "token");
	assert_non_null(f.token);
	expect_login(&f, "", "<success ");
	f.token = old;
	expect_login(&f, "", "<not-authorized ");
	fast_fini(&f);
}

/* 3.5: one that ends earlier than the one that is used, because a reload has
 * made lives shorter. */
static void what_ends_earlier_is_void(void **state)
{
	struct fast f;
	char *old, *new;

	(void)state;
	fast_init(&f);
	old = f.token;
	expect_login(&f, "", "<success ");
	x_reload(f.w, "  token_life: 1d\n");
	give_token(&f, AGENT);
	new = f.token;
	f.token = old;
	expect_login(&f, "", "<success ");
	f.token = new;
	expect_login(&f, "", "<not-authorized ");
	f.token = old;
	expect_login(&f, "", "<success ");
	fast_fini(&f);
}

static void its_time_ends(void **state)
{
	struct fast f;

	(void)state;
	fast_init(&f);
	x_pass(f.w, DAYS(14));
	expect_login(&f, "", "<credentials-expired ");
	x_restart(f.w);
	expect_login(&f, "", "<not-authorized ");
	fast_fini(&f);
}

static void a_client_ends_its_own(void **state)
{
	struct fast f;
	struct client *c;

	(void)state;
	fast_init(&f);
	x_pass(f.w, DAYS(8));
	c = by_token(&f, "ann", AGENT, FAST("invalidate='true'"));
	x_expect_no(c, "<token ");
	x_expect(c, "<success ");
	expect_login(&f, "", "<not-authorized ");
	fast_fini(&f);
}

/* Disabled, or another password. */
static void revoked(void **state)
{
	struct fast f;

	(void)state;
	fast_init(&f);
	xmpp_kick(f.w->x, STR("bob@example.org"), "log in again");
	expect_login(&f, "", "<success ");
	xmpp_kick(f.w->x, STR("ann@example.org"), "log in again");
	expect_login(&f, "", "<not-authorized ");
	x_restart(f.w);
	expect_login(&f, "", "<not-authorized ");
	fast_fini(&f);
}

/* Who guesses at the password makes the owner's token wait for nothing. */
static void not_slowed_by_guesses(void **state)
{
	struct fast f;
	struct client *c;

	(void)state;
	fast_init(&f);
	for (int i = 0; i < 50; i++) {
		c = login_open(f.w);
		login_try(c, &(struct login_try){ .mechanism = "PLAIN",
						  .msg = "\0ann\0wrong",
						  .n = 10 });
		x_pass(f.w, 8000);
		x_expect(c, "<not-authorized ");
		x_close(c);
	}
	c = login_open(f.w);
	login_plain(c, NULL, NULL);
	x_expect_no(c, "<success ");
	expect_login(&f, "", "<success ");
	fast_fini(&f);
}

/* The commit of a new password is all that is needed: a crash before the rows
 * of the tokens are gone makes none good. */
static void void_with_its_password(void **state)
{
	struct fast f;

	(void)state;
	f.w = x_world_on_disk(NULL);
	f.a = arena_new();
	give_token(&f, AGENT);
	x_crash(f.w);
	expect_login(&f, "", "<success ");
	f.w->generation++;
	x_crash(f.w);
	expect_login(&f, "", "<credentials-expired ");
	expect_login(&f, "", "<not-authorized ");
	x_restart(f.w);
	expect_login(&f, "", "<not-authorized ");
	give_token(&f, AGENT);
	expect_login(&f, "", "<success ");
	fast_fini(&f);
}

/* LDAP: nobody tells us, it is seen when the token is shown. */
static void void_with_a_password_changed_elsewhere(void **state)
{
	struct fast f;
	char *old;

	(void)state;
	fast_init(&f);
	old = f.token;
	f.w->generation++;
	give_token(&f, AGENT);
	expect_login(&f, "", "<success ");
	f.token = old;
	expect_login(&f, "", "<not-authorized ");
	fast_fini(&f);
}

/* Who is here stays able to come back while the directory is away. */
static void a_dead_directory_ends_no_token(void **state)
{
	struct fast f;
	struct client *ann;

	(void)state;
	fast_init(&f);
	ann = x_online(f.w, "ann@example.org/here");
	f.w->people_down = true;
	expect_login(&f, "", "<success ");
	x_close(ann);
	x_pass(f.w, DAYS(1));
	expect_login(&f, "", "<temporary-auth-failure ");
	fast_fini(&f);
}

/* A log-in half done is no way around. */
static void revoked_while_logging_in(void **state)
{
	struct fast f;
	struct client *c;

	(void)state;
	fast_init(&f);
	c = login_open(f.w);
	login_plain(c, AGENT, NULL);
	x_expect(c, "<success ");
	xmpp_kick(f.w->x, STR("ann@example.org"), "log in again");
	x_expect(c, "<not-authorized ");
	x_expect_end(c);
	fast_fini(&f);
}

static void good_after_a_restart(void **state)
{
	struct fast f;

	(void)state;
	fast_init(&f);
	x_restart(f.w);
	expect_login(&f, "", "<success ");
	fast_fini(&f);
}

/* Who reads the store has neither the token nor the id it is made with. */
static void the_store_tells_no_token(void **state)
{
	struct fast f;
	struct store_kv *rows;
	size_t n;

	(void)state;
	fast_init(&f);
	assert_int_equal(store_kv_load(f.w->store, "xmpp-fast", f.a, &rows, &n),
			 GW_OK);
	assert_int_equal(n, 1);
	assert_null(strstr(rows[0].key.p, AGENT));
	assert_null(strstr(rows[0].value.p, AGENT));
	assert_null(strstr(rows[0].value.p, f.token));
	fast_fini(&f);
}

/* The last page has room for a few rows. */
static void fill_up(struct fast *f)
{
	struct store_kv row = { .room = "xmpp-fast" };
	char zeros[100] = { 0 };

	x_disk_full(f->w, true);
	row.value = str_make(zeros, sizeof(zeros));
	for (int i = 0; i < 100; i++) {
		row.key = str_of(arena_printf(f->a, "ann@example.org %d", i));
		store_kv_put(f->w->store, &row, NULL, NULL);
		loop_fake_pass(f->w->loop, 0);
	}
}

static void the_disk_is_full(void **state)
{
	struct fast f;
	struct client *c;

	(void)state;
	fast_init(&f);
	fill_up(&f);
	c = login_open(f.w);
	login_plain(c, "b", REQUEST);
	x_expect_no(c, "<token ");
	x_expect(c, "<success ");
	x_disk_full(f.w, false);
	fast_fini(&f);
}

static void so_many_clients_and_no_more(void **state)
{
	struct fast f;
	struct store_kv *rows;
	char *first, agent[32];
	size_t n;

	(void)state;
	fast_init(&f);
	first = f.token;
	for (int i = 0; i < 20; i++) {
		snprintf(agent, sizeof(agent), "agent-%d", i);
		give_token(&f, agent);
	}
	assert_int_equal(store_kv_load(f.w->store, "xmpp-fast", f.a, &rows, &n),
			 GW_OK);
	assert_int_equal(n, 20);
	f.token = first;
	expect_login(&f, "", "<not-authorized ");
	fast_fini(&f);
}

static void switched_off(void **state)
{
	struct world *w = x_world("  token_life: 0s\n");
	struct client *c = login_open(w);

	(void)state;
	x_expect_no(c, "urn:xmpp:fast:0");
	x_forget(c);
	login_plain(c, AGENT, REQUEST);
	x_expect_no(c, "<token ");
	x_expect(c, "<success ");
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(b25_a_token_is_long_and_new),
		cmocka_unit_test(one_trip),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(for_who_opened_the_stream),
		cmocka_unit_test(a_wrong_token),
		cmocka_unit_test(bound_to_its_mechanism),
		cmocka_unit_test(counters_only_grow),
		cmocka_unit_test(rotation),
		cmocka_unit_test(what_ends_earlier_is_void),
		cmocka_unit_test(its_time_ends),
		cmocka_unit_test(a_client_ends_its_own),
		cmocka_unit_test(revoked),
		cmocka_unit_test(not_slowed_by_guesses),
		cmocka_unit_test(void_with_its_password),
		cmocka_unit_test(void_with_a_password_changed_elsewhere),
		cmocka_unit_test(a_dead_directory_ends_no_token),
		cmocka_unit_test(revoked_while_logging_in),
		cmocka_unit_test(good_after_a_restart),
		cmocka_unit_test(the_store_tells_no_token),
		cmocka_unit_test(the_disk_is_full),
		cmocka_unit_test(so_many_clients_and_no_more),
		cmocka_unit_test(switched_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
