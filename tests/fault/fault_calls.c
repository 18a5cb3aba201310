/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public calls that the command does not make, for every.py, which fails what they allocate:
 * fault_calls LOG QUOTE ROOT MACHINE.  What they answer goes to stdout.  Exit status 0, or a
 * reason and 5, or 6 and the code of what is neither memory nor this program's.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tsmmr/tsmmr.h>

#include "input.h"

#define NAME(s) ((s) ? (s) : "-")

/* All that is made, and freed at the end however far it came. */
static struct {
	struct tsmmr_ctx *ctx;
	struct tsmmr_input *input;
	struct tsmmr_log *log, *other;
	struct tsmmr_evidence *evidence;
	struct tsmmr_regs *regs;
	struct tsmmr_policy *policy;
	struct tsmmr_known *known;
	struct tsmmr_report *report;
	struct tsmmr_appraisal *appraisal;
	struct tsmmr_explain *explain;
	struct tsmmr_prediction *prediction;
	struct tsmmr_stream *stream;
	struct tsmmr_attest *attest;
	struct tsmmr_tree *tree;
	uint8_t *bytes;
} a;

static struct tsmmr_error err;
static char log_bytes[1 << 17], quote[1 << 14], root[1 << 14];
static size_t n_log, n_quote, n_root;

/* What fails here is no call of the library's. */
static void die(const char *what)
{
	perror(what);
	exit(5);
}

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(path);
	return fd;
}

static size_t read_file(const char *path, char *to, size_t size)
{
	int fd = open_file(path);
	size_t n = 0;
	ssize_t got;

	while ((got = read(fd, to + n, size - n)) > 0)
		n += (size_t)got;
	close(fd);
	if (got < 0 || n == size)
		die(path);
	return n;
}

static void trace(int level, const char *text, void *user)
{
	++*(int *)user;
}

static void show_bytes(size_t n)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < n; i++)
		sum = sum * 31 + a.bytes[i];
	printf("%zu bytes, %x\n", n, sum);
	tsmmr_free(a.bytes);
	a.bytes = NULL;
}

static int contexts(int *traced)
{
	int r = tsmmr_ctx_new(0, &a.ctx, &err);

	if (r == 0)
		r = tsmmr_ctx_set_flags(a.ctx, TSMMR_CTX_OPENSSL_ONLY, &err);
	if (r == 0)
		r = tsmmr_ctx_set_openssl(a.ctx, NULL, "provider=default", &err);
	if (r == 0)
		r = tsmmr_ctx_set_trace(a.ctx, trace, traced, &err);
	if (r == 0)
		tsmmr_ctx_free(tsmmr_ctx_ref(a.ctx));
	return r;
}

static int show_events(void)
{
	size_t n;
	int r = 0;

	for (size_t i = 0; r == 0 && i < tsmmr_log_count(a.log); i++) {
		const struct tsmmr_event *event = tsmmr_log_get(a.log, i);

		printf("%llu %llu %llu %d: ", (unsigned long long)tsmmr_event_log(event),
		       (unsigned long long)tsmmr_event_index(event),
		       (unsigned long long)tsmmr_event_recnum(event), tsmmr_event_space(event));
		r = tsmmr_event_details_json(event, &a.bytes, &n, &err);
		if (r == TSMMR_E_NOTFOUND)
			r = 0;
		else if (r == 0)
			show_bytes(n);
	}
	return r;
}

