/* SPDX-License-Identifier: ISC */
/*
 * settings - the table of parameters, and where their values come from.
 */
#include "settings.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define AT(member) .name = #member, .at = offsetof(struct settings, member)
#define DAY	   (24 * 3600)

static const struct config_param table[] = {
	{ AT(myhostname), CONFIG_STRING, .fallback = "", .help = "this machine's full name" },
	{ AT(mydomain), CONFIG_STRING, .fallback = "", .help = "the domain of this machine" },
	{ AT(myorigin), CONFIG_STRING, .fallback = "$myhostname",
	  .help = "what is appended to an address without domain" },
	{ AT(mydestination), CONFIG_STRING, .fallback = "$myhostname, localhost.$mydomain, localhost",
	  .help = "domains whose mail is delivered on this machine" },
	{ AT(mynetworks), CONFIG_STRING, .fallback = "127.0.0.0/8 [::1]/128",
	  .help = "clients that may relay through this machine" },
	{ AT(recipient_delimiter), CONFIG_STRING, .fallback = "+",
	  .help = "what separates user and detail in user+detail" },

	{ AT(alias_maps), CONFIG_STRING, .fallback = "/etc/aliases",
	  .help = "alias files; /etc/aliases may be missing" },
	{ AT(forward_path), CONFIG_STRING, .fallback = ".forward",
	  .help = "a user's forward file, relative to the home directory; empty: none" },
	{ AT(mail_location), CONFIG_STRING, .fallback = "maildir:~/Maildir",
	  .help = "a user's mailbox: maildir:PATH or mbox:PATH; ~ is the home, %u the user, %n and %d its parts" },
	{ AT(users_file), CONFIG_STRING, .fallback = "",
	  .help = "accounts in Dovecot's passwd-file format instead of the system's" },
	{ AT(quota_rule), CONFIG_STRING, .fallback = "",
	  .help = "how much a Maildir may hold: *:storage=1G:messages=1000; empty: what its maildirsize says" },
	{ AT(quota_full_tempfail), CONFIG_BOOL, .fallback = "no",
	  .help = "whether mail to a full mailbox is tried again instead of refused" },
	{ AT(relayhost), CONFIG_STRING, .fallback = "", .help = "where mail for other machines goes: [host]:port" },
	{ AT(default_transport), CONFIG_STRING, .fallback = "smtp",
	  .help = "for mail to other machines: smtp, lmtp:HOST:PORT, lmtp:unix:PATH, pipe:COMMAND" },
	{ AT(allow_mail_to_commands), CONFIG_BOOL, .fallback = "yes",
	  .help = "whether aliases and .forward may name |commands" },
	{ AT(allow_mail_to_files), CONFIG_BOOL, .fallback = "yes",
	  .help = "whether aliases and .forward may name /files" },
	{ AT(default_privs), CONFIG_STRING, .fallback = "nobody",
	  .help = "the user for commands and files in alias files" },
	{ AT(command_time_limit), CONFIG_TIME, .fallback = "1000s", .min = 1, .help = "how long a command may take" },

	{ AT(default_verp_delimiters), CONFIG_CHOICE, .fallback = "+=", .choices = "+=|-=|==|=+|=-|+-|-+|++|--",
	  .help = "what stands between the parts of a sender for one recipient: sendmail -XV, XVERP" },
	{ AT(canonical_maps), CONFIG_STRING, .fallback = "",
	  .help = "tables of the names by which senders and recipients want to be known" },
	{ AT(sender_canonical_maps), CONFIG_STRING, .fallback = "", .help = "the same for senders only" },
	{ AT(recipient_canonical_maps), CONFIG_STRING, .fallback = "", .help = "the same for recipients only" },
	{ AT(canonical_classes), CONFIG_STRING,
	  .fallback = "envelope_sender, envelope_recipient, header_sender, header_recipient",
	  .help = "the addresses that canonical_maps are for" },
	{ AT(masquerade_domains), CONFIG_STRING, .fallback = "",
	  .help = "domains whose hosts are hidden: user@host.domain becomes user@domain; !domain: not in this one" },
	{ AT(masquerade_exceptions), CONFIG_STRING, .fallback = "", .help = "users whose hosts are not hidden" },
	{ AT(masquerade_classes), CONFIG_STRING, .fallback = "envelope_sender, header_sender, header_recipient",
	  .help = "the addresses that masquerade_domains are for" },
	{ AT(propagate_unmatched_extensions), CONFIG_STRING, .fallback = "canonical, virtual",
	  .help = "the tables whose results get the extension that the key has not" },

	{ AT(virtual_alias_maps), CONFIG_STRING, .fallback = "",
	  .help = "tables of addresses, of any domain, that stand for others" },
	{ AT(virtual_alias_domains), CONFIG_STRING, .fallback = "$virtual_alias_maps",
	  .help = "domains, or tables of them, in which there are virtual aliases only" },
	{ AT(virtual_alias_expansion_limit), CONFIG_NUMBER, .fallback = "1000", .min = 1, .max = 100000,
	  .help = "addresses that one recipient may become by virtual aliases" },
	{ AT(virtual_mailbox_domains), CONFIG_STRING, .fallback = "$virtual_mailbox_maps",
	  .help = "domains, or tables of them, that have mailboxes here but no accounts of the system" },
	{ AT(virtual_mailbox_maps), CONFIG_STRING, .fallback = "",
	  .help = "tables of their mailboxes below virtual_mailbox_base; a slash at the end makes a Maildir" },
	{ AT(virtual_mailbox_base), CONFIG_STRING, .fallback = "", .help = "the directory of virtual mailboxes" },
	{ AT(virtual_uid_maps), CONFIG_STRING, .fallback = "", .help = "whose they are: static:UID, or tables" },
	{ AT(virtual_gid_maps), CONFIG_STRING, .fallback = "",
	  .help = "of which group they are: static:GID, or tables" },
	{ AT(virtual_minimum_uid), CONFIG_NUMBER, .fallback = "100", .min = 1,
	  .help = "the lowest user id that virtual_uid_maps may give" },
	{ AT(relay_domains), CONFIG_STRING, .fallback = "",
	  .help = "domains, or tables of them, whose mail is taken from everybody and handed on" },
	{ AT(relay_recipient_maps), CONFIG_STRING, .fallback = "", .help = "tables of all addresses in relay_domains" },
	{ AT(relocated_maps), CONFIG_STRING, .fallback = "",
	  .help = "tables of users who have gone, and where they are now" },
	{ AT(transport_maps), CONFIG_STRING, .fallback = "",
	  .help = "tables of addresses and domains whose mail goes another way: TRANSPORT:NEXTHOP" },
	{ AT(sender_dependent_relayhost_maps), CONFIG_STRING, .fallback = "",
	  .help = "tables of senders whose mail has a relayhost of its own" },

	{ AT(list_directory), CONFIG_STRING, .fallback = "$queue_directory/lists",
	  .help = "mailing lists: a directory with one for each" },
	{ AT(list_request_address), CONFIG_STRING, .fallback = "listmgr",
	  .help = "where commands for lists are sent: a name, or an address; empty: nowhere" },
	{ AT(list_http_url), CONFIG_STRING, .fallback = "",
	  .help = "where listmgr http is reached from the web: https://lists.example.org; empty: nowhere" },
	{ AT(list_http_timeout), CONFIG_TIME, .fallback = "30s", .min = 1, .max = 3600,
	  .help = "how long a client of listmgr http may take for a request" },

	{ AT(queue_directory), CONFIG_STRING, .fallback = "", .help = "the spool" },
	{ AT(mail_owner), CONFIG_STRING, .fallback = "",
	  .help = "the user that owns the system spool and runs what faces the network" },
	{ AT(delivery_mode), CONFIG_CHOICE, .fallback = "background", .choices = "background|interactive|queue",
	  .help = "when sendmail delivers if no mta-relay is running" },
	{ AT(queue_run_delay), CONFIG_TIME, .fallback = "300s", .min = 1,
	  .help = "how often mta-relay looks at the whole queue" },
	{ AT(minimal_backoff_time), CONFIG_TIME, .fallback = "300s", .min = 1,
	  .help = "shortest pause between two attempts" },
	{ AT(maximal_backoff_time), CONFIG_TIME, .fallback = "4000s", .min = 1,
	  .help = "longest pause between two attempts" },
	{ AT(maximal_queue_lifetime), CONFIG_TIME, .fallback = "5d", .help = "when mail is given up and returned" },
	{ AT(bounce_queue_lifetime), CONFIG_TIME, .fallback = "5d", .help = "when a bounce is given up" },
	{ AT(delay_warning_time), CONFIG_TIME, .fallback = "0",
	  .help = "after which senders are told that mail is delayed; 0: only those who ask" },
	{ AT(bounce_size_limit), CONFIG_SIZE, .fallback = "50000", .help = "how much of a message a bounce returns" },
	{ AT(default_process_limit), CONFIG_NUMBER, .fallback = "100", .min = 1, .max = 10000,
	  .help = "connections that a server holds, and deliveries that mta-relay makes, at a time" },
	{ AT(default_destination_concurrency_limit), CONFIG_NUMBER, .fallback = "20", .min = 1, .max = 10000,
	  .help = "deliveries to one destination at a time" },
	{ AT(initial_destination_concurrency), CONFIG_NUMBER, .fallback = "5", .min = 1, .max = 10000,
	  .help = "the same before it is known how many it takes" },
	{ AT(default_destination_recipient_limit), CONFIG_NUMBER, .fallback = "50", .min = 1, .max = 10000,
	  .help = "recipients in one transaction" },
	{ AT(qmgr_message_active_limit), CONFIG_NUMBER, .fallback = "1000", .min = 1, .max = 20000,
	  .help = "messages that mta-relay has open at a time" },
	{ AT(queue_minfree), CONFIG_SIZE, .fallback = "0",
	  .help = "free bytes that must be left in the spool for a message to be accepted" },

	{ AT(message_size_limit), CONFIG_SIZE, .fallback = "50M", .help = "the largest message; 0: no limit" },
	{ AT(header_size_limit), CONFIG_SIZE, .fallback = "1M", .min = 1024, .help = "the largest message header" },
	{ AT(hopcount_limit), CONFIG_NUMBER, .fallback = "50", .min = 1,
	  .help = "Received fields after which mail is a loop" },
	{ AT(smtpd_recipient_limit), CONFIG_NUMBER, .fallback = "1000", .min = 1, .max = 100000,
	  .help = "recipients in one message" },
	{ AT(smtpd_timeout), CONFIG_TIME, .fallback = "300s", .min = 1, .help = "how long a client may be silent" },
	{ AT(smtpd_hard_error_limit), CONFIG_NUMBER, .fallback = "20", .min = 1,
	  .help = "errors after which a client is cut off" },
	{ AT(smtpd_junk_command_limit), CONFIG_NUMBER, .fallback = "100", .min = 1,
	  .help = "commands without mail after which a client is cut off" },
	{ AT(smtpd_client_connection_count_limit), CONFIG_NUMBER, .fallback = "50", .min = 0,
	  .help = "connections from one address outside mynetworks; 0: no limit" },
	{ AT(smtpd_client_connection_rate_limit), CONFIG_NUMBER, .fallback = "0", .min = 0,
	  .help = "connections a minute from one address outside mynetworks; 0: no limit" },
	{ AT(smtpd_forbid_bare_newline), CONFIG_CHOICE, .fallback = "normalize", .choices = "normalize|reject",
	  .help = "what happens to a line that does not end with CR LF" },
	{ AT(smtpd_banner), CONFIG_STRING, .fallback = "$myhostname ESMTP letterbox",
	  .help = "the greeting behind 220" },
	{ AT(smtpd_sasl_auth_enable), CONFIG_BOOL, .fallback = "no",
	  .help = "whether clients may log in, and then send to other machines; always with --submission" },
	{ AT(smtpd_sasl_authenticated_header), CONFIG_BOOL, .fallback = "no",
	  .help = "whether the Received field names who has logged in" },
	{ AT(smtpd_sender_login_maps), CONFIG_STRING, .fallback = "",
	  .help = "tables of senders and who may use them; empty: each user his own addresses" },
	{ AT(smtpd_reject_header_login_mismatch), CONFIG_BOOL, .fallback = "no",
	  .help = "whether From and Sender of the header, too, must be addresses of whoever has logged in" },
	{ AT(disable_vrfy_command), CONFIG_BOOL, .fallback = "no", .help = "whether VRFY answers 252 for everybody" },
	{ AT(smtpd_authorized_xclient_hosts), CONFIG_STRING, .fallback = "",
	  .help = "clients that may say by XCLIENT that they are others" },
	{ AT(smtpd_authorized_verp_clients), CONFIG_STRING, .fallback = "$mynetworks",
	  .help = "clients that may ask for a sender for each recipient, by XVERP" },
	{ AT(smtpd_upstream_proxy_protocol), CONFIG_CHOICE, .fallback = "none", .choices = "none|haproxy",
	  .help = "what a proxy in haproxy_trusted_networks says in front of each connection" },
	{ AT(smtpd_upstream_proxy_timeout), CONFIG_TIME, .fallback = "5s", .min = 1, .max = 3600,
	  .help = "how long a proxy may take to say it" },
	{ AT(haproxy_trusted_networks), CONFIG_STRING, .fallback = "",
	  .help = "proxies that are believed when they say whose a connection is" },
	{ AT(local_header_rewrite_clients), CONFIG_STRING, .fallback = "permit_inet_interfaces",
	  .help = "clients whose headers are completed: permit_inet_interfaces, permit_mynetworks" },
	{ AT(enclose_processes), CONFIG_BOOL, .fallback = "yes",
	  .help = "whether processes that face the network give up what they never need: seccomp, Landlock" },
	{ AT(smtpd_hold_limit), CONFIG_TIME, .fallback = "30d",
	  .help = "how long a client may have a message held by FUTURERELEASE; 0: not at all" },

	{ AT(tls_cert_file), CONFIG_STRING, .fallback = "",
	  .help = "files with the servers' certificates and chains; empty: no TLS" },
	{ AT(tls_key_file), CONFIG_STRING, .fallback = "",
	  .help = "files with their keys; empty: they are with the certificates" },
	{ AT(tls_min_protocol), CONFIG_CHOICE, .fallback = "TLSv1.2", .choices = "TLSv1.2|TLSv1.3",
	  .help = "the oldest version of TLS that is spoken" },
	{ AT(smtpd_tls_security_level), CONFIG_CHOICE, .fallback = "may", .choices = "none|may|encrypt",
	  .help = "whether STARTTLS is offered to clients, or demanded of them" },
	{ AT(smtpd_tls_CAfile), CONFIG_STRING, .fallback = "",
	  .help = "a file with CA certificates: clients are asked for a certificate; empty: they are not" },

	{ AT(disable_plaintext_auth), CONFIG_BOOL, .fallback = "yes",
	  .help = "whether nobody can log in over the network before TLS" },
	{ AT(auth_mechanisms), CONFIG_STRING, .fallback = "plain login scram-sha-256 scram-sha-256-plus external",
	  .help = "how clients may log in" },
	{ AT(auth_failure_delay), CONFIG_TIME, .fallback = "2s", .max = 60,
	  .help = "before a failed login is answered; doubled for each further one" },
	{ AT(auth_failure_limit), CONFIG_NUMBER, .fallback = "50", .max = 250,
	  .help = "failed logins after which an address outside mynetworks is refused for an hour; 0: no limit" },

	{ AT(login_greeting), CONFIG_STRING, .fallback = "$myhostname ready.",
	  .help = "what pop3d and imapd say first" },
	{ AT(login_timeout), CONFIG_TIME, .fallback = "3m", .min = 1, .max = 86400,
	  .help = "from the connection to the end of the login" },
	{ AT(login_client_connection_count_limit), CONFIG_NUMBER, .fallback = "50",
	  .help = "pop3d and imapd connections of one client at a time, unless it is in mynetworks; 0: no limit" },
	{ AT(mail_max_userip_connections), CONFIG_NUMBER, .fallback = "10", .max = 65535,
	  .help = "sessions of one user from one client at a time; 0: no limit" },
	{ AT(ssl_client_ca_file), CONFIG_STRING, .fallback = "",
	  .help = "who vouches for the hosts that users are proxied to, as a file of certificates; empty: the "
		  "system's" },
	{ AT(pop3_timeout), CONFIG_TIME, .fallback = "10m", .min = 1, .max = 86400,
	  .help = "for a POP3 client that has logged in and says nothing" },
	{ AT(pop3_lock_session), CONFIG_BOOL, .fallback = "yes",
	  .help = "whether a POP3 session has the mailbox for itself" },
	{ AT(pop3_uidl_format), CONFIG_STRING, .fallback = "%08Xu%08Xv", .help = "the form of UIDL's unique ids" },
	{ AT(pop3_no_flag_updates), CONFIG_BOOL, .fallback = "no",
	  .help = "whether messages stay unread when POP3 clients have read them" },
	{ AT(imap_timeout), CONFIG_TIME, .fallback = "30m", .min = 1, .max = 86400,
	  .help = "for an IMAP client that has logged in and says nothing, also with IDLE" },
	{ AT(imap_process_limit), CONFIG_NUMBER, .fallback = "1024", .min = 1, .max = 10000,
	  .help = "imapd connections at a time, each of which is a process" },
	{ AT(imap_idle_notify_interval), CONFIG_TIME, .fallback = "2m", .max = 86400,
	  .help = "after which a client in IDLE hears that the connection lives; 0: never" },
	{ AT(imap_compress), CONFIG_BOOL, .fallback = "no",
	  .help = "whether IMAP clients may have what is said compressed: COMPRESS=DEFLATE" },
	{ AT(imap_unauthenticate), CONFIG_BOOL, .fallback = "no",
	  .help = "whether imapd that is not root lets a client log in as one user after another: UNAUTHENTICATE" },

	{ AT(smtp_connect_timeout), CONFIG_TIME, .fallback = "30s", .min = 1, .help = "to connect to a server" },
	{ AT(smtp_helo_timeout), CONFIG_TIME, .fallback = "300s", .min = 1,
	  .help = "for the greeting and the reply to EHLO" },
	{ AT(smtp_mail_timeout), CONFIG_TIME, .fallback = "300s", .min = 1, .help = "for the reply to MAIL" },
	{ AT(smtp_rcpt_timeout), CONFIG_TIME, .fallback = "300s", .min = 1, .help = "for the reply to RCPT" },
	{ AT(smtp_data_init_timeout), CONFIG_TIME, .fallback = "120s", .min = 1, .help = "for the reply to DATA" },
	{ AT(smtp_data_xfer_timeout), CONFIG_TIME, .fallback = "180s", .min = 1,
	  .help = "to send a piece of the message" },
	{ AT(smtp_data_done_timeout), CONFIG_TIME, .fallback = "600s", .min = 1,
	  .help = "for the reply to the end of the message" },
	{ AT(smtp_quit_timeout), CONFIG_TIME, .fallback = "10s", .min = 1, .help = "for the reply to QUIT" },
	{ AT(smtp_helo_name), CONFIG_STRING, .fallback = "$myhostname", .help = "the name sent with EHLO" },
	{ AT(smtp_tls_security_level), CONFIG_CHOICE, .fallback = "may",
	  .choices = "none|may|encrypt|verify|secure|dane|dane-only",
	  .help = "whether TLS is used with servers, demanded of them, or their certificates checked" },
	{ AT(lmtp_tls_security_level), CONFIG_CHOICE, .fallback = "$smtp_tls_security_level",
	  .choices = "none|may|encrypt|verify|secure|dane|dane-only", .help = "the same for servers that speak LMTP" },
	{ AT(smtp_tls_policy_maps), CONFIG_STRING, .fallback = "",
	  .help = "tables of such levels by next hop, with match=NAMES and protocols=VERSION" },
	{ AT(smtp_tls_mta_sts), CONFIG_BOOL, .fallback = "yes",
	  .help = "whether domains are asked for their MTA-STS policy, where the level is may or dane" },
	{ AT(tls_required_enable), CONFIG_BOOL, .fallback = "yes",
	  .help = "whether a message with \"TLS-Required: No\" may pass without TLS" },
	{ AT(smtp_tls_CAfile), CONFIG_STRING, .fallback = "",
	  .help = "a file with the CA certificates that are trusted; empty: the system's" },
	{ AT(smtp_tls_wrappermode), CONFIG_BOOL, .fallback = "no",
	  .help = "whether TLS comes before the greeting, as on port 465" },
	{ AT(smtp_starttls_timeout), CONFIG_TIME, .fallback = "300s", .min = 1,
	  .help = "for the reply to STARTTLS, and for the handshake" },
	{ AT(smtp_tls_cert_file), CONFIG_STRING, .fallback = "",
	  .help = "this machine's certificate and its chain for servers where it logs in, PEM" },
	{ AT(smtp_tls_key_file), CONFIG_STRING, .fallback = "$smtp_tls_cert_file", .help = "the key to it, PEM" },
	{ AT(smtp_sasl_auth_enable), CONFIG_BOOL, .fallback = "no", .help = "whether to log in at servers" },
	{ AT(smtp_sasl_password_maps), CONFIG_STRING, .fallback = "",
	  .help = "tables of user:password by next hop, which nobody else may read" },
	{ AT(smtp_sender_dependent_authentication), CONFIG_BOOL, .fallback = "no",
	  .help = "whether the sender's address is looked for in them first" },
	{ AT(smtp_sasl_mechanism_filter), CONFIG_STRING, .fallback = "",
	  .help = "SASL mechanisms that may be used: names, and !names that may not; empty: all" },
	{ AT(smtp_sasl_security_options), CONFIG_STRING, .fallback = "noplaintext, noanonymous",
	  .help = "what is asked of a mechanism without TLS: noplaintext, noanonymous" },
	{ AT(smtp_sasl_tls_security_options), CONFIG_STRING, .fallback = "noanonymous", .help = "the same with TLS" },
	{ AT(smtp_proxy), CONFIG_STRING, .fallback = "",
	  .help = "the way to mail servers: socks5h://HOST:PORT, http://HOST:PORT" },
	{ AT(smtp_tcp_port), CONFIG_NUMBER, .fallback = "25", .min = 1, .max = 65535,
	  .help = "the port of a domain's MX hosts" },
	{ AT(smtp_mx_address_limit), CONFIG_NUMBER, .fallback = "5", .min = 0, .max = 100,
	  .help = "addresses of MX hosts that are tried in one attempt; 0: no limit" },
	{ AT(smtp_mx_session_limit), CONFIG_NUMBER, .fallback = "2", .min = 0, .max = 100,
	  .help = "MX hosts that may take a connection and then not the mail, in one attempt; 0: no limit" },

	{ AT(dns_servers), CONFIG_STRING, .fallback = "",
	  .help = "name servers instead of those of /etc/resolv.conf: ADDRESS:PORT" },
	{ AT(smtp_dns_support_level), CONFIG_CHOICE, .fallback = "enabled", .choices = "disabled|enabled|dnssec",
	  .help = "whether MX records are looked up, and whether a name server elsewhere is believed about DNSSEC" },
	{ AT(smtp_host_lookup), CONFIG_CHOICE, .fallback = "native", .choices = "native|dns",
	  .help = "how a host in brackets is found: as the system does, or in DNS alone" },
	{ AT(proxy_interfaces), CONFIG_STRING, .fallback = "",
	  .help = "this machine's addresses on the other side of an address translator" },
};

