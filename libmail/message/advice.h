/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_ADVICE_H
#define LIBMAIL_MESSAGE_ADVICE_H

/*
 * advice - what an enhanced status code (RFC 3463) means for the author of a message, in plain words: why it was not
 * delivered, and what can be done.
 */

/* "5.1.1", "4.4.1". One or two sentences without a line end, ASCII; NULL when the code says too little. */
const char *advice_for(const char *status);

#endif
