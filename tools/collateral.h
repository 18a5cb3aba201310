/* SPDX-License-Identifier: BSD-2-Clause */
/* What vendors say of their platforms, for the context. */
#pragma once

struct options;

/* All of --collateral, and for how long it counts: once, before evidence is read. */
int collateral_load(struct options *o);
