/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tsmmr-attester: a directory where a machine asks for evidence, for tests.
 *
 *	tsmmr-attester report COMMAND DIR	as /sys/kernel/config: tsm/report
 *	tsmmr-attester nsm COMMAND DIR		as /dev: nsm, with 32 PCRs
 *
 * What is attested comes from COMMAND's standard output: "COMMAND INBLOB" in hex, with the
 * privlevel after it if one was written, or
 * "COMMAND NONCE USER_DATA PUBLIC_KEY INDEX=VALUE..." with the locked PCRs ("-": null).
 * "WORD NUMBER" written to DIR/control makes faults; "calls" there counts COMMANDs.
 */
#define FUSE_USE_VERSION 31

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <fuse.h>
#include <openssl/evp.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
#define BLOB_MAX (1u << 20)
#define INBLOB_MAX 64
#define DIRS_MAX 8
#define PCRS 32
#define PCR_SIZE 48

static const char *command;
static bool is_nsm;

/* Faults: how many times more, or what to answer. */
/* clang-format off */
static struct fault {
	const char *word;
	int left;
} faults[] = {
	{ "busy", 0 },		/* reading outblob gives EBUSY */
	{ "interrupt", 0 },	/* … EINTR */
	{ "again", 0 },		/* … EAGAIN */
	{ "errno", 0 },		/* … this errno, until 0 is written */
	{ "drop", 0 },		/* closing inblob does nothing */
	{ "foreign", 0 },	/* closing inblob, somebody else stores something too */
	{ "late", 0 },		/* reading outblob, somebody else stores something */
	{ "remove", 0 },	/* reading outblob, somebody removes the directory */
	{ "snp", 0 },		/* this is SEV-SNP */
	{ "svsm", 0 },		/* this is SEV-SNP, and an SVSM has services */
	{ "nsm", 0 },		/* the ioctl fails with this errno, until 0; below 0: is done, too */
	{ "calls", 0 },
};
/* clang-format on */

static struct fault *fault(const char *word)
{
	for (size_t i = 0; i < N_OF(faults); i++)
		if (!strcmp(faults[i].word, word))
			return &faults[i];
	abort();
}

/* Once more? */
static bool strikes(const char *word)
{
	struct fault *f = fault(word);

	return f->left > 0 && f->left--;
}

/* What COMMAND prints: its length, or -errno. */
static long run(const char *args, uint8_t *to, size_t size)
{
	static char line[65536];
	size_t n = 0;
	FILE *p;

	fault("calls")->left++;
	if (snprintf(line, sizeof(line), "%s %s", command, args) >= (int)sizeof(line))
		return -E2BIG;
	p = popen(line, "r");
	if (!p)
		return -errno;
	n = fread(to, 1, size, p);
	return pclose(p) ? -EIO : (long)n;
}

static char *add_hex(char *to, const uint8_t *p, size_t n)
{
	if (!n)
		return stpcpy(to, "''");
	for (size_t i = 0; i < n; i++)
		to += sprintf(to, "%02x", p[i]);
	return to;
}

/* configfs-tsm */

static struct report {
	char name[64]; /* "": free */
	uint8_t inblob[INBLOB_MAX];
	size_t inblob_len;
	bool committed;
	unsigned long generation;
	char service[64];
	char level[16]; /* the privlevel, as it was written */
} reports[DIRS_MAX];

/* An open file. */
struct handle {
	struct report *report;
	char file[32];
	uint8_t *bytes;
	size_t len;
	bool filled, dirty;
};

static const char *const attributes[] = {
	"provider",  "generation",       "inblob",       "outblob",      "auxblob",
	"privlevel", "service_provider", "service_guid", "manifestblob",
};

static bool is_attribute(const char *name)
{
	size_t n = fault("svsm")->left ? N_OF(attributes) : fault("snp")->left ? 6 : 4;

	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, attributes[i]))
			return true;
	return false;
}

