/* SPDX-License-Identifier: BSD-2-Clause */
/* Pairs of a fleet: over one context, which remembers certificates, and over one for each. */
#include "bench.h"

#include <json-c/json.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "process.h"

/* Within the validity of all TEST certificates, whose root is not Nitro's. */
#define NOW 1767225600
#define NOW_TEXT "2026-01-01T00:00:00Z"
#define PAIRS_MAX 4096
#define ROOT_MAX 8192

struct part {
	uint8_t *p;
	size_t len;
};

/* What is in one line of --batch, but for its nonce. */
struct pair {
	struct part log, evidence; /* log: empty of a Nitro document */
};

static const char *folder;

static struct fleet {
	int kind;
	struct pair pairs[PAIRS_MAX];
	size_t n;
	uint8_t root[ROOT_MAX];
	size_t root_len;
} fleet = { .kind = -1 };

/* As gen/mkfleet.py writes them. */
static const struct {
	const char *lines, *root;
} files[] = {
	[FLEET_DISTINCT] = { "fleet-distinct", "fleet-distinct-root.pem" },
	[FLEET_RETURNS] = { "fleet-returns", "fleet-returns-root.pem" },
	[FLEET_NITRO] = { "fleet-nitro", "fleet-nitro-root.pem" },
};

void fleet_is(const char *path)
{
	folder = path;
}

bool fleet_is_there(void)
{
	return folder;
}

static void path_of(const char *name, char *ret, size_t size)
{
	if ((size_t)snprintf(ret, size, "%s/%s", folder, name) >= size)
		die(NULL, "a long name: %s", folder);
}

static FILE *open_file(const char *name)
{
	char path[1024];
	FILE *file;

	path_of(name, path, sizeof(path));
	file = fopen(path, "re");
	if (!file)
		die(NULL, "cannot read %s", path);
	return file;
}

static struct part decode(struct json_object *line, const char *key)
{
	struct json_object *value;
	struct part part = { NULL, 0 };
	const char *text;
	int len;

	if (!json_object_object_get_ex(line, key, &value))
		return part;
	text = json_object_get_string(value);
	len = json_object_get_string_len(value);
	part.p = must(malloc((size_t)len));
	len = EVP_DecodeBlock(part.p, (const unsigned char *)text, len);
	if (len < 0)
		die(NULL, "%s is not base64", key);
	/* It counts what is padded. */
	part.len = (size_t)len - (strchr(text, '=') ? strlen(strchr(text, '=')) : 0);
	return part;
}

static void drop_fleet(void)
{
	for (; fleet.n; fleet.n--) {
		free(fleet.pairs[fleet.n - 1].log.p);
		free(fleet.pairs[fleet.n - 1].evidence.p);
	}
	fleet.kind = -1;
}

static void read_fleet(int kind, size_t most)
{
	FILE *lines = open_file(files[kind].lines), *root = open_file(files[kind].root);
	char *text = NULL;
	size_t size = 0;

	drop_fleet();
	fleet.root_len = fread(fleet.root, 1, sizeof(fleet.root), root);
	while (fleet.n < PAIRS_MAX && fleet.n < most && getline(&text, &size, lines) > 0) {
		struct json_object *line = json_tokener_parse(text);

		if (!line)
			die(NULL, "a line of %s is no JSON", files[kind].lines);
		fleet.pairs[fleet.n].log = decode(line, "log_base64");
		fleet.pairs[fleet.n++].evidence = decode(line, "evidence_base64");
		json_object_put(line);
	}
	free(text);
	fclose(lines);
	fclose(root);
	fleet.kind = kind;
}

static struct tsmmr_ctx *new_context(void)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_ctx *ctx;

	if (tsmmr_ctx_new(TSMMR_CTX_NO_PASS, &ctx, &err) < 0 ||
	    tsmmr_ctx_add_trust_root(ctx, fleet.root, fleet.root_len, &err) < 0 ||
	    (fleet.kind != FLEET_NITRO && tsmmr_ctx_set_time(ctx, NOW, &err) < 0))
		die(&err, "no context");
	return ctx;
}

