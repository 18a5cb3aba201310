/* SPDX-License-Identifier: BSD-2-Clause */
/* What the registers should hold: --evidence, --expect or the machine; how far it is trusted. */
#include "regset.h"

#include <string.h>
#include <unistd.h>

#include <tsmmr/tree.h>

#include "collateral.h"
#include "evidence.h"
#include "expecting.h"
#include "input.h"
#include "options.h"
#include "scope.h"
#include "values.h"

#define ROOT_MAX ((size_t)1 << 20)

/* Given as evidence and none: a log that stands in its place? */
static bool is_log(struct options *o)
{
	_cleanup_(tsmmr_stream_free) struct tsmmr_stream *stream = NULL;
	const uint8_t *bytes;
	size_t len;
	int part;

	return o->evidence.n == 1 &&
	       tsmmr_evidence_part_at(o->handed_in, 0, &part, &bytes, &len) == 0 &&
	       tsmmr_stream_open_mem(o->ctx, NULL, bytes, len, &stream, NULL) == 0;
}

static int load_evidence(struct options *o, struct tsmmr_regs **ret)
{
	struct tsmmr_error err = NO_ERROR;
	const char *name = o->evidence.n == 1 ? o->evidence.all[0] : "evidence";
	int r = evidence_read(o);

	if (r || !o->evidence.n)
		return r;
	if (o->n_nonce && tsmmr_evidence_set_nonce(o->handed_in, o->nonce, o->n_nonce, &err) < 0)
		return fail_error(o, "--nonce", TSMMR_NONE, &err);
	if (tsmmr_regs_from_evidence(o->ctx, o->handed_in, ret, &err) < 0) {
		r = fail_error(o, name, TSMMR_NONE, &err);
		if (err.code == TSMMR_E_FORMAT && !o->job && is_log(o))
			hint(o, "%s is a log: give it without --evidence", name);
		return r;
	}
	if (tsmmr_regs_is_debug(*ret) == 1)
		warn(o, "%s: of a guest that its host may debug: it proves nothing", name);
	return 0;
}

/* More values, of a file or (NULL) of the command line, which are the registers' own. */
static int add_given(struct options *o, const char *path, const char *text, size_t len, void *user)
{
	_cleanup_(tsmmr_regs_free) struct tsmmr_regs *more = NULL;
	struct tsmmr_regs **regs = user, *both;
	struct tsmmr_error err = NO_ERROR;
	/* A list has no log that could carry anything. */
	int r = o->verb->bit == V_REGISTERS ? 0 : expecting_split(o, path, text, &text);

	if (r || !text)
		return r;
	if (tsmmr_regs_from_values(o->ctx, TSMMR_VALUES_AUTO, o->platform, text, len, &more, &err) <
	    0)
		return expecting_failed(o, path, &err);
	if (!*regs) {
		*regs = take_ptr(more);
		return 0;
	}
	if (tsmmr_regs_join(o->ctx, (struct tsmmr_regs *[]){ *regs, more }, 2, &both, &err) < 0)
		return expecting_failed(o, path, &err);
	tsmmr_regs_free(*regs);
	*regs = both;
	return 0;
}

static int load_given(struct options *o, struct tsmmr_regs **ret)
{
	int r = expecting_each(o, add_given, ret);

	if (!r && *ret && !tsmmr_regs_count(*ret))
		return fail(o, TSMMR_E_MALFORMED, "--expect: no value of any register");
	return r;
}

/* A file whose hash is a launch or configuration register, and which names more. */
static int add_manifest(struct options *o, const char *arg, struct tsmmr_regs **regs)
{
	_cleanup_(free) uint8_t *bytes = NULL;
	_cleanup_(free) char *name = NULL;
	const char *equals = strchr(arg, '=');
	struct tsmmr_error err = NO_ERROR;
	struct tsmmr_regs *more;
	size_t len;
	int r;

	if (!equals || equals == arg || !equals[1])
		return fail_usage(o, "--manifest: '%s' is not REG=FILE", arg);
	if (!*regs)
		return fail_usage(o, "--manifest: there is no register to compare it with: give"
				     " --evidence or --expect");
	name = strndup(arg, (size_t)(equals - arg));
	if (!name)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	r = input_read_all(o, equals + 1, ROOT_MAX, &bytes, &len);
	if (r)
		return r;
	if (len > ROOT_MAX)
		return fail(o, TSMMR_E_LIMIT, "%s: more than %zu bytes of manifest", equals + 1,
			    ROOT_MAX);
	if (tsmmr_regs_with_manifest(o->ctx, *regs, name, bytes, len, &more, &err) < 0)
		return err.code == TSMMR_E_NOTFOUND ? fail_usage(o, "--manifest: %s", err.message) :
						      fail_error(o, equals + 1, TSMMR_NONE, &err);
	tsmmr_regs_free(*regs);
	*regs = more;
	return 0;
}

