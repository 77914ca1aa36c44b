"""Enter the first people of a service: `manage.py add_person --login ops --name 小运 --role ops`."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.rules import SYSTEM, Role
from accounts.services import people
from kernel import clock
from kernel.refusal import Refusal


class Command(BaseCommand):
    help = "Add a person who may sign in. The password is read from the terminal or, piped, from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--login", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--role", required=True, choices=[Role.OPS.value, Role.FINANCE.value])

    def handle(self, *args: Any, **options: Any) -> None:
        password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        try:
            person = people.add_person(
                actor=SYSTEM,
                login=options["login"],
                name=options["name"],
                role=Role(options["role"]),
                password=password,
                now=clock.now(),
            )
        except Refusal as refusal:
            raise CommandError(refusal.sentence("en")) from refusal
        self.stdout.write(f"{person.role} {person.name}: {options['login']}")
