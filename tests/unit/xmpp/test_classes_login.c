/* SPDX-License-Identifier: MIT */
/* test_classes_login.c - classes of bugs elsewhere that concern log-in, each
 * by its number in the reference
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "gateway/base/codec.h"
#include "tests/unit/xmpp/login.h"
#include "tests/unit/xmpp/secure.h"
#include "xmpp/s2s/key.h"
#include "xmpp/sasl/scram.h"

#define AUTH(m)                                                                \
	"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='" m "'"
#define TRIES 100000

static struct client *at_features(struct world *w)
{
	struct client *c = login_open(w);

	x_expect(c, "</stream:features>");
	return c;
}

static void auth(struct client *c, const char *mechanism, const char *msg,
		 size_t n)
{
	struct arena *a = arena_new();

	x_sendf(c, AUTH("%s") ">%s</auth>", mechanism, codec_base64(a, msg, n));
	arena_free(&a);
}

static const struct {
	const char *name, *msg;
	size_t n;
	const char *want;
} identities[] = {
	{ "of another user", "bob@example.org\0ann\0secret", 26,
	  "<invalid-authzid" },
	{ "of another domain", "ann@example.net\0ann\0secret", 26,
	  "<invalid-authzid" },
	{ "the domain", "example.org\0ann\0secret", 22, "<invalid-authzid" },
	{ "the desk", "muster@example.org\0ann\0secret", 29,
	  "<invalid-authzid" },
	{ "a local part alone", "ann\0ann\0secret", 14, "<invalid-authzid" },
	{ "with a resource", "ann@example.org/r\0ann\0secret", 28,
	  "<invalid-authzid" },
	{ "no address", "a b@\0ann\0secret", 15, "<invalid-authzid" },
	{ "with a NUL", "ann@example.org\0\0ann\0secret", 27,
	  "<malformed-request" },
	{ "empty", "\0ann\0secret", 11, "<success" },
	{ "one's own", "ann@example.org\0ann\0secret", 26, "<success" },
	{ "one's own, in capitals", "ANN@EXAMPLE.ORG\0ann\0secret", 26,
	  "<success" },
};

static void b09_whom_one_may_be(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(identities) / sizeof(identities[0]);
	     i++) {
		struct world *w = x_world(NULL);
		struct client *c = at_features(w);

		print_message("  %s\n", identities[i].name);
		auth(c, "PLAIN", identities[i].msg, identities[i].n);
		x_expect(c, identities[i].want);
		x_world_end(&w);
	}
}

static const char *const never[] = {
	"ANONYMOUS",
	"EXTERNAL",
	"DIGEST-MD5",
	"CRAM-MD5",
	"LOGIN",
	"GSSAPI",
	"X-OAUTH2",
	"SCRAM-MD5",
	"SCRAM-SHA-1-PLUS",
	"SCRAM-SHA-512-PLUS",
	"HT-SHA-256-NONE",
	"HT-SHA-256-EXPR",
	"plain",
	"PLAIN ",
	"",
	"SCRAM-SHA-256-P",
	"SCRAM-SHA-256\xc3\xa4",
};

static void b10_what_was_not_offered(void **state)
{
	struct world *w = x_world(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		struct client *c = at_features(w);

		auth(c, never[i], "\0ann\0secret", 11);
		x_expect(c, "<invalid-mechanism/>");
		login_try(c, &(struct login_try){ never[i], "\0ann\0secret", 11,
						  AGENT, NULL });
		x_expect(c, "<invalid-mechanism ");
	}
	x_world_end(&w);
}

/* A word in the configuration takes a mechanism away, also from who asks for
 * it all the same. */
static void b10_what_is_switched_off(void **state)
{
	struct world *w = x_world("  mechanisms: [SCRAM-SHA-256]\n");
	struct client *c = login_open(w);

	(void)state;
	x_expect_no(c, "PLAIN");
	x_expect_no(c, "SCRAM-SHA-512");
	x_forget(c);
	auth(c, "PLAIN", "\0ann\0secret", 11);
	x_expect(c, "<invalid-mechanism/>");
	x_world_end(&w);
}

