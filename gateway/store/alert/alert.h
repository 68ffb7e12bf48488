/* SPDX-License-Identifier: MIT */
/* alert.h - alerts, raw events and incidents on disk
 *
 * A write gathers rows of one commit; it copies all it is given.  Loads run
 * before the loop; the rows they show are borrowed for the call.
 */
#ifndef GW_STORE_ALERT_ALERT_H
#define GW_STORE_ALERT_ALERT_H

#include "gateway/store/store.h"

struct store_alert {
	struct str fingerprint, source;
	struct str labels, annotations; /* packed: name, 0, value, 0 */
	struct str generator;
	int severity;
	bool firing, confirmed, timeout_based;
	int64_t starts_at, ends_at, fired_at, seen_at;
};

struct store_alert_event { /* what came in, for the trail and for replay */
	int64_t at;
	bool dead; /* could not be used; note says why */
	struct str source, key, note;
	size_t size; /* of the whole; the body may be cut */
	struct str body;
};

struct store_alert_incident {
	struct str key;
	uint64_t case_number;
	int64_t closed_at; /* 0: its case is open */
};

struct store_alert_write;
struct store_alert_write *store_alert_write_new(void);
void store_alert_write_free(struct store_alert_write **w); /* unsubmitted */
void store_alert_put(struct store_alert_write *w, const struct store_alert *a);
void store_alert_del(struct store_alert_write *w, struct str fingerprint);
/* The oldest of more than `keep` of its kind go. */
void store_alert_add_event(struct store_alert_write *w,
			   const struct store_alert_event *e, unsigned keep);
void store_alert_put_incident(struct store_alert_write *w,
			      const struct store_alert_incident *i);
void store_alert_del_incident(struct store_alert_write *w, struct str key);
size_t store_alert_write_count(const struct store_alert_write *w);
/* Takes w; done, on the core thread after the commit, may be NULL. */
void store_alert_submit(struct store *s, struct store_alert_write *w,
			void (*done)(void *arg, enum gw_err e), void *arg);

enum gw_err store_alert_load(struct store *s,
			     void (*fn)(void *arg, const struct store_alert *a),
			     void *arg) GW_CHECKED;
enum gw_err store_alert_load_incidents(
	struct store *s,
	void (*fn)(void *arg, const struct store_alert_incident *i),
	void *arg) GW_CHECKED;

#endif
