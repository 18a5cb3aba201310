/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Envelopes: what other programs put around evidence and logs.  They are cut into named parts
 * and nothing else: what a part says, and whether it is true, is for the others to find out.
 */
#pragma once

#include <tsmmr/regs.h>

#include "util/cleanup.h"
#include "util/cursor.h"

struct json_object;

#define ENVELOPE_PARTS_MAX 16
#define ENVELOPES_DEEP 3 /* one in another */
#define ENVELOPE_BYTES (16u << 20)
#define ENVELOPE_VALUES (1u << 16) /* of JSON: certificates may be arrays of numbers */

/* For a part: besides the TSMMR_PART_*. */
#define ENVELOPE_LOG 100

struct envelope_part {
	int part;           /* TSMMR_PART_*, where AUTO is found out later; or ENVELOPE_LOG */
	int format;         /* of a log: TSMMR_FORMAT_*, AUTO when its first bytes say it */
	const char *reg;    /* of a log that cannot say: the register it is about; else NULL */
	const char *member; /* the one it was, for messages; or NULL */
	uint8_t *p;         /* owned */
	size_t n;
};

struct envelope {
	const char *kind; /* "coco-tdx" */
	/*
	 * Evidence in it that is no part, for nothing would bind it to what is: a nonce that both
	 * carry says only who asked.  NULL: none.
	 */
	const char *left_out;
	struct span
		text; /* borrowed while a kind opens it: of open_json(), the object as written */
	struct envelope_part parts[ENVELOPE_PARTS_MAX];
	size_t n;
};

/*
 * One kind of envelope: a file, and a row of the table.  Either of open() and open_json()
 * adds the parts to ret: 0; E_FORMAT when it is another kind's, which must be so before any
 * part was added; or what is wrong with it.  Nothing in it may lead to memory, a loop or a
 * recursion without a bound.
 */
struct envelope_kind {
	const char *name;
	int (*open)(struct span s, struct envelope *ret, struct tsmmr_error *err);
	/* The same for what is one JSON object. */
	int (*open_json)(struct json_object *o, struct envelope *ret, struct tsmmr_error *err);
};

extern const struct envelope_kind *const envelope_kinds[];
extern const size_t n_envelope_kinds;

/*
 * What is in s: 0, and ret is to be given to envelope_done(); E_FORMAT when s is no envelope
 * that we know; or what is wrong with it.  Its parts may be envelopes in turn.
 */
int envelope_open(struct span s, struct envelope *ret, struct tsmmr_error *err);
void envelope_done(struct envelope *env);
static inline void envelope_done_p(struct envelope *env)
{
	envelope_done(env);
}

/* For the kinds.  All of them: 0, E_LIMIT, E_NOMEM, or as said. */

/* TPMS_ATTEST of a quote: TPM_GENERATED_VALUE and TPM_ST_ATTEST_QUOTE. */
static inline bool is_tpm_quote(struct span s)
{
	return span_starts(s, "\xffTCG\x80\x18", 6);
}

/* A copy of s.  reg may be NULL, and lives as long as the library. */
int envelope_add(struct envelope *env, int part, struct span s, struct tsmmr_error *err);
/* The same of a member; its name lives as long as the library. */
int envelope_add_member(struct envelope *env, int part, const char *member, struct span s,
			struct tsmmr_error *err);
int envelope_add_log(struct envelope *env, int format, const char *reg, struct span s,
		     struct tsmmr_error *err);
/*
 * Member key of o: bytes as hex, base64 or base64url, or as an array of numbers.  1; 0 where
 * it is absent, null or an empty text; E_MALFORMED where it is something else.
 */
int envelope_add_bytes(struct envelope *env, struct json_object *o, const char *key, int part,
		       struct tsmmr_error *err);
/* The same of the evidence itself: 0, and E_MALFORMED where there is nothing in it. */
int envelope_need_bytes(struct envelope *env, struct json_object *o, const char *key,
			struct tsmmr_error *err);
/* The same without a part of it: *ret is to be freed. */
int envelope_bytes(struct json_object *o, const char *key, uint8_t **ret, size_t *ret_n,
		   struct tsmmr_error *err);
/* The same of item i of an array, where nothing in it is E_MALFORMED. */
int envelope_item_bytes(struct json_object *array, size_t i, uint8_t **ret, size_t *ret_n,
			struct tsmmr_error *err);
/*
 * The certificates in member key: bytes as above or PEM; an array of those; or an array of
 * objects with those in "data".  0 where there is none too.
 */
int envelope_add_certs(struct envelope *env, struct json_object *o, const char *key,
		       struct tsmmr_error *err);
/* PCR values in an array, as a part PCRS.  1, 0 where there is none; *ret is to be freed. */
int envelope_pcr_array(struct json_object *o, const char *key, uint8_t **ret, size_t *ret_n,
		       struct tsmmr_error *err);
/* The same where s is that array: 0 where it is something else. */
int envelope_pcr_file(struct span s, uint8_t **ret, size_t *ret_n, struct tsmmr_error *err);

extern const struct envelope_kind sev_guest_kind, tdx_quote_buf_kind, tpm2b_attest_kind;
extern const struct envelope_kind qgs_kind, tdx_report_req_kind;
extern const struct envelope_kind cmw_kind, ra_tls_kind, tsm_report_kind, vtpm_quote_kind;
extern const struct envelope_kind coco_tdx_kind, coco_snp_kind, coco_cca_kind, coco_other_kind;
extern const struct envelope_kind coco_az_snp_kind, coco_az_tdx_kind, coco_tpm_kind;
extern const struct envelope_kind kbs_attestation_kind, coco_as_request_kind;
extern const struct envelope_kind dstack_quote_kind, dstack_attestation_kind, dstack_v1_kind;
extern const struct envelope_kind keylime_kind, keylime_push_kind, gotpm_kind, gotpm_svsm_kind,
	gosev_kind, gotdx_kind;
extern const struct envelope_kind bundle_kind, pcs_answer_kind;
extern const struct envelope_kind ita_kind, maa_kind, maa_snp_kind, thim_kind;
