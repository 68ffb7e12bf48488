/* SPDX-License-Identifier: MIT */
/* secure.c - a client that comes with TLS, to the harness's server */
#include "tests/unit/xmpp/secure.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define STARTTLS "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

void secure_init(struct secure *s)
{
	secure_init_with(s, NULL);
}

void secure_init_with(struct secure *s, const char *yaml)
{
	const char *const names[] = { "example.org", NULL };
	const char *const alpn[] = { "xmpp-client", NULL };
	struct err_note note = { "" };
	int fd;

	memset(s, 0, sizeof(*s));
	s->w = x_world(yaml);
	snprintf(s->path, sizeof(s->path), "/tmp/test_tls_login.XXXXXX");
	fd = mkstemp(s->path);
	assert_true(fd >= 0);
	close(fd);
	unlink(s->path); /* it is to be made anew */
	assert_int_equal(tls_self_signed(s->path, names, &note), GW_OK);
	s->tls = tls_server_new(alpn);
	assert_int_equal(
		tls_server_add(s->tls, "example.org", s->path, NULL, &note),
		GW_OK);
	s->l = LIST_OF(s->w->x->listeners.next, struct xmpp_listener, link);
	s->l->tls = s->tls;
	s->l->tls_required = true;
	s->w->x->tls = s->tls;
	x_reload(s->w, yaml);
	s->ctx = SSL_CTX_new(TLS_client_method());
	s->fd = -1;
}

void secure_hang_up(struct secure *s)
{
	SSL_free(s->ssl);
	s->ssl = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->ended = false;
	buf_reset(&s->in);
	x_pass(s->w, 0);
}

void secure_fini(struct secure *s)
{
	secure_hang_up(s);
	x_world_end(&s->w);
	tls_server_free(&s->tls);
	SSL_CTX_free(s->ctx);
	unlink(s->path);
	buf_fini(&s->in);
}

void secure_dial(struct secure *s, bool direct)
{
	int ends[2];

	secure_hang_up(s);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	s->fd = ends[0];
	assert_non_null(conn_accepted(s->w->net, ends[1], &xmpp_stream_proto,
				      s->l, direct ? s->tls : NULL));
	x_pass(s->w, 0);
}

static ssize_t receive(struct secure *s, uint8_t *p, size_t n)
{
	int got;

	if (s->ssl == NULL)
		return read(s->fd, p, n);
	got = SSL_read(s->ssl, p, (int)n);
	if (got <= 0 && SSL_get_error(s->ssl, got) == SSL_ERROR_WANT_READ)
		return -1;
	return got < 0 ? 0 : got;
}

const char *secure_text(struct secure *s)
{
	uint8_t bytes[4096];
	ssize_t n;

	for (int i = 0; i < 5; i++) {
		x_pass(s->w, 0);
		while (!s->ended && (n = receive(s, bytes, 4096)) >= 0) {
			if (n == 0)
				s->ended = true;
			for (ssize_t k = 0; k < n; k++)
				buf_add_char(&s->in, bytes[k] == '"'
							     ? '\''
							     : (char)bytes[k]);
		}
	}
	return s->in.len > 0 ? (const char *)s->in.data : "";
}

void secure_expect(struct secure *s, const char *want)
{
	const char *all = secure_text(s), *at = strstr(all, want);

	if (at == NULL)
		fail_msg("expected %s, got %s", want, all);
	buf_eat(&s->in, (size_t)(at - all) + strlen(want));
}

void secure_say(struct secure *s, const char *text)
{
	size_t n = strlen(text);

	if (s->ssl != NULL)
		assert_int_equal(SSL_write(s->ssl, text, (int)n), (int)n);
	else
		assert_int_equal(write(s->fd, text, n), (ssize_t)n);
	x_pass(s->w, 0);
}

void secure_shake_hands(struct secure *s, int version)
{
	int r = -1;

	s->ssl = SSL_new(s->ctx);
	SSL_set_min_proto_version(s->ssl, version);
	SSL_set_max_proto_version(s->ssl, version);
	SSL_set_tlsext_host_name(s->ssl, "example.org");
	SSL_set_alpn_protos(s->ssl, (const uint8_t *)"\x0bxmpp-client", 12);
	SSL_set_fd(s->ssl, s->fd);
	SSL_set_connect_state(s->ssl);
	for (int i = 0; i < 20 && r != 1; i++) {
		r = SSL_do_handshake(s->ssl);
		x_pass(s->w, 0);
	}
	assert_int_equal(r, 1);
}

void secure_open(struct secure *s, int version)
{
	secure_dial(s, false);
	secure_say(s, X_STREAM_OPEN);
	secure_expect(s, "</stream:features>");
	secure_say(s, STARTTLS);
	secure_expect(s, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
	secure_shake_hands(s, version);
	secure_say(s, X_STREAM_OPEN);
}
