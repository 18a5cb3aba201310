#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs every fuzz target of a build (-Dfuzzer=libfuzzer) in turn, or those that are named:

    fuzz.py BUILD KEPT MINUTES [TARGET...]

MINUTES are for all of them together.  KEPT/TARGET is what grew of the seeds, minimised after each
run and begun with by the next; KEPT/findings has what broke a target.  The status is 1 if any did.
"""
import os
import re
import resource
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# The entropic schedule takes more time than most targets do: an input reaches thousands of edges.
LIMITS = ['-entropic=0', '-timeout=20', '-report_slow_units=3600', '-rss_limit_mb=3072']


def targets(build):
    """{name: its seeds}, as Meson wrote them down."""
    with open(os.path.join(build, 'tests/fuzz/targets')) as f:
        rows = [line.split() for line in f if line.strip()]
    return {row[0]: row[1:] for row in rows}


def number(text, pattern):
    found = re.findall(pattern, text, re.M)
    return int(found[-1]) if found else 0


def findings_of(folder, target):
    return {name for name in os.listdir(folder) if name.startswith(target + '-')}


def cpu_seconds():
    """Of programs that ended: what a busy machine gives them changes no rate."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def minimised(program, corpus):
    """The corpus without inputs that reach nothing that others do not."""
    smaller = corpus + '.new'
    shutil.rmtree(smaller, ignore_errors=True)
    os.mkdir(smaller)
    done = subprocess.run([program, '-merge=1', *LIMITS, smaller, corpus],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    if done.returncode or not os.listdir(smaller):
        shutil.rmtree(smaller)
        return
    shutil.rmtree(corpus)
    os.rename(smaller, corpus)


def fuzz(build, kept, target, seeds, seconds):
    """Runs one; a row of the table, and the paths of what it found."""
    program = os.path.join(build, 'tests/fuzz/fuzz_' + target)
    corpus = os.path.join(kept, target)
    found_in = os.path.join(kept, 'findings')
    os.makedirs(corpus, exist_ok=True)
    os.makedirs(found_in, exist_ok=True)
    before = findings_of(found_in, target)
    words = os.path.join(kept, target + '.dict')
    with open(words, 'w') as f:
        subprocess.run([sys.executable, '-B', os.path.join(HERE, 'dictionary.py'),
                        os.path.join(HERE, '../..'), target], stdout=f, check=True)

    spent = cpu_seconds()
    done = subprocess.run(
        [program, f'-max_total_time={seconds}', '-print_final_stats=1', f'-dict={words}', *LIMITS,
         f'-artifact_prefix={found_in}/{target}-', corpus, *seeds],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    spent = max(cpu_seconds() - spent, .001)
    said = done.stderr.decode(errors='replace')
    with open(os.path.join(kept, target + '.log'), 'w') as f:
        f.write(said)
    new = [os.path.join(found_in, name)
           for name in sorted(findings_of(found_in, target) - before)]
    if done.returncode and not new:
        new = [os.path.join(kept, target + '.log')]
    minimised(program, corpus)
    executions = number(said, r'^stat::number_of_executed_units: (\d+)')
    row = target, executions, int(executions / spent), number(said, r'\bcov: (\d+)'), len(new)
    return row, new


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    build, kept, minutes = sys.argv[1:4]
    kept = os.path.abspath(kept)
    every = targets(build)
    chosen = sys.argv[4:] or list(every)
    for name in chosen:
        if name not in every:
            sys.exit(f'fuzz.py: no target {name}: there are {" ".join(every)}')
    seconds = max(1, int(float(minutes) * 60 / len(chosen)))

    found = []
    print(f'{"target":12}{"executions":>12}{"per CPU s":>12}{"edges":>8}{"findings":>10}')
    for name in chosen:
        row, paths = fuzz(build, kept, name, every[name], seconds)
        print('{:12}{:>12}{:>12}{:>8}{:>10}'.format(*row), flush=True)
        found += [(name, path) for path in paths]
    for name, path in found:
        print(f'found: {path}\n'
              f'again: {os.path.join(build, "tests/fuzz/fuzz_" + name)} {path}')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
