/* SPDX-License-Identifier: MIT */
/* demo_person.h - a person of the demonstration: an XMPP client (libstrophe)
 *
 * An independent implementation over TLS, in a thread of its own.  The
 * certificate must be one the system trusts, or the very one in the file the
 * daemon is configured with.
 */
#ifndef GW_CLI_DEMO_PERSON_H
#define GW_CLI_DEMO_PERSON_H

#include "gateway/base/err.h"
#include "gateway/cli/demo_event.h"

#define DEMO_PINS_MAX 8

struct demo_pins { /* SHA-256 of the certificates in a PEM file, hex */
	size_t count;
	char hex[DEMO_PINS_MAX][65];
};
enum gw_err demo_person_pins(const char *pem_file, struct demo_pins *out,
			     struct err_note *note) GW_CHECKED;

struct demo_person_spec { /* all borrowed until demo_person_free() */
	const char *name; /* "ann" */
	const char *jid;  /* bare */
	const char *password;
	const char *host;
	unsigned short port;
	const struct demo_pins *pins;
	struct demo_events *events;
};

struct demo_person;

struct demo_person *demo_person_new(const struct demo_person_spec *spec);
void demo_person_free(struct demo_person **p); /* disconnects */
/* DEMO_CONNECTED or DEMO_ENDED follows. */
enum gw_err demo_person_connect(struct demo_person *p) GW_CHECKED;
void demo_person_send(struct demo_person *p, const char *xml);
/* Sends what is queued, ends the stream, waits for the thread. */
void demo_person_disconnect(struct demo_person *p);

#endif
