/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_SMTPD_SESSION_H
#define APPLETS_SMTPD_SESSION_H

/*
 * smtpd_session - one client of smtpd: what it may do, and what becomes of its mail.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "clients.h"
#include "daemon.h"
#include "login.h"
#include "net/wire.h"
#include "relay/intake.h"
#include "servertls.h"
#include "settings.h"
#include "site.h"
#include "smtp/session.h"
#include "smtpd_senders.h"

struct smtpd_options {
	struct settings_options from;
	struct daemon_options daemon;
	bool lmtp, submit, submission;
	struct arena arena; /* the process's */
};

/* What all sessions share; made anew when the configuration is read again. */
struct smtpd {
	struct smtpd_options *options;
	const struct daemon_sockets *sockets;
	struct arena arena;
	struct site site;
	struct clients clients;
	struct smtp_server server;
	struct intake_rules intake;
	struct servertls tls;
	bool has_login;
	struct login login;
	struct senders senders;
	const char *full, *crowd;
};

/* Its context is a struct smtpd. */
extern const struct wire_protocol smtpd_protocol;

#endif
