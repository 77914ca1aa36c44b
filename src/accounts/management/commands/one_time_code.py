"""The present one-time code of one of the demo's people: `manage.py one_time_code finance2`."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.services.one_time_codes import find_demo_code
from kernel import clock


class Command(BaseCommand):
    help = "Tell somebody's present one-time code. Only in the demo: a code must come from her own device."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("login")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IS_DEMO:
            raise CommandError("This is not the demo (WEICANG_DEMO); codes come from the device of the person.")
        code = find_demo_code(options["login"], at=clock.now())
        if code is None:
            raise CommandError(
                f"{options['login']} has no one-time codes set up, or the codes of this minute are used."
            )
        self.stdout.write(code)
