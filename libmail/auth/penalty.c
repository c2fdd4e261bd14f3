/* SPDX-License-Identifier: ISC */
/*
 * penalty - failed logins by client address.
 */
#include "auth/penalty.h"

static const struct tally_form form = {
	.magic = "letterbox fail1\n",
	.what = "failed logins",
	.words = PENALTY_CLIENTS,
	.seconds = PENALTY_SECONDS,
};

int penalty_open(struct penalty *p, int dir, const char *name, struct fault *f)
{
	return tally_open(&p->tally, &form, dir, name, f);
}

int penalty_share(struct penalty *p, struct fault *f)
{
	return tally_share(&p->tally, &form, f);
}

void penalty_close(struct penalty *p)
{
	tally_close(&p->tally);
}

struct span penalty_secret(const struct penalty *p)
{
	return tally_secret(&p->tally);
}

static struct span key_of(const uint8_t client[PENALTY_ADDRESS])
{
	return span_of((const char *)client, PENALTY_ADDRESS);
}

unsigned penalty_count(const struct penalty *p, const uint8_t client[PENALTY_ADDRESS])
{
	return tally_count(&p->tally, key_of(client));
}

unsigned penalty_add(struct penalty *p, const uint8_t client[PENALTY_ADDRESS], struct span guess)
{
	return tally_add_marked(&p->tally, key_of(client), guess);
}

long penalty_delay_ms(unsigned count, long seconds)
{
	long delay = seconds;

	for (unsigned i = 1; i < count && delay < PENALTY_DELAY_MAX; i++)
		delay *= 2;
	return (delay < PENALTY_DELAY_MAX ? delay : PENALTY_DELAY_MAX > seconds ? PENALTY_DELAY_MAX : seconds) * 1000;
}
