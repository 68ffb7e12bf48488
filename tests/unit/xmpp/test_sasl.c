/* SPDX-License-Identifier: MIT */
/* test_sasl.c - logging in: SCRAM by its RFCs, mechanisms, identities */
#include <stdio.h>

#include "gateway/base/codec.h"
#include "tests/unit/xmpp/harness.h"
#include "xmpp/sasl/scram.h"

#define AUTH(m)                                                                \
	"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='" m "'"

/* RFC 5802 5 and RFC 7677 3. */
static const struct {
	const char *name;
	enum crypto_hash hash;
	const char *salt;
	const char *cnonce, *snonce;
	const char *final, *reply;
} vectors[] = {
	{ "RFC 5802", CRYPTO_SHA1, "QSXCR+Q6sek8bf92",
	  "fyko+d2lbbFgONRv9qkxdawL", "3rfcNHYJY1ZVvWVs7j",
	  "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
	  "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
	  "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=" },
	{ "RFC 7677", CRYPTO_SHA256, "W22ZaJ0SNY7soEsUEjb6gQ==",
	  "rOprNGfwEbeRWgbNEkqO", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
	  "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
	  "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
	  "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" },
};

struct keys {
	uint8_t stored[CRYPTO_HASH_MAX], server[CRYPTO_HASH_MAX];
};

static struct xmpp_scram_keys keys_of(enum crypto_hash h, const char *password,
				      struct str salt, struct keys *k)
{
	uint8_t salted[CRYPTO_HASH_MAX], client[CRYPTO_HASH_MAX];
	size_t n = crypto_hash_len(h);
	struct str s = str_make((const char *)salted, n);

	crypto_pbkdf2(h, str_of(password), salt, 4096, salted);
	crypto_hmac(h, s, STR("Client Key"), client);
	crypto_digest(h, str_make((const char *)client, n), k->stored);
	crypto_hmac(h, s, STR("Server Key"), k->server);
	return (struct xmpp_scram_keys){
		.stored_key = str_make((const char *)k->stored, n),
		.server_key = str_make((const char *)k->server, n),
	};
}

static void the_vectors_of_the_rfcs(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct xmpp_scram s = { .hash = vectors[i].hash };
		struct xmpp_scram_final f;
		struct keys k;
		struct str salt, reply;
		char *want;

		print_message("  %s\n", vectors[i].name);
		assert_int_equal(
			codec_unbase64(a, str_of(vectors[i].salt), &salt),
			GW_OK);
		assert_int_equal(xmpp_scram_first(&s, a,
						  str_of(arena_printf(
							  a, "n,,n=user,r=%s",
							  vectors[i].cnonce))),
				 GW_OK);
		assert_true(str_is(s.user, "user"));
		want = arena_printf(a, "r=%s%s,s=%s,i=4096", vectors[i].cnonce,
				    vectors[i].snonce, vectors[i].salt);
		assert_string_equal(
			xmpp_scram_challenge(
				&s, a,
				&(struct xmpp_scram_challenge){
					.nonce = str_of(vectors[i].snonce),
					.salt = salt,
					.rounds = 4096 })
				.p,
			want);
		f.msg = str_of(vectors[i].final);
		f.cb = STR_NONE;
		f.keys = keys_of(vectors[i].hash, "pencil", salt, &k);
		assert_int_equal(xmpp_scram_finish(&s, a, &f, &reply), GW_OK);
		assert_string_equal(reply.p, vectors[i].reply);
		f.keys = keys_of(vectors[i].hash, "pencil2", salt, &k);
		assert_int_equal(xmpp_scram_finish(&s, a, &f, &reply),
				 GW_DENIED);
	}
	arena_free(&a);
}

