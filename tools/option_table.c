/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of options, and the values that are more than a text or a number. */
#include "option_table.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "choices.h"
#include "scope.h"
#include "values.h"

int options_add_word(struct options *o, struct words *words, const char *value)
{
	const char **more = realloc(words->all, (words->n + 1) * sizeof(*more));

	if (!more)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	more[words->n++] = value;
	words->all = more;
	return 0;
}

static int parse_nonce(struct options *o, const char *value)
{
	uint8_t nonce[sizeof(o->nonce)], any = 0;
	size_t n = value_hex(value, nonce, sizeof(nonce));

	if (!n)
		return fail_usage(o, "--nonce: not 1 to 64 bytes of hexadecimal: '%s'", value);
	for (size_t i = 0; i < n; i++)
		any |= nonce[i];
	/* Padded with zeros it would be in every field that nobody filled. */
	if (!any)
		return fail_usage(o, "--nonce: zeros are no nonce");
	if (o->n_nonce && (n != o->n_nonce || memcmp(nonce, o->nonce, n) != 0))
		return fail_usage(o, "--nonce: two of them, and evidence carries one");
	memcpy(o->nonce, nonce, n);
	o->n_nonce = n;
	return 0;
}

/* The words of a policy are read where it stands, as if it were part of the line. */
static int parse_policy(struct options *o, const char *value)
{
	return o->policy_path ? fail_usage(o, "--policy: not in a policy") :
				o->read_policy(o, value);
}

static int parse_root(struct options *o, const char *value)
{
	if (strcmp(value, "list") != 0)
		return options_add_word(o, &o->trust_root, value);
	o->list_roots = 1;
	return 0;
}

static int parse_time(struct options *o, const char *value)
{
	if (!value_time(value, &o->time))
		return fail_usage(o, "--time: not as in 2026-01-31 or 2026-01-31T12:00:00Z: '%s'",
				  value);
	o->time_given = 1;
	return 0;
}

static int parse_grace(struct options *o, const char *value)
{
	if (!value_duration(value, &o->collateral_grace))
		return fail_usage(o, "--collateral-grace: not as in 7d, 12h, 90m or 30s: '%s'",
				  value);
	return 0;
}

static const char *const colors[] = {
	[COLOR_AUTO] = "auto",
	[COLOR_ALWAYS] = "always",
	[COLOR_NEVER] = "never",
};

static void add_colors(struct choices *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(colors); i++)
		choices_add(c, colors[i]);
}

static int parse_color(struct options *o, const char *value)
{
	struct choices choices = { .word = value };

	for (size_t i = 0; i < ARRAY_SIZE(colors); i++) {
		if (!strcmp(value, colors[i])) {
			o->color = (enum color)i;
			return 0;
		}
	}
	add_colors(&choices);
	return choices_fail(o, "color", &choices);
}

static const struct {
	const char *word;
	uint32_t flag;
} tlv_indexes[] = {
	{ "auto", 0 },
	{ "pcr", TSMMR_CTX_TLV_PCR },
	{ "cc-mr", TSMMR_CTX_TLV_CC_MR },
};

static void add_tlv_indexes(struct choices *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(tlv_indexes); i++)
		choices_add(c, tlv_indexes[i].word);
}

static int parse_tlv_index(struct options *o, const char *value)
{
	struct choices choices = { .word = value };

	for (size_t i = 0; i < ARRAY_SIZE(tlv_indexes); i++) {
		if (!strcmp(value, tlv_indexes[i].word)) {
			o->tlv_index = tlv_indexes[i].flag;
			return 0;
		}
	}
	add_tlv_indexes(&choices);
	return choices_fail(o, "tlv-index", &choices);
}

bool options_can_read(int format)
{
	int can = tsmmr_format_can(format);

	return can > 0 && can & TSMMR_CAN_READ;
}

static void add_formats(struct choices *c)
{
	choices_add_names(c, TSMMR_NAMES_FORMAT, options_can_read);
}

