/* SPDX-License-Identifier: BSD-2-Clause */
/* One measurement register: read, extend, lock. */
#include "sys/reg.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "sys/file.h"
#include "sys/nsm.h"
#include "sys/signals.h"
#include "sys/tpm.h"
#include "util/error.h"
#include "util/hex.h"

/* A driver that answers EINTR for ever must not keep us for ever. */
#define READ_TRIES_MAX 8

#define NOT_A_FILE (-2)

/* Two reads with an extend between them would give a value that never was. */
static ssize_t read_once(const char *root, const char *path, void *to, size_t size)
{
	int fd = file_open_below(root, path, O_RDONLY | O_NONBLOCK);
	struct signals signals;
	ssize_t n = -1;
	int saved;

	if (fd < 0)
		return -1;
	if (!file_is_regular(fd)) {
		saved = errno;
		close(fd);
		errno = saved;
		return saved == EINVAL ? NOT_A_FILE : -1;
	}
	signals_hold(&signals);
	for (int i = 0; i < READ_TRIES_MAX; i++) {
		n = read(fd, to, size);
		if (n >= 0 || errno != EINTR)
			break;
	}
	saved = errno;
	close(fd);
	errno = saved;
	signals_release(&signals);
	return n;
}

static int read_nsm(const char *root, const struct tree_reg *reg, uint8_t *ret, size_t size,
		    struct tsmmr_error *err)
{
	_cleanup_(nsm_close) struct nsm *nsm = NULL;
	int r = nsm_open(root, &nsm, err);

	if (r == 0 && size < NSM_PCR_SIZE)
		r = fail(err, TSMMR_E_ARG, "no room for a PCR");
	if (r == 0)
		r = nsm_describe_pcr(nsm, reg->number, ret, NULL, err);
	return r < 0 ? r : NSM_PCR_SIZE;
}

int reg_open_tpm(const char *root, const struct tree_reg *reg, struct tpm **ret,
		 struct tsmmr_error *err)
{
	if (!tpm_is_built_in() || reg->write_path)
		return tpm_open(root, reg->write_path, ret, err);
	return fail(err, TSMMR_E_NOTFOUND, "no device takes commands to %s", reg->provider);
}

static int read_tcti(const char *root, const struct tree_reg *reg, uint8_t *ret, size_t size,
		     struct tsmmr_error *err)
{
	_cleanup_(tpm_close) struct tpm *tpm = NULL;
	int r = reg_open_tpm(root, reg, &tpm, err);

	return r < 0 ? r : tpm_pcr_read(tpm, reg_alg(reg)->id, reg->number, ret, size, err);
}

int reg_read(const char *root, const struct tree_reg *reg, uint8_t *ret, size_t size,
	     struct tsmmr_error *err)
{
	/* The longest text: two digits a byte and a newline.  One more would show. */
	uint8_t bytes[2 * TSMMR_HASH_SIZE_MAX + 2];
	ssize_t n;

	if (reg_check_seen(reg, err) < 0)
		return TSMMR_E_IO;
	if (!reg->value_path) {
		errno = EACCES;
		return fail_errno(err, "%s/%s cannot be read", reg->provider, reg->name);
	}
	if (reg->layout == TREE_NSM)
		return read_nsm(root, reg, ret, size, err);
	if (reg->layout == TREE_TCTI)
		return read_tcti(root, reg, ret, size, err);
	n = read_once(root, reg->value_path, bytes, sizeof(bytes));
	if (n == NOT_A_FILE)
		return fail_errno(err, "%s%s: not a file", root, reg->value_path);
	if (n < 0)
		return fail_errno(err, "%s%s: %s", root, reg->value_path, errno_text(errno));

	if (reg->layout == TREE_TPM) {
		uint8_t text[sizeof(bytes)];

		while (n && bytes[n - 1] == '\n')
			n--;
		memcpy(text, bytes, (size_t)n);
		n = hex_decode(bytes, sizeof(bytes), (const char *)text, (size_t)n);
		if (n < 0)
			return fail(err, TSMMR_E_MALFORMED, "%s%s: not hex", root, reg->value_path);
	}
	if (n == 0 || (reg->size && (size_t)n != reg->size) || (size_t)n > size)
		return fail(err, TSMMR_E_MALFORMED, "%s%s: %zd bytes where %zu were expected", root,
			    reg->value_path, n, reg->size ? reg->size : size);