static void b10_plain_before_tls(void **state)
{
	struct secure s;

	(void)state;
	secure_init(&s);
	secure_dial(&s, false);
	secure_say(&s, X_STREAM_OPEN);
	assert_null(strstr(secure_text(&s), "<mechanism"));
	assert_null(strstr(secure_text(&s), "urn:xmpp:sasl:2"));
	secure_say(&s, AUTH("PLAIN") ">AGFubgBzZWNyZXQ=</auth>");
	secure_expect(&s, "<encryption-required/>");
	secure_say(&s, AUTH("SCRAM-SHA-1") ">biwsbj1hbm4scj1hYmM=</auth>");
	secure_expect(&s, "<encryption-required/>");
	secure_say(&s, "<authenticate xmlns='" NS2 "' mechanism='PLAIN'>"
		       "<initial-response>AGFubgBzZWNyZXQ=</initial-response>"
		       "</authenticate>");
	secure_expect(&s, "<encryption-required ");
	secure_fini(&s);
}

/* Without TLS: SCRAM by one switch, PLAIN by a second one only. */
static void b10_tls_optional_is_two_switches(void **state)
{
	struct secure s;

	(void)state;
	secure_init(&s);
	s.l->tls_required = false;
	s.l->plain_without_tls = false;
	secure_dial(&s, false);
	secure_say(&s, X_STREAM_OPEN);
	assert_non_null(strstr(secure_text(&s), "<mechanism>SCRAM-SHA-256<"));
	assert_null(strstr(secure_text(&s), "PLAIN"));
	secure_say(&s, AUTH("PLAIN") ">AGFubgBzZWNyZXQ=</auth>");
	secure_expect(&s, "<invalid-mechanism/>");
	s.l->plain_without_tls = true;
	secure_dial(&s, false);
	secure_say(&s, X_STREAM_OPEN);
	secure_expect(&s, "<mechanism>PLAIN<");
	secure_say(&s, AUTH("PLAIN") ">AGFubgBzZWNyZXQ=</auth>");
	secure_expect(&s, "<success ");
	secure_fini(&s);
}

static void b11_the_host_is_chosen_once(void **state)
{
	struct world *w = x_world(NULL);
	struct arena *a = arena_new();
	struct jid both[2];
	struct client *c;

	(void)state;
	both[0] = w->x->domains[0];
	assert_int_equal(xmpp_jid_make(a, STR_NONE, STR("example.net"),
				       STR_NONE, &both[1]),
			 GW_OK);
	w->x->domains = both;
	w->x->domain_count = 2;
	c = at_features(w);
	auth(c, "PLAIN", "\0ann\0secret", 11);
	x_expect(c, "<success");
	x_send(c, "<?xml version='1.0'?><stream:stream to='example.net' "
		  "version='1.0' xmlns='jabber:client' "
		  "xmlns:stream='http://etherx.jabber.org/streams'>");
	x_expect(c, "<policy-violation ");
	x_expect_end(c);
	x_world_end(&w);
	arena_free(&a);
}

/* ---- B14 ---- */

static int64_t cpu_ns(void)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t), 0);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int64_t median(int64_t *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 2];
}

struct race {
	const char *name;
	void (*run)(void *arg, bool late);
	void *arg;
};

/* Guesses that are wrong at the first byte and at the last one, in turn: the
 * medians of their times may not differ by a tenth. */
static void race(const struct race *r)
{
	int64_t *t[2];
	double ratio;

	for (int k = 0; k < 2; k++)
		t[k] = mem_new(TRIES / 2 * sizeof(**t));
	for (size_t i = 0; i < TRIES; i++) {
		int64_t start = cpu_ns();

		r->run(r->arg, i % 2 == 1);
		t[i % 2][i / 2] = cpu_ns() - start;
	}
	ratio = (double)median(t[0], TRIES / 2) /
		(double)median(t[1], TRIES / 2);
	print_message("  %s: early/late %.3f\n", r->name, ratio);
	assert_true(ratio > 0.9 && ratio < 1.1);
	for (int k = 0; k < 2; k++)
		mem_free(t[k]);
}

struct texts {
	char secret[4096], early[4096], late[4096];
};

static void compare(void *arg, bool late)
{
	struct texts *t = arg;

	assert_false(str_eq_secret(
		str_make(t->secret, sizeof(t->secret)),
		str_make(late ? t->late : t->early, sizeof(t->secret))));
}

static void b14_secrets_are_compared_in_constant_time(void **state)
{
	struct texts *t = mem_new(sizeof(*t));
	struct race r = { "4096 bytes", compare, t };

	(void)state;
	t->early[0] = 1;
	t->late[sizeof(t->late) - 1] = 1;
	race(&r);
	mem_free(t);
}