/* What a log can be read as; other names are for writing. */
static int parse_format(struct options *o, const char *value)
{
	struct choices choices = { .word = value };

	if (tsmmr_name_find(TSMMR_NAMES_FORMAT, value, &o->format) == 0 &&
	    options_can_read(o->format))
		return 0;
	add_formats(&choices);
	return choices_fail(o, "format", &choices);
}

static void add_platforms(struct choices *c)
{
	choices_add_names(c, TSMMR_NAMES_PLATFORM, NULL);
}

static int parse_platform(struct options *o, const char *value)
{
	struct choices choices = { .word = value };

	o->platform = TSMMR_PLATFORM_AUTO;
	if (!strcmp(value, "auto") ||
	    tsmmr_name_find(TSMMR_NAMES_PLATFORM, value, &o->platform) == 0)
		return 0;
	add_platforms(&choices);
	return choices_fail(o, "platform", &choices);
}

static const uint8_t written[] = {
	TSMMR_FORMAT_JSONL,        TSMMR_FORMAT_TPM2_YAML, TSMMR_FORMAT_CEL_CBOR,
	TSMMR_FORMAT_CEL_CBOR_SEQ, TSMMR_FORMAT_CEL_JSON,  TSMMR_FORMAT_CEL_TLV,
};

static void add_written(struct choices *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(written); i++)
		choices_add(c, tsmmr_name(TSMMR_NAMES_FORMAT, written[i]));
}

static int parse_to(struct options *o, const char *value)
{
	struct choices choices = { .word = value };

	for (size_t i = 0; i < ARRAY_SIZE(written); i++) {
		if (!strcmp(value, tsmmr_name(TSMMR_NAMES_FORMAT, written[i]))) {
			o->to = written[i];
			return 0;
		}
	}
	add_written(&choices);
	return choices_fail(o, "to", &choices);
}

static void add_known(struct choices *c)
{
	choices_add_names(c, TSMMR_NAMES_KNOWN, NULL);
}

static void add_roots(struct choices *c)
{
	const uint8_t *sha256;
	const char *name;

	choices_add(c, "list");
	for (size_t i = 0; tsmmr_trust_root_at(i, &name, &sha256, NULL) == 0; i++)
		choices_add(c, name);
}

#define AT(field) offsetof(struct options, field)

