/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A folder of evidence that no attest wrote: what configfs-tsm has of a report, or a report or
 * quote with what belongs to it beside it, or certificates alone.
 */
#include "report_folder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "options.h"
#include "scope.h"

#define ENTRIES_MAX 256 /* of a folder that is looked at */
#define FILES_MAX 16    /* what evidence can have as parts */

/* Documentation/ABI/testing/configfs-tsm-report */
static const struct {
	const char *file, *part;
} tsm[] = {
	{ "outblob", "quote=" },
	{ "auxblob", "certs=" },
	{ "manifestblob", "manifest=" },
};

const char *folder_keep(struct options *o, const char *prefix, const char *path, const char *file)
{
	char *text;

	if (asprintf(&text, "%s%s/%s", prefix, path, file) < 0) {
		fail(o, TSMMR_E_NOMEM, "out of memory");
		return NULL;
	}
	if (options_add_word(o, &o->kept, text)) {
		free(text);
		return NULL;
	}
	return options_add_word(o, &o->found, text + strlen(prefix)) ? NULL : text;
}

static int keep(struct options *o, struct words *to, const char *prefix, const char *path,
		const char *file)
{
	const char *text = folder_keep(o, prefix, path, file);

	return text ? options_add_word(o, to, text) : failed(o);
}

static void fail_in(struct options *o, const char *path, const char *file)
{
	int saved = errno;
	const char *name = folder_keep(o, "", path, file);

	errno = saved;
	if (name)
		fail_errno(o, name, TSMMR_NONE, "cannot open");
}

/* 1 where it is a file, 0 where it is a folder or absent; whatever else would be waited for. */
static int is_file(struct options *o, int dir, const char *path, const char *file, off_t *ret_size)
{
	struct stat st;

	if (fstatat(dir, file, &st, 0) < 0) {
		int missing = errno, there = fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW);

		if (there < 0)
			return 0;
		/* A link that leads nowhere was meant to lead somewhere. */
		errno = missing;
		fail_in(o, path, file);
		return -1;
	}
	if (S_ISDIR(st.st_mode))
		return 0;
	if (!S_ISREG(st.st_mode)) {
		fail(o, TSMMR_E_IO, "%s/%s: not a file", path, file);
		return -1;
	}
	*ret_size = st.st_size;
	return 1;
}

bool folder_has_bytes(int dir, const char *file)
{
	struct stat st;
	char byte;
	bool some;
	int fd;

	/* A name that leads to no file, or to none at all, is refused where it is opened. */
	if (fstatat(dir, file, &st, 0) < 0)
		return fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (!S_ISREG(st.st_mode))
		return true;
	fd = openat(dir, file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	some = fd < 0 || read(fd, &byte, 1) != 0;
	if (fd >= 0)
		close(fd);
	return some;
}

/* The kernel shows a blob that a report lacks as an empty one; the report itself must not be. */
static int take_tsm(struct options *o, struct words *to, int dir, const char *path)
{
	off_t size;
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tsm) && !r; i++) {
		int is = is_file(o, dir, path, tsm[i].file, &size);

		if (is < 0)
			return failed(o);
		if (is && (i == 0 || folder_has_bytes(dir, tsm[i].file)))
			r = keep(o, to, tsm[i].part, path, tsm[i].file);
	}
	return r;
}

static bool ends_in(const char *name, const char *const *endings, size_t n)
{
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; i < n && dot; i++)
		if (!strcmp(dot + 1, endings[i]))
			return true;
	return false;
}

static bool contains(const char *name, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(name, words[i]))
			return true;
	return false;
}

/*
 * Is it, by its name, one of the parts of evidence?  What it is the library finds out.  What
 * somebody asked for ("request-data.bin") is not evidence.
 */
static bool is_part(const char *file)
{
	static const char *const certs[] = { "pem", "der", "crt", "cer", "cert", "crl" };
	static const char *const parts[] = { "sig", "msg", "attest", "pcrs", "tpmt", "pub" };
	static const char *const bytes[] = { "bin", "dat", "raw", "json", "cbor",
					     "b64", "hex", "txt", "out" };
	static const char *const words[] = { "report",  "quote",       "evidence",    "attestation",
					     "token",   "pcr",         "tcb_info",    "tcb-info",
					     "tcbinfo", "qe_identity", "qe-identity", "qeidentity",
					     "crl",     "collateral" };
	static const char *const bare[] = { "vcek", "vlek", "ask", "asvk", "ark" };
	static const char *const asked[] = { "data", "request", "nonce", "challenge" };
	char name[256];
	size_t n = strlen(file);

	if (n >= sizeof(name) || file[0] == '.')
		return false;
	for (size_t i = 0; i <= n; i++)
		name[i] = (char)tolower((unsigned char)file[i]);
	if (ends_in(name, certs, ARRAY_SIZE(certs)) || ends_in(name, parts, ARRAY_SIZE(parts)))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(bare); i++)
		if (!strcmp(name, bare[i]))
			return true;
	if (strchr(name, '.') && !ends_in(name, bytes, ARRAY_SIZE(bytes)))
		return false;
	return contains(name, words, ARRAY_SIZE(words)) &&
	       !contains(name, asked, ARRAY_SIZE(asked));
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of the parts, in an order that is always the same. */
static int list_parts(struct options *o, DIR *dir, const char *path, char **names, size_t *n)
{
	size_t seen = 0;
	struct dirent *de;

	while ((de = readdir(dir))) {
		off_t size;
		int is;

		if (++seen > ENTRIES_MAX)
			return fail(o, TSMMR_E_LIMIT, "%s: more than %d files", path, ENTRIES_MAX);
		if (!is_part(de->d_name))
			continue;
		is = is_file(o, dirfd(dir), path, de->d_name, &size);
		if (is < 0)
			return failed(o);
		if (!is)
			continue;
		if (*n == FILES_MAX)
			return fail(o, TSMMR_E_LIMIT, "%s: more than %d parts of evidence", path,
				    FILES_MAX);
		names[*n] = strdup(de->d_name);
		if (!names[(*n)++])
			return fail(o, TSMMR_E_NOMEM, "out of memory");
	}
	qsort(names, *n, sizeof(*names), compare);
	return *n ? 0 :
		    fail(o, TSMMR_E_FORMAT,
			 "%s: a folder without evidence: no outblob, and no report, quote or"
			 " certificate by its name",
			 path);
}

static int take_named(struct options *o, struct words *to, DIR *dir, const char *path)
{
	char *names[FILES_MAX] = { NULL };
	size_t n = 0;
	int r = list_parts(o, dir, path, names, &n);

	for (size_t i = 0; i < n; i++) {
		if (!r)
			r = keep(o, to, "", path, names[i]);
		free(names[i]);
	}
	return r;
}

bool report_folder_is(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *de;
	bool is = false;

	for (size_t seen = 0; dir && !is && seen < ENTRIES_MAX && (de = readdir(dir)); seen++)
		is = !strcmp(de->d_name, tsm[0].file) || is_part(de->d_name);
	if (dir)
		closedir(dir);
	return is;
}

int report_folder_take(struct options *o, struct words *to, const char *path)
{
	DIR *dir = opendir(path);
	off_t size;
	int r;

	if (!dir)
		return fail_errno(o, path, TSMMR_NONE, "cannot open");
	r = is_file(o, dirfd(dir), path, tsm[0].file, &size);
	r = r < 0 ? failed(o) :
	    r     ? take_tsm(o, to, dirfd(dir), path) :
		    take_named(o, to, dir, path);
	closedir(dir);
	return r;
}
