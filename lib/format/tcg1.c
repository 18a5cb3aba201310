/* SPDX-License-Identifier: BSD-2-Clause */
/* TCG logs of the SHA-1 kind: TCG_PCClientPCREvent from the first record on. */
#include "format/tcg2.h"

#include "util/cleanup.h"
#include "util/error.h"

struct tcg1_state {
	bool labels; /* the first record is coreboot's header */
};

static int tcg1_next(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct tcg1_state *st = s->state;
	int r = tcg_at_end(s, err, TCG_OLD_HEAD);

	if (r != 0)
		return r < 0 ? r : 0;
	r = tcg_read_old(s, err, "a record", e);
	if (r < 0)
		return r;
	source_skip(&s->source, TCG_OLD_HEAD + e->data.n);
	r = tcg_finish(s, err, e);
	if (!s->n_events)
		st->labels = spec_id_is_coreboots(e);
	if (st->labels)
		tcg_mark_label(e);
	return r < 0 ? r : 1;
}

/*
 * These logs have no signature.  We take one whose first records have PCR numbers, known
 * types and room for their data; a first EV_NO_ACTION is no Spec ID Event03, for the
 * crypto-agile format bids more.
 */
static int tcg1_probe(struct crypto crypto, const uint8_t *p, size_t n, bool whole)
{
	struct cursor c = cur_over(p, n);
	size_t records = 0;

	while (records < 8) {
		uint32_t index, type, size;
		struct span digest;

		if (!cur_le32(&c, &index) || !cur_le32(&c, &type) || !cur_take(&c, 20, &digest) ||
		    !cur_le32(&c, &size))
			break;
		if (index == UINT32_MAX && type == UINT32_MAX)
			break;
		/* A record that extends nothing may have any number. */
		if (!tcg_extends_nothing(type, index) &&
		    ((index > 31 && index != UINT32_MAX) || !tcg_type_name(type)))
			return 0;
		/*
		 * Nothing has a digest of zeros, and no log begins with the reserved type 0:
		 * padding before any record is that of something else.
		 */
		if (!records && !tcg_extends_nothing(type, index) &&
		    (type == EV_PREBOOT_CERT || span_zero(digest)))
			return 0;
		records++;
		if (!cur_skip(&c, size))
			/* Cut, or just longer than what we were shown. */
			return size <= EVENT_BYTES_DEFAULT ? 20 : 0;
	}
	return records ? 40 : 0;
}

const struct format format_tcg1 = {
	.id = TSMMR_FORMAT_TCG1,
	.name = "tcg1",
	.default_platform = TSMMR_PLATFORM_TPM,
	.own_digests = true,
	.state_size = sizeof(struct tcg1_state),
	.probe = tcg1_probe,
	.next = tcg1_next,
};