static int logs(const char *path)
{
	int r = input_as(TSMMR_FORMAT_AUTO, TSMMR_PLATFORM_AUTO, NULL, &a.input, &err), fd;
	size_t n;

	if (r == 0)
		r = tsmmr_log_parse_borrow(a.ctx, a.input, log_bytes, n_log, &a.other, &err);
	tsmmr_log_free(a.other);
	a.other = NULL;
	fd = r == 0 ? open_file(path) : -1;
	if (r == 0)
		r = tsmmr_log_open_fd(a.ctx, a.input, fd, &a.other, &err);
	if (fd >= 0)
		close(fd);
	if (r == 0)
		r = tsmmr_log_parse(a.ctx, a.input, log_bytes, n_log, &a.log, &err);
	if (r < 0)
		return r;
	tsmmr_log_free(tsmmr_log_ref(a.log));
	printf("%s, format %d, %llu bytes, %zu records, %zu findings, %zu sources, %s %d, %llu\n",
	       NAME(tsmmr_log_name(a.log)), tsmmr_log_format(a.log),
	       (unsigned long long)tsmmr_log_byte_count(a.other), tsmmr_log_count(a.log),
	       tsmmr_log_finding_count(a.log), tsmmr_log_source_count(a.log),
	       NAME(tsmmr_log_source_name(a.log, 0)), tsmmr_log_source_format(a.log, 0),
	       (unsigned long long)tsmmr_log_find(a.log, 0, 2));
	for (size_t i = 0; i < tsmmr_log_finding_count(a.log); i++)
		puts(tsmmr_finding_id(tsmmr_log_finding(a.log, i)));
	r = show_events();
	if (r == 0)
		r = tsmmr_log_export(a.ctx, a.log, TSMMR_FORMAT_CEL_JSON, &a.bytes, &n, &err);
	if (r < 0)
		return r;
	show_bytes(n);
	r = tsmmr_stream_open_mem(a.ctx, a.input, log_bytes, n_log, &a.stream, &err);
	if (r == 0)
		r = tsmmr_stream_export(a.ctx, a.stream, TSMMR_FORMAT_CEL_CBOR, &a.bytes, &n, &err);
	if (r < 0)
		return r;
	show_bytes(n);
	printf("%s %llu %zu\n", NAME(tsmmr_stream_name(a.stream)),
	       (unsigned long long)tsmmr_stream_event_count(a.stream),
	       tsmmr_stream_finding_count(a.stream));
	return 0;
}

/* What the command does not do: events are kept, and JSON comes whole. */
static int differences(void)
{
	struct tsmmr_stream *stream = NULL;
	struct tsmmr_diff *diff = NULL;
	size_t n;
	int r = tsmmr_diff_new(a.ctx, &diff, &err);

	if (r == 0)
		r = tsmmr_stream_open_mem(a.ctx, a.input, log_bytes, n_log, &stream, &err);
	if (r == 0)
		r = tsmmr_diff_add_stream(diff, TSMMR_SIDE_A, stream, &err);
	if (r == 0)
		r = tsmmr_diff_compare(diff, &err);
	if (r == 0)
		r = tsmmr_diff_export_json(diff, &a.bytes, &n, &err);
	if (r == 0)
		show_bytes(n);
	tsmmr_diff_free(diff);
	tsmmr_stream_free(stream);
	return r;
}

static int evidence(void)
{
	static const uint8_t none[32] = { 1 };
	const uint8_t *p;
	size_t n, len;
	int r = tsmmr_evidence_new(a.ctx, &a.evidence, &err), type;

	if (r == 0)
		r = tsmmr_evidence_add(a.evidence, TSMMR_PART_AUTO, quote, n_quote, &err);
	if (r == 0)
		r = tsmmr_evidence_add_trust_root(a.evidence, root, n_root, &err);
	if (r == 0)
		r = tsmmr_evidence_add_trust_root_sha256(a.evidence, none, sizeof(none), &err);
	if (r == 0) /* 2026-01-01 */
		r = tsmmr_evidence_set_time(a.evidence, 1767225600, &err);
	if (r == 0)
		r = tsmmr_regs_from_evidence(a.ctx, a.evidence, &a.regs, &err);
	if (r < 0)
		return r;
	printf("%s, %zu parts, quote %d\n", NAME(tsmmr_evidence_envelope(a.evidence, 0)),
	       tsmmr_evidence_part_count(a.evidence),
	       tsmmr_evidence_part(a.evidence, TSMMR_PART_QUOTE, &p, &len));
	tsmmr_regs_free(tsmmr_regs_ref(a.regs));
	n = tsmmr_regs_claim_count(a.regs, 0);
	printf("%zu pieces, trust %d, platform %d, debug %d, nonce %d, unchecked %d, %zu claims\n",
	       tsmmr_regs_evidence_count(a.regs), tsmmr_regs_evidence_trust(a.regs, 0),
	       tsmmr_regs_evidence_platform(a.regs, 0), tsmmr_regs_evidence_is_debug(a.regs, 0),
	       tsmmr_regs_evidence_nonce(a.regs, 0, &p, &len),
	       tsmmr_regs_evidence_is_unchecked(a.regs, 0, "tcb-status"), n);
	for (size_t i = 0; i < n; i++) {
		const char *name;
		uint64_t number = 0;

		if (tsmmr_regs_claim_at(a.regs, 0, i, &name, &type, &p, &len) < 0)
			return TSMMR_E_INTERNAL;
		printf("%s %d %d %d %d\n", name, type, tsmmr_regs_claim_type(a.regs, 0, name),
		       tsmmr_regs_claim_trust(a.regs, 0, name),
		       tsmmr_regs_claim_u64(a.regs, 0, name, &number));
	}
	for (size_t i = 0; i < tsmmr_regs_count(a.regs); i++)
		printf("%llu %d\n", (unsigned long long)tsmmr_reg_index(tsmmr_regs_get(a.regs, i)),
		       tsmmr_reg_space(tsmmr_regs_get(a.regs, i)));
	return 0;
}

