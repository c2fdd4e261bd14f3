/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_SMTPD_SESSION_H
#define APPLETS_SMTPD_SESSION_H

/*
 * smtpd_session - one client of smtpd: what it may do, and what becomes of its mail.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "daemon.h"
#include "net/wire.h"
#include "relay/intake.h"
#include "settings.h"
#include "smtp/session.h"
#include "smtpd_senders.h"

struct smtpd_options {
	struct daemon_options daemon;
	bool lmtp, submit, submission;
};

/* What all sessions share. */
struct smtpd {
	struct daemon daemon;
	const struct smtpd_options *options;
	struct smtp_server server;
	struct intake_rules intake;
	struct senders senders;
	const char *full, *crowd;
};

/* Its context is a struct smtpd. */
extern const struct wire_protocol smtpd_protocol;

#endif
