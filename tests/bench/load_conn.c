/* SPDX-License-Identifier: MIT */
/* load_conn.c - one connection: socket, TLS, and the cut into stanzas */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h> /* glibc's tcp_info lacks the segments */
#include <netinet/in.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

#define SCRATCH 262144

static void watch(struct client *c, int op)
{
	struct epoll_event e = { .data.ptr = c, .events = EPOLLIN };

	if (c->wants_write)
		e.events |= EPOLLOUT;
	if (epoll_ctl(c->load->epoll, op, c->fd, &e) != 0)
		load_fail(c, "epoll_ctl: %s", strerror(errno));
}

static void want_write(struct client *c, bool on)
{
	if (c->wants_write == on)
		return;
	c->wants_write = on;
	watch(c, EPOLL_CTL_MOD);
}

void load_conn_open(struct client *c)
{
	const struct load_options *o = &c->load->o;
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)o->port) };
	int on = 1;

	if (inet_pton(AF_INET, o->host, &to.sin_addr) != 1)
		load_fail(c, "%s is no address", o->host);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		load_fail(c, "socket: %s", strerror(errno));
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->started = load_clock();
	c->state = CLIENT_CONNECTING;
	if (connect(c->fd, (struct sockaddr *)&to, sizeof(to)) != 0 &&
	    errno != EINPROGRESS)
		load_fail(c, "connect: %s", strerror(errno));
	c->wants_write = true;
	watch(c, EPOLL_CTL_ADD);
}

void load_conn_close(struct client *c)
{
	if (c->ssl != NULL) {
		SSL_free(c->ssl);
		c->ssl = NULL;
	}
	close(c->fd);
	free(c->in);
	free(c->out);
	free(c->stamp);
	*c = (struct client){ .load = c->load,
			      .index = c->index,
			      .state = CLIENT_GONE,
			      .fd = -1,
			      .dirty = c->dirty,
			      .next_dirty = c->next_dirty };
	c->load->gone++;
	if (c->load->on_gone != NULL)
		c->load->on_gone(c);
}

/* Data segments that came in: one for each write of the server, as loopback
 * carries a write of up to 64 KB whole. */
uint64_t load_conn_segments(const struct client *c)
{
	struct tcp_info info;
	socklen_t n = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (c->fd < 0 ||
	    getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &n) != 0)
		return 0;
	return info.tcpi_data_segs_in;
}

/* ---- out ---- */

static void mark(struct client *c)
{
	if (c->dirty)
		return;
	c->dirty = true;
	c->next_dirty = c->load->dirty;
	c->load->dirty = c;
}

void load_conn_put(struct client *c, const char *p, size_t n)
{
	if (c->out_len + n > c->out_cap) {
		c->out_cap = 2 * (c->out_len + n) + 512;
		c->out = realloc(c->out, c->out_cap);
		if (c->out == NULL)
			load_fail(c, "out of memory");
	}
	memcpy(c->out + c->out_len, p, n);
	c->out_len += n;
	mark(c);
}

void load_conn_send(struct client *c, const char *format, ...)
{
	char text[2048];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text))
		load_fail(c, "a stanza of ours is too long");
	load_conn_put(c, text, (size_t)n);
}

