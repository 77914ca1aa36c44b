"""Restore a backup: `manage.py restore file:///backups` into an empty database and an empty store (docs/deploy/backups.md)."""

import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config import backups
from kernel import clock
from kernel.refusal import Refusal


class Command(BaseCommand):
    help = (
        "Restore a backup into an empty database and an empty store, check all invariants, and say how old the data is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("place", help="as `backup` was given it")
        parser.add_argument("--name", help="of the backup; the newest without")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        try:
            name = options["name"] or next(iter(backups.names(options["place"])), None)
            if name is None:
                raise CommandError("There is no complete backup.")
            self.stdout.write(f"restoring {name}")
            manifest = backups.restore(options["place"], name, say=self.stdout.write)
            missing = backups.missing_migrations()
        except backups.BackupFailed as failed:
            raise CommandError(str(failed)) from failed
        except Refusal as refusal:
            raise CommandError(refusal.sentence("en")) from refusal
        self.stdout.write(f"restored in {time.monotonic() - began:.1f} s")
        self.stdout.write(
            f"The data is of {manifest.as_of.isoformat()}, {_in_words(clock.now() - manifest.as_of)} ago:"
            " what was committed later is lost."
        )
        if missing:
            raise CommandError(
                f"It is of an earlier version and was not checked: run migrate ({missing} migrations), then check_integrity."
            )
        call_command("check_integrity", stdout=self.stdout)


def _in_words(age: timedelta) -> str:
    hours, minutes = divmod(int(age.total_seconds()) // 60, 60)
    return f"{hours} h {minutes} min"
