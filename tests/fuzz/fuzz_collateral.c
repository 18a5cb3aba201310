/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as collateral, the first of them choosing the part.  A TCB Info that is read judges
 * platforms, and what it says of each is compared with a look at every level.
 */
#include "fuzz.h"

#include <string.h>

#include "core/ctx.h"
#include "platform/collateral.h"
#include "util/error.h"

#define ZEROS "00000000000000000000000000000000"

static const char qe_identity[] =
	"{\"enclaveIdentity\":{\"id\":\"TD_QE\",\"version\":2,\"issueDate\":\"2025-01-01T00:00:"
	"00Z\","
	"\"nextUpdate\":\"2025-02-01T00:00:00Z\",\"tcbEvaluationDataNumber\":1,"
	"\"miscselect\":\"00000000\",\"miscselectMask\":\"00000000\","
	"\"attributes\":\"00000000000000000000000000000000\","
	"\"attributesMask\":\"00000000000000000000000000000000\","
	"\"mrsigner\":\"0000000000000000000000000000000000000000000000000000000000000000\","
	"\"isvprodid\":0,\"tcbLevels\":[{\"tcb\":{\"isvsvn\":0},"
	"\"tcbDate\":\"2025-01-01T00:00:00Z\",\"tcbStatus\":\"UpToDate\"}]},"
	"\"signature\":\"" ZEROS ZEROS ZEROS ZEROS "\"}";

static bool reaches(const struct tcb_platform *p, const struct tcb_level *level)
{
	for (size_t i = 0; i < TCB_COMPONENTS; i++)
		if (p->sgx[i] < level->sgx[i] ||
		    (p->tdx[i] < level->tdx[i] && (i > 1 || !p->tdx[1])))
			return false;
	return p->pce_svn >= level->svn;
}

/* The platform's level is one that it reaches, and none that it reaches is above it. */
static void check_level(const struct tcb_platform *p, const struct tcb_doc *info,
			const struct tcb_level *found)
{
	PROMISE(!found || reaches(p, found));
	for (size_t i = 0; i < info->levels.n; i++) {
		const struct tcb_level *one = &info->all_levels[info->levels.at + i];

		if (one == found)
			break;
		PROMISE(!reaches(p, one));
	}
}

static void judge(const struct tcb_doc *info, const struct tcb_doc *qe, const uint8_t *data,
		  size_t size)
{
	static const uint8_t zeros[384];
	struct tsmmr_error err = { .size = sizeof(err) };
	uint8_t tdx[TCB_COMPONENTS] = { 0 };
	struct tcb_platform p = {
		.tdx = tdx,
		.module_signer = info->maker.mrsigner,
		.module_attributes = zeros,
		.qe_report = zeros,
	};
	struct tcb_result result;
	int r;

	memcpy(p.fmspc, info->fmspc, sizeof(p.fmspc));
	memcpy(p.pce_id, info->pce_id, sizeof(p.pce_id));
	for (size_t i = 0; i < size && i < TCB_COMPONENTS; i++)
		tdx[i] = p.sgx[i] = data[size - 1 - i];
	p.pce_svn = p.sgx[0];
	p.current = size & 1 ? zeros : NULL;
	r = tcb_judge(&p, info, qe, &result, &err);
	if (r < 0) {
		fuzz_check_error(r, &err);
		return;
	}
	PROMISE(result.word > TCB_NONE && result.word < TCB_WORDS);
	PROMISE(result.n_advisories <= TCB_ADVISORIES_MAX);
	PROMISE((result.date == TSMMR_NONE) == !result.platform.level ||
		result.word == TCB_NOT_SUPPORTED || result.word == TCB_REVOKED);
	check_level(&p, info, result.platform.level);
}

/* What may be a bundle: all of it, or nothing. */
static void add_to_context(const uint8_t *data, size_t size)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_ctx *ctx;
	int r;

	PROMISE(tsmmr_ctx_new(0, &ctx, NULL) == 0);
	r = tsmmr_ctx_add_collateral(ctx, TSMMR_PART_AUTO, data, size, &err);
	if (r < 0)
		fuzz_check_error(r, &err);
	PROMISE((r == 0) == (ctx->collateral != NULL));
	tsmmr_ctx_free(ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int parts[] = { TSMMR_PART_AUTO, TSMMR_PART_TCB_INFO, TSMMR_PART_QE_IDENTITY,
				     TSMMR_PART_CRL,  TSMMR_PART_CERTS,    -1 };
	static struct tcb_doc *qe;
	struct tsmmr_error err = { .size = sizeof(err) };
	struct collateral *c, *copy;
	int r, part;

	if (!qe)
		PROMISE(tcb_doc_read((struct crypto){ 0 },
				     span_of(qe_identity, sizeof(qe_identity) - 1), &qe,
				     &err) == 0);
	if (!size)
		return 0;
	part = parts[data[0] % (sizeof(parts) / sizeof(parts[0]))];
	if (part < 0) {
		if (size > 1)
			add_to_context(data + 1, size - 1);
		return 0;
	}
	c = collateral_new((struct crypto){ 0 }, NULL);
	PROMISE(c);
	if (!part)
		part = collateral_part_of(c->crls.crypto, span_of(data + 1, size - 1));
	PROMISE(part >= 0);
	r = part ? collateral_add(c, part, span_of(data + 1, size - 1), &err) : 0;
	if (r < 0)
		fuzz_check_error(r, &err);
	for (size_t i = 0; i < c->n_docs; i++)
		if (c->docs[i]->tdx && !c->docs[i]->is_qe)
			judge(c->docs[i], qe, data, size);
	PROMISE(collateral_copy(c, &copy) == 0 && copy->n_docs == c->n_docs);
	collateral_free(c);
	collateral_free(copy);
	return 0;
}
