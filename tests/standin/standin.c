/* SPDX-License-Identifier: BSD-2-Clause */
/* tsmmr-standin: a directory with the measurement registers of a machine that is not here. */
#define FUSE_USE_VERSION 31

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <fuse.h>
#include <openssl/evp.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
#define REG_SIZE_MAX 64
#define PAGE 4096 /* what sysfs takes in one write of a text attribute */
#define CCEL_TABLE_SIZE 56
#define CCEL_AREA_ADDR 0x18000000

#define TDX "tdx_guest"
#define EXAMPLE "measurement-example"
#define SAMPLE "tsm_mr_sample"

struct provider {
	const char *name;
	/* Something was written since the registers were last fetched from the hardware. */
	bool stale;
};

static struct provider tdx = { TDX, true };
static struct provider example = { EXAMPLE, true };
static struct provider sample = { SAMPLE, true };

/*
 * A register of the hardware, and the copy of it that the kernel shows.  Only a read of a
 * live one after a write makes the kernel fetch anew.  (Linux, drivers/virt/coco/guest/tsm-mr.c)
 */
struct reg {
	struct provider *provider;
	const char *name;
	const char *hash; /* as the kernel spells it */
	size_t size;
	bool live;
	uint8_t hw[REG_SIZE_MAX], seen[REG_SIZE_MAX];
	/* The RFC tree's text log. */
	char *log;
	size_t log_len;
	bool log_in_sync;
};

enum {
	MRCONFIGID,
	MROWNER,
	MROWNERCONFIG,
	MRTD,
	RTMR0,
	RTMR1,
	RTMR2,
	RTMR3,
	EX_STATIC,
	EX_RTMR0,
	EX_RTMR1,
	AGILE_256,
	AGILE_384
};

static struct reg regs[] = {
	[MRCONFIGID] = { &tdx, "mrconfigid", NULL, 48, .live = false },
	[MROWNER] = { &tdx, "mrowner", NULL, 48, .live = false },
	[MROWNERCONFIG] = { &tdx, "mrownerconfig", NULL, 48, .live = false },
	[MRTD] = { &tdx, "mrtd", "sha384", 48, .live = false },
	[RTMR0] = { &tdx, "rtmr0", "sha384", 48, .live = true },
	[RTMR1] = { &tdx, "rtmr1", "sha384", 48, .live = true },
	[RTMR2] = { &tdx, "rtmr2", "sha384", 48, .live = true },
	[RTMR3] = { &tdx, "rtmr3", "sha384", 48, .live = true },
	[EX_STATIC] = { &example, "static_mr", NULL, 48, .live = false },
	[EX_RTMR0] = { &example, "rtmr0", "sha256", 32, .live = true },
	[EX_RTMR1] = { &example, "rtmr1", "sha384", 48, .live = true },
	[AGILE_256] = { &sample, "agile:sha256", "sha256", 32, .live = true },
	[AGILE_384] = { &sample, "agile:sha384", "sha384", 48, .live = true },
};

/* Faults, changed by writing to their files while the machine runs. */
static atomic_int fail_write, fail_read, delay_ms;

/* Serialises what happens to registers and logs, as the kernel's semaphore does. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct {
	uint8_t *area;
	size_t area_len;
	uint8_t table[CCEL_TABLE_SIZE];
} ccel;

enum kind {
	VALUE,
	HASH_ALGO,
	EVENT_LOG,
	APPEND_EVENT,
	CCEL_TABLE,
	CCEL_AREA,
	NUMBER,
	FOREIGN,
	LINK
};

struct file {
	const char *path; /* below /sys */
	enum kind kind;
	bool writable; /* has a writer, whatever chmod makes of the mode */
	_Atomic mode_t mode;
	struct reg *reg;
	atomic_int *number;
	const char *target;
	bool absent;
};

#define MISC "/devices/virtual/misc/" TDX "/measurements/"
#define AGILE "/devices/virtual/misc/" SAMPLE "/measurements/agile:"
#define RFC "/kernel/tsm/" EXAMPLE "/"
#define CONTROL "/module/tsmmr_standin/parameters/"

