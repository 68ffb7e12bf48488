/* SPDX-License-Identifier: MIT */
/* test_external.c - log-in by a client's certificate */
#include "tests/unit/xmpp/secure.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h> /* mkstemp */
#include <unistd.h>

#define DAY	     86400L
#define XMPP_ADDR(a) "otherName:1.3.6.1.5.5.7.8.5;UTF8:" a
#define AUTH	     "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
#define EXTERNAL(m)  AUTH "mechanism='EXTERNAL'>" m "</auth>"
#define ANN	     "YW5uQGV4YW1wbGUub3Jn" /* ann@example.org */
#define BOB	     "Ym9iQGV4YW1wbGUub3Jn"
#define ANN_PHONE    "YW5uQGV4YW1wbGUub3JnL3Bob25l"

struct fixture {
	struct secure s;
	char ca_file[64];
	X509 *ca;
	EVP_PKEY *ca_key;
};

struct leaf {
	const char *san, *usage, *cn;
	long until; /* 0: a day */
	bool stranger;
};

static X509 *cert_new(EVP_PKEY *key, const char *cn, long until)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_NAME_new();

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -2 * DAY);
	X509_gmtime_adj(X509_getm_notAfter(x), until);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const uint8_t *)cn, -1, -1, 0);
	X509_set_subject_name(x, name);
	X509_NAME_free(name);
	X509_set_pubkey(x, key);
	return x;
}

static void extend(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX ctx = { .flags = 0 };

	if (value == NULL)
		return;
	X509V3_set_ctx(&ctx, NULL, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(ext);
	X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
}

static void init(struct fixture *f)
{
	char yaml[128];
	FILE *out;
	int fd;

	snprintf(f->ca_file, sizeof(f->ca_file), "/tmp/test_external.XXXXXX");
	fd = mkstemp(f->ca_file);
	assert_true(fd >= 0);
	f->ca_key = EVP_EC_gen("P-256");
	f->ca = cert_new(f->ca_key, "authority", 10 * DAY);
	X509_set_issuer_name(f->ca, X509_get_subject_name(f->ca));
	extend(f->ca, NID_basic_constraints, "critical,CA:TRUE");
	X509_sign(f->ca, f->ca_key, EVP_sha256());
	out = fdopen(fd, "w");
	assert_non_null(out);
	PEM_write_X509(out, f->ca);
	fclose(out);
	snprintf(yaml, sizeof(yaml), "  client_ca: %s\n", f->ca_file);
	secure_init_with(&f->s, yaml);
}

static void fini(struct fixture *f)
{
	secure_fini(&f->s);
	unlink(f->ca_file);
	X509_free(f->ca);
	EVP_PKEY_free(f->ca_key);
}

/* The next connection comes with x. */
static void use_cert(struct fixture *f, X509 *x, EVP_PKEY *key, bool stranger)
{
	EVP_PKEY *other = EVP_EC_gen("P-256");

	X509_set_issuer_name(x, X509_get_subject_name(f->ca));
	X509_sign(x, stranger ? other : f->ca_key, EVP_sha256());
	assert_int_equal(SSL_CTX_use_certificate(f->s.ctx, x), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(f->s.ctx, key), 1);
	EVP_PKEY_free(other);
}

static void use(struct fixture *f, const struct leaf *l)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = cert_new(key, l->cn != NULL ? l->cn : "leaf",
			   l->until != 0 ? l->until : DAY);

	extend(x, NID_subject_alt_name, l->san);
	extend(x, NID_ext_key_usage, l->usage);
	use_cert(f, x, key, l->stranger);
	X509_free(x);
	EVP_PKEY_free(key);
}

