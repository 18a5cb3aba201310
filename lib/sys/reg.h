/* SPDX-License-Identifier: BSD-2-Clause */
/* One measurement register: read, extend, lock. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <tsmmr/types.h>

#include "crypto/hash.h"
#include "util/cursor.h"
#include "util/error.h"

enum tree_layout {
	TREE_TSM,   /* mainline: …/misc/PROVIDER/measurements/NAME[:HASH], raw bytes */
	TREE_RFC,   /* /sys/kernel/tsm/PROVIDER/NAME/{digest,hash_algo,event_log,append_event} */
	TREE_TPM,   /* /sys/class/tpm/tpmN/pcr-HASH/N, hex text; extended by /dev/tpmrmN */
	TREE_TCTI,  /* a TPM by its commands alone: what reaches it is the path */
	TREE_RTMRS, /* configfs: …/tsm/rtmrs/NAME/{digest,index,tcg_map} */
	TREE_NSM    /* /dev/nsm: requests instead of files */
};

/* One register in one bank. */
struct tree_reg {
	enum tree_layout layout;
	char *provider;    /* "tdx_guest", "tpm0" */
	char *name;        /* without hash: "rtmr0"; a TPM's as "pcr0" */
	char *hash;        /* as the kernel spells it, or NULL: a value without a hash */
	char *value_path;  /* below root; NULL when it has no value to read */
	char *write_path;  /* below root; NULL when it cannot be extended */
	char *log_path;    /* the kernel's event_log, or NULL */
	char *append_path; /* the kernel's append_event, or NULL */
	size_t size;       /* bytes of the value; 0 when unknown */
	uint32_t number;   /* of a PCR */
	int error;         /* errno: why it cannot be seen what it is, or 0 */
	bool readable;     /* by mode bits, which can lie */
	bool extensible;   /* or it cannot be seen */
	bool writable_now; /* opening it for writing would succeed */
	bool locked;       /* it was extensible, and takes no more */
	bool follows;      /* a record that extends another bank of this register extends it too */
	bool leads;        /* it is that other bank, of a kernel's tree */
	struct kept *kept; /* of its log, or NULL */
};

struct tpm;
struct kept;

/* Its hash: NULL for one that we do not know, and for none. */
static inline const struct hash_alg *reg_alg(const struct tree_reg *reg)
{
	return reg->hash ? hash_by_name(span_of(reg->hash, strlen(reg->hash))) : NULL;
}
/* Is it a PCR of a TPM, shown by the kernel or asked for by commands? */
static inline bool reg_is_tpm(const struct tree_reg *reg)
{
	return reg->layout == TREE_TPM || reg->layout == TREE_TCTI;
}
/* The TPM of a PCR; E_NOTFOUND where only its values are shown, or as tpm_open(). */
int reg_open_tpm(const char *root, const struct tree_reg *reg, struct tpm **ret,
		 struct tsmmr_error *err);
/* E_IO where it cannot be seen what it is, else 0. */
static inline int reg_check_seen(const struct tree_reg *reg, struct tsmmr_error *err)
{
	return !reg->error ? 0 :
			     fail_os(err, TSMMR_E_IO, reg->error, "%s/%s: %s", reg->provider,
				     reg->name, errno_text(reg->error));
}
/* The value in one read: its size, or E_IO, E_MALFORMED (hex text that is none). */
int reg_read(const char *root, const struct tree_reg *reg, uint8_t *ret, size_t size,
	     struct tsmmr_error *err);
/*
 * One extend: open, one write of exactly the register's size at offset 0, close.  The
 * kernel clamps a longer write and extends all the same, so the size is checked here.
 * E_ARG (size), E_LOCKED, E_IO: nothing was extended.  E_INDOUBT: perhaps it was (EINTR,
 * or the register cannot be said to be unchanged).  Never tried twice.
 */
int reg_extend(const char *root, struct crypto crypto, const struct tree_reg *reg,
	       const uint8_t *digest, size_t n, struct tsmmr_error *err);
/* The same with the digest of a record: what has several banks extends each by its own hash. */
int reg_extend_record(const char *root, struct crypto crypto, const struct tree_reg *reg,
		      struct span record, const uint8_t *digest, size_t n, struct tsmmr_error *err);
/*
 * Until the machine ends.  E_UNSUPPORTED, by name, where registers cannot be locked; E_LOCKED
 * for one that is; E_INDOUBT: perhaps it was.
 */
int reg_lock(const char *root, const struct tree_reg *reg, struct tsmmr_error *err);
