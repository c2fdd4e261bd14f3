/* SPDX-License-Identifier: ISC */
/*
 * advice - status codes in plain words.
 *
 * The class (4 or 5) does not matter for what has happened; whether it is tried again is said elsewhere.
 */
#include "message/advice.h"

#include <stddef.h>
#include <string.h>

static const struct {
	char code[8]; /* behind the class; the first that matches counts */
	char text[120];
} advices[] = {
	{ ".1.1", "There is no such mailbox. Look whether the address is written as it should be." },
	{ ".1.2", "There is no such domain, or it takes no mail. Look at what stands behind the @." },
	{ ".1.3", "This is not an address that mail can be sent to. Look for a mistake in it." },
	{ ".1.6", "The mailbox has moved, and nobody knows where. Ask the recipient for a new address." },
	{ ".1.8", "The recipient's system does not accept your own address as a sender." },
	{ ".1.10", "The domain says that it takes no mail. Ask the recipient for another address." },
	{ ".2.1", "The mailbox is closed. Reach the recipient in another way." },
	{ ".2.2", "The mailbox is full. The recipient has to make room before you send it again." },
	{ ".2.3", "The message is too large for this mailbox. Make it smaller, or send a link instead." },
	{ ".2.4", "The list or alias cannot be used now. Its owner, or the postmaster there, can help." },
	{ ".3.1", "The recipient's system has no room left." },
	{ ".3.4", "The message is too large for a system on its way. Make it smaller, or send a link instead." },
	{ ".4.1", "The recipient's system could not be reached." },
	{ ".4.2", "The connection to the recipient's system broke off." },
	{ ".4.3", "The name servers could not say where the recipient's mail goes." },
	{ ".4.4", "There is no way to the recipient's system from here." },
	{ ".4.6", "The message went in a circle. The postmaster of one of the systems has to mend that." },
	{ ".4.7", "It was not delivered in the time that was set for it." },
	{ ".6.7",
	  "An address or header is written with letters that a system on the way cannot handle. Use plain ones." },
	{ ".7.1",
	  "The recipient's system refuses the message: its rules do not allow it. The postmaster there can help." },
	{ ".7.30",
	  "The message may only travel encrypted all the way, and a system on its way does not promise that." },
	{ ".7",
	  "The recipient's system refuses the message for reasons of security or policy. The postmaster there can "
	  "help." },
	{ ".6", "The recipient's system cannot handle the form of the message." },
};

const char *advice_for(const char *status)
{
	if (!status || (status[0] != '4' && status[0] != '5'))
		return NULL;
	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
		size_t n = strlen(advices[i].code);

		if (strncmp(status + 1, advices[i].code, n) == 0 && (status[1 + n] == '\0' || status[1 + n] == '.'))
			return advices[i].text;
	}
	return NULL;
}
