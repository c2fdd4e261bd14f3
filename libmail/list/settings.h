/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_SETTINGS_H
#define LIBMAIL_LIST_SETTINGS_H

/*
 * settings - what a list's `config` may say: one table for the file, `listmgr config`, and listmgr.conf(5).
 *
 * The syntax is that of letterbox.conf (base/config.h). What is not set has the table's default; only `address` and
 * `description` have defaults that depend on the list.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/config.h"

/* Each member's name is the parameter's; the table says what it means. Sizes in octets, times in seconds. */
struct list_settings {
	const char *address, *description, *language;

	const char *subject_prefix; /* "[friends] "; %d is the post's number */
	const char *posting;	    /* open, members, moderated, moderators */
	const char *subscription;   /* open, confirm, moderated, closed */
	const char *unsubscription; /* confirm, open */
	const char *member_visibility;
	const char *reply_to; /* unchanged, list, poster, or an address */
	bool addressed_only, plain_text_only;

	long max_message_size, max_recipients_in_header, max_hops;
	long hold_limit, held_days;
	const char *strip_types, *keep_types, *attachment_action;
	const char *footer;
	const char *dmarc, *dmarc_when;
	const char *remove_headers, *add_headers;

	bool archive;
	const char *archive_url, *archive_access, *archive_addresses;
	bool archive_robots;
	bool list_headers, list_http;

	const char *digest, *digest_form;
	long digest_max, digest_max_size;

	bool verp;
	long probe_after, bounce_score_limit, bounce_score_days, bounce_pause_percent, remove_after;

	long subscribe_rate, reply_rate;
	const char *topics;
	bool nodupes;
	bool advertised, welcome, goodbye, notify_owner, acknowledge;
};

/* The table's rows, for config_init(), for documentation and for what offers names. */
const struct config_param *list_settings_table(size_t *n);

/*
 * What the table cannot check: an address that is one, a prefix with at most one %d, digest's "N posts". The fault,
 * permanent, names the parameter.
 */
int list_settings_check(const struct list_settings *s, struct fault *f);

/*
 * How often digests are due: `daily` and `weekly` in seconds, "20 posts" in posts; both 0 where there are none. Of a
 * checked value.
 */
void list_settings_digest(const struct list_settings *s, long *seconds, long *posts);

#endif
