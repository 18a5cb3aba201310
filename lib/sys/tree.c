/* SPDX-License-Identifier: BSD-2-Clause */
/* Measurement registers as files, in every layout a kernel has had. */
#include "sys/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "sys/file.h"
#include "sys/kept.h"
#include "sys/nsm.h"
#include "sys/tpm.h"
#include "util/error.h"
#include "util/grow.h"

#define REGS_MAX 4096
#define NAME_BYTES_MAX 128

struct scanner {
	const char *root;
	struct tree_scan *scan;
	struct tsmmr_error *err;
};

/* What a visitor is shown: one name in a directory. */
struct entry {
	int fd;          /* of the directory */
	const char *dir; /* its path below root */
	const char *name;
	const char *provider; /* what outer visitors have learnt, or NULL */
	const char *of;       /* the hash of a bank, the register of a bank's value */
};

typedef int visitor(struct scanner *s, const struct entry *e);

static void reg_done(struct tree_reg *reg)
{
	free(reg->provider);
	free(reg->name);
	free(reg->hash);
	free(reg->value_path);
	free(reg->write_path);
	free(reg->log_path);
	free(reg->append_path);
	kept_free(reg->kept);
}

void tree_scan_done(struct tree_scan *scan)
{
	for (size_t i = 0; i < scan->n; i++)
		reg_done(&scan->regs[i]);
	free(scan->regs);
	*scan = (struct tree_scan){ 0 };
}

/* A path without ".", ".." and doubled slashes; ".." of the root is the root. */
static void normalise(char *path)
{
	size_t to = 0;
	size_t n;

	for (const char *from = path; *from; from += n) {
		from += strspn(from, "/");
		n = strcspn(from, "/");
		if (n == 0 || (n == 1 && from[0] == '.'))
			continue;
		if (n == 2 && from[0] == '.' && from[1] == '.') {
			while (to && path[--to] != '/')
				;
			continue;
		}
		path[to++] = '/';
		memmove(path + to, from, n);
		to += n;
	}
	path[to] = 0;
}