/* Files of one directory stand together: readdir() drops doubles by looking at the last name. */
static struct file files[] = {
	{ "/class/misc/" TDX, LINK, false, 0777, .target = "../../devices/virtual/misc/" TDX },
	{ MISC "rtmr0:sha384", VALUE, true, 0644, .reg = &regs[RTMR0] },
	{ MISC "mrconfigid", VALUE, false, 0444, .reg = &regs[MRCONFIGID] },
	{ MISC "rtmr1:sha384", VALUE, true, 0644, .reg = &regs[RTMR1] },
	{ MISC "rtmr3:sha384", VALUE, true, 0644, .reg = &regs[RTMR3] },
	{ MISC "mrowner", VALUE, false, 0444, .reg = &regs[MROWNER] },
	{ MISC "mrownerconfig", VALUE, false, 0444, .reg = &regs[MROWNERCONFIG] },
	{ MISC "rtmr2:sha384", VALUE, true, 0644, .reg = &regs[RTMR2] },
	{ MISC "mrtd:sha384", VALUE, false, 0444, .reg = &regs[MRTD] },
	/* One register with two banks, as the kernel's sample has it. */
	{ AGILE "sha256", VALUE, true, 0644, .reg = &regs[AGILE_256], .absent = true },
	{ AGILE "sha384", VALUE, true, 0644, .reg = &regs[AGILE_384], .absent = true },
	{ "/firmware/acpi/tables/CCEL", CCEL_TABLE, false, 0400, .absent = true },
	{ "/firmware/acpi/tables/data/CCEL", CCEL_AREA, false, 0400, .absent = true },
	/* As the RFC's sample: rtmr0 can be extended through its log only. */
	{ RFC "static_mr", VALUE, false, 0444, .reg = &regs[EX_STATIC] },
	{ RFC "rtmr0/digest", VALUE, false, 0444, .reg = &regs[EX_RTMR0] },
	{ RFC "rtmr0/hash_algo", HASH_ALGO, false, 0444, .reg = &regs[EX_RTMR0] },
	{ RFC "rtmr0/event_log", EVENT_LOG, false, 0444, .reg = &regs[EX_RTMR0] },
	{ RFC "rtmr0/append_event", APPEND_EVENT, true, 0200, .reg = &regs[EX_RTMR0] },
	{ RFC "rtmr1/digest", VALUE, true, 0644, .reg = &regs[EX_RTMR1] },
	{ RFC "rtmr1/hash_algo", HASH_ALGO, false, 0444, .reg = &regs[EX_RTMR1] },
	{ RFC "rtmr1/event_log", EVENT_LOG, false, 0444, .reg = &regs[EX_RTMR1] },
	{ RFC "rtmr1/append_event", APPEND_EVENT, true, 0200, .reg = &regs[EX_RTMR1] },
	{ CONTROL "fail_write", NUMBER, true, 0644, .number = &fail_write },
	{ CONTROL "fail_read", NUMBER, true, 0644, .number = &fail_read },
	{ CONTROL "delay_ms", NUMBER, true, 0644, .number = &delay_ms },
	{ CONTROL "foreign_extend", FOREIGN, true, .mode = 0200 },
};

/* Registers */

/* Digest of old || data in place, as every extend there is. */
static int hw_extend(struct reg *r, const uint8_t *data)
{
	const EVP_MD *md = r->size == 32 ? EVP_sha256() : EVP_sha384();
	uint8_t both[2 * REG_SIZE_MAX];

	memcpy(both, r->hw, r->size);
	memcpy(both + r->size, data, r->size);
	return EVP_Digest(both, 2 * r->size, r->hw, NULL, md, NULL) ? 0 : -EIO;
}

/* A slow driver sleeps with the register locked, and a signal wakes it. */
static int driver_delay(void)
{
	int ms = atomic_load(&delay_ms);
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	return ms > 0 && nanosleep(&t, NULL) < 0 ? -EINTR : 0;
}

