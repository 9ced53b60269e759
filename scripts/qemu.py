#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Boot one guest under QEMU, stream what its script prints, judge how it went.

The exit status is the script's own, or one of these:
  240  the guest hung: no word from it within the timeout, or no end within ten
  241  the guest's kernel panicked or oopsed
  242  the guest ended without a verdict
  243  a splat in the kernel log, or an expected one that did not come
  244  KTAP: fewer tests than planned
  245  KTAP: no test, or no plan
  246  the module failed to load

Console lines that the kernel printed end in CR LF and carry a timestamp;
scripts' lines end in LF (init sets the terminal so). Both may meet on one
line, and are taken apart here.
"""

import argparse
import ctypes
import gzip
import os
import re
import secrets
import select
import shutil
import signal
import struct
import subprocess
import sys
import time

import highram
import ktap

HANG, PANIC, NO_VERDICT, SPLAT, NO_MODULE = 240, 241, 242, 243, 246

KERNEL_LINE = re.compile(rb"(\[ *\d+\.\d{6}\](?:\[ *[CT]\d+\])?) ?([^\n]*)\r\n$")
PANIC_LINE = re.compile(r"Kernel panic - not syncing|Internal error: ")
SPLAT_LINE = re.compile(
    r"WARNING: |\bBUG:? |KASAN: |KFENCE: |UBSAN: |Internal error: |Kernel panic"
    r"|Unable to handle kernel|refcount_t: |list_(add|del) corruption"
    r"|Call trace:|cannot create duplicate filename"
    r"|INFO: (possible|trying to register|task .* blocked|.*\bstall)"
    r"|unreferenced object|kmemleak: \d+ new suspected"
    r"|DMA-API: (?!preallocated|debugging)")
# How many kernel lines of a splat, or before a sudden end, are worth showing.
SHOWN = 30
# A guest that goes on talking may take so many timeouts.
PATIENCE = 10
# What a guest that hangs is asked by SysRq: what its CPUs do, which tasks are blocked
# and where all of them are; and for how many seconds it may answer.
QUESTIONS, ANSWER = "lwt", 10


def open_image(path):
    """An Image as it will lie in memory: it may be gzipped."""
    with open(path, "rb") as file:
        gzipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if gzipped else open(path, "rb")


def page_size_bits(path):
    """The page size that an arm64 Image's header states: 1 4K, 2 16K, 3 64K."""
    with open_image(path) as file:
        head = file.read(64)
    if head[56:60] != b"ARM\x64":
        sys.exit(f"lab: error: {path} is not an arm64 Linux Image")
    return struct.unpack_from("<Q", head, 24)[0] >> 1 & 3


def command(args, append):
    # cortex-a57 boots fastest, but has no 16K granule and no VHE; max without
    # impdef authentication spends its time on pointer signatures.
    cpu = args.cpu or ("max" if args.el2 or page_size_bits(args.image) == 2 else "cortex-a57")
    if cpu == "max":
        cpu += ",pauth-impdef=on"
    if args.icount:
        # Each instruction takes a nanosecond, and the guest's clock shows it.
        cpu += ",cntfrq=1000000000"
    machine = ["qemu-system-aarch64",
               "-M", "virt,gic-version=3" + (",virtualization=on" if args.el2 else ""), "-cpu", cpu,
               "-smp", str(args.cpus), "-m", args.memory, "-nic", "none", "-nographic", "-no-reboot"]
    if args.icount:
        machine += ["-icount", "shift=0,sleep=off"]
    if args.high_ram:
        with open_image(args.image) as image:
            return machine + highram.boot(machine, image, args.initrd, append)
    return machine + ["-kernel", args.image, "-initrd", args.initrd, "-append", append]


