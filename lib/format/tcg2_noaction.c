/* SPDX-License-Identifier: BSD-2-Clause */
/* Payloads that name themselves: EV_NO_ACTION and SPDM events, as people read them. */
#include "crypto/hash.h"
#include "format/describe.h"
#include "format/tcg2.h"
#include "util/text.h"

#define SIGNATURE_LEN 16

/* The start of a payload that says what it is, and who reads the rest. */
struct signed_desc {
	char signature[SIGNATURE_LEN + 1];
	bool (*describe)(struct cursor c, struct describe *d); /* c is past the signature */
};

static bool describe_signed(const struct signed_desc *table, size_t n, struct span data,
			    struct describe *d)
{
	struct cursor c = cur_span(data);
	struct span signature;

	if (!cur_take(&c, SIGNATURE_LEN, &signature))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!span_eq(signature, table[i].signature, SIGNATURE_LEN))
			continue;
		if (!table[i].describe(c, d)) {
			buf_printf(d->text, "malformed %s", table[i].signature);
			json_str(d->details, "malformed", table[i].signature);
		}
		return true;
	}
	return false;
}

static void describe_algorithms(const struct spec_id *id, struct describe *d)
{
	json_open(d->details, "algorithms", '[');
	for (uint32_t i = 0; i < id->n_algs; i++) {
		const struct hash_alg *alg = hash_by_id(id->algs[i].id);

		if (alg)
			buf_printf(d->text, " %s", alg->name);
		else
			buf_printf(d->text, " 0x%04x", id->algs[i].id);

		json_open(d->details, NULL, '{');
		json_str(d->details, "name", alg ? alg->name : NULL);
		json_u64(d->details, "id", id->algs[i].id);
		json_u64(d->details, "size", id->algs[i].size);
		json_close(d->details, '}');
	}
	json_close(d->details, ']');
}

/* TCG_EfiSpecIDEvent.  (PFP 1.06 §10.4.5.1) */
static bool describe_spec_id(struct span data, struct describe *d)
{
	struct spec_id id;
	const char *why;

	if (spec_id_parse(data, &id, &why) != 0)
		return false;

	buf_printf(d->text, "Spec ID %u.%u", id.version_major, id.version_minor);
	if (id.errata) /* 105 is revision 1.05 */
		buf_printf(d->text, " rev %u.%02u", id.errata / 100, id.errata % 100);
	buf_char(d->text, ':');
	describe_algorithms(&id, d);
	if (text_is_ascii(id.vendor_info)) {
		buf_str(d->text, ", vendor ");
		line_utf8(d, id.vendor_info);
	}

	json_u64(d->details, "version_major", id.version_major);
	json_u64(d->details, "version_minor", id.version_minor);
	json_u64(d->details, "errata", id.errata);
	json_u64(d->details, "platform_class", id.platform_class);
	json_u64(d->details, "uintn_bits", id.uintn_size * 32u);
	json_hex(d->details, "vendor_info", id.vendor_info.p, id.vendor_info.n);
	return true;
}

/* TCG_EfiStartupLocalityEvent.  (PFP 1.06 §10.4.5.3) */
static bool describe_locality(struct cursor c, struct describe *d)
{
	uint8_t locality;

	if (!cur_u8(&c, &locality))
		return false;
	buf_printf(d->text, "startup locality %u", locality);
	json_u64(d->details, "startup_locality", locality);
	return true;
}

/* TCG_Sp800_155_PlatformId_Event.  (PFP 1.05 §10.4.5.2) */
static bool describe_rim(struct cursor c, struct describe *d)
{
	uint32_t vendor;
	struct span guid;

	if (!cur_le32(&c, &vendor) || !cur_take(&c, 16, &guid))
		return false;
	buf_str(d->text, "reference manifest ");
	text_guid(d->text, guid.p);
	buf_printf(d->text, ", vendor %u", vendor);
	json_u64(d->details, "vendor_id", vendor);
	detail_guid(d, "reference_manifest", guid.p);
	return true;
}

