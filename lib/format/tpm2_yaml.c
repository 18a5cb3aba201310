/* SPDX-License-Identifier: BSD-2-Clause */
/* The YAML that readers of tpm2_eventlog expect. */
/*
 * Version 1 of that YAML: what tpm2_eventlog(1) writes by default, and what
 * most of the outputs published with tpm2-tools 5.x are in.  It shows the value of a
 * variable, and a GPT, as hex; version 2 takes them apart and guesses where they are
 * ambiguous.
 *
 * We differ from tpm2_eventlog in these points only:
 *  - every text from the log is valid, escaped YAML; data that is not the text or the
 *    structure its type promises is hex; hex is never cut (there: after 1024 bytes);
 *  - a log without Spec ID event is a list with numbers, too (there: one broken mapping);
 *  - a type without a name has its number after it, in a comment;
 *  - PCRs start where their architecture says (there: all but PCR 0 at zero).
 */
#include <strings.h>

#include "crypto/hash.h"
#include "core/replay.h"
#include "format/format.h"
#include "format/tcg2.h"
#include "format/uefi.h"
#include "util/error.h"
#include "util/text.h"

#define SHORT 512 /* bytes that most texts need no more than */

struct state {
	struct replay *replay;
};

static int begin(void *state, const struct export *x, struct buf *out, struct tsmmr_error *err)
{
	struct state *s = state;

	buf_str(out, "---\nversion: 1\nevents:\n");
	return replay_new(x->ctx, NULL, &s->replay) < 0 ? fail_nomem(err) : 0;
}

static void done(void *state)
{
	struct state *s = state;

	replay_free(s->replay);
}

static void put_hex(struct buf *out, struct span s)
{
	buf_char(out, '"');
	buf_hex(out, s.p, s.n);
	buf_str(out, "\"\n");
}

/* One control character.  The short names are those that tpm2_eventlog uses. */
static void put_control(struct buf *out, uint8_t c)
{
	static const char names[][2] = {
		{ 0x00, '0' }, { 0x07, 'a' }, { 0x08, 'b' }, { 0x09, 't' }, { 0x0a, 'n' },
		{ 0x0b, 'v' }, { 0x0c, 'f' }, { 0x0d, 'r' }, { 0x1b, 'e' },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i][0] == c) {
			buf_printf(out, "\\%c", names[i][1]);
			return;
		}
	buf_printf(out, "\\x%02x", c);
}

/*
 * From the notation of text.h, at a backslash, to that of YAML 1.2 §5.7.  Returns where
 * the escape ends, or NULL for what is no character: a byte that is not UTF-8, half of a
 * surrogate pair.
 */
static const char *put_escape(struct buf *out, const char *p)
{
	unsigned long c;
	char *end;

	if (p[1] == '\\') {
		buf_str(out, "\\\\");
		return p + 2;
	}
	if (p[1] == 'x') {
		char digits[] = { p[2], p[3], 0 };

		c = strtoul(digits, NULL, 16);
		if (c >= 0x80)
			return NULL;
		put_control(out, (uint8_t)c);
		return p + 4;
	}

	c = strtoul(p + 3, &end, 16); /* \u{…} */
	if (c >= 0xd800 && c <= 0xdfff)
		return NULL;
	buf_printf(out, "\\U%08lx", c);
	return end + 1;
}

/*
 * The inside of a double-quoted scalar that reads back as exactly this text.  text, one
 * of text.h, decides what is safe to show.  False when the bytes are no text.
 *
 * A line of the text is a line of the YAML, as tpm2_eventlog breaks them: a backslash
 * hides the break, and blanks that begin a line are escaped lest they count as indent.
 */
