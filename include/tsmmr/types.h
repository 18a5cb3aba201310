/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes, names, the context and its limits. */
#ifndef TSMMR_TYPES_H
#define TSMMR_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include <tsmmr/version.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Conventions that hold for every function of this library.
 *
 * Return values: 0 (or a count) on success, a negative TSMMR_E_* on failure.
 * ret_* is written only on success, reterr only on failure; both may be NULL, but for
 * what a call makes and hands out.  What hashes, or checks a signature, fails with
 * E_UNSUPPORTED, detail CRYPTO, where the crypto library lacks the algorithm.
 * Lengths and offsets are bytes.  Strings are UTF-8 and NUL-terminated.
 *
 * Ownership: what a _new, _open, _parse or _from_* call returns belongs to the caller
 * and is freed with the matching _free, which takes NULL.  Pointers that an accessor
 * returns are borrowed from the object and live as long as it does.  Objects hold what they
 * use: they may be freed in any order, only borrowed bytes must stay.  A context, a log, a
 * register set, a report and a policy count references: _ref adds one, _free drops one.
 *
 * Threads: there are no globals.  A context, a register set, a log and a report never
 * change once made, so any number of threads may use one at the same time; freeing
 * must come after the last use.  A stream belongs to one thread at a time.
 *
 * Signals: a write that finds no reader, or passes the limit of a file's size, is E_IO, and
 * raises neither SIGPIPE nor SIGXFSZ.  While a register is read, extended or locked none
 * interrupts the thread, so no timer puts an extension in doubt; it comes afterwards.  No
 * function but tsmmr_ctx_cancel() may be called in a signal handler, nor a thread be cancelled in
 * one: what it holds would stay held.
 */

struct tsmmr_ctx;
struct tsmmr_regs;
struct tsmmr_reg;
struct tsmmr_evidence;
struct tsmmr_log;
struct tsmmr_stream;
struct tsmmr_event;
struct tsmmr_report;
struct tsmmr_policy;
struct tsmmr_known;
struct tsmmr_appraisal;

/* No such record, offset, number: the one "none" wherever a call gives 64 bits. */
#define TSMMR_NONE 0xffffffffffffffffULL

/* Error codes.  Numbers never change and are never used again for something else. */
enum tsmmr_code {
	TSMMR_OK = 0,
	TSMMR_E_NOMEM = -1,
	TSMMR_E_ARG = -2,         /* an argument this function does not take */
	TSMMR_E_ABI = -3,         /* a struct size tag we cannot honour */
	TSMMR_E_IO = -4,          /* see os_errno */
	TSMMR_E_NOTFOUND = -5,    /* no such platform, register or log here */
	TSMMR_E_FORMAT = -6,      /* not any format we know */
	TSMMR_E_TRUNCATED = -7,   /* ends in the middle of something */
	TSMMR_E_MALFORMED = -8,   /* breaks its own rules */
	TSMMR_E_UNSUPPORTED = -9, /* valid, but beyond this library */
	TSMMR_E_LIMIT = -10,      /* refused by a limit of the context */
	TSMMR_E_MISMATCH = -11,   /* two logs differ, or do not join */
	TSMMR_E_INCOMPLETE = -12, /* nothing differs, but not all was compared */
	TSMMR_E_UNTRUSTED = -13,  /* evidence: signature, root, hash, nonce; or debuggable */
	TSMMR_E_LOCKED = -14,     /* the register takes no more */
	TSMMR_E_INDOUBT = -15,    /* may or may not have extended: do not retry */
	TSMMR_E_INTERNAL = -16,   /* a defect of this library */
	TSMMR_E_CANCELLED = -17   /* tsmmr_ctx_cancel() */
};

/* What kind of E_UNTRUSTED, E_UNSUPPORTED … it is.  More may come: 0 and what is not known are
 * alike. */
