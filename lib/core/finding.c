/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings: the table of ids, and lists of what was found. */
#include "core/finding.h"

#include "util/grow.h"

#include <stdarg.h>
#include <stdio.h>

#define RFC "kernel RFC \"tsm: Add RTMR event logging\", patch 2/3"
#define PFP "TCG PC Client PFP 1.06"

#define INFO TSMMR_SEVERITY_INFO
#define WARNING TSMMR_SEVERITY_WARNING
#define ERROR TSMMR_SEVERITY_ERROR

/*
 * Ids never change meaning; a retired one stays listed.  What they mean, the rule that is
 * not kept, and where that is written, for tsmmr-findings(7).
 */
/* clang-format off */
const struct finding_desc finding_descs[F_COUNT] = {
	[F_FINDINGS_CAPPED] = { "FINDINGS_CAPPED", WARNING, false,
		"More findings of some ids than are kept; the text says how many.",
		"No input decides how much is kept.",
		"libtsmmr, TSMMR_LIMIT_FINDINGS" },
	[F_INPUT_ARMOURED] = { "INPUT_ARMOURED", INFO, true,
		"Hex or base64 around a log or a piece of evidence was removed; offsets in a log "
		"are those of the bytes inside.",
		"Logs and evidence are bytes.",
		"tsmmr-replay(1), LOGS, --evidence" },
	[F_INPUT_ENVELOPED] = { "INPUT_ENVELOPED", INFO, false,
		"The evidence was cut out of what another program puts around it; the text says what.",
		"An envelope is no reason to trust what is in it.",
		"tsmmr-trust(7), ENVELOPES" },
	[F_INDEX_SPACE_DIFFERS] = { "INDEX_SPACE_DIFFERS", WARNING, false,
		"The log numbers its registers in another space than the evidence.",
		"A register's number counts in one space only.",
		"UEFI 2.10 §38.4.1" },
	[F_INDEX_SPACE_WRONG] = { "INDEX_SPACE_WRONG", ERROR, false,
		"No log is about the registers that have values: a PCR is not an RTMR, nor is an RTMR a REM.",
		"A register's number counts in one space only.",
		"UEFI 2.10 §38.4.1" },
	[F_DIGEST_MISSING] = { "DIGEST_MISSING", WARNING, false,
		"A measured record lacks a digest in a bank that other records of its register have.",
		"A record has a digest for every bank that was extended.",
		PFP " §10" },
	[F_DIGEST_UNKNOWN_ALG] = { "DIGEST_UNKNOWN_ALG", INFO, false,
		"The log has digests of an algorithm that cannot be computed; that bank is not replayed.",
		"A digest of an unknown algorithm is stepped over by the size declared for it.",
		PFP " §10.4.5.1" },
	[F_DIGEST_NO_CRYPTO] = { "DIGEST_NO_CRYPTO", WARNING, false,
		"The crypto library, as it is configured, lacks an algorithm; that bank is not replayed.",
		"Every algorithm of a log that is known can be computed; what is asked must be.",
		"promise 12" },
	[F_DATA_MISMATCH] = { "DATA_MISMATCH", WARNING, false,
		"A strict binding rule is broken: the event's data does not give its digest.",
		"The data of such an event gives its digest.",
		PFP ", table 27; UEFI 2.10 §38.4" },
	[F_TEXT_DIFFERS] = { "TEXT_DIFFERS", WARNING, false,
		"A firm binding rule is broken: the text beside a digest does not give it.  Some firmware "
		"logs another text than it measures; so may somebody who changed it.",
		"The data of such an event gives its digest.",
		PFP ", table 27" },
	[F_EVIDENCE_DEBUG] = { "EVIDENCE_DEBUG", ERROR, false,
		"The host may read and change the guest (debug attribute).",
		"What the host may change proves nothing.",
		"Intel TDX Module ABI specification, ATTRIBUTES.DEBUG" },
	[F_EVIDENCE_TRAILING] = { "EVIDENCE_TRAILING", INFO, true,
		"Bytes other than zero follow the evidence.",
		"Evidence says how long it is.",
		"Intel TDX DCAP Quoting Library API, appendix A" },
	[F_EVIDENCE_WRAPPED] = { "EVIDENCE_WRAPPED", INFO, true,
		"The evidence was taken out of the answer of the device that made it.",
		"A device's answer is not the evidence in it.",
		"linux, uapi/linux/nsm.h" },
	[F_EVIDENCE_UNKNOWN_MEMBER] = { "EVIDENCE_UNKNOWN_MEMBER", INFO, true,
		"The evidence has members that its specification does not, which are not read.",
		"Evidence has the members of its specification.",
		"AWS Nitro Enclaves attestation process; Arm CCA attestation token" },
	[F_EVIDENCE_UNSIGNED] = { "EVIDENCE_UNSIGNED", ERROR, false,
		"An emulated device made the evidence and signed nothing: anyone can.",
		"Evidence is signed.",
		"QEMU, nitro-enclave machine" },
	[F_EVIDENCE_HASH_DIFFERS] = { "EVIDENCE_HASH_DIFFERS", WARNING, true,
		"The evidence names another hash than its registers' length is of.",
		"A register is as long as the hash that the token names.",
		"Realm Management Monitor specification, attestation token" },
	[F_EVIDENCE_BOUND] = { "EVIDENCE_BOUND", INFO, false,
		"One part of the evidence is bound to another, as the text says.",
		"Parts of one piece of evidence say which others they belong to.",
		"tsmmr-trust(7)" },
	[F_EVIDENCE_PCR_NOT_QUOTED] = { "EVIDENCE_PCR_NOT_QUOTED", WARNING, false,
		"PCR values that the quote does not cover were given, and left out.",
		"A quote covers the PCRs that it selects.",
		"TPM 2.0 Library, part 2, TPMS_QUOTE_INFO" },
	[F_EVIDENCE_WEAK_HASH] = { "EVIDENCE_WEAK_HASH", WARNING, false,
		"The evidence is signed over a hash that is broken (SHA-1).",
		"A signature is over a hash that is not broken.",
		"NIST SP 800-131A" },
	[F_EVIDENCE_RESERVED] = { "EVIDENCE_RESERVED", INFO, true,
		"Reserved bytes that no signature covers are not zero.",
		"Reserved fields are zero.",
		"SEV-SNP ABI specification 56860, ATTESTATION_REPORT" },
	[F_EVIDENCE_VMPL] = { "EVIDENCE_VMPL", INFO, false,
		"The report was asked for at another privilege level than 0, or by the host.",
		"What runs at a lower level can read and change what asks at a higher one.",
		"SEV-SNP ABI specification 56860, MSG_REPORT_REQ" },
	[F_TCG_INDEX_NOT_A_REGISTER] = { "TCG_INDEX_NOT_A_REGISTER", INFO, true,
		"An unmeasured record carries a number that no register has.",
		"A record names a register, or is padding.",
		PFP " §10" },
	[F_TCG_NO_ACTION_DIGEST] = { "TCG_NO_ACTION_DIGEST", INFO, true,
		"An EV_NO_ACTION record has a digest that is not zero; nothing was extended.",
		"EV_NO_ACTION extends nothing and has digests of zeros.",
		PFP ", event types" },
	[F_TCG_LOCALITY_IGNORED] = { "TCG_LOCALITY_IGNORED", WARNING, false,
		"A StartupLocality record that cannot be true: late, repeated or out of range.",
		"StartupLocality stands once, before PCR 0 is extended, and says 0, 3 or 4.",
		PFP " §10.4.5.3" },
	[F_TCG_HCRTM_IGNORED] = { "TCG_HCRTM_IGNORED", WARNING, false,
		"An H-CRTM event that cannot be true: PCR 0 had been extended before.",
		"An H-CRTM is measured before anything else.",
		PFP " §3.3.2" },
	[F_TCG_SEPARATOR_TWICE] = { "TCG_SEPARATOR_TWICE", WARNING, false,
		"A second separator in one register.",
		"A register is closed once.",
		PFP " §3.3.3.2" },
	[F_TCG_SEPARATOR_MISSING] = { "TCG_SEPARATOR_MISSING", WARNING, false,
		"A PCR from 0 to 7 has events and no separator.",
		"The firmware closes PCR 0 to 7 before it hands over.",
		PFP " §3.3.3.2" },
	[F_TCG_SEPARATOR_ERROR] = { "TCG_SEPARATOR_ERROR", WARNING, false,
		"The firmware closed a register with an error separator.",
		"After an error the separator's digest is that of 00000001.",
		PFP " §3.3.3.2" },
	[F_TCG_SEPARATOR_RELABELLED] = { "TCG_SEPARATOR_RELABELLED", WARNING, false,
		"A record has a separator's digest and another type, which its data does not "
		"explain.  What follows it may be the operating system's.",
		"What has a separator's digest is an EV_SEPARATOR.",
		PFP " §3.3.3.2" },
	[F_TCG_SEPARATOR_ALIKE] = { "TCG_SEPARATOR_ALIKE", INFO, false,
		"A record has a separator's digest, which its own data gives too: a boot order of two "
		"entries may be the same four bytes.  What follows it may be the operating system's.",
		"What has a separator's digest is an EV_SEPARATOR.",
		PFP " §3.3.3.2" },
	[F_TCG2_SPECID_ZERO_SIGNATURE] = { "TCG2_SPECID_ZERO_SIGNATURE", INFO, true,
		"The Spec ID event has 16 zero bytes for a signature.",
		"The first record has the signature \"Spec ID Event03\".",
		PFP " §10.4.5.1" },
	[F_TCG2_SPECID_TRAILING] = { "TCG2_SPECID_TRAILING", INFO, true,
		"Bytes follow the vendor information of the Spec ID event.",
		"Nothing follows the vendor information.",
		PFP " §10.4.5.1" },
	[F_TCG2_HEADER_DIGEST] = { "TCG2_HEADER_DIGEST", INFO, true,
		"The Spec ID event has a digest that is not zero.",
		"The header's digest is zeros.",
		PFP " §10.4.5.1" },
	[F_TCG2_DIGEST_UNDECLARED] = { "TCG2_DIGEST_UNDECLARED", WARNING, true,
		"Records have digests of a known algorithm that the Spec ID event does not declare; "
		"they are stepped over and not replayed.",
		"The Spec ID event declares the algorithms of all digests.",
		PFP " §10.4.5.1" },
	[F_TCG2_DATA_AFTER_END] = { "TCG2_DATA_AFTER_END", WARNING, true,
		"Bytes other than padding follow the end of the log.",
		"After the last record there is padding of one kind.",
		"UEFI 2.10 §38.4; ACPI table CCEL, LAML" },
	[F_CCEL_EXTENDS_LAUNCH] = { "CCEL_EXTENDS_LAUNCH", WARNING, false,
		"A record claims to extend the launch register, which no guest can.",
		"MR index 0 is measured before the guest runs.",
		"UEFI 2.10 §38.4.1" },
	[F_AAEL_IN_TWO_LOGS] = { "AAEL_IN_TWO_LOGS", INFO, false,
		"Records of the attestation agent stand in two logs and are counted once.",
		"An extension is counted once.",
		"CoCo guest-components, attestation-agent" },
	[F_JOIN_DIFFERS] = { "JOIN_DIFFERS", ERROR, false,
		"A log begins at another value than the logs before it replay to.",
		"A runtime log begins where the firmware's ends.",
		RFC },
	[F_TEXT_SYNC_DIFFERS] = { "TEXT_SYNC_DIFFERS", WARNING, false,
		"A SYNC line asserts another value than the log replays to: an extension that "
		"nobody logged, or a line that is forged or stale.",
		"SYNC states the value before it.",
		RFC },
	[F_TEXT_SYNC_MALFORMED] = { "TEXT_SYNC_MALFORMED", WARNING, false,
		"A line begins like SYNC and asserts nothing: its grammar, hash or length is "
		"wrong.  It is measured all the same.",
		"SYNC has the hash of one of the register's banks and one value of it, in hex.",
		RFC },
	[F_TEXT_HINT_MALFORMED] = { "TEXT_HINT_MALFORMED", WARNING, false,
		"A \"# .EXTEND\" comment without a digest of the register's size.",
		"A .EXTEND comment has one digest of the register's size.",
		RFC },
	[F_TEXT_TOO_MANY_CANDIDATES] = { "TEXT_TOO_MANY_CANDIDATES", WARNING, false,
		"SYNC and .EXTEND lines allow more readings than are looked at.",
		"After the last SYNC line that can be believed, hints allow at most 16 readings.",
		"libtsmmr, limits" },
	[F_TEXT_NO_FINAL_NEWLINE] = { "TEXT_NO_FINAL_NEWLINE", INFO, false,
		"The last line has no newline: complete by the grammar, but perhaps a torn copy.",
		"Every record ends in a newline.",
		RFC },
	[F_TEXT_CARRIAGE_RETURN] = { "TEXT_CARRIAGE_RETURN", WARNING, false,
		"A line has a carriage return, which the kernel would have split at: the file "
		"was changed on its way.",
		"A carriage return ends a record as a newline does.",
		RFC },
	[F_TEXT_BLANKS] = { "TEXT_BLANKS", WARNING, false,
		"A line begins or ends with blanks, which the kernel would have trimmed.",
		"Blanks around a record are trimmed before it is hashed.",
		RFC },
	[F_IMA_PADDED_DIGESTS] = { "IMA_PADDED_DIGESTS", INFO, false,
		"The register matches if SHA-1 digests were padded to its bank, as before Linux 5.8.",
		"Since Linux 5.8, IMA hashes a template for each bank.",
		"security/integrity/ima, ima_calc_field_array_hash" },
	[F_IMA_AGGREGATE_DIFFERS] = { "IMA_AGGREGATE_DIFFERS", WARNING, false,
		"IMA's boot_aggregate is not the hash of the PCRs that the firmware's log replays to.",
		"boot_aggregate is the hash over PCR 0 to 7, or to 9.",
		"security/integrity/ima, ima_calc_boot_aggregate_tfm" },
	[F_IMA_TEMPLATE_UNKNOWN] = { "IMA_TEMPLATE_UNKNOWN", INFO, false,
		"A record's template has fields that are not known; its digest is checked all the same.",
		"A template is a list of fields that Linux has.",
		"Documentation/security/IMA-templates" },
	[F_IMA_NO_FINAL_NEWLINE] = { "IMA_NO_FINAL_NEWLINE", WARNING, true,
		"The last line of an ASCII list has no newline: it may be cut.",
		"Every line of the list ends in a newline.",
		"security/integrity/ima, ima_fs.c" },
	[F_IMA_BLANK_LOST] = { "IMA_BLANK_LOST", WARNING, true,
		"A line of an ASCII list lost blanks, as to an editor; its digest says which fields are "
		"empty.",
		"An empty field is one blank after another.",
		"security/integrity/ima, ima_ascii_measurements_show" },
	[F_IMA_CARRIAGE_RETURN] = { "IMA_CARRIAGE_RETURN", WARNING, true,
		"The lines of an ASCII list end in a carriage return too, as an editor leaves them.",
		"A line of the list ends in a newline.",
		"security/integrity/ima, ima_ascii_measurements_show" },
	[F_CEL_RECNUM_MISSING] = { "CEL_RECNUM_MISSING", INFO, true,
		"Records have no number; systemd writes them so.",
		"Every record has a number.",
		"CEL 1.1 §4.2.2" },
	[F_CEL_RECNUM_ORDER] = { "CEL_RECNUM_ORDER", INFO, true,
		"Record numbers do not count from 0, by one, for each register.",
		"Records are numbered for each index, from 0, by one, measured or not.",
		"CEL 1.1 §4.2.2" },
	[F_CEL_INDEX_RANGE] = { "CEL_INDEX_RANGE", INFO, true,
		"An index is outside the range that CEL reserves for its kind.",
		"A PCR is below 2^24, an NV index has 0x20 in its highest byte.",
		"CEL 1.1 §4.2" },
	[F_CEL_NV_NOT_REPLAYED] = { "CEL_NV_NOT_REPLAYED", INFO, false,
		"Records extend an NV index; those are shown and not replayed.",
		"Registers are replayed, and an NV index is not one.",
		"tsmmr-cel(7)" },
	[F_CEL_CC_MR] = { "CEL_CC_MR", INFO, true,
		"Registers are numbered by UEFI's MrIndex (type 108), which CEL does not have.",
		"A record has a PCR or an NV index.",
		"CEL 1.1 §4.2" },
	[F_CEL_RTMR_MEMBER] = { "CEL_RTMR_MEMBER", INFO, true,
		"Registers are named by a member \"rtmr\", as systemd does.",
		"A record has a PCR or an NV index.",
		"CEL 1.1 §4.2" },
	[F_CEL_DIGESTS_EMPTY] = { "CEL_DIGESTS_EMPTY", INFO, true,
		"An unmeasured record has no digest.",
		"A record has at least one digest.",
		"CEL 1.1 §4.2.4" },
	[F_CEL_CONTENT_MISSING] = { "CEL_CONTENT_MISSING", INFO, true,
		"A record has a digest and no content.",
		"Content carries what the digest covers.",
		"CEL 1.1 §4.2.1.2" },
	[F_CEL_CONTENT_11] = { "CEL_CONTENT_11", INFO, true,
		"Content type 11 for systemd's, which is 9.",
		"systemd is content type 9.",
		"CEL 1.1, table 2" },
	[F_CEL_CONTENT_UNKNOWN] = { "CEL_CONTENT_UNKNOWN", INFO, true,
		"A content type that CEL does not define; it is carried as it is.",
		"Content types are those of the table.",
		"CEL 1.1, table 2" },
	[F_CEL_CONTENT_FORM] = { "CEL_CONTENT_FORM", INFO, true,
		"Content of another form than CEL gives its type.",
		"Content has the form of its type.",
		"CEL 1.1 §5" },
	[F_CEL_NUMBER_AS_TEXT] = { "CEL_NUMBER_AS_TEXT", INFO, true,
		"A number where CEL has a name, or the other way round.",
		"Names are text and numbers are numbers.",
		"CEL 1.1 §5.2, §5.3" },
	[F_CEL_NAME_SPELLING] = { "CEL_NAME_SPELLING", INFO, true,
		"A name that is not spelled as CEL spells it.",
		"Names are spelled as in the tables.",
		"CEL 1.1 §5.3" },
	[F_CEL_EVENT_TYPE_UNKNOWN] = { "CEL_EVENT_TYPE_UNKNOWN", WARNING, true,
		"The writer lost an event's type.",
		"An event type is a name of the table, or a number.",
		"CEL 1.1 §5.1" },
	[F_CEL_EVENT_TYPE_NAME] = { "CEL_EVENT_TYPE_NAME", INFO, true,
		"An event type by a name that CEL does not define; it is carried as it is.",
		"An event type is a name of the table, or a number.",
		"CEL 1.1 §5.1" },
	[F_CEL_TEMPLATE_VALUE] = { "CEL_TEMPLATE_VALUE", INFO, true,
		"A member \"template_value\" for \"template_data\" (tpm2-tss 4.0).",
		"The data of an IMA template is \"template_data\".",
		"CEL 1.1 §5.3" },
	[F_CEL_MANAGEMENT_FORM] = { "CEL_MANAGEMENT_FORM", INFO, true,
		"A management record of another form: a list, a nested value, type 0x80 or 0x81.",
		"A management record is one type and its value.",
		"CEL 1.1 §4.4" },
	[F_CEL_MEMBER_UNKNOWN] = { "CEL_MEMBER_UNKNOWN", INFO, true,
		"A record has a member that CEL does not define.",
		"A record has the members of the table.",
		"CEL 1.1 §5.2, §5.3" },
	[F_CEL_CBOR_FORM] = { "CEL_CBOR_FORM", INFO, true,
		"CBOR of another form than the deterministic one: wide heads, no lengths, unordered keys.",
		"CBOR is encoded deterministically.",
		"CEL 1.1 §5.2; RFC 8949 §4.2.1" },
	[F_CEL_JSON_NO_ARRAY] = { "CEL_JSON_NO_ARRAY", INFO, true,
		"JSON records one after the other, not in an array.",
		"A log in JSON is one array.",
		"CEL 1.1 §5.3" },
	[F_CEL_TORN_RECORD] = { "CEL_TORN_RECORD", WARNING, true,
		"A record of a JSON sequence was not written to its end, and reading went on with the "
		"next: what was extended there is not known.",
		"Every record of the sequence is a whole text of JSON.",
		"RFC 7464 §2.3" },
	[F_CEL_TLV_WIDTH] = { "CEL_TLV_WIDTH", INFO, true,
		"An integer has another width than the usual 8, 1 and 4 bytes.",
		"Integers have the width that readers expect.",
		"tsmmr-cel(7)" },
	[F_CEL_NOT_INDEXED] = { "CEL_NOT_INDEXED", INFO, false,
		"Unmeasured records of registers that CEL has no number for were left out.",
		"What was not measured may be left out.",
		"tsmmr-cel(7)" },
	[F_CEL_CONTENT_OPAQUE] = { "CEL_CONTENT_OPAQUE", INFO, false,
		"Content of an unknown type was written as a byte string.",
		"Content is carried through as it is.",
		"tsmmr-cel(7)" },
	[F_CEL_ASIDE_DROPPED] = { "CEL_ASIDE_DROPPED", INFO, false,
		"What records say beyond what was measured was left out.",
		"Only what was measured is written.",
		"tsmmr-cel(7)" },
	[F_CEL_HINT_UNCONFIRMED] = { "CEL_HINT_UNCONFIRMED", INFO, false,
		"A .EXTEND comment that no later SYNC confirms was written as a comment.",
		"A hint is believed when the log confirms it.",
		"tsmmr-cel(7)" },
	[F_SYSTEMD_INCOMPLETE] = { "SYSTEMD_INCOMPLETE", WARNING, false,
		"The file's sticky bit says that a record may be missing.",
		"The sticky bit is not set.",
		"systemd, measurement-log.c" },
	[F_VIRTUAL_REFUSED] = { "VIRTUAL_REFUSED", WARNING, false,
		"A virtual register that is refused: it has a hardware register's name, or there "
		"are more than 64.",
		"A virtual register has a name of its own.",
		RFC ", its thread" },
	[F_IMAGE_MISSING] = { "IMAGE_MISSING", WARNING, false,
		"An image that a launch measured was not given, so its register cannot be computed.",
		"What a launch measured is needed to compute its register.",
		"tsmmr-replay(1), --image" },
	[F_DSTACK_EXCERPT] = { "DSTACK_EXCERPT", WARNING, false,
		"Records of an excerpt, which lead to no register's value, are left out.",
		"A register's records are all of them, from the first.",
		"Dstack-TEE/dstack, dstack-attest" },
	[F_IMAGE_DIFFERS] = { "IMAGE_DIFFERS", ERROR, false,
		"An image that was given is not the one the log names.",
		"The image is the one that the log names.",
		"tsmmr-replay(1), --image" },
	[F_LAUNCH_ASSUMED] = { "LAUNCH_ASSUMED", INFO, false,
		"What the replay of a launch takes for granted, as no image says it; the text says what.",
		"A launch register is explained for one way to launch.",
		"tsmmr-registers(7), LAUNCHES" },
	[F_LAUNCH_ID_BLOCK] = { "LAUNCH_ID_BLOCK", WARNING, false,
		"The ID block of an IGVM file is for another launch digest than its pages give; the "
		"platform would refuse that launch.",
		"An ID block has the digest of the launch that it is for.",
		"AMD 56860, SNP_LAUNCH_FINISH" },
	[F_LAUNCH_STEP_MISSING] = { "LAUNCH_STEP_MISSING", WARNING, false,
		"The log of a launch lacks a step that every launch has.",
		"A launch has each of its steps.",
		"Realm Management Monitor specification, realm creation" },
	[F_LAUNCH_TWICE] = { "LAUNCH_TWICE", ERROR, false,
		"Two logs describe the launch of one guest, which was launched once.",
		"A guest is launched once.",
		"tsmmr-replay(1), STATUS OF A REGISTER" },
	[F_REGISTER_UNREADABLE] = { "REGISTER_UNREADABLE", WARNING, false,
		"A register of this machine cannot be read; the text says why.",
		"A register is read, or the question about it stays open.",
		"tsmmr-replay(1), STATUS OF A REGISTER" },
	[F_MANIFEST_REFUSED] = { "MANIFEST_REFUSED", WARNING, false,
		"What stands beside a static register and names further ones is not what that "
		"register holds the hash of, or is no manifest.",
		"The register's value is the hash of its manifest.",
		RFC },
	[F_REGISTER_RESETTABLE] = { "REGISTER_RESETTABLE", INFO, false,
		"Software can reset the register while the machine runs: it holds what was extended since.",
		"A register that carries a verdict alone is reset with the machine.",
		PFP " §3.3.4" },
};
/* clang-format on */

