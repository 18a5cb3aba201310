/* SPDX-License-Identifier: BSD-2-Clause */
/* What a line may have been when it was measured, and lines that get lost. */
#include <assert.h>

#include "format/text.h"

#include "core/hypothesis.h"
#include "crypto/hash.h"
#include "util/hex.h"

static struct span without_returns(struct span line)
{
	while (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

static struct span without_blanks(struct span line)
{
	while (line.n && text_is_blank(line.p[line.n - 1]))
		line.n--;
	for (; line.n && text_is_blank(line.p[0]); line.n--)
		line.p++;
	return line;
}

/* "SYNC alg/hex" with the value that is true there. */
static int hash_sync(struct hasher *h, const char *word, const uint8_t *value, uint8_t *ret)
{
	char hex[2 * TSMMR_HASH_SIZE_MAX + 1];
	const char *alg = h->alg->kernel ? h->alg->kernel : h->alg->name;
	int r = hasher_start(h);

	hex_encode(hex, value, h->alg->size);
	if (!r)
		r = hasher_update(h, word, 5);
	if (!r)
		r = hasher_update(h, alg, strlen(alg));
	if (!r)
		r = hasher_update(h, "/", 1);
	if (!r)
		r = hasher_update(h, hex, 2 * h->alg->size);
	return r ? r : hasher_final(h, ret);
}

static int hash_with_newline(struct hasher *h, struct span line, uint8_t *ret)
{
	int r = hasher_start(h);

	if (!r)
		r = hasher_update(h, line.p, line.n);
	if (!r)
		r = hasher_update(h, "\n", 1);
	return r ? r : hasher_final(h, ret);
}

int text_variant(const struct tsmmr_event *e, size_t i, struct hasher *h, const uint8_t *before,
		 uint8_t *ret, int *ret_id)
{
	static const struct {
		int id;
		struct span (*make)(struct span line);
	} lines[] = { { X_CRLF_COPY, without_returns }, { X_BLANKS_ADDED, without_blanks } };
	bool sync = span_starts(e->data, "SYNC ", 5);
	struct span line;
	int r;

	assert(i < TEXT_N_VARIANTS + TEXT_N_WHOLE);
	if (i < ARRAY_SIZE(lines)) {
		*ret_id = lines[i].id;
		line = lines[i].make(e->data);
		if (!line.n || line.n == e->data.n)
			return 0;
		r = hash_bytes(h, line.p, line.n, ret);
		return r < 0 ? r : 1;
	}
	if (i == TEXT_N_VARIANTS) {
		*ret_id = X_NEWLINE_MEASURED;
		r = hash_with_newline(h, e->data, ret);
		return r < 0 ? r : 1;
	}
	*ret_id = X_SYNC_WRONG;
	if (!sync && !span_starts(e->data, "INIT ", 5))
		return 0;
	r = hash_sync(h, sync ? "SYNC " : "INIT ", before, ret);
	return r < 0 ? r : 1;
}

int text_lost(size_t i, struct hasher *h, const uint8_t *before, uint8_t *ret, int *ret_id)
{
	int r = hash_sync(h, "SYNC ", before, ret);

	assert(i < TEXT_N_LOST);
	(void)i;
	*ret_id = X_SYNC_MISSING;
	return r < 0 ? r : 1;
}
