/* SPDX-License-Identifier: MIT */
/* conf.c - the rows of `alerts:`
 *
 * From `route` on it is Alertmanager's syntax, so that a tree can be pasted;
 * a key of theirs that is not carried out here is an error, not a comment.
 */
#include "alerts/conf.h"

#include "alerts/alerts.h"
#include "alerts/rule/matcher.h"
#include "gateway/base/when.h"

static const char *const kinds[] = { "alertmanager", NULL };

/* ---- matchers: ['severity="critical"', 'team=~"a|b"'] ---- */

static enum gw_err check_matcher(struct conf_reader *r,
				 const struct conf_node *n, struct str text)
{
	struct err_note note = { .text = "" };
	struct alerts_matcher *m;
	size_t count;
	enum gw_err e =
		alerts_matcher_parse(text, conf_arena(r), &m, &count, &note);

	if (e != GW_OK)
		return conf_error(r, n, "%s", note.text);
	alerts_matcher_fini(m, count);
	return GW_OK;
}

static enum gw_err parse_matchers(struct conf_reader *r,
				  const struct conf_node *n, void *field)
{
	struct alerts_conf_matchers *m = field;
	size_t count = n == NULL ? 0 : conf_count(n);
	const char **items;

	*m = (struct alerts_conf_matchers){ .count = 0 };
	if (n == NULL)
		return GW_OK;
	if (conf_shape(n) != CONF_LIST)
		return conf_error(r, n,
				  "expected a list such as "
				  "['severity=\"critical\"']");
	items = arena_alloc(conf_arena(r), (count + 1) * sizeof(*items));
	for (size_t i = 0; i < count; i++) {
		struct str s = conf_scalar(conf_item(n, i));

		if (check_matcher(r, conf_item(n, i), s) != GW_OK)
			return GW_BAD_INPUT;
		items[i] = arena_strndup(conf_arena(r), s.p, s.n);
	}
	m->count = count;
	m->items = items;
	return GW_OK;
}

static void print_matchers(const void *field, struct buf *out)
{
	const struct alerts_conf_matchers *m = field;

	if (m->count == 0)
		return;
	buf_add_char(out, '[');
	for (size_t i = 0; i < m->count; i++) {
		if (i > 0)
			buf_add_lit(out, ", ");
		buf_add_json(out, str_of(m->items[i]));
	}
	buf_add_char(out, ']');
}

/* ---- match, match_re: { severity: critical } ---- */

static enum gw_err parse_pairs(struct conf_reader *r, const struct conf_node *n,
			       enum alerts_matcher_op op,
			       struct alerts_conf_matchers *m)
{
	size_t count = n == NULL ? 0 : conf_count(n);
	struct err_note note = { .text = "" };
	const char **items;

	*m = (struct alerts_conf_matchers){ .count = 0 };
	if (n == NULL)
		return GW_OK;
	if (conf_shape(n) != CONF_TABLE)
		return conf_error(r, n, "expected a table of labels");
	items = arena_alloc(conf_arena(r), (2 * count + 1) * sizeof(*items));
	for (size_t i = 0; i < count; i++) {
		struct str name = conf_key(n, i);
		struct str value = conf_scalar(conf_item(n, i));
		struct alerts_matcher one = { .op = op,
					      .name = name,
					      .value = value };

		if (!alerts_labels_name_valid(name) || value.p == NULL)
			return conf_error(r, conf_item(n, i),
					  "expected the name of a label and "
					  "its value");
		if (alerts_matcher_make(&one, &note) != GW_OK)
			return conf_error(r, conf_item(n, i), "%s", note.text);
		alerts_matcher_fini(&one, 1);
		items[2 * i] = arena_strndup(conf_arena(r), name.p, name.n);
		items[2 * i + 1] =
			arena_strndup(conf_arena(r), value.p, value.n);
	}
	m->count = 2 * count;
	m->items = items;
	return GW_OK;
}

static enum gw_err parse_match(struct conf_reader *r, const struct conf_node *n,
			       void *field)
{
	return parse_pairs(r, n, ALERTS_MATCH_EQ, field);
}

static enum gw_err parse_match_re(struct conf_reader *r,
				  const struct conf_node *n, void *field)
{
	return parse_pairs(r, n, ALERTS_MATCH_RE, field);
}

static void print_pairs(const void *field, struct buf *out)
{
	const struct alerts_conf_matchers *m = field;

	for (size_t i = 0; i < m->count; i += 2) {
		buf_add_lit(out, i == 0 ? "{ " : ", ");
		conf_print_text(out, str_of(m->items[i]));
		buf_add_lit(out, ": ");
		conf_print_text(out, str_of(m->items[i + 1]));
	}
	if (m->count > 0)
		buf_add_lit(out, " }");
}

