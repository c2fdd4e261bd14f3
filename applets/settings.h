/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_SETTINGS_H
#define APPLETS_SETTINGS_H

/*
 * settings - every parameter of letterbox.conf, as the applets see it.
 *
 * The table in settings.c is the reference: name, type, default, limits and
 * one line of help. Where Postfix has a parameter of the same meaning the name
 * is Postfix's. Sizes are bytes, times are seconds.
 */

#include <stdbool.h>

#include "base/config.h"
#include "base/opt.h"

struct settings {
	/* who this machine is */
	const char *myhostname;
	const char *mydomain;
	const char *myorigin;
	const char *mydestination;
	const char *mynetworks;
	const char *recipient_delimiter;

	/* where mail goes */
	const char *alias_maps;
	const char *forward_path;
	const char *mail_location;
	const char *users_file;
	const char *quota_rule;
	bool quota_full_tempfail;
	const char *relayhost;
	const char *default_transport;
	bool allow_mail_to_commands;
	bool allow_mail_to_files;
	const char *default_privs;
	long command_time_limit;

	/* tables: who somebody is */
	const char *default_verp_delimiters;
	const char *canonical_maps;
	const char *sender_canonical_maps;
	const char *recipient_canonical_maps;
	const char *canonical_classes;
	const char *masquerade_domains;
	const char *masquerade_exceptions;
	const char *masquerade_classes;
	const char *propagate_unmatched_extensions;

	/* tables: where mail goes */
	const char *virtual_alias_maps;
	const char *virtual_alias_domains;
	long virtual_alias_expansion_limit;
	const char *virtual_mailbox_domains;
	const char *virtual_mailbox_maps;
	const char *virtual_mailbox_base;
	const char *virtual_uid_maps;
	const char *virtual_gid_maps;
	long virtual_minimum_uid;
	const char *relay_domains;
	const char *relay_recipient_maps;
	const char *relocated_maps;
	const char *transport_maps;
	const char *sender_dependent_relayhost_maps;

	/* mailing lists */
	const char *list_directory;
	const char *list_request_address;
	const char *list_http_url;
	long list_http_timeout;

	/* the queue */
	const char *queue_directory;
	const char *mail_owner;
	const char *delivery_mode;
	long queue_run_delay;
	long minimal_backoff_time;
	long maximal_backoff_time;
	long maximal_queue_lifetime;
	long bounce_queue_lifetime;
	long bounce_size_limit;
	long delay_warning_time;
	long default_process_limit;
	long default_destination_concurrency_limit;
	long initial_destination_concurrency;
	long default_destination_recipient_limit;
	long qmgr_message_active_limit;
	long queue_minfree;

	/* what is accepted */
	long message_size_limit;
	long header_size_limit;
	long hopcount_limit;
	long smtpd_recipient_limit;
	long smtpd_timeout;
	long smtpd_hard_error_limit;
	long smtpd_junk_command_limit;
	long smtpd_client_connection_count_limit;
	long smtpd_client_connection_rate_limit;
	const char *smtpd_forbid_bare_newline;
	const char *smtpd_banner;
	bool smtpd_sasl_auth_enable;
	bool smtpd_sasl_authenticated_header;
	const char *smtpd_sender_login_maps;
	bool smtpd_reject_header_login_mismatch;
	bool disable_vrfy_command;
	const char *smtpd_authorized_xclient_hosts;
	const char *smtpd_authorized_verp_clients;
	const char *smtpd_upstream_proxy_protocol;
	long smtpd_upstream_proxy_timeout;
	const char *haproxy_trusted_networks;
	const char *local_header_rewrite_clients;
	long smtpd_hold_limit;
	bool enclose_processes;

	/* TLS of the servers */
	const char *tls_cert_file;
	const char *tls_key_file;
	const char *tls_min_protocol;
	const char *smtpd_tls_security_level;
	const char *smtpd_tls_CAfile;

	/* who logs in */
	bool disable_plaintext_auth;
	const char *auth_mechanisms;
	long auth_failure_delay;
	long auth_failure_limit;