struct proofs {
	struct xmpp_scram s;
	struct xmpp_scram_keys keys;
	struct str early, late;
	struct arena *a;
};

static void guess(void *arg, bool late)
{
	struct proofs *p = arg;
	struct xmpp_scram_final f = { .msg = late ? p->late : p->early,
				      .keys = p->keys };
	struct str reply;

	assert_int_equal(xmpp_scram_finish(&p->s, p->a, &f, &reply), GW_DENIED);
	arena_reset(p->a);
}

static void b14_proofs_are_compared_in_constant_time(void **state)
{
	struct arena *a = arena_new();
	struct proofs p = { .s = { .hash = CRYPTO_SHA256 } };
	struct race r = { "SCRAM", guess, &p };
	struct xmpp_scram_challenge c = { .nonce = STR("def"),
					  .salt = STR("salt"),
					  .rounds = 4096 };
	uint8_t proof[32] = { 0 };

	(void)state;
	p.a = arena_new();
	assert_int_equal(xmpp_scram_first(&p.s, a, STR("n,,n=ann,r=abc")),
			 GW_OK);
	xmpp_scram_challenge(&p.s, a, &c);
	p.keys.stored_key = p.keys.server_key = str_make("0123456789abcdef"
							 "0123456789abcdef",
							 32);
	proof[0] = 1;
	p.early = str_of(arena_printf(a, "c=biws,r=abcdef,p=%s",
				      codec_base64(a, proof, 32)));
	proof[0] = 0;
	proof[31] = 1;
	p.late = str_of(arena_printf(a, "c=biws,r=abcdef,p=%s",
				     codec_base64(a, proof, 32)));
	race(&r);
	arena_free(&p.a);
	arena_free(&a);
}

struct keys {
	char early[XMPP_S2S_KEY_LEN + 1], late[XMPP_S2S_KEY_LEN + 1];
};

static void show_key(void *arg, bool late)
{
	static const struct xmpp_s2s_key_of of = {
		.receiving = STR("far.example"),
		.originating = STR("example.org"),
		.id = STR("id"),
	};
	const struct keys *k = arg;

	assert_false(xmpp_s2s_key_fits(
		"secret", &of,
		str_make(late ? k->late : k->early, XMPP_S2S_KEY_LEN)));
}

static void b14_dialback_keys_are_compared_in_constant_time(void **state)
{
	struct xmpp_s2s_key_of of = { .receiving = STR("far.example"),
				      .originating = STR("example.org"),
				      .id = STR("id") };
	struct keys k;
	struct race r = { "dialback", show_key, &k };

	(void)state;
	xmpp_s2s_key("secret", &of, k.early);
	memcpy(k.late, k.early, sizeof(k.late));
	k.early[0] ^= 1;
	k.late[XMPP_S2S_KEY_LEN - 1] ^= 1;
	race(&r);
}

/* ---- B15 ---- */

/* What the server says, with what must differ taken out. */
static char *answer_to(struct arena *a, struct world *w, const char *name,
		       const char *mechanism, enum crypto_hash hash)
{
	struct client *c = at_features(w);
	char *first = arena_printf(a, "n,,n=%s,r=abc", name), *out, *final;
	struct login_scram l = { hash, "n,,", NULL, 0, "wrong", first + 3 };
	struct str challenge;
	const char *text;

	if (strcmp(mechanism, "PLAIN") == 0) {
		first = arena_printf(a, "-%s-wrong", name);
		auth(c, "PLAIN", first, 0);
		out = arena_strdup(a, x_text(c));
		x_forget(c);
		for (size_t i = 0, n = strlen(first); i < n; i++)
			first[i] = first[i] == '-' ? '\0' : first[i];
		auth(c, "PLAIN", first, strlen(name) + 7);
		x_pass(w, 10000);
		out = arena_printf(a, "%s%s", out, x_text(c));
		x_close(c);
		return out;
	}
	auth(c, mechanism, first, strlen(first));
	text = strstr(x_text(c), "'>") + 2;
	assert_int_equal(codec_unbase64(a, str_make(text, strcspn(text, "<")),
					&challenge),
			 GW_OK);
	final = login_scram_final(a, &l, challenge, &out);
	out = arena_printf(a, "%zu", challenge.n);
	x_forget(c);
	x_sendf(c,
		"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>%s"
		"</response>",
		codec_base64(a, final, strlen(final)));
	x_pass(w, 10000);
	out = arena_printf(a, "%s %s", out, x_text(c));
	x_close(c);
	return out;
}