static bool put_text(struct buf *out, void (*text)(struct buf *b, struct span s), struct span s)
{
	BUF_LOCAL(shown, SHORT);
	bool line_start = true;
	const char *p;

	text(&shown, s);
	buf_char(&shown, 0);
	if (shown.failed) {
		out->failed = true;
		return true;
	}

	for (p = (const char *)shown.p; *p;) {
		bool newline = !strncmp(p, "\\x0a", 4), tab = !strncmp(p, "\\x09", 4);

		if (*p == '\\') {
			p = put_escape(out, p);
			if (!p)
				return false;
		} else if (*p == '"') {
			buf_str(out, "\\\"");
			p++;
		} else if (*p == ' ' && line_start) {
			buf_str(out, "\\x20");
			p++;
			continue;
		} else {
			size_t n = strcspn(p, "\\\"");

			buf_add(out, p, n);
			p += n;
		}
		if (newline && *p)
			buf_str(out, "\\\n      ");
		line_start = newline || (line_start && tab);
	}
	return true;
}

/* A word that YAML takes for a string without quotes, in any version of it. */
static bool is_plain(const struct buf *word)
{
	static const char *const reserved[] = {
		"y", "n", "yes", "no", "on", "off", "true", "false", "null",
	};
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	const char *p = (const char *)word->p;

	if (!word->n || !memchr(letters, p[0], sizeof(letters) - 1))
		return false;
	for (size_t i = 0; i < word->n; i++)
		if (!memchr(letters, p[i], sizeof(letters) - 1) && (p[i] < '0' || p[i] > '9'))
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (strlen(reserved[i]) == word->n && !strncasecmp(p, reserved[i], word->n))
			return false;
	return true;
}

/*
 * Below: one shape of event data each.  False, and nothing written, when the data has
 * not that shape.
 */

static bool put_variable(struct buf *out, struct span data)
{
	BUF_LOCAL(name, SHORT);
	struct uefi_variable v;
	const char *quote;

	if (!uefi_variable(data, &v) || !put_text(&name, text_utf16, v.name))
		return false;
	if (name.failed)
		out->failed = true;

	buf_str(out, "  Event:\n    VariableName: ");
	text_guid(out, v.guid);
	buf_printf(out, "\n    UnicodeNameLength: %llu\n    VariableDataLength: %llu\n",
		   (unsigned long long)v.name_chars, (unsigned long long)v.data_len);
	quote = is_plain(&name) ? "" : "\"";
	buf_printf(out, "    UnicodeName: %s", quote);
	buf_add(out, name.p, name.n);
	buf_printf(out, "%s\n", quote);
	if (v.data.n) {
		buf_str(out, "    VariableData: ");
		put_hex(out, v.data);
	}
	return true;
}

static bool put_blob(struct buf *out, struct span data)
{
	struct uefi_blob b;

	if (!uefi_blob(data, &b))
		return false;

	buf_printf(out, "  Event:\n    BlobBase: 0x%llx\n    BlobLength: 0x%llx\n",
		   (unsigned long long)b.base, (unsigned long long)b.length);
	return true;
}

static bool put_blob2(struct buf *out, struct span data)
{
	struct uefi_blob b;

	if (!uefi_blob2(data, &b))
		return false;

	buf_printf(out, "  Event:\n    BlobDescriptionSize: %zu\n    BlobDescription: ", b.desc.n);
	put_hex(out, b.desc);
	buf_printf(out, "    BlobBase: 0x%llx\n    BlobLength: 0x%llx\n",
		   (unsigned long long)b.base, (unsigned long long)b.length);
	return true;
}

static bool put_image(struct buf *out, struct span data)
{
	struct uefi_image_load i;

	if (!uefi_image_load(data, &i))
		return false;

	buf_printf(out, "  Event:\n    ImageLocationInMemory: 0x%llx\n",
		   (unsigned long long)i.location);
	buf_printf(out, "    ImageLengthInMemory: %llu\n", (unsigned long long)i.length);
	buf_printf(out, "    ImageLinkTimeAddress: 0x%llx\n", (unsigned long long)i.link_address);
	buf_printf(out, "    LengthOfDevicePath: %llu\n", (unsigned long long)i.path_len);
	buf_str(out, "    DevicePath: '");
	buf_hex(out, i.path.p, i.path.n + i.rest.n); /* as there, with what follows it */
	buf_str(out, "'\n");
	return true;
}

