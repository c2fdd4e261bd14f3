/* SPDX-License-Identifier: ISC */
/*
 * sasl_scram - SCRAM-SHA-256 and SCRAM-SHA-256-PLUS: RFC 5802, 7677; channel bindings RFC 9266, 5929.
 *
 * The exchange is the same for a name that nobody has; it fails at its end, where a wrong password does.
 */
#include <stdio.h>

#include "auth/prep.h"
#include "auth/sasl_mechanism.h"
#include "base/base64.h"
#include "base/entropy.h"

enum { NONCE = 18 /* octets of ours, before base64 */, GS2_MAX = 64 + USERS_NAME_MAX };

/* What must be kept between two responses. All in the arena of the attempt. */
struct sasl_scram {
	bool plus;
	struct span gs2;     /* "n,," with all that stands in it */
	struct span binding; /* of the channel; empty without */
	struct span name;    /* prepared */
	struct span authzid;
	struct span client_first; /* without the gs2 header */
	struct span server_first;
	struct span nonce; /* the client's and ours */
	bool is_real;	   /* there is such an account, and these are its keys */
	bool is_done;	   /* only an empty response is to come */
	struct scheme_keys keys;
};

static struct span keep(struct sasl *s, struct span text)
{
	return span_of(arena_span(&s->arena, text), text.n);
}

/* "n=..." off the front: the value of an attribute. -1 if another one stands there. */
static int cut_attribute(struct span *rest, char name, struct span *value)
{
	struct span word = span_cut(rest, ',');

	if (word.n < 2 || word.p[0] != name || word.p[1] != '=')
		return -1;
	*value = span_from(word, 2);
	return 0;
}

/* saslname: "=2C" and "=3D" stand for a comma and an equals sign, and are the only ones. Prepared, in the arena. */
static int read_name(struct sasl *s, struct span text, struct span *out)
{
	struct buf plain, prepared;
	int rc = text.n > 0 && text.n <= USERS_NAME_MAX ? 0 : -1;

	buf_init(&plain, USERS_NAME_MAX);
	buf_init(&prepared, USERS_NAME_MAX);
	while (rc == 0 && text.n) {
		size_t n = 3;

		if (span_starts(text, SPAN("=2C")))
			buf_put_char(&plain, ',');
		else if (span_starts(text, SPAN("=3D")))
			buf_put_char(&plain, '=');
		else if (text.p[0] == '=')
			rc = -1;
		else
			buf_put(&plain, text.p, n = 1);
		text = span_from(text, n);
	}
	if (rc == 0)
		rc = prep_put(&prepared, buf_span(&plain));
	if (prepared.overflow)
		rc = -1;
	*out = keep(s, buf_span(&prepared));
	buf_clear(&plain);
	buf_clear(&prepared);
	return rc < 0 || out->n == 0 ? -1 : 0;
}

/*
 * RFC 5802 6: "n" the client knows of no binding, "y" it does and believes that we do not, "p" it uses one. A "y"
 * where we have offered one means that somebody in between took the offer away. 1: go on; 0: refuse; -1: malformed.
 */
static int read_binding(struct sasl *s, struct span flag)
{
	struct sasl_scram *c = s->scram;
	const struct sasl_rules *r = s->rules;

	if (span_is(flag, SPAN("n")))
		return c->plus ? -1 : 1;
	if (span_is(flag, SPAN("y")))
		return c->plus ? -1 : !sasl_offers_binding(r);
	if (!span_starts(flag, SPAN("p=")) || !c->plus)
		return -1;
	if (span_is(flag, SPAN("p=tls-exporter")))
		c->binding = r->tls_exporter;
	else if (span_is(flag, SPAN("p=tls-server-end-point")))
		c->binding = r->tls_server_end_point;
	return c->binding.n > 0;
}

static bool is_nonce(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7f || s.p[i] == ',')
			return false;
	return s.n > 0 && s.n <= SASL_NONCE_MAX;
}

/* "n,a=authzid,n=name,r=nonce": 1, 0, -1 as read_binding(). */
static int read_client_first(struct sasl *s, struct span response)
{
	struct sasl_scram *c = s->scram;
	struct span rest = keep(s, response), all = rest, flag = span_cut(&rest, ','), authzid = span_cut(&rest, ','),
		    name, nonce;
	int rc;

	if (flag.n + authzid.n + 2 > all.n || (authzid.n && !span_starts(authzid, SPAN("a="))))
		return -1;
	rc = read_binding(s, flag);
	c->gs2 = span_of(all.p, flag.n + authzid.n + 2);
	c->client_first = rest;
	if (rc < 0 || cut_attribute(&rest, 'n', &name) < 0 || cut_attribute(&rest, 'r', &nonce) < 0 ||
	    !is_nonce(nonce) || read_name(s, name, &c->name) < 0)
		return -1;
	if (authzid.n && read_name(s, span_from(authzid, 2), &c->authzid) < 0)
		return -1;
	c->nonce = nonce;
	return rc;
}

static void put_server_first(struct sasl *s)
{
	struct sasl_scram *c = s->scram;
	char random[NONCE];
	struct buf *out = &s->challenge;

	entropy_fill(random, sizeof(random));
	buf_put_str(out, "r=");
	buf_put_span(out, c->nonce);
	base64_put(out, span_of(random, sizeof(random)));
	c->nonce = keep(s, span_from(buf_span(out), 2));
	buf_put_str(out, ",s=");
	base64_put(out, span_of((const char *)c->keys.salt, c->keys.salt_n));
	buf_printf(out, ",i=%u", c->keys.iterations);
	c->server_first = keep(s, buf_span(out));
}

