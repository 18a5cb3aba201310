/* SPDX-License-Identifier: BSD-2-Clause */
/* --evidence: its files are read once, for the registers and for the logs in them. */
#include "evidence.h"

#include <string.h>
#include <sys/stat.h>

#include "input.h"
#include "job.h"
#include "options.h"
#include "scope.h"

/* One more than the library takes, so that it is the one to say so. */
#define EVIDENCE_MAX ((size_t)16 << 20)

/* "PART=FILE", or "FILE" alone: then the library finds out what it is. */
static int split_part(struct options *o, const char *arg, int *ret_part, const char **ret_path)
{
	const char *equals = strchr(arg, '=');
	char part[16];
	size_t n = equals ? (size_t)(equals - arg) : 0;

	*ret_part = TSMMR_PART_AUTO;
	*ret_path = arg;
	if (!equals || arg[0] == '.' || arg[0] == '/')
		return 0;
	snprintf(part, sizeof(part), "%.*s", (int)(n < sizeof(part) ? n : 0), arg);
	if (!equals[1] || tsmmr_name_find(TSMMR_NAMES_PART, part, ret_part) < 0)
		return fail_usage(o,
				  "--evidence: '%.*s' is no part (quote sig pcrs ak certs"
				  " manifest); a file of that name is ./%s",
				  (int)n, arg, arg);
	*ret_path = equals + 1;
	return 0;
}

/* The logs in what was just added came in that file. */
static int note_logs(struct options *o, const struct tsmmr_evidence *evidence, const char *path)
{
	int r = 0;

	while (!r && o->carrier.n < tsmmr_evidence_log_count(evidence))
		r = options_add_word(o, &o->carrier, path);
	return r;
}

/* Its bytes: of a file, or of what a line of --batch has. */
static int read_bytes(struct options *o, size_t i, const char *path, uint8_t **ret, size_t *ret_len)
{
	return o->job ? job_evidence(o, i, path, EVIDENCE_MAX, ret, ret_len) :
			input_read_all(o, path, EVIDENCE_MAX, ret, ret_len);
}

static int add(struct options *o, struct tsmmr_evidence *evidence, size_t i)
{
	_cleanup_(free) uint8_t *bytes = NULL;
	struct tsmmr_error err = NO_ERROR;
	const char *path;
	size_t len;
	int part, r;

	r = split_part(o, o->evidence.all[i], &part, &path);
	if (!r)
		r = read_bytes(o, i, path, &bytes, &len);
	if (r)
		return r;
	if (!len)
		return fail(o, TSMMR_E_FORMAT, "%s is empty", path);
	if (tsmmr_evidence_add(evidence, part, bytes, len, &err) < 0)
		return fail_error(o, path, TSMMR_NONE, &err);
	return note_logs(o, evidence, path);
}

/* Twice the same file as the same part, or as all of them: its log would be read twice. */
static int check_different(struct options *o, const char *arg, size_t before)
{
	const char *path, *other;
	struct stat a, b;
	int part, its;
	int r = split_part(o, arg, &part, &path);

	for (size_t i = 0; !r && i < before; i++)
		if (split_part(o, o->evidence.all[i], &its, &other) == 0 &&
		    (its == part || its == TSMMR_PART_AUTO || part == TSMMR_PART_AUTO) &&
		    stat(path, &a) == 0 && stat(other, &b) == 0 && S_ISREG(a.st_mode) &&
		    a.st_dev == b.st_dev && a.st_ino == b.st_ino)
			return fail_usage(o, "--evidence: '%s' and '%s' are the same file, twice",
					  o->evidence.all[i], arg);
	return r;
}

int evidence_read(struct options *o)
{
	struct tsmmr_error err = NO_ERROR;

	if (!o->evidence.n || o->handed_in)
		return o->evidence_exit;
	if (tsmmr_evidence_new(o->ctx, &o->handed_in, &err) < 0)
		return fail_error(o, "evidence", TSMMR_NONE, &err);
	for (size_t i = 0; i < o->evidence.n && !o->job && !o->evidence_exit; i++)
		o->evidence_exit = check_different(o, o->evidence.all[i], i);
	for (size_t i = 0; i < o->evidence.n && o->evidence_exit != EXIT_USAGE; i++)
		o->evidence_exit = exit_first(o->evidence_exit, add(o, o->handed_in, i));
	return o->evidence_exit;
}