static const struct {
	const char *name, *msg;
	enum gw_err e;
} firsts[] = {
	{ "plain", "n,,n=user,r=abc", GW_OK },
	{ "y", "y,,n=user,r=abc", GW_OK },
	{ "binding", "p=tls-exporter,,n=user,r=abc", GW_OK },
	{ "authzid", "n,a=user@example.org,n=user,r=abc", GW_OK },
	{ "escapes", "n,,n=a=2Cb=3Dc,r=abc", GW_OK },
	{ "extension behind", "n,,n=user,r=abc,x=1", GW_OK },
	{ "mandatory extension", "n,,m=1,n=user,r=abc", GW_BAD_INPUT },
	{ "empty", "", GW_BAD_INPUT },
	{ "no flag", ",,n=user,r=abc", GW_BAD_INPUT },
	{ "unknown flag", "z,,n=user,r=abc", GW_BAD_INPUT },
	{ "binding without name", "p=,,n=user,r=abc", GW_BAD_INPUT },
	{ "empty authzid", "n,a=,n=user,r=abc", GW_BAD_INPUT },
	{ "no user", "n,,r=abc", GW_BAD_INPUT },
	{ "empty user", "n,,n=,r=abc", GW_BAD_INPUT },
	{ "bad escape", "n,,n=a=2D,r=abc", GW_BAD_INPUT },
	{ "cut escape", "n,,n=a=2,r=abc", GW_BAD_INPUT },
	{ "no nonce", "n,,n=user", GW_BAD_INPUT },
	{ "empty nonce", "n,,n=user,r=", GW_BAD_INPUT },
	{ "nonce with space", "n,,n=user,r=a b", GW_BAD_INPUT },
	{ "only header", "n,,", GW_BAD_INPUT },
	{ "not UTF-8", "n,,n=\xff,r=abc", GW_BAD_INPUT },
};

static void first_messages(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
		struct xmpp_scram s = { .hash = CRYPTO_SHA1 };

		print_message("  %s\n", firsts[i].name);
		assert_int_equal(xmpp_scram_first(&s, a, str_of(firsts[i].msg)),
				 firsts[i].e);
	}
	arena_free(&a);
}

/* The client's side, with its mistakes. */
struct login {
	const char *first;   /* client-first, without nonce */
	const char *binding; /* what c= holds */
	const char *password;
	enum crypto_hash hash;
};

/* nonce: NULL: as it came. */
static void respond(struct client *c, struct arena *a, const struct login *l,
		    const char *first_bare, const char *nonce)
{
	const char *text = x_text(c);
	const char *start = strstr(text, "'>") + 2;
	struct str challenge, rest, r, s, i, first;
	uint8_t salted[64], key[64], stored[64], sign[64];
	size_t n = crypto_hash_len(l->hash);
	char *without, *auth;
	struct str salt;

	assert_non_null(strstr(text, "<challenge"));
	assert_int_equal(codec_unbase64(a, str_make(start, strcspn(start, "<")),
					&challenge),
			 GW_OK);
	rest = first = challenge;
	assert_true(str_split(&rest, ',', &r) && str_split(&rest, ',', &s) &&
		    str_split(&rest, ',', &i));
	assert_int_equal(codec_unbase64(a, str_make(s.p + 2, s.n - 2), &salt),
			 GW_OK);
	crypto_pbkdf2(l->hash, str_of(l->password), salt,
		      str_is(i, "i=4096") ? 4096 : 10000, salted);
	crypto_hmac(l->hash, str_make((char *)salted, n), STR("Client Key"),
		    key);
	crypto_digest(l->hash, str_make((char *)key, n), stored);
	if (nonce != NULL)
		r = str_of(nonce);
	without = arena_printf(a, "c=%s," STR_FMT,
			       codec_base64(a, l->binding, strlen(l->binding)),
			       STR_ARG(r));
	auth = arena_printf(a, "%s," STR_FMT ",%s", first_bare, STR_ARG(first),
			    without);
	crypto_hmac(l->hash, str_make((char *)stored, n), str_of(auth), sign);
	for (size_t k = 0; k < n; k++)
		key[k] ^= sign[k];
	without = arena_printf(a, "%s,p=%s", without, codec_base64(a, key, n));
	x_forget(c);
	x_sendf(c,
		"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>%s"
		"</response>",
		codec_base64(a, without, strlen(without)));
}

static void try_nonce(struct client *c, const char *mechanism,
		      const struct login *l, const char *nonce)
{
	struct arena *a = arena_new();
	char *first = arena_printf(a, "%s,r=abcdef", l->first);

	x_sendf(c, AUTH("%s") ">%s</auth>", mechanism,
		codec_base64(a, first, strlen(first)));
	if (strstr(x_text(c), "<challenge") != NULL)
		respond(c, a, l, strstr(first, "n="), nonce);
	arena_free(&a);
}

