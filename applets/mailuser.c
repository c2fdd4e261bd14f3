/* SPDX-License-Identifier: ISC */
/*
 * mailuser - a server's process becomes the user who logs in.
 */
#include "mailuser.h"

#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "auth/keeper.h"
#include "base/enclose.h"
#include "base/log.h"
#include "base/proc.h"
#include "store/deliver.h"

int mailuser_load(struct mailuser *u, const char *seats_name, const struct handover_protocol *protocol, struct fault *f)
{
	u->seats_name = seats_name;
	u->protocol = protocol;
	u->was_root = geteuid() == 0;
	return users_load(&u->daemon.site.users, f) < 0 ? -1 : daemon_open_login(&u->daemon, geteuid() == 0, f);
}

int mailuser_enter(struct daemon *d, struct fault *f)
{
	struct mailuser *u = (struct mailuser *)d;
	const struct spool *spool = &d->site.spool;
	uid_t uid = spool->owner ? spool->owner : KEEPER_IDS;
	gid_t gid = spool->owner ? spool->group : KEEPER_IDS;
	struct enclosure e = { .write = d->site.settings.queue_directory, .writes_mailboxes = true };
	struct fault why;

	u->seats = seat_open(spool->dir, u->seats_name, f);
	u->has_seats = u->seats >= 0;
	if (!u->has_seats || proc_suspend(uid, gid, f) < 0)
		return -1;
	if (d->site.settings.enclose_processes && enclose(&e, &why) < 0)
		log_warning("not enclosed: %s", why.text);
	return 0;
}

void mailuser_unload(struct daemon *d)
{
	struct mailuser *u = (struct mailuser *)d;

	if (u->has_seats)
		close(u->seats);
	u->has_seats = false;
}

bool mailuser_is_spent(struct daemon *d)
{
	return ((const struct mailuser *)d)->is_spent;
}

/* Somebody who need not exist. */
void mailuser_warm_up(struct daemon *d)
{
	struct arena a = { 0 };
	struct account ignored;

	(void)d;
	account_find(&a, "postmaster", &ignored, NULL);
	tzset();
	arena_clear(&a);
}

/* 1, 0: there is none left, -1. */
static int take_seat(const struct mailuser *u, const struct peer *peer, const uint8_t counted_as[SEAT_CLIENT],
		     const char *user, struct fault *f)
{
	long limit = u->daemon.site.settings.mail_max_userip_connections;
	int rc = limit ? seat_take(u->seats, span_str(user), counted_as, limit, f) : 1;

	if (rc == 0)
		fault_temp(f, 451, "4.7.0", "%s has %ld sessions from %s: mail_max_userip_connections", user, limit,
			   peer->text);
	return rc;
}

/* The mailbox is a Maildir, and where? */
static int find_maildir(const struct account *who, const char **path, struct fault *f)
{
	int kind = deliver_location(who->mail, path, f);

	if (kind == 0)
		return fault_perm(f, 550, "5.3.5", "the mailbox of %s is no Maildir: %s", who->name, who->mail);
	return kind < 0 ? -1 : 0;
}

/* Nobody may look into the process for what it was told, and it ends with the server. */
static void settle(const struct daemon *d)
{
	prctl(PR_SET_DUMPABLE, 0);
	if (d->sockets->listening.n)
		prctl(PR_SET_PDEATHSIG, SIGTERM);
}

int mailuser_self(struct mailuser *u, struct arena *a, struct account *who, const char **path, struct fault *f)
{
	return users_self(&u->daemon.site.users, a, who, f) < 0 || find_maildir(who, path, f) < 0 ? -1 : 0;
}

int mailuser_is_elsewhere(struct mailuser *u, struct arena *a, const char *name, const char **host, struct fault *f)
{
	struct users *users = &u->daemon.site.users;
	struct arena secret = { 0 };
	struct users_login login;
	struct proxied p = { .host = "" };
	struct fault ignored;
	int rc = users->path ? users_find_login(users, &secret, span_str(name), &login, f) : 0;

	if (rc > 0)
		rc = proxied_parse(login.extra, name, &p, f);
	if (rc == 0 && p.host[0] && handover_is_local(&p, &ignored) <= 0) {
		*host = arena_str(a, p.host);
		rc = 1;
	}
	explicit_bzero(&p, sizeof(p));
	arena_wipe(&secret);
	arena_clear(&secret);
	return rc;
}

