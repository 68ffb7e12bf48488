/* SPDX-License-Identifier: MIT */
/* directory.h - people: the built-in directory, or LDAP beside it
 *
 * `directory: { kind: local }` or `{ ldap: { url: ... } }`.  With LDAP the
 * people there come first; an address LDAP does not know is looked up in the
 * built-in directory (the first administrator lives there).  People of the
 * built-in directory are served while LDAP is dead.
 */
#ifndef GW_DIRECTORY_DIRECTORY_H
#define GW_DIRECTORY_DIRECTORY_H

#include "gateway/base/arena.h"
#include "gateway/config/config.h"
#include "gateway/run/jobs.h"
#include "gateway/run/metrics.h"
#include "gateway/seam/people.h"
#include "gateway/store/store.h"

struct directory;

struct directory_spec {
	struct loop *loop;
	struct jobs *jobs; /* hashes, LDAP connect */
	struct store *store;
	struct metrics *metrics;
	/* The rules of XMPP, which this room may not include; none is NULL.
	 * A bare address as it is compared (RFC 7622). */
	enum gw_err (*normalise)(struct arena *a, struct str address,
				 struct str *out, struct err_note *note);
	/* May a new account be called so?  Given a normalised address. */
	enum gw_err (*new_address)(struct str address, struct err_note *note);
	/* A password as it is compared (OpaqueString, RFC 8265 4.2). */
	enum gw_err (*prepare_password)(struct arena *a, struct str password,
					struct str *out, struct err_note *note);
};

extern const struct conf_section directory_conf_section; /* `directory:` */

struct directory *directory_new(const struct directory_spec *spec);
/* Nothing new from here on: everything is answered with GW_UNAVAIL, but for
 * what waits for a commit.  Before jobs and store end. */
void directory_stop(struct directory *d);
void directory_free(struct directory **d);
enum gw_err directory_configure(struct directory *d, struct config *cfg,
				struct err_note *note) GW_CHECKED;
/* Before the loop. */
enum gw_err directory_load(struct directory *d) GW_CHECKED;
struct seam_people directory_people(struct directory *d);

/* Administration of the built-in directory.  All answer after the commit.
 * Addresses are checked strictly (RFC 7622); why says what is wrong.  Many may
 * be under way; those asked first need not be answered first. */
typedef void directory_done_fn(void *arg, enum gw_err e, const char *why);
enum directory_role { DIRECTORY_USER, DIRECTORY_OPERATOR, DIRECTORY_ADMIN };
void directory_add(struct directory *d, struct str address, struct str password,
		   struct str name, enum directory_role role,
		   directory_done_fn *done, void *arg);
/* Ready SCRAM keys, as an export has them:
 * "SCRAM-SHA-256$ROUNDS:SALT$STOREDKEY:SERVERKEY" (base64, RFC 5803), several
 * with blanks between them. */
void directory_add_keys(struct directory *d, struct str address,
			struct str keys, struct str name,
			directory_done_fn *done, void *arg);
void directory_passwd(struct directory *d, struct str address,
		      struct str password, directory_done_fn *done, void *arg);
void directory_disable(struct directory *d, struct str address, bool disabled,
		       directory_done_fn *done, void *arg);
struct directory_person {
	const char *address, *name;
	bool disabled;
	enum directory_role role;
};
/* By address, after the given one ("" first), at most max. */
size_t directory_list(const struct directory *d, struct str after, size_t max,
		      struct arena *a, struct directory_person **out);
/* Called after a commit that ends log-ins: disabled, password changed.  The
 * address is borrowed for the call. */
void directory_on_revoke(struct directory *d,
			 void (*fn)(void *arg, struct str address), void *arg);
/* Role of a person for the console; USER if unknown, ADMIN or OPERATOR if
 * the configuration names the address. */
enum directory_role directory_role(const struct directory *d,
				   struct str address);

#endif
