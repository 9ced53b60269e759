#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the module's experiment printed: as a table, JSON and a picture, and judged.

The guest's clock counts instructions, so that what the module calls ns are these.
The status is 1 where a bar is not reached.
"""

import argparse
import json
import os
import re
import subprocess
import sys

# The allocators that are this project's answer; the others are the field's.
OWN = ("packed", "reserve")
HALF, SERVED, FLAT, READ = 0.5, 150, 10, 25
KB = 1024


def value(name, word):
    """A cell as what it says: a dash says that there is nothing."""
    if name in ("allocator", "program", "agreement", "format"):
        return word
    if word == "-":
        return None
    return float(word) if "." in word else int(word)


def rows(lines, first):
    """The lines of the table that begins with these headings, as dicts."""
    head = next(i for i, line in enumerate(lines) if line.split()[:len(first)] == first)
    names = lines[head].split()
    for line in lines[head + 1:]:
        if not line:
            return
        text, _, failed = line.partition("FAILED: ")
        row = dict.fromkeys(names) | {"failed": failed}
        for name, word in zip(names, text.split()):
            row[name] = value(name, word)
        yield row


class Experiment:
    """What was measured, and on what."""

    def __init__(self, text):
        lines = text.splitlines()
        on = re.match(r"io-pgtable-lab experiment on Linux (\S+), (\d+) KB pages, (\d+) CPUs",
                      lines[0])
        self.kernel, self.page_bytes, self.cpus = on[1], int(on[2]) * KB, int(on[3])
        self.slack = int(re.search(r"^slack: (\d+)", text, re.M)[1])
        self.head = [line for line in lines
                     if line.startswith(("program: ", "left out: ", "note: "))]
        self.verdict = lines[-1].removeprefix("verdict: ")
        reserved = re.search(r"^reserved: (\d+) .* in (\d+) of which", text, re.M)
        self.reserved = tuple(map(int, reserved.groups())) if reserved else None
        self.programs = list(rows(lines, ["allocator", "program"]))
        self.costs = list(rows(lines, ["allocator", "live", "instances"]))
        self.readings = list(rows(lines, ["format", "descriptors", "verify_ns"]))
        for row in self.costs:
            row["pair"] = None if row["failed"] else round(row["alloc_ns"] + row["free_ns"], 1)
        self.allocators = list(dict.fromkeys(row["allocator"] for row in self.programs))
        self.names = list(dict.fromkeys(row["program"] for row in self.programs))

    def of(self, allocator, program):
        return next((row for row in self.programs
                     if (row["allocator"], row["program"]) == (allocator, program)), None)

    def low(self, allocator, program):
        row = self.of(allocator, program)
        return row and row["bytes_low"]

    def points(self, allocator, **where):
        return [row for row in self.costs if row["allocator"] == allocator
                and all(row[name] in among for name, among in where.items())]

    def spread(self, allocator, **where):
        """By how many per cent the dearest pair is above the cheapest."""
        pairs = [row["pair"] for row in self.points(allocator, **where)]
        return None if not pairs or None in pairs else 100 * (max(pairs) / min(pairs) - 1)

    def by_live(self, allocator):
        return self.spread(allocator, instances=(1,))

    def by_instances(self, allocator):
        return self.spread(allocator, live=(1024,))


def show_tables(ex):
    print(f"Linux {ex.kernel}, {ex.page_bytes // KB} KB pages, {ex.cpus} CPUs")
    for line in ex.head:
        print(line)

    def kb(number):
        return "-" if number is None else f"{number / KB:.0f} KB"

    def plain(number):
        return "-" if number is None else f"{number:g}"

    print(f"\n{'allocator':15} {'program':9} {'live':>5} {'low memory':>11} {'its account':>11}"
          f" {'peak':>9} {'per table':>10} {'instructions':>12} {'to reserve':>10}")
    for row in ex.programs:
        if row["failed"]:
            print(f"{row['allocator']:15} {row['program']:9} FAILED: {row['failed']}")
            continue
        print(f"{row['allocator']:15} {row['program']:9} {row['live']:5}"
              f" {kb(row['bytes_low']):>11} {kb(row['bytes_account']):>11}"
              f" {kb(row['peak_low']):>9}"
              f" {'-' if row['per_live'] is None else '%.1f KB' % (row['per_live'] / KB):>10}"
              f" {plain(row['pair_ns']):>12} {plain(row['reserve_ns']):>10}")
    print("\nlow memory: free pages below 4 GB that went; instructions: per table allocated and"
          " freed;\nto reserve: per table, before that")

    print("\ninstructions where one table is freed at random and one allocated:")
    print(f"{'allocator':15} {'live':>5} {'instances':>9} {'first':>8} {'alloc':>8} {'free':>8}"
          f" {'both':>8} {'to reserve':>10}")
    for row in ex.costs:
        if row["failed"]:
            print(f"{row['allocator']:15} {row['live']:5} FAILED: {row['failed']}")
            continue
        print(f"{row['allocator']:15} {row['live']:5} {row['instances']:9}"
              f" {plain(row['first_ns']):>8} {plain(row['alloc_ns']):>8}"
              f" {plain(row['free_ns']):>8} {plain(row['pair']):>8}"
              f" {plain(row['reserve_ns']):>10}")
    print("\nspread of both (dearest over cheapest):"
          "  from 16 to 4096 live tables, from 1 to 16 instances")
    for allocator in ex.allocators:
        spreads = ["-" if spread is None else f"{spread:.1f} %"
                   for spread in (ex.by_live(allocator), ex.by_instances(allocator))]
        print(f"{allocator:15} {spreads[0]:>49} {spreads[1]:>22}")


class Bars:
    """What must hold: each is printed with its figures."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def bar(self, holds, text, skip=None):
        if skip:
            self.skipped += 1
            mark = "skip  "
            text += f" (not judged: {skip})"
        elif holds:
            self.passed += 1
            mark = "ok    "
        else:
            self.failed += 1
            mark = "FAILED"
        print(f"  {mark} {text}")


