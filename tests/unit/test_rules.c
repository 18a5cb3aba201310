/* SPDX-License-Identifier: BSD-2-Clause */
/* format/tcg2_rules.c: which digest each rule makes, and what a wrong one means. */
#include "testing.h"

#include "core/event.h"
#include "crypto/hash.h"
#include "format/cel.h"
#include "format/tcg2.h"
#include "format/uefi.h"

struct fixture {
	struct hasher sha256, sha1;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	return !f || hasher_init(&f->sha256, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA256)) ||
	       hasher_init(&f->sha1, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA1));
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	hasher_done(&f->sha256);
	hasher_done(&f->sha1);
	free(f);
	return 0;
}

/* What an event of this type, data and hashed bytes binds to; rule is NULL for unbound. */
static int bind_with(struct hasher *h, uint32_t type, struct span data, struct span hashed,
		     const struct bind_rule **ret_rule)
{
	uint8_t value[TSMMR_HASH_SIZE_MAX] = { 0 };
	struct tsmmr_event e = {
		.class = &tcg_class,
		.type = type,
		.measured = true,
		.n_digests = 1,
		.digests = &(const struct digest){ h->alg->id, span_of(value, h->alg->size) },
		.data = data,
	};

	*ret_rule = NULL;
	assert_int_equal(hash_bytes(h, hashed.p, hashed.n, value), 0);
	return event_bind(&e, h, ret_rule);
}

static void assert_bound(struct hasher *h, uint32_t type, struct span data, struct span hashed,
			 const char *id)
{
	const struct bind_rule *rule;

	assert_int_equal(bind_with(h, type, data, hashed, &rule), TSMMR_BINDING_BOUND);
	assert_string_equal(rule->id, id);
}

static void assert_mismatch(struct hasher *h, uint32_t type, struct span data, struct span hashed,
			    int strength)
{
	const struct bind_rule *rule;

	assert_int_equal(bind_with(h, type, data, hashed, &rule), TSMMR_BINDING_MISMATCH);
	assert_int_equal(rule->strength, strength);
}

static void assert_unbound(struct hasher *h, uint32_t type, struct span data, struct span hashed)
{
	const struct bind_rule *rule;

	assert_int_equal(bind_with(h, type, data, hashed, &rule), TSMMR_BINDING_UNBOUND);
}

#define LIT(s) span_of((s), sizeof(s) - 1)

/* Types where the whole data is hashed, and what another digest means there. */
static void whole_data(void **state)
{
	static const struct {
		uint32_t type;
		const char *id;
		int strength;
	} types[] = {
		{ EV_SEPARATOR, "SEPARATOR", BIND_STRICT },
		{ EV_EFI_ACTION, "EFI_ACTION", BIND_STRICT },
		{ EV_EFI_GPT_EVENT, "UEFI_GPT_DATA", BIND_STRICT },
		{ EV_EFI_VARIABLE_DRIVER_CONFIG, "UEFI_VARIABLE_DATA", BIND_STRICT },
		{ EV_NONHOST_INFO, "NONHOST_INFO", BIND_STRICT },
		{ EV_EFI_VARIABLE_BOOT, "UEFI_VARIABLE_DATA", BIND_STRICT },
		{ EV_EFI_VARIABLE_BOOT2, "UEFI_VARIABLE_DATA", BIND_STRICT },
		{ EV_EFI_VARIABLE_AUTHORITY, "UEFI_VARIABLE_DATA", BIND_STRICT },
		{ EV_EFI_SPDM_DEVICE_POLICY, "UEFI_VARIABLE_DATA", BIND_FIRM },
		{ EV_S_CRTM_VERSION, "S_CRTM_VERSION", BIND_FIRM },
		{ EV_ACTION, "ACTION", BIND_FIRM },
		{ EV_OMIT_BOOT_DEVICE_EVENTS, "OMIT_BOOT_DEVICE_EVENTS", BIND_FIRM },
		{ EV_IPL, "IPL", BIND_TRY },
		{ EV_EVENT_TAG, "TAGGED_EVENT", BIND_TRY },
		{ EV_COMPACT_HASH, "COMPACT_HASH", BIND_TRY },
		{ EV_PLATFORM_CONFIG_FLAGS, "PLATFORM_CONFIG_FLAGS", BIND_TRY },
		{ EV_TABLE_OF_DEVICES, "TABLE_OF_DEVICES", BIND_TRY },
		{ EV_POST_CODE, "POST_CODE", BIND_TRY },
		{ EV_IPL_PARTITION_DATA, "IPL_PARTITION_DATA", BIND_TRY },
		{ EV_EFI_SPDM_DEVICE_AUTHORITY, "UEFI_VARIABLE_DATA", BIND_TRY },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < N_OF(types); i++) {
		struct span data = LIT("some data"), other = LIT("some dbta");

		assert_bound(&f->sha256, types[i].type, data, data, types[i].id);
		if (types[i].strength == BIND_TRY)
			assert_unbound(&f->sha256, types[i].type, data, other);
		else
			assert_mismatch(&f->sha256, types[i].type, data, other, types[i].strength);
	}
}

