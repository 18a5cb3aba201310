/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any files in a folder that verify is given in place of evidence: as attest writes one, as
 * configfs-tsm shows one, or made by hand.  An input is a list of (name, newline, kind, length,
 * bytes).
 */
#include "tmpfolder.h"
#include "said.h"

#include "evidence.h"
#include "options.h"
#include "folder.h"

#define ENTRIES 20

static const struct verb verify = { .name = "verify", .bit = V_VERIFY };

static void fill(struct folder *f, const uint8_t *data, size_t size)
{
	struct bytes_left in = { data, size };

	folder_put(f, "in", FOLDER_DIR, 0, NULL, 0);
	for (size_t i = 0; i < ENTRIES && in.n; i++) {
		char name[128], path[160];
		const uint8_t *block;
		uint8_t kind;
		size_t n;

		take_line(&in, name, sizeof(name));
		kind = take_byte(&in);
		block = take_block(&in, &n);
		if (!*name || strchr(name, '/'))
			continue;
		snprintf(path, sizeof(path), "in/%s", name);
		/* A link leads to another name here: what a path says would not be ours. */
		if (kind % 4 == FOLDER_LINK && memchr(block, '/', n))
			continue;
		folder_put(f, path, (enum folder_kind)(kind % 4), kind & 4 ? 0200 : 0644, block, n);
	}
}

/* What is taken is in the folder, and no more of it than evidence has parts. */
static void check(const struct options *o, const char *path)
{
	PROMISE(o->evidence.n <= 16 && o->own_log.n <= 1);
	for (size_t i = 0; i < o->evidence.n; i++) {
		const char *word = strstr(o->evidence.all[i], path);

		PROMISE(word && (word == o->evidence.all[i] || word[-1] == '='));
		PROMISE(word[strlen(path)] == '/' && !strchr(word + strlen(path) + 1, '/'));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct options o = { .verb = &verify, .batch_fd = -1 };
	struct folder *f = folder_get();
	char path[PATH_MAX], *operand = path;
	int r;

	fill(f, data, size);
	snprintf(path, sizeof(path), "%s/in", f->path);
	said_begin();
	o.ctx = tsmmr_ctx_ref(fuzz_ctx());
	if (size % 2) {
		o.operands = &operand;
		o.n_operands = 1;
		r = folder_take(&o);
	} else {
		r = options_add_word(&o, &o.evidence, path);
		r = r ? r : folder_take_evidence(&o);
	}
	if (!r)
		r = evidence_read(&o);
	said_end(r);
	PROMISE(r == o.failure.exit);
	if (!r)
		check(&o, path);
	options_free(&o);
	folder_empty_again(f);
	return 0;
}
