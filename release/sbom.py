#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a build is made of, as SPDX 2.3, from what Meson found when it was configured.

    sbom.py ROOT BUILD LICENCE NEEDED[,NEEDED...]          on stdout
    sbom.py ROOT BUILD LICENCE NEEDED... --install DIR     as it is installed into DIR

NEEDED are the dependencies of the library; any other that was found is one of the tests.  Equal
builds give equal bytes where SOURCE_DATE_EPOCH says when they were made.
"""

import datetime
import json
import os
import pathlib
import re
import sys
import time
import uuid

# What comes with the C library is no package of its own.
NO_PACKAGE = ("threads", "dl")


def package(name, version, licence, copyright_text):
    return {
        "SPDXID": "SPDXRef-Package-" + re.sub(r"[^A-Za-z0-9.-]", "-", name),
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": licence,
        "licenseDeclared": licence,
        "copyrightText": copyright_text,
    }


def relation(one, kind, other):
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def copyright_of(root):
    lines = (root / "LICENSE").read_text().splitlines()
    return next(line.strip() for line in lines if line.startswith("Copyright"))


def document(root, build, licence, needed):
    info = {name: json.loads((build / f"meson-info/{name}.json").read_text())
            for name in ("intro-projectinfo", "intro-dependencies", "meson-info")}
    project = info["intro-projectinfo"]
    main = package(project["descriptive_name"], project["version"], licence, copyright_of(root))
    main["primaryPackagePurpose"] = "LIBRARY"
    packages, relations = [main], [relation("SPDXRef-DOCUMENT", "DESCRIBES", main["SPDXID"])]

    found = {d["name"]: d["version"] for d in info["intro-dependencies"]}
    for name in sorted(found.keys() - set(NO_PACKAGE)):
        other = package(name, found[name], "NOASSERTION", "NOASSERTION")
        packages.append(other)
        if name in needed:
            relations.append(relation(main["SPDXID"], "DEPENDS_ON", other["SPDXID"]))
        else:
            relations.append(relation(other["SPDXID"], "TEST_DEPENDENCY_OF", main["SPDXID"]))
    lacking = needed - found.keys() - set(NO_PACKAGE)
    if lacking:
        sys.exit(f"needed, but Meson found none: {' '.join(sorted(lacking))}")

    name = f"{main['name']}-{main['versionInfo']}"
    created = datetime.datetime.fromtimestamp(
        int(os.environ.get("SOURCE_DATE_EPOCH", time.time())), datetime.timezone.utc)
    # A name of the contents: no server has to keep it apart from others.
    contents = json.dumps([packages, relations, created.isoformat()])
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": uuid.uuid5(uuid.NAMESPACE_OID, contents).urn,
        "creationInfo": {
            "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": ["Tool: meson-" + info["meson-info"]["meson_version"]["full"]],
        },
        "packages": packages,
        "relationships": relations,
    }


def main():
    root, build, licence, needed, *install = sys.argv[1:]
    out = json.dumps(document(pathlib.Path(root), pathlib.Path(build), licence,
                              set(needed.split(","))), indent=2) + "\n"
    if not install:
        sys.stdout.write(out)
        return
    folder = pathlib.Path(os.environ["MESON_INSTALL_DESTDIR_PREFIX"]) / install[1]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "libtsmmr.spdx.json").write_text(out)


if __name__ == "__main__":
    main()
