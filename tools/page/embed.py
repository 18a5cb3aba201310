#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The page as C strings: the template, cut at each @@, with style and script and their hashes.

    embed.py HTML CSS JS > page_parts.c
"""

import base64
import hashlib
import pathlib
import sys

html, css, js = (pathlib.Path(name).read_text(encoding="utf-8") for name in sys.argv[1:4])
for text in css, js:
    if "</" in text or "<!--" in text:
        raise SystemExit("what would end the element that it is in")


def csp(text):
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()


for mark, text in (("@SCRIPT-HASH@", csp(js)), ("@STYLE-HASH@", csp(css)), ("@STYLE@", css),
                   ("@SCRIPT@", js)):
    before, after = html.split(mark)
    html = before + text + after

print('/* Made by embed.py. */\n#include "page.h"\n\nconst char *const page_parts[PAGE_PARTS] = {')
for part in html.split("@@"):
    for line in part.splitlines(keepends=True):
        quoted = "".join(c if c.isascii() and c.isprintable() and c not in '"\\?' else
                         "".join(f"\\{b:03o}" for b in c.encode()) for c in line)
        print(f'\t"{quoted}"')
    print("\t,")
print("};")