bool mailuser_may_leave(const struct mailuser *u)
{
	return u->daemon.site.settings.imap_unauthenticate && !u->was_root;
}

void mailuser_leave(struct mailuser *u)
{
	seat_return(u->seats);
}

/*
 * Nothing that is the server's stays: neither rights nor what passwords are asked with. A change of the user id makes
 * the kernel forget what settle() asks of it.
 */
static int become(struct mailuser *u, struct arena *a, const struct mailuser_client *client, struct account *who,
		  const char **path, struct fault *f)
{
	struct daemon *d = &u->daemon;
	int rc;

	u->is_spent = true;
	if (proc_resume(f) < 0)
		return -1;
	rc = users_find(&d->site.users, a, span_str(client->user), who, f);
	if (rc == 0)
		rc = fault_temp(f, 451, "4.3.0", "there is no account %s any more", client->user);
	if (rc < 0 || find_maildir(who, path, f) < 0)
		return -1;
	who->is_virtual = client->is_virtual;
	if (proc_drop(who, f) < 0)
		return -1;
	settle(d);
	if (mailuser_may_leave(u))
		return 0;
	login_close(&d->login);
	d->has_login = false;
	return 0;
}

/* From here on only the mailbox can be written; a kernel that has no such thing is no reason to stop. */
static void enclose_in(const struct daemon *d, const char *path)
{
	struct enclosure e = { .write = path, .writes_mailboxes = access(path, F_OK) < 0 };
	struct fault f;

	if (d->site.settings.enclose_processes && enclose(&e, &f) < 0)
		log_warning("not enclosed: %s", f.text);
}

int mailuser_become(struct mailuser *u, struct arena *a, const struct mailuser_client *client, struct account *who,
		    const char **path, struct fault *f)
{
	int rc = take_seat(u, client->peer, client->counted_as, client->user, f);

	if (rc > 0)
		rc = become(u, a, client, who, path, f);
	else if (rc == 0)
		rc = 1;
	if (rc == 0 && !mailuser_may_leave(u))
		enclose_in(&u->daemon, *path);
	else if (rc != 0)
		log_warning("%s: %s, user=%s", client->peer->text, f->text, client->user);
	return rc;
}

/* Nobody is to be become: who waits with the right to that gives it up. */
static int give_up_rights(struct mailuser *u, struct fault *f)
{
	struct account who = { .name = "", .uid = geteuid(), .gid = getegid(), .home = "/", .full_name = "" };

	u->is_spent = true;
	if (proc_resume(f) < 0 || proc_drop(&who, f) < 0)
		return -1;
	settle(&u->daemon);
	return 0;
}

static int go_elsewhere(struct mailuser *u, const struct peer *peer, const struct sasl *sasl, struct stream *host,
			struct fault *f)
{
	const struct daemon *d = &u->daemon;
	const struct proxied *p = &sasl->answer.proxied;
	int rc = handover_is_here(p, u->protocol, d->sockets, f);

	if (rc < 0 || (rc > 0 && p->unless_here))
		return rc < 0 ? -1 : 0;
	if (rc > 0)
		return fault_temp(f, 454, "4.3.5", "host=%s is this server itself", p->host);
	if (take_seat(u, peer, sasl->rules->counted_as, sasl->user, f) <= 0 || give_up_rights(u, f) < 0)
		return -1;
	return handover_open(sasl, u->protocol, &d->site.settings, host, f) < 0 ? -1 : 1;
}

int mailuser_hand_over(struct mailuser *u, const struct peer *peer, const struct sasl *sasl, struct stream *host,
		       struct fault *f)
{
	const struct proxied *p = &sasl->answer.proxied;
	int rc = p->host[0] ? go_elsewhere(u, peer, sasl, host, f) : 0;

	if (rc < 0)
		log_warning("%s: %s, user=%s", peer->text, f->text, sasl->user);
	else if (rc > 0)
		log_info("client=%s, user=%s, proxied to %s as %s", peer->text, sasl->user, p->host, p->user);
	return rc;
}
