/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The goals, a row each: the job, the raw loop that it is compared with, and the limit.
 *
 * A row that this tree meets says MET; whoever makes it fall back by more than its margin hears
 * of it.  One that is not met yet says OPEN, one that is met only where several digests are made
 * at once MET_BY_VECTORS.
 */
#include "bench.h"

#define MILLION 1000000
#define SHA256 TSMMR_HASH_SHA256
#define SHA384 TSMMR_HASH_SHA384

/* The library's jobs, and the raw loops. */
#define WALK                    \
	{                       \
		walk, 0, "walk" \
	}
#define REPLAY(hash)                   \
	{                              \
		replay, hash, "replay" \
	}
#define REPLAY_FD(hash)                   \
	{                                 \
		replay_fd, hash, "replay" \
	}
#define EXPORT(format)                                  \
	{                                               \
		export, TSMMR_FORMAT_##format, "export" \
	}
#define LINES(hash)                                  \
	{                                            \
		raw_lines, hash, "digest and extend" \
	}
#define EXTEND(hash)                       \
	{                                  \
		raw_extend, hash, "extend" \
	}
#define OPENSSL_ONLY(hash)                           \
	{                                            \
		replay_openssl, hash, "OpenSSL only" \
	}
#define CHAIN(hash)                       \
	{                                 \
		raw_chain, hash, "extend" \
	}

/* A record is as fast in a log of so many as in one of a hundredth. */
#define LINEAR(called, job, kind, records, way)                                           \
	{                                                                                 \
		.id = "8", .name = called, .what = job ", so many and a hundredth of it", \
		.input = kind, .n = records, .ours = way, .measure = measure_growth,      \
		.rule = AT_MOST, .limit = 1.10, .margin = 0.10, .state = MET              \
	}

