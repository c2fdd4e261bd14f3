/* SPDX-License-Identifier: ISC */
/*
 * doctor - the steps of a delivery, one line each.
 */
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/printable.h"
#include "message/address.h"
#include "relay/author.h"
#include "relay/tlspolicy.h"
#include "route/explain.h"
#include "site.h"

enum { TEXT_MAX = 1 << 16, LINE_OUT_MAX = 6 * TEXT_MAX /* what escapes make of it */ };

/* A failure that was printed. */
struct told {
	const char *text;
	struct told *next;
};

/* What delivery would come to; step NULL: nothing has failed. */
struct verdict {
	const char *step;
	struct fault why;
};

struct doctor {
	struct site site;
	struct arena arena;
	struct hosts_rules hosts_rules;
	struct hosts hosts;
	struct tlspolicy_rules policy_rules;
	struct client_rules client_rules;
	struct client client;
	struct dialler_rules dialler_rules;
	struct dialler dialler; /* of the next hop: where mta-relay logs in, or goes through a proxy */
	const char *sender;
	bool json;
	/* of the host that is asked */
	const char *host;
	const char *greeting; /* its first line; NULL: not yet */
	bool has_introduced;  /* EHLO was said */
	struct tlspolicy policy;
	struct tlspolicy_domain domain;
	/* of the next hop: is_final when a host has answered for the recipient */
	struct verdict hop;
	struct told *told;
	bool is_final;
	bool is_untried; /* a server was not asked for the recipient */
	/* of all: the first that has failed */
	struct verdict all;
};

/* ---- what is printed ---- */

static void print_text(const char *step, const struct fault *f, const char *text)
{
	struct buf line;

	buf_init(&line, LINE_OUT_MAX);
	buf_printf(&line, "%-7s %-9s ", f ? "FAILED" : "ok", step);
	printable_put(&line, span_str(text));
	puts(buf_str(&line));
	buf_clear(&line);
}

static void print_json(const struct doctor *d, const char *step, const struct fault *f, const char *text)
{
	struct buf line;

	buf_init(&line, LINE_OUT_MAX);
	json_begin(&line, NULL, '{');
	json_put_string(&line, "step", step);
	json_put_bool(&line, "ok", !f);
	json_put_string(&line, "host", d->host);
	if (f) {
		json_put_bool(&line, "temporary", f->kind == FAULT_TEMP);
		json_put_number(&line, "reply", f->reply);
		json_put_string(&line, "dsn", f->status);
	}
	json_put_string(&line, "text", text);
	json_end(&line, '}');
	puts(buf_str(&line));
	buf_clear(&line);
}

/* Of one host, what is wrong with it may also be what is wrong with the whole; it is said once. */
static bool was_told(struct doctor *d, const char *text)
{
	struct told *t;

	for (t = d->told; t; t = t->next)
		if (strcmp(t->text, text) == 0)
			return true;
	t = arena_alloc(&d->arena, sizeof(*t));
	*t = (struct told){ .text = arena_str(&d->arena, text), .next = d->told };
	d->told = t;
	return false;
}

static void print(struct doctor *d, const char *step, const struct fault *f, const char *text)
{
	if (f && was_told(d, text))
		return;
	if (d->json)
		print_json(d, step, f, text);
	else
		print_text(step, f, text);
	fflush(stdout);
}

