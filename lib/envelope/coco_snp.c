/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Confidential Containers' SEV-SNP evidence: {"attestation_report", "cert_chain"}.  The report
 * is the crate sev's structure, member by member, so its bytes are put together again; what
 * the chip signed is those.  (attester/src/snp/mod.rs; virtee/sev, firmware/guest/types/snp.rs,
 * 1.0 to 7.1)
 */
#include "envelope/envelope.h"

#include "util/error.h"
#include "util/json_in.h"

enum {
	REPORT_SIZE = 1184,
	TCB_SIZE = 8,
};

enum form {
	NUMBER, /* little-endian */
	BYTES,
	TCB,
	VERSION,
	SIGNATURE,
};

/*
 * SEV-SNP ABI specification 56860, table "ATTESTATION_REPORT Structure".  Members have had
 * other names before crate version 6, reserved ones were written too, and what was reserved
 * in a report of version 2 is the processor's number in one of version 3.
 */
/* clang-format off */
static const struct field {
	const char *name;
	uint16_t at;
	uint8_t size;
	uint8_t form;
	bool needed;
} fields[] = {
	{ "version",			0x000,	4,	NUMBER,		true },
	{ "guest_svn",			0x004,	4,	NUMBER,		true },
	{ "policy",			0x008,	8,	NUMBER,		true },
	{ "family_id",			0x010,	16,	BYTES,		true },
	{ "image_id",			0x020,	16,	BYTES,		true },
	{ "vmpl",			0x030,	4,	NUMBER,		true },
	{ "sig_algo",			0x034,	4,	NUMBER,		true },
	{ "current_tcb",		0x038,	8,	TCB,		true },
	{ "plat_info",			0x040,	8,	NUMBER,		true },
	{ "key_info",			0x048,	4,	NUMBER,		false },
	{ "_author_key_en",		0x048,	4,	NUMBER,		false },
	{ "_reserved_0",		0x04c,	4,	NUMBER,		false },
	{ "report_data",		0x050,	64,	BYTES,		true },
	{ "measurement",		0x090,	48,	BYTES,		true },
	{ "host_data",			0x0c0,	32,	BYTES,		true },
	{ "id_key_digest",		0x0e0,	48,	BYTES,		true },
	{ "author_key_digest",		0x110,	48,	BYTES,		true },
	{ "report_id",			0x140,	32,	BYTES,		true },
	{ "report_id_ma",		0x160,	32,	BYTES,		true },
	{ "reported_tcb",		0x180,	8,	TCB,		true },
	{ "_reserved_1",		0x188,	24,	BYTES,		false },
	{ "cpuid_fam_id",		0x188,	1,	NUMBER,		false },
	{ "cpuid_mod_id",		0x189,	1,	NUMBER,		false },
	{ "cpuid_step",			0x18a,	1,	NUMBER,		false },
	{ "chip_id",			0x1a0,	64,	BYTES,		true },
	{ "committed_tcb",		0x1e0,	8,	TCB,		true },
	{ "current",			0x1e8,	3,	VERSION,	false },
	{ "current_build",		0x1e8,	1,	NUMBER,		false },
	{ "current_minor",		0x1e9,	1,	NUMBER,		false },
	{ "current_major",		0x1ea,	1,	NUMBER,		false },
	{ "_reserved_2",		0x1eb,	1,	NUMBER,		false },
	{ "committed",			0x1ec,	3,	VERSION,	false },
	{ "committed_build",		0x1ec,	1,	NUMBER,		false },
	{ "committed_minor",		0x1ed,	1,	NUMBER,		false },
	{ "committed_major",		0x1ee,	1,	NUMBER,		false },
	{ "_reserved_3",		0x1ef,	1,	NUMBER,		false },
	{ "launch_tcb",			0x1f0,	8,	TCB,		true },
	{ "launch_mit_vector",		0x1f8,	8,	NUMBER,		false },
	{ "current_mit_vector",		0x200,	8,	NUMBER,		false },
	{ "_reserved_4",		0x1f8,	168,	BYTES,		false },
	{ "signature",			0x2a0,	144,	SIGNATURE,	true },
};
/* clang-format on */

/* 1; 0 where it is absent or null. */
static int put_number(struct json_object *o, const char *name, uint8_t *to, size_t size,
		      struct tsmmr_error *err)
{
	uint64_t v;
	int r = json_in_u64(o, name, &v, err);

