/* SPDX-License-Identifier: BSD-2-Clause */
/* known/image.c: which events a rule fits, and what firmware they name. */
#include "testing.h"

#include "format/tcg2.h"
#include "known/image.h"
#include "known/table.h"

static long read_mem(void *user, uint64_t at, void *to, size_t n)
{
	const struct span *s = user;

	if (at >= s->n)
		return 0;
	if (n > s->n - at)
		n = (size_t)(s->n - at);
	memcpy(to, s->p + at, n);
	return (long)n;
}

static struct tsmmr_event event_of(uint32_t type, int space, uint32_t index)
{
	return (struct tsmmr_event){ .content = TSMMR_CONTENT_PCCLIENT_STD,
				     .type = type,
				     .space = (uint8_t)space,
				     .index = index };
}

/* The tags of Linux's EFI stub. */
static const struct span initrd = { (const uint8_t *)"\xec\x22\x3b\x8f", 4 };
static const struct span load_options = { (const uint8_t *)"\xed\x22\x3b\x8f", 4 };

static void fits(void **state)
{
	struct tsmmr_event e = event_of(EV_EFI_BOOT_SERVICES_APPLICATION, TSMMR_SPACE_PCR, 4);

	assert_true(image_rule_fits(&image_rule_pe, &e));
	assert_true(image_rule_fits(&image_rule_file, &e));
	assert_false(image_rule_fits(&image_rule_section, &e));
	e.index = 9;
	assert_false(image_rule_fits(&image_rule_pe, &e));
	/* RTMR1 has PCR 2 to 6, RTMR2 PCR 8 to 15 (Intel TDX Virtual Firmware Design Guide). */
	e = event_of(EV_EFI_BOOT_SERVICES_APPLICATION, TSMMR_SPACE_CC_MR, 2);
	assert_true(image_rule_fits(&image_rule_pe, &e));
	e.index = 3;
	assert_false(image_rule_fits(&image_rule_pe, &e));
	e.type = EV_IPL;
	assert_true(image_rule_fits(&image_rule_section, &e));
	e.type = EV_EVENT_TAG;
	assert_false(image_rule_fits(&image_rule_initrd_efi, &e));
	e.data = load_options;
	assert_false(image_rule_fits(&image_rule_initrd_efi, &e));
	e.data = initrd;
	assert_true(image_rule_fits(&image_rule_initrd_efi, &e));
	e.content = TSMMR_CONTENT_IMA_TEMPLATE;
	assert_false(image_rule_fits(&image_rule_initrd_efi, &e));
	assert_true(image_rule_fits(&image_rule_file, &e));
}

static void sha256(const void *p, size_t n, uint8_t *ret)
{
	_cleanup_(hasher_done) struct hasher h = { 0 };

	assert_code(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA256)), 0);
	assert_code(hash_bytes(&h, p, n, ret), 0);
}

#define FIRMWARE 8192

/* EFI_FIRMWARE_VOLUME_HEADER: its length, its signature. */
static void make_volume(uint8_t *p, uint64_t n)
{
	for (size_t i = 0; i < 8; i++)
		p[32 + i] = (uint8_t)(n >> 8 * i);
	memcpy(p + 40, "_FVH", 4);
}

static int derive(uint32_t type, uint64_t base, uint64_t n, size_t cut, uint8_t *ret)
{
	uint8_t bytes[FIRMWARE] = { 0 };
	struct span s = span_of(bytes, sizeof(bytes));
	const struct image firmware = { read_mem, NULL, &s, sizeof(bytes) };
	struct tsmmr_event e = event_of(type, TSMMR_SPACE_PCR, 0);
	_cleanup_(hasher_done) struct hasher h = { 0 };
	struct maker m = { 0 };

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i / 256);
	make_volume(bytes, sizeof(bytes));
	make_volume(bytes + FIRMWARE - 512, 512);
	if (type == EV_EFI_PLATFORM_FIRMWARE_BLOB2)
		mk_add(&m, "\3abc", 4);
	mk_le(&m, base, 8);
	mk_le(&m, n, 8);
	e.data = span_of(m.bytes, m.n - cut);
	assert_code(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA256)), 0);
	return image_derive(&firmware, &e, &h, ret, NULL);
}

