/* SPDX-License-Identifier: BSD-2-Clause */
/* --image and --launch: what a launch was made of. */
#pragma once

#include <stdbool.h>

struct options;

/* Makes o->made_of as the options say, once.  0, or the exit status of what was reported. */
int images_set(struct options *o);
/* Is there an image whose launch is a log of its own? */
bool images_launch(const struct options *o);
/* The path of an enclave image, or NULL. */
const char *images_eif(const struct options *o);
/* The path of what is launched, or NULL. */
const char *images_launched(const struct options *o);