static char *join(const char *dir, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

/* What is not there has no registers; what cannot be listed may hide some. */
static bool is_absent(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

/* A call has failed on what is there; name may be NULL. */
static int fail_path(struct scanner *s, const char *dir, const char *name)
{
	if (errno == ENOMEM)
		return fail_nomem(s->err);
	return fail_errno(s->err, "%s%s%s%s: %s", s->root, dir, name ? "/" : "", name ? name : "",
			  errno_text(errno));
}

/*
 * The path of an entry of /sys/class, where sysfs has its symbolic links: followed once,
 * and below root, whether it is relative, as the kernel writes it, or absolute, as some
 * ways of copying a tree leave it.
 */
static int follow(struct scanner *s, const struct entry *e, char **ret)
{
	char to[1024];
	ssize_t n = readlinkat(e->fd, e->name, to, sizeof(to));
	char *path;

	if (n >= (ssize_t)sizeof(to))
		return fail(s->err, TSMMR_E_LIMIT, "%s%s/%s: link of over %zu bytes", s->root,
			    e->dir, e->name, sizeof(to));
	if (n < 0 && errno != EINVAL && !is_absent(errno))
		return fail_path(s, e->dir, e->name);
	if (n < 0) { /* no link */
		path = join(e->dir, e->name);
	} else {
		to[n] = 0;
		path = join(to[0] == '/' ? "" : e->dir, to);
		if (path)
			normalise(path);
	}
	if (!path)
		return fail_nomem(s->err);
	*ret = path;
	return 0;
}

static int each(struct scanner *s, const char *path, const char *provider, const char *of,
		visitor *visit)
{
	int fd = file_open_below(s->root, path, O_RDONLY | O_DIRECTORY);
	struct dirent *de;
	DIR *dir;
	int r = 0;

	if (fd < 0)
		return is_absent(errno) ? 0 : fail_path(s, path, NULL);
	dir = fdopendir(fd);
	if (!dir) {
		r = fail_path(s, path, NULL);
		close(fd);
		return r;
	}
	while (r == 0 && (errno = 0, de = readdir(dir))) {
		struct entry e = { fd, path, de->d_name, provider, of };

		if (de->d_name[0] != '.')
			r = visit(s, &e);
	}
	if (r == 0 && errno)
		r = fail_path(s, path, NULL);
	closedir(dir);
	return r;
}

/* each() of what is below an entry. */
static int each_in(struct scanner *s, const struct entry *e, const char *provider, const char *of,
		   visitor *visit)
{
	_cleanup_(free) char *path = join(e->dir, e->name);

	return path ? each(s, path, provider, of, visit) : fail_nomem(s->err);
}

/* What is seen of a file without opening it. */
struct look {
	mode_t mode; /* 0 when it is not there */
	size_t size;
	int error; /* why it cannot be seen; the mode is then a register's */
};

static struct look look_failed(int error)
{
	const struct look absent = { 0 }, unseen = { S_IRUSR, 0, error };

	return is_absent(error) ? absent : unseen;
}

/* At an entry itself, not at what it may link to. */
static struct look look_at(const struct entry *e)
{
	struct stat st;

	if (fstatat(e->fd, e->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return look_failed(errno);
	if (!S_ISREG(st.st_mode) || st.st_size <= 0)
		st.st_size = 0;
	return (struct look){ st.st_mode, (size_t)(st.st_size < INT32_MAX ? st.st_size : INT32_MAX),
			      0 };
}

/* At a name in dir. */
static struct look look_in(struct scanner *s, const char *dir, const char *name)
{
	int fd = file_open_below(s->root, dir, O_PATH | O_DIRECTORY);
	struct entry e = { .fd = fd, .name = name };
	struct look look;

	if (fd < 0)
		return look_failed(errno);
	look = look_at(&e);
	close(fd);
	return look;
}

/*
 * At a register's file.  Whatever else stands there is a register all the same: one that
 * reading will fail of, not one that nobody has to ask about.
 */
static struct look as_reg(struct look look)
{
	if (look.mode && !S_ISREG(look.mode))
		look.mode = S_IRUSR;
	return look;
}

/* A short text of one line, trimmed; "" when it is not there.  E_IO when it cannot be read. */
static int read_text(struct scanner *s, const char *dir, const char *name, char *to, size_t size)
{
	_cleanup_(free) char *path = join(dir, name);
	ssize_t n;
	int fd;

	if (!path)
		return fail_nomem(s->err);
	to[0] = 0;
	fd = file_open_below(s->root, path, O_RDONLY | O_NONBLOCK);
	if (fd < 0 && is_absent(errno))
		return 0;
	errno = fd < 0 ? errno : EINVAL;
	n = fd < 0 || !file_is_regular(fd) ? -1 : read(fd, to, size - 1);
	if (n < 0)
		fail_errno(s->err, "%s%s: %s", s->root, path, errno_text(errno));
	if (fd >= 0)
		close(fd);
	to[n > 0 ? n : 0] = 0;
	to[strcspn(to, " \t\r\n")] = 0;
	return n < 0 ? TSMMR_E_IO : 0;
}

/* Names are printed and selected by: what cannot be, no driver has. */
static int check_name(struct scanner *s, const struct entry *e, const char *name, size_t n)
{
	if (n > NAME_BYTES_MAX)
		return fail(s->err, TSMMR_E_LIMIT, "%s%s: a name of over %d bytes", s->root, e->dir,
			    NAME_BYTES_MAX);
	for (size_t i = 0; i < n; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return fail(s->err, TSMMR_E_MALFORMED, "%s%s: a name that is not text",
				    s->root, e->dir);
	return 0;
}

/* One more register, whose name and hash may be parts of a file's name. */
static int reg_add(struct scanner *s, const struct entry *e, enum tree_layout layout,
		   const char *name, size_t name_n, const char *hash, struct tree_reg **ret)
{
	struct tree_scan *scan = s->scan;
	struct tree_reg *reg;
	int r = check_name(s, e, e->provider, strlen(e->provider));

	if (r == 0)
		r = check_name(s, e, name, name_n);
	if (r == 0 && hash)
		r = check_name(s, e, hash, strlen(hash));
	if (r < 0)
		return r;

	if (scan->n == REGS_MAX)
		return fail(s->err, TSMMR_E_LIMIT, "%s: more than %d measurement registers",
			    *s->root ? s->root : "/", REGS_MAX);
	reg = grown(scan->regs, scan->n, &scan->cap, sizeof(*reg));
	if (!reg)
		return fail_nomem(s->err);
	scan->regs = reg;

	reg += scan->n++;
	*reg = (struct tree_reg){
		.layout = layout,
		.provider = strdup(e->provider),
		.name = strndup(name, name_n),
		.hash = hash ? strdup(hash) : NULL,
	};
	if (!reg->provider || !reg->name || (hash && !reg->hash))
		return fail_nomem(s->err);
	*ret = reg;
	return 0;
}

/* Mode bits can lie: only an open() shows.  It has no effect as long as nothing is written. */
static bool can_write(const struct scanner *s, const char *path)
{
	int fd = path ? file_open_below(s->root, path, O_WRONLY | O_NONBLOCK) : -1;

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int set_path(struct scanner *s, char **ret, const char *dir, const char *name)
{
	*ret = join(dir, name);
	return *ret ? 0 : fail_nomem(s->err);
}

/*
 * A register whose value and extension are one file, by its mode.  One that cannot be seen may be
 * one that programs extend, and is asked about.
 */
static int set_paths(struct scanner *s, struct tree_reg *reg, const struct look *look,
		     const char *dir, const char *name)
{
	int r = 0;

	if (look->mode & S_IRUSR)
		r = set_path(s, &reg->value_path, dir, name);
	if (r == 0 && look->mode & S_IWUSR)
		r = set_path(s, &reg->write_path, dir, name);
	if (r < 0)
		return r;

	reg->size = look->size;
	reg->error = look->error;
	reg->readable = look->mode & S_IRUSR;
	reg->extensible = look->mode & S_IWUSR || look->error;
	reg->writable_now = can_write(s, reg->write_path);
	return 0;
}

/*
 * NAME or NAME:HASH, the file's size is the register's.  (Linux 6.16, tsm-mr.c;
 * Documentation/ABI/testing/sysfs-devices-virtual-misc-tdx_guest)
 */
static int visit_tsm(struct scanner *s, const struct entry *e)
{
	const char *colon = strrchr(e->name, ':');
	struct look look = as_reg(look_at(e));
	struct tree_reg *reg;
	int r;

	if (!look.mode)
		return 0;
	if (colon && (colon == e->name || !colon[1]))
		colon = NULL;
	r = reg_add(s, e, TREE_TSM, e->name, colon ? (size_t)(colon - e->name) : strlen(e->name),
		    colon ? colon + 1 : NULL, &reg);
	return r < 0 ? r : set_paths(s, reg, &look, e->dir, e->name);
}

/* The group of a provider's registers; "mr" was its name in versions 4 and 5 of the patches. */
static const char *const groups[] = { "measurements", "mr" };

static bool is_group(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (strcmp(name, groups[i]) == 0)
			return true;
	return false;
}

static int visit_device(struct scanner *s, const struct entry *e)
{
	return is_group(e->name) ? each_in(s, e, e->provider, NULL, visit_tsm) : 0;
}

static int visit_misc(struct scanner *s, const struct entry *e)
{
	_cleanup_(free) char *device = NULL;
	int r = follow(s, e, &device);

	return r < 0 ? r : each(s, device, e->name, NULL, visit_device);
}

/*
 * A directory {digest, hash_algo, event_log, append_event} for what can be extended.
 * A provider chooses whether digest takes extends beside append_event, which hashes and
 * logs a record itself.  ("tsm: Unified Measurement Register ABI for TVMs", RFC v1,
 * September 2024, patches 1 and 2; v2 had no log)
 */
static int rfc_rtmr(struct scanner *s, const struct entry *e, const char *dir)
{
	struct look digest = as_reg(look_in(s, dir, "digest"));
	struct look append = look_in(s, dir, "append_event");
	bool appends = S_ISREG(append.mode) && append.mode & S_IWUSR;
	char hash[NAME_BYTES_MAX + 2];
	struct tree_reg *reg;
	int r;

	if (!digest.mode && !append.mode)
		return 0;
	r = read_text(s, dir, "hash_algo", hash, sizeof(hash));
	if (!digest.error)
		digest.error = r == TSMMR_E_IO ? s->err->os_errno : append.error;
	if (r == 0 || r == TSMMR_E_IO)
		r = reg_add(s, e, TREE_RFC, e->name, strlen(e->name), hash[0] ? hash : NULL, &reg);
	if (r == 0)
		r = set_paths(s, reg, &digest, dir, "digest");
	if (r == 0 && look_in(s, dir, "event_log").mode)
		r = set_path(s, &reg->log_path, dir, "event_log");
	if (r < 0 || !appends)
		return r;

	r = set_path(s, &reg->append_path, dir, "append_event");
	reg->extensible = true;
	reg->writable_now |= can_write(s, reg->append_path);
	return r;
}

/* A plain file is a register that cannot be extended: a write, where allowed, replaces it. */
static int rfc_static(struct scanner *s, const struct entry *e, struct look look)
{
	struct tree_reg *reg;
	int r = reg_add(s, e, TREE_RFC, e->name, strlen(e->name), NULL, &reg);

	look.mode &= ~(mode_t)S_IWUSR;
	return r < 0 ? r : set_paths(s, reg, &look, e->dir, e->name);
}

/*
 * HASH/digest, for each bank of a register, with the value in it and the extension to be
 * written to it.  (RFC v3, December 2024, and versions 1 and 2 of the patches)
 */
static int visit_rfc_bank(struct scanner *s, const struct entry *e)
{
	_cleanup_(free) char *dir = join(e->dir, e->name);
	struct tree_reg *reg;
	struct look look;
	int r;

	if (!dir)
		return fail_nomem(s->err);
	look = as_reg(look_in(s, dir, "digest"));
	if (!look.mode)
		return 0;
	r = reg_add(s, e, TREE_RFC, e->of, strlen(e->of), e->name, &reg);
	return r < 0 ? r : set_paths(s, reg, &look, dir, "digest");
}

static int visit_rfc(struct scanner *s, const struct entry *e)
{
	_cleanup_(free) char *dir = NULL;
	struct look look = look_at(e);
	size_t n = s->scan->n;
	int r;

	if (!look.mode)
		return 0;
	if (!S_ISDIR(look.mode))
		return rfc_static(s, e, as_reg(look));
	dir = join(e->dir, e->name);
	if (!dir)
		return fail_nomem(s->err);
	r = rfc_rtmr(s, e, dir);
	if (r < 0 || s->scan->n > n)
		return r;
	return is_group(e->name) ? each(s, dir, e->provider, NULL, visit_tsm) :
				   each(s, dir, e->provider, e->name, visit_rfc_bank);
}

static int visit_rfc_provider(struct scanner *s, const struct entry *e)
{
	return each_in(s, e, e->name, NULL, visit_rfc);
}

/* There reports and configfs' own registers stand beside them. */
static int visit_configfs_provider(struct scanner *s, const struct entry *e)
{
	bool other = strcmp(e->name, "report") == 0 || strcmp(e->name, "rtmrs") == 0;

	return other ? 0 : visit_rfc_provider(s, e);
}

/*
 * pcr-HASH/NUMBER, hex text of st_size 4096.  There is a directory for each bank that is
 * allocated; PCRs are extended by TPM commands, not here.  (drivers/char/tpm/tpm-sysfs.c)
 */
static int visit_pcr(struct scanner *s, const struct entry *e)
{
	const struct hash_alg *alg = hash_by_name(span_of(e->of, strlen(e->of)));
	char name[16];
	struct look look = as_reg(look_at(e));
	struct tree_reg *reg;
	size_t n = strlen(e->name);
	int r;

	if (!look.mode || n > 4 || strspn(e->name, "0123456789") != n)
		return 0;
	snprintf(name, sizeof(name), "pcr%s", e->name);
	r = reg_add(s, e, TREE_TPM, name, strlen(name), e->of, &reg);
	if (r < 0)
		return r;

	/* What else the size is shows only when it is read, and a PCR read takes its time. */
	look.size = alg ? alg->size : 0;
	look.mode &= ~(mode_t)S_IWUSR;
	reg->number = (uint32_t)strtoul(e->name, NULL, 10);
	return set_paths(s, reg, &look, e->dir, e->name);
}

static int visit_bank(struct scanner *s, const struct entry *e)
{
	static const char prefix[] = "pcr-";
	size_t n = strlen(prefix);

	if (strncmp(e->name, prefix, n) != 0 || !e->name[n])
		return 0;
	return each_in(s, e, e->provider, e->name + n, visit_pcr);
}

static int visit_tpm(struct scanner *s, const struct entry *e)
{
	_cleanup_(free) char *device = NULL;
	int r = follow(s, e, &device);

	return r < 0 ? r : each(s, device, e->name, NULL, visit_bank);
}

/*
 * {index, digest, tcg_map} in a directory that anybody may have made under any name: index
 * says which RTMR it is.  Only TDX had this, where a digest is SHA-384's.  configfs gives a
 * binary attribute's size only when it is read.  ("tsm: Runtime measurement registers ABI",
 * RFC v2, January 2024, patches 2 and 4)
 */
static int visit_rtmr(struct scanner *s, const struct entry *e)
{
	_cleanup_(free) char *dir = join(e->dir, e->name);
	struct entry at = { .dir = e->dir, .provider = "rtmrs" };
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	char index[8], name[16];
	struct tree_reg *reg;
	struct look look;
	int r;

	if (!dir)
		return fail_nomem(s->err);
	look = as_reg(look_in(s, dir, "digest"));
	if (!look.mode)
		return 0;
	r = read_text(s, dir, "index", index, sizeof(index));
	if (r < 0)
		return r;
	if (!index[0] || index[strspn(index, "0123456789")])
		return 0; /* not set up: it stands for no register yet */
	snprintf(name, sizeof(name), "rtmr%s", index);
	r = reg_add(s, &at, TREE_RTMRS, name, strlen(name), NULL, &reg);
	if (r == 0)
		r = set_paths(s, reg, &look, dir, "digest");
	if (r < 0)
		return r;

	if (reg->size == 0 && reg->readable) {
		r = reg_read(s->root, reg, value, sizeof(value), s->err);
		reg->size = r > 0 ? (size_t)r : 0;
		reg->error = r == TSMMR_E_IO ? s->err->os_errno : 0;
	}
	reg->hash = reg->size == 48 ? strdup("sha384") : NULL;
	return reg->size == 48 && !reg->hash ? fail_nomem(s->err) : 0;
}

/*
 * The PCRs of a Nitro enclave have no files: the module says how many there are, and which
 * take no more.
 */
static int scan_nsm(struct scanner *s)
{
	_cleanup_(nsm_close) struct nsm *nsm = NULL;
	const struct entry at = { .dir = "/dev", .name = "nsm", .provider = NSM_PROVIDER };
	struct nsm_description d;
	int r = nsm_open(s->root, &nsm, s->err);

	if (r < 0)
		return r == TSMMR_E_NOTFOUND ? 0 : r;
	r = nsm_describe(nsm, &d, s->err);
	for (uint32_t i = 0; r == 0 && i < d.n_pcrs; i++) {
		bool locked = d.locked >> i & 1;
		struct look look = { locked ? S_IRUSR : S_IRUSR | S_IWUSR, NSM_PCR_SIZE, 0 };
		struct tree_reg *reg;
		char name[16];

		snprintf(name, sizeof(name), "pcr%u", i);
		r = reg_add(s, &at, TREE_NSM, name, strlen(name), "sha384", &reg);
		if (r < 0)
			break;
		reg->number = i;
		reg->locked = locked;
		r = set_paths(s, reg, &look, at.dir, at.name);
	}
	return r;
}

/*
 * The device whose commands extend what sysfs only shows: the resource manager's, which
 * several programs share.
 */
static int set_device(struct scanner *s, struct tree_reg *reg, const struct tree_reg *before)
{
	bool same =
		before && before->layout == TREE_TPM && !strcmp(before->provider, reg->provider);
	char name[NAME_BYTES_MAX + 8];
	struct look look = { 0 };

	if (reg->layout != TREE_TPM || strncmp(reg->provider, "tpm", 3) != 0)
		return 0;
	snprintf(name, sizeof(name), "tpmrm%s", reg->provider + 3);
	if (!same)
		look = look_in(s, "/dev", name);
	/* Of one that cannot be seen, whoever opens it is told why. */
	if (same ? !before->write_path : !S_ISCHR(look.mode) && !look.error)
		return 0;
	if (set_path(s, &reg->write_path, "/dev", name) < 0)
		return TSMMR_E_NOMEM;
	reg->writable_now = same ? before->writable_now : can_write(s, reg->write_path);
	reg->extensible = true;
	return 0;
}

static int set_devices(struct scanner *s)
{
	struct tree_scan *scan = s->scan;
	int r = 0;

	for (size_t i = 0; r == 0 && tpm_is_built_in() && i < scan->n; i++)
		r = set_device(s, &scan->regs[i], i ? &scan->regs[i - 1] : NULL);
	return r;
}

/* By numbers, as people count: pcr2 before pcr10. */
static int compare(const struct tree_reg *a, const struct tree_reg *b)
{
	int r = strverscmp(a->provider, b->provider);

	if (!r)
		r = strverscmp(a->name, b->name);
	if (!r)
		r = strverscmp(a->hash ? a->hash : "", b->hash ? b->hash : "");
	return r ? r : (int)a->layout - (int)b->layout;
}

static int compare_paths(const void *pa, const void *pb)
{
	const struct tree_reg *a = pa, *b = pb;
	int r = compare(a, b);

	if (!r && a->value_path && b->value_path)
		r = strcmp(a->value_path, b->value_path);
	return r;
}

/* A device is found by its own path and by its class's: names are unique in a class. */
static void drop_doubles(struct tree_scan *scan)
{
	size_t n = 0;

	for (size_t i = 0; i < scan->n; i++) {
		if (n && compare(&scan->regs[n - 1], &scan->regs[i]) == 0)
			reg_done(&scan->regs[i]);
		else
			scan->regs[n++] = scan->regs[i];
	}
	scan->n = n;
}

/*
 * Which bank of a register keeps its log: of a PCR what verifiers ask for, and SHA-1 only if
 * need be; else the longest.
 */
static int rank(const struct tree_reg *reg)
{
	const struct hash_alg *alg = reg_alg(reg);

	if (!reg_is_tpm(reg))
		return (int)reg->size;
	return !alg ? 0 : alg->id == TSMMR_HASH_SHA1 ? 1 : alg->id == TSMMR_HASH_SHA256 ? 3 : 2;
}

/* May a record of another bank extend it? */
static bool may_follow(const struct tree_reg *reg)
{
	const struct hash_alg *alg = reg_alg(reg);

	if (reg_is_tpm(reg) || reg->error)
		return true;
	return !reg->append_path && reg->value_path && reg->write_path && alg &&
	       alg->size == reg->size;
}

/* A record extends all banks of its register, and one of them keeps the log. */
static void set_follows(struct tree_scan *scan)
{
	struct tree_reg *best = NULL;

	for (size_t i = 0; i < scan->n; i++) {
		struct tree_reg *reg = &scan->regs[i];

		if (!may_follow(reg))
			continue;
		if (!best || !tree_same(best, reg)) {
			best = reg;
			continue;
		}
		if (rank(reg) > rank(best)) {
			best->follows = true;
			best->leads = false;
			best = reg;
		} else {
			reg->follows = true;
		}
		best->leads = !reg_is_tpm(best);
	}
}

/* Only what the library keeps a log of has something to keep. */
static int set_kept(struct tree_scan *scan)
{
	for (size_t i = 0; i < scan->n; i++) {
		struct tree_reg *reg = &scan->regs[i];

		if (reg->kept || reg->log_path || reg->follows || !reg->value_path ||
		    !reg->write_path || !reg->hash)
			continue;
		reg->kept = kept_new();
		if (!reg->kept)
			return TSMMR_E_NOMEM;
	}
	return 0;
}

static int set_logged(struct scanner *s)
{
	set_follows(s->scan);
	return set_kept(s->scan) < 0 ? fail_nomem(s->err) : 0;
}

static int add_banks(struct scanner *s, const char *tcti, const struct tpm_banks *banks)
{
	const struct entry at = { .dir = "", .name = tcti, .provider = TPM_PROVIDER };
	int r = 0;

	for (size_t i = 0; r == 0 && i < banks->n; i++) {
		const struct hash_alg *alg = hash_by_id(banks->all[i].alg);

		/* One of a hash that we do not know has no name to go by. */
		for (uint32_t pcr = 0; r == 0 && alg && pcr < 32; pcr++) {
			struct tree_reg *reg;
			char name[16];

			if (!(banks->all[i].pcrs >> pcr & 1))
				continue;
			snprintf(name, sizeof(name), "pcr%u", pcr);
			r = reg_add(s, &at, TREE_TCTI, name, strlen(name),
				    alg->kernel ? alg->kernel : alg->name, &reg);
			if (r < 0)
				break;
			reg->size = alg->size;
			reg->number = pcr;
			reg->readable = reg->extensible = reg->writable_now = true;
			reg->value_path = strdup(tcti);
			reg->write_path = strdup(tcti);
			if (!reg->value_path || !reg->write_path)
				r = fail_nomem(s->err);
		}
	}
	return r;
}

int tree_scan_tcti(const char *tcti, struct tree_scan *scan, struct tsmmr_error *err)
{
	_cleanup_(tpm_close) struct tpm *tpm = NULL;
	struct scanner s = { "", scan, err };
	struct tpm_banks banks;
	size_t n = 0;
	int r = tpm_open("", tcti, &tpm, err);

	if (r == 0)
		r = tpm_banks_read(tpm, &banks, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < scan->n; i++) {
		if (reg_is_tpm(&scan->regs[i]))
			reg_done(&scan->regs[i]);
		else
			scan->regs[n++] = scan->regs[i];
	}
	scan->n = n;
	r = add_banks(&s, tcti, &banks);
	if (scan->n)
		qsort(scan->regs, scan->n, sizeof(*scan->regs), compare_paths);
	return r < 0 ? r : set_logged(&s);
}

static int scan_all(struct scanner *s)
{
	/* clang-format off */
	static const struct {
		const char *path;
		visitor *visit;
	} places[] = {
		{ "/sys/devices/virtual/misc", visit_misc },
		{ "/sys/class/misc", visit_misc },
		{ "/sys/kernel/tsm", visit_rfc_provider },
		{ "/sys/kernel/security/tsm", visit_rfc_provider },
		{ "/sys/kernel/config/tsm", visit_configfs_provider },
		{ "/sys/class/tpm", visit_tpm },
		{ "/sys/kernel/config/tsm/rtmrs", visit_rtmr },
	};
	/* clang-format on */
	struct tree_scan *scan = s->scan;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(places); i++)
		r = each(s, places[i].path, NULL, NULL, places[i].visit);
	if (r == 0)
		r = scan_nsm(s);
	if (r < 0)
		return r;
	if (scan->n)
		qsort(scan->regs, scan->n, sizeof(*scan->regs), compare_paths);
	drop_doubles(scan);
	r = set_devices(s);
	return r < 0 ? r : set_logged(s);
}

int tree_scan(const char *root, struct tree_scan *ret, struct tsmmr_error *err)
{
	_cleanup_(tree_scan_done) struct tree_scan scan = { 0 };
	struct tsmmr_error why = { .size = sizeof(why) }; /* also of what may be missing */
	struct scanner s = { root, &scan, &why };
	int r = scan_all(&s);

	if (r < 0) {
		error_copy(&why, err);
		return r;
	}
	*ret = scan;
	scan = (struct tree_scan){ 0 };
	return 0;
}
