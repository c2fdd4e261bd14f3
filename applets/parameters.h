/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_PARAMETERS_H
#define APPLETS_PARAMETERS_H

/*
 * parameters - a configuration on standard output, as a file that says the same.
 */

#include "base/config.h"

struct parameters_how {
	char *const *names; /* of those that are wanted */
	int n;		    /* 0: all */
	bool only_set, values_only;
	bool verbose; /* with what each means */
};

/* After config_finish(). */
void parameters_print(const struct config *c, const struct parameters_how *how);

#endif
