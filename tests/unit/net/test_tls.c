/* SPDX-License-Identifier: MIT */
/* test_tls.c - TLS against OpenSSL's own client */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/net/conn.h"

#define STEPS 2000

static const char *const alpn[] = { "xmpp-client", "xmpp-server", NULL };

struct fixture {
	struct loop *loop;
	struct net *net;
	struct tls_server *server;
	struct conn *conn;
	SSL_CTX *ctx;
	SSL *ssl;
	int peer;
	char dir[64];
	char one[96], two[96];
	unsigned opened, secured, closed;
	enum conn_why why;
	char fault[256];
	struct buf got;
	bool echo;
};

static struct fixture *of(struct conn *c)
{
	return conn_arg(c);
}

static void on_open(struct conn *c)
{
	of(c)->opened++;
}

static void on_secured(struct conn *c)
{
	of(c)->secured++;
	conn_write(c, "welcome", 7);
}

static void on_close(struct conn *c, enum conn_why why)
{
	struct fixture *f = of(c);

	f->closed++;
	f->why = why;
	f->conn = NULL;
	snprintf(f->fault, sizeof(f->fault), "%s", conn_fault(c));
}

static size_t on_input(struct conn *c, const uint8_t *p, size_t n)
{
	struct fixture *f = of(c);

	buf_add(&f->got, p, n);
	if (f->echo)
		conn_write(c, p, n);
	return n;
}

/* "starttls\n" is answered "proceed\n", in plain; nothing may follow it. */
static size_t on_plain(struct conn *c, const uint8_t *p, size_t n)
{
	if (conn_tls(c) != NULL)
		return on_input(c, p, n);
	if (n < 9)
		return 0;
	assert_memory_equal(p, "starttls\n", 9);
	if (n > 9) {
		conn_close(c);
		return n;
	}
	conn_write(c, "proceed\n", 8);
	conn_starttls(c, of(c)->server);
	conn_write(c, "secret,", 7); /* waits for the handshake */
	return 9;
}

static const struct proto direct_proto = {
	.name = "direct",
	.open = on_open,
	.input = on_input,
	.close = on_close,
};

static const struct proto starttls_proto = {
	.name = "starttls",
	.open = on_open,
	.input = on_plain,
	.secured = on_secured,
	.close = on_close,
};

static int set_up(void **state)
{
	static const char *const one[] = { "one.example", "127.0.0.1", NULL };
	static const char *const two[] = { "two.example", NULL };
	struct fixture *f = mem_new(sizeof(*f));
	struct err_note note;

	f->loop = loop_fake_new(1);
	f->net = net_new(f->loop);
	f->server = tls_server_new(alpn);
	f->peer = -1;
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_tls.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->one, sizeof(f->one), "%s/one.pem", f->dir);
	snprintf(f->two, sizeof(f->two), "%s/two.pem", f->dir);
	assert_int_equal(tls_self_signed(f->one, one, &note), GW_OK);
	assert_int_equal(tls_self_signed(f->two, two, &note), GW_OK);
	assert_int_equal(
		tls_server_add(f->server, "one.example", f->one, NULL, &note),
		GW_OK);
	assert_int_equal(
		tls_server_add(f->server, "two.example", f->two, f->two, &note),
		GW_OK);
	f->ctx = SSL_CTX_new(TLS_client_method());
	*state = f;
	return 0;
}

static void hang_up(struct fixture *f)
{
	SSL_free(f->ssl);
	f->ssl = NULL;
	if (f->peer >= 0)
		close(f->peer);
	f->peer = -1;
	loop_fake_pass(f->loop, 0);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	hang_up(f);
	net_free(&f->net);
	tls_server_free(&f->server);
	loop_free(&f->loop);
	SSL_CTX_free(f->ctx);
	buf_fini(&f->got);
	unlink(f->one);
	unlink(f->two);
	rmdir(f->dir);
	mem_free(f);
	return 0;
}

