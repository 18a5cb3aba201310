/* SPDX-License-Identifier: BSD-2-Clause */
/* Event types by name. */
#include "format/tcg2.h"

#include <strings.h>

#define TYPE(name)                             \
	{                                      \
		name, sizeof(#name) - 1, #name \
	}

/*
 * TCG PC Client PFP 1.06, table 27, in order.  0x8000000F and others between the rows
 * were never given out, and vendors' own numbers (0x40E, 0x8401) have no agreed name.
 */
static const struct {
	uint32_t type;
	size_t n;
	const char *name;
} types[] = {
	TYPE(EV_PREBOOT_CERT),
	TYPE(EV_POST_CODE),
	TYPE(EV_UNUSED),
	TYPE(EV_NO_ACTION),
	TYPE(EV_SEPARATOR),
	TYPE(EV_ACTION),
	TYPE(EV_EVENT_TAG),
	TYPE(EV_S_CRTM_CONTENTS),
	TYPE(EV_S_CRTM_VERSION),
	TYPE(EV_CPU_MICROCODE),
	TYPE(EV_PLATFORM_CONFIG_FLAGS),
	TYPE(EV_TABLE_OF_DEVICES),
	TYPE(EV_COMPACT_HASH),
	TYPE(EV_IPL),
	TYPE(EV_IPL_PARTITION_DATA),
	TYPE(EV_NONHOST_CODE),
	TYPE(EV_NONHOST_CONFIG),
	TYPE(EV_NONHOST_INFO),
	TYPE(EV_OMIT_BOOT_DEVICE_EVENTS),
	TYPE(EV_POST_CODE2),
	TYPE(EV_EFI_EVENT_BASE),
	TYPE(EV_EFI_VARIABLE_DRIVER_CONFIG),
	TYPE(EV_EFI_VARIABLE_BOOT),
	TYPE(EV_EFI_BOOT_SERVICES_APPLICATION),
	TYPE(EV_EFI_BOOT_SERVICES_DRIVER),
	TYPE(EV_EFI_RUNTIME_SERVICES_DRIVER),
	TYPE(EV_EFI_GPT_EVENT),
	TYPE(EV_EFI_ACTION),
	TYPE(EV_EFI_PLATFORM_FIRMWARE_BLOB),
	TYPE(EV_EFI_HANDOFF_TABLES),
	TYPE(EV_EFI_PLATFORM_FIRMWARE_BLOB2),
	TYPE(EV_EFI_HANDOFF_TABLES2),
	TYPE(EV_EFI_VARIABLE_BOOT2),
	TYPE(EV_EFI_GPT_EVENT2),
	TYPE(EV_EFI_HCRTM_EVENT),
	TYPE(EV_EFI_VARIABLE_AUTHORITY),
	TYPE(EV_EFI_SPDM_FIRMWARE_BLOB),
	TYPE(EV_EFI_SPDM_FIRMWARE_CONFIG),
	TYPE(EV_EFI_SPDM_DEVICE_POLICY),
	TYPE(EV_EFI_SPDM_DEVICE_AUTHORITY),
};

const char *tcg_type_name(uint32_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == type)
			return types[i].name;
	return NULL;
}

bool tcg_type_find(struct span name, uint32_t *ret, bool *ret_exact)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (types[i].n != name.n ||
		    strncasecmp(types[i].name, (const char *)name.p, name.n) != 0)
			continue;
		*ret = types[i].type;
		*ret_exact = memcmp(types[i].name, name.p, name.n) == 0;
		return true;
	}
	return false;
}
