/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence as JSON: the same in tsmmr.registers/1 and tsmmr.verify/1. */
#include "core/names.h"
#include "core/regs.h"
#include "util/date.h"
#include "util/json.h"
#include "util/text.h"

static void time_json(struct json *j, const struct evidence_info *ev)
{
	char text[DATE_TEXT];
	bool has =
		ev->trust == TSMMR_TRUST_AUTHENTICATED && ev->has_time && date_text(ev->time, text);

	json_str(j, "time", has ? text : NULL);
}

static void text_json(struct json *j, const struct claim *claim)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	text_utf8(&b, claim->value);
	json_strn(j, claim->name, b.p, b.n);
	j->b->failed |= b.failed;
}

/* A number of eight bytes may be one that JSON's readers cannot hold. */
static void number_json(struct json *j, const struct claim *claim)
{
	uint64_t v;

	if (!claim_u64(claim, &v))
		json_null(j, claim->name);
	else if (claim->value.n < 8 || claim->type == CLAIM_TIME_BE ||
		 (claim->width && claim->width <= 32))
		json_u64(j, claim->name, v);
	else
		json_hexnum(j, claim->name, v);
}

static void claim_json(struct json *j, const struct claim *claim)
{
	if (claim->type == CLAIM_TEXT)
		text_json(j, claim);
	else if (claim->type == CLAIM_BYTES)
		json_hex(j, claim->name, claim->value.p, claim->value.n);
	else
		number_json(j, claim);
}

static void piece_json(struct json *j, const struct evidence_info *ev)
{
	bool rooted = ev->has_root && ev->trust == TSMMR_TRUST_AUTHENTICATED;

	json_open(j, NULL, '{');
	json_str(j, "kind", ev->kind);
	json_str(j, "trust", trust_name(ev->trust));
	if (rooted)
		json_hex(j, "root", ev->root, sizeof(ev->root));
	else
		json_null(j, "root");
	json_str(j, "root_name", rooted ? ev->root_name : NULL);
	time_json(j, ev);
	if (ev->tells_debug)
		json_flag(j, "debug", ev->debug);
	else
		json_null(j, "debug");
	json_str(j, "nonce", ev->nonce_matched ? "matched" : "not-asked");
	if (ev->report_data.n)
		json_hex(j, "report_data", ev->report_data.p, ev->report_data.n);
	else
		json_null(j, "report_data");
	json_open(j, "claims", '{');
	for (size_t i = 0; i < ev->n_claims; i++)
		claim_json(j, &ev->claims[i]);
	json_close(j, '}');
	json_open(j, "not_checked", '[');
	for (size_t i = 0; i < NOT_CHECKED_MAX && ev->not_checked[i]; i++)
		json_str(j, NULL, ev->not_checked[i]);
	json_close(j, ']');
	json_close(j, '}');
}

void evidence_json(struct json *j, const struct tsmmr_regs *regs)
{
	json_open(j, "evidence", '[');
	for (size_t i = 0; regs && i < regs->n_evidence; i++)
		piece_json(j, &regs->evidence[i]);
	json_close(j, ']');
}
