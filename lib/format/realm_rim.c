/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Realm Initial Measurement, step by step.  (Realm Management Monitor specification,
 * DEN0137: RMI_REALM_CREATE, RMI_DATA_CREATE, RMI_REC_CREATE, RMI_RTT_INIT_RIPAS, "Initial
 * measurement"; RmmMeasurementDescriptorData, -Rec and -Ripas)
 *
 * REALM_CREATE hashes a page of parameters.  Every step after it hashes a descriptor of
 * 256 bytes that has the value before it inside.
 */
#include "format/realm_rim.h"

#include <assert.h>

#include "util/cleanup.h"
#include "util/error.h"

enum {
	DESC_SIZE = 256,
	DESC_DATA = 0,
	DESC_REC = 1,
	DESC_RIPAS = 2,
	DATA_MEASURE = 1,
	REC_RUNNABLE = 1,
};

void rim_done(struct rim *rim)
{
	hasher_done(&rim->hasher);
}

/* desc has what is its type's own; what all types share is put in here. */
static int fold(struct rim *rim, uint8_t type, uint8_t *desc)
{
	assert(rim->h); /* REALM_CREATE came first */
	desc[0] = type;
	put_le(desc + 0x08, DESC_SIZE, 8);
	memcpy(desc + 0x10, rim->value, rim->h->alg->size);
	return hash_bytes(rim->h, desc, DESC_SIZE, rim->value);
}

/*
 * The largest block that an entry of the realm's translation tables maps.  Tables at the
 * first level are concatenated, up to 16, where that saves a level, as KVM does.
 */
static uint64_t largest_block(unsigned ipa_bits)
{
	unsigned bits = ipa_bits - 12;
	unsigned levels = (bits + 8) / 9;

	if (levels > 1 && bits - 9 * (levels - 1) <= 4)
		levels--;
	return UINT64_C(1) << (12 + 9 * (levels - 1));
}

int rim_create(struct rim *rim, struct crypto crypto, struct span params, const char **why)
{
	static const uint16_t algs[] = { TSMMR_HASH_SHA256, TSMMR_HASH_SHA512, TSMMR_HASH_SHA384 };
	/* s2sz, sve_vl, num_bps, num_wps, pmu_num_ctrs, hash_algo: a byte in every 8. */
	const uint8_t *p = params.p;
	int r;

	*why = "REALM_CREATE without its parameters";
	if (params.n < RIM_PARAMS_SIZE)
		return TSMMR_E_MALFORMED;
	*why = "REALM_CREATE with an unknown hash algorithm";
	if (p[13] >= ARRAY_SIZE(algs))
		return TSMMR_E_UNSUPPORTED;
	*why = "REALM_CREATE with an address space no realm can have";
	if (p[8] < 20 || p[8] > 52)
		return TSMMR_E_MALFORMED;

	*why = NULL;
	r = hasher_init(&rim->hasher, crypto, hash_by_id(algs[p[13]]));
	if (r < 0)
		return r;
	rim->h = &rim->hasher;
	rim->block = largest_block(p[8]);
	memset(rim->page, 0, sizeof(rim->page));
	memcpy(rim->page, p, 8);
	for (size_t i = 0; i < 6; i++)
		rim->page[8 + 8 * i] = p[8 + i];
	rim->known = true;
	return hash_bytes(rim->h, rim->page, sizeof(rim->page), rim->value);
}

/* One more of the steps whose number the log chooses. */
static int count_step(struct rim *rim, const char **why)
{
	if (rim->steps++ < RIM_STEPS_MAX)
		return 0;
	*why = "more steps than any realm's launch has";
	return TSMMR_E_LIMIT;
}

int rim_init_ripas(struct rim *rim, struct span range, const char **why)
{
	uint64_t base, size;
	int r = 0;

	*why = "INIT_RIPAS without a range of whole granules";
	if (range.n < RIM_RIPAS_SIZE)
		return TSMMR_E_MALFORMED;
	base = get_le64(range.p);
	size = get_le64(range.p + 8);
	if ((base | size) % RIM_GRANULE || !size || size > UINT64_MAX - base)
		return TSMMR_E_MALFORMED;

	*why = NULL;
	while (rim->known && r == 0 && size) {
		uint8_t desc[DESC_SIZE] = { 0 };
		uint64_t block = rim->block;

		while (base % block || block > size)
			block >>= 9;
		put_le(desc + 0x50, base, 8);
		put_le(desc + 0x58, base + block, 8);
		r = count_step(rim, why);
		if (r == 0)
			r = fold(rim, DESC_RIPAS, desc);
		base += block;
		size -= block;
	}
	return r;
}

int rim_rec_create(struct rim *rim, struct span params, bool *ret_measured, const char **why)
{
	uint8_t desc[DESC_SIZE] = { 0 };
	int r;

	*why = "REC_CREATE without its parameters";
	if (params.n < RIM_REC_SIZE)
		return TSMMR_E_MALFORMED;
	*why = NULL;
	*ret_measured = get_le64(params.p) & REC_RUNNABLE;
	if (!rim->known || !*ret_measured)
		return 0;

	memset(rim->page, 0, sizeof(rim->page));
	memcpy(rim->page, params.p, 8);
	memcpy(rim->page + 0x200, params.p + 8, 8);
	memcpy(rim->page + 0x300, params.p + 16, 64);
	r = hash_bytes(rim->h, rim->page, sizeof(rim->page), desc + 0x50);
	return r < 0 ? r : fold(rim, DESC_REC, desc);
}

/* The granule at addr, with what there is of the image in it. */
static int fill_granule(struct rim *rim, const struct launch *launch, enum image_role role,
			uint64_t base, uint64_t addr, struct tsmmr_error *err)
{
	uint64_t left, size = launch->images[role].size;
	uint64_t at = addr > base ? addr - base : 0;
	size_t skip = addr < base ? (size_t)(base - addr) : 0;

	memset(rim->page, 0, sizeof(rim->page));
	left = at < size ? size - at : 0;
	if (left > RIM_GRANULE - skip)
		left = RIM_GRANULE - skip;
	return image_read(launch, role, at, rim->page + skip, (size_t)left, err);
}

int rim_data(struct rim *rim, const struct launch *launch, enum image_role role, uint64_t base,
	     uint64_t size, struct tsmmr_error *err)
{
	uint64_t end = base + size;

	assert(base <= RIM_LAST && size <= RIM_LAST - base);
	for (uint64_t addr = base & ~(uint64_t)(RIM_GRANULE - 1); rim->known && addr < end;
	     addr += RIM_GRANULE) {
		uint8_t desc[DESC_SIZE] = { 0 };
		int r = fill_granule(rim, launch, role, base, addr, err);

		if (r < 0)
			return r;
		put_le(desc + 0x50, addr, 8);
		put_le(desc + 0x58, DATA_MEASURE, 8);
		if (hash_bytes(rim->h, rim->page, sizeof(rim->page), desc + 0x60) < 0 ||
		    fold(rim, DESC_DATA, desc) < 0)
			return fail_nomem(err);
	}
	return 0;
}

int rim_data_unmeasured(struct rim *rim, uint64_t base, uint64_t size, const char **why)
{
	uint64_t end = base + size;
	int r = 0;

	assert(base <= RIM_LAST && size <= RIM_LAST - base);
	for (uint64_t addr = base & ~(uint64_t)(RIM_GRANULE - 1);
	     r == 0 && rim->known && addr < end; addr += RIM_GRANULE) {
		uint8_t desc[DESC_SIZE] = { 0 };

		put_le(desc + 0x50, addr, 8);
		r = count_step(rim, why);
		if (r == 0)
			r = fold(rim, DESC_DATA, desc);
	}
	return r;
}
