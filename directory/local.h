/* SPDX-License-Identifier: MIT */
/* local.h - the built-in directory: all accounts in memory
 *
 * The store is the journal: memory changes when the commit is on disk, in the
 * order of the commits.  What is still under way when it is freed is answered
 * with GW_UNAVAIL.
 */
#ifndef GW_DIRECTORY_LOCAL_H
#define GW_DIRECTORY_LOCAL_H

#include "directory/directory_private.h"
#include "directory/scram.h"

struct directory_local;

typedef void directory_revoke_fn(void *arg, struct str address);

struct directory_local *directory_local_new(const struct directory_spec *spec);
void directory_local_stop(struct directory_local *l);
void directory_local_free(struct directory_local **l);
void directory_local_configure(struct directory_local *l, unsigned rounds);
enum gw_err directory_local_load(struct directory_local *l) GW_CHECKED;
void directory_local_on_revoke(struct directory_local *l,
			       directory_revoke_fn *fn, void *arg);

/* NULL: unknown.  Normalises only what is not found as it stands. */
const struct directory_person *
directory_local_get(const struct directory_local *l, struct str address);
/* As people_person.credential has it. */
const char *directory_local_credential(const struct directory_person *p,
				       struct arena *a);
/* GW_NOT_FOUND: unknown, disabled, or no key of this hash; v borrows. */
enum gw_err directory_local_verifier(const struct directory_local *l,
				     struct str address, enum crypto_hash hash,
				     struct people_verifier *v) GW_CHECKED;
/* A shape of those the accounts have; of new ones where there are none. */
void directory_local_shape(const struct directory_local *l,
			   enum crypto_hash hash, struct people_shape *shape);
/* Unknown or not, the answer takes the time of one hash. */
void directory_local_check(struct directory_local *l, struct str address,
			   struct str password, directory_check_fn *done,
			   void *arg);
size_t directory_local_list(struct directory_local *l, struct str after,
			    size_t max, struct arena *a,
			    struct directory_person **out);
int64_t directory_local_count(const struct directory_local *l);

enum directory_change_kind {
	DIRECTORY_ADD_PASSWORD,
	DIRECTORY_ADD_KEYS,
	DIRECTORY_SET_PASSWORD,
	DIRECTORY_ADD_HASH, /* a key of one more hash */
	DIRECTORY_SET_DISABLED,
};

struct directory_change {
	enum directory_change_kind kind;
	struct str address, name;
	struct str secret; /* password, or keys in RFC 5803 form */
	const struct people_verifier *verifier; /* ADD_HASH */
	enum directory_role role;
	bool disabled;
	directory_done_fn *done;
	void *arg;
};
void directory_local_change(struct directory_local *l,
			    const struct directory_change *c);

#endif