static void types_without_rule(void **state)
{
	static const uint32_t types[] = {
		EV_S_CRTM_CONTENTS,
		EV_EFI_PLATFORM_FIRMWARE_BLOB,
		EV_EFI_BOOT_SERVICES_APPLICATION,
		EV_EFI_HANDOFF_TABLES2,
		EV_EFI_HCRTM_EVENT,
		0x40e,
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < N_OF(types); i++)
		assert_unbound(&f->sha256, types[i], LIT("data"), LIT("data"));
}

static void strength_is_known_by_shape(void **state)
{
	struct tsmmr_event e = { .class = &tcg_class, .measured = true };

	e.type = EV_SEPARATOR;
	assert_int_equal(event_strength(&e), BIND_STRICT);
	e.type = EV_S_CRTM_VERSION;
	assert_int_equal(event_strength(&e), BIND_FIRM);
	e.type = EV_ACTION;
	assert_int_equal(event_strength(&e), BIND_FIRM);
	e.mark = MARK_LINE;
	assert_int_equal(event_strength(&e), BIND_STRICT);
	e.type = EV_EVENT_TAG;
	assert_int_equal(event_strength(&e), BIND_TRY);
	e.data = LIT("LEAA\0\0\0\0");
	assert_int_equal(event_strength(&e), BIND_STRICT);
	e.measured = false;
	assert_int_equal(event_strength(&e), BIND_TRY);
}

static void separators(void **state)
{
	struct fixture *f = *state;
	struct span error = LIT("\1\0\0\0");

	assert_bound(&f->sha256, EV_SEPARATOR, LIT("\0\0\0\0"), LIT("\0\0\0\0"), "SEPARATOR");
	assert_bound(&f->sha256, EV_SEPARATOR, error, error, "SEPARATOR");
	/* The digest is a constant's, and the text beside it is anybody's. */
	assert_bound(&f->sha256, EV_SEPARATOR, LIT("it broke"), error, "SEPARATOR_ERROR");
	assert_mismatch(&f->sha256, EV_SEPARATOR, LIT("\0\0\0\0"), LIT("\377\377\377\377"),
			BIND_STRICT);
}

static void variables(void **state)
{
	struct fixture *f = *state;
	struct maker m = { 0 };
	struct span data, value = LIT("value");

	mk_fill(&m, 0x11, 16);
	mk_le(&m, 2, 8);
	mk_le(&m, 5, 8);
	mk_add(&m, "d\0b\0value", 9);
	data = span_of(m.bytes, m.n);

	assert_bound(&f->sha256, EV_EFI_VARIABLE_BOOT, data, value, "VARIABLE_DATA_ONLY");
	assert_bound(&f->sha256, EV_EFI_VARIABLE_BOOT2, data, value, "VARIABLE_DATA_ONLY");
	assert_mismatch(&f->sha256, EV_EFI_VARIABLE_AUTHORITY, data, value, BIND_STRICT);
	assert_bound(&f->sha256, EV_EFI_VARIABLE_AUTHORITY, data, span_of(data.p, data.n - 1),
		     "UEFI_VARIABLE_DATA_MINUS_1");

	/* The value alone is enough in a SHA-1 log only, for there it was the rule. */
	assert_bound(&f->sha1, EV_EFI_VARIABLE_DRIVER_CONFIG, data, value, "VARIABLE_DATA_ONLY");
	assert_mismatch(&f->sha256, EV_EFI_VARIABLE_DRIVER_CONFIG, data, value, BIND_STRICT);

	/* Bytes that no digest covers do not pass as bound. */
	mk_add(&m, "!", 1);
	assert_mismatch(&f->sha256, EV_EFI_VARIABLE_BOOT, span_of(m.bytes, m.n), value,
			BIND_STRICT);
	assert_mismatch(&f->sha256, EV_EFI_VARIABLE_BOOT, LIT("short"), value, BIND_STRICT);
	assert_mismatch(&f->sha256, EV_EFI_VARIABLE_AUTHORITY, LIT(""), value, BIND_STRICT);
}

