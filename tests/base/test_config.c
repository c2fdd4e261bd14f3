/* SPDX-License-Identifier: ISC */
#include "base/config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/disk.h"
#include "support/check_main.h"
#include "support/tempdir.h"

struct values {
	const char *host, *origin, *banner, *mode, *a, *b;
	bool flag;
	long number, size, time;
};

#define AT(member) .name = #member, .at = offsetof(struct values, member)

static const struct config_param table[] = {
	{ AT(host), CONFIG_STRING, .fallback = "" },
	{ AT(origin), CONFIG_STRING, .fallback = "$host" },
	{ AT(banner), CONFIG_STRING, .fallback = "${origin} ESMTP" },
	{ AT(mode), CONFIG_CHOICE, .fallback = "queue", .choices = "background|queue" },
	{ AT(a), CONFIG_STRING, .fallback = "" },
	{ AT(b), CONFIG_STRING, .fallback = "" },
	{ AT(flag), CONFIG_BOOL, .fallback = "yes" },
	{ AT(number), CONFIG_NUMBER, .fallback = "7", .min = -5, .max = 1000 },
	{ AT(size), CONFIG_SIZE, .fallback = "10k" },
	{ AT(time), CONFIG_TIME, .fallback = "5m", .min = 1 },
};

static struct arena arena;
static struct config config;
static struct values values;
static struct fault fault;

static void setup(void)
{
	ck_assert_int_eq(chdir(tempdir()), 0);
	config_init(&config, &arena, table, COUNT(table));
	fault = (struct fault){ .text = "" };
}

static void teardown(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	tempdir_remove();
	arena_clear(&arena);
}

static void write_span(const char *name, struct span content)
{
	FILE *f = fopen(name, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(content.p, 1, content.n, f), content.n);
	ck_assert_int_eq(fclose(f), 0);
}

static void write_file(const char *name, const char *content)
{
	write_span(name, span_str(content));
}

static int read_and_finish(void)
{
	if (config_read(&config, "f", true, &fault) < 0)
		return -1;
	return config_finish(&config, &values, &fault);
}

START_TEST(test_defaults)
{
	ck_assert_msg(config_finish(&config, &values, &fault) == 0, "%s", fault.text);
	ck_assert_str_eq(values.banner, " ESMTP");
	ck_assert_str_eq(values.mode, "queue");
	ck_assert(values.flag);
	ck_assert_int_eq(values.number, 7);
	ck_assert_int_eq(values.size, 10240);
	ck_assert_int_eq(values.time, 300);
	for (int i = 0; i < COUNT(table); i++) {
		ck_assert_str_eq(config_where(&config, &config.values[i]), "default");
		ck_assert(!config.values[i].is_set);
	}
}
END_TEST

