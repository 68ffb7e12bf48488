/* SPDX-License-Identifier: MIT */
/* ldap_group.c - the members of a group in an LDAP directory
 *
 * The group's entry names them; each member's own entry has the address.  A
 * filter instead of a name is one search, page by page (RFC 2696).  One answer
 * that fails fails the group: a list that is silently short would leave out
 * people who have to be told.
 */
#include <stdlib.h>

#include "directory/ldap_private.h"
#include "gateway/base/map.h"
#include "gateway/run/log.h"

#define LOOKUPS_AT_ONCE 32
#define MEMBERS_MAX	10000

struct group;

struct lookup {
	struct directory_ldap_req req;
	struct group *group;
	struct str member; /* a DN, or a log-in name */
	bool by_name;
	struct list link; /* in todo */
};

struct group {
	struct directory_ldap_req req; /* the entry, or a page */
	struct directory_ldap *ldap;
	struct arena *arena;
	const char *dn; /* or a filter */
	bool by_name;	/* of the attribute being read */
	size_t entries;
	size_t members;
	struct list todo;
	size_t under_way;
	bool starting; /* lookups, which may end at once */
	enum gw_err result;
	struct berval cookie; /* of the next page */
	struct map seen;
	struct buf addresses; /* const char * */
	directory_group_fn *done;
	void *arg;
};

static void group_end(struct group *g)
{
	struct arena *a = g->arena;

	if (g->result == GW_OK)
		g->done(g->arg, GW_OK, (const char *const *)g->addresses.data,
			g->addresses.len / sizeof(char *));
	else
		g->done(g->arg, g->result, NULL, 0);
	ber_memfree(g->cookie.bv_val);
	map_fini(&g->seen);
	buf_fini(&g->addresses);
	arena_free(&a);
}

static void add_address(void *arg, struct str value)
{
	struct group *g = arg;
	struct err_note note;
	struct str plain;

	if (g->ldap->spec.normalise(g->arena, value, &plain, &note) != GW_OK) {
		log_warn("directory.ldap_address", "group", g->dn, "address",
			 LOG_STR(value), "why", note.text, NULL);
		return;
	}
	if (map_get(&g->seen, plain) != NULL)
		return;
	map_put(&g->seen, plain, g);
	buf_add(&g->addresses, &plain.p, sizeof(plain.p));
}

/* The first address is the person's own; further ones are aliases. */
struct first {
	struct group *group;
	bool taken;
};

static void add_first(void *arg, struct str value)
{
	struct first *f = arg;

	if (!f->taken)
		add_address(f->group, value);
	f->taken = true;
}

static void take_address(struct group *g, LDAP *ld, LDAPMessage *m)
{
	struct first f = { .group = g };

	directory_ldap_values(ld, m, g->ldap->conf->address_attribute,
			      add_first, &f);
}

static void fail(struct group *g, int code)
{
	if (code >= 0)
		log_error("directory.ldap_group", "group", g->dn, "why",
			  ldap_err2string(code), NULL);
	g->result = GW_UNAVAIL;
}

/* ---- members, some at a time ---- */

static void start_lookups(struct group *g);

static int send_lookup(struct directory_ldap_req *r, LDAP *ld)
{
	struct lookup *k = LIST_OF(r, struct lookup, req);
	const struct directory_ldap_conf *c = k->group->ldap->conf;
	char *attributes[] = { (char *)(uintptr_t)c->address_attribute, NULL };
	struct buf filter = { .data = NULL };
	int rc;

	if (!k->by_name)
		return ldap_search_ext(ld, k->member.p, LDAP_SCOPE_BASE,
				       "(objectClass=*)", attributes, 0, NULL,
				       NULL, NULL, 1, &r->msgid);
	buf_printf(&filter, "(%s=", c->login_attribute);
	directory_ldap_escape(&filter, k->member);
	buf_add_char(&filter, ')');
	rc = ldap_search_ext(ld, c->base, LDAP_SCOPE_SUBTREE,
			     (const char *)filter.data, attributes, 0, NULL,
			     NULL, NULL, 10, &r->msgid);
	buf_fini(&filter);
	return rc;
}

static void on_member(struct directory_ldap_req *r, LDAP *ld, LDAPMessage *m)
{
	take_address(LIST_OF(r, struct lookup, req)->group, ld, m);
}

static void on_member_end(struct directory_ldap_req *r, LDAP *ld,
			  LDAPMessage *m)
{
	struct group *g = LIST_OF(r, struct lookup, req)->group;
	int code = directory_ldap_code(ld, m);

	/* A group may name who is gone. */
	if (code != LDAP_SUCCESS && code != LDAP_NO_SUCH_OBJECT &&
	    code != LDAP_INVALID_DN_SYNTAX)
		fail(g, code);
	g->under_way--;
	start_lookups(g);
}

static void start_lookups(struct group *g)
{
	struct list *node;

	if (g->starting)
		return;
	g->starting = true;
	while (g->result == GW_OK && g->under_way < LOOKUPS_AT_ONCE &&
	       (node = list_pop(&g->todo)) != NULL) {
		g->under_way++;
		directory_ldap_link_ask(
			g->ldap->search,
			&LIST_OF(node, struct lookup, link)->req);
	}
	g->starting = false;
	if (g->under_way == 0)
		group_end(g);
}

/* ---- the group's entry ---- */

static int send_entry(struct directory_ldap_req *r, LDAP *ld)
{
	struct group *g = LIST_OF(r, struct group, req);
	const struct conf_texts *names = &g->ldap->conf->member_attributes;
	char *attributes[16] = { NULL };

	for (size_t i = 0; i < names->count && i < 15; i++)
		attributes[i] = (char *)(uintptr_t)names->items[i];
	return ldap_search_ext(ld, g->dn, LDAP_SCOPE_BASE, "(objectClass=*)",
			       attributes, 0, NULL, NULL, NULL, 1, &r->msgid);
}

