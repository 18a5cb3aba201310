#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A caller compiled against today's struct tsmmr_error runs with a library whose struct grew.

    old_caller.py SOURCE-ROOT CC...

lib/util/error.c is the one place that fills the struct.  It is compiled with a field more
than the caller knows; and once more with its look at the caller's size taken out, which
the caller must notice.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

MESSAGE = "char message[216];"
COPY = "memcpy(err, is, is->size < sizeof(*is) ? is->size : sizeof(*is));"


def replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        sys.exit(f"{path.name}: {old!r} is there {text.count(old)} times")
    path.write_text(text.replace(old, new), encoding="utf-8")


def main():
    root, cc = pathlib.Path(sys.argv[1]), sys.argv[2:] + ["-std=gnu11", "-D_GNU_SOURCE"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for part in ("include", "lib/util"):
            shutil.copytree(root / part, folder / part)
        (folder / "include/tsmmr/version.h").touch()
        caller, program = folder / "caller.o", folder / "program"
        subprocess.run(cc + ["-I", folder / "include", "-c", root / "tests/abi/old_caller.c",
                             "-o", caller], check=True)
        replace(folder / "include/tsmmr/types.h", MESSAGE, MESSAGE + " uint64_t later[4];")

        def run():
            subprocess.run(cc + ["-I", folder / "include", "-I", folder / "lib", caller,
                                 *(folder / "lib/util" / f"{n}.c"
                                   for n in ("error", "text", "buf", "hex")),
                                 "-o", program], check=True)
            return subprocess.run([program], check=False).returncode

        if run() != 0:
            return 1
        replace(folder / "lib/util/error.c", COPY, "memcpy(err, is, sizeof(*is));")
        if run() == 0:
            print("a library that ignores the caller's size was not noticed", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