enum tsmmr_detail {
	TSMMR_DETAIL_NONE = 0,
	TSMMR_DETAIL_NONCE = 1,         /* the evidence carries another nonce */
	TSMMR_DETAIL_SIGNATURE = 2,     /* a signature is not its key's */
	TSMMR_DETAIL_CHAIN = 3,         /* a certificate is not its issuer's, or not for this */
	TSMMR_DETAIL_CHAIN_MISSING = 4, /* certificates are not there: give them */
	TSMMR_DETAIL_EXPIRED = 5,       /* not valid at the time asked about */
	TSMMR_DETAIL_DEBUG = 6,         /* of a guest that its host may debug */
	TSMMR_DETAIL_ROOT = 7,          /* leads to none of the roots that are pinned */
	TSMMR_DETAIL_BINDING = 8,       /* two pieces that should be one guest's and are not */
	TSMMR_DETAIL_CRYPTO = 9,        /* an algorithm that the crypto library lacks */
	TSMMR_DETAIL_CLAIM = 10,        /* two pieces claim different things */
	TSMMR_DETAIL_REVOKED = 11,      /* a certificate, or a platform's TCB, is revoked */
	TSMMR_DETAIL_COLLATERAL = 12    /* a vendor speaks of another platform */
};

/*
 * What went wrong, and where.  Caller-owned: set size to sizeof(struct tsmmr_error)
 * before the first call.  It is filled as far as that goes; 0 says "do not fill".  Any
 * other size below the first release's is refused with E_ABI.
 */
struct tsmmr_error {
	uint32_t size;
	int32_t code;      /* TSMMR_E_* */
	int32_t os_errno;  /* errno when code is E_IO or E_INDOUBT, else 0; 0 if there is none */
	int32_t detail;    /* TSMMR_DETAIL_* */
	uint64_t log;      /* which of several inputs, or TSMMR_NONE */
	uint64_t record;   /* counted from 0, header record included, or TSMMR_NONE */
	uint64_t offset;   /* byte offset in the input, or TSMMR_NONE */
	char message[216]; /* one line of printable UTF-8, no newline */
};

/* The size of struct tsmmr_error in the first release: it can only grow. */
#define TSMMR_ERROR_SIZE_1 256

/* Hash algorithms carry their TPM_ALG_ID (TCG Algorithm Registry), known to us or not. */
enum tsmmr_hash {
	TSMMR_HASH_NONE = 0x0000, /* a configuration value, or "any" in a query */
	TSMMR_HASH_SHA1 = 0x0004,
	TSMMR_HASH_SHA256 = 0x000b,
	TSMMR_HASH_SHA384 = 0x000c,
	TSMMR_HASH_SHA512 = 0x000d,
	TSMMR_HASH_SM3_256 = 0x0012,
	TSMMR_HASH_SHA3_256 = 0x0027,
	TSMMR_HASH_SHA3_384 = 0x0028,
	TSMMR_HASH_SHA3_512 = 0x0029
};

/* The largest register of any algorithm above, in bytes. */
#define TSMMR_HASH_SIZE_MAX 64

enum tsmmr_platform {
	TSMMR_PLATFORM_AUTO = 0,
	TSMMR_PLATFORM_TDX = 1,
	TSMMR_PLATFORM_SNP = 2,
	TSMMR_PLATFORM_CCA = 3,
	TSMMR_PLATFORM_NITRO = 4,
	TSMMR_PLATFORM_TPM = 5
};

/* What a register number counts: an MrIndex is not a PCR number. */
enum tsmmr_space {
	TSMMR_SPACE_NONE = 0,
	TSMMR_SPACE_PCR = 1,
	TSMMR_SPACE_CC_MR = 2, /* 0 launch register, 1 RTMR0 or REM0 … (UEFI 2.10 §38.4.1) */
	TSMMR_SPACE_RTMR = 3,  /* ordinal: 0 is RTMR0 */
	TSMMR_SPACE_REM = 4,   /* ordinal: 0 is REM0 */
	TSMMR_SPACE_NITRO_PCR = 5,
	TSMMR_SPACE_NV = 6 /* a TPM's NV index that is extended as a register is */
};