/* A literal block.  It ends at a NUL, after which there may only be more NULs. */
static bool put_action(struct buf *out, struct span data)
{
	while (data.n && !data.p[data.n - 1])
		data.n--;
	if (!text_is_ascii(data) || data.p[0] == ' ' || data.p[0] == '\t')
		return false;

	buf_str(out, "  Event: |-\n    ");
	buf_add(out, data.p, data.n);
	buf_char(out, '\n');
	return true;
}

static bool put_string(struct buf *out, struct span data)
{
	BUF_LOCAL(text, SHORT);

	if (!put_text(&text, text_utf8, data))
		return false;
	if (text.failed)
		out->failed = true;

	buf_str(out, "  Event:\n    String: \"");
	buf_add(out, text.p, text.n);
	buf_str(out, "\"\n");
	return true;
}

/* Rows of one type are alternatives; hex where none fits. */
static const struct {
	uint32_t type;
	bool (*put)(struct buf *out, struct span data);
} shapes[] = {
	{ EV_POST_CODE, put_blob },
	{ EV_POST_CODE, put_action },
	{ EV_S_CRTM_CONTENTS, put_blob },
	{ EV_IPL, put_string },
	{ EV_EFI_VARIABLE_DRIVER_CONFIG, put_variable },
	{ EV_EFI_VARIABLE_BOOT, put_variable },
	{ EV_EFI_BOOT_SERVICES_APPLICATION, put_image },
	{ EV_EFI_BOOT_SERVICES_DRIVER, put_image },
	{ EV_EFI_RUNTIME_SERVICES_DRIVER, put_image },
	{ EV_EFI_ACTION, put_action },
	{ EV_EFI_PLATFORM_FIRMWARE_BLOB, put_blob },
	{ EV_EFI_PLATFORM_FIRMWARE_BLOB2, put_blob2 },
	{ EV_EFI_VARIABLE_BOOT2, put_variable },
	{ EV_EFI_HCRTM_EVENT, put_action },
	{ EV_EFI_VARIABLE_AUTHORITY, put_variable },
};

static void put_data(struct buf *out, const struct tsmmr_event *e)
{
	if (!e->data.n)
		return;
	for (size_t i = 0; e->class == &tcg_class && i < ARRAY_SIZE(shapes); i++)
		if (shapes[i].type == e->type && shapes[i].put(out, e->data))
			return;

	buf_str(out, "  Event: ");
	put_hex(out, e->data);
}

static void put_alg(struct buf *out, uint16_t id)
{
	const struct hash_alg *alg = hash_by_id(id);

	if (!alg) {
		buf_printf(out, "\"0x%04x\"\n", id);
		return;
	}
	buf_str(out, alg->name);
	buf_char(out, '\n');
}

/* After what says which it is; on a line of its own. */
static void put_number(struct buf *out, const char *what, uint64_t v)
{
	buf_str(out, what);
	buf_u64(out, v);
	buf_char(out, '\n');
}

/* The Spec ID event: its record is of the old form, with one SHA-1 digest, all zero. */
static void put_spec_id(struct buf *out, const struct tsmmr_event *e, const struct spec_id *id)
{
	static const uint8_t zeros[20];
	const struct digest *d = event_digest(e, TSMMR_HASH_SHA1);

	buf_str(out, "  Digest: ");
	put_hex(out, d ? d->value : span_of(zeros, sizeof(zeros)));
	buf_printf(out, "  EventSize: %zu\n  SpecID:\n", e->data.n);
	buf_printf(out, "  - Signature: %s\n", id->zero_signature ? "\"\"" : "Spec ID Event03");
	buf_printf(out, "    platformClass: %u\n", id->platform_class);
	buf_printf(out, "    specVersionMinor: %u\n", id->version_minor);
	buf_printf(out, "    specVersionMajor: %u\n", id->version_major);
	buf_printf(out, "    specErrata: %u\n", id->errata);
	buf_printf(out, "    uintnSize: %u\n", id->uintn_size);
	buf_printf(out, "    numberOfAlgorithms: %u\n    Algorithms:\n", id->n_algs);
	for (uint32_t i = 0; i < id->n_algs; i++) {
		buf_printf(out, "    - Algorithm[%u]:\n      algorithmId: ", i);
		put_alg(out, id->algs[i].id);
		buf_printf(out, "      digestSize: %u\n", id->algs[i].size);
	}
	buf_printf(out, "    vendorInfoSize: %zu\n", id->vendor_info.n);
	if (id->vendor_info.n) {
		buf_str(out, "    vendorInfo: ");
		put_hex(out, id->vendor_info);
	}
}