static void mk_gpt(struct maker *m, uint8_t disk, uint8_t part)
{
	mk_fill(m, 0x11, 56);
	mk_fill(m, disk, 16);
	mk_fill(m, 0x22, 12);
	mk_le(m, 128, 4);
	mk_fill(m, 0x33, 4);
	mk_le(m, 2, 8);
	for (uint8_t i = 0; i < 2; i++) {
		mk_fill(m, (uint8_t)(0x40 + i), 16);
		mk_fill(m, (uint8_t)(part ? part + i : 0), 16);
		mk_fill(m, (uint8_t)(0x50 + i), 96);
	}
}

static void gpt_without_guids(void **state)
{
	struct fixture *f = *state;
	struct maker data = { 0 }, hashed = { 0 };
	struct span s;

	mk_gpt(&data, 0xd1, 0xa1);
	mk_gpt(&hashed, 0, 0);
	s = span_of(data.bytes, data.n);
	assert_bound(&f->sha256, EV_EFI_GPT_EVENT2, s, span_of(hashed.bytes, hashed.n),
		     "UEFI_GPT_DATA_NO_GUIDS");
	assert_mismatch(&f->sha256, EV_EFI_GPT_EVENT2, s, s, BIND_STRICT);
	s.n--;
	assert_mismatch(&f->sha256, EV_EFI_GPT_EVENT2, s, span_of(hashed.bytes, hashed.n),
			BIND_STRICT);
}

static void grub_text(void **state)
{
	struct fixture *f = *state;
	struct hasher *h = &f->sha256;
	static const char *const upstream[] = {
		"grub_cmd: ",
		"kernel_cmdline: ",
		"module_cmdline: ",
	};

	for (size_t i = 0; i < N_OF(upstream); i++) {
		struct maker m = { 0 };

		mk_add(&m, upstream[i], strlen(upstream[i]));
		mk_add(&m, "set x=1", 7);
		assert_bound(h, EV_IPL, span_of(m.bytes, m.n), LIT("set x=1"), "GRUB_TEXT");
		mk_fill(&m, 0, 1);
		assert_bound(h, EV_IPL, span_of(m.bytes, m.n), LIT("set x=1"), "GRUB_TEXT");
		assert_mismatch(h, EV_IPL, span_of(m.bytes, m.n), LIT("set x=2"), BIND_STRICT);
		mk_add(&m, "x", 1);
		assert_mismatch(h, EV_IPL, span_of(m.bytes, m.n), LIT("set x=1"), BIND_STRICT);
	}
	assert_bound(h, EV_IPL, LIT("grub_cmd: "), LIT(""), "GRUB_TEXT");
}

static void red_hat_grub_text(void **state)
{
	struct fixture *f = *state;
	struct hasher *h = &f->sha256;

	assert_bound(h, EV_IPL, LIT("grub_cmd insmod xfs\0"), LIT("insmod xfs\0"), "GRUB_TEXT");
	assert_bound(h, EV_IPL, LIT("grub_cmd insmod xfs\0\177"), LIT("insmod xfs\0"), "GRUB_TEXT");
	assert_mismatch(h, EV_IPL, LIT("grub_cmd insmod xfs\0ab"), LIT("insmod xfs\0"),
			BIND_STRICT);
	assert_bound(h, EV_IPL, LIT("grub_kernel_cmdline /k a=b\0_"), LIT("/k a=b"), "GRUB_TEXT");
	/* A file's name, and the file's digest. */
	assert_unbound(h, EV_IPL, LIT("grub_linuxefi Kernel\0"), LIT("MZ"));
	assert_unbound(h, EV_IPL, LIT("(hd0,gpt1)/grub.cfg\0"), LIT("set x=1"));
	/* GRUB's own word was typed as a command, and the log leaves the real one out. */
	assert_mismatch(h, EV_IPL, LIT("kernel_cmdline: ro\0"), LIT("kernel_cmdline: ro\0"),
			BIND_STRICT);
}

static void systemd_command_line(void **state)
{
	struct fixture *f = *state;

	assert_bound(&f->sha256, EV_IPL, LIT("r\0w\0\0\0"), LIT("r\0w\0\0\0"), "IPL");
	assert_bound(&f->sha256, EV_IPL, LIT("r\0w\0\0"), LIT("r\0w\0\0\0"), "IPL_UTF16_NUL");
	assert_unbound(&f->sha256, EV_IPL, LIT("r\0w\0x"), LIT("r\0w\0x\0"));
}

