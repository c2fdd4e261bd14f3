/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_MIGRATE_H
#define APPLETS_MIGRATE_H

#include "applet.h"

/* migrate - letterbox import: mbox files become folders of a Maildir. */
extern const struct applet migrate_page;

#endif