/* ---- spans that a child takes from its parent when it has none ---- */

static enum gw_err parse_span(struct conf_reader *r, const struct conf_node *n,
			      void *field)
{
	struct alerts_conf_span *span = field;

	span->ms = -1;
	if (n == NULL)
		return GW_OK;
	if (when_parse_span(conf_scalar(n), &span->ms) != GW_OK ||
	    span->ms > 365 * WHEN_DAY)
		return conf_error(r, n, "expected a time such as 30s or 4h");
	return GW_OK;
}

static void print_span(const void *field, struct buf *out)
{
	const struct alerts_conf_span *span = field;
	char text[WHEN_TEXT_MAX];

	if (span->ms >= 0)
		buf_add_lit(out, when_span(span->ms, text));
}

static const struct conf_section route_section;

static const struct conf_opt route_options[] = {
	CONF_OPT(TEXT, struct alerts_conf_route, receiver, "", 0, 200,
		 "Who gets it; a branch without takes its parent's, the tree "
		 "without the first receiver."),
	CONF_OPT(TEXTS, struct alerts_conf_route, group_by, "", 0, 64,
		 "Alerts equal in these labels are one incident; [...] stands "
		 "for all labels."),
	{ .key = "continue",
	  .kind = CONF_BOOL,
	  .offset = offsetof(struct alerts_conf_route, go_on),
	  .def = "false",
	  .doc = "Go on to the next branches after this one matched." },
	CONF_OPT_NODE(struct alerts_conf_route, matchers, "", parse_matchers,
		      print_matchers,
		      "Conditions that must all hold: NAME=VALUE, !=, =~, !~."),
	CONF_OPT_NODE(struct alerts_conf_route, match, "", parse_match,
		      print_pairs, "Labels and the values they must have."),
	CONF_OPT_NODE(struct alerts_conf_route, match_re, "", parse_match_re,
		      print_pairs,
		      "Labels and the expressions they must match."),
	CONF_OPT_NODE(struct alerts_conf_route, group_wait, "", parse_span,
		      print_span,
		      "How long a new incident waits for more alerts before "
		      "its case opens; not given anywhere: 0 for critical, "
		      "30s otherwise."),
	CONF_OPT_NODE(struct alerts_conf_route, group_interval, "", parse_span,
		      print_span,
		      "How often at most a quiet change corrects the card, "
		      "never later than 10s; not given anywhere: 5m."),
	CONF_OPT_NODE(struct alerts_conf_route, repeat_interval, "", parse_span,
		      print_span,
		      "An incident that still fires so long after its case "
		      "was closed by hand opens another; not given anywhere: "
		      "4h."),
	CONF_OPT_SUB(SEQ, struct alerts_conf_route, routes, &route_section,
		     "Branches, asked in order."),
	{ .key = NULL },
};

static const struct conf_section route_section = {
	.size = sizeof(struct alerts_conf_route),
	.opts = route_options,
	.doc = "A branch of the routing tree, in Alertmanager's syntax.",
};

static const struct conf_opt source_options[] = {
	CONF_OPT_ENUM(struct alerts_conf_source, kind, NULL, kinds,
		      "What sends: alertmanager stands for Prometheus, "
		      "Alertmanager and Grafana."),
	CONF_OPT(TEXT, struct alerts_conf_source, token_file, "", 0, 4096,
		 "File whose first line is the token it must show (Bearer, or "
		 "the password of Basic); none: only from this machine."),
	CONF_OPT(SPAN, struct alerts_conf_source, expire, "25h", 5 * 60 * 1000,
		 INT64_C(365) * 86400 * 1000,
		 "An alert that a webhook never resolved nor repeated ends "
		 "after this time."),
	{ .key = NULL },
};

static const struct conf_section source_section = {
	.size = sizeof(struct alerts_conf_source),
	.opts = source_options,
	.doc = "A monitoring system that sends alerts to /alerts/NAME or "
	       "/api/v2/alerts.",
};

static const struct conf_opt receiver_options[] = {
	CONF_OPT(TEXT, struct alerts_conf_receiver, name, NULL, 1, 200,
		 "The name routes call it by."),
	CONF_OPT(TEXT, struct alerts_conf_receiver, room, "", 0, 1000,
		 "The room where the card of each incident is shown."),
	CONF_OPT(TEXT, struct alerts_conf_receiver, pool, "", 0, 1000,
		 "The pool of those who can deal with it."),
	CONF_OPT(TEXT, struct alerts_conf_receiver, ladder, "", 0, 100,
		 "The ladder that is climbed until somebody has it."),
	{ .key = NULL },
};

static const struct conf_section receiver_section = {
	.size = sizeof(struct alerts_conf_receiver),
	.opts = receiver_options,
	.doc = "Where incidents go.",
};