static bool is_stored(const char *name)
{
	return !strcmp(name, "inblob") || !strcmp(name, "privlevel") ||
	       !strncmp(name, "service_", 8);
}

static struct report *find_report(const char *name, size_t n)
{
	for (size_t i = 0; i < DIRS_MAX; i++)
		if (n && strlen(reports[i].name) == n && !memcmp(reports[i].name, name, n))
			return &reports[i];
	return NULL;
}

#define BASE "/tsm/report"

/* "/tsm/report/NAME[/FILE]" */
static struct report *take_path(const char *path, const char **ret_file)
{
	const char *name = path + sizeof(BASE);
	size_t n;

	*ret_file = NULL;
	if (is_nsm || strncmp(path, BASE "/", sizeof(BASE)) != 0)
		return NULL;
	n = strcspn(name, "/");
	if (name[n])
		*ret_file = name + n + 1;
	return find_report(name, n);
}

static int fill_outblob(struct handle *h)
{
	struct report *r = h->report;
	char args[3 * INBLOB_MAX + 3 + sizeof(r->level) + 1], *end;
	long n;

	if (!r->committed || !r->inblob_len)
		return -EINVAL;
	if (strikes("busy"))
		return -EBUSY;
	if (strikes("interrupt"))
		return -EINTR;
	if (strikes("again"))
		return -EAGAIN;
	if (fault("errno")->left)
		return -fault("errno")->left;
	if (strikes("remove")) {
		r->name[0] = 0;
		return -ENOENT;
	}
	end = add_hex(args, r->inblob, r->inblob_len);
	if (r->level[0])
		sprintf(end, " %s", r->level);
	n = run(args, h->bytes, BLOB_MAX);
	if (n < 0)
		return (int)n;
	h->len = (size_t)n;
	if (strikes("late"))
		r->generation++;
	return 0;
}

/* What stands in a file beside COMMAND, named after the attribute. */
static bool fill_beside(struct handle *h)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s.%s", command, h->file);
	f = fopen(path, "r");
	if (!f)
		return false;
	h->len = fread(h->bytes, 1, BLOB_MAX, f);
	fclose(f);
	return true;
}

static int fill(struct handle *h)
{
	char *text = (char *)h->bytes;

	if (!strcmp(h->file, "outblob"))
		return fill_outblob(h);
	if (!strcmp(h->file, "provider"))
		h->len = (size_t)sprintf(text, "%s\n",
					 fault("svsm")->left || fault("snp")->left ? "sev_guest" :
										     "tdx_guest");
	else if (!strcmp(h->file, "generation"))
		h->len = (size_t)sprintf(text, "%lu\n", h->report->generation);
	else if (fill_beside(h))
		return 0;
	else if (!strcmp(h->file, "manifestblob"))
		h->len = (size_t)sprintf(text, "manifest of %s", h->report->service);
	else
		h->len = 0;
	return 0;
}

/* Takes effect when the file is closed, which nobody is told the outcome of. */
static void commit(struct handle *h)
{
	struct report *r = h->report;

	if (!strcmp(h->file, "inblob")) {
		if (strikes("drop"))
			return;
		memcpy(r->inblob, h->bytes, h->len);
		r->inblob_len = h->len;
		r->committed = true;
		if (strikes("foreign"))
			r->generation++;
	} else if (!strcmp(h->file, "service_guid")) {
		snprintf(r->service, sizeof(r->service), "%.*s", (int)h->len, (char *)h->bytes);
	} else if (!strcmp(h->file, "privlevel")) {
		snprintf(r->level, sizeof(r->level), "%.*s", (int)h->len, (char *)h->bytes);
	}
	r->generation++;
}

/* /dev/nsm */

static uint8_t pcrs[PCRS][PCR_SIZE];
static uint32_t locked = 0xffff; /* as an enclave begins */

