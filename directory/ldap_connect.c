/* SPDX-License-Identifier: MIT */
/* ldap_connect.c - one attempt to reach an LDAP server, in a job */
#include "directory/ldap_connect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/time.h>

#include "gateway/base/when.h"

#define PASSWORD_MAX_BYTES 1024

struct directory_ldap_connect {
	struct job job;
	struct arena *arena;
	struct directory_ldap_conf conf; /* texts in the arena */
	directory_ldap_connect_fn *done; /* NULL: forgotten */
	void *arg;
	LDAP *ld;
	char password[PASSWORD_MAX_BYTES + 1];
	struct err_note why;
};

static enum gw_err failed(struct directory_ldap_connect *c, const char *what,
			  int code)
{
	char *more = NULL;

	if (c->ld != NULL)
		ldap_get_option(c->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &more);
	err_say(&c->why, GW_UNAVAIL, "%s: %s%s%s", what, ldap_err2string(code),
		more != NULL && *more != '\0' ? ": " : "",
		more != NULL ? more : "");
	ldap_memfree(more);
	return GW_UNAVAIL;
}

static enum gw_err read_password(struct directory_ldap_connect *c)
{
	const char *path = c->conf.bind_password_file;
	struct str text;
	size_t n;
	FILE *f;

	if (*path == '\0')
		return GW_OK;
	f = fopen(path, "re");
	if (f == NULL)
		return err_say(&c->why, GW_UNAVAIL, "%s: %s", path,
			       strerror(errno));
	n = fread(c->password, 1, sizeof(c->password), f);
	fclose(f);
	text = str_make(c->password, n);
	while (text.n > 0 && (str_ends(text, "\n") || str_ends(text, "\r")))
		text.n--;
	if (text.n > PASSWORD_MAX_BYTES)
		return err_say(&c->why, GW_UNAVAIL, "%s: longer than %d bytes",
			       path, PASSWORD_MAX_BYTES);
	c->password[text.n] = '\0';
	return GW_OK;
}

static int set_timeouts(struct directory_ldap_connect *c)
{
	struct timeval net = { .tv_sec = c->conf.network_timeout / 1000,
			       .tv_usec =
				       c->conf.network_timeout % 1000 * 1000 };
	struct timeval answer = { .tv_sec = c->conf.timeout / 1000,
				  .tv_usec = c->conf.timeout % 1000 * 1000 };
	int rc = ldap_set_option(c->ld, LDAP_OPT_NETWORK_TIMEOUT, &net);

	return rc != LDAP_SUCCESS
		       ? rc
		       : ldap_set_option(c->ld, LDAP_OPT_TIMEOUT, &answer);
}

/* Referrals are not followed: libldap would block while it does. */
static int set_options(struct directory_ldap_connect *c)
{
	static const int version = LDAP_VERSION3;
	static const int demand = LDAP_OPT_X_TLS_DEMAND;
	static const int client = 0;
	LDAP *ld = c->ld;
	int rc = set_timeouts(c);

	if (rc == LDAP_SUCCESS)
		rc = ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
	if (rc == LDAP_SUCCESS)
		rc = ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
	if (rc == LDAP_SUCCESS)
		rc = ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
	if (rc == LDAP_SUCCESS && *c->conf.tls_ca_file != '\0')
		rc = ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE,
				     c->conf.tls_ca_file);
	if (rc == LDAP_SUCCESS &&
	    (c->conf.start_tls || str_istarts(str_of(c->conf.url), "ldaps:")))
		rc = ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &client);
	return rc;
}

static enum gw_err bind_first(struct directory_ldap_connect *c)
{
	struct berval cred = { .bv_val = c->password,
			       .bv_len = strlen(c->password) };
	int rc;

	/* RFC 4513 5.1.2: a name without a password binds as nobody. */
	if (*c->conf.bind_dn != '\0' && cred.bv_len == 0)
		return err_say(&c->why, GW_UNAVAIL,
			       "bind_dn is set, but there is no password in "
			       "bind_password_file");
	rc = ldap_sasl_bind_s(c->ld, c->conf.bind_dn, LDAP_SASL_SIMPLE, &cred,
			      NULL, NULL, NULL);
	return rc == LDAP_SUCCESS ? GW_OK : failed(c, "bind", rc);
}

/* What arrived in part must never stop the core. */
static enum gw_err stop_blocking(struct directory_ldap_connect *c)
{
	int fd = -1, flags;

	if (ldap_get_option(c->ld, LDAP_OPT_DESC, &fd) != LDAP_SUCCESS ||
	    fd < 0)
		return err_say(&c->why, GW_UNAVAIL, "no descriptor");
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
		return err_say(&c->why, GW_UNAVAIL, "%s", strerror(errno));
	return GW_OK;
}

static enum gw_err attempt(struct directory_ldap_connect *c)
{
	int rc = ldap_initialize(&c->ld, c->conf.url);

	if (rc != LDAP_SUCCESS)
		return failed(c, c->conf.url, rc);
	rc = set_options(c);
	if (rc != LDAP_SUCCESS)
		return failed(c, "options", rc);
	if (c->conf.start_tls) {
		rc = ldap_start_tls_s(c->ld, NULL, NULL);
		if (rc != LDAP_SUCCESS)
			return failed(c, "StartTLS", rc);
	}
	if (read_password(c) != GW_OK || bind_first(c) != GW_OK)
		return GW_UNAVAIL;
	return stop_blocking(c);
}

static void run(struct job *j)
{
	struct directory_ldap_connect *c =
		LIST_OF(j, struct directory_ldap_connect, job);
	enum gw_err e = attempt(c);

	explicit_bzero(c->password, sizeof(c->password));
	if (e != GW_OK && c->ld != NULL) {
		ldap_unbind_ext(c->ld, NULL, NULL);
		c->ld = NULL;
	}
}

static void on_done(struct job *j)
{
	struct directory_ldap_connect *c =
		LIST_OF(j, struct directory_ldap_connect, job);
	struct arena *a = c->arena;

	if (c->done != NULL)
		c->done(c->arg, c->ld, c->why.text);
	else if (c->ld != NULL)
		ldap_unbind_ext(c->ld, NULL, NULL);
	arena_free(&a);
}

struct directory_ldap_connect *
directory_ldap_connect_start(struct jobs *jobs,
			     const struct directory_ldap_conf *conf,
			     directory_ldap_connect_fn *done, void *arg)
{
	struct arena *a = arena_new();
	struct directory_ldap_connect *c = arena_alloc(a, sizeof(*c));

	c->arena = a;
	c->conf = *conf;
	c->conf.url = arena_strdup(a, conf->url);
	c->conf.bind_dn = arena_strdup(a, conf->bind_dn);
	c->conf.bind_password_file = arena_strdup(a, conf->bind_password_file);
	c->conf.tls_ca_file = arena_strdup(a, conf->tls_ca_file);
	c->done = done;
	c->arg = arg;
	c->job.run = run;
	c->job.done = on_done;
	if (jobs_submit(jobs, &c->job) == GW_OK)
		return c;
	arena_free(&a);
	return NULL;
}

void directory_ldap_connect_forget(struct directory_ldap_connect **c)
{
	if (*c != NULL)
		(*c)->done = NULL;
	*c = NULL;
}