/* A positive fail_write: an error instead of the extend; a negative one: after it. */
static int reg_extend(struct reg *r, const uint8_t *data)
{
	int fail, rc;

	rc = driver_delay();
	if (rc < 0)
		return rc;

	fail = atomic_load(&fail_write);
	if (fail > 0)
		return -fail;

	rc = hw_extend(r, data);
	if (rc < 0)
		return rc;
	/* An error leaves the kernel's copy, so that it goes on showing the old value. */
	if (fail < 0)
		return fail;

	r->provider->stale = true;
	return 0;
}

static int reg_refresh(struct reg *r)
{
	int fail = atomic_load(&fail_read), rc;

	if (!r->live || !r->provider->stale)
		return 0;

	rc = driver_delay();
	if (rc < 0)
		return rc;
	if (fail)
		return -abs(fail);

	for (size_t i = 0; i < N_OF(regs); i++)
		if (regs[i].provider == r->provider)
			memcpy(regs[i].seen, regs[i].hw, regs[i].size);
	r->provider->stale = false;
	return 0;
}

/* The RFC's text log: "[RFC PATCH 2/3] tsm: Add RTMR event logging", 7 September 2024. */

static int log_add(struct reg *r, const char *text, size_t n)
{
	char *p = realloc(r->log, r->log_len + n);

	if (!p)
		return -ENOMEM;

	memcpy(p + r->log_len, text, n);
	r->log = p;
	r->log_len += n;
	return 0;
}

/* Only what was extended is logged; comments are not extended. */
static int log_record(struct reg *r, bool blank_before, const char *text, size_t n)
{
	const EVP_MD *md = r->size == 32 ? EVP_sha256() : EVP_sha384();
	uint8_t digest[EVP_MAX_MD_SIZE];
	int rc;

	if (text[0] != '#') {
		if (!EVP_Digest(text, n, digest, NULL, md, NULL))
			return -EIO;
		rc = reg_extend(r, digest);
		if (rc < 0)
			return rc;
	}

	if (blank_before && (rc = log_add(r, "\n", 1)) < 0)
		return rc;
	rc = log_add(r, text, n);
	if (rc < 0)
		return rc;
	return log_add(r, "\n", 1);
}

static size_t put_hex(char *to, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sprintf(to + 2 * i, "%02x", p[i]);
	return 2 * n;
}

static int log_sync(struct reg *r)
{
	char line[sizeof("SYNC sha384/") + 2 * REG_SIZE_MAX + 1];
	size_t n;
	int rc;

	if (r->log_in_sync)
		return 0;

	rc = reg_refresh(r);
	if (rc < 0)
		return rc;
	n = (size_t)sprintf(line, "SYNC %s/", r->hash);
	n += put_hex(line + n, r->seen, r->size);
	rc = log_record(r, r->log_len > 0, line, n);
	if (rc < 0)
		return rc;

	r->log_in_sync = true;
	return 0;
}

/* isspace() of the kernel, in whose Latin-1 table a no-break space is one. */
static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (unsigned char)c == 0xa0;
}

/* Each write is a paragraph: SYNC when due, then its lines, trimmed, blank ones dropped. */
static int log_append(struct reg *r, const char *text, size_t n)
{
	bool first = true;
	int rc;

	rc = log_sync(r);
	if (rc < 0)
		return rc;

	for (const char *end = text + n, *next; text < end; text = next) {
		const char *stop = text;

		while (stop < end && *stop != '\n' && *stop != '\r')
			stop++;
		next = stop < end ? stop + 1 : end;

		while (text < stop && is_blank(*text))
			text++;
		while (stop > text && is_blank(stop[-1]))
			stop--;
		if (stop == text)
			continue;

		rc = log_record(r, first, text, (size_t)(stop - text));
		if (rc < 0)
			return rc;
		first = false;
	}
	return 0;
}

