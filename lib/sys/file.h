/* SPDX-License-Identifier: BSD-2-Clause */
/* The only open(), read() and write() of the library. */
#pragma once

#include <stdint.h>

#include <tsmmr/types.h>

#include "core/source.h"
#include "util/buf.h"

/* path below root.  A descriptor, or E_NOTFOUND, E_IO, E_NOMEM. */
int file_open(const char *root, const char *path, struct tsmmr_error *err);
void file_close(int fd);
/* A source over what is left of fd, which it borrows. */
void file_source(int fd, struct source *ret);
/* Writes all of it and empties it. */
int file_write(int fd, struct buf *out, struct tsmmr_error *err);

/* Where a machine keeps its logs; NULL for a log this version does not know the place of. */
const char *log_path(int well_known);
int log_format(int well_known);