/*
 * Log formats; tsmmr_format_can() says what is done with one.  A sequence of CBOR is read as
 * CEL_CBOR.
 */
enum tsmmr_format {
	TSMMR_FORMAT_AUTO = 0,
	TSMMR_FORMAT_TCG2 = 1, /* TPM log, crypto agile */
	TSMMR_FORMAT_TCG1 = 2, /* TPM log, SHA-1 only */
	TSMMR_FORMAT_CCEL = 3, /* confidential-computing log of the firmware */
	TSMMR_FORMAT_TEXT = 4,
	TSMMR_FORMAT_AAEL = 5,
	TSMMR_FORMAT_IMA = 6,
	TSMMR_FORMAT_IMA_ASCII = 7,
	TSMMR_FORMAT_CEL_CBOR = 8,
	TSMMR_FORMAT_CEL_JSON = 9,
	TSMMR_FORMAT_CEL_TLV = 10,
	TSMMR_FORMAT_SYSTEMD = 11,
	TSMMR_FORMAT_CEL_CBOR_SEQ = 12,
	TSMMR_FORMAT_JSONL = 13,      /* tsmmr.event/1, one a line */
	TSMMR_FORMAT_TPM2_YAML = 14,  /* what readers of tpm2_eventlog expect */
	TSMMR_FORMAT_EIF = 15,        /* AWS Nitro enclave image, as the log of its launch */
	TSMMR_FORMAT_REALM = 16,      /* Arm CCA realm measurement log of the VMM */
	TSMMR_FORMAT_SNP_LAUNCH = 17, /* of firmware: see tsmmr_stream_open_launch() */
	TSMMR_FORMAT_TDX_LAUNCH = 18,
	TSMMR_FORMAT_DSTACK = 19, /* dstack's events in JSON, numbered by RTMR */
	TSMMR_FORMAT_MERGED = 20, /* several logs: see tsmmr_log_source_format() */
	TSMMR_FORMAT_IGVM = 21    /* the launch by an IGVM file: tsmmr_stream_open_launch() */
};

/* Whose names tsmmr_name() and tsmmr_name_find() speak of. */
enum tsmmr_names {
	TSMMR_NAMES_HASH = 1,      /* TSMMR_HASH_*: "sha384"; find also takes "sm3-256" */
	TSMMR_NAMES_FORMAT = 2,    /* TSMMR_FORMAT_*: "ccel" */
	TSMMR_NAMES_PLATFORM = 3,  /* TSMMR_PLATFORM_*: "tdx" */
	TSMMR_NAMES_SPACE = 4,     /* TSMMR_SPACE_*: "cc-mr" */
	TSMMR_NAMES_ERROR = 5,     /* TSMMR_E_*: "MALFORMED" */
	TSMMR_NAMES_LOG = 6,       /* TSMMR_LOG_*: "ccel" */
	TSMMR_NAMES_TRUST = 7,     /* TSMMR_TRUST_*: "signed" */
	TSMMR_NAMES_KIND = 8,      /* TSMMR_KIND_*: "runtime" */
	TSMMR_NAMES_PART = 9,      /* TSMMR_PART_*: "quote" */
	TSMMR_NAMES_BINDING = 10,  /* TSMMR_BINDING_*: "bound" */
	TSMMR_NAMES_STATUS = 11,   /* TSMMR_STATUS_*: "verified" */
	TSMMR_NAMES_SEVERITY = 12, /* TSMMR_SEVERITY_*: "warning" */
	TSMMR_NAMES_CONTENT = 13,  /* TSMMR_CONTENT_*: "pcclient_std" */
	TSMMR_NAMES_DETAIL = 14,   /* TSMMR_DETAIL_*: "chain-missing" */
	TSMMR_NAMES_VALUES = 15,   /* TSMMR_VALUES_*: "tpm2_pcrread" */
	TSMMR_NAMES_KNOWN = 16,    /* TSMMR_KNOWN_*: "sums" */
	TSMMR_NAMES_VERDICT = 17,  /* TSMMR_VERDICT_*: "verified" */
	/* Roles of files, which calls take by their words; the numbers only count them, from 0. */
	TSMMR_NAMES_IMAGE = 18, /* of known values and predictions: "uki" */
	TSMMR_NAMES_LAUNCH = 19 /* of launches: "firmware" */
};