	/* mailboxes and who reads them */
	const char *login_greeting;
	long login_timeout;
	long login_client_connection_count_limit;
	long mail_max_userip_connections;
	const char *ssl_client_ca_file;
	long pop3_timeout;
	bool pop3_lock_session;
	const char *pop3_uidl_format;
	bool pop3_no_flag_updates;
	long imap_timeout;
	long imap_process_limit;
	long imap_idle_notify_interval;
	bool imap_compress;
	bool imap_unauthenticate;

	/* as a client */
	long smtp_connect_timeout;
	long smtp_helo_timeout;
	long smtp_mail_timeout;
	long smtp_rcpt_timeout;
	long smtp_data_init_timeout;
	long smtp_data_xfer_timeout;
	long smtp_data_done_timeout;
	long smtp_quit_timeout;
	const char *smtp_helo_name;
	const char *smtp_tls_security_level;
	const char *lmtp_tls_security_level;
	const char *smtp_tls_policy_maps;
	bool smtp_tls_mta_sts;
	bool tls_required_enable;
	const char *smtp_tls_CAfile;
	bool smtp_tls_wrappermode;
	long smtp_starttls_timeout;
	const char *smtp_tls_cert_file;
	const char *smtp_tls_key_file;
	bool smtp_sasl_auth_enable;
	const char *smtp_sasl_password_maps;
	bool smtp_sender_dependent_authentication;
	const char *smtp_sasl_mechanism_filter;
	const char *smtp_sasl_security_options;
	const char *smtp_sasl_tls_security_options;
	const char *smtp_proxy;
	long smtp_tcp_port;
	long smtp_mx_address_limit;
	long smtp_mx_session_limit;

	/* who is asked for names */
	const char *dns_servers;
	const char *smtp_dns_support_level;
	const char *smtp_host_lookup;
	const char *proxy_interfaces;
};

/* The options that every applet that reads the configuration has; see SETTINGS_OPTS. */
struct settings_options {
	const char *file;	/* -C FILE */
	struct opt_list assign; /* -o name=value */
	const char *spool;	/* --spool DIR */
};

/* Rows for an applet's option table; `member` is the settings_options in its options structure. */
#define SETTINGS_OPT_ASSIGN(type, member)                                                                              \
	{                                                                                                              \
		.name = "-o", .arg = "NAME=VALUE", .kind = OPT_LIST, .at = offsetof(type, member.assign),              \
		.help = "set a parameter for this run"                                                                 \
	}
#define SETTINGS_OPT_FILE(type, member)                                                                                \
	{                                                                                                              \
		.name = "-C", .arg = "FILE", .kind = OPT_STRING, .at = offsetof(type, member.file),                    \
		.help = "read FILE instead of /etc/letterbox.conf"                                                     \
	}
#define SETTINGS_OPT_SPOOL(type, member)                                                                               \
	{                                                                                                              \
		.name = "--spool", .arg = "DIR", .kind = OPT_STRING, .at = offsetof(type, member.spool),               \
		.help = "use the spool in DIR"                                                                         \
	}
#define SETTINGS_OPTS(type, member)                                                                                    \
	SETTINGS_OPT_FILE(type, member), SETTINGS_OPT_ASSIGN(type, member), SETTINGS_OPT_SPOOL(type, member)

/*
 * The effective configuration: defaults, then the file (-C, else LETTERBOX_CONF, else
 * /etc/letterbox.conf, which need not exist), then -o, then --spool or
 * LETTERBOX_SPOOL. Values live in the arena. A fault carries file, line and
 * name and exits with EX_CONFIG (settings_exit).
 */
int settings_load(struct settings *s, struct arena *a, const struct settings_options *from, struct fault *f);

/* The same, keeping the table of origins for `letterbox config`. */
int settings_read(struct settings *s, struct config *c, struct arena *a, const struct settings_options *from,
		  struct fault *f);

/*
 * The spool that a process without rights to the system's uses: $XDG_STATE_HOME/letterbox, by default in $HOME if that
 * may be written, else in the home directory of the account.
 */
const char *settings_user_spool(struct arena *a);

/* The system's spool directory. */
#define SETTINGS_SYSTEM_SPOOL "/var/spool/letterbox"
#define SETTINGS_FILE	      "/etc/letterbox.conf"

#endif