class Console:
    """Takes the console's bytes apart: kernel log, script output, reports."""

    def __init__(self, nonce, log, verbose, stream):
        self.marker = b"\x1e" + nonce.encode() + b" "
        self.log, self.verbose, self.stream = log, verbose, stream
        self.output = b""       # the script's
        self.kernel = []        # lines, without timestamps
        self.asked = None       # how many kernel lines came before it was asked
        self.report = None      # the last report of /init
        self.rest = b""         # a line that has not ended yet
        self.partial = b""      # script output that a kernel line cut in two

    def feed(self, data):
        self.log.write(data)
        self.log.flush()
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        for line in lines:
            self.line(line + b"\n")

    def line(self, line):
        kernel = KERNEL_LINE.search(line)
        if kernel:
            self.partial += line[:kernel.start()]
            self.kernel.append(kernel[2].decode(errors="replace"))
            if self.verbose:
                sys.stderr.buffer.write(kernel[1] + b" " + kernel[2] + b"\n")
                sys.stderr.flush()
            return
        line, self.partial = self.partial + line, b""
        text, marker, report = line.partition(self.marker)
        if self.report is not None and text:
            self.output += text
            if self.stream:
                sys.stdout.buffer.write(text)
                sys.stdout.flush()
        if marker:
            self.report = report.decode().strip()

    def close(self):
        if self.partial + self.rest:
            self.line(self.rest + b"\n")


class Guest:
    """A QEMU that does not outlive this process."""

    def __init__(self, argv):
        def die_with_parent():
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, preexec_fn=die_with_parent)

    def run(self, console, timeout):
        """Feed the console until QEMU ends. False: the guest had to be killed."""
        end = time.monotonic() + PATIENCE * timeout
        quiet = time.monotonic() + timeout
        out = self.process.stdout
        while (left := min(end, quiet) - time.monotonic()) > 0:
            if select.select([out], [], [], left)[0]:
                data = os.read(out.fileno(), 65536)
                if not data:
                    self.process.wait()
                    return True
                console.feed(data)
                quiet = time.monotonic() + timeout
                if console.report not in (None, "begin"):
                    # All that is left is to power off.
                    end = min(end, time.monotonic() + 10)
        return False

    def ask(self, console):
        """Have a guest that hangs say in its kernel log where it is."""
        console.asked = len(console.kernel)
        for question in QUESTIONS:
            # QEMU's console takes Ctrl-A b for a break.
            self.process.stdin.write(b"\x01b" + question.encode())
            self.process.stdin.flush()
            self.run(console, ANSWER / PATIENCE)

    def kill(self):
        self.process.kill()
        self.process.wait()


def judge(console, ended, args):
    """The exit status, and what to say about it."""
    panic = [line for line in console.kernel if PANIC_LINE.search(line)]
    splats = [line for line in console.kernel if SPLAT_LINE.search(line)]
    report = console.report or "nothing"
    if args.expect_splat:
        expected = re.compile(args.expect_splat)
        # Whatever is expected brings a trace along.
        unexpected = [line for line in splats
                      if not expected.search(line) and line.strip() != "Call trace:"]
        splats = [line for line in splats if line.strip() != "Call trace:"]
    if panic:
        return PANIC, "the guest's kernel panicked: " + panic[0]
    if not ended and report in ("nothing", "begin"):
        return HANG, f"the guest hung: no word within {args.timeout:g} s, or no end within " \
            f"{PATIENCE * args.timeout:g} s"
    if report == "module-failed":
        return NO_MODULE, "the module failed to load"
    if args.expect_splat and len(unexpected) == len(splats):
        return SPLAT, f"no splat in the kernel log matches '{args.expect_splat}'"
    if splats and (not args.expect_splat or unexpected):
        return SPLAT, "a splat in the kernel log: " + (
            unexpected if args.expect_splat else splats)[0]
    if not report.startswith("exit "):
        return NO_VERDICT, "the guest ended without a verdict"
    return int(report.removeprefix("exit ")), None


def judge_ktap(console, status, reason, args):
    """As judge(), with the tests' own verdict, which a worse one precedes."""
    text = "\n".join(console.kernel) if args.ktap == "kernel" else (
        console.output.decode(errors="replace"))
    test_status, test_reason, (passed, failed, skipped) = ktap.judge(text, args.kunit_py)
    if status and not test_status:
        failed += 1
        reason = reason or f"the script in the guest ended with {status}"
    with open(args.counts, "a", encoding="utf-8") as file:
        file.write(f"{passed} {failed} {skipped}\n")
    return (status, reason) if status else (test_status, test_reason)