/*
 * Names as the command line and the JSON spell them.  They are static and never change.
 * NULL, and E_NOTFOUND, when there is none; E_ARG for another vocabulary, and for NULL.
 */
const char *tsmmr_name(int names, int value);
int tsmmr_name_find(int names, const char *name, int *ret_value);
int tsmmr_hash_size(int hash);   /* bytes, or E_NOTFOUND */
const char *tsmmr_version(void); /* "MAJOR.MINOR.PATCH" of the library in use */
/*
 * The same as a number that grows: MAJOR << 16 | MINOR << 8 | PATCH.
 * Since: 0.9
 */
uint32_t tsmmr_version_number(void);
/*
 * The libraries that this one uses, i from 0, and the version of each that is in use: names and
 * versions are static.  Each ret_ may be NULL.  E_NOTFOUND when there is none.
 * Since: 0.9
 */
int tsmmr_library_at(size_t i, const char **ret_name, const char **ret_version);

/* What this library does with a format. */
enum tsmmr_can {
	TSMMR_CAN_READ = 1, /* a log of it can be opened */
	TSMMR_CAN_WRITE = 2 /* a log can be exported to it */
};
/*
 * TSMMR_CAN_* of a format, 0 for neither; E_ARG for a number that is none of TSMMR_FORMAT_*.
 * Since: 0.9
 */
int tsmmr_format_can(int format);

/*
 * A context holds what every other call needs to know: the root directory, limits,
 * flags.  Set it up before its first use; after that it is only read, by any number of
 * threads.  flags are what tsmmr_ctx_set_flags() takes, 0 for none.  E_ARG, E_NOMEM.
 *
 * It remembers some hundred certificates of evidence, and which of them signed which, and shares
 * that with its copies: evidence of many machines is checked faster with one context.  Whether a
 * certificate is valid, and for what, is judged each time.
 * Since: 0.9
 */
int tsmmr_ctx_new(uint32_t flags, struct tsmmr_ctx **ret_ctx, struct tsmmr_error *reterr);
/*
 * The same again, to be changed before its own first use: for one request, say, that has a
 * time or start values of its own.  E_ARG, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_ctx_copy(const struct tsmmr_ctx *ctx, struct tsmmr_ctx **ret_ctx,
		   struct tsmmr_error *reterr);
/*
 * One more reference, which a tsmmr_ctx_free() drops; NULL gives NULL.  Any thread.
 * Since: 0.9
 */
struct tsmmr_ctx *tsmmr_ctx_ref(struct tsmmr_ctx *ctx);
void tsmmr_ctx_free(struct tsmmr_ctx *ctx);

/* Frees bytes that the library handed out through a uint8_t **. */
void tsmmr_free(void *bytes);

/*
 * The directory that stands in for "/": an absolute path, copied.  Default "/".  E_ARG,
 * E_NOMEM.
 * Since: 0.9
 */
int tsmmr_ctx_set_root(struct tsmmr_ctx *ctx, const char *path, struct tsmmr_error *reterr);