static const struct {
	const char *name;
	struct leaf leaf;
	const char *auth, *want;
} cases[] = {
	{ "xmppAddr",
	  { .san = XMPP_ADDR("ann@example.org") },
	  EXTERNAL("="),
	  "<success " },
	{ "xmppAddr, and says so",
	  { .san = XMPP_ADDR("ann@example.org") },
	  EXTERNAL(ANN),
	  "<success " },
	{ "in capitals",
	  { .san = XMPP_ADDR("Ann@Example.ORG") },
	  EXTERNAL("="),
	  "<success " },
	{ "rfc822Name",
	  { .san = "email:ann@example.org" },
	  EXTERNAL("="),
	  "<success " },
	{ "for clients",
	  { .san = "email:ann@example.org", .usage = "clientAuth" },
	  EXTERNAL("="),
	  "<success " },
	{ "twice the same",
	  { .san = "email:ann@example.org," XMPP_ADDR("ann@example.org") },
	  EXTERNAL("="),
	  "<success " },
	{ "one of two, named",
	  { .san = "email:bob@example.org," XMPP_ADDR("ann@example.org") },
	  EXTERNAL(ANN),
	  "<success " },
	{ "one of two, not named",
	  { .san = "email:bob@example.org," XMPP_ADDR("ann@example.org") },
	  EXTERNAL("="),
	  "<not-authorized" },
	{ "somebody else's name",
	  { .san = XMPP_ADDR("ann@example.org") },
	  EXTERNAL(BOB),
	  "<invalid-authzid" },
	{ "a full address",
	  { .san = XMPP_ADDR("ann@example.org") },
	  EXTERNAL(ANN_PHONE),
	  "<invalid-authzid" },
	{ "no such person",
	  { .san = XMPP_ADDR("nobody@example.org") },
	  EXTERNAL("="),
	  "<not-authorized" },
	{ "the desk",
	  { .san = XMPP_ADDR("muster@example.org") },
	  EXTERNAL("="),
	  "<invalid-mechanism" },
	{ "another domain",
	  { .san = XMPP_ADDR("ann@example.net") },
	  EXTERNAL("="),
	  "<invalid-mechanism" },
	{ "a domain alone",
	  { .san = "DNS:example.org" },
	  EXTERNAL("="),
	  "<invalid-mechanism" },
	{ "a Common Name",
	  { .cn = "ann@example.org" },
	  EXTERNAL("="),
	  "<invalid-mechanism" },
	{ "for servers",
	  { .san = "email:ann@example.org", .usage = "serverAuth" },
	  EXTERNAL("="),
	  "<invalid-mechanism" },
	{ "over",
	  { .san = "email:ann@example.org", .until = -DAY },
	  EXTERNAL("="),
	  "<invalid-mechanism" },
	{ "of another authority",
	  { .san = "email:ann@example.org", .stranger = true },
	  EXTERNAL("="),
	  "<invalid-mechanism" },
};

static void who_a_certificate_speaks_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;
		bool valid = strstr(cases[i].want, "mechanism") == NULL;

		print_message("  %s\n", cases[i].name);
		init(&f);
		use(&f, &cases[i].leaf);
		secure_open(&f.s, i % 2 == 0 ? TLS1_3_VERSION : TLS1_2_VERSION);
		assert_int_equal(strstr(secure_text(&f.s),
					"<mechanism>EXTERNAL<") != NULL,
				 valid);
		secure_say(&f.s, cases[i].auth);
		secure_expect(&f.s, cases[i].want);
		fini(&f);
	}
}

/* B12: bytes behind a NUL are part of the name. */
static void b12_a_nul_ends_no_name(void **state)
{
	static const char name[] = "ann@example.org\0.example.net";
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *g = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = cert_new(key, "leaf", DAY);
	struct fixture f;

	(void)state;
	init(&f);
	ASN1_STRING_set(text, name, sizeof(name) - 1);
	GENERAL_NAME_set0_value(g, GEN_EMAIL, text);
	sk_GENERAL_NAME_push(names, g);
	X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, 0);
	use_cert(&f, x, key, false);
	secure_open(&f.s, TLS1_3_VERSION);
	assert_null(strstr(secure_text(&f.s), "EXTERNAL"));
	secure_say(&f.s, EXTERNAL("="));
	secure_expect(&f.s, "<invalid-mechanism");
	GENERAL_NAMES_free(names);
	X509_free(x);
	EVP_PKEY_free(key);
	fini(&f);
}

/* B10: it is there for who shows a certificate. */
static void b10_external_without_a_certificate(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	secure_open(&f.s, TLS1_3_VERSION);
	assert_null(strstr(secure_text(&f.s), "EXTERNAL"));
	secure_say(&f.s, EXTERNAL("="));
	secure_expect(&f.s, "<invalid-mechanism");
	secure_say(&f.s, AUTH "mechanism='PLAIN'>AGFubgBzZWNyZXQ=</auth>");
	secure_expect(&f.s, "<success ");
	fini(&f);
}

static void with_sasl2_and_bind(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	use(&f, &(struct leaf){ .san = XMPP_ADDR("ann@example.org") });
	secure_open(&f.s, TLS1_3_VERSION);
	secure_expect(&f.s, "<authentication xmlns='urn:xmpp:sasl:2'>"
			    "<mechanism>EXTERNAL</mechanism>");
	secure_say(&f.s, "<authenticate xmlns='urn:xmpp:sasl:2' "
			 "mechanism='EXTERNAL'><initial-response/>"
			 "<bind xmlns='urn:xmpp:bind:0'/></authenticate>");
	secure_expect(&f.s, "<bound ");
	secure_expect(&f.s, "ann@example.org/");
	fini(&f);
}

static void not_offered_where_no_authority_is_named(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	use(&f, &(struct leaf){ .san = XMPP_ADDR("ann@example.org") });
	x_reload(f.s.w, NULL);
	secure_open(&f.s, TLS1_3_VERSION);
	assert_null(strstr(secure_text(&f.s), "EXTERNAL"));
	fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_a_certificate_speaks_for),
		cmocka_unit_test(b12_a_nul_ends_no_name),
		cmocka_unit_test(b10_external_without_a_certificate),
		cmocka_unit_test(with_sasl2_and_bind),
		cmocka_unit_test(not_offered_where_no_authority_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
