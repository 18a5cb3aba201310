/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence as it is handed in: the parts, and what came around and beside them. */
#include "platform/evidence.h"

#include <assert.h>

#include "core/names.h"
#include "util/armour.h"
#include "util/cleanup.h"
#include "util/error.h"

#define PART_BYTES_MAX (16u << 20)

int evidence_new(struct crypto crypto, struct tsmmr_evidence **ret)
{
	struct tsmmr_evidence *ev = calloc(1, sizeof(*ev));

	if (!ev)
		return TSMMR_E_NOMEM;
	ev->trust.crypto = crypto;

	*ret = ev;
	return 0;
}

void evidence_free(struct tsmmr_evidence *ev)
{
	if (!ev)
		return;
	evidence_cut(ev, 0, 0, 0);
	trust_done(&ev->trust);
	free(ev);
}

int evidence_add(struct tsmmr_evidence *ev, int part, const void *data, size_t n,
		 struct tsmmr_error *err)
{
	uint8_t *bytes = NULL;
	size_t n_bytes = n;
	int r;

	if (!part_name(part))
		return fail(err, TSMMR_E_ARG, "no part of evidence has number %d", part);
	if (part > TSMMR_PART_QE_IDENTITY)
		return fail(err, TSMMR_E_UNSUPPORTED, "evidence part \"%s\" is not supported yet",
			    part_name(part));
	if (!n)
		return fail(err, TSMMR_E_TRUNCATED, "a part of evidence that is empty");
	if (n > PART_BYTES_MAX)
		return fail(err, TSMMR_E_LIMIT, "evidence of %zu bytes, more than %u", n,
			    PART_BYTES_MAX);
	if (ev->n_parts == EVIDENCE_PARTS_MAX)
		return fail(err, TSMMR_E_LIMIT, "more than %d parts of evidence",
			    EVIDENCE_PARTS_MAX);

	r = armour_strip(span_of(data, n), &bytes, &n_bytes);
	if (r < 0)
		return fail_nomem(err);
	if (r == 0) {
		bytes = malloc(n);
		if (!bytes)
			return fail_nomem(err);
		memcpy(bytes, data, n);
	}

	if (!part)
		part = evidence_part_of(ev->trust.crypto, span_of(bytes, n_bytes));
	if (part < 0) {
		free(bytes);
		return fail_low(err, part);
	}
	ev->parts[ev->n_parts].part = part;
	ev->parts[ev->n_parts].p = bytes;
	ev->parts[ev->n_parts].n = n_bytes;
	ev->parts[ev->n_parts].armoured = r > 0;
	ev->parts[ev->n_parts].member = NULL;
	ev->n_parts++;
	return 0;
}

void evidence_name_part(struct tsmmr_evidence *ev, const char *member)
{
	assert(ev->n_parts);
	ev->parts[ev->n_parts - 1].member = member;
}

int evidence_add_envelope(struct tsmmr_evidence *ev, const char *kind, const char *left_out,
			  bool armoured, struct tsmmr_error *err)
{
	if (ev->n_envelopes == EVIDENCE_ENVELOPES_MAX)
		return fail(err, TSMMR_E_LIMIT, "more than %d envelopes of evidence",
			    EVIDENCE_ENVELOPES_MAX);
	ev->envelopes[ev->n_envelopes].kind = kind;
	ev->envelopes[ev->n_envelopes].left_out = left_out;
	ev->envelopes[ev->n_envelopes].armoured = armoured;
	ev->n_envelopes++;
	return 0;
}

int evidence_add_log(struct tsmmr_evidence *ev, int format, const char *reg, struct span s,
		     struct tsmmr_error *err)
{
	uint8_t *p;

	if (s.n > PART_BYTES_MAX)
		return fail(err, TSMMR_E_LIMIT, "a log of %zu bytes in evidence, more than %u", s.n,
			    PART_BYTES_MAX);
	if (ev->n_logs == EVIDENCE_LOGS_MAX)
		return fail(err, TSMMR_E_LIMIT, "more than %d logs in evidence", EVIDENCE_LOGS_MAX);
	p = malloc(s.n ? s.n : 1);
	if (!p)
		return fail_nomem(err);
	if (s.n)
		memcpy(p, s.p, s.n);
	ev->logs[ev->n_logs].format = format;
	ev->logs[ev->n_logs].reg = reg;
	ev->logs[ev->n_logs].p = p;
	ev->logs[ev->n_logs].n = s.n;
	ev->n_logs++;
	return 0;
}

void evidence_cut(struct tsmmr_evidence *ev, size_t n_parts, size_t n_envelopes, size_t n_logs)
{
	assert(n_parts <= ev->n_parts && n_envelopes <= ev->n_envelopes && n_logs <= ev->n_logs);
	while (ev->n_parts > n_parts)
		free(ev->parts[--ev->n_parts].p);
	while (ev->n_logs > n_logs)
		free(ev->logs[--ev->n_logs].p);
	ev->n_envelopes = n_envelopes;
}