static void firmware(void **state)
{
	const uint64_t top = UINT64_C(1) << 32;
	uint8_t want[32], got[32], block[512];

	memset(block, 30, 256);
	memset(block + 256, 31, 256);
	make_volume(block, 512);
	sha256(block, sizeof(block), want);
	assert_int_equal(derive(EV_EFI_PLATFORM_FIRMWARE_BLOB, top - 512, 512, 0, got), 1);
	assert_memory_equal(got, want, 32);
	assert_int_equal(derive(EV_EFI_PLATFORM_FIRMWARE_BLOB2, top - 512, 512, 0, got), 1);
	assert_memory_equal(got, want, 32);
	assert_int_equal(derive(EV_EFI_PLATFORM_FIRMWARE_BLOB2, top - FIRMWARE, FIRMWARE, 0, got),
			 1);
	/* From address 0 on, as on QEMU's Arm machine. */
	assert_int_equal(derive(EV_EFI_PLATFORM_FIRMWARE_BLOB, FIRMWARE - 512, 512, 0, got), 1);
	assert_memory_equal(got, want, 32);

	/* What it does not name whole, or in another form. */
	assert_int_equal(derive(EV_EFI_PLATFORM_FIRMWARE_BLOB, FIRMWARE - 512, 513, 0, got), 0);
	assert_int_equal(derive(EV_EFI_PLATFORM_FIRMWARE_BLOB, FIRMWARE, 512, 0, got), 0);
	assert_int_equal(derive(EV_EFI_PLATFORM_FIRMWARE_BLOB, top - FIRMWARE - 1, 2, 0, got), 0);
	assert_int_equal(derive(EV_EFI_PLATFORM_FIRMWARE_BLOB, top - 512, 513, 0, got), 0);
	assert_int_equal(derive(EV_EFI_PLATFORM_FIRMWARE_BLOB, top - 512, UINT64_MAX, 0, got), 0);
	assert_int_equal(derive(EV_EFI_PLATFORM_FIRMWARE_BLOB, top, 1, 0, got), 0);
	assert_int_equal(derive(EV_EFI_PLATFORM_FIRMWARE_BLOB, UINT64_MAX, 2, 0, got), 0);
	assert_int_equal(derive(EV_EFI_PLATFORM_FIRMWARE_BLOB, top - 512, 0, 0, got), 0);
	assert_int_equal(derive(EV_EFI_PLATFORM_FIRMWARE_BLOB, top - 512, 512, 1, got), 0);
	assert_int_equal(derive(EV_EFI_HANDOFF_TABLES, top - 512, 512, 0, got), 0);
	/* Bytes that are no volume, or a piece of one. */
	assert_int_equal(derive(EV_EFI_PLATFORM_FIRMWARE_BLOB, top - 1, 1, 0, got), 0);
	assert_int_equal(derive(EV_EFI_PLATFORM_FIRMWARE_BLOB, top - 512, 256, 0, got), 0);
	assert_int_equal(derive(EV_EFI_PLATFORM_FIRMWARE_BLOB, top - 1024, 512, 0, got), 0);
}

static void nothing(void *user)
{
	(void)user;
}

/* What the only list of known says of an event with that digest. */
static int matches(const struct tsmmr_known *known, struct tsmmr_event *e, const uint8_t *value,
		   struct span *ret_name)
{
	const struct digest d = { TSMMR_HASH_SHA256, span_of(value, 32) };
	const struct known_event event = { .e = e, .digests = &d, .n_digests = 1 };

	return known->sources[0]->kind->match(known->sources[0], NULL, &event, ret_name);
}

static struct tsmmr_known *known_of(const char *role, int flags, struct span *bytes)
{
	static const struct tsmmr_ctx ctx;
	struct image image = { read_mem, nothing, bytes, bytes->n };
	struct tsmmr_known *known = NULL;

