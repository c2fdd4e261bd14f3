/* SPDX-License-Identifier: ISC */
/*
 * checkup - what is wrong with the configuration as a whole.
 */
#include "checkup.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/account.h"
#include "clients.h"
#include "net/keypair.h"
#include "relay/credential.h"
#include "store/deliver.h"
#include "store/quota.h"

static void tell(struct checkup *c, bool error, const char *parameter, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void tell(struct checkup *c, bool error, const char *parameter, const char *format, ...)
{
	char text[sizeof(((struct fault *)0)->text)];
	struct audit_finding finding = { .error = error, .file = parameter, .text = text };
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	c->report(c->ctx, &finding);
	if (error)
		c->errors++;
	else
		c->warnings++;
}

/*
 * smtpd is the spool's owner when it looks for recipients, and reads the file as that. A spool that is still to be
 * made says nothing.
 */
static void check_reader(struct checkup *c)
{
	const struct settings *s = &c->site->settings;
	struct stat spool, file;
	struct account owner;
	struct arena a = { 0 };
	bool may;

	if (geteuid() != 0 || stat(s->queue_directory, &spool) < 0 || spool.st_uid == 0 ||
	    stat(s->users_file, &file) < 0)
		return;
	may = file.st_uid == spool.st_uid   ? file.st_mode & S_IRUSR
	      : file.st_gid == spool.st_gid ? file.st_mode & S_IRGRP
					    : file.st_mode & S_IROTH;
	if (!may && account_find_uid(&a, spool.st_uid, &owner, NULL) > 0)
		tell(c, true, "users_file",
		     "%s cannot read %s, and smtpd looks for recipients as %s: give it the group of %s and mode 640",
		     owner.name, s->users_file, owner.name, s->queue_directory);
	arena_clear(&a);
}

/* With the line, which some faults begin with. */
static void tell_user(struct checkup *c, const struct users_walk *walk, const struct fault *f)
{
	const char *path = c->site->users.path;

	if (!path || span_starts(span_str(f->text), span_str(path)))
		tell(c, true, path ? "users_file" : "letterbox.conf", "%s", f->text);
	else
		tell(c, true, "users_file", "%s:%zu: %s", path, walk->line, f->text);
}

static int check_mailbox(const struct account *who, struct fault *f)
{
	struct quota_limits unused;
	const char *path;

	if (deliver_location(who->mail, &path, f) < 0)
		return -1;
	return quota_parse_rule(who->quota_rule ? who->quota_rule : "", &unused, f);
}

/* All of a users file; of the system's accounts the first stands for the others. */
static void check_users(struct checkup *c)
{
	struct users_walk walk = { 0 };
	struct arena a = { 0 };
	struct account who;
	struct fault f;
	int rc;

	if (users_load(&c->site->users, &f) < 0)
		tell(c, true, "letterbox.conf", "%s", f.text);
	while ((rc = users_next(&c->site->users, &walk, &a, &who, &f)) != 0) {
		if (rc < 0 || check_mailbox(&who, &f) < 0)
			tell_user(c, &walk, &f);
		arena_reset(&a);
	}
	if (c->site->users.path)
		check_reader(c);
	arena_clear(&a);
}

static void check_lists(struct checkup *c)
{
	if (site_misses_lists(c->site))
		tell(c, true, "list_directory", "there is no %s", c->site->settings.list_directory);
}

static void check_servers(struct checkup *c)
{
	const struct settings *s = &c->site->settings;
	struct arena a = { 0 };
	struct clients clients;
	struct hosts_rules hosts;
	struct keypairs keys;
	struct fault f;

	if (clients_load(&clients, &a, s, &f) < 0)
		tell(c, true, "letterbox.conf", "%s", f.text);
	if (site_hosts_rules(c->site, &hosts, &f) < 0)
		tell(c, true, "letterbox.conf", "%s", f.text);
	if (keypair_read(&keys, s->tls_cert_file, s->tls_key_file, &f) < 0)
		tell(c, true, "tls_cert_file", "%s", f.text);
	else
		keypair_clear(&keys);
	arena_clear(&a);
}

/* Who sets relayhost and passwords wants one for the other. */
static void check_relayhost_login(struct checkup *c)
{
	const struct settings *s = &c->site->settings;
	const struct credential_rules rules = { .maps = s->smtp_sasl_password_maps };
	struct arena a = { 0 };
	int rc = credential_find(&rules, &a, s->relayhost, NULL, NULL, NULL);

	if (rc == 0 && !s->smtp_sender_dependent_authentication)
		tell(c, false, "smtp_sasl_password_maps", "nothing is there for relayhost, %s: nobody logs in there",
		     s->relayhost);
	arena_wipe(&a);
}

static void check_logins(struct checkup *c)
{
	const struct settings *s = &c->site->settings;

	if (s->smtp_sasl_password_maps[0] && !s->smtp_sasl_auth_enable)
		tell(c, false, "smtp_sasl_password_maps", "smtp_sasl_auth_enable is no: nobody logs in anywhere");
	else if (s->smtp_sasl_auth_enable && !s->smtp_sasl_password_maps[0])
		tell(c, false, "smtp_sasl_auth_enable", "smtp_sasl_password_maps is empty: nobody logs in anywhere");
	else if (s->smtp_sasl_auth_enable && s->relayhost[0])
		check_relayhost_login(c);
}

/* Mail for root goes to another machine, and nobody has said which one. */
static void check_origin(struct checkup *c)
{
	const struct settings *s = &c->site->settings;
	struct arena a = { 0 };
	const char *root = arena_printf(&a, "root@%s", s->myorigin);
	struct route_targets targets;

	if (!s->relayhost[0] && strcmp(s->default_transport, "smtp") == 0 &&
	    route_expand(&c->site->route, &a, span_str(root), &targets, NULL) == 0 && targets.n == 1 &&
	    targets.v[0].kind == ROUTE_REMOTE && strcmp(targets.v[0].recipient, root) == 0)
		tell(c, false, "myorigin", "%s is none of the domains of this machine: mail for root leaves it",
		     s->myorigin);
	arena_clear(&a);
}

void checkup_run(struct checkup *c)
{
	check_users(c);
	check_lists(c);
	check_servers(c);
	check_logins(c);
	check_origin(c);
}
