/* SPDX-License-Identifier: MIT */
/* orders.c - POST /api/cases/{n}/{verb}: what a person does with a case
 *
 * In the console it is always who is logged in; on the control socket the
 * body says for whom, or it is the first administrator.  The case service
 * decides; this only asks it.
 */
#include "gateway/base/when.h"
#include "web/first.h"
#include "web/may.h"
#include "web/words.h"

static void on_ordered(void *arg, enum gw_err e, uint64_t number,
		       const char *why)
{
	struct web_req *q = arg;
	struct buf b = { .data = NULL };
	const struct casefile *c;
	struct json_out o;

	if (e != GW_OK || q->web == NULL) {
		web_fail(q, e != GW_OK ? e : GW_UNAVAIL, why);
		return;
	}
	c = case_get(q->web->spec.cases, number);
	json_out_init(&o, &b);
	json_out_object(&o, NULL);
	json_out_str(&o, "message", web_printable(why != NULL ? why : ""));
	if (c != NULL) {
		json_out_object(&o, "case");
		web_case_row(&o, c);
		json_out_bool(&o, "may", web_may_act(q, c, str_of(q->who)));
		json_out_end_object(&o);
	}
	json_out_end_object(&o);
	web_json(q, 200, &b);
}

/* false: replied. */
static bool read_who(struct web_req *q, struct case_order *order)
{
	struct str as = json_get_str(q->body, "as");

	if (q->control) {
		order->via = STR("cli");
		if (web_address(q->arena, as, &order->who))
			return true;
		web_fail(q, GW_BAD_INPUT, "as: write it like ann@example.org");
		return false;
	}
	order->who = str_of(q->who);
	order->via = STR("web");
	if (as.n == 0 || str_eq(as, order->who))
		return true;
	web_fail(q, GW_DENIED, "as: you are not that person");
	return false;
}

static const char *read_rest(struct web_req *q, struct case_order *order)
{
	const struct json *span = json_get(q->body, "span");
	struct str other = json_get_str(q->body, "other");

	order->span = json_int(span, 0);
	if (json_kind(span) == JSON_STRING &&
	    when_parse_span(json_str(span), &order->span) != GW_OK)
		return "span: write it like 30m";
	if (order->span < 0 || order->span > 30 * WHEN_DAY)
		return "span: at most 30 days";
	order->text = json_get_str(q->body, "text");
	if (order->text.p == NULL)
		order->text = STR("");
	if (order->text.n > 4000)
		return "text: at most 4000 bytes";
	if (order->verb == VERB_NOTE && str_trim(order->text).n == 0)
		return "text: a note needs words";
	order->other = STR("");
	if (order->verb == VERB_GIVE &&
	    !web_address(q->arena, other, &order->other))
		return "other: say to whom, like bob@example.org";
	return NULL;
}

static void give_order(struct web_req *q, struct case_order *order)
{
	const struct casefile *c = web_case_of(q);
	const char *wrong;

	if (c == NULL)
		return;
	order->number = c->number;
	wrong = read_rest(q, order);
	if (wrong != NULL)
		web_fail(q, GW_BAD_INPUT, wrong);
	else if (!web_may_act(q, c, order->who))
		web_fail(q, GW_DENIED,
			 "this is for members and leads of its pool");
	else
		case_order(q->web->spec.cases, order, on_ordered, q);
}

static void on_first(struct web_req *q, enum gw_err e, struct str address)
{
	struct case_order order = { .who = address, .via = STR("cli") };

	if (e != GW_OK || q->web == NULL)
		web_fail(q, e != GW_OK ? e : GW_UNAVAIL, NULL);
	else if (address.n == 0)
		web_fail(q, GW_BAD_INPUT,
			 "as: say for whom, there is no administrator yet");
	else if (web_words_verb(http_segment(q->http, 1), &order.verb))
		give_order(q, &order);
}

static void on_order(struct web_req *q)
{
	struct case_order order = { .number = 0 };

	if (!web_words_verb(http_segment(q->http, 1), &order.verb)) {
		web_fail(q, GW_NOT_FOUND, "there is no such verb");
		return;
	}
	if (!web_object(q))
		return;
	if (q->control && json_get(q->body, "as") == NULL)
		web_first_admin(q, on_first);
	else if (read_who(q, &order))
		give_order(q, &order);
}

const struct web_route web_orders_routes[] = {
	{ HTTP_POST, "/api/cases/{}/{}", 16384, WEB_PERSON, false, on_order },
	{ .path = NULL },
};