/* What a file says, and what `a` is then; or the fault. */
static const struct {
	const char *file, *a, *fault;
} files[] = {
	{ "", "", NULL },
	{ "a=x", "x", NULL },
	{ "a = x\n", "x", NULL },
	{ "\ta=x", NULL, "f:1: there is no line before that this one could continue" },
	{ "a   =   x y  z  \n", "x y  z", NULL },
	{ "a =\n", "", NULL },
	{ "a = x = y\n", "x = y", NULL },
	{ "# a = no\na = x\n  # not = this\n", "x", NULL },
	{ "a = x # y\n", "x # y", NULL },
	{ "a = 1\na = 2\n", "2", NULL },
	{ "a = 1,\n  2,\n\n# between\n\t3\nb = 4\n", "1, 2, 3", NULL },
	{ "a =\n  1\n", "1", NULL },
	{ "a = x\r\nb = y\r\n", "x", NULL },
	{ "a = tab\there\n", "tab\there", NULL },
	{ "a = \xc3\xa4\n", "\xc3\xa4", NULL },
	/* references */
	{ "b = y\na = <$b>\n", "<y>", NULL },
	{ "a = <${b}>\nb = y\n", "<y>", NULL },
	{ "a = $(b)$b\nb = y\n", "yy", NULL },
	{ "a = 5$$ $$b\n", "5$ $b", NULL },
	{ "a = $b.org\nb = $origin\nhost = h\n", "h.org", NULL },
	{ "a = x$a\n", NULL, "f:1: a refers to itself through $a" },
	{ "a = $b\nb = $origin\norigin = $a\n", NULL, "f:2: b refers to itself through $origin" },
	{ "\n\na = $nobody\n", NULL, "f:3: unknown parameter nobody (write $$ for the sign itself)" },
	{ "a = $hosts\n", NULL, "f:1: unknown parameter hosts (did you mean host?)" },
	{ "a = $\n", NULL, "f:1: a: no name follows a \"$\" (write $$ for the sign itself)" },
	{ "a = $-\n", NULL, "f:1: a: no name follows a \"$\" (write $$ for the sign itself)" },
	{ "a = ${b\n", NULL, "f:1: a: no name follows a \"$\" (write $$ for the sign itself)" },
	{ "a = ${}\n", NULL, "f:1: a: no name follows a \"$\" (write $$ for the sign itself)" },
	{ "a = $(b}\n", NULL, "f:1: a: no name follows a \"$\" (write $$ for the sign itself)" },
	/* faults of form */
	{ "a = x\nhos = y\n", NULL, "f:2: unknown parameter hos (did you mean host?)" },
	{ "smtpd_tls = y\n", NULL, "f:1: unknown parameter smtpd_tls" },
	{ "a\n", NULL, "f:1: \"a\" is not of the form name = value" },
	{ "= x\n", NULL, "f:1: \"= x\" is not of the form name = value" },
	{ "a = x\n\n# c\nb\n  c\n", NULL, "f:4: \"b c\" is not of the form name = value" },
	{ "a = \x01\n", NULL, "f:1: the assignment holds a control character" },
	{ "a = x\ry\n", NULL, "f:1: the assignment holds a control character" },
	{ "a = \x7f\n", NULL, "f:1: the assignment holds a control character" },
	/* faults of value */
	{ "\nflag = maybe\n", NULL, "f:2: flag: \"maybe\" is neither yes nor no" },
	{ "flag =\n", NULL, "f:1: flag: \"\" is neither yes nor no" },
	{ "number = 1001\n", NULL, "f:1: number: 1001 is more than 1000" },
	{ "number = -6\n", NULL, "f:1: number: -6 is less than -5" },
	{ "number = 1k\n", NULL, "f:1: number: \"1k\" is not a number" },
	{ "number = --1\n", NULL, "f:1: number: \"--1\" is not a number" },
	{ "number =\n", NULL, "f:1: number: \"\" is not a number" },
	{ "size = 1T\n", NULL, "f:1: size: \"1T\" is not a size (512, 10k, 20M, 1G)" },
	{ "size = -1\n", NULL, "f:1: size: \"-1\" is not a size (512, 10k, 20M, 1G)" },
	{ "time = 1 h\n", NULL, "f:1: time: \"1 h\" is not a time (30, 30s, 5m, 1h, 5d, 1w)" },
	{ "time = 0\n", NULL, "f:1: time: 0 is less than 1" },
	{ "mode = often\n", NULL, "f:1: mode: \"often\" is not one of background|queue" },
	{ "mode = back\n", NULL, "f:1: mode: \"back\" is not one of background|queue" },
	{ "mode =\n", NULL, "f:1: mode: \"\" is not one of background|queue" },
	{ "a = $mode\nmode = $b\nb = background\n", "background", NULL },
};

START_TEST(test_file)
{
	int rc;

	write_file("f", files[_i].file);
	rc = read_and_finish();
	if (files[_i].fault) {
		ck_assert_int_eq(rc, -1);
		ck_assert_str_eq(fault.text, files[_i].fault);
		ck_assert_int_eq(fault_exit(&fault), EX_CONFIG);
	} else {
		ck_assert_msg(rc == 0, "%s", fault.text);
		ck_assert_str_eq(values.a, files[_i].a);
	}
}
END_TEST

START_TEST(test_nul_is_refused)
{
	write_span("f", SPAN("a = x\0y\n"));
	ck_assert_int_eq(read_and_finish(), -1);
	ck_assert_str_eq(fault.text, "f:1: the assignment holds a control character");
}
END_TEST