struct rim_event { /* TCG_Sp800_155_PlatformId_Event2 (PFP 1.06 §10.4.5.2) */
	uint32_t vendor, firmware_vendor;
	struct span guid, manufacturer, model, version, firmware_manufacturer, firmware;
};

/* A length that counts the NUL, then the string. */
static bool take_string8(struct cursor *c, struct span *ret)
{
	struct span s;
	uint8_t n;

	if (!cur_u8(c, &n) || !cur_take(c, n, &s))
		return false;
	*ret = span_before_nul(s);
	return true;
}

static bool take_rim(struct cursor *c, struct rim_event *ret)
{
	return cur_le32(c, &ret->vendor) && cur_take(c, 16, &ret->guid) &&
	       take_string8(c, &ret->manufacturer) && take_string8(c, &ret->model) &&
	       take_string8(c, &ret->version) && take_string8(c, &ret->firmware_manufacturer) &&
	       cur_le32(c, &ret->firmware_vendor) && take_string8(c, &ret->firmware);
}

static void say_rim(const struct rim_event *rim, struct describe *d)
{
	line_utf8(d, rim->manufacturer);
	buf_char(d->text, ' ');
	line_utf8(d, rim->model);
	if (rim->version.n) {
		buf_char(d->text, ' ');
		line_utf8(d, rim->version);
	}
	buf_str(d->text, ", firmware ");
	line_utf8(d, rim->firmware);

	json_u64(d->details, "vendor_id", rim->vendor);
	detail_guid(d, "reference_manifest", rim->guid.p);
	detail_utf8(d, "platform_manufacturer", rim->manufacturer);
	detail_utf8(d, "platform_model", rim->model);
	detail_utf8(d, "platform_version", rim->version);
	detail_utf8(d, "firmware_manufacturer", rim->firmware_manufacturer);
	json_u64(d->details, "firmware_manufacturer_id", rim->firmware_vendor);
	detail_utf8(d, "firmware_version", rim->firmware);
}

static bool describe_rim2(struct cursor c, struct describe *d)
{
	struct rim_event rim;

	if (!take_rim(&c, &rim))
		return false;
	say_rim(&rim, d);
	return true;
}

struct locator {
	uint32_t type;
	struct span data;
};

static bool take_locator(struct cursor *c, struct locator *ret)
{
	uint32_t n;

	return cur_le32(c, &ret->type) && cur_le32(c, &n) && cur_take(c, n, &ret->data);
}

/* Where something is to be found: raw, URI, device path or UEFI variable, in this order. */
static void say_locator(const struct locator *l, const char *what, const char *key,
			struct describe *d)
{
	if (!l->data.n)
		return;

	switch (l->type) {
	case 1:
		buf_printf(d->text, ", %s ", what);
		line_utf8(d, span_before_nul(l->data));
		detail_utf8(d, key, span_before_nul(l->data));
		break;
	case 2:
		detail_path(d, key, l->data);
		break;
	case 3:
		if (l->data.n < 16)
			break;
		buf_printf(d->text, ", %s in variable ", what);
		line_utf16(d, span_of(l->data.p + 16, l->data.n - 16));
		detail_utf16(d, key, span_of(l->data.p + 16, l->data.n - 16));
		break;
	default:
		json_hex(d->details, key, l->data.p, l->data.n < 1024 ? l->data.n : 1024);
		break;
	}
}

/* Event2 and two locators.  (PFP 1.06 §10.4.5.2) */
static bool describe_rim3(struct cursor c, struct describe *d)
{
	struct locator manifest, certificate;
	struct rim_event rim;

	if (!take_rim(&c, &rim) || !take_locator(&c, &manifest) || !take_locator(&c, &certificate))
		return false;
	say_rim(&rim, d);
	say_locator(&manifest, "RIM", "rim_locator", d);
	say_locator(&certificate, "certificate", "certificate_locator", d);
	return true;
}

