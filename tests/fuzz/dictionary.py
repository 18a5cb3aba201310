#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes a dictionary for libFuzzer (-dict): the words of the tables that a target's input meets.

    dictionary.py SOURCE TARGET     to standard output
    dictionary.py SOURCE --check    says which target of SOURCE/tests/fuzz gets none
"""
import pathlib
import re
import sys

LOGS = ['lib/format', 'lib/core/names.c', 'lib/crypto/hash.c']
EVIDENCE = ['lib/platform', 'lib/envelope', 'lib/crypto/hash.c']
VALUES = ['lib/values', 'lib/core/names.c', 'lib/core/platform.c', 'lib/crypto/hash.c']
COMMAND = ['tools/option_table.c', 'tools/choices.c', 'tools/role.c', 'tools/folder.c']
READS = {
    'attest': EVIDENCE + COMMAND,
    'collateral': ['lib/platform', 'lib/envelope'],
    'configfs': ['lib/live', 'lib/sys'],
    'envelope': EVIDENCE,
    'evidence': EVIDENCE,
    'image': ['lib/known'],
    'known': ['lib/known', *LOGS],
    'launch': LOGS,
    'line': ['tools/line.c'],
    'logdir': ['lib/live', 'lib/format/text.c', 'lib/crypto/hash.c'],
    'manifest': EVIDENCE,
    'nsm': ['lib/sys', 'lib/live'],
    'options': [*COMMAND, *VALUES],
    'parts': EVIDENCE,
    'policy': [*VALUES, 'lib/report'],
    'select': VALUES,
    'tree': ['lib/live', 'lib/sys', *VALUES],
    'values': VALUES,
}

# A row of a table, a line of a list, a name that is compared, is an array or is spelt by its macro.
ROW = re.compile(r'\{\s*(?:\w+,\s*)?"([^"\\\n]+)"')
LIST = re.compile(r'^\s+"([^"\\\n]+)",', re.M)
COMPARED = re.compile(r'\b(?:str\w*cmp|span_\w+|\w*member\w*|\w*key\w*|starts)\('
                      r'[^;"]*"([^"\\\n]+)"')
CHARS = re.compile(r'\bchar \w+\[\] = "([^"\\\n]+)"')
MACRO = re.compile(r'\bTYPE\((EV_\w+)\)')
WORD = re.compile(r'[!-~](?:[ -~]{0,46}[!-~])?')


def words(source, target):
    found = set()
    for place in READS.get(target, LOGS):
        path = source / place
        for file in sorted(path.glob('*.c')) if path.is_dir() else [path]:
            text = file.read_text(encoding='utf-8')
            for pattern in (ROW, LIST, COMPARED, CHARS, MACRO):
                found.update(pattern.findall(text))
    # Messages are sentences, and formats are not said in any input.
    return sorted(w for w in found
                  if len(w) > 1 and WORD.fullmatch(w) and '%' not in w and w.count(' ') < 3)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source = pathlib.Path(sys.argv[1])
    if sys.argv[2] != '--check':
        for word in words(source, sys.argv[2]):
            print(f'"{word}"')
        return 0
    targets = {p.stem[len('fuzz_'):] for p in (source / 'tests/fuzz').glob('fuzz_*.c')}
    wrong = [f'{t}: no words' for t in sorted(targets) if len(words(source, t)) < 3]
    wrong += [f'{t}: no target' for t in sorted(READS.keys() - targets)]
    if 'EV_EFI_ACTION' not in words(source, 'read'):
        wrong.append('read: no types of events')
    print('\n'.join(wrong), file=sys.stderr)
    return 1 if wrong or not targets else 0


if __name__ == '__main__':
    sys.exit(main())
