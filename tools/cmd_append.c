/* SPDX-License-Identifier: BSD-2-Clause */
/* append: extends a register with records, logs them, and says when each is durable. */
#include "cmd.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <tsmmr/tree.h>

#include "escape.h"
#include "fail.h"
#include "options.h"
#include "output.h"
#include "regset.h"
#include "reporting.h"
#include "scope.h"

/* More than any record may have: a writer that never ends its line costs no more. */
#define LINE_BYTES_MAX 65536
/* Records that are acknowledged together: as many as the library makes durable together. */
#define GROUP_MAX 64

#define DIGEST_HEX 12

struct append {
	struct options *o;
	struct output out;
	struct tsmmr_tree *tree;
	char *name; /* the register's, or what it was called */
	uint64_t n; /* records so far */
};

/* Is this what --mr says?  Roles too; hash and range syntax are the library's. */
static bool is_named(const struct tsmmr_reg *reg, const char *mr)
{
	const char *slash = strchr(mr, '/'), *provider = tsmmr_reg_provider(reg);
	size_t n = slash ? (size_t)(slash - mr) : 0;

	if (slash && !(provider && strlen(provider) == n && !memcmp(provider, mr, n)))
		return false;
	return tsmmr_select_matches(slash ? slash + 1 : mr, tsmmr_reg_name(reg),
				    tsmmr_reg_role(reg), tsmmr_reg_hash(reg), NULL) == 1;
}

/*
 * What --mr is called.  Only for what is printed: which register is meant, and whether just one
 * is, the library says.
 */
static int find_name(struct append *a)
{
	_cleanup_(tsmmr_regs_free) struct tsmmr_regs *regs = NULL;
	int r = regset_machine(a->o, false, &regs);

	for (size_t i = 0; !r && i < tsmmr_regs_count(regs); i++) {
		const struct tsmmr_reg *reg = tsmmr_regs_get(regs, i);
		struct prefix prefix;

		if (!tsmmr_reg_hash(reg) || !(tsmmr_reg_flags(reg) & TSMMR_REG_EXTENSIBLE) ||
		    !is_named(reg, a->o->mr))
			continue;
		reporting_prefix(regs, i, &prefix);
		/* Should a bare name mean several, it is not for us to say which. */
		if ((!prefix.text[0] || strchr(a->o->mr, '/')) &&
		    asprintf(&a->name, "%s%s", prefix.text, tsmmr_reg_name(reg)) < 0) {
			a->name = NULL;
			r = fail(a->o, TSMMR_E_NOMEM, "out of memory");
		}
		break;
	}
	if (r)
		return r;
	if (!a->name)
		a->name = strdup(a->o->mr);
	return a->name ? 0 : fail(a->o, TSMMR_E_NOMEM, "out of memory");
}

static void print_hex_json(FILE *f, const char *key, const uint8_t *bytes, size_t n)
{
	fprintf(f, ",\"%s\":", key);
	fputs(n ? "\"" : "null", f);
	reporting_hex(f, bytes, n);
	fputs(n ? "\"" : "", f);
}

static void print_flag_json(FILE *f, const char *key, bool flag)
{
	fprintf(f, ",\"%s\":%s", key, flag ? "true" : "false");
}

static bool is_new(const struct tsmmr_appended *done)
{
	return !(tsmmr_appended_flags(done) & TSMMR_APPENDED_NOTHING);
}

/* Nothing, of a record that was skipped. */
static void print_bank_json(FILE *f, const struct tsmmr_appended *done, size_t i)
{
	const uint8_t *digest = NULL, *value = NULL;
	size_t n_digest = 0, n_value = 0;

	if (is_new(done)) {
		tsmmr_appended_digest(done, i, NULL, &digest, &n_digest);
		tsmmr_appended_value(done, i, NULL, &value, &n_value);
	}
	print_hex_json(f, "digest", digest, n_digest);
	print_hex_json(f, "value", value, n_value);
}

static void print_banks_json(FILE *f, const struct tsmmr_appended *done)
{
	size_t n = is_new(done) ? tsmmr_appended_bank_count(done) : 0;
	int hash;

	fputs(",\"banks\":[", f);
	for (size_t i = 0; i < n && tsmmr_appended_digest(done, i, &hash, NULL, NULL) == 0; i++) {
		fprintf(f, "%s{\"alg\":\"%s\"", i ? "," : "", tsmmr_name(TSMMR_NAMES_HASH, hash));
		print_bank_json(f, done, i);
		putc('}', f);
	}
	putc(']', f);
}

