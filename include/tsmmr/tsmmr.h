/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything libtsmmr offers. */
#ifndef TSMMR_TSMMR_H
#define TSMMR_TSMMR_H

#include <tsmmr/types.h>
#include <tsmmr/policy.h>
#include <tsmmr/regs.h>
#include <tsmmr/input.h>
#include <tsmmr/log.h>
#include <tsmmr/report.h>
#include <tsmmr/predict.h>
#include <tsmmr/explain.h>
#include <tsmmr/known.h>
#include <tsmmr/appraisal.h>
#include <tsmmr/diff.h>
#include <tsmmr/tree.h>

#endif
