"""Check the invariants over the whole database: `manage.py check_books`; exit status 1 where a row breaks one."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from books.queries import INVARIANTS, MAX_NAMED, one_instant, run_checks
from kernel.books import Breach


class Command(BaseCommand):
    help = "Check the books: every row that breaks an invariant is named; exit status 1 if there is any."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--most", type=int, default=1000, help="breaches to print")

    def handle(self, *args: Any, **options: Any) -> None:
        found: list[Breach] = []
        with one_instant():
            for result in run_checks():
                more = " or more" if len(result.breaches) >= MAX_NAMED else ""
                self.stdout.write(f"{result.seconds:7.2f} s  {len(result.breaches):5d}{more}  {result.code}")
                found += result.breaches
        for breach in found[: options["most"]]:
            self.stdout.write(f"{breach.invariant}  {breach.table} {breach.row_id}: {breach.what} ({breach.code})")
        for number, law in INVARIANTS.items():
            broken = sum(breach.invariant == number for breach in found)
            self.stdout.write(f"invariant {number} {'BROKEN by ' + str(broken) if broken else 'holds'}: {law}")
        if found:
            raise CommandError(f"the books do not check: {len(found)} breaches", returncode=1)
        self.stdout.write("the books check")
