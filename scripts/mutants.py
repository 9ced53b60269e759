#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Change one thing at a time in a kernel tree, and see who notices.

A mutant is a file that ends in .edit (Documentation/mutants.rst): what is wrong with
it, its class, the file of the tree that it changes, and the lines before and after.
Each is put into the tree, which is built, and a command run on it: where the command
fails, the mutant is killed. One whose class is a rule's name has to be killed by it.

The exit status is 0 if all were killed, 1 if not, 2 if nothing could be said.
"""

import argparse
import contextlib
import fnmatch
import hashlib
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import time

KEYS = ("description", "class", "file")
BEFORE, AFTER, END = ("--- before ---\n", "--- after ---\n", "--- end ---\n")
# Where the tree keeps what a mutant has replaced.
KEPT = ".mutated"
UNMUTATED = "unmutated"
# How long a command has to end when it is told to, in seconds.
GRACE = 10
# How often its output is looked at meanwhile, in seconds.
POLL = 1


class Invalid(Exception):
    """A mutant that says nothing about who would notice it."""
    verdict = "invalid"


class NotHere(Invalid):
    """One that was written for another kernel."""
    verdict = "not here"


class Mutant:
    def __init__(self, path):
        self.name = path.name.removesuffix(".edit")
        text = path.read_bytes().decode()
        self.digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        head, *rest = re.split(f"^{BEFORE}", text, maxsplit=1, flags=re.M)
        parts = re.match(f"(.*?)^{AFTER}(.*?)^{END}\\s*$", rest[0] if rest else "", re.S | re.M)
        if not parts:
            raise Invalid("has no before, after and end")
        self.before, self.after = parts.groups()
        words = {}
        for line in head.splitlines():
            if not line or line.startswith("#"):
                continue
            key, colon, value = line.partition(":")
            if not colon or key not in KEYS or key in words:
                raise Invalid(f"'{line}' is not one of {', '.join(KEYS)}")
            words[key] = value.strip()
        if missing := [key for key in KEYS if not words.get(key)]:
            raise Invalid(f"does not state its {missing[0]}")
        self.group, self.file = words["class"], pathlib.PurePosixPath(words["file"])
        if self.file.is_absolute() or ".." in self.file.parts:
            raise Invalid(f"{self.file} is not in the tree")
        if not self.before or self.before == self.after:
            raise Invalid("changes nothing")

    def changed(self, text):
        """The file's text with the change; whole lines, which it must have once."""
        places = [match.start() for match in
                  re.finditer(f"^(?={re.escape(self.before)})", text, re.M)]
        if len(places) != 1:
            raise NotHere(f"its lines are in {self.file} "
                          + ("nowhere" if not places else f"{len(places)} times"))
        return text[:places[0]] + self.after + text[places[0] + len(self.before):]


class Tree:
    """A kernel tree, in which at most one mutant is at a time, and none for long."""

    def __init__(self, top):
        self.top, self.kept = pathlib.Path(top), pathlib.Path(top, KEPT)

    def would_apply(self, mutant):
        try:
            return mutant.changed(self.top.joinpath(mutant.file).read_bytes().decode())
        except OSError as error:
            raise NotHere(f"{error.strerror}: {mutant.file}") from error

    def apply(self, mutant):
        path, kept = self.top / mutant.file, self.kept / mutant.file
        text = self.would_apply(mutant)
        kept.parent.mkdir(parents=True, exist_ok=True)
        # Renamed, not written: the file may be a link that others have, too.
        for target, data in ((kept, path.read_bytes()), (path, text.encode())):
            new = target.with_name(target.name + ".new")
            new.write_bytes(data)
            new.chmod(path.stat().st_mode)
            new.replace(target)

    def revert(self):
        """Whatever is in the tree, from this run or one that was interrupted."""
        for kept in self.kept.rglob("*"):
            if not kept.is_file():
                continue
            if kept.suffix == ".new":
                kept.unlink()
                continue
            # What was built from the mutant is older.
            os.utime(kept)
            kept.replace(self.top / kept.relative_to(self.kept))


