/* SPDX-License-Identifier: BSD-2-Clause */
/* UEFI variables in events: boot entries, signature databases, switches. */
#include "format/describe.h"
#include "format/devpath.h"
#include "format/tcg2.h"
#include "format/uefi.h"
#include "util/text.h"

#define SBAT_MAX 1024 /* bytes of it that can matter to a line */
#define OPTIONAL_MAX 1024
#define PATHS_MAX 4
#define VALUE_SHOWN 32 /* bytes of a nameless value in the line */
#define NAMES_MAX 64   /* certificates named, and numbers of a boot order listed */

#define GUID_GLOBAL "8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define GUID_SECURITY "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
#define GUID_SHIM "605dab50-e046-4300-abb6-3dd810dd8b23"

/*
 * Signature databases: lists of one type and entry size each, one after another.
 * (EFI_SIGNATURE_LIST, UEFI 2.10 §32.4.1)
 */

static const struct sig_type {
	const char *guid, *name;
} sig_types[] = {
	{ "a5c059a1-94e4-4aa7-87b5-ab155c2bf072", "x509" },
	{ "c1c41626-504c-4092-aca9-41f936934328", "sha256" },
	{ "ff3e5307-9fd0-48c9-85f1-8ad56c701e01", "sha384" },
	{ "093e0fae-a6c4-4f50-9f1b-d41e2b89c19a", "sha512" },
	{ "826ca512-cf10-4ac9-b187-be01496631bd", "sha1" },
	{ "3c5766e8-269c-4e34-aa14-ed776e85b3b6", "rsa2048" },
	{ "3bd2a492-96c0-4079-b420-fcf98ef103ed", "x509-sha256" },
};
#define SIG_X509 0
#define SIG_OTHER ARRAY_SIZE(sig_types)

struct sig_walk {
	struct cursor lists, entries;
	size_t type; /* in sig_types, or SIG_OTHER */
	uint32_t entry_size;
	uint64_t n_lists;
	bool bad; /* a size does not add up; what follows cannot be read */
};

static bool next_list(struct sig_walk *w)
{
	struct span type, body;
	uint32_t list_size, header_size;
	struct cursor c = w->lists;

	if (cur_empty(&c))
		return false;

	w->bad = true;
	if (!cur_take(&c, 16, &type) || !cur_le32(&c, &list_size) || !cur_le32(&c, &header_size) ||
	    !cur_le32(&c, &w->entry_size))
		return false;
	if (list_size < 28 || !cur_take(&c, list_size - 28, &body))
		return false;
	w->entries = cur_span(body);
	/* Vendor bytes precede the entries.  (A verifier once took them for entries.) */
	if (!cur_skip(&w->entries, header_size) || w->entry_size <= 16 ||
	    cur_left(&w->entries) % w->entry_size)
		return false;

	for (w->type = 0; w->type < SIG_OTHER; w->type++)
		if (guid_is(type.p, sig_types[w->type].guid))
			break;
	w->lists = c;
	w->n_lists++;
	w->bad = false;
	return true;
}

/* The next entry of any list: 16 bytes of owner, then a certificate or a hash. */
static bool next_signature(struct sig_walk *w, struct span *ret)
{
	while (cur_empty(&w->entries))
		if (!next_list(w))
			return false;
	return cur_take(&w->entries, w->entry_size, ret);
}

/* DER, as far as a subject's name needs it.  (X.690 §8.1, RFC 5280 §4.1) */

#define DER_SEQUENCE 0x30
#define DER_SET 0x31
#define DER_OID 0x06
#define DER_VERSION 0xa0

static bool der_take(struct cursor *c, uint8_t tag, struct span *ret)
{
	struct cursor at = *c;
	uint8_t byte, n;
	uint32_t len;

	if (!cur_u8(&at, &byte) || byte != tag || !cur_u8(&at, &byte))
		return false;
	len = byte;
	if (byte & 0x80) {
		n = byte & 0x7f;
		if (n == 0 || n > 4)
			return false;
		for (len = 0; n; n--) {
			if (!cur_u8(&at, &byte))
				return false;
			len = len << 8 | byte;
		}
	}
	if (!cur_take(&at, len, ret))
		return false;

	*c = at;
	return true;
}

