/* SPDX-License-Identifier: MIT */
/* event.c - what every event must keep to, whoever sent it */
#include "alerts/event.h"

static const struct {
	const char *word;
	enum severity severity;
} words[] = {
	{ "none", SEV_INFO },	       { "info", SEV_INFO },
	{ "informational", SEV_INFO }, { "notice", SEV_INFO },
	{ "warning", SEV_WARNING },    { "warn", SEV_WARNING },
	{ "minor", SEV_WARNING },      { "error", SEV_ERROR },
	{ "err", SEV_ERROR },	       { "page", SEV_ERROR },
	{ "major", SEV_ERROR },	       { "critical", SEV_CRITICAL },
	{ "crit", SEV_CRITICAL },      { "disaster", SEV_DISASTER },
	{ "emergency", SEV_DISASTER }, { "emerg", SEV_DISASTER },
};

enum severity alerts_event_severity(struct str label)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_iis(label, words[i].word))
			return words[i].severity;
	return SEV_WARNING;
}

static enum gw_err check_names(const struct alerts_labels *l, const char *what,
			       struct err_note *note)
{
	for (size_t i = 0; i < l->n; i++) {
		struct str name = l->v[i].name;

		if (name.n > ALERTS_NAME_MAX)
			return err_say(note, GW_BAD_INPUT,
				       "invalid %s: a name of %zu bytes", what,
				       name.n);
		if (!alerts_labels_name_valid(name))
			return err_say(note, GW_BAD_INPUT,
				       "invalid %s: invalid name \"%.*s\"",
				       what, name.n > 100 ? 100 : (int)name.n,
				       name.p);
	}
	return GW_OK;
}

static enum gw_err check_sizes(const struct alerts_labels *l, const char *what,
			       size_t most, struct err_note *note)
{
	if (l->n > ALERTS_LABELS_MAX)
		return err_say(note, GW_BAD_INPUT,
			       "invalid %s: %zu of them, at most %zu", what,
			       l->n, ALERTS_LABELS_MAX);
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].value.n > most)
			return err_say(note, GW_BAD_INPUT,
				       "invalid %s: a value of %zu bytes, at "
				       "most %zu",
				       what, l->v[i].value.n, most);
	return GW_OK;
}

enum gw_err alerts_event_fill(struct alerts_event *e,
			      struct alerts_pairs labels,
			      struct alerts_pairs annotations,
			      struct err_note *note)
{
	enum gw_err err;

	e->labels = alerts_labels_make(labels.v, labels.n);
	e->annotations = alerts_labels_make(annotations.v, annotations.n);
	if (e->labels.n == 0)
		return err_say(note, GW_BAD_INPUT,
			       "at least one label pair required");
	err = check_names(&e->labels, "label set", note);
	if (err == GW_OK)
		err = check_sizes(&e->labels, "label set", ALERTS_VALUE_MAX,
				  note);
	if (err == GW_OK)
		err = check_names(&e->annotations, "annotations", note);
	if (err == GW_OK)
		err = check_sizes(&e->annotations, "annotations",
				  ALERTS_FIELD_MAX, note);
	if (err != GW_OK)
		return err;
	e->fingerprint = alerts_fingerprint(&e->labels);
	e->severity = alerts_event_severity(
		alerts_labels_get(&e->labels, "severity"));
	return GW_OK;
}