def show_failure(console, status, reason, log):
    start = max(0, (console.asked or len(console.kernel)) - SHOWN)
    if status in (PANIC, SPLAT):
        hits = [i for i, line in enumerate(console.kernel) if SPLAT_LINE.search(line)]
        start = hits[0] if hits else start
    print(f"lab: {reason}", file=sys.stderr)
    if status in (1, ktap.TRUNCATED, ktap.NO_TEST) and not console.stream:
        start = len(console.kernel)     # the tests have said it all
    for line in console.kernel[start:start + SHOWN]:
        print(f"    {line}", file=sys.stderr)
    if console.asked is not None:
        print("lab: asked where it is, it says:", file=sys.stderr)
        for line in console.kernel[console.asked:console.asked + 2 * SHOWN]:
            print(f"    {line}", file=sys.stderr)
    if not console.stream:
        print("lab: and the last that the script printed:", file=sys.stderr)
        for line in console.output.decode(errors="replace").splitlines()[-SHOWN:]:
            print(f"    {line}", file=sys.stderr)
    print(f"lab: the guest's whole console: {log}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image", required=True)
    parser.add_argument("--initrd", required=True)
    parser.add_argument("--log", required=True, help="file for the whole console")
    parser.add_argument("--ktap", choices=["script", "kernel"],
                        help="judge the KTAP that the script prints, or the kernel's log")
    parser.add_argument("--kunit-py", help="the kernel's parser of KTAP")
    parser.add_argument("--counts", default=os.devnull,
                        help="file to append 'passed failed skipped' to")
    parser.add_argument("--append", default="", help="more for the kernel's command line")
    parser.add_argument("--high-ram", action="store_true", help="no RAM below 4 GB")
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("--expect-splat", metavar="REGEX",
                        help="warnings do not panic, and one must match this")
    parser.add_argument("--memory", default="4G", help="RAM, from 1 GB on; default: 4G")
    parser.add_argument("--cpus", type=int, default=2)
    parser.add_argument("--cpu", help="QEMU's -cpu; default: cortex-a57, or max where that lacks something")
    parser.add_argument("--el2", action="store_true", help="the kernel runs at EL2, by VHE")
    parser.add_argument("--icount", action="store_true",
                        help="guest time in ns counts instructions, of all CPUs together")
    parser.add_argument("--quiet", action="store_true", help="do not explain a failure")
    parser.add_argument("--verbose", action="store_true", help="stream the kernel's log too")
    parser.add_argument("--shell", action="store_true", help="a terminal, no judgement")
    parser.add_argument("--scratch", help="folder to remove at the end")
    args = parser.parse_args()

    nonce = secrets.token_hex(8)
    append = ("console=ttyAMA0 loglevel=5 printk.time=1 panic=-1 oops=panic "
              "kunit.enable=1 kunit.autorun=1 ")
    if not args.expect_splat and not args.shell:
        append += "panic_on_warn=1 "
    append += f"{args.append} -- {nonce}"
    if args.shell:
        argv = command(args, append + " shell")
        os.execvp(argv[0], argv)

    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Whoever started this may be killed: then the guest goes too.
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    with open(args.log, "wb") as log:
        console = Console(nonce, log, args.verbose, not args.ktap)
        guest = Guest(command(args, append))
        try:
            ended = guest.run(console, args.timeout)
            if not ended:
                guest.ask(console)
        finally:
            guest.kill()
            if args.scratch:
                shutil.rmtree(args.scratch, ignore_errors=True)
        console.close()
    status, reason = judge(console, ended, args)
    if args.ktap:
        status, reason = judge_ktap(console, status, reason, args)
    if reason and not args.quiet:
        show_failure(console, status, reason, args.log)
    return status


if __name__ == "__main__":
    sys.exit(main())
