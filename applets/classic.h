/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_CLASSIC_H
#define APPLETS_CLASSIC_H

/*
 * classic - the other programs that sendmail is by its flags: -bp is mailq, -bi newaliases,
 * -bd smtpd, -q a run of the queue.
 *
 * They are run in this process. -1 with a fault when the applet is not built in; else its exit code.
 */

#include "base/fault.h"
#include "settings.h"

struct classic {
	const struct settings_options *from;
	bool verbose, json;
	bool foreground;
	const char *interval;  /* of -q: "" is now */
	const char *id;	       /* of -qI */
	const char *recipient; /* of -qR */
	const char *sender;    /* of -qS */
};

/* -bp */
int classic_list(const struct classic *c, struct fault *f);
/* -bi */
int classic_aliases(const struct classic *c, struct fault *f);
/* -q: try what is queued now and wait for it; with an interval start a relay that stays. */
int classic_run_queue(const struct classic *c, struct fault *f);
/* -bd, with -q30m also a relay; in the background unless `foreground`. */
int classic_listen(const struct classic *c, struct fault *f);

#endif
