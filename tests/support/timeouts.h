/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_TIMEOUTS_H
#define TESTS_SUPPORT_TIMEOUTS_H

/*
 * timeouts - how long a client waits for each thing that a server does or says: so many seconds.
 *
 *	struct client_rules rules = { .helo = "client.example", CLIENT_TIMEOUTS(1) };
 */

#define CLIENT_TIMEOUTS(seconds)                                                                                       \
	.connect_timeout = (seconds), .helo_timeout = (seconds), .mail_timeout = (seconds), .rcpt_timeout = (seconds), \
	.data_init_timeout = (seconds), .data_xfer_timeout = (seconds), .data_done_timeout = (seconds),                \
	.quit_timeout = (seconds)

#endif
