// SPDX-License-Identifier: BSD-2-Clause
//! Written by bindings/prototypes.py from the headers.
#![allow(non_camel_case_types, dead_code)]
use std::os::raw::{c_char, c_int, c_void};

pub type Trace = unsafe extern "C" fn(c_int, *const c_char, *mut c_void);

#[repr(C)]
pub struct tsmmr_appended {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_appraisal {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_appraisal_pass {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_attest {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_ctx {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_diff {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_event {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_evidence {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_explain {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_finding {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_gap {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_hypothesis {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_input {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_known {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_launch {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_log {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_policy {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_prediction {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_reg {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_regs {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_report {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_report_pass {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_stream {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_streams {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_tree {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct tsmmr_error {
    pub size: u32,
    pub code: i32,
    pub os_errno: i32,
    pub detail: i32,
    pub log: u64,
    pub record: u64,
    pub offset: u64,
    pub message: [c_char; 216],
}

pub const TSMMR_APPRAISED_NONE: c_int = 0;
pub const TSMMR_APPRAISED_YES: c_int = 1;
pub const TSMMR_APPRAISED_INCOMPLETE: c_int = 2;
pub const TSMMR_APPRAISED_DENIED: c_int = 3;
pub const TSMMR_RECORD_NOT_ASKED: c_int = 0;
pub const TSMMR_RECORD_KNOWN: c_int = 1;
pub const TSMMR_RECORD_UNKNOWN: c_int = 2;
pub const TSMMR_RECORD_DENIED: c_int = 3;
pub const TSMMR_SIDE_A: c_int = 0;
pub const TSMMR_SIDE_B: c_int = 1;
pub const TSMMR_EDIT_ONLY_A: c_int = 1;
pub const TSMMR_EDIT_ONLY_B: c_int = 2;
pub const TSMMR_EDIT_MOVED: c_int = 3;
pub const TSMMR_EDIT_TEXT: c_int = 4;
pub const TSMMR_SEVERITY_INFO: c_int = 1;
pub const TSMMR_SEVERITY_WARNING: c_int = 2;
pub const TSMMR_SEVERITY_ERROR: c_int = 3;
pub const TSMMR_KNOWN_SUMS: c_int = 1;
pub const TSMMR_KNOWN_LOG: c_int = 2;
pub const TSMMR_KNOWN_PCRLOCK: c_int = 3;
pub const TSMMR_KNOWN_KEYLIME: c_int = 4;
pub const TSMMR_KNOWN_RULES: c_int = 5;
pub const TSMMR_KNOWN_UNVERIFIED_LOG: c_int = 6;
pub const TSMMR_KNOWN_IMAGE: c_int = 7;
pub const TSMMR_LIST_DENIED: c_int = 0x100;
pub const TSMMR_LIST_ANY_ORDER: c_int = 0x200;
pub const TSMMR_LOG_ALL: c_int = 0;
pub const TSMMR_LOG_CCEL: c_int = 1;
pub const TSMMR_LOG_TPM: c_int = 2;
pub const TSMMR_LOG_IMA: c_int = 3;
pub const TSMMR_LOG_SYSTEMD: c_int = 4;
pub const TSMMR_LOG_AAEL: c_int = 5;
pub const TSMMR_LOG_RUNTIME: c_int = 6;
pub const TSMMR_CONTENT_NONE: c_int = 0;
pub const TSMMR_CONTENT_TEXT: c_int = 1;
pub const TSMMR_CONTENT_CEL: c_int = 4;
pub const TSMMR_CONTENT_PCCLIENT_STD: c_int = 5;
pub const TSMMR_CONTENT_IMA_TEMPLATE: c_int = 7;
pub const TSMMR_CONTENT_IMA_TLV: c_int = 8;
pub const TSMMR_CONTENT_SYSTEMD: c_int = 9;
pub const TSMMR_BINDING_UNBOUND: c_int = 0;
pub const TSMMR_BINDING_BOUND: c_int = 1;
pub const TSMMR_BINDING_MISMATCH: c_int = 2;
pub const TSMMR_AFTER_NO: c_int = 0;
pub const TSMMR_AFTER_YES: c_int = 1;
pub const TSMMR_AFTER_UNKNOWN: c_int = 2;
pub const TSMMR_TRUST_GIVEN: c_int = 1;
pub const TSMMR_TRUST_LIVE: c_int = 2;
pub const TSMMR_TRUST_UNSIGNED: c_int = 3;
pub const TSMMR_TRUST_SIGNED: c_int = 4;
pub const TSMMR_TRUST_AUTHENTICATED: c_int = 5;
pub const TSMMR_KIND_RUNTIME: c_int = 1;
pub const TSMMR_KIND_LAUNCH: c_int = 2;
pub const TSMMR_KIND_CONFIG: c_int = 3;
pub const TSMMR_REG_READABLE: c_int = 1;
pub const TSMMR_REG_EXTENSIBLE: c_int = 2;
pub const TSMMR_REG_WRITABLE_NOW: c_int = 4;
pub const TSMMR_REG_LOCKED: c_int = 8;
pub const TSMMR_REG_LOCKABLE: c_int = 16;
pub const TSMMR_REG_LOCK_TO_ATTEST: c_int = 32;
pub const TSMMR_REG_RESETTABLE: c_int = 64;
pub const TSMMR_PART_AUTO: c_int = 0;
pub const TSMMR_PART_QUOTE: c_int = 1;
pub const TSMMR_PART_SIG: c_int = 2;
pub const TSMMR_PART_PCRS: c_int = 3;
pub const TSMMR_PART_AK: c_int = 4;
pub const TSMMR_PART_CERTS: c_int = 5;
pub const TSMMR_PART_MANIFEST: c_int = 6;
pub const TSMMR_PART_CRL: c_int = 7;
pub const TSMMR_PART_TCB_INFO: c_int = 8;
pub const TSMMR_PART_QE_IDENTITY: c_int = 9;
pub const TSMMR_PART_ENDORSEMENTS: c_int = 10;
pub const TSMMR_PART_GPU: c_int = 11;
pub const TSMMR_VALUES_AUTO: c_int = 0;
pub const TSMMR_VALUES_LINES: c_int = 1;
pub const TSMMR_VALUES_JSON: c_int = 2;
pub const TSMMR_VALUES_TPM2_PCRREAD: c_int = 3;
pub const TSMMR_VALUES_TPM2_EVENTLOG: c_int = 4;
pub const TSMMR_VALUES_TSSPCRREAD: c_int = 5;
pub const TSMMR_VALUES_PCRS: c_int = 6;
pub const TSMMR_VALUES_NITRO_CLI: c_int = 7;
pub const TSMMR_VALUES_SYSTEMD_MEASURE: c_int = 8;
pub const TSMMR_VALUES_TDX_MEASURE: c_int = 9;
pub const TSMMR_VALUES_BANKS: c_int = 10;
pub const TSMMR_CLAIM_BYTES: c_int = 1;
pub const TSMMR_CLAIM_U64: c_int = 2;
pub const TSMMR_CLAIM_TEXT: c_int = 3;
pub const TSMMR_CLAIM_TIME: c_int = 4;
pub const TSMMR_STATUS_VERIFIED: c_int = 1;
pub const TSMMR_STATUS_UNTOUCHED: c_int = 2;
pub const TSMMR_STATUS_NO_EVIDENCE: c_int = 3;
pub const TSMMR_STATUS_INCOMPLETE: c_int = 4;
pub const TSMMR_STATUS_MISMATCH: c_int = 5;
pub const TSMMR_STATUS_EQUAL: c_int = 6;
pub const TSMMR_VERDICT_NONE: c_int = 0;
pub const TSMMR_VERDICT_VERIFIED: c_int = 1;
pub const TSMMR_VERDICT_INCOMPLETE: c_int = 2;
pub const TSMMR_VERDICT_MISMATCH: c_int = 3;
pub const TSMMR_APPEND_ONCE: c_int = 1;
pub const TSMMR_APPENDED_SYNC: c_int = 1;
pub const TSMMR_APPENDED_REPAIR: c_int = 2;
pub const TSMMR_APPENDED_NOTHING: c_int = 4;
pub const TSMMR_SETTLED_NOTHING: c_int = 0;
pub const TSMMR_SETTLED_EXTENDED: c_int = 1;
pub const TSMMR_SETTLED_NOT_EXTENDED: c_int = 2;
pub const TSMMR_SETTLED_PARTLY: c_int = 3;
pub const TSMMR_NONE: u64 = 0xffffffffffffffff;
pub const TSMMR_OK: c_int = 0;
pub const TSMMR_E_NOMEM: i32 = -1;
pub const TSMMR_E_ARG: i32 = -2;
pub const TSMMR_E_ABI: i32 = -3;
pub const TSMMR_E_IO: i32 = -4;
pub const TSMMR_E_NOTFOUND: i32 = -5;
pub const TSMMR_E_FORMAT: i32 = -6;
pub const TSMMR_E_TRUNCATED: i32 = -7;
pub const TSMMR_E_MALFORMED: i32 = -8;
pub const TSMMR_E_UNSUPPORTED: i32 = -9;
pub const TSMMR_E_LIMIT: i32 = -10;
pub const TSMMR_E_MISMATCH: i32 = -11;
pub const TSMMR_E_INCOMPLETE: i32 = -12;
pub const TSMMR_E_UNTRUSTED: i32 = -13;
pub const TSMMR_E_LOCKED: i32 = -14;
pub const TSMMR_E_INDOUBT: i32 = -15;
pub const TSMMR_E_INTERNAL: i32 = -16;
pub const TSMMR_E_CANCELLED: i32 = -17;
pub const TSMMR_DETAIL_NONE: c_int = 0;
pub const TSMMR_DETAIL_NONCE: c_int = 1;
pub const TSMMR_DETAIL_SIGNATURE: c_int = 2;
pub const TSMMR_DETAIL_CHAIN: c_int = 3;
pub const TSMMR_DETAIL_CHAIN_MISSING: c_int = 4;
pub const TSMMR_DETAIL_EXPIRED: c_int = 5;
pub const TSMMR_DETAIL_DEBUG: c_int = 6;
pub const TSMMR_DETAIL_ROOT: c_int = 7;
pub const TSMMR_DETAIL_BINDING: c_int = 8;
pub const TSMMR_DETAIL_CRYPTO: c_int = 9;
pub const TSMMR_DETAIL_CLAIM: c_int = 10;
pub const TSMMR_DETAIL_REVOKED: c_int = 11;
pub const TSMMR_DETAIL_COLLATERAL: c_int = 12;
pub const TSMMR_ERROR_SIZE_1: c_int = 256;
pub const TSMMR_HASH_NONE: c_int = 0x0000;
pub const TSMMR_HASH_SHA1: c_int = 0x0004;
pub const TSMMR_HASH_SHA256: c_int = 0x000b;
pub const TSMMR_HASH_SHA384: c_int = 0x000c;
pub const TSMMR_HASH_SHA512: c_int = 0x000d;
pub const TSMMR_HASH_SM3_256: c_int = 0x0012;
pub const TSMMR_HASH_SHA3_256: c_int = 0x0027;
pub const TSMMR_HASH_SHA3_384: c_int = 0x0028;
pub const TSMMR_HASH_SHA3_512: c_int = 0x0029;
pub const TSMMR_HASH_SIZE_MAX: c_int = 64;
pub const TSMMR_PLATFORM_AUTO: c_int = 0;
pub const TSMMR_PLATFORM_TDX: c_int = 1;
pub const TSMMR_PLATFORM_SNP: c_int = 2;
pub const TSMMR_PLATFORM_CCA: c_int = 3;
pub const TSMMR_PLATFORM_NITRO: c_int = 4;
pub const TSMMR_PLATFORM_TPM: c_int = 5;
pub const TSMMR_SPACE_NONE: c_int = 0;
pub const TSMMR_SPACE_PCR: c_int = 1;
pub const TSMMR_SPACE_CC_MR: c_int = 2;
pub const TSMMR_SPACE_RTMR: c_int = 3;
pub const TSMMR_SPACE_REM: c_int = 4;
pub const TSMMR_SPACE_NITRO_PCR: c_int = 5;
pub const TSMMR_SPACE_NV: c_int = 6;
pub const TSMMR_FORMAT_AUTO: c_int = 0;
pub const TSMMR_FORMAT_TCG2: c_int = 1;
pub const TSMMR_FORMAT_TCG1: c_int = 2;
pub const TSMMR_FORMAT_CCEL: c_int = 3;
pub const TSMMR_FORMAT_TEXT: c_int = 4;
pub const TSMMR_FORMAT_AAEL: c_int = 5;
pub const TSMMR_FORMAT_IMA: c_int = 6;
pub const TSMMR_FORMAT_IMA_ASCII: c_int = 7;
pub const TSMMR_FORMAT_CEL_CBOR: c_int = 8;
pub const TSMMR_FORMAT_CEL_JSON: c_int = 9;
pub const TSMMR_FORMAT_CEL_TLV: c_int = 10;
pub const TSMMR_FORMAT_SYSTEMD: c_int = 11;
pub const TSMMR_FORMAT_CEL_CBOR_SEQ: c_int = 12;
pub const TSMMR_FORMAT_JSONL: c_int = 13;
pub const TSMMR_FORMAT_TPM2_YAML: c_int = 14;
pub const TSMMR_FORMAT_EIF: c_int = 15;
pub const TSMMR_FORMAT_REALM: c_int = 16;
pub const TSMMR_FORMAT_SNP_LAUNCH: c_int = 17;
pub const TSMMR_FORMAT_TDX_LAUNCH: c_int = 18;
pub const TSMMR_FORMAT_DSTACK: c_int = 19;
pub const TSMMR_FORMAT_MERGED: c_int = 20;
pub const TSMMR_FORMAT_IGVM: c_int = 21;
pub const TSMMR_NAMES_HASH: c_int = 1;
pub const TSMMR_NAMES_FORMAT: c_int = 2;
pub const TSMMR_NAMES_PLATFORM: c_int = 3;
pub const TSMMR_NAMES_SPACE: c_int = 4;
pub const TSMMR_NAMES_ERROR: c_int = 5;
pub const TSMMR_NAMES_LOG: c_int = 6;
pub const TSMMR_NAMES_TRUST: c_int = 7;
pub const TSMMR_NAMES_KIND: c_int = 8;
pub const TSMMR_NAMES_PART: c_int = 9;
pub const TSMMR_NAMES_BINDING: c_int = 10;
pub const TSMMR_NAMES_STATUS: c_int = 11;
pub const TSMMR_NAMES_SEVERITY: c_int = 12;
pub const TSMMR_NAMES_CONTENT: c_int = 13;
pub const TSMMR_NAMES_DETAIL: c_int = 14;
pub const TSMMR_NAMES_VALUES: c_int = 15;
pub const TSMMR_NAMES_KNOWN: c_int = 16;
pub const TSMMR_NAMES_VERDICT: c_int = 17;
pub const TSMMR_NAMES_IMAGE: c_int = 18;
pub const TSMMR_NAMES_LAUNCH: c_int = 19;
pub const TSMMR_CAN_READ: c_int = 1;
pub const TSMMR_CAN_WRITE: c_int = 2;
pub const TSMMR_CTX_STRICT: c_int = 1;
pub const TSMMR_CTX_TLV_CC_MR: c_int = 4;
pub const TSMMR_CTX_TLV_PCR: c_int = 8;
pub const TSMMR_CTX_NO_PASS: c_int = 16;
pub const TSMMR_CTX_OPENSSL_ONLY: c_int = 32;
pub const TSMMR_CTX_EXPECTED_ONLY: c_int = 64;
pub const TSMMR_LIMIT_BYTES: c_int = 1;
pub const TSMMR_LIMIT_EVENTS: c_int = 2;
pub const TSMMR_LIMIT_EVENT_BYTES: c_int = 3;
pub const TSMMR_LIMIT_EXPLAIN: c_int = 4;
pub const TSMMR_LIMIT_FINDINGS: c_int = 5;
pub const TSMMR_LIMIT_LOCK_MS: c_int = 6;
pub const TSMMR_TRACE_INFO: c_int = 1;
pub const TSMMR_TRACE_DEBUG: c_int = 2;

#[link(name = "tsmmr")]
extern "C" {
    pub fn tsmmr_appraisal_new(report: *const tsmmr_report, known: *mut tsmmr_known, logs: *const *mut tsmmr_log, n: usize, ret_appraisal: *mut *mut tsmmr_appraisal, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_appraisal_new_stream(report: *const tsmmr_report, known: *mut tsmmr_known, streams: *const *mut tsmmr_stream, n: usize, ret_appraisal: *mut *mut tsmmr_appraisal, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_appraisal_free(appraisal: *mut tsmmr_appraisal);
    pub fn tsmmr_appraisal_verdict(appraisal: *const tsmmr_appraisal) -> c_int;
    pub fn tsmmr_appraisal_because(appraisal: *const tsmmr_appraisal, i: usize, ret_register: *mut *const c_char, ret_evidence: *mut u64) -> *const c_char;
    pub fn tsmmr_appraisal_launch(appraisal: *const tsmmr_appraisal) -> *const c_char;
    pub fn tsmmr_appraisal_count(appraisal: *const tsmmr_appraisal, i: usize, record: c_int) -> u64;
    pub fn tsmmr_appraisal_first_unknown(appraisal: *const tsmmr_appraisal, i: usize, ret_log: *mut u64, ret_record: *mut u64) -> c_int;
    pub fn tsmmr_appraisal_text(appraisal: *const tsmmr_appraisal, i: usize, buf: *mut c_char, size: usize) -> c_int;
    pub fn tsmmr_appraisal_lack(appraisal: *const tsmmr_appraisal, i: usize, ret_source: *mut *const c_char) -> *const c_char;
    pub fn tsmmr_appraisal_summary(appraisal: *const tsmmr_appraisal, buf: *mut c_char, size: usize) -> c_int;
    pub fn tsmmr_appraisal_export_json(appraisal: *const tsmmr_appraisal, ret_json: *mut *mut u8, ret_len: *mut usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_appraisal_pass_new(appraisal: *const tsmmr_appraisal, streams: *const *mut tsmmr_stream, n: usize, ret_pass: *mut *mut tsmmr_appraisal_pass, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_appraisal_pass_free(pass: *mut tsmmr_appraisal_pass);
    pub fn tsmmr_appraisal_pass_next(pass: *mut tsmmr_appraisal_pass, ret_event: *mut *const tsmmr_event, ret_log: *mut u64, ret_record: *mut c_int, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_appraisal_pass_source(pass: *const tsmmr_appraisal_pass, ret_name: *mut *const c_char, ret_len: *mut usize) -> *const c_char;
    pub fn tsmmr_appraisal_pass_line(pass: *mut tsmmr_appraisal_pass, ret_line: *mut *mut u8, ret_len: *mut usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_appraisal_pass_event_json(pass: *mut tsmmr_appraisal_pass, ret_json: *mut *mut u8, ret_len: *mut usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_diff_new(ctx: *const tsmmr_ctx, ret_diff: *mut *mut tsmmr_diff, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_diff_free(diff: *mut tsmmr_diff);
    pub fn tsmmr_diff_add_log(diff: *mut tsmmr_diff, side: c_int, log: *mut tsmmr_log, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_diff_add_stream(diff: *mut tsmmr_diff, side: c_int, stream: *mut tsmmr_stream, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_diff_set_regs(diff: *mut tsmmr_diff, side: c_int, regs: *const tsmmr_regs, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_diff_set_reread(diff: *mut tsmmr_diff, most: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_diff_compare(diff: *mut tsmmr_diff, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_diff_verdict(diff: *const tsmmr_diff) -> c_int;
    pub fn tsmmr_diff_count(diff: *const tsmmr_diff) -> usize;
    pub fn tsmmr_diff_name(diff: *const tsmmr_diff, i: usize) -> *const c_char;
    pub fn tsmmr_diff_reg(diff: *const tsmmr_diff, i: usize, side: c_int) -> *const tsmmr_reg;
    pub fn tsmmr_diff_replayed(diff: *const tsmmr_diff, i: usize, side: c_int, ret_value: *mut *const u8, ret_len: *mut usize) -> c_int;
    pub fn tsmmr_diff_record_count(diff: *const tsmmr_diff, i: usize, side: c_int) -> usize;
    pub fn tsmmr_diff_is_same(diff: *const tsmmr_diff, i: usize) -> c_int;
    pub fn tsmmr_diff_is_shortest(diff: *const tsmmr_diff, i: usize) -> c_int;
    pub fn tsmmr_diff_edit_count(diff: *const tsmmr_diff, i: usize) -> usize;
    pub fn tsmmr_diff_edit(diff: *const tsmmr_diff, i: usize, k: usize, ret_a: *mut *const tsmmr_event, ret_log_a: *mut u64, ret_b: *mut *const tsmmr_event, ret_log_b: *mut u64) -> c_int;
    pub fn tsmmr_diff_reread(diff: *mut tsmmr_diff, i: usize, k: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_diff_export_json(diff: *const tsmmr_diff, ret_json: *mut *mut u8, ret_len: *mut usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_diff_next_json(diff: *mut tsmmr_diff, ret_json: *mut *const u8, ret_len: *mut usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_explain_new(ctx: *const tsmmr_ctx, report: *const tsmmr_report, logs: *const *mut tsmmr_log, n: usize, reference: *const tsmmr_log, ret_explain: *mut *mut tsmmr_explain, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_explain_new_stream(ctx: *const tsmmr_ctx, report: *const tsmmr_report, streams: *const *mut tsmmr_stream, n: usize, reference: *mut tsmmr_stream, ret_explain: *mut *mut tsmmr_explain, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_explain_free(explain: *mut tsmmr_explain);
    pub fn tsmmr_explain_hypothesis_count(explain: *const tsmmr_explain, i: usize) -> usize;
    pub fn tsmmr_explain_hypothesis(explain: *const tsmmr_explain, i: usize, k: usize) -> *const tsmmr_hypothesis;
    pub fn tsmmr_hypothesis_id(hypothesis: *const tsmmr_hypothesis) -> *const c_char;
    pub fn tsmmr_hypothesis_log(hypothesis: *const tsmmr_hypothesis) -> u64;
    pub fn tsmmr_hypothesis_first(hypothesis: *const tsmmr_hypothesis) -> u64;
    pub fn tsmmr_hypothesis_last(hypothesis: *const tsmmr_hypothesis) -> u64;
    pub fn tsmmr_hypothesis_offset(hypothesis: *const tsmmr_hypothesis) -> u64;
    pub fn tsmmr_hypothesis_would_match(hypothesis: *const tsmmr_hypothesis) -> c_int;
    pub fn tsmmr_hypothesis_text(hypothesis: *const tsmmr_hypothesis) -> *const c_char;
    pub fn tsmmr_explain_text(explain: *const tsmmr_explain, i: usize) -> *const c_char;
    pub fn tsmmr_finding_id(finding: *const tsmmr_finding) -> *const c_char;
    pub fn tsmmr_finding_severity(finding: *const tsmmr_finding) -> c_int;
    pub fn tsmmr_finding_log(finding: *const tsmmr_finding) -> u64;
    pub fn tsmmr_finding_record(finding: *const tsmmr_finding) -> u64;
    pub fn tsmmr_finding_offset(finding: *const tsmmr_finding) -> u64;
    pub fn tsmmr_finding_text(finding: *const tsmmr_finding) -> *const c_char;
    pub fn tsmmr_launch_new(ret_launch: *mut *mut tsmmr_launch, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_launch_free(launch: *mut tsmmr_launch);
    pub fn tsmmr_launch_set_image_fd(launch: *mut tsmmr_launch, role: *const c_char, fd: c_int, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_launch_set_u64(launch: *mut tsmmr_launch, name: *const c_char, value: u64, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_launch_set_word(launch: *mut tsmmr_launch, name: *const c_char, word: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_input_new(ret_input: *mut *mut tsmmr_input, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_input_free(input: *mut tsmmr_input);
    pub fn tsmmr_input_set_format(input: *mut tsmmr_input, format: c_int, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_input_set_platform(input: *mut tsmmr_input, platform: c_int, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_input_set_register(input: *mut tsmmr_input, reg: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_input_set_name(input: *mut tsmmr_input, name: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_input_set_launch(input: *mut tsmmr_input, launch: *const tsmmr_launch, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_known_new(ctx: *const tsmmr_ctx, ret_known: *mut *mut tsmmr_known, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_known_ref(known: *mut tsmmr_known) -> *mut tsmmr_known;
    pub fn tsmmr_known_free(known: *mut tsmmr_known);
    pub fn tsmmr_known_add(known: *mut tsmmr_known, kind: c_int, reg: *const c_char, name: *const c_char, data: *const c_void, len: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_known_add_fd(known: *mut tsmmr_known, kind: c_int, reg: *const c_char, name: *const c_char, fd: c_int, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_known_add_image_fd(known: *mut tsmmr_known, flags: c_int, role: *const c_char, name: *const c_char, fd: c_int, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_known_add_logs(known: *mut tsmmr_known, flags: c_int, name: *const c_char, report: *const tsmmr_report, logs: *const *mut tsmmr_log, n: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_known_add_stream(known: *mut tsmmr_known, flags: c_int, name: *const c_char, stream: *mut tsmmr_stream, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_known_count(known: *const tsmmr_known) -> usize;
    pub fn tsmmr_stream_open_mem(ctx: *const tsmmr_ctx, input: *const tsmmr_input, data: *const c_void, len: usize, ret_stream: *mut *mut tsmmr_stream, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_stream_open_fd(ctx: *const tsmmr_ctx, input: *const tsmmr_input, fd: c_int, ret_stream: *mut *mut tsmmr_stream, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_streams_open_known(ctx: *const tsmmr_ctx, well_known: c_int, platform: c_int, ret_streams: *mut *mut tsmmr_streams, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_streams_count(streams: *const tsmmr_streams) -> usize;
    pub fn tsmmr_streams_get(streams: *mut tsmmr_streams, i: usize) -> *mut tsmmr_stream;
    pub fn tsmmr_streams_free(streams: *mut tsmmr_streams);
    pub fn tsmmr_stream_open_log(ctx: *const tsmmr_ctx, log: *const tsmmr_log, ret_stream: *mut *mut tsmmr_stream, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_stream_open_launch(ctx: *const tsmmr_ctx, launch: *const tsmmr_launch, platform: c_int, ret_stream: *mut *mut tsmmr_stream, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_stream_free(stream: *mut tsmmr_stream);
    pub fn tsmmr_stream_set_name(stream: *mut tsmmr_stream, name: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_stream_name(stream: *const tsmmr_stream) -> *const c_char;
    pub fn tsmmr_stream_next(stream: *mut tsmmr_stream, ret_event: *mut *const tsmmr_event, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_stream_format(stream: *const tsmmr_stream) -> c_int;
    pub fn tsmmr_stream_event_count(stream: *const tsmmr_stream) -> u64;
    pub fn tsmmr_stream_byte_count(stream: *const tsmmr_stream) -> u64;
    pub fn tsmmr_stream_keep(stream: *mut tsmmr_stream, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_stream_rewind(stream: *mut tsmmr_stream, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_stream_merge(ctx: *const tsmmr_ctx, streams: *const *mut tsmmr_stream, n: usize, ret_stream: *mut *mut tsmmr_stream, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_stream_finding_count(stream: *const tsmmr_stream) -> usize;
    pub fn tsmmr_stream_finding(stream: *const tsmmr_stream, i: usize) -> *const tsmmr_finding;
    pub fn tsmmr_stream_export_fd(ctx: *const tsmmr_ctx, stream: *mut tsmmr_stream, format: c_int, fd: c_int, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_stream_export(ctx: *const tsmmr_ctx, stream: *mut tsmmr_stream, format: c_int, ret_bytes: *mut *mut u8, ret_len: *mut usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_log_parse(ctx: *const tsmmr_ctx, input: *const tsmmr_input, data: *const c_void, len: usize, ret_log: *mut *mut tsmmr_log, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_log_parse_borrow(ctx: *const tsmmr_ctx, input: *const tsmmr_input, data: *const c_void, len: usize, ret_log: *mut *mut tsmmr_log, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_log_open_fd(ctx: *const tsmmr_ctx, input: *const tsmmr_input, fd: c_int, ret_log: *mut *mut tsmmr_log, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_log_from_stream(ctx: *const tsmmr_ctx, stream: *mut tsmmr_stream, ret_log: *mut *mut tsmmr_log, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_log_merge(ctx: *const tsmmr_ctx, logs: *const *mut tsmmr_log, n: usize, ret_log: *mut *mut tsmmr_log, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_log_collect(ctx: *const tsmmr_ctx, platform: c_int, ret_log: *mut *mut tsmmr_log, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_log_ref(log: *mut tsmmr_log) -> *mut tsmmr_log;
    pub fn tsmmr_log_free(log: *mut tsmmr_log);
    pub fn tsmmr_log_count(log: *const tsmmr_log) -> usize;
    pub fn tsmmr_log_get(log: *const tsmmr_log, i: usize) -> *const tsmmr_event;
    pub fn tsmmr_log_format(log: *const tsmmr_log) -> c_int;
    pub fn tsmmr_log_name(log: *const tsmmr_log) -> *const c_char;
    pub fn tsmmr_log_byte_count(log: *const tsmmr_log) -> u64;
    pub fn tsmmr_log_finding_count(log: *const tsmmr_log) -> usize;
    pub fn tsmmr_log_finding(log: *const tsmmr_log, i: usize) -> *const tsmmr_finding;
    pub fn tsmmr_log_source_count(log: *const tsmmr_log) -> usize;
    pub fn tsmmr_log_source_name(log: *const tsmmr_log, i: usize) -> *const c_char;
    pub fn tsmmr_log_source_format(log: *const tsmmr_log, i: usize) -> c_int;
    pub fn tsmmr_log_find(log: *const tsmmr_log, source: u64, record: u64) -> u64;
    pub fn tsmmr_log_export(ctx: *const tsmmr_ctx, log: *const tsmmr_log, format: c_int, ret_bytes: *mut *mut u8, ret_len: *mut usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_log_export_fd(ctx: *const tsmmr_ctx, log: *const tsmmr_log, format: c_int, fd: c_int, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_event_log(event: *const tsmmr_event) -> u64;
    pub fn tsmmr_event_record(event: *const tsmmr_event) -> u64;
    pub fn tsmmr_event_offset(event: *const tsmmr_event) -> u64;
    pub fn tsmmr_event_recnum(event: *const tsmmr_event) -> u64;
    pub fn tsmmr_event_index(event: *const tsmmr_event) -> u64;
    pub fn tsmmr_event_space(event: *const tsmmr_event) -> c_int;
    pub fn tsmmr_event_register(event: *const tsmmr_event) -> *const c_char;
    pub fn tsmmr_event_role(event: *const tsmmr_event) -> *const c_char;
    pub fn tsmmr_event_platform(event: *const tsmmr_event) -> c_int;
    pub fn tsmmr_event_content(event: *const tsmmr_event) -> u64;
    pub fn tsmmr_event_type(event: *const tsmmr_event) -> u64;
    pub fn tsmmr_event_type_name(event: *const tsmmr_event) -> *const c_char;
    pub fn tsmmr_event_is_measured(event: *const tsmmr_event) -> c_int;
    pub fn tsmmr_event_after_separator(event: *const tsmmr_event) -> c_int;
    pub fn tsmmr_event_digest_count(event: *const tsmmr_event) -> usize;
    pub fn tsmmr_event_digest(event: *const tsmmr_event, i: usize, ret_hash: *mut c_int, ret_digest: *mut *const u8, ret_len: *mut usize) -> c_int;
    pub fn tsmmr_event_data(event: *const tsmmr_event, ret_data: *mut *const u8, ret_len: *mut usize) -> c_int;
    pub fn tsmmr_event_binding(event: *const tsmmr_event, ret_rule: *mut *const c_char) -> c_int;
    pub fn tsmmr_event_text(event: *const tsmmr_event, buf: *mut c_char, size: usize) -> c_int;
    pub fn tsmmr_event_export_json(event: *const tsmmr_event, log: u64, ret_json: *mut *mut u8, ret_len: *mut usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_event_details_json(event: *const tsmmr_event, ret_json: *mut *mut u8, ret_len: *mut usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_new(ctx: *const tsmmr_ctx, ret_policy: *mut *mut tsmmr_policy, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_ref(policy: *mut tsmmr_policy) -> *mut tsmmr_policy;
    pub fn tsmmr_policy_free(policy: *mut tsmmr_policy);
    pub fn tsmmr_policy_require(policy: *mut tsmmr_policy, list: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_allow(policy: *mut tsmmr_policy, list: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_set_min_trust(policy: *mut tsmmr_policy, trust: c_int, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_set_min_hash(policy: *mut tsmmr_policy, hash: c_int, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_allow_debug(policy: *mut tsmmr_policy, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_must_check(policy: *mut tsmmr_policy, words: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_accept_tcb(policy: *mut tsmmr_policy, words: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_accept_advisories(policy: *mut tsmmr_policy, ids: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_set_min_tcb_evaluation(policy: *mut tsmmr_policy, least: u64, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_set_nonce(policy: *mut tsmmr_policy, nonce: *const c_void, len: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_set_no_nonce(policy: *mut tsmmr_policy, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_expect(policy: *mut tsmmr_policy, name: *const c_char, hash: c_int, value: *const c_void, len: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_expect_text(policy: *mut tsmmr_policy, platform: c_int, text: *const c_char, len: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_expect_set(policy: *mut tsmmr_policy, id: *const c_char, platform: c_int, text: *const c_char, len: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_expect_claim(policy: *mut tsmmr_policy, name: *const c_char, value: *const c_void, len: usize, mask: *const c_void, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_at_least(policy: *mut tsmmr_policy, name: *const c_char, least: u64, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_parse(policy: *mut tsmmr_policy, text: *const c_char, len: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_check(policy: *const tsmmr_policy, regs: *const tsmmr_regs, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_policy_hash(policy: *const tsmmr_policy, ret_sha256: *mut u8) -> c_int;
    pub fn tsmmr_prediction_new(ctx: *const tsmmr_ctx, logs: *const *mut tsmmr_log, n: usize, report: *const tsmmr_report, ret_prediction: *mut *mut tsmmr_prediction, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_prediction_new_stream(ctx: *const tsmmr_ctx, streams: *const *mut tsmmr_stream, n: usize, report: *const tsmmr_report, ret_prediction: *mut *mut tsmmr_prediction, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_prediction_new_uki_fd(ctx: *const tsmmr_ctx, fd: c_int, profile: u32, phases: *const c_char, ret_prediction: *mut *mut tsmmr_prediction, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_prediction_free(prediction: *mut tsmmr_prediction);
    pub fn tsmmr_prediction_replace_fd(prediction: *mut tsmmr_prediction, role: *const c_char, before: c_int, after: c_int, what: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_prediction_replace_text(prediction: *mut tsmmr_prediction, reg: *const c_char, before: *const c_char, after: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_prediction_drop(prediction: *mut tsmmr_prediction, log: u64, record: u64, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_prediction_select(prediction: *mut tsmmr_prediction, only: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_prediction_run(prediction: *mut tsmmr_prediction, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_prediction_report(prediction: *const tsmmr_prediction) -> *const tsmmr_report;
    pub fn tsmmr_prediction_is_changed(prediction: *const tsmmr_prediction, i: usize) -> c_int;
    pub fn tsmmr_prediction_is_vouched(prediction: *const tsmmr_prediction, i: usize) -> c_int;
    pub fn tsmmr_prediction_is_followed(prediction: *const tsmmr_prediction, i: usize) -> c_int;
    pub fn tsmmr_prediction_note(prediction: *const tsmmr_prediction, i: usize, ret_log: *mut u64, ret_record: *mut u64) -> *const c_char;
    pub fn tsmmr_prediction_export_json(prediction: *const tsmmr_prediction, ret_json: *mut *mut u8, ret_len: *mut usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_regs_read(ctx: *const tsmmr_ctx, ret_regs: *mut *mut tsmmr_regs, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_evidence_new(ctx: *const tsmmr_ctx, ret_evidence: *mut *mut tsmmr_evidence, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_evidence_free(evidence: *mut tsmmr_evidence);
    pub fn tsmmr_evidence_add(evidence: *mut tsmmr_evidence, part: c_int, data: *const c_void, len: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_evidence_set_nonce(evidence: *mut tsmmr_evidence, nonce: *const c_void, len: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_evidence_add_trust_root(evidence: *mut tsmmr_evidence, data: *const c_void, len: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_evidence_add_trust_root_sha256(evidence: *mut tsmmr_evidence, sha256: *const c_void, len: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_evidence_set_time(evidence: *mut tsmmr_evidence, seconds: u64, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_evidence_part(evidence: *const tsmmr_evidence, part: c_int, ret_data: *mut *const u8, ret_len: *mut usize) -> c_int;
    pub fn tsmmr_evidence_part_count(evidence: *const tsmmr_evidence) -> usize;
    pub fn tsmmr_evidence_part_at(evidence: *const tsmmr_evidence, i: usize, ret_part: *mut c_int, ret_data: *mut *const u8, ret_len: *mut usize) -> c_int;
    pub fn tsmmr_evidence_envelope(evidence: *const tsmmr_evidence, i: usize) -> *const c_char;
    pub fn tsmmr_evidence_log_count(evidence: *const tsmmr_evidence) -> usize;
    pub fn tsmmr_evidence_log(evidence: *const tsmmr_evidence, i: usize, ret_format: *mut c_int, ret_reg: *mut *const c_char, ret_data: *mut *const u8, ret_len: *mut usize) -> c_int;
    pub fn tsmmr_regs_from_evidence(ctx: *const tsmmr_ctx, evidence: *const tsmmr_evidence, ret_regs: *mut *mut tsmmr_regs, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_regs_from_values(ctx: *const tsmmr_ctx, format: c_int, platform: c_int, text: *const c_char, len: usize, ret_regs: *mut *mut tsmmr_regs, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_regs_join(ctx: *const tsmmr_ctx, sets: *const *mut tsmmr_regs, n: usize, ret_regs: *mut *mut tsmmr_regs, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_values_lines(format: c_int, platform: c_int, text: *const c_char, len: usize, ret_lines: *mut *mut u8, ret_len: *mut usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_regs_with_manifest(ctx: *const tsmmr_ctx, base: *const tsmmr_regs, reg: *const c_char, data: *const c_void, len: usize, ret_regs: *mut *mut tsmmr_regs, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_regs_ref(regs: *mut tsmmr_regs) -> *mut tsmmr_regs;
    pub fn tsmmr_regs_free(regs: *mut tsmmr_regs);
    pub fn tsmmr_regs_count(regs: *const tsmmr_regs) -> usize;
    pub fn tsmmr_regs_get(regs: *const tsmmr_regs, i: usize) -> *const tsmmr_reg;
    pub fn tsmmr_regs_find(regs: *const tsmmr_regs, name: *const c_char, hash: c_int) -> *const tsmmr_reg;
    pub fn tsmmr_regs_trust(regs: *const tsmmr_regs) -> c_int;
    pub fn tsmmr_regs_evidence_count(regs: *const tsmmr_regs) -> usize;
    pub fn tsmmr_regs_evidence_kind(regs: *const tsmmr_regs, i: usize) -> *const c_char;
    pub fn tsmmr_regs_evidence_root(regs: *const tsmmr_regs, i: usize, ret_sha256: *mut *const u8, ret_time: *mut u64) -> c_int;
    pub fn tsmmr_regs_evidence_not_checked(regs: *const tsmmr_regs, i: usize, k: usize) -> *const c_char;
    pub fn tsmmr_regs_evidence_trust(regs: *const tsmmr_regs, i: usize) -> c_int;
    pub fn tsmmr_regs_evidence_is_unchecked(regs: *const tsmmr_regs, i: usize, word: *const c_char) -> c_int;
    pub fn tsmmr_regs_evidence_is_debug(regs: *const tsmmr_regs, i: usize) -> c_int;
    pub fn tsmmr_regs_evidence_platform(regs: *const tsmmr_regs, i: usize) -> c_int;
    pub fn tsmmr_regs_evidence_nonce(regs: *const tsmmr_regs, i: usize, ret_nonce: *mut *const u8, ret_len: *mut usize) -> c_int;
    pub fn tsmmr_regs_is_debug(regs: *const tsmmr_regs) -> c_int;
    pub fn tsmmr_regs_claim(regs: *const tsmmr_regs, piece: usize, name: *const c_char, ret_data: *mut *const u8, ret_len: *mut usize) -> c_int;
    pub fn tsmmr_regs_claim_u64(regs: *const tsmmr_regs, piece: usize, name: *const c_char, ret_value: *mut u64) -> c_int;
    pub fn tsmmr_regs_claim_type(regs: *const tsmmr_regs, piece: usize, name: *const c_char) -> c_int;
    pub fn tsmmr_regs_claim_trust(regs: *const tsmmr_regs, piece: usize, name: *const c_char) -> c_int;
    pub fn tsmmr_regs_claim_count(regs: *const tsmmr_regs, piece: usize) -> usize;
    pub fn tsmmr_regs_claim_at(regs: *const tsmmr_regs, piece: usize, i: usize, ret_name: *mut *const c_char, ret_type: *mut c_int, ret_data: *mut *const u8, ret_len: *mut usize) -> c_int;
    pub fn tsmmr_regs_export_json(regs: *const tsmmr_regs, only: *const c_char, ret_json: *mut *mut u8, ret_len: *mut usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_reg_name(reg: *const tsmmr_reg) -> *const c_char;
    pub fn tsmmr_reg_provider(reg: *const tsmmr_reg) -> *const c_char;
    pub fn tsmmr_reg_role(reg: *const tsmmr_reg) -> *const c_char;
    pub fn tsmmr_reg_platform(reg: *const tsmmr_reg) -> c_int;
    pub fn tsmmr_reg_space(reg: *const tsmmr_reg) -> c_int;
    pub fn tsmmr_reg_index(reg: *const tsmmr_reg) -> u64;
    pub fn tsmmr_reg_hash(reg: *const tsmmr_reg) -> c_int;
    pub fn tsmmr_reg_kind(reg: *const tsmmr_reg) -> c_int;
    pub fn tsmmr_reg_flags(reg: *const tsmmr_reg) -> u32;
    pub fn tsmmr_reg_trust(reg: *const tsmmr_reg) -> c_int;
    pub fn tsmmr_reg_value(reg: *const tsmmr_reg, ret_value: *mut *const u8, ret_len: *mut usize) -> c_int;
    pub fn tsmmr_select_matches(list: *const c_char, name: *const c_char, role: *const c_char, hash: c_int, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_report_new(ctx: *const tsmmr_ctx, logs: *const *mut tsmmr_log, n: usize, regs: *const tsmmr_regs, policy: *const tsmmr_policy, ret_report: *mut *mut tsmmr_report, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_report_new_stream(ctx: *const tsmmr_ctx, streams: *const *mut tsmmr_stream, n: usize, regs: *const tsmmr_regs, policy: *const tsmmr_policy, ret_report: *mut *mut tsmmr_report, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_report_new_live(ctx: *const tsmmr_ctx, platform: c_int, policy: *const tsmmr_policy, ret_report: *mut *mut tsmmr_report, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_report_judge(report: *const tsmmr_report, policy: *const tsmmr_policy, ret_report: *mut *mut tsmmr_report, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_report_ref(report: *mut tsmmr_report) -> *mut tsmmr_report;
    pub fn tsmmr_report_free(report: *mut tsmmr_report);
    pub fn tsmmr_report_select(report: *const tsmmr_report, only: *const c_char, ret_report: *mut *mut tsmmr_report, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_report_verdict(report: *const tsmmr_report) -> c_int;
    pub fn tsmmr_report_because(report: *const tsmmr_report, i: usize, ret_register: *mut *const c_char, ret_evidence: *mut u64) -> *const c_char;
    pub fn tsmmr_report_count(report: *const tsmmr_report) -> usize;
    pub fn tsmmr_report_reg(report: *const tsmmr_report, i: usize) -> *const tsmmr_reg;
    pub fn tsmmr_report_name(report: *const tsmmr_report, i: usize) -> *const c_char;
    pub fn tsmmr_report_status(report: *const tsmmr_report, i: usize) -> c_int;
    pub fn tsmmr_report_event_count(report: *const tsmmr_report, i: usize) -> u64;
    pub fn tsmmr_report_anchor(report: *const tsmmr_report, i: usize) -> *const c_char;
    pub fn tsmmr_report_is_asked(report: *const tsmmr_report, i: usize) -> c_int;
    pub fn tsmmr_report_is_accepted(report: *const tsmmr_report, i: usize) -> c_int;
    pub fn tsmmr_report_reference(report: *const tsmmr_report, i: usize, k: usize, ret_value: *mut *const u8, ret_len: *mut usize, ret_set: *mut *const c_char) -> c_int;
    pub fn tsmmr_report_replayed(report: *const tsmmr_report, i: usize, ret_value: *mut *const u8, ret_len: *mut usize) -> c_int;
    pub fn tsmmr_report_gap_count(report: *const tsmmr_report, i: usize) -> usize;
    pub fn tsmmr_report_gap(report: *const tsmmr_report, i: usize, k: usize) -> *const tsmmr_gap;
    pub fn tsmmr_gap_word(gap: *const tsmmr_gap) -> *const c_char;
    pub fn tsmmr_gap_log(gap: *const tsmmr_gap) -> u64;
    pub fn tsmmr_gap_record(gap: *const tsmmr_gap) -> u64;
    pub fn tsmmr_gap_is_allowed(gap: *const tsmmr_gap) -> c_int;
    pub fn tsmmr_report_is_event_proven(report: *const tsmmr_report, log: u64, i: usize) -> c_int;
    pub fn tsmmr_report_finding_count(report: *const tsmmr_report) -> usize;
    pub fn tsmmr_report_finding(report: *const tsmmr_report, i: usize) -> *const tsmmr_finding;
    pub fn tsmmr_report_event_json(report: *const tsmmr_report, log: *const tsmmr_log, number: u64, i: usize, ret_json: *mut *mut u8, ret_len: *mut usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_report_event_text(report: *const tsmmr_report, log: *const tsmmr_log, number: u64, i: usize, buf: *mut c_char, size: usize) -> c_int;
    pub fn tsmmr_report_pass_new(report: *const tsmmr_report, streams: *const *mut tsmmr_stream, n: usize, ret_pass: *mut *mut tsmmr_report_pass, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_report_pass_free(pass: *mut tsmmr_report_pass);
    pub fn tsmmr_report_pass_set_domain(pass: *mut tsmmr_report_pass, domain: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_report_pass_withheld(pass: *const tsmmr_report_pass) -> u64;
    pub fn tsmmr_report_pass_next(pass: *mut tsmmr_report_pass, ret_event: *mut *const tsmmr_event, ret_log: *mut u64, ret_proven: *mut c_int, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_report_pass_event_json(pass: *const tsmmr_report_pass, ret_json: *mut *mut u8, ret_len: *mut usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_report_summary(report: *const tsmmr_report, buf: *mut c_char, size: usize) -> c_int;
    pub fn tsmmr_report_export_replay_json(report: *const tsmmr_report, ret_json: *mut *mut u8, ret_len: *mut usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_report_export_verify_json(report: *const tsmmr_report, explain: *const tsmmr_explain, logs: *const *mut tsmmr_log, n: usize, ret_json: *mut *mut u8, ret_len: *mut usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_tree_open(ctx: *const tsmmr_ctx, ret_tree: *mut *mut tsmmr_tree, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_tree_free(tree: *mut tsmmr_tree);
    pub fn tsmmr_tree_extend(tree: *const tsmmr_tree, reg: *const c_char, digest: *const c_void, len: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_tree_append(tree: *const tsmmr_tree, reg: *const c_char, record: *const c_void, len: usize, flags: u32, ret_appended: *mut *mut tsmmr_appended, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_appended_free(appended: *mut tsmmr_appended);
    pub fn tsmmr_tree_append_many(tree: *const tsmmr_tree, reg: *const c_char, records: *const *const c_char, n: usize, flags: u32, ret_appended: *mut *mut tsmmr_appended, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_appended_flags(appended: *const tsmmr_appended) -> u32;
    pub fn tsmmr_appended_bank_count(appended: *const tsmmr_appended) -> usize;
    pub fn tsmmr_appended_digest(appended: *const tsmmr_appended, i: usize, ret_hash: *mut c_int, ret_digest: *mut *const u8, ret_len: *mut usize) -> c_int;
    pub fn tsmmr_appended_value(appended: *const tsmmr_appended, i: usize, ret_hash: *mut c_int, ret_value: *mut *const u8, ret_len: *mut usize) -> c_int;
    pub fn tsmmr_tree_settle(tree: *const tsmmr_tree, reg: *const c_char, ret_outcome: *mut c_int, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_tree_lock(tree: *const tsmmr_tree, reg: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_attest_new(platform: c_int, ret_request: *mut *mut tsmmr_attest, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_attest_free(request: *mut tsmmr_attest);
    pub fn tsmmr_attest_set_nonce(request: *mut tsmmr_attest, nonce: *const c_void, len: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_attest_set_bytes(request: *mut tsmmr_attest, name: *const c_char, data: *const c_void, len: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_attest_set_u64(request: *mut tsmmr_attest, name: *const c_char, value: u64, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_tree_attest(tree: *const tsmmr_tree, request: *const tsmmr_attest, ret_evidence: *mut *mut tsmmr_evidence, ret_log: *mut *mut tsmmr_log, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_name(names: c_int, value: c_int) -> *const c_char;
    pub fn tsmmr_name_find(names: c_int, name: *const c_char, ret_value: *mut c_int) -> c_int;
    pub fn tsmmr_hash_size(hash: c_int) -> c_int;
    pub fn tsmmr_version() -> *const c_char;
    pub fn tsmmr_version_number() -> u32;
    pub fn tsmmr_library_at(i: usize, ret_name: *mut *const c_char, ret_version: *mut *const c_char) -> c_int;
    pub fn tsmmr_format_can(format: c_int) -> c_int;
    pub fn tsmmr_ctx_new(flags: u32, ret_ctx: *mut *mut tsmmr_ctx, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_ctx_copy(ctx: *const tsmmr_ctx, ret_ctx: *mut *mut tsmmr_ctx, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_ctx_ref(ctx: *mut tsmmr_ctx) -> *mut tsmmr_ctx;
    pub fn tsmmr_ctx_free(ctx: *mut tsmmr_ctx);
    pub fn tsmmr_free(bytes: *mut c_void);
    pub fn tsmmr_ctx_set_root(ctx: *mut tsmmr_ctx, path: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_ctx_set_log_dir(ctx: *mut tsmmr_ctx, path: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_ctx_set_temporary(ctx: *mut tsmmr_ctx, path: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_ctx_set_tcti(ctx: *mut tsmmr_ctx, conf: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_ctx_set_flags(ctx: *mut tsmmr_ctx, flags: u32, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_ctx_set_limit(ctx: *mut tsmmr_ctx, limit: c_int, value: u64, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_ctx_cancel(ctx: *mut tsmmr_ctx);
    pub fn tsmmr_ctx_set_initial(ctx: *mut tsmmr_ctx, platform: c_int, text: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_ctx_add_trust_root(ctx: *mut tsmmr_ctx, data: *const c_void, len: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_ctx_add_trust_root_sha256(ctx: *mut tsmmr_ctx, sha256: *const c_void, len: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_ctx_add_trust_root_named(ctx: *mut tsmmr_ctx, name: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_trust_root_at(i: usize, ret_name: *mut *const c_char, ret_sha256: *mut *const u8, ret_source: *mut *const c_char) -> c_int;
    pub fn tsmmr_ctx_set_time(ctx: *mut tsmmr_ctx, seconds: u64, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_ctx_add_collateral(ctx: *mut tsmmr_ctx, part: c_int, data: *const c_void, len: usize, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_ctx_set_collateral_grace(ctx: *mut tsmmr_ctx, seconds: u64, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_ctx_set_trace(ctx: *mut tsmmr_ctx, r#fn: Option<Trace>, user: *mut c_void, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_ctx_set_openssl(ctx: *mut tsmmr_ctx, libctx: *mut c_void, properties: *const c_char, reterr: *mut tsmmr_error) -> c_int;
    pub fn tsmmr_ctx_prepare(ctx: *mut tsmmr_ctx, reterr: *mut tsmmr_error) -> c_int;
}
