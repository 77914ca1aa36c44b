"""Check the invariants: `manage.py check_books`; exit status 1 where a row breaks one."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from books import services
from books.selectors import INVARIANTS, MAX_NAMED, Result
from kernel import clock


class Command(BaseCommand):
    help = "Check the books: every row that breaks an invariant is named; exit status 1 if there is any."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--most", type=int, default=1000, help="breaches to print")
        parser.add_argument(
            "--changes", action="store_true", help="only what changed since the last run that found nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        check = services.check_changes if options["changes"] else services.check_everything
        report = check(now=clock.now(), tell=self._tell)
        found = [breach for result in report.results for breach in result.breaches]
        for breach in found[: options["most"]]:
            self.stdout.write(f"{breach.invariant}  {breach.table} {breach.row_id}: {breach.what} ({breach.code})")
        for number, law in INVARIANTS.items():
            broken = sum(breach.invariant == number for breach in found)
            self.stdout.write(f"invariant {number} {'BROKEN by ' + str(broken) if broken else 'holds'}: {law}")
        if report.why:
            self.stdout.write(f"everything was checked: {report.why}")
        if report.changed:
            self.stdout.write("changed: " + ", ".join(f"{count} {name}" for name, count in report.changed.items()))
        self.stdout.write(f"{len(report.results)} checks in {report.seconds:.1f} s")
        if found:
            raise CommandError(f"the books do not check: {len(found)} breaches", returncode=1)
        self.stdout.write("the books check")

    def _tell(self, result: Result) -> None:
        more = " or more" if len(result.breaches) >= MAX_NAMED else ""
        self.stdout.write(f"{result.seconds:7.2f} s  {len(result.breaches):5d}{more}  {result.code}")
