"""Reads damaged workbooks: `python bench/fuzz.py [--seconds 60] [--count 0] [--seed 1]`.

With `--hostile [names]` it reads the files of `tests/imports/hostile.py` instead, small files that ask for much work, and prints the
processor seconds of each. A process of its own reads each file under the limits of a reader; the outcome must account for every line.
Prints one line of JSON: the number of files, their outcomes, crashes (an exception, a signal, a line not accounted for), hangs (the time
limit), and the largest memory of any process in megabytes. Exit status 1 if a file crashed or hung; such files are kept in --keep.
"""
# ruff: noqa: E402 - run as a file, it must find the project first

import argparse
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]

from imports import stock_sheet
from imports.child import refusal_of_exit
from imports.child_main import confine
from imports.limits import DEFAULT, MEGABYTE
from tests.imports import hostile
from tests.imports.checks import is_sane
from tests.imports.mutations import mutants

MAX_SECONDS = 20.0
LIMITS = replace(DEFAULT, seconds=10.0, memory_bytes=768 * MEGABYTE)
CRASHED = 70


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--count", type=int, default=0, help="stop after so many files; 0: after the seconds")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", type=Path, help="folder for the files that crashed or hung")
    options.add_argument("--hostile", nargs="*", help="names of hostile files, none for all")
    asked = options.parse_args()
    if asked.hostile is not None:
        return read_hostile(asked.hostile or list(hostile.FILES))
    until = time.monotonic() + asked.seconds
    outcomes: Counter[str] = Counter()
    bad: list[dict[str, str]] = []
    peak = 0
    for at, (name, data) in zip(count(), islice(mutants(asked.seed), asked.count or None), strict=False):
        if not asked.count and time.monotonic() > until:
            break
        outcome, kilobytes = read_apart(data, name)
        outcomes[outcome] += 1
        peak = max(peak, kilobytes)
        if outcome in ("crash", "time_limit"):
            bad.append({"number": str(at), "name": name, "outcome": outcome})
            if asked.keep:
                asked.keep.mkdir(parents=True, exist_ok=True)
                (asked.keep / f"{asked.seed}-{at}.bin").write_bytes(data)
    print(json.dumps({
        "files": outcomes.total(), "outcomes": dict(outcomes.most_common()), "crashes": outcomes["crash"],
        "hangs": outcomes["time_limit"], "peak_memory_mb": round(peak / 1024), "bad": bad[:20],
    }, ensure_ascii=False))  # fmt: skip
    return 1 if bad else 0


def read_hostile(names: list[str]) -> int:
    """Tell of each hostile file how it ended, as the service reads it; 1 where one took longer than MAX_SECONDS of processor time."""
    slow = 0
    for name in names:
        data = hostile.FILES[name]()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        reading = stock_sheet.read_in_child(data, f"a.{hostile.extension_of(name)}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        slow += seconds > MAX_SECONDS
        told = {"hostile": name, "kilobytes": len(data) // 1024, "seconds": round(seconds, 1)}
        print(json.dumps(told | {"outcome": reading.reason or reading.outcome, "rows": len(reading.rows)}), flush=True)
    return 1 if slow else 0


def read_apart(data: bytes, name: str) -> tuple[str, int]:
    """What a process with limits made of the file, and the kilobytes that it held at most."""
    inlet, outlet = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(inlet)
        os._exit(_read(data, name, outlet))
    os.close(outlet)
    with os.fdopen(inlet, "rb") as pipe:
        said = pipe.read().decode()
    _, state, used = os.wait4(child, 0)
    if os.WIFSIGNALED(state):
        code = os.WTERMSIG(state)
        known = code in (signal.SIGABRT, signal.SIGXCPU, signal.SIGKILL)
        return (refusal_of_exit(-code, LIMITS).code if known else "crash"), used.ru_maxrss
    return ("crash" if os.WEXITSTATUS(state) == CRASHED else said), used.ru_maxrss


def _read(data: bytes, name: str, outlet: int) -> int:
    signal.alarm(int(LIMITS.seconds) + 5)  # a reader that sleeps uses no processor time; SIGALRM ends it as a crash
    try:
        confine(LIMITS)
        reading = stock_sheet.read(data, name, limits=LIMITS)
        if reading.reason == "lines_lost":
            return CRASHED
        is_sane(reading)
        os.write(outlet, (reading.reason or reading.outcome).encode())
    except MemoryError:
        os.kill(os.getpid(), signal.SIGABRT)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        print(f"{name}: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr)
        return CRASHED
    return 0


if __name__ == "__main__":
    sys.exit(main())