static void accept_one(struct fixture *f, const struct proto *p,
		       struct tls_server *tls)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd),
			 0);
	assert_int_equal(fcntl(fd[1], F_SETFL, O_NONBLOCK), 0);
	f->peer = fd[1];
	f->conn = conn_accepted(f->net, fd[0], p, f, tls);
	f->ssl = SSL_new(f->ctx);
	assert_int_equal(SSL_set_fd(f->ssl, f->peer), 1);
}

/* 1, or what SSL_get_error() says of the failure. */
static int shake_hands(struct fixture *f)
{
	for (unsigned i = 0; i < STEPS; i++) {
		int r = SSL_connect(f->ssl);
		int e = SSL_get_error(f->ssl, r);

		loop_fake_pass(f->loop, 0);
		if (r == 1)
			return 1;
		if (e != SSL_ERROR_WANT_READ && e != SSL_ERROR_WANT_WRITE)
			return -e;
	}
	return 0;
}

static void direct(struct fixture *f, const char *sni)
{
	accept_one(f, &direct_proto, f->server);
	if (sni != NULL)
		/* What SSL_set_tlsext_host_name() does, without its cast. */
		assert_int_equal(SSL_ctrl(f->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
					  TLSEXT_NAMETYPE_host_name,
					  (void *)(uintptr_t)sni),
				 1);
	assert_int_equal(shake_hands(f), 1);
}

static void expect(struct fixture *f, const char *want)
{
	size_t n = strlen(want), have = 0;
	char p[256];

	for (unsigned i = 0; i < STEPS && have < n; i++) {
		int r = SSL_read(f->ssl, p + have, (int)(n - have));

		if (r > 0)
			have += (size_t)r;
		loop_fake_pass(f->loop, 0);
	}
	assert_int_equal(have, n);
	assert_memory_equal(p, want, n);
}

static bool is_certified_for(struct fixture *f, const char *name)
{
	X509 *x = SSL_get1_peer_certificate(f->ssl);
	bool yes;

	assert_non_null(x);
	yes = X509_check_host(x, name, 0, 0, NULL) == 1;
	X509_free(x);
	return yes;
}

static void the_name_chooses_the_certificate(void **state)
{
	static const struct {
		const char *sni, *cert;
	} cases[] = {
		{ "one.example", "one.example" },
		{ "two.example", "two.example" },
		{ "TWO.example", "two.example" },
		{ "else.example", "one.example" },
		{ NULL, "one.example" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		direct(f, cases[i].sni);
		assert_true(is_certified_for(f, cases[i].cert));
		assert_non_null(conn_tls(f->conn));
		assert_string_equal(conn_tls(f->conn)->sni,
				    cases[i].sni != NULL ? cases[i].sni : "");
		assert_string_equal(conn_tls(f->conn)->version, "TLSv1.3");
		hang_up(f);
	}
	assert_int_equal(f->opened, 5);
	assert_int_equal(f->closed, 5);
}

static void open_comes_after_the_handshake(void **state)
{
	struct fixture *f = *state;

	accept_one(f, &direct_proto, f->server);
	loop_fake_pass(f->loop, 100);
	assert_int_equal(f->opened, 0);
	assert_null(conn_tls(f->conn));
	assert_int_equal(shake_hands(f), 1);
	assert_int_equal(f->opened, 1);
	assert_int_equal(f->secured, 0);
}

static void starttls_keeps_plain_and_secret_apart(void **state)
{
	struct fixture *f = *state;
	char p[64];

	accept_one(f, &starttls_proto, NULL);
	assert_int_equal(send(f->peer, "startt", 6, 0), 6);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(send(f->peer, "ls\n", 3, 0), 3);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(recv(f->peer, p, sizeof(p), 0), 8);
	assert_memory_equal(p, "proceed\n", 8);
	assert_int_equal(f->opened, 1);
	assert_int_equal(f->secured, 0);
	assert_int_equal(shake_hands(f), 1);
	assert_int_equal(f->secured, 1);
	assert_int_equal(f->opened, 1);
	expect(f, "secret,welcome");
	assert_int_equal(SSL_write(f->ssl, "hello", 5), 5);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->got.len, 5);
}

