/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_SMTPD_SENDERS_H
#define APPLETS_SMTPD_SENDERS_H

/*
 * smtpd_senders - who may send as whom, when he has logged in: smtpd_sender_login_maps.
 */

#include "route/table.h"
#include "site.h"

struct senders {
	struct site *site;
	struct table table; /* smtpd_sender_login_maps */
};

/* The site, and what is in the arena, must outlive it. */
int senders_open(struct senders *s, struct arena *a, struct site *site, struct fault *f);
void senders_close(struct senders *s);

/*
 * May the user send under this address? With smtpd_sender_login_maps, if the table gives the address, or its domain, to
 * the user. Without: if mail for the address reaches the user's own mailbox here, by name or by alias; the user's own
 * name, if it is an address; and the empty sender. Else 553 5.7.1.
 */
int senders_check(struct senders *s, struct arena *a, const char *user, const char *sender, struct fault *f);

/*
 * The same for every address in From, Sender, Resent-From and Resent-Sender of a header. Fields that cannot be read are
 * refused, too: 550 5.6.0.
 */
int senders_check_header(struct senders *s, struct arena *a, const char *user, struct span header, struct fault *f);

#endif
