/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_ECHO_H
#define TESTS_SUPPORT_ECHO_H

/*
 * echo - a protocol for tests of what carries protocols: greets with "hello",
 * repeats each line, says "bye" to "quit", "timeout" and "shutdown" when it
 * is stopped. "pid" is answered with the process id, "die" by dying of a
 * signal, "pause 100" has a reply that waits so many milliseconds. Idle is a session without half a line.
 */

#include "net/wire.h"

extern const struct wire_protocol echo_protocol;

#endif
