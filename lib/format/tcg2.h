/* SPDX-License-Identifier: BSD-2-Clause */
/* What the TCG PC Client formats share: event types, their names, rules and text. */
#pragma once

#include "core/event.h"
#include "core/stream.h"

/* TCG PC Client Platform Firmware Profile 1.06, table 27. */
enum {
	EV_PREBOOT_CERT = 0x00,
	EV_POST_CODE = 0x01,
	EV_UNUSED = 0x02,
	EV_NO_ACTION = 0x03,
	EV_SEPARATOR = 0x04,
	EV_ACTION = 0x05,
	EV_EVENT_TAG = 0x06,
	EV_S_CRTM_CONTENTS = 0x07,
	EV_S_CRTM_VERSION = 0x08,
	EV_CPU_MICROCODE = 0x09,
	EV_PLATFORM_CONFIG_FLAGS = 0x0a,
	EV_TABLE_OF_DEVICES = 0x0b,
	EV_COMPACT_HASH = 0x0c,
	EV_IPL = 0x0d,
	EV_IPL_PARTITION_DATA = 0x0e,
	EV_NONHOST_CODE = 0x0f,
	EV_NONHOST_CONFIG = 0x10,
	EV_NONHOST_INFO = 0x11,
	EV_OMIT_BOOT_DEVICE_EVENTS = 0x12,
	EV_POST_CODE2 = 0x13,
};
/*
 * Intel TXT's own, which describe the log under a register that is none.  (Intel TXT
 * Software Development Guide, TPM event log)
 */
#define EVTYPE_PCRMAPPING 0x401
#define EVTYPE_HASH_START 0x402
#define TXT_NO_PCR 255
#define EV_EFI_EVENT_BASE 0x80000000u
#define EV_EFI_VARIABLE_DRIVER_CONFIG 0x80000001u
#define EV_EFI_VARIABLE_BOOT 0x80000002u
#define EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003u
#define EV_EFI_BOOT_SERVICES_DRIVER 0x80000004u
#define EV_EFI_RUNTIME_SERVICES_DRIVER 0x80000005u
#define EV_EFI_GPT_EVENT 0x80000006u
#define EV_EFI_ACTION 0x80000007u
#define EV_EFI_PLATFORM_FIRMWARE_BLOB 0x80000008u
#define EV_EFI_HANDOFF_TABLES 0x80000009u
#define EV_EFI_PLATFORM_FIRMWARE_BLOB2 0x8000000au
#define EV_EFI_HANDOFF_TABLES2 0x8000000bu
#define EV_EFI_VARIABLE_BOOT2 0x8000000cu
#define EV_EFI_GPT_EVENT2 0x8000000du
#define EV_EFI_HCRTM_EVENT 0x80000010u
#define EV_EFI_VARIABLE_AUTHORITY 0x800000e0u
#define EV_EFI_SPDM_FIRMWARE_BLOB 0x800000e1u
#define EV_EFI_SPDM_FIRMWARE_CONFIG 0x800000e2u
#define EV_EFI_SPDM_DEVICE_POLICY 0x800000e3u
#define EV_EFI_SPDM_DEVICE_AUTHORITY 0x800000e4u

/* What dstack calls its own events; no table of the TCG has it.  (tcg2_dstack.c) */
#define DSTACK_EVENT 0x08000001u
/* Is data what dstack hashes for an event of its own?  Or should it be, by its type? */
bool dstack_is_event(const struct tsmmr_event *e);
int dstack_describe(const struct tsmmr_event *e, struct describe *d);

/* NULL when the table has no name for it.  (tcg2_types.c) */
const char *tcg_type_name(uint32_t type);
/* In any case, for some write "ev_ipl"; *ret_exact: it was the table's own. */
bool tcg_type_find(struct span name, uint32_t *ret, bool *ret_exact);
/* (tcg2_rules.c) */
extern const struct bind_rule tcg_rules[];
extern const size_t tcg_n_rules;
/* Is it a text behind one of GRUB's words?  And what of it was measured: false when it is none. */
bool grub_is_text(const struct tsmmr_event *e);
bool grub_covered(const struct tsmmr_event *e, struct span *ret);
#define SECTION_NAME_MAX 8 /* of a PE file */
/*
 * Is it the name of a UKI's section, in UTF-16?  Then ret is the same in 8-bit characters
 * with its NUL, which is what systemd-stub measures: how many bytes, or 0.
 */
