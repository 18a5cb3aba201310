/* SPDX-License-Identifier: BSD-2-Clause */
/* Any parts put together as one piece of evidence: (part, length, bytes), one after the other. */
#include "fuzz.h"

#include <string.h>

/* Of tests/data/snp-twin/ark.pem, in DER. */
static const uint8_t root[32] = {
	0xd8, 0x9e, 0xe5, 0xaf, 0x62, 0x73, 0x10, 0xe9, 0xdc, 0xae, 0x32,
	0xa1, 0xa1, 0xb0, 0x6e, 0xf0, 0x94, 0xb7, 0xfb, 0x97, 0xe0, 0xd2,
	0xd9, 0x46, 0xec, 0x3e, 0x27, 0xb1, 0x60, 0xc5, 0x25, 0xaa,
};

static struct tsmmr_ctx *trusting(void)
{
	static struct tsmmr_ctx *ctx;
	struct tsmmr_error err = { .size = sizeof(err) };

	if (!ctx)
		PROMISE(tsmmr_ctx_new(0, &ctx, NULL) == 0 &&
			tsmmr_ctx_set_time(ctx, 1767225600, NULL) == 0 &&
			tsmmr_ctx_add_trust_root_sha256(ctx, root, sizeof(root), &err) == 0);
	return ctx;
}

static int regs_of(const struct tsmmr_ctx *ctx, const uint8_t *data, size_t size,
		   struct tsmmr_regs **ret)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_evidence *ev;
	int r = 0;

	PROMISE(tsmmr_evidence_new(ctx, &ev, &err) == 0);
	PROMISE(tsmmr_evidence_set_nonce(ev, "libtsmmr TEST nonce", 19, &err) == 0);
	while (r == 0 && size >= 3) {
		size_t n = (size_t)(data[1] | data[2] << 8);

		if (n > size - 3)
			n = size - 3;
		r = tsmmr_evidence_add(ev, data[0] % 7, data + 3, n, &err);
		data += 3 + n;
		size -= 3 + n;
	}
	if (r == 0)
		r = tsmmr_regs_from_evidence(ctx, ev, ret, &err);
	tsmmr_evidence_free(ev);
	if (r < 0)
		fuzz_check_error(r, &err);
	return r;
}

/* A piece beside one that does need not. */
static int leads_to_root(const struct tsmmr_regs *regs)
{
	const uint8_t *hash;
	int found = 0;

	for (size_t i = 0; tsmmr_regs_evidence_kind(regs, i); i++)
		found |= tsmmr_regs_evidence_root(regs, i, &hash, NULL) == 0;
	return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsmmr_regs *regs, *trusted;
	struct tsmmr_error err = { .size = sizeof(err) };
	uint8_t *json;
	size_t n;

	if (regs_of(fuzz_ctx(), data, size, &regs) < 0) {
		/* What is wrong for everybody is wrong for who trusts a root. */
		PROMISE(regs_of(trusting(), data, size, &trusted) < 0);
		return 0;
	}
	PROMISE(!tsmmr_regs_count(regs) || tsmmr_regs_trust(regs) == TSMMR_TRUST_UNSIGNED ||
		tsmmr_regs_trust(regs) == TSMMR_TRUST_SIGNED);
	PROMISE(tsmmr_regs_export_json(regs, NULL, &json, &n, &err) == 0);
	PROMISE(n && strlen((char *)json) == n);
	tsmmr_free(json);

	if (regs_of(trusting(), data, size, &trusted) == 0) {
		PROMISE(tsmmr_regs_count(regs) == tsmmr_regs_count(trusted));
		PROMISE(!tsmmr_regs_count(regs) || leads_to_root(trusted));
		tsmmr_regs_free(trusted);
	}
	tsmmr_regs_free(regs);
	return 0;
}
