# SPDX-License-Identifier: MIT
"""source.py - the tree as the style checks see it: files, and code without
comments and strings, lines kept."""
import os
import re
import sys

ROOMS = ("gateway", "xmpp", "mta", "alerts", "directory", "web", "tests")


def top():
    return os.environ.get("SRCDIR") or os.path.dirname(
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def files(*suffixes, rooms=ROOMS):
    for room in rooms:
        for folder, _, names in sorted(os.walk(os.path.join(top(), room))):
            for name in sorted(names):
                if name.endswith(suffixes):
                    yield os.path.relpath(os.path.join(folder, name), top())


def read(path):
    with open(os.path.join(top(), path), encoding="utf-8") as f:
        return f.read()


TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(match):
    text = match.group(0)
    kept = "\n" * text.count("\n")
    return '""' + kept if text[0] == '"' else "0" + kept if text[0] == "'" else " " + kept


def code(path):
    return TOKEN.sub(blank, read(path))


def allowed():
    """Lines of tests/style/allow: CHECK PATH[:NAME] REASON."""
    rows = {}
    for line in read("tests/style/allow").splitlines():
        if line and not line.startswith("#"):
            check, what, reason = line.split(None, 2)
            rows[(check, what)] = reason
    return rows


def finish(name, faults, seen):
    """A check that looked at nothing has not passed."""
    for fault in faults:
        print(fault)
    if not seen:
        print(f"{name}: found nothing to look at")
    if faults or not seen:
        sys.exit(1)
    print(f"{name}: {seen} looked at, none at fault")
