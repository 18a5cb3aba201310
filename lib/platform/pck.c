/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SGX extension of a PCK certificate.  (Intel SGX PCK Certificate and CRL Profile
 * Specification, §1.3.5: a sequence of pairs, OID and value, below 1.2.840.113741.1.13.1)
 */
#include "platform/pck.h"

#include "util/cleanup.h"
#include "util/error.h"

enum { DER_INTEGER = 0x02, DER_OCTETS = 0x04, DER_OID = 0x06, DER_ENUM = 0x0a, DER_SEQ = 0x30 };

#define COMPONENTS TCB_COMPONENTS

/* The 16 parts of the TCB, PCESVN and CPUSVN have OIDs of one number more. */
enum { X_PPID = 1, X_TCB, X_PCE_ID, X_FMSPC, X_SGX_TYPE, X_OTHER };
enum { T_PCE_SVN = COMPONENTS + 1, T_CPU_SVN };

/* One element of DER, of fewer than 64 KiB. */
static bool take(struct cursor *c, uint8_t *tag, struct span *ret)
{
	struct cursor at = *c;
	uint8_t first, byte;
	size_t n;

	if (!cur_u8(&at, tag) || !cur_u8(&at, &first) || first == 0x80 || first > 0x82)
		return false;
	n = first < 0x80 ? first : 0;
	for (uint8_t i = 0x80; i < first; i++) {
		if (!cur_u8(&at, &byte))
			return false;
		n = n << 8 | byte;
	}
	if (!cur_take(&at, n, ret))
		return false;
	*c = at;
	return true;
}

static bool take_tag(struct cursor *c, uint8_t wanted, struct span *ret)
{
	uint8_t tag = 0;

	return take(c, &tag, ret) && tag == wanted;
}

/* A pair: the numbers of its OID below the extension's, and a cursor at its value. */
static bool take_pair(struct cursor *c, struct span *ret_number, struct cursor *ret_value)
{
	static const uint8_t prefix[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01 };
	struct span pair, oid;

	if (!take_tag(c, DER_SEQ, &pair))
		return false;
	*ret_value = cur_span(pair);
	if (!take_tag(ret_value, DER_OID, &oid) || !span_starts(oid, prefix, sizeof(prefix)))
		return false;
	*ret_number = span_of(oid.p + sizeof(prefix), oid.n - sizeof(prefix));
	return true;
}

static bool take_octets(struct cursor c, uint8_t *to, size_t n)
{
	struct span s;

	if (!take_tag(&c, DER_OCTETS, &s) || s.n != n || !cur_empty(&c))
		return false;
	memcpy(to, s.p, n);
	return true;
}

/* A number of no more than n bytes, which is not negative; little-endian. */
static bool take_number(struct cursor c, uint8_t type, uint8_t *to, size_t n)
{
	struct span s;

	if (!take_tag(&c, type, &s) || !s.n || s.p[0] & 0x80 || !cur_empty(&c))
		return false;
	if (s.p[0] == 0)
		s = span_of(s.p + 1, s.n - 1);
	if (s.n > n)
		return false;
	for (size_t i = 0; i < n; i++)
		to[i] = i < s.n ? s.p[s.n - 1 - i] : 0;
	return true;
}

static bool read_tcb(struct cursor c, struct pck *pck)
{
	struct span tcb, number;
	struct cursor value;
	uint32_t seen = 0;
	bool ok;

	if (!take_tag(&c, DER_SEQ, &tcb) || !cur_empty(&c))
		return false;
	c = cur_span(tcb);
	while (!cur_empty(&c)) {
		uint8_t n;

		if (!take_pair(&c, &number, &value) || number.n != 2)
			return false;
		n = number.p[1];
		if (number.p[0] != X_TCB || !n || n > T_CPU_SVN || seen >> n & 1)
			return false;
		seen |= UINT32_C(1) << n;
		if (n <= COMPONENTS)
			ok = take_number(value, DER_INTEGER, &pck->components[n - 1], 1);
		else if (n == T_PCE_SVN)
			ok = take_number(value, DER_INTEGER, pck->pce_svn, 2);
		else
			ok = take_octets(value, pck->cpu_svn, sizeof(pck->cpu_svn));
		if (!ok)
			return false;
	}
	return seen == (UINT32_C(1) << (T_CPU_SVN + 1)) - 2;
}

