/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_HEX_H
#define LIBMAIL_BASE_HEX_H

/*
 * hex - hexadecimal digits.
 */

/* The value of a digit, small or capital; -1 when it is none. */
static inline int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