static void replay_log(const struct tsmmr_ctx *ctx, const struct pair *pair,
		       const struct tsmmr_regs *regs)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_stream *stream;
	struct tsmmr_policy *policy;
	struct tsmmr_report *report;

	if (tsmmr_policy_new(ctx, &policy, &err) < 0 ||
	    tsmmr_policy_set_no_nonce(policy, &err) < 0 ||
	    tsmmr_stream_open_mem(ctx, NULL, pair->log.p, pair->log.len, &stream, &err) < 0 ||
	    tsmmr_report_new_stream(ctx, &stream, 1, regs, policy, &report, &err) < 0)
		die(&err, "a pair of the fleet");
	if (tsmmr_report_verdict(report) != TSMMR_VERDICT_VERIFIED)
		die(NULL, "a pair of the fleet is not verified");
	tsmmr_report_free(report);
	tsmmr_stream_free(stream);
	tsmmr_policy_free(policy);
}

static void verify_pair(const struct tsmmr_ctx *ctx, const struct pair *pair)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_evidence *evidence;
	struct tsmmr_regs *regs;
	const uint8_t *root;
	uint64_t when;

	if (tsmmr_evidence_new(ctx, &evidence, &err) < 0 ||
	    tsmmr_evidence_add(evidence, TSMMR_PART_AUTO, pair->evidence.p, pair->evidence.len,
			       &err) < 0 ||
	    tsmmr_regs_from_evidence(ctx, evidence, &regs, &err) < 0)
		die(&err, "evidence of the fleet");
	if (tsmmr_regs_evidence_root(regs, 0, &root, &when) < 0)
		die(NULL, "evidence of the fleet leads to no root");
	if (pair->log.len)
		replay_log(ctx, pair, regs);
	tsmmr_regs_free(regs);
	tsmmr_evidence_free(evidence);
}

/* ---- what a context remembers ---- */

static void one_context(struct input *in, int arg, struct outcome *ret)
{
	struct tsmmr_ctx *ctx = new_context();

	for (size_t i = 0; i < fleet.n; i++)
		verify_pair(ctx, &fleet.pairs[i]);
	tsmmr_ctx_free(ctx);
}

static void context_each(struct input *in, int arg, struct outcome *ret)
{
	for (size_t i = 0; i < fleet.n; i++) {
		struct tsmmr_ctx *ctx = new_context();

		verify_pair(ctx, &fleet.pairs[i]);
		tsmmr_ctx_free(ctx);
	}
}

static void contexts_alone(struct input *in, int arg, struct outcome *ret)
{
	for (size_t i = 0; i < fleet.n; i++)
		tsmmr_ctx_free(new_context());
}

void measure_fleet(const struct goal *g, const struct options *o, struct figure *ret)
{
	struct input in = { .n = 0 };
	struct lane lanes[] = {
		{ { one_context, 0, "one context" }, &in, 0 },
		{ { context_each, 0, "a context each" }, &in, 0 },
		{ { contexts_alone, 0, "contexts" }, &in, 0 },
	};

	read_fleet(g->ours.arg, goal_records(g, o));
	in.n = fleet.n;
	lanes_measure(lanes, 3, o);
	drop_fleet();
	ret->ours = lanes[0].best / 1e3;
	ret->raw = (lanes[1].best - lanes[2].best) / 1e3;
}

/* ---- what a vendor says of all of them ---- */

/* Its end was half a year before NOW. */
#define GRACE (365 * 86400)

