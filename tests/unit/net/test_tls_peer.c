/* SPDX-License-Identifier: MIT */
/* test_tls_peer.c - two servers show each other certificates of a test CA */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/net/listener.h"

#define DAY 86400L

static const char *const alpn[] = { "xmpp-server", NULL };

struct authority {
	X509 *cert;
	EVP_PKEY *key;
	char file[96];
};

struct side {
	struct conn *conn;
	bool ready;
	char alpn[32], sni[64];
	char fault[256];
};

struct fixture {
	struct loop *loop;
	struct net *net;
	struct listener *listener;
	struct tls_server *here, *there;
	struct authority ca, stranger;
	struct side in, out;
	char dir[64];
	bool starttls;
};

/* What a leaf is to say; NULL fields: left out. */
struct leaf {
	const char *san, *usage, *cn;
	long from, until; /* from now; 0 until: a day */
	bool stranger;
};

static X509 *cert_new(EVP_PKEY *key, const char *cn, long from, long until)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_NAME_new();

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x),
			 (long)(uintptr_t)x % 100000 + 1);
	X509_gmtime_adj(X509_getm_notBefore(x), from);
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

static void authority_new(struct fixture *f, struct authority *a,
			  const char *name)
{
	FILE *out;

	a->key = EVP_EC_gen("P-256");
	a->cert = cert_new(a->key, name, -DAY, 10 * DAY);
	X509_set_issuer_name(a->cert, X509_get_subject_name(a->cert));
	extend(a->cert, NID_basic_constraints, "critical,CA:TRUE");
	X509_sign(a->cert, a->key, EVP_sha256());
	snprintf(a->file, sizeof(a->file), "%s/%s.pem", f->dir, name);
	out = fopen(a->file, "we");
	assert_non_null(out);
	PEM_write_X509(out, a->cert);
	fclose(out);
}

static void authority_free(struct authority *a)
{
	unlink(a->file);
	X509_free(a->cert);
	EVP_PKEY_free(a->key);
}

/* t shows x, signed by a, as the certificate of domain. */
static void show_cert(struct fixture *f, struct tls_server *t,
		      const char *domain, X509 *x, EVP_PKEY *key)
{
	struct err_note note;
	char path[96];
	FILE *out;

	snprintf(path, sizeof(path), "%s/leaf.pem", f->dir);
	out = fopen(path, "we");
	assert_non_null(out);
	PEM_write_X509(out, x);
	PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL);
	fclose(out);
	assert_int_equal(tls_server_add(t, domain, path, NULL, &note), GW_OK);
	unlink(path);
}

static void show(struct fixture *f, struct tls_server *t, const char *domain,
		 const struct leaf *l)
{
	struct authority *a = l->stranger ? &f->stranger : &f->ca;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = cert_new(key, l->cn != NULL ? l->cn : "leaf", l->from - DAY,
			   l->until != 0 ? l->until : DAY);

	X509_set_issuer_name(x, X509_get_subject_name(a->cert));
	extend(x, NID_subject_alt_name, l->san);
	extend(x, NID_ext_key_usage, l->usage);
	X509_sign(x, a->key, EVP_sha256());
	show_cert(f, t, domain, x, key);
	X509_free(x);
	EVP_PKEY_free(key);
}

/* The other side's certificate has this one name, which is taken. */
static void show_name(struct fixture *f, GENERAL_NAME *name)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = cert_new(key, "leaf", -DAY, DAY);

	sk_GENERAL_NAME_push(names, name);
	X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, 0);
	GENERAL_NAMES_free(names);
	X509_set_issuer_name(x, X509_get_subject_name(f->ca.cert));
	X509_sign(x, f->ca.key, EVP_sha256());
	show_cert(f, f->there, "there.example", x, key);
	X509_free(x);
	EVP_PKEY_free(key);
}

static struct side *side_of(struct conn *c, struct fixture *f);

static void note_ready(struct conn *c)
{
	struct fixture *f = conn_arg(c);
	struct side *s = side_of(c, f);

	s->conn = c;
	s->ready = conn_tls(c) != NULL;
	if (!s->ready)
		return;
	snprintf(s->alpn, sizeof(s->alpn), "%s", conn_tls(c)->alpn);
	snprintf(s->sni, sizeof(s->sni), "%s", conn_tls(c)->sni);
}

static void in_open(struct conn *c)
{
	note_ready(c);
}

static size_t in_input(struct conn *c, const uint8_t *p, size_t n)
{
	struct fixture *f = conn_arg(c);

	if (!f->starttls)
		return n;
	assert_memory_equal(p, "starttls", 8);
	conn_write(c, "proceed", 7);
	conn_starttls(c, f->here);
	return n;
}