/* clang-format off */
const struct option_desc option_table[] = {
	/* name         letter kind  verbs       where  names  parse  value  help */
	{ "format", 0, SPECIAL, V_LOGS, 0, 0, parse_format, "FORMAT",
	  "what the one LOG is: auto tcg2 tcg1 ccel text aael ima cel-cbor ..." },
	{ "mr", 0, STRING, V_LOGS | V_APPEND | V_LOCK, AT(mr), 0, NULL, "NAME[:ALG]",
	  "the register the one LOG is about; append, lock: to extend, to lock" },
	{ "platform", 0, SPECIAL, V_READ | V_ATTEST, 0, 0, parse_platform, "NAME",
	  "auto tdx snp cca nitro tpm: whose registers these are" },
	{ "root", 0, STRING, V_ALL, AT(root), 0, NULL, "DIR",
	  "stands in for / when looking for logs and registers" },
	{ "log-dir", 0, STRING, V_LOGS | V_APPEND | V_CAPTURE | V_ATTEST, AT(log_dir), 0, NULL, "DIR",
	  "where runtime logs are (/run/tsmmr)" },
	{ "tcti", 0, STRING, V_READ | V_APPEND | V_ATTEST, AT(tcti), 0, NULL, "NAME:CONF",
	  "what reaches the TPM, as tpm2-tss names it (device)" },
	{ "lock-wait", 0, NUMBER, V_APPEND, AT(lock_wait), 0, NULL, "MS",
	  "wait so long for a log that another program has locked (30000)" },
	{ "once", 0, FLAG, V_APPEND, AT(once), 0, NULL, NULL,
	  "skip a record that was logged since boot" },
	{ "user-data", 0, STRING, V_ATTEST, AT(user_data), 0, NULL, "FILE",
	  "Nitro: what the document carries besides the nonce" },
	{ "public-key", 0, STRING, V_ATTEST, AT(public_key), 0, NULL, "FILE",
	  "Nitro: a key the document carries" },
	{ "evidence", 0, WORDS, V_VALUES | V_REPLAY | V_MERGE, AT(evidence), 0, NULL, "[PART=]FILE",
	  "quote or report with the register values" },
	{ "expect", 0, WORDS, V_VALUES | IN_POLICY, AT(expect), 0, NULL, "NAME[:ALG]=HEX|@FILE",
	  "register values by hand" },
	{ "expect-any", 0, WORDS, V_VALUES | IN_POLICY, AT(expect_any), 0, NULL, "@FILE",
	  "one of these sets of values must hold as a whole" },
	{ "at-least", 0, WORDS, V_JUDGE | IN_POLICY, AT(at_least), 0, NULL, "claim.NAME=N",
	  "a claim of the evidence is a number not below" },
	{ "live", 0, FLAG, V_SHOW | V_JUDGE, AT(live), 0, NULL, NULL,
	  "the registers of this machine, also for a log that is a file" },
	{ "nonce", 0, SPECIAL, V_VALUES | IN_POLICY | V_ATTEST, 0, 0, parse_nonce, "HEX",
	  "what the evidence must carry" },
	{ "min-trust", 0, NAME, V_VALUES | IN_POLICY, AT(min_trust), TSMMR_NAMES_TRUST, NULL, "TRUST",
	  "unsigned signed authenticated: the least accepted" },
	{ "min-hash", 0, NAME, V_VALUES | IN_POLICY, AT(min_hash), TSMMR_NAMES_HASH, NULL, "NAME",
	  "the weakest hash that proves anything (sha256)" },
	{ "must-check", 0, LIST, V_JUDGE | IN_POLICY, AT(must_check), 0, NULL, "WORDS",
	  "what evidence may not leave unchecked: tcb-status revocation ..." },
	{ "collateral", 0, WORDS, V_VALUES | IN_POLICY, AT(collateral), 0, NULL, "FILE|DIR",
	  "what the vendor says of its platforms: TCB Info, QE Identity, CRLs" },
	{ "collateral-grace", 0, SPECIAL, V_VALUES | IN_POLICY, 0, 0, parse_grace, "DURATION",
	  "count it for so long after its end: 7d 12h 90m 30s" },
	{ "accept-tcb", 0, LIST, V_JUDGE | IN_POLICY, AT(accept_tcb), 0, NULL, "WORDS",
	  "what it may say besides UpToDate: SWHardeningNeeded OutOfDate ..." },
	{ "accept-advisory", 0, LIST, V_JUDGE | IN_POLICY, AT(accept_advisory), 0, NULL, "IDS",
	  "advisories that may stand against a platform: INTEL-SA-00615 ..." },
	{ "min-tcb-evaluation", 0, NUMBER, V_JUDGE | IN_POLICY, AT(min_tcb_evaluation), 0, NULL, "N",
	  "the least evaluation data number it may have" },
	{ "trust-root", 0, SPECIAL, V_VALUES | IN_POLICY, 0, 0, parse_root, "FILE|sha256:HEX|VENDOR",
	  "who must have signed the evidence: tsmmr-trust(7)" },
	{ "time", 0, SPECIAL, V_VALUES | IN_POLICY, 0, 0, parse_time, "RFC3339",
	  "when certificates must be valid, if not now" },
	{ "allow-debug", 0, FLAG, V_VALUES | IN_POLICY, AT(allow_debug), 0, NULL, NULL,
	  "take evidence of a guest its host may debug" },
	{ "manifest", 0, WORDS, V_VALUES | IN_POLICY, AT(manifest), 0, NULL, "REG=FILE",
	  "a file whose hash is that register, and what it names" },
	{ "require", 0, LIST, V_JUDGE | IN_POLICY, AT(require), 0, NULL, "LIST",
	  "registers that must be verified: rtmr0-2,pcr0-7:sha256" },
	{ "allow", 0, LIST, V_JUDGE | IN_POLICY, AT(allow), 0, NULL, "[REG:]GAP,...",
	  "gaps that are accepted" },
	{ "policy", 0, SPECIAL, V_SHOW | V_JUDGE, 0, 0, parse_policy, "FILE",
	  "options that decide, one a line, as they are written here" },
	{ "known", 0, WORDS, V_APPRAISE, AT(known), 0, NULL, "[REG:]KIND=FILE",
	  "a list of what records may be; KIND: sums rules pcrlock keylime log "
	  "unverified-log" },
	{ "denied", 0, WORDS, V_APPRAISE, AT(denied), 0, NULL, "[REG:]KIND=FILE",
	  "a list of what no record may be" },
	{ "any-order", 0, FLAG, V_APPRAISE, AT(any_order), 0, NULL, NULL,
	  "records of lists that have an order, in any" },
	{ "write-unknown", 0, STRING, V_APPRAISE, AT(write_unknown), 0, NULL, "FILE",
	  "what was unknown, as a list to read and to hand in" },
	{ "batch", 0, FLAG, V_VERIFY | V_APPRAISE, AT(batch), 0, NULL, NULL,
	  "answer each line of standard input, which is a JSON object" },
	{ "batch-root", 0, STRING, V_VERIFY | V_APPRAISE, AT(batch_root), 0, NULL, "DIR",
	  "with --batch: what paths in lines are below" },
	{ "jobs", 'j', NUMBER, V_VERIFY | V_APPRAISE, AT(jobs), 0, NULL, "N",
	  "with --batch: answer so many lines at once (1)" },
	{ "unordered", 0, FLAG, V_VERIFY | V_APPRAISE, AT(unordered), 0, NULL, NULL,
	  "with --batch: answers as they are ready, not in the order of lines" },
	{ "reference", 0, WORDS, V_EXPLAIN, AT(reference), 0, NULL, "LOG",
	  "a log to compare these with, as one of an earlier boot" },
	{ "only", 0, LIST, V_VALUES | V_REPLAY, AT(only), 0, NULL, "LIST",
	  "nothing but these registers" },
	{ "domain", 0, STRING, V_SHOW, AT(domain), 0, NULL, "PREFIX",
	  "proven and bound records of one application, nothing else" },
	{ "alg", 0, NAME, V_VALUES | V_REPLAY, AT(alg), TSMMR_NAMES_HASH, NULL, "NAME",
	  "this bank; for show, whose digests are shown" },
	{ "initial", 0, WORDS, V_SHOW | V_REPLAY | V_JUDGE | V_MERGE | IN_POLICY, AT(initial), 0, NULL,
	  "NAME[:ALG]=HEX", "the value a register started with" },
	{ "image", 0, WORDS, V_LOGS, AT(image), 0, NULL, "ROLE=FILE",
	  "of a launch: firmware svsm igvm kernel initrd cmdline dtb eif" },
	{ "launch", 0, WORDS, V_LOGS, AT(launch), 0, NULL, "NAME=VALUE",
	  "what is in no image: vcpus cpu features rmm passes fpu vars vmm" },
	{ "replace", 0, WORDS, V_PREDICT, AT(replace), 0, NULL, "[ROLE:]OLD=NEW",
	  "a file for another: pe uki kernel initrd dtb cmdline file" },
	{ "replace-text", 0, WORDS, V_PREDICT, AT(replace_text), 0, NULL, "[REG:]|OLD|NEW|",
	  "a text for another, with any sign as the fence" },
	{ "drop", 0, WORDS, V_PREDICT, AT(drop), 0, NULL, "[LOG:]RECORD",
	  "without that record" },
	{ "phases", 0, STRING, V_PREDICT, AT(phases), 0, NULL, "WORD:WORD...",
	  "uki=FILE: that systemd went through: enter-initrd:leave-initrd" },
	{ "profile", 0, NUMBER, V_PREDICT, AT(profile), 0, NULL, "N",
	  "uki=FILE: the profile that is started (0)" },
	{ "strict", 0, FLAG, V_READ | IN_POLICY, AT(strict), 0, NULL, NULL,
	  "no dialects: a tolerated deviation is an error" },
	{ "events", 0, FLAG, V_VERIFY | V_EXPLAIN | V_APPRAISE, AT(events), 0, NULL, NULL,
	  "with --json: every event too" },
	{ "to", 0, SPECIAL, V_EXPORT | V_MERGE, 0, 0, parse_to, "FORMAT",
	  "cel-cbor cel-cbor-seq cel-json cel-tlv jsonl; export: tpm2-yaml" },
	{ "tlv-index", 0, SPECIAL, V_EXPORT | V_MERGE, 0, 0, parse_tlv_index, "HOW",
	  "how cel-tlv numbers: auto pcr cc-mr" },
	{ "json", 0, FLAG, V_ALL, AT(json), 0, NULL, NULL,
	  "for programs" },
	{ "color", 0, SPECIAL, V_ALL, 0, 0, parse_color, "WHEN",
	  "auto always never (NO_COLOR)" },
	{ "output", 'o', STRING, V_READ | V_CAPTURE | V_ATTEST, AT(out), 0, NULL, "FILE",
	  "write there; nothing is left of it on failure" },
	{ "page", 0, STRING, V_VERIFY | V_EXPLAIN | V_APPRAISE | V_DIFF, AT(page), 0, NULL, "FILE.html",
	  "the answer as one page for a browser too" },
	{ "quiet", 'q', FLAG, V_ALL, AT(quiet), 0, NULL, NULL,
	  "no warnings and hints; verify: only the verdict" },
	{ "verbose", 'v', FLAG, V_ALL, AT(verbose), 0, NULL, NULL,
	  "more of everything" },
	{ "max-bytes", 0, NUMBER, V_LOGS, AT(max_bytes), 0, NULL, "N",
	  "refuse a larger log" },
	{ "max-events", 0, NUMBER, V_LOGS, AT(max_events), 0, NULL, "N",
	  "refuse a log with more events" },
	{ "max-event-bytes", 0, NUMBER, V_LOGS, AT(max_event_bytes), 0, NULL, "N",
	  "refuse an event with more data" },
	{ "no-sandbox", 0, FLAG, V_READ, AT(no_sandbox), 0, NULL, NULL,
	  "do not give up what reading files does not need" },
	{ "help", 'h', FLAG, V_ALL, AT(help), 0, NULL, NULL,
	  "this" },
	{ "version", 'V', FLAG, V_ALL, AT(version), 0, NULL, NULL,
	  "the versions of the tool and the library" },
};
/* clang-format on */

