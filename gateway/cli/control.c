/* SPDX-License-Identifier: MIT */
/* control.c - one kept connection to the control socket */
#include "gateway/cli/control.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define REPLY_MAX	((size_t)64 * 1024 * 1024)
#define TIMEOUT_SECONDS 120L

struct control {
	CURL *curl;
	struct curl_slist *headers;
	char *socket_path;
	char error[CURL_ERROR_SIZE];
};

struct control *control_new(const char *socket_path)
{
	struct control *c = mem_new(sizeof(*c));

	c->curl = curl_easy_init();
	c->socket_path = mem_strdup(socket_path);
	c->headers = curl_slist_append(NULL, "Content-Type: application/json");
	/* The body is always at hand: nothing to wait for. */
	c->headers = curl_slist_append(c->headers, "Expect:");
	return c;
}

void control_free(struct control **out)
{
	struct control *c = *out;

	if (c == NULL)
		return;
	curl_easy_cleanup(c->curl);
	curl_slist_free_all(c->headers);
	mem_free(c->socket_path);
	mem_free(c);
	*out = NULL;
}

const char *control_error(const struct control *c)
{
	return c->error;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct control_reply *r = arg;

	if (r->body.len + size * n > REPLY_MAX)
		return 0;
	buf_add(&r->body, p, size * n);
	return size * n;
}

/* libcurl says "couldn't connect" for all of these. */
static void explain(struct control *c)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd, problem = 0;

	if (strlen(c->socket_path) >= sizeof(sun.sun_path)) {
		snprintf(c->error, sizeof(c->error),
			 "the path is longer than a socket's may be (%zu)",
			 sizeof(sun.sun_path) - 1);
		return;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	memcpy(sun.sun_path, c->socket_path, strlen(c->socket_path));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0)
		problem = errno;
	close(fd);
	if (problem != 0)
		snprintf(c->error, sizeof(c->error), "%s",
			 strerrordesc_np(problem));
}

static void set_body(CURL *h, const char *method, struct str body)
{
	bool bodiless = body.p == NULL && strcmp(method, "GET") == 0;

	if (bodiless) {
		curl_easy_setopt(h, CURLOPT_HTTPGET, 1L);
		return;
	}
	curl_easy_setopt(h, CURLOPT_POST, 1L);
	curl_easy_setopt(h, CURLOPT_POSTFIELDS, body.p != NULL ? body.p : "");
	curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
	curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, method);
}

enum gw_err control_call(struct control *c, const char *method,
			 const char *path, struct str body,
			 struct control_reply *out)
{
	struct buf url = { .data = NULL };
	long status = 0;
	CURLcode code;

	buf_reset(&out->body);
	out->status = 0;
	c->error[0] = '\0';
	if (c->curl == NULL)
		return GW_INTERNAL;
	buf_printf(&url, "http://localhost%s", path);
	curl_easy_reset(c->curl);
	curl_easy_setopt(c->curl, CURLOPT_URL, buf_str(&url).p);
	curl_easy_setopt(c->curl, CURLOPT_UNIX_SOCKET_PATH, c->socket_path);
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
	curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(c->curl, CURLOPT_TIMEOUT, TIMEOUT_SECONDS);
	curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT, 5L);
	curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, c->error);
	curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, out);
	set_body(c->curl, method, body);
	code = curl_easy_perform(c->curl);
	buf_fini(&url);
	if (code != CURLE_OK) {
		if (code == CURLE_COULDNT_CONNECT || c->error[0] == '\0')
			explain(c);
		return GW_UNAVAIL;
	}
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	out->status = (unsigned)status;
	return GW_OK;
}

char *control_segment(struct arena *a, struct str s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~@";
	char *out = arena_alloc(a, s.n * 3 + 1);
	size_t at = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\0' && strchr(plain, s.p[i]) != NULL)
			out[at++] = s.p[i];
		else
			at += (size_t)snprintf(out + at, 4, "%%%02X",
					       (uint8_t)s.p[i]);
	}
	return out;
}