/* A CBOR head of up to 16 bits: bytes taken, 0 when it is none of that major type. */
static size_t head(const uint8_t *p, size_t n, unsigned int major, size_t *ret)
{
	if (!n || p[0] >> 5 != major)
		return 0;
	*ret = p[0] & 31;
	if (*ret < 24)
		return 1;
	if (*ret == 24 && n > 1)
		return *ret = p[1], 2;
	if (*ret == 25 && n > 2)
		return *ret = (size_t)p[1] << 8 | p[2], 3;
	return 0;
}

/* The string at *p, which moves on. */
static bool is_text(const uint8_t **p, const uint8_t *end, const char *text)
{
	size_t n, h = head(*p, (size_t)(end - *p), 3, &n);

	if (!h || n != strlen(text) || n > (size_t)(end - *p) - h || memcmp(*p + h, text, n))
		return false;
	*p += h + n;
	return true;
}

static bool take_number(const uint8_t **p, const uint8_t *end, const char *key, size_t *ret)
{
	size_t h;

	if (!is_text(p, end, key))
		return false;
	h = head(*p, (size_t)(end - *p), 0, ret);
	*p += h;
	return h;
}

/* Bytes, or null: then *ret is NULL. */
static bool take_bytes(const uint8_t **p, const uint8_t *end, const char *key, const uint8_t **ret,
		       size_t *ret_n)
{
	size_t h;

	if (!is_text(p, end, key) || *p == end)
		return false;
	*ret = NULL;
	*ret_n = 0;
	if (**p == 0xf6)
		return (*p)++, true;
	h = head(*p, (size_t)(end - *p), 2, ret_n);
	if (!h || *ret_n > (size_t)(end - *p) - h)
		return false;
	*ret = *p + h;
	*p += h + *ret_n;
	return true;
}

static uint8_t *put_text(uint8_t *to, const char *text)
{
	size_t n = strlen(text);

	*to++ = (uint8_t)(n < 24 ? 0x60 | n : 0x78);
	if (n >= 24)
		*to++ = (uint8_t)n;
	return (uint8_t *)memcpy(to, text, n) + n;
}

static uint8_t *put_bytes(uint8_t *to, const uint8_t *p, size_t n)
{
	*to++ = 0x59;
	*to++ = (uint8_t)(n >> 8);
	*to++ = (uint8_t)n;
	return (uint8_t *)memcpy(to, p, n) + n;
}

static uint8_t *put_pcr(uint8_t *to, size_t i)
{
	*to++ = 0x58;
	*to++ = PCR_SIZE;
	return (uint8_t *)memcpy(to, pcrs[i], PCR_SIZE) + PCR_SIZE;
}

static uint8_t *put_error(uint8_t *to, const char *name)
{
	*to++ = 0xa1;
	return put_text(put_text(to, "Error"), name);
}

static uint8_t *describe_nsm(uint8_t *to)
{
	*to++ = 0xa1;
	to = put_text(to, "DescribeNSM");
	*to++ = 0xa7;
	to = put_text(put_text(to, "digest"), "SHA384");
	to = put_text(to, "max_pcrs");
	*to++ = 0x18;
	*to++ = PCRS;
	to = put_text(put_text(to, "module_id"), "i-00000000000000000-enc0");
	to = put_text(to, "locked_pcrs");
	*to++ = 0x98;
	*to++ = (uint8_t)__builtin_popcount(locked);
	for (uint8_t i = 0; i < PCRS; i++) {
		if (!(locked >> i & 1))
			continue;
		if (i >= 24)
			*to++ = 0x18;
		*to++ = i;
	}
	to = put_text(to, "version_major");
	*to++ = 1;
	to = put_text(to, "version_minor");
	*to++ = 0;
	to = put_text(to, "version_patch");
	*to++ = 0;
	return to;
}

static uint8_t *describe_pcr(uint8_t *to, size_t i)
{
	*to++ = 0xa1;
	to = put_text(to, "DescribePCR");
	*to++ = 0xa2;
	to = put_pcr(put_text(to, "data"), i);
	to = put_text(to, "lock");
	*to++ = locked >> i & 1 ? 0xf5 : 0xf4;
	return to;
}

