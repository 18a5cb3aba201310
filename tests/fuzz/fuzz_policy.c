/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as a policy. */
#include "fuzz.h"

#include <string.h>

/* A policy of the text between those two, or NULL with *ret_error. */
static struct tsmmr_policy *policy_of(const char *before, const uint8_t *data, size_t size,
				      const char *after, struct tsmmr_error *ret_error)
{
	size_t n = strlen(before) + size + strlen(after);
	struct tsmmr_policy *policy;
	char *text = malloc(n + 1);
	int r;

	PROMISE(text);
	memcpy(text, before, strlen(before));
	if (size)
		memcpy(text + strlen(before), data, size);
	memcpy(text + strlen(before) + size, after, strlen(after));
	*ret_error = (struct tsmmr_error){ .size = sizeof(*ret_error) };
	PROMISE(tsmmr_policy_new(fuzz_ctx(), &policy, NULL) == 0);
	r = tsmmr_policy_parse(policy, text, n, ret_error);
	free(text);
	if (r == 0)
		return policy;
	fuzz_check_error(r, ret_error);
	tsmmr_policy_free(policy);
	return NULL;
}

/* What is asked does not depend on comments, and comes to nothing where there is nothing. */
static void check_policy(struct tsmmr_policy *policy, struct tsmmr_policy *same)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	uint8_t hash[32], hash_of_same[32];
	struct tsmmr_report *report;
	int r;

	PROMISE(tsmmr_policy_hash(policy, hash) == 0 && tsmmr_policy_hash(same, hash_of_same) == 0);
	PROMISE(!memcmp(hash, hash_of_same, sizeof(hash)));
	r = tsmmr_report_new(fuzz_ctx(), NULL, 0, NULL, policy, &report, &err);
	if (r < 0) {
		fuzz_check_error(r, &err);
		return;
	}
	PROMISE(tsmmr_report_verdict(report) != TSMMR_VERDICT_VERIFIED);
	tsmmr_report_free(report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsmmr_error err, err_of_same;
	struct tsmmr_policy *policy = policy_of("", data, size, "", &err);
	struct tsmmr_policy *same = policy_of("# one\n", data, size, "\n# another", &err_of_same);

	if (policy && same)
		check_policy(policy, same);
	else
		PROMISE(err.code == err_of_same.code || err_of_same.code == TSMMR_E_LIMIT);
	tsmmr_policy_free(policy);
	tsmmr_policy_free(same);
	return 0;
}
