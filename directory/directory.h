/* SPDX-License-Identifier: MIT */
/* directory.h - people: the built-in directory, or LDAP beside it
 *
 * `directory: { kind: local }` or `{ kind: ldap, ... }`.  With LDAP the people
 * there come first; an address LDAP does not know is looked up in the built-in
 * directory (the first administrator lives there).
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
};

extern const struct conf_section directory_conf_section; /* `directory:` */

struct directory *directory_new(const struct directory_spec *spec);
void directory_free(struct directory **d);
enum gw_err directory_configure(struct directory *d, struct config *cfg,
				struct err_note *note) GW_CHECKED;
enum gw_err
directory_load(struct directory *d) GW_CHECKED; /* before the loop */
struct seam_people directory_people(struct directory *d);

/* Administration of the built-in directory.  All answer after the commit.
 * Addresses are checked strictly (RFC 7622); why says what is wrong. */
typedef void directory_done_fn(void *arg, enum gw_err e, const char *why);
enum directory_role { DIRECTORY_USER, DIRECTORY_OPERATOR, DIRECTORY_ADMIN };
void directory_add(struct directory *d, struct str address, struct str password,
		   struct str name, enum directory_role role,
		   directory_done_fn *done, void *arg);
/* Ready SCRAM keys, as an export has them:
 * "SCRAM-SHA-256$ROUNDS:SALT$STOREDKEY:SERVERKEY" (base64, RFC 5803). */
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
/* Called after a commit that ends log-ins: disabled, password changed. */
void directory_on_revoke(struct directory *d,
			 void (*fn)(void *arg, struct str address), void *arg);
/* Role of a person for the console; USER if unknown. */
enum directory_role directory_role(const struct directory *d,
				   struct str address);

#endif
