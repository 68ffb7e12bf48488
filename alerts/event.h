/* SPDX-License-Identifier: MIT */
/* event.h - one normalised input, and the limits all sources keep */
#ifndef GW_ALERTS_EVENT_H
#define GW_ALERTS_EVENT_H

#include "alerts/fingerprint.h"
#include "alerts/labels.h"
#include "gateway/engine/presence.h"

#define ALERTS_BODY_MAX	  ((size_t)8 * 1024 * 1024)
#define ALERTS_LABELS_MAX ((size_t)64)
#define ALERTS_NAME_MAX	  ((size_t)1024)
#define ALERTS_VALUE_MAX  ((size_t)1024)
#define ALERTS_FIELD_MAX  ((size_t)64 * 1024)

/* Texts are borrowed from the batch's arena. */
struct alerts_event {
	uint64_t fingerprint;
	struct alerts_labels labels, annotations;
	struct str generator; /* URL, "" */
	enum severity severity;
	int64_t starts, ends; /* wall */
	bool resolved;
	bool expired;	    /* ours: its end came and nobody confirmed */
	bool timeout_based; /* the sender named no end */
	unsigned truncated; /* alerts the sender left out beside this */
	bool repeated;	    /* resent with its first start until resolved: the
			     * same start after a resolve is a late duplicate */
};

/* From the label severity; none given: SEV_WARNING. */
enum severity alerts_event_severity(struct str label);

/* Fills labels, annotations (both sorted in place), fingerprint and severity;
 * GW_BAD_INPUT with a sentence as Alertmanager words it. */
struct alerts_pairs {
	struct alerts_label *v;
	size_t n;
};
enum gw_err alerts_event_fill(struct alerts_event *e,
			      struct alerts_pairs labels,
			      struct alerts_pairs annotations,
			      struct err_note *note) GW_CHECKED;

#endif
