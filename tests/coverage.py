#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Which lines of each room of lib/ the tests reach, and which functions nothing does:

    coverage.py BUILD KEPT

BUILD is clang's, with -fprofile-instr-generate=BUILD/profiles/%4m.profraw -fcoverage-mapping, and
its suites were run.  KEPT has what the fuzzers kept, a folder a target;
each target is run over it here.  The status is 1 where a room is below the goal.
"""
import glob
import json
import os
import subprocess
import sys

GOAL = 92  # per cent of a room's lines


def room_of(path):
    """Of a path below lib/."""
    return path.split('/')[0] if '/' in path else 'api'


def run_corpora(build, kept):
    for program in sorted(glob.glob(os.path.join(build, 'tests/fuzz/fuzz_*'))):
        corpus = os.path.join(kept, os.path.basename(program)[len('fuzz_'):])
        if os.access(program, os.X_OK) and os.path.isfile(program) and os.path.isdir(corpus):
            subprocess.run([program, corpus], check=False, stdout=subprocess.DEVNULL)


def exported(build, profiles):
    data = os.path.join(build, 'all.profdata')
    subprocess.run(['llvm-profdata', 'merge', '-o', data,
                    *glob.glob(os.path.join(profiles, '*.profraw'))], check=True)
    library = os.path.join(build, 'lib/libtsmmr.so')
    return json.loads(subprocess.run(
        ['llvm-cov', 'export', library, f'-instr-profile={data}', '-skip-expansions'],
        check=True, stdout=subprocess.PIPE).stdout)['data'][0]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    build, kept = sys.argv[1:]
    lib = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'lib') + '/'
    profiles = os.path.join(build, 'profiles')
    run_corpora(build, kept)
    said = exported(build, profiles)

    rooms = {}
    for file in said['files']:
        if os.path.abspath(file['filename']).startswith(lib):
            room = rooms.setdefault(room_of(os.path.abspath(file['filename'])[len(lib):]), [0, 0])
            room[0] += file['summary']['lines']['covered']
            room[1] += file['summary']['lines']['count']
    print(f'{"room":12}{"lines":>8}{"reached":>9}{"%":>7}')
    low = 0
    for room, (reached, lines) in sorted(rooms.items()):
        share = 100 * reached / lines
        low += share < GOAL
        print(f'{room:12}{lines:>8}{reached:>9}{share:>7.1f}')
    reached, lines = (sum(room[i] for room in rooms.values()) for i in (0, 1))
    print(f'{"all":12}{lines:>8}{reached:>9}{100 * reached / lines:>7.1f}\n')

    # An inline function of a header has a copy in each file that has it, reached or not.
    reached, never = set(), {}
    for function in said['functions']:
        name = os.path.abspath(function['filenames'][0]), function['name'].split(':')[-1]
        if function['count']:
            reached.add(name)
        elif name[0].startswith(lib):
            never[name] = True
    print('never reached:')
    for path, name in sorted(never.keys() - reached):
        print(f'  {path[len(lib):]}: {name}')
    return 1 if low else 0


if __name__ == '__main__':
    sys.exit(main())
