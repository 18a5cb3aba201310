#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs tsmmr-replay on the cases of cases/VERB.ini and compares byte for byte; prints TAP.

    run.py TOOL DATA [NAME...]          run all cases, or those named
    run.py --update TOOL DATA [NAME...] write down what is printed as what is expected
    run.py --cases FILE ...             only those of FILE, which lies below this script's folder

A case is a section; its name is that of out/NAME.txt, which holds stdout and then each
file that the run left in its temporary folder; of one that is no text, its size.  Keys:

    cmd       the command line; @TMP@ is the temporary folder of the case, @ROOT@ that of the
              machine that TSMMR_ROOT names (which the cases have in common, in their order)
    then      more command lines, one a line, run one after the other; stdin is for the first
    exit      exit status (of the last one), 0 when absent
    stderr    words that stderr must contain, one or more lines; absent: stderr is empty
    needs     files below DATA without which the case is skipped
    copy      lines "TO FROM": FROM (below DATA; a file, or a folder, which may join what
              is there) is copied to TO (below @TMP@) before
    cut       lines "TO FROM BYTES": the same, but only so many bytes
    patch     lines "TO FROM OFFSET HEX": the same, with these bytes at that offset
    write     lines "TO TEXT": TEXT, with escapes as in Python, is written to TO
    link      lines "TO TARGET": TO is a symbolic link
    hide      names of files that are not compared, one or more
    stdin     a file below DATA or @TMP@
    stdout    where stdout goes instead: a path, or "closed" or "broken" (nobody reads)
    columns   run on a terminal of that width
    env       lines "NAME=VALUE"

The folder DATA is the current one, so paths are relative and output is the same anywhere.
"""

import argparse
import configparser
import difflib
import fcntl
import os
import pathlib
import pty
import re
import select
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent
TIMEOUT_S = 60
ROOT = os.environ.get("TSMMR_ROOT", "/nonexistent")


class Case:
    def __init__(self, name, keys):
        known = {"cmd", "exit", "stderr", "needs", "copy", "cut", "patch", "write",
                 "link", "hide", "then", "stdin", "stdout", "columns", "env"}
        if set(keys) - known:
            raise SystemExit(f"{name}: unknown key: {', '.join(set(keys) - known)}")
        self.name = name
        self.commands = [shlex.split(line) for line in [keys["cmd"]] + lines(keys, "then")]
        self.exit = int(keys.get("exit", "0"))
        self.stderr = lines(keys, "stderr")
        self.needs = keys.get("needs", "").split()
        self.copies = [line.split() + [None] for line in lines(keys, "copy")]
        self.copies += [line.split() for line in lines(keys, "cut")]
        self.patches = [line.split() for line in lines(keys, "patch")]
        self.writes = [line.split(" ", 1) for line in lines(keys, "write")]
        self.links = [line.split() for line in lines(keys, "link")]
        self.hidden = keys.get("hide", "").split()
        self.stdin = keys.get("stdin")
        self.stdout = keys.get("stdout")
        self.columns = int(keys.get("columns", "0"))
        self.env = dict(line.split("=", 1) for line in lines(keys, "env"))
        self.expected = HERE / "out" / f"{name}.txt"


def lines(keys, key):
    return [line for line in keys.get(key, "").splitlines() if line]


def read_terminal(ours, theirs, process):
    """All that came before what we write ourselves when the process has ended: a terminal whose
    other side is closed may say so before it has given what was written."""
    out, end = b"", b"\0the end\0"
    said, until = False, time.monotonic() + TIMEOUT_S
    while not out.endswith(end):
        if select.select([ours], [], [], 0.01)[0]:
            out += os.read(ours, 65536)
        elif process.poll() is not None and not said:
            said = os.write(theirs, end) > 0
        elif time.monotonic() > until:
            process.kill()
            raise subprocess.TimeoutExpired(process.args, TIMEOUT_S)
    return out[:-len(end)]


def has_terminals():
    """Is there a /dev/pts?  Not in every container."""
    try:
        for fd in pty.openpty():
            os.close(fd)
    except OSError:
        return False
    return True


def run_on_terminal(argv, columns, **how):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(argv, stdout=theirs, stderr=subprocess.PIPE, **how) as process:
        out = read_terminal(ours, theirs, process)
        err = process.stderr.read()
        process.wait(TIMEOUT_S)
    os.close(theirs)
    os.close(ours)
    return process.returncode, out.replace(b"\r\n", b"\n"), err


def run_with_stdout(argv, stdout, **how):
    """A run whose stdout is somewhere that is nobody's pipe."""
    close = None
    if stdout == "closed":
        target, close = None, lambda: os.close(1)
    elif stdout == "broken":
        reader, target = os.pipe()
        os.close(reader)
    else:
        target = os.open(stdout, os.O_WRONLY)
    done = subprocess.run(argv, stdout=target, stderr=subprocess.PIPE, preexec_fn=close,
                          timeout=TIMEOUT_S, check=False, **how)
    if target is not None:
        os.close(target)
    return done.returncode, b"", done.stderr


def prepare(case, data, tmp):
    for to, source, size in case.copies:
        target = pathlib.Path(tmp, to)
        target.parent.mkdir(parents=True, exist_ok=True)
        if (data / source).is_dir():
            shutil.copytree(data / source, target, dirs_exist_ok=True)
            continue
        content = (data / source).read_bytes()
        target.write_bytes(content if size is None else content[:int(size)])
    for to, source, offset, patch in case.patches:
        content = bytearray((data / source).read_bytes())
        patch = bytes.fromhex(patch)
        content[int(offset):int(offset) + len(patch)] = patch
        pathlib.Path(tmp, to).write_bytes(content)
    for to, target in case.links:
        pathlib.Path(tmp, to).parent.mkdir(parents=True, exist_ok=True)
        pathlib.Path(tmp, to).symlink_to(target)
    for to, text in case.writes:
        to = pathlib.Path(tmp, to.replace("@ROOT@", ROOT))
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(text.encode("latin-1").decode("unicode_escape")
                                          .encode("latin-1"))