static void in_close(struct conn *c, enum conn_why why)
{
	struct fixture *f = conn_arg(c);

	(void)why;
	snprintf(f->in.fault, sizeof(f->in.fault), "%s", conn_fault(c));
	f->in.conn = NULL;
}

static void out_open(struct conn *c)
{
	struct fixture *f = conn_arg(c);

	note_ready(c);
	if (f->starttls)
		conn_write(c, "starttls", 8);
}

static size_t out_input(struct conn *c, const uint8_t *p, size_t n)
{
	struct fixture *f = conn_arg(c);
	struct tls_dial d = { .tls = f->there,
			      .own = "there.example",
			      .sni = "here.example" };

	if (!f->starttls || conn_tls(c) != NULL)
		return n;
	assert_memory_equal(p, "proceed", 7);
	conn_starttls_dial(c, &d);
	return n;
}

static void out_close(struct conn *c, enum conn_why why)
{
	struct fixture *f = conn_arg(c);

	(void)why;
	snprintf(f->out.fault, sizeof(f->out.fault), "%s", conn_fault(c));
	f->out.conn = NULL;
}

static const struct proto in_proto = {
	.name = "in",
	.open = in_open,
	.secured = note_ready,
	.input = in_input,
	.close = in_close,
};

static const struct proto out_proto = {
	.name = "out",
	.open = out_open,
	.secured = note_ready,
	.input = out_input,
	.close = out_close,
};

static struct side *side_of(struct conn *c, struct fixture *f)
{
	return f->out.conn == c ? &f->out : &f->in;
}

static int set_up(void **state)
{
	struct fixture *f = mem_new(sizeof(*f));
	struct err_note note;

	f->loop = loop_fake_new(1);
	f->net = net_new(f->loop);
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_tls_peer.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	authority_new(f, &f->ca, "authority");
	authority_new(f, &f->stranger, "stranger");
	f->here = tls_server_new(alpn);
	f->there = tls_server_new(alpn);
	assert_int_equal(tls_server_federate(f->here, f->ca.file, &note),
			 GW_OK);
	assert_int_equal(tls_server_federate(f->there, f->ca.file, &note),
			 GW_OK);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	listener_close(&f->listener);
	net_free(&f->net);
	tls_server_free(&f->here);
	tls_server_free(&f->there);
	loop_free(&f->loop);
	authority_free(&f->ca);
	authority_free(&f->stranger);
	rmdir(f->dir);
	mem_free(f);
	return 0;
}

static void hang_up(struct fixture *f)
{
	if (f->out.conn != NULL)
		conn_abort(f->out.conn);
	if (f->in.conn != NULL)
		conn_abort(f->in.conn);
	loop_fake_pass(f->loop, 1);
	listener_close(&f->listener);
	memset(&f->in, 0, sizeof(f->in));
	memset(&f->out, 0, sizeof(f->out));
}

static void meet(struct fixture *f)
{
	struct listener_spec spec = { .address = "127.0.0.1:0",
				      .proto = &in_proto,
				      .arg = f,
				      .tls = f->starttls ? NULL : f->here };
	struct tls_dial d = { .tls = f->there,
			      .own = "there.example",
			      .sni = "here.example",
			      .alpn = true };
	struct err_note note;
	uint64_t id;

	assert_int_equal(listener_open(f->net, &spec, &f->listener, &note),
			 GW_OK);
	assert_int_equal(conn_dial_tls(f->net, listener_address(f->listener),
				       f->starttls ? NULL : &d, &out_proto, f,
				       &id),
			 GW_OK);
	f->out.conn = conn_find(f->net, id);
	for (unsigned i = 0; i < 200 && !(f->in.ready && f->out.ready); i++)
		loop_fake_pass(f->loop, 0);
	assert_true(f->in.ready);
	assert_true(f->out.ready);
}

static const struct leaf here_leaf = { .san = "DNS:here.example",
				       .usage = "serverAuth" };
static const struct leaf there_leaf = { .san = "DNS:there.example",
					.usage = "serverAuth" };

static void certificates_of_servers_are_good_in_both_directions(void **state)
{
	struct fixture *f = *state;

	for (unsigned starttls = 0; starttls < 2; starttls++) {
		f->starttls = starttls;
		show(f, f->here, "here.example", &here_leaf);
		show(f, f->there, "there.example", &there_leaf);
		meet(f);
		assert_null(conn_tls_distrust(f->out.conn));
		assert_null(conn_tls_distrust(f->in.conn));
		assert_true(conn_tls_names(f->out.conn, STR("here.example"),
					   STR("here.example")));
		assert_true(conn_tls_names(f->in.conn, STR("there.example"),
					   STR("there.example")));
		assert_false(conn_tls_names(f->in.conn, STR("here.example"),
					    STR("here.example")));
		assert_string_equal(f->in.sni, "here.example");
		assert_string_equal(f->in.alpn,
				    f->starttls ? "" : "xmpp-server");
		hang_up(f);
	}
}

