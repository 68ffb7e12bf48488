/* SPDX-License-Identifier: MIT */
/* people.h - what rooms ask of the directory
 *
 * Answers come through done(), possibly before the call returns; a dead
 * directory answers GW_UNAVAIL.  Addresses are normalised bare JIDs.  done()
 * arguments are borrowed for the call.
 */
#ifndef GW_SEAM_PEOPLE_H
#define GW_SEAM_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/str.h"
#include "gateway/run/crypto.h"

struct people_person {
	const char *address;
	const char *name; /* "" */
	bool disabled;
	/* Another one with each new password, and each lock: what was granted
	 * under another is void.  NULL: the directory does not tell. */
	const char *credential;
};

/* RFC 5802: what a server keeps of a password. */
struct people_verifier {
	enum crypto_hash hash;
	unsigned rounds;
	struct str salt;
	uint8_t stored_key[CRYPTO_HASH_MAX];
	uint8_t server_key[CRYPTO_HASH_MAX];
};

/* How the keys of an account may look. */
struct people_shape {
	uint32_t draw; /* which of them: the same for the same name */
	unsigned rounds;
	size_t salt_len; /* at most CRYPTO_HASH_MAX */
};

struct seam_people {
	void *self;
	/* Is there such a person?  GW_NOT_FOUND: no. */
	void (*find)(void *self, struct str address,
		     void (*done)(void *arg, enum gw_err e,
				  const struct people_person *p),
		     void *arg);
	/* SCRAM: GW_NOT_FOUND: unknown, disabled, or no key of this hash. */
	void (*verifier)(void *self, struct str address, enum crypto_hash hash,
			 void (*done)(void *arg, enum gw_err e,
				      const struct people_verifier *v),
			 void *arg);
	/* Of an account there is not, so that nobody sees that; as given where
	 * nothing is known.  NULL: as always given. */
	void (*shape)(void *self, enum crypto_hash hash,
		      struct people_shape *shape);
	/* PLAIN and console: GW_DENIED: wrong password or unknown. */
	void (*check)(void *self, struct str address, struct str password,
		      void (*done)(void *arg, enum gw_err e), void *arg);
	/* Members of a directory group: GW_NOT_FOUND: no such group. */
	void (*group)(void *self, struct str dn,
		      void (*done)(void *arg, enum gw_err e,
				   const char *const *addresses, size_t n),
		      void *arg);
	/* Another password, the old one is void; why says what was wrong.
	 * NULL: there is nothing to change here. */
	void (*set_password)(void *self, struct str address,
			     struct str password,
			     void (*done)(void *arg, enum gw_err e,
					  const char *why),
			     void *arg);
	/* A new person; GW_CONFLICT: there is one.  NULL: as above. */
	void (*add)(void *self, struct str address, struct str password,
		    void (*done)(void *arg, enum gw_err e, const char *why),
		    void *arg);
	/* A key of a hash there is none of; GW_CONFLICT: there is.  NULL: as
	 * above. */
	void (*add_key)(void *self, struct str address,
			const struct people_verifier *v,
			void (*done)(void *arg, enum gw_err e), void *arg);
	/* An administrator; NULL: nobody is. */
	bool (*is_admin)(void *self, struct str address);
	/* True when SCRAM can work at all (keys are held, not only bind); a
	 * reload may change it. */
	bool (*has_scram)(void *self);
};

#endif
