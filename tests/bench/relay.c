/* SPDX-License-Identifier: MIT */
/* relay.c - carries bytes between pairs: what the kernel alone costs
 *
 *   relay PORT    the first connection is paired with the second, and so on
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKETS 65536

static int fail(const char *what)
{
	fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
	return 1;
}

static int listen_on(unsigned port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(fd, 1024) != 0)
		return -1;
	return fd;
}

static void add(int epoll, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
}

/* Loopback takes what a window of ours holds: a short write is a fault. */
static int carry(int from, int to)
{
	static char bytes[262144];
	ssize_t n = recv(from, bytes, sizeof(bytes), 0);

	if (n <= 0) {
		close(from);
		return 0;
	}
	return send(to, bytes, (size_t)n, MSG_NOSIGNAL) == n ? 0 : -1;
}

static int join(int epoll, int listener, int *peer)
{
	static int single = -1;
	int on = 1, fd = accept(listener, NULL, NULL);

	if (fd < 0 || fd >= SOCKETS)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (single < 0) {
		single = fd;
	} else {
		peer[fd] = single;
		peer[single] = fd;
		single = -1;
	}
	add(epoll, fd);
	return 0;
}

int main(int argc, char **argv)
{
	static struct epoll_event events[1024];
	static int peer[SOCKETS];
	int epoll = epoll_create1(0), listener, n, fd;

	if (argc != 2)
		return fail("give a port");
	listener = listen_on((unsigned)strtoul(argv[1], NULL, 10));
	if (epoll < 0 || listener < 0)
		return fail("listen");
	add(epoll, listener);
	for (;;) {
		n = epoll_wait(epoll, events, 1024, -1);
		for (int i = 0; i < n; i++) {
			fd = events[i].data.fd;
			if (fd == listener) {
				if (join(epoll, listener, peer) != 0)
					return fail("accept");
			} else if (carry(fd, peer[fd]) != 0) {
				return fail("carry");
			}
		}
	}
}