static void try_scram(struct client *c, const char *mechanism,
		      const struct login *l)
{
	try_nonce(c, mechanism, l, NULL);
}

static struct client *at_features(struct world *w)
{
	struct client *c = x_connect(w);

	x_send(c, X_STREAM_OPEN);
	x_expect(c, "</stream:features>");
	return c;
}

static void scram_logs_in(void **state)
{
	static const struct {
		const char *mechanism;
		enum crypto_hash hash;
	} all[] = { { "SCRAM-SHA-1", CRYPTO_SHA1 },
		    { "SCRAM-SHA-256", CRYPTO_SHA256 },
		    { "SCRAM-SHA-512", CRYPTO_SHA512 } };
	struct world *w = x_world(NULL);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct client *c = at_features(w);
		struct login l = { "n,,n=Ann", "n,,", "secret", all[i].hash };

		try_scram(c, all[i].mechanism, &l);
		x_expect(c, "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
			    ">dj");
		x_send(c, X_STREAM_OPEN);
		x_expect(c, "<bind ");
	}
	x_world_end(&w);
}

static const struct {
	const char *name, *mechanism;
	struct login l;
	const char *error;
} refusals[] = {
	{ "wrong password",
	  "SCRAM-SHA-256",
	  { "n,,n=ann", "n,,", "wrong", CRYPTO_SHA256 },
	  "not-authorized" },
	{ "unknown person",
	  "SCRAM-SHA-256",
	  { "n,,n=nobody", "n,,", "secret", CRYPTO_SHA256 },
	  "not-authorized" },
	{ "the desk",
	  "SCRAM-SHA-256",
	  { "n,,n=muster", "n,,", "secret", CRYPTO_SHA256 },
	  "not-authorized" },
	{ "a name that is none",
	  "SCRAM-SHA-256",
	  { "n,,n=a@b", "n,,", "secret", CRYPTO_SHA256 },
	  "not-authorized" },
	{ "binding data tampered with",
	  "SCRAM-SHA-256",
	  { "n,,n=ann", "y,,", "secret", CRYPTO_SHA256 },
	  "not-authorized" },
	{ "authzid of another",
	  "SCRAM-SHA-256",
	  { "n,a=bob@example.org,n=ann", "n,,", "secret", CRYPTO_SHA256 },
	  "invalid-authzid" },
	{ "authzid of another domain",
	  "SCRAM-SHA-256",
	  { "n,a=ann@example.net,n=ann", "n,,", "secret", CRYPTO_SHA256 },
	  "invalid-authzid" },
	{ "binding with a mechanism without",
	  "SCRAM-SHA-256",
	  { "p=tls-exporter,,n=ann", "", "secret", CRYPTO_SHA256 },
	  "malformed-request" },
	{ "-PLUS that was not offered",
	  "SCRAM-SHA-256-PLUS",
	  { "p=tls-exporter,,n=ann", "", "secret", CRYPTO_SHA256 },
	  "invalid-mechanism" },
	{ "a mechanism nobody has",
	  "DIGEST-MD5",
	  { "n,,n=ann", "n,,", "secret", CRYPTO_SHA256 },
	  "invalid-mechanism" },
	{ "ANONYMOUS",
	  "ANONYMOUS",
	  { "n,,n=ann", "n,,", "secret", CRYPTO_SHA256 },
	  "invalid-mechanism" },
	{ "malformed",
	  "SCRAM-SHA-256",
	  { "x", "n,,", "secret", CRYPTO_SHA256 },
	  "malformed-request" },
};

static void scram_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct world *w = x_world(NULL);
		struct client *c = at_features(w);

		print_message("  %s\n", refusals[i].name);
		try_scram(c, refusals[i].mechanism, &refusals[i].l);
		x_expect(c, "<failure ");
		x_expect(c, refusals[i].error);
		x_world_end(&w);
	}
}

/* RFC 5802 5.1: though the proof is one of that nonce. */
static void scram_refuses_another_nonce(void **state)
{
	static const struct login l = { "n,,n=ann", "n,,", "secret",
					CRYPTO_SHA256 };
	struct world *w = x_world(NULL);
	struct client *c = at_features(w);

	(void)state;
	try_nonce(c, "SCRAM-SHA-256", &l, "r=abcdef");
	x_expect(c, "<not-authorized/>");
	try_nonce(c, "SCRAM-SHA-256", &l, NULL);
	x_expect(c, "<success ");
	x_world_end(&w);
}

