/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_PASSWD_H
#define APPLETS_PASSWD_H

#include "applet.h"

/* passwd - letterbox passwd: set a password in the users file, or print what would be written there. */
extern const struct applet passwd_page;

#endif