def call(command, log, timeout, enough=lambda: False):
    """The command's status, None where it had to be ended; its output is in the log.

    It has to be when its time is up, or its output is enough for whoever asks.
    """
    end = time.monotonic() + timeout
    with open(log, "wb") as file, subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
            start_new_session=True) as process:
        try:
            while not enough() and time.monotonic() < end:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return process.wait(min(POLL, max(0, end - time.monotonic())))
            return None
        finally:
            # All that it has started is in its group.
            with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(GRACE)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def rules_in(text, rules):
    """Which rules a failing run says were violated, in the order of their table."""
    words = "|".join(map(re.escape, rules))
    # What is known of kernels is told in every report, further to the right.
    found = set(re.findall(rf"(?:\brule |^(?: *# {{0,3}}| {{0,2}}))({words})(?: violated\b|: )",
                           text, re.M)) if rules else set()
    return [rule for rule in rules if rule in found]


def noticed(text, status, rules):
    """Who noticed, in words, and by which rules."""
    by = rules_in(text, rules)
    if by:
        return ", ".join(by), by
    if status is None:
        return "hang", by
    # No rule: then a test, or what the guest died of.
    for pattern in (r"^ *FAIL (\S.*)$", r"^lab: (.*)$"):
        if match := re.search(pattern, text, re.M):
            return match[1].strip(), by
    return f"exit status {status}", by


class Run:
    def __init__(self, args, rules):
        self.args, self.rules = args, rules
        self.tree = Tree(args.tree)
        self.logs = pathlib.Path(args.logs)
        self.logs.mkdir(parents=True, exist_ok=True)
        self.known = {}
        with contextlib.suppress(FileNotFoundError), open(args.results, encoding="utf-8") as file:
            for line in file:
                result = json.loads(line)
                self.known[result["key"]] = result

    def log(self, name, what):
        return self.logs / f"{name}.{what}"

    def once(self, name, digest, judge):
        """The result that is on record, or a new one; the second is whether it is new."""
        key = f"{name} {digest} {self.args.of}"
        if key in self.known:
            return self.known[key], False
        started = time.monotonic()
        result = judge() | {"key": key}
        result["seconds"] = round(time.monotonic() - started)
        with open(self.args.results, "a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
        return result, True

    def judge_tree(self, name, group=None):
        """Build what is in the tree, run the command on it: the result."""
        if call(shlex.split(self.args.build), self.log(name, "build"), self.args.build_timeout):
            return {"verdict": "invalid", "by": f"does not build, see {self.log(name, 'build')}"}
        log = self.log(name, "run")

        def enough():
            return self.args.quick and group in rules_in(log.read_text(errors="replace"), self.rules)

        status = call(shlex.split(self.args.run), log, self.args.timeout, enough)
        if status == 0:
            return {"verdict": "survived", "by": ""}
        by, fired = noticed(log.read_text(errors="replace"), status, self.rules)
        if group in self.rules and group not in fired:
            return {"verdict": "unnamed", "by": by}
        return {"verdict": "killed", "by": by}

    def judge(self, mutant):
        try:
            self.tree.apply(mutant)
            return self.judge_tree(mutant.name, mutant.group)
        except Invalid as why:
            return {"verdict": why.verdict, "by": str(why)}
        finally:
            self.tree.revert()

    def unmutated(self):
        """What all else is held against; false if that is no use."""
        self.tree.revert()
        result, new = self.once(UNMUTATED, "", lambda: self.judge_tree(UNMUTATED))
        if new:
            passed = "passed" if result["verdict"] == "survived" else "did not pass"
            print(f"  the kernel as it is: {passed} ({result['seconds']} s) {result['by']}",
                  flush=True)
        if result["verdict"] != "survived":
            print(f"lab: error: the kernel as it is does not pass, see {self.log(UNMUTATED, 'run')}",
                  file=sys.stderr)
            # Whoever mends that wants it tried again.
            self.forget(result["key"])
            return False
        return True

    def forget(self, key):
        path = pathlib.Path(self.args.results)
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if json.loads(line)["key"] != key),
                        encoding="utf-8")