static void add_member(void *arg, struct str value)
{
	struct group *g = arg;
	struct lookup *k;

	if (++g->members > MEMBERS_MAX)
		return;
	k = arena_alloc(g->arena, sizeof(*k));
	k->req.send = send_lookup;
	k->req.entry = on_member;
	k->req.end = on_member_end;
	k->group = g;
	k->member = arena_str(g->arena, value);
	k->by_name = g->by_name;
	list_append(&g->todo, &k->link);
}

/* Active Directory cuts long lists ("member;range=0-1499"): half a group must
 * not pass for a whole one. */
static bool is_cut(LDAP *ld, LDAPMessage *m)
{
	BerElement *ber = NULL;
	bool cut = false;
	char *name;

	for (name = ldap_first_attribute(ld, m, &ber); name != NULL;
	     name = ldap_next_attribute(ld, m, ber)) {
		cut = cut || strstr(name, ";range=") != NULL;
		ldap_memfree(name);
	}
	ber_free(ber, 0);
	return cut;
}

static void on_group_entry(struct directory_ldap_req *r, LDAP *ld,
			   LDAPMessage *m)
{
	struct group *g = LIST_OF(r, struct group, req);
	const struct conf_texts *names = &g->ldap->conf->member_attributes;

	g->entries++;
	for (size_t i = 0; i < names->count; i++) {
		g->by_name = str_iis(str_of(names->items[i]), "memberUid");
		directory_ldap_values(ld, m, names->items[i], add_member, g);
	}
	if (is_cut(ld, m) || g->members > MEMBERS_MAX)
		fail(g, LDAP_SIZELIMIT_EXCEEDED);
}

static void on_group_end(struct directory_ldap_req *r, LDAP *ld, LDAPMessage *m)
{
	struct group *g = LIST_OF(r, struct group, req);
	int code = directory_ldap_code(ld, m);

	if (g->result != GW_OK) {
		group_end(g);
		return;
	}
	if (code == LDAP_NO_SUCH_OBJECT ||
	    (code == LDAP_SUCCESS && g->entries == 0))
		g->result = GW_NOT_FOUND;
	else if (code != LDAP_SUCCESS)
		fail(g, code);
	start_lookups(g);
}

/* ---- a filter: page by page ---- */

static int send_page(struct directory_ldap_req *r, LDAP *ld)
{
	struct group *g = LIST_OF(r, struct group, req);
	const struct directory_ldap_conf *c = g->ldap->conf;
	char *attributes[] = { (char *)(uintptr_t)c->address_attribute, NULL };
	LDAPControl *controls[] = { NULL, NULL };
	int rc;

	rc = ldap_create_page_control(
		ld, (ber_int_t)c->page,
		g->cookie.bv_val != NULL ? &g->cookie : NULL, 1, &controls[0]);
	if (rc != LDAP_SUCCESS)
		return rc;
	rc = ldap_search_ext(ld, c->base, LDAP_SCOPE_SUBTREE, g->dn, attributes,
			     0, controls, NULL, NULL, 0, &r->msgid);
	ldap_control_free(controls[0]);
	return rc;
}

static void on_page_entry(struct directory_ldap_req *r, LDAP *ld,
			  LDAPMessage *m)
{
	struct group *g = LIST_OF(r, struct group, req);

	if (++g->members > MEMBERS_MAX) {
		if (g->result == GW_OK)
			fail(g, LDAP_SIZELIMIT_EXCEEDED);
		return;
	}
	take_address(g, ld, m);
}

static int take_cookie(struct group *g, LDAP *ld, LDAPMessage *m)
{
	LDAPControl **controls = NULL, *page;
	ber_int_t estimate;
	int code = -1;
	int rc =
		ldap_parse_result(ld, m, &code, NULL, NULL, NULL, &controls, 0);

	ber_memfree(g->cookie.bv_val);
	g->cookie = (struct berval){ .bv_val = NULL };
	if (rc == LDAP_SUCCESS && code == LDAP_SUCCESS) {
		page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls,
					 NULL);
		if (page != NULL)
			rc = ldap_parse_pageresponse_control(
				ld, page, &estimate, &g->cookie);
	}
	ldap_controls_free(controls);
	return rc != LDAP_SUCCESS ? rc : code;
}

static void on_page_end(struct directory_ldap_req *r, LDAP *ld, LDAPMessage *m)
{
	struct group *g = LIST_OF(r, struct group, req);
	int code = m != NULL ? take_cookie(g, ld, m) : -1;

	if (code != LDAP_SUCCESS && g->result == GW_OK)
		fail(g, code);
	if (g->result == GW_OK && g->cookie.bv_len > 0)
		directory_ldap_link_ask(g->ldap->search, &g->req);
	else
		group_end(g);
}

void directory_ldap_group(struct directory_ldap *l, struct str dn,
			  directory_group_fn *done, void *arg)
{
	struct arena *a = arena_new();
	struct group *g = arena_alloc(a, sizeof(*g));
	bool filter = str_starts(dn, "(");

	g->arena = a;
	g->ldap = l;
	g->dn = arena_strndup(a, dn.p, dn.n);
	g->done = done;
	g->arg = arg;
	list_init(&g->todo);
	map_init(&g->seen, loop_seed(l->spec.loop));
	g->req.send = filter ? send_page : send_entry;
	g->req.entry = filter ? on_page_entry : on_group_entry;
	g->req.end = filter ? on_page_end : on_group_end;
	directory_ldap_link_ask(l->search, &g->req);
}