static void print_json(const struct append *a, const char *record,
		       const struct tsmmr_appended *done)
{
	uint32_t flags = tsmmr_appended_flags(done);
	FILE *f = a->out.file;

	fputs("{\"schema\":\"tsmmr.append/1\",\"register\":", f);
	escape_json(f, a->name);
	fputs(",\"record\":", f);
	escape_json(f, record);
	print_bank_json(f, done, 0);
	print_banks_json(f, done);
	/* There is no acknowledgement of what is not durable. */
	print_flag_json(f, "synced", true);
	print_flag_json(f, "appended", is_new(done));
	print_flag_json(f, "sync_line", flags & TSMMR_APPENDED_SYNC);
	print_flag_json(f, "repaired", flags & TSMMR_APPENDED_REPAIR);
	fputs("}\n", f);
}

static void print_text(const struct append *a, const char *record,
		       const struct tsmmr_appended *done)
{
	uint32_t flags = tsmmr_appended_flags(done);
	const uint8_t *digest = NULL;
	FILE *f = a->out.file;
	size_t n = 0;

	if (is_new(done))
		tsmmr_appended_digest(done, 0, NULL, &digest, &n);
	if (n > DIGEST_HEX / 2 && !a->o->verbose)
		n = DIGEST_HEX / 2;
	escape_print(f, a->name);
	fputs("  ", f);
	if (n)
		reporting_hex(f, digest, n);
	else
		fprintf(f, "%-*s", DIGEST_HEX, "-");
	fputs("  ", f);
	escape_print(f, record);
	fputs(is_new(done) ? "" : " (logged already)", f);
	fputs(flags & TSMMR_APPENDED_SYNC ? " (after a SYNC)" : "", f);
	fputs(flags & TSMMR_APPENDED_REPAIR ? " (after a repair)" : "", f);
	putc('\n', f);
}

static void print_one(const struct append *a, const char *record, const struct tsmmr_appended *done)
{
	if (a->o->json)
		print_json(a, record, done);
	else if (!a->o->quiet)
		print_text(a, record, done);
}

/* They leave at once: somebody may be waiting for them. */
static int acknowledge(struct append *a, const char *const *records,
		       struct tsmmr_appended *const *done, size_t n)
{
	for (size_t i = 0; i < n; i++)
		print_one(a, records[i], done[i]);
	errno = EPIPE;
	if (fflush(a->out.file) != 0 || ferror(a->out.file))
		return fail_errno(a->o, "standard output", TSMMR_NONE, "cannot write");
	return 0;
}

/* The next record, of n that were given together, was not appended. */
static int fail_record(struct append *a, size_t n, struct tsmmr_error *err)
{
	unsigned long long first = a->n, last = a->n + n - 1;
	int r;

	/* No such register: that is not about a record. */
	err->record = err->code == TSMMR_E_NOTFOUND ? TSMMR_NONE : a->n;
	err->offset = TSMMR_NONE;
	r = fail_error(a->o, a->name, TSMMR_NONE, err);
	if (err->code == TSMMR_E_INDOUBT && n > 1)
		fail(a->o, TSMMR_E_INDOUBT,
		     "records %llu to %llu must not be appended again: the register"
		     " may hold them already",
		     first, last);
	else if (err->code == TSMMR_E_INDOUBT)
		fail(a->o, TSMMR_E_INDOUBT,
		     "record %llu must not be appended again: the register"
		     " may hold it already",
		     first);
	return r;
}

static int append_group(struct append *a, const char *const *records, size_t n)
{
	struct tsmmr_appended *done[GROUP_MAX] = { NULL };
	struct tsmmr_error err = NO_ERROR;
	size_t n_done = 0;
	int r, failed;

	failed = tsmmr_tree_append_many(a->tree, a->o->mr, records, n,
					a->o->once ? TSMMR_APPEND_ONCE : 0, done, &err);
	while (n_done < n && done[n_done])
		n_done++;
	r = n_done ? acknowledge(a, records, done, n_done) : 0;
	a->n += n_done;
	for (size_t i = 0; i < n_done; i++)
		tsmmr_appended_free(done[i]);
	return failed < 0 ? fail_record(a, n - n_done, &err) : r;
}

