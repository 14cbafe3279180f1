#!/usr/bin/env python3
"""Checks META.json (PGXN meta specification 1.0.0) against itself and against
the control file.  Prints every fault; exits with 1 if there is one."""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
REQUIRED = ("name", "version", "abstract", "maintainer", "license", "provides", "meta-spec")
LICENSES = {"agpl_3", "apache_2_0", "bsd", "gpl_2", "gpl_3", "mit", "mozilla_2_0", "postgresql"}
STATUSES = {"stable", "testing", "unstable"}
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?\Z")
TERM = re.compile(r"[^\s/\\\x00-\x1f]{2,}\Z")


def read_control(path):
    """The settings of a control file."""
    settings = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        found = re.match(r"\s*(\w+)\s*=\s*'?(.*?)'?\s*(#.*)?$", line)
        if found:
            settings[found.group(1)] = found.group(2)
    return settings


def faults_of_document(meta):
    for key in REQUIRED:
        if not meta.get(key):
            yield f'"{key}" is missing or empty'
    if not TERM.match(str(meta.get("name", ""))):
        yield '"name" is not a term: two characters or more, no space, no slash'
    if not SEMVER.match(str(meta.get("version", ""))):
        yield '"version" is not a semantic version'
    if meta.get("license") not in LICENSES:
        yield '"license" is not one that PGXN knows'
    if meta.get("release_status", "stable") not in STATUSES:
        yield '"release_status" is not one that PGXN knows'
    spec = meta.get("meta-spec", {})
    if not str(spec.get("version", "")).startswith("1.0."):
        yield '"meta-spec": "version" is not 1.0.x'
    tags = meta.get("tags", [])
    if any(not tag or len(tag) > 255 or re.search(r"[/\\\x00-\x1f]", tag) for tag in tags):
        yield '"tags" has an entry that is empty, too long or holds a slash'
    if len(set(map(str.lower, tags))) != len(tags):
        yield '"tags" has an entry twice'
    yield from faults_of_provides(meta)


def faults_of_provides(meta):
    for name, extension in meta.get("provides", {}).items():
        for key in ("file", "version"):
            if not extension.get(key):
                yield f'"provides": "{name}" has no "{key}"'
        if not SEMVER.match(str(extension.get("version", ""))):
            yield f'"provides": "{name}": "version" is not a semantic version'
        for key in ("file", "docfile"):
            if extension.get(key) and not (ROOT / extension[key]).is_file():
                yield f'"provides": "{name}": "{key}" names {extension[key]}, which is not there'


def faults_of_control(meta, name, control):
    for key in ("comment", "default_version", "module_pathname", "relocatable"):
        if not control.get(key):
            yield f"{name}.control has no {key}"
    provided = meta.get("provides", {}).get(name)
    if provided is None:
        yield f'"provides" has no "{name}"'
        return
    for what, version in (("META.json", meta.get("version")), ('"provides"', provided.get("version"))):
        if version != control.get("default_version"):
            yield f"{what} is at {version}, {name}.control at {control.get('default_version')}"


def main():
    meta = json.loads((ROOT / "META.json").read_text(encoding="utf-8"))
    faults = list(faults_of_document(meta))
    controls = sorted(ROOT.glob("*.control"))
    if not controls:
        faults.append("there is no control file")
    for path in controls:
        faults += faults_of_control(meta, path.stem, read_control(path))
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