def run_once(case, argv, how):
    if case.columns:
        return run_on_terminal(argv, case.columns, **how)
    if case.stdout:
        return run_with_stdout(argv, case.stdout, **how)
    done = subprocess.run(argv, capture_output=True, timeout=TIMEOUT_S, check=False, **how)
    return done.returncode, done.stdout, done.stderr


def what_is_new(case, tmp, before):
    out = b""
    for path in sorted(set(pathlib.Path(tmp).rglob("*")) - before):
        if not path.is_file() or path.name in case.hidden:
            continue
        content = path.read_bytes()
        name = b"=== " + str(path.relative_to(tmp)).encode()
        out += name + (b": %d bytes\n" % len(content) if unsafe(content) else b"\n" + content)
    return out


def run(case, tool, data):
    """Exit status, output and stderr of a case, with its folder called @TMP@ again."""
    with tempfile.TemporaryDirectory(prefix="tsmmr-golden-") as tmp:
        prepare(case, data, tmp)
        before = set(pathlib.Path(tmp).rglob("*"))
        env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "xterm"}
        env.update((k, os.environ[k]) for k in ("ASAN_OPTIONS", "UBSAN_OPTIONS",
                                                "LD_LIBRARY_PATH") if k in os.environ)
        how = {"cwd": data, "env": env | case.env, "stdin": subprocess.DEVNULL}
        stdin = None
        if case.stdin:
            stdin = open(data / case.stdin.replace("@TMP@", tmp), "rb")

        out = err = b""
        for command in case.commands:
            argv = [tool] + [word.replace("@TMP@", tmp).replace("@ROOT@", ROOT)
                             for word in command]
            status, more, words = run_once(case, argv, how | {"stdin": stdin or how["stdin"]})
            out += more
            err += words
            if stdin:
                stdin.close()
                stdin = None
        out += what_is_new(case, tmp, before)
        for place, name in ((tmp, "@TMP@"), (ROOT, "@ROOT@"), (f"{data}/", "")):
            out = out.replace(place.encode(), name.encode())
            err = err.replace(place.encode(), name.encode())
        return status, out, err


def unsafe(out):
    """What would reach a terminal raw: controls but for our own colours, bidi, broken UTF-8."""
    try:
        text = re.sub(r"\x1b\[[0-9]*m", "", out.decode())
    except UnicodeDecodeError as error:
        return str(error)
    for char in text:
        if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            return f"U+{ord(char):04X} in the output"
    return None


def problems(case, status, out, err):
    if status != case.exit:
        yield f"exit status {status}, not {case.exit}"
    bad = unsafe(out)
    if bad:
        yield bad
    text = err.decode(errors="replace")
    if not case.stderr and text:
        yield "stderr is not empty"
    for words in case.stderr:
        if words not in text:
            yield f"stderr lacks: {words}"
    expected = case.expected.read_bytes() if case.expected.exists() else b""
    if out != expected:
        yield "stdout differs:"
        yield from difflib.unified_diff(
            expected.decode(errors="replace").splitlines(),
            out.decode(errors="replace").splitlines(), "expected", "got", lineterm="", n=1)
    if text:
        yield from ("stderr: " + line for line in text.splitlines())


def update(case, out):
    if out:
        case.expected.write_bytes(out)
    elif case.expected.exists():
        case.expected.unlink()


def check(case, tool, data, updating):
    """One line of TAP, and why."""
    missing = [need for need in case.needs if not (data / need).exists()]
    if missing:
        return f"ok %d - {case.name} # SKIP needs {' '.join(missing)}", []
    if case.columns and not has_terminals():
        return f"ok %d - {case.name} # SKIP needs a pseudo-terminal", []
    status, out, err = run(case, tool, data)
    if updating:
        update(case, out)
    why = list(problems(case, status, out, err))
    failed = any(not line.startswith("stderr: ") for line in why)
    return f"{'not ok' if failed else 'ok'} %d - {case.name}", why if failed else []


def read_cases(path):
    ini = configparser.ConfigParser(interpolation=None, delimiters=("=",),
                                    default_section="", comment_prefixes=("#",))
    ini.read_string(path.read_text(encoding="utf-8"))
    return [Case(section, ini[section]) for section in ini.sections()]


def leftovers():
    names = {case.name for ini in HERE.glob("**/*.ini") for case in read_cases(ini)}
    return sorted(path.name for path in (HERE / "out").glob("*.txt") if path.stem not in names)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--cases")
    parser.add_argument("tool")
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()

    inis = [HERE / args.cases] if args.cases else sorted(HERE.glob("cases/*.ini"))
    cases = [case for ini in inis for case in read_cases(ini)]
    chosen = [case for case in cases if not args.names or case.name in args.names]
    tool, data = str(pathlib.Path(args.tool).resolve()), args.data.resolve()

    print(f"1..{len(chosen) + 1}")
    bad = 0
    for number, case in enumerate(chosen, 1):
        verdict, why = check(case, tool, data, args.update)
        bad += verdict.startswith("not")
        print(verdict % number, flush=True)
        for line in why:
            print(f"# {line}")
    extra = leftovers()
    print(f"{'not ok' if extra else 'ok'} {len(chosen) + 1} - no output without a case")
    for name in extra:
        print(f"# out/{name} belongs to no case")
    return 1 if bad or extra else 0


if __name__ == "__main__":
    sys.exit(main())
