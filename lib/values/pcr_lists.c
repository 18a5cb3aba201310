/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists that tools print: "NAME: HEX" lines, in banks where a line says so.
 *
 *	sha256:				tpm2_pcrread, tpm2_pcrlist, gotpm, tpm2_eventlog's pcrs:
 *	  0 : 0x3D45…
 *	Bank/Algorithm: TPM_ALG_SHA256(0x000b)		tpm2_listpcrs
 *	PCR_00: 3d 45 …
 *	PCR-00: 3D 45 …			/sys/class/tpm/tpm0/pcrs, and lists that evmctl takes
 *	MRTD: ee a8 …			dstack-mr, tdx-measure
 */
#include "values/reader.h"

#include <stdio.h>

#include "util/error.h"
#include "util/hex.h"

#define PCRS_MAX 32
#define NAME_BYTES 32

/* "KEY : VALUE"; without a colon KEY is all of it. */
static struct span split(struct span line, struct span *ret_value)
{
	const uint8_t *colon = line.n ? memchr(line.p, ':', line.n) : NULL;
	size_t n = colon ? (size_t)(colon - line.p) : line.n;

	*ret_value = colon ? values_trim(span_of(colon + 1, line.n - n - 1)) : span_of(NULL, 0);
	return values_trim(span_of(line.p, n));
}

static bool starts(struct span s, const char *word)
{
	return span_starts(s, word, strlen(word));
}

/* "TPM_ALG_SHA256(0x000b)": the number is TCG's. */
static const struct hash_alg *listed_bank(struct span s)
{
	const uint8_t *open = s.n ? memchr(s.p, '(', s.n) : NULL;
	uint8_t id[2];

	if (!open || s.p[s.n - 1] != ')' ||
	    hex_decode(id, sizeof(id), (const char *)open + 1, (size_t)(s.p + s.n - open) - 2) != 2)
		return NULL;
	return hash_by_id(id[0] << 8 | id[1]);
}

/* Does the line begin a bank?  *ret is NULL for one that we do not know. */
static bool is_bank(struct span line, const struct hash_alg **ret)
{
	struct span value, key = split(line, &value);

	if (starts(key, "Bank/Algorithm") || starts(key, "bank/algorithm")) {
		*ret = listed_bank(value);
		return true;
	}
	if (key.n == line.n || value.n)
		return false;
	*ret = values_hash(key);
	return *ret || starts(key, "sha") || starts(key, "SHA") || starts(key, "sm3");
}

/* "PCR-00", "PCR_00", "pcr[0]", "0", "RTMR0", "MRTD": the register's name. */
static bool read_name(struct span key, char name[NAME_BYTES])
{
	struct span digits = key;
	size_t n = 0;
	uint32_t pcr;

	for (size_t i = 0; i < key.n && key.n < NAME_BYTES; i++) {
		uint8_t c = key.p[i] >= 'A' && key.p[i] <= 'Z' ? key.p[i] | 0x20 : key.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			name[n++] = (char)c;
		else if (!memchr("-_ []", c, 5))
			return false;
	}
	name[n] = '\0';
	if (!strncmp(name, "pcr", 3))
		digits = span_of(name + 3, n - 3);
	pcr = values_number(digits, PCRS_MAX);
	if (pcr < PCRS_MAX)
		snprintf(name, NAME_BYTES, "pcr%u", pcr);
	return pcr < PCRS_MAX || !strncmp(name, "rtmr", 4) || !strncmp(name, "mr", 2) ||
	       !strncmp(name, "pcr", 3);
}

static int read_line(struct values_reader *rd, struct span line, const struct hash_alg *bank)
{
	struct span hex, key = split(line, &hex);
	char name[NAME_BYTES];

	if (key.n == line.n || !key.n || !read_name(key, name))
		return fail(rd->err, TSMMR_E_MALFORMED, "%s: not a register and its value",
			    rd->where);
	return values_give(
		rd, (struct value){
			    .name = span_of(name, strlen(name)),
			    .alg = span_of(bank ? bank->name : "", bank ? strlen(bank->name) : 0),
			    .hex = hex,
			    .dumped = true,
		    });
}

static bool is_comment(struct span line)
{
	return !line.n || line.p[0] == '#' || span_eq(line, "---", 3);
}

static int read_list(struct values_reader *rd, struct span text, struct json_object *o)
{
	const struct hash_alg *bank = NULL;
	struct span raw;
	bool unknown = false;
	int r = 0;

	(void)o;
	while (r == 0 && values_line(rd, &text, &raw)) {
		struct span line = values_trim(raw);

		if (is_comment(line) || span_eq(line, "pcrs:", 5))
			continue;
		if (is_bank(line, &bank))
			unknown = !bank;
		else if (unknown)
			r = fail(rd->err, TSMMR_E_UNSUPPORTED,
				 "%s: a value in a bank of no hash "
				 "that is known",
				 rd->where);
		else
			r = read_line(rd, line, bank);
	}
	return r;
}

/* The first line that says anything. */
static struct span first_line(struct span text)
{
	struct values_reader none = { .line = 0 };
	struct span line = { 0 };

	while (values_line(&none, &text, &line)) {
		line = values_trim(line);
		if (!is_comment(line))
			return line;
	}
	return span_of(NULL, 0);
}

static bool is_banked(struct span text, struct json_object *o)
{
	struct span line = first_line(text);
	const struct hash_alg *bank;

	(void)o;
	return is_bank(line, &bank) || span_eq(line, "pcrs:", 5);
}

static bool is_listed(struct span text, struct json_object *o)
{
	struct span hex, key = split(first_line(text), &hex);
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	char name[NAME_BYTES];

	(void)o;
	return hex.n && key.n && read_name(key, name) &&
	       hex_decode(value, sizeof(value), (const char *)hex.p, hex.n) > 0;
}

const struct values_format values_banks = {
	.id = TSMMR_VALUES_TPM2_PCRREAD,
	.name = "tpm2_pcrread",
	.probe = is_banked,
	.read = read_list,
};

const struct values_format values_list = {
	.id = TSMMR_VALUES_PCRS,
	.name = "pcrs",
	.probe = is_listed,
	.read = read_list,
};

/* YAML: "pcrs:" is one of its keys, and what is indented after it is its value. */
static bool find_pcrs(struct values_reader *rd, struct span *text)
{
	struct span line;

	while (values_line(rd, text, &line)) {
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (span_eq(line, "pcrs:", 5))
			return true;
	}
	return false;
}

static struct span indented(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((i == 0 || text.p[i - 1] == '\n') && !memchr(" \t\r\n#", text.p[i], 5))
			return span_of(text.p, i);
	return text;
}

static bool is_eventlog(struct span text, struct json_object *o)
{
	struct values_reader none = { .line = 0 };

	(void)o;
	return find_pcrs(&none, &text);
}

static int read_eventlog(struct values_reader *rd, struct span text, struct json_object *o)
{
	if (!find_pcrs(rd, &text))
		return fail(rd->err, TSMMR_E_MALFORMED, "no \"pcrs:\" in it");
	return read_list(rd, indented(text), o);
}

const struct values_format values_eventlog = {
	.id = TSMMR_VALUES_TPM2_EVENTLOG,
	.name = "tpm2_eventlog",
	.probe = is_eventlog,
	.read = read_eventlog,
};