const size_t n_option_table = ARRAY_SIZE(option_table);
_Static_assert(ARRAY_SIZE(option_table) <= OPTIONS_MAX, "what parses them has room for as many");

/* "given" and "live" are where a value comes from, no grades to ask for. */
static bool is_grade(int trust)
{
	return trust >= TSMMR_TRUST_UNSIGNED;
}

name_allowed_fn option_allows(const struct option_desc *d)
{
	return d->names == TSMMR_NAMES_TRUST ? is_grade : NULL;
}

void options_choices(const char *name, struct choices *c)
{
	static const struct {
		const char *option;
		void (*add)(struct choices *c);
	} adders[] = {
		{ "format", add_formats },
		{ "platform", add_platforms },
		{ "to", add_written },
		{ "tlv-index", add_tlv_indexes },
		{ "color", add_colors },
		{ "trust-root", add_roots },
		{ "mr", choices_add_registers },
		{ "only", choices_add_registers },
		{ "require", choices_add_registers },
		{ "known", add_known },
		{ "denied", add_known },
	};

	for (size_t i = 0; i < ARRAY_SIZE(adders); i++)
		if (!strcmp(name, adders[i].option))
			adders[i].add(c);
	for (size_t i = 0; i < n_option_table; i++) {
		const struct option_desc *d = &option_table[i];

		if (d->kind == NAME && !strcmp(name, d->name))
			choices_add_names(c, d->names, option_allows(d));
	}
}
