/* SPDX-License-Identifier: ISC */
/*
 * Any bytes read as a JSON object: members lie in the text and in its order, a string that can be read is read the same
 * after it has been written.
 */
#include <assert.h>
#include <stdint.h>

#include "base/json.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_string(struct span value)
{
	struct buf text, line, again;
	struct json_reader r;
	struct json_member m;

	buf_init(&text, 1 << 20);
	buf_init(&line, 1 << 23);
	buf_init(&again, 1 << 20);
	if (json_put_value(&text, value) == 0 && utf8_is_valid(buf_span(&text))) {
		json_begin(&line, NULL, '{');
		json_put_span(&line, "v", buf_span(&text));
		json_end(&line, '}');
		json_read(&r, buf_span(&line));
		assert(json_next(&r, &m) == 1 && m.type == JSON_STRING);
		assert(json_put_value(&again, m.value) == 0 && span_is(buf_span(&again), buf_span(&text)));
		assert(json_next(&r, &m) == 0);
	}
	buf_clear(&text);
	buf_clear(&line);
	buf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of((const char *)data, size);
	const char *at = text.p;
	struct json_reader r;
	struct json_member m;

	json_read(&r, text);
	while (json_next(&r, &m) > 0) {
		assert(m.key.p > at && m.key.p + m.key.n < text.p + text.n);
		assert(m.value.p > m.key.p + m.key.n && m.value.p + m.value.n <= text.p + text.n);
		at = m.value.p;
		if (m.type == JSON_STRING)
			check_string(m.value);
	}
	return 0;
}
