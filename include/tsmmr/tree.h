/* SPDX-License-Identifier: BSD-2-Clause */
/* The live machine: its register trees, extension with a log. */
#ifndef TSMMR_TREE_H
#define TSMMR_TREE_H

#include <tsmmr/log.h>
#include <tsmmr/regs.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tsmmr_tree;
struct tsmmr_attest;
struct tsmmr_appended;

/*
 * Opens the trees for writing.  Registers are found once, here: what comes later needs another
 * tree.  It holds ctx.  Any number of threads may use one tree at the same time, and any
 * number of processes trees over the same registers.  From the first append to a register on
 * the directory of its log stays open.  A machine that only gives evidence (SEV-SNP has no
 * registers) has a tree without any.  Fails as tsmmr_regs_read() does.
 * Since: 0.1
 */
int tsmmr_tree_open(const struct tsmmr_ctx *ctx, struct tsmmr_tree **ret_tree,
		    struct tsmmr_error *reterr);
void tsmmr_tree_free(struct tsmmr_tree *tree);

/*
 * Extends a register with a digest of exactly its size, without a record.  reg is a name
 * or a role, "PROVIDER/NAME" where ambiguous, with ":HASH" where it has several banks.
 * The log says so where there is one.  Never tried twice.
 *
 * E_ARG (size, ambiguous), E_NOTFOUND, E_IO, E_LOCKED (not extensible), E_INDOUBT.
 * Since: 0.1
 */
int tsmmr_tree_extend(const struct tsmmr_tree *tree, const char *reg, const void *digest,
		      size_t len, struct tsmmr_error *reterr);

enum tsmmr_append_flag {
	TSMMR_APPEND_ONCE = 1 /* not if the log of this boot has the record */
};

enum tsmmr_appended_flag {
	TSMMR_APPENDED_SYNC = 1,   /* a SYNC line was written before the record */
	TSMMR_APPENDED_REPAIR = 2, /* what a crash had left was settled first */
	TSMMR_APPENDED_NOTHING = 4 /* ONCE, and the log has it */
};

/*
 * Extends a register with the hash of a record and logs the record, so that neither is
 * without the other whatever happens: when 0 is returned both are durable.  The log is
 * the kernel's where it keeps one, else one of ours below the context's log directory.
 * What has several banks is extended in each, and has one log.
 *
 * A record is one line without its newline, at most 4000 bytes.  One that a log would not
 * give back as it is (empty, "#" or "SYNC " at its beginning, blanks around it, newline,
 * carriage return, NUL) is refused with E_ARG.
 *
 * ret_appended (nullable) says what was done; it is the caller's, needs nothing of the tree,
 * and is freed with tsmmr_appended_free().
 *
 * E_ARG, E_NOTFOUND, E_IO, E_LOCKED, E_LIMIT (the log is full: nothing was extended),
 * E_NOMEM, E_INDOUBT (the register may have been extended, the record is pending: do not
 * append it again, tsmmr_tree_settle() or the next append settles it; os_errno says why).
 * Since: 0.9
 */
int tsmmr_tree_append(const struct tsmmr_tree *tree, const char *reg, const void *record,
		      size_t len, uint32_t flags, struct tsmmr_appended **ret_appended,
		      struct tsmmr_error *reterr);
void tsmmr_appended_free(struct tsmmr_appended *appended);

/*
 * Appends n records, in order, as that many calls of tsmmr_tree_append() would until one fails,
 * but those that wait together are made durable together: for a queue, which is emptied faster
 * so.  Records are texts that end with NUL; flags are TSMMR_APPEND_*.  Threads that append to one
 * register through one tree need no such call: their records are taken together as well.
 *
 * ret_appended (nullable) is n pointers, which are written whatever this returns: one that is the
 * caller's, to be freed with tsmmr_appended_free(), where that record was appended, and NULL where
 * it was not.
 *
 * Fails as tsmmr_tree_append() does of the first record that was not appended, whose index from
 * 0 is the error's record; those before it are in the register and in the log.  With E_INDOUBT
 * some of those after it may be pending as well: none may be appended again before
 * tsmmr_tree_settle(), and those after it then only with TSMMR_APPEND_ONCE, for the log has those
 * that were extended.  With anything else none of them is pending.
 * Since: 0.9
 */
int tsmmr_tree_append_many(const struct tsmmr_tree *tree, const char *reg,
			   const char *const *records, size_t n, uint32_t flags,
			   struct tsmmr_appended **ret_appended, struct tsmmr_error *reterr);

/*
 * What an append did, as long as appended lives.  flags: TSMMR_APPENDED_*; 0 for NULL.  Banks
 * are those of the register that the library keeps a log of, the first the one that it is named
 * by; 0 for NULL.  Of bank i, from 0: the hash of the record, which was extended, and the
 * register after it; with TSMMR_APPENDED_NOTHING the hash, and the register as it is.  Outs are
 * nullable; bytes are borrowed.  E_NOTFOUND past the last one, E_ARG.
 * Since: 0.9
 */
uint32_t tsmmr_appended_flags(const struct tsmmr_appended *appended);
size_t tsmmr_appended_bank_count(const struct tsmmr_appended *appended);
int tsmmr_appended_digest(const struct tsmmr_appended *appended, size_t i, int *ret_hash,
			  const uint8_t **ret_digest, size_t *ret_len);
int tsmmr_appended_value(const struct tsmmr_appended *appended, size_t i, int *ret_hash,
			 const uint8_t **ret_value, size_t *ret_len);