/* Which number `name = text` gives, or -1. */
static const struct {
	const char *assignment;
	size_t at;
	long want;
} numbers[] = {
	{ "number = 0", offsetof(struct values, number), 0 },
	{ "number = -5", offsetof(struct values, number), -5 },
	{ "number = 1000", offsetof(struct values, number), 1000 },
	{ "size = 0", offsetof(struct values, size), 0 },
	{ "size = 512", offsetof(struct values, size), 512 },
	{ "size = 3k", offsetof(struct values, size), 3072 },
	{ "size = 3K", offsetof(struct values, size), 3072 },
	{ "size = 50M", offsetof(struct values, size), 50L << 20 },
	{ "size = 1g", offsetof(struct values, size), 1L << 30 },
	{ "time = 30", offsetof(struct values, time), 30 },
	{ "time = 30s", offsetof(struct values, time), 30 },
	{ "time = 2m", offsetof(struct values, time), 120 },
	{ "time = 1H", offsetof(struct values, time), 3600 },
	{ "time = 5d", offsetof(struct values, time), 432000 },
	{ "time = 2w", offsetof(struct values, time), 1209600 },
};

START_TEST(test_numbers)
{
	ck_assert_int_eq(config_set(&config, numbers[_i].assignment, "-o", &fault), 0);
	ck_assert_msg(config_finish(&config, &values, &fault) == 0, "%s", fault.text);
	ck_assert_int_eq(*(long *)((char *)&values + numbers[_i].at), numbers[_i].want);
}
END_TEST

