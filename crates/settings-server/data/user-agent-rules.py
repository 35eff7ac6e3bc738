"""Writes user-agent-rules.json: the rules of uap-core (Apache-2.0, Copyright 2009 Google Inc. and the uap-core authors) for
programs and operating systems, as the package ua-parser-builtins has them.

    python3 -m venv venv && venv/bin/pip install --no-deps ua-parser-builtins==202610
    venv/bin/python user-agent-rules.py > user-agent-rules.json

Each rule is a pattern, what it is called (null: the pattern's first group; $1 means that group), and the first part of
its version (null: the pattern's second group). Changed: only these parts are kept, without rules for devices; and a
repetition with a bound of ten or more is unbounded. Such bounds limit the time of backtracking matchers; the one
that reads these rules takes linear time, and a bound is so many copies of a pattern to it.
"""

import importlib.metadata
import json
import re
import sys
import types

PACKAGE = "ua-parser-builtins"
VERSION = "202610"
assert importlib.metadata.version(PACKAGE) == VERSION


class Rule:
    def __init__(self, pattern, name=None, major=None, *_rest, **_flags):
        self.row = [unbounded(pattern), name, major]


def unbounded(pattern):
    pattern = re.sub(r"\{0,\d{2,}\}", "*", pattern)
    return re.sub(r"\{1,\d{2,}\}", "+", pattern)


# The package needs the matchers' classes by name only.
matchers = types.ModuleType("ua_parser.matchers")
matchers.UserAgentMatcher = matchers.OSMatcher = matchers.DeviceMatcher = Rule
sys.modules["ua_parser"] = types.ModuleType("ua_parser")
sys.modules["ua_parser.matchers"] = matchers

from ua_parser_builtins.matchers import MATCHERS  # noqa: E402

programs, systems, _devices = MATCHERS
revision = importlib.metadata.distribution(PACKAGE).read_text("../REVISION") or ""


def listed(rules):
    return ",\n".join("  " + json.dumps(rule.row, ensure_ascii=False) for rule in rules)


print(
    f'{{\n"source": "uap-core {revision.strip()}, by {PACKAGE} {VERSION}",\n'
    f'"programs": [\n{listed(programs)}\n],\n"systems": [\n{listed(systems)}\n]\n}}'
)