static size_t write_some(struct client *c)
{
	ssize_t n;
	size_t done = 0;

	if (c->ssl == NULL) {
		n = send(c->fd, c->out, c->out_len, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			load_fail(c, "send: %s", strerror(errno));
		return n < 0 ? 0 : (size_t)n;
	}
	if (SSL_write_ex(c->ssl, c->out, c->out_len, &done) != 1 &&
	    SSL_get_error(c->ssl, 0) != SSL_ERROR_WANT_WRITE)
		load_fail(c, "SSL_write failed");
	return done;
}

static void flush(struct client *c)
{
	size_t n;

	if (c->state == CLIENT_CONNECTING || c->state == CLIENT_HANDSHAKE ||
	    c->state == CLIENT_GONE)
		return;
	if (c->sm_ask) {
		c->sm_ask = false;
		load_conn_put(c, "<r xmlns='urn:xmpp:sm:3'/>", 26);
	}
	while (c->out_len > 0) {
		n = write_some(c);
		if (n == 0)
			break;
		memmove(c->out, c->out + n, c->out_len - n);
		c->out_len -= n;
	}
	want_write(c, c->out_len > 0);
}

void load_conn_flush(struct load *l)
{
	struct client *c;

	while (l->dirty != NULL) {
		c = l->dirty;
		l->dirty = c->next_dirty;
		flush(c);
		c->dirty = false;
	}
}

/* ---- in: stanzas are the elements one level below the stream ---- */

/* Past the '>' of the tag at p, or NULL; a '>' in quotes does not count. */
static const char *tag_end(const char *p, const char *end)
{
	char quote = 0;

	for (; p < end; p++) {
		if (quote != 0)
			quote = *p == quote ? 0 : quote;
		else if (*p == '"' || *p == '\'')
			quote = *p;
		else if (*p == '>')
			return p + 1;
	}
	return NULL;
}

/* Past the element at p, or NULL when it is not all there. */
static const char *element_end(const char *p, const char *end)
{
	unsigned depth = 0;
	const char *after;

	while (p != NULL && (after = tag_end(p, end)) != NULL) {
		if (p[1] == '/')
			depth--;
		else if (after[-2] != '/')
			depth++;
		if (depth == 0)
			return after;
		p = memchr(after, '<', (size_t)(end - after));
	}
	return NULL;
}

static bool starts(const char *p, const char *end, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(end - p) >= n && memcmp(p, word, n) == 0;
}

/* XEP-0198: counts, and answers the server's questions. */
static bool sm_element(struct client *c, const char *p, size_t n)
{
	const char *h;

	if (starts(p, p + n, "<r ") || starts(p, p + n, "<r/")) {
		load_conn_send(c, "<a xmlns='urn:xmpp:sm:3' h='%u'/>",
			       c->sm_in);
		return true;
	}
	if (starts(p, p + n, "<a ")) {
		h = memmem(p, n, " h=", 3);
		if (h != NULL)
			c->sm_acked = (uint32_t)strtoul(h + 4, NULL, 10);
		if (c->sm_acked > c->sm_out)
			load_fail(c, "%u acknowledged of %u sent", c->sm_acked,
				  c->sm_out);
		return true;
	}
	c->sm_in++;
	return false;
}

static void stanza(struct client *c, const char *p, size_t n)
{
	c->load->heard++;
	if (c->sm_on && sm_element(c, p, n))
		return;
	if (c->state == CLIENT_LOGIN || starts(p, p + n, "<stream:error"))
		load_login_stanza(c, p, n);
	else
		c->load->on_stanza(c, p, n);
}

/* The bytes eaten. */
static size_t cut(struct client *c, const char *start, size_t n)
{
	const char *p = start, *end = start + n, *after;

	while (p < end && c->state != CLIENT_HANDSHAKE) {
		if (*p != '<') { /* keep-alive */
			p++;
			continue;
		}
		if (starts(p, end, "</")) {
			c->in_stream = false;
			c->state = CLIENT_CLOSING;
			return n;
		}
		if (p + 1 == end)
			break;
		if (p[1] == '?' || !c->in_stream) {
			after = tag_end(p, end);
			if (after != NULL && p[1] != '?')
				c->in_stream = true;
		} else {
			after = element_end(p, end);
			if (after != NULL)
				stanza(c, p, (size_t)(after - p));
		}
		if (after == NULL)
			break;
		p = after;
	}
	return (size_t)(p - start);
}

static void keep_rest(struct client *c, const char *p, size_t n)
{
	free(c->in);
	c->in = NULL;
	c->in_len = n;
	if (n == 0)
		return;
	c->in = malloc(n);
	if (c->in == NULL)
		load_fail(c, "out of memory");
	memcpy(c->in, p, n);
}

/* 0: nothing more now; -1: the end. */
static ssize_t read_some(struct client *c, char *p, size_t size)
{
	size_t got = 0;
	ssize_t n;
	int e;

	if (c->ssl == NULL) {
		n = recv(c->fd, p, size, 0);
		if (n < 0)
			return errno == EAGAIN ? 0 : -1;
		return n == 0 ? -1 : n;
	}
	if (SSL_read_ex(c->ssl, p, size, &got) == 1)
		return (ssize_t)got;
	e = SSL_get_error(c->ssl, 0);
	ERR_clear_error();
	return e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static void ended(struct client *c)
{
	if (c->state != CLIENT_CLOSING)
		load_fail(c, "the server closed the connection");
	load_conn_close(c);
}

static void on_bytes(struct client *c)
{
	static char scratch[SCRATCH];
	size_t have, eaten, room;
	ssize_t n;

	do {
		have = c->in_len;
		if (have > SCRATCH / 2)
			load_fail(c, "a stanza of %zu bytes", have);
		if (have > 0)
			memcpy(scratch, c->in, have);
		room = SCRATCH - have;
		n = read_some(c, scratch + have, room);
		if (n < 0) {
			ended(c);
			return;
		}
		if (n == 0)
			return;
		c->load->now = load_clock();
		have += (size_t)n;
		eaten = cut(c, scratch, have);
		if (c->state == CLIENT_GONE)
			return;
		keep_rest(c, scratch + eaten, have - eaten);
		/* A record at a time comes out of TLS. */
	} while (c->ssl != NULL ? c->state != CLIENT_HANDSHAKE
				: (size_t)n == room);
}

/* ---- events ---- */

static void handshake(struct client *c)
{
	int e = SSL_connect(c->ssl);

	if (e == 1) {
		c->state = CLIENT_LOGIN;
		c->secured = true;
		want_write(c, false);
		load_login_begin(c);
		return;
	}
	e = SSL_get_error(c->ssl, e);
	if (e != SSL_ERROR_WANT_READ && e != SSL_ERROR_WANT_WRITE)
		load_fail(c, "the TLS handshake failed: %s",
			  ERR_reason_error_string(ERR_get_error()));
	want_write(c, e == SSL_ERROR_WANT_WRITE);
}

void load_conn_starttls(struct client *c)
{
	c->ssl = SSL_new(c->load->tls);
	if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1)
		load_fail(c, "SSL_new failed");
	c->state = CLIENT_HANDSHAKE;
	c->in_stream = false;
	handshake(c);
}

static void connected(struct client *c)
{
	int e = 0;
	socklen_t n = sizeof(e);

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &e, &n) != 0 || e != 0)
		load_fail(c, "connect: %s", strerror(e));
	want_write(c, false);
	c->state = CLIENT_LOGIN;
	if (!c->load->o.raw) {
		load_login_begin(c);
		return;
	}
	c->in_stream = true;
	c->state = CLIENT_READY;
	c->load->ready++;
	if (c->load->on_ready != NULL)
		c->load->on_ready(c);
}

void load_conn_event(struct client *c, uint32_t events)
{
	if (c->state == CLIENT_CONNECTING) {
		connected(c);
		return;
	}
	if (c->state == CLIENT_HANDSHAKE) {
		handshake(c);
		return;
	}
	if ((events & EPOLLOUT) != 0)
		flush(c);
	if ((events & ~(uint32_t)EPOLLOUT) != 0)
		on_bytes(c);
}