START_TEST(test_largest)
{
	char text[64];
	long got;

	snprintf(text, sizeof(text), "%ld", LONG_MAX);
	ck_assert_int_eq(config_parse_size(text, &got, &fault), 0);
	ck_assert_int_eq(got, LONG_MAX);
	snprintf(text, sizeof(text), "%ldk", LONG_MAX / 1024);
	ck_assert_int_eq(config_parse_size(text, &got, &fault), 0);
	ck_assert_int_eq(got, LONG_MAX / 1024 * 1024);
	snprintf(text, sizeof(text), "%ldk", LONG_MAX / 1024 + 1);
	ck_assert_int_eq(config_parse_size(text, &got, &fault), -1);
	ck_assert_int_eq(config_parse_time("99999999999999999999w", &got, &fault), -1);
	ck_assert_int_eq(config_parse_time("", &got, &fault), -1);
	ck_assert_int_eq(config_parse_time("s", &got, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_USAGE);
}
END_TEST

static const struct {
	const char *word;
	int want;
} bools[] = {
	{ "yes", 1 },	{ "YES", 1 }, { "true", 1 }, { "on", 1 }, { "1", 1 },  { "no", 0 },    { "No", 0 },
	{ "false", 0 }, { "off", 0 }, { "0", 0 },    { "y", -1 }, { "2", -1 }, { "yess", -1 },
};

START_TEST(test_bools)
{
	char text[32];
	int rc;

	snprintf(text, sizeof(text), "flag=%s", bools[_i].word);
	values.flag = !bools[_i].want;
	ck_assert_int_eq(config_set(&config, text, "-o", &fault), 0);
	rc = config_finish(&config, &values, &fault);
	ck_assert_int_eq(rc < 0 ? -1 : values.flag, bools[_i].want);
}
END_TEST

START_TEST(test_where)
{
	write_file("f", "a = 1\nb = 2,\n  3\na = 4\n");
	ck_assert_int_eq(config_read(&config, "f", true, &fault), 0);
	ck_assert_int_eq(config_set(&config, " host = h ", "-o", &fault), 0);
	ck_assert_int_eq(config_finish(&config, &values, &fault), 0);
	ck_assert_str_eq(config_where(&config, &config.values[4]), "f:4");
	ck_assert_str_eq(config_where(&config, &config.values[5]), "f:2");
	ck_assert_str_eq(config_where(&config, &config.values[0]), "-o");
	ck_assert_str_eq(values.host, "h");
	ck_assert(config.values[0].is_set);
	ck_assert(!config.values[1].is_set);
}
END_TEST

START_TEST(test_set_faults)
{
	static const struct {
		const char *assignment, *want;
	} rows[] = {
		{ "hostt=x", "-o: unknown parameter hostt (did you mean host?)" },
		{ "host", "-o: \"host\" is not of the form name = value" },
		{ "", "-o: \"\" is not of the form name = value" },
		{ "host=a\nb", "-o: the assignment holds a control character" },
	};

	for (int i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(config_set(&config, rows[i].assignment, "-o", &fault), -1);
		ck_assert_str_eq(fault.text, rows[i].want);
	}
}
END_TEST

START_TEST(test_suppose)
{
	ck_assert_int_eq(config_set(&config, "a=mine", "-o", &fault), 0);
	config_suppose(&config, "a", "theirs", "uname");
	config_suppose(&config, "host", "cost$5", "uname");
	config_suppose(&config, "no such parameter", "x", "uname");
	ck_assert_str_eq(config_text(&config, "host"), "cost$5");
	ck_assert_msg(config_finish(&config, &values, &fault) == 0, "%s", fault.text);
	ck_assert_str_eq(values.a, "mine");
	ck_assert_str_eq(values.host, "cost$5");
	ck_assert_str_eq(values.banner, "cost$5 ESMTP");
	ck_assert_str_eq(config_where(&config, &config.values[0]), "uname");
	ck_assert(!config.values[0].is_set);
}
END_TEST

/* A look at a value before the end does not freeze what it refers to. */
START_TEST(test_text_before_the_end)
{
	ck_assert_int_eq(config_set(&config, "a=$b", "-o", &fault), 0);
	ck_assert_str_eq(config_text(&config, "a"), "");
	config_suppose(&config, "b", "late", "uname");
	ck_assert_str_eq(config_text(&config, "a"), "late");
	ck_assert_ptr_null(config_text(&config, "c"));
	ck_assert_int_eq(config_set(&config, "b=$a", "-o", &fault), 0);
	ck_assert_str_eq(config_text(&config, "a"), "$b");
	ck_assert_int_eq(config_finish(&config, &values, &fault), -1);
}
END_TEST

START_TEST(test_include)
{
	ck_assert_int_eq(mkdir("sub", 0700), 0);
	write_file("f", "a = 1\ninclude sub/f\nb = $a\n");
	write_file("sub/f", "a = 2\ninclude g\n");
	write_file("sub/g", "host = h\n");
	ck_assert_msg(read_and_finish() == 0, "%s", fault.text);
	ck_assert_str_eq(values.b, "2");
	ck_assert_str_eq(values.host, "h");
	ck_assert_str_eq(config_where(&config, &config.values[0]), "sub/g:1");
}
END_TEST

START_TEST(test_include_faults)
{
	char text[100];
	int ends[2];

	ck_assert_int_eq(mkdir("sub", 0700), 0);
	write_file("f", "\ninclude sub/g\n");
	ck_assert_int_eq(read_and_finish(), -1);
	ck_assert_str_eq(fault.text, "f:2: cannot read sub/g: No such file or directory");
	write_file("sub/g", "\n\nx = 1\n");
	ck_assert_int_eq(read_and_finish(), -1);
	ck_assert_str_eq(fault.text, "sub/g:3: unknown parameter x (did you mean a?)");
	write_file("f", "include sub\n");
	ck_assert_int_eq(read_and_finish(), -1);
	ck_assert_str_eq(fault.text, "f:1: cannot read sub: Is a directory");
	/* A pipe that nobody writes to: no file to wait for. */
	ck_assert_int_eq(pipe(ends), 0);
	snprintf(text, sizeof(text), "include /proc/self/fd/%d\n", ends[0]);
	write_file("f", text);
	ck_assert_int_eq(read_and_finish(), -1);
	ck_assert(strstr(fault.text, "Resource temporarily unavailable") != NULL);
	close(ends[0]);
	close(ends[1]);
	write_file("f", "include f\n");
	ck_assert_int_eq(read_and_finish(), -1);
	ck_assert_str_eq(fault.text, "f:1: files include each other more than 8 deep");
	write_file("f", "include\n");
	ck_assert_int_eq(read_and_finish(), -1);
	ck_assert_str_eq(fault.text, "f:1: \"include\" is not of the form name = value");
}
END_TEST

/* Two includes a file would make 2^8 reads of eight levels, ten of them 10^8. */
START_TEST(test_include_is_bounded)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	for (int i = 0; i < 300; i++)
		buf_put_str(&b, "include /dev/null\n");
	write_span("f", buf_span(&b));
	buf_clear(&b);
	ck_assert_int_eq(read_and_finish(), -1);
	ck_assert_str_eq(fault.text, "f:256: more than 256 files are included");
}
END_TEST