static void what_is_wrong_with_a_certificate_is_said(void **state)
{
	static const struct {
		const char *name;
		struct leaf leaf;
		const char *why;
	} cases[] = {
		{ "no usage named is any",
		  { .san = "DNS:there.example" },
		  NULL },
		{ "for both purposes",
		  { .san = "DNS:there.example",
		    .usage = "serverAuth,clientAuth" },
		  NULL },
		{ "for clients only",
		  { .san = "DNS:there.example", .usage = "clientAuth" },
		  "its certificate is not for server authentication" },
		{ "of an unknown authority",
		  { .san = "DNS:there.example",
		    .usage = "serverAuth",
		    .stranger = true },
		  "unable to get local issuer certificate" },
		{ "over",
		  { .san = "DNS:there.example", .until = -60 },
		  "certificate has expired" },
		{ "not yet",
		  { .san = "DNS:there.example",
		    .from = 2 * DAY,
		    .until = 3 * DAY },
		  "certificate is not yet valid" },
	};
	struct fixture *f = *state;

	show(f, f->here, "here.example", &here_leaf);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why;

		show(f, f->there, "there.example", &cases[i].leaf);
		meet(f);
		why = conn_tls_distrust(f->in.conn);
		if (cases[i].why == NULL)
			assert_null(why);
		else
			assert_string_equal(why, cases[i].why);
		hang_up(f);
		/* And the same on the accepting side. */
		show(f, f->here, "here.example", &cases[i].leaf);
		show(f, f->there, "there.example", &there_leaf);
		meet(f);
		why = conn_tls_distrust(f->out.conn);
		if (cases[i].why == NULL)
			assert_null(why);
		else
			assert_string_equal(why, cases[i].why);
		hang_up(f);
	}
}

static void who_shows_nothing_is_not_trusted(void **state)
{
	struct fixture *f = *state;

	show(f, f->here, "here.example", &here_leaf);
	meet(f);
	assert_string_equal(conn_tls_distrust(f->in.conn),
			    "it shows no certificate");
	assert_false(conn_tls_names(f->in.conn, STR("there.example"),
				    STR("there.example")));
}

#define XMPP_ADDR "otherName:1.3.6.1.5.5.7.8.5;UTF8:"
#define SRV_NAME  "otherName:1.3.6.1.5.5.7.8.7;IA5:"

/* B12. */
static void only_whole_names_of_the_subject_fit(void **state)
{
	static const struct {
		const char *san, *cn, *domain;
		bool fits;
	} cases[] = {
		{ "DNS:a.example", NULL, "a.example", true },
		{ "DNS:A.Example", NULL, "a.example", true },
		{ "DNS:a.example", NULL, "b.a.example", false },
		{ "DNS:a.example", NULL, "example", false },
		{ "DNS:x.example,DNS:a.example", NULL, "a.example", true },
		{ "DNS:*.example.com", NULL, "im.example.com", true },
		{ "DNS:*.example.com", NULL, "example.com", false },
		{ "DNS:*.example.com", NULL, "evilexample.com", false },
		{ "DNS:*.example.com", NULL, "a.b.example.com", false },
		{ "DNS:*.example.com", NULL, ".example.com", false },
		{ "DNS:i*.example.com", NULL, "im.example.com", false },
		{ "DNS:im.*.com", NULL, "im.example.com", false },
		{ "DNS:*.com", NULL, "example.com", false },
		{ "DNS:*", NULL, "com", false },
		{ SRV_NAME "_xmpp-server.a.example", NULL, "a.example", true },
		{ SRV_NAME "_xmpp-client.a.example", NULL, "a.example", false },
		{ SRV_NAME "a.example", NULL, "a.example", false },
		{ XMPP_ADDR "a.example", NULL, "a.example", true },
		{ XMPP_ADDR "ann@a.example", NULL, "a.example", false },
		{ "IP:127.0.0.1", NULL, "127.0.0.1", false },
		{ "email:a.example@a.example", NULL, "a.example", false },
		{ "URI:https://a.example", NULL, "a.example", false },
		/* No Common Name, and none that looks like more. */
		{ NULL, "a.example", "a.example", false },
		{ "DNS:b.example", "x,DNS:a.example", "a.example", false },
	};
	struct fixture *f = *state;

	show(f, f->here, "here.example", &here_leaf);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct leaf l = { .san = cases[i].san, .cn = cases[i].cn };
		struct str domain = str_of(cases[i].domain);

		show(f, f->there, "there.example", &l);
		meet(f);
		if (conn_tls_names(f->in.conn, domain, domain) != cases[i].fits)
			fail_msg("%s for %s", cases[i].san, cases[i].domain);
		hang_up(f);
	}
}