static void plain_bytes_behind_starttls_are_seen(void **state)
{
	struct fixture *f = *state;

	accept_one(f, &starttls_proto, NULL);
	assert_int_equal(send(f->peer, "starttls\nevil", 13, 0), 13);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->closed, 1);
	assert_int_equal(f->why, CONN_LOCAL);
}

static void wrong_bytes_get_an_alert(void **state)
{
	struct fixture *f = *state;
	char p[64];
	ssize_t n;

	accept_one(f, &direct_proto, f->server);
	assert_int_equal(send(f->peer, "GET / HTTP/1.0\r\n\r\n", 18, 0), 18);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->opened, 0);
	assert_int_equal(f->closed, 1);
	assert_int_equal(f->why, CONN_FAULT);
	assert_string_equal(f->fault, "TLS handshake failed: http request");
	n = recv(f->peer, p, sizeof(p), 0);
	assert_true(n == 0 || (n == 7 && p[0] == 21));
}

static void a_broken_record_ends_the_stream(void **state)
{
	struct fixture *f = *state;
	static const uint8_t junk[] = { 23, 3, 3, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8,
					9,  9, 9, 9, 9,	 9, 9, 9, 9, 9, 9, 9 };

	direct(f, NULL);
	assert_int_equal(send(f->peer, junk, sizeof(junk), 0),
			 (ssize_t)sizeof(junk));
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->closed, 1);
	assert_int_equal(f->why, CONN_FAULT);
	assert_int_equal(f->got.len, 0);
}

static void old_versions_are_refused(void **state)
{
	struct fixture *f = *state;

	SSL_CTX_set_security_level(f->ctx, 0);
	SSL_CTX_set_min_proto_version(f->ctx, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(f->ctx, TLS1_1_VERSION);
	accept_one(f, &direct_proto, f->server);
	assert_true(shake_hands(f) < 0);
	assert_int_equal(f->why, CONN_FAULT);
	hang_up(f);
	SSL_CTX_set_max_proto_version(f->ctx, TLS1_2_VERSION);
	direct(f, NULL);
	assert_string_equal(conn_tls(f->conn)->version, "TLSv1.2");
}

static void note_alert(const SSL *ssl, int where, int value)
{
	int *alert = SSL_get_app_data(ssl);

	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT)
		*alert = value & 0xff;
}

static void renegotiation_is_refused(void **state)
{
	struct fixture *f = *state;
	int alert = -1;
	char p[1];

	SSL_CTX_set_max_proto_version(f->ctx, TLS1_2_VERSION);
	direct(f, NULL);
	SSL_set_app_data(f->ssl, &alert);
	SSL_set_info_callback(f->ssl, note_alert);
	assert_int_equal(SSL_renegotiate(f->ssl), 1);
	(void)SSL_do_handshake(f->ssl);
	loop_fake_pass(f->loop, 0);
	(void)SSL_read(f->ssl, p, 1);
	assert_int_equal(alert, SSL_AD_NO_RENEGOTIATION);
}

static void a_protocol_is_agreed_or_the_handshake_fails(void **state)
{
	struct fixture *f = *state;
	static const uint8_t server[] = "\003foo\013xmpp-server";
	static const uint8_t web[] = "\002h2";

	accept_one(f, &direct_proto, f->server);
	assert_int_equal(SSL_set_alpn_protos(f->ssl, server, 16), 0);
	assert_int_equal(shake_hands(f), 1);
	assert_string_equal(conn_tls(f->conn)->alpn, "xmpp-server");
	hang_up(f);
	accept_one(f, &direct_proto, f->server);
	assert_int_equal(SSL_set_alpn_protos(f->ssl, web, 3), 0);
	assert_int_equal(shake_hands(f), -SSL_ERROR_SSL);
	assert_int_equal(f->why, CONN_FAULT);
}