	assert_code(known_new(&ctx, NULL, 0, &known, NULL), 0);
	assert_code(known_add_image(known, known_kind(TSMMR_KNOWN_IMAGE), flags, role, NULL, &image,
				    NULL),
		    0);
	return known;
}

static void kind(void **state)
{
	struct span bytes = span_of("cpio", 4), name;
	struct tsmmr_known *known = known_of("initrd", 0, &bytes);
	struct tsmmr_event e = event_of(EV_EVENT_TAG, TSMMR_SPACE_PCR, 9);
	uint8_t value[32];

	sha256("cpio", 4, value);
	assert_int_equal(matches(known, &e, value, &name), 0);
	e.data = initrd;
	assert_int_equal(matches(known, &e, value, &name), 1);
	assert_true(span_eq(name, "EFI_INITRD", 10));
	e.type = EV_IPL;
	assert_int_equal(matches(known, &e, value, &name), 1);
	assert_true(span_eq(name, "GRUB_FILE", 9));
	/* Not in a register or by an event that has no initrd; nor another file. */
	e.index = 8;
	assert_int_equal(matches(known, &e, value, &name), 0);
	e = event_of(EV_SEPARATOR, TSMMR_SPACE_PCR, 9);
	assert_int_equal(matches(known, &e, value, &name), 0);
	e.type = EV_IPL;
	value[31] ^= 1;
	assert_int_equal(matches(known, &e, value, &name), 0);
	known_unref(known);

	/* What is denied is so whatever the log calls it. */
	known = known_of("initrd", TSMMR_LIST_DENIED, &bytes);
	e = event_of(EV_SEPARATOR, TSMMR_SPACE_PCR, 9);
	value[31] ^= 1;
	assert_int_equal(matches(known, &e, value, &name), 1);
	known_unref(known);
}

static void kind_of_firmware(void **state)
{
	const uint64_t top = UINT64_C(1) << 32;
	uint8_t bytes[FIRMWARE] = { 0 }, value[32];
	struct span firmware = span_of(bytes, sizeof(bytes)), name;
	struct tsmmr_known *known = known_of("firmware", 0, &firmware);
	struct tsmmr_event e = event_of(EV_EFI_PLATFORM_FIRMWARE_BLOB, TSMMR_SPACE_PCR, 0);
	struct maker m = { 0 };

	make_volume(bytes, FIRMWARE);
	mk_le(&m, top - FIRMWARE, 8);
	mk_le(&m, FIRMWARE, 8);
	e.data = span_of(m.bytes, m.n);
	sha256(bytes, sizeof(bytes), value);
	assert_int_equal(matches(known, &e, value, &name), 1);
	value[0] ^= 1;
	assert_int_equal(matches(known, &e, value, &name), 0);
	value[0] ^= 1;
	/* It is not what the whole file comes to, but what the event names. */
	e.type = EV_IPL;
	assert_int_equal(matches(known, &e, value, &name), 0);
	known_unref(known);
}

static void kind_refuses(void **state)
{
	static const struct tsmmr_ctx ctx;
	struct tsmmr_known *known = NULL;
	struct span bytes = span_of("cpio", 4);
	struct image image = { read_mem, nothing, &bytes, 4 };
	struct source none;

	assert_code(known_new(&ctx, NULL, 0, &known, NULL), 0);
	assert_code(known_add_image(known, known_kind(TSMMR_KNOWN_IMAGE), 0, "uki", NULL, &image,
				    NULL),
		    TSMMR_E_FORMAT);
	known_unref(known);
	assert_code(known_new(&ctx, NULL, 0, &known, NULL), 0);
	source_mem(&none, NULL, 0);
	assert_code(known_add(known, known_kind(TSMMR_KNOWN_IMAGE), 0, NULL, NULL, &none, NULL),
		    TSMMR_E_ARG);
	known_unref(known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits),         cmocka_unit_test(firmware),
		cmocka_unit_test(kind),         cmocka_unit_test(kind_of_firmware),
		cmocka_unit_test(kind_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
