/* SPDX-License-Identifier: MIT */
/* rows.c - cases and persons as JSON, the same in lists and in events */
#include "web/web_private.h"

#include "web/words.h"

void web_raw(struct json_out *o, const char *key, struct str json)
{
	if (o->comma)
		buf_add_char(o->buf, ',');
	o->comma = true;
	if (key != NULL) {
		buf_add_json(o->buf, str_of(key));
		buf_add_char(o->buf, ':');
	}
	buf_add_str(o->buf, json);
}

static void state_of(struct json_out *o, const struct casefile *c)
{
	json_out_int(o, "opened_at", c->opened_at);
	json_out_int(o, "changed_at", c->changed_at);
	json_out_int(o, "closed_at", c->closed_at);
	json_out_text(o, "closed_why", c->closed_why);
	json_out_text(o, "owner", c->owner);
	json_out_int(o, "claimed_at", c->claimed_at);
	json_out_int(o, "until", c->until);
	json_out_text(o, "offered_to", c->offered_to);
	json_out_int(o, "step", c->step);
	json_out_int(o, "round", c->round);
	json_out_int(o, "due", c->due);
	json_out_bool(o, "waiting_arrival", c->waiting_arrival);
}

/* Into an object that is open. */
void web_case_row(struct json_out *o, const struct casefile *c)
{
	json_out_int(o, "number", (int64_t)c->number);
	json_out_text(o, "kind", web_words_kind(c->kind));
	json_out_text(o, "state", web_words_state(c->state));
	json_out_text(o, "severity", presence_severity_name(c->severity));
	json_out_int(o, "level", c->severity);
	json_out_int(o, "version", c->version);
	json_out_text(o, "subject", c->subject);
	json_out_text(o, "detail", c->detail);
	json_out_text(o, "pool", c->pool);
	json_out_text(o, "ladder", c->ladder);
	json_out_text(o, "room", c->room);
	json_out_text(o, "recipient", c->recipient);
	json_out_int(o, "alerts", c->alerts);
	json_out_int(o, "firing", c->firing);
	state_of(o, c);
}

void web_person_row(struct json_out *o, struct web *w, struct str address,
		    struct arena *a)
{
	struct presence_rules rules = board_rules(w->spec.board);
	struct person p = board_person(w->spec.board, address, a);
	struct verdict v =
		presence_verdict(&p, &rules, loop_wall(w->spec.loop), a);

	json_out_object(o, NULL);
	json_out_str(o, "address", address);
	json_out_text(o, "availability", presence_avail_name(v.level));
	json_out_text(o, "why", v.why);
	json_out_text(o, "show", presence_show_name(p.show));
	json_out_text(o, "status", p.status);
	json_out_int(o, "since", p.since);
	json_out_int(o, "resources", p.resources);
	json_out_int(o, "claims", p.claims);
	json_out_end_object(o);
}
