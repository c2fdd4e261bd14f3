/* SPDX-License-Identifier: ISC */
/*
 * site - settings, accounts, routes and spool, joined to each other.
 */
#include "site.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/account.h"
#include "base/enclose.h"
#include "base/log.h"
#include "base/proc.h"
#include "list/place.h"
#include "queuerun.h"
#include "route/forward.h"
#include "store/deliver.h"
#include "store/quota.h"

static int find_account(void *ctx, struct arena *a, struct span name, struct account *out, struct fault *f)
{
	struct site *s = ctx;

	return users_find(&s->users, a, name, out, f);
}

/* The list's files belong to the spool's owner; so does a list that another one has made there by mistake. */
static int find_owner(const struct site *s, struct arena *a, const char *name, struct account *out, struct fault *f)
{
	const char *path = arena_printf(a, "%s/%s", s->settings.list_directory, name);
	struct stat st;
	int rc;

	if (stat(path, &st) < 0)
		return fault_errno(f, "cannot stat %s", path);
	rc = account_find_uid(a, st.st_uid, out, f);
	if (rc == 0)
		*out = (struct account){ .name = "the lists' owner", .full_name = "", .mail = "" };
	if (rc < 0)
		return -1;
	out->uid = st.st_uid;
	out->gid = st.st_gid;
	out->home = s->settings.list_directory;
	return 0;
}

/* An ordinary user may not look into the system's lists. */
static int find_list(void *ctx, struct arena *a, struct span local, struct span domain, bool is_local,
		     struct route_list *out, struct fault *f)
{
	const struct site *s = ctx;
	struct list_places places;
	struct list_target t;
	int rc;

	site_list_places(s, &places);
	rc = place_find(&places, a, local, domain, is_local, &t, f);
	if (rc < 0 && errno == EACCES && geteuid() != 0) {
		out->is_hidden = true;
		return 0;
	}
	/* Who is nobody's account may be one of the lists that ought to be there. */
	out->is_hidden = rc == 0 && site_misses_lists(s);
	if (rc <= 0)
		return rc;
	if (place_check(&places, a, &t, f) < 0 || find_owner(s, a, t.name, &out->as, f) < 0)
		return -1;
	out->name = t.name;
	return 1;
}

static void warn(void *ctx, const char *text)
{
	(void)ctx;
	log_warning("%s", text);
}

static void copy_parameters(struct route *r, const struct settings *s)
{
	r->myhostname = s->myhostname;
	r->mydomain = s->mydomain;
	r->myorigin = s->myorigin;
	r->mydestination = s->mydestination;
	r->recipient_delimiter = s->recipient_delimiter;
	r->alias_maps = s->alias_maps;
	r->forward_path = s->forward_path;
	r->relayhost = s->relayhost;
	r->default_transport = s->default_transport;
	r->default_privs = s->default_privs;
	r->allow_mail_to_commands = s->allow_mail_to_commands;
	r->allow_mail_to_files = s->allow_mail_to_files;
}

static void copy_tables(struct route *r, const struct settings *s)
{
	r->canonical_maps = s->canonical_maps;
	r->sender_canonical_maps = s->sender_canonical_maps;
	r->recipient_canonical_maps = s->recipient_canonical_maps;
	r->canonical_classes = s->canonical_classes;
	r->masquerade_domains = s->masquerade_domains;
	r->masquerade_exceptions = s->masquerade_exceptions;
	r->masquerade_classes = s->masquerade_classes;
	r->propagate_unmatched_extensions = s->propagate_unmatched_extensions;
	r->virtual_alias_maps = s->virtual_alias_maps;
	r->virtual_alias_domains = s->virtual_alias_domains;
	r->virtual_alias_expansion_limit = s->virtual_alias_expansion_limit;
	r->virtual_mailbox_domains = s->virtual_mailbox_domains;
	r->virtual_mailbox_maps = s->virtual_mailbox_maps;
	r->virtual_mailbox_base = s->virtual_mailbox_base;
	r->virtual_uid_maps = s->virtual_uid_maps;
	r->virtual_gid_maps = s->virtual_gid_maps;
	r->virtual_minimum_uid = s->virtual_minimum_uid;
	r->relay_domains = s->relay_domains;
	r->relay_recipient_maps = s->relay_recipient_maps;
	r->relocated_maps = s->relocated_maps;
	r->transport_maps = s->transport_maps;
	r->sender_dependent_relayhost_maps = s->sender_dependent_relayhost_maps;
}

