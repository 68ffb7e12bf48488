/* SPDX-License-Identifier: MIT */
/* tls_self.c - a self-signed certificate to start with */
#include <errno.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/net/tls.h"

#define DAY	   86400L
#define YEARS	   10L
#define FILE_MODE  0600
#define COMMON_MAX 64 /* RFC 5280 A.1, ub-common-name */

static bool add_extension(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = e != NULL && X509_add_ext(x, e, -1) == 1;
	X509_EXTENSION_free(e);
	return ok;
}

/* Only what cannot be mistaken for OpenSSL's list syntax. */
static bool name_is_plain(const char *name)
{
	return name[0] != 0 &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-*:")] ==
		       0;
}

static bool add_names(X509 *x, const char *const *names)
{
	struct buf b = { .data = NULL };
	bool ok;

	for (size_t i = 0; names[i] != NULL; i++) {
		ASN1_OCTET_STRING *ip = a2i_IPADDRESS(names[i]);

		buf_printf(&b, "%s%s:%s", i > 0 ? "," : "",
			   ip != NULL ? "IP" : "DNS", names[i]);
		ASN1_OCTET_STRING_free(ip);
	}
	ok = add_extension(x, NID_subject_alt_name, (const char *)b.data);
	buf_fini(&b);
	return ok;
}

static bool add_serial(X509 *x)
{
	uint8_t bytes[16];
	BIGNUM *n;
	bool ok;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	bytes[0] &= 0x7f; /* RFC 5280 4.1.2.2: positive */
	n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = n != NULL &&
	     BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
	BN_free(n);
	return ok;
}

static bool add_subject(X509 *x, const char *name)
{
	X509_NAME *subject = X509_get_subject_name(x);

	/* A name too long for a common name stands in the SAN alone. */
	if (strlen(name) <= COMMON_MAX &&
	    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
				       (const unsigned char *)name, -1, -1,
				       0) != 1)
		return false;
	return X509_set_issuer_name(x, subject) == 1;
}

static X509 *make_certificate(EVP_PKEY *key, const char *const *names)
{
	X509 *x = X509_new();

	if (x == NULL || key == NULL)
		goto fail;
	if (X509_set_version(x, X509_VERSION_3) != 1 || !add_serial(x) ||
	    X509_gmtime_adj(X509_getm_notBefore(x), -DAY) == NULL ||
	    X509_gmtime_adj(X509_getm_notAfter(x), YEARS * 365 * DAY) == NULL ||
	    X509_set_pubkey(x, key) != 1)
		goto fail;
	if (!add_subject(x, names[0]) || !add_names(x, names) ||
	    !add_extension(x, NID_basic_constraints, "critical,CA:FALSE") ||
	    !add_extension(x, NID_key_usage, "critical,digitalSignature") ||
	    !add_extension(x, NID_ext_key_usage, "serverAuth,clientAuth"))
		goto fail;
	if (X509_sign(x, key, EVP_sha256()) > 0)
		return x;
fail:
	X509_free(x);
	return NULL;
}

static enum gw_err write_pem(const char *path, X509 *x, EVP_PKEY *key,
			     struct err_note *note)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
	bool ok;

	if (f == NULL)
		return err_say(note, errno == EEXIST ? GW_CONFLICT : GW_UNAVAIL,
			       "%s: cannot be written: %s", path,
			       strerrordesc_np(errno));
	ok = PEM_write_X509(f, x) == 1 &&
	     PEM_write_PKCS8PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1;
	ok = fflush(f) == 0 && fsync(fd) == 0 && ok;
	ok = fclose(f) == 0 && ok;
	if (ok)
		return GW_OK;
	unlink(path);
	return err_say(note, GW_UNAVAIL, "%s: cannot be written", path);
}

enum gw_err tls_self_signed(const char *path, const char *const *names,
			    struct err_note *note)
{
	EVP_PKEY *key;
	X509 *x;
	enum gw_err e;

	for (size_t i = 0; names[i] != NULL; i++)
		if (!name_is_plain(names[i]))
			return err_say(note, GW_BAD_INPUT,
				       "%s: not a name for a certificate",
				       names[i]);
	if (names[0] == NULL)
		return err_say(note, GW_BAD_INPUT, "%s: no name to certify",
			       path);
	key = EVP_EC_gen("P-256");
	x = make_certificate(key, names);
	if (x != NULL)
		e = write_pem(path, x, key, note);
	else
		e = err_say(note, GW_INTERNAL,
			    "%s: OpenSSL made no certificate", path);
	X509_free(x);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return e;
}