START_TEST(test_missing_file)
{
	ck_assert_int_eq(config_read(&config, "f", false, &fault), 0);
	ck_assert_int_eq(config_read(&config, "f", true, &fault), -1);
	ck_assert_str_eq(fault.text, "cannot read f: No such file or directory");
	ck_assert_int_eq(fault_exit(&fault), EX_CONFIG);
	ck_assert_int_eq(config_read(&config, "/dev/null", true, &fault), 0);
}
END_TEST

START_TEST(test_limits)
{
	char *big = arena_alloc(&arena, CONFIG_FILE_MAX + 2);
	char *text = arena_alloc(&arena, CONFIG_VALUE_MAX + 2);

	memset(big, '#', CONFIG_FILE_MAX);
	write_file("f", big);
	ck_assert_msg(config_read(&config, "f", true, &fault) == 0, "%s", fault.text);
	big[CONFIG_FILE_MAX] = '#';
	write_file("f", big);
	ck_assert_int_eq(config_read(&config, "f", true, &fault), -1);
	ck_assert_str_eq(fault.text, "f is larger than 1048576 bytes");

	memset(text, 'x', CONFIG_VALUE_MAX);
	memcpy(text, "a=", 2);
	ck_assert_int_eq(config_set(&config, text, "-o", &fault), 0);
	write_file("f", text);
	ck_assert_int_eq(config_read(&config, "f", true, &fault), 0);
	text[CONFIG_VALUE_MAX] = 'x';
	ck_assert_int_eq(config_set(&config, text, "-o", &fault), -1);
	ck_assert_str_eq(fault.text, "-o: the assignment is longer than 65536 bytes");
	write_file("f", text);
	ck_assert_int_eq(config_read(&config, "f", true, &fault), -1);
	ck_assert_str_eq(fault.text, "f:1: the assignment is longer than 65536 bytes");
}
END_TEST

START_TEST(test_expansion_is_bounded)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	buf_put_str(&b, "a = $b$b$b$b$b$b$b$b\nb = $host$host$host$host$host$host$host$host\nhost = ");
	for (int i = 0; i < 3000; i++)
		buf_put_char(&b, 'x');
	write_span("f", buf_span(&b));
	buf_clear(&b);
	ck_assert_int_eq(read_and_finish(), -1);
	ck_assert_str_eq(fault.text, "f:1: a is longer than 65536 bytes when it is expanded");
}
END_TEST

/* What is found after the end, by whoever knows what a value means. */
START_TEST(test_blame)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "host: \"x\" is no host", "f:2: host: \"x\" is no host" },
		{ "host \"x\" is none", "f:2: host \"x\" is none" },
		{ "hosts: x", "hosts: x" },
		{ "a: x", "a: x" }, /* which nobody has set */
		{ "", "" },
	};

	write_file("f", "\nhost = x\n");
	ck_assert_int_eq(read_and_finish(), 0);
	for (int i = 0; i < COUNT(rows); i++) {
		fault_usage(&fault, "%s", rows[i].text);
		config_blame(&config, &fault);
		ck_assert_str_eq(fault.text, rows[i].want);
		ck_assert_int_eq(fault.kind, FAULT_PERM);
		ck_assert_str_eq(fault.status, "5.3.5");
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_defaults);
	tcase_add_loop_test(tc, test_file, 0, COUNT(files));
	tcase_add_test(tc, test_nul_is_refused);
	tcase_add_loop_test(tc, test_numbers, 0, COUNT(numbers));
	tcase_add_test(tc, test_largest);
	tcase_add_loop_test(tc, test_bools, 0, COUNT(bools));
	tcase_add_test(tc, test_where);
	tcase_add_test(tc, test_set_faults);
	tcase_add_test(tc, test_suppose);
	tcase_add_test(tc, test_text_before_the_end);
	tcase_add_test(tc, test_include);
	tcase_add_test(tc, test_include_faults);
	tcase_add_test(tc, test_include_is_bounded);
	tcase_add_test(tc, test_missing_file);
	tcase_add_test(tc, test_limits);
	tcase_add_test(tc, test_expansion_is_bounded);
	tcase_add_test(tc, test_blame);
}

CHECK_MAIN(config, add_tests)
