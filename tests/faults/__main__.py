"""`python -m tests.faults [--rounds 30] [--seed N] [--out FILE]`: the long form, with a report."""

import argparse
import os
import platform
import random
import shutil
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import psycopg

from tests.faults import campaign
from tests.faults.campaign import Campaign
from tests.faults.installation import running

BUYERS = 8


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.faults")
    options.add_argument("--rounds", type=int, default=30)
    options.add_argument("--seed", type=int, help="the same faults in the same order; the instants differ")
    options.add_argument("--out", type=Path, help="write the report there too")
    asked = options.parse_args()
    random_seed = random.randrange(10**6) if asked.seed is None else asked.seed
    folder = Path(tempfile.mkdtemp(prefix="weicang-faults-"))
    try:
        with running(folder, buyers=BUYERS) as (installation, seed):
            faults = campaign.all_faults(asked.rounds, random_seed=random_seed)
            with psycopg.connect(installation.database_url) as connection:
                version = f"PostgreSQL {connection.info.server_version // 10000}"
            played = campaign.run(installation, seed, faults, random_seed=random_seed, lets_time_pass=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    text = report(played, version, f"python3 noxfile.py -s faults -- --rounds {asked.rounds} --seed {random_seed}")
    sys.stdout.write(text)
    if asked.out:
        asked.out.write_text(text)
    return 1 if played.verdict.faults else 0


def report(played: Campaign, database: str, command: str) -> str:
    """The report as Markdown."""
    verdict = played.verdict
    by_fault = defaultdict(list)
    for each in played.rounds:
        by_fault[each.fault].append(each.seconds_to_answer)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {database}"
    lines = [
        "# Faults",
        "",
        f"`{command}` on {machine}; {len(played.rounds)} rounds in {played.seconds:.0f} s, {BUYERS} buyers, one clerk who uploads stock,",
        "one who ships. Each client insists under the same key until it is answered, and keeps what it was told.",
        "",
        "| fault | rounds | seconds until the service answered again, longest |",
        "| --- | --- | --- |",
        *(f"| {fault} | {len(taken)} | {max(taken):.1f} |" for fault, taken in sorted(by_fault.items())),
        "",
        "| accepted | number |",
        "| --- | --- |",
        *(f"| {what} | {count} |" for what, count in verdict.accepted.items()),
        "",
        f"Lost: {len(verdict.lost)}. Doubled: {len(verdict.doubled)}. Otherwise wrong: {len(verdict.wrong)}.",
        "Wrong is also a unit that is held beyond its time, an upload that does not finish, and what `check_integrity` finds.",
        "",
        *(f"- {fault}" for fault in verdict.faults),
        f"Ended by themselves and started again: {played.ended_by_themselves or 'none'}.",
        "",
        "Answers: " + ", ".join(f"{what}: {count}" for what, count in played.answers.items()) + ".",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
