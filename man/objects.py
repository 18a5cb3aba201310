#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tsmmr-json(7), written from the schemas, so that these and the page cannot disagree.

    objects.py ROOT PAGE.7.in       the page, on stdout

Of a template's lines @OBJECTS@ are the objects with their members, @COMMON@ the members that
several have, @WORDS@ the lists of words, @DETAILS@ the details of events, and @RECIPES@ those of
recipes.ini, which the suite runs.
"""

import configparser
import json
import pathlib
import sys

import headers

ORDER = ("verify-1", "appraisal-1", "event-1", "registers-1", "replay-1", "prediction-1", "diff-1",
         "append-1", "attest-1", "batch-1", "capture-1", "lock-1", "error-1")
TYPES = {"string": "text", "integer": "number", "boolean": "true or false", "null": "null",
         "object": "object", "array": "list"}


def said(value):
    return json.dumps(value) if isinstance(value, str) else str(value).lower()


class Page:
    def __init__(self, folder):
        self.files = {path.stem: json.loads(path.read_text(encoding="utf-8"))
                      for path in folder.glob("*.json")}
        self.common = self.files["common"]["$defs"]

    def label(self, one):
        """What a value is, in a word or two."""
        if "$ref" in one:
            name = one["$ref"].split("/")[-1].removesuffix(".json")
            return f"tsmmr.{name.replace('-', '/')}" if name in ORDER else name
        if "anyOf" in one:
            return " or ".join(self.label(part) for part in one["anyOf"])
        if "const" in one:
            return said(one["const"])
        if "enum" in one:
            return ", ".join(said(word) for word in one["enum"])
        if one["type"] == "array":
            items = one["items"]
            return "list" if "properties" in items else f"list of {self.label(items)}"
        kinds = one["type"] if isinstance(one["type"], list) else [one["type"]]
        return " or ".join(TYPES[kind] for kind in kinds)

    def text_of(self, one):
        text = one.get("description", "")
        if not text and "$ref" in one:
            text = self.common[one["$ref"].split("/")[-1]]["description"]
        return text

    def members(self, one, before=""):
        """A row for each member of an object, and of those in it."""
        for name, member in one["properties"].items():
            yield before + name, member
            inner = [part for part in member.get("anyOf", [member]) if part.get("type") != "null"][0]
            if "properties" in inner:
                yield from self.members(inner, f"{before}{name}.")
            elif "properties" in inner.get("items", {}):
                yield from self.members(inner["items"], f"{before}{name}[].")

    def rows(self, one, before=""):
        lines = [".Bl -tag -width Ds -compact"]
        for name, member in self.members(one, before):
            lines += [f".It Li {name} Pq {self.label(member)}", *headers.words(self.text_of(member))]
        return lines + [".El"]

    def objects(self):
        for name in ORDER:
            one = self.files[name]
            yield from [f".Ss tsmmr.{name.replace('-', '/')}", *headers.words(one["description"]),
                        ".Pp", *self.rows(one)]

    def in_common(self):
        for name in ("logs", "evidence", "findings"):
            one = self.common[name]
            yield from [f".Ss {name}", *headers.words(one["description"]), ".Pp",
                        *self.rows(one["items"], f"{name}[].")]

    def words(self):
        yield ".Bl -tag -width Ds"
        for name, one in self.common.items():
            if "properties" in one.get("items", {}):
                continue
            yield f".It Li {name}"
            yield from headers.words(one["description"])
            if "enum" in one:
                yield from headers.wrapped([".Pp", *", ".join(one["enum"]).split()][1:])
        yield ".El"

    def details(self):
        return self.rows(self.files["details"])


def recipes(path):
    ini = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    ini.read_string(path.read_text(encoding="utf-8"))
    for name in ini.sections():
        yield from [".Pp", *headers.words(ini[name]["what"]), ".Bd -literal -offset indent"]
        yield from headers.literal(f"tsmmr-replay {ini[name]['shown']} |\n  jq -r '{ini[name]['jq']}'")
        yield ".Ed"


def main():
    root, template = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    page = Page(root / "schema")
    parts = {
        "@OBJECTS@": page.objects,
        "@COMMON@": page.in_common,
        "@WORDS@": page.words,
        "@DETAILS@": page.details,
        "@RECIPES@": lambda: recipes(root / "man/recipes.ini"),
    }
    for line in template.read_text(encoding="utf-8").splitlines():
        for out in parts[line]() if line in parts else [line]:
            print(out)


if __name__ == "__main__":
    main()
