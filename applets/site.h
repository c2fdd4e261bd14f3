/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_SITE_H
#define APPLETS_SITE_H

/*
 * site - what an applet that handles mail stands on: the settings, the accounts, the
 * routes and the spool, joined to each other.
 */

#include <stdbool.h>

#include "auth/users.h"
#include "base/arena.h"
#include "base/fault.h"
#include "list/list.h"
#include "queue/spool.h"
#include "relay/hosts.h"
#include "route/route.h"
#include "settings.h"
#include "relay/dialler.h"
#include "relay/tlspolicy.h"
#include "smtp/client.h"

struct site {
	struct settings settings;
	struct users users;
	struct route route;
	struct route_callbacks call; /* the route's; `step` may be set */
	struct spool spool;
	bool is_open, has_spool;
};

/*
 * For a process that faces the network and delivers to mailboxes: it becomes the owner of the spool, which is not root
 * unless root owns it, and encloses itself if enclose_processes is set.
 */
int site_confine(const struct site *s, struct fault *f);

/* Does the configuration name a list_directory that is not there? The usual one need not be. */
bool site_misses_lists(const struct site *s);

/* Settings, accounts and routes; nothing but the configuration is read yet. It stays where it is until site_close(). */
int site_open(struct site *s, struct arena *a, const struct settings_options *from, struct fault *f);

/* The spool that the settings name, which is made if it is missing. Idempotent. */
int site_open_spool(struct site *s, struct fault *f);

/* Also what was never opened, if it is zeroed. */
void site_close(struct site *s);

/*
 * A message has been queued: tell the relay that runs, or do as delivery_mode says. What goes wrong is logged and
 * no more: the message is safe.
 */
void site_deliver(struct site *s, struct arena *a, const struct settings_options *from, const char *id);

/* The same for several. */
void site_deliver_all(struct site *s, struct arena *a, const struct settings_options *from, const struct opt_list *ids);

/* Where its mailing lists are. */
void site_list_places(const struct site *s, struct list_places *out);

/* How to speak with servers, as the settings say; without a trace. */
void site_client_rules(const struct site *s, struct client_rules *out);
/* And how to log in; the spool must be open. */
void site_dialler_rules(const struct site *s, struct dialler_rules *out);
void site_tlspolicy_rules(const struct site *s, struct tlspolicy_rules *out);
/* Which hosts to speak with; a fault names the parameter. */
int site_hosts_rules(const struct site *s, struct hosts_rules *out, struct fault *f);

#endif
