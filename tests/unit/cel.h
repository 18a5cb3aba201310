/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the three encodings of CEL share. */
#pragma once

#include "testing.h"

#include "core/log.h"
#include "core/stream.h"
#include "format/cel.h"
#include "platform/platforms.h"

#define TPM TSMMR_PLATFORM_TPM
#define TDX TSMMR_PLATFORM_TDX
#define CBOR TSMMR_FORMAT_CEL_CBOR
#define JSON TSMMR_FORMAT_CEL_JSON
#define TLV TSMMR_FORMAT_CEL_TLV

struct outcome {
	int code;
	size_t records;
	struct tsmmr_error err;
	char findings[256]; /* ids, each after a blank */
};

/*
 * Reads all of it from memory that ends where the log ends, so that reading on is seen.
 * The findings that any log can have are left out.
 */
static inline struct outcome read_all(int format, int platform, uint32_t flags, const void *p,
				      size_t n)
{
	struct outcome o = { .err = ERROR_INIT };
	const struct tsmmr_event *e;
	struct tsmmr_stream *s = NULL;
	struct tsmmr_ctx *ctx;
	uint8_t *exact = malloc(n ? n : 1);

	assert_non_null(exact);
	if (n)
		memcpy(exact, p, n);
	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_ctx_set_flags(ctx, flags, NULL), 0);
	o.code = open_mem_as(ctx, format, platform, NULL, exact, n, &s, &o.err);
	while (o.code == 0 && (o.code = tsmmr_stream_next(s, &e, &o.err)) > 0) {
		o.records++;
		o.code = 0;
	}
	for (size_t i = 0; i < tsmmr_stream_finding_count(s); i++) {
		const char *id;

		id = tsmmr_finding_id(tsmmr_stream_finding(s, i));
		if (!strcmp(id, "TCG_SEPARATOR_MISSING"))
			continue;
		assert_true(strlen(o.findings) + strlen(id) + 2 < sizeof(o.findings));
		strcat(strcat(o.findings, " "), id);
	}
	tsmmr_stream_free(s);
	tsmmr_ctx_free(ctx);
	free(exact);
	return o;
}

static size_t wrong; /* rows of a table; all of them are tried */

struct refusal {
	const char *log; /* JSON, or hex */
	int code;
	size_t record;
	uint64_t offset;
	const char *why;
};

static inline void expect_refusals(int format, const struct refusal *all, size_t n)
{
	static uint8_t bytes[1024];

	wrong = 0;
	for (const struct refusal *want = all; want < all + n; want++) {
		struct outcome o = format == JSON ?
					   read_all(JSON, TPM, 0, want->log, strlen(want->log)) :
					   read_all(format, TPM, 0, bytes,
						    unhex(want->log, bytes, sizeof(bytes)));

		if (o.code == want->code && o.records == want->record &&
		    o.err.record == want->record && o.err.offset == want->offset &&
		    strstr(o.err.message, want->why))
			continue;
		print_error("%s: code %d, %zu records, then record %llu, offset %llu: %s\n",
			    want->log, o.code, o.records, (unsigned long long)o.err.record,
			    (unsigned long long)o.err.offset, o.err.message);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* Tolerated and reported once, however often; refused by name where nothing is tolerated. */
static inline void expect_leniency(const char *what, int format, int platform, const void *p,
				   size_t n, const char *id)
{
	struct outcome o = read_all(format, platform, 0, p, n);
	char want[64];

	snprintf(want, sizeof(want), " %s", id);
	if (o.code || strcmp(o.findings, want)) {
		print_error("%s: code %d (%s), findings%s, not %s\n", what, o.code, o.err.message,
			    o.findings, id);
		wrong++;
	}
	o = read_all(format, platform, TSMMR_CTX_STRICT, p, n);
	if (o.code != TSMMR_E_MALFORMED || strncmp(o.err.message, id, strlen(id))) {
		print_error("%s: strict gives %d: %s\n", what, o.code, o.err.message);
		wrong++;
	}
}

/* ---- CBOR, in hex ---- */

/* clang-format off */
#define Z8 "0000000000000000"
#define Z32 Z8 Z8 Z8 Z8
#define Z20 Z8 Z8 "00000000"
#define SHA1_0 "a2000401" "54" Z20
#define SHA256_0 "a2000b01" "5820" Z32
#define ONE_DIGEST "0381" SHA256_0
#define ACTION "0905" "0aa20005" "014161"	/* EV_ACTION, "a" */
#define RECORD "a5" "0000" "0100" ONE_DIGEST ACTION
#define RECORD_2 "a5" "0001" "0100" ONE_DIGEST ACTION
/* Digests of unknown algorithms from 0x41 on, of one byte each. */
#define ODD(a) "a20018" #a "014100"
#define ODD16 ODD(41) ODD(42) ODD(43) ODD(44) ODD(45) ODD(46) ODD(47) ODD(48) ODD(49) ODD(4a) \
	ODD(4b) ODD(4c) ODD(4d) ODD(4e) ODD(4f) ODD(50)
#define BEFORE "a5" "0000" "0100"
#define MANAGEMENT BEFORE ONE_DIGEST "0904" "0a"
/* clang-format on */

/* ---- JSON ---- */

/* clang-format off */
#define S256 "\"sha256\""
#define HEX32 "\"" Z32 "\""
#define J_DIGEST "{\"hashAlg\":" S256 ",\"digest\":" HEX32 "}"
#define J_DIGESTS "\"digests\":[" J_DIGEST "]"
#define J_ACTION "\"content_type\":\"pcclient_std\"," \
	"\"content\":{\"event_type\":\"EV_ACTION\",\"event_data\":\"61\"}"
#define J(n, middle) "{\"recnum\":" #n ",\"pcr\":0," middle "}"
#define J_RECORD J(0, J_DIGESTS "," J_ACTION)
#define J_RECORD_2 J(1, J_DIGESTS "," J_ACTION)
#define J_EVENT(type, data) "\"content_type\":\"pcclient_std\"," \
	"\"content\":{\"event_type\":" type ",\"event_data\":" data "}"
#define J_WITH(content) "[" J(0, J_DIGESTS "," content) "]"
#define J_TWICE(content) "[" J(0, J_DIGESTS "," content) "," J(1, J_DIGESTS "," content) "]"
#define J_CEL(content) "\"content_type\":\"cel\",\"content\":" content
#define J_ONE_DIGEST(d) "[" J(0, "\"digests\":[" d "]," J_ACTION) "]"
/* clang-format on */

/* ---- TLV, in hex ---- */

/* clang-format off */
#define T_NUM "0000000008" Z8
#define T_NUM_1 "0000000008" "0000000000000001"
#define T_PCR "0100000001" "00"
#define T_DIGESTS "0300000025" "0b00000020" Z32
#define T_ACTION "050000000f" "0000000004" "00000005" "0100000001" "61"
#define T_RECORD T_NUM T_PCR T_DIGESTS T_ACTION
#define T_BEFORE T_NUM T_PCR T_DIGESTS
#define T_CEL(len, value) T_BEFORE "040000" len value
/* clang-format on */