static bool read_extension(struct span s, struct pck *pck)
{
	struct cursor c = cur_span(s), value;
	struct span all, number;
	uint32_t seen = 0;
	bool ok = true;

	if (!take_tag(&c, DER_SEQ, &all) || !cur_empty(&c))
		return false;
	c = cur_span(all);
	while (ok && !cur_empty(&c)) {
		if (!take_pair(&c, &number, &value) || number.n != 1)
			return false;
		/* The platform's instance and configuration, and what may come. */
		if (!number.p[0] || number.p[0] >= X_OTHER)
			continue;
		if (seen >> number.p[0] & 1)
			return false;
		seen |= UINT32_C(1) << number.p[0];
		ok = number.p[0] == X_PPID   ? take_octets(value, pck->ppid, sizeof(pck->ppid)) :
		     number.p[0] == X_TCB    ? read_tcb(value, pck) :
		     number.p[0] == X_PCE_ID ? take_octets(value, pck->pce_id, 2) :
		     number.p[0] == X_FMSPC  ? take_octets(value, pck->fmspc, 6) :
					       take_number(value, DER_ENUM, &pck->sgx_type, 1);
	}
	return ok && seen == (UINT32_C(1) << X_OTHER) - 2;
}

bool pck_read(const struct certs *certs, struct pck *ret)
{
	struct span extension;

	return certs_extension(certs, 0, PCK_EXTENSION, &extension) &&
	       read_extension(extension, ret);
}

int pck_claims_add(struct tsmmr_regs *regs, const struct certs *certs, struct tsmmr_error *err)
{
	/* clang-format off */
	static const struct {
		const char *name;
		uint8_t at, n;
		enum claim_type type;
	} claims[] = {
		{ "pck_fmspc",		offsetof(struct pck, fmspc),		6,  CLAIM_BYTES },
		{ "pck_pce_id",		offsetof(struct pck, pce_id),		2,  CLAIM_BYTES },
		{ "pck_ppid",		offsetof(struct pck, ppid),		16, CLAIM_BYTES },
		{ "pck_cpu_svn",	offsetof(struct pck, cpu_svn),		16, CLAIM_BYTES },
		{ "pck_tcb_components",	offsetof(struct pck, components),	16, CLAIM_BYTES },
		{ "pck_pce_svn",	offsetof(struct pck, pce_svn),		2,  CLAIM_U64_LE },
		{ "pck_sgx_type",	offsetof(struct pck, sgx_type),		1,  CLAIM_U64_LE },
	};
	/* clang-format on */
	struct pck pck = { .sgx_type = 0 };
	struct span issuer, bytes;

	if (!pck_read(certs, &pck))
		return 0;
	if (!certs_issuer(certs, 0, &issuer) || issuer.n > sizeof(pck.issuer))
		issuer = span_of(NULL, 0);
	if (issuer.n)
		memcpy(pck.issuer, issuer.p, issuer.n);
	if (regs_add_bytes(regs, span_of(&pck, sizeof(pck)), &bytes) < 0)
		return fail_nomem(err);
	for (size_t i = 0; i < ARRAY_SIZE(claims); i++)
		regs_claim_add(regs, claims[i].name, claims[i].type,
			       span_of(bytes.p + claims[i].at, claims[i].n));
	if (issuer.n)
		regs_claim_add(regs, "pck_issuer", CLAIM_TEXT,
			       span_of(bytes.p + offsetof(struct pck, issuer), issuer.n));
	return 0;
}