/* As it would be for anybody: what is wrong then is wrong for everybody's mail. */
static int check_mail_location(const char *template, struct fault *f)
{
	static const struct account anybody = { .name = "user@domain.example", .home = "/home/user" };
	struct arena a = { 0 };
	const char *location, *path;
	int rc = users_expand(&a, template, &anybody, &location, f);

	if (rc == 0 && deliver_location(location, &path, NULL) < 0)
		rc = fault_usage(f, "mail_location: \"%s\" is neither maildir:PATH nor mbox:PATH with an absolute path",
				 template);
	arena_clear(&a);
	return rc;
}

static int check_mailboxes(const struct settings *s, struct fault *f)
{
	struct quota_limits unused;

	return check_mail_location(s->mail_location, f) < 0 ? -1 : quota_parse_rule(s->quota_rule, &unused, f);
}

int site_open(struct site *s, struct arena *a, const struct settings_options *from, struct fault *f)
{
	struct config config;

	*s = (struct site){ 0 };
	if (settings_read(&s->settings, &config, a, from, f) < 0)
		return -1;
	users_init(&s->users, s->settings.users_file, s->settings.mail_location);
	s->users.quota_rule = s->settings.quota_rule;
	s->users.quota_full_tempfail = s->settings.quota_full_tempfail;
	copy_parameters(&s->route, &s->settings);
	copy_tables(&s->route, &s->settings);
	s->route.virtual_uid = s->users.uid;
	s->route.virtual_gid = s->users.gid;
	s->call = (struct route_callbacks){ .find_account = find_account, .read_file = forward_read, .warn = warn };
	if (s->settings.list_directory[0])
		s->call.find_list = find_list;
	s->route.call = &s->call;
	s->route.ctx = s;
	s->is_open = true;
	if (check_mailboxes(&s->settings, f) == 0 && route_init(&s->route, f) == 0)
		return 0;
	/* What is wrong is in the configuration, not in the command line. */
	config_blame(&config, f);
	return -1;
}

int site_open_spool(struct site *s, struct fault *f)
{
	if (s->has_spool)
		return 0;
	if (spool_open(&s->spool, s->settings.queue_directory, s->settings.mail_owner, f) < 0)
		return -1;
	s->has_spool = true;
	/* A virtual account without ids is the mail system's, never root's. */
	if (geteuid() == 0) {
		s->users.uid = s->route.virtual_uid = s->spool.owner;
		s->users.gid = s->route.virtual_gid = s->spool.group;
	}
	return 0;
}

void site_close(struct site *s)
{
	if (s->has_spool)
		spool_close(&s->spool);
	if (s->is_open) {
		route_clear(&s->route);
		users_clear(&s->users);
	}
	*s = (struct site){ 0 };
}

static int drop_rights(const struct spool *spool, struct fault *f)
{
	struct arena a = { 0 };
	struct account owner;
	int rc;

	if (geteuid() != 0 || spool->owner == 0)
		return 0;
	rc = account_find_uid(&a, spool->owner, &owner, f);
	if (rc == 0)
		owner = (struct account){ .name = "the spool's owner", .uid = spool->owner, .gid = spool->group };
	if (rc >= 0)
		rc = proc_drop(&owner, f);
	arena_clear(&a);
	return rc;
}

int site_confine(const struct site *s, struct fault *f)
{
	/* Mailboxes may be anywhere; a kernel that has no such thing is no reason to stop. */
	struct enclosure e = { .write = s->settings.queue_directory, .writes_mailboxes = true };
	struct fault why;

	if (drop_rights(&s->spool, f) < 0)
		return -1;
	if (s->settings.enclose_processes && enclose(&e, &why) < 0)
		log_warning("not enclosed: %s", why.text);
	return 0;
}

void site_deliver_all(struct site *s, struct arena *a, const struct settings_options *from, const struct opt_list *ids)
{
	struct queuerun run = { .from = from, .spool = s->settings.queue_directory };
	const char *mode = s->settings.delivery_mode;
	bool told = true;
	struct fault f;
	int code;

	if (strcmp(mode, "queue") == 0)
		return;
	for (size_t i = 0; i < ids->n && told; i++)
		told = spool_kick(&s->spool, ids->v[i]);
	if (told)
		return;
	/* Where no relay stays, each new message also wakes the old ones that are due. */
	if (ids->n <= QUEUERUN_IDS_MAX)
		run.ids = *ids;
	run.how = strcmp(mode, "interactive") == 0 ? QUEUERUN_FOREGROUND : QUEUERUN_BACKGROUND;
	if (queuerun_start(&run, a, &code, &f) < 0)
		log_warning("%s: queued, but not delivered now: %s", ids->v[0], f.text);
}

