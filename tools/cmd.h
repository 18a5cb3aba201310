/* SPDX-License-Identifier: BSD-2-Clause */
/* The verbs.  Each returns 0 or the exit status of what it found or reported. */
#pragma once

struct options;

int cmd_registers(struct options *o);
int cmd_appraise(struct options *o);
int cmd_show(struct options *o);
int cmd_replay(struct options *o);
int cmd_verify(struct options *o);
int cmd_explain(struct options *o);
int cmd_export(struct options *o);
int cmd_merge(struct options *o);
int cmd_append(struct options *o);
int cmd_capture(struct options *o);
int cmd_diff(struct options *o);
int cmd_predict(struct options *o);
int cmd_lock(struct options *o);
int cmd_attest(struct options *o);