/* TCG_HCRTMComponentEvent.  (PFP 1.06 §10.4.5.4) */
static bool describe_hcrtm_component(struct cursor c, struct describe *d)
{
	struct span what, measurement;
	uint8_t format;
	uint16_t n;

	if (!take_string8(&c, &what) || !cur_u8(&c, &format) || !cur_le16(&c, &n) ||
	    !cur_take(&c, n, &measurement))
		return false;

	buf_str(d->text, "H-CRTM component ");
	line_utf8(d, what);
	detail_utf8(d, "component", what);
	json_u64(d->details, "measurement_format", format);
	json_hex(d->details, "measurement", measurement.p, n < 1024 ? n : 1024u);
	return true;
}

/*
 * One bit of MeasurementHashAlgo, or of BaseHashAlgo, which has no bit for raw data.
 * (DMTF DSP0274, ALGORITHMS)
 */
static const char *spdm_hash_name(uint32_t bits, bool measurement)
{
	static const char *const names[] = {
		"raw", "sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512", "sm3-256",
	};

	for (size_t i = measurement ? 0 : 1; i < ARRAY_SIZE(names); i++)
		if (bits == 1u << (measurement ? i : i - 1))
			return names[i];
	return NULL;
}

static void say_device(uint32_t type, struct describe *d)
{
	static const char *const names[] = { "device", "PCI device", "USB device" };
	const char *name = type < ARRAY_SIZE(names) ? names[type] : names[0];

	buf_printf(d->text, "SPDM %s", name);
	json_u64(d->details, "device_type", type);
}

static void say_hash(uint32_t bits, bool measurement, struct describe *d)
{
	const char *name = spdm_hash_name(bits, measurement);

	if (name)
		buf_printf(d->text, ", %s", name);
	json_hexnum(d->details, "spdm_hash_algo", bits);
	json_str(d->details, "hash", name);
}

/* TCG_DEVICE_SECURITY_EVENT_DATA_HEADER, then a measurement block.  (PFP 1.06 §10.2.7) */
static bool describe_spdm1(struct cursor c, struct describe *d)
{
	uint16_t version, length;
	uint32_t hash, type;

	if (!cur_le16(&c, &version) || !cur_le16(&c, &length) || !cur_le32(&c, &hash) ||
	    !cur_le32(&c, &type))
		return false;
	say_device(type, d);
	buf_str(d->text, " measurement");
	say_hash(hash, true, d);
	return true;
}

struct spdm2 { /* TCG_DEVICE_SECURITY_EVENT_DATA_HEADER2 (PFP 1.06 §10.2.7) */
	uint16_t version;
	uint8_t auth, reserved;
	uint32_t length, type, sub_type, sub_length;
	uint64_t uid, path_length;
	struct span path;
	uint32_t sub_version, hash; /* both kinds of sub-header begin alike */
};

static bool take_spdm2(struct cursor *c, struct spdm2 *ret)
{
	return cur_le16(c, &ret->version) && cur_u8(c, &ret->auth) && cur_u8(c, &ret->reserved) &&
	       cur_le32(c, &ret->length) && cur_le32(c, &ret->type) &&
	       cur_le32(c, &ret->sub_type) && cur_le32(c, &ret->sub_length) &&
	       cur_le64(c, &ret->uid) && cur_le64(c, &ret->path_length) &&
	       cur_take(c, ret->path_length, &ret->path) && cur_le32(c, &ret->sub_version) &&
	       cur_le32(c, &ret->hash);
}

static bool describe_spdm2(struct cursor c, struct describe *d)
{
	static const char *const auth[] = {
		"authenticated", "not authenticated", "not bound", "unsigned", "invalid signature",
	};
	struct spdm2 s;

	if (!take_spdm2(&c, &s))
		return false;

	say_device(s.type, d);
	buf_str(d->text, s.sub_type == 1 ? " certificate chain" : " measurement");
	say_hash(s.hash, s.sub_type != 1, d);
	if (s.auth < ARRAY_SIZE(auth))
		buf_printf(d->text, ", %s", auth[s.auth]);
	else
		buf_str(d->text, s.auth == 0xff ? ", no SPDM" : "");

	json_u64(d->details, "auth_state", s.auth);
	json_hexnum(d->details, "uid", s.uid);
	detail_path(d, "path", s.path);
	return true;
}