static enum sasl_turn take_client_first(struct sasl *s, struct span response, bool plus, struct fault *f)
{
	struct sasl_scram *c = s->scram = arena_alloc(&s->arena, sizeof(*c));
	int rc;

	c->plus = plus;
	rc = read_client_first(s, response);
	if (rc < 0)
		return sasl_malformed(f);
	if (rc == 0)
		return sasl_reject(s, response, "wrong channel binding, or somebody in between", f);
	rc = sasl_ask(s, AUTHORITY_KEYS, c->name, span_of(NULL, 0), f);
	if (rc < 0)
		return SASL_FAILURE;
	c->is_real = rc == 1;
	c->keys = s->answer.keys;
	put_server_first(s);
	return SASL_CONTINUE;
}

/* Does c= hold our gs2 header and channel binding? */
static bool is_bound(const struct sasl_scram *c, struct span text)
{
	struct buf want;
	bool is;

	buf_init(&want, base64_size(SASL_RESPONSE_MAX));
	{
		struct buf bytes;

		buf_init(&bytes, SASL_RESPONSE_MAX);
		buf_put_span(&bytes, c->gs2);
		buf_put_span(&bytes, c->binding);
		base64_put(&want, buf_span(&bytes));
		buf_clear(&bytes);
	}
	is = digest_is_equal(buf_span(&want), text);
	buf_clear(&want);
	return is;
}

static int read_proof(struct span text, uint8_t out[DIGEST_SHA256])
{
	struct buf b;
	int rc;

	buf_init(&b, SASL_CHALLENGE_MAX);
	rc = base64_parse(&b, text, 0);
	if (rc == 0 && b.n == DIGEST_SHA256)
		memcpy(out, b.p, DIGEST_SHA256);
	else
		rc = -1;
	buf_wipe(&b);
	return rc;
}

/* Is the proof the client's? RFC 5802 3. And what proves the server to it. 1, 0, -1. */
static int check_proof(const struct sasl_scram *c, struct span message, const uint8_t proof[DIGEST_SHA256],
		       uint8_t signature[DIGEST_SHA256], struct fault *f)
{
	uint8_t key[DIGEST_SHA256], made[DIGEST_SHA256];
	struct span stored = span_of((const char *)c->keys.stored, DIGEST_SHA256);
	bool is;

	if (digest_hmac_sha256(stored, message, key, f) < 0)
		return -1;
	for (size_t i = 0; i < DIGEST_SHA256; i++)
		key[i] ^= proof[i];
	if (digest_sha256(span_of((const char *)key, sizeof(key)), made, f) < 0 ||
	    digest_hmac_sha256(span_of((const char *)c->keys.server, DIGEST_SHA256), message, signature, f) < 0)
		return -1;
	is = digest_is_equal(stored, span_of((const char *)made, sizeof(made)));
	explicit_bzero(key, sizeof(key));
	return is && c->is_real;
}

static enum sasl_turn conclude(struct sasl *s, struct span without_proof, const uint8_t proof[DIGEST_SHA256],
			       struct fault *f)
{
	struct sasl_scram *c = s->scram;
	uint8_t signature[DIGEST_SHA256];
	struct buf message;
	int rc;

	buf_init(&message, 3 * SASL_RESPONSE_MAX);
	buf_put_span(&message, c->client_first);
	buf_put_char(&message, ',');
	buf_put_span(&message, c->server_first);
	buf_put_char(&message, ',');
	buf_put_span(&message, without_proof);
	rc = check_proof(c, buf_span(&message), proof, signature, f);
	buf_clear(&message);
	if (rc < 0)
		return SASL_FAILURE;
	if (rc == 0 || !sasl_is_same(s, c->authzid, c->name))
		return sasl_reject(s, span_of((const char *)proof, DIGEST_SHA256), NULL, f);
	c->is_done = true;
	buf_put_str(&s->challenge, "v=");
	base64_put(&s->challenge, span_of((const char *)signature, sizeof(signature)));
	return SASL_CONTINUE;
}

/* "c=...,r=...,p=..."; between the last two there may be extensions, which we need not know. */
static enum sasl_turn take_client_final(struct sasl *s, struct span response, struct fault *f)
{
	struct sasl_scram *c = s->scram;
	size_t end = span_find_last(response, ',');
	struct span rest = span_of(response.p, end < response.n ? end : 0), without_proof = rest, bound, nonce,
		    last = span_from(response, end + 1), proof_text;
	uint8_t proof[DIGEST_SHA256];

	if (cut_attribute(&rest, 'c', &bound) < 0 || cut_attribute(&rest, 'r', &nonce) < 0 ||
	    cut_attribute(&last, 'p', &proof_text) < 0 || read_proof(proof_text, proof) < 0)
		return sasl_malformed(f);
	if (!is_bound(c, bound) || !digest_is_equal(c->nonce, nonce))
		return sasl_reject(s, response, "wrong channel binding, or somebody in between", f);
	return conclude(s, without_proof, proof, f);
}

static enum sasl_turn step(struct sasl *s, struct span response, bool plus, struct fault *f)
{
	if (s->steps == 1)
		return take_client_first(s, response, plus, f);
	if (!s->scram->is_done)
		return take_client_final(s, response, f);
	return response.n ? sasl_malformed(f) : sasl_accept(s);
}

enum sasl_turn sasl_scram_step(struct sasl *s, struct span response, struct fault *f)
{
	return step(s, response, false, f);
}

enum sasl_turn sasl_scram_plus_step(struct sasl *s, struct span response, struct fault *f)
{
	return step(s, response, true, f);
}