SAID = {
    "killed": "killed by {by}",
    "survived": "survived",
    "invalid": "invalid: {by}",
    "unnamed": "noticed, but not by the rule that its class names: {by}",
    "not here": "does not apply to this kernel: {by}",
}
MARKS = {"killed": "ok  ", "not here": "skip"}


def show(name, result):
    print(f"  {MARKS.get(result['verdict'], 'FAIL')} {name}: "
          + SAID[result["verdict"]].format(by=result["by"])
          + f" ({result['seconds']} s)", flush=True)


def show_classes(results):
    """A line for each class, and one for all."""
    groups = sorted({group for group, _ in results})
    width = max(map(len, groups + ["class"]))
    print(f"\n  {'class':{width}} " + "".join(f"{verdict:>10}" for verdict in SAID))
    for group in groups + [None]:
        of = [verdict for one, verdict in results if group in (None, one)]
        print(f"  {group or 'all':{width}} "
              + "".join(f"{of.count(verdict):>10}" for verdict in SAID))


def selected(folder, only):
    paths = sorted(path for path in pathlib.Path(folder).glob("*.edit")
                   if fnmatch.fnmatchcase(path.name.removesuffix(".edit"), only))
    if not paths:
        sys.exit(f"lab: error: no mutant in {folder} is called '{only}'")
    return paths


def run(args, rules):
    paths = selected(args.folder, args.only)
    work = Run(args, rules)
    if not work.unmutated():
        return 2
    results = []
    for path in paths:
        name = path.name.removesuffix(".edit")
        try:
            mutant = Mutant(path)
        except (Invalid, UnicodeDecodeError) as why:
            group, result = "?", {"verdict": "invalid", "by": str(why), "seconds": 0}
        else:
            group = mutant.group
            result, _ = work.once(name, mutant.digest, lambda mutant=mutant: work.judge(mutant))
        results.append((group, result["verdict"]))
        show(name, result)
    show_classes(results)
    marks = [MARKS.get(verdict, "FAIL") for _, verdict in results]
    passed, failed, skipped = (marks.count(mark) for mark in ("ok  ", "FAIL", "skip"))
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return int(failed != 0 or not passed)


def check(args, rules):
    """Does each apply? And is there one for each rule?"""
    tree, wrong, groups = Tree(args.tree), 0, set()
    paths = selected(args.folder, args.only)
    for path in paths:
        try:
            mutant = Mutant(path)
            tree.would_apply(mutant)
            groups.add(mutant.group)
        except (Invalid, UnicodeDecodeError) as why:
            print(f"{path.name}: {why}")
            wrong += 1
    for rule in rules:
        if rule not in groups and rule not in args.exempt.split(","):
            print(f"no mutant is of the class {rule}")
            wrong += 1
    return int(wrong != 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true",
                        help="only say which do not apply, and which of --rules has none")
    parser.add_argument("--tree", required=True, help="kernel sources, which are changed")
    parser.add_argument("--folder", required=True, help="of the mutants")
    parser.add_argument("--only", default="*", help="names, as a glob")
    parser.add_argument("--rules", help="file with the rules' names")
    parser.add_argument("--except", dest="exempt", default="",
                        help="with --check: rules that need none")
    parser.add_argument("--build", help="command that builds the tree")
    parser.add_argument("--run", help="command that fails where it notices something")
    parser.add_argument("--of", default="", help="what the results hold for")
    parser.add_argument("--results", help="file of results, one JSON object a line")
    parser.add_argument("--logs", help="folder for what the commands say")
    parser.add_argument("--build-timeout", type=float, default=1800)
    parser.add_argument("--timeout", type=float, default=600)
    parser.add_argument("--quick", action="store_true",
                        help="end the run when the rule that is the mutant's class has fired")
    args = parser.parse_args()
    rules = []
    if args.rules:
        rules = [line for line in pathlib.Path(args.rules).read_text(encoding="utf-8").split("\n")
                 if line and not line.startswith("#")]
    # What is in the tree goes out again, however this ends.
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    return check(args, rules) if args.check else run(args, rules)


if __name__ == "__main__":
    sys.exit(main())