static const struct signed_desc spdm_payloads[] = {
	{ "SPDM Device Sec\0", describe_spdm1 },
	{ "SPDM Device Sec2", describe_spdm2 },
};

bool describe_spdm(const struct tsmmr_event *e, struct describe *d)
{
	return describe_signed(spdm_payloads, ARRAY_SIZE(spdm_payloads), e->data, d);
}

/* A version and six reserved bytes, then what an SPDM event holds.  (edk2, TcgSpdm.h) */
static bool describe_nv_instance(struct cursor c, struct describe *d)
{
	if (!cur_skip(&c, 8))
		return false;
	buf_str(d->text, "NV index: ");
	if (!describe_signed(spdm_payloads, ARRAY_SIZE(spdm_payloads), cur_rest(&c), d))
		buf_str(d->text, "device instance data");
	return true;
}

/* The same eight bytes, a UID, then a description and data with 16 bits of length each. */
static bool describe_nv_dynamic(struct cursor c, struct describe *d)
{
	struct span what;
	uint64_t uid;
	uint16_t n;

	if (!cur_skip(&c, 8) || !cur_le64(&c, &uid) || !cur_le16(&c, &n) || !cur_take(&c, n, &what))
		return false;
	buf_str(d->text, "NV index: ");
	line_utf8(d, span_before_nul(what));
	json_hexnum(d->details, "uid", uid);
	detail_utf8(d, "description", span_before_nul(what));
	return true;
}

/* Ours, in a canonical event log: a line of a text log that was not measured.  (cel.h) */
static bool describe_line(struct cursor c, struct describe *d)
{
	struct span line = cur_rest(&c);

	json_flag(d->details, "line", true);
	if (line.n)
		line_utf8(d, line);
	return true;
}

/* … and whose registers the log is about. */
static bool describe_map(struct cursor c, struct describe *d)
{
	buf_str(d->text, "numbered as ");
	line_utf8(d, cur_rest(&c));
	detail_utf8(d, "map", cur_rest(&c));
	return true;
}

static bool describe_torn(struct cursor c, struct describe *d)
{
	buf_str(d->text, "torn record: ");
	say_utf8(d, "string", cur_rest(&c));
	return true;
}

static const struct signed_desc no_action_payloads[] = {
	{ "StartupLocality\0", describe_locality },
	{ "SP800-155 Event\0", describe_rim },
	{ "SP800-155 Event2", describe_rim2 },
	{ "SP800-155 Event3", describe_rim3 },
	{ "H-CRTM CompMeas\0", describe_hcrtm_component },
	{ "NvIndexInstance\0", describe_nv_instance },
	{ "NvIndexDynamic \0", describe_nv_dynamic },
	{ "TSMMR text line\0", describe_line },
	{ "TSMMR index map\0", describe_map },
	{ "TSMMR torn text\0", describe_torn },
};

/*
 * Windows puts its attestation keys' log into an EV_NO_ACTION of index 0xffffffff, as a
 * tagged event whose length is not that of the record.  (WDK, wbcl.h)
 */
static bool describe_trust_point(struct span data, struct describe *d)
{
	if (!span_starts(data, "\x04\x00\x01\xc0", 4))
		return false;
	buf_str(d->text, "Windows trust point, ");
	line_size(d, data.n);
	json_hexnum(d->details, "tag", get_le32(data.p));
	return true;
}

bool describe_no_action(const struct tsmmr_event *e, struct describe *d)
{
	/* 16 zero bytes are a signature in the first record only. */
	if (e->mark == MARK_HEADER || span_starts(e->data, "Spec ID Event", 13))
		if (describe_spec_id(e->data, d))
			return true;

	return describe_signed(no_action_payloads, ARRAY_SIZE(no_action_payloads), e->data, d) ||
	       describe_trust_point(e->data, d);
}