def judge_memory(ex, bars):
    gaps = []
    for row in ex.programs:
        name = f"{row['allocator']}, {row['program']}"
        if row["agreement"] == "agree":
            bars.passed += 1
            gaps.append(abs(row["bytes_low"] - row["bytes_account"]))
        elif row["failed"] or row["bytes_low"] is None:
            bars.bar(False, f"{name}: {row['failed'] or 'low memory was not counted'}")
        else:
            bars.bar(False, f"{name}: {row['bytes_low']} bytes of low memory went,"
                     f" {row['bytes_account']} by its account",
                     "it has no account on this kernel" if row["bytes_account"] is None else None)
    print(f"  {'ok    ' if len(gaps) == len(ex.programs) else '      '}"
          " counts of memory from outside and by the allocator"
          f" agree in {len(gaps)} of {len(ex.programs)} programs"
          f" (slack {ex.slack // KB} KB, the largest difference {max(gaps, default=0) // KB} KB)")

    for program in ex.names:
        own = ex.low("packed", program)
        others = {allocator: ex.low(allocator, program) for allocator in ex.allocators
                  if allocator != "packed" and ex.low(allocator, program) is not None}
        if own is None or not others:
            bars.bar(False, f"{program}: packed takes the least: there are no figures")
            continue
        least = min(others, key=others.get)
        bars.bar(own <= others[least], f"{program}: packed takes {own // KB} KB,"
                 f" no other less ({least} {others[least] // KB} KB)")

    own, slab = ex.low("packed", "adversary"), ex.low("slab", "adversary")
    if own is None or not slab:
        bars.bar(False, "adversary: packed takes half of slab's: there are no figures")
    else:
        bars.bar(own <= HALF * slab,
                 f"adversary: packed takes {100 * own / slab:.0f} % of what slab takes,"
                 f" at most {HALF:.0%} is due",
                 None if ex.page_bytes == 4 * KB else "pages are not of 4 KB")


def judge_cost(ex, bars, why_not):
    served = [row["alloc_ns"] for row in ex.points("reserve")]
    if not served or None in served:
        bars.bar(False, "reserve serves a table: there are no figures")
    else:
        bars.bar(max(served) <= SERVED, f"reserve serves a zeroed 1 KB table in at most"
                 f" {max(served):g} instructions, {SERVED} are due", why_not)
    both = [(packed["pair"], slab["pair"]) for slab in ex.points("slab")
            for packed in ex.points("packed", live=(slab["live"],), instances=(slab["instances"],))
            if packed["pair"] is not None and slab["pair"] is not None]
    if not both:
        bars.bar(False, "packed is no slower than slab: there are no figures")
    else:
        packed, slab = max(both, key=lambda pair: pair[0] / pair[1])
        bars.bar(packed <= slab, "packed is no slower than slab where tables come and go:"
                 f" at the least {packed:g} instructions for {slab:g}", why_not)
    calls, broken = ex.reserved or (0, 0)
    bars.bar(not broken, f"reserve: something was allocated in {broken} of {calls} maps and"
             " unmaps that had reserved", None if calls else "allocations cannot be seen here")
    for allocator in OWN:
        for spread, over in ((ex.by_live, "16 to 4096 live tables"),
                             (ex.by_instances, "1 to 16 instances")):
            percent = spread(allocator)
            bars.bar(percent is not None and percent <= FLAT,
                     f"{allocator} costs the same from {over}: within"
                     f" {'-' if percent is None else format(percent, '.1f')} %, {FLAT} % are due",
                     why_not)