/* The record of what is in the section has the same text, and its own digest. */
static void names_of_sections(void **state)
{
	struct fixture *f = *state;
	struct hasher *h = &f->sha256;
	struct span name = LIT(".\0l\0i\0n\0u\0x\0\0\0");

	assert_bound(h, EV_IPL, name, LIT(".linux\0"), "UKI_SECTION_NAME");
	assert_bound(h, EV_IPL, LIT(".\0c\0m\0d\0l\0i\0n\0e\0\0"), LIT(".cmdline\0"),
		     "UKI_SECTION_NAME");
	assert_unbound(h, EV_IPL, name, LIT("MZ"));
	assert_unbound(h, EV_IPL, name, LIT(".linux"));
	assert_unbound(h, EV_IPL, name, LIT(".initrd\0"));
	/* No section, and none that a PE file can have. */
	assert_unbound(h, EV_IPL, LIT("l\0i\0n\0u\0x\0\0\0"), LIT("linux\0"));
	assert_unbound(h, EV_IPL, LIT(".\0\0\0"), LIT(".\0"));
	assert_unbound(h, EV_IPL, LIT(".\0l\1i\0n\0u\0x\0\0\0"), LIT(".linux\0"));
	assert_unbound(h, EV_IPL, LIT(".\0t\0o\0o\0l\0o\0n\0g\0x\0\0\0"), LIT(".toolongx\0"));
}

/* What systemd's text, as logged, and the bytes that were hashed come to. */
static int bind_systemd(struct hasher *h, struct span text, struct span hashed, const char **ret_id)
{
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	const struct bind_rule *rule = NULL;
	struct tsmmr_event e = {
		.class = cel_class(TSMMR_CONTENT_SYSTEMD),
		.content = TSMMR_CONTENT_SYSTEMD,
		.measured = true,
		.n_digests = 1,
		.digests = &(const struct digest){ h->alg->id, span_of(value, h->alg->size) },
		.data = text,
	};
	int r;

	assert_int_equal(hash_bytes(h, hashed.p, hashed.n, value), 0);
	r = event_bind(&e, h, &rule);
	*ret_id = rule ? rule->id : "";
	return r;
}

static void texts_of_systemd(void **state)
{
	/* clang-format off */
	const struct {
		struct span text, hashed;
		int binding;
		const char *rule;
	} rows[] = {
		{ LIT("phase one"), LIT("phase one"), TSMMR_BINDING_BOUND, "SYSTEMD_STRING" },
		{ LIT("phase one"), LIT("phase two"), TSMMR_BINDING_MISMATCH, "SYSTEMD_STRING" },
		{ LIT("w\\303\\266rd"), LIT("w\303\266rd"), TSMMR_BINDING_BOUND, "SYSTEMD_STRING_ESCAPED" },
		{ LIT("a\\n\\t\\\\\\\"\\'\\a\\b\\f\\r\\v"), LIT("a\n\t\\\"'\a\b\f\r\v"), TSMMR_BINDING_BOUND,
		  "SYSTEMD_STRING_ESCAPED" },
		/* Older versions log it as it is. */
		{ LIT("file-system:/a\\x20b"), LIT("file-system:/a\\x20b"), TSMMR_BINDING_BOUND, "SYSTEMD_STRING" },
		{ LIT("file-system:/a\\\\x20b"), LIT("file-system:/a\\x20b"), TSMMR_BINDING_BOUND,
		  "SYSTEMD_STRING_ESCAPED" },
		{ LIT("w\\303\\266rd"), LIT("word"), TSMMR_BINDING_MISMATCH, "SYSTEMD_STRING" },
		{ LIT("w\\777"), LIT("w\377"), TSMMR_BINDING_MISMATCH, "SYSTEMD_STRING" },
		{ LIT("w\\30"), LIT("w\30"), TSMMR_BINDING_MISMATCH, "SYSTEMD_STRING" },
		{ LIT("w\\"), LIT("w"), TSMMR_BINDING_MISMATCH, "SYSTEMD_STRING" },
		{ LIT("cryptsetup:root:uuid"), LIT("x"), TSMMR_BINDING_UNBOUND, "" },
		{ LIT("cryptsetup-keyslot:root"), LIT("x"), TSMMR_BINDING_MISMATCH, "SYSTEMD_STRING" },
		{ LIT("credential:x"), LIT("x"), TSMMR_BINDING_MISMATCH, "SYSTEMD_STRING" },
	};
	/* clang-format on */
	struct fixture *f = *state;

	for (size_t i = 0; i < N_OF(rows); i++) {
		const char *id;

		assert_int_equal(bind_systemd(&f->sha256, rows[i].text, rows[i].hashed, &id),
				 rows[i].binding);
		assert_string_equal(id, rows[i].rule);
	}
}

