#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Judge KTAP: by the kernel's own parser, and by the plans that it is lenient about.

As a program: ktap.py KUNIT.PY FILE. The status, beside 0 and 1 for tests that failed:
  244  fewer tests than planned, or numbers that do not follow each other
  245  no test, or no plan
"""

import json
import os
import re
import subprocess
import sys
import tempfile

TRUNCATED, NO_TEST = 244, 245

HEADER = re.compile(r"K?TAP version \d+$")
PLAN = re.compile(r"1\.\.(\d+)")
RESULT = re.compile(r"(not )?ok (\d+)(?: -)? ?([^#]*?)\s*(?:# (SKIP)\b\s*(.*)|#.*)?$", re.I)
SUBTEST = re.compile(r"# Subtest: (.*)$")
# KUnit's count of a case's parameters, for which it prints no plan on 6.12.
TOTAL = re.compile(r"# \S+: pass:\d+ fail:\d+ skip:\d+ total:(\d+)$")
# How much of a failed test's log is worth showing, from its end; of what comes before it
# that, which is why it failed, however much a kernel has said since.
SHOWN = 20
VIOLATED = re.compile(r"\brule \S+ violated: ")


class Block:
    """The tests between one version line and the result that sums them up."""

    def __init__(self, indent):
        self.indent = indent
        self.name = ""
        self.plan = None
        self.total = None
        self.results = []
        self.log = []       # since the last result


class Result:
    def __init__(self, name, passed, skipped, log, children):
        self.name, self.passed, self.skipped = name, passed, skipped
        self.log, self.children = log, children

    def leaves(self, path=()):
        path += (self.name,)
        if not self.children:
            yield path, self
        for child in self.children:
            yield from child.leaves(path)


class Ktap:
    """What the text says, and in `broken` where it does not keep its word."""

    def __init__(self, text):
        self.broken = []            # (status, what)
        self.results = []           # of the outermost blocks
        self.stack = []
        for line in text.splitlines():
            self.line(line)
        while len(self.stack) > 1:
            # Its tests are shown all the same: they lead to where it ended.
            block = self.stack[-1]
            self.broken.append((TRUNCATED, f"'{block.name}' has no result"))
            self.close()
            self.stack[-1].results.append(
                Result(block.name, False, False, block.log, block.results))
        if self.stack:
            self.close()
        if not any(True for result in self.results for _ in result.leaves()):
            self.broken.append((NO_TEST, "no test ran"))

    def line(self, line):
        text = line.lstrip(" ")
        indent = len(line) - len(text)
        top = self.stack[-1] if self.stack else None
        if HEADER.match(text):
            if not top or indent > top.indent:
                self.stack.append(Block(indent))
            elif len(self.stack) == 1:
                self.close()        # one stream after another
                self.stack.append(Block(indent))
            else:
                self.broken.append((TRUNCATED, f"'{top.name}' has no result"))
            return
        if not top:
            return
        match = RESULT.match(text)
        if match and indent <= top.indent:
            self.result(indent, match)
            return
        if match := SUBTEST.match(text):
            top.name = match[1]
        elif (match := PLAN.match(text)) and indent == top.indent and top.plan is None:
            top.plan = int(match[1])
        elif match := TOTAL.match(text):
            top.total = int(match[1])
        top.log.append(line)

    def result(self, indent, match):
        children, log = [], []
        while self.stack[-1].indent > indent and len(self.stack) > 1:
            block = self.stack[-1]
            block.name = block.name or match[3]
            children += block.results
            log += block.log
            self.close()
        top = self.stack[-1]
        if int(match[2]) != len(top.results) + 1:
            self.broken.append((TRUNCATED, f"test '{match[3]}' has number {match[2]}"
                                           f" where {len(top.results) + 1} is due"))
        top.results.append(Result(match[3] or match[2], not match[1], bool(match[4]),
                                  top.log + log + ([match[5]] if match[5] else []), children))
        top.log = []

    def close(self):
        block = self.stack.pop()
        name = block.name or "the whole"
        plan = block.plan
        if plan is None:
            plan = block.total
            if len(self.stack) < 2:
                self.broken.append((NO_TEST, f"'{name}' has no plan"))
        if plan is not None and plan != len(block.results):
            self.broken.append((TRUNCATED,
                                f"'{name}' planned {plan} tests, of which {len(block.results)} came"))
        if not self.stack:
            self.results += block.results


def kernel_verdict(text, kunit_py):
    """The kernel's own parser: (is it content, passed, failed, skipped)."""
    with tempfile.TemporaryDirectory() as folder:
        log, out = os.path.join(folder, "log"), os.path.join(folder, "json")
        with open(log, "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run(
            [sys.executable, "-B", kunit_py, "parse", f"--json={out}", log],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if not os.path.exists(out):
            sys.exit("lab: error: kunit.py failed:\n" + done.stdout.decode(errors="replace"))
        with open(out, encoding="utf-8") as file:
            tree = json.load(file)
    counts = {"PASS": 0, "SKIP": 0}
    failed = 0
    groups = [tree]
    while groups:
        group = groups.pop()
        groups += group["sub_groups"]
        for case in group["test_cases"]:
            if case["status"] in counts:
                counts[case["status"]] += 1
            else:
                failed += 1
    return done.returncode == 0, counts["PASS"], failed, counts["SKIP"]


def show_skipped(skipped):
    """Why, and what: in a line for each case of each reason."""
    groups = {}
    for path, leaf in skipped:
        reason = leaf.log[-1].strip() if leaf.log else "no reason given"
        groups.setdefault((path[1:2], reason), []).append("/".join(path))
    for (_, reason), names in groups.items():
        more = f" and {len(names) - 1} more of its kind" if len(names) > 1 else ""
        print(f"       skip {names[0]}{more}: {reason}")


def show(results):
    """One line for a group that is well; for the rest, what went wrong."""
    if results and not any(result.children for result in results):
        passed = all(result.passed for result in results)
        results = [Result("tests", passed, False, [], results)]
    for result in results:
        leaves = list(result.leaves())
        bad = [(path, leaf) for path, leaf in leaves if not leaf.passed]
        skipped = [(path, leaf) for path, leaf in leaves if leaf.passed and leaf.skipped]
        good = len(leaves) - len(bad) - len(skipped)
        mark = "ok  " if result.passed and not bad else "FAIL"
        print(f"  {mark} {result.name}: {good} passed"
              + (f", {len(bad)} failed" if bad else "")
              + (f", {len(skipped)} skipped" if skipped else ""))
        show_skipped(skipped)
        for path, leaf in bad or ([((result.name,), result)] if not result.passed else []):
            print(f"       FAIL {'/'.join(path)}")
            early = [line for line in leaf.log[:-SHOWN] if VIOLATED.search(line)]
            for line in early[:SHOWN] + leaf.log[-SHOWN:]:
                print(f"            {line.strip()}")


def judge(text, kunit_py):
    """Show what the text says: (status, reason, (passed, failed, skipped))."""
    ktap = Ktap(text)
    show(ktap.results)
    ours = [leaf for result in ktap.results for _, leaf in result.leaves()]
    if ktap.broken:
        for _, what in ktap.broken:
            print(f"  FAIL {what}")
        status, reason = min(ktap.broken, key=lambda broken: broken[0])
        skipped = sum(leaf.passed and leaf.skipped for leaf in ours)
        failed = sum(not leaf.passed for leaf in ours)
        return status, reason, (len(ours) - failed - skipped, failed + 1, skipped)
    content, passed, failed, skipped = kernel_verdict(text, kunit_py)
    if len(ours) != passed + failed + skipped:
        return TRUNCATED, (f"kunit.py sees {passed + failed + skipped} tests"
                           f" where there are {len(ours)}"), (passed, failed + 1, skipped)
    if failed:
        return 1, f"{failed} tests failed", (passed, failed, skipped)
    if not content or not all(result.passed for result in ktap.results):
        return 1, "a suite failed although its cases passed", (passed, 1, skipped)
    return 0, None, (passed, 0, skipped)


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as ktap_file:
        sys.exit(judge(ktap_file.read(), sys.argv[1])[0])
