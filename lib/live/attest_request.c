/* SPDX-License-Identifier: BSD-2-Clause */
/* What evidence is asked for with. */
#include "live/live.h"

#include <stdlib.h>

#include "live/open.h"
#include "sys/nsm.h"
#include "util/error.h"

#define VMPL_MAX 3 /* an SNP guest has four  (SEV-SNP Firmware ABI 56860, MSG_REPORT_REQ) */

static const struct {
	const char *name;
	size_t max;
} names[CARRIED_NAMES] = {
	[CARRIED_USER_DATA] = { "user-data", NSM_USER_DATA_MAX },
	[CARRIED_PUBLIC_KEY] = { "public-key", NSM_PUBLIC_KEY_MAX },
};

int attest_new(int platform, struct tsmmr_attest **ret, struct tsmmr_error *err)
{
	const struct platform *known;
	struct tsmmr_attest *a;
	int r = open_platform(platform, &known, err);

	if (r < 0)
		return r;
	a = calloc(1, sizeof(*a));
	if (!a)
		return fail_nomem(err);
	a->platform = platform;
	a->vmpl = -1;
	*ret = a;
	return 0;
}

int attest_carry(struct tsmmr_attest *a, const char *name, struct span data,
		 struct tsmmr_error *err)
{
	for (size_t i = 0; i < CARRIED_NAMES; i++) {
		struct carried *c = &a->carried[i];

		if (strcmp(names[i].name, name) != 0)
			continue;
		if (data.n > names[i].max)
			return fail(err, TSMMR_E_ARG, "%s: %zu bytes, and at most %zu are carried",
				    name, data.n, names[i].max);
		c->is_set = data.p;
		c->n = data.n;
		if (data.n)
			memcpy(c->bytes, data.p, data.n);
		return 0;
	}
	return fail(err, TSMMR_E_ARG, "no evidence carries bytes called '%s'", name);
}

struct span attest_carried(const struct tsmmr_attest *a, enum carried_name name)
{
	const struct carried *c = &a->carried[name];

	return c->is_set ? span_of(c->bytes, c->n) : span_of(NULL, 0);
}

int attest_set(struct tsmmr_attest *a, const char *name, uint64_t value, struct tsmmr_error *err)
{
	if (strcmp(name, "vmpl") != 0)
		return fail(err, TSMMR_E_ARG, "no evidence is asked for with '%s'", name);
	if (value != TSMMR_NONE && value > VMPL_MAX)
		return fail(err, TSMMR_E_ARG, "a VMPL is 0 to %d", VMPL_MAX);
	a->vmpl = value == TSMMR_NONE ? -1 : (int)value;
	return 0;
}
