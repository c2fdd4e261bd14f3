/* SPDX-License-Identifier: ISC */
/*
 * login - how clients of a server prove who they are.
 */
#include "login.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/entropy.h"
#include "base/log.h"

static int is_in_networks(const char *list, const uint8_t client[AUTHORITY_CLIENT], struct fault *f)
{
	struct addr_networks networks;
	struct arena a = { 0 };
	struct addr address;
	struct fault why;
	int rc;

	memcpy(address.bytes, client, sizeof(address.bytes));
	if (addr_networks_parse(&a, list, &networks, &why) < 0)
		rc = fault_temp(f, 454, "4.3.5", "allow_nets: %s", why.text);
	else
		rc = addr_networks_match(&networks, &address);
	arena_clear(&a);
	return rc;
}

/* Whoever serves for the spool's owner counts in the same file, whoever made it. */
static void open_penalty(struct login *l, const struct site *site)
{
	struct fault f;

	if (penalty_open(&l->penalty, site->spool.dir, LOGIN_FAILURES, &f) == 0) {
		if (geteuid() == 0 && fchownat(site->spool.dir, LOGIN_FAILURES, site->spool.owner, site->spool.group,
					       AT_SYMLINK_NOFOLLOW) < 0)
			log_warning("cannot give %s to the spool's owner", LOGIN_FAILURES);
		return;
	}
	log_warning("failed logins are counted by this server alone: %s", f.text);
	if (penalty_share(&l->penalty, &f) < 0)
		log_warning("failed logins are not counted: %s", f.text);
}

static void set_secret(struct login *l)
{
	struct span secret = penalty_secret(&l->penalty);

	if (secret.n == sizeof(l->local.secret))
		memcpy(l->local.secret, secret.p, secret.n);
	else
		entropy_fill(l->local.secret, sizeof(l->local.secret));
}

/* What is wrong is in the configuration, not in the command line. */
static int check_settings(struct login *l, struct arena *a, struct fault *f)
{
	if (addr_networks_parse(a, l->settings->mynetworks, &l->networks, f) == 0 &&
	    sasl_check_mechanisms(l->settings->auth_mechanisms, f) == 0)
		return 0;
	if (f->kind == FAULT_USAGE)
		f->kind = FAULT_PERM;
	return -1;
}

int login_open(struct login *l, struct arena *a, struct site *site, bool gives_up_root, struct fault *f)
{
	*l = (struct login){ .settings = &site->settings };
	l->local = (struct authority_local){ .users = &site->users, .is_in_networks = is_in_networks };
	if (check_settings(l, a, f) < 0)
		return -1;
	open_penalty(l, site);
	set_secret(l);
	l->authority = authority_local(&l->local);
	if (gives_up_root) {
		if (keeper_start(&l->keeper, &l->local, l->settings->enclose_processes, f) < 0)
			return -1;
		l->has_keeper = true;
		l->authority = keeper_authority(&l->keeper);
	}
	return 0;
}

void login_enter(struct login *l)
{
	if (l->has_keeper)
		keeper_leave(&l->keeper);
}

void login_reaped(struct login *l, pid_t pid)
{
	if (l->has_keeper && keeper_reaped(&l->keeper, pid))
		log_warning("the process that keeps the passwords has ended, another was started");
}

void login_close(struct login *l)
{
	if (l->has_keeper)
		keeper_stop(&l->keeper);
	penalty_close(&l->penalty);
	explicit_bzero(l, sizeof(*l));
}

static bool is_loopback(const struct addr *a)
{
	static const uint8_t six[16] = { [15] = 1 };

	return addr_is_v4(a) ? a->bytes[12] == 127 : memcmp(a->bytes, six, sizeof(six)) == 0;
}

void login_rules(struct login *l, const struct peer *peer, struct sasl_rules *out)
{
	struct addr counted = addr_client(&peer->addr);
	const struct settings *s = l->settings;

	*out = (struct sasl_rules){
		.authority = &l->authority,
		.mechanisms = s->auth_mechanisms,
		.is_private = !peer->is_network || is_loopback(&peer->addr) || !s->disable_plaintext_auth,
		.is_network = peer->is_network,
		.penalty = &l->penalty,
		.failure_delay = s->auth_failure_delay,
		.failure_limit = addr_networks_match(&l->networks, &peer->addr) ? 0 : s->auth_failure_limit,
	};
	memcpy(out->client, peer->addr.bytes, sizeof(out->client));
	memcpy(out->counted_as, counted.bytes, sizeof(out->counted_as));
}

/* The first CN= of a subject ("CN=al,O=Example", RFC 2253). One with an escaped character in it is no account's name.
 */
static struct span find_common_name(struct span subject)
{
	bool escaped = false;
	size_t start = 0;

	for (size_t i = 0; i <= subject.n; i++) {
		struct span part = span_of(subject.p + start, i - start);

		if (i < subject.n && (escaped || (subject.p[i] != ',' && subject.p[i] != '+'))) {
			escaped = !escaped && subject.p[i] == '\\';
			continue;
		}
		if (span_starts(part, SPAN("CN=")))
			return span_find(part, '\\') < part.n ? span_of(NULL, 0) : span_from(part, 3);
		start = i + 1;
	}
	return span_of(NULL, 0);
}

void login_secure(struct sasl_rules *r, const struct tlsio_info *tls)
{
	r->is_private = true;
	r->tls_exporter = span_of((const char *)tls->exporter, tls->has_exporter ? sizeof(tls->exporter) : 0);
	r->tls_server_end_point = span_of((const char *)tls->end_point, tls->end_point_n);
	r->certificate_user = find_common_name(span_str(tls->verified ? tls->peer : ""));
}

/* The name is that of an account, or not said: people type their password into the wrong field. */
void login_log(const struct peer *peer, const struct sasl *sasl, const struct fault *f)
{
	const char *name = sasl_name(sasl), *tried = sasl->tried[0] ? sasl->tried : "(unknown)";

	if (!f)
		log_info("client=%s, sasl_method=%s, sasl_username=%s", peer->text, name, sasl->user);
	else if (f->reply == 535)
		log_warning("%s: SASL %s authentication failed: %s, sasl_username=%s", peer->text, name,
			    sasl->reason ? sasl->reason : "wrong name or password", tried);
	else if (f->kind == FAULT_TEMP)
		log_warning("%s: SASL %s authentication is not possible: %s", peer->text, name, f->text);
}
