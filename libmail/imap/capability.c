/* SPDX-License-Identifier: ISC */
/*
 * capability - what clients are told that there is, and what of it they may ENABLE: one table, in the order in which it
 * is said. What is not in it is not there.
 */
#include "imap/cmd.h"

#include <stdio.h>
#include <string.h>

enum {
	BEFORE = 1,    /* before login */
	AFTER = 2,     /* after it */
	STARTTLS = 4,  /* where it can be said */
	PASSWORDS = 8, /* where LOGIN may not be said */
	LIMIT = 16,    /* with the octets that a message may have */
	DEFLATE = 32,  /* where compression is offered, and is not on */
	LEAVING = 64,  /* where a client can be nobody again */
};

static const struct {
	char name[32];
	unsigned when;
} capabilities[] = {
	{ "IMAP4rev1", BEFORE | AFTER },
	{ "IMAP4rev2", BEFORE | AFTER },
	{ "LITERAL+", BEFORE | AFTER },
	{ "SASL-IR", BEFORE },
	{ "ID", BEFORE | AFTER },
	{ "ENABLE", BEFORE | AFTER },
	{ "IDLE", BEFORE | AFTER },
	{ "STARTTLS", BEFORE | STARTTLS },
	{ "LOGINDISABLED", BEFORE | PASSWORDS },
	{ "NAMESPACE", AFTER },
	{ "UNSELECT", AFTER },
	{ "UIDPLUS", AFTER },
	{ "CONDSTORE", AFTER },
	{ "QRESYNC", AFTER },
	{ "UTF8=ACCEPT", AFTER },
	{ "UIDONLY", AFTER },
	{ "ESEARCH", AFTER },
	{ "SEARCHRES", AFTER },
	{ "WITHIN", AFTER },
	{ "SORT", AFTER },
	{ "SORT=DISPLAY", AFTER },
	{ "ESORT", AFTER },
	{ "THREAD=ORDEREDSUBJECT", AFTER },
	{ "THREAD=REFERENCES", AFTER },
	{ "THREAD=REFS", AFTER },
	{ "I18NLEVEL=1", AFTER },
	{ "INPROGRESS", AFTER },
	{ "MULTISEARCH", AFTER },
	{ "CONTEXT=SEARCH", AFTER },
	{ "CONTEXT=SORT", AFTER },
	{ "NOTIFY", AFTER },
	{ "COMPRESS=DEFLATE", AFTER | DEFLATE },
	{ "UNAUTHENTICATE", AFTER | LEAVING },
	{ "BINARY", AFTER },
	{ "PREVIEW", AFTER },
	{ "SAVEDATE", AFTER },
	{ "OBJECTID", AFTER },
	{ "PARTIAL", AFTER },
	{ "MOVE", AFTER },
	{ "CHILDREN", AFTER },
	{ "LIST-EXTENDED", AFTER },
	{ "LIST-STATUS", AFTER },
	{ "SPECIAL-USE", AFTER },
	{ "CREATE-SPECIAL-USE", AFTER },
	{ "STATUS=SIZE", AFTER },
	{ "MULTIAPPEND", AFTER },
	{ "CATENATE", AFTER },
	{ "URL-PARTIAL", AFTER },
	{ "REPLACE", AFTER },
	{ "APPENDLIMIT", AFTER | LIMIT },
	{ "METADATA", AFTER },
	{ "QUOTA", AFTER },
	{ "QUOTA=RES-STORAGE", AFTER },
	{ "QUOTA=RES-MESSAGE", AFTER },
};

static bool holds(const struct imap_session *s, unsigned when)
{
	if (!(when & (s->user ? AFTER : BEFORE)))
		return false;
	if (when & STARTTLS)
		return s->server->offers_tls && !s->is_secure;
	if (when & LEAVING)
		return s->call->leave;
	if (when & DEFLATE)
		return s->call->start_deflate && !s->is_deflated;
	return !(when & PASSWORDS) || !s->rules->is_private;
}

static void put_mechanisms(const struct imap_session *s, struct buf *out)
{
	struct buf names;
	struct span rest;

	buf_init(&names, 512);
	sasl_put_offers(&names, s->rules);
	rest = buf_span(&names);
	for (struct span name = span_word(&rest); name.n; name = span_word(&rest)) {
		buf_put_str(out, " AUTH=");
		buf_put_span(out, name);
	}
	buf_clear(&names);
}

void imap_capability_put(const struct imap_session *s, struct buf *out)
{
	buf_put_str(out, "CAPABILITY");
	for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++) {
		if (!holds(s, capabilities[i].when))
			continue;
		buf_put_char(out, ' ');
		buf_put_str(out, capabilities[i].name);
		if (capabilities[i].when & LIMIT && s->server->append_limit)
			buf_printf(out, "=%llu", (unsigned long long)s->server->append_limit);
	}
	if (!s->user)
		put_mechanisms(s, out);
}