/* What became of an extension that was in doubt. */
enum tsmmr_settled {
	TSMMR_SETTLED_NOTHING = 0, /* nothing was pending */
	TSMMR_SETTLED_EXTENDED = 1,
	TSMMR_SETTLED_NOT_EXTENDED = 2,
	TSMMR_SETTLED_PARTLY = 3 /* of several records, the first ones */
};

/*
 * Settles what E_INDOUBT or a crash left pending of a register, as the next append would:
 * reg's value says on which side of the extension it is, and the log gets or loses the record.
 * ret_outcome (nullable): TSMMR_SETTLED_*.  One that was not extended may be appended again.  After
 * a crash several may be pending that were appended together: PARTLY are the first of them in the
 * register, and the log has these and no others.
 *
 * Pending is only what the library keeps the log of.  Where the kernel does, append again with
 * TSMMR_APPEND_ONCE.  Of an extension without a log nobody knows anything: NOTHING.
 *
 * E_INDOUBT (it cannot be known: others extended the register as well, or the write failed and
 * the kernel's measurement tree, which fetches a value anew only after one that succeeded, still
 * shows the old one; it stays pending), E_ARG, E_NOTFOUND, E_LOCKED, E_IO, E_LIMIT, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_tree_settle(const struct tsmmr_tree *tree, const char *reg, int *ret_outcome,
		      struct tsmmr_error *reterr);

/*
 * Locks a register: until the machine ends it takes no more, and evidence covers it.  Only
 * the PCRs of a Nitro enclave can be locked; a document there has the locked ones only.
 * reg as in tsmmr_tree_extend().
 *
 * E_LOCKED (it is locked already, perhaps by somebody else: read its value before you rely
 * on it), E_UNSUPPORTED (registers of this platform cannot be locked), E_NOTFOUND, E_ARG,
 * E_IO, E_INDOUBT (perhaps it is locked now).
 * Since: 0.1
 */
int tsmmr_tree_lock(const struct tsmmr_tree *tree, const char *reg, struct tsmmr_error *reterr);

/*
 * What tsmmr_tree_attest() is to ask for.  The request is the caller's, free it with
 * tsmmr_attest_free(); what is set is copied, and set again it is replaced.  Made once it may
 * be used any number of times; one thread at a time may change it, any number may use it.
 *
 * platform: TDX, SNP, CCA, NITRO, TPM (which nobody gets unasked), or AUTO for the one that
 * the machine is of.  E_ARG (another platform, nowhere to return to), E_NOMEM.
 * Since: 0.9
 */
int tsmmr_attest_new(int platform, struct tsmmr_attest **ret_request, struct tsmmr_error *reterr);
void tsmmr_attest_free(struct tsmmr_attest *request);

/*
 * What the verifier asked with, 1 to 64 bytes.  Without it no evidence is asked for.  A
 * report of configfs-tsm carries it padded with zeros to 64 bytes, others as it is.  E_ARG.
 * Since: 0.9
 */
int tsmmr_attest_set_nonce(struct tsmmr_attest *request, const void *nonce, size_t len,
			   struct tsmmr_error *reterr);
/*
 * What else the evidence is to carry:
 *   "user-data"	at most 512 bytes (a Nitro document)
 *   "public-key"	at most 1024 bytes (a Nitro document)
 * No bytes are something to carry as well; data NULL takes back what was set.
 * E_ARG (no such name, of which more may come; too long).
 * Since: 0.9
 */
int tsmmr_attest_set_bytes(struct tsmmr_attest *request, const char *name, const void *data,
			   size_t len, struct tsmmr_error *reterr);
/*
 * Of what kind it is to be:
 *   "vmpl"	0 to 3: the VMPL that an SEV-SNP report speaks for.  Default: the kernel's own.
 * TSMMR_NONE is the default again.  E_ARG (no such name, of which more may come; a value that it
 * cannot have).
 * Since: 0.9
 */
int tsmmr_attest_set_u64(struct tsmmr_attest *request, const char *name, uint64_t value,
			 struct tsmmr_error *reterr);

/*
 * Fresh evidence of this machine, and after it the log: all the logs that the machine has of
 * that platform, merged, each register's without the records that came after the evidence.
 * A register that the evidence does not cover (on Nitro: one that is not locked) keeps all
 * of its records.  Nothing is extended or locked.  Both are the caller's, and need neither
 * the tree nor the request any more.
 *
 * ret_log may be NULL: then no log is read, and none can be in the way of the evidence.
 *
 * Evidence comes from the kernel's configfs-tsm, from /dev/nsm or from a TPM: a TPM's quote has
 * its signature, PCR values and key beside it, and an SVSM's vTPM's is added to the report.  The
 * evidence is read, its own signatures and the nonce are checked; of a guest that its host may
 * debug it is handed out all the same.  Whether to trust it is for a verifier to say.
 *
 * E_ARG (no nonce, or bytes that evidence of this platform does not carry), E_NOTFOUND (this
 * machine gives no evidence, or none of that platform), E_UNSUPPORTED (a platform that cannot
 * be asked, a TPM without tpm2-tss, a VMPL where there are none), E_IO, E_LIMIT, E_NOMEM; what
 * tsmmr_regs_from_evidence() and, for the log, tsmmr_log_from_stream() fail with.
 * Since: 0.9
 */
int tsmmr_tree_attest(const struct tsmmr_tree *tree, const struct tsmmr_attest *request,
		      struct tsmmr_evidence **ret_evidence, struct tsmmr_log **ret_log,
		      struct tsmmr_error *reterr);

#ifdef __cplusplus
}
#endif
#endif
