/* SPDX-License-Identifier: BSD-2-Clause */
/* Files by role: the digests by which they are measured, and the events that measure them. */
#pragma once

#include "core/event.h"
#include "core/image.h"
#include "crypto/hash.h"

#define IMAGE_TYPES_MAX 3
#define INITRD_ALIGN 4

/* One way in which software measures a file. */
struct image_rule {
	const char *id;                  /* as shown; never changes meaning */
	uint32_t types[IMAGE_TYPES_MAX]; /* of events pcclient_std; 0: no more; none: any event */
	uint32_t pcrs; /* bit i: into PCR i, or what stands for it; 0: into any register */
	uint32_t tag;  /* the tagged event that is of nothing else; 0: any event */
};

/* What one rule gives for a file, or for a part of it. */
struct image_measure {
	const struct image_rule *rule;
	/* A UKI's section, and its place in the order in which they are measured; "" and 0. */
	const char *part;
	unsigned order;
	const struct digest *digests; /* in each of the hashes asked for */
	size_t n_digests;
};

typedef int (*image_sink)(void *user, const struct image_measure *m, struct tsmmr_error *err);

/* What is to be measured, and how. */
struct image_job {
	const struct image *image;
	struct hashers *hashes; /* all those that it has are computed */
	unsigned profile;       /* of a UKI that has several */
	image_sink sink;
	void *user;
};

/*
 * Hands sink every measure of the file in that role: "pe", "uki", "kernel", "initrd",
 * "cmdline", "dtb", "firmware" (which has none but by image_derive()), or "file" for what is
 * only hashed whole.  What sink returns other than 0 ends it; after an error nothing that it was
 * handed counts.
 *
 * E_ARG (no such role), E_FORMAT (not such a file), E_MALFORMED, E_UNSUPPORTED, E_LIMIT,
 * E_TRUNCATED, E_IO, E_NOMEM.
 */
int image_measures(const char *role, const struct image_job *job, struct tsmmr_error *err);
/* Role i, NULL past the last. */
const char *image_role(size_t i);

/* (image_job.c) */
/* May the event be of that rule: by its type, and by its register? */
bool image_rule_fits(const struct image_rule *rule, const struct tsmmr_event *e);

/* Does the event name firmware by its address? */
bool image_names_firmware(const struct tsmmr_event *e);
/*
 * What that event must measure if the firmware volume that it names is in this firmware:
 * 1 and *ret of h's size, 0 where it names none, or an error.
 */
int image_derive(const struct image *firmware, const struct tsmmr_event *e, struct hasher *h,
		 uint8_t *ret, struct tsmmr_error *err);

/*
 * What systemd-stub adds to an initrd that it joins with others.  The same bytes where it adds
 * nothing: another file in its place need not have the same length.
 */
static inline size_t initrd_pad(const struct image_job *job)
{
	return (size_t)(-job->image->size % INITRD_ALIGN);
}

/* One of a file's measures being made: of the whole file, a piece of it, bytes at hand. */
int image_begin(const struct image_job *job, struct tsmmr_error *err);
int image_add(const struct image_job *job, const void *p, size_t n, struct tsmmr_error *err);
int image_add_range(const struct image_job *job, uint64_t at, uint64_t n, struct tsmmr_error *err);
int image_emit(const struct image_job *job, const struct image_rule *rule, const char *part,
	       unsigned order, struct tsmmr_error *err);
/* What a begun one comes to, by each of these rules: several measure the same bytes. */
int image_emit_all(const struct image_job *job, const struct image_rule *const *rules, size_t n,
		   const char *part, unsigned order, struct tsmmr_error *err);
/* The whole image, with pad zeros after it. */
int image_measure_whole(const struct image_job *job, const struct image_rule *const *rules,
			size_t n, const char *part, unsigned order, size_t pad,
			struct tsmmr_error *err);

/* Tagged events of Linux's EFI stub (drivers/firmware/efi/libstub/efistub.h). */
enum { TAG_INITRD = 0x8f3b22ec, TAG_LOAD_OPTIONS = 0x8f3b22ed };

extern const struct image_rule image_rule_file, image_rule_initrd_efi, image_rule_initrd_padded;

/* (image_pe.c) */
#define PE_SECTIONS_MAX 512

struct pe_section {
	char name[9];
	uint32_t virtual_size, at, size; /* in memory; in the file */
};

struct pe {
	uint32_t checksum_at; /* of the u32 that no hash covers */
	uint32_t table_at;    /* of the entry that names the certificates, or 0 */
	uint32_t certs_size;
	uint32_t headers; /* bytes of all of them */
	size_t n;
	struct pe_section sections[PE_SECTIONS_MAX]; /* as the file lists them */
	/* Those that have bytes in the file, as they lie there. */
	const struct pe_section *placed[PE_SECTIONS_MAX];
	size_t n_placed;
};

/* Does it begin like one? */
int pe_looks(const struct image *image, bool *ret, struct tsmmr_error *err);
/* E_FORMAT for what is none; E_MALFORMED, E_UNSUPPORTED, E_LIMIT, E_TRUNCATED, E_IO. */
int pe_read(const struct image *image, struct pe *pe, struct tsmmr_error *err);
/* What Authenticode covers, of one that was read; and of one to be read. */
int pe_measure_read(const struct image_job *job, const struct pe *pe, const char *part,
		    unsigned order, struct tsmmr_error *err);
int pe_measure(const struct image_job *job, const char *part, unsigned order,
	       struct tsmmr_error *err);
extern const struct image_rule image_rule_pe;

/* (image_uki.c) */
int uki_measures(const struct image_job *job, struct tsmmr_error *err);
extern const struct image_rule image_rule_section_name, image_rule_section;

/* (image_text.c) */
int cmdline_measures(const struct image_job *job, struct tsmmr_error *err);
/* The rules of a command line that a kernel's own EFI stub is started with. */
int cmdline_efi(const struct image_job *job, const char *part, unsigned order,
		struct tsmmr_error *err);