	memcpy(ret, bytes, (size_t)n);
	return (int)n;
}

/* A write has failed.  Is it certain that the register is what it was? */
static int write_failed(const char *root, const char *path, struct tsmmr_error *err)
{
	switch (errno) {
	/*
	 * Said before a driver is asked, by the file system (EFBIG and EINVAL for a wrong
	 * position or length; linux/fs/sysfs/file.c), or by one that was refused (EBUSY and
	 * ENXIO of a TDCALL).
	 */
	case EACCES:
	case EAGAIN:
	case EBADF:
	case EBUSY:
	case EFAULT:
	case EFBIG:
	case EINVAL:
	case ENODEV:
	case ENOENT:
	case ENOMEM:
	case ENOSPC:
	case ENXIO:
	case EOPNOTSUPP:
	case EPERM:
	case EROFS:
		return fail_errno(err, "%s%s: %s", root, path, errno_text(errno));
	/*
	 * EINTR, EIO, ETIMEDOUT and what we do not know may come from the middle of an
	 * extension.  Some drivers give up before it, and we do not know which we have.
	 */
	default:
		return fail_os(err, TSMMR_E_INDOUBT, errno,
			       "%s%s: %s, and perhaps extended all the same", root, path,
			       errno_text(errno));
	}
}

/* Open, one write at offset 0, close. */
static int extend_once(const char *root, const char *path, const uint8_t *digest, size_t n,
		       struct tsmmr_error *err)
{
	int fd = file_open_below(root, path, O_WRONLY | O_NONBLOCK | O_NOCTTY);
	struct signals signals;
	ssize_t put;
	int r = 0;

	if (fd < 0)
		return fail_errno(err, "%s%s: %s", root, path, errno_text(errno));
	signals_hold(&signals);
	put = write(fd, digest, n);
	if (put < 0)
		r = write_failed(root, path, err);
	else if ((size_t)put != n)
		r = fail(err, TSMMR_E_INDOUBT, "%s%s took %zd of %zu bytes", root, path, put, n);
	close(fd);
	signals_release(&signals);
	return r;
}

/*
 * configfs extends when a binary attribute is closed and does not report how it went
 * (configfs_release_bin_file), so the value has to say.
 */
static int extend_unreported(const char *root, struct crypto crypto, const struct tree_reg *reg,
			     const uint8_t *digest, size_t n, struct tsmmr_error *err)
{
	uint8_t before[TSMMR_HASH_SIZE_MAX], want[TSMMR_HASH_SIZE_MAX], after[TSMMR_HASH_SIZE_MAX];
	_cleanup_(hasher_done) struct hasher hasher = { 0 };
	const struct hash_alg *alg = reg_alg(reg);
	struct tsmmr_error why = { .size = sizeof(why) };
	int r;

	if (!alg || alg->size != n)
		return fail(err, TSMMR_E_ARG, "%s: a register of unknown hash", reg->write_path);
	r = reg_read(root, reg, before, sizeof(before), err);
	if (r < 0)
		return r;
	memcpy(want, before, n);
	r = hasher_init(&hasher, crypto, alg);
	if (r == 0)
		r = hash_extend(&hasher, want, digest, n);
	if (r < 0)
		return fail_low(err, r);

	r = extend_once(root, reg->write_path, digest, n, err);
	if (r < 0)
		return r;
	if (reg_read(root, reg, after, sizeof(after), &why) < 0)
		return fail_os(err, TSMMR_E_INDOUBT, why.os_errno, "%s cannot be read back: %s",
			       reg->write_path, why.message);
	if (hash_equal(after, want, n))
		return 0;
	if (!hash_equal(after, before, n))
		return fail(err, TSMMR_E_INDOUBT, "%s was extended by somebody else as well",
			    reg->write_path);
	errno = EIO;
	return fail_errno(err, "%s: the kernel did not extend it", reg->write_path);
}

static int extend_nsm(const char *root, const struct tree_reg *reg, const uint8_t *digest, size_t n,
		      struct tsmmr_error *err)
{
	_cleanup_(nsm_close) struct nsm *nsm = NULL;
	int r = nsm_open(root, &nsm, err);

	return r < 0 ? r : nsm_extend_pcr(nsm, reg->number, span_of(digest, n), NULL, err);
}

