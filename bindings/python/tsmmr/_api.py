# SPDX-License-Identifier: BSD-2-Clause
"""Written by bindings/prototypes.py from the headers."""

from ctypes import (CFUNCTYPE, POINTER as P, Structure, c_char, c_char_p, c_int, c_int32,
                    c_int64, c_size_t, c_uint32, c_uint64, c_void_p)
from enum import IntEnum, IntFlag

SONAME = "libtsmmr.so.0"

Trace = CFUNCTYPE(None, c_int, c_char_p, c_void_p)


class Appraised(IntEnum):
    """enum tsmmr_appraised"""
    NONE = 0
    YES = 1
    INCOMPLETE = 2
    DENIED = 3


class Record(IntEnum):
    """enum tsmmr_record"""
    NOT_ASKED = 0
    KNOWN = 1
    UNKNOWN = 2
    DENIED = 3


class Side(IntEnum):
    """enum tsmmr_side"""
    A = 0
    B = 1


class Edit(IntEnum):
    """enum tsmmr_edit"""
    ONLY_A = 1
    ONLY_B = 2
    MOVED = 3
    TEXT = 4


class Severity(IntEnum):
    """enum tsmmr_severity"""
    INFO = 1
    WARNING = 2
    ERROR = 3


class KnownKind(IntEnum):
    """enum tsmmr_known_kind"""
    SUMS = 1
    LOG = 2
    PCRLOCK = 3
    KEYLIME = 4
    RULES = 5
    UNVERIFIED_LOG = 6
    IMAGE = 7


class ListFlag(IntFlag):
    """enum tsmmr_list_flag"""
    DENIED = 0x100
    ANY_ORDER = 0x200


class WellKnown(IntEnum):
    """enum tsmmr_well_known"""
    ALL = 0
    CCEL = 1
    TPM = 2
    IMA = 3
    SYSTEMD = 4
    AAEL = 5
    RUNTIME = 6


class Content(IntEnum):
    """enum tsmmr_content"""
    NONE = 0
    TEXT = 1
    CEL = 4
    PCCLIENT_STD = 5
    IMA_TEMPLATE = 7
    IMA_TLV = 8
    SYSTEMD = 9


class Binding(IntEnum):
    """enum tsmmr_binding"""
    UNBOUND = 0
    BOUND = 1
    MISMATCH = 2


class After(IntEnum):
    """enum tsmmr_after"""
    NO = 0
    YES = 1
    UNKNOWN = 2


class Trust(IntEnum):
    """enum tsmmr_trust"""
    GIVEN = 1
    LIVE = 2
    UNSIGNED = 3
    SIGNED = 4
    AUTHENTICATED = 5


class RegKind(IntEnum):
    """enum tsmmr_reg_kind"""
    RUNTIME = 1
    LAUNCH = 2
    CONFIG = 3


class RegFlag(IntFlag):
    """enum tsmmr_reg_flag"""
    READABLE = 1
    EXTENSIBLE = 2
    WRITABLE_NOW = 4
    LOCKED = 8
    LOCKABLE = 16
    LOCK_TO_ATTEST = 32
    RESETTABLE = 64


class Part(IntEnum):
    """enum tsmmr_part"""
    AUTO = 0
    QUOTE = 1
    SIG = 2
    PCRS = 3
    AK = 4
    CERTS = 5
    MANIFEST = 6
    CRL = 7
    TCB_INFO = 8
    QE_IDENTITY = 9
    ENDORSEMENTS = 10
    GPU = 11


class Values(IntEnum):
    """enum tsmmr_values"""
    AUTO = 0
    LINES = 1
    JSON = 2
    TPM2_PCRREAD = 3
    TPM2_EVENTLOG = 4
    TSSPCRREAD = 5
    PCRS = 6
    NITRO_CLI = 7
    SYSTEMD_MEASURE = 8
    TDX_MEASURE = 9
    BANKS = 10


class ClaimType(IntEnum):
    """enum tsmmr_claim_type"""
    BYTES = 1
    U64 = 2
    TEXT = 3
    TIME = 4


class Status(IntEnum):
    """enum tsmmr_status"""
    VERIFIED = 1
    UNTOUCHED = 2
    NO_EVIDENCE = 3
    INCOMPLETE = 4
    MISMATCH = 5
    EQUAL = 6


class Verdict(IntEnum):
    """enum tsmmr_verdict"""
    NONE = 0
    VERIFIED = 1
    INCOMPLETE = 2
    MISMATCH = 3


class AppendFlag(IntFlag):
    """enum tsmmr_append_flag"""
    ONCE = 1


class AppendedFlag(IntFlag):
    """enum tsmmr_appended_flag"""
    SYNC = 1
    REPAIR = 2
    NOTHING = 4


class Settled(IntEnum):
    """enum tsmmr_settled"""
    NOTHING = 0
    EXTENDED = 1
    NOT_EXTENDED = 2
    PARTLY = 3


