#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each shell loads its completion, and completes verbs, options, values and files.

    completion.py TOOL FOLDER

A line is typed to bash and zsh on a terminal, to fish as it offers: its complete -C.
"""

import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

# What is typed, and what the command gets.
LINES = [
    ("veri\t", "verify"),
    ("help att\t", "help attest"),
    ("verify --allow-d\t", "verify --allow-debug"),
    ("verify --trust-root inte\t", "verify --trust-root intel-sgx"),
    ("verify --trust-root=inte\t", "verify --trust-root=intel-sgx"),
    ("export -o f --to tpm\t", "export -o f --to tpm2-yaml"),
    ("verify --require rtmr0,app\t", "verify --require rtmr0,app-runtime"),
    ("replay some\t", "replay some-log"),
    ("verify --manifest rtmr0=some\t", "verify --manifest rtmr0=some-log"),
    ("show --root=other-f\t", "show --root=other-folder"),
    ("lock --evid\t", "lock --evid"),  # takes no such option
    ("replay sys\t", "replay systemd"),
]
TIMEOUT_S = 20

SETUP = {
    "bash": (["--norc", "--noprofile", "-i"],
             "bind 'set enable-bracketed-paste off'; . {folder}/tsmmr-replay.bash"),
    "zsh": (["-f", "-i"],
            "unsetopt zle_bracketed_paste prompt_sp; fpath=({folder} $fpath);"
            " autoload -Uz compinit; compinit -u -D"),
}


def has_terminals():
    try:
        for fd in pty.openpty():
            os.close(fd)
        return True
    except OSError:
        return False


class Terminal:
    def __init__(self, shell, env, folder):
        arguments, setup = SETUP[shell]
        pid, self.fd = pty.fork()
        if pid == 0:
            os.execvpe(shell, [shell, *arguments], env)
        self.pid, self.seen = pid, ""
        self.type(setup.format(folder=folder) + "; echo REA''DY\n")
        self.wait(r"READY")

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait(self, what):
        end = time.monotonic() + TIMEOUT_S
        while not (found := re.search(what, self.seen)):
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                sys.exit(f"{what} did not come: {self.seen!r}")
            try:
                self.seen += os.read(self.fd, 4096).decode(errors="replace").replace("\r", "")
            except OSError:
                sys.exit(f"the shell has ended: {self.seen!r}")
        self.seen = self.seen[found.end():]
        return found

    def ask(self, line):
        self.type(f"tsmmr-replay {line}\n")
        return self.wait(r"GOT <(.*)>\n").group(1)

    def close(self):
        os.close(self.fd)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


def ask_fish(line, env, folder):
    """What it offers, if that is one thing; else the line as it was."""
    typed = f"tsmmr-replay {line.rstrip(chr(9))}"
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source {folder}/tsmmr-replay.fish; complete -C '{typed}'"],
        capture_output=True, text=True, env=env, check=True)
    offered = [reply.split("\t")[0] for reply in done.stdout.splitlines()]
    words = typed.split()[1:]
    if len(offered) == 1:
        words[-1] = offered[0]
    return " ".join(words)


def main():
    tool, folder = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
    failed = ran = 0
    with tempfile.TemporaryDirectory() as temporary:
        os.chdir(temporary)
        os.mkdir("bin")
        os.mkdir("other-folder")
        pathlib.Path("some-log").touch()
        command = pathlib.Path("bin/tsmmr-replay")
        command.write_text(f'#!/bin/sh\n[ "$1" != __complete ] || exec {tool} "$@"\n'
                           'echo "GOT <$*>"\n')
        command.chmod(0o755)
        env = {"PATH": f"{temporary}/bin:{os.environ['PATH']}", "HOME": temporary,
               "TERM": "dumb", "LC_ALL": "C.UTF-8", "PS1": "$ "}

        for shell in "bash", "zsh", "fish":
            if shell in SETUP and not has_terminals():
                print(f"no terminal for {shell}")
                continue
            if not shutil.which(shell):
                print(f"{shell} is not here")
                continue
            terminal = Terminal(shell, env, folder) if shell in SETUP else None
            for line, expected in LINES:
                got = terminal.ask(line) if terminal else ask_fish(line, env, folder)
                ran += 1
                if got.strip().rstrip("/") != expected:
                    print(f"{shell}: {line!r}: {got!r}, not {expected!r}", file=sys.stderr)
                    failed += 1
            if terminal:
                terminal.close()
    print(f"{ran} lines, {failed} wrong")
    return 1 if failed else 0 if ran else 77


if __name__ == "__main__":
    sys.exit(main())
