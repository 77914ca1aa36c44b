"""Take a backup: `manage.py backup file:///backups`, or into a bucket as WEICANG_STORAGE has it (docs/deploy/backups.md)."""

import os
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import backups
from jobs.runs import record_success
from kernel import clock
from kernel.refusal import Refusal


class Command(BaseCommand):
    help = "Back up the database, and the files that its rows name, while the service runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("place", help="file:///folder, or s3://bucket/prefix?endpoint=https://…")
        parser.add_argument("--keep", type=int, help="delete all but so many of the newest backups afterwards")

    def handle(self, *args: Any, **options: Any) -> None:
        os.umask(0o077)  # it holds names, telephone numbers and addresses
        now, began = clock.now(), time.monotonic()
        try:
            manifest = backups.take(options["place"], now=now, say=self.stdout.write, keep=options["keep"])
        except backups.BackupFailed as failed:
            raise CommandError(str(failed)) from failed
        except Refusal as refusal:
            raise CommandError(refusal.sentence("en")) from refusal
        seconds = time.monotonic() - began
        record_success(backups.JOB, started_at=manifest.as_of, seconds=seconds)
        self.stdout.write(f"backup {manifest.name} is complete, {seconds:.1f} s")