static void plain_refuses(void **state)
{
	static const struct {
		const char *name;
		const char *text;
		size_t n;
		const char *error;
	} cases[] = {
		{ "wrong password", "\0ann\0wrong", 10, "not-authorized" },
		{ "unknown", "\0nobody\0secret", 14, "not-authorized" },
		{ "authzid of another", "bob@example.org\0ann\0secret", 26,
		  "invalid-authzid" },
		{ "authzid with resource", "ann@example.org/x\0ann\0secret", 28,
		  "invalid-authzid" },
		{ "a NUL too many", "\0ann\0secret\0", 12,
		  "malformed-request" },
		{ "a NUL too few", "ann\0secret", 10, "malformed-request" },
		{ "no password", "\0ann\0", 5, "malformed-request" },
		{ "no name", "\0\0secret", 8, "malformed-request" },
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world *w = x_world(NULL);
		struct client *c = at_features(w);

		print_message("  %s\n", cases[i].name);
		x_sendf(c, AUTH("PLAIN") ">%s</auth>",
			codec_base64(a, cases[i].text, cases[i].n));
		x_expect(c, cases[i].error);
		x_world_end(&w);
	}
	arena_free(&a);
}

static void plain_with_ones_own_authzid(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = at_features(w);
	struct arena *a = arena_new();

	(void)state;
	x_sendf(c, AUTH("PLAIN") ">%s</auth>",
		codec_base64(a, "Ann@Example.org\0ann\0secret", 26));
	x_expect(c, "<success");
	arena_free(&a);
	x_world_end(&w);
}

/* What SCRAM-SHA-256 answers behind the nonces. */
static char *salt_for(struct arena *a, struct world *w, const char *name)
{
	struct client *c = at_features(w);
	char *first = arena_printf(a, "n,,n=%s,r=abc", name);
	const char *salt;
	struct str text;

	x_sendf(c, AUTH("SCRAM-SHA-256") ">%s</auth>",
		codec_base64(a, first, strlen(first)));
	salt = strstr(x_text(c), "'>") + 2;
	assert_int_equal(
		codec_unbase64(a, str_make(salt, strcspn(salt, "<")), &text),
		GW_OK);
	salt = strstr(text.p, ",s=");
	assert_non_null(salt);
	return arena_strdup(a, salt);
}

static void the_fake_salt_is_the_same_each_time(void **state)
{
	struct world *w = x_world(NULL);
	struct arena *a = arena_new();
	const char *before = salt_for(a, w, "nobody");

	(void)state;
	x_restart(w);
	assert_string_equal(before, salt_for(a, w, "nobody"));
	arena_free(&a);
	x_world_end(&w);
}

/* As a name that exists has one salt however it is written (B15). */
static void the_fake_salt_is_that_of_the_address(void **state)
{
	struct world *w = x_world(NULL);
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(salt_for(a, w, "ann"), salt_for(a, w, "Ann"));
	assert_string_equal(salt_for(a, w, "nobody"), salt_for(a, w, "NoBody"));
	assert_string_not_equal(salt_for(a, w, "nobody"),
				salt_for(a, w, "nobody2"));
	arena_free(&a);
	x_world_end(&w);
}

static void no_scram_without_keys(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = x_connect(w);

	(void)state;
	w->no_scram = true;
	x_send(c, X_STREAM_OPEN);
	x_expect_no(c, "SCRAM");
	x_expect(c, "<mechanism>PLAIN</mechanism>");
	x_send(c, AUTH("SCRAM-SHA-1") ">biws</auth>");
	x_expect(c, "invalid-mechanism");
	x_world_end(&w);
}

static void the_directory_is_down(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = at_features(w);

	(void)state;
	w->people_down = true;
	x_send(c, AUTH("PLAIN") ">AGFubgBzZWNyZXQ=</auth>");
	x_expect(c, "temporary-auth-failure");
	w->people_down = false;
	x_send(c, AUTH("PLAIN") ">AGFubgBzZWNyZXQ=</auth>");
	x_expect(c, "<success");
	x_world_end(&w);
}

