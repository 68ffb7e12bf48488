/* SPDX-License-Identifier: MIT */
/* ldap.c - people of an LDAP directory, and how it is searched */
#include "directory/ldap.h"

#include <stdio.h>

#include "directory/ldap_private.h"
#include "gateway/base/codec.h"
#include "gateway/run/log.h"

#define SEARCHES_AT_ONCE   64
#define PASSWORD_MAX_BYTES 1024
#define CREDENTIAL_BYTES   16

struct question {
	struct directory_ldap_req req; /* first the search, then the bind */
	struct directory_ldap *ldap;
	struct arena *arena;
	struct str address; /* normalised */
	char *filter;
	const char *name; /* of the entry found */
	const char *dn;
	struct buf credential; /* what its attributes have */
	size_t found;
	struct str password; /* in the arena; to be wiped */
	directory_find_fn *find;
	directory_check_fn *check;
	void *arg;
};

struct match {
	struct question *q;
	bool yes;
};

/* ---- shared with groups ---- */

void directory_ldap_escape(struct buf *out, struct str value)
{
	struct berval in, safe = { .bv_val = NULL };
	struct arena *a = arena_new();
	struct str copy = arena_str(a, value);

	in.bv_val = (char *)(uintptr_t)copy.p;
	in.bv_len = copy.n;
	if (copy.n > 0 && ldap_bv2escaped_filter_value(&in, &safe) == 0)
		buf_add(out, safe.bv_val, safe.bv_len);
	if (safe.bv_val != in.bv_val)
		ber_memfree(safe.bv_val);
	arena_free(&a);
}

void directory_ldap_values(LDAP *ld, LDAPMessage *m, const char *attribute,
			   void (*fn)(void *arg, struct str value), void *arg)
{
	struct berval **values = ldap_get_values_len(ld, m, attribute);

	for (size_t i = 0; values != NULL && values[i] != NULL; i++)
		fn(arg, str_make(values[i]->bv_val, values[i]->bv_len));
	ldap_value_free_len(values);
}

int directory_ldap_code(LDAP *ld, LDAPMessage *m)
{
	int code = -1;

	if (m == NULL || ldap_parse_result(ld, m, &code, NULL, NULL, NULL, NULL,
					   0) != LDAP_SUCCESS)
		return -1;
	return code;
}

/* ---- the one entry of a person ---- */

/* Only a hash of it is ever shown: there may be a password's among it. */
static const char *credential_of(struct question *q)
{
	uint8_t hash[CRYPTO_HASH_MAX];

	if (q->credential.len == 0)
		return NULL;
	crypto_digest(CRYPTO_SHA256, buf_str(&q->credential), hash);
	explicit_bzero(q->credential.data, q->credential.len);
	return arena_printf(q->arena, "ldap %s",
			    codec_hex(q->arena, hash, CREDENTIAL_BYTES));
}

static void question_end(struct question *q, enum gw_err e)
{
	struct people_person p = { .address = q->address.p };
	struct arena *a = q->arena;

	p.name = q->name != NULL ? q->name : "";
	p.credential = credential_of(q);
	buf_fini(&q->credential);
	if (q->password.p != NULL)
		explicit_bzero((void *)(uintptr_t)q->password.p, q->password.n);
	if (q->find != NULL)
		q->find(q->arg, e, e == GW_OK ? &p : NULL);
	else
		q->check(q->arg, e);
	arena_free(&a);
}

/* %s the address, %u and %d its halves, %% a percent sign. */
static char *expand(struct arena *a, const char *pattern, struct str address)
{
	size_t at = str_find(address, '@');
	struct str user = str_make(address.p, at);
	struct str domain = str_make(address.p + at + 1, address.n - at - 1);
	struct buf out = { .data = NULL };
	char *filter;

	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '%' || pattern[1] == '\0') {
			buf_add_char(&out, *pattern);
			continue;
		}
		pattern++;
		if (*pattern == 's')
			directory_ldap_escape(&out, address);
		else if (*pattern == 'u')
			directory_ldap_escape(&out, user);
		else if (*pattern == 'd')
			directory_ldap_escape(&out, domain);
		else
			buf_add_char(&out, *pattern);
	}
	filter = arena_strndup(a, (const char *)out.data, out.len);
	buf_fini(&out);
	return filter;
}