static void add_collateral(struct tsmmr_ctx *ctx)
{
	static const char *const names[] = { "tcb-info.json", "qe-identity.json", "pck.crl",
					     "root.crl", "chain.pem" };
	struct tsmmr_error err = { .size = sizeof(err) };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint8_t bytes[2048];
		char path[1024];
		FILE *file;
		size_t n;

		snprintf(path, sizeof(path), COLLATERAL "/%s", names[i]);
		file = fopen(path, "re");
		if (!file)
			die(NULL, "cannot read %s", path);
		n = fread(bytes, 1, sizeof(bytes), file);
		fclose(file);
		if (n == sizeof(bytes) ||
		    tsmmr_ctx_add_collateral(ctx, TSMMR_PART_AUTO, bytes, n, &err) < 0)
			die(&err, "collateral");
	}
	if (tsmmr_ctx_set_collateral_grace(ctx, GRACE, &err) < 0)
		die(&err, "no grace");
}

static void verify_all(struct input *in, int collateral, struct outcome *ret)
{
	struct tsmmr_ctx *ctx = new_context();

	if (collateral)
		add_collateral(ctx);
	for (size_t i = 0; i < fleet.n; i++)
		verify_pair(ctx, &fleet.pairs[i]);
	tsmmr_ctx_free(ctx);
}

void measure_collateral(const struct goal *g, const struct options *o, struct figure *ret)
{
	struct input in = { .n = 0 };
	struct lane lanes[] = {
		{ { verify_all, true, "with collateral" }, &in, 0 },
		{ { verify_all, false, "without" }, &in, 0 },
	};

	read_fleet(g->ours.arg, goal_records(g, o));
	in.n = fleet.n;
	lanes_measure(lanes, 2, o);
	drop_fleet();
	ret->ours = lanes[0].best / 1e3;
	ret->raw = lanes[1].best / 1e3;
}

/* ---- the command, fed with lines ---- */

/* The processor time of a batch of what that file has. */
static double batch_ns(const char *lines, const char *threads)
{
	struct job job = { .feed = lines };
	char root[1024];
	const char *const words[] = { command_path(), "verify", "--batch", "-j",    threads,
				      "--trust-root", root,     "--time",  NOW_TEXT };

	path_of(files[fleet.kind].root, root, sizeof(root));
	memcpy(job.words, words, sizeof(words));
	return process_run(&job).cpu_ns;
}

static void batch(struct input *in, int threads, struct outcome *ret)
{
	char path[1024];

	path_of(files[fleet.kind].lines, path, sizeof(path));
	ret->took_ns = batch_ns(path, threads == 2 ? "2" : "1");
}

/* Each line has a process of its own. */
static void process_each(struct input *in, int arg, struct outcome *ret)
{
	FILE *lines = open_file(files[fleet.kind].lines);
	char *text = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&text, &size, lines)) > 0) {
		int fd = memfd_create("line", MFD_CLOEXEC);
		char path[64];

		if (fd < 0 || write(fd, text, (size_t)n) != n)
			die(NULL, "no memory for a line");
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), fd);
		ret->took_ns += batch_ns(path, "1");
		close(fd);
	}
	free(text);
	fclose(lines);
}

static void measure_batches(const struct goal *g, const struct options *o, struct way raw,
			    struct figure *ret)
{
	struct input in = { .n = 0 };
	struct lane lanes[] = {
		{ { batch, g->ours.arg, "a batch" }, &in, 0 },
		{ raw, &in, 0 },
	};

	read_fleet(FLEET_DISTINCT, PAIRS_MAX);
	in.n = fleet.n;
	lanes_measure(lanes, 2, o);
	drop_fleet();
	ret->ours = lanes[0].best / 1e3;
	ret->raw = lanes[1].best / 1e3;
}

void measure_fleet_processes(const struct goal *g, const struct options *o, struct figure *ret)
{
	measure_batches(g, o, (struct way){ process_each, 0, "a process each" }, ret);
}

void measure_fleet_threads(const struct goal *g, const struct options *o, struct figure *ret)
{
	measure_batches(g, o, (struct way){ batch, 1, "one thread" }, ret);
}
