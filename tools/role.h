/* SPDX-License-Identifier: BSD-2-Clause */
/* Roles: names that are a register of every platform. */
#pragma once

struct options;

/* Those that every platform has; the last is NULL. */
extern const char *const role_names[];

/*
 * The platform that a name is about: a role, as "app-runtime", is a register of every platform,
 * and beside evidence one of the evidence's.  name need not end.
 */
int role_platform(const struct options *o, const char *name);