static int send_person(struct directory_ldap_req *r, LDAP *ld)
{
	struct question *q = LIST_OF(r, struct question, req);
	const struct directory_ldap_conf *c = q->ldap->conf;
	char *attributes[DIRECTORY_CREDENTIALS + 3] = {
		(char *)(uintptr_t)c->address_attribute,
		(char *)(uintptr_t)c->name_attribute,
	};

	for (size_t i = 0; i < c->credential_attributes.count; i++)
		attributes[i + 2] =
			(char *)(uintptr_t)c->credential_attributes.items[i];

	return ldap_search_ext(ld, c->base, LDAP_SCOPE_SUBTREE, q->filter,
			       attributes, 0, NULL, NULL, NULL, 10, &r->msgid);
}

static void compare(void *arg, struct str value)
{
	struct match *match = arg;
	struct question *q = match->q;
	struct arena *a = arena_new();
	struct err_note note;
	struct str plain;

	if (q->ldap->spec.normalise(a, value, &plain, &note) == GW_OK &&
	    str_eq(plain, q->address))
		match->yes = true;
	arena_free(&a);
}

static void keep_name(void *arg, struct str value)
{
	struct question *q = arg;

	if (q->name == NULL && str_utf8_valid(value))
		q->name = arena_strndup(q->arena, value.p, value.n);
}

static void keep_credential(void *arg, struct str value)
{
	struct question *q = arg;

	buf_add_char(&q->credential, '=');
	buf_add_str(&q->credential, value);
}

static void keep_credentials(struct question *q, LDAP *ld, LDAPMessage *m)
{
	const struct conf_texts *list = &q->ldap->conf->credential_attributes;
	size_t before;

	for (size_t i = 0; i < list->count; i++) {
		before = q->credential.len;
		directory_ldap_values(ld, m, list->items[i], keep_credential,
				      q);
		if (q->credential.len > before)
			buf_printf(&q->credential, "\n%s", list->items[i]);
	}
}

/* The filter may find more than it should: the attribute decides. */
static void on_person(struct directory_ldap_req *r, LDAP *ld, LDAPMessage *m)
{
	struct question *q = LIST_OF(r, struct question, req);
	const struct directory_ldap_conf *c = q->ldap->conf;
	struct match match = { .q = q };
	char *dn;

	directory_ldap_values(ld, m, c->address_attribute, compare, &match);
	if (!match.yes)
		return;
	q->found++;
	directory_ldap_values(ld, m, c->name_attribute, keep_name, q);
	keep_credentials(q, ld, m);
	dn = ldap_get_dn(ld, m);
	q->dn = arena_strdup(q->arena, dn);
	ldap_memfree(dn);
}

static enum gw_err judge_person(const struct question *q, int code)
{
	if (code < 0)
		return GW_UNAVAIL;
	if (q->found > 1) {
		log_error("directory.ldap_ambiguous", "address",
			  LOG_STR(q->address), "entries", LOG_INT(q->found),
			  NULL);
		return GW_UNAVAIL;
	}
	if (code != LDAP_SUCCESS) {
		log_error("directory.ldap_search", "address",
			  LOG_STR(q->address), "why", ldap_err2string(code),
			  NULL);
		return GW_UNAVAIL;
	}
	return q->found == 1 ? GW_OK : GW_NOT_FOUND;
}

static void on_found(struct directory_ldap_req *r, LDAP *ld, LDAPMessage *m)
{
	struct question *q = LIST_OF(r, struct question, req);

	question_end(q, judge_person(q, directory_ldap_code(ld, m)));
}

static struct question *question_new(struct directory_ldap *l,
				     struct str address)
{
	struct arena *a = arena_new();
	struct question *q = arena_alloc(a, sizeof(*q));
	struct err_note note;

	q->arena = a;
	q->ldap = l;
	q->req.send = send_person;
	q->req.entry = on_person;
	if (l->spec.normalise(a, address, &q->address, &note) != GW_OK)
		q->address = STR_NONE;
	return q;
}

static void ask(struct question *q)
{
	struct directory_ldap *l = q->ldap;

	if (q->address.p == NULL) {
		question_end(q, GW_NOT_FOUND);
		return;
	}
	q->filter = expand(q->arena, l->conf->user_filter, q->address);
	directory_ldap_link_ask(l->search, &q->req);
}

void directory_ldap_find(struct directory_ldap *l, struct str address,
			 directory_find_fn *done, void *arg)
{
	struct question *q = question_new(l, address);

	q->find = done;
	q->arg = arg;
	q->req.end = on_found;
	ask(q);
}