enum { TABLE_SIZE = sizeof(table) / sizeof(table[0]) };

/* uname() rather than DNS: an applet that starts must not wait for a name server. */
static void suppose_names(struct config *c, struct arena *a)
{
	struct utsname u;
	const char *host = "localhost", *dot;

	if (uname(&u) == 0 && u.nodename[0] && !span_has_control(span_str(u.nodename)))
		host = arena_str(a, u.nodename);
	dot = strchr(host, '.');
	if (!dot)
		host = arena_printf(a, "%s.localdomain", host);
	config_suppose(c, "myhostname", host, "uname");
	dot = strchr(config_text(c, "myhostname"), '.');
	config_suppose(c, "mydomain", dot ? arena_str(a, dot + 1) : "localdomain", "from myhostname");
}

const char *settings_user_spool(struct arena *a)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && state[0] == '/')
		return arena_printf(a, "%s/letterbox", state);
	/* cron and sudo may leave somebody else's there. */
	if (!home || home[0] != '/' || access(home, W_OK | X_OK) < 0) {
		const struct passwd *pw = getpwuid(geteuid());

		home = pw ? pw->pw_dir : "/";
	}
	return arena_printf(a, "%s/.local/state/letterbox", strcmp(home, "/") == 0 ? "" : home);
}