/* The hint is written first, and stays should the extend fail: so did the RFC's code. */
static int log_extend(struct reg *r, const uint8_t *data)
{
	char line[sizeof("# .EXTEND ") + 2 * REG_SIZE_MAX + 1];
	size_t n = (size_t)sprintf(line, "# .EXTEND ");
	int rc;

	n += put_hex(line + n, data, r->size);
	rc = log_record(r, r->log_in_sync, line, n);
	if (rc < 0)
		return rc;
	rc = reg_extend(r, data);
	if (rc < 0)
		return rc;

	r->log_in_sync = false;
	return 0;
}

/* Files */

static size_t file_size(const struct file *f)
{
	size_t n;

	switch (f->kind) {
	case VALUE:
		return f->reg->size;
	case EVENT_LOG:
		pthread_mutex_lock(&lock);
		n = f->reg->log_len;
		pthread_mutex_unlock(&lock);
		return n;
	case CCEL_TABLE:
		return sizeof(ccel.table);
	case CCEL_AREA:
		return ccel.area_len;
	case LINK:
		return strlen(f->target);
	default:
		return PAGE;
	}
}

static int read_at(const void *from, size_t len, char *buf, size_t n, off_t off)
{
	if (off < 0 || (uint64_t)off >= len)
		return 0;
	if (n > len - (size_t)off)
		n = len - (size_t)off;
	memcpy(buf, (const char *)from + off, n);
	return (int)n;
}

static int value_read(struct reg *r, char *buf, size_t n, off_t off)
{
	/* sysfs does not ask the driver for what lies behind the end. */
	int rc = (uint64_t)off < r->size ? reg_refresh(r) : 0;

	return rc < 0 ? rc : read_at(r->seen, r->size, buf, n, off);
}

/* sysfs clamps first, then the driver looks: a longer write at 0 has become a good one. */
static int value_write(struct file *f, const char *buf, size_t n, off_t off)
{
	struct reg *r = f->reg;
	int rc;

	if ((uint64_t)off >= r->size)
		return -EFBIG;
	if (n > r->size - (size_t)off)
		n = r->size - (size_t)off;
	if (off != 0 || n != r->size)
		return -EINVAL;

	if (r->provider == &example)
		rc = log_extend(r, (const uint8_t *)buf);
	else
		rc = reg_extend(r, (const uint8_t *)buf);
	return rc < 0 ? rc : (int)n;
}

/* A text attribute: the position does not matter, a page is all it takes. */
static int text_of(const char *buf, size_t n, char text[PAGE + 1])
{
	if (n > PAGE)
		n = PAGE;
	memcpy(text, buf, n);
	text[n] = 0;
	return (int)n;
}

static int number_write(struct file *f, const char *text)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(text, &end, 10);
	if (errno || end == text || end[strspn(end, " \n")] || v < -INT_MAX || v > INT_MAX)
		return -EINVAL;

	atomic_store(f->number, (int)v);
	return 0;
}

/* "[PROVIDER/]NAME", the first that fits. */
static struct reg *find_reg(const char *name, size_t n)
{
	char full[128];

	for (size_t i = 0; i < N_OF(regs); i++) {
		size_t full_len = (size_t)snprintf(full, sizeof(full), "%s/%s",
						   regs[i].provider->name, regs[i].name);
		size_t short_len = strlen(regs[i].name);

		if ((n == full_len && !memcmp(name, full, n)) ||
		    (n == short_len && !memcmp(name, regs[i].name, n)))
			return &regs[i];
	}
	return NULL;
}

/* Exactly n bytes of hex, then nothing but a newline. */
static bool parse_hex(const char *hex, uint8_t *to, size_t n)
{
	size_t len = strspn(hex, "0123456789abcdefABCDEF");
	unsigned v;

	if (len != 2 * n || hex[len + strspn(hex + len, "\n")])
		return false;
	for (size_t i = 0; i < n; i++) {
		if (sscanf(hex + 2 * i, "%2x", &v) != 1)
			return false;
		to[i] = (uint8_t)v;
	}
	return true;
}

