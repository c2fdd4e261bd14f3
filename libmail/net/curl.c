/* SPDX-License-Identifier: ISC */
/*
 * curl - the front of the module that knows libcurl.
 */
#include "net/curl.h"

#include "base/module.h"

static const struct curl_functions *functions(struct fault *f)
{
	return module_open("curl", f);
}

int curl_dial(const struct curl_target *t, struct stream *out, char address[DIAL_ADDRESS_MAX], struct fault *f)
{
	const struct curl_functions *curl = functions(f);

	stream_plain(out, -1, -1);
	address[0] = '\0';
	return curl ? curl->dial(t, out, address, f) : -1;
}

int curl_fetch(const struct curl_request *r, struct curl_answer *out, struct fault *f)
{
	const struct curl_functions *curl = functions(f);

	*out = (struct curl_answer){ 0 };
	buf_init(&out->body, r->max);
	if (curl && curl->fetch(r, out, f) == 0)
		return 0;
	curl_answer_clear(out);
	return -1;
}

void curl_answer_clear(struct curl_answer *a)
{
	if (a->body.p)
		explicit_bzero(a->body.p, a->body.n);
	buf_clear(&a->body);
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

void curl_put_escaped(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_unreserved(s.p[i]))
			buf_put_char(out, s.p[i]);
		else
			buf_printf(out, "%%%02X", (unsigned char)s.p[i]);
}
