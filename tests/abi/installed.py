#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What was installed works: the command, and pkg-config for programs of every kind.

    installed.py ROOT BUILD MESON CC...
"""

import os
import pathlib
import subprocess
import sys
import tempfile


def run(*command, **env):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          env=os.environ | env)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}:\n{done.stdout}{done.stderr}")
    return done.stdout


def one(folder, pattern):
    found = sorted(folder.rglob(pattern))
    return found[0] if found else None


def compile_with(root, folder, cc, words, **env):
    """Both examples; the verifier says yes of the log of the example guest."""
    twin = root / "tests/data/tdx-twin"
    for name in "agent", "verifier":
        run(*cc, root / f"examples/{name}.c", "-o", folder / name, *words)
    run(folder / "verifier", *(twin / file for file in ("CCEL.data", "quote-v4.bin", "root.pem")),
        **env)


def main():
    root, build, meson, *cc = sys.argv[1:]
    root = pathlib.Path(root)
    os.environ.pop("LD_LIBRARY_PATH", None)
    pkg_config = os.environ.get("PKG_CONFIG", "pkg-config")
    with tempfile.TemporaryDirectory() as folder:
        dest = pathlib.Path(folder)
        run(meson, "install", "-C", build, "--no-rebuild", "--destdir", dest)

        tool = one(dest, "tsmmr-replay")
        if tool and not run(tool, "--version").startswith("tsmmr-replay 0."):
            sys.exit("tsmmr-replay --version")

        # Nothing but our own file: whoever compiles needs no other package.
        pc = one(dest, "libtsmmr.pc")
        alone = {"PKG_CONFIG_LIBDIR": str(pc.parent), "PKG_CONFIG_SYSROOT_DIR": str(dest)}
        flags = run(pkg_config, "--cflags", "--libs", "libtsmmr", **alone).split()
        if one(dest, "libtsmmr.so"):
            compile_with(root, dest, cc, flags, LD_LIBRARY_PATH=str(pc.parent.parent))

        archive = one(dest, "libtsmmr.a")
        if not archive:
            return 0
        flags = run(pkg_config, "--static", "--cflags", "--libs", "libtsmmr", **alone).split()
        compile_with(root, dest, cc, ["-Wl,--as-needed", archive, *flags])
        # And where it is all there is.
        for shared in dest.rglob("libtsmmr.so*"):
            shared.unlink()
        compile_with(root, dest, cc, flags)

        # -static needs an archive of each library below, which not every system has.
        lacks = [word for word in flags if word.startswith("-l") and word != "-ltsmmr" and
                 run(*cc, f"-print-file-name=lib{word[2:]}.a").strip() == f"lib{word[2:]}.a"]
        if lacks:
            print(f"-static was not tried: no archive of {' '.join(lacks)}")
        else:
            compile_with(root, dest, [*cc, "-static"], flags)
    return 0


if __name__ == "__main__":
    sys.exit(main())
