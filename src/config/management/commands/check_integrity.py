"""Check the invariants: `manage.py check_integrity`; exit status 1 where a row breaks one."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrity import services
from integrity.selectors.checks import INVARIANTS, MAX_NAMED, Result
from kernel import clock


class Command(BaseCommand):
    help = (
        "Check the integrity of the data: every row that breaks an invariant is named; exit status 1 if there is any."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=1000, help="violations to print")
        parser.add_argument("--changes", action="store_true", help="only what changed since the last clean run")

    def handle(self, *args: Any, **options: Any) -> None:
        check = services.check_changes if options["changes"] else services.check_everything
        report = check(now=clock.now(), on_result=self._print_result)
        violations = [violation for result in report.results for violation in result.violations]
        for violation in violations[: options["limit"]]:
            self.stdout.write(
                f"{violation.invariant}  {violation.table} {violation.row_id}: {violation.what} ({violation.code})"
            )
        for number, invariant in INVARIANTS.items():
            broken = sum(violation.invariant == number for violation in violations)
            self.stdout.write(f"invariant {number} {'BROKEN by ' + str(broken) if broken else 'holds'}: {invariant}")
        if report.full_run_reason:
            self.stdout.write(f"everything was checked: {report.full_run_reason}")
        if report.changed:
            self.stdout.write("changed: " + ", ".join(f"{count} {name}" for name, count in report.changed.items()))
        self.stdout.write(f"{len(report.results)} checks in {report.seconds:.1f} s")
        if violations:
            raise CommandError(f"the integrity check failed: {len(violations)} violations", returncode=1)
        self.stdout.write("the integrity check passed")

    def _print_result(self, result: Result) -> None:
        more = " or more" if len(result.violations) >= MAX_NAMED else ""
        self.stdout.write(f"{result.seconds:7.2f} s  {len(result.violations):5d}{more}  {result.code}")
