/* SPDX-License-Identifier: ISC */
/*
 * A configuration file of any bytes is read or refused with a reason, and what
 * was read holds no control byte.
 */
#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/config.h"
#include "base/disk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct values {
	const char *name, *other, *choice;
	bool flag;
	long number, bytes, time;
};

#define AT(member) .name = #member, .at = offsetof(struct values, member)

static const struct config_param table[] = {
	{ AT(name), CONFIG_STRING, .fallback = "$other" },
	{ AT(other), CONFIG_STRING, .fallback = "x" },
	{ AT(choice), CONFIG_CHOICE, .fallback = "one", .choices = "one|two" },
	{ AT(flag), CONFIG_BOOL, .fallback = "no" },
	{ AT(number), CONFIG_NUMBER, .fallback = "1", .min = -9, .max = 99 },
	{ AT(bytes), CONFIG_SIZE, .fallback = "1k" },
	{ AT(time), CONFIG_TIME, .fallback = "1h" },
};

enum { PARAMS = sizeof(table) / sizeof(table[0]) };

static void check(const struct config *c, const struct values *v)
{
	for (size_t i = 0; i < PARAMS; i++)
		for (const char *p = c->values[i].expanded; *p; p++)
			assert(((unsigned char)*p >= 0x20 && *p != 0x7f) || *p == '\t');
	assert(v->number >= -9 && v->number <= 99);
	assert(v->bytes >= 0 && v->time >= 0);
	assert(strcmp(v->choice, "one") == 0 || strcmp(v->choice, "two") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("config", 0);
	struct arena a = { 0 };
	struct config c;
	struct values v;
	struct fault f = { .text = "" };

	config_init(&c, &a, table, PARAMS);
	if (fd < 0 || disk_write(fd, data, size, "memfd", &f) < 0)
		return 0;
	if (config_read(&c, arena_printf(&a, "/proc/self/fd/%d", fd), true, &f) == 0 && config_finish(&c, &v, &f) == 0)
		check(&c, &v);
	else
		assert(f.text[0] != '\0' && fault_exit(&f) != 0);
	close(fd);
	arena_clear(&a);
	return 0;
}
