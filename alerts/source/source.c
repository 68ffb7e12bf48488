/* SPDX-License-Identifier: MIT */
/* source.c - who may send, and how they are answered
 *
 * A source with a token shows it as Bearer, or as the password of Basic with
 * any user name.  One without is believed only from this machine; what comes
 * over TLS, or through a proxy on another machine, is not from here.  A proxy
 * on this machine makes its clients local: such sources need a token.
 */
#include <errno.h>
#include <stdio.h>

#include "alerts/alerts_private.h"
#include "gateway/base/codec.h"
#include "gateway/run/log.h"

#define TOKEN_MIN 8
#define TOKEN_MAX 1024

static enum gw_err read_token(const char *path, struct str *out,
			      struct err_note *note)
{
	char line[TOKEN_MAX + 2] = "";
	FILE *f = fopen(path, "re");
	struct str token;

	if (f == NULL)
		return err_say(note, GW_BAD_INPUT, "%s: %s", path,
			       strerror(errno));
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	fclose(f);
	token = str_trim(str_of(line));
	if (token.n < TOKEN_MIN || token.n > TOKEN_MAX)
		return err_say(note, GW_BAD_INPUT,
			       "%s: the first line must be a token of %d to "
			       "%d bytes",
			       path, TOKEN_MIN, TOKEN_MAX);
	*out = str_make(mem_strndup(token.p, token.n), token.n);
	return GW_OK;
}

enum gw_err alerts_source_read(const struct alerts_conf *conf,
			       struct alerts_sources *out,
			       struct err_note *note)
{
	size_t n = conf->sources.count;
	enum gw_err e = GW_OK;

	out->n = 0;
	out->v = mem_new((n + 1) * sizeof(*out->v));
	for (size_t i = 0; i < n && e == GW_OK; i++) {
		const struct alerts_conf_source *c =
			conf->sources.entries[i].value;
		struct alerts_source *s = &out->v[out->n++];

		s->name = mem_strdup(conf->sources.entries[i].name);
		s->expire = c->expire;
		if (*c->token_file != '\0')
			e = read_token(c->token_file, &s->token, note);
	}
	if (e != GW_OK)
		alerts_source_fini(out);
	return e;
}

void alerts_source_fini(struct alerts_sources *s)
{
	for (size_t i = 0; i < s->n; i++) {
		mem_free(s->v[i].name);
		mem_free((char *)(uintptr_t)s->v[i].token.p);
	}
	mem_free(s->v);
	*s = (struct alerts_sources){ .n = 0 };
}

static struct str presented(struct http_req *r)
{
	struct str h = http_header(r, "Authorization");
	struct str word, rest = h, plain, user;

	if (!str_word(&rest, &word))
		return STR_NONE;
	rest = str_trim(rest);
	if (str_iis(word, "Bearer"))
		return rest;
	if (!str_iis(word, "Basic") ||
	    codec_unbase64(http_arena(r), rest, &plain) != GW_OK ||
	    !str_split(&plain, ':', &user))
		return STR_NONE;
	return plain;
}

static bool from_here(const struct http_req *r)
{
	struct str peer = str_of(http_peer(r));

	return str_starts(peer, "127.") || str_starts(peer, "[::1]");
}

static const struct alerts_source *refuse(struct alerts *a, struct http_req *r,
					  unsigned status, const char *text)
{
	a->denied->value++;
	if (status == 401)
		http_set(r, "WWW-Authenticate",
			 "Bearer, Basic realm=\"alerts\"");
	log_warn("alert.denied", "peer", http_peer(r), "why", text, NULL);
	http_reply_text(r, status, text);
	return NULL;
}

const struct alerts_source *
alerts_source_check(struct alerts *a, struct http_req *r, struct str name)
{
	struct str token = presented(r);
	const struct alerts_source *known = NULL, *open = NULL;
	bool named = false;

	a->requests->value++;
	for (size_t i = 0; i < a->sources.n; i++) {
		const struct alerts_source *s = &a->sources.v[i];

		if (name.p != NULL && !str_is(name, s->name))
			continue;
		named = true;
		if (s->token.p == NULL)
			open = s;
		else if (token.p != NULL && str_eq_secret(token, s->token))
			known = s;
	}
	if (known != NULL)
		return known;
	if (!named)
		return refuse(a, r, name.p == NULL ? 403 : 404,
			      "no such source of alerts is configured\n");
	if (open == NULL)
		return refuse(a, r, 401, "a token is needed\n");
	if (!from_here(r))
		return refuse(a, r, 403,
			      "this source has no token and may send only "
			      "from the machine itself\n");
	return open;
}

void alerts_source_reply(struct http_req *r, enum gw_err e, const char *text)
{
	switch (e) {
	case GW_OK:
		http_reply(r, 200, NULL, STR(""));
		return;
	case GW_BAD_INPUT:
	case GW_CONFLICT:
	case GW_NOT_FOUND:
		http_reply_text(r, 400, text);
		return;
	case GW_DENIED:
		http_reply_text(r, 403, text);
		return;
	case GW_AGAIN:
	case GW_LIMIT:
	case GW_UNAVAIL:
	case GW_INTERNAL:
		http_set(r, "Retry-After", "5");
		http_reply_text(r, 503, text);
		return;
	}
}

bool alerts_source_sends_json(struct http_req *r)
{
	struct str rest = http_header(r, "Content-Type");
	struct str type;

	return str_split(&rest, ';', &type) &&
	       str_iis(str_trim(type), "application/json");
}