/*
 * Where the runtime logs live that tsmmr_tree_append() keeps: an absolute path, copied,
 * taken below the root.  Default "/run/tsmmr".  All who write to a register must share it.
 * E_ARG, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_ctx_set_log_dir(struct tsmmr_ctx *ctx, const char *path, struct tsmmr_error *reterr);

/*
 * The folder in which a log that is read once more, and cannot be, is kept in a file without a name
 * (tsmmr_stream_keep()): copied, and not below the root.  NULL, and the default: "/tmp", whatever
 * the environment says.  Of streams that are opened from then on.  E_ARG, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_ctx_set_temporary(struct tsmmr_ctx *ctx, const char *path, struct tsmmr_error *reterr);

/*
 * What reaches the machine's TPM, for its PCRs and its quotes: a TCTI of tpm2-tss and its
 * configuration, as in "swtpm:host=localhost,port=2321" or "device:/dev/tpmrm0"; copied.  It
 * stands in for every TPM below the root, as tpm0, and what it says is TSMMR_TRUST_GIVEN.
 * Default: PCRs from sysfs, commands by /dev/tpmrm0 below the root.  E_ARG, E_NOMEM; where
 * the library was built without tpm2-tss, what would use it fails with E_UNSUPPORTED.
 * Since: 0.9
 */
int tsmmr_ctx_set_tcti(struct tsmmr_ctx *ctx, const char *conf, struct tsmmr_error *reterr);

/*
 * How logs and evidence are read, and how CEL-TLV is written.  No policy says it: what is read is
 * read before anything is judged.  One request has its own by tsmmr_ctx_copy().
 *
 * On processors with AVX2 the library computes the digests of several short messages at once by
 * code of its own, with the results that OpenSSL has.  It does not where the default provider was
 * replaced, in a context that was given an OpenSSL (tsmmr_ctx_set_openssl()), nor with
 * TSMMR_CTX_OPENSSL_ONLY: then every digest is OpenSSL's.
 */
enum tsmmr_ctx_flag {
	TSMMR_CTX_STRICT = 1, /* no dialects: a tolerated deviation is an error */
	/* 2 was to allow debug guests, which a policy does. */
	TSMMR_CTX_TLV_CC_MR = 4, /* write CEL-TLV with MrIndex (type 108) if there is one … */
	TSMMR_CTX_TLV_PCR = 8,   /* … or never; of neither, as a CEL-TLV log was that is read */
	/*
	 * No pass will follow, and no appraisal: reports of streams then keep no digest of what
	 * they read, which takes as long as to replay it.
	 */
	TSMMR_CTX_NO_PASS = 16,
	TSMMR_CTX_OPENSSL_ONLY = 32, /* no digest is computed by code of our own */
	/*
	 * Of a register that nobody has a value for in some bank, a report of one stream of the
	 * firmware's says how many events it has there, and need not say what they replay to.
	 */
	TSMMR_CTX_EXPECTED_ONLY = 64
};
/*
 * What of TSMMR_CTX_* is on; the rest is off.  E_ARG for another, and for two that differ.
 * Since: 0.9
 */
int tsmmr_ctx_set_flags(struct tsmmr_ctx *ctx, uint32_t flags, struct tsmmr_error *reterr);

enum tsmmr_limit {
	TSMMR_LIMIT_BYTES = 1,       /* of one input; streaming: none, frozen: 256 MiB */
	TSMMR_LIMIT_EVENTS = 2,      /* of one input; none */
	TSMMR_LIMIT_EVENT_BYTES = 3, /* of one event's data; 16 MiB */
	/* Extensions that tsmmr_explain_new() tries for a register, of all four times that. */
	TSMMR_LIMIT_EXPLAIN = 4, /* 4,100,000 */
	/* Findings of one id that a stream, log or report keeps; others are counted.  16. */
	TSMMR_LIMIT_FINDINGS = 5,
	/*
	 * Milliseconds that an append waits for the lock of a log that another holds, before it is
	 * E_IO with os_errno ETIMEDOUT; 30,000.
	 */
	TSMMR_LIMIT_LOCK_MS = 6
};
/*
 * value 0 is the default, TSMMR_NONE no limit, but that EVENT_BYTES is at most 1 GiB.  E_ARG,
 * for another limit too.
 * Since: 0.9
 */
int tsmmr_ctx_set_limit(struct tsmmr_ctx *ctx, int limit, uint64_t value,
			struct tsmmr_error *reterr);