static uint8_t *extend_pcr(uint8_t *to, size_t i, const uint8_t *data, size_t n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	EVP_DigestInit_ex(ctx, EVP_sha384(), NULL);
	EVP_DigestUpdate(ctx, pcrs[i], PCR_SIZE);
	EVP_DigestUpdate(ctx, data, n);
	EVP_DigestFinal_ex(ctx, pcrs[i], NULL);
	EVP_MD_CTX_free(ctx);
	*to++ = 0xa1;
	to = put_text(to, "ExtendPCR");
	*to++ = 0xa1;
	return put_pcr(put_text(to, "data"), i);
}

static uint8_t *attest(uint8_t *to, const uint8_t *p, const uint8_t *end)
{
	static const char *const keys[] = { "user_data", "nonce", "public_key" };
	static char args[65536];
	static uint8_t document[0x2f00];
	const uint8_t *values[3];
	size_t lens[3];
	char *a = args;
	long n;

	for (size_t i = 0; i < 3; i++)
		if (!take_bytes(&p, end, keys[i], &values[i], &lens[i]))
			return put_error(to, "InvalidOperation");
	for (size_t i = 0; i < 3; i++) {
		size_t k = i == 0 ? 1 : i == 1 ? 0 : 2; /* the nonce first */

		a = values[k] ? add_hex(a, values[k], lens[k]) : stpcpy(a, "-");
		*a++ = ' ';
	}
	for (unsigned int i = 0; i < PCRS; i++)
		if (locked >> i & 1) {
			a += sprintf(a, "%u=", i);
			a = add_hex(a, pcrs[i], PCR_SIZE);
			*a++ = ' ';
		}
	*a = 0;
	n = run(args, document, sizeof(document));
	if (n < 0)
		return put_error(to, "InternalError");
	*to++ = 0xa1;
	to = put_text(to, "Attestation");
	*to++ = 0xa1;
	return put_bytes(put_text(to, "document"), document, (size_t)n);
}

static uint8_t *lock_some(uint8_t *to, const char *op, uint32_t which, bool again)
{
	if (!again && (locked & which) == which)
		return put_error(to, "ReadOnlyIndex");
	locked |= which;
	return put_text(to, op);
}

static uint8_t *answer(uint8_t *to, const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n, *data;
	size_t index, len;
	bool is_map = n && *p == 0xa1;

	if (is_text(&p, end, "DescribeNSM") && p == end)
		return describe_nsm(to);
	p += is_map;
	if (!is_map)
		return put_error(to, "InvalidOperation");
	if (is_text(&p, end, "Attestation") && p != end && *p++ == 0xa3)
		return attest(to, p, end);
	if (is_text(&p, end, "LockPCRs") && p != end && *p++ == 0xa1 &&
	    take_number(&p, end, "range", &index))
		return index > PCRS ?
			       put_error(to, "InvalidIndex") :
			       lock_some(to, "LockPCRs", (uint32_t)((1ull << index) - 1), true);
	if (is_text(&p, end, "LockPCR") && p != end && *p++ == 0xa1 &&
	    take_number(&p, end, "index", &index))
		return index >= PCRS ? put_error(to, "InvalidIndex") :
				       lock_some(to, "LockPCR", 1u << index, false);
	if (is_text(&p, end, "DescribePCR") && p != end && *p++ == 0xa1 &&
	    take_number(&p, end, "index", &index))
		return index >= PCRS ? put_error(to, "InvalidIndex") : describe_pcr(to, index);
	if (is_text(&p, end, "ExtendPCR") && p != end && *p++ == 0xa2 &&
	    take_number(&p, end, "index", &index) && take_bytes(&p, end, "data", &data, &len) &&
	    data)
		return index >= PCRS       ? put_error(to, "InvalidIndex") :
		       locked >> index & 1 ? put_error(to, "ReadOnlyIndex") :
					     extend_pcr(to, index, data, len);
	return put_error(to, "InvalidOperation");
}

struct nsm_raw {
	uint64_t request, request_len, response, response_len;
};

