#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each object that the golden suite expects is one of schema/, which says nothing but what is so.

    test_schema.py ROOT [LIBRARY]

Schemas must name every member, and require all but those that are listed here as optional.  The
words that a schema lists are those of LIBRARY.  If python3-jsonschema is here, it must think of
each object what our own validator does.
"""

import copy
import ctypes
import json
import pathlib
import re
import sys

import schema

# What needs a machine that signs: the suite standin has them.
ELSEWHERE = {"tsmmr.attest/1", "tsmmr.lock/1"}
# The only members of the objects that may be absent; those of details depend on the event.
OPTIONAL = {("verify-1.json", "events"), ("appraisal-1.json", "events")}
# Words of the library: TSMMR_NAMES_*, and where schemas list them.
WORDS = {
    1: "common.json#/$defs/hash",
    2: "common.json#/$defs/format",
    3: "common.json#/$defs/platform",
    4: "common.json#/$defs/index_space",
    5: "error-1.json#/properties/code",
    7: "common.json#/$defs/trust",
    8: "common.json#/$defs/kind",
    9: "attest-1.json#/properties/evidence/items/properties/part",
    10: "event-1.json#/properties/binding",
    11: "common.json#/$defs/status",
    12: "common.json#/$defs/findings/items/properties/severity",
    14: "error-1.json#/properties/detail",
}
NOT_PRINTED = {"auto", "OK"}


def objects_of(root):
    """The objects in the outputs that the golden suite expects."""
    for path in sorted((root / "tests/golden/out").glob("*.txt")):
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            if line.startswith(b'{"schema":"tsmmr.'):
                yield f"{path.name}:{number}", schema.load(line)


def incomplete(name, one, at=""):
    """Objects of a schema whose members are not all required, or not all described."""
    if isinstance(one, list):
        for number, item in enumerate(one):
            yield from incomplete(name, item, f"{at}/{number}")
    if not isinstance(one, dict):
        return
    members = one.get("properties")
    if isinstance(members, dict) and name != "details.json":
        optional = {member for file, member in OPTIONAL if file == name}
        left = set(members) - set(one.get("required", []))
        if left - optional:
            yield f"{name}{at}: does not require {', '.join(sorted(left - optional))}"
        if set(one.get("required", [])) - set(members):
            yield f"{name}{at}: requires what it does not describe"
    for key, value in one.items():
        yield from incomplete(name, value, f"{at}/{key}")


def words_of(library):
    """What the library calls its numbers, by kind."""
    name = ctypes.CDLL(library).tsmmr_name
    name.restype = ctypes.c_char_p
    return {kind: {word.decode() for word in (name(kind, i) for i in range(-64, 256)) if word}
            for kind in WORDS}


def wrong_words(schemas, library):
    for kind, words in words_of(library).items():
        listed = {word for word in schemas.find(WORDS[kind])["enum"] if word is not None}
        for word in sorted(words - NOT_PRINTED ^ listed):
            yield f"{WORDS[kind]}: {word} is {'not listed' if word in words else 'no such word'}"


def names_in(one):
    """Names of the members of a schema, at any depth."""
    for key, value in one.items():
        if key == "properties":
            yield from value
        if isinstance(value, dict):
            yield from names_in(value)


def wrong_details(root, schemas):
    """Members of details that the formats write and details.json has not, and the reverse."""
    code = "\n".join(path.read_text() for path in (root / "lib/format").glob("*.c"))
    written = re.findall(r'\b(?:json|detail|say)_\w+\(d(?:->details)?, "([\w-]+)"', code)
    described = set(names_in(schemas.files["details.json"]))
    for name in sorted(set(written) - set(described)):
        yield f"details.json lacks {name}"
    for name in sorted(described):
        if f'"{name}"' not in code:
            yield f"details.json: nothing writes {name}"


def spoilt(value):
    """The object with one member more, less, or of another type, at any depth; once each."""
    yield value | {"undocumented": 0}
    for name in value:
        if name == "events" and value["schema"] in ("tsmmr.verify/1", "tsmmr.appraisal/1"):
            continue
        yield {key: member for key, member in value.items() if key != name}
        yield value | {name: 1.5}
        inner = value[name][0] if isinstance(value[name], list) and value[name] else None
        if isinstance(inner, dict):
            changed = copy.deepcopy(value)
            changed[name][0]["undocumented"] = 0
            yield changed


def theirs(schemas):
    """python3-jsonschema's validator of an object, if it is here."""
    try:
        import jsonschema
        import referencing
    except ImportError:
        return None
    validator = jsonschema.Draft202012Validator
    registry = referencing.Registry()
    for one in schemas.files.values():
        validator.check_schema(one)
        registry = registry.with_resource(one["$id"], referencing.Resource.from_contents(one))
    return lambda value: validator(
        schemas.files[re.sub(r"tsmmr\.(\w+)/", r"\1-", value["schema"]) + ".json"],
        registry=registry).is_valid(value)


def main():
    root, schemas = pathlib.Path(sys.argv[1]), schema.Schemas()
    problems = [problem for name, one in schemas.files.items() for problem in incomplete(name, one)]
    problems += wrong_details(root, schemas)
    if len(sys.argv) > 2:
        problems += wrong_words(schemas, sys.argv[2])
    other = theirs(schemas)

    seen, spoilt_ones = {}, 0
    for where, value in objects_of(root):
        problems += [f"{where}: {why}" for why in schemas.of_object(value)]
        if other and not other(value):
            problems.append(f"{where}: python3-jsonschema does not agree")
        if seen.setdefault(value["schema"], 0) < 5:
            for bad in spoilt(value):
                spoilt_ones += 1
                if not schemas.of_object(bad):
                    problems.append(f"{where}: what is wrong with {json.dumps(bad)[:200]}?")
        seen[value["schema"]] += 1

    source = "\n".join(path.read_text() for room in ("lib", "tools")
                       for path in (root / room).glob("**/*.c"))
    printed = set(re.findall(r'"(?:\{\\")?(?:schema\\":\\")?(tsmmr\.[a-z]+/\d+)', source))
    for name in sorted(printed - set(seen) - ELSEWHERE):
        problems.append(f"the golden suite has no {name}")
    for name in sorted(printed):
        if name.replace("tsmmr.", "").replace("/", "-") + ".json" not in schemas.files:
            problems.append(f"schema/ has no {name}")

    print(f"{sum(seen.values())} objects, {spoilt_ones} spoilt ones, "
          f"{'with' if other else 'without'} python3-jsonschema: {seen}")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems or len(printed) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