static int reports(void)
{
	static const char list[] =
		"rtmr1 92887f6f9422d0c275a3ca93034a57f13c02e72f67f4173d63ccc39742bc45ce"
		"4810e341375454d5dda6b275874c1c5f kernel\n";
	const char *word, *reg = NULL;
	uint64_t piece = 0, log = 0, record = 0;
	uint8_t hash[32];
	char text[512];
	size_t n;
	int r = tsmmr_policy_new(a.ctx, &a.policy, &err);

	if (r == 0)
		r = tsmmr_policy_at_least(a.policy, "version", 5, &err);
	if (r == 0)
		r = tsmmr_policy_expect_claim(a.policy, "seam_attributes", "\0\0\0\0\0\0\0", 8,
					      NULL, &err);
	if (r == 0)
		r = tsmmr_policy_hash(a.policy, hash);
	if (r < 0)
		return r;
	tsmmr_policy_free(tsmmr_policy_ref(a.policy));
	r = tsmmr_report_new(a.ctx, &a.log, 1, a.regs, a.policy, &a.report, &err);
	for (size_t i = 0; r == 0 && (word = tsmmr_report_because(a.report, i, &reg, &piece)); i++)
		printf("%s %s\n", word, NAME(reg));
	for (size_t i = 0; r == 0 && i < tsmmr_log_count(a.log); i++) {
		if (tsmmr_report_event_text(a.report, a.log, 0, i, text, sizeof(text)) < 0)
			return TSMMR_E_NOMEM;
		printf("%d %s\n", tsmmr_report_is_event_proven(a.report, 0, i), text);
		r = tsmmr_report_event_json(a.report, a.log, 0, i, &a.bytes, &n, &err);
		if (r == 0)
			show_bytes(n);
	}
	if (r == 0)
		r = tsmmr_known_new(a.ctx, &a.known, &err);
	if (r == 0)
		tsmmr_known_free(tsmmr_known_ref(a.known));
	if (r == 0)
		r = tsmmr_known_add(a.known, TSMMR_KNOWN_SUMS, NULL, "list", list, sizeof(list) - 1,
				    &err);
	if (r == 0)
		r = tsmmr_appraisal_new(a.report, a.known, &a.log, 1, &a.appraisal, &err);
	if (r < 0)
		return r;
	printf("%zu digests, launch %s, %s %llu %d\n", (size_t)tsmmr_known_count(a.known),
	       NAME(tsmmr_appraisal_launch(a.appraisal)),
	       NAME(tsmmr_appraisal_because(a.appraisal, 0, &reg, &piece)),
	       (unsigned long long)tsmmr_appraisal_count(a.appraisal, 0, 0),
	       tsmmr_appraisal_first_unknown(a.appraisal, 0, &log, &record));
	return 0;
}

/* Of logs: of streams the command asks. */
static int predictions(void)
{
	int r = tsmmr_prediction_new(a.ctx, &a.log, 1, a.report, &a.prediction, &err);

	if (r == 0)
		r = tsmmr_prediction_drop(a.prediction, 0, 24, &err);
	if (r == 0)
		r = tsmmr_prediction_run(a.prediction, &err);
	for (size_t i = 0; r == 0 && i < tsmmr_report_count(a.report); i++)
		printf("%d", tsmmr_prediction_is_changed(a.prediction, i));
	putchar('\n');
	return r;
}

static void show_hypothesis(const struct tsmmr_hypothesis *h)
{
	printf("%s %llu %llu %llu %llu %d %s\n", tsmmr_hypothesis_id(h),
	       (unsigned long long)tsmmr_hypothesis_log(h),
	       (unsigned long long)tsmmr_hypothesis_first(h),
	       (unsigned long long)tsmmr_hypothesis_last(h),
	       (unsigned long long)tsmmr_hypothesis_offset(h), tsmmr_hypothesis_would_match(h),
	       tsmmr_hypothesis_text(h));
}

