/* SPDX-License-Identifier: BSD-2-Clause */
/* The only open(), read() and write() of the library. */
#pragma once

#include <stdint.h>

#include <tsmmr/types.h>

#include "core/image.h"
#include "core/source.h"
#include "util/buf.h"

/*
 * A file (or directory) of that path below root, and so is what a link on the way leads to.  A
 * FIFO, a device or a socket is refused at once.  A descriptor, or E_NOTFOUND, E_IO, E_NOMEM.
 */
int file_open(const char *root, const char *path, struct tsmmr_error *err);
/*
 * open(2) of whatever is at that path as if root were "/": a link leads nowhere but below it.  A
 * kernel before 5.6 cannot do so, and there no link may be on the way.  -1 and errno.
 */
int file_open_in(const char *root, const char *path, int flags);
/*
 * path, whose components hold no "..", below root, with no symbolic link on the way: a
 * captured tree must lead neither out of itself, to this machine's registers, nor round in
 * circles.  flags of open(2).  A descriptor, or -1 and errno.
 */
int file_open_below(const char *root, const char *path, int flags);
/* What is none, EINVAL, may do anything when it is read, or make whoever reads it wait. */
bool file_is_regular(int fd);
void file_close(int fd);
/*
 * Does it have the sticky bit, systemd's sign that a log of its own may lack a record?  -1 and
 * errno where that cannot be seen.
 */
int file_is_sticky(int fd);
/* A source over what is left of fd, which it borrows. */
void file_source(int fd, struct source *ret);
/*
 * Makes it one that can be rewound: what is read from a pipe is kept in a temporary file
 * without a name, and so is (sizeless) what does not know its size, as files of the kernel's,
 * which grow.  folder: where; NULL: /tmp.  Before anything of it was skipped.
 */
int file_source_keep(struct source *s, bool sizeless, const char *folder, struct tsmmr_error *err);
/* A duplicate of fd as an image: a regular file, read wherever it is.  E_ARG, E_IO. */
int file_image(int fd, struct image *ret, struct tsmmr_error *err);
/* Writes all of it and empties it. */
int file_write(int fd, struct buf *out, struct tsmmr_error *err);
/*
 * Waits until this open of the file is alone, at most so long (TSMMR_NONE: for ever).  It takes a
 * descriptor that can write, so that readers cannot keep writers out.  0, or -1 and errno,
 * ETIMEDOUT where another has it for longer: file_fail_lock() says who, and is E_IO.  Unlocking
 * is not left to close(): a child that was forked meanwhile has the open file too, and with it
 * the lock.
 */
int file_lock(int fd, uint64_t wait_ms);
int file_fail_lock(int fd, const char *path, struct tsmmr_error *err);
void file_unlock(int fd);
/*
 * A file of the kernel's to write to, alone among those who open it so: waits for its
 * lock.  file_put() is one write(); anything but all of it is E_IO.
 */
int file_open_held(const char *root, const char *path, uint64_t wait_ms, struct tsmmr_error *err);
void file_close_held(int fd);
int file_put(int fd, const void *p, size_t n, struct tsmmr_error *err);

/*
 * The i-th place where a machine may keep a log, the best first, and the format there; NULL
 * after the last, or at once for a log this version does not know the place of.
 */
const char *log_path(int well_known, size_t i, int *ret_format);
/* Is there a TPM, whose PCRs a list may be about?  1, 0, or E_IO. */
int log_has_tpm(const char *root, struct tsmmr_error *err);
/*
 * Why there is no CCEL to read, though the firmware may have left one: E_UNSUPPORTED and
 * by name where the kernel gives no access to it, else E_NOTFOUND; or as file_open().
 */
int log_hidden(const char *root, struct tsmmr_error *err);
