#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every yes is earned: what an adversary, a careless caller and an honest one get to hear.

    yes.py [--corpus DIR] [--only NAME...] [--list] [--expect-fail] TOOL DATA

NAME is that of a case, or of the line it belongs to: 1-quote-v4, 1, A.
--expect-fail: each case must fail, and not only for the honest half of it: run with a command
that is known to say yes too easily, it shows that the case would notice.  Cases about words
that such a command does not have are left out then.
"""

import argparse
import pathlib
import sys

import command
import yes_appraise
import yes_appraise_logs
import yes_batch
import yes_evidence
import yes_logs
import yes_questions


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=pathlib.Path)
    parser.add_argument("--only", nargs="+", metavar="NAME")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--expect-fail", action="store_true")
    parser.add_argument("tool")
    parser.add_argument("data", type=pathlib.Path)
    return command.main(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
