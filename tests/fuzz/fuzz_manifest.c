/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a manifest, whose hash is what the register holds, and once what it does not. */
#include "check.h"

#include <openssl/sha.h>

#include "util/hex.h"

static struct tsmmr_regs *holding(const uint8_t digest[SHA384_DIGEST_LENGTH])
{
	struct tsmmr_error err = { .size = sizeof(err) };
	char text[128] = "mrconfigid=";
	struct tsmmr_regs *regs;
	size_t n = strlen(text);

	hex_encode(text + n, digest, SHA384_DIGEST_LENGTH);
	n += (size_t)2 * SHA384_DIGEST_LENGTH;
	PROMISE(tsmmr_regs_from_values(fuzz_ctx(), TSMMR_VALUES_AUTO, TSMMR_PLATFORM_TDX, text, n,
				       &regs, &err) == 0);
	return regs;
}

/* Each has a name that JSON and a terminal can show, and is of the register it came of. */
static void check_regs(const struct tsmmr_regs *base, const struct tsmmr_regs *regs)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	uint8_t *json;
	size_t n;

	PROMISE(tsmmr_regs_count(regs) >= tsmmr_regs_count(base));
	for (size_t i = tsmmr_regs_count(base); i < tsmmr_regs_count(regs); i++) {
		const struct tsmmr_reg *reg = tsmmr_regs_get(regs, i);
		const char *name = tsmmr_reg_name(reg);
		const uint8_t *value;

		PROMISE(!strncmp(name, "mrconfigid/", 11) && name[11]);
		for (const char *p = name; *p; p++)
			PROMISE(*p > ' ' && *p <= '~');
		PROMISE(tsmmr_reg_value(reg, &value, &n) == 0 && n && n <= TSMMR_HASH_SIZE_MAX);
		PROMISE(tsmmr_reg_trust(reg) <= tsmmr_reg_trust(tsmmr_regs_get(base, 0)));
	}
	PROMISE(tsmmr_regs_export_json(regs, NULL, &json, &n, &err) == 0);
	fuzz_take_json(json, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	uint8_t digest[SHA384_DIGEST_LENGTH];
	struct tsmmr_regs *base, *regs;
	int r;

	SHA384(data, size, digest);
	base = holding(digest);
	r = tsmmr_regs_with_manifest(fuzz_ctx(), base, "mrconfigid", data, size, &regs, &err);
	if (r == 0) {
		check_regs(base, regs);
		tsmmr_regs_free(regs);
	} else {
		fuzz_check_error(r, &err);
		PROMISE(r != TSMMR_E_UNTRUSTED);
	}
	tsmmr_regs_free(base);

	digest[size % sizeof(digest)] ^= 1;
	base = holding(digest);
	PROMISE(tsmmr_regs_with_manifest(fuzz_ctx(), base, "mrconfigid", data, size, &regs, &err) ==
		TSMMR_E_UNTRUSTED);
	tsmmr_regs_free(base);
	return 0;
}