static int add_root(struct options *o, const char *root)
{
	_cleanup_(free) uint8_t *bytes = NULL;
	struct tsmmr_error err = NO_ERROR;
	uint8_t hash[33];
	size_t len;
	int r;

	if (value_hex(root, hash, sizeof(hash)) == 32)
		return fail_usage(o, "--trust-root: a fingerprint is sha256:%s", root);
	if (!strncmp(root, "sha256:", 7)) {
		if (value_hex(root + 7, hash, sizeof(hash)) != 32)
			return fail_usage(o, "--trust-root: not 32 bytes of hexadecimal: '%s'",
					  root);
		if (tsmmr_ctx_add_trust_root_sha256(o->ctx, hash, 32, &err) < 0)
			return fail_error(o, "--trust-root", TSMMR_NONE, &err);
		return 0;
	}
	/* A vendor's name is never a file's: that of another is given as ./NAME. */
	if (!strchr(root, '/')) {
		if (tsmmr_ctx_add_trust_root_named(o->ctx, root, &err) == 0)
			return 0;
		if (err.code != TSMMR_E_NOTFOUND)
			return fail_error(o, "--trust-root", TSMMR_NONE, &err);
		if (strcmp(root, "-") != 0 && access(root, F_OK) < 0)
			return fail_usage(o,
					  "--trust-root: '%s' is no vendor's root that is known by"
					  " name (--trust-root list), and no file",
					  root);
	}
	r = input_read_all(o, root, ROOT_MAX, &bytes, &len);
	if (r)
		return r;
	if (!len)
		return fail_usage(o, "--trust-root: %s is empty", root);
	if (tsmmr_ctx_add_trust_root(o->ctx, bytes, len, &err) < 0)
		return fail_error(o, root, TSMMR_NONE, &err);
	return 0;
}

int regset_roots(struct options *o)
{
	int r = 0;

	if (o->roots_added)
		return 0;
	o->roots_added = 1;
	for (size_t i = 0; i < o->trust_root.n; i++)
		r = exit_first(r, add_root(o, o->trust_root.all[i]));
	if (o->time_given && tsmmr_ctx_set_time(o->ctx, o->time, NULL) < 0)
		r = exit_first(r, fail_usage(o, "--time: too late"));
	if (!r)
		r = collateral_load(o);
	return r;
}

int regset_machine(struct options *o, bool may_lack, struct tsmmr_regs **ret)
{
	struct tsmmr_error err = NO_ERROR;
	int r;

	if (tsmmr_regs_read(o->ctx, ret, &err) == 0 || (may_lack && err.code == TSMMR_E_NOTFOUND))
		return 0;
	r = fail_error(o, NULL, TSMMR_NONE, &err);
	if (err.code == TSMMR_E_NOTFOUND && o->verb->bit == V_REGISTERS)
		hint(o, "those of another machine: --root DIR, --evidence FILE or --expect @FILE");
	return r;
}

static bool reg_same(const struct tsmmr_reg *a, const struct tsmmr_reg *b)
{
	const char *of_a = tsmmr_reg_provider(a), *of_b = tsmmr_reg_provider(b);
	const uint8_t *value_a, *value_b;
	size_t len_a, len_b;

	if (strcmp(of_a ? of_a : "", of_b ? of_b : "") != 0 ||
	    strcmp(tsmmr_reg_name(a), tsmmr_reg_name(b)) != 0 ||
	    tsmmr_reg_hash(a) != tsmmr_reg_hash(b))
		return false;
	if (tsmmr_reg_value(a, &value_a, &len_a) < 0)
		return tsmmr_reg_value(b, &value_b, &len_b) < 0;
	return tsmmr_reg_value(b, &value_b, &len_b) == 0 && len_a == len_b &&
	       !memcmp(value_a, value_b, len_a);
}