/* The last common name of a distinguished name; without one, its last organisation. */
static bool der_name(struct span name, struct span *ret)
{
	struct cursor c = cur_span(name);
	struct span set, pair, oid, value;
	bool found = false, common = false;

	while (der_take(&c, DER_SET, &set)) {
		struct cursor in = cur_span(set);
		bool is_common;

		if (!der_take(&in, DER_SEQUENCE, &pair))
			continue;
		in = cur_span(pair);
		if (!der_take(&in, DER_OID, &oid) || cur_empty(&in) ||
		    !der_take(&in, *in.p, &value))
			continue;
		is_common = span_eq(oid, "\x55\x04\x03", 3);
		if (is_common || (span_eq(oid, "\x55\x04\x0a", 3) && !common)) {
			*ret = value;
			found = true;
			common = common || is_common;
		}
	}
	return found;
}

/* True when s begins with an X.509 certificate; *ret is its subject. */
static bool cert_subject(struct span s, struct span *ret)
{
	struct cursor c = cur_span(s);
	struct span v;

	if (!der_take(&c, DER_SEQUENCE, &v))
		return false;
	c = cur_span(v);
	if (!der_take(&c, DER_SEQUENCE, &v))
		return false;

	c = cur_span(v);
	der_take(&c, DER_VERSION, &v);
	return der_take(&c, 0x02, &v) &&         /* serial number */
	       der_take(&c, DER_SEQUENCE, &v) && /* signature algorithm */
	       der_take(&c, DER_SEQUENCE, &v) && /* issuer */
	       der_take(&c, DER_SEQUENCE, &v) && /* validity */
	       der_take(&c, DER_SEQUENCE, &v) && /* subject */
	       der_name(v, ret);
}

/* What follows the name in the line, and the members for machines. */
typedef bool (*value_fn)(const struct uefi_variable *v, struct describe *d);

static bool value_empty(const struct uefi_variable *v, struct describe *d)
{
	if (v->data.n)
		return false;
	buf_str(d->text, " (empty)");
	return true;
}

static bool value_switch(const struct uefi_variable *v, struct describe *d)
{
	if (v->data.n != 1)
		return value_empty(v, d);
	buf_printf(d->text, " = %u", v->data.p[0]);
	json_u64(d->details, "value", v->data.p[0]);
	return true;
}

static bool value_number(const struct uefi_variable *v, struct describe *d)
{
	if (v->data.n != 2)
		return value_empty(v, d);
	buf_printf(d->text, " = %04X", get_le16(v->data.p));
	json_u64(d->details, "value", get_le16(v->data.p));
	return true;
}

/* The digits of Boot####, in the order of preference.  (UEFI 2.10 §3.3) */
static bool value_order(const struct uefi_variable *v, struct describe *d)
{
	if (!v->data.n || v->data.n % 2)
		return value_empty(v, d);

	buf_str(d->text, " = ");
	json_open(d->details, "order", '[');
	for (size_t i = 0; i < v->data.n && i < 2 * NAMES_MAX; i += 2) {
		buf_printf(d->text, "%s%04X", i ? "," : "", get_le16(v->data.p + i));
		json_u64(d->details, NULL, get_le16(v->data.p + i));
	}
	json_close(d->details, ']');
	if (v->data.n > 2 * NAMES_MAX) {
		buf_char(d->text, ',');
		describe_more(d);
	}
	return true;
}

struct load_option { /* EFI_LOAD_OPTION (UEFI 2.10 §3.1.3) */
	uint32_t attributes;
	struct span description; /* UTF-16LE, no NUL */
	struct span paths;       /* the image's, then the vendor's own */
	struct span optional;
};

static bool load_option(struct span s, struct load_option *ret)
{
	struct cursor c = cur_span(s);
	uint16_t path_len;
	size_t n = 0;

	if (!cur_le32(&c, &ret->attributes) || !cur_le16(&c, &path_len))
		return false;
	while (n + 2 <= cur_left(&c) && get_le16(c.p + n))
		n += 2;
	if (!cur_take(&c, n, &ret->description) || !cur_skip(&c, 2) ||
	    !cur_take(&c, path_len, &ret->paths))
		return false;

	ret->optional = cur_rest(&c);
	return true;
}

static void say_paths(struct span paths, struct describe *d)
{
	struct span path;
	size_t at;

	json_open(d->details, "paths", '[');
	for (size_t i = 0; i < PATHS_MAX && devpath_next(&paths, &path); i++) {
		buf_str(d->text, i ? "; " : ", ");
		at = d->text->n;
		devpath_brief(d->text, path);
		d->cut |= d->text->n > at &&
			  memmem(d->text->p + at, d->text->n - at, "…", strlen("…"));
		detail_path(d, NULL, path);
	}
	if (paths.n && devpath_next(&paths, &path)) {
		buf_str(d->text, "; ");
		describe_more(d);
	}
	json_close(d->details, ']');
}