/*
 * Ends what runs with this context, and what begins with it from now on, with E_CANCELLED: reports,
 * explanations, comparisons, exports, merging and the reading of whole logs.  It is seen at the
 * next record or attempt; a read that waits is not woken.  There is no way back: cancel a
 * context that one request has for itself, by tsmmr_ctx_copy(), of which a new one is not
 * cancelled.  Any thread may call it, and a signal handler; of NULL nothing is cancelled.
 * Since: 0.9
 */
void tsmmr_ctx_cancel(struct tsmmr_ctx *ctx);

/*
 * Start values by hand, one "NAME[:ALG]=HEX" a line, for registers that did not start
 * where their architecture says.  Adds to what is there.  E_ARG (a register twice, or with
 * alternatives), E_MALFORMED, E_TRUNCATED, E_UNSUPPORTED, E_LIMIT, E_NOMEM.
 * Since: 0.1
 */
int tsmmr_ctx_set_initial(struct tsmmr_ctx *ctx, int platform, const char *text,
			  struct tsmmr_error *reterr);

/*
 * Whom evidence must lead to.  Nobody is trusted until the caller says so, and then only
 * the roots named here: no file of the system, no vendor's root that was not named.  With at
 * least one root, tsmmr_regs_from_evidence() gives evidence that leads to one, or fails with
 * E_UNTRUSTED.
 *
 * data is one or more X.509 certificates, PEM or DER, or one public key (a TPM's
 * attestation key, say): SubjectPublicKeyInfo, PEM or DER, or a TPM's own TPM2B_PUBLIC or
 * TPMT_PUBLIC, which counts for TPM quotes, and must be one that signs nothing but what its
 * TPM made (E_UNTRUSTED).  Copied.  What is given need not be self-signed: who gives an
 * intermediate certificate trusts it and nothing above it.
 * A root of a vendor's that tsmmr_trust_root_at() knows is one for that vendor's evidence
 * only.  What a certificate below a root must be, each kind of evidence says
 * (tsmmr-trust(7)).  Adds to what is there.  E_ARG, E_MALFORMED, E_LIMIT (over 1 MiB),
 * E_UNSUPPORTED (no SHA-256, or a key of TPM 1.2), E_NOMEM.
 * Since: 0.1
 */
int tsmmr_ctx_add_trust_root(struct tsmmr_ctx *ctx, const void *data, size_t len,
			     struct tsmmr_error *reterr);
/*
 * The same by SHA-256, 32 bytes, of a certificate in DER, which must then come with the
 * evidence; or of the SubjectPublicKeyInfo of a bare key.  E_ARG, E_NOMEM.
 * Since: 0.1
 */
int tsmmr_ctx_add_trust_root_sha256(struct tsmmr_ctx *ctx, const void *sha256, size_t len,
				    struct tsmmr_error *reterr);
/*
 * The same by name: a vendor's root, "intel-sgx", "amd-milan", "amd-genoa", "amd-turin" or
 * "aws-nitro", for that vendor's evidence; or "intel", "amd", "aws", which are all of theirs
 * that this version knows.  E_NOTFOUND, E_ARG, E_NOMEM.
 * Since: 0.1
 */
int tsmmr_ctx_add_trust_root_named(struct tsmmr_ctx *ctx, const char *name,
				   struct tsmmr_error *reterr);
/*
 * Vendor's root i, from 0: its name, the SHA-256 of its certificate in DER (32 bytes), and
 * where that is from.  All are static, each ret_ may be NULL.  E_NOTFOUND past the last one.
 * Since: 0.1
 */
int tsmmr_trust_root_at(size_t i, const char **ret_name, const uint8_t **ret_sha256,
			const char **ret_source);
/*
 * When certificates must be valid, in seconds since 1970.  TSMMR_NONE is the default again:
 * the time the evidence itself has, where it has one; else the time of the call.  E_ARG: after
 * the year 9999.
 * Since: 0.9
 */