static void steps_out_of_order(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = at_features(w);

	(void)state;
	x_send(c, "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
	x_expect(c, "malformed-request");
	x_send(c, AUTH("PLAIN") "/>");
	x_expect(c, "<challenge");
	x_send(c, "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
	x_expect(c, "aborted");
	x_send(c, AUTH("PLAIN") ">!!!</auth>");
	x_expect(c, "incorrect-encoding");
	x_send(c, AUTH("PLAIN") "/>");
	x_send(c, "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
		  "AGFubgBzZWNyZXQ=</response>");
	x_expect(c, "<success");
	x_world_end(&w);
}

static void who_guesses_is_answered_slowly(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = at_features(w);

	(void)state;
	for (int i = 0; i < 2; i++) {
		x_send(c, AUTH("PLAIN") ">AGFubgB4</auth>");
		x_expect(c, "not-authorized");
		x_forget(c);
	}
	x_send(c, AUTH("PLAIN") ">AGFubgB4</auth>");
	x_expect_nothing(c);
	x_pass(w, 500);
	x_expect(c, "not-authorized");
	x_forget(c);
	x_send(c, AUTH("PLAIN") ">AGFubgB4</auth>");
	x_pass(w, 500);
	x_expect_nothing(c);
	x_pass(w, 500);
	x_forget(c);
	x_send(c, AUTH("PLAIN") ">AGFubgB4</auth>");
	x_pass(w, 5000);
	x_expect(c, "policy-violation");
	x_expect_end(c);
	/* The right one as well: who hangs up early has learnt nothing. */
	c = at_features(w);
	x_send(c, AUTH("PLAIN") ">AGFubgBzZWNyZXQ=</auth>");
	x_pass(w, 3999);
	x_expect_no(c, "<success");
	x_pass(w, 1);
	x_expect(c, "<success");
	x_world_end(&w);
}

static void nothing_waits_behind_the_login(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = at_features(w);

	(void)state;
	x_send(c, AUTH("PLAIN") ">AGFubgBzZWNyZXQ=</auth>" X_STREAM_OPEN);
	x_expect(c, "policy-violation");
	x_expect_end(c);
	x_world_end(&w);
}

/* Nor while its verdict is waited for. */
static void nor_behind_one_that_waits(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = at_features(w);

	(void)state;
	for (int i = 0; i < 2; i++)
		x_send(c, AUTH("PLAIN") ">AGFubgB3cm9uZw==</auth>");
	x_forget(c);
	x_send(c, AUTH("PLAIN") ">AGFubgBzZWNyZXQ=</auth>" X_STREAM_OPEN);
	x_expect_nothing(c);
	x_pass(w, 500);
	x_expect(c, "<success ");
	x_expect(c, "<policy-violation ");
	x_expect_end(c);
	x_world_end(&w);
}

static void no_account_is_made_in_a_log_in(void **state)
{
	struct world *w = x_world("  registration: open\n");
	struct client *c = at_features(w);

	(void)state;
	x_send(c, AUTH("SCRAM-SHA-256") ">biwsbj1hbm4scj1hYmM=</auth>");
	x_expect(c, "<challenge ");
	x_send(c, "<iq type='set' id='r'><query xmlns='jabber:iq:register'>"
		  "<username>zoe</username><password>secret</password>"
		  "</query></iq>");
	x_expect(c, "<not-authorized ");
	x_expect_end(c);
	assert_string_equal(w->new_person, "");
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_the_rfcs),
		cmocka_unit_test(first_messages),
		cmocka_unit_test(scram_logs_in),
		cmocka_unit_test(scram_refuses),
		cmocka_unit_test(scram_refuses_another_nonce),
		cmocka_unit_test(plain_refuses),
		cmocka_unit_test(plain_with_ones_own_authzid),
		cmocka_unit_test(the_fake_salt_is_the_same_each_time),
		cmocka_unit_test(the_fake_salt_is_that_of_the_address),
		cmocka_unit_test(no_scram_without_keys),
		cmocka_unit_test(the_directory_is_down),
		cmocka_unit_test(steps_out_of_order),
		cmocka_unit_test(who_guesses_is_answered_slowly),
		cmocka_unit_test(nothing_waits_behind_the_login),
		cmocka_unit_test(nor_behind_one_that_waits),
		cmocka_unit_test(no_account_is_made_in_a_log_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