class Code(IntEnum):
    """enum tsmmr_code"""
    OK = 0
    E_NOMEM = -1
    E_ARG = -2
    E_ABI = -3
    E_IO = -4
    E_NOTFOUND = -5
    E_FORMAT = -6
    E_TRUNCATED = -7
    E_MALFORMED = -8
    E_UNSUPPORTED = -9
    E_LIMIT = -10
    E_MISMATCH = -11
    E_INCOMPLETE = -12
    E_UNTRUSTED = -13
    E_LOCKED = -14
    E_INDOUBT = -15
    E_INTERNAL = -16
    E_CANCELLED = -17


class Detail(IntEnum):
    """enum tsmmr_detail"""
    NONE = 0
    NONCE = 1
    SIGNATURE = 2
    CHAIN = 3
    CHAIN_MISSING = 4
    EXPIRED = 5
    DEBUG = 6
    ROOT = 7
    BINDING = 8
    CRYPTO = 9
    CLAIM = 10
    REVOKED = 11
    COLLATERAL = 12


class Hash(IntEnum):
    """enum tsmmr_hash"""
    NONE = 0x0000
    SHA1 = 0x0004
    SHA256 = 0x000b
    SHA384 = 0x000c
    SHA512 = 0x000d
    SM3_256 = 0x0012
    SHA3_256 = 0x0027
    SHA3_384 = 0x0028
    SHA3_512 = 0x0029


class Platform(IntEnum):
    """enum tsmmr_platform"""
    AUTO = 0
    TDX = 1
    SNP = 2
    CCA = 3
    NITRO = 4
    TPM = 5


class Space(IntEnum):
    """enum tsmmr_space"""
    NONE = 0
    PCR = 1
    CC_MR = 2
    RTMR = 3
    REM = 4
    NITRO_PCR = 5
    NV = 6


class Format(IntEnum):
    """enum tsmmr_format"""
    AUTO = 0
    TCG2 = 1
    TCG1 = 2
    CCEL = 3
    TEXT = 4
    AAEL = 5
    IMA = 6
    IMA_ASCII = 7
    CEL_CBOR = 8
    CEL_JSON = 9
    CEL_TLV = 10
    SYSTEMD = 11
    CEL_CBOR_SEQ = 12
    JSONL = 13
    TPM2_YAML = 14
    EIF = 15
    REALM = 16
    SNP_LAUNCH = 17
    TDX_LAUNCH = 18
    DSTACK = 19
    MERGED = 20
    IGVM = 21


class Names(IntEnum):
    """enum tsmmr_names"""
    HASH = 1
    FORMAT = 2
    PLATFORM = 3
    SPACE = 4
    ERROR = 5
    LOG = 6
    TRUST = 7
    KIND = 8
    PART = 9
    BINDING = 10
    STATUS = 11
    SEVERITY = 12
    CONTENT = 13
    DETAIL = 14
    VALUES = 15
    KNOWN = 16
    VERDICT = 17
    IMAGE = 18
    LAUNCH = 19


class Can(IntFlag):
    """enum tsmmr_can"""
    READ = 1
    WRITE = 2


class CtxFlag(IntFlag):
    """enum tsmmr_ctx_flag"""
    STRICT = 1
    TLV_CC_MR = 4
    TLV_PCR = 8
    NO_PASS = 16
    OPENSSL_ONLY = 32
    EXPECTED_ONLY = 64


class Limit(IntEnum):
    """enum tsmmr_limit"""
    BYTES = 1
    EVENTS = 2
    EVENT_BYTES = 3
    EXPLAIN = 4
    FINDINGS = 5
    LOCK_MS = 6


class TraceLevel(IntEnum):
    """enum tsmmr_trace_level"""
    INFO = 1
    DEBUG = 2


class Error(Structure):
    """struct tsmmr_error"""
    _fields_ = [
        ("size", c_uint32),
        ("code", c_int32),
        ("os_errno", c_int32),
        ("detail", c_int32),
        ("log", c_uint64),
        ("record", c_uint64),
        ("offset", c_uint64),
        ("message", c_char * 216),
    ]


NONE = 0xffffffffffffffff
ERROR_SIZE_1 = 256
HASH_SIZE_MAX = 64