static const struct {
	const char *name, *mechanism;
	enum crypto_hash hash;
	bool lacks[3];
} paths[] = {
	{ "PLAIN", "PLAIN", CRYPTO_SHA1, { false } },
	{ "SHA-1", "SCRAM-SHA-1", CRYPTO_SHA1, { false } },
	{ "SHA-256", "SCRAM-SHA-256", CRYPTO_SHA256, { false } },
	{ "SHA-512", "SCRAM-SHA-512", CRYPTO_SHA512, { false } },
	{ "SHA-1, which the account lacks",
	  "SCRAM-SHA-1",
	  CRYPTO_SHA1,
	  { [CRYPTO_SHA1] = true } },
	{ "SHA-512, which the account lacks",
	  "SCRAM-SHA-512",
	  CRYPTO_SHA512,
	  { [CRYPTO_SHA512] = true } },
	{ "SHA-256, the only one",
	  "SCRAM-SHA-256",
	  CRYPTO_SHA256,
	  { [CRYPTO_SHA1] = true, [CRYPTO_SHA512] = true } },
};

/* scram_rounds as the harness's people have them. */
static void b15_unknown_names_get_the_same_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct world *w = x_world("  scram_rounds: 4096\n");
		struct arena *a = arena_new();

		print_message("  %s\n", paths[i].name);
		memcpy(w->lacks, paths[i].lacks, sizeof(w->lacks));
		assert_string_equal(answer_to(a, w, "ann", paths[i].mechanism,
					      paths[i].hash),
				    answer_to(a, w, "nil", paths[i].mechanism,
					      paths[i].hash));
		arena_free(&a);
		x_world_end(&w);
	}
}

/* The delay after failures is the same too, and no name is locked. */
static void b15_unknown_names_are_slowed_alike(void **state)
{
	static const char *const names[] = { "\0ann\0wrong", "\0nil\0wrong" };

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct world *w = x_world(NULL);
		struct client *c = at_features(w);

		for (int i = 0; i < 2; i++) {
			auth(c, "PLAIN", names[k], 10);
			x_expect(c, "<not-authorized/>");
		}
		x_forget(c);
		auth(c, "PLAIN", names[k], 10);
		x_pass(w, 499);
		x_expect_nothing(c);
		x_pass(w, 1);
		x_expect(c, "<not-authorized/>");
		x_world_end(&w);
	}
}

static void nobody_is_locked_out(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c;

	(void)state;
	for (int i = 0; i < 100; i++) {
		c = at_features(w);
		auth(c, "PLAIN", "\0ann\0wrong", 10);
		x_pass(w, 10000);
		x_expect(c, "<not-authorized/>");
		x_close(c);
	}
	c = at_features(w);
	auth(c, "PLAIN", "\0ann\0secret", 11);
	x_pass(w, 8000);
	x_expect(c, "<success");
	x_world_end(&w);
}

/* Each character of ours is six bits. */
static void b25_names_that_are_secrets_are_long(void **state)
{
	struct world *w = x_world(NULL);
	struct arena *a = arena_new();
	struct client *c = x_online(w, "ann@example.org/a");
	struct str challenge;
	const char *text;

	(void)state;
	x_send(c, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
	assert_true(strlen(login_attr(a, x_text(c), "enabled", "id")) >= 22);
	c = at_features(w);
	auth(c, "SCRAM-SHA-1", "n,,n=ann,r=abc", 14);
	text = strstr(x_text(c), "'>") + 2;
	assert_int_equal(codec_unbase64(a, str_make(text, strcspn(text, "<")),
					&challenge),
			 GW_OK);
	assert_true(str_find(challenge, ',') >= sizeof("r=abc") - 1 + 22);
	arena_free(&a);
	x_world_end(&w);
}

/* ---- TLS ---- */

static void b16_no_renegotiation(void **state)
{
	struct secure s;

	(void)state;
	secure_init(&s);
	secure_open(&s, TLS1_2_VERSION);
	secure_expect(&s, "</stream:features>");
	assert_int_equal(SSL_renegotiate(s.ssl), 1);
	(void)SSL_do_handshake(s.ssl);
	x_pass(s.w, 0);
	secure_text(&s);
	/* Refused by an alert; the session that was stays as it was. */
	assert_int_equal(SSL_do_handshake(s.ssl), -1);
	secure_fini(&s);
}

static void b31_tls_unique_is_not_offered(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct secure s;

		secure_init(&s);
		secure_open(&s, versions[i]);
		assert_non_null(strstr(
			secure_text(&s),
			"<channel-binding type='tls-server-end-point'/>"));
		assert_int_equal(strstr(secure_text(&s), "'tls-exporter'") !=
					 NULL,
				 versions[i] == TLS1_3_VERSION);
		assert_null(strstr(secure_text(&s), "tls-unique"));
		assert_null(strstr(secure_text(&s), "-UNIQ"));
		secure_fini(&s);
	}
}