/* "NAME HEX": the hardware is extended behind the kernel's back, its copy is not stale. */
static int foreign_write(const char *text)
{
	size_t n = strcspn(text, " ");
	struct reg *r = find_reg(text, n);
	uint8_t data[REG_SIZE_MAX];
	int rc;

	if (!r || text[n] != ' ' || !parse_hex(text + n + 1, data, r->size))
		return -EINVAL;

	pthread_mutex_lock(&lock);
	rc = hw_extend(r, data);
	pthread_mutex_unlock(&lock);
	return rc;
}

static struct file *find_file(const char *path)
{
	for (size_t i = 0; i < N_OF(files); i++)
		if (!files[i].absent && !strcmp(files[i].path, path))
			return &files[i];
	return NULL;
}

/* What of a file's path lies below a directory, or NULL. */
static const char *below(const struct file *f, const char *dir)
{
	size_t n = dir[1] ? strlen(dir) : 0;

	if (f->absent || strncmp(f->path, dir, n) || f->path[n] != '/')
		return NULL;
	return f->path + n + 1;
}

static bool is_dir(const char *path)
{
	for (size_t i = 0; i < N_OF(files); i++)
		if (below(&files[i], path))
			return true;
	return false;
}

/* FUSE */

/*
 * sysfs gives O_APPEND no meaning, but FUSE has moved the position to the size before we
 * are asked: an open file remembers where it really is.
 */
struct handle {
	struct file *file;
	off_t pos;
};

static struct handle *handle_of(const struct fuse_file_info *fi)
{
	return (struct handle *)(uintptr_t)fi->fh;
}

static int op_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	struct file *f = find_file(path);

	memset(st, 0, sizeof(*st));
	if (!f && !is_dir(path))
		return -ENOENT;

	st->st_nlink = f ? 1 : 2;
	st->st_mode = !f ? S_IFDIR | 0755 : (f->kind == LINK ? S_IFLNK : S_IFREG) | f->mode;
	st->st_size = f ? (off_t)file_size(f) : 0;
	return 0;
}

static int op_readdir(const char *path, void *buf, fuse_fill_dir_t fill, off_t off,
		      struct fuse_file_info *fi, enum fuse_readdir_flags flags)
{
	char name[NAME_MAX + 1] = "";

	fill(buf, ".", NULL, 0, 0);
	fill(buf, "..", NULL, 0, 0);
	for (size_t i = 0; i < N_OF(files); i++) {
		const char *rest = below(&files[i], path);
		size_t n = rest ? strcspn(rest, "/") : 0;

		if (!rest || (strlen(name) == n && !memcmp(name, rest, n)))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)n, rest);
		fill(buf, name, NULL, 0, 0);
	}
	return 0;
}

static int op_readlink(const char *path, char *buf, size_t size)
{
	struct file *f = find_file(path);

	if (!f || f->kind != LINK)
		return -EINVAL;
	snprintf(buf, size, "%s", f->target);
	return 0;
}

/* Root too must find a mode bit and a function behind it: sysfs checks both at open. */
static int op_open(const char *path, struct fuse_file_info *fi)
{
	struct file *f = find_file(path);
	int acc = fi->flags & O_ACCMODE;
	struct handle *h;

	if (!f)
		return -ENOENT;
	if (fi->flags & O_DIRECT)
		return -EINVAL;
	if (acc != O_RDONLY && (!f->writable || !(f->mode & 0222)))
		return -EACCES;
	if (acc != O_WRONLY && (f->kind == APPEND_EVENT || f->kind == FOREIGN || !(f->mode & 0444)))
		return -EACCES;

	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	h->file = f;
	fi->fh = (uintptr_t)h;
	/* Each call arrives as it was made, and nothing is cached. */
	fi->direct_io = 1;
	return 0;
}

static int op_release(const char *path, struct fuse_file_info *fi)
{
	free(handle_of(fi));
	return 0;
}

