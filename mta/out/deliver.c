/* SPDX-License-Identifier: MIT */
/* deliver.c - one mail for one person to the next hop */
#include "mta/out/deliver.h"

void mta_deliver_end(struct mta_parcel *p, enum gw_err e, struct str reply)
{
	size_t n = reply.n < sizeof(p->reply) ? reply.n : sizeof(p->reply) - 1;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)reply.p[i];

		p->reply[i] = c < ' ' || c >= 0x7f ? '?' : (char)c;
	}
	p->reply[n] = '\0';
	p->e = e;
	arena_free(&p->arena);
	p->done(p);
}

void mta_deliver(struct mta_parcel *p)
{
	p->arena = arena_new();
	switch (p->target.kind) {
	case MTA_TARGET_MAILDIR:
		mta_out_maildir(p);
		return;
	case MTA_TARGET_LMTP:
	case MTA_TARGET_SMTP:
		mta_out_client(p);
		return;
	}
}
