/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as what a Nitro Secure Module answers, the first of them choosing the question. */
#include "fuzz.h"

#include <string.h>

#include "sys/nsm.h"
#include "util/error.h"

static const uint8_t *answer;
static size_t answer_n, asked;

static int exchange(struct nsm *nsm, struct span request, size_t *ret_n)
{
	PROMISE(request.p && request.n && request.n <= NSM_REQUEST_MAX);
	PROMISE(answer_n <= NSM_RESPONSE_MAX);
	if (answer_n)
		memcpy(nsm->response, answer, answer_n);
	asked++;
	*ret_n = answer_n;
	return 0;
}

static int describe(struct nsm *nsm, struct tsmmr_error *err)
{
	struct nsm_description d;
	int r = nsm_describe(nsm, &d, err);

	PROMISE(r < 0 || (d.n_pcrs <= NSM_PCRS_MAX &&
			  strnlen(d.module_id, sizeof(d.module_id)) < sizeof(d.module_id)));
	return r;
}

static int attest(struct nsm *nsm, struct tsmmr_error *err)
{
	struct buf document = { 0 };
	int r = nsm_attest(nsm, span_of("data", 4), span_of("nonce", 5), span_of(NULL, 0),
			   &document, err);

	PROMISE(r < 0 ? !document.n : document.n <= answer_n);
	buf_done(&document);
	return r;
}

/* What cannot be told from an extension is never said to be none. */
static void check_error(int question, int r, const struct tsmmr_error *err)
{
	fuzz_check_io_error(r, err);
	PROMISE(question < 2 || question == 5 ||
		(r != TSMMR_E_MALFORMED && r != TSMMR_E_TRUNCATED));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nsm nsm = { .exchange = exchange, .fd = -1 };
	struct tsmmr_error err = { .size = sizeof(err) };
	int question = size ? data[0] % 6 : 0, r = 0;
	uint8_t value[NSM_PCR_SIZE];
	bool locked;

	answer = size ? data + 1 : data;
	answer_n = size ? size - 1 : 0;
	if (answer_n > NSM_RESPONSE_MAX)
		answer_n = NSM_RESPONSE_MAX;
	/* What an answer before it left is no part of this one. */
	memset(nsm.response, 0xa5, sizeof(nsm.response));
	asked = 0;
	switch (question) {
	case 0:
		r = describe(&nsm, &err);
		break;
	case 1:
		r = nsm_describe_pcr(&nsm, 3, value, &locked, &err);
		break;
	case 2:
		r = nsm_extend_pcr(&nsm, 3, span_of("digest", 6), value, &err);
		break;
	case 3:
		r = nsm_lock_pcr(&nsm, 3, &err);
		break;
	case 4:
		r = nsm_lock_pcrs(&nsm, 16, &err);
		break;
	case 5:
		r = attest(&nsm, &err);
		break;
	}
	PROMISE(asked == 1);
	if (r < 0)
		check_error(question, r, &err);
	return 0;
}
