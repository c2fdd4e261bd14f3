/* SPDX-License-Identifier: ISC */
/*
 * servertls - the certificates of a server, as the applets that are servers have them.
 */
#include "servertls.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"

int servertls_read(struct servertls *t, const struct settings *s, const char *alpn, const char *level, bool is_first,
		   struct fault *f)
{
	const char *must = is_first			   ? "--tls"
			   : strcmp(level, "encrypt") == 0 ? "smtpd_tls_security_level = encrypt"
							   : NULL;

	*t = (struct servertls){ .settings = s, .alpn = alpn };
	if (!must && strcmp(level, "none") == 0)
		return 0;
	if (must && !s->tls_cert_file[0])
		return fault_perm(f, 0, "5.3.5", "%s needs tls_cert_file", must);
	if (keypair_read(&t->keys, s->tls_cert_file, s->tls_key_file, &t->keyless) == 0 || !must)
		return 0;
	*f = t->keyless;
	return -1;
}

void servertls_clear(struct servertls *t)
{
	tlsio_server_close(t->server);
	keypair_clear(&t->keys);
	*t = (struct servertls){ .server = NULL };
}

static int open_with(struct servertls *t, bool is_shared, struct fault *f)
{
	const struct tlsio_server_rules rules = {
		.keys = &t->keys,
		.min_protocol = t->settings->tls_min_protocol,
		.ca_file = t->settings->smtpd_tls_CAfile,
		.alpn = t->alpn,
		.tickets = is_shared,
	};

	if (!t->server)
		t->server = tlsio_server_open(&rules, f);
	return t->server ? 0 : -1;
}

int servertls_open(struct servertls *t, struct fault *f)
{
	return open_with(t, false, f);
}

int servertls_offer(struct servertls *t, struct fault *f)
{
	struct fault why;

	if (servertls_open(t, &why) == 0)
		return 0;
	log_error("%s", why.text);
	return fault_temp(f, 454, "4.7.0", "TLS is not available now");
}

int servertls_accept(struct servertls *t, struct stream *s, const char *peer, struct fault *f)
{
	return servertls_open(t, f) < 0 ? -1 : tlsio_accept(t->server, s, peer, f);
}

int servertls_warm(struct servertls *t, struct fault *f)
{
	if (t->keyless.kind != FAULT_NONE) {
		*f = t->keyless;
		return -1;
	}
	return t->keys.n ? open_with(t, true, f) : 0;
}

int servertls_refresh(struct servertls *t)
{
	const struct settings *s = t->settings;
	bool is_changed = t->server && keypair_is_changed(&t->keys);
	struct servertls with = { .settings = s, .alpn = t->alpn };
	struct fault f;

	if (!is_changed && (!t->server || clock_mono_ms() < t->keys.read_at + (int64_t)TLSIO_ROTATE_SECONDS * 1000))
		return 0;
	if (keypair_read(&with.keys, s->tls_cert_file, s->tls_key_file, &f) < 0 || servertls_warm(&with, &f) < 0) {
		log_warning("the certificates that are in use are kept: %s", f.text);
		keypair_clear(&with.keys);
		keypair_ignore(&t->keys);
		return 0;
	}
	servertls_clear(t);
	*t = with;
	if (is_changed)
		log_info("certificates read again");
	return 1;
}

void servertls_log(const char *peer, const struct tlsio_info *info, const struct fault *f)
{
	char text[TLSIO_TEXT_MAX];

	if (!info)
		log_info("%s", f->text);
	else
		log_debug("TLS with %s: %s%s%s%s", peer, tlsio_text(info, text), info->resumed ? ", resumed" : "",
			  info->verified ? ", certificate of " : "", info->peer);
}
