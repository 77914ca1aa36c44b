"""Check the six invariants over the whole database: `manage.py check_books`; exit status 1 where a row breaks one."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from books.queries import INVARIANTS, all_breaches, one_instant


class Command(BaseCommand):
    help = "Check the books: every row that breaks one of the six invariants is named; exit status 1 if there is any."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--most", type=int, default=1000, help="breaches to print")

    def handle(self, *args: Any, **options: Any) -> None:
        with one_instant():
            found = all_breaches()
        for breach in found[: options["most"]]:
            self.stdout.write(f"{breach.invariant}  {breach.table} {breach.row_id}: {breach.what}")
        for number, law in INVARIANTS.items():
            broken = sum(breach.invariant == number for breach in found)
            self.stdout.write(f"invariant {number} {'BROKEN by ' + str(broken) if broken else 'holds'}: {law}")
        if found:
            raise CommandError(f"the books do not check: {len(found)} breaches", returncode=1)
        self.stdout.write("the books check")
