/* SPDX-License-Identifier: ISC */
/*
 * parameters - a configuration on standard output.
 */
#include "parameters.h"

#include <stdio.h>
#include <string.h>

/* So that what is printed is a file again. */
static void put_value(const char *text)
{
	for (; *text; text++)
		fputs(*text == '$' ? "$$" : (char[]){ *text, '\0' }, stdout);
}

static void print_one(const struct config *c, size_t i, const struct parameters_how *how)
{
	const struct config_param *param = &c->table[i];
	const struct config_value *value = &c->values[i];

	if (how->values_only) {
		puts(value->expanded);
		return;
	}
	if (how->verbose)
		printf("# %s\n", param->help);
	printf("# %s\n%s = ", config_where(c, value), param->name);
	put_value(value->expanded);
	putchar('\n');
}

static bool is_wanted(const struct parameters_how *how, const char *name)
{
	for (int i = 0; i < how->n; i++)
		if (strcmp(how->names[i], name) == 0)
			return true;
	return how->n == 0;
}

void parameters_print(const struct config *c, const struct parameters_how *how)
{
	for (size_t i = 0; i < c->n; i++)
		if (is_wanted(how, c->table[i].name) && (c->values[i].is_set || !how->only_set))
			print_one(c, i, how);
}
