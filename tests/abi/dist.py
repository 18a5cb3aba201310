#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The archive of a release is the tree of its tag: no file more or less, no byte, no mode.

    dist.py ROOT MESON CC...

Of a shallow clone, as a host makes one.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}:\n{done.stdout}{done.stderr}")
    return done.stdout


def blob(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def tree_of(repository):
    """{path: (mode, id)} of the commit."""
    found = {}
    for line in run("git", "-C", repository, "ls-tree", "-rz", "HEAD").split("\0")[:-1]:
        facts, path = line.split("\t")
        mode, _, name = facts.split()
        found[path] = mode, name
    return found


def archive_of(path):
    """The same of an archive, all below one folder."""
    found = {}
    with tarfile.open(path) as tar:
        for member in tar:
            name = member.name.partition("/")[2]
            if member.isfile():
                mode = "100755" if member.mode & 0o100 else "100644"
                found[name] = mode, blob(tar.extractfile(member).read())
            elif member.issym():
                found[name] = "120000", blob(member.linkname.encode())
            elif not member.isdir():
                sys.exit(f"{member.name}: neither file nor folder nor link")
    return found


def differences(tree, archive):
    for path in sorted(tree.keys() | archive.keys()):
        if path not in archive:
            yield f"{path}: in the commit only"
        elif path not in tree:
            yield f"{path}: in the archive only"
        elif tree[path] != archive[path]:
            yield f"{path}: {tree[path]} in the commit, {archive[path]} in the archive"


def main():
    root, meson, *cc = sys.argv[1:]
    if not shutil.which("git") or subprocess.run(
            ["git", "-C", root, "rev-parse", "--verify", "HEAD"], capture_output=True).returncode:
        print("no repository of git")
        return 77
    os.environ["CC"] = " ".join(cc)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        run("git", "clone", "-q", "--depth", "1", f"file://{root}", folder / "source")
        run(meson, "setup", folder / "build", folder / "source", "-Dtests=disabled",
            "-Dtools=disabled", "-Ddocs=disabled", "-Dtpm2-tss=disabled")
        run(meson, "dist", "-C", folder / "build", "--no-tests", "--formats", "gztar")
        made, = (folder / "build/meson-dist").glob("*.tar.gz")
        tree, archive = tree_of(folder / "source"), archive_of(made)

    problems = list(differences(tree, archive))
    name = "meson.build"
    less = {path: facts for path, facts in archive.items() if path != name}
    for what, other in (("less", less), ("more", archive | {"more": ("100644", "")}),
                        ("else", archive | {name: ("100755", archive[name][1])})):
        if not list(differences(tree, other)):
            problems.append(f"an archive with {what} is taken for equal")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
