/* SPDX-License-Identifier: BSD-2-Clause */
/* What readers and writers of CBOR share. */
#pragma once

/* Major types (RFC 8949 §3.1). */
enum cbor_major {
	CBOR_MAJOR_UINT,
	CBOR_MAJOR_NINT,
	CBOR_MAJOR_BYTES,
	CBOR_MAJOR_TEXT,
	CBOR_MAJOR_ARRAY,
	CBOR_MAJOR_MAP,
	CBOR_MAJOR_TAG,
	CBOR_MAJOR_SIMPLE,
};
