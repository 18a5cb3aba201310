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
	char *name;  /* the register's, or what it was called */
	size_t size; /* of its values; 0: not known */
	uint64_t n;  /* records so far */
};

/* What one append did. */
struct done {
	uint8_t digest[TSMMR_HASH_SIZE_MAX], value[TSMMR_HASH_SIZE_MAX];
	uint32_t flags; /* TSMMR_APPENDED_* */
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
 * Of two banks that a record extends together, is it the one whose digest is handed out?
 * (tsmmr_tree_append)
 */
static bool is_better(const struct tsmmr_reg *reg, const struct tsmmr_reg *than)
{
	int a = tsmmr_reg_hash(reg), b = tsmmr_reg_hash(than);

	if (tsmmr_reg_platform(reg) != TSMMR_PLATFORM_TPM)
		return tsmmr_hash_size(a) > tsmmr_hash_size(b);
	return a != b && (a == TSMMR_HASH_SHA256 || b == TSMMR_HASH_SHA1);
}

static bool is_bank_of(const struct tsmmr_reg *a, const struct tsmmr_reg *b)
{
	return !strcmp(tsmmr_reg_name(a), tsmmr_reg_name(b)) &&
	       !strcmp(tsmmr_reg_provider(a), tsmmr_reg_provider(b));
}

/*
 * What --mr is called and how long its values are.  Only for what is printed: which
 * register is meant, and whether just one is, the library says.
 */
static int find_name(struct append *a)
{
	_cleanup_(tsmmr_regs_free) struct tsmmr_regs *regs = NULL;
	const struct tsmmr_reg *best = NULL;
	struct prefix prefix;
	size_t at = 0;
	int r = regset_machine(a->o, false, &regs);

	for (size_t i = 0; !r && i < tsmmr_regs_count(regs); i++) {
		const struct tsmmr_reg *reg = tsmmr_regs_get(regs, i);
		int size = tsmmr_hash_size(tsmmr_reg_hash(reg));

		if (size < 0 || !(tsmmr_reg_flags(reg) & TSMMR_REG_EXTENSIBLE) ||
		    !is_named(reg, a->o->mr) || (best && !is_bank_of(reg, best)))
			continue;
		if (best && !is_better(reg, best))
			continue;
		best = reg;
		at = i;
		a->size = (size_t)size;
	}
	if (!r && best)
		reporting_prefix(regs, at, &prefix);
	/* Should a bare name mean several, it is not for us to say which. */
	if (!r && best && (!prefix.text[0] || strchr(a->o->mr, '/')) &&
	    asprintf(&a->name, "%s%s", prefix.text, tsmmr_reg_name(best)) < 0)
		a->name = NULL;
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

static void print_json(const struct append *a, const char *record, const struct done *done)
{
	bool appended = !(done->flags & TSMMR_APPENDED_NOTHING);
	size_t n = appended ? a->size : 0;
	FILE *f = a->out.file;

	fputs("{\"schema\":\"tsmmr.append/1\",\"register\":", f);
	escape_json(f, a->name);
	fputs(",\"record\":", f);
	escape_json(f, record);
	print_hex_json(f, "digest", done->digest, n);
	print_hex_json(f, "value", done->value, n);
	/* There is no acknowledgement of what is not durable. */
	print_flag_json(f, "synced", true);
	print_flag_json(f, "appended", appended);
	print_flag_json(f, "sync_line", done->flags & TSMMR_APPENDED_SYNC);
	print_flag_json(f, "repaired", done->flags & TSMMR_APPENDED_REPAIR);
	fputs("}\n", f);
}

static void print_text(const struct append *a, const char *record, const struct done *done)
{
	bool appended = !(done->flags & TSMMR_APPENDED_NOTHING);
	size_t n = appended ? a->size : 0;
	FILE *f = a->out.file;

	if (n > DIGEST_HEX / 2 && !a->o->verbose)
		n = DIGEST_HEX / 2;
	escape_print(f, a->name);
	fputs("  ", f);
	if (n)
		reporting_hex(f, done->digest, n);
	else
		fprintf(f, "%-*s", DIGEST_HEX, "-");
	fputs("  ", f);
	escape_print(f, record);
	fputs(appended ? "" : " (logged already)", f);
	fputs(done->flags & TSMMR_APPENDED_SYNC ? " (after a SYNC)" : "", f);
	fputs(done->flags & TSMMR_APPENDED_REPAIR ? " (after a repair)" : "", f);
	putc('\n', f);
}

/* Each line leaves at once: somebody may be waiting for it. */
static int acknowledge(const struct append *a, const char *record, const struct done *done)
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
	struct tsmmr_error err = NO_ERROR;
	struct done done = { .flags = 0 };
	int r;

	if (tsmmr_tree_append(a->tree, a->o->mr, record, len, a->o->once ? TSMMR_APPEND_ONCE : 0,
			      done.digest, done.value, &done.flags, &err) < 0)
		return fail_record(a, &err);
	r = acknowledge(a, record, &done);
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
