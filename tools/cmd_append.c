/* SPDX-License-Identifier: BSD-2-Clause */
/* append: extends a register with records, logs them, and says when each is durable. */
#include "cmd.h"

#include <errno.h>
#include <string.h>

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
		    asprintf(&a->name, "%s%s", prefix.text, tsmmr_reg_name(reg)) < 0)
			a->name = NULL;
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

/* Each line leaves at once: somebody may be waiting for it. */
static int acknowledge(const struct append *a, const char *record,
		       const struct tsmmr_appended *done)
{
	if (a->o->json)
		print_json(a, record, done);
	else if (!a->o->quiet)
		print_text(a, record, done);
	errno = EPIPE;
	if (fflush(a->out.file) != 0 || ferror(a->out.file))
		return fail_errno(a->o, "standard output", TSMMR_NONE, "cannot write");
	return 0;
}

static int fail_record(struct append *a, struct tsmmr_error *err)
{
	int r;

	/* No such register: that is not about a record. */
	err->record = err->code == TSMMR_E_NOTFOUND ? TSMMR_NONE : a->n;
	err->offset = TSMMR_NONE;
	r = fail_error(a->o, a->name, TSMMR_NONE, err);
	if (err->code == TSMMR_E_INDOUBT)
		fail(a->o, TSMMR_E_INDOUBT,
		     "record %llu must not be appended again: the register"
		     " may hold it already",
		     (unsigned long long)a->n);
	return r;
}

static int append_one(struct append *a, const char *record, size_t len)
{
	_cleanup_(tsmmr_appended_free) struct tsmmr_appended *done = NULL;
	struct tsmmr_error err = NO_ERROR;
	int r;

	if (tsmmr_tree_append(a->tree, a->o->mr, record, len, a->o->once ? TSMMR_APPEND_ONCE : 0,
			      &done, &err) < 0)
		return fail_record(a, &err);
	r = acknowledge(a, record, done);
	a->n++;
	return r;
}

/* A line of standard input, without its newline: 1, 0 at the end, -1 when it is too long. */
static int read_line(char *line, size_t *ret_len)
{
	size_t n = 0;
	int c;

	while ((c = getc_unlocked(stdin)) != EOF && c != '\n') {
		if (n == LINE_BYTES_MAX)
			return -1;
		line[n++] = (char)c;
	}
	line[n] = '\0';
	*ret_len = n;
	return c == '\n' || (n && !ferror(stdin));
}

static int append_stdin(struct append *a)
{
	_cleanup_(free) char *line = malloc(LINE_BYTES_MAX + 1);
	struct tsmmr_error err = NO_ERROR;
	size_t len;
	int r;

	if (!line)
		return fail(a->o, TSMMR_E_NOMEM, "out of memory");
	while ((r = read_line(line, &len)) > 0) {
		r = append_one(a, line, len);
		if (r)
			return r;
	}
	if (r == 0 && ferror(stdin))
		return fail_errno(a->o, "-", TSMMR_NONE, "cannot read");
	if (r == 0)
		return 0;

	err.code = TSMMR_E_ARG;
	snprintf(err.message, sizeof(err.message), "a line of more than %d bytes is no record",
		 LINE_BYTES_MAX);
	return fail_record(a, &err);
}

static int append_all(struct append *a)
{
	struct options *o = a->o;
	int r = 0;

	/* Nobody means the record "-", and none can be taken back. */
	if (!o->n_operands || (o->n_operands == 1 && !strcmp(o->operands[0], "-")))
		return append_stdin(a);
	for (size_t i = 0; i < o->n_operands && !r; i++)
		r = append_one(a, o->operands[i], strlen(o->operands[i]));
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