static void an_address_is_compared_in_its_own_script(void **state)
{
	static const char address[] = "b\xc3\xbc"
				      "cher.example";
	struct fixture *f = *state;
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_TYPE *value = ASN1_TYPE_new();
	ASN1_UTF8STRING *text = ASN1_UTF8STRING_new();

	ASN1_STRING_set(text, address, sizeof(address) - 1);
	ASN1_TYPE_set(value, V_ASN1_UTF8STRING, text);
	GENERAL_NAME_set0_othername(name, OBJ_nid2obj(NID_XmppAddr), value);
	show(f, f->here, "here.example", &here_leaf);
	show_name(f, name);
	meet(f);
	assert_true(conn_tls_names(f->in.conn, STR("xn--bcher-kva.example"),
				   STR(address)));
}

static void a_nul_ends_no_name(void **state)
{
	static const char evil[] = "a.example\0.evil.example";
	struct fixture *f = *state;
	GENERAL_NAME *name = GENERAL_NAME_new();

	name->type = GEN_DNS;
	name->d.dNSName = ASN1_IA5STRING_new();
	ASN1_STRING_set(name->d.dNSName, evil, sizeof(evil) - 1);
	show(f, f->here, "here.example", &here_leaf);
	show_name(f, name);
	meet(f);
	assert_null(conn_tls_distrust(f->in.conn));
	assert_false(
		conn_tls_names(f->in.conn, STR("a.example"), STR("a.example")));
}

static void authorities_that_cannot_be_read_are_named(void **state)
{
	struct fixture *f = *state;
	struct err_note note;

	assert_int_equal(tls_server_federate(f->here, "/no/ca.pem", &note),
			 GW_BAD_INPUT);
	assert_non_null(strstr(note.text, "/no/ca.pem"));
}

static int64_t in_days(int64_t end)
{
	return (end - (int64_t)time(NULL) * 1000 + DAY * 500) / (DAY * 1000);
}

/* Leaf and authority above it in one file, as certbot writes chains. */
static void show_chain(struct fixture *f, long leaf_until)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = cert_new(key, "leaf", -DAY, leaf_until);
	struct err_note note;
	char path[96];
	FILE *out;

	X509_set_issuer_name(x, X509_get_subject_name(f->ca.cert));
	X509_sign(x, f->ca.key, EVP_sha256());
	snprintf(path, sizeof(path), "%s/chain.pem", f->dir);
	out = fopen(path, "we");
	assert_non_null(out);
	PEM_write_X509(out, x);
	PEM_write_X509(out, f->ca.cert);
	PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL);
	fclose(out);
	assert_int_equal(
		tls_server_add(f->here, "x.example", path, NULL, &note), GW_OK);
	unlink(path);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void a_chain_ends_with_the_first_of_it(void **state)
{
	struct fixture *f = *state;

	show_chain(f, 5 * DAY);
	assert_int_equal(in_days(tls_server_expiry(f->here, "x.example")), 5);
	show_chain(f, 50 * DAY);
	assert_int_equal(in_days(tls_server_expiry(f->here, "x.example")), 10);
}

static void add_to(const char *path, struct authority *a, long until)
{
	FILE *out = fopen(path, "ae");

	assert_non_null(out);
	X509_gmtime_adj(X509_getm_notAfter(a->cert), until);
	X509_sign(a->cert, a->key, EVP_sha256());
	PEM_write_X509(out, a->cert);
	fclose(out);
}

static void an_authority_that_was_renewed_counts_once(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(in_days(tls_authorities_expiry(f->ca.file)), 10);
	add_to(f->ca.file, &f->ca, 90 * DAY);
	assert_int_equal(in_days(tls_authorities_expiry(f->ca.file)), 90);
	add_to(f->ca.file, &f->stranger, 40 * DAY);
	assert_int_equal(in_days(tls_authorities_expiry(f->ca.file)), 40);
	assert_int_equal(tls_authorities_expiry("/no/file"), 0);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(certificates_of_servers_are_good_in_both_directions),
		T(what_is_wrong_with_a_certificate_is_said),
		T(who_shows_nothing_is_not_trusted),
		T(only_whole_names_of_the_subject_fit),
		T(an_address_is_compared_in_its_own_script),
		T(a_nul_ends_no_name),
		T(authorities_that_cannot_be_read_are_named),
		T(a_chain_ends_with_the_first_of_it),
		T(an_authority_that_was_renewed_counts_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