/* Which platform all registers are of. */
static int only_platform(const struct tsmmr_regs *regs)
{
	int platform = TSMMR_PLATFORM_AUTO;

	for (size_t i = 0; i < tsmmr_regs_count(regs); i++) {
		int its = tsmmr_reg_platform(tsmmr_regs_get(regs, i));

		if (i && its != platform)
			return TSMMR_PLATFORM_AUTO;
		platform = its;
	}
	return platform;
}

/* A realm has one of several hashes, which only its evidence says. */
static int only_hash(const struct tsmmr_regs *regs)
{
	int hash = TSMMR_HASH_NONE;

	for (size_t i = 0; i < tsmmr_regs_count(regs); i++) {
		const struct tsmmr_reg *reg = tsmmr_regs_get(regs, i);

		if (tsmmr_reg_kind(reg) != TSMMR_KIND_RUNTIME)
			continue;
		if (hash && tsmmr_reg_hash(reg) != hash)
			return TSMMR_HASH_NONE;
		hash = tsmmr_reg_hash(reg);
	}
	return hash;
}

bool regset_same(const struct tsmmr_regs *a, const struct tsmmr_regs *b)
{
	if (tsmmr_regs_count(a) != tsmmr_regs_count(b))
		return false;
	for (size_t i = 0; i < tsmmr_regs_count(a); i++)
		if (!reg_same(tsmmr_regs_get(a, i), tsmmr_regs_get(b, i)))
			return false;
	return true;
}

void regset_warn_changed(struct options *o, const struct tsmmr_regs *before,
			 const struct tsmmr_regs *after)
{
	for (size_t i = 0; i < tsmmr_regs_count(before); i++) {
		const struct tsmmr_reg *reg = tsmmr_regs_get(before, i);
		const struct tsmmr_reg *now = tsmmr_regs_get(after, i);

		if (!now || !reg_same(reg, now))
			warn(o,
			     "%s changed whenever it was read: its log is compared with an"
			     " earlier value",
			     tsmmr_reg_name(reg));
	}
}

/* A machine can have registers of several platforms: --platform is about one. */
static int select_platform(struct options *o, const struct tsmmr_regs *regs)
{
	for (size_t i = 0; i < tsmmr_regs_count(regs); i++) {
		const struct tsmmr_reg *reg = tsmmr_regs_get(regs, i);
		const char *alg = tsmmr_name(TSMMR_NAMES_HASH, tsmmr_reg_hash(reg));
		char *longer;

		if (tsmmr_reg_platform(reg) != o->platform)
			continue;
		if (asprintf(&longer, "%s%s%s%s%s", o->select ? o->select : "",
			     o->select ? "," : "", tsmmr_reg_name(reg), alg ? ":" : "",
			     alg ? alg : "") < 0)
			return fail(o, TSMMR_E_NOMEM, "out of memory");
		free(o->select);
		o->select = longer;
	}
	return o->select ? 0 :
			   fail(o, TSMMR_E_NOTFOUND, "this machine shows no %s registers",
				tsmmr_name(TSMMR_NAMES_PLATFORM, o->platform));
}

int regset_load(struct options *o, enum machine machine, struct tsmmr_regs **ret)
{
	_cleanup_(tsmmr_regs_free) struct tsmmr_regs *regs = NULL;
	int r = regset_roots(o);

	if (machine)
		r = exit_first(r, regset_machine(o, machine == MACHINE_IF_ANY, &regs));
	else if (!r)
		r = exit_first(r, load_evidence(o, &regs));
	if (!machine && o->evidence.n) {
		o->of_evidence = only_platform(regs);
		o->evidence_hash = only_hash(regs);
	}
	if (!machine && !o->evidence.n)
		r = exit_first(r, load_given(o, &regs));
	for (size_t i = 0; !r && i < o->manifest.n; i++)
		r = add_manifest(o, o->manifest.all[i], &regs);
	if (!r && machine && regs && o->platform && !o->select)
		r = select_platform(o, regs);
	if (r)
		return r;
	*ret = take_ptr(regs);
	return 0;
}