static int op_read(const char *path, char *buf, size_t n, off_t off, struct fuse_file_info *fi)
{
	struct file *f = handle_of(fi)->file;
	char text[16];
	int rc;

	switch (f->kind) {
	case VALUE:
		pthread_mutex_lock(&lock);
		rc = value_read(f->reg, buf, n, off);
		pthread_mutex_unlock(&lock);
		return rc;
	case EVENT_LOG:
		pthread_mutex_lock(&lock);
		rc = read_at(f->reg->log, f->reg->log_len, buf, n, off);
		pthread_mutex_unlock(&lock);
		return rc;
	case HASH_ALGO:
		return read_at(f->reg->hash, strlen(f->reg->hash), buf, n, off);
	case CCEL_TABLE:
		return read_at(ccel.table, sizeof(ccel.table), buf, n, off);
	case CCEL_AREA:
		return read_at(ccel.area, ccel.area_len, buf, n, off);
	case NUMBER:
		snprintf(text, sizeof(text), "%d\n", atomic_load(f->number));
		return read_at(text, strlen(text), buf, n, off);
	default:
		return -EIO;
	}
}

static int op_write(const char *path, const char *buf, size_t n, off_t off,
		    struct fuse_file_info *fi)
{
	struct handle *h = handle_of(fi);
	char text[PAGE + 1];
	int len = text_of(buf, n, text), rc;

	switch (h->file->kind) {
	case VALUE:
		pthread_mutex_lock(&lock);
		rc = value_write(h->file, buf, n, fi->flags & O_APPEND ? h->pos : off);
		if (rc > 0)
			h->pos += rc;
		pthread_mutex_unlock(&lock);
		return rc;
	case APPEND_EVENT:
		/* The kernel hands the driver a C string. */
		pthread_mutex_lock(&lock);
		rc = log_append(h->file->reg, text, strlen(text));
		pthread_mutex_unlock(&lock);
		break;
	case NUMBER:
		rc = number_write(h->file, text);
		break;
	case FOREIGN:
		rc = foreign_write(text);
		break;
	default:
		return -EIO;
	}
	return rc < 0 ? rc : len;
}

/* Truncation, times and syncing mean nothing to an attribute, and succeed. */

static int op_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
	return 0;
}

static int op_utimens(const char *path, const struct timespec ts[2], struct fuse_file_info *fi)
{
	return 0;
}

static int op_fsync(const char *path, int datasync, struct fuse_file_info *fi)
{
	return 0;
}

/* The bits change, and what the file can do does not: mode bits can lie. */
static int op_chmod(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	struct file *f = find_file(path);

	if (!f)
		return -EPERM;
	f->mode = mode & 07777;
	return 0;
}

/* Nobody makes, moves or removes an attribute. */

static int op_mknod(const char *path, mode_t mode, dev_t dev)
{
	return -EACCES;
}

static int op_mkdir(const char *path, mode_t mode)
{
	return -EPERM;
}

static int op_remove(const char *path)
{
	return -EPERM;
}

static int op_rename(const char *from, const char *to, unsigned flags)
{
	return -EPERM;
}

static int op_link(const char *from, const char *to)
{
	return -EPERM;
}

static void woken(int sig)
{
}

static void *op_init(struct fuse_conn_info *conn, struct fuse_config *cfg)
{
	struct sigaction act = { .sa_handler = woken };

	/* Names never change, sizes of logs do. */
	cfg->entry_timeout = 3600;
	cfg->attr_timeout = 0;
	/* A caller's signal becomes one here, which ends the sleep of a slow extend. */
	cfg->intr = 1;
	cfg->intr_signal = SIGUSR1;
	sigaction(SIGUSR1, &act, NULL);
	return NULL;
}

static const struct fuse_operations ops = {
	.init = op_init,
	.getattr = op_getattr,
	.readdir = op_readdir,
	.readlink = op_readlink,
	.open = op_open,
	.release = op_release,
	.read = op_read,
	.write = op_write,
	.truncate = op_truncate,
	.utimens = op_utimens,
	.fsync = op_fsync,
	.chmod = op_chmod,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.unlink = op_remove,
	.rmdir = op_remove,
	.rename = op_rename,
	.link = op_link,
	.symlink = op_link,
};