def judge_reading(ex, bars, why_not):
    for row in ex.readings:
        cost = row["verify_ns"]
        if row["failed"] or cost is None:
            bars.bar(False, f"verification of {row['format']}: {row['failed'] or 'no figure'}")
            continue
        bars.bar(cost <= READ, f"verification of {row['format']}, {row['descriptors']} descriptors:"
                 f" {cost:g} instructions each, at most {READ} are due", why_not)


def write_json(ex, folder):
    on = {"kernel": ex.kernel, "page_bytes": ex.page_bytes, "cpus": ex.cpus}
    programs = [{"allocator": row["allocator"], "program": row["program"], "live": row["live"],
                 "bytes_low": row["bytes_low"], "bytes_account": row["bytes_account"],
                 "instructions": row["pair_ns"], "instructions_reserve": row["reserve_ns"],
                 "peak_low": row["peak_low"], "bytes_per_table": row["per_live"],
                 "pairs": row["pairs"]} | on for row in ex.programs]
    costs = [{"allocator": row["allocator"], "live": row["live"], "instances": row["instances"],
              "first": row["first_ns"], "alloc": row["alloc_ns"], "free": row["free_ns"],
              "reserve": row["reserve_ns"]} | on for row in ex.costs]
    for name, objects in (("experiment", programs), ("experiment-cost", costs)):
        with open(os.path.join(folder, f"{name}.json"), "w", encoding="utf-8") as file:
            json.dump(objects, file, indent=1)
            file.write("\n")


def draw(ex, folder):
    """By gnuplot, from data in its own words: NaN is no figure."""
    def cell(number, scale=1):
        return "NaN" if number is None else f"{number / scale:g}"

    lines, tics = ["$memory << END"], []
    for number, program in enumerate(ex.names):
        live = next(row["live"] for row in ex.programs if row["program"] == program)
        tics.append(f'"{program}\\n{live} live" {number}')
        lines.append(" ".join([str(number), cell(live)] + [
            cell(ex.low(allocator, program), KB) for allocator in ex.allocators]))
    lines += ["END", "$cost << END"]
    for live in sorted({row["live"] for row in ex.costs}):
        pairs = []
        for allocator in ex.allocators:
            at = ex.points(allocator, instances=(1,), live=(live,))
            pairs.append(cell(at[0]["pair"] if at else None))
        lines.append(" ".join([str(live), *pairs]))
    names = " ".join(ex.allocators)
    lines += ["END", f"set xtics ({', '.join(tics)}) scale 0", f'allocators = "{names}"', f"programs = {len(ex.names)}",
              f'on = "Linux {ex.kernel}, {ex.page_bytes // KB} KB pages, {ex.cpus} CPUs"',
              f'set output "{os.path.join(folder, "experiment.svg")}"']
    style = os.path.join(os.path.dirname(os.path.abspath(__file__)), "experiment.gnuplot")
    with open(style, encoding="utf-8") as file:
        script = "\n".join(lines) + "\n" + file.read()
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", required=True, help="folder for JSON and picture")
    parser.add_argument("--counts", default=os.devnull,
                        help="file to append 'passed failed skipped' to")
    parser.add_argument("--no-cost", metavar="WHY", help="do not judge instructions")
    parser.add_argument("--quiet", action="store_true", help="show only the bars")
    parser.add_argument("text", help="file that the module printed")
    args = parser.parse_args()
    with open(args.text, encoding="utf-8") as file:
        ex = Experiment(file.read())

    if not args.quiet:
        show_tables(ex)
        print()
    write_json(ex, args.into)
    draw(ex, args.into)

    bars = Bars()
    bars.bar(ex.verdict.startswith("ok,"), f"the module's verdict: {ex.verdict}")
    judge_memory(ex, bars)
    judge_cost(ex, bars, args.no_cost)
    judge_reading(ex, bars, args.no_cost)
    with open(args.counts, "a", encoding="utf-8") as file:
        file.write(f"{bars.passed} {bars.failed} {bars.skipped}\n")
    if not args.quiet:
        folder = min(os.path.relpath(args.into), os.path.abspath(args.into), key=len)
        print(f"\nwritten: experiment.json, experiment-cost.json and experiment.svg in {folder}")
    return bars.failed != 0


if __name__ == "__main__":
    sys.exit(main())