#define CERTIFICATES_MAX (INT64_C(366) * 86400 * 1000)

static const struct conf_opt certificates_options[] = {
	CONF_OPT(SPAN, struct alerts_conf_certificates, warning, "14d", 0,
		 CERTIFICATES_MAX, "From then on it is a warning."),
	CONF_OPT(SPAN, struct alerts_conf_certificates, error, "7d", 0,
		 CERTIFICATES_MAX, "From then on it is an error."),
	CONF_OPT(SPAN, struct alerts_conf_certificates, critical, "1d", 0,
		 CERTIFICATES_MAX, "From then on it is critical."),
	{ .key = NULL },
};

static const struct conf_section certificates_section = {
	.size = sizeof(struct alerts_conf_certificates),
	.opts = certificates_options,
	.doc = "How long before the end of a certificate of this server an "
	       "alert fires: alertname CertificateExpires, instance the "
	       "domain, job musterd; it is an incident of its own.",
};

static const struct conf_opt options[] = {
	CONF_OPT_SUB(MAP, struct alerts_conf, sources, &source_section,
		     "Who may send alerts, by name."),
	CONF_OPT_SUB(SECTION, struct alerts_conf, route, &route_section,
		     "Which receiver an alert goes to."),
	CONF_OPT_SUB(SEQ, struct alerts_conf, receivers, &receiver_section,
		     "What routes may name; none: cases show only at the "
		     "console."),
	CONF_OPT_SUB(SECTION, struct alerts_conf, certificates,
		     &certificates_section,
		     "When the end of a certificate is told of."),
	CONF_OPT(SPAN, struct alerts_conf, resolve_timeout, "5m", 1000,
		 INT64_C(86400) * 1000,
		 "The end of an alert that named none, from when it was last "
		 "seen."),
	CONF_OPT(INT, struct alerts_conf, max_alerts, "200000", 1, 10000000,
		 "Alerts held at once; more are refused with 503."),
	{ .key = NULL },
};

/* ---- names that must be there ---- */

static bool has_receiver(const struct alerts_conf *c, const char *name)
{
	for (size_t i = 0; i < c->receivers.count; i++) {
		const struct alerts_conf_receiver *r = c->receivers.items[i];

		if (strcmp(r->name, name) == 0)
			return true;
	}
	return false;
}

/* As deep as the file nests: at most CONF_DEPTH_MAX of the reader. */
static enum gw_err check_route(struct conf_reader *r, struct alerts_conf *c,
			       const struct alerts_conf_route *route,
			       const struct conf_node *n)
{
	const struct conf_node *routes =
		n == NULL ? NULL : conf_get(n, "routes");
	enum gw_err e = GW_OK;

	if (*route->receiver != '\0' && !has_receiver(c, route->receiver))
		e = conf_error(r, n, "no receiver is named `%s'",
			       route->receiver);
	for (size_t i = 0; i < route->routes.count; i++)
		if (check_route(r, c, route->routes.items[i],
				routes == NULL ? NULL : conf_item(routes, i)) !=
		    GW_OK)
			e = GW_BAD_INPUT;
	return e;
}

static enum gw_err check_names(struct conf_reader *r,
			       const struct alerts_conf *c)
{
	for (size_t i = 0; i < c->sources.count; i++)
		if (strcmp(c->sources.entries[i].name, ALERTS_OWN) == 0)
			return conf_error(r, NULL,
					  "`" ALERTS_OWN "' is the source of "
					  "what this server itself says");
	for (size_t i = 0; i < c->receivers.count; i++) {
		const struct alerts_conf_receiver *x = c->receivers.items[i];

		for (size_t j = 0; j < i; j++) {
			const struct alerts_conf_receiver *y =
				c->receivers.items[j];

			if (strcmp(x->name, y->name) == 0)
				return conf_error(r, NULL,
						  "two receivers are named "
						  "`%s'",
						  x->name);
		}
	}
	return GW_OK;
}

static enum gw_err check(struct conf_reader *r, void *value)
{
	struct alerts_conf *c = value;
	const struct conf_node *route = conf_get(conf_here(r), "route");
	enum gw_err e = check_names(r, c);

	if (e != GW_OK)
		return e;
	if (c->route.matchers.count + c->route.match.count +
		    c->route.match_re.count >
	    0)
		return conf_error(r, route,
				  "the root of the tree matches everything: "
				  "it may have no conditions");
	if (c->route.go_on)
		return conf_error(r, route,
				  "the root of the tree cannot continue");
	return check_route(r, c, &c->route, route);
}

const struct conf_section alerts_conf_section = {
	.size = sizeof(struct alerts_conf),
	.opts = options,
	.doc = "Alerts: who sends them, and which room and people get them.",
	.check = check,
};