static int explanations(void)
{
	int r = tsmmr_explain_new(a.ctx, a.report, &a.log, 1, NULL, &a.explain, &err);

	for (size_t i = 0; r == 0 && i < tsmmr_report_count(a.report); i++) {
		const struct tsmmr_gap *gap = tsmmr_report_gap(a.report, i, 0);

		printf("%zu gaps, %d %llu, %zu findings\n", tsmmr_report_gap_count(a.report, i),
		       gap && tsmmr_gap_is_allowed(gap),
		       (unsigned long long)(gap ? tsmmr_gap_log(gap) : 0),
		       tsmmr_report_finding_count(a.report));
		for (size_t k = 0; k < tsmmr_explain_hypothesis_count(a.explain, i); k++)
			show_hypothesis(tsmmr_explain_hypothesis(a.explain, i, k));
	}
	return r;
}

static int machine(const char *path)
{
	static const uint8_t digest[48];
	char whole[PATH_MAX];
	int outcome = 0, r;

	if (!realpath(path, whole))
		die(path);
	r = tsmmr_ctx_set_root(a.ctx, whole, &err);
	tsmmr_log_free(a.other);
	a.other = NULL;
	if (r == 0)
		r = tsmmr_log_collect(a.ctx, TSMMR_PLATFORM_TDX, &a.other, &err);
	if (r == 0)
		r = tsmmr_attest_new(TSMMR_PLATFORM_SNP, &a.attest, &err);
	if (r == 0)
		r = tsmmr_attest_set_u64(a.attest, "vmpl", 3, &err);
	if (r == 0)
		r = tsmmr_tree_open(a.ctx, &a.tree, &err);
	/* Of a register that takes nothing: the others are tests/data. */
	if (r == 0 && tsmmr_tree_extend(a.tree, "mrtd", digest, 48, &err) == TSMMR_E_NOMEM)
		r = TSMMR_E_NOMEM;
	if (r == 0 && tsmmr_tree_settle(a.tree, "mrtd", &outcome, &err) == TSMMR_E_NOMEM)
		r = TSMMR_E_NOMEM;
	if (r == 0)
		printf("%zu collected, %u\n", tsmmr_log_count(a.other), tsmmr_version_number());
	tsmmr_ctx_cancel(a.ctx);
	return r;
}

static void free_all(void)
{
	tsmmr_free(a.bytes);
	tsmmr_tree_free(a.tree);
	tsmmr_attest_free(a.attest);
	tsmmr_stream_free(a.stream);
	tsmmr_explain_free(a.explain);
	tsmmr_prediction_free(a.prediction);
	tsmmr_appraisal_free(a.appraisal);
	tsmmr_report_free(a.report);
	tsmmr_known_free(a.known);
	tsmmr_policy_free(a.policy);
	tsmmr_regs_free(a.regs);
	tsmmr_evidence_free(a.evidence);
	tsmmr_log_free(a.other);
	tsmmr_log_free(a.log);
	tsmmr_input_free(a.input);
	tsmmr_ctx_free(a.ctx);
	memset(&a, 0, sizeof(a));
}

int main(int argc, char **argv)
{
	int traced = 0, r;

	if (argc < 5)
		return 1;
	err = (struct tsmmr_error){ .size = sizeof(err) };
	n_log = read_file(argv[1], log_bytes, sizeof(log_bytes));
	n_quote = read_file(argv[2], quote, sizeof(quote));
	n_root = read_file(argv[3], root, sizeof(root));
	r = contexts(&traced);
	if (r == 0)
		r = logs(argv[1]);
	if (r == 0)
		r = differences();
	if (r == 0)
		r = evidence();
	if (r == 0)
		r = reports();
	if (r == 0)
		r = predictions();
	if (r == 0)
		r = explanations();
	if (r == 0)
		r = machine(argv[4]);
	if (fflush(stdout) == EOF || ferror(stdout))
		die("stdout");
	free_all();
	if (r < 0)
		fprintf(stderr, "%d: %s\n", r, err.message);
	return r == TSMMR_E_NOMEM ? 5 : r < 0 ? 6 : 0;
}
