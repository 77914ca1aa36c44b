"""Set somebody's password on the machine itself: `manage.py changepassword lily`."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.rules import SYSTEM, normalized_login
from accounts.services import passwords
from kernel import clock
from kernel.refusal import Refusal


class Command(BaseCommand):
    help = "Set the password of a person and end all her sessions and tokens. It is read from the terminal or, piped, from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("login")

    def handle(self, *args: Any, **options: Any) -> None:
        login = normalized_login(options["login"])
        try:
            person = passwords.set_password(actor=SYSTEM, login=login, new=_typed_password(), now=clock.now())
        except Refusal as refusal:
            raise CommandError(refusal.sentence("en")) from refusal
        self.stdout.write(f"{person.role} {person.name}: the password is changed, sessions and tokens are ended")


def _typed_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass()
    if getpass.getpass("Password (again): ") != password:
        raise CommandError("The two passwords differ; nothing was changed")
    return password
