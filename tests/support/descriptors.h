/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_DESCRIPTORS_H
#define TESTS_SUPPORT_DESCRIPTORS_H

/*
 * descriptors - few of them, as where a process or the machine has too many files open. What fails, fails the test.
 */

/* From now on so many more may be opened at a time, 0: none; until the next call or descriptors_restore(). */
void descriptors_allow(unsigned n);
void descriptors_restore(void);

#endif