int tsmmr_ctx_set_time(struct tsmmr_ctx *ctx, uint64_t seconds, struct tsmmr_error *reterr);
/*
 * What vendors say of their platforms, for all evidence of this context: a TSMMR_PART_TCB_INFO or
 * _QE_IDENTITY as Intel's service answers it (with its headers, which carry the chain of whoever
 * signed it, or these alone), a _CRL (Intel's and AMD's, PEM or DER), or the _CERTS of such a
 * chain; AUTO finds out, and takes all of it in one JSON, as others keep it: tsmmr-trust(7).
 * Hex and base64 are removed.  Copied, parsed once.  Evidence may bring its own beside it
 * (tsmmr_evidence_add()).  Whether it is signed, by whom, and whether it holds is asked of each
 * piece of evidence, at the time that its certificates must be valid at.  From then on a policy
 * asks what it accepts (tsmmr_policy_accept_tcb()).  Before threads share the context.  E_ARG,
 * E_FORMAT, E_MALFORMED, E_TRUNCATED, E_UNSUPPORTED, E_LIMIT (over 16 MiB in all, 1,024 documents,
 * 64 lists), E_NOMEM.
 * Since: 0.9
 */
int tsmmr_ctx_add_collateral(struct tsmmr_ctx *ctx, int part, const void *data, size_t len,
			     struct tsmmr_error *reterr);
/*
 * For how many seconds after its end collateral still counts: 0 is the default.  What it says is
 * then as old as that.  E_ARG.
 * Since: 0.9
 */
int tsmmr_ctx_set_collateral_grace(struct tsmmr_ctx *ctx, uint64_t seconds,
				   struct tsmmr_error *reterr);

/* How much a line of the trace matters. */
enum tsmmr_trace_level {
	TSMMR_TRACE_INFO = 1, /* what was found, and what is taken */
	TSMMR_TRACE_DEBUG = 2 /* what was tried, and what was skipped and why */
};

/* level: TSMMR_TRACE_*; text is one line of printable UTF-8, borrowed for this call. */
typedef void (*tsmmr_trace_fn)(int level, const char *text, void *user);

/*
 * Who is told how the library goes about its work: which logs and registers it finds, as what
 * it takes them, what it skips.  The lines are for people, and change with every release; what
 * a program has to know is in errors, findings and reports.  None is of one event.
 *
 * fn is called within a call that was given the context, or what was made with it, on the
 * thread that made the call: on several at once where several use the context.  It must return,
 * and must not call the library with the same objects.  fn NULL: nobody.  E_ARG.
 * Since: 0.9
 */
int tsmmr_ctx_set_trace(struct tsmmr_ctx *ctx, tsmmr_trace_fn fn, void *user,
			struct tsmmr_error *reterr);

/*
 * The application's own OpenSSL: an OSSL_LIB_CTX (NULL: the default one) and a property query as
 * for EVP_MD_fetch(3) (nullable), "fips=yes".  All hashes, keys, signatures and certificates of
 * this context and of what is made with it are theirs; what they do not provide is
 * TSMMR_E_UNSUPPORTED with TSMMR_DETAIL_CRYPTO.  Before any trust root or collateral is added,
 * which is kept as the OpenSSL of that time has read it.
 *
 * Both are borrowed, not copied: they must outlive the context, its copies and all that is made
 * with either.  They are used by every thread that uses any of it, as OpenSSL allows once the
 * providers are loaded.  E_ARG, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_ctx_set_openssl(struct tsmmr_ctx *ctx, void *libctx, const char *properties,
			  struct tsmmr_error *reterr);

/*
 * Loads what would be loaded with the first digest: OpenSSL's configuration, and the providers that
 * it names.  From then on nothing is opened but what calls are about, so that a program can give
 * up files, sockets and the right to start others before it reads what it does not trust.  Of an
 * application's own OpenSSL nothing is loaded here.  E_ARG; E_UNSUPPORTED where OpenSSL cannot be
 * set up, as for a configuration that it refuses.
 * Since: 0.9
 */
int tsmmr_ctx_prepare(struct tsmmr_ctx *ctx, struct tsmmr_error *reterr);

#ifdef __cplusplus
}
#endif
#endif