/* Of more than 1024 bytes systemd logs the first 1024, escaped, and three dots. */
static void long_texts_of_systemd(void **state)
{
	struct fixture *f = *state;
	char text[1040];
	const char *id;

	memset(text, 'x', sizeof(text));
	memcpy(text + 1024, "...", 3);
	assert_int_equal(bind_systemd(&f->sha256, span_of(text, 1027), LIT("x"), &id),
			 TSMMR_BINDING_UNBOUND);
	assert_int_equal(bind_systemd(&f->sha256, span_of(text + 1, 1026), LIT("x"), &id),
			 TSMMR_BINDING_MISMATCH);
	assert_int_equal(bind_systemd(&f->sha256, span_of(text, 1028), LIT("x"), &id),
			 TSMMR_BINDING_MISMATCH);
	memcpy(text, "\\303", 4);
	assert_int_equal(bind_systemd(&f->sha256, span_of(text, 1027), LIT("x"), &id),
			 TSMMR_BINDING_MISMATCH);
	memset(text + 4, 'x', 1023);
	memcpy(text + 1027, "...", 3);
	assert_int_equal(bind_systemd(&f->sha256, span_of(text, 1030), LIT("x"), &id),
			 TSMMR_BINDING_UNBOUND);
}

static void tagged_events(void **state)
{
	struct fixture *f = *state;
	struct span aael = LIT("LEAA\3\0\0\0a b"), initrd = LIT("\354\42;\217\1\0\0\0x");
	struct span sipa = LIT("\1\0\1\100\1\0\0\0x");

	assert_bound(&f->sha256, EV_EVENT_TAG, aael, aael, "AAEL");
	assert_mismatch(&f->sha256, EV_EVENT_TAG, aael, LIT("a b"), BIND_STRICT);
	assert_unbound(&f->sha256, EV_EVENT_TAG, initrd, LIT("the image"));
	assert_bound(&f->sha256, EV_EVENT_TAG, sipa, sipa, "TAGGED_EVENT");
	assert_mismatch(&f->sha256, EV_EVENT_TAG, sipa, LIT("x"), BIND_STRICT);
	assert_unbound(&f->sha256, EV_EVENT_TAG, LIT("LEA"), LIT("x"));
}

static void nonhost_info_of_csxe(void **state)
{
	struct fixture *f = *state;

	assert_unbound(&f->sha256, EV_NONHOST_INFO, LIT("IntelCSxEEvent01\0\0"), LIT("x"));
	assert_mismatch(&f->sha256, EV_NONHOST_INFO, LIT("GCE NonHostInfo\0"), LIT("x"),
			BIND_STRICT);
}

/* Rows of one type stand together, and each has all it needs. */
static void the_table_is_whole(void **state)
{
	for (size_t i = 0; i < tcg_n_rules; i++) {
		const struct bind_rule *rule = &tcg_rules[i];
		bool left = false;

		assert_non_null(rule->id);
		assert_non_null(rule->feed);
		/* Who leaves bytes out says what is left, in words and in text. */
		assert_true(!rule->covers || rule->describe);
		assert_true(rule->type == BIND_ANY_TYPE || tcg_type_name(rule->type));
		for (size_t j = i; j < tcg_n_rules; j++) {
			left |= tcg_rules[j].type != rule->type;
			assert_false(left && tcg_rules[j].type == rule->type);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_data),
		cmocka_unit_test(types_without_rule),
		cmocka_unit_test(strength_is_known_by_shape),
		cmocka_unit_test(separators),
		cmocka_unit_test(variables),
		cmocka_unit_test(gpt_without_guids),
		cmocka_unit_test(grub_text),
		cmocka_unit_test(red_hat_grub_text),
		cmocka_unit_test(systemd_command_line),
		cmocka_unit_test(names_of_sections),
		cmocka_unit_test(texts_of_systemd),
		cmocka_unit_test(long_texts_of_systemd),
		cmocka_unit_test(tagged_events),
		cmocka_unit_test(nonhost_info_of_csxe),
		cmocka_unit_test(the_table_is_whole),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
