#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the #include lines cannot show: who calls whom, read from the built objects.

No two files need each other, directly or round a corner; no file needs a symbol of a room
that it does not see (layers.py has the rooms); OpenSSL is called from crypto/ alone, and tpm2-tss
from sys/tpm.c.

    objects.py SOURCE-ROOT LIBRARY-OBJECTS TOOL-OBJECTS CC...

Each way to fail is first tried on objects made for that.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

from layers import MAY_SEE, room_of

TSS = re.compile(r"(Esys|Tss2)_")
OPENSSL = re.compile(r"(EVP|X509V?3?|PEM|EC|ECDSA|RSA|BN|BIO|ASN1|CRYPTO|OPENSSL|OSSL|ERR|d2i|i2d)_")


def symbols(objects):
    """{file: (defined, needed)} of {file: object}."""
    found = {name: (set(), set()) for name in objects}
    names = {str(path): name for name, path in objects.items()}
    out = subprocess.run(["nm", "-gA", *names], check=True, capture_output=True, text=True).stdout
    for line in out.splitlines():
        path, _, rest = line.rpartition(":")
        *_, kind, symbol = rest.split()
        defined, needed = found[names[path]]
        (needed if kind in "Uwv" else defined).add(symbol)
    return found


def circles(needs):
    """Files that need each other: Tarjan's strongly connected components, over one file."""
    index, low, stack, out = {}, {}, [], []

    def visit(file):
        index[file] = low[file] = len(index)
        stack.append(file)
        for other in needs[file]:
            if other not in index:
                visit(other)
            if other in stack:
                low[file] = min(low[file], low[other])
        if low[file] == index[file]:
            ring = stack[stack.index(file):]
            del stack[stack.index(file):]
            if len(ring) > 1:
                out.append(sorted(ring))

    for file in needs:
        if file not in index:
            visit(file)
    return out


def problems_of(objects):
    """A sentence each.  A file is "lib/core/log.c"."""
    table = symbols(objects)
    home = {s: file for file, (defined, _) in table.items() for s in defined}
    needs = {file: {} for file in table}

    for file, (_, needed) in table.items():
        room = room_of(pathlib.PurePath(file))
        for symbol in sorted(needed):
            other = home.get(symbol)
            if not other and OPENSSL.match(symbol) and room not in ("crypto", "tools"):
                yield f"{file} calls {symbol}(): OpenSSL is crypto/'s"
            if not other and TSS.match(symbol) and file != "lib/sys/tpm.c":
                yield f"{file} calls {symbol}(): tpm2-tss is sys/tpm.c's"
            if not other or other == file:
                continue
            needs[file][other] = symbol
            its = room_of(pathlib.PurePath(other))
            if its != room and its not in MAY_SEE[room]:
                yield f"{file} needs {symbol} of {other}: {room} does not see {its}"
    for ring in circles(needs):
        which = [f"{a} {s} of {b}" for a in ring for b, s in needs[a].items() if b in ring]
        yield f"{len(ring)} files need each other: " + "; ".join(which)
    if sum(map(len, needs.values())) < len(objects) / 2:
        yield f"{len(objects)} objects that hardly need each other: not read"


def built(root, folders, under):
    """Meson names the object of core/log.c core_log.c.o."""
    objects = {}
    for source in sorted((root / under).glob("**/*.c")):
        name = source.relative_to(root / under)
        for folder in folders.split(":"):
            path = pathlib.Path(folder) / (str(name).replace("/", "_") + ".o")
            if path.is_file():
                objects[f"{under}/{name}"] = path
    return objects


PLANTED = {  # what must be found, in files of which rooms
    "need each other": {"lib/util/a.c": "int b(void); int a(void) { return b(); }",
                        "lib/util/b.c": "int a(void); int b(void) { return a(); }"},
    "does not see": {"lib/util/a.c": "int b(void); int a(void) { return b(); }",
                     "lib/core/b.c": "int b(void) { return 0; }"},
    "OpenSSL is": {"lib/core/a.c": "int EVP_x(void); int a(void) { return EVP_x(); }"},
    "tpm2-tss is": {"lib/sys/reg.c": "int Esys_x(void); int a(void) { return Esys_x(); }"},
    "not read": {"lib/core/a.c": "int a;", "lib/core/b.c": "int b;"},
    "": {"lib/core/a.c": "int b(void); int EVPx(void); int a(void) { return b() + EVPx(); }",
         "lib/util/b.c": "int b(void) { return 0; }"},
}


def self_test(cc):
    for expected, files in PLANTED.items():
        with tempfile.TemporaryDirectory() as tmp:
            objects = {}
            for n, (name, text) in enumerate(files.items()):
                source = pathlib.Path(tmp) / f"{n}.c"
                source.write_text(text)
                objects[name] = source.with_suffix(".o")
                subprocess.run([*cc, "-c", source, "-o", objects[name]], check=True)
            found = list(problems_of(objects))
            if not (any(expected in f for f in found) if expected else not found):
                yield f"planted {expected or 'nothing'!r}, found {found}"


def main():
    root, library, tool, *cc = sys.argv[1:]
    root = pathlib.Path(root)
    problems = list(self_test(cc))
    for folder, under, least in ((library, "lib", 100), (tool, "tools", 15)):
        if folder == "-":
            continue
        objects = built(root, folder, under)
        print(f"{len(objects)} objects of {under}/")
        if len(objects) < least:
            problems.append(f"only {len(objects)} objects of {under}/ in {folder}")
        problems += problems_of(objects)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