static bool may_write_system_spool(void)
{
	if (geteuid() == 0)
		return true;
	return access(SETTINGS_SYSTEM_SPOOL, W_OK | X_OK) == 0;
}

static void suppose_spool(struct config *c, struct arena *a)
{
	bool system;

	if (config_is_set(c, "queue_directory"))
		return;
	system = may_write_system_spool();
	config_suppose(c, "queue_directory", system ? SETTINGS_SYSTEM_SPOOL : settings_user_spool(a),
		       system ? "the system's spool" : "the user's spool");
}

static int read_file(struct config *c, const char *given, struct fault *f)
{
	const char *env = getenv("LETTERBOX_CONF");

	if (given)
		return config_read(c, given, true, f);
	if (env && env[0])
		return config_read(c, env, true, f);
	return config_read(c, SETTINGS_FILE, false, f);
}

static int set_spool(struct config *c, struct arena *a, const char *given, struct fault *f)
{
	const char *env = getenv("LETTERBOX_SPOOL");

	if (given)
		return config_set(c, arena_printf(a, "queue_directory=%s", given), "--spool", f);
	if (env && env[0])
		return config_set(c, arena_printf(a, "queue_directory=%s", env), "LETTERBOX_SPOOL", f);
	return 0;
}

int settings_read(struct settings *s, struct config *c, struct arena *a, const struct settings_options *from,
		  struct fault *f)
{
	config_init(c, a, table, TABLE_SIZE);
	if (read_file(c, from->file, f) < 0)
		return -1;
	for (size_t i = 0; i < from->assign.n; i++)
		if (config_set(c, from->assign.v[i], "-o", f) < 0)
			return -1;
	if (set_spool(c, a, from->spool, f) < 0)
		return -1;
	suppose_names(c, a);
	suppose_spool(c, a);
	return config_finish(c, s, f);
}

int settings_load(struct settings *s, struct arena *a, const struct settings_options *from, struct fault *f)
{
	struct config c;

	return settings_read(s, &c, a, from, f);
}