#define NSM_IOCTL_RAW _IOWR(0x0a, 0x0, struct nsm_raw)

/* A regular file's ioctl brings the struct; what it points to is in the caller's memory. */
static int op_ioctl(const char *path, int cmd, void *arg, struct fuse_file_info *fi,
		    unsigned int flags, void *data)
{
	static uint8_t request[0x1000], response[0x3000];
	pid_t pid = fuse_get_context()->pid;
	struct nsm_raw *raw = data;
	struct iovec mine, theirs;
	int error = fault("nsm")->left;
	size_t n;

	if (!is_nsm || strcmp(path, "/nsm"))
		return -ENOTTY;
	if (cmd != (int)NSM_IOCTL_RAW)
		return -EINVAL;
	if (error > 0)
		return -error;
	if (raw->request_len > sizeof(request))
		return -EMSGSIZE;
	mine = (struct iovec){ request, raw->request_len };
	theirs = (struct iovec){ (void *)(uintptr_t)raw->request, raw->request_len };
	if (process_vm_readv(pid, &mine, 1, &theirs, 1, 0) != (ssize_t)raw->request_len)
		return -EFAULT;

	n = (size_t)(answer(response, request, raw->request_len) - response);
	if (error < 0)
		return error;
	if (n > raw->response_len)
		n = raw->response_len;
	mine = (struct iovec){ response, n };
	theirs = (struct iovec){ (void *)(uintptr_t)raw->response, n };
	if (process_vm_writev(pid, &mine, 1, &theirs, 1, 0) != (ssize_t)n)
		return -EFAULT;
	raw->response_len = n;
	return 0;
}

/* Files */

static bool is_dir(const char *path)
{
	const char *file;
	struct report *r = take_path(path, &file);

	return !strcmp(path, "/") || (!is_nsm && (!strcmp(path, "/tsm") || !strcmp(path, BASE))) ||
	       (r && !file);
}

static bool is_file(const char *path)
{
	const char *file;
	struct report *r = take_path(path, &file);

	return !strcmp(path, "/control") || (is_nsm && !strcmp(path, "/nsm")) ||
	       (r && file && is_attribute(file));
}

static int op_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	const char *file;

	memset(st, 0, sizeof(*st));
	take_path(path, &file);
	if (is_dir(path))
		st->st_mode = S_IFDIR | 0755;
	else if (is_file(path))
		st->st_mode = S_IFREG | (!file ? 0666 : is_stored(file) ? 0200 : 0444);
	else
		return -ENOENT;
	st->st_nlink = 1;
	return 0;
}

static int op_readdir(const char *path, void *buf, fuse_fill_dir_t add, off_t offset,
		      struct fuse_file_info *fi, enum fuse_readdir_flags flags)
{
	add(buf, ".", NULL, 0, 0);
	add(buf, "..", NULL, 0, 0);
	for (size_t i = 0; !strcmp(path, BASE) && i < DIRS_MAX; i++)
		if (reports[i].name[0])
			add(buf, reports[i].name, NULL, 0, 0);
	return 0;
}

static int op_mkdir(const char *path, mode_t mode)
{
	const char *file;
	struct report *r = take_path(path, &file);
	const char *name = path + sizeof(BASE);

	if (is_nsm || strncmp(path, BASE "/", sizeof(BASE)) || file)
		return -EPERM;
	if (r)
		return -EEXIST;
	for (size_t i = 0; i < DIRS_MAX; i++)
		if (!reports[i].name[0]) {
			reports[i] = (struct report){ .generation = 0 };
			snprintf(reports[i].name, sizeof(reports[i].name), "%s", name);
			return 0;
		}
	return -ENOSPC;
}

static int op_rmdir(const char *path)
{
	const char *file;
	struct report *r = take_path(path, &file);

	if (!r || file)
		return -EPERM;
	r->name[0] = 0;
	return 0;
}