/* ---- log-in: the entry, then a bind as it ---- */

static int send_bind(struct directory_ldap_req *r, LDAP *ld)
{
	struct question *q = LIST_OF(r, struct question, req);
	struct berval cred = { .bv_val = (char *)(uintptr_t)q->password.p,
			       .bv_len = q->password.n };

	return ldap_sasl_bind(ld, q->dn, LDAP_SASL_SIMPLE, &cred, NULL, NULL,
			      &r->msgid);
}

static enum gw_err judge_bind(const struct question *q, int code)
{
	switch (code) {
	case LDAP_SUCCESS:
		return GW_OK;
	case LDAP_INVALID_CREDENTIALS:
	case LDAP_INAPPROPRIATE_AUTH:
	case LDAP_NO_SUCH_OBJECT:
	case LDAP_CONSTRAINT_VIOLATION: /* too many failures, */
	case LDAP_UNWILLING_TO_PERFORM: /* locked, */
	case LDAP_INSUFFICIENT_ACCESS:	/* expired: as servers like it */
		return GW_DENIED;
	default:
		break;
	}
	if (code >= 0)
		log_error("directory.ldap_bind", "address", LOG_STR(q->address),
			  "why", ldap_err2string(code), NULL);
	return GW_UNAVAIL;
}

static void on_bound(struct directory_ldap_req *r, LDAP *ld, LDAPMessage *m)
{
	struct question *q = LIST_OF(r, struct question, req);

	question_end(q, judge_bind(q, directory_ldap_code(ld, m)));
}

static struct directory_ldap_link *least_busy(struct directory_ldap *l)
{
	struct directory_ldap_link *best = l->logins[0];

	for (size_t i = 1; i < (size_t)l->conf->login_connections; i++)
		if (directory_ldap_link_load(l->logins[i]) <
		    directory_ldap_link_load(best))
			best = l->logins[i];
	return best;
}

static void on_found_for_bind(struct directory_ldap_req *r, LDAP *ld,
			      LDAPMessage *m)
{
	struct question *q = LIST_OF(r, struct question, req);
	enum gw_err e = judge_person(q, directory_ldap_code(ld, m));

	/* RFC 4513 5.1.2: no password would bind as nobody, and succeed. */
	if (e == GW_OK && q->password.n == 0)
		e = GW_DENIED;
	if (e != GW_OK) {
		question_end(q, e);
		return;
	}
	q->req = (struct directory_ldap_req){ .send = send_bind,
					      .end = on_bound };
	directory_ldap_link_ask(least_busy(q->ldap), &q->req);
}

void directory_ldap_check(struct directory_ldap *l, struct str address,
			  struct str password, directory_check_fn *done,
			  void *arg)
{
	struct question *q = question_new(l, address);
	struct err_note note;

	q->check = done;
	q->arg = arg;
	q->req.end = on_found_for_bind;
	if (password.n > PASSWORD_MAX_BYTES ||
	    l->spec.prepare_password(q->arena, password, &q->password, &note) !=
		    GW_OK)
		q->password = STR_NONE;
	ask(q);
}

/* ---- life ---- */

struct directory_ldap *
directory_ldap_new(const struct directory_spec *spec,
		   const struct directory_ldap_conf *conf)
{
	struct directory_ldap *l = mem_new(sizeof(*l));
	struct directory_ldap_link_spec link = {
		.loop = spec->loop,
		.jobs = spec->jobs,
		.conf = conf,
		.name = "search",
		.at_once = SEARCHES_AT_ONCE,
	};

	l->spec = *spec;
	l->conf = conf;
	l->search = directory_ldap_link_new(&link);
	link.name = "log-in";
	link.at_once = 1;
	link.lazy = true;
	for (size_t i = 0; i < (size_t)conf->login_connections; i++)
		l->logins[i] = directory_ldap_link_new(&link);
	return l;
}

void directory_ldap_free(struct directory_ldap **out)
{
	struct directory_ldap *l = *out;

	if (l == NULL)
		return;
	/* Searches first: what they end asks for no bind any more. */
	directory_ldap_link_free(&l->search);
	for (size_t i = 0; i < DIRECTORY_LDAP_LOGINS; i++)
		directory_ldap_link_free(&l->logins[i]);
	mem_free(l);
	*out = NULL;
}