static void a_reload_leaves_live_connections_alone(void **state)
{
	static const char *const names[] = { "new.example", NULL };
	struct fixture *f = *state;
	struct err_note note;
	int64_t old;

	direct(f, "one.example");
	old = tls_server_expiry(f->server, "one.example");
	assert_true(old > loop_wall(f->loop));
	assert_int_equal(tls_server_expiry(f->server, "no.example"), 0);
	assert_int_equal(tls_server_add(f->server, "one.example", "/no/file",
					NULL, &note),
			 GW_BAD_INPUT);
	assert_non_null(strstr(note.text, "/no/file"));
	assert_int_equal(tls_server_expiry(f->server, "one.example"), old);
	unlink(f->two);
	assert_int_equal(tls_self_signed(f->two, names, &note), GW_OK);
	/* Somebody else's key. */
	assert_int_equal(
		tls_server_add(f->server, "one.example", f->one, f->two, &note),
		GW_BAD_INPUT);
	assert_non_null(strstr(note.text, f->two));
	assert_int_equal(
		tls_server_add(f->server, "one.example", f->two, NULL, &note),
		GW_OK);
	f->echo = true;
	assert_int_equal(SSL_write(f->ssl, "still here", 10), 10);
	expect(f, "still here");
	hang_up(f);
	direct(f, "one.example");
	assert_true(is_certified_for(f, "new.example"));
}

static void a_server_may_go_before_its_connections(void **state)
{
	struct fixture *f = *state;

	accept_one(f, &direct_proto, f->server);
	tls_server_free(&f->server);
	assert_null(f->server);
	assert_int_equal(shake_hands(f), 1);
	assert_int_equal(f->opened, 1);
}

static void no_certificate_is_no_handshake(void **state)
{
	struct fixture *f = *state;

	tls_server_free(&f->server);
	f->server = tls_server_new(NULL);
	accept_one(f, &direct_proto, f->server);
	assert_int_equal(shake_hands(f), -SSL_ERROR_SSL);
	assert_int_equal(f->why, CONN_FAULT);
}

static void both_ends_agree_on_channel_bindings(void **state)
{
	struct fixture *f = *state;
	static const char label[] = "EXPORTER-Channel-Binding";
	uint8_t ours[64], theirs[64];
	unsigned n = 0;
	X509 *x;

	direct(f, NULL);
	assert_int_equal(conn_tls_exporter(f->conn, label, ours, 32), GW_OK);
	assert_int_equal(SSL_export_keying_material(f->ssl, theirs, 32, label,
						    strlen(label),
						    (const uint8_t *)"", 0, 1),
			 1);
	assert_memory_equal(ours, theirs, 32);
	x = SSL_get1_peer_certificate(f->ssl);
	assert_int_equal(X509_digest(x, EVP_sha256(), theirs, &n), 1);
	X509_free(x);
	assert_int_equal(conn_tls_end_point(f->conn, ours), n);
	assert_memory_equal(ours, theirs, n);
	hang_up(f);
	/* RFC 9266: not on TLS 1.2. */
	SSL_CTX_set_max_proto_version(f->ctx, TLS1_2_VERSION);
	direct(f, NULL);
	assert_int_equal(conn_tls_exporter(f->conn, label, ours, 32),
			 GW_UNAVAIL);
	assert_int_equal(conn_tls_end_point(f->conn, ours), n);
}

