/* SPDX-License-Identifier: MIT */
/* mailer.c - copies of watched mail, and mail of our own (seam_mailer)
 *
 * Each is known by its name: handed over once, said again as often as asked.
 */
#include "gateway/base/when.h"
#include "gateway/run/log.h"
#include "mta/header.h"
#include "mta/letter.h"

struct errand {
	struct mta *m;
	struct arena *arena;
	struct mta_parcel parcel;
	const char *id;	  /* of the copy, of the mail */
	const char *mail; /* copied; "" */
	const char *to;
	struct seam_mail own; /* send() */
	void (*done)(void *arg, enum gw_err e);
	void *arg;
};

static struct errand *errand_new(struct mta *m, struct str id, struct str to)
{
	struct arena *a = arena_new();
	struct errand *r = arena_alloc(a, sizeof(*r));

	r->arena = a;
	r->m = m;
	r->id = arena_strndup(a, id.p, id.n);
	r->to = arena_strndup(a, to.p, to.n);
	r->mail = "";
	return r;
}

static void errand_end(struct errand *r, enum gw_err e)
{
	struct arena *a = r->arena;

	if (e != GW_OK)
		log_warn("mail.errand", "id", r->id, "to", r->to, "why",
			 err_text(e), NULL);
	r->done(r->arg, e);
	arena_free(&a);
}

static void noted(void *arg, enum gw_err e)
{
	errand_end(arg, e);
}

static void handed_over(struct mta_parcel *p)
{
	struct errand *r = p->arg;
	struct store_mail_batch *b;

	if (p->e != GW_OK || r->m->stopping) {
		errand_end(r, p->e != GW_OK ? p->e : GW_UNAVAIL);
		return;
	}
	r->m->counts.copies->value++;
	b = store_mail_batch_new(r->m->spec.store);
	store_mail_batch_sent(b, r->id, r->mail, r->to);
	store_mail_batch_commit(b, noted, r);
}

static void hand_over(struct errand *r, const char *peer)
{
	struct mta *m = r->m;

	r->parcel.net = m->spec.net;
	r->parcel.jobs = m->spec.jobs;
	r->parcel.name = r->id;
	r->parcel.hostname = m->hostname;
	r->parcel.to = r->to;
	r->parcel.again = true;
	r->parcel.done = handed_over;
	r->parcel.arg = r;
	mta_letter_target(m, peer, r->arena, &r->parcel.target);
	mta_deliver(&r->parcel);
}

/* ---- copies ---- */

static void copy_found(void *arg, enum gw_err e,
		       const struct store_mail_read *rows, size_t n)
{
	struct errand *r = arg;
	const struct store_mail *row;
	char date[WHEN_TEXT_MAX];

	if (e != GW_OK || n == 0 || r->m->stopping) {
		errand_end(r, e != GW_OK ? e : GW_UNAVAIL);
		return;
	}
	row = &rows[0].mail;
	if (!row->spooled) {
		errand_end(r, GW_NOT_FOUND);
		return;
	}
	r->parcel.at = row->received_at;
	r->parcel.spool = mta_letter_spool(r->arena, r->m, row->id);
	r->parcel.env_from = arena_strdup(r->arena, row->env_from);
	r->parcel.head = str_of(arena_printf(
		r->arena,
		"Received: by %s (Muster) id %s\r\n\tfor <%s>; %s\r\n"
		"X-Muster-Copy: id=%s; of=%s; role=%s; first=%s\r\n",
		r->m->hostname, r->id, r->to,
		when_rfc5322(loop_wall(r->m->spec.loop), date), r->id, row->id,
		*row->role != '\0' ? row->role : "-",
		*row->chosen != '\0' ? row->chosen : "-"));
	hand_over(r, row->peer);
}

static void copy_unknown(void *arg, enum gw_err e)
{
	struct errand *r = arg;

	if (e != GW_NOT_FOUND || r->m->stopping)
		errand_end(r, e == GW_NOT_FOUND ? GW_UNAVAIL : e);
	else
		store_mail_get(r->m->spec.store, r->mail, copy_found, r);
}

static void copy(void *self, struct str mail_id, struct str to,
		 struct str copy_id, void (*done)(void *arg, enum gw_err e),
		 void *arg)
{
	struct errand *r = errand_new(self, copy_id, to);

	r->mail = arena_strndup(r->arena, mail_id.p, mail_id.n);
	r->done = done;
	r->arg = arg;
	store_mail_was_sent(r->m->spec.store, r->id, copy_unknown, r);
}

/* ---- our own ---- */

static void add_body(struct buf *b, struct str body)
{
	struct str line;

	while (str_split(&body, '\n', &line)) {
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		/* RFC 5322 2.1.1: 998 at most. */
		while (line.n > 900) {
			size_t n = 900;

			while (n > 0 &&
			       ((unsigned char)line.p[n] & 0xc0) == 0x80)
				n--;
			buf_add(b, line.p, n);
			buf_add_lit(b, "\r\n");
			line = str_make(line.p + n, line.n - n);
		}
		for (size_t i = 0; i < line.n; i++)
			buf_add_char(b, (unsigned char)line.p[i] < ' ' &&
							line.p[i] != '\t'
						? ' '
						: line.p[i]);
		buf_add_lit(b, "\r\n");
	}
}

static struct str compose(struct errand *r)
{
	struct buf b = { .data = NULL };
	char date[WHEN_TEXT_MAX];
	struct mta *m = r->m;
	const char *domain = m->domains != NULL && m->domains->count > 0
				     ? m->domains->entries[0].name
				     : m->hostname;
	struct str text;

	buf_printf(&b,
		   "Date: %s\r\nFrom: Muster <muster@%s>\r\nTo: <%s>\r\n"
		   "Message-ID: <%s@%s>\r\nSubject: %s\r\n"
		   "Auto-Submitted: auto-generated\r\nPrecedence: bulk\r\n"
		   "MIME-Version: 1.0\r\n"
		   "Content-Type: text/plain; charset=utf-8\r\n"
		   "Content-Transfer-Encoding: 8bit\r\n\r\n",
		   when_rfc5322(loop_wall(m->spec.loop), date), domain, r->to,
		   r->id, domain, mta_header_encode(r->arena, r->own.subject));
	add_body(&b, r->own.body);
	text = arena_str(r->arena, buf_str(&b));
	buf_fini(&b);
	return text;
}

static void send_unknown(void *arg, enum gw_err e)
{
	struct errand *r = arg;

	if (e != GW_NOT_FOUND || r->m->stopping) {
		errand_end(r, e == GW_NOT_FOUND ? GW_UNAVAIL : e);
		return;
	}
	r->parcel.head = compose(r);
	r->parcel.at = 0; /* the same file name however often it is tried */
	r->parcel.env_from = ""; /* nothing comes back to a machine */
	hand_over(r, "");
}

static void send_mail(void *self, const struct seam_mail *mail,
		      void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct errand *r = errand_new(self, mail->id, mail->to);

	r->own.subject = arena_str(r->arena, mail->subject);
	r->own.body = arena_str(r->arena, mail->body);
	r->done = done;
	r->arg = arg;
	store_mail_was_sent(r->m->spec.store, r->id, send_unknown, r);
}

struct seam_mailer mta_mailer(struct mta *m)
{
	return (struct seam_mailer){ .self = m,
				     .copy = copy,
				     .send = send_mail };
}
