/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The goals, a row each: the job, the raw loop that it is compared with, and the limit.
 *
 * A row that this tree meets says MET; whoever makes it fall back by more than its margin hears
 * of it.  One that is not met yet says OPEN.
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

/* clang-format off */
const struct goal goals[] = {
	{ .id = "1", .name = "text", .what = "replay text, SHA-384, from memory",
	  .input = TEXT_384, .n = MILLION, .ours = REPLAY(SHA384), .raw = LINES(SHA384),
	  .rule = AT_MOST, .limit = 1.08, .margin = 0.04, .state = OPEN },
	{ .id = "1", .name = "text-fd", .what = "replay text, SHA-384, from a file",
	  .input = TEXT_384, .n = MILLION, .ours = REPLAY_FD(SHA384), .raw = LINES(SHA384),
	  .rule = AT_MOST, .limit = 1.15, .margin = 0.06, .state = OPEN },
	{ .id = "2", .name = "text-naive", .what = "the same against EVP_Digest() each time",
	  .input = TEXT_384, .n = MILLION, .ours = REPLAY(SHA384),
	  .raw = { naive_lines, SHA384, "EVP_Digest()" },
	  .rule = AT_LEAST, .limit = 1.9, .margin = 0.05, .state = OPEN },
	{ .id = "1", .name = "text-sha256", .what = "replay text, SHA-256, from memory",
	  .input = TEXT_256, .n = MILLION, .ours = REPLAY(SHA256), .raw = LINES(SHA256),
	  .rule = NO_LIMIT },
	{ .id = "2", .name = "text-sha256-naive", .what = "the same against EVP_Digest() each time",
	  .input = TEXT_256, .n = MILLION, .ours = REPLAY(SHA256),
	  .raw = { naive_lines, SHA256, "EVP_Digest()" },
	  .rule = AT_LEAST, .limit = 2.5, .margin = 0.05, .state = OPEN },

	{ .id = "3", .name = "tcg2", .what = "replay TCG2, one bank, from memory",
	  .input = TCG2_ONE, .n = MILLION, .ours = REPLAY(SHA384), .raw = EXTEND(SHA384),
	  .rule = AT_MOST, .limit = 1.08, .margin = 0.04, .state = OPEN },
	{ .id = "3", .name = "tcg2-fd", .what = "replay TCG2, one bank, from a file",
	  .input = TCG2_ONE, .n = MILLION, .ours = REPLAY_FD(SHA384), .raw = EXTEND(SHA384),
	  .rule = NO_LIMIT },
	{ .id = "3", .name = "tcg2-walk", .what = "walk TCG2, one bank",
	  .input = TCG2_ONE, .n = MILLION, .ours = WALK,
	  .rule = WITHIN, .limit = 15, .margin = 0.25, .state = OPEN },
	{ .id = "3", .name = "ccel", .what = "replay CCEL, from memory",
	  .input = CCEL, .n = MILLION, .ours = REPLAY(SHA384), .raw = EXTEND(SHA384),
	  .rule = AT_MOST, .limit = 1.08, .margin = 0.04, .state = OPEN },
	{ .id = "3", .name = "ccel-walk", .what = "walk CCEL",
	  .input = CCEL, .n = MILLION, .ours = WALK,
	  .rule = WITHIN, .limit = 15, .margin = 0.25, .state = OPEN },
	{ .id = "3", .name = "tcg2-two", .what = "replay TCG2, two banks, from memory",
	  .input = TCG2_TWO, .n = MILLION, .ours = REPLAY(SHA384),
	  .raw = { raw_extend_both, 0, "extend" },
	  .rule = AT_MOST, .limit = 1.08, .margin = 0.04, .state = OPEN },
	{ .id = "3", .name = "tcg2-two-walk", .what = "walk TCG2, two banks",
	  .input = TCG2_TWO, .n = MILLION, .ours = WALK,
	  .rule = WITHIN, .limit = 15, .margin = 0.25, .state = OPEN },

	/* The walk that feeds it has a goal of its own. */
	{ .id = "5", .name = "json", .what = "write CEL-JSON, beyond the walk, against an extend",
	  .input = TCG2_TWO, .n = MILLION / 4, .ours = EXPORT(CEL_JSON), .less = WALK,
	  .raw = EXTEND(SHA384),
	  .rule = AT_MOST, .limit = 0.30, .margin = 0.15, .state = OPEN },
	{ .id = "5", .name = "json-ns", .what = "write CEL-JSON, beyond the walk",
	  .input = TCG2_TWO, .n = MILLION / 4, .ours = EXPORT(CEL_JSON), .less = WALK,
	  .rule = WITHIN, .limit = 60, .margin = 0.25, .state = OPEN },
	{ .id = "5", .name = "json-json-c", .what = "the same against json-c, an object a record",
	  .input = TCG2_TWO, .n = MILLION / 4, .ours = EXPORT(CEL_JSON), .less = WALK,
	  .raw = { json_objects, 0, "json-c" },
	  .rule = AT_LEAST, .limit = 40, .margin = 0.15, .state = OPEN },
	{ .id = "5", .name = "cbor", .what = "write CEL-CBOR, beyond the walk, against an extend",
	  .input = TCG2_TWO, .n = MILLION / 4, .ours = EXPORT(CEL_CBOR_SEQ), .less = WALK,
	  .raw = EXTEND(SHA384),
	  .rule = AT_MOST, .limit = 0.12, .margin = 0.15, .state = OPEN },
	{ .id = "5", .name = "cbor-ns", .what = "write CEL-CBOR, beyond the walk",
	  .input = TCG2_TWO, .n = MILLION / 4, .ours = EXPORT(CEL_CBOR_SEQ), .less = WALK,
	  .rule = WITHIN, .limit = 25, .margin = 0.25, .state = OPEN },
	{ .id = "5", .name = "cbor-heads", .what = "the same against cbor_encode_*()",
	  .input = TCG2_TWO, .n = MILLION / 4, .ours = EXPORT(CEL_CBOR_SEQ), .less = WALK,
	  .raw = { cbor_heads, 0, "libcbor" },
	  .rule = AT_LEAST, .limit = 3.5, .margin = 0.15, .state = OPEN },
	{ .id = "5b", .name = "cbor-out", .what = "the same against cbor_encode_*(), at the least",
	  .input = TCG2_TWO, .n = MILLION / 4, .ours = EXPORT(CEL_CBOR_SEQ), .less = WALK,
	  .raw = { cbor_heads, 0, "libcbor" },
	  .rule = AT_MOST, .limit = 1.25, .margin = 0.15, .state = OPEN },
	{ .id = "5", .name = "cbor-items", .what = "the same against libcbor, an item a record",
	  .input = TCG2_TWO, .n = MILLION / 4, .ours = EXPORT(CEL_CBOR_SEQ), .less = WALK,
	  .raw = { cbor_items, 0, "libcbor" },
	  .rule = AT_LEAST, .limit = 45, .margin = 0.15, .state = OPEN },
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
	  .rule = AT_MOST, .limit = 1.25, .margin = 0.08, .state = OPEN },
	{ .id = "5b", .name = "tlv-in", .what = "read CEL-TLV",
	  .input = AS_TLV, .n = MILLION / 4, .ours = WALK, .rule = NO_LIMIT },
};
/* clang-format on */

const size_t n_goals = sizeof(goals) / sizeof(goals[0]);