/* Starting */

static const char usage[] =
	"usage: tsmmr-standin [OPTION]... ROOT\n"
	"Makes the directory ROOT a machine with measurement registers; fusermount3 -u ROOT/sys\n"
	"ends it.\n"
	"  -i [PROVIDER/]NAME=HEX   start value of a register\n"
	"      --banks              a register of " SAMPLE " with two banks as well\n"
	"      --ccel FILE          an event log of firmware, shown as ACPI's CCEL\n"
	"      --only PROVIDER      leave out the other provider (" TDX ", " EXAMPLE ")\n"
	"      --run DIR            ROOT/run is DIR (default: a directory in ROOT)\n"
	"  -f, --foreground         do not become a daemon\n";

static bool set_start(const char *arg)
{
	size_t n = strcspn(arg, "=");
	struct reg *r = find_reg(arg, n);

	return r && arg[n] == '=' && parse_hex(arg + n + 1, r->hw, r->size);
}

static void put_le(uint8_t *to, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)(v >> (8 * i));
}

/* ACPI 6.5, 5.2.34: header (36), CC type and subtype, reserved, LAML, LASA; bytes sum to 0. */
static void make_ccel_table(void)
{
	uint8_t *t = ccel.table;
	uint8_t sum = 0;

	memcpy(t, "CCEL", 4);
	put_le(t + 4, CCEL_TABLE_SIZE, 4);
	t[8] = 1;
	memcpy(t + 10, "TSMMR STANDIN ", 14);
	put_le(t + 24, 1, 4);
	memcpy(t + 28, "TSMM", 4);
	put_le(t + 32, 1, 4);
	t[36] = 2; /* TDX */
	put_le(t + 40, ccel.area_len, 8);
	put_le(t + 48, CCEL_AREA_ADDR, 8);
	for (size_t i = 0; i < CCEL_TABLE_SIZE; i++)
		sum = (uint8_t)(sum + t[i]);
	t[9] = (uint8_t)-sum;
}

static bool load_ccel(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	bool ok;

	if (!f)
		return false;
	ok = !fstat(fileno(f), &st) && st.st_size > 0;
	ccel.area_len = ok ? (size_t)st.st_size : 0;
	ccel.area = ok ? malloc(ccel.area_len) : NULL;
	ok = ccel.area && fread(ccel.area, 1, ccel.area_len, f) == ccel.area_len;
	fclose(f);
	if (!ok)
		return false;

	make_ccel_table();
	for (size_t i = 0; i < N_OF(files); i++)
		if (files[i].kind == CCEL_TABLE || files[i].kind == CCEL_AREA)
			files[i].absent = false;
	return true;
}

static bool keep_only(const char *provider)
{
	if (strcmp(provider, TDX) && strcmp(provider, EXAMPLE))
		return false;
	for (size_t i = 0; i < N_OF(files); i++) {
		if (files[i].reg && strcmp(files[i].reg->provider->name, provider))
			files[i].absent = true;
		if (files[i].kind == LINK && strcmp(provider, TDX))
			files[i].absent = true;
	}
	return true;
}

static void show_banks(void)
{
	for (size_t i = 0; i < N_OF(files); i++)
		if (files[i].reg && files[i].reg->provider == &sample)
			files[i].absent = false;
}

static bool make_dirs(const char *root, const char *path)
{
	char full[PATH_MAX];

	for (size_t n = 1; path[n - 1]; n++) {
		n += strcspn(path + n, "/");
		if (snprintf(full, sizeof(full), "%s%.*s", root, (int)n, path) >= PATH_MAX)
			return false;
		if (mkdir(full, 0755) < 0 && errno != EEXIST)
			return false;
		if (!path[n])
			break;
	}
	return true;
}

