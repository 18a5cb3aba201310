#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The list of what a build is made of is SPDX 2.3, complete, and the same again.

    sbom.py BUILD LIBRARY SCRIPT ARGUMENTS...

The members that must be there are those of the specification, clauses 6, 7 and 11.  What the
library needs when it is loaded must be named: LIBRARY is the built one, or "-".
"""

import json
import os
import re
import subprocess
import sys

# How the files of a dependency are called where its name is another.
FILES = {"libcrypto": "libcrypto", "json-c": "libjson-c", "libcbor": "libcbor"}
OF_THE_SYSTEM = re.compile(r"lib(c|m|pthread|dl|gcc_s)\.|ld-linux|ld64")
MEMBERS = {
    "spdxVersion": r"SPDX-2\.3", "dataLicense": r"CC0-1\.0", "SPDXID": r"SPDXRef-DOCUMENT",
    "name": r"libtsmmr-\d+\.\d+\.\d+", "documentNamespace": r"[a-z]+:[^#\s]+",
}
OF_PACKAGE = {
    "SPDXID": r"SPDXRef-[A-Za-z0-9.-]+", "name": r".+", "versionInfo": r"\d.*",
    "downloadLocation": r"NOASSERTION|NONE|\w+:.*", "licenseConcluded": r".+",
    "licenseDeclared": r".+", "copyrightText": r".+",
}
KINDS = ("DESCRIBES", "DEPENDS_ON", "TEST_DEPENDENCY_OF")


def lacks(what, members, thing):
    for name, pattern in members.items():
        if not re.fullmatch(pattern, str(thing.get(name, ""))):
            yield f"{what}: {name} is {thing.get(name)!r}"


def problems_of(doc, loaded):
    """A sentence each; loaded are the files that the library needs."""
    yield from lacks("document", MEMBERS, doc)
    info = doc.get("creationInfo", {})
    yield from lacks("creationInfo", {"created": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"}, info)
    if not info.get("creators") or not all(
            re.match(r"(Tool|Person|Organization): ", who) for who in info["creators"]):
        yield "creationInfo: nobody made it"

    ids = {"SPDXRef-DOCUMENT": "document"}
    for package in doc.get("packages", []):
        yield from lacks(f"package {package.get('name')}", OF_PACKAGE, package)
        if package.get("SPDXID") in ids:
            yield f"package {package.get('name')}: its id is another's"
        if package.get("filesAnalyzed") is not False:
            yield f"package {package.get('name')}: no file was analysed"
        ids[package.get("SPDXID")] = package.get("name")

    needs = set()
    for rel in doc.get("relationships", []):
        if rel["spdxElementId"] not in ids or rel["relatedSpdxElement"] not in ids:
            yield f"a relationship of what is not there: {rel}"
        elif rel["relationshipType"] not in KINDS:
            yield f"an unknown relationship: {rel}"
        elif rel["relationshipType"] == "DEPENDS_ON":
            needs.add(ids[rel["relatedSpdxElement"]])
    if not any(rel["relationshipType"] == "DESCRIBES" for rel in doc.get("relationships", [])):
        yield "no package is described"
    files = {FILES.get(name, "lib" + name) for name in needs}
    for name in loaded:
        if not OF_THE_SYSTEM.match(name) and name.split(".so")[0] not in files:
            yield f"{name} is loaded, and not named"


def main():
    build, library, *command = sys.argv[1:]

    def make(epoch):
        done = subprocess.run([sys.executable, "-B", *command], check=True, capture_output=True,
                              text=True, env=os.environ | {"SOURCE_DATE_EPOCH": epoch})
        return done.stdout

    loaded = []
    if library != "-":
        out = subprocess.run(["readelf", "-Wd", os.path.join(build, library)], check=True,
                             capture_output=True, text=True).stdout
        loaded = re.findall(r"\(NEEDED\).*\[(.*)\]", out)
    text = make("1700000000")
    problems = list(problems_of(json.loads(text), loaded))
    if text != make("1700000000"):
        problems.append("made twice, it differs")
    if json.loads(text)["documentNamespace"] == json.loads(make("1"))["documentNamespace"]:
        problems.append("two documents have one namespace")

    # Whatever is taken away is missed.
    for path in (["name"], ["documentNamespace"], ["creationInfo"], ["packages", 0, "versionInfo"],
                 ["packages", 0, "SPDXID"], ["packages", 1, "copyrightText"], ["relationships"]):
        doc = json.loads(text)
        thing = doc
        for step in path[:-1]:
            thing = thing[step]
        del thing[path[-1]]
        if not list(problems_of(doc, loaded)):
            problems.append(f"without {path}, nothing is wrong")
    if not list(problems_of(json.loads(text), ["libunknown.so.1"])):
        problems.append("a library that is not named is not missed")

    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