/* What has a NUL is no text, and no record: the library says so. */
static int append_bytes(struct append *a, const char *record, size_t len)
{
	struct tsmmr_error err = NO_ERROR;
	int r = tsmmr_tree_append(a->tree, a->o->mr, record, len, 0, NULL, &err);

	return r < 0 ? fail_record(a, 1, &err) : 0;
}

static int fail_line(struct append *a)
{
	struct tsmmr_error err = NO_ERROR;

	err.code = TSMMR_E_ARG;
	snprintf(err.message, sizeof(err.message), "a line of more than %d bytes is no record",
		 LINE_BYTES_MAX);
	return fail_record(a, 1, &err);
}

/* What was read of standard input and not appended yet. */
struct lines {
	char *p;
	size_t at, n, cap;
	bool ended;
};

/* The next line, if all of it is there; the last one needs no newline. */
static char *take_line(struct lines *l, size_t *ret_len)
{
	char *line = l->p + l->at, *end = memchr(line, '\n', l->n - l->at);

	if (!end && (!l->ended || l->at == l->n))
		return NULL;
	if (!end)
		end = l->p + l->n;
	*end = '\0';
	*ret_len = (size_t)(end - line);
	l->at += *ret_len + 1;
	if (l->at > l->n)
		l->at = l->n;
	return line;
}

/* The lines that are there: as soon as there is one, none is waited for. */
static int append_lines(struct append *a, struct lines *l)
{
	const char *records[GROUP_MAX];
	size_t n = 0, len = 0;
	char *line;
	int r = 0;

	while (r == 0 && (line = take_line(l, &len))) {
		bool good = len <= LINE_BYTES_MAX && !memchr(line, '\0', len);

		if (good)
			records[n++] = line;
		if (n == GROUP_MAX || (n && !good)) {
			r = append_group(a, records, n);
			n = 0;
		}
		if (r == 0 && !good)
			r = len > LINE_BYTES_MAX ? fail_line(a) : append_bytes(a, line, len);
	}
	if (r == 0 && n)
		r = append_group(a, records, n);
	if (r == 0 && l->n - l->at > LINE_BYTES_MAX)
		r = fail_line(a);
	return r;
}

/* At least a byte more, or the end; what was taken makes room.  0, or -1 and errno. */
static int read_more(struct lines *l)
{
	ssize_t got;

	memmove(l->p, l->p + l->at, l->n - l->at);
	l->n -= l->at;
	l->at = 0;
	do
		got = read(STDIN_FILENO, l->p + l->n, l->cap - l->n);
	while (got < 0 && errno == EINTR);
	l->ended = got == 0;
	l->n += got > 0 ? (size_t)got : 0;
	return got < 0 ? -1 : 0;
}

static int append_stdin(struct append *a)
{
	/* One byte more, for what ends the last line. */
	struct lines l = { .cap = 2 * (size_t)LINE_BYTES_MAX };
	int r = 0;

	l.p = malloc(l.cap + 1);
	if (!l.p)
		return fail(a->o, TSMMR_E_NOMEM, "out of memory");
	while (r == 0 && !l.ended) {
		if (read_more(&l) < 0) {
			r = fail_errno(a->o, "-", TSMMR_NONE, "cannot read");
			break;
		}
		r = append_lines(a, &l);
	}
	free(l.p);
	return r;
}

static int append_all(struct append *a)
{
	struct options *o = a->o;
	int r = 0;

	/* Nobody means the record "-", and none can be taken back. */
	if (!o->n_operands || (o->n_operands == 1 && !strcmp(o->operands[0], "-")))
		return append_stdin(a);
	for (size_t at = 0, n; at < o->n_operands && !r; at += n) {
		n = o->n_operands - at < GROUP_MAX ? o->n_operands - at : GROUP_MAX;
		r = append_group(a, (const char *const *)o->operands + at, n);
	}
	return r;
}

int cmd_append(struct options *o)
{
	_cleanup_(tsmmr_tree_free) struct tsmmr_tree *tree = NULL;
	struct append a = { .o = o };
	struct tsmmr_error err = NO_ERROR;
	int r;

	if (!o->mr)
		return fail_usage(o, "append needs --mr: the register to extend");
	if (tsmmr_tree_open(o->ctx, &tree, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);

	a.tree = tree;
	r = find_name(&a);
	if (!r)
		r = output_open(o, &a.out);
	if (!r)
		r = append_all(&a);
	free(a.name);
	return r;
}