static void much_goes_both_ways_intact(void **state)
{
	struct fixture *f = *state;
	struct buf sent = { .data = NULL }, got = { .data = NULL };
	size_t done = 0;
	uint8_t p[5003];

	f->echo = true;
	for (unsigned i = 0; i < 1000000; i++)
		buf_add_char(&sent, (char)(i * 17 + i / 251));
	SSL_CTX_set_mode(f->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
					 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	direct(f, NULL);
	for (unsigned i = 0; i < 200000 && got.len < sent.len; i++) {
		int n = 0;

		if (done < sent.len)
			n = SSL_write(f->ssl, sent.data + done,
				      (int)(sent.len - done));
		done += n > 0 ? (size_t)n : 0;
		loop_fake_pass(f->loop, 0);
		n = SSL_read(f->ssl, p, sizeof(p));
		if (n > 0)
			buf_add(&got, p, (size_t)n);
		loop_fake_pass(f->loop, 0);
	}
	assert_int_equal(got.len, sent.len);
	assert_memory_equal(got.data, sent.data, sent.len);
	buf_fini(&sent);
	buf_fini(&got);
}

static void records_arrive_byte_by_byte(void **state)
{
	struct fixture *f = *state;
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	bool said = false;

	accept_one(f, &direct_proto, f->server);
	SSL_set_bio(f->ssl, in, out);
	f->echo = true;
	for (unsigned i = 0; i < STEPS * 10 && f->got.len < 5; i++) {
		char p[4096];
		ssize_t n = recv(f->peer, p, sizeof(p), 0);

		if (n > 0)
			BIO_write(in, p, (int)n);
		if (BIO_pending(out) == 0 && SSL_connect(f->ssl) == 1 && !said)
			said = SSL_write(f->ssl, "hello", 5) == 5;
		if (BIO_read(out, p, 1) == 1)
			assert_int_equal(send(f->peer, p, 1, 0), 1);
		loop_fake_pass(f->loop, 0);
	}
	assert_int_equal(f->got.len, 5);
	assert_memory_equal(f->got.data, "hello", 5);
}

static void a_close_says_goodbye(void **state)
{
	struct fixture *f = *state;
	char p[16];

	direct(f, NULL);
	conn_write(f->conn, "bye", 3);
	conn_close(f->conn);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->closed, 1);
	expect(f, "bye");
	assert_int_equal(SSL_read(f->ssl, p, 1), 0);
	assert_int_equal(SSL_get_error(f->ssl, 0), SSL_ERROR_ZERO_RETURN);
	hang_up(f);
	direct(f, NULL);
	assert_int_equal(SSL_shutdown(f->ssl), 0);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->closed, 2);
	assert_int_equal(f->why, CONN_PEER);
}

static void a_handshake_may_not_last(void **state)
{
	struct fixture *f = *state;

	accept_one(f, &direct_proto, f->server);
	loop_fake_pass(f->loop, 29999);
	assert_int_equal(f->closed, 0);
	loop_fake_pass(f->loop, 1);
	assert_int_equal(f->closed, 1);
	assert_int_equal(f->why, CONN_TIMEOUT);
}

static void a_self_signed_file_is_private_and_kept(void **state)
{
	static const char *const names[] = { "x.example", NULL };
	static const char *const bad[] = { "x,DNS:y", NULL };
	static const char *const none[] = { NULL };
	struct fixture *f = *state;
	struct err_note note;
	struct stat st;

	assert_int_equal(stat(f->one, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(tls_self_signed(f->one, names, &note), GW_CONFLICT);
	assert_int_equal(tls_self_signed("/no/dir/x", names, &note),
			 GW_UNAVAIL);
	unlink(f->one);
	assert_int_equal(tls_self_signed(f->one, bad, &note), GW_BAD_INPUT);
	assert_int_equal(tls_self_signed(f->one, none, &note), GW_BAD_INPUT);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_name_chooses_the_certificate),
		T(open_comes_after_the_handshake),
		T(starttls_keeps_plain_and_secret_apart),
		T(plain_bytes_behind_starttls_are_seen),
		T(wrong_bytes_get_an_alert),
		T(a_broken_record_ends_the_stream),
		T(old_versions_are_refused),
		T(renegotiation_is_refused),
		T(a_protocol_is_agreed_or_the_handshake_fails),
		T(a_reload_leaves_live_connections_alone),
		T(a_server_may_go_before_its_connections),
		T(no_certificate_is_no_handshake),
		T(both_ends_agree_on_channel_bindings),
		T(much_goes_both_ways_intact),
		T(records_arrive_byte_by_byte),
		T(a_close_says_goodbye),
		T(a_handshake_may_not_last),
		T(a_self_signed_file_is_private_and_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
