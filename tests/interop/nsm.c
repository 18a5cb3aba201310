/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nsm OPERATION <ANSWER
 *
 * Reads an answer as if /dev/nsm had given it, and prints what is in it; or the name of the
 * error's code, and exits 1.
 */
#include <stdio.h>
#include <string.h>

#include "core/names.h"
#include "sys/nsm.h"
#include "util/hex.h"

static uint8_t answer[NSM_RESPONSE_MAX];
static size_t n_answer;

static int exchange(struct nsm *nsm, struct span request, size_t *ret_n)
{
	(void)request;
	memcpy(nsm->response, answer, n_answer);
	*ret_n = n_answer;
	return 0;
}

static void print_hex(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%02x", p[i]);
	printf("\n");
}

static int run(struct nsm *nsm, const char *op, struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf document = { 0 };
	const struct span nothing = { 0 };
	struct nsm_description d;
	uint8_t value[NSM_PCR_SIZE];
	bool locked;
	int r;

	if (strcmp(op, "DescribeNSM") == 0) {
		r = nsm_describe(nsm, &d, err);
		if (r == 0)
			printf("%d.%d.%d %s %u %llx\n", (int)d.major, (int)d.minor, (int)d.patch,
			       d.module_id, d.n_pcrs, (unsigned long long)d.locked);
	} else if (strcmp(op, "DescribePCR") == 0) {
		r = nsm_describe_pcr(nsm, 0, value, &locked, err);
		if (r == 0)
			printf("%s ", locked ? "locked" : "open");
		if (r == 0)
			print_hex(value, sizeof(value));
	} else if (strcmp(op, "ExtendPCR") == 0) {
		r = nsm_extend_pcr(nsm, 16, nothing, value, err);
		if (r == 0)
			print_hex(value, sizeof(value));
	} else {
		r = nsm_attest(nsm, nothing, nothing, nothing, &document, err);
		if (r == 0)
			print_hex(document.p, document.n);
	}
	return r;
}

int main(int argc, char **argv)
{
	static struct nsm nsm = { .exchange = exchange, .fd = -1 };
	struct tsmmr_error err = { .size = sizeof(err) };
	int r;

	if (argc != 2)
		return 2;
	n_answer = fread(answer, 1, sizeof(answer), stdin);
	r = run(&nsm, argv[1], &err);
	if (r == 0)
		return 0;
	printf("%s\n", error_name(err.code));
	return 1;
}