static void put_type(struct buf *out, const struct tsmmr_event *e)
{
	const char *name = e->class ? e->class->type_name(e->type) : NULL;

	buf_str(out, "  EventType: ");
	if (!name && !event_type_is_named(e)) {
		buf_printf(out, "Unknown event type  # 0x%08x\n", e->type);
		return;
	}
	buf_str(out, name ? name : "Unknown event type");
	buf_char(out, '\n');
}

static int event(void *state, const struct tsmmr_event *e, struct buf *out, struct tsmmr_error *err)
{
	struct state *s = state;
	struct spec_id id;
	const char *why;

	put_number(out, "- EventNum: ", e->record);
	put_number(out, "  PCRIndex: ", e->index);
	put_type(out, e);
	if (e->mark == MARK_HEADER && e->class == &tcg_class &&
	    spec_id_parse(e->data, &id, &why) == 0) {
		put_spec_id(out, e, &id);
	} else {
		put_number(out, "  DigestCount: ", e->n_digests);
		buf_str(out, "  Digests:\n");
		for (size_t i = 0; i < e->n_digests; i++) {
			buf_str(out, "  - AlgorithmId: ");
			put_alg(out, e->digests[i].alg);
			buf_str(out, "    Digest: ");
			put_hex(out, e->digests[i].value);
		}
		put_number(out, "  EventSize: ", e->data.n);
		put_data(out, e);
	}
	if (out->failed)
		return fail_nomem(err);
	return replay_event(s->replay, 0, e, err);
}

static int by_index(const void *a, const void *b)
{
	const struct replayed *const *x = a, *const *y = b;

	return ((*x)->index > (*y)->index) - ((*x)->index < (*y)->index);
}

static void put_bank(struct buf *out, const struct replay *r, size_t bank,
		     const struct replayed *const *sorted)
{
	const struct hash_alg *alg = r->banks[bank].alg;

	buf_printf(out, "  %s:\n", alg->name);
	for (size_t i = 0; i < r->n_all; i++) {
		const struct slot *slot = sorted[i]->slots[bank];
		bool earlier;

		if (!slot || !slot->events)
			continue;
		buf_printf(out, "    %-2u : 0x", sorted[i]->index);
		buf_hex(out, candidates_best(slot, &earlier)->value, alg->size);
		buf_char(out, '\n');
	}
}

static int end(void *state, struct buf *out, struct tsmmr_error *err)
{
	const struct replay *r = ((struct state *)state)->replay;
	_cleanup_(free) const struct replayed **sorted = calloc(r->n_all + 1, sizeof(*sorted));
	const struct hash_alg *alg;

	if (!sorted)
		return fail_nomem(err);
	if (r->lacking)
		return fail_low(err, E_LACKS - __builtin_ctz(r->lacking));
	for (size_t i = 0; i < r->n_all; i++)
		sorted[i] = &r->all[i];
	qsort(sorted, r->n_all, sizeof(*sorted), by_index);

	/* In the order of the algorithms, for events may name them in any. */
	buf_str(out, "pcrs:\n");
	for (size_t i = 0; (alg = hash_by_index(i)); i++)
		for (size_t b = 0; b < r->n_banks; b++)
			if (r->banks[b].alg == alg)
				put_bank(out, r, b, sorted);
	return out->failed ? fail_nomem(err) : 0;
}

static const struct encoder encoder = {
	.state_size = sizeof(struct state),
	.begin = begin,
	.event = event,
	.end = end,
	.done = done,
};

const struct format format_tpm2_yaml = {
	.id = TSMMR_FORMAT_TPM2_YAML,
	.name = "tpm2-yaml",
	.encoder = &encoder,
};