/* What one bank is extended by; of a record's, hashed into bytes. */
static int bank_digest(struct crypto crypto, const struct tpm_bank *bank, struct span record,
		       struct span digest, uint8_t bytes[TSMMR_HASH_SIZE_MAX],
		       struct tpm_digest *ret, struct tsmmr_error *err)
{
	_cleanup_(hasher_done) struct hasher h = { 0 };
	const struct hash_alg *alg = hash_by_id(bank->alg);
	int r;

	*ret = (struct tpm_digest){ bank->alg, digest };
	if (!record.p)
		return 0;
	/* A bank that is left out would be one to say anything with. */
	if (!alg)
		return fail(err, TSMMR_E_UNSUPPORTED, "TPM: a bank of algorithm 0x%04x", bank->alg);
	r = hasher_init(&h, crypto, alg);
	if (r == 0)
		r = hash_bytes(&h, record.p, record.n, bytes);
	ret->value = span_of(bytes, alg->size);
	return r < 0 ? fail_low(err, r) : 0;
}

/* record.p is NULL: the bank of the digest alone. */
static int extend_tpm(const char *root, struct crypto crypto, const struct tree_reg *reg,
		      struct span record, struct span digest, struct tsmmr_error *err)
{
	_cleanup_(tpm_close) struct tpm *tpm = NULL;
	const struct hash_alg *alg = reg_alg(reg);
	uint8_t bytes[TPM_BANKS][TSMMR_HASH_SIZE_MAX];
	struct tpm_digest digests[TPM_BANKS];
	struct tpm_banks banks;
	size_t n = 0;
	int r = reg_open_tpm(root, reg, &tpm, err);

	if (r == 0)
		r = tpm_banks_read(tpm, &banks, err);
	for (size_t i = 0; r == 0 && reg->number < 32 && i < banks.n; i++) {
		bool ours = alg && banks.all[i].alg == alg->id;

		if (!(banks.all[i].pcrs >> reg->number & 1) || !(ours || record.p))
			continue;
		r = bank_digest(crypto, &banks.all[i], record, digest, bytes[n], &digests[n], err);
		n++;
	}
	if (r < 0)
		return r;
	if (!n)
		return fail(err, TSMMR_E_NOTFOUND, "TPM: %s is not in that bank", reg->name);
	return tpm_pcr_extend(tpm, reg->number, digests, n, err);
}

int reg_extend_record(const char *root, struct crypto crypto, const struct tree_reg *reg,
		      struct span record, const uint8_t *digest, size_t n, struct tsmmr_error *err)
{
	if (reg_check_seen(reg, err) < 0)
		return TSMMR_E_IO;
	if (!reg->write_path)
		return fail(err, TSMMR_E_LOCKED, "%s of %s %s", reg->name, reg->provider,
			    reg->append_path ? "takes records, and no digest" :
					       "cannot be extended");
	/* The kernel clamps a longer write, and extends. */
	if (!n || n != reg->size)
		return fail(err, TSMMR_E_ARG, "%s of %s takes %zu bytes, not %zu", reg->name,
			    reg->provider, reg->size, n);

	if (reg->layout == TREE_NSM)
		return extend_nsm(root, reg, digest, n, err);
	if (reg_is_tpm(reg))
		return extend_tpm(root, crypto, reg, record, span_of(digest, n), err);
	if (reg->layout == TREE_RTMRS)
		return extend_unreported(root, crypto, reg, digest, n, err);
	return extend_once(root, reg->write_path, digest, n, err);
}

int reg_extend(const char *root, struct crypto crypto, const struct tree_reg *reg,
	       const uint8_t *digest, size_t n, struct tsmmr_error *err)
{
	return reg_extend_record(root, crypto, reg, span_of(NULL, 0), digest, n, err);
}

int reg_lock(const char *root, const struct tree_reg *reg, struct tsmmr_error *err)
{
	_cleanup_(nsm_close) struct nsm *nsm = NULL;
	int r;

	if (reg->layout != TREE_NSM)
		return fail(err, TSMMR_E_UNSUPPORTED,
			    "%s of %s cannot be locked: only the PCRs of a Nitro enclave can",
			    reg->name, reg->provider);
	r = nsm_open(root, &nsm, err);
	return r < 0 ? r : nsm_lock_pcr(nsm, reg->number, err);
}
