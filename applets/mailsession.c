/* SPDX-License-Identifier: ISC */
/*
 * mailsession - one client of pop3d or imapd.
 */
#include "mailsession.h"

#include <string.h>

#include "base/clock.h"

void mailsession_init(struct mailsession *s, struct mailuser *server, const struct peer *peer)
{
	memset(s, 0, sizeof(*s));
	s->server = server;
	s->peer = *peer;
	s->since = s->active = clock_mono_ms();
	login_rules(&server->daemon.login, peer, &s->sasl);
	s->sasl.hands_over = true;
	stream_plain(&s->host, -1, -1);
}

void mailsession_clear(struct mailsession *s)
{
	stream_close(&s->host);
	arena_clear(&s->arena);
}

void mailsession_is_active(struct mailsession *s)
{
	s->active = clock_mono_ms();
}

/* ---- what the session asks for ---- */

int mailsession_offer_tls(void *session, struct fault *f)
{
	struct mailsession *s = session;

	return servertls_offer(&s->server->daemon.tls, f);
}

void mailsession_authenticated(void *session, const struct sasl *sasl, const struct fault *f)
{
	struct mailsession *s = session;

	login_log(&s->peer, sasl, f);
	s->is_virtual = !f && sasl->answer.is_virtual;
}

int mailsession_hand_over(void *session, const struct sasl *sasl, struct fault *f)
{
	struct mailsession *s = session;

	return mailuser_hand_over(s->server, &s->peer, sasl, &s->host, f);
}

int mailsession_become(struct mailsession *s, const char *user, struct account *who, const char **path, struct fault *f)
{
	struct mailuser_client client = {
		.peer = &s->peer, .counted_as = s->sasl.counted_as, .user = user, .is_virtual = s->is_virtual
	};

	return mailuser_become(s->server, &s->arena, &client, who, path, f);
}

void mailsession_leave(struct mailsession *s)
{
	mailuser_leave(s->server);
	s->since = s->active = clock_mono_ms();
	s->is_virtual = false;
	arena_reset(&s->arena);
}

/* ---- on the wire ---- */

int mailsession_start_tls(void *session, struct stream *stream, struct fault *f)
{
	struct mailsession *s = session;

	return servertls_accept(&s->server->daemon.tls, stream, s->peer.text, f);
}

bool mailsession_has_tls(struct mailsession *s, const struct tlsio_info *info, const struct fault *f)
{
	servertls_log(s->peer.text, info, f);
	if (!info)
		return false;
	s->tls = *info;
	login_secure(&s->sasl, &s->tls);
	return true;
}

int64_t mailsession_deadline(const struct mailsession *s, long timeout, bool is_under_stress)
{
	int64_t whole = s->since + (int64_t)s->server->daemon.site.settings.login_timeout * 1000,
		quiet = s->active + WIRE_STRESS_SECONDS * 1000;

	if (timeout)
		return s->active + (int64_t)timeout * 1000;
	return is_under_stress && quiet < whole ? quiet : whole;
}

const char *mailsession_end(enum wire_end why)
{
	static const char *const reasons[] = {
		[WIRE_DONE] = "logged out",
		[WIRE_LOST] = "connection lost",
		[WIRE_TIMEOUT] = "timeout",
		[WIRE_SHUTDOWN] = "server going down",
	};

	return reasons[why];
}
