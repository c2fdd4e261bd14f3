/* SPDX-License-Identifier: ISC */
/*
 * Arguments of any bytes: what is accepted is a valid address, is not changed by
 * being read again, and makes an envelope that may be written.
 */
#include <assert.h>
#include <stdint.h>

#include "message/address.h"
#include "smtp/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	ALL = PATH_SIZE | PATH_8BITMIME | PATH_SMTPUTF8 | PATH_DSN | PATH_AUTH | PATH_FUTURERELEASE | PATH_DELIVERBY |
	      PATH_MT_PRIORITY | PATH_REQUIRETLS
};

static void check_fault(const struct fault *f)
{
	assert(f->kind == FAULT_PERM && f->text[0]);
	assert(f->reply == 501 || f->reply == 553 || f->reply == 555);
}

static void check_again(struct arena *a, const char *address, bool utf8)
{
	struct envelope_rcpt again;
	struct fault f;

	assert(address_is_valid(span_str(address), true, utf8));
	assert(path_parse_rcpt(a, span_str(arena_printf(a, "TO:<%s>", address)), ALL, utf8, &again, &f) == 0);
	assert(strcmp(again.address, address) == 0);
}

static void try_mail(struct arena *a, struct span in)
{
	struct envelope_rcpt bo = { .address = "bo@example.org", .state = ENVELOPE_QUEUED };
	struct envelope e = { .rcpts = &bo, .n = 1, .origin = "test" };
	struct fault f;
	uint64_t size;

	if (path_parse_mail(a, in, ALL, &e, &size, &f) < 0) {
		check_fault(&f);
		return;
	}
	assert(envelope_check(&e, &f) == 0);
	if (e.sender[0])
		check_again(a, e.sender, e.smtputf8);
}

static void try_rcpt(struct arena *a, struct span in, bool utf8)
{
	struct envelope_rcpt r;
	struct envelope e = { .sender = "", .rcpts = &r, .n = 1, .origin = "test", .smtputf8 = utf8 };
	struct fault f;

	if (path_parse_rcpt(a, in, ALL, utf8, &r, &f) < 0) {
		check_fault(&f);
		return;
	}
	assert(envelope_check(&e, &f) == 0);
	check_again(a, r.address, utf8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct span in = span_of((const char *)data, size);
	const char *address;
	struct fault f;

	try_mail(&a, in);
	try_rcpt(&a, in, false);
	try_rcpt(&a, in, true);
	if (path_parse_vrfy(&a, in, ALL, &address, &f) < 0)
		check_fault(&f);
	else
		check_again(&a, address, true);
	arena_clear(&a);
	return 0;
}