size_t section_covered(const struct tsmmr_event *e, uint8_t ret[SECTION_NAME_MAX + 1]);
/* Of struct bind_rule, describe: what rules cover that leave bytes out.  (tcg2_covered.c) */
int covered_error(const struct tsmmr_event *e, struct describe *d);
int covered_gpt(const struct tsmmr_event *e, struct describe *d);
int covered_value(const struct tsmmr_event *e, struct describe *d);
int covered_authority(const struct tsmmr_event *e, struct describe *d);
int covered_minus_1(const struct tsmmr_event *e, struct describe *d);
int covered_grub(const struct tsmmr_event *e, struct describe *d);
int covered_plus_nul(const struct tsmmr_event *e, struct describe *d);
int covered_string(const struct tsmmr_event *e, struct describe *d);
int covered_section(const struct tsmmr_event *e, struct describe *d);
/* Of struct event_class.  (tcg2_lost.c) */
#define TCG_N_LOST 3
int tcg_lost(size_t i, struct hasher *h, const uint8_t *before, uint8_t *ret, int *ret_id);
/* (tcg2_text.c) */
int tcg_describe(const struct tsmmr_event *e, struct describe *d);
/* Text, or how much there is of what is none. */
void say_string(struct describe *d, struct span s);
struct uefi_gpt;
/* guids: also those that tell one disk from its copy. */
void say_gpt(struct describe *d, const struct uefi_gpt *g, bool guids);
/* False, and nothing written, where the data is none of theirs.  (tcg2_noaction.c) */
bool describe_no_action(const struct tsmmr_event *e, struct describe *d);
bool describe_spdm(const struct tsmmr_event *e, struct describe *d);
/* (tcg2_variable.c) */
bool describe_variable(const struct tsmmr_event *e, struct describe *d);
struct uefi_variable;
/* The same of a variable that an event of that type is about. */
void say_variable(struct describe *d, const struct uefi_variable *v, uint32_t type);
/* A value of which nobody knows what variable it is. */
void say_value(struct describe *d, struct span value);
/*
 * At the start of a record: 0 when one follows, of which head bytes are visible, 1 at
 * the end (padding has been read), or why not.
 */
int tcg_at_end(struct tsmmr_stream *s, struct tsmmr_error *err, size_t head);
#define TCG_OLD_HEAD 32 /* TCG_PCClientPCREvent up to its data */
/* Such a record, made visible and not passed.  what: its name in a refusal. */
int tcg_read_old(struct tsmmr_stream *s, struct tsmmr_error *err, const char *what,
		 struct tsmmr_event *e);
/* Is a record of that type, under that number, no extension whatever its digests are? */
bool tcg_extends_nothing(uint32_t type, uint32_t index);
/* What type and data of a record mean for its other fields. */
void tcg_meaning(struct tsmmr_event *e);
/* Marks one of coreboot's labels; only for a log whose header is coreboot's. */
void tcg_mark_label(struct tsmmr_event *e);
/*
 * Some programs leave data out where they log a measured record again.  Then no text is
 * there to be believed, so no rule speaks; but a separator's digest says what its data was.
 * (tcg2_without.c)
 */
void tcg_without_data(struct tsmmr_event *e);
/* Whether that register exists, and an unmeasured record is one. */
int tcg_check(struct tsmmr_stream *s, struct tsmmr_error *err, const struct tsmmr_event *e);
/* Both, for a record numbered as the platform's firmware numbers. */
int tcg_finish(struct tsmmr_stream *s, struct tsmmr_error *err, struct tsmmr_event *e);
/* All three, for events of content type pcclient_std.  (tcg2.c) */
extern const struct event_class tcg_class;

#define SPEC_ALGS_MAX EVENT_DIGESTS_MAX

struct spec_alg {
	uint16_t id, size;
};

struct spec_id { /* TCG_EfiSpecIDEvent (PFP §10.4.5.1) */
	uint32_t platform_class;
	uint8_t version_minor, version_major, errata, uintn_size;
	uint32_t n_algs;
	struct spec_alg algs[SPEC_ALGS_MAX];
	struct span vendor_info;
	struct span rest;    /* after vendor_info: none in a well-formed event */
	bool zero_signature; /* 16 zero bytes, as the CoCo agent writes it */
};
/*
 * (tcg2_specid.c) 0 when data is a Spec ID event, E_FORMAT when it is something else, E_MALFORMED
 * or E_UNSUPPORTED with *ret_why when it says it is one that we cannot use.
 */
int spec_id_parse(struct span data, struct spec_id *ret, const char **ret_why);
/* Is it a Spec ID event, of either kind, that coreboot wrote? */
bool spec_id_is_coreboots(const struct tsmmr_event *e);
const struct spec_alg *spec_alg_find(const struct spec_alg *algs, uint32_t n, uint16_t id);
/* (tcg2.c) */
/* tcg_read_old() of the record that heads a log, and its Spec ID event. */
int tcg_read_header(struct tsmmr_stream *s, struct tsmmr_error *err, struct tsmmr_event *e,
		    struct spec_id *ret);

/* (dstack.c) */
extern const struct format format_dstack;
extern const struct format format_tcg2, format_tcg1, format_ccel, format_aael_records;