void site_deliver(struct site *s, struct arena *a, const struct settings_options *from, const char *id)
{
	struct opt_list ids = { NULL, 0 };

	opt_list_add(a, &ids, id);
	site_deliver_all(s, a, from, &ids);
}

bool site_misses_lists(const struct site *s)
{
	const char *at = s->settings.list_directory;
	struct arena a = { 0 };
	bool is_usual = strcmp(at, arena_printf(&a, "%s/lists", s->settings.queue_directory)) == 0;

	arena_clear(&a);
	return at[0] && !is_usual && access(at, F_OK) < 0 && errno == ENOENT;
}

void site_list_places(const struct site *s, struct list_places *out)
{
	*out = (struct list_places){
		.directory = s->settings.list_directory,
		.origin = s->settings.myorigin,
		.delimiters = s->settings.recipient_delimiter,
		.request_address = s->settings.list_request_address,
		.http_url = s->settings.list_http_url,
	};
}

void site_client_rules(const struct site *s, struct client_rules *out)
{
	const struct settings *set = &s->settings;

	*out = (struct client_rules){
		.helo = set->smtp_helo_name,
		.connect_timeout = set->smtp_connect_timeout,
		.helo_timeout = set->smtp_helo_timeout,
		.mail_timeout = set->smtp_mail_timeout,
		.rcpt_timeout = set->smtp_rcpt_timeout,
		.data_init_timeout = set->smtp_data_init_timeout,
		.data_xfer_timeout = set->smtp_data_xfer_timeout,
		.data_done_timeout = set->smtp_data_done_timeout,
		.quit_timeout = set->smtp_quit_timeout,
		.tls = { .wrapper = set->smtp_tls_wrappermode,
			 .ca_file = set->smtp_tls_CAfile,
			 .min_protocol = set->tls_min_protocol,
			 .timeout = set->smtp_starttls_timeout },
	};
}

int site_hosts_rules(const struct site *s, struct hosts_rules *out, struct fault *f)
{
	const struct settings *set = &s->settings;
	struct hosts hosts;
	int rc;

	*out = (struct hosts_rules){
		.dns_servers = set->dns_servers,
		.believe_dns = strcmp(set->smtp_dns_support_level, "dnssec") == 0,
		.no_mx = strcmp(set->smtp_dns_support_level, "disabled") == 0,
		.only_dns = strcmp(set->smtp_host_lookup, "dns") == 0,
		.port = set->smtp_tcp_port,
		.address_limit = set->smtp_mx_address_limit,
		.session_limit = set->smtp_mx_session_limit,
		.myhostname = set->myhostname,
		.proxy_interfaces = set->proxy_interfaces,
	};
	rc = hosts_init(&hosts, out, f);
	hosts_clear(&hosts);
	if (rc < 0)
		f->kind = FAULT_PERM;
	return rc;
}

void site_dialler_rules(const struct site *s, struct dialler_rules *out)
{
	const struct settings *set = &s->settings;

	*out = (struct dialler_rules){
		.credential = {
			.maps = set->smtp_sasl_auth_enable ? set->smtp_sasl_password_maps : NULL,
			.delimiters = set->recipient_delimiter,
			.by_sender = set->smtp_sasl_auth_enable && set->smtp_sender_dependent_authentication,
			.time_limit = set->command_time_limit,
		},
		.spool = s->spool.path,
		.mechanism_filter = set->smtp_sasl_mechanism_filter,
		.security_options = set->smtp_sasl_security_options,
		.tls_security_options = set->smtp_sasl_tls_security_options,
		.security_level = set->smtp_tls_security_level,
		.wrapper_mode = set->smtp_tls_wrappermode,
		.way = {
			.ca_file = set->smtp_tls_CAfile,
			.cert_file = set->smtp_tls_cert_file,
			.key_file = set->smtp_tls_key_file,
			.proxy = set->smtp_proxy,
		},
	};
}

void site_tlspolicy_rules(const struct site *s, struct tlspolicy_rules *out)
{
	const struct settings *set = &s->settings;

	*out = (struct tlspolicy_rules){
		.maps = set->smtp_tls_policy_maps,
		.sts = set->smtp_tls_mta_sts,
		.heeds_header = set->tls_required_enable,
		.spool = set->queue_directory,
		.way = {
			.ca_file = set->smtp_tls_CAfile[0] ? set->smtp_tls_CAfile : NULL,
			.proxy = set->smtp_proxy[0] ? set->smtp_proxy : NULL,
		},
	};
	tlspolicy_level_parse(span_str(set->smtp_tls_security_level), &out->level);
	tlspolicy_level_parse(span_str(set->lmtp_tls_security_level), &out->lmtp);
}