CALLS = {
    "tsmmr_appraisal_new": (c_int, [c_void_p, c_void_p, P(c_void_p), c_size_t, P(c_void_p), P(Error)]),
    "tsmmr_appraisal_new_stream": (c_int, [c_void_p, c_void_p, P(c_void_p), c_size_t, P(c_void_p), P(Error)]),
    "tsmmr_appraisal_free": (None, [c_void_p]),
    "tsmmr_appraisal_verdict": (c_int, [c_void_p]),
    "tsmmr_appraisal_because": (c_char_p, [c_void_p, c_size_t, P(c_char_p), P(c_uint64)]),
    "tsmmr_appraisal_launch": (c_char_p, [c_void_p]),
    "tsmmr_appraisal_count": (c_uint64, [c_void_p, c_size_t, c_int]),
    "tsmmr_appraisal_first_unknown": (c_int, [c_void_p, c_size_t, P(c_uint64), P(c_uint64)]),
    "tsmmr_appraisal_text": (c_int, [c_void_p, c_size_t, c_void_p, c_size_t]),
    "tsmmr_appraisal_lack": (c_char_p, [c_void_p, c_size_t, P(c_char_p)]),
    "tsmmr_appraisal_summary": (c_int, [c_void_p, c_void_p, c_size_t]),
    "tsmmr_appraisal_export_json": (c_int, [c_void_p, P(c_void_p), P(c_size_t), P(Error)]),
    "tsmmr_appraisal_pass_new": (c_int, [c_void_p, P(c_void_p), c_size_t, P(c_void_p), P(Error)]),
    "tsmmr_appraisal_pass_free": (None, [c_void_p]),
    "tsmmr_appraisal_pass_next": (c_int, [c_void_p, P(c_void_p), P(c_uint64), P(c_int), P(Error)]),
    "tsmmr_appraisal_pass_source": (c_char_p, [c_void_p, P(c_char_p), P(c_size_t)]),
    "tsmmr_appraisal_pass_line": (c_int, [c_void_p, P(c_void_p), P(c_size_t), P(Error)]),
    "tsmmr_appraisal_pass_event_json": (c_int, [c_void_p, P(c_void_p), P(c_size_t), P(Error)]),
    "tsmmr_diff_new": (c_int, [c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_diff_free": (None, [c_void_p]),
    "tsmmr_diff_add_log": (c_int, [c_void_p, c_int, c_void_p, P(Error)]),
    "tsmmr_diff_add_stream": (c_int, [c_void_p, c_int, c_void_p, P(Error)]),
    "tsmmr_diff_set_regs": (c_int, [c_void_p, c_int, c_void_p, P(Error)]),
    "tsmmr_diff_set_reread": (c_int, [c_void_p, c_size_t, P(Error)]),
    "tsmmr_diff_compare": (c_int, [c_void_p, P(Error)]),
    "tsmmr_diff_verdict": (c_int, [c_void_p]),
    "tsmmr_diff_count": (c_size_t, [c_void_p]),
    "tsmmr_diff_name": (c_char_p, [c_void_p, c_size_t]),
    "tsmmr_diff_reg": (c_void_p, [c_void_p, c_size_t, c_int]),
    "tsmmr_diff_replayed": (c_int, [c_void_p, c_size_t, c_int, P(c_void_p), P(c_size_t)]),
    "tsmmr_diff_record_count": (c_size_t, [c_void_p, c_size_t, c_int]),
    "tsmmr_diff_is_same": (c_int, [c_void_p, c_size_t]),
    "tsmmr_diff_is_shortest": (c_int, [c_void_p, c_size_t]),
    "tsmmr_diff_edit_count": (c_size_t, [c_void_p, c_size_t]),
    "tsmmr_diff_edit": (c_int, [c_void_p, c_size_t, c_size_t, P(c_void_p), P(c_uint64), P(c_void_p), P(c_uint64)]),
    "tsmmr_diff_reread": (c_int, [c_void_p, c_size_t, c_size_t, P(Error)]),
    "tsmmr_diff_export_json": (c_int, [c_void_p, P(c_void_p), P(c_size_t), P(Error)]),
    "tsmmr_diff_next_json": (c_int, [c_void_p, P(c_void_p), P(c_size_t), P(Error)]),
    "tsmmr_explain_new": (c_int, [c_void_p, c_void_p, P(c_void_p), c_size_t, c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_explain_new_stream": (c_int, [c_void_p, c_void_p, P(c_void_p), c_size_t, c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_explain_free": (None, [c_void_p]),
    "tsmmr_explain_hypothesis_count": (c_size_t, [c_void_p, c_size_t]),
    "tsmmr_explain_hypothesis": (c_void_p, [c_void_p, c_size_t, c_size_t]),
    "tsmmr_hypothesis_id": (c_char_p, [c_void_p]),
    "tsmmr_hypothesis_log": (c_uint64, [c_void_p]),
    "tsmmr_hypothesis_first": (c_uint64, [c_void_p]),
    "tsmmr_hypothesis_last": (c_uint64, [c_void_p]),
    "tsmmr_hypothesis_offset": (c_uint64, [c_void_p]),
    "tsmmr_hypothesis_would_match": (c_int, [c_void_p]),
    "tsmmr_hypothesis_text": (c_char_p, [c_void_p]),
    "tsmmr_explain_text": (c_char_p, [c_void_p, c_size_t]),
    "tsmmr_finding_id": (c_char_p, [c_void_p]),
    "tsmmr_finding_severity": (c_int, [c_void_p]),
    "tsmmr_finding_log": (c_uint64, [c_void_p]),
    "tsmmr_finding_record": (c_uint64, [c_void_p]),
    "tsmmr_finding_offset": (c_uint64, [c_void_p]),
    "tsmmr_finding_text": (c_char_p, [c_void_p]),
    "tsmmr_launch_new": (c_int, [P(c_void_p), P(Error)]),
    "tsmmr_launch_free": (None, [c_void_p]),
    "tsmmr_launch_set_image_fd": (c_int, [c_void_p, c_char_p, c_int, P(Error)]),
    "tsmmr_launch_set_u64": (c_int, [c_void_p, c_char_p, c_uint64, P(Error)]),
    "tsmmr_launch_set_word": (c_int, [c_void_p, c_char_p, c_char_p, P(Error)]),
    "tsmmr_input_new": (c_int, [P(c_void_p), P(Error)]),
    "tsmmr_input_free": (None, [c_void_p]),
    "tsmmr_input_set_format": (c_int, [c_void_p, c_int, P(Error)]),
    "tsmmr_input_set_platform": (c_int, [c_void_p, c_int, P(Error)]),
    "tsmmr_input_set_register": (c_int, [c_void_p, c_char_p, P(Error)]),
    "tsmmr_input_set_name": (c_int, [c_void_p, c_char_p, P(Error)]),
    "tsmmr_input_set_launch": (c_int, [c_void_p, c_void_p, P(Error)]),
    "tsmmr_known_new": (c_int, [c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_known_ref": (c_void_p, [c_void_p]),
    "tsmmr_known_free": (None, [c_void_p]),
    "tsmmr_known_add": (c_int, [c_void_p, c_int, c_char_p, c_char_p, c_void_p, c_size_t, P(Error)]),
    "tsmmr_known_add_fd": (c_int, [c_void_p, c_int, c_char_p, c_char_p, c_int, P(Error)]),
    "tsmmr_known_add_image_fd": (c_int, [c_void_p, c_int, c_char_p, c_char_p, c_int, P(Error)]),
    "tsmmr_known_add_logs": (c_int, [c_void_p, c_int, c_char_p, c_void_p, P(c_void_p), c_size_t, P(Error)]),
    "tsmmr_known_add_stream": (c_int, [c_void_p, c_int, c_char_p, c_void_p, P(Error)]),
    "tsmmr_known_count": (c_size_t, [c_void_p]),
    "tsmmr_stream_open_mem": (c_int, [c_void_p, c_void_p, c_void_p, c_size_t, P(c_void_p), P(Error)]),
    "tsmmr_stream_open_fd": (c_int, [c_void_p, c_void_p, c_int, P(c_void_p), P(Error)]),
    "tsmmr_streams_open_known": (c_int, [c_void_p, c_int, c_int, P(c_void_p), P(Error)]),
    "tsmmr_streams_count": (c_size_t, [c_void_p]),
    "tsmmr_streams_get": (c_void_p, [c_void_p, c_size_t]),
    "tsmmr_streams_free": (None, [c_void_p]),
    "tsmmr_stream_open_log": (c_int, [c_void_p, c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_stream_open_launch": (c_int, [c_void_p, c_void_p, c_int, P(c_void_p), P(Error)]),
    "tsmmr_stream_free": (None, [c_void_p]),
    "tsmmr_stream_set_name": (c_int, [c_void_p, c_char_p, P(Error)]),
    "tsmmr_stream_name": (c_char_p, [c_void_p]),
    "tsmmr_stream_next": (c_int, [c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_stream_format": (c_int, [c_void_p]),
    "tsmmr_stream_event_count": (c_uint64, [c_void_p]),
    "tsmmr_stream_byte_count": (c_uint64, [c_void_p]),
    "tsmmr_stream_keep": (c_int, [c_void_p, P(Error)]),
    "tsmmr_stream_rewind": (c_int, [c_void_p, P(Error)]),
    "tsmmr_stream_merge": (c_int, [c_void_p, P(c_void_p), c_size_t, P(c_void_p), P(Error)]),
    "tsmmr_stream_finding_count": (c_size_t, [c_void_p]),
    "tsmmr_stream_finding": (c_void_p, [c_void_p, c_size_t]),
    "tsmmr_stream_export_fd": (c_int, [c_void_p, c_void_p, c_int, c_int, P(Error)]),
    "tsmmr_stream_export": (c_int, [c_void_p, c_void_p, c_int, P(c_void_p), P(c_size_t), P(Error)]),
    "tsmmr_log_parse": (c_int, [c_void_p, c_void_p, c_void_p, c_size_t, P(c_void_p), P(Error)]),
    "tsmmr_log_parse_borrow": (c_int, [c_void_p, c_void_p, c_void_p, c_size_t, P(c_void_p), P(Error)]),
    "tsmmr_log_open_fd": (c_int, [c_void_p, c_void_p, c_int, P(c_void_p), P(Error)]),
    "tsmmr_log_from_stream": (c_int, [c_void_p, c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_log_merge": (c_int, [c_void_p, P(c_void_p), c_size_t, P(c_void_p), P(Error)]),
    "tsmmr_log_collect": (c_int, [c_void_p, c_int, P(c_void_p), P(Error)]),
    "tsmmr_log_ref": (c_void_p, [c_void_p]),
    "tsmmr_log_free": (None, [c_void_p]),
    "tsmmr_log_count": (c_size_t, [c_void_p]),
    "tsmmr_log_get": (c_void_p, [c_void_p, c_size_t]),
    "tsmmr_log_format": (c_int, [c_void_p]),
    "tsmmr_log_name": (c_char_p, [c_void_p]),
    "tsmmr_log_byte_count": (c_uint64, [c_void_p]),
    "tsmmr_log_finding_count": (c_size_t, [c_void_p]),
    "tsmmr_log_finding": (c_void_p, [c_void_p, c_size_t]),
    "tsmmr_log_source_count": (c_size_t, [c_void_p]),
    "tsmmr_log_source_name": (c_char_p, [c_void_p, c_size_t]),
    "tsmmr_log_source_format": (c_int, [c_void_p, c_size_t]),
    "tsmmr_log_find": (c_uint64, [c_void_p, c_uint64, c_uint64]),
    "tsmmr_log_export": (c_int, [c_void_p, c_void_p, c_int, P(c_void_p), P(c_size_t), P(Error)]),
    "tsmmr_log_export_fd": (c_int, [c_void_p, c_void_p, c_int, c_int, P(Error)]),
    "tsmmr_event_log": (c_uint64, [c_void_p]),
    "tsmmr_event_record": (c_uint64, [c_void_p]),
    "tsmmr_event_offset": (c_uint64, [c_void_p]),
    "tsmmr_event_recnum": (c_uint64, [c_void_p]),
    "tsmmr_event_index": (c_uint64, [c_void_p]),
    "tsmmr_event_space": (c_int, [c_void_p]),
    "tsmmr_event_register": (c_char_p, [c_void_p]),
    "tsmmr_event_role": (c_char_p, [c_void_p]),
    "tsmmr_event_platform": (c_int, [c_void_p]),
    "tsmmr_event_content": (c_uint64, [c_void_p]),
    "tsmmr_event_type": (c_uint64, [c_void_p]),
    "tsmmr_event_type_name": (c_char_p, [c_void_p]),
    "tsmmr_event_is_measured": (c_int, [c_void_p]),
    "tsmmr_event_after_separator": (c_int, [c_void_p]),
    "tsmmr_event_digest_count": (c_size_t, [c_void_p]),
    "tsmmr_event_digest": (c_int, [c_void_p, c_size_t, P(c_int), P(c_void_p), P(c_size_t)]),
    "tsmmr_event_data": (c_int, [c_void_p, P(c_void_p), P(c_size_t)]),
    "tsmmr_event_binding": (c_int, [c_void_p, P(c_char_p)]),
    "tsmmr_event_text": (c_int, [c_void_p, c_void_p, c_size_t]),
    "tsmmr_event_export_json": (c_int, [c_void_p, c_uint64, P(c_void_p), P(c_size_t), P(Error)]),
    "tsmmr_event_details_json": (c_int, [c_void_p, P(c_void_p), P(c_size_t), P(Error)]),
    "tsmmr_policy_new": (c_int, [c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_policy_ref": (c_void_p, [c_void_p]),
    "tsmmr_policy_free": (None, [c_void_p]),
    "tsmmr_policy_require": (c_int, [c_void_p, c_char_p, P(Error)]),
    "tsmmr_policy_allow": (c_int, [c_void_p, c_char_p, P(Error)]),
    "tsmmr_policy_set_min_trust": (c_int, [c_void_p, c_int, P(Error)]),
    "tsmmr_policy_set_min_hash": (c_int, [c_void_p, c_int, P(Error)]),
    "tsmmr_policy_allow_debug": (c_int, [c_void_p, P(Error)]),
    "tsmmr_policy_must_check": (c_int, [c_void_p, c_char_p, P(Error)]),
    "tsmmr_policy_accept_tcb": (c_int, [c_void_p, c_char_p, P(Error)]),
    "tsmmr_policy_accept_advisories": (c_int, [c_void_p, c_char_p, P(Error)]),
    "tsmmr_policy_set_min_tcb_evaluation": (c_int, [c_void_p, c_uint64, P(Error)]),
    "tsmmr_policy_set_nonce": (c_int, [c_void_p, c_void_p, c_size_t, P(Error)]),
    "tsmmr_policy_set_no_nonce": (c_int, [c_void_p, P(Error)]),
    "tsmmr_policy_expect": (c_int, [c_void_p, c_char_p, c_int, c_void_p, c_size_t, P(Error)]),
    "tsmmr_policy_expect_text": (c_int, [c_void_p, c_int, c_char_p, c_size_t, P(Error)]),
    "tsmmr_policy_expect_set": (c_int, [c_void_p, c_char_p, c_int, c_char_p, c_size_t, P(Error)]),
    "tsmmr_policy_expect_claim": (c_int, [c_void_p, c_char_p, c_void_p, c_size_t, c_void_p, P(Error)]),
    "tsmmr_policy_at_least": (c_int, [c_void_p, c_char_p, c_uint64, P(Error)]),
    "tsmmr_policy_parse": (c_int, [c_void_p, c_char_p, c_size_t, P(Error)]),
    "tsmmr_policy_check": (c_int, [c_void_p, c_void_p, P(Error)]),
    "tsmmr_policy_hash": (c_int, [c_void_p, c_void_p]),
    "tsmmr_prediction_new": (c_int, [c_void_p, P(c_void_p), c_size_t, c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_prediction_new_stream": (c_int, [c_void_p, P(c_void_p), c_size_t, c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_prediction_new_uki_fd": (c_int, [c_void_p, c_int, c_uint32, c_char_p, P(c_void_p), P(Error)]),
    "tsmmr_prediction_free": (None, [c_void_p]),
    "tsmmr_prediction_replace_fd": (c_int, [c_void_p, c_char_p, c_int, c_int, c_char_p, P(Error)]),
    "tsmmr_prediction_replace_text": (c_int, [c_void_p, c_char_p, c_char_p, c_char_p, P(Error)]),
    "tsmmr_prediction_drop": (c_int, [c_void_p, c_uint64, c_uint64, P(Error)]),
    "tsmmr_prediction_select": (c_int, [c_void_p, c_char_p, P(Error)]),
    "tsmmr_prediction_run": (c_int, [c_void_p, P(Error)]),
    "tsmmr_prediction_report": (c_void_p, [c_void_p]),
    "tsmmr_prediction_is_changed": (c_int, [c_void_p, c_size_t]),
    "tsmmr_prediction_is_vouched": (c_int, [c_void_p, c_size_t]),
    "tsmmr_prediction_is_followed": (c_int, [c_void_p, c_size_t]),
    "tsmmr_prediction_note": (c_char_p, [c_void_p, c_size_t, P(c_uint64), P(c_uint64)]),
    "tsmmr_prediction_export_json": (c_int, [c_void_p, P(c_void_p), P(c_size_t), P(Error)]),
    "tsmmr_regs_read": (c_int, [c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_evidence_new": (c_int, [c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_evidence_free": (None, [c_void_p]),
    "tsmmr_evidence_add": (c_int, [c_void_p, c_int, c_void_p, c_size_t, P(Error)]),
    "tsmmr_evidence_set_nonce": (c_int, [c_void_p, c_void_p, c_size_t, P(Error)]),
    "tsmmr_evidence_add_trust_root": (c_int, [c_void_p, c_void_p, c_size_t, P(Error)]),
    "tsmmr_evidence_add_trust_root_sha256": (c_int, [c_void_p, c_void_p, c_size_t, P(Error)]),
    "tsmmr_evidence_set_time": (c_int, [c_void_p, c_uint64, P(Error)]),
    "tsmmr_evidence_part": (c_int, [c_void_p, c_int, P(c_void_p), P(c_size_t)]),
    "tsmmr_evidence_part_count": (c_size_t, [c_void_p]),
    "tsmmr_evidence_part_at": (c_int, [c_void_p, c_size_t, P(c_int), P(c_void_p), P(c_size_t)]),
    "tsmmr_evidence_envelope": (c_char_p, [c_void_p, c_size_t]),
    "tsmmr_evidence_log_count": (c_size_t, [c_void_p]),
    "tsmmr_evidence_log": (c_int, [c_void_p, c_size_t, P(c_int), P(c_char_p), P(c_void_p), P(c_size_t)]),
    "tsmmr_regs_from_evidence": (c_int, [c_void_p, c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_regs_from_values": (c_int, [c_void_p, c_int, c_int, c_char_p, c_size_t, P(c_void_p), P(Error)]),
    "tsmmr_regs_join": (c_int, [c_void_p, P(c_void_p), c_size_t, P(c_void_p), P(Error)]),
    "tsmmr_values_lines": (c_int, [c_int, c_int, c_char_p, c_size_t, P(c_void_p), P(c_size_t), P(Error)]),
    "tsmmr_regs_with_manifest": (c_int, [c_void_p, c_void_p, c_char_p, c_void_p, c_size_t, P(c_void_p), P(Error)]),
    "tsmmr_regs_ref": (c_void_p, [c_void_p]),
    "tsmmr_regs_free": (None, [c_void_p]),
    "tsmmr_regs_count": (c_size_t, [c_void_p]),
    "tsmmr_regs_get": (c_void_p, [c_void_p, c_size_t]),
    "tsmmr_regs_find": (c_void_p, [c_void_p, c_char_p, c_int]),
    "tsmmr_regs_trust": (c_int, [c_void_p]),
    "tsmmr_regs_evidence_count": (c_size_t, [c_void_p]),
    "tsmmr_regs_evidence_kind": (c_char_p, [c_void_p, c_size_t]),
    "tsmmr_regs_evidence_root": (c_int, [c_void_p, c_size_t, P(c_void_p), P(c_uint64)]),
    "tsmmr_regs_evidence_not_checked": (c_char_p, [c_void_p, c_size_t, c_size_t]),
    "tsmmr_regs_evidence_trust": (c_int, [c_void_p, c_size_t]),
    "tsmmr_regs_evidence_is_unchecked": (c_int, [c_void_p, c_size_t, c_char_p]),
    "tsmmr_regs_evidence_is_debug": (c_int, [c_void_p, c_size_t]),
    "tsmmr_regs_evidence_platform": (c_int, [c_void_p, c_size_t]),
    "tsmmr_regs_evidence_nonce": (c_int, [c_void_p, c_size_t, P(c_void_p), P(c_size_t)]),
    "tsmmr_regs_is_debug": (c_int, [c_void_p]),
    "tsmmr_regs_claim": (c_int, [c_void_p, c_size_t, c_char_p, P(c_void_p), P(c_size_t)]),
    "tsmmr_regs_claim_u64": (c_int, [c_void_p, c_size_t, c_char_p, P(c_uint64)]),
    "tsmmr_regs_claim_type": (c_int, [c_void_p, c_size_t, c_char_p]),
    "tsmmr_regs_claim_trust": (c_int, [c_void_p, c_size_t, c_char_p]),
    "tsmmr_regs_claim_count": (c_size_t, [c_void_p, c_size_t]),
    "tsmmr_regs_claim_at": (c_int, [c_void_p, c_size_t, c_size_t, P(c_char_p), P(c_int), P(c_void_p), P(c_size_t)]),
    "tsmmr_regs_export_json": (c_int, [c_void_p, c_char_p, P(c_void_p), P(c_size_t), P(Error)]),
    "tsmmr_reg_name": (c_char_p, [c_void_p]),
    "tsmmr_reg_provider": (c_char_p, [c_void_p]),
    "tsmmr_reg_role": (c_char_p, [c_void_p]),
    "tsmmr_reg_platform": (c_int, [c_void_p]),
    "tsmmr_reg_space": (c_int, [c_void_p]),
    "tsmmr_reg_index": (c_uint64, [c_void_p]),
    "tsmmr_reg_hash": (c_int, [c_void_p]),
    "tsmmr_reg_kind": (c_int, [c_void_p]),
    "tsmmr_reg_flags": (c_uint32, [c_void_p]),
    "tsmmr_reg_trust": (c_int, [c_void_p]),
    "tsmmr_reg_value": (c_int, [c_void_p, P(c_void_p), P(c_size_t)]),
    "tsmmr_select_matches": (c_int, [c_char_p, c_char_p, c_char_p, c_int, P(Error)]),
    "tsmmr_report_new": (c_int, [c_void_p, P(c_void_p), c_size_t, c_void_p, c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_report_new_stream": (c_int, [c_void_p, P(c_void_p), c_size_t, c_void_p, c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_report_new_live": (c_int, [c_void_p, c_int, c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_report_judge": (c_int, [c_void_p, c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_report_ref": (c_void_p, [c_void_p]),
    "tsmmr_report_free": (None, [c_void_p]),
    "tsmmr_report_select": (c_int, [c_void_p, c_char_p, P(c_void_p), P(Error)]),
    "tsmmr_report_verdict": (c_int, [c_void_p]),
    "tsmmr_report_because": (c_char_p, [c_void_p, c_size_t, P(c_char_p), P(c_uint64)]),
    "tsmmr_report_count": (c_size_t, [c_void_p]),
    "tsmmr_report_reg": (c_void_p, [c_void_p, c_size_t]),
    "tsmmr_report_name": (c_char_p, [c_void_p, c_size_t]),
    "tsmmr_report_status": (c_int, [c_void_p, c_size_t]),
    "tsmmr_report_event_count": (c_uint64, [c_void_p, c_size_t]),
    "tsmmr_report_anchor": (c_char_p, [c_void_p, c_size_t]),
    "tsmmr_report_is_asked": (c_int, [c_void_p, c_size_t]),
    "tsmmr_report_is_accepted": (c_int, [c_void_p, c_size_t]),
    "tsmmr_report_reference": (c_int, [c_void_p, c_size_t, c_size_t, P(c_void_p), P(c_size_t), P(c_char_p)]),
    "tsmmr_report_replayed": (c_int, [c_void_p, c_size_t, P(c_void_p), P(c_size_t)]),
    "tsmmr_report_gap_count": (c_size_t, [c_void_p, c_size_t]),
    "tsmmr_report_gap": (c_void_p, [c_void_p, c_size_t, c_size_t]),
    "tsmmr_gap_word": (c_char_p, [c_void_p]),
    "tsmmr_gap_log": (c_uint64, [c_void_p]),
    "tsmmr_gap_record": (c_uint64, [c_void_p]),
    "tsmmr_gap_is_allowed": (c_int, [c_void_p]),
    "tsmmr_report_is_event_proven": (c_int, [c_void_p, c_uint64, c_size_t]),
    "tsmmr_report_finding_count": (c_size_t, [c_void_p]),
    "tsmmr_report_finding": (c_void_p, [c_void_p, c_size_t]),
    "tsmmr_report_event_json": (c_int, [c_void_p, c_void_p, c_uint64, c_size_t, P(c_void_p), P(c_size_t), P(Error)]),
    "tsmmr_report_event_text": (c_int, [c_void_p, c_void_p, c_uint64, c_size_t, c_void_p, c_size_t]),
    "tsmmr_report_pass_new": (c_int, [c_void_p, P(c_void_p), c_size_t, P(c_void_p), P(Error)]),
    "tsmmr_report_pass_free": (None, [c_void_p]),
    "tsmmr_report_pass_set_domain": (c_int, [c_void_p, c_char_p, P(Error)]),
    "tsmmr_report_pass_withheld": (c_uint64, [c_void_p]),
    "tsmmr_report_pass_next": (c_int, [c_void_p, P(c_void_p), P(c_uint64), P(c_int), P(Error)]),
    "tsmmr_report_pass_event_json": (c_int, [c_void_p, P(c_void_p), P(c_size_t), P(Error)]),
    "tsmmr_report_summary": (c_int, [c_void_p, c_void_p, c_size_t]),
    "tsmmr_report_export_replay_json": (c_int, [c_void_p, P(c_void_p), P(c_size_t), P(Error)]),
    "tsmmr_report_export_verify_json": (c_int, [c_void_p, c_void_p, P(c_void_p), c_size_t, P(c_void_p), P(c_size_t), P(Error)]),
    "tsmmr_tree_open": (c_int, [c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_tree_free": (None, [c_void_p]),
    "tsmmr_tree_extend": (c_int, [c_void_p, c_char_p, c_void_p, c_size_t, P(Error)]),
    "tsmmr_tree_append": (c_int, [c_void_p, c_char_p, c_void_p, c_size_t, c_uint32, P(c_void_p), P(Error)]),
    "tsmmr_appended_free": (None, [c_void_p]),
    "tsmmr_tree_append_many": (c_int, [c_void_p, c_char_p, P(c_char_p), c_size_t, c_uint32, P(c_void_p), P(Error)]),
    "tsmmr_appended_flags": (c_uint32, [c_void_p]),
    "tsmmr_appended_bank_count": (c_size_t, [c_void_p]),
    "tsmmr_appended_digest": (c_int, [c_void_p, c_size_t, P(c_int), P(c_void_p), P(c_size_t)]),
    "tsmmr_appended_value": (c_int, [c_void_p, c_size_t, P(c_int), P(c_void_p), P(c_size_t)]),
    "tsmmr_tree_settle": (c_int, [c_void_p, c_char_p, P(c_int), P(Error)]),
    "tsmmr_tree_lock": (c_int, [c_void_p, c_char_p, P(Error)]),
    "tsmmr_attest_new": (c_int, [c_int, P(c_void_p), P(Error)]),
    "tsmmr_attest_free": (None, [c_void_p]),
    "tsmmr_attest_set_nonce": (c_int, [c_void_p, c_void_p, c_size_t, P(Error)]),
    "tsmmr_attest_set_bytes": (c_int, [c_void_p, c_char_p, c_void_p, c_size_t, P(Error)]),
    "tsmmr_attest_set_u64": (c_int, [c_void_p, c_char_p, c_uint64, P(Error)]),
    "tsmmr_tree_attest": (c_int, [c_void_p, c_void_p, P(c_void_p), P(c_void_p), P(Error)]),
    "tsmmr_name": (c_char_p, [c_int, c_int]),
    "tsmmr_name_find": (c_int, [c_int, c_char_p, P(c_int)]),
    "tsmmr_hash_size": (c_int, [c_int]),
    "tsmmr_version": (c_char_p, []),
    "tsmmr_version_number": (c_uint32, []),
    "tsmmr_library_at": (c_int, [c_size_t, P(c_char_p), P(c_char_p)]),
    "tsmmr_format_can": (c_int, [c_int]),
    "tsmmr_ctx_new": (c_int, [c_uint32, P(c_void_p), P(Error)]),
    "tsmmr_ctx_copy": (c_int, [c_void_p, P(c_void_p), P(Error)]),
    "tsmmr_ctx_ref": (c_void_p, [c_void_p]),
    "tsmmr_ctx_free": (None, [c_void_p]),
    "tsmmr_free": (None, [c_void_p]),
    "tsmmr_ctx_set_root": (c_int, [c_void_p, c_char_p, P(Error)]),
    "tsmmr_ctx_set_log_dir": (c_int, [c_void_p, c_char_p, P(Error)]),
    "tsmmr_ctx_set_temporary": (c_int, [c_void_p, c_char_p, P(Error)]),
    "tsmmr_ctx_set_tcti": (c_int, [c_void_p, c_char_p, P(Error)]),
    "tsmmr_ctx_set_flags": (c_int, [c_void_p, c_uint32, P(Error)]),
    "tsmmr_ctx_set_limit": (c_int, [c_void_p, c_int, c_uint64, P(Error)]),
    "tsmmr_ctx_cancel": (None, [c_void_p]),
    "tsmmr_ctx_set_initial": (c_int, [c_void_p, c_int, c_char_p, P(Error)]),
    "tsmmr_ctx_add_trust_root": (c_int, [c_void_p, c_void_p, c_size_t, P(Error)]),
    "tsmmr_ctx_add_trust_root_sha256": (c_int, [c_void_p, c_void_p, c_size_t, P(Error)]),
    "tsmmr_ctx_add_trust_root_named": (c_int, [c_void_p, c_char_p, P(Error)]),
    "tsmmr_trust_root_at": (c_int, [c_size_t, P(c_char_p), P(c_void_p), P(c_char_p)]),
    "tsmmr_ctx_set_time": (c_int, [c_void_p, c_uint64, P(Error)]),
    "tsmmr_ctx_add_collateral": (c_int, [c_void_p, c_int, c_void_p, c_size_t, P(Error)]),
    "tsmmr_ctx_set_collateral_grace": (c_int, [c_void_p, c_uint64, P(Error)]),
    "tsmmr_ctx_set_trace": (c_int, [c_void_p, Trace, c_void_p, P(Error)]),
    "tsmmr_ctx_set_openssl": (c_int, [c_void_p, c_void_p, c_char_p, P(Error)]),
    "tsmmr_ctx_prepare": (c_int, [c_void_p, P(Error)]),
}
