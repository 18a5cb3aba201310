/* SPDX-License-Identifier: BSD-2-Clause */
/* lock: a register takes no more, until the machine ends. */
#include "cmd.h"

#include <tsmmr/tree.h>

#include "escape.h"
#include "fail.h"
#include "options.h"
#include "output.h"
#include "scope.h"

static int print(struct options *o)
{
	_cleanup_(output_close) struct output out = { .file = NULL };
	int r = output_open(o, &out);

	if (r)
		return r;
	if (o->json) {
		fputs("{\"schema\":\"tsmmr.lock/1\",\"register\":", out.file);
		escape_json(out.file, o->mr);
		fputs(",\"locked\":true}\n", out.file);
	} else if (!o->quiet) {
		escape_print(out.file, o->mr);
		fputs(" is locked\n", out.file);
	}
	return output_commit(o, &out);
}

int cmd_lock(struct options *o)
{
	_cleanup_(tsmmr_tree_free) struct tsmmr_tree *tree = NULL;
	struct tsmmr_error err = NO_ERROR;

	if (o->n_operands)
		return fail_usage(o, "lock takes no LOG");
	if (!o->mr)
		return fail_usage(o, "lock needs --mr: the register to lock");
	if (tsmmr_tree_open(o->ctx, &tree, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	if (tsmmr_tree_lock(tree, o->mr, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	return print(o);
}