static bool value_load_option(const struct uefi_variable *v, struct describe *d)
{
	struct load_option o;

	if (!load_option(v->data, &o))
		return value_empty(v, d);

	buf_str(d->text, ": ");
	line_utf16(d, o.description);
	if (!(o.attributes & 1)) /* LOAD_OPTION_ACTIVE */
		buf_str(d->text, " (inactive)");

	json_hexnum(d->details, "attributes", o.attributes);
	detail_utf16(d, "description", o.description);
	say_paths(o.paths, d);
	json_u64(d->details, "optional_size", o.optional.n);
	json_hex(d->details, "optional_data", o.optional.p,
		 o.optional.n < OPTIONAL_MAX ? o.optional.n : OPTIONAL_MAX);
	return true;
}

static void say_counts(const uint64_t *counts, struct describe *d)
{
	const char *between = ": ";

	json_open(d->details, "signatures", '{');
	for (size_t i = 0; i <= SIG_OTHER; i++) {
		const char *name = i < SIG_OTHER ? sig_types[i].name : "other";

		if (!counts[i])
			continue;
		json_u64(d->details, name, counts[i]);
		buf_printf(d->text, "%s%llu %s", between, (unsigned long long)counts[i], name);
		between = ", ";
	}
	json_close(d->details, '}');
}

static void say_certificates(struct span lists, struct describe *d)
{
	struct sig_walk w = { .lists = cur_span(lists) };
	const char *between = " (";
	struct span entry, name;
	size_t n = 0;

	json_open(d->details, "certificates", '[');
	while (next_signature(&w, &entry)) {
		if (n == NAMES_MAX) {
			buf_str(d->text, between);
			describe_more(d);
			break;
		}
		if (w.type != SIG_X509 || !cert_subject(span_of(entry.p + 16, entry.n - 16), &name))
			continue;
		buf_str(d->text, between);
		line_utf8(d, name);
		detail_utf8(d, NULL, name);
		between = "; ";
		n++;
	}
	json_close(d->details, ']');
	if (n)
		buf_char(d->text, ')');
}

static bool value_signatures(const struct uefi_variable *v, struct describe *d)
{
	struct sig_walk w = { .lists = cur_span(v->data) };
	uint64_t counts[SIG_OTHER + 1] = { 0 };
	struct span entry;

	if (!v->data.n)
		return value_empty(v, d);

	while (next_signature(&w, &entry))
		counts[w.type]++;
	if (w.bad && !w.n_lists)
		return false;

	say_counts(counts, d);
	if (w.bad)
		buf_str(d->text, ", then malformed");
	json_u64(d->details, "signature_lists", w.n_lists);
	json_flag(d->details, "well_formed", !w.bad);
	say_certificates(v->data, d);
	return true;
}

/* Revocations by generation: lines of "component,generation".  (shim, SBAT.md) */
static bool value_sbat(const struct uefi_variable *v, struct describe *d)
{
	struct span s = span_before_nul(v->data);

	if (!span_is_utf8(s, d->text))
		return false;
	text_before_nul(d, v->data);
	detail_utf8(d, "value", s);

	buf_str(d->text, ": ");
	if (!d->whole)
		s = span_head(s, SBAT_MAX);
	while (s.n) {
		const uint8_t *end = memchr(s.p, '\n', s.n);
		size_t n = end ? (size_t)(end - s.p) : s.n;

		line_utf8(d, span_of(s.p, n));
		s = span_of(s.p + n, s.n - n);
		if (s.n) {
			s = span_of(s.p + 1, s.n - 1);
			buf_str(d->text, s.n ? " " : "");
		}
	}
	return true;
}

/*
 * What vouched for an image: one EFI_SIGNATURE_DATA, or a bare certificate where shim
 * used its own or where old firmware leaves the owner out.  (PFP 1.06 §3.3.4.8)
 */
static bool value_authority(const struct uefi_variable *v, struct describe *d)
{
	struct span name, rest;

	if (cert_subject(v->data, &name)) {
		buf_str(d->text, ": ");
		line_utf8(d, name);
		detail_utf8(d, "certificate", name);
		return true;
	}
	if (v->data.n <= 16)
		return value_empty(v, d);

	rest = span_of(v->data.p + 16, v->data.n - 16);
	if (cert_subject(rest, &name)) {
		buf_str(d->text, ": ");
		line_utf8(d, name);
		detail_utf8(d, "certificate", name);
	} else if (rest.n == 32) {
		buf_str(d->text, ": image hash ");
		buf_hex(d->text, rest.p, d->whole ? rest.n : 6);
		if (!d->whole)
			describe_more(d);
		json_hex(d->details, "hash", rest.p, rest.n);
	} else {
		return false;
	}
	detail_guid(d, "owner", v->data.p);
	return true;
}