/* X34: a token lives on the channel it is shown on. */
static void exporter_of(struct secure *s, uint8_t out[32])
{
	assert_int_equal(SSL_export_keying_material(s->ssl, out, 32,
						    "EXPORTER-Channel-Binding",
						    24, NULL, 0, 0),
			 1);
}

static void show_token_by(struct secure *s, const char *mechanism,
			  const char *token, struct str cb)
{
	struct arena *a = arena_new();
	size_t n;
	char *msg = login_ht(a, "ann", token, cb, &n);

	secure_expect(s, "</stream:features>");
	secure_say(s, arena_printf(
			      a,
			      "<authenticate xmlns='" NS2 "' mechanism='%s'>"
			      "<initial-response>%s</initial-response>"
			      "<user-agent id='" AGENT "'/>"
			      "<fast xmlns='urn:xmpp:fast:0'/></authenticate>",
			      mechanism, codec_base64(a, msg, n)));
	arena_free(&a);
}

static void show_token(struct secure *s, const char *token,
		       const uint8_t cb[32])
{
	show_token_by(s, "HT-SHA-256-EXPR", token,
		      str_make((const char *)cb, 32));
}

static void a_token_is_bound_to_the_channel(void **state)
{
	struct arena *a = arena_new();
	struct secure s;
	uint8_t cb[32];
	char *token;

	(void)state;
	secure_init(&s);
	secure_open(&s, TLS1_3_VERSION);
	secure_expect(&s, "</stream:features>");
	secure_say(&s, "<authenticate xmlns='" NS2 "' mechanism='PLAIN'>"
		       "<initial-response>AGFubgBzZWNyZXQ=</initial-response>"
		       "<user-agent id='" AGENT "'/>"
		       "<request-token xmlns='urn:xmpp:fast:0' "
		       "mechanism='HT-SHA-256-EXPR'/></authenticate>");
	token = login_attr(a, secure_text(&s), "token", "token");
	assert_non_null(token);
	exporter_of(&s, cb);
	secure_open(&s, TLS1_3_VERSION);
	show_token(&s, token, cb); /* of the last connection */
	secure_expect(&s, "<not-authorized ");
	secure_open(&s, TLS1_3_VERSION); /* nor is it good without one */
	show_token_by(&s, "HT-SHA-256-NONE", token, STR_NONE);
	secure_expect(&s, "<not-authorized ");
	secure_open(&s, TLS1_3_VERSION);
	exporter_of(&s, cb);
	show_token(&s, token, cb);
	secure_expect(&s, "<success ");
	secure_open(&s, TLS1_2_VERSION);
	assert_null(strstr(secure_text(&s), "HT-SHA-256-EXPR"));
	show_token(&s, token, cb);
	secure_expect(&s, "<invalid-mechanism ");
	secure_fini(&s);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(b09_whom_one_may_be),
		cmocka_unit_test(b10_what_was_not_offered),
		cmocka_unit_test(b10_what_is_switched_off),
		cmocka_unit_test(b10_plain_before_tls),
		cmocka_unit_test(b10_tls_optional_is_two_switches),
		cmocka_unit_test(b11_the_host_is_chosen_once),
		cmocka_unit_test(b14_secrets_are_compared_in_constant_time),
		cmocka_unit_test(b14_proofs_are_compared_in_constant_time),
		cmocka_unit_test(
			b14_dialback_keys_are_compared_in_constant_time),
		cmocka_unit_test(b15_unknown_names_get_the_same_answers),
		cmocka_unit_test(b15_unknown_names_are_slowed_alike),
		cmocka_unit_test(nobody_is_locked_out),
		cmocka_unit_test(b25_names_that_are_secrets_are_long),
		cmocka_unit_test(b16_no_renegotiation),
		cmocka_unit_test(b31_tls_unique_is_not_offered),
		cmocka_unit_test(a_token_is_bound_to_the_channel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
