/* SPDX-License-Identifier: MIT */
/* address.c - where a socket is */
#include "gateway/net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

static enum gw_err parse_unix(const char *text, const char *path,
			      struct address *out, struct err_note *note)
{
	struct sockaddr_un *un = (void *)&out->sa;
	size_t n = strlen(path);

	if (path[0] != '/')
		return err_say(note, GW_BAD_INPUT,
			       "%s: a socket's path must begin with /", text);
	if (n >= sizeof(un->sun_path))
		return err_say(note, GW_BAD_INPUT,
			       "%s: a socket's path has at most %zu bytes",
			       text, sizeof(un->sun_path) - 1);
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, n + 1);
	out->len = (socklen_t)sizeof(*un);
	return GW_OK;
}

static bool parse_host(struct str host, struct address *out, in_port_t port)
{
	struct sockaddr_in *in = (void *)&out->sa;
	struct sockaddr_in6 *in6 = (void *)&out->sa;
	char name[INET6_ADDRSTRLEN];
	bool bracketed =
		host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';

	if (bracketed)
		host = str_make(host.p + 1, host.n - 2);
	if (str_is(host, "localhost") && !bracketed)
		host = STR("127.0.0.1");
	if (str_copy(name, sizeof(name), host) != GW_OK)
		return false;
	if (bracketed && inet_pton(AF_INET6, name, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = port;
		out->len = (socklen_t)sizeof(*in6);
		return true;
	}
	if (!bracketed && inet_pton(AF_INET, name, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = port;
		out->len = (socklen_t)sizeof(*in);
		return true;
	}
	return false;
}

enum gw_err address_parse(const char *text, struct address *out,
			  struct err_note *note)
{
	const char *colon = strrchr(text, ':');
	int64_t port;

	*out = (struct address){ .len = 0 };
	if (text[0] == '/')
		return parse_unix(text, text, out, note);
	if (strncmp(text, "unix:", 5) == 0)
		return parse_unix(text, text + 5, out, note);
	if (colon == NULL)
		return err_say(note, GW_BAD_INPUT,
			       "%s: write HOST:PORT, [IPV6]:PORT or a path",
			       text);
	if (str_int(str_of(colon + 1), 0, 65535, &port) != GW_OK)
		return err_say(note, GW_BAD_INPUT,
			       "%s: the port is a number up to 65535", text);
	if (!parse_host(str_make(text, (size_t)(colon - text)), out,
			htons((uint16_t)port)))
		return err_say(note, GW_BAD_INPUT,
			       "%s: the host is an IPv4 address, an IPv6 "
			       "address in brackets, or localhost",
			       text);
	return GW_OK;
}

static bool mapped_ipv4(const struct address *a)
{
	const struct sockaddr_in6 *in6 = (const void *)&a->sa;

	return a->sa.ss_family == AF_INET6 &&
	       IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr);
}

void address_print(const struct address *a, char out[ADDRESS_TEXT_MAX])
{
	const struct sockaddr_in *in = (const void *)&a->sa;
	const struct sockaddr_in6 *in6 = (const void *)&a->sa;
	char host[INET6_ADDRSTRLEN] = "";
	const char *shape = "%s:%u";
	uint16_t port;

	if (a->sa.ss_family == AF_INET) {
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		port = ntohs(in->sin_port);
	} else if (a->sa.ss_family == AF_INET6) {
		port = ntohs(in6->sin6_port);
		if (mapped_ipv4(a)) {
			inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], host,
				  sizeof(host));
		} else {
			inet_ntop(AF_INET6, &in6->sin6_addr, host,
				  sizeof(host));
			shape = NULL;
		}
	} else {
		snprintf(out, ADDRESS_TEXT_MAX, "unix");
		return;
	}
	if (shape != NULL)
		snprintf(out, ADDRESS_TEXT_MAX, "%s:%u", host, port);
	else
		snprintf(out, ADDRESS_TEXT_MAX, "[%s]:%u", host, port);
}

struct str address_host(const char *printed)
{
	const char *colon = strrchr(printed, ':');

	if (colon == NULL)
		return str_of(printed);
	if (printed[0] == '[')
		return str_make(printed + 1, (size_t)(colon - printed) - 2);
	return str_make(printed, (size_t)(colon - printed));
}

bool address_is_unix(const struct address *a)
{
	return a->sa.ss_family == AF_UNIX;
}

struct str address_party(const struct address *a)
{
	const struct sockaddr_in *in = (const void *)&a->sa;
	const struct sockaddr_in6 *in6 = (const void *)&a->sa;

	if (a->sa.ss_family == AF_INET)
		return str_make((const char *)&in->sin_addr,
				sizeof(in->sin_addr));
	if (a->sa.ss_family != AF_INET6)
		return STR_NONE;
	if (mapped_ipv4(a))
		return str_make((const char *)&in6->sin6_addr.s6_addr[12], 4);
	return str_make((const char *)&in6->sin6_addr, 8);
}

/* The bits that count, as IPv4 or IPv6; 0: neither. */
static size_t number_of(const struct address *a, const uint8_t **out)
{
	const struct sockaddr_in *in = (const void *)&a->sa;
	const struct sockaddr_in6 *in6 = (const void *)&a->sa;

	if (a->sa.ss_family == AF_INET) {
		*out = (const uint8_t *)&in->sin_addr;
		return 4;
	}
	if (a->sa.ss_family != AF_INET6)
		return 0;
	*out = in6->sin6_addr.s6_addr + (mapped_ipv4(a) ? 12 : 0);
	return mapped_ipv4(a) ? 4 : 16;
}

static bool parse_number(struct str host, struct address *out)
{
	char text[INET6_ADDRSTRLEN + 2];
	int n = snprintf(text, sizeof(text),
			 str_find(host, ':') < host.n ? "[" STR_FMT "]"
						      : STR_FMT,
			 STR_ARG(host));

	return n > 0 && (size_t)n < sizeof(text) &&
	       !str_is(host, "localhost") && parse_host(str_of(text), out, 0);
}

enum gw_err address_net_parse(const char *text, struct address_net *out,
			      struct err_note *note)
{
	struct str rest = str_of(text), host;
	const uint8_t *number;
	int64_t bits;

	*out = (struct address_net){ .bits = 0 };
	if (!str_split(&rest, '/', &host) || !parse_number(host, &out->at))
		return err_say(note, GW_BAD_INPUT,
			       "%s: write an IPv4 or IPv6 address, or a "
			       "network as 192.0.2.0/24",
			       text);
	bits = (int64_t)number_of(&out->at, &number) * 8;
	if (host.n < strlen(text) && str_int(rest, 0, bits, &bits) != GW_OK)
		return err_say(note, GW_BAD_INPUT,
			       "%s: the prefix has 0 to %d bits", text,
			       (int)bits);
	out->bits = (unsigned)bits;
	return GW_OK;
}

bool address_in(const struct address *a, const struct address_net *net)
{
	const uint8_t *x, *y;
	size_t n = number_of(a, &x), whole = net->bits / 8;
	unsigned rest = net->bits % 8;

	if (n == 0 || n != number_of(&net->at, &y) || memcmp(x, y, whole) != 0)
		return false;
	return rest == 0 || (x[whole] ^ y[whole]) >> (8 - rest) == 0;
}
