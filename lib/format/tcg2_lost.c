/* SPDX-License-Identifier: BSD-2-Clause */
/* The records that firmware logs are known to lose, or to have in another register. */
#include <assert.h>

#include "core/hypothesis.h"
#include "crypto/hash.h"
#include "format/tcg2.h"

static const char invoked[] = "Exit Boot Services Invocation";
static const char returned[] = "Exit Boot Services Returned with Success";
static const char separator[4];

/*
 * The digest is that of the data.  Both records of ExitBootServices come after the log was
 * copied for the system, and are then in the final events table only (TCG EFI Protocol
 * §5.3); or only the second is.
 */
static const struct {
	int id;
	struct {
		const char *p;
		size_t n;
	} data[LOST_MAX];
} lost[TCG_N_LOST] = {
	{ X_EXIT_BOOT_SERVICES_MISSING,
	  { { invoked, sizeof(invoked) - 1 }, { returned, sizeof(returned) - 1 } } },
	{ X_EXIT_BOOT_SERVICES_MISSING, { { returned, sizeof(returned) - 1 } } },
	{ X_SEPARATOR_MISSING, { { separator, sizeof(separator) } } },
};

int tcg_lost(size_t i, struct hasher *h, const uint8_t *before, uint8_t *ret, int *ret_id)
{
	int n = 0;

	(void)before;
	assert(i < TCG_N_LOST);
	while (n < LOST_MAX && lost[i].data[n].p) {
		int r = hash_bytes(h, lost[i].data[n].p, lost[i].data[n].n,
				   ret + (size_t)n * h->alg->size);

		if (r < 0)
			return r;
		n++;
	}
	*ret_id = lost[i].id;
	return n;
}