static int op_open(const char *path, struct fuse_file_info *fi)
{
	struct handle *h = calloc(1, sizeof(*h));
	const char *file;

	if (!h)
		return -ENOMEM;
	h->report = take_path(path, &file);
	snprintf(h->file, sizeof(h->file), "%s", file ? file : path);
	h->bytes = malloc(BLOB_MAX);
	if (!h->bytes)
		return free(h), -ENOMEM;
	fi->fh = (uintptr_t)h;
	fi->direct_io = 1;
	return 0;
}

static int op_read(const char *path, char *buf, size_t size, off_t offset,
		   struct fuse_file_info *fi)
{
	struct handle *h = (struct handle *)(uintptr_t)fi->fh;
	int r;

	if (!h->report) {
		h->len = (size_t)sprintf((char *)h->bytes, "%d\n", fault("calls")->left);
	} else if (!h->filled) {
		r = fill(h);
		if (r < 0)
			return r;
		h->filled = true;
	}
	if ((size_t)offset >= h->len)
		return 0;
	if (size > h->len - (size_t)offset)
		size = h->len - (size_t)offset;
	memcpy(buf, h->bytes + offset, size);
	return (int)size;
}

static int write_control(const char *buf, size_t size)
{
	char text[64] = "", word[32];
	int n;

	if (size >= sizeof(text))
		return -EINVAL;
	memcpy(text, buf, size);
	if (sscanf(text, "%31s %d", word, &n) != 2)
		return -EINVAL;
	for (size_t i = 0; i < N_OF(faults); i++)
		if (!strcmp(faults[i].word, word)) {
			faults[i].left = n;
			return (int)size;
		}
	return -EINVAL;
}

static int op_write(const char *path, const char *buf, size_t size, off_t offset,
		    struct fuse_file_info *fi)
{
	struct handle *h = (struct handle *)(uintptr_t)fi->fh;

	if (!strcmp(path, "/control"))
		return write_control(buf, size);
	if (!h->report)
		return -EINVAL;
	h->dirty = true;
	if (size > INBLOB_MAX || h->len + size > INBLOB_MAX) {
		h->len = 0;
		return -EFBIG;
	}
	memcpy(h->bytes + h->len, buf, size);
	h->len += size;
	return (int)size;
}

static int op_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
	return 0;
}

/* Close waits for this, and not for the release. */
static int op_flush(const char *path, struct fuse_file_info *fi)
{
	struct handle *h = (struct handle *)(uintptr_t)fi->fh;

	if (h->report && h->dirty)
		commit(h);
	h->dirty = false;
	return 0;
}

static int op_release(const char *path, struct fuse_file_info *fi)
{
	struct handle *h = (struct handle *)(uintptr_t)fi->fh;

	free(h->bytes);
	free(h);
	return 0;
}

static void *op_init(struct fuse_conn_info *conn, struct fuse_config *cfg)
{
	cfg->entry_timeout = cfg->attr_timeout = cfg->negative_timeout = 0;
	return NULL;
}

static const struct fuse_operations ops = {
	.init = op_init,
	.getattr = op_getattr,
	.readdir = op_readdir,
	.mkdir = op_mkdir,
	.rmdir = op_rmdir,
	.open = op_open,
	.read = op_read,
	.write = op_write,
	.truncate = op_truncate,
	.flush = op_flush,
	.release = op_release,
	.ioctl = op_ioctl,
};

int main(int argc, char **argv)
{
	char options[128] = "default_permissions,fsname=tsmmr-attester";
	char opt_s[] = "-s", opt_o[] = "-o";
	char *args[] = { argv[0], argc == 4 ? argv[3] : NULL, opt_s, opt_o, options, NULL };

	if (argc != 4 || (strcmp(argv[1], "report") && strcmp(argv[1], "nsm"))) {
		fputs("usage: tsmmr-attester report|nsm COMMAND DIR\n", stderr);
		return 2;
	}
	is_nsm = !strcmp(argv[1], "nsm");
	command = argv[2];
	if (geteuid() == 0)
		strcat(options, ",allow_other");
	return fuse_main(5, args, &ops, NULL);
}