/*
 * A name means this only under the right GUID: anybody may have a variable called
 * SecureBoot.  '#' stands for a digit of a hexadecimal number.  (UEFI 2.10 §3.3)
 */
static const struct {
	const char *guid, *name;
	value_fn value;
} known[] = {
	{ GUID_GLOBAL, "SecureBoot", value_switch },
	{ GUID_GLOBAL, "SetupMode", value_switch },
	{ GUID_GLOBAL, "AuditMode", value_switch },
	{ GUID_GLOBAL, "DeployedMode", value_switch },
	{ GUID_GLOBAL, "VendorKeys", value_switch },
	{ GUID_GLOBAL, "BootOrder", value_order },
	{ GUID_GLOBAL, "DriverOrder", value_order },
	{ GUID_GLOBAL, "SysPrepOrder", value_order },
	{ GUID_GLOBAL, "BootNext", value_number },
	{ GUID_GLOBAL, "BootCurrent", value_number },
	{ GUID_GLOBAL, "Boot####", value_load_option },
	{ GUID_GLOBAL, "Driver####", value_load_option },
	{ GUID_GLOBAL, "SysPrep####", value_load_option },
	{ GUID_GLOBAL, "PlatformRecovery####", value_load_option },
	{ GUID_GLOBAL, "PK", value_signatures },
	{ GUID_GLOBAL, "KEK", value_signatures },
	{ GUID_SECURITY, "db", value_signatures },
	{ GUID_SECURITY, "dbx", value_signatures },
	{ GUID_SECURITY, "dbt", value_signatures },
	{ GUID_SECURITY, "dbr", value_signatures },
	{ GUID_SECURITY, "devdb", value_signatures },
	{ GUID_SHIM, "MokList", value_signatures },
	{ GUID_SHIM, "MokListX", value_signatures },
	{ GUID_SHIM, "MokListRT", value_signatures },
	{ GUID_SHIM, "MokListTrusted", value_switch },
	{ GUID_SHIM, "MokSBState", value_switch },
	{ GUID_SHIM, "SbatLevel", value_sbat },
};

static bool is_hex(uint16_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

static bool name_is(struct span name, const char *pattern)
{
	if (name.n != 2 * strlen(pattern))
		return false;
	for (size_t i = 0; pattern[i]; i++) {
		uint16_t c = get_le16(name.p + 2 * i);

		if (pattern[i] == '#' ? !is_hex(c) : c != (uint8_t)pattern[i])
			return false;
	}
	return true;
}

static value_fn value_by_name(const struct uefi_variable *v)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (name_is(v->name, known[i].name) && guid_is(v->guid, known[i].guid))
			return known[i].value;
	return NULL;
}

static bool is_authority(uint32_t type)
{
	return type == EV_EFI_VARIABLE_AUTHORITY || type == EV_EFI_SPDM_DEVICE_AUTHORITY;
}

void say_variable(struct describe *d, const struct uefi_variable *v, uint32_t type)
{
	const char *name = guid_name(v->guid);
	value_fn value = value_by_name(v);

	line_utf16(d, v->name);
	detail_utf16(d, "variable", v->name);
	detail_guid(d, "guid", v->guid);
	json_str(d->details, "guid_name", name);
	json_u64(d->details, "size", v->data.n);

	if (is_authority(type) && (!value || value == value_signatures))
		value = value_authority;
	if (value && value(v, d))
		return;

	buf_str(d->text, ": ");
	line_size(d, v->data.n);
	if (!name) {
		buf_str(d->text, " of ");
		text_guid(d->text, v->guid);
	}
}

bool describe_variable(const struct tsmmr_event *e, struct describe *d)
{
	struct uefi_variable v;

	if (!uefi_variable(e->data, &v))
		return false;
	say_variable(d, &v, e->type);
	return true;
}

/* What a value is can be guessed from itself alone where it is a load option. */
void say_value(struct describe *d, struct span value)
{
	const struct uefi_variable v = { .data = value };
	struct load_option o;

	json_u64(d->details, "size", value.n);
	if (load_option(value, &o) && span_is_utf16(o.description) && o.paths.n) {
		buf_str(d->text, "load option");
		value_load_option(&v, d);
		return;
	}
	buf_str(d->text, "value ");
	if (value.n && value.n <= VALUE_SHOWN)
		buf_hex(d->text, value.p, value.n);
	else
		line_size(d, value.n);
	d->cut |= value.n > VALUE_SHOWN;
	json_hex(d->details, "value", value.p, value.n < OPTIONAL_MAX ? value.n : OPTIONAL_MAX);
}