void findings_done(struct findings *f)
{
	free(f->all);
	*f = (struct findings){ 0 };
}

static struct tsmmr_finding *add(struct findings *f)
{
	struct tsmmr_finding *all = grown(f->all, f->n, &f->cap, sizeof(*all));

	if (!all)
		return NULL;
	f->all = all;
	return &f->all[f->n++];
}

/* Counts one more of that id; true: it is not to be kept. */
static bool is_full(struct findings *f, enum finding_id id)
{
	if (f->seen[id]++ < (f->each ? f->each : FINDING_EACH))
		return false;
	f->dropped++;
	return true;
}

int findings_add(struct findings *f, enum finding_id id, uint64_t log, uint64_t record,
		 uint64_t offset, const char *format, ...)
{
	struct tsmmr_finding *new;
	va_list ap;

	if (is_full(f, id))
		return 0;
	new = add(f);
	if (!new)
		return TSMMR_E_NOMEM;

	*new = (struct tsmmr_finding){ .id = id, .log = log, .record = record, .offset = offset };
	va_start(ap, format);
	vsnprintf(new->text, sizeof(new->text), format, ap);
	va_end(ap);
	for (char *p = new->text; *p; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
			*p = '?';
	return 0;
}

int findings_merge(struct findings *f, const struct findings *other, uint64_t log)
{
	if (!f->each)
		f->each = other->each;
	for (size_t i = 0; i < other->n; i++) {
		const struct tsmmr_finding *from = &other->all[i];
		struct tsmmr_finding *new;

		if (is_full(f, from->id))
			continue;
		new = add(f);
		if (!new)
			return TSMMR_E_NOMEM;
		*new = *from;
		new->log =
			log == TSMMR_NONE || from->log == TSMMR_NONE ? TSMMR_NONE : log + from->log;
	}
	f->dropped += other->dropped;
	return 0;
}