static void ok(struct doctor *d, const char *step, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void ok(struct doctor *d, const char *step, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	print(d, step, NULL, text);
}

/* The step has failed. As in a delivery another host may do better, and a temporary failure stands before others. */
static bool failed(struct doctor *d, const char *step, const struct fault *f)
{
	struct verdict *v = &d->hop;

	if (!d->is_final && (!v->step || v->why.kind == FAULT_PERM || f->kind != FAULT_PERM))
		v->step = step;
	if (!d->is_final)
		hosts_note(&v->why, f);
	print(d, step, f, f->text);
	return false;
}

/* What a host says of the recipient is the outcome, whatever other hosts are like. */
static void decide(struct doctor *d, const char *step, const struct fault *f)
{
	if (!d->is_final)
		d->hop = step ? (struct verdict){ step, *f } : (struct verdict){ 0 };
	d->is_final = true;
}

/* ---- a conversation ---- */

static void listen_to(void *ctx, char direction, struct span line)
{
	struct doctor *d = ctx;

	if (direction == '>' && !span_is(line, SPAN("QUIT")))
		d->has_introduced = true;
	else if (direction == '<' && !d->greeting)
		d->greeting = arena_span(&d->arena, line);
}

/* The words behind the first line, on one line. */
static const char *extensions(struct doctor *d)
{
	struct span rest = buf_span(&d->client.reply.text);
	const char *text = "";

	span_cut(&rest, '\n');
	while (rest.n) {
		struct span word = span_cut(&rest, '\n');

		text = arena_printf(&d->arena, "%s%s%.*s", text, text[0] ? ", " : "", SPAN_ARG(word));
	}
	return text[0] ? text : "no extensions";
}

static bool has_extension(struct doctor *d, struct span keyword)
{
	struct span rest = buf_span(&d->client.reply.text);

	for (span_cut(&rest, '\n'); rest.n;) {
		struct span line = span_cut(&rest, '\n');

		if (span_is_nocase(span_word(&line), keyword))
			return true;
	}
	return false;
}

static bool is_about_tls(const struct doctor *d, const struct fault *f)
{
	return d->client.tls_failed || strcmp(f->status, "4.7.4") == 0 || strcmp(f->status, "4.7.5") == 0;
}

/* What it came to, and what it should have been. */
static void show_tls(struct doctor *d)
{
	static const char *const wants[] = {
		[CLIENT_TLS_NONE] = "not used",
		[CLIENT_TLS_MAY] = "optional",
		[CLIENT_TLS_ENCRYPT] = "demanded",
		[CLIENT_TLS_VERIFY] = "demanded, with its certificate",
		[CLIENT_TLS_DANE] = "demanded, with its TLSA records",
	};
	const struct tlsio_info *tls = &d->client.secure;
	char text[TLSIO_TEXT_MAX];

	if (client_is_secure(&d->client))
		ok(d, "starttls", "%s: %s, %s%s%s (%s)", d->host, tlsio_text(tls, text),
		   tls->verified ? "verified" : "not verified: ", tls->verified && tls->peer[0] ? " as " : "",
		   tls->verified ? tls->peer : tls->why, wants[d->client_rules.tls.level]);
	else if (!d->client_rules.lmtp)
		ok(d, "starttls", "%s: %s", d->host,
		   has_extension(d, SPAN("STARTTLS")) ? "offered, and not used" : "not offered: mail passes in clear");
}

static bool greet(struct doctor *d, int fd)
{
	struct fault f;
	int rc;

	d->greeting = NULL;
	d->has_introduced = false;
	rc = client_greet(&d->client, fd, d->host, &f);
	if (rc < 0 && !d->has_introduced)
		return failed(d, "greeting", &f);
	ok(d, "greeting", "%s: %s", d->host, d->greeting);
	if (rc < 0)
		return failed(d, is_about_tls(d, &f) ? "starttls" : "ehlo", &f);
	ok(d, "ehlo", "%s: %s", d->host, extensions(d));
	show_tls(d);
	return true;
}

static bool say(struct doctor *d, const char *step, long seconds, const char *command)
{
	struct fault f;

	client_command(&d->client, "%s", command);
	if (client_read_reply(&d->client, seconds, command, &f) < 0)
		return failed(d, step, &f);
	if (d->client.reply.code / 100 != 2) {
		reply_fault(&d->client.reply, &f);
		decide(d, step, &f);
		return failed(d, step, &f);
	}
	ok(d, step, "%s: %s: %d %s", d->host, command, d->client.reply.code, buf_str(&d->client.reply.text));
	return true;
}

/* As far as it goes without a message. */
static bool try_recipient(struct doctor *d, const char *recipient)
{
	const struct client_rules *rules = &d->client_rules;
	const char *utf8 = span_has_8bit(span_str(recipient)) ? " SMTPUTF8" : "";
	bool taken;

	taken = say(d, "mail", rules->mail_timeout, arena_printf(&d->arena, "MAIL FROM:<%s>%s", d->sender, utf8)) &&
		say(d, "rcpt", rules->rcpt_timeout, arena_printf(&d->arena, "RCPT TO:<%s>", recipient));
	if (client_is_connected(&d->client)) {
		client_command(&d->client, "RSET");
		client_read_reply(&d->client, rules->rcpt_timeout, "RSET", NULL);
	}
	return taken;
}

/* ---- hosts ---- */

static void show_tlsa(struct doctor *d, const struct host_candidate *c)
{
	const char *text = "";

	for (size_t i = 0; i < c->n_tlsa; i++)
		text = arena_printf(&d->arena, "%s%s %u %u %u", text, i ? "," : "", c->tlsa[i].usage,
				    c->tlsa[i].selector, c->tlsa[i].match_type);
	if (c->n_tlsa)
		ok(d, "tlsa", "%s:%s", c->tlsa_base, text);
	else
		ok(d, "tlsa", "%s: %s", c->name, c->is_secure ? "none" : "none, as its name is not signed in DNS");
}

/* Which TLS must it be? The policy for a next hop that is a socket of this machine is none. */
static bool choose_tls(struct doctor *d, const struct hosts_list *list, const struct host_candidate *c)
{
	struct client_tls *tls = &d->client_rules.tls;
	struct fault f;

	if (list->port && tlspolicy_asks_dane(&d->policy, TLSPOLICY_USUAL))
		show_tlsa(d, c);
	if (!list->port) {
		tls->level = CLIENT_TLS_NONE;
		return true;
	}
	if (tlspolicy_host(&d->policy, &d->arena, &d->domain, c, TLSPOLICY_USUAL, tls, &f) < 0)
		return failed(d, d->domain.has_sts ? "mta-sts" : "tlsa", &f);
	if (tls->wrapper && tls->level < CLIENT_TLS_ENCRYPT)
		tls->level = CLIENT_TLS_ENCRYPT;
	return true;
}

/* A token belongs to mta-relay, which keeps it in the spool: fetched here, it would be root's. */
static bool is_for_relay_alone(struct doctor *d)
{
	if (!d->dialler.has_credential || !d->dialler.credential.oauth)
		return false;
	ok(d, "login", "%s: with OAuth2, as only mta-relay does; sendmail -v shows it", d->host);
	d->is_untried = true;
	decide(d, NULL, NULL);
	return true;
}

/* By libcurl, which does all in one step, and goes no further than mta-relay's worker. */
static void try_login(struct doctor *d, const struct hosts_list *list, const struct host_candidate *c,
		      const char *recipient)
{
	static const char *const levels[] = { [CLIENT_TLS_NONE] = "none",
					      [CLIENT_TLS_MAY] = "may",
					      [CLIENT_TLS_ENCRYPT] = "encrypt",
					      [CLIENT_TLS_VERIFY] = "verify",
					      [CLIENT_TLS_DANE] = "verify" };
	struct fault f;
	char port[sizeof(c->target.port)];
	bool taken;

	if (is_for_relay_alone(d))
		return;
	snprintf(port, sizeof(port), "%u", list->port);
	d->dialler_rules.security_level = levels[d->client_rules.tls.level];
	if (dialler_open(&d->dialler, &d->client, c->name, port, &f) < 0) {
		failed(d, d->dialler.has_credential || d->dialler.trouble.kind != FAULT_NONE ? "login" : "connect", &f);
		return;
	}
	if (d->dialler.has_credential)
		ok(d, "login", "%s[%s]:%s: as %s", d->host, d->client.address, port, d->dialler.credential.user);
	else
		ok(d, "connect", "%s:%s through smtp_proxy", d->host, port);
	ok(d, "ehlo", "%s: %s", d->host, extensions(d));
	taken = !recipient || try_recipient(d, recipient);
	client_quit(&d->client);
	if (taken)
		decide(d, NULL, NULL);
}

static void try_host(struct doctor *d, const struct hosts_list *list, const struct host_candidate *c,
		     const char *recipient)
{
	struct fault f;
	int fd = hosts_dial(list, c, d->client_rules.connect_timeout, d->client.address, &f);
	bool taken;

	if (fd < 0) {
		failed(d, "connect", &f);
		return;
	}
	if (list->port)
		ok(d, "connect", "%s[%s]:%u", d->host, d->client.address, list->port);
	else
		ok(d, "connect", "%s", d->host);
	taken = greet(d, fd) && (!recipient || try_recipient(d, recipient));
	client_quit(&d->client);
	if (taken)
		decide(d, NULL, NULL);
}

static const char *addresses_text(struct doctor *d, const struct host_candidate *c)
{
	const char *text = arena_printf(&d->arena, "%s:", c->name);
	char one[ADDR_TEXT_MAX];

	for (size_t i = 0; i < c->addresses.n; i++) {
		addr_text(&c->addresses.v[i], one);
		text = arena_printf(&d->arena, "%s%s %s", text, i ? "," : "", one);
	}
	return arena_printf(&d->arena, "%s%s", text, c->addresses.secure ? " (signed)" : "");
}

static int compare_preference(const void *p, const void *q)
{
	const struct dns_record *a = p, *b = q;

	return a->preference - b->preference;
}

static void show_mx(struct doctor *d, const struct hosts_list *list)
{
	struct dns_answer mx;
	const char *text;

	if (!list->domain || dns_ask(&d->hosts.dns, &d->arena, list->domain, DNS_MX, &mx, NULL) < 0 ||
	    mx.status == DNS_NXDOMAIN)
		return;
	qsort(mx.v, mx.n, sizeof(*mx.v), compare_preference);
	text = arena_printf(&d->arena, "%s:", list->domain);
	for (size_t i = 0; i < mx.n; i++)
		text = arena_printf(&d->arena, "%s%s %u %s", text, i ? "," : "", mx.v[i].preference, mx.v[i].name);
	ok(d, "mx", "%s%s%s", text, mx.n ? "" : " none, so the domain itself is the host",
	   mx.secure ? " (signed)" : "");
}

static void show_sts(struct doctor *d, const struct hosts_list *list)
{
	static const char *const modes[] = {
		[STS_NONE] = "none", [STS_TESTING] = "testing", [STS_ENFORCE] = "enforce"
	};
	const struct sts_policy *sts = &d->domain.sts;
	const char *text = "";
	struct fault why;

	tlspolicy_ask(&d->policy, &d->arena, &d->hosts.dns, list, TLSPOLICY_USUAL, &d->domain, &why);
	if (why.kind != FAULT_NONE)
		print(d, "mta-sts", &why, why.text);
	for (size_t i = 0; i < sts->n; i++)
		text = arena_printf(&d->arena, "%s%s %.*s", text, i ? "," : ", mx", SPAN_ARG(sts->mx[i]));
	if (d->domain.has_sts)
		ok(d, "mta-sts", "%s: mode %s%s", list->domain, modes[sts->mode], text);
}

/* With its name, for the rest of the hop. */
static void try_candidate(struct doctor *d, const struct hosts_list *list, const struct host_candidate *c,
			  const char *recipient)
{
	d->host = c->name;
	if (c->problem.kind != FAULT_NONE) {
		failed(d, c->tlsa_unknown ? "tlsa" : "address", &c->problem);
		return;
	}
	if (!c->is_native)
		ok(d, "address", "%s", addresses_text(d, c));
	if (!choose_tls(d, list, c))
		return;
	if (list->port && !d->client_rules.lmtp && dialler_is_needed(&d->dialler))
		try_login(d, list, c, recipient);
	else
		try_host(d, list, c, recipient);
}

static unsigned how_to_find(const struct doctor *d)
{
	return (d->client_rules.lmtp ? HOSTS_LMTP : 0) |
	       (tlspolicy_asks_dane(&d->policy, TLSPOLICY_USUAL) ? HOSTS_DANE : 0);
}

/* All hosts of a next hop. */
static void try_hop(struct doctor *d, const struct route_target *t)
{
	const char *recipient = d->sender ? t->recipient : NULL;
	struct hosts_list list;
	struct fault f;
	int rc;

	d->hop = (struct verdict){ 0 };
	d->told = NULL;
	d->is_final = false;
	d->client_rules.lmtp = t->transport == ROUTE_LMTP;
	tlspolicy_init(&d->policy, &d->policy_rules, t->nexthop);
	if (d->client_rules.lmtp)
		tlspolicy_set_lmtp(&d->policy);
	dialler_init(&d->dialler, &d->dialler_rules, t->nexthop, d->sender);
	rc = hosts_find(&d->hosts, &d->arena, t->nexthop, how_to_find(d), &list, &f);
	show_mx(d, &list);
	if (d->policy.trouble.kind != FAULT_NONE) {
		failed(d, "tls", &d->policy.trouble);
		list.n = 0;
		rc = 0;
	}
	show_sts(d, &list);
	for (size_t i = 0; i < list.n; i++)
		try_candidate(d, &list, &list.v[i], recipient);
	d->host = NULL;
	tlspolicy_clear(&d->policy);
	dialler_clear(&d->dialler);
	if (rc < 0 && (list.n == 0 || f.kind != d->hop.why.kind))
		failed(d, "mx", &f);
	if (!d->all.step)
		d->all = d->hop;
}

/* ---- the route ---- */

static const char *explain(struct doctor *d, const struct route_target *t)
{
	const char *text;
	struct buf out;

	buf_init(&out, TEXT_MAX);
	explain_put(&out, t);
	text = arena_span(&d->arena, span_trim(buf_span(&out)));
	buf_clear(&out);
	return text;
}

static bool is_tried(const struct route_targets *targets, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (targets->v[j].kind == ROUTE_REMOTE && strcmp(targets->v[j].nexthop, targets->v[i].nexthop) == 0)
			return true;
	return false;
}

static void try_targets(struct doctor *d, const struct route_targets *targets)
{
	unsigned hops = 0;

	for (size_t i = 0; i < targets->n; i++) {
		const struct route_target *t = &targets->v[i];

		if (t->kind == ROUTE_FAULT) {
			print(d, "route", t->fault, t->fault->text);
			if (!d->all.step)
				d->all = (struct verdict){ "route", *t->fault };
			continue;
		}
		ok(d, "route", "%s", explain(d, t));
		if (t->kind != ROUTE_REMOTE || t->transport == ROUTE_PIPE || is_tried(targets, i))
			continue;
		if (hops++ == DOCTOR_HOPS_MAX) {
			ok(d, "route", "there are more than %d next hops: the others are not tried", DOCTOR_HOPS_MAX);
			break;
		}
		try_hop(d, t);
	}
}

/* ---- the whole ---- */

static int find_sender(struct doctor *d, struct fault *f)
{
	struct author author;

	if (author_find(&d->arena, &d->site.users, &d->site.route, NULL, NULL, false, &author, f) < 0)
		return -1;
	d->sender = d->site.route.sender = author.sender;
	return 0;
}

static int examine(struct doctor *d, const char *operand, struct fault *f)
{
	struct route_targets targets;
	bool is_address = strchr(operand, '@') != NULL;
	const char *recipient = is_address ? operand : arena_printf(&d->arena, "postmaster@%s", operand);

	if (!address_is_valid(span_str(recipient), true, true))
		return fault_usage(f, "\"%s\" is neither a domain nor an address", operand);
	if (is_address && find_sender(d, f) < 0)
		return -1;
	if (route_expand(&d->site.route, &d->arena, span_str(recipient), &targets, f) < 0)
		return -1;
	try_targets(d, &targets);
	if (!d->all.step) {
		ok(d, "result", "mail for %s %s", operand,
		   is_address && !d->is_untried ? "would be taken" : "finds its way");
		return 0;
	}
	*f = d->all.why;
	snprintf(f->text, sizeof(f->text), "%s: %.380s", d->all.step, d->all.why.text);
	print(d, "result", f, f->text);
	return 1;
}

static int open_doctor(struct doctor *d, const struct settings_options *from, struct fault *f)
{
	if (site_open(&d->site, &d->arena, from, f) < 0 || site_hosts_rules(&d->site, &d->hosts_rules, f) < 0)
		return -1;
	/* Every address is shown. */
	d->hosts_rules.address_limit = 0;
	site_client_rules(&d->site, &d->client_rules);
	site_tlspolicy_rules(&d->site, &d->policy_rules);
	site_dialler_rules(&d->site, &d->dialler_rules);
	d->client_rules.trace = listen_to;
	d->client_rules.ctx = d;
	client_init(&d->client, &d->client_rules);
	return hosts_init(&d->hosts, &d->hosts_rules, f);
}

int doctor_run(const struct settings_options *from, const char *operand, bool json, struct fault *f)
{
	static struct doctor d;
	int rc;

	d = (struct doctor){ .json = json };
	rc = open_doctor(&d, from, f);
	if (rc == 0)
		rc = examine(&d, operand, f);
	if (d.client.rules)
		client_clear(&d.client);
	hosts_clear(&d.hosts);
	site_close(&d.site);
	arena_clear(&d.arena);
	return rc;
}