static bool make_link(const char *root, const char *name, const char *target)
{
	char full[PATH_MAX];

	if (snprintf(full, sizeof(full), "%s/%s", root, name) >= PATH_MAX)
		return false;
	unlink(full);
	return !symlink(target, full);
}

/* Each start is a boot, with an id of its own. */
static bool make_boot_id(const char *root)
{
	char full[PATH_MAX], id[64];
	FILE *f;
	bool ok;

	if (snprintf(full, sizeof(full), "%s/proc/sys/kernel/random/boot_id", root) >= PATH_MAX)
		return false;
	f = fopen("/proc/sys/kernel/random/uuid", "r");
	ok = f && fgets(id, sizeof(id), f);
	if (f)
		fclose(f);
	if (!ok)
		return false;

	f = fopen(full, "w");
	ok = f && fputs(id, f) >= 0;
	return f && !fclose(f) && ok;
}

/* What of a machine is not sysfs are ordinary files: logs are kept at a disk's speed. */
static bool make_machine(const char *root, const char *run)
{
	return make_dirs(root, "/sys") && make_dirs(root, "/proc/sys/kernel/random") &&
	       make_boot_id(root) && make_link(root, "control", "sys" CONTROL ".") &&
	       (run ? make_link(root, "run", run) : make_dirs(root, "/run"));
}

static int refuse(const char *what, const char *arg)
{
	fprintf(stderr, "tsmmr-standin: %s: %s\n", what, arg);
	return 2;
}

static int serve(char *name, const char *root, bool foreground)
{
	/* Modes are for the kernel to check. */
	char options[128] = "default_permissions,fsname=tsmmr-standin";
	char mount_point[PATH_MAX];
	char opt_o[] = "-o", opt_f[] = "-f";
	char *argv[] = { name, mount_point, opt_o, options, foreground ? opt_f : NULL, NULL };

	if (snprintf(mount_point, sizeof(mount_point), "%s/sys", root) >= PATH_MAX)
		return refuse("name too long", root);
	if (geteuid() == 0)
		strcat(options, ",allow_other");
	return fuse_main(foreground ? 5 : 4, argv, &ops, NULL);
}

int main(int argc, char **argv)
{
	/* clang-format off */
	static const struct option longopts[] = {
		{ "banks", no_argument, NULL, 'b' },
		{ "ccel", required_argument, NULL, 'c' },
		{ "foreground", no_argument, NULL, 'f' },
		{ "only", required_argument, NULL, 'o' },
		{ "run", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 }
	};
	/* clang-format on */
	static char root[PATH_MAX], run[PATH_MAX];
	bool foreground = false;
	int opt;

	/* What nobody extends starts with a pattern, the others at zero. */
	for (size_t i = 0; i < N_OF(regs); i++)
		if (!regs[i].live)
			memset(regs[i].hw, 0x10 + (int)i, regs[i].size);

	while ((opt = getopt_long(argc, argv, "i:f", longopts, NULL)) != -1) {
		if (opt == 'i' && !set_start(optarg))
			return refuse("not [PROVIDER/]NAME=HEX", optarg);
		else if (opt == 'c' && !load_ccel(optarg))
			return refuse("cannot read", optarg);
		else if (opt == 'o' && !keep_only(optarg))
			return refuse("no such provider", optarg);
		else if (opt == 'r' && !realpath(optarg, run))
			return refuse("no such directory", optarg);
		else if (opt == '?')
			return fputs(usage, stderr), 2;
		if (opt == 'b')
			show_banks();
		foreground |= opt == 'f';
	}
	if (argc - optind != 1)
		return fputs(usage, stderr), 2;
	for (size_t i = 0; i < N_OF(regs); i++)
		memcpy(regs[i].seen, regs[i].hw, regs[i].size);

	if (!realpath(argv[optind], root))
		return refuse("no such directory", argv[optind]);
	if (!make_machine(root, run[0] ? run : NULL)) {
		perror("tsmmr-standin");
		return 1;
	}
	return serve(argv[0], root, foreground);
}