	if (r <= 0)
		return r;
	for (size_t i = 0; i < size; i++, v >>= 8)
		to[i] = (uint8_t)v;
	return size < 8 && v ? fail(err, TSMMR_E_MALFORMED,
				    "JSON: \"%s\" is of more than %zu bytes", name, size) :
			       1;
}

static int put_bytes(struct json_object *o, const char *name, uint8_t *to, size_t size,
		     struct tsmmr_error *err)
{
	_cleanup_(free) uint8_t *p = NULL;
	size_t n;
	int r = envelope_bytes(o, name, &p, &n, err);

	if (r <= 0)
		return r;
	if (n != size)
		return fail(err, TSMMR_E_MALFORMED, "JSON: \"%s\" has %zu bytes, not %zu", name, n,
			    size);
	memcpy(to, p, n);
	return 1;
}

/*
 * TCB_VERSION has another layout since Turin (family 1Ah), which has an FMC.  The crate before
 * version 6 knew one layout alone, and wrote all bytes.
 */
static int put_tcb(struct json_object *o, uint8_t *to, struct tsmmr_error *err)
{
	static const struct {
		const char *name;
		uint8_t before, since;
	} parts[] = {
		{ "bootloader", 0, 1 },
		{ "tee", 1, 2 },
		{ "snp", 6, 3 },
		{ "microcode", 7, 7 },
	};
	int r = put_number(o, "fmc", to, 1, err);
	bool since = r > 0;

	if (r == 0)
		r = put_bytes(o, "_reserved", to + 2, 4, err);
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(parts); i++) {
		r = put_number(o, parts[i].name, to + (since ? parts[i].since : parts[i].before), 1,
			       err);
		if (r == 0)
			return fail(err, TSMMR_E_MALFORMED, "JSON: a TCB version without \"%s\"",
				    parts[i].name);
	}
	return r;
}

static int put_version(struct json_object *o, uint8_t *to, struct tsmmr_error *err)
{
	static const char *const names[] = { "build", "minor", "major" };
	int r = 1;

	for (size_t i = 0; r > 0 && i < ARRAY_SIZE(names); i++)
		r = put_number(o, names[i], to + i, 1, err);
	return r ? r : fail(err, TSMMR_E_MALFORMED, "JSON: a version is not whole");
}

static int put_signature(struct json_object *o, uint8_t *to, struct tsmmr_error *err)
{
	int r = put_bytes(o, "r", to, 72, err);

	if (r > 0)
		r = put_bytes(o, "s", to + 72, 72, err);
	return r ? r : fail(err, TSMMR_E_MALFORMED, "JSON: a signature is not whole");
}

static int put_field(struct json_object *o, const struct field *f, uint8_t *report,
		     struct tsmmr_error *err)
{
	uint8_t *to = report + f->at;
	struct json_object *child;
	int r;

	if (f->form == NUMBER)
		return put_number(o, f->name, to, f->size, err);
	if (f->form == BYTES || json_in_kind(o, f->name) == JSON_IN_ARRAY ||
	    json_in_kind(o, f->name) == JSON_IN_STR)
		return put_bytes(o, f->name, to, f->size, err);
	r = json_in_child(o, f->name, &child, err);
	if (r <= 0)
		return r;
	return f->form == TCB     ? put_tcb(child, to, err) :
	       f->form == VERSION ? put_version(child, to, err) :
				    put_signature(child, to, err);
}

static int add_report(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	uint8_t report[REPORT_SIZE] = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		int r = put_field(o, &fields[i], report, err);

		if (r == 0 && fields[i].needed)
			return fail(err, TSMMR_E_MALFORMED, "an SNP report in JSON without \"%s\"",
				    fields[i].name);
		if (r < 0)
			return r;
	}
	return envelope_add(ret, TSMMR_PART_QUOTE, span_of(report, sizeof(report)), err);
}

static int open_snp(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	static const char key[] = "attestation_report";
	enum json_in_kind kind = json_in_kind(o, key);
	struct json_object *report;
	int r;

	if (kind == JSON_IN_NONE ||
	    (kind != JSON_IN_OBJECT && !json_in_has(o, "cert_chain") && !json_in_alone(o, key)))
		return TSMMR_E_FORMAT;
	if (kind == JSON_IN_OBJECT) {
		r = json_in_child(o, key, &report, err);
		if (r > 0)
			r = add_report(report, ret, err);
	} else {
		r = envelope_need_bytes(ret, o, key, err);
	}
	return r < 0 ? r : envelope_add_certs(ret, o, "cert_chain", err);
}

const struct envelope_kind coco_snp_kind = {
	.name = "coco-snp",
	.open_json = open_snp,
};