/* clang-format off */
const struct goal goals[] = {
	{ .id = "1", .name = "text", .what = "replay text, SHA-384, from memory",
	  .input = TEXT_384, .n = MILLION, .ours = REPLAY(SHA384), .raw = LINES(SHA384),
	  .rule = AT_MOST, .limit = 1.08, .margin = 0.04, .state = MET },
	{ .id = "1", .name = "text-fd", .what = "replay text, SHA-384, from a file",
	  .input = TEXT_384, .n = MILLION, .ours = REPLAY_FD(SHA384), .raw = LINES(SHA384),
	  .rule = AT_MOST, .limit = 1.15, .margin = 0.06, .state = MET },
	{ .id = "2", .name = "text-naive", .what = "the same against EVP_Digest() each time",
	  .input = TEXT_384, .n = MILLION, .ours = REPLAY(SHA384),
	  .raw = { naive_lines, SHA384, "EVP_Digest()" },
	  .rule = AT_LEAST, .limit = 1.9, .margin = 0.05, .state = MET },
	{ .id = "1", .name = "text-sha256", .what = "replay text, SHA-256, from memory",
	  .input = TEXT_256, .n = MILLION, .ours = REPLAY(SHA256), .raw = LINES(SHA256),
	  .rule = NO_LIMIT },
	{ .id = "2", .name = "text-sha256-naive", .what = "the same against EVP_Digest() each time",
	  .input = TEXT_256, .n = MILLION, .ours = REPLAY(SHA256),
	  .raw = { naive_lines, SHA256, "EVP_Digest()" },
	  .rule = AT_LEAST, .limit = 2.5, .margin = 0.05, .state = MET_BY_VECTORS },

	{ .id = "3", .name = "tcg2", .what = "replay TCG2, one bank, from memory",
	  .input = TCG2_ONE, .n = MILLION, .ours = REPLAY(SHA384), .raw = EXTEND(SHA384),
	  .rule = AT_MOST, .limit = 1.08, .margin = 0.04, .state = MET_BY_VECTORS },
	{ .id = "3", .name = "tcg2-fd", .what = "replay TCG2, one bank, from a file",
	  .input = TCG2_ONE, .n = MILLION, .ours = REPLAY_FD(SHA384), .raw = EXTEND(SHA384),
	  .rule = NO_LIMIT },
	{ .id = "3", .name = "tcg2-walk", .what = "walk TCG2, one bank",
	  .input = TCG2_ONE, .n = MILLION, .ours = WALK,
	  .rule = WITHIN, .limit = 15, .margin = 0.25, .state = MET },
	{ .id = "3", .name = "ccel", .what = "replay CCEL, from memory",
	  .input = CCEL, .n = MILLION, .ours = REPLAY(SHA384), .raw = EXTEND(SHA384),
	  .rule = AT_MOST, .limit = 1.08, .margin = 0.04, .state = MET_BY_VECTORS },
	{ .id = "3", .name = "ccel-walk", .what = "walk CCEL",
	  .input = CCEL, .n = MILLION, .ours = WALK,
	  .rule = WITHIN, .limit = 15, .margin = 0.25, .state = MET },
	{ .id = "3", .name = "tcg2-two", .what = "replay TCG2, two banks, from memory",
	  .input = TCG2_TWO, .n = MILLION, .ours = REPLAY(SHA384),
	  .raw = { raw_extend_both, 0, "extend" },
	  .rule = AT_MOST, .limit = 1.08, .margin = 0.04, .state = MET_BY_VECTORS },
	{ .id = "3", .name = "tcg2-two-walk", .what = "walk TCG2, two banks",
	  .input = TCG2_TWO, .n = MILLION, .ours = WALK,
	  .rule = WITHIN, .limit = 15, .margin = 0.25, .state = MET },

	{ .id = "3", .name = "tcg2-command", .what = "the command replays TCG2, one bank, a file",
	  .input = TCG2_ONE, .n = 4 * MILLION / 10, .ours = { replay_command, 0, "the command" },
	  .raw = EXTEND(SHA384), .needs = COMMAND,
	  .rule = AT_MOST, .limit = 1.20, .margin = 0.06, .state = MET_BY_VECTORS },
	{ .id = "4", .name = "tcg2-asked", .what = "verify TCG2 of two banks, one asked for, and its data",
	  .input = TCG2_TWO, .n = MILLION, .ours = { verify, SHA384, "verify" },
	  .raw = { raw_extend_checked, SHA384, "digest and extend" }, .rule = NO_LIMIT },
	{ .id = "4", .name = "ima", .what = "verify IMA, SHA-256, and its SHA-1 digests",
	  .input = IMA, .n = MILLION / 2, .ours = { verify, SHA256, "verify" },
	  .raw = { raw_ima, 0, "digests and extend" }, .rule = NO_LIMIT },
	{ .id = "4", .name = "ima-walk", .what = "walk IMA",
	  .input = IMA, .n = MILLION / 2, .ours = WALK, .rule = NO_LIMIT },
	{ .id = "4", .name = "ima-ascii-walk", .what = "walk IMA, ASCII",
	  .input = IMA_ASCII, .n = MILLION / 4, .ours = WALK, .rule = NO_LIMIT },

	/* The walk that feeds it has a goal of its own. */
	{ .id = "5", .name = "json", .what = "write CEL-JSON, beyond the walk, against an extend",
	  .input = TCG2_TWO, .n = MILLION / 4, .ours = EXPORT(CEL_JSON), .less = WALK,
	  .raw = EXTEND(SHA384),
	  .rule = AT_MOST, .limit = 0.30, .margin = 0.15, .state = MET },
	{ .id = "5", .name = "json-ns", .what = "write CEL-JSON, beyond the walk",
	  .input = TCG2_TWO, .n = MILLION / 4, .ours = EXPORT(CEL_JSON), .less = WALK,
	  .rule = WITHIN, .limit = 60, .margin = 0.25, .state = MET },
	{ .id = "5", .name = "json-json-c", .what = "the same against json-c, an object a record",
	  .input = TCG2_TWO, .n = MILLION / 4, .ours = EXPORT(CEL_JSON), .less = WALK,
	  .raw = { json_objects, 0, "json-c" },
	  .rule = AT_LEAST, .limit = 40, .margin = 0.15, .state = MET },
	{ .id = "5", .name = "cbor", .what = "write CEL-CBOR, beyond the walk, against an extend",
	  .input = TCG2_TWO, .n = MILLION / 4, .ours = EXPORT(CEL_CBOR_SEQ), .less = WALK,
	  .raw = EXTEND(SHA384),
	  .rule = AT_MOST, .limit = 0.12, .margin = 0.15, .state = MET },
	{ .id = "5", .name = "cbor-ns", .what = "write CEL-CBOR, beyond the walk",
	  .input = TCG2_TWO, .n = MILLION / 4, .ours = EXPORT(CEL_CBOR_SEQ), .less = WALK,
	  .rule = WITHIN, .limit = 25, .margin = 0.25, .state = MET },
	{ .id = "5", .name = "cbor-heads", .what = "the same against cbor_encode_*()",
	  .input = TCG2_TWO, .n = MILLION / 4, .ours = EXPORT(CEL_CBOR_SEQ), .less = WALK,
	  .raw = { cbor_heads, 0, "libcbor" },
	  .rule = AT_LEAST, .limit = 3.5, .margin = 0.15, .state = MET },
	{ .id = "5b", .name = "cbor-out", .what = "the same against cbor_encode_*(), at the least",
	  .input = TCG2_TWO, .n = MILLION / 4, .ours = EXPORT(CEL_CBOR_SEQ), .less = WALK,
	  .raw = { cbor_heads, 0, "libcbor" },
	  .rule = AT_MOST, .limit = 1.25, .margin = 0.15, .state = MET },
	{ .id = "5", .name = "cbor-items", .what = "the same against libcbor, an item a record",
	  .input = TCG2_TWO, .n = MILLION / 4, .ours = EXPORT(CEL_CBOR_SEQ), .less = WALK,
	  .raw = { cbor_items, 0, "libcbor" },
	  .rule = AT_LEAST, .limit = 45, .margin = 0.15, .state = MET },
	{ .id = "5", .name = "cbor-array", .what = "write CEL-CBOR, as an array, beyond the walk",
	  .input = TCG2_TWO, .n = MILLION / 4, .ours = EXPORT(CEL_CBOR), .less = WALK,
	  .raw = EXTEND(SHA384), .rule = NO_LIMIT },
	{ .id = "5", .name = "tlv", .what = "write CEL-TLV, beyond the walk",
	  .input = TCG2_TWO, .n = MILLION / 4, .ours = EXPORT(CEL_TLV), .less = WALK,
	  .raw = EXTEND(SHA384), .rule = NO_LIMIT },
	{ .id = "5", .name = "jsonl", .what = "write JSON lines, beyond the walk",
	  .input = TCG2_TWO, .n = MILLION / 20, .ours = EXPORT(JSONL), .less = WALK,
	  .raw = EXTEND(SHA384), .rule = NO_LIMIT },
	{ .id = "5", .name = "yaml", .what = "write YAML, beyond the walk",
	  .input = TCG2_TWO, .n = MILLION / 10, .ours = EXPORT(TPM2_YAML), .less = WALK,
	  .raw = EXTEND(SHA384), .rule = NO_LIMIT },
	{ .id = "5b", .name = "json-in", .what = "read CEL-JSON, against json-c's parser",
	  .input = AS_JSON, .n = MILLION / 10, .ours = WALK, .raw = { json_parse, 0, "json-c" },
	  .rule = AT_MOST, .limit = 1.25, .margin = 0.08, .state = OPEN },
	{ .id = "5b", .name = "cbor-in", .what = "read CEL-CBOR, against cbor_stream_decode()",
	  .input = AS_CBOR, .n = MILLION / 4, .ours = WALK, .raw = { cbor_stream, 0, "libcbor" },
	  .rule = AT_MOST, .limit = 1.25, .margin = 0.08, .state = MET },
	{ .id = "5b", .name = "tlv-in", .what = "read CEL-TLV",
	  .input = AS_TLV, .n = MILLION / 4, .ours = WALK, .rule = NO_LIMIT },

	{ .id = "6", .name = "memory", .what = "peak memory of the command, every streaming mode",
	  .n = MILLION, .needs = COMMAND, .measure = measure_peak, .unit = "KiB",
	  .rule = WITHIN, .limit = 8192, .margin = 0.05, .state = MET },
	{ .id = "6", .name = "memory-growth", .what = "what it grows by from 10,000 records to so many",
	  .n = MILLION, .needs = COMMAND, .measure = measure_peak_growth, .unit = "KiB",
	  .rule = WITHIN, .limit = 256, .margin = 0.5, .state = MET },
	{ .id = "6", .name = "memory-twice", .what = "peak memory of modes that read a log twice",
	  .input = TCG2_TWO, .n = MILLION, .needs = COMMAND, .measure = measure_twice, .unit = "KiB",
	  .rule = WITHIN, .limit = 32768, .margin = 0.05, .state = MET },
	{ .id = "6", .name = "memory-held", .what = "peak memory of modes that hold it, against the log",
	  .input = TCG2_TWO, .n = MILLION, .needs = COMMAND, .measure = measure_held, .unit = "KiB",
	  .rule = AT_MOST, .limit = 2, .margin = 0.05, .state = MET },
	{ .id = "6", .name = "mallocs", .what = "allocations a record, replay and CEL",
	  .n = MILLION / 10, .needs = COUNTER, .measure = measure_mallocs, .unit = "",
	  .rule = WITHIN, .limit = 0, .state = MET },
	{ .id = "6", .name = "mallocs-output", .what = "allocations a record, show, JSON lines and YAML",
	  .n = MILLION / 10, .needs = COUNTER, .measure = measure_mallocs_output, .unit = "",
	  .rule = WITHIN, .limit = 1, .state = MET },
	{ .id = "6", .name = "mallocs-ascii", .what = "allocations a record, IMA ASCII",
	  .n = MILLION / 10, .needs = COUNTER, .measure = measure_mallocs_ascii, .unit = "",
	  .rule = WITHIN, .limit = 1, .state = MET },
	{ .id = "6", .name = "mallocs-json", .what = "allocations a record, CEL-JSON in, beyond json-c's",
	  .n = MILLION / 10, .needs = COUNTER, .measure = measure_mallocs_json, .unit = "",
	  .rule = WITHIN, .limit = 1, .state = MET },

	{ .id = "7", .name = "init", .what = "the library's first digest in a process",
	  .needs = COMMAND, .measure = measure_start_up, .unit = "us",
	  .rule = WITHIN, .limit = 700, .margin = 0.2, .state = OPEN },
	{ .id = "7", .name = "fetches", .what = "algorithms fetched when only exporting",
	  .needs = COUNTER, .measure = measure_fetches, .unit = "",
	  .rule = WITHIN, .limit = 0, .state = MET },
	{ .id = "7", .name = "command", .what = "the command replays 100 records, its CPU time",
	  .input = TCG2_TWO, .n = 100, .needs = COMMAND, .measure = measure_command, .unit = "us",
	  .rule = NO_LIMIT },

	/* Several digests at once, where the processor can. */
	{ .id = "9", .name = "text-many", .what = "replay text, SHA-384, against OpenSSL alone",
	  .input = TEXT_384, .n = MILLION, .ours = REPLAY(SHA384), .raw = OPENSSL_ONLY(SHA384),
	  .rule = AT_LEAST, .limit = 1.75, .margin = 0.05, .state = OPEN },
	{ .id = "9", .name = "text-chain", .what = "the same against the extensions alone",
	  .input = TEXT_384, .n = MILLION, .ours = REPLAY(SHA384), .raw = CHAIN(SHA384),
	  .rule = AT_LEAST, .limit = 0.72, .margin = 0.05, .state = OPEN },
	{ .id = "9", .name = "text-sha256-many", .what = "replay text, SHA-256, against OpenSSL alone",
	  .input = TEXT_256, .n = MILLION, .ours = REPLAY(SHA256), .raw = OPENSSL_ONLY(SHA256),
	  .rule = NO_LIMIT },
	{ .id = "11", .name = "registers", .what = "fold eight PCRs, beyond the walk, against one chain",
	  .input = TCG2_ONE, .n = MILLION, .ours = REPLAY(SHA384), .less = WALK,
	  .raw = CHAIN(SHA384),
	  .rule = AT_LEAST, .limit = 3, .margin = 0.1, .state = OPEN },
	{ .id = "11", .name = "registers-openssl", .what = "replay eight PCRs against OpenSSL alone",
	  .input = TCG2_ONE, .n = MILLION, .ours = REPLAY(SHA384), .raw = OPENSSL_ONLY(SHA384),
	  .rule = NO_LIMIT },
	{ .id = "11", .name = "rtmrs", .what = "fold three RTMRs, beyond the walk, against one chain",
	  .input = CCEL, .n = MILLION, .ours = REPLAY(SHA384), .less = WALK, .raw = CHAIN(SHA384),
	  .rule = NO_LIMIT },

	{ .id = "12", .name = "fleet", .what = "verify pairs over one context, against a context each",
	  .n = 1000, .ours = { .arg = FLEET_DISTINCT }, .needs = FLEET, .measure = measure_fleet,
	  .unit = "us", .rule = AT_LEAST, .limit = 1.5, .margin = 0.1, .state = MET },
	{ .id = "12", .name = "fleet-returns", .what = "the same, platforms that return",
	  .n = 1000, .ours = { .arg = FLEET_RETURNS }, .needs = FLEET, .measure = measure_fleet,
	  .unit = "us", .rule = AT_LEAST, .limit = 2, .margin = 0.1, .state = MET },
	{ .id = "12", .name = "fleet-nitro", .what = "the same, documents of Nitro",
	  .n = 1000, .ours = { .arg = FLEET_NITRO }, .needs = FLEET, .measure = measure_fleet,
	  .unit = "us", .rule = AT_LEAST, .limit = 2, .margin = 0.1, .state = MET },
	/* What a context keeps of it; platforms return, so that the rest costs least. */
	{ .id = "12", .name = "fleet-collateral", .what = "verify pairs with collateral, against without",
	  .n = 1000, .ours = { .arg = FLEET_RETURNS }, .needs = FLEET, .measure = measure_collateral,
	  .unit = "us", .rule = AT_MOST, .limit = 1.10, .margin = 0.05, .state = MET },
	{ .id = "12", .name = "fleet-processes", .what = "verify --batch, against a process each",
	  .ours = { .arg = 1 }, .needs = FLEET_COMMAND, .measure = measure_fleet_processes,
	  .unit = "us", .rule = AT_LEAST, .limit = 7, .margin = 0.1, .state = MET },
	{ .id = "12", .name = "fleet-threads", .what = "verify --batch, two threads, against one",
	  .ours = { .arg = 2 }, .needs = FLEET_COMMAND, .measure = measure_fleet_threads,
	  .unit = "us", .rule = AT_MOST, .limit = 1.05, .margin = 0.25, .state = OPEN },

	/* By the clock, and only on a machine: see append.c. */
	{ .id = "13", .name = "append-writers", .what = "append, 16 writers of one tree, against 16 trees",
	  .n = 400, .needs = MACHINE, .measure = measure_append_writers,
	  .unit = "us", .rule = AT_LEAST, .limit = 2, .margin = 0.2, .state = MET },
	{ .id = "13", .name = "append-stream", .what = "append a stream of lines, against one by one",
	  .n = 400, .needs = MACHINE, .measure = measure_append_stream,
	  .unit = "us", .rule = AT_LEAST, .limit = 3, .margin = 0.2, .state = MET },
	{ .id = "13", .name = "append-ceiling", .what = "that stream, against the extends alone",
	  .n = 400, .needs = MACHINE, .measure = measure_append_ceiling,
	  .unit = "us", .rule = NO_LIMIT },

	LINEAR("text-linear", "replay text", TEXT_384, MILLION, REPLAY(SHA384)),
	LINEAR("tcg2-linear", "replay TCG2", TCG2_TWO, MILLION, REPLAY(SHA384)),
	LINEAR("ima-linear", "walk IMA", IMA, MILLION, WALK),
	LINEAR("json-linear", "write CEL-JSON", TCG2_TWO, MILLION / 4, EXPORT(CEL_JSON)),
	LINEAR("cbor-linear", "write CEL-CBOR", TCG2_TWO, MILLION, EXPORT(CEL_CBOR)),
	LINEAR("json-in-linear", "read CEL-JSON", AS_JSON, MILLION / 10, WALK),
	LINEAR("cbor-in-linear", "read CEL-CBOR", AS_CBOR, MILLION / 2, WALK),
};
/* clang-format on */

const size_t n_goals = sizeof(goals) / sizeof(goals[0]);
